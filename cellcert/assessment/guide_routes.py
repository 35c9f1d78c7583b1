"""The guide, open to everybody: which category is mine, what is asked, what to prepare, how long it takes."""

from flask import render_template
from flask.typing import ResponseReturnValue

from cellcert import clock, web
from cellcert.assessment.guide import guide_to
from cellcert.criteria.editions import all_in_force, in_force
from cellcert.database import db
from cellcert.errors import NotFound


def guide() -> ResponseReturnValue:
    """Every category: whom it is for and how much it asks."""
    library, today = web.house().library, clock.day_of(clock.now(), web.zone())
    current = all_in_force(db.session(), library, on=today)
    lists = [(category, current[category.key].checklist) for category in library.programme.categories]
    return render_template(
        "assessment/guide.html",
        rows=[(category, checklist, guide_to(checklist)) for category, checklist in lists],
        batch=library.programme.batch_from(today),
        today=today,
    )


def guide_to_category(category: str) -> ResponseReturnValue:
    """One category: what to prepare, to read and to print."""
    library, today = web.house().library, clock.day_of(clock.now(), web.zone())
    named = next((one for one in library.programme.categories if one.key == category), None)
    if named is None:
        raise NotFound
    checklist = in_force(db.session(), library, category, on=today).checklist
    batch = library.programme.batch_from(today)
    return render_template(
        "assessment/guide_to.html",
        category=named,
        checklist=checklist,
        guide=guide_to(checklist),
        batch=batch,
        today=today,
        year=batch.opens.year if batch else today.year,
    )
