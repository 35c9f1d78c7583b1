"""Answer sheets that are better than another in one thing."""

import re
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

from tests.criteria.filling import Plain, all_items, ways_in


def better_answers(rng: Random, plain: Plain, answers: Plain) -> list[tuple[str, Plain]]:
    """Sheets that are better in one thing each, with what it is.

    Better is yes over no, a higher option or figure, a condition more, a fault less, one part or alternative improved,
    a prerequisite met, an indicator moved to its better side. Not among them, because a rule makes an exception:

    * a fact, or an indicator some condition speaks of: it changes what applies;
    * an indicator that is better high in one item and low in another;
    * an indicator between having a value and having none: 0 ÷ 0 may count full, and a measured fault costs only what
      is measured;
    * an answer to what nobody has answered: a gate closes on an answer that earns 0, not before.
    """
    found = []
    for item in all_items(plain):
        answer = answers["items"].get(item["key"])
        if answer is not None:
            for better in _better(rng, item["score"], item.get("points"), answer):
                items = answers["items"] | {item["key"]: better}
                found.append((f"{item['key']}: {answer} → {better}", answers | {"items": items}))
    for key, met in answers["prerequisites"].items():
        if not met:
            found.append((f"{key} is met", answers | {"prerequisites": answers["prerequisites"] | {key: True}}))
    for key, row in plain["indicators"].items():
        sides = _sides(plain, key)
        if len(sides) == 1 and not _spoken_of(plain, key):
            old = answers["indicators"].get(key) or {}
            better = _moved(rng, row, old, up=sides == {"up"})
            if better:
                indicators = answers["indicators"] | {key: better}
                found.append((f"{key}: {old} → {better}", answers | {"indicators": indicators}))
    return found


def _better(rng: Random, score: Any, points: Decimal | None, answer: Any) -> list[Any]:
    """Answers to one way that are better than this one, each in one thing."""
    if score == "yes_no":
        return [] if answer else [True]
    if "choice" in score:
        now = answer["points"] if isinstance(answer, dict) else _points_of(score, answer)
        higher: list[Any] = []
        for option in score["choice"]:
            if isinstance(option["points"], list):
                if option["points"][1] > now:
                    higher.append({"choice": option["key"], "points": option["points"][1]})
            elif option["points"] > now:
                higher.append(option["key"])
        return higher
    if "parts" in score or "any_of" in score:
        return [
            answer | {row["key"]: better}
            for row in score.get("parts") or score["any_of"]
            if answer.get(row["key"]) is not None
            for better in _better(rng, row["score"], row.get("points", points), answer[row["key"]])
        ]
    if "deductions" in score:
        faults = []
        for fault in score["deductions"]:
            if found := answer.get(fault["key"]):
                faults.append({key: value for key, value in answer.items() if key != fault["key"]})
                if fault.get("each"):
                    faults.append(answer | {fault["key"]: found - 1})
        return faults
    if "of" in score:
        return [[*answer, row["key"]] for row in score["of"] if row["key"] not in answer][:1]
    if "judged" in score:
        assert points is not None
        return [answer + score["judged"]["step"]] if answer < points else []
    return []


def _points_of(score: Plain, key: str) -> Decimal:
    (option,) = [option for option in score["choice"] if option["key"] == key]
    return option["points"]  # type: ignore[no-any-return]


def _sides(plain: Plain, key: str) -> set[str]:
    """Which way the ways that use an indicator want it to go."""
    sides = set()
    for item in all_items(plain):
        for way in ways_in(item["score"]):
            if way.get("tiers") == key:
                sides.add("up" if {"at_least", "above"} & set(way["steps"][0]) else "down")
            elif way.get("linear") == key:
                rises = (way["to"]["value"] > way["from"]["value"]) == (way["to"]["points"] > way["from"]["points"])
                sides.add("up" if rises else "down")
            elif way.get("shortfall") == key:
                sides.add("down" if way.get("direction") == "at_most" else "up")
    return sides


def _spoken_of(node: Any, key: str) -> bool:
    """Some condition of the file names it."""
    if isinstance(node, list):
        return any(_spoken_of(row, key) for row in node)
    if not isinstance(node, dict):
        return False
    conditions = [node[name] for name in ("applies_if", "veto_if", "unless") if name in node]
    return any(key in re.findall(r"\w+", condition) for condition in conditions) or any(
        _spoken_of(value, key) for value in node.values()
    )


# How an input moves its indicator; a whole formula of them, from the first input alone.
RISES_WITH_A = (
    "a / b * 100",
    "a / (b + c) * 100",
    "min(a / b, 1) * 100",
    "(a - b) / b * 100",
    "a",
    "max(a, b)",
    "a / b",
)


def _moved(rng: Random, row: Plain, old: Plain, up: bool) -> Plain | None:
    """Inputs of a value that is better and still plausible, or nothing."""
    named = set(old) == set(row["inputs"])
    if row["formula"] not in RISES_WITH_A or not named or not all(old.values()) or "applies_if" in row:
        return None
    a = old["a"] * (Decimal("1.1") if up else Decimal("0.9"))
    if row["inputs"]["a"].get("whole"):
        a = a.to_integral_value()
    inputs = {name: Fraction(value) for name, value in (old | {"a": a}).items()}
    value = _value(row["formula"], inputs)
    before = _value(row["formula"], {name: Fraction(value) for name, value in old.items()})
    low, high = row.get("plausible") or (min(value, before), max(value, before))
    # Half a unit of the last place away from the bounds, rounding cannot cross them.
    half = Fraction(1, 2) if row.get("plausible") else Fraction(0)
    inside = all(Fraction(low) + half <= figure <= Fraction(high) - half for figure in (value, before))
    return old | {"a": a} if inside else None


def _value(formula: str, inputs: dict[str, Fraction]) -> Fraction:
    a, b, c = (inputs.get(name, Fraction(0)) for name in "abc")
    match formula:
        case "a / b * 100":
            return a / b * 100
        case "a / (b + c) * 100":
            return a / (b + c) * 100
        case "min(a / b, 1) * 100":
            return min(a / b, Fraction(1)) * 100
        case "(a - b) / b * 100":
            return (a - b) / b * 100
        case "max(a, b)":
            return max(a, b)
        case "a / b":
            return a / b
    return a
