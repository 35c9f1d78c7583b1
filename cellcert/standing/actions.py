"""After the award: re-check, rectify, suspend, resume, revoke, give back, expire."""

from datetime import date, datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, joinedload, object_session

from cellcert import clock
from cellcert.actors import SYSTEM, Actor
from cellcert.application.actions import tell_unit
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application, Step
from cellcert.certificate.actions import end_certificate, live_certificate
from cellcert.certificate.models import Certificate
from cellcert.certificate.states import CertificateState
from cellcert.decision.actions import put_forward, settle_proposal
from cellcert.decision.matters import Matter
from cellcert.decision.models import Proposal
from cellcert.errors import N_, NotAllowed, NotReady


def open_recheck(application: Application, reason: str, *, by: Actor, at: datetime) -> Step:
    """Open a re-check of a holder (B30)."""
    if not reason:
        raise NotReady(N_("请写明启动复核的原因。"))
    step = application.make(Act.OPEN_RECHECK, by=by, at=at, reason=reason)
    _tell(application, "recheck", "复核通知", f"已启动复核，复核期间称号仍然有效。原因：{reason}", at)
    return step


def conclude_recheck(
    session: Session, application: Application, keeps: bool, reason: str, *, by: Actor, at: datetime
) -> Step:
    """Conclude a re-check (B31): the title stays, or is revoked; by another person than who opened it."""
    application.permit(Act.CONCLUDE_RECHECK, by)
    _refuse_same_person(application, Act.OPEN_RECHECK, by)
    return _end_or_keep(session, application, Act.CONCLUDE_RECHECK, keeps, reason, by=by, at=at)


def order_rectifying(application: Application, reason: str, *, by: Actor, at: datetime) -> Step:
    """Give a holder time to put things right (B46)."""
    application.permit(Act.ORDER_RECTIFYING, by)
    _refuse_same_person(application, Act.OPEN_RECHECK, by)
    if not reason:
        raise NotReady(N_("请写明需要整改的问题。"))
    step = application.make(Act.ORDER_RECTIFYING, by=by, at=at, reason=reason)
    _tell(application, "rectify", "限期整改通知", f"请整改以下问题，并在系统中提交整改报告：{reason}", at)
    return step


def report_rectified(application: Application, report: str, *, by: Actor, at: datetime) -> Step:
    """The unit reports what it put right; the re-check goes on (B47)."""
    if not report:
        raise NotReady(N_("请说明整改了什么、结果如何。"))
    return application.make(Act.REPORT_RECTIFIED, by=by, at=at, reason=report)


def suspend(application: Application, reason: str, *, by: Actor, at: datetime) -> Step:
    """Suspend the title until a matter is settled (B48)."""
    if not reason:
        raise NotReady(N_("请写明暂停的原因。"))
    step = application.make(Act.SUSPEND, by=by, at=at, reason=reason)
    _tell(application, "suspend", "称号暂停通知", f"称号已暂停，暂停期间不得使用证书。原因：{reason}", at)
    return step


def resume(application: Application, reason: str, *, by: Actor, at: datetime) -> Step:
    """End a suspension (B49)."""
    step = application.make(Act.RESUME, by=by, at=at, reason=reason)
    _tell(application, "resume", "称号恢复通知", f"称号已恢复。{reason}", at)
    return step


def propose_revocation(session: Session, application: Application, reason: str, *, by: Actor, at: datetime) -> Proposal:
    """Propose to revoke the title (B32)."""
    application.permit(Act.PROPOSE_REVOCATION, by)
    return put_forward(session, application, Matter.REVOCATION, State.REVOKED, reason, by=by, at=at)


def revoke(
    session: Session,
    application: Application,
    proposal: Proposal,
    agreed: bool,
    answer: str,
    *,
    by: Actor,
    at: datetime,
) -> Step | None:
    """Settle a revocation (B33); the register shows it on the next request."""
    application.permit(Act.REVOKE, by)
    settle_proposal(session, application, proposal, Matter.REVOCATION, agreed, answer, by=by, at=at)
    if not agreed:
        return None
    return _end_or_keep(session, application, Act.REVOKE, False, proposal.reason, by=by, at=at)


def give_back(session: Session, application: Application, reason: str, *, by: Actor, at: datetime) -> Step:
    """The unit gives its title back (B34)."""
    application.permit(Act.GIVE_BACK, by)
    return _end_or_keep(session, application, Act.GIVE_BACK, False, reason or N_("单位交回称号"), by=by, at=at)


def expire(session: Session, application: Application, today: date, *, by: Actor, at: datetime) -> Step:
    """End a title whose validity is over, or a return nobody answered (B35)."""
    application.permit(Act.EXPIRE, by)
    if application.state is State.RETURNED:
        if application.due_at is None or at <= application.due_at:
            raise NotReady(N_("补正期限还没有到。"))
        return application.make(Act.EXPIRE, by=by, at=at, reason=N_("补正期限已过"))
    certificate = live_certificate(session, application)
    if certificate is None or today <= certificate.valid_until:
        raise NotReady(N_("证书还在有效期内。"))
    step = application.make(Act.EXPIRE, by=by, at=at, reason=N_("有效期届满"))
    _tell(
        application, "expired", "称号到期通知", f"证书 {certificate.serial} 已于 {certificate.valid_until} 到期。", at
    )
    return step


def expire_due(session: Session, at: datetime, zone: str) -> int:
    """End everything whose time is over (B35); how many there were. The worker or the command commits."""
    today = clock.day_of(at, zone)
    over = exists().where(
        Certificate.application_id == Application.id,
        Certificate.state.in_([CertificateState.RESERVED, CertificateState.ISSUED]),
        Certificate.valid_until < today,
    )
    due = select(Application).where(
        or_(
            Application.state.in_([State.AWARDED, State.RECHECK, State.RECTIFYING, State.SUSPENDED]) & over,
            (Application.state == State.RETURNED) & (Application.due_at < at),
        )
    )
    found = session.scalars(due.options(joinedload(Application.unit)).order_by(Application.id)).all()
    for application in found:
        expire(session, application, today, by=SYSTEM, at=at)
    return len(found)


def _end_or_keep(
    session: Session, application: Application, act: Act, keeps: bool, reason: str, *, by: Actor, at: datetime
) -> Step:
    if not reason:
        raise NotReady(N_("请写明理由。"))
    to = State.AWARDED if keeps else State.REVOKED
    step = application.make(act, by=by, at=at, to=to, reason=reason)
    if keeps:
        _tell(application, "kept", "复核结论", f"复核通过，称号保留。{reason}", at)
    else:
        end_certificate(session, application, reason, at=at)
        _tell(application, "revoked", "称号终止通知", f"称号已终止，证书即时失效，请停止使用。理由：{reason}", at)
    return step


def _tell(application: Application, key: str, subject: str, text: str, at: datetime) -> None:
    session = object_session(application)
    if session is None:
        raise ValueError("the unit is told in the transaction of the act")
    tell_unit(session, application, f"{key}-{at:%Y%m%d%H%M%S%f}", subject, f"{application.unit.name}：\n{text}", at=at)


def _refuse_same_person(application: Application, act: Act, by: Actor) -> None:
    opened = next((step for step in reversed(application.history) if step.act == act.name), None)
    if opened is not None and opened.person_id == by.person_id:
        raise NotAllowed(N_("启动复核的人不能作出结论，请由另一位审定人办理。"))
