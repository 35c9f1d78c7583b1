"""Publish a notice (公示), and find it again."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.application.models import Application
from cellcert.criteria.calendar import Calendar
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.programme import Programme
from cellcert.criteria.text import Text
from cellcert.decision.models import Notice, Proposal


def publish(
    session: Session,
    application: Application,
    proposal: Proposal,
    programme: Programme,
    calendar: Calendar,
    at: datetime,
) -> Notice:
    """Put the agreed proposal before the public, with a copy of what is shown."""
    published_on = clock.day_of(at, programme.time_zone)
    level = next((level for level in checklist_of(application.edition).levels if level.key == proposal.level), None)
    notice = Notice(
        application=application,
        published_on=published_on,
        published_at=at,
        ends_on=calendar.add_working_days(published_on, programme.notice.working_days),
        working_days=programme.notice.working_days,
        calendar_version=calendar.version,
        shown={
            "unit": application.unit.name,
            "division": application.division,
            "division_name": _both(programme.division(application.division).name),
            "category": application.category,
            "category_name": _both(programme.category(application.category).name),
            "authority": _both(programme.authority.name),
            "level": level.key if level else None,
            "level_name": level.name.zh if level else "",
            "level_name_en": level.name.text("en") if level else "",
            "reference": application.reference,
        },
    )
    session.add(notice)
    return notice


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.text("en")}


def notice_of(session: Session, application: Application) -> Notice | None:
    """The latest notice of an application."""
    return session.scalar(
        select(Notice).where(Notice.application_id == application.id).order_by(Notice.id.desc()).limit(1)
    )
