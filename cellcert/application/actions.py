"""Start, withdraw and discard an application."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.actors import Actor, Role
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application, Step
from cellcert.audit.actions import record
from cellcert.criteria.models import Edition
from cellcert.criteria.programme import Programme
from cellcert.database import Base
from cellcert.errors import N_, NotAllowed, NotReady
from cellcert.inbox.actions import tell_people_of
from cellcert.outbox.actions import enqueue
from cellcert.units.models import Unit


def start(
    session: Session, unit: Unit, edition: Edition, programme: Programme, *, by: Actor, at: datetime
) -> Application:
    """Open a draft of one category for one's own unit (G03)."""
    if by.role is not Role.APPLICANT or by.unit_id != unit.id:
        raise NotAllowed(N_("只有本单位的申报人员可以为本单位申报。"))
    batch = programme.batch_on(clock.day_of(at, programme.time_zone))
    if batch is None:
        raise NotReady(N_("目前没有开放的申报批次。请关注公示公告中的申报通知。"))
    _refuse_during_ban(session, unit, edition.category, programme, at)
    application = Application(
        unit=unit,
        category=edition.category,
        division=unit.division,
        lead=programme.category(edition.category).lead,
        batch=batch.key,
        edition=edition,
        state=State.DRAFT,
        created_at=at,
        state_since=at,
        edited_at=at,
    )
    session.add(application)
    try:
        session.flush()
    except IntegrityError as error:
        raise NotReady(N_("本单位这一类别已有一份申报在办理中，或称号仍在有效期内，不能重复申报。")) from error
    record(session, "start", f"application:{application.id}", by=by, at=at, unit=unit.id, category=edition.category)
    return application


def _refuse_during_ban(session: Session, unit: Unit, category: str, programme: Programme, at: datetime) -> None:
    """A rejected or revoked unit waits before it applies again (programme: reapply)."""
    last = session.execute(
        select(Application.state, Application.state_since)
        .where(
            Application.unit_id == unit.id,
            Application.category == category,
            Application.state.in_([State.REJECTED, State.REVOKED]),
        )
        .order_by(Application.state_since.desc())
        .limit(1)
    ).first()
    if last is None:
        return
    reapply = programme.reapply
    days = reapply.after_revocation_days if last.state is State.REVOKED else reapply.after_days
    opens = last.state_since + timedelta(days=days)
    if at < opens:
        day = clock.day_of(opens, programme.time_zone).isoformat()
        raise NotReady(N_("上次申报未获认定或称号已撤销，{day} 起可以再次申报。"), day=day)


def withdraw(application: Application, reason: str, *, by: Actor, at: datetime) -> Step:
    """Take the application back before a decision (B07)."""
    return application.make(Act.WITHDRAW, by=by, at=at, reason=reason)


def discard(session: Session, application: Application, *, by: Actor, at: datetime) -> None:
    """Delete a draft that was never submitted (B04)."""
    application.permit(Act.DISCARD, by)
    if application.submitted_at is not None:
        raise NotAllowed(N_("提交过的申报不能删除，可以撤回。"))
    record(session, "discard", f"application:{application.id}", by=by, at=at, unit=application.unit_id)
    # Answers and files belong to stages further on: they are found by what they belong to, not by name.
    for table in reversed(Base.metadata.sorted_tables):
        if "application_id" in table.c:
            session.execute(delete(table).where(table.c.application_id == application.id))
    session.delete(application)


def tell_unit(session: Session, application: Application, key: str, subject: str, text: str, *, at: datetime) -> None:
    """Tell everybody of the unit in the inbox, and its contact by mail through the outbox, once per ``key``."""
    unit = application.unit
    tell_people_of(session, unit.id, subject, text, at=at, application_id=application.id)
    if not unit.contact_email:
        return
    key = f"application-{application.id}-{key}"
    enqueue(session, "mail", key, at=at, key=key, to=unit.contact_email, subject=subject, text=text, unit_id=unit.id)
