"""Files looked at in the page: one page of a file as a picture, and all of them under each other."""

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cellcert import language, web
from cellcert.application.models import Application
from cellcert.database import db
from cellcert.errors import NotFound, Refusal
from cellcert.evidence.giving import Given
from cellcert.evidence.models import Evidence
from cellcert.evidence.page_pictures import Pages, kind_of
from cellcert.evidence.routes import HANDED_OUT, bp, given_of, refuse_unseen, unknown, unreadable
from cellcert.storage import Damaged


@bp.get("/evidence/<int:evidence_id>/pages")
def pages(evidence_id: int) -> ResponseReturnValue:
    """Every page of a PDF or a picture; a script is told how many there are."""
    evidence = db.session.get(Evidence, evidence_id)
    if evidence is None:
        return unknown()
    application = refuse_unseen(evidence)
    given = given_of(evidence)
    if not kind_of(given.media_type):
        raise NotFound
    count, refused = 0, ""
    try:
        count = _pages(given).count()
    except Damaged as error:
        raise unreadable(given.name, error) from error
    except Refusal as refusal:
        refused = language.sentence(refusal)
    if request.headers.get("X-Requested-With") == "XMLHttpRequest":
        return {"pages": max(count, 0), "refused": refused}
    return render_template(
        "evidence/pages.html", evidence=evidence, application=application, count=max(count, 0), refused=refused,
        back=_back(application, evidence),
        title=(not web.hides_unit(application) and evidence.caption) or given.name, is_copy=given.is_copy,
    )  # fmt: skip


@bp.get("/evidence/<int:evidence_id>/pages/<int:number>")
def page(evidence_id: int, number: int) -> ResponseReturnValue:
    """One page as a picture of ours: nothing of the file itself reaches the browser."""
    evidence = db.session.get(Evidence, evidence_id)
    if evidence is None:
        return unknown()
    given = given_of(evidence)
    drawn, told = _pages(given), evidence.id
    db.session.rollback()  # nobody waits for the database while a page is drawn
    try:
        data = drawn.picture(number)
    except Damaged as error:
        raise unreadable(given.name, error) from error
    response = Response(data, mimetype="image/jpeg")
    response.headers.update(HANDED_OUT)
    response.headers["Content-Disposition"] = f'inline; filename="{told}-{number}.jpg"'
    return response


def _pages(given: Given) -> Pages:
    house = web.house()
    return Pages(house.settings.data_folder / "previews", house.store, given.sha256, kind_of(given.media_type))


def _back(application: Application, evidence: Evidence) -> str:
    """Where the file was looked at from: a page of this site, else the application."""
    home = url_for("assessment.read", application_id=application.id, _anchor=f"item-{evidence.item}")
    return web.local_target(request.args.get("next"), home)
