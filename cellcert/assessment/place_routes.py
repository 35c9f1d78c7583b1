"""One place of the self-assessment saves itself while the unit goes on; and what colleagues saved meanwhile."""

from collections.abc import Callable
from datetime import datetime
from typing import cast

from flask import get_template_attribute, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from cellcert import clock, web
from cellcert.application.lifecycle import Act
from cellcert.application.models import Application
from cellcert.assessment import actions
from cellcert.assessment.carry_marks import confirm_carried
from cellcert.assessment.forms import confirmed_in, read_notes, read_place
from cellcert.assessment.opening import ledger_of, year_of
from cellcert.assessment.queries import (
    Assessment,
    answers_of,
    assessment_of,
    file_lines,
    fingerprint,
    open_places,
)
from cellcert.assessment.rules import Place
from cellcert.assessment.savers import away_of, conflicts, savers
from cellcert.assessment.section_routes import saved_words, with_unasked
from cellcert.assessment.steps import NotAsked, Step, steps
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.schema import Checklist
from cellcert.database import db
from cellcert.errors import N_, NotAllowed, NotFound, NotReady
from cellcert.language import shown

DECIDE_WHAT_IS_ASKED = {"fact", "indicator"}


def save_place(application_id: int, part: str, key: str) -> ResponseReturnValue:
    """Keep what was typed at one place; sent again it does nothing new, and nobody's work is overwritten unseen."""
    application, place = web.load(application_id, Act.EDIT), (part, key)
    checklist = checklist_of(application.edition)
    step = _step_of(checklist, place)
    rows = answers_of(db.session(), application)
    away = away_of(checklist, rows)
    _refuse_closed(application, place, away)
    kept, at = rows.get(place), clock.now()
    was = (kept.value, kept.note) if kept else (None, "")
    answers, faults = read_place(checklist, place, request.form)
    notes, long_notes = read_notes([place], request.form)
    answer = with_unasked(actions.plain(answers.get(place, was[0])), was[0], f"items.{key}", away.names)
    note = notes.get(place, was[1])
    faults += long_notes
    if ((answer, note) != was or faults) and request.form.get("seen") != fingerprint(kept):
        both = conflicts(db.session(), application, rows, {place: (answer, note)})[place]
        return {"seen": both.seen, "conflict": str(_drawn("conflict_box")(checklist, place, both))}, 409
    if (answer, note) != was:
        saved = actions.save_answers(
            db.session(), application, {place: answer}, {place: note}, by=web.me(), at=at, rows=rows
        )
        rows = {other: row for other, row in rows.items() if other != place}
        rows.update({(row.kind, row.key): row for row in saved})
    if confirmed := confirmed_in(request.form) & {place}:
        files = {key: [file for file in file_lines(db.session(), application) if file.item == key]}
        confirm_carried(db.session(), application, rows, files, confirmed, by=web.me(), at=at)
    db.session.flush()
    away_now = away_of(checklist, rows) if part in DECIDE_WHAT_IS_ASKED else away
    assessment = assessment_of(db.session(), application, ledger_of(application), rows, away_now, show_files=False)
    told = _told(assessment, step, place, at) | {
        "faults": [{"field": fault.field, "sentence": shown(fault.message)} for fault in faults],
        "moved": not (away_now.places ^ away.places).isdisjoint(step.places),
    }
    web.done(url_for(".edit", application_id=application_id, section=step.key))
    return told, 422 if told["faults"] else 200


@web.unattended
def news(application_id: int, section: str) -> ResponseReturnValue:
    """What is kept now at each place of a page; nothing at all when nothing changed since ``known``."""
    application = web.load(application_id, Act.EDIT)
    if web.number("known") == application.version:
        return "", 204
    step = next((step for step in steps(checklist_of(application.edition)) if step.key == section), None)
    if step is None:
        raise NotFound
    rows = answers_of(db.session(), application)
    by = savers(db.session(), application, rows, step.places)
    return {
        "version": application.version,
        "places": {
            ".".join(place): {
                "seen": fingerprint(rows.get(place)),
                "said": gettext("%(name)s %(time)s 修改", name=by[place].name, time=saved_words(by[place].at))
                if place in by
                else "",
            }
            for place in step.places
        },
    }


def _step_of(checklist: Checklist, place: Place) -> Step:
    step = next((step for step in steps(checklist) if place in step.places), None)
    if step is None:
        raise NotFound
    return step


def _refuse_closed(application: Application, place: Place, away: NotAsked) -> None:
    opened = open_places(application)
    if opened is not None and place not in opened:
        raise NotAllowed(N_("补正期间只能修改退回意见点名的内容，这一项没有开放。"))
    if place in away.places:
        raise NotReady(N_("单位情况改动后，这一项不用填写了。请刷新页面。"))


def _told(assessment: Assessment, step: Step, place: Place, at: datetime) -> dict[str, object]:
    """What the page shows of a saved place, drawn by the server."""
    item = assessment.checklist.item(place[1]) if place[0] == "item" else None
    number = next((number for number, one in step.items if one is item), "")
    return {
        "seen": assessment.seen(place),
        "version": assessment.application.version,
        "saved": gettext("已保存 %(time)s", time=saved_words(at)),
        "drawn": str(_drawn("after_saving")(assessment, step, place, item, number, year_of(assessment.application))),
    }


def _drawn(macro: str) -> Callable[..., object]:
    """A piece of a page, without a page around it."""
    return cast("Callable[..., object]", get_template_attribute("assessment/_place.html", macro))
