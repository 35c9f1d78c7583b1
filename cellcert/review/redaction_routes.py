"""The page on which files are redacted for experts who must not learn the unit."""

from io import BytesIO

from flask import request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from cellcert import clock, web
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application
from cellcert.database import db
from cellcert.errors import N_, NotFound, Refusal, Unusable
from cellcert.evidence.actions import keep
from cellcert.evidence.checking import check
from cellcert.evidence.giving import redacted
from cellcert.evidence.queries import redactions_of
from cellcert.evidence.routes import HANDED_OUT, unreadable
from cellcert.evidence.rules import FILE_REFUSED, chosen_from
from cellcert.forms import PostForm
from cellcert.review import redacting
from cellcert.review.check_page import check_of
from cellcert.review.pages import bp, done_when, page
from cellcert.review.rules import place_title
from cellcert.storage import Damaged


@bp.route("/redactions", methods=["GET", "POST"])
def redactions(application_id: int) -> ResponseReturnValue:
    """Every file experts may open: attach a redacted copy, or confirm several at once as telling nothing."""
    application = web.load(application_id, Act.REDACT)
    form, programme = PostForm(), web.house().library.programme
    told: list[int] = []

    def act() -> None:
        wanted = request.form.getlist("plain")
        told.append(redacting.confirm_plain(db.session(), application, wanted, programme, by=web.me(), at=clock.now()))

    if done_when(form, application, act):
        return web.done(_here(application_id), gettext("已确认 %(count)s 个文件无需遮盖。", count=told[0]))
    return _page(application, form)


@bp.post("/redactions/<sha256>")
def redact(application_id: int, sha256: str) -> ResponseReturnValue:
    """Attach the redacted copy of one file; it passes the same check as every upload."""
    application = web.load(application_id, Act.REDACT)
    form, house = PostForm(), web.house()
    if not form.accepted():
        return _page(application, form)
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise Unusable(N_("没有选择文件。请先选择，再上传。"))
        db.session.rollback()  # nobody waits for the database while the file is looked into
        programme = house.library.programme
        kept = keep(house.store, check(file.filename, file.stream, programme.evidence, house.settings))
        application = web.load(application_id, Act.REDACT)
        redacting.redact(db.session(), application, sha256, kept, programme, by=web.me(), at=clock.now())
    except Refusal as refusal:
        if refusal.status not in FILE_REFUSED | {409}:
            raise
        form.status = web.show_in(form, refusal)
        return _page(web.load(application_id, Act.REDACT), form)
    return web.done(_here(application_id), gettext("遮盖件已保存，专家看到的就是这一份。"))


@bp.get("/redactions/<sha256>")
def redaction(application_id: int, sha256: str) -> ResponseReturnValue:
    """What experts get of a file, for who redacts it."""
    application = web.load(application_id, Act.REDACT)
    row = redactions_of(db.session(), application).get(sha256)
    files = {one.sha256: one.file for one in redacting.to_redact(db.session(), application)}
    if row is None or sha256 not in files:
        raise NotFound
    given = redacted(row, files[sha256], None, sha256[:8])
    try:
        data = web.house().store.get(given.sha256)
    except Damaged as error:
        raise unreadable(given.name, error) from error
    response = send_file(
        BytesIO(data), given.media_type, as_attachment=True, download_name=given.name, conditional=False, etag=False
    )
    response.headers.update(HANDED_OUT)
    return response


def _here(application_id: int) -> str:
    return url_for(".redactions", application_id=application_id)


def _page(application: Application, form: PostForm) -> ResponseReturnValue:
    c, programme = check_of(application), web.house().library.programme
    titles = {place[1]: place_title(c.checklist, place) for place in c.asked}
    files = redacting.to_redact(db.session(), application)
    back = ".check" if application.state is State.PRELIMINARY else "desk.case"
    return page(
        "redactions", form, application, files=files, left=len(redacting.still_open(files)), titles=titles,
        is_blind=programme.review.blind_unit, accept=chosen_from(programme.evidence.types),
        back=url_for(back, application_id=application.id),
    )  # fmt: skip
