"""Periods of a target, and where it stands by the stated rule: pure, on figures and days."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from cellcert.criteria.plan import PlanTarget, PlanValue
from cellcert.criteria.reporting import Every, Reporting
from cellcert.criteria.text import Text

State = Literal["reached", "on_track", "at_risk", "behind", "no_data"]
STATES: dict[State, tuple[Text, str]] = {
    "reached": (Text("已达到", "Reached"), "good"),
    "on_track": (Text("进度正常", "On track"), "active"),
    "at_risk": (Text("有风险", "At risk"), "waiting"),
    "behind": (Text("滞后", "Behind"), "bad"),
    "no_data": (Text("尚无法判断", "Cannot be judged yet"), "ended"),
}
PERIOD = re.compile(r"(20\d\d)(?:-(?:H([12])|Q([1-4])))?", re.ASCII)
DIRECTIONS = {
    "at_least": Text("不低于", "at least"), "at_most": Text("不高于", "at most"), "about": Text("约", "about"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A year, a half or a quarter of one; in the order of their ends."""

    ends_on: date
    key: str

    @property
    def name(self) -> Text:
        year, half, quarter = PERIOD.fullmatch(self.key).groups()  # type: ignore[union-attr]
        if half:
            return Text(
                f"{year} 年{'上' if half == '1' else '下'}半年",
                f"{'First' if half == '1' else 'Second'} half of {year}",
            )
        if quarter:
            return Text(f"{year} 年第 {quarter} 季度", f"Quarter {quarter} of {year}")
        return Text(f"{year} 年", year)

    @property
    def year(self) -> int:
        return self.ends_on.year


def period_named(key: str) -> Period | None:
    """The period of a key such as ``2026``, ``2026-H1`` or ``2026-Q3``."""
    match = PERIOD.fullmatch(key)
    if match is None:
        return None
    year, half, quarter = match.groups()
    month = int(half) * 6 if half else int(quarter) * 3 if quarter else 12
    return Period(_end_of_month(int(year), month), key)


