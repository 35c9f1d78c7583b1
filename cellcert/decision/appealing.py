"""A rejected unit appeals (申诉) within its window, once; the matter then goes the way of an objection."""

import secrets
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.actors import Actor
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application
from cellcert.criteria.calendar import Calendar
from cellcert.criteria.programme import Programme
from cellcert.decision.models import Objection
from cellcert.decision.notice_acts import notice_of
from cellcert.decision.objecting import refuse_beside_another, took_in
from cellcert.decision.objecting_rules import appeal_until
from cellcert.decision.queries import objections_of
from cellcert.errors import N_, NotReady, WrongState


def appeal(
    session: Session,
    application: Application,
    contact: str,
    text: str,
    programme: Programme,
    calendar: Calendar,
    *,
    by: Actor,
    at: datetime,
) -> Objection:
    """Take in the appeal of a rejected unit (B23); ``at`` is when it arrived."""
    application.permit(Act.OBJECT, by)
    if application.state is not State.REJECTED:
        raise WrongState(Act.OBJECT.label, application.state.label)
    today, last = clock.day_of(at, programme.time_zone), last_day(application, programme, calendar)
    if today > last:
        raise NotReady(N_("申诉期已于 {day} 结束。"), day=last)
    if was_used(application, objections_of(session, application)):
        raise NotReady(N_("对这次审定结果已经提出过申诉，不能重复提出。办理进展见申报页面的“异议”。"))
    refuse_beside_another(session, application)
    notice = notice_of(session, application)
    mine = Objection(
        application=application,
        notice_id=notice.id if notice else None,
        receipt=f"SS{today:%Y%m%d}-{secrets.token_hex(4).upper()}",
        name=application.unit.name,
        contact=contact,
        text=text,
        received_at=at,
        appeal=True,
    )
    return took_in(session, mine, by=by, at=at)


def last_day(application: Application, programme: Programme, calendar: Calendar) -> date:
    """The last day on which a rejected unit may appeal."""
    since = clock.day_of(application.state_since, programme.time_zone)
    return appeal_until(calendar, since, programme.appeal.working_days)


def was_used(application: Application, objections: Iterable[Objection]) -> bool:
    """Whether the unit appealed against the present rejection, or this one is the answer to its appeal."""
    return any(one.appeal and (one.closed_at is None or one.closed_at >= application.state_since) for one in objections)
