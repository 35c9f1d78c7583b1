"""Award, issue, correct and end certificates: the serial first, the PDF once, the row last (D-6)."""

import secrets
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.actors import Actor
from cellcert.application.actions import tell_unit
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application
from cellcert.audit.actions import record
from cellcert.certificate.credential import result_kept
from cellcert.certificate.finding import keys_of, pinyin_of
from cellcert.certificate.models import Certificate, RegisterKey, SerialCounter
from cellcert.certificate.rules import serial, valid_until
from cellcert.certificate.states import CertificateState
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.programme import Programme
from cellcert.decision.actions import agreed_proposal, put_forward, settle_proposal
from cellcert.decision.matters import Matter
from cellcert.decision.models import Proposal
from cellcert.decision.objecting import refuse_unless_notice_over
from cellcert.errors import N_, NotAllowed, NotReady
from cellcert.outbox.actions import enqueue


def award(session: Session, application: Application, programme: Programme, *, by: Actor, at: datetime) -> Certificate:
    """Recognise the unit (B27): after the full notice, another person than the proposer; reserves the next serial."""
    application.permit(Act.AWARD, by)
    refuse_unless_notice_over(session, application, programme, at)
    proposal = agreed_proposal(session, application, Matter.DECISION)
    if proposal is None or proposal.outcome is not State.NOTICE:
        raise NotReady(N_("没有审定通过的认定建议，不能确认认定。"))
    if proposal.proposed_by == by.person_id:
        raise NotAllowed(N_("提出认定建议的人不能确认认定，请由另一位审定人办理。"))
    application.make(Act.AWARD, by=by, at=at, level=proposal.level)
    session.flush()  # the version decides between two approvers before a serial is taken
    at_once = programme.award_letter.certificates == "at_award"
    return _reserve(session, application, programme, proposal.level, at, make=at_once)


def _reserve(
    session: Session,
    application: Application,
    programme: Programme,
    level_key: str | None,
    at: datetime,
    *,
    make: bool,
    **changed: object,
) -> Certificate:
    awarded_on = clock.day_of(at, programme.time_zone)
    ordinal = take_ordinal(session, awarded_on.year)
    category = programme.category(application.category)
    checklist = checklist_of(application.edition)
    level = next(level for level in checklist.levels if level.key == level_key)
    fields = {
        "unit_name": application.unit.name,
        "credit_code": application.unit.code_shown,
        "category": application.category,
        "category_name": {"zh": category.name.zh, "en": category.name.text("en")},
        "level": level.key,
        "level_name": {"zh": level.name.zh, "en": level.name.text("en")},
        "edition": checklist.edition,
        "edition_sha256": application.edition.sha256,
        "division": application.division,
        "authority": {"zh": programme.authority.name.zh, "en": programme.authority.name.text("en")},
        "result": result_kept(session, application),
        **changed,
    }
    number = serial(programme.certificate.number, letter=category.letter, year=awarded_on.year, ordinal=ordinal)
    name, code = str(fields["unit_name"]), str(fields["credit_code"])
    certificate = Certificate(
        application=application,
        serial=number,
        year=awarded_on.year,
        ordinal=ordinal,
        token=secrets.token_urlsafe(18),
        state=CertificateState.RESERVED,
        fields=fields,
        pinyin=pinyin_of(name),
        keys=[RegisterKey(key=key) for key in keys_of(name, number, code)],
        awarded_on=awarded_on,
        valid_until=valid_until(awarded_on, programme.validity.years),
        reserved_at=at,
    )
    session.add(certificate)
    session.flush()
    if make:  # else the press of its award letter puts it down
        enqueue(session, "certificate", str(certificate.id), at=at, certificate_id=certificate.id)
    return certificate


def take_ordinal(session: Session, year: int) -> int:
    """The next number of a year; the counter row stays locked until the transaction ends."""
    locked = select(SerialCounter).where(SerialCounter.year == year).with_for_update()
    counter = session.scalar(locked, execution_options={"populate_existing": True})
    if counter is None:
        _begin_year(session, year)
        counter = session.scalars(locked, execution_options={"populate_existing": True}).one()
    counter.last += 1
    session.flush()
    return counter.last


