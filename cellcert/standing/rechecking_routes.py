"""Pages of the choice of re-checks: what speaks for whom, the draw with its seed, one press to open."""

import secrets

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from cellcert import clock, web
from cellcert.actors import Role
from cellcert.application.models import Application
from cellcert.database import db
from cellcert.errors import NotFound
from cellcert.forms import PostForm
from cellcert.standing import rechecking
from cellcert.standing.choosing import SIGNS
from cellcert.standing.models import RecheckDraw
from cellcert.standing.pages import bp


@bp.route("/rechecks", methods=["GET", "POST"])
@web.only(Role.OFFICE, Role.APPROVER, Role.AUDITOR)
def rechecks() -> ResponseReturnValue:
    """What speaks for looking at whom again; the office draws."""
    programme, form = web.house().library.programme, PostForm()
    if form.accepted():
        drawn = rechecking.draw(db.session(), programme, secrets.randbelow(2**31), by=web.me(), at=clock.now())
        return web.done(url_for(".drawn", draw_id=drawn.id), gettext("已抽取，种子已记入审计记录。"))
    found = rechecking.holders(db.session(), programme, clock.day_of(clock.now(), web.zone()))
    draws = db.session.scalars(select(RecheckDraw).order_by(RecheckDraw.id.desc()).limit(20)).all()
    return render_template(
        "standing/rechecks.html", found=found, draws=draws, rule=programme.recheck, signs=SIGNS, form=form,
        may_draw=web.me().role is Role.OFFICE,
    )  # fmt: skip


@bp.route("/rechecks/<int:draw_id>", methods=["GET", "POST"])
@web.only(Role.OFFICE, Role.APPROVER, Role.AUDITOR)
def drawn(draw_id: int) -> ResponseReturnValue:
    """One draw with the reason of each choice; nothing is opened before the press."""
    made, form = db.session.get(RecheckDraw, draw_id), PostForm()
    if made is None:
        raise NotFound
    choices = rechecking.choices_of(made)
    rows = select(Application).where(Application.id.in_([one.application for one in choices]))
    eager = joinedload(Application.unit), joinedload(Application.conflicts)
    cases = {one.id: one for one in db.session.scalars(rows.options(*eager)).unique()}
    if web.me().role is Role.OFFICE and form.accepted():
        opened = rechecking.open_drawn(db.session(), made, cases, by=web.me(), at=clock.now())
        said = gettext("已启动 %(count)s 个单位的复核，已通知单位。", count=len(opened))
        return web.done(url_for(".drawn", draw_id=draw_id), said)
    return render_template(
        "standing/drawn.html", draw=made, choices=choices, cases=cases, signs=SIGNS, form=form,
        may_open=web.me().role is Role.OFFICE and made.opened_at is None,
    )  # fmt: skip
