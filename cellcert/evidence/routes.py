"""Files: attach them to an item, hand them out safely, take them away."""

from io import BytesIO
from typing import cast

from flask import Blueprint, abort, current_app, flash, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from cellcert import clock, language, web
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application
from cellcert.criteria.editions import checklist_of
from cellcert.database import db
from cellcert.errors import N_, NotFound, Refusal, TooLarge, Unusable
from cellcert.evidence import actions
from cellcert.evidence.checking import check
from cellcert.evidence.forms import RemoveForm, UploadForm
from cellcert.evidence.models import Evidence
from cellcert.evidence.queries import is_shown
from cellcert.storage import Damaged

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


@bp.post("/applications/<int:application_id>/evidence/<item>")
def upload(application_id: int, item: str) -> ResponseReturnValue:
    """Attach one or several files to an item; the good ones stay when another is refused."""
    application = web.load(application_id, Act.ATTACH)
    actions.refuse_closed(application, item)
    form, house, at = UploadForm(), web.house(), clock.now()
    if not form.accepted():
        abort(400)
    files = [file for file in request.files.getlist("files") if file.filename]
    if not files:
        raise Unusable(N_("没有选择文件。请先选择，再上传。"))
    # Nobody waits for the database while files are looked into; the same file sent twice is one file without a key.
    db.session.rollback()
    limits, refused, passed = house.library.programme.evidence, [], []
    for file in files:
        name = file.filename or ""
        try:
            passed.append((name, check(name, file.stream, limits, house.settings)))
        except Refusal as refusal:
            if len(files) == 1:
                raise
            refused.append(refusal)
    application = web.load(application_id, Act.ATTACH)
    count = 0
    for name, accepted in passed:
        try:
            actions.attach(
                db.session(), house.store, application, item, name, accepted, house.library.programme,
                by=web.me(), at=at,
            )  # fmt: skip
            count += 1
        except TooLarge as refusal:
            if len(files) == 1:
                raise
            refused.append(refusal)
    if not count:
        raise refused[0]
    for one in refused:
        flash(language.sentence(one), "bad")
    back = web.local_target(form.next.data, _page_of(application, item))
    return web.done(back, gettext("已上传 %(count)s 个文件。", count=count))


@bp.get("/evidence/<int:evidence_id>")
def download(evidence_id: int) -> ResponseReturnValue:
    """The bytes, never opened by the browser in the site's name."""
    evidence = db.session.get(Evidence, evidence_id)
    if evidence is None:
        return _unknown()
    application = web.load(evidence.application_id, Act.READ_EVIDENCE)
    if not is_shown(application, evidence, application.relation_to(web.me())):
        raise NotFound
    try:
        data = web.house().store.get(evidence.sha256)
    except Damaged as error:
        current_app.logger.error("evidence %s is damaged: %s", evidence.id, error)
        raise Lost(N_("“{name}”的存档已损坏，不能打开。请告知系统管理员从备份恢复。"), name=evidence.name) from error
    response = send_file(
        BytesIO(data),
        evidence.media_type,
        as_attachment=True,
        download_name=evidence.name,
        conditional=False,
        etag=False,
    )
    response.headers.update(HANDED_OUT)
    return response


@bp.route("/evidence/<int:evidence_id>/remove", methods=["GET", "POST"])
def remove(evidence_id: int) -> ResponseReturnValue:
    """Ask, then take a file away from the answers being written."""
    evidence = db.session.get(Evidence, evidence_id)
    if evidence is None:
        return _unknown()
    application = web.load(evidence.application_id, Act.DETACH)
    if evidence.removed_at is not None:
        raise NotFound
    actions.refuse_closed(application, evidence.item)
    form = RemoveForm()
    if form.accepted():
        actions.detach(db.session(), application, evidence, by=web.me(), at=clock.now())
        return web.done(_page_of(application, evidence.item), gettext("已移除“%(name)s”。", name=evidence.name))
    checklist = checklist_of(application.edition)
    names = {one.key: one.text for one in checklist.prerequisites} | {one.key: one.text for one in checklist.items()}
    return render_template(
        "evidence/remove.html",
        form=form,
        evidence=evidence,
        application=application,
        purpose=names.get(evidence.item, ""),
        back=_page_of(application, evidence.item),
    )


def _unknown() -> ResponseReturnValue:
    """An id that leads nowhere answers a guest as one that does: sign in first."""
    if web.me().person_id is None:
        return cast("ResponseReturnValue", web.login.unauthorized())
    raise NotFound


def _page_of(application: Application, item: str) -> str:
    """The page where the item's files are shown."""
    if application.state not in {State.DRAFT, State.RETURNED}:
        return url_for("assessment.read", application_id=application.id, _anchor=f"item-{item}")
    return url_for("assessment.at_item", application_id=application.id, item=item)
