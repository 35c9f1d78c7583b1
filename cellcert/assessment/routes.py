"""The unit's pages: fill in, see what is missing, submit; and the submitted answers for everybody who may read them."""

from datetime import date, datetime

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime, gettext
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.wrappers import Response

from cellcert import clock, language, web
from cellcert.application.lifecycle import Act, Relation, State, acts_open_to, is_open
from cellcert.application.models import Application
from cellcert.assessment import actions, trial_routes
from cellcert.assessment.booklet import booklet_of, commitment
from cellcert.assessment.forms import (
    AdoptForm,
    Fault,
    SectionForm,
    SubmitForm,
    as_typed,
    read_answers,
    read_notes,
)
from cellcert.assessment.print_pdf import print_application
from cellcert.assessment.queries import (
    COMMITMENT,
    Assessment,
    assessment_of,
    notes_of,
    revision_of,
    to_check,
)
from cellcert.assessment.rules import Place
from cellcert.assessment.steps import FACTS, INDICATORS, PREREQUISITES, Step, numbers, steps
from cellcert.criteria.editions import checklist_of, in_force, keep_edition
from cellcert.criteria.gains import gains
from cellcert.criteria.scorer import score as scored
from cellcert.criteria.text import Text
from cellcert.database import db
from cellcert.errors import Changed, Incomplete, NotFound, NotReady, Refusal
from cellcert.evidence.actions import attach
from cellcert.evidence.checking import check
from cellcert.ledger.queries import figures_of
from cellcert.ledger.rules import Figures

bp = Blueprint("assessment", __name__)
bp.add_url_rule("/criteria/<category>/try", view_func=trial_routes.try_it, methods=["GET", "POST"])
ANSWER_PREFIXES = ("facts.", "indicators.", "prerequisites.", "items.", "notes.")


@bp.route("/applications/<int:application_id>/assessment", methods=["GET", "POST"])
@bp.route("/applications/<int:application_id>/assessment/<section>", methods=["GET", "POST"])
def edit(application_id: int, section: str | None = None) -> ResponseReturnValue:
    """The task list, or one page of questions."""
    if section is None and request.method == "GET":
        return _overview(application_id)
    application = web.load(application_id, Act.EDIT)
    assessment = _assessment(application)
    step = next((step for step in assessment.steps if step.key == section), None)
    if step is None:
        raise NotFound
    if request.method == "GET":
        return _section(assessment, step)
    return _save(assessment, step)


@bp.get("/applications/<int:application_id>/assessment/at/<item>")
def at_item(application_id: int, item: str) -> ResponseReturnValue:
    """The page an item or a prerequisite stands on, opened there."""
    application = web.load(application_id, Act.READ)
    step = next(
        (
            step
            for step in steps(checklist_of(application.edition))
            if any(key == item for kind, key in step.places if kind in {"item", "prerequisite"})
        ),
        None,
    )
    section, anchor = (step.key, f"item-{item}") if step else (None, None)
    return redirect(url_for(".edit", application_id=application_id, section=section, _anchor=anchor), 303)


def _overview(application_id: int) -> ResponseReturnValue:
    application = web.load(application_id, Act.READ)
    relation = application.relation_to(web.me())
    if not is_open(Act.EDIT, relation, application.state):
        if relation is not Relation.OWN:
            application.permit(Act.EDIT, web.me())
        return redirect(url_for(".read", application_id=application.id), 303)
    assessment = _assessment(application)
    return render_template(
        "assessment/edit.html",
        a=assessment,
        application=application,
        acts=acts_open_to(relation, application.state),
        sheet=assessment.sheet,
        numbers=numbers(assessment.checklist),
        gains=gains(assessment.checklist, assessment.answers)[:8] if assessment.returned is None else [],
        newer=_newer_edition(application),
        adopt_form=AdoptForm(version=application.version),
        to_check=to_check(db.session(), assessment),
        until=_last_day(application),
    )


def _assessment(application: Application) -> Assessment:
    return assessment_of(db.session(), application, _ledger(application))


def _ledger(application: Application) -> Figures:
    """What the unit's waste ledger says the figures of its application are."""
    library = web.house().library
    opens, today = library.programme.batch(application.batch).opens, clock.day_of(clock.now(), web.zone())
    checklist = checklist_of(application.edition)
    return figures_of(db.session(), application.unit_id, checklist, library.wastes, opens.year, today)


def _last_day(application: Application) -> date:
    """The last day on which the unit may submit."""
    if application.due_at is not None:
        return web.last_day(application.due_at)
    return web.house().library.programme.batch(application.batch).closes


