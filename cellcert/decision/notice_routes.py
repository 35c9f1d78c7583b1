"""Pages of public notices, and the printed letter."""

from io import BytesIO

from flask import current_app, render_template, send_file
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from cellcert import clock, language, web
from cellcert.application.lifecycle import Act, Relation, State, is_open
from cellcert.application.models import Application
from cellcert.database import db
from cellcert.decision.models import Notice
from cellcert.decision.notice_acts import letter_of, notice_of
from cellcert.decision.pages import bp
from cellcert.decision.queries import count_public_notices, notice_line, public_notices
from cellcert.decision.rules import notice_is_over, notice_is_running, working_days_left
from cellcert.errors import N_, NotFound, NotReady
from cellcert.storage import Damaged

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
    """One notice as it was published, and its clock."""
    found, application = _readable(notice_id)
    relation, today = application.relation_to(web.me()), clock.day_of(clock.now(), web.zone())
    last = notice_of(db.session(), application)
    is_last = last is not None and last.id == found.id
    open_now = (
        is_last
        and application.state in {State.NOTICE, State.OBJECTION}
        and notice_is_running(found.published_on, found.ends_on, today)
    )
    is_over = notice_is_over(found.ends_on, today)
    return render_template(
        "decision/notice.html",
        notice=found,
        line=notice_line(found, application.state),
        letter=letter_of(found, language.current_language()),
        running=open_now,
        days_left=working_days_left(web.house().library.calendar, found.published_on, found.ends_on, today),
        first_counted=web.house().library.calendar.add_working_days(found.published_on, 1),
        replaced_by=last if last is not None and not is_last else None,
        address=web.public_url("decision.notice", notice_id=notice_id),
        may_object=open_now and is_open(Act.OBJECT, relation, application.state),
        may_award=is_last and is_over and is_open(Act.AWARD, relation, application.state),
        State=State,
    )


@bp.get("/notices/<int:notice_id>.pdf")
def notice_pdf(notice_id: int) -> ResponseReturnValue:
    """The letter as it was printed when the notice was published."""
    found, _application = _readable(notice_id)
    if found.pdf is None:
        raise NotReady(N_("公示文件还在制作，请稍后刷新。"))
    return stored_pdf(found.pdf, f"notice-{notice_id}.pdf")


def _readable(notice_id: int) -> tuple[Notice, Application]:
    """A notice the public may see now, or one of the past for those who read the objections to it."""
    found = db.session.scalar(select(Notice).where(Notice.id == notice_id).options(joinedload(Notice.application)))
    if found is None:
        raise NotFound
    is_public = is_open(Act.SEE_ENTRY, Relation.PUBLIC, found.application.state)
    if not is_public and web.me().person_id is None:
        raise NotFound  # a guest is not told that there was one
    return found, web.load(found.application_id, Act.SEE_ENTRY if is_public else Act.READ_OBJECTION)


def stored_pdf(sha256: str, name: str) -> ResponseReturnValue:
    """Stored bytes as a PDF; damaged ones are not handed out."""
    try:
        data = web.house().store.get(sha256)
    except Damaged as error:
        current_app.logger.exception("%s", name)
        raise NotReady(N_("文件与记录不一致，已停止下载。请联系系统管理员从备份恢复。")) from error
    return send_file(BytesIO(data), "application/pdf", download_name=name)
