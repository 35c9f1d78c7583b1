"""The try-it sheet of a checklist, open to everybody."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from cellcert import clock, web
from cellcert.assessment.trial import trial
from cellcert.criteria.editions import in_force
from cellcert.criteria.schema import Checklist, Text
from cellcert.database import db
from cellcert.errors import NotFound


# Nothing is changed, and a page left open for hours must still answer.
@web.only_reads
def try_it(category: str) -> ResponseReturnValue:
    """Fill in the checklist in force and see what it gives; nothing is kept."""
    library, today = web.house().library, clock.day_of(clock.now(), web.zone())
    if category not in {known.key for known in library.programme.categories}:
        raise NotFound
    checklist = in_force(db.session(), library, category, on=today).checklist
    name = library.programme.category(category).name
    return trial_page(checklist, name, url_for("criteria.checklist", category=category), today.year)


def trial_page(checklist: Checklist, name: Text, back: str, year: int) -> ResponseReturnValue:
    """The sheet with what was posted; changes nothing, so it needs neither token nor idempotency key."""
    posted = MultiDict(request.form.items(multi=True))
    found = trial(checklist, posted)
    page = render_template("assessment/trial.html", t=found, name=name, back=back, year=year, sheet=found.sheet)
    return page, 422 if found.faults else 200