def _end_of_month(year: int, month: int) -> date:
    return (date(year, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def periods(every: Every, since: int, today: date) -> list[Period]:
    """The periods that have ended, the oldest first."""
    parts = {"year": ("",), "half_year": ("-H1", "-H2"), "quarter": ("-Q1", "-Q2", "-Q3", "-Q4")}[every]
    found = (period_named(f"{year}{part}") for year in range(since, today.year + 1) for part in parts)
    return [period for period in found if period is not None and period.ends_on < today]


def every_of(target: PlanTarget, reporting: Reporting) -> Every:
    """How often a target is reported: as the plan says for it, or as the programme says for all."""
    return target.every or reporting.every


@dataclass(frozen=True, slots=True)
class Point:
    """A confirmed value at the end of a period."""

    on: date
    value: Decimal
    period: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """Where a target stands and why; ``expected`` is what the straight line asks for by the last value's day."""

    state: State
    why: Text
    goal: PlanValue | None = None
    by: date | None = None
    last: Point | None = None
    expected: Decimal | None = None

    @property
    def name(self) -> Text:
        return STATES[self.state][0]

    @property
    def tone(self) -> str:
        return STATES[self.state][1]


def goal_for(target: PlanTarget, on: date) -> tuple[int, PlanValue] | None:
    """The next goal that is due on ``on`` or later; after the last one, the last."""
    years = sorted(target.values)
    following = [year for year in years if year >= on.year]
    year = following[0] if following else years[-1] if years else None
    return None if year is None else (year, target.values[year])


def judge(target: PlanTarget, points: Sequence[Point], rule: Reporting) -> Judged:
    """Where a target stands by its confirmed values, given in the order of their days."""
    if not points:
        return Judged("no_data", Text("还没有已确认的数据。", "No confirmed value yet."), *_goal_ahead(target))
    last = points[-1]
    found = goal_for(target, last.on)
    if found is None:
        return Judged("no_data", Text("方案没有给出目标。", "The plan gives no goal."), last=last)
    year, goal = found
    if isinstance(goal, Decimal):
        return _towards(target, points, year, goal, rule)
    return _kept(target, points, year, rule) if goal == "kept" else _rising(target, points, year)


def _goal_ahead(target: PlanTarget) -> tuple[PlanValue | None, date | None]:
    years = sorted(target.values)
    return (target.values[years[0]], date(years[0], 12, 31)) if years else (None, None)


def _towards(target: PlanTarget, points: Sequence[Point], year: int, goal: Decimal, rule: Reporting) -> Judged:
    """Against a figure: reached, or on the straight line from the first value to the goal at the end of its year."""
    first, last, by = points[0], points[-1], date(year, 12, 31)
    unit, meant = target.unit, DIRECTIONS[target.direction]
    told = Text(
        f"{year} 年目标为{meant.zh} {plain(goal)} {unit.zh}",
        f"the goal of {year} is {meant.en} {plain(goal)} {unit.text('en')}",
    )
    now = Text(f"目前 {plain(last.value)} {unit.zh}", f"now {plain(last.value)} {unit.text('en')}")

    def judged(state: State, zh: str, en: str, expected: Decimal | None = None) -> Judged:
        return Judged(state, Text(f"{told.zh}，{now.zh}，{zh}。", _sentence(told, now, en)), goal, by, last, expected)

    if is_met(target, goal, first, last, rule):
        return judged("reached", "已经达到", "which reaches it")
    if last.on >= by:
        return judged("behind", "目标期限已到，还没有达到", "and its time is over")
    if len(points) == 1:
        return judged(
            "no_data", "只有一期数据，作为起点，下一期起按进度判断", "the first value is the start of the line"
        )
    way = abs(goal - first.value)
    passed = Decimal((last.on - first.on).days) / Decimal((by - first.on).days)
    expected = (first.value + (goal - first.value) * passed).quantize(Decimal("0.01"), ROUND_HALF_UP)
    if is_met(target, goal, first, first, rule):
        return judged("behind", "起点已达到目标，现在又退到目标之外", "and it stood at the goal before", goal)
    ahead = last.value - expected if goal > first.value else expected - last.value
    late = max(-ahead, Decimal(0)) / way * 100
    line = Text(f"按直线进度应为 {plain(expected)}", f"the straight line asks for {plain(expected)}")
    if late == 0:
        return judged("on_track", f"{line.zh}，不落后", f"{line.en}; not behind", expected)
    share = plain(late.quantize(Decimal("0.1"), ROUND_HALF_UP))
    how = Text(f"{line.zh}，落后全程的 {share}%", f"{line.en}; behind by {share}% of the way")
    if late <= rule.risk:
        limit = f"，在允许的 {plain(rule.risk)}% 以内", f", within {plain(rule.risk)}%"
        return judged("on_track", how.zh + limit[0], how.en + limit[1], expected)
    limit = (
        f"（超过 {plain(rule.risk)}% 为有风险，超过 {plain(rule.behind)}% 为滞后）",
        (f" (more than {plain(rule.risk)}% is at risk, more than {plain(rule.behind)}% is behind)"),
    )
    return judged("at_risk" if late <= rule.behind else "behind", how.zh + limit[0], how.en + limit[1], expected)


def is_met(target: PlanTarget, goal: Decimal, first: Point, last: Point, rule: Reporting) -> bool:
    """Whether a value reaches a goal; “about” is within a tolerance of it, or beyond it as seen from the start."""
    if target.direction == "at_least":
        return last.value >= goal
    if target.direction == "at_most":
        return last.value <= goal
    if abs(last.value - goal) * 100 <= rule.about * abs(goal):
        return True
    return last.value > goal > first.value or last.value < goal < first.value


def _rising(target: PlanTarget, points: Sequence[Point], year: int) -> Judged:
    """No figure: the value of a year before, or else the first one, must have been bettered."""
    last, by = points[-1], date(year, 12, 31)
    zh, en = f"方案要求到 {year} 年持续改善，没有给出数字", f"the plan asks for steady improvement until {year}"
    before = [point for point in points[:-1] if (last.on - point.on).days >= 365][-1:] or list(points[:-1])[:1]
    if not before:
        why = Text(f"{zh}；只有一期数据，下一期起比较。", _capital(f"{en}; there is one value only, to compare with."))
        return Judged("no_data", why, "rising", by, last)
    change = _better(target, last.value, before[0].value)
    state: State = "on_track" if change > 0 else "at_risk" if change == 0 else "behind"
    how = {"on_track": ("好于", "better than"), "at_risk": ("等于", "the same as"), "behind": ("差于", "worse than")}[
        state
    ]
    now, then = plain(last.value), plain(before[0].value)
    why = Text(
        f"{zh}；目前 {now} {target.unit.zh}，{how[0]} {before[0].on.isoformat()} 的 {then}。",
        _capital(f"{en}; now {now} {target.unit.text('en')}, {how[1]} {then} of {before[0].on.isoformat()}."),
    )
    return Judged(state, why, "rising", by, last, before[0].value)


def _kept(target: PlanTarget, points: Sequence[Point], year: int, rule: Reporting) -> Judged:
    """No figure: what was reached, the last figure of the plan or else the first value, must not be lost."""
    last, by = points[-1], date(year, 12, 31)
    figures = [value for one, value in sorted(target.values.items()) if one < year and isinstance(value, Decimal)]
    if not figures and len(points) == 1:
        zh = f"方案要求到 {year} 年保持巩固；只有一期数据，作为水平线"
        en = f"to be kept until {year}; the first value is the level"
        return Judged("no_data", Text(f"{zh}。", _capital(f"{en}.")), "kept", by, last)
    level = figures[-1] if figures else points[0].value
    lost = max(-_better(target, last.value, level), Decimal(0))
    share = lost * 100 / abs(level) if level else Decimal(100 if lost else 0)
    state: State = "on_track" if lost == 0 else "at_risk" if share <= rule.risk else "behind"
    how = {
        "on_track": ("没有退步", "not lost"),
        "at_risk": (f"退步不超过 {plain(rule.risk)}%", f"lost by no more than {plain(rule.risk)}%"),
        "behind": (f"退步超过 {plain(rule.risk)}%", f"lost by more than {plain(rule.risk)}%"),
    }[state]
    why = Text(
        f"方案要求到 {year} 年保持在 {plain(level)} {target.unit.zh}；目前 {plain(last.value)}，{how[0]}。",
        f"To be kept at {plain(level)} {target.unit.text('en')} until {year}; now {plain(last.value)}, {how[1]}.",
    )
    return Judged(state, why, "kept", by, last, level)


def _better(target: PlanTarget, value: Decimal, than: Decimal) -> Decimal:
    return than - value if target.direction == "at_most" else value - than


def _sentence(told: Text, now: Text, en: str) -> str:
    return _capital(f"{told.en}; {now.en}, {en}.")


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def plain(value: Decimal) -> str:
    """A figure as people write it: no noughts at the end, no exponent."""
    figure = format(value, "f")
    return figure.rstrip("0").rstrip(".") if "." in figure else figure


def goal_words(target: PlanTarget, goal: PlanValue | None) -> Text:
    """A goal as it is read in a table."""
    if goal is None:
        return Text("—")
    if goal == "rising":
        return Text("持续改善", "improving")
    if goal == "kept":
        return Text("保持巩固", "kept")
    meant, figure = DIRECTIONS[target.direction], plain(Decimal(goal))
    return Text(f"{meant.zh} {figure} {target.unit.zh}", f"{meant.en} {figure} {target.unit.text('en')}")


# a value as it is typed

NUMBER = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?|-?\d+(\.\d+)?|-?\.\d+", re.ASCII)
MOST = Decimal(10) ** 12


def read_value(typed: str, unit: str) -> tuple[Decimal | None, Text | None]:
    """The figure somebody typed, or what is wrong with it; a ``%`` of a target in per cent may be typed too."""
    shown = unicodedata.normalize("NFKC", typed).replace("−", "-").strip()
    if unit == "%":
        shown = shown.removesuffix("%").strip()
    if not shown:
        return None, Text("请填写数值。", "Give a figure.")
    if not NUMBER.fullmatch(shown):
        said = typed.strip()[:20]
        return None, Text(f"“{said}”不是数字，请只填数字，不写单位。", f"“{said}” is no figure; leave the unit out.")
    value = Decimal(shown.replace(",", ""))
    if abs(value) >= MOST:
        return None, Text("数太大，请核对单位。", "Far too large; check the unit.")
    if value != value.quantize(Decimal("0.0001")):
        return None, Text("最多四位小数。", "Four places at most.")
    return value if value else abs(value), None


def value_fault(target: PlanTarget, value: Decimal) -> Text | None:
    """What the plan's bounds do not let be: a share above 100, a count below 0."""
    if target.bounds is None or target.bounds[0] <= value <= target.bounds[1]:
        return None
    least, most = map(plain, target.bounds)
    return Text(f"应当在 {least} 到 {most} 之间，请核对。", f"It must lie between {least} and {most}; check it.")