def _newer_edition(application: Application) -> bool:
    if application.state is not State.DRAFT:
        return False
    return _sha256_in_force(application.category, clock.now()) != application.edition.sha256


def _sha256_in_force(category: str, at: datetime) -> str:
    return in_force(db.session(), web.house().library, category, on=clock.day_of(at, web.zone())).sha256


def _save(assessment: Assessment, step: Step) -> ResponseReturnValue:
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
        attached, refused = _attach_files(assessment, step, at)
        db.session.flush()
    except StaleDataError:
        return _overtaken(application_id, step)
    here = url_for(".edit", application_id=application_id, section=step.key)
    if faults or refused:
        web.done(here)
        return _with_faults(application_id, step, faults, refused)
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


def _attach_files(assessment: Assessment, step: Step, at: datetime) -> tuple[int, list[tuple[Place, Text]]]:
    house, count, refused = web.house(), 0, []
    limits = house.library.programme.evidence
    for place in assessment.places(step):
        files: list[FileStorage] = [file for file in request.files.getlist(f"files.{place[1]}") if file.filename]
        for file in files if assessment.is_open(place) else []:
            name = file.filename or ""
            try:
                accepted = check(name, file.stream, limits, house.settings)
                attach(
                    db.session(), house.store, assessment.application, place[1], name, accepted,
                    house.library.programme, by=web.me(), at=at,
                )  # fmt: skip
                count += 1
            except Refusal as refusal:
                if refusal.status not in {413, 422, 429}:
                    raise
                refused.append((place, Text(language.sentence(refusal))))
        if request.form.get("do") == f"files.{place[1]}" and not files and assessment.is_open(place):
            refused.append((place, Text(gettext("还没有选择文件。请先选择，再按“上传并保存”。"))))
    return count, refused


def _section(
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
        accept=",".join(f".{kind}" for kind in web.house().library.programme.evidence.types),
        following=_after(assessment, step, "next"),
        has_ledger=web.house().library.has_wastes,
        year=web.house().library.programme.batch(application.batch).opens.year,
    ), status


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
    assessment = _assessment(web.load(application_id, Act.EDIT))
    sentence = gettext("其他内容已经保存。")
    return _section(assessment, step, status=422, faults=faults, refused=refused, typed=True, sentence=sentence)


def _changed(assessment: Assessment, step: Step, changed: Refusal) -> ResponseReturnValue:
    """Somebody saved this page meanwhile: nothing is overwritten, nothing typed is lost."""
    answers, faults = read_answers(assessment.checklist, step.key, request.form)
    places = [place for place in assessment.places(step) if assessment.is_open(place)]
    notes, _ = read_notes(places, request.form)
    differs = {fault.place for fault in faults} | set(_changes(assessment, places, answers, notes))
    return _section(
        assessment, step, status=409, typed=True, sentence=language.sentence(changed), differs=frozenset(differs)
    )


def _overtaken(application_id: int, step: Step) -> ResponseReturnValue:
    db.session.rollback()
    return _changed(_assessment(web.load(application_id, Act.EDIT)), step, Changed())


@bp.get("/applications/<int:application_id>/live-score")
def score(application_id: int) -> ResponseReturnValue:
    """The score of what is saved, for a page to show at once: JSON, or the bar as HTML."""
    application = web.load(application_id, Act.READ)
    assessment = _assessment(application)
    if application.state not in {State.DRAFT, State.RETURNED} or not is_open(
        Act.EDIT, application.relation_to(web.me()), application.state
    ):
        return _submitted_score(application)
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
        return render_template("assessment/score.html", sheet=assessment.sheet, checklist=assessment.checklist)
    return assessment.sheet.to_json(language.current_language()) | {"gaps": len(assessment.gaps)}


def _submitted_score(application: Application) -> ResponseReturnValue:
    revision = revision_of(db.session(), application)
    if revision is None:
        raise NotFound
    sheet = scored(checklist_of(application.edition), revision.answers)
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
        return render_template("assessment/score.html", sheet=sheet, checklist=checklist_of(application.edition))
    return sheet.to_json(language.current_language())


@bp.post("/applications/<int:application_id>/adopt-edition")
def adopt(application_id: int) -> ResponseReturnValue:
    """Go over to the edition in force; answers stay."""
    application, form = web.load(application_id, Act.EDIT), AdoptForm()
    if not form.accepted():
        abort(400)
    web.same_version(application, form.version.data)
    at = clock.now()
    edition = keep_edition(db.session(), web.house().library, application.category, at=at)
    actions.adopt_edition(db.session(), application, edition, by=web.me(), at=at)
    back = url_for(".edit", application_id=application.id)
    return web.done(back, gettext("已改用新版标准，仍然适用的内容都已保留。请核对有变化的内容。"))


