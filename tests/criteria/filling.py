"""Random answer sheets for a checklist, as plain values."""

from decimal import Decimal
from random import Random
from typing import Any

Plain = dict[str, Any]


def random_answers(rng: Random, plain: Plain, mood: str | None = None) -> Plain:
    """An answer sheet for a checklist, as plain values.

    ``mood``: strong (the best answers), complete, limits (on a tier, a target, a veto or half a cent beside it),
    partial (much is not answered), odd (0 ÷ 0, implausible).
    """
    mood = mood or rng.choice(["strong", "complete", "complete", "limits", "limits", "partial", "odd"])
    return Unit(rng, plain, mood).sheet()


class Unit:
    """Fills in one answer sheet."""

    def __init__(self, rng: Random, plain: Plain, mood: str) -> None:
        self.rng = rng
        self.plain = plain
        self.mood = mood

    def silent(self) -> bool:
        return self.rng.random() < {"partial": 0.35, "odd": 0.05, "strong": 0.0}.get(self.mood, 0.02)

    def best(self) -> bool:
        return self.mood == "strong" or self.rng.random() < 0.5

    def sheet(self) -> Plain:
        sheet: Plain = {"facts": {}, "indicators": {}, "prerequisites": {}, "items": {}}
        for key, fact in (self.plain.get("facts") or {}).items():
            if not self.silent():
                sheet["facts"][key] = self.fact(fact)
        for key, row in (self.plain.get("indicators") or {}).items():
            sheet["indicators"][key] = self.measured(key, row)
        for row in self.plain.get("prerequisites") or []:
            if not self.silent():
                sheet["prerequisites"][row["key"]] = self.mood == "strong" or self.rng.random() < 0.85
        for item in all_items(self.plain):
            if not takes_answer(item["score"]):
                continue
            if not self.silent():
                sheet["items"][item["key"]] = self.answer(item["score"], item.get("points"))
            elif self.rng.random() < 0.3:
                sheet["items"][item["key"]] = None
        return sheet

    def fact(self, fact: Plain) -> Any:
        if fact["type"] == "yes_no":
            return self.rng.random() < 0.7
        if fact["type"] == "choice":
            return self.rng.choice(list(fact["options"]))
        return Decimal(self.rng.choice([1, 9, 10, 11, 49, 50, 120, 300]))

    # Measured figures

    def measured(self, key: str, row: Plain) -> Plain:
        value = self.value(key, row)
        given = inputs_for(self.rng, row["formula"], value)
        if self.mood == "odd" and self.rng.random() < 0.5:
            zero = self.rng.choice([["b", "c"], ["a", "b", "c"], ["a", "b", "c"]])
            given |= dict.fromkeys(zero, Decimal(0))
        given = {name: figure for name, figure in given.items() if name in row["inputs"]}
        for name, limits in row["inputs"].items():
            if limits.get("whole"):
                given[name] = given[name].to_integral_value()
        for name, limits in row["inputs"].items():
            if "otherwise" in limits and self.rng.random() < 0.3:
                del given[name]
        if given and self.mood == "partial" and self.rng.random() < 0.3:
            del given[self.rng.choice(list(given))]
        return given

    def value(self, key: str, row: Plain) -> Decimal:
        if self.mood == "odd" and self.rng.random() < 0.3:
            return Decimal(self.rng.choice(["101", "100.004", "100.005", "251", "-3"]))
        limits = _limits(self.plain, key)
        if self.mood == "strong" and limits:
            worse = _falls(self.plain, key)
            return max(Decimal(0), min(limits) - 1) if worse else min(Decimal(100), max(limits) + 1)
        if self.mood == "limits" and limits:
            places = int(row.get("places", 2))
            half = Decimal(5).scaleb(-places - 1)
            beside = self.rng.choice(
                [
                    Decimal(0),
                    Decimal(0),
                    half,
                    -half,
                    half * 2,
                    -half * 2,
                    half * Decimal("0.98"),
                    -half * Decimal("1.02"),
                ]
            )
            return self.rng.choice(limits) + beside
        return Decimal(self.rng.randint(0, 10000)) / 100

    # Items

    def answer(self, score: Any, points: Decimal | None) -> Any:
        """An answer to one way."""
        rng = self.rng
        if score == "yes_no":
            return self.best() or rng.random() < 0.5
        if "choice" in score:
            option = max(score["choice"], key=_highest) if self.best() else rng.choice(score["choice"])
            if isinstance(option["points"], list):
                low, high = option["points"]
                steps = int((high - low) / option["step"])
                picked = high if self.best() else low + option["step"] * rng.randint(0, steps)
                return {"choice": option["key"], "points": picked}
            return option["key"]
        if "parts" in score or "any_of" in score:
            rows = score.get("parts") or score["any_of"]
            answers = {}
            for row in rows:
                if takes_answer(row["score"]) and not self.silent():
                    answers[row["key"]] = self.answer(row["score"], row.get("points", points))
            return answers
        if "deductions" in score:
            found = {}
            for fault in score["deductions"]:
                if "shortfall" in fault or self.mood == "strong" or rng.random() < 0.6:
                    if "shortfall" not in fault and rng.random() < 0.1:
                        found[fault["key"]] = rng.choice([None, 0 if "each" in fault else False])
                    continue
                found[fault["key"]] = self.found(fault)
            return found
        if "of" in score:
            keys = [row["key"] for row in score["of"]]
            return sorted(keys if self.mood == "strong" else rng.sample(keys, rng.randint(0, len(keys))))
        if "judged" in score:
            assert points is not None
            step = score["judged"]["step"]
            most = int(points / step)
            return step * (most if self.best() else rng.randint(0, most))
        return None

    def found(self, fault: Plain) -> Any:
        if fault.get("each"):
            return Decimal(self.rng.choice([0, 1, 1, 2, 3, 9]))
        if isinstance(fault["lose"], list):
            low, high = fault["lose"]
            return low + fault["step"] * self.rng.randint(0, int((high - low) / fault["step"]))
        return self.rng.random() < 0.8


