"""What every page of the review shares: the blueprint, the way a form acts, the files beside an item."""

from collections.abc import Callable
from pathlib import PurePath
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cellcert import web
from cellcert.application.lifecycle import State, acts_open_to
from cellcert.application.models import Application
from cellcert.assessment.models import Revision
from cellcert.assessment.queries import evidence_list, revision_of
from cellcert.database import db
from cellcert.errors import Changed, Incomplete, NotFound, NotReady, Unusable
from cellcert.evidence.giving import ENDINGS
from cellcert.evidence.page_pictures import kind_of_name
from cellcert.evidence.queries import redactions_of
from cellcert.forms import PostForm

bp = Blueprint("review", __name__, url_prefix="/applications/<int:application_id>")
MEGABYTE = 1024 * 1024


def done_when(form: PostForm, application: Application, act: Callable[[], object]) -> bool:
    """Act when the form is in order; a refusal is said above the form, where what was typed stays."""
    if not form.accepted():
        return False
    try:
        if "version" in form:
            web.same_version(application, form.version.data)
        act()
    except (Changed, Incomplete, NotReady, Unusable) as refusal:
        form.status = web.show_in(form, refusal)
        return False
    return True


def page(template: str, form: PostForm, application: Application, **values: Any) -> ResponseReturnValue:  # noqa: ANN401
    """A page with its form: 422 where something must be put right, 409 where something changed meanwhile."""
    if "version" in form:  # the present one, not what was posted: whoever has read the refusal may send again
        form.version.data, form.version.raw_data = values.pop("version", web.version_of(application)), None
    me = web.me()
    relation = application.relation_to(me)
    shown = render_template(
        f"review/{template}.html", form=form, application=application, relation=relation,
        acts={act.name for act in acts_open_to(relation, application.state)}, last_day=web.last_day, **values,
    )  # fmt: skip
    return shown, getattr(form, "status", 422) if request.method == "POST" else 200


def revision_shown(application: Application, number: int | None = None) -> Revision:
    """The revision a page is about, the latest unless another is named."""
    found = revision_of(db.session(), application, number)
    if found is None:
        raise NotFound
    return found


def files_shown(application: Application, revision: Revision) -> dict[str, list[dict[str, Any]]]:
    """The evidence of every item, as the item card lists it; a holder adds files during a re-check."""
    adds, hidden = application.state in {State.RECHECK, State.RECTIFYING}, web.hides_unit(application)
    files: dict[str, list[dict[str, Any]]] = {}
    copies = redactions_of(db.session(), application) if hidden else {}
    for file in evidence_list(db.session(), application) if adds else revision.evidence:
        if not hidden:
            shown = _shown(file, file["name"], file.get("caption", ""), file["size"], bool(file.get("thumb")))
        elif (copy := copies.get(file["sha256"])) is None:
            shown = {"name": str(file["id"]), "withheld": True}
        elif copy.media_type is None:
            name = f"{file['id']}{PurePath(file['name']).suffix}"
            shown = _shown(file, name, "", file["size"], bool(file.get("thumb")))
        else:
            name = f"{file['id']}{ENDINGS.get(copy.media_type, '')}"
            shown = _shown(file, name, "", copy.size or 0, copy.thumb is not None) | {"is_copy": True}
        files.setdefault(file["item"], []).append(shown)
    return files


def _shown(file: dict[str, Any], name: str, caption: str, size: int, has_thumb: bool) -> dict[str, Any]:
    note = f"{size / MEGABYTE:.1f} MB" if size >= MEGABYTE / 10 else f"{size // 1024 + 1} KB"
    thumb = url_for("evidence.thumbnail", evidence_id=file["id"]) if has_thumb else None
    return {
        "name": name, "caption": caption, "url": url_for("evidence.download", evidence_id=file["id"]), "thumb": thumb,
        "note": note, "kind": kind_of_name(name), "pages": url_for("evidence.pages", evidence_id=file["id"]),
    }  # fmt: skip
