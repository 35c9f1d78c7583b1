"""What was reported, what stands, and who is late."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from cellcert.criteria.library import Library
from cellcert.criteria.plan import Plan, PlanTarget
from cellcert.criteria.programme import Programme
from cellcert.criteria.reporting import Reporting
from cellcert.dispatch.targets.models import TargetReport
from cellcert.dispatch.targets.rules import Judged, Period, Point, every_of, judge, periods
from cellcert.tally.queries import tally


@dataclass(frozen=True, slots=True)
class Missing:
    """A period nobody has reported, or whose value was sent back."""

    target: PlanTarget
    period: Period
    due_on: date
    is_returned: bool
    late: bool


@dataclass(frozen=True, slots=True)
class TargetLine:
    """One target of the list: where it stands by its confirmed values."""

    target: PlanTarget
    judged: Judged
    points: tuple[Point, ...]


def reports_of(session: Session, keys: Iterable[str]) -> list[TargetReport]:
    """Every report of some targets with its files, the newest first."""
    rows = select(TargetReport).where(TargetReport.target.in_(list(keys)))
    whole = rows.options(selectinload(TargetReport.files), joinedload(TargetReport.reporter))
    return list(session.scalars(whole.order_by(TargetReport.id.desc())))


def points_of(session: Session, keys: Iterable[str], on: date | None = None) -> Mapping[str, tuple[Point, ...]]:
    """The confirmed values of some targets in the order of their periods; of several of one period the last."""
    confirmed = select(TargetReport.target, TargetReport.period, TargetReport.ends_on, TargetReport.value).where(
        TargetReport.target.in_(list(keys)), TargetReport.outcome == "confirmed"
    )
    if on is not None:
        confirmed = confirmed.where(TargetReport.ends_on <= on)
    found: dict[str, dict[str, Point]] = defaultdict(dict)
    for target, period, ends_on, value in session.execute(confirmed.order_by(TargetReport.id)):
        found[target][period] = Point(ends_on, value, period)
    return {key: tuple(sorted(points.values(), key=lambda one: one.on)) for key, points in found.items()}


def target_lines(session: Session, library: Library, today: date, until: date | None = None) -> list[TargetLine]:
    """Every target of the plan with its state, by values of periods that ended by ``until``."""
    plan, rule = library.plan, library.programme.targets
    points = dict(points_of(session, [target.key for target in plan.targets], until))
    if until is None or until >= today:
        points |= _counted(session, plan, library.programme, today)
    return [
        TargetLine(target, judge(target, points.get(target.key, ()), rule), tuple(points.get(target.key, ())))
        for target in plan.targets
    ]


def target_line(session: Session, library: Library, target: PlanTarget, today: date) -> TargetLine:
    """One target with its state."""
    points = dict(points_of(session, [target.key]))
    if target.counted:
        points |= _counted(session, Plan((target,)), library.programme, today)
    found = tuple(points.get(target.key, ()))
    return TargetLine(target, judge(target, found, library.programme.targets), found)


def _counted(session: Session, plan: Plan, programme: Programme, today: date) -> Mapping[str, tuple[Point, ...]]:
    """What this program counts itself: the cells of the tally, none when the first batch opened, and as of today."""
    counted = [target.key for target in plan.targets if target.counted]
    if not counted:
        return {}
    reached = tally(session, programme, today).reached
    opened = min(batch.opens for batch in programme.batches)
    start = (Point(opened, Decimal(0)),) if opened < today else ()
    return {key: (*start, Point(today, Decimal(reached))) for key in counted}


def missing(session: Session, plan: Plan, rule: Reporting, today: date) -> list[Missing]:
    """The periods that have ended and have no value, the longest overdue first."""
    known: dict[tuple[str, str], set[str | None]] = defaultdict(set)
    rows = select(TargetReport.target, TargetReport.period, TargetReport.outcome).order_by(TargetReport.id)
    for key, ended, outcome in session.execute(rows):
        known[key, ended].add(outcome)
    found = []
    for one in asked(plan):
        for period in periods(every_of(one, rule), rule.since, today):
            outcomes = known.get((one.key, period.key), set())
            if None in outcomes or "confirmed" in outcomes:
                continue
            due_on = rule.due_on(period.ends_on)
            found.append(Missing(one, period, due_on, "returned" in outcomes, today > due_on))
    return sorted(found, key=lambda late: late.due_on)


def waiting(session: Session, plan: Plan) -> Sequence[TargetReport]:
    """What the office has to confirm, the oldest first; a target that left the plan is nobody's work any more."""
    known = [target.key for target in plan.targets]
    rows = select(TargetReport).where(TargetReport.outcome.is_(None), TargetReport.target.in_(known))
    return session.scalars(rows.options(joinedload(TargetReport.reporter)).order_by(TargetReport.id)).all()


def asked(plan: Plan) -> list[PlanTarget]:
    """The targets somebody reports."""
    return [target for target in plan.targets if not target.counted]
