"""One page of the self-assessment: its questions, and what saving it does."""

from collections.abc import Mapping
from datetime import datetime

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime, gettext
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict

from cellcert import clock, language, repeats, web
from cellcert.application.lifecycle import Act
from cellcert.assessment import actions, asking
from cellcert.assessment.carry_marks import confirm_carried
from cellcert.assessment.forms import Fault, SectionForm, as_typed, confirmed_in, read_answers, read_notes
from cellcert.assessment.opening import opened, year_of
from cellcert.assessment.page_files import attach_posted, checked_posted
from cellcert.assessment.queries import Assessment
from cellcert.assessment.rules import Place
from cellcert.assessment.savers import Conflict, conflicts
from cellcert.assessment.steps import FACTS, INDICATORS, PREREQUISITES, Step, names, numbers
from cellcert.criteria.text import Text
from cellcert.database import db
from cellcert.errors import Changed
from cellcert.evidence.rules import chosen_from

ANSWER_PREFIXES = ("facts.", "indicators.", "prerequisites.", "items.", "notes.")
THEIRS = "theirs"


def section_page(
    assessment: Assessment,
    step: Step,
    *,
    status: int = 200,
    faults: list[Fault] | None = None,
    refused: list[tuple[Place, Text]] | None = None,
    typed: frozenset[Place] = frozenset(),
    sentence: str = "",
    both: Mapping[Place, Conflict] | None = None,
    unwritten: frozenset[Place] = frozenset(),
) -> ResponseReturnValue:
    """One page of questions.

    ``typed``: where what was posted is shown; ``both``: where a colleague saved meanwhile; ``unwritten``: where nothing
    of what was posted is kept, so that the page still stands on what it showed before.
    """
    application = assessment.application
    faults, refused = faults or [], refused or []
    wrong: dict[Place, list[Text]] = {}
    wrong_fields: dict[str, list[Text]] = {}
    for fault in faults:
        wrong.setdefault(fault.place, []).append(fault.message)
        wrong_fields.setdefault(fault.field, []).append(fault.message)
    files_wrong: dict[Place, list[Text]] = {}
    for place, message in refused:
        files_wrong.setdefault(place, []).append(message)
    return render_template(
        "assessment/section.html",
        a=assessment,
        application=application,
        step=step,
        kind={FACTS: "facts", INDICATORS: "indicators", PREREQUISITES: "prerequisites"}.get(step.key, "items"),
        form=SectionForm(formdata=None, version=application.version),
        shown=_shown(assessment, step, typed),
        typed=_posted() if typed else {},
        retyped=typed,
        sentence=sentence,
        conflict=status == 409,
        both=both or {},
        named=names(assessment.checklist).get,
        seen={place: _posted_seen(place) if place in unwritten else assessment.seen(place) for place in step.places},
        wrong=wrong,
        wrong_fields=wrong_fields,
        files_wrong=files_wrong,
        summary=[(fault.field, _named(assessment, fault.place, fault.message)) for fault in faults]
        + [(f"files.{place[1]}", message) for place, message in refused],
        sheet=assessment.sheet,
        accept=chosen_from(web.house().library.programme.evidence.types),
        following=_after(assessment, step, "next"),
        has_ledger=web.house().library.has_wastes,
        year=year_of(application),
    ), status


