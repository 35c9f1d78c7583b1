"""Guilloche: the fine woven lines of a banknote, drawn from sines as SVG paths. Millimetres; nothing is random."""

from collections.abc import Callable, Iterable
from itertools import pairwise
from math import cos, pi, sin

Point = tuple[float, float]
Curve = Callable[[float], tuple[Point, Point]]  # of t in 0…1: where it is, and where it is going


def band(period: float, height: float, threads: int, waist: float) -> str:
    """One period of a woven band around y = 0, to be laid end to end; it narrows to ``waist`` of its height."""
    return " ".join(_path(_thread(period, height / 2, waist, 2 * pi * at / threads), 10) for at in range(threads))


def rosette(radius: float, petals: int, threads: int, depth: float) -> str:
    """A round weave about the origin; ``depth`` is how far of the radius its waves reach inwards."""
    return " ".join(
        _path(_ring(radius, petals, depth, 2 * pi * at / threads), petals * 6) + "Z" for at in range(threads)
    )


def _thread(period: float, reach: float, waist: float, turn: float) -> Curve:
    step = 2 * pi / period

    def at(t: float) -> tuple[Point, Point]:
        x = period * t
        wide = reach * ((1 + waist) / 2 + (1 - waist) / 2 * cos(2 * step * x))
        widening = -reach * (1 - waist) * step * sin(2 * step * x)
        y = wide * sin(step * x + turn)
        return (x, y), (period, period * (widening * sin(step * x + turn) + wide * step * cos(step * x + turn)))

    return at


def _ring(radius: float, petals: int, depth: float, turn: float) -> Curve:
    def at(t: float) -> tuple[Point, Point]:
        angle = 2 * pi * t
        far = radius * (1 - depth / 2 + depth / 2 * cos(petals * angle + turn))
        moving = -radius * depth / 2 * petals * sin(petals * angle + turn)
        place = (far * cos(angle), far * sin(angle))
        going = (moving * cos(angle) - far * sin(angle), moving * sin(angle) + far * cos(angle))
        return place, (2 * pi * going[0], 2 * pi * going[1])

    return at


def _path(curve: Curve, pieces: int) -> str:
    """``curve`` as Bézier pieces that meet it in place and direction at both ends of each."""
    ends = [curve(at / pieces) for at in range(pieces + 1)]
    third = 1 / (3 * pieces)
    drawn = [f"M{_pairs([ends[0][0]])}"]
    for (start, leaving), (end, arriving) in pairwise(ends):
        first = (start[0] + leaving[0] * third, start[1] + leaving[1] * third)
        second = (end[0] - arriving[0] * third, end[1] - arriving[1] * third)
        drawn.append(f"C{_pairs([first, second, end])}")
    return "".join(drawn)


def _pairs(points: Iterable[Point]) -> str:
    return " ".join(f"{x:.2f} {y:.2f}" for x, y in points)
