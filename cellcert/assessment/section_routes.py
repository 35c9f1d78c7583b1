"""One page of the self-assessment: its questions, and what saving it does."""

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime, gettext
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict

from cellcert import clock, language, repeats, web
from cellcert.application.lifecycle import Act
from cellcert.assessment import actions
from cellcert.assessment.forms import Fault, SectionForm, as_typed, read_answers, read_notes
from cellcert.assessment.opening import opened
from cellcert.assessment.page_files import attach_posted, checked_posted
from cellcert.assessment.queries import Assessment
from cellcert.assessment.rules import Place
from cellcert.assessment.steps import FACTS, INDICATORS, PREREQUISITES, Step, numbers
from cellcert.criteria.text import Text
from cellcert.database import db
from cellcert.errors import Changed, Refusal
from cellcert.evidence.rules import chosen_from

ANSWER_PREFIXES = ("facts.", "indicators.", "prerequisites.", "items.", "notes.")


def section_page(
    assessment: Assessment,
    step: Step,
    *,
    status: int = 200,
    faults: list[Fault] | None = None,
    refused: list[tuple[Place, Text]] | None = None,
    typed: bool = False,
    sentence: str = "",
    differs: frozenset[Place] = frozenset(),
) -> ResponseReturnValue:
    """One page of questions; ``typed``: show what was posted; ``differs``: where that is not what is kept."""
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
        form=SectionForm(formdata=None, version=application.version, seen=assessment.fingerprint(step)),
        shown=_shown(assessment, step, typed),
        typed=_posted() if typed else {},
        sentence=sentence,
        conflict=status == 409,
        differs=differs,
        wrong=wrong,
        wrong_fields=wrong_fields,
        files_wrong=files_wrong,
        summary=[(fault.field, _named(assessment, fault.place, fault.message)) for fault in faults]
        + [(f"files.{place[1]}", message) for place, message in refused],
        sheet=assessment.sheet,
        accept=chosen_from(web.house().library.programme.evidence.types),
        following=_after(assessment, step, "next"),
        has_ledger=web.house().library.has_wastes,
        year=web.house().library.programme.batch(application.batch).opens.year,
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
    # A colleague may save another page meanwhile; only where this page's own answers changed is there a conflict.
    if form.seen.data != assessment.fingerprint(step):
        try:
            web.same_version(application, form.version.data)
        except Changed as changed:
            return _changed(assessment, step, changed)
    places = [place for place in assessment.places(step) if assessment.is_open(place)]
    answers, faults = read_answers(assessment.checklist, step.key, request.form)
    faults = _take_from_ledger(assessment, answers, faults)
    notes, long_notes = read_notes(places, request.form)
    faults = [fault for fault in [*faults, *long_notes] if fault.place in places]
    changes = _changes(assessment, places, answers, notes)
    at = clock.now()
    try:
        if changes:
            kept = {place: notes.get(place, assessment.note(place)) for place in changes}
            actions.save_answers(db.session(), application, changes, kept, by=web.me(), at=at)
        attached = attach_posted(assessment, posted, at)
        db.session.flush()
    except StaleDataError:
        return _overtaken(application_id, step)
    here = url_for(".edit", application_id=application_id, section=step.key)
    if faults or posted.refused:
        web.done(here)
        return _with_faults(application_id, step, faults, posted.refused)
    saved = gettext("已保存，%(time)s。", time=format_datetime(at, "HH:mm"))
    if attached:
        saved += gettext("已上传 %(count)s 个文件。", count=attached)
    return web.done(_after(assessment, step, request.form.get("do", "save")), saved)


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
    """Where a saved page goes on to: itself, the same item, or the next page."""
    number = assessment.application.id
    if wish.startswith("files."):
        return url_for(".edit", application_id=number, section=step.key, _anchor=f"item-{wish.removeprefix('files.')}")
    if wish.startswith("ledger."):
        anchor = f"indicators.{wish.split('.')[1]}"
        return url_for(".edit", application_id=number, section=step.key, _anchor=anchor)
    if wish == "next":
        following = assessment.steps[assessment.steps.index(step) + 1 :]
        key = next((step.key for step in following if assessment.places(step)), None)
        return url_for(".edit", application_id=number, section=key)
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
        answer = _with_unasked(answer, kept, f"items.{place[1]}", assessment.away.names)
        if answer != kept or notes.get(place, assessment.note(place)) != assessment.note(place):
            changes[place] = answer
    return changes


def _with_unasked(answer: object, kept: object, name: str, away: frozenset[str]) -> object:
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


def _shown(assessment: Assessment, step: Step, typed: bool) -> dict[Place, object]:
    """Each item's answer: as kept, or as it was typed just now."""
    items = {item.key: item for _number, item in step.items}
    shown: dict[Place, object] = {}
    for place in step.places:
        shown[place] = assessment.value(place)
        if typed and place[0] == "item" and assessment.is_open(place):
            shown[place] = as_typed(items[place[1]], request.form)
    return shown


def _named(assessment: Assessment, place: Place, message: Text) -> Text:
    """A mistake with the question it belongs to, for the list at the top."""
    kind, key = place
    checklist = assessment.checklist
    match kind:
        case "fact":
            name = checklist.fact(key).ask
        case "indicator":
            name = checklist.indicator(key).name
        case "prerequisite":
            name = next(one.text for one in checklist.prerequisites if one.key == key)
        case _:
            number = Text(numbers(checklist)[key])
            return Text(f"第 {number} 项：{message.zh}", f"Item {number}: {message.text('en')}")
    return Text(f"{name.zh}：{message.zh}", f"{name.text('en')}: {message.text('en')}")


def _with_faults(
    application_id: int, step: Step, faults: list[Fault], refused: list[tuple[Place, Text]]
) -> ResponseReturnValue:
    """What was right is saved; what was typed stays, with what is wrong beside it."""
    assessment = opened(web.load(application_id, Act.EDIT))
    sentence = gettext("其他内容已经保存。")
    return section_page(assessment, step, status=422, faults=faults, refused=refused, typed=True, sentence=sentence)


def _changed(assessment: Assessment, step: Step, changed: Refusal) -> ResponseReturnValue:
    """Somebody saved this page meanwhile: nothing is overwritten, nothing typed is lost."""
    answers, faults = read_answers(assessment.checklist, step.key, request.form)
    places = [place for place in assessment.places(step) if assessment.is_open(place)]
    notes, _ = read_notes(places, request.form)
    differs = {fault.place for fault in faults} | set(_changes(assessment, places, answers, notes))
    return section_page(
        assessment, step, status=409, typed=True, sentence=language.sentence(changed), differs=frozenset(differs)
    )


def _overtaken(application_id: int, step: Step) -> ResponseReturnValue:
    db.session.rollback()
    return _changed(opened(web.load(application_id, Act.EDIT)), step, Changed())
