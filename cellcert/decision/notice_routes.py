"""Pages of public notices."""

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from cellcert import clock, web
from cellcert.application.lifecycle import Act, State, is_open
from cellcert.database import db
from cellcert.decision.models import Notice
from cellcert.decision.pages import bp
from cellcert.decision.queries import count_public_notices, notice_line, public_notices
from cellcert.decision.rules import notice_is_over, notice_is_running
from cellcert.errors import NotFound

NOTICES_PER_PAGE = 50


@bp.get("/notices")
def notices() -> ResponseReturnValue:
    """Every public notice, newest first."""
    number = max(web.number("page") or 1, 1)
    count = count_public_notices(db.session())
    pages = max((count + NOTICES_PER_PAGE - 1) // NOTICES_PER_PAGE, 1)
    number = min(number, pages)
    lines = public_notices(db.session(), limit=NOTICES_PER_PAGE, offset=(number - 1) * NOTICES_PER_PAGE)
    today = clock.day_of(clock.now(), web.zone())
    running = [line for line in lines if notice_is_running(line.published_on, line.ends_on, today)]
    return render_template(
        "decision/notices.html", running=running, past=[line for line in lines if line not in running], State=State,
        number=number, pages=pages,
    )  # fmt: skip


@bp.get("/notices/<int:notice_id>")
def notice(notice_id: int) -> ResponseReturnValue:
    """One notice as it was published."""
    found = db.session.scalar(select(Notice).where(Notice.id == notice_id).options(joinedload(Notice.application)))
    if found is None:
        raise NotFound
    application = web.load(found.application_id, Act.SEE_ENTRY)
    today = clock.day_of(clock.now(), web.zone())
    open_now = application.state in {State.NOTICE, State.OBJECTION} and notice_is_running(
        found.published_on, found.ends_on, today
    )
    return render_template(
        "decision/notice.html",
        notice=found,
        line=notice_line(found, application.state),
        running=open_now,
        address=web.public_url("decision.notice", notice_id=notice_id),
        may_object=open_now and is_open(Act.OBJECT, application.relation_to(web.me()), application.state),
        may_award=notice_is_over(found.ends_on, today)
        and is_open(Act.AWARD, application.relation_to(web.me()), application.state),
        State=State,
    )
