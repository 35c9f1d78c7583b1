"""Files: attach them to an item, put them in order, hand them out safely, take them away."""

from collections.abc import Sequence
from io import BytesIO
from typing import IO, cast

from flask import Blueprint, abort, current_app, flash, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from cellcert import clock, language, web
from cellcert.application.lifecycle import Act, State, is_open
from cellcert.application.models import Application
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.text import Text
from cellcert.database import db
from cellcert.errors import N_, NotFound, Refusal, TooLarge, Unusable
from cellcert.evidence import actions
from cellcert.evidence.checking import check
from cellcert.evidence.forms import ArrangeForm, PartForm, RemoveForm, ReuseForm, UploadForm
from cellcert.evidence.giving import Given, given
from cellcert.evidence.models import Evidence
from cellcert.evidence.parts import PART, Sending
from cellcert.evidence.queries import all_files, files_of, is_shown
from cellcert.evidence.rules import FILE_REFUSED, SIGNED_LETTER, chosen_from, extension_taken, refuse_too_large
from cellcert.storage import Away, Damaged, Full

bp = Blueprint("evidence", __name__)
HANDED_OUT = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Lost(Refusal):
    """The bytes are gone or changed: nothing the reader can mend."""

    status = 500


@bp.get("/applications/<int:application_id>/evidence/<item>")
def of_item(application_id: int, item: str) -> ResponseReturnValue:
    """The files of one item: caption them, put them in order, add new ones or some that are here already."""
    application = web.load(application_id, Act.ATTACH)
    actions.refuse_closed(application, item)
    every = all_files(db.session(), application)
    files = [file for file in every if file.item == item]
    here = {file.sha256 for file in files}
    others = {file.sha256: file for file in every if file.sha256 not in here}
    return render_template(
        "evidence/item.html",
        application=application,
        item=item,
        purpose=_purpose(application, item),
        files=files,
        others=list(others.values()),
        names=_names(application),
        may_arrange=is_open(Act.DETACH, application.relation_to(web.me()), application.state),
        upload_form=UploadForm(formdata=None, next=url_for(".of_item", application_id=application.id, item=item)),
        arrange_form=ArrangeForm(formdata=None),
        reuse_form=ReuseForm(formdata=None),
        accept=chosen_from(web.house().library.programme.evidence.types),
        longest=actions.LONGEST_CAPTION,
        back=_page_of(application, item),
    )


@bp.post("/applications/<int:application_id>/evidence/<item>")
def upload(application_id: int, item: str) -> ResponseReturnValue:
    """Attach one or several files to an item; the good ones stay when another is refused."""
    application = web.load(application_id, Act.ATTACH)
    actions.refuse_closed(application, item)
    form = UploadForm()
    if not form.accepted():
        abort(400)
    try:
        files = [(file.filename, file.stream) for file in request.files.getlist("files") if file.filename]
        taken, refused = _take(application_id, item, files)
        if not taken:
            raise refused[0]
    except Refusal as refusal:
        if not _by_script() or refusal.status not in FILE_REFUSED:
            raise
        return _refused(refusal)
    application = web.load(application_id, Act.ATTACH)
    if _by_script():
        return _listed(application, item)
    for one in refused:
        flash(language.sentence(one), "bad")
    back = web.local_target(form.next.data, _page_of(application, item))
    return web.done(back, gettext("已上传 %(count)s 个文件。", count=len(taken)))


