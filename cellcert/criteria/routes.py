"""The checklists, open to everybody."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from cellcert import web
from cellcert.errors import NotFound

bp = Blueprint("criteria", __name__)


@bp.get("/criteria")
def index() -> ResponseReturnValue:
    """Every category with its checklist."""
    library = web.house().library
    lists = [(category, library.checklist(category.key)) for category in library.programme.categories]
    return render_template("criteria/index.html", lists=lists)


@bp.get("/criteria/<category>")
def checklist(category: str) -> ResponseReturnValue:
    """One checklist, to read and to print."""
    library = web.house().library
    if category not in {known.key for known in library.programme.categories}:
        raise NotFound
    shown = library.checklist(category)
    return render_template(
        "criteria/checklist.html",
        category=library.programme.category(category),
        checklist=shown,
        department=library.programme.department(shown.lead),
        digest=library.hash(category),
    )
