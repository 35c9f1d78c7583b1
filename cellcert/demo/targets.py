"""Values of the plan's targets in the demo city: figures nobody measured, each marked as an example."""

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from cellcert import clock
from cellcert.criteria.plan import PlanTarget
from cellcert.demo.papers import paper
from cellcert.dispatch.targets.actions import add_file, confirm, report, send_back
from cellcert.dispatch.targets.queries import asked
from cellcert.dispatch.targets.rules import Period, every_of, goal_for, periods
from cellcert.evidence.actions import Kept
from cellcert.people.models import Post

if TYPE_CHECKING:
    from cellcert.demo.city import City

PACES = (Decimal("1.2"), Decimal("0.9"), Decimal("0.6"), Decimal("1.0"), Decimal("0.2"))
SILENT = 6  # of so many targets one has nobody who reports it


def report_targets(city: "City") -> None:
    """Some targets reported and confirmed by two persons, one value sent back, one waiting, some missing."""
    if not city.library.has_plan:
        return
    rule, today = city.programme.targets, clock.day_of(city.now, city.programme.time_zone)
    name, pdf = paper("示例数据，不是真实统计", "plan-target", clock.start_of(date(rule.since, 1, 1), "UTC"))
    kept = Kept(city.store.put(pdf), len(pdf), "application/pdf", "pdf", None)
    for number, target in enumerate(asked(city.library.plan)):
        if number % SILENT == SILENT - 1:
            continue
        ended = periods(every_of(target, rule), rule.since, today)
        for period in ended:
            post = city.cast.departments.get(target.lead, city.cast.offices[1])
            _tell(city, target, period, _figure(target, ended, period, PACES[number % 5]), post, name, kept, number)


def _tell(
    city: "City", target: PlanTarget, period: Period, value: Decimal, post: Post, name: str, kept: Kept, number: int
) -> None:
    rule, zone = city.programme.targets, city.programme.time_zone
    at = min(clock.end_of(period.ends_on, zone) + timedelta(days=9), city.now - timedelta(hours=5))
    row = report(
        city.session, target, period, value, "示例数据", rule, by=post.actor(), post=post.id, at=at,
        today=period.ends_on + timedelta(days=1),
    )  # fmt: skip
    add_file(city.session, row, name, kept, city.programme, by=post.actor(), at=at)
    newest = periods(every_of(target, rule), period.year, clock.day_of(city.now, zone))[-1:] == [period]
    settled = min(at + timedelta(days=3), city.now - timedelta(hours=4))
    if newest and number == 0:
        return
    if newest and number == 1:
        send_back(
            city.session, row, "示例：与统计报表不一致，请核对。", target.name.zh, period.name.zh,
            by=city.cast.office, at=settled,
        )  # fmt: skip
        return
    confirm(city.session, row, rule, by=city.cast.office, at=settled)


def _figure(target: PlanTarget, ended: list[Period], period: Period, pace: Decimal) -> Decimal:
    """A figure on the way to the goal, at some pace."""
    found = goal_for(target, period.ends_on)
    goal = found[1] if found else None
    if not isinstance(goal, Decimal):
        return Decimal(0) if target.direction == "at_most" else Decimal(60) + 2 * ended.index(period)
    start = goal * Decimal("1.3") + (2 if goal == 0 else 0) if target.direction == "at_most" else goal * Decimal("0.8")
    last = date(found[0] if found else period.year, 12, 31)
    begun = ended[0].ends_on
    share = pace * (period.ends_on - begun).days / max((last - begun).days, 1)
    return (start + (goal - start) * share).quantize(Decimal("0.1"))