@bp.post("/applications/<int:application_id>/evidence/<item>/part")
def part(application_id: int, item: str) -> ResponseReturnValue:
    """One part of a long file, or the question how much of it is here; the last part is answered like an upload."""
    application = web.load(application_id, Act.ATTACH)
    actions.refuse_closed(application, item)
    form = PartForm()
    if not form.accepted():
        abort(400)
    house = web.house()
    sending = Sending(
        house.settings.data_folder / "parts", web.me().signatory, application_id, item, form.name.data,
        form.size.data, form.changed.data or "",
    )  # fmt: skip
    programme = house.library.programme
    try:
        extension_taken(sending.name, programme.evidence.types)
        refuse_too_large(sending.name, sending.size, programme.evidence.file_mb * actions.MEGABYTE)
        if "part" not in request.files and actions.on_item(db.session(), application, item, sending.finished()):
            return _listed(application, item)  # the answer was lost on its way
        actions.refuse_too_much(db.session(), application, "", sending.size, programme)
        db.session.rollback()  # nobody waits for the database while bytes are written
        data = request.files["part"].stream.read(PART + 1) if "part" in request.files else b""
        have = sending.add(form.start.data, data) if data else sending.have()
        if have < sending.size:
            return {"have": have}
        try:
            taken, refused = _take(application_id, item, [(sending.name, sending.read())])
        except FileNotFoundError:  # checked meanwhile for another window
            return {"have": 0}
        if not taken:
            raise refused[0]
    except Refusal as refusal:
        if refusal.status not in FILE_REFUSED:
            raise
        if refusal.status in {413, 422}:
            sending.drop()
        return _refused(refusal)
    sha256 = taken[0].sha256
    answer = _listed(web.load(application_id, Act.ATTACH), item)
    sending.finish(sha256)
    return answer


def _refused(refusal: Refusal) -> ResponseReturnValue:
    """Why a file was not taken, for a script."""
    db.session.rollback()
    return {"refused": language.sentence(refusal)}, refusal.status


def _listed(application: Application, item: str) -> ResponseReturnValue:
    """Commit, and hand a script the item's files as the page shows them."""
    web.done(_page_of(application, item))
    files = files_of(db.session(), application, item)
    may_remove = is_open(Act.DETACH, application.relation_to(web.me()), application.state)
    return {"files": render_template("evidence/files.html", files=files, removable=may_remove)}


def _take(
    application_id: int, item: str, files: Sequence[tuple[str, IO[bytes]]]
) -> tuple[list[Evidence], list[Refusal]]:
    """Check files and attach the good ones."""
    if not files:
        raise Unusable(N_("没有选择文件。请先选择，再上传。"))
    # Nobody waits for the database while files are looked into; the same file sent twice is one file without a key.
    db.session.rollback()
    house, at = web.house(), clock.now()
    limits, passed = house.library.programme.evidence, []
    refused: list[Refusal] = []
    for name, stream in files:
        try:
            passed.append((name, actions.keep(house.store, check(name, stream, limits, house.settings))))
        except (Away, Full):
            raise
        except Refusal as refusal:
            refused.append(refusal)
    application, taken, programme = web.load(application_id, Act.ATTACH), [], house.library.programme
    for name, kept in passed:
        try:
            taken.append(actions.attach(db.session(), application, item, name, kept, programme, by=web.me(), at=at))
        except TooLarge as refusal:
            refused.append(refusal)
    return taken, refused


def _is_row(typed: str) -> bool:
    """Whether this may be the number of a row; ``int`` itself gives up at thousands of digits."""
    return typed.isdecimal() and len(typed) <= 9


def _by_script() -> bool:
    return request.headers.get("X-Requested-With") == "XMLHttpRequest"


@bp.post("/applications/<int:application_id>/evidence/<item>/arrange")
def arrange(application_id: int, item: str) -> ResponseReturnValue:
    """Save the captions of an item's files, and move one up or down."""
    application = web.load(application_id, Act.DETACH)
    if not ArrangeForm().accepted():
        abort(400)
    captions = {
        int(name.removeprefix("caption.")): text
        for name, text in request.form.items()
        if name.startswith("caption.") and _is_row(name.removeprefix("caption."))
    }
    wish, _, number = request.form.get("do", "").partition(".")
    move = (int(number), {"up": -1, "down": 1}[wish]) if wish in {"up", "down"} and _is_row(number) else None
    actions.arrange(db.session(), application, item, captions, move, by=web.me(), at=clock.now())
    return web.done(url_for(".of_item", application_id=application.id, item=item), gettext("已保存。"))


@bp.post("/applications/<int:application_id>/evidence/<item>/reuse")
def reuse(application_id: int, item: str) -> ResponseReturnValue:
    """Let files of this application stand for one more item."""
    application = web.load(application_id, Act.ATTACH)
    if not ReuseForm().accepted():
        abort(400)
    wanted = set(request.form.getlist("file"))
    files = [file for file in all_files(db.session(), application) if str(file.id) in wanted]
    if not files:
        raise Unusable(N_("没有选择文件。请先勾选，再选用。"))
    count = actions.reuse(db.session(), application, files, item, by=web.me(), at=clock.now())
    here = url_for(".of_item", application_id=application.id, item=item)
    return web.done(here, gettext("已选用 %(count)s 个文件。", count=count))


