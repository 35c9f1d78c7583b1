"""The first check: what was found at each place, the return, the opinions."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.actors import Actor, Role
from cellcert.application.actions import tell_unit
from cellcert.application.lifecycle import Act
from cellcert.application.models import Application, Step
from cellcert.assessment.rules import Place
from cellcert.audit.actions import record
from cellcert.criteria.programme import Programme
from cellcert.errors import N_, NotReady, Unusable
from cellcert.review.check_queries import findings_by_place
from cellcert.review.check_rules import Found
from cellcert.review.models import CheckNote, Finding, Opinion
from cellcert.review.redacting import refuse_unredacted


def start_check(application: Application, *, by: Actor, at: datetime) -> Step:
    """Take a submitted application into the first check (B08)."""
    return application.make(Act.START_CHECK, by=by, at=at)


def note_findings(
    session: Session,
    application: Application,
    findings: Mapping[Place, Found | tuple[str, str]],
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Write findings, or ``(verdict, reason)``, for places of the present revision; no verdict takes one back (B09)."""
    application.permit(Act.NOTE, by)
    given = {place: found if isinstance(found, Found) else Found(*found) for place, found in findings.items()}
    if any(found.verdict == "return" and not found.reason for found in given.values()):
        raise Unusable(N_("标为“需补正”的内容，请逐项写明原因。"))
    if any(found.verdict == "correct" and not found.reason for found in given.values()):
        raise Unusable(N_("标为“核正”的内容，请逐项写明理由。"))
    kept = findings_by_place(session, application, application.revision)
    for place, found in given.items():
        row = kept.get(place)
        if not found.verdict:
            if row is not None:
                session.delete(row)
            continue
        if row is None:
            kind, key = place
            row = Finding(application_id=application.id, revision=application.revision, kind=kind, key=key)
            session.add(row)
        row.verdict, row.reason, row.by, row.at = found.verdict, found.reason, by.signatory, at
        row.answer = found.answer if found.verdict == "correct" else None
    places = [f"{kind}.{key}" for kind, key in given]
    record(session, "note", f"application:{application.id}", by=by, at=at, places=places)


def write_note(session: Session, application: Application, place: Place, text: str, *, by: Actor, at: datetime) -> None:
    """Keep one's own note for colleagues at a place; an empty one is taken away (B09, B45)."""
    application.permit(Act.NOTE if by.role is Role.DISTRICT else Act.GIVE_OPINION, by)
    kind, key = place
    row = session.scalar(
        select(CheckNote).where(
            CheckNote.application_id == application.id, CheckNote.revision == application.revision,
            CheckNote.kind == kind, CheckNote.key == key, CheckNote.by == by.signatory,
        )
    )  # fmt: skip
    if not text:
        if row is not None:
            session.delete(row)
        return
    if row is None:
        side = "district" if by.role is Role.DISTRICT else "department"
        row = CheckNote(
            application_id=application.id, revision=application.revision, kind=kind, key=key, side=side, by=by.signatory
        )  # fmt: skip
        session.add(row)
    row.text, row.at = text, at


def return_to_unit(
    session: Session,
    application: Application,
    places: Mapping[Place, str],
    reason: str,
    programme: Programme,
    *,
    by: Actor,
    at: datetime,
) -> Step:
    """Send the application back (B10): only the named places open again, each with its reason."""
    application.permit(Act.RETURN, by)
    if not places:
        raise NotReady(N_("请至少点名一项需要补正的内容，并写明原因。"))
    if not all(places.values()):
        raise Unusable(N_("标为“需补正”的内容，请逐项写明原因。"))
    zone = programme.time_zone
    last_day = clock.day_of(at, zone) + timedelta(days=programme.first_check.correction_days)
    due = clock.end_of(last_day, zone)
    step = application.make(
        Act.RETURN, by=by, at=at, reason=reason,
        places=[list(place) for place in places], reasons={".".join(place): why for place, why in places.items()},
        due=due.isoformat(),
    )  # fmt: skip
    application.due_at = due
    subject = f"申报 {application.reference} 需要补正"
    asked = f"有 {len(places)} 项内容需要补正，请在 {last_day}（含当日）前登录修改并重新提交。"
    text = f"{application.unit.name}：\n{asked}\n{reason}"
    tell_unit(session, application, f"returned-{application.revision}", subject, text, at=at)
    return step


def pass_on(
    session: Session, application: Application, text: str, programme: Programme, *, by: Actor, at: datetime
) -> Step:
    """Pass the application to the experts with the managing body's opinion (B11)."""
    application.permit(Act.PASS, by)
    if programme.first_check.lead_opinion == "required" and not _department_spoke(session, application):
        raise NotReady(N_("牵头部门还没有填写意见，请等部门意见填写后再通过初审。"))
    if session.scalar(_returns(application)):
        raise NotReady(N_("还有标为“需补正”的内容。请退回补正，或先把这些内容改为“无问题”。"))
    refuse_unredacted(session, application, programme)
    if not text:
        raise Unusable(N_("请写明初审意见。"))
    session.add(_opinion(application, "district", True, text, by=by, at=at))
    return application.make(Act.PASS, by=by, at=at, reason=text)


def advise_against(session: Session, application: Application, text: str, *, by: Actor, at: datetime) -> Step:
    """Give a negative opinion; the office decides (B12)."""
    application.permit(Act.ADVISE_AGAINST, by)
    if not text:
        raise Unusable(N_("请写明不予推荐的理由。"))
    session.add(_opinion(application, "district", False, text, by=by, at=at))
    return application.make(Act.ADVISE_AGAINST, by=by, at=at, reason=text)


def give_opinion(
    session: Session,
    application: Application,
    in_favour: bool,
    text: str,
    programme: Programme,
    *,
    by: Actor,
    at: datetime,
) -> Opinion:
    """The lead department's opinion beside the managing body's (B45)."""
    application.permit(Act.GIVE_OPINION, by)
    if programme.first_check.lead_opinion == "none":
        raise NotReady(N_("本方案不征求牵头部门意见。"))
    if not text:
        raise Unusable(N_("请写明意见。"))
    opinion = _opinion(application, "department", in_favour, text, by=by, at=at)
    session.add(opinion)
    record(session, "give-opinion", f"application:{application.id}", by=by, at=at, in_favour=in_favour)
    return opinion


def _opinion(application: Application, side: str, in_favour: bool, text: str, *, by: Actor, at: datetime) -> Opinion:
    return Opinion(
        application_id=application.id, revision=application.revision, side=side,
        in_favour=in_favour, text=text, by=by.signatory, at=at,
    )  # fmt: skip


def _department_spoke(session: Session, application: Application) -> bool:
    spoken = select(Opinion.id).where(
        Opinion.application_id == application.id,
        Opinion.revision == application.revision,
        Opinion.side == "department",
    )
    return session.scalar(spoken.limit(1)) is not None


def _returns(application: Application) -> Any:  # noqa: ANN401
    return (
        select(Finding.id)
        .where(
            Finding.application_id == application.id,
            Finding.revision == application.revision,
            Finding.verdict == "return",
        )
        .limit(1)
    )