def _begin_year(session: Session, year: int) -> None:
    """Write the year's counter; of two who try at once the second waits and finds it there."""
    from sqlalchemy.dialects.postgresql import insert as postgresql_insert
    from sqlalchemy.dialects.sqlite import insert as sqlite_insert

    insert = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    session.execute(insert(SerialCounter).values(year=year, last=0).on_conflict_do_nothing())


def issue(
    session: Session, certificate: Certificate, make: Callable[[Certificate], str], *, by: Actor, at: datetime
) -> None:
    """Set a reserved certificate to issued with the hash of its stored PDF; done already, it stays as it is."""
    if certificate.state is not CertificateState.RESERVED:
        return
    certificate.sha256 = make(certificate)
    certificate.state, certificate.issued_at = CertificateState.ISSUED, at
    record(
        session, "issue", f"certificate:{certificate.id}", by=by, at=at,
        serial=certificate.serial, sha256=certificate.sha256, application=certificate.application_id,
    )  # fmt: skip
    tell_unit(
        session, certificate.application, f"issued-{certificate.id}", f"证书 {certificate.serial} 已制作完成",
        f"{certificate.application.unit.name}：\n贵单位的证书 {certificate.serial} 已制作完成，可登录下载。", at=at,
    )  # fmt: skip


def propose_correction(
    session: Session, application: Application, unit_name: str, reason: str, *, by: Actor, at: datetime
) -> Proposal:
    """Propose a corrected certificate (B28): another printed name under a new serial."""
    application.permit(Act.PROPOSE_CORRECTION, by)
    if not unit_name:
        raise NotReady(N_("请填写更正后的单位名称。"))
    return put_forward(
        session, application, Matter.CORRECTION, State.AWARDED, reason, by=by, at=at, unit_name=unit_name
    )


def correct(
    session: Session,
    application: Application,
    proposal: Proposal,
    agreed: bool,
    answer: str,
    programme: Programme,
    *,
    by: Actor,
    at: datetime,
) -> Certificate | None:
    """Settle a correction (B29): the old certificate is superseded, a new serial takes its place."""
    application.permit(Act.CORRECT, by)
    old = live_certificate(session, application)
    if agreed and (old is None or old.state is not CertificateState.ISSUED):
        raise NotReady(N_("证书还在制作，完成后才能更正。"))
    settle_proposal(session, application, proposal, Matter.CORRECTION, agreed, answer, by=by, at=at)
    if not agreed or old is None:
        return None
    old.state, old.ended_at, old.end_reason = CertificateState.SUPERSEDED, at, proposal.reason
    application.make(Act.CORRECT, by=by, at=at, reason=proposal.reason, superseded=old.serial)
    session.flush()
    new = _reserve(
        session, application, programme, str(old.fields["level"]), at, make=True,
        unit_name=str(proposal.data["unit_name"]), result=old.fields.get("result"),
    )  # fmt: skip
    new.awarded_on, new.valid_until = old.awarded_on, old.valid_until  # the title is as old as it was
    return new


def end_certificate(session: Session, application: Application, reason: str, *, at: datetime) -> Certificate | None:
    """Revoke the live certificate of an application whose title ends by revocation or return."""
    certificate = live_certificate(session, application)
    if certificate is not None:
        made = certificate.state is CertificateState.ISSUED
        certificate.state = CertificateState.REVOKED if made else CertificateState.VOIDED
        certificate.ended_at, certificate.end_reason = at, reason
    return certificate


def live_certificate(session: Session, application: Application) -> Certificate | None:
    """The certificate that is reserved or issued."""
    live = [CertificateState.RESERVED, CertificateState.ISSUED]
    return session.scalar(
        select(Certificate).where(Certificate.application_id == application.id, Certificate.state.in_(live))
    )
