"""The one clock: moments are aware and in UTC; days are days of the city."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


def day_of(moment: datetime, zone: str) -> date:
    """The calendar day of a moment in the city's time zone."""
    return moment.astimezone(ZoneInfo(zone)).date()


def end_of(day: date, zone: str) -> datetime:
    """The moment a day ends (24:00) in the city's time zone."""
    return start_of(day + timedelta(days=1), zone)


def start_of(day: date, zone: str) -> datetime:
    """The moment a day begins in the city's time zone."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
