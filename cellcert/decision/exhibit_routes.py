"""Files of objections, appeals and statements: the same check as for evidence, handed out in the same way."""

from collections.abc import Callable
from io import BytesIO

from flask import abort, flash, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from cellcert import clock, language, web
from cellcert.application.lifecycle import Act, Relation, is_open
from cellcert.application.models import Application
from cellcert.database import db
from cellcert.decision.exhibits import add_exhibit
from cellcert.decision.following_routes import opened_or_refuse
from cellcert.decision.models import Exhibit, Objection, Statement
from cellcert.decision.notice_routes import stored_pdf
from cellcert.decision.pages import bp
from cellcert.decision.queries import objections_of
from cellcert.decision.stating import statements_of
from cellcert.errors import N_, NotFound, NotReady, Refusal, Unusable
from cellcert.evidence.actions import Kept, keep
from cellcert.evidence.checking import check
from cellcert.evidence.forms import UploadForm
from cellcert.evidence.routes import HANDED_OUT
from cellcert.storage import Away, Damaged, Full

Thing = Callable[[], tuple[Application, Objection | Statement]]


@bp.post("/objections/<receipt>/files")
def add_to_objection(receipt: str) -> ResponseReturnValue:
    """Who objected adds files."""

    def thing() -> tuple[Application, Objection]:
        objection = opened_or_refuse(receipt)
        return web.load(objection.application_id, Act.OBJECT), objection

    return _taken(thing, url_for(".receipt", receipt=receipt))


@bp.post("/applications/<int:application_id>/objections/appeal/files")
def add_to_appeal(application_id: int) -> ResponseReturnValue:
    """The unit adds files to its appeal."""

    def thing() -> tuple[Application, Objection]:
        application = web.load(application_id, Act.OBJECT)
        mine = [one for one in objections_of(db.session(), application) if one.appeal and one.closed_at is None]
        if not mine or application.relation_to(web.me()) is not Relation.OWN:
            raise NotFound
        return application, mine[-1]

    return _taken(thing, url_for(".objections", application_id=application_id))


@bp.post("/applications/<int:application_id>/objections/statement/files")
def add_to_statement(application_id: int) -> ResponseReturnValue:
    """The unit adds files to what it said."""

    def thing() -> tuple[Application, Statement]:
        application = web.load(application_id, Act.GIVE_STATEMENT)
        said = [one for one in statements_of(db.session(), application) if one.given_at is not None]
        if not said:
            raise NotReady(N_("请先提交情况说明，再上传材料。"))
        return application, said[-1]

    return _taken(thing, url_for(".objections", application_id=application_id))


def _taken(thing: Thing, back: str) -> ResponseReturnValue:
    """Check files and keep the good ones; why another was refused is said on the page it was sent from."""
    thing()
    if not UploadForm().accepted():
        abort(400)
    files = [(file.filename, file.stream) for file in request.files.getlist("files") if file.filename]
    if not files:
        raise Unusable(N_("没有选择文件。请先选择，再上传。"))
    db.session.rollback()  # nobody waits for the database while files are looked into
    house, passed, refused = web.house(), list[tuple[str, Kept]](), list[Refusal]()
    for name, stream in files:
        try:
            checked = check(name, stream, house.library.programme.evidence, house.settings)
            passed.append((name, keep(house.store, checked)))
        except (Away, Full):
            raise
        except Refusal as refusal:
            refused.append(refusal)
    application, of = thing()
    count = 0
    for name, kept in passed:
        try:
            add_exhibit(db.session(), application, of, name, kept, house.library.programme, by=web.me(), at=clock.now())
            count += 1
        except Refusal as refusal:
            refused.append(refusal)
    for one in refused:
        flash(language.sentence(one), "bad")
    return web.done(back, gettext("已上传 %(count)s 个文件。", count=count) if count else None)


@bp.get("/applications/<int:application_id>/objections/files/<int:exhibit_id>")
def exhibit(application_id: int, exhibit_id: int) -> ResponseReturnValue:
    """The bytes: of an objection for who may know who raised it, of an appeal and a statement also for the unit."""
    application = web.load(application_id, Act.READ_OBJECTION)
    found = db.session.get(Exhibit, exhibit_id)
    if found is None:
        raise NotFound
    relation = application.relation_to(web.me())
    of = db.session.get(Objection, found.objection_id) if found.objection_id else _statement(found)
    if of is None or of.application_id != application.id:
        raise NotFound
    is_secret = isinstance(of, Objection) and not of.appeal
    if is_secret and not is_open(Act.READ_OBJECTOR, relation, application.state):
        raise NotFound
    try:
        data = web.house().store.get(found.sha256)
    except Damaged as error:
        raise NotReady(N_("文件与记录不一致，已停止下载。请联系系统管理员从备份恢复。")) from error
    response = send_file(
        BytesIO(data), found.media_type, as_attachment=True, download_name=found.name, conditional=False, etag=False
    )
    response.headers.update(HANDED_OUT)
    return response


@bp.get("/applications/<int:application_id>/objections/<int:objection_id>/answer.pdf")
def answer_of(application_id: int, objection_id: int) -> ResponseReturnValue:
    """The answer letter, which names who objected: for who may know, and for the unit that appealed."""
    application = web.load(application_id, Act.READ_OBJECTION)
    found = db.session.get(Objection, objection_id)
    if found is None or found.application_id != application.id:
        raise NotFound
    if not found.appeal and not is_open(Act.READ_OBJECTOR, application.relation_to(web.me()), application.state):
        raise NotFound
    if found.letter is None:
        raise NotReady(N_("答复函还在制作，请稍后刷新。") if found.closed_at else N_("异议还没有办结。"))
    return stored_pdf(found.letter, f"answer-{found.receipt}.pdf")


def _statement(found: Exhibit) -> Statement | None:
    return db.session.scalar(select(Statement).where(Statement.id == found.statement_id))