def takes_answer(score: Any) -> bool:
    """A person answers something in it."""
    if score == "yes_no":
        return True
    if "parts" in score or "any_of" in score:
        return any(takes_answer(row["score"]) for row in score.get("parts") or score["any_of"])
    if "deductions" in score:
        return any("shortfall" not in fault for fault in score["deductions"])
    return not ("tiers" in score or "linear" in score or "shortfall" in score)


def all_items(plain: Plain) -> list[Plain]:
    """Items, bonus and penalties."""
    rows = [item for section in plain["sections"] for item in section["items"]]
    return rows + [item for name in ("bonus", "penalties") for item in (plain.get(name) or {}).get("items", [])]


def inputs_for(rng: Random, formula: str, value: Decimal) -> dict[str, Decimal]:
    """Inputs (none below 0) that give about this value; exactly, where the divisor allows it."""
    b = Decimal(rng.choice(["100", "1000", "12500", "80", "3"]))
    c = Decimal(rng.choice(["0", "20", "7.5"]))
    match formula:
        case "a / b * 100" | "min(a / b, 1) * 100":
            a = value * b / 100
        case "a / (b + c) * 100":
            a = value * (b + c) / 100
        case "(a - b) / b * 100":
            a = b + value * b / 100
        case "a / b * 100 - c / b * 100":
            a = value * b / 100 + c
        case "a":
            a = value
        case "max(a, b)":
            a, b = value, min(b, abs(value))
        case "abs(a - b)":
            a = value + b
        case "a + b - c":
            a, b = value, c
        case "a / b":
            a = value * b
        case _:
            a = value
    return {"a": max(Decimal(0), a), "b": b, "c": c}


def _highest(option: Plain) -> Decimal:
    points = option["points"]
    return points[1] if isinstance(points, list) else points  # type: ignore[no-any-return]


def ways_in(score: Any) -> list[Plain]:
    """A way and every way in it."""
    if score == "yes_no":
        return []
    inner = [row["score"] for row in score.get("parts") or score.get("any_of") or []]
    return [score, *(way for row in inner for way in ways_in(row)), *score.get("deductions", [])]


def _limits(plain: Plain, key: str) -> list[Decimal]:
    """The values of an indicator at which something changes."""
    limits = []
    for item in all_items(plain):
        for way in ways_in(item["score"]):
            if way.get("tiers") == key:
                limits += [value for step in way["steps"] for name, value in step.items() if name != "points"]
            elif way.get("linear") == key:
                limits += [way["from"]["value"], way["to"]["value"]]
            elif way.get("shortfall") == key:
                sign = 1 if way.get("direction") == "at_most" else -1
                limits += [way["target"], max(Decimal(0), way["target"] + sign * way["per"])]
    return limits


def _falls(plain: Plain, key: str) -> bool:
    """Less of it is better."""
    for item in all_items(plain):
        for way in ways_in(item["score"]):
            if way.get("tiers") == key:
                return "at_most" in way["steps"][0] or "below" in way["steps"][0]
            if way.get("shortfall") == key:
                return bool(way.get("direction") == "at_most")
            if way.get("linear") == key:
                return bool(
                    (way["to"]["value"] > way["from"]["value"]) != (way["to"]["points"] > way["from"]["points"])
                )
    return False