def save_page(assessment: Assessment, step: Step) -> ResponseReturnValue:
    """Keep what a page posted: what is right is saved, what is wrong stays as typed with the reason beside it."""
    posted = checked_posted(assessment, step)
    if posted.was_unlocked:
        if (first := repeats.again()) is not None:
            return first
        assessment = opened(web.load(assessment.application.id, Act.EDIT))
        step = next(one for one in assessment.steps if one.key == step.key)
    application, form = assessment.application, SectionForm()
    application_id = application.id  # a failed flush takes the row out of reach
    if not form.validate():
        abort(400)
    places = [place for place in assessment.places(step) if assessment.is_open(place)]
    answers, faults = read_answers(assessment.checklist, step.key, request.form)
    faults = _take_from_ledger(assessment, answers, faults)
    notes, long_notes = read_notes(places, request.form)
    faults = [fault for fault in [*faults, *long_notes] if fault.place in places]
    changes, at = _changes(assessment, places, answers, notes), clock.now()
    for place in [place for place in changes if _choice(place) == THEIRS]:
        del changes[place]
        faults = [fault for fault in faults if fault.place != place]
    mine = {
        place: (changes.pop(place), notes.get(place, assessment.note(place)))
        for place in list(changes)
        if not _knew(assessment, place, form.version.data)
    }
    unwritten = frozenset(mine) | {fault.place for fault in faults if fault.place not in changes}
    wish = request.form.get("do", "save")
    confirmed = set(assessment.carried_in(step)) if wish == "confirm" else confirmed_in(request.form) & set(places)
    try:
        if changes:
            kept = {place: notes.get(place, assessment.note(place)) for place in changes}
            actions.save_answers(db.session(), application, changes, kept, by=web.me(), at=at)
        attached = attach_posted(assessment, posted, at)
        confirm_carried(
            db.session(), application, assessment.rows, assessment.files, confirmed - set(mine), by=web.me(), at=at
        )
        db.session.flush()
    except StaleDataError:
        return _overtaken(application_id, step)
    here = url_for(".edit", application_id=application_id, section=step.key)
    if mine:
        repeats.forget()  # sent again it is judged again
        web.done(here)
        return _with_conflicts(application_id, step, mine, faults, posted.refused, unwritten)
    if faults or posted.refused:
        web.done(here)
        return _with_faults(application_id, step, faults, posted.refused, unwritten)
    if len(assessment.gaps) == len(assessment.gaps_in(step)):  # nothing was missing elsewhere
        now = opened(application)
        asking.ask_heads(db.session(), now, web.house().library.programme, by=web.me(), at=at)
    saved = gettext("已保存，%(time)s。", time=saved_words(at))
    if attached:
        saved += gettext("已上传 %(count)s 个文件。", count=attached)
    return web.done(_after(assessment, step, wish), saved)


def _take_from_ledger(assessment: Assessment, answers: dict[Place, object], faults: list[Fault]) -> list[Fault]:
    """The button beside a figure puts the ledger's in its place, whatever was typed there; what is still wrong."""
    wish = request.form.get("do", "")
    _, indicator, key = [*wish.split("."), "", ""][:3]
    said = assessment.ledger.get(indicator, {}).get(key) if wish.startswith("ledger.") else None
    if said is None:
        return faults
    given = answers.get(("indicator", indicator))
    answers["indicator", indicator] = {**(given if isinstance(given, dict) else {}), key: said.value}
    return [fault for fault in faults if fault.field != f"indicators.{indicator}.{key}"]


def _after(assessment: Assessment, step: Step, wish: str) -> str:
    """Where a saved page goes on to: itself, the same item, the next page, or after the last what is left to submit."""
    number = assessment.application.id
    if wish.startswith("files."):
        return url_for(".edit", application_id=number, section=step.key, _anchor=f"item-{wish.removeprefix('files.')}")
    if wish.startswith("ledger."):
        anchor = f"indicators.{wish.split('.')[1]}"
        return url_for(".edit", application_id=number, section=step.key, _anchor=anchor)
    if wish == "next":
        following = assessment.steps[assessment.steps.index(step) + 1 :]
        if (onward := next((step for step in following if assessment.places(step)), None)) is None:
            return url_for(".submit", application_id=number)
        return url_for(".edit", application_id=number, section=onward.key)
    return url_for(".edit", application_id=number, section=step.key)


def _changes(
    assessment: Assessment, places: list[Place], answers: dict[Place, object], notes: dict[Place, str]
) -> dict[Place, object]:
    """What differs from what is kept; what could not be read stays as it was."""
    changes: dict[Place, object] = {}
    for place in places:
        row = assessment.rows.get(place)
        kept = row.value if row else None
        answer = actions.plain(answers.get(place, kept))
        answer = with_unasked(answer, kept, f"items.{place[1]}", assessment.away.names)
        if answer != kept or notes.get(place, assessment.note(place)) != assessment.note(place):
            changes[place] = answer
    return changes


def with_unasked(answer: object, kept: object, name: str, away: frozenset[str]) -> object:
    """An answer with the parts the page did not ask: they come back when the unit's facts change back."""
    if not isinstance(kept, dict):
        return answer
    unasked = {key: value for key, value in kept.items() if f"{name}.{key}" in away}
    if not unasked or not (answer is None or isinstance(answer, dict)):
        return answer
    return {**unasked, **(answer or {})}


