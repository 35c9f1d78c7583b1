"""How the count went, and the sample of cases a forecast learns from; a fixed number of queries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.application.models import Application, Step
from cellcert.certificate.models import Certificate
from cellcert.criteria.programme import Programme
from cellcert.tally.forecast import FanPoint, Forecast, forecast, learn
from cellcert.tally.queries import tally
from cellcert.tally.replay import Told
from cellcert.tally.rules import HELD, Reached, Tally, month_ends

SAMPLE = 1_500  # cases a forecast learns from; of a larger city those of every so many-th unit


@dataclass(frozen=True, slots=True)
class Course:
    """How the count went and where it leads; ``forecast`` is missing after the target's day or with too few cases."""

    points: tuple[Reached, ...]
    forecast: Forecast | None
    decided: int


def course(session: Session, programme: Programme, shown: Tally) -> Course:
    """The curve up to the day of a tally, and the forecast from what was known at its end; four queries."""
    zone = programme.time_zone
    first = min((batch.opens for batch in programme.batches), default=shown.on)
    days = month_ends(min(first, shown.on), shown.on)
    points = reached_on(session, days, zone)
    share = max(1, sum(state.count for state in shown.states) // SAMPLE)
    told = told_cases(session, share=share)
    since = max(first, shown.on - timedelta(days=programme.forecast.pace_days))
    past = learn(
        told, clock.end_of(shown.on, zone), len(_open(programme, since, shown.on)), clock.start_of(since, zone), share
    )
    decided = past.decided * share
    if shown.on >= shown.by or decided < programme.forecast.least_cases:
        return Course(tuple(points), None, decided)
    until = clock.end_of(shown.on, zone)
    ending = session.execute(
        select(Certificate.valid_until, func.count())
        .where(
            Certificate.reserved_at < until, or_(Certificate.ended_at.is_(None), Certificate.ended_at >= until),
            Certificate.valid_until.between(shown.on, shown.by),
        )
        .group_by(Certificate.valid_until)
    ).all()  # fmt: skip
    found = forecast(
        past, shown.reached, shown.target, shown.on, month_ends(shown.on + timedelta(days=1), shown.by),
        _open(programme, shown.on + timedelta(days=1), shown.by), [(day, count) for day, count in ending],
    )  # fmt: skip
    return Course(tuple(points), found, decided)


def backtest(session: Session, programme: Programme, today: date) -> Iterator[tuple[date, date, FanPoint, int]]:
    """Forecasts as they would have been made on past days: made on, for the day, the band, and what came."""
    zone = programme.time_zone
    first = min((batch.opens for batch in programme.batches), default=today)
    days = [first + timedelta(days=number) for number in range(60, (today - first).days - 14, 14)]
    for made in days:
        shown = tally(session, programme, made, clock.end_of(made, zone))
        found = course(session, programme, shown).forecast
        points = [point for point in found.fan if point.day <= today][:3] if found else []
        for band, came in zip(points, reached_on(session, [point.day for point in points], zone), strict=True):
            yield made, band.day, band, came.count


def _open(programme: Programme, first: date, last: date) -> list[date]:
    """The days in which a batch takes applications."""
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in days if programme.batch_on(day)]


def reached_on(session: Session, days: Sequence[date], zone: str) -> list[Reached]:
    """Distinct units with a title at the end of each day, from the history; one query for all of them."""
    crosses = Step.after.in_(sorted(HELD)) != Step.before.in_(sorted(HELD))
    crossings = (
        select(
            Step.application_id, Step.at.label("start"), Step.after.label("state"),
            func.lead(Step.at).over(partition_by=Step.application_id, order_by=Step.id).label("stop"),
        )
        .where(crosses)
        .cte("crossings")
    )  # fmt: skip
    held = (
        select(
            Application.unit_id, crossings.c.start, crossings.c.stop, Certificate.valid_until,
            Certificate.reserved_at, Certificate.ended_at,
        )
        .select_from(crossings)
        .join(Application, Application.id == crossings.c.application_id)
        .join(Certificate, Certificate.application_id == Application.id)
        .where(crossings.c.state.in_(sorted(HELD)))
        .cte("held")
    )  # fmt: skip
    points = []
    for place, day in enumerate(days):
        until = clock.end_of(day, zone)
        points.append(
            select(literal(place).label("place"), func.count(held.c.unit_id.distinct()).label("units")).where(
                held.c.start < until, or_(held.c.stop.is_(None), held.c.stop >= until),
                held.c.reserved_at < until, or_(held.c.ended_at.is_(None), held.c.ended_at >= until),
                held.c.valid_until >= day,
            )
        )  # fmt: skip
    if not points:
        return []
    counts = dict(session.execute(union_all(*points)).all())
    return [Reached(day, counts[place]) for place, day in enumerate(days)]


def told_cases(session: Session, *, share: int = 1) -> list[Told]:
    """The history of the cases of every ``share``-th unit; two queries."""
    papers: dict[int, list[tuple[datetime, datetime | None, date, date]]] = {}
    chosen = Application.unit_id % share == 0
    rows = session.execute(
        select(
            Certificate.application_id, Certificate.reserved_at, Certificate.ended_at, Certificate.awarded_on,
            Certificate.valid_until,
        )
        .join(Certificate.application)
        .where(chosen)
    )  # fmt: skip
    for application_id, reserved, ended, awarded_on, valid_until in rows:
        papers.setdefault(application_id, []).append((reserved, ended, awarded_on, valid_until))
    found: dict[int, Told] = {}
    for id_, unit, category, division, at, after in session.execute(
        select(Application.id, Application.unit_id, Application.category, Application.division, Step.at, Step.after)
        .join(Step, Step.application_id == Application.id)
        .where(chosen)
        .order_by(Step.id)
    ):
        case = found.setdefault(id_, Told(unit, category, division, [], papers.get(id_, ())))
        case.moves.append((at, after))
    return list(found.values())
