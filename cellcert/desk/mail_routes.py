"""The log of the outbox for office, administrator and auditor: what was sent to whom, and one more time."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from cellcert import clock, web
from cellcert.actors import Role
from cellcert.database import db
from cellcert.desk import mail_queries
from cellcert.desk.mail_queries import STANDINGS, Wanted
from cellcert.desk.routes import bp
from cellcert.errors import NotFound
from cellcert.forms import PostForm
from cellcert.outbox.actions import send_again
from cellcert.outbox.models import Job


@bp.get("/outbox")
@web.only(Role.OFFICE, Role.ADMIN, Role.AUDITOR)
def mails() -> ResponseReturnValue:
    """Every mail and every piece of work, narrowed by links."""
    standing, kind = request.args.get("standing", ""), request.args.get("kind", "")
    case = web.number("case") if web.me().role is Role.OFFICE else None
    wanted = Wanted(standing if standing in STANDINGS else "", kind if kind in {"mail", "work"} else "", case)
    page = max(web.number("page") or 1, 1)
    lines, count = mail_queries.mails(db.session(), web.me(), wanted, page)
    pages = max(-(-count // mail_queries.PAGE), 1)
    if page > pages:
        return redirect(_narrowed(wanted, page=pages))
    return render_template(
        "desk/mails.html", lines=lines, count=count, page=page, pages=pages, wanted=wanted, standings=STANDINGS,
        counts=mail_queries.standings(db.session()), narrowed=_narrowed,
    )  # fmt: skip


def _narrowed(wanted: Wanted, **other: object) -> str:
    now = {"standing": wanted.standing, "kind": wanted.kind, "case": wanted.application_id} | other
    return url_for("desk.mails", **{name: value for name, value in now.items() if value})  # type: ignore[arg-type]


@bp.route("/outbox/<int:job_id>", methods=["GET", "POST"])
@web.only(Role.OFFICE, Role.ADMIN, Role.AUDITOR)
def mail(job_id: int) -> ResponseReturnValue:
    """One mail with its words; the office sends it again."""
    job, me, form = db.session.get(Job, job_id), web.me(), PostForm()
    if job is None:
        raise NotFound
    if request.method == "POST":
        return _again(job, form)
    (line,) = mail_queries.lines_of(db.session(), me, [job])
    return render_template("desk/mail.html", line=line, form=form, standings=STANDINGS)


@web.only(Role.OFFICE)
def _again(job: Job, form: PostForm) -> ResponseReturnValue:
    here = url_for("desk.mail", job_id=job.id)
    if not form.accepted():
        return redirect(here, 303)
    made = send_again(db.session(), job, by=web.me(), at=clock.now())
    if made is None:
        return web.done(here, gettext("一分钟内已经重发过，这次没有再发。"), "waiting")
    db.session.flush()
    return web.done(url_for("desk.mail", job_id=made.id), gettext("已交给后台重发，下面是这一次的记录。"))