@bp.get("/evidence/<int:evidence_id>")
def download(evidence_id: int) -> ResponseReturnValue:
    """The bytes, never opened by the browser in the site's name."""
    evidence = db.session.get(Evidence, evidence_id)
    if evidence is None:
        return unknown()
    given = given_of(evidence)
    return _handed_out(given.sha256, given.media_type, given.name)


@bp.get("/evidence/<int:evidence_id>/thumbnail")
def thumbnail(evidence_id: int) -> ResponseReturnValue:
    """A small JPEG of a picture, drawn when it was checked."""
    evidence = db.session.get(Evidence, evidence_id)
    if evidence is None:
        return unknown()
    given = given_of(evidence)
    if given.thumb is None:
        raise NotFound
    return _handed_out(given.thumb, "image/jpeg", f"{evidence.id}.jpg")


def refuse_unseen(evidence: Evidence) -> Application:
    """The application of a file this reader may see."""
    application = web.load(evidence.application_id, Act.READ_EVIDENCE)
    if not is_shown(application, evidence, application.relation_to(web.me())):
        raise NotFound
    return application


def given_of(evidence: Evidence) -> Given:
    """What this reader gets of a file: the file, or its redacted copy under its number."""
    return given(refuse_unseen(evidence), evidence, evidence.thumb, str(evidence.id))


def unreadable(name: str, error: Damaged) -> Lost:
    """Told to the reader by the file's name, to the operator by what lies in the store."""
    current_app.logger.error("a file is damaged: %s", error)
    return Lost(N_("“{name}”的存档已损坏，不能打开。请告知系统管理员从备份恢复。"), name=name)


def _handed_out(sha256: str, media_type: str, name: str) -> ResponseReturnValue:
    """Stored bytes, as a download the browser neither guesses at, keeps nor runs."""
    try:
        data = web.house().store.get(sha256)
    except Damaged as error:
        raise unreadable(name, error) from error
    response = send_file(
        BytesIO(data), media_type, as_attachment=True, download_name=name, conditional=False, etag=False
    )
    response.headers.update(HANDED_OUT)
    return response


@bp.route("/evidence/<int:evidence_id>/remove", methods=["GET", "POST"])
def remove(evidence_id: int) -> ResponseReturnValue:
    """Ask, then take a file away from the answers being written."""
    evidence = db.session.get(Evidence, evidence_id)
    if evidence is None:
        return unknown()
    application = web.load(evidence.application_id, Act.DETACH)
    if evidence.removed_at is not None:
        raise NotFound
    actions.refuse_closed(application, evidence.item)
    form = RemoveForm()
    if form.accepted():
        actions.detach(db.session(), application, evidence, by=web.me(), at=clock.now())
        return web.done(_page_of(application, evidence.item), gettext("已移除“%(name)s”。", name=evidence.name))
    return render_template(
        "evidence/remove.html",
        form=form,
        evidence=evidence,
        application=application,
        purpose=_purpose(application, evidence.item),
        back=_page_of(application, evidence.item),
    )


def unknown() -> ResponseReturnValue:
    """An id that leads nowhere answers a guest as one that does: sign in first."""
    if web.me().person_id is None:
        return cast("ResponseReturnValue", web.login.unauthorized())
    raise NotFound


def _names(application: Application) -> dict[str, Text]:
    """What each place that takes files is about."""
    checklist = checklist_of(application.edition)
    names = {one.key: one.text for one in checklist.prerequisites} | {one.key: one.text for one in checklist.items()}
    return {SIGNED_LETTER: Text("签字的承诺书", "Signed commitment")} | names


def _purpose(application: Application, item: str) -> Text | str:
    return _names(application).get(item, "")


def _page_of(application: Application, item: str) -> str:
    """The page where the item's files are shown."""
    if application.state not in {State.DRAFT, State.RETURNED}:
        return url_for("assessment.read", application_id=application.id, _anchor=f"item-{item}")
    return url_for("assessment.at_item", application_id=application.id, item=item)
