"""The history of a target as a drawing: values, the straight line they are judged by, and the goals."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cellcert.criteria.text import Text
from cellcert.dispatch.targets.queries import TargetLine
from cellcert.dispatch.targets.rules import plain

WIDTH, HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 60, 70, 24, 34


@dataclass(frozen=True, slots=True)
class Mark:
    """A value or a goal at its place; ``x`` and ``y`` in the units of the drawing."""

    x: int
    y: int
    figure: str
    on: date


@dataclass(frozen=True, slots=True)
class Chart:
    values: tuple[Mark, ...]
    goals: tuple[Mark, ...]
    path: tuple[Mark, Mark] | None
    years: tuple[tuple[int, int], ...]  # a year and where it ends
    steps: tuple[tuple[str, int], ...]  # figures of the scale
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    foot: int = HEIGHT - BOTTOM
    top: int = TOP


def history_chart(line: TargetLine) -> Chart | None:
    """The drawing, or nothing where there is no value to draw."""
    if not line.points:
        return None
    goals = [
        (date(year, 12, 31), value) for year, value in sorted(line.target.values.items()) if isinstance(value, Decimal)
    ]
    days = [point.on for point in line.points] + [on for on, _ in goals]
    first, last = date(min(days).year - 1, 12, 31), date(max(days).year, 12, 31)
    figures = [point.value for point in line.points] + [value for _, value in goals]
    low, high, step = _scale(min(figures), max(figures))

    def at(on: date, value: Decimal) -> Mark:
        across = Decimal((on - first).days) / Decimal((last - first).days)
        x = LEFT + round(across * (WIDTH - LEFT - RIGHT))
        y = HEIGHT - BOTTOM - round((value - low) / (high - low) * (HEIGHT - TOP - BOTTOM))
        return Mark(x, y, plain(value), on)

    start, judged = line.points[0], line.judged
    path = None
    if isinstance(judged.goal, Decimal) and judged.by is not None and start.on < judged.by:
        path = at(start.on, start.value), at(judged.by, judged.goal)
    count = int((high - low) / step)
    return Chart(
        values=tuple(at(point.on, point.value) for point in line.points),
        goals=tuple(at(on, value) for on, value in goals),
        path=path,
        years=tuple((year, at(date(year, 12, 31), low).x) for year in range(first.year, last.year + 1)),
        steps=tuple((plain(low + step * turn), at(last, low + step * turn).y) for turn in range(count + 1)),
    )


def _scale(least: Decimal, most: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """Lowest and highest figure and the step between: 1, 2 or 5 of some size, four or so in all."""
    wide = most - least or abs(most) or Decimal(1)
    size = Decimal(10) ** ((wide / 4).adjusted())
    step = next(size * times for times in (1, 2, 5, 10) if size * times * 4 >= wide)
    low, high = (least // step) * step, -((-most) // step) * step
    # Decimal's // cuts towards nought: below nought the line lies one step further
    low -= step if low > least or low == high else Decimal(0)
    high += step if high < most or high == low else Decimal(0)
    return low, high, step


def in_words(line: TargetLine) -> Text:
    """What the drawing shows."""
    zh = "，".join(f"{point.on.isoformat()} {plain(point.value)}" for point in line.points)
    return Text(zh, zh.replace("，", ", "))
