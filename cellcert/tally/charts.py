"""Where the lines and bars of the charts lie; ``templates/print/chart_*.svg`` draw them alike on page and paper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cellcert.tally.forecast import Forecast
from cellcert.tally.rules import Reached, Tally

WIDE, HIGH = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 44, 64, 18, 34
NAMED = 62  # between the names of two months
# six fills that stay apart in black and white
FILLS = ("#1f6f50", "#ffffff", "#8fb8a5", "#1d2522", "#dfe6e2", "#56625c")


@dataclass(frozen=True, slots=True)
class Scale:
    """Days to the right, counts upward."""

    first: date
    last: date
    most: int
    high: int = HIGH

    def x(self, day: date) -> float:
        return round(LEFT + (WIDE - LEFT - RIGHT) * (day - self.first).days / max((self.last - self.first).days, 1), 1)

    def y(self, count: float) -> float:
        return round(self.high - BOTTOM - (self.high - TOP - BOTTOM) * count / max(self.most, 1), 1)


def steps_to(most: int, lines: int = 5) -> list[int]:
    """Round figures from nothing to at least ``most``."""
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size):
            if step * lines >= most:
                return list(range(0, step * lines + 1, step))[: -(-most // step) + 1 or 1]
        size *= 10


def course_chart(
    points: Sequence[Reached],
    forecast: Forecast | None,
    target: int,
    by: date,
    words: Mapping[str, str],
    high: int = HIGH,
) -> dict[str, object]:
    """The count so far as a line, what it leads to as a band, the target as a dashed line."""
    fan = list(forecast.fan) if forecast else []
    counts = steps_to(max([target, *(point.count for point in points), *(point.high for point in fan)]))
    last = max([by, points[-1].day])
    scale = Scale(points[0].day, last, counts[-1], high)
    here = points[-1]
    upper = [(here.day, here.count), *((point.day, point.high) for point in fan)]
    lower = [(here.day, here.count), *((point.day, point.low) for point in fan)]
    middle = [(here.day, here.count), *((point.day, point.middle) for point in fan)]
    span = [point.day for point in points] + [point.day for point in fan]
    named: list[date] = []
    for day in span:
        if not named or scale.x(day) - scale.x(named[-1]) > NAMED:
            named.append(day)
    return {
        "wide": WIDE, "high": high, "left": LEFT, "right": WIDE - RIGHT, "base": high - BOTTOM, "words": words,
        "heights": [(scale.y(count), count) for count in counts],
        "months": [(scale.x(day), f"{day:%Y-%m}") for day in named],
        "line": _path(scale, [(point.day, point.count) for point in points]),
        "band": _path(scale, [*upper, *reversed(lower)]) if fan else "",
        "middle": _path(scale, middle) if fan else "",
        "edges": (_path(scale, upper), _path(scale, lower)) if fan else (),
        "target": (scale.y(target), target), "here": (scale.x(here.day), scale.y(here.count), here.count),
        "ends": [(scale.y(count), count) for count in (fan[-1].low, fan[-1].high)] if fan else [],
    }  # fmt: skip


def _path(scale: Scale, spots: Sequence[tuple[date, int]]) -> str:
    return " ".join(f"{scale.x(day)},{scale.y(count)}" for day, count in spots)


def years_chart(tally: Tally, words: Mapping[str, str], names: Mapping[str, str]) -> dict[str, object]:
    """Titles in force by the year they were given, stacked by category."""
    counts = steps_to(max([1, *(tally.count(year=year) for year in tally.years)]))
    scale = Scale(date.min, date.max, counts[-1])
    room = (WIDE - LEFT - 220) / max(len(tally.years), 1)
    wide = min(room * 0.6, 90)
    bars, sums = [], []
    for place, year in enumerate(tally.years):
        x, below = round(LEFT + room * (place + 0.5) - wide / 2, 1), 0
        for at, line in enumerate(tally.categories):
            count = tally.count(category=line.key, year=year)
            if count:
                y = scale.y(below + count)
                bars.append((x, y, round(wide, 1), round(scale.y(below) - y, 1), at % len(FILLS), count))
            below += count
        sums.append((round(x + wide / 2, 1), scale.y(below) - 6, below, year))
    return {
        "wide": WIDE, "high": HIGH, "left": LEFT, "right": WIDE - 210, "base": HIGH - BOTTOM, "words": words,
        "bars": bars, "sums": sums,
        "heights": [(scale.y(count), count) for count in counts], "fills": FILLS,
        "legend": [(TOP + 6 + 30 * at, at % len(FILLS), names[line.key]) for at, line in enumerate(tally.categories)],
    }  # fmt: skip
