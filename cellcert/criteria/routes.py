"""The checklists, open to everybody."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from cellcert import clock, web
from cellcert.criteria import in_words
from cellcert.criteria.editions import all_in_force, in_force
from cellcert.database import db
from cellcert.errors import NotFound

bp = Blueprint("criteria", __name__)
bp.add_app_template_global(in_words.condition, "condition_in_words")
bp.add_app_template_global(in_words.formula, "formula_in_words")


@bp.get("/criteria")
def index() -> ResponseReturnValue:
    """Every category with its checklist."""
    library = web.house().library
    current = all_in_force(db.session(), library, on=clock.day_of(clock.now(), web.zone()))
    lists = [(category, current[category.key].checklist) for category in library.programme.categories]
    return render_template("criteria/index.html", lists=lists)


@bp.get("/criteria/<category>")
def checklist(category: str) -> ResponseReturnValue:
    """One checklist, to read and to print."""
    library = web.house().library
    if category not in {known.key for known in library.programme.categories}:
        raise NotFound
    current = in_force(db.session(), library, category, on=clock.day_of(clock.now(), web.zone()))
    return render_template(
        "criteria/checklist.html",
        category=library.programme.category(category),
        checklist=current.checklist,
        department=library.programme.department(current.checklist.lead),
        digest=current.sha256,
    )
