"""Publish a notice (公示), and find it again."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.application.models import Application
from cellcert.audit.rules import canonical
from cellcert.criteria.calendar import Calendar
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.programme import Programme
from cellcert.criteria.text import Text
from cellcert.decision.models import Notice, Proposal
from cellcert.decision.notice_words import Letter, contact_of, letters
from cellcert.outbox.actions import enqueue


def publish(
    session: Session,
    application: Application,
    proposal: Proposal,
    programme: Programme,
    calendar: Calendar,
    at: datetime,
) -> Notice:
    """Put the agreed proposal before the public; every word of it is kept as it is now, and printed from that."""
    first = clock.day_of(at, programme.time_zone)
    days = programme.notice.working_days
    last = calendar.add_working_days(first, days)
    shown = _facts(application, proposal, programme)
    shown["letter"] = letters(shown, first, last, days, calendar_of(calendar, first, last))
    notice = Notice(
        application=application,
        published_on=first,
        published_at=at,
        ends_on=last,
        working_days=days,
        calendar_version=calendar.version,
        shown=shown,
        digest=digest_of(shown),
    )
    session.add(notice)
    session.flush()
    enqueue(session, "notice", str(notice.id), at=at, notice_id=notice.id)
    return notice


def _facts(application: Application, proposal: Proposal, programme: Programme) -> dict[str, object]:
    level = next((level for level in checklist_of(application.edition).levels if level.key == proposal.level), None)
    return {
        "unit": application.unit.name,
        "division": application.division,
        "division_name": _both(programme.division(application.division).name),
        "category": application.category,
        "category_name": _both(programme.category(application.category).name),
        "authority": _both(programme.authority.name),
        "contact": contact_of(programme.authority),
        "level": level.key if level else None,
        "level_name": level.name.zh if level else "",
        "level_name_en": level.name.text("en") if level else "",
        "reference": application.reference,
    }


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.text("en")}


def calendar_of(calendar: Calendar, first: date, last: date) -> str:
    """The version of the calendar's years that a notice runs in."""
    years = [calendar.years[year].version for year in range(first.year, last.year + 1) if year in calendar.years]
    return " ".join(years) or calendar.version


def digest_of(shown: Mapping[str, object]) -> str:
    """The hash of what a notice shows; a migration spells it the same way."""
    return hashlib.sha256(canonical(shown).encode()).hexdigest()


def letter_of(notice: Notice, language: str) -> Letter:
    """What a notice says; one published before its words were kept is put into words from its facts."""
    kept = notice.shown.get("letter")
    said: Mapping[str, Letter] = kept or letters(
        notice.shown, notice.published_on, notice.ends_on, notice.working_days, notice.calendar_version
    )
    return said["en" if language == "en" else "zh"]


def notice_of(session: Session, application: Application) -> Notice | None:
    """The latest notice of an application."""
    return session.scalar(
        select(Notice).where(Notice.application_id == application.id).order_by(Notice.id.desc()).limit(1)
    )