@bp.route("/applications/<int:application_id>/submit", methods=["GET", "POST"])
def submit(application_id: int) -> ResponseReturnValue:
    """What is still missing, the commitment, and the button that hands the application in."""
    application = web.load(application_id, Act.EDIT)
    assessment = _assessment(application)
    form = SubmitForm(version=application.version)
    sentence, status = "", 200
    if form.accepted():
        if (form.head.data or "").replace(" ", "") != application.unit.head.replace(" ", ""):
            form.head.errors = [gettext("姓名与单位信息中的负责人不一致。请核对；负责人已变更的，请先更新单位信息。")]
            status = 422
        else:
            try:
                return _hand_in(application, form)
            except (Incomplete, NotReady) as refusal:
                db.session.rollback()
                sentence, status = language.sentence(refusal), refusal.status
                application = web.load(application_id, Act.EDIT)
                assessment = _assessment(application)
    elif request.method == "POST":
        status = 422
    form.version.data = application.version
    programme = web.house().library.programme
    return render_template(
        "assessment/submit.html",
        a=assessment,
        application=application,
        form=form,
        sentence=sentence,
        numbers=numbers(assessment.checklist),
        letter=commitment(programme.category(application.category).name),
        until=_last_day(application),
        newer=_newer_edition(application),
    ), status


def _hand_in(application: Application, form: SubmitForm) -> ResponseReturnValue:
    web.same_version(application, form.version.data)
    at, programme, by = clock.now(), web.house().library.programme, web.me()
    confirmed = {"head": form.head.data, "at": at.isoformat()}
    actions.save_answers(db.session(), application, {COMMITMENT: confirmed}, by=by, at=at)
    db.session.flush()
    current = _sha256_in_force(application.category, at)
    actions.submit(db.session(), application, programme, current, by=by, at=at, ledger=_ledger(application))
    return web.done(url_for(".receipt", application_id=application.id), gettext("申报已提交。"))


@bp.get("/applications/<int:application_id>/receipt")
def receipt(application_id: int) -> ResponseReturnValue:
    """The receipt of the latest submission."""
    application = web.load(application_id, Act.READ)
    revision = revision_of(db.session(), application)
    if revision is None:
        raise NotFound
    programme = web.house().library.programme
    return render_template("assessment/receipt.html", application=application, revision=revision, programme=programme)


@bp.get("/applications/<int:application_id>/answers")
def read(application_id: int) -> ResponseReturnValue:
    """What the unit submitted; the unit itself sees its draft before there is a submission."""
    application = web.load(application_id, Act.READ)
    number = web.number("revision")
    revision = revision_of(db.session(), application, number)
    if revision is None and (number is not None or application.state is not State.DRAFT):
        raise NotFound
    checklist, relation = checklist_of(application.edition), application.relation_to(web.me())
    if revision is None:
        draft = _assessment(application)
        answers, sheet = draft.answers, draft.sheet
        files = [file for rows in draft.files.values() for file in rows]
        listed = [{"id": file.id, "item": file.item, "name": file.name, "size": file.size} for file in files]
        notes = notes_of(db.session(), application)
    else:
        answers, sheet, listed = revision.answers, scored(checklist, revision.answers), revision.evidence
        notes = revision.sheet.get("notes", {})
    by_item: dict[str, list[dict[str, object]]] = {}
    for row in listed:
        by_item.setdefault(str(row["item"]), []).append(row)
    return render_template(
        "assessment/read.html",
        application=application,
        revision=revision,
        checklist=checklist,
        steps=steps(checklist),
        answers=answers,
        sheet=sheet,
        notes=notes,
        ledger=revision.sheet.get("ledger", {}) if revision else {},
        files=by_item,
        acts=acts_open_to(relation, application.state),
        may_open=is_open(Act.READ_EVIDENCE, relation, application.state),
        may_attach=is_open(Act.ATTACH, relation, application.state) and application.state is not State.DRAFT,
    )


@bp.get("/applications/<int:application_id>/application.pdf")
def print(application_id: int) -> ResponseReturnValue:
    """The 申报书."""
    application = web.load(application_id, Act.READ)
    today = clock.day_of(clock.now(), web.zone())
    pdf = print_application(booklet_of(db.session(), application, web.house().library.programme, on=today))
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = (
        f'inline; filename="application-{application.reference or application.id}.pdf"'
    )
    response.headers["Cache-Control"] = "no-store"
    return response