def _posted() -> MultiDict[str, str]:
    """The answers of the posted form, without its key, version and token."""
    return MultiDict([pair for pair in request.form.items(multi=True) if pair[0].startswith(ANSWER_PREFIXES)])


def _shown(assessment: Assessment, step: Step, typed: frozenset[Place]) -> dict[Place, object]:
    """Each item's answer: as kept, or as it was typed just now."""
    items = {item.key: item for _number, item in step.items}
    shown: dict[Place, object] = {}
    for place in step.places:
        shown[place] = assessment.value(place)
        if place[0] == "item" and place in typed and assessment.is_open(place):
            shown[place] = as_typed(items[place[1]], request.form)
    return shown


def _choice(place: Place) -> str:
    """Which of two texts was chosen: the fingerprint of what mine takes the place of, or theirs."""
    return request.form.get(f"choose.{place[0]}.{place[1]}", "")


def _posted_seen(place: Place) -> str:
    return request.form.get(f"seen.{place[0]}.{place[1]}") or "-"


def _knew(assessment: Assessment, place: Place, version: int | None) -> bool:
    """Whether the page showed what is kept now; a page that tells no place from another is judged by its version."""
    told = _choice(place) or request.form.get(f"seen.{place[0]}.{place[1]}")
    return told == assessment.seen(place) if told else version in {None, assessment.application.version}


def saved_words(at: datetime) -> str:
    """When something was saved: the time, and the day where it is not today."""
    is_today = clock.day_of(at, web.zone()) == clock.day_of(clock.now(), web.zone())
    return str(format_datetime(at, "HH:mm" if is_today else gettext("M月d日 HH:mm")))


def _named(assessment: Assessment, place: Place, message: Text) -> Text:
    """A mistake with the question it belongs to, for the list at the top."""
    if place[0] == "item":
        number = Text(numbers(assessment.checklist)[place[1]])
        return Text(f"第 {number} 项：{message.zh}", f"Item {number}: {message.text('en')}")
    name = names(assessment.checklist)[place]
    return Text(f"{name.zh}：{message.zh}", f"{name.text('en')}: {message.text('en')}")


def _with_faults(
    application_id: int,
    step: Step,
    faults: list[Fault],
    refused: list[tuple[Place, Text]],
    unwritten: frozenset[Place],
) -> ResponseReturnValue:
    """What was right is saved; what was typed stays, with what is wrong beside it."""
    assessment, typed = _as_it_stands(application_id, step)
    sentence = gettext("其他内容已经保存。")
    return section_page(
        assessment, step, status=422, faults=faults, refused=refused, typed=typed, sentence=sentence,
        unwritten=unwritten,
    )  # fmt: skip


def _with_conflicts(
    application_id: int,
    step: Step,
    mine: Mapping[Place, tuple[object, str]],
    faults: list[Fault],
    refused: list[tuple[Place, Text]],
    unwritten: frozenset[Place],
) -> ResponseReturnValue:
    """Where a colleague saved meanwhile both texts are shown, and nothing is written until one is chosen."""
    assessment, typed = _as_it_stands(application_id, step)
    both = conflicts(db.session(), assessment.application, assessment.rows, mine)
    sentence = gettext(
        "您填写期间，同事改动了本页 %(count)s 处。这几处还没有保存，请选择用哪一份；其他内容已经保存。", count=len(both)
    )
    return section_page(
        assessment, step, status=409, faults=faults, refused=refused, typed=typed, sentence=sentence, both=both,
        unwritten=unwritten,
    )  # fmt: skip


def _as_it_stands(application_id: int, step: Step) -> tuple[Assessment, frozenset[Place]]:
    """The self-assessment after saving, and the places that show what was typed: all but where theirs was chosen."""
    assessment = opened(web.load(application_id, Act.EDIT))
    return assessment, frozenset(place for place in step.places if _choice(place) != THEIRS)


def _overtaken(application_id: int, step: Step) -> ResponseReturnValue:
    """Somebody changed the application at the same moment: nothing is written, and the page goes on from there."""
    db.session.rollback()
    assessment, typed = _as_it_stands(application_id, step)
    sentence = language.sentence(Changed())
    return section_page(assessment, step, status=409, typed=typed, sentence=sentence, unwritten=typed)
