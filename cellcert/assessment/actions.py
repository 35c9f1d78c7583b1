"""Save answers, confirm the commitment, submit."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.actors import Actor
from cellcert.application.actions import tell_unit
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application
from cellcert.assessment.models import Answer, Revision
from cellcert.assessment.queries import PARTS, answer_sheet, answers_of, evidence_list, measured, notes_of, open_places
from cellcert.assessment.rules import Place, gaps, manifest_hash, unexplained
from cellcert.assessment.rules import to_keep as ledger_to_keep
from cellcert.assessment.steps import not_asked, steps
from cellcert.audit.actions import record
from cellcert.criteria.compare.carrying import carried
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.models import Edition
from cellcert.criteria.programme import Programme
from cellcert.criteria.scorer import score
from cellcert.criteria.sheet import to_keep
from cellcert.errors import N_, Incomplete, NotAllowed, NotReady
from cellcert.ledger.rules import Figures


def save_answers(
    session: Session,
    application: Application,
    answers: Mapping[Place, object],
    notes: Mapping[Place, str] | None = None,
    *,
    by: Actor,
    at: datetime,
) -> list[Answer]:
    """Write what the unit answered; ``None`` takes an answer back. After a return only the named places are open."""
    application.permit(Act.EDIT, by)
    allowed = open_places(application)
    if allowed is not None and (closed := [key for kind, key in answers if (kind, key) not in allowed]):
        raise NotAllowed(N_("补正期间只能修改退回意见点名的内容，“{key}”没有开放。"), key=closed[0])
    rows = answers_of(session, application)
    saved = []
    for (kind, key), value in answers.items():
        note = (notes or {}).get((kind, key), "")
        row = rows.get((kind, key))
        if value is None and not note:
            if row is not None:
                session.delete(row)
            continue
        if row is None:
            row = Answer(application_id=application.id, kind=kind, key=key)
            session.add(row)
        row.value, row.note, row.saved_by, row.saved_at = plain(value), note, by.signatory, at
        saved.append(row)
    application.edited_at = at
    record(
        session,
        "edit",
        f"application:{application.id}",
        by=by,
        at=at,
        places=[f"{kind}.{key}" for kind, key in answers],
    )
    return saved


def adopt_edition(session: Session, application: Application, edition: Edition, *, by: Actor, at: datetime) -> None:
    """Move a draft to the edition now in force, with the answers that still mean something under it.

    The event keeps what had to go, and what the unit should look at again.
    """
    application.permit(Act.EDIT, by)
    if application.state is not State.DRAFT:
        raise NotAllowed(N_("已经提交过的申报继续使用原来的标准版本。"))
    new, rows = checklist_of(edition), answers_of(session, application)
    given: dict[str, dict[str, Any]] = {group: {} for group in PARTS.values()}
    for (kind, key), row in rows.items():
        if kind in PARTS and row.value is not None:
            given[PARTS[kind]][key] = row.value
    found = carried(checklist_of(application.edition), new, given)
    asked = {place for step in steps(new) for place in step.places}
    gone: list[str] = []  # which, not what: a log that nobody can clean holds no answers
    for place, row in rows.items():
        if place not in asked or row.value is None:
            continue  # what is not asked any more stays, and counts for nothing
        value = plain(found.answers[PARTS[place[0]]].get(place[1]))
        if value != row.value:
            gone.append(".".join(place))
            row.value = value
            if value is None and not row.note:
                session.delete(row)
    kinds = {group: kind for kind, group in PARTS.items()}
    remarks = [
        {"kind": kinds[group], "key": key, "zh": reason.zh, "en": reason.text("en")}
        for group, key, reason in (*found.to_check, *found.dropped)
        if (kinds[group], key) in asked
    ]
    record(
        session, "adopt-edition", f"application:{application.id}", by=by, at=at,
        before=application.edition.sha256, after=edition.sha256, gone=gone, to_check=remarks,
    )  # fmt: skip
    application.edition = edition


def submit(
    session: Session,
    application: Application,
    programme: Programme,
    current_sha256: str,
    *,
    by: Actor,
    at: datetime,
    ledger: Figures | None = None,
) -> Revision:
    """Freeze what was answered and hand it to the managing body (B05, B06)."""
    act = Act.RESUBMIT if application.state is State.RETURNED else Act.SUBMIT
    application.permit(act, by)
    _refuse_late(application, programme, at)
    if application.state is State.DRAFT and application.edition.sha256 != current_sha256:
        raise NotReady(N_("评价标准已更新。请先改用新版标准（仍然适用的内容会保留），核对后再提交。"))
    checklist = checklist_of(application.edition)
    answers = answer_sheet(session, application)
    evidence = evidence_list(session, application)
    sheet = score(checklist, answers)
    commitment = session.scalar(_commitment(application))
    notes, figures = notes_of(session, application), ledger or {}
    asked = measured(checklist, not_asked(checklist, answers), open_places(application))
    missing = gaps(checklist, sheet, {str(file["item"]) for file in evidence}, bool(commitment))
    if missing := [*missing, *unexplained(checklist, figures, answers["indicators"], notes, asked)]:
        raise Incomplete([gap.text.zh for gap in missing])
    application.revision += 1
    application.submitted_at = at
    letter = programme.category(application.category).letter
    application.reference = application.reference or f"{application.batch}-{letter}{application.id:05d}"
    revision = Revision(
        application=application,
        number=application.revision,
        answers=plain(answers),
        evidence=evidence,
        manifest_hash=manifest_hash(plain(answers), evidence),
        sheet=to_keep(sheet)
        | {"notes": notes, "commitment": commitment, "ledger": ledger_to_keep(figures, answers["indicators"])},
        total=sheet.total,
        level=sheet.level.key if sheet.level else None,
        submitted_by=by.signatory,
        submitted_at=at,
    )
    session.add(revision)
    application.make(act, by=by, at=at, revision=revision.number, manifest=revision.manifest_hash)
    text = f"{application.unit.name}：\n已收到贵单位的申报，回执编号 {application.reference}，"
    text += f"内容校验值 {revision.manifest_hash[:16]}。"
    key, subject = f"submitted-{revision.number}", f"已收到申报 {application.reference}"
    tell_unit(session, application, key, subject, text, at=at)
    return revision


def _commitment(application: Application) -> Any:  # noqa: ANN401
    return select(Answer.value).where(Answer.application_id == application.id, Answer.kind == "commitment")


def _refuse_late(application: Application, programme: Programme, at: datetime) -> None:
    grace = timedelta(minutes=programme.grace_minutes)
    if application.state is State.RETURNED:
        if application.due_at is not None and at > application.due_at + grace:
            raise NotReady(N_("补正期限已过，不能再提交。请联系属地审核部门。"))
        return
    batch = programme.batch(application.batch)
    if at > clock.end_of(batch.closes, programme.time_zone) + grace:
        raise NotReady(
            N_("{batch}已于 {day} 截止，不能再提交。已填内容会保留，可在下一批次申报。"),
            batch=batch.name.zh,
            day=batch.closes.isoformat(),
        )


def plain(value: object) -> Any:  # noqa: ANN401
    """A value as JSON keeps it: decimals as their digits."""
    match value:
        case Decimal():
            return format(value, "f")  # never 1E-7
        case Mapping():
            return {str(key): plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [plain(inner) for inner in value]
        case _:
            return value
