"""Answers as the fields of a form: how a table and a key press give what otherwise the controls would."""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any

from cellcert.criteria.text import figure
from cellcert.criteria.ways import (
    AnyOf,
    AtLeast,
    Choice,
    Deductions,
    Judged,
    Option,
    Parts,
    Range,
    Way,
    YesNo,
    best,
    is_computed,
)

Field = tuple[str, str]


def fields_of(way: Way, name: str, answer: Any) -> Iterator[Field]:  # noqa: ANN401
    """The fields a browser would post for an answer."""
    if answer is None:
        return
    match way:
        case Choice():
            if isinstance(answer, Mapping):
                yield name, str(answer["choice"])
                yield f"{name}.points", said(answer["points"])
            else:
                yield name, str(answer)
        case Parts(parts=inner) | AnyOf(ways=inner):
            for one in inner:
                yield from fields_of(one.way, f"{name}.{one.key}", answer.get(one.key))
        case Deductions():
            yield f"{name}.checked", "yes"
            yield from ((f"{name}.{key}", said(value)) for key, value in answer.items())
        case AtLeast():
            yield f"{name}.checked", "yes"
            yield from ((name, str(key)) for key in answer)
        case _:
            yield name, said(answer)


def said(value: object) -> str:
    """One value as it stands in a field."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return figure(value) if isinstance(value, Decimal) else str(value)


def full(way: Way, name: str, away: Collection[str] = ()) -> list[Field] | None:
    """The fields that give all points; parts named in ``away`` do not apply."""
    match way:
        case YesNo():
            return [(name, "yes")]
        case Choice(options=options):
            return _picked(name, max(options, key=lambda option: option.best), lowest=False)
        case Judged(points=points):
            return [(name, figure(points))]
        case Deductions():
            return [(f"{name}.checked", "yes")]
        case AtLeast(of=of):
            return [(f"{name}.checked", "yes"), *((name, condition.key) for condition in of)]
        case Parts(parts=parts):
            inner = [(p.way, f"{name}.{p.key}") for p in parts if _is_asked(p.way, f"{name}.{p.key}", away)]
            return _all(full(way, name, away) for way, name in inner)
        case AnyOf(ways=ways):
            given = [one for one in ways if not is_computed(one.way)]
            top = max(given, key=lambda one: best(one.way))
            return full(top.way, f"{name}.{top.key}", away)
    return None


def nothing(way: Way, name: str, away: Collection[str] = ()) -> list[Field] | None:
    """The fields that give no points; ``None`` where the rule has no single way to say so."""
    match way:
        case YesNo():
            return [(name, "no")]
        case Choice(options=options):
            least = next((option for option in options if _lowest(option) == 0), None)
            return _picked(name, least, lowest=True) if least else None
        case Judged():
            return [(name, "0")]
        case Deductions(faults=faults):
            whole = next((fault for fault in faults if fault.lose is None and f"{name}.{fault.key}" not in away), None)
            return [(f"{name}.checked", "yes"), (f"{name}.{whole.key}", "yes")] if whole else None
        case AtLeast():
            return [(f"{name}.checked", "yes")]
        case Parts(parts=parts):
            inner = [(p.way, f"{name}.{p.key}") for p in parts if _is_asked(p.way, f"{name}.{p.key}", away)]
            return _all(nothing(way, name, away) for way, name in inner)
        case AnyOf(ways=ways):
            given = [(one.way, f"{name}.{one.key}") for one in ways if not is_computed(one.way)]
            return _all(nothing(way, name, away) for way, name in given)
    return None


def _is_asked(way: Way, name: str, away: Collection[str]) -> bool:
    return not is_computed(way) and name not in away


def _lowest(option: Option) -> Decimal:
    return option.points.lowest if isinstance(option.points, Range) else option.points


def _picked(name: str, option: Option, *, lowest: bool) -> list[Field]:
    if not isinstance(option.points, Range):
        return [(name, option.key)]
    points = option.points.lowest if lowest else option.points.highest
    return [(name, option.key), (f"{name}.points", figure(points))]


def _all(rows: Iterator[list[Field] | None]) -> list[Field] | None:
    found: list[Field] = []
    for row in rows:
        if row is None:
            return None
        found += row
    return found
