"""After the award: re-check, rectify, suspend, resume, revoke, give back, expire."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from cellcert.actors import Actor
from cellcert.application.actions import tell_unit
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application, Step
from cellcert.certificate.actions import end_certificate, live_certificate
from cellcert.decision.actions import put_forward, settle_proposal
from cellcert.decision.matters import Matter
from cellcert.decision.models import Proposal
from cellcert.errors import N_, NotAllowed, NotReady


def open_recheck(application: Application, reason: str, *, by: Actor, at: datetime) -> Step:
    """Open a re-check of a holder (B30)."""
    if not reason:
        raise NotReady(N_("请写明启动复核的原因。"))
    return application.make(Act.OPEN_RECHECK, by=by, at=at, reason=reason)


def conclude_recheck(session: Session, application: Application, keeps: bool, reason: str, *, by: Actor, at: datetime) -> Step:
    """Conclude a re-check (B31): the title stays, or is revoked; by another person than who opened it."""
    application.permit(Act.CONCLUDE_RECHECK, by)
    _refuse_same_person(application, Act.OPEN_RECHECK, by)
    return _end_or_keep(session, application, Act.CONCLUDE_RECHECK, keeps, reason, by=by, at=at)


def order_rectifying(session: Session, application: Application, reason: str, *, by: Actor, at: datetime) -> Step:
    """Give a holder time to put things right (B46)."""
    application.permit(Act.ORDER_RECTIFYING, by)
    _refuse_same_person(application, Act.OPEN_RECHECK, by)
    if not reason:
        raise NotReady(N_("请写明需要整改的问题。"))
    step = application.make(Act.ORDER_RECTIFYING, by=by, at=at, reason=reason)
    tell_unit(session, application, f"rectify-{at:%Y%m%d%H%M%S}", "限期整改通知", f"{application.unit.name}：\n{reason}", at=at)
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
    return application.make(Act.SUSPEND, by=by, at=at, reason=reason)


def resume(application: Application, reason: str, *, by: Actor, at: datetime) -> Step:
    """End a suspension (B49)."""
    return application.make(Act.RESUME, by=by, at=at, reason=reason)


def propose_revocation(session: Session, application: Application, reason: str, *, by: Actor, at: datetime) -> Proposal:
    """Propose to revoke the title (B32)."""
    application.permit(Act.PROPOSE_REVOCATION, by)
    if application.is_conflicted(by):
        raise NotAllowed(N_("您与申报单位存在利害关系，应当回避，请由其他人员办理。"))
    return put_forward(session, application, Matter.REVOCATION, State.REVOKED, reason, by=by, at=at)


def revoke(
    session: Session, application: Application, proposal: Proposal, agreed: bool, answer: str, *, by: Actor, at: datetime
) -> Step | None:
    """Settle a revocation (B33); the register shows it on the next request."""
    application.permit(Act.REVOKE, by)
    if application.is_conflicted(by):
        raise NotAllowed(N_("您与申报单位存在利害关系，应当回避，请由其他人员办理。"))
    settle_proposal(session, application, proposal, Matter.REVOCATION, agreed, answer, by=by, at=at)
    if not agreed:
        return None
    return _end_or_keep(session, application, Act.REVOKE, False, proposal.reason, by=by, at=at)


def give_back(session: Session, application: Application, reason: str, *, by: Actor, at: datetime) -> Step:
    """The unit gives its title back (B34)."""
    application.permit(Act.GIVE_BACK, by)
    return _end_or_keep(session, application, Act.GIVE_BACK, False, reason or "单位交回称号", by=by, at=at)


def expire(session: Session, application: Application, today: date, *, by: Actor, at: datetime) -> Step:
    """End a title whose validity is over, or a return nobody answered (B35)."""
    application.permit(Act.EXPIRE, by)
    if application.state is State.RETURNED:
        if application.due_at is None or at <= application.due_at:
            raise NotReady(N_("补正期限还没有到。"))
        return application.make(Act.EXPIRE, by=by, at=at, reason="补正期限已过")
    certificate = live_certificate(session, application)
    if certificate is None or today <= certificate.valid_until:
        raise NotReady(N_("证书还在有效期内。"))
    return application.make(Act.EXPIRE, by=by, at=at, reason="有效期届满")


def _end_or_keep(
    session: Session, application: Application, act: Act, keeps: bool, reason: str, *, by: Actor, at: datetime
) -> Step:
    if not reason:
        raise NotReady(N_("请写明理由。"))
    to = State.AWARDED if keeps else State.REVOKED
    step = application.make(act, by=by, at=at, to=to, reason=reason)
    if not keeps:
        end_certificate(session, application, reason, at=at)
    return step


def _refuse_same_person(application: Application, act: Act, by: Actor) -> None:
    opened = next((step for step in reversed(application.history) if step.act == act.name), None)
    if opened is not None and opened.person_id == by.person_id:
        raise NotAllowed(N_("启动复核的人不能作出结论，请由另一位审定人办理。"))
