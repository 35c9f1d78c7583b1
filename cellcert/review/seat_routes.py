"""One case: the drawing's next-best person for a seat, shown with its reasons and taken with one press."""

import secrets
from datetime import timedelta

from flask import request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import HiddenField, IntegerField, StringField
from wtforms.validators import Length, Optional

from cellcert import clock, web
from cellcert.application.lifecycle import Act
from cellcert.database import db
from cellcert.errors import NotFound
from cellcert.forms import PostForm
from cellcert.review import seat_care
from cellcert.review.pages import bp, done_when, page

SEED = "next_expert_seed"  # kept for the session: looking again does not draw again


class NextForm(PostForm):
    """The drawing as it was shown, and why the seat becomes free."""

    seen = HiddenField()
    seat = IntegerField(validators=[Optional()])
    reason = StringField(
        _("更换原因"),
        [Length(max=1000, message=_("请控制在 1000 字以内。"))],
        description=_("例如：逾期未交，联系不上。"),
    )


@bp.route("/experts/next", methods=["GET", "POST"])
def next_expert(application_id: int) -> ResponseReturnValue:
    """Who would be drawn for this case and why; one press takes the drawing."""
    application = web.load(application_id, Act.ASSIGN)
    programme, at = web.house().library.programme, clock.now()
    form = NextForm()
    asked = form.seat.data if request.method == "POST" else web.number("seat")
    leaving = next((one for one in application.seats if one.id == asked and one.is_open), None)
    if asked and leaving is None:
        raise NotFound
    if request.method == "GET" and leaving is not None and leaving.due_at < at:
        form.reason.data = gettext("逾期未提交评分。")
    seed = int(session.setdefault(SEED, secrets.randbelow(10**9)))
    today = clock.day_of(at, web.zone())
    due = clock.end_of(today + timedelta(days=programme.review.days), web.zone())
    count = [0]

    def act() -> None:
        count[0] = seat_care.seat_next(
            db.session(), application, leaving, form.reason.data or "", seed, form.seen.data or "", due, programme,
            by=web.me(), at=at,
        )  # fmt: skip

    if done_when(form, application, act):
        session.pop(SEED, None)
        here = url_for(".assign", application_id=application_id)
        return web.done(here, gettext("已指派 %(count)s 人次，专家会收到通知。", count=count[0]))
    found = seat_care.panel_of(db.session(), application, programme, leaving)
    drawn = found.draw(seed)
    form.seen.data, form.seen.raw_data = found.fingerprint(drawn), None
    form.seat.data, form.seat.raw_data = asked, None
    return page(
        "next_expert", form, application, leaving=leaving, found=found, case=found.cases[0], drawn=drawn, due=due, at=at
    )
