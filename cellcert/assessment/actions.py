"""Save answers, confirm the commitment, submit."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.actors import Actor
from cellcert.application.actions import tell_unit
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application
from cellcert.assessment.models import Answer, Revision
from cellcert.assessment.queries import PARTS, answers_of, assessment_of, commitment_of, open_places
from cellcert.assessment.rules import COMMITMENT, FROZEN, Commitment, Place, manifest_hash, same_name
from cellcert.assessment.rules import to_keep as ledger_to_keep
from cellcert.assessment.steps import steps
from cellcert.audit.actions import record
from cellcert.criteria.compare.carrying import carried
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.models import Edition
from cellcert.criteria.programme import Batch, Programme
from cellcert.criteria.sheet import to_keep
from cellcert.database import write_now
from cellcert.errors import N_, Incomplete, NotAllowed, NotReady, Unusable
from cellcert.ledger.rules import Figures
from cellcert.people.queries import is_head


def save_answers(
    session: Session,
    application: Application,
    answers: Mapping[Place, object],
    notes: Mapping[Place, str] | None = None,
    *,
    by: Actor,
    at: datetime,
    rows: Mapping[Place, Answer] | None = None,
) -> list[Answer]:
    """Write what the unit answered; ``None`` takes an answer back. After a return only the named places are open.

    ``rows``: what is kept, where it is at hand.
    """
    application.permit(Act.EDIT, by)
    allowed = open_places(application)
    if allowed is not None and (closed := [key for kind, key in answers if (kind, key) not in allowed]):
        raise NotAllowed(N_("补正期间只能修改退回意见点名的内容，“{key}”没有开放。"), key=closed[0])
    rows = answers_of(session, application) if rows is None else rows
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
        write_now(
            session, row, value=plain(value), note=note, saved_by=by.signatory, saved_at=at,
            carried_from=None,  # whoever writes it anew has looked at it
        )  # fmt: skip
        saved.append(row)
    write_now(session, application, edited_at=at)
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
        raise NotReady(N_("已经提交过的申报继续使用原来的标准版本。"))
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


def change_batch(session: Session, application: Application, programme: Programme, *, by: Actor, at: datetime) -> Batch:
    """Move a draft whose batch is over into the batch that is open, with everything in it."""
    application.permit(Act.EDIT, by)
    was, batch = programme.batch(application.batch), programme.batch_on(clock.day_of(at, programme.time_zone))
    if application.state is not State.DRAFT:
        raise NotReady(N_("已经提交过的申报不能换批次。"))
    if at <= clock.end_of(was.closes, programme.time_zone) + timedelta(minutes=programme.grace_minutes):
        raise NotReady(N_("本批次还没有截止，不用换批次。"))
    if batch is None:
        raise NotReady(N_("目前没有开放的申报批次。请关注公示公告中的申报通知。"))
    application.batch, application.edited_at = batch.key, at
    record(session, "change-batch", f"application:{application.id}", by=by, at=at, before=was.key, after=batch.key)
    return batch


def confirm_commitment(
    session: Session,
    application: Application,
    programme: Programme,
    way: str,
    *,
    name: str = "",
    by: Actor,
    at: datetime,
) -> Commitment:
    """Confirm the commitment for the answers as they stand (B01); any change afterwards asks for it again.

    ``name``: the head's, as it was written where that is the way.
    """
    application.permit(Act.EDIT, by)
    if way not in programme.commitment.ways:
        raise NotAllowed(N_("承诺书不能用这种方式确认，请按页面上的方式办理。"))
    if way == "head" and not is_head(session, by.person_id, application.unit_id):
        raise NotAllowed(N_("承诺书要由单位负责人确认。您的账号不是负责人，请负责人登录后确认。"))
    if way == "name" and not same_name(name, application.unit.head):
        raise Unusable(N_("姓名与单位信息中的负责人不一致。请核对；负责人已变更的，请先更新单位信息。"))
    now = commitment_of(programme, assessment_of(session, application))
    if way == "scan" and not now.scans:
        raise NotReady(N_("还没有上传签字的承诺书。请先上传，再提交。"))
    given = {
        "way": way,
        "name": by.name if way == "head" else application.unit.head,
        "at": at.isoformat(),
        "covers": now.covers,
        "files": list(now.scans) if way == "scan" else [],
    }
    row = answers_of(session, application).get(COMMITMENT)
    if row is None:
        row = Answer(application_id=application.id, kind=COMMITMENT[0], key=COMMITMENT[1])
    row.value, row.saved_by, row.saved_at = given, by.signatory, at
    session.add(row)
    application.edited_at = at
    record(session, "confirm-commitment", f"application:{application.id}", by=by, at=at, way=way, covers=now.covers)
    session.flush()
    return Commitment(now.covers, given, now.scans)


def submit(
    session: Session,
    application: Application,
    programme: Programme,
    current_sha256: str,
    *,
    by: Actor,
    at: datetime,
    ledger: Figures | None = None,
    untouched_because: str = "",
) -> Revision:
    """Freeze what was answered and hand it to the managing body (B05, B06)."""
    act = Act.RESUBMIT if application.state is State.RETURNED else Act.SUBMIT
    application.permit(act, by)
    _refuse_late(application, programme, at)
    if application.state is State.DRAFT and application.edition.sha256 != current_sha256:
        raise NotReady(N_("评价标准已更新。请先改用新版标准（仍然适用的内容会保留），核对后再提交。"))
    assessment = assessment_of(session, application, ledger)
    commitment = commitment_of(programme, assessment)
    missing = [gap.text.zh for gap in assessment.gaps]
    if not commitment.stands:
        missing.append(N_("承诺书尚未确认，或者确认后内容有改动"))
    elif commitment.given["way"] == "name" and not same_name(commitment.given["name"], application.unit.head):
        missing.append(N_("承诺书由原负责人确认，负责人变更后要重新确认"))
    if missing:
        raise Incomplete(missing)
    if assessment.untouched and not untouched_because.strip():
        raise NotReady(N_("退回意见点名的内容还有没有改动的。请先补正，或者写明不需要改动的原因。"))
    sheet, answers, evidence = assessment.sheet, plain(assessment.answers), assessment.manifest
    application.revision += 1
    application.submitted_at = at
    letter = programme.category(application.category).letter
    application.reference = application.reference or f"{application.batch}-{letter}{application.id:05d}"
    promised = [one.zh for one in programme.commitment.letter_for(programme.category(application.category).name)]
    kept = to_keep(sheet) | {
        "notes": assessment.notes,
        "commitment": dict(commitment.given) | {"letter": promised},
        "ledger": ledger_to_keep(ledger or {}, answers["indicators"]),
        "frozen": list(FROZEN),
    }
    revision = Revision(
        application=application,
        number=application.revision,
        answers=answers,
        evidence=evidence,
        manifest_hash=manifest_hash(answers, evidence, kept),
        sheet=kept,
        total=sheet.total,
        level=sheet.level.key if sheet.level else None,
        submitted_by=by.signatory,
        submitted_at=at,
    )
    session.add(revision)
    application.make(
        act, by=by, at=at, reason=untouched_because.strip(), revision=revision.number, manifest=revision.manifest_hash
    )
    _tell_received(session, application, revision, programme)
    return revision


def _tell_received(session: Session, application: Application, revision: Revision, programme: Programme) -> None:
    division = programme.division(application.division).name.zh
    days = programme.first_check.working_days
    text = f"{application.unit.name}：\n已收到贵单位的申报，回执编号 {application.reference}，"
    text += f"第 {revision.number} 次提交，内容校验值 {revision.manifest_hash[:16]}。\n"
    text += f"接下来由{division}初审，一般在 {days} 个工作日内完成。需要补正时会另行通知。"
    key, subject = f"submitted-{revision.number}", f"已收到申报 {application.reference}"
    tell_unit(session, application, key, subject, text, at=revision.submitted_at)


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
