"""A second scorer, written from docs/criteria.md alone: slow, obvious, and on the plain data of the file.

Nothing of the package is imported. Where the two differ, one of them has misread the page.
"""

import ast
import math
import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

import yaml

Plain = dict[str, Any]


# Reading


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Numbers are decimals, only true and false are truth values."""


_Loader.yaml_implicit_resolvers = {}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(|null|~)$"), ["", "n", "~"])
_Loader.add_implicit_resolver("!number", re.compile(r"^[-+]?[0-9]+(\.[0-9]+)?$"), list("-+0123456789"))
_Loader.add_constructor("!number", lambda loader, node: Decimal(node.value))


def load_plain(source: str) -> Plain:
    """The file as dicts, lists, strings, truth values and decimals."""
    plain: Plain = yaml.load(source, _Loader)
    return plain


# Figures


def half_up(value: Fraction, places: int = 2) -> Fraction:
    """Rounded half-up; -0.125 is -0.13 as people round."""
    if value < 0:
        return -half_up(-value, places)
    return Fraction(math.floor(value * 10**places + Fraction(1, 2)), 10**places)


def percent(written: str) -> Fraction:
    """``50%`` as a share."""
    return Fraction(written.removesuffix("%")) / 100


# Expressions


CALLS: dict[str, Any] = {"min": min, "max": max, "abs": abs}


class Unknown(frozenset[str]):
    """Not known, with the names (or ``÷0``) it is because of."""


class NoValue(Exception):
    """A division by zero in a formula."""


class Empty(NoValue):
    """0 ÷ 0."""


def formula_value(formula: str, inputs: dict[str, Fraction]) -> Fraction:
    """The exact value, or why there is none."""
    both: list[Any] = []
    value = _formula(ast.parse(formula, mode="eval").body, inputs, both)
    if NoValue in both:
        raise NoValue
    if Empty in both:
        raise Empty
    assert isinstance(value, Fraction)
    return value


def _formula(node: ast.expr, inputs: dict[str, Fraction], trouble: list[Any]) -> Any:
    match node:
        case ast.Constant(value=value):
            return Fraction(str(value))
        case ast.Name(id=name):
            return inputs[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_formula(operand, inputs, trouble)
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _formula(left, inputs, trouble), _formula(right, inputs, trouble)
            if isinstance(op, ast.Div) and b == 0:
                trouble.append(Empty if a == 0 else NoValue)
                return Fraction(0)
            return _arithmetic(op, a, b)
        case ast.Call(func=ast.Name(id=name), args=args):
            return CALLS[name](*(_formula(a, inputs, trouble) for a in args))
    raise AssertionError(ast.dump(node))


def _arithmetic(op: ast.operator, a: Fraction, b: Fraction) -> Fraction:
    match op:
        case ast.Add():
            return a + b
        case ast.Sub():
            return a - b
        case ast.Mult():
            return a * b
        case ast.Div():
            return a / b
    raise AssertionError(op)


def condition_value(condition: str, names: dict[str, Any]) -> Any:
    """True, false or an ``Unknown``."""
    return _condition(ast.parse(condition.strip(), mode="eval").body, names)


def _condition(node: ast.expr, names: dict[str, Any]) -> Any:
    match node:
        case ast.Constant(value=value):
            return value if isinstance(value, str | bool) else Fraction(str(value))
        case ast.Name(id=name):
            return names[name]
        case ast.BoolOp(op=op, values=values):
            known = [_condition(value, names) for value in values]
            decisive = isinstance(op, ast.Or)
            if any(value is decisive for value in known):
                return decisive
            unknown = [value for value in known if isinstance(value, Unknown)]
            return _because(unknown) if unknown else not decisive
        case ast.UnaryOp(op=op, operand=operand):
            value = _condition(operand, names)
            if isinstance(value, Unknown):
                return value
            return (not value) if isinstance(op, ast.Not) else -value
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _condition(left, names), _condition(right, names)
            if unknown := [value for value in (a, b) if isinstance(value, Unknown)]:
                return _because(unknown)
            return Unknown({"÷0"}) if isinstance(op, ast.Div) and b == 0 else _arithmetic(op, a, b)
        case ast.Compare(left=left, ops=ops, comparators=rights):
            sides = [_condition(side, names) for side in (left, *rights)]
            if unknown := [value for value in sides if isinstance(value, Unknown)]:
                return _because(unknown)
            return all(_compare(op, a, b) for op, a, b in zip(ops, sides, sides[1:], strict=False))
        case ast.Call(func=ast.Name(id=name), args=args):
            arguments = [_condition(a, names) for a in args]
            if unknown := [value for value in arguments if isinstance(value, Unknown)]:
                return _because(unknown)
            return CALLS[name](*arguments)
    raise AssertionError(ast.dump(node))


def _because(unknown: list[Unknown]) -> Unknown:
    return Unknown(frozenset().union(*unknown))


def _compare(op: ast.cmpop, a: Any, b: Any) -> bool:
    match op:
        case ast.Lt():
            return bool(a < b)
        case ast.LtE():
            return bool(a <= b)
        case ast.Gt():
            return bool(a > b)
        case ast.GtE():
            return bool(a >= b)
        case ast.Eq():
            return bool(a == b)
        case ast.NotEq():
            return bool(a != b)
    raise AssertionError(op)


# Ways: (points, state); the state is scored, missing, no_value or not_applicable; or unfilled, a no_value that
# nobody has answered yet: a gate does not close on it

Earned = tuple[Fraction, str]
NOTHING = Fraction(0)


class Scoring:
    """One answer sheet on one checklist."""

    def __init__(self, plain: Plain, answers: Plain) -> None:
        self.plain = plain
        self.answers = answers
        self.names: dict[str, Any] = {}  # what conditions see
        self.values: dict[str, Fraction] = {}
        self.full: set[str] = set()  # indicators of 0 ÷ 0 that count full
        self.away: set[str] = set()  # indicators that do not apply: nothing of them will ever be known
        self.unfilled: set[str] = set()  # indicators with a missing input
        self._facts()
        self._indicators()

    def _facts(self) -> None:
        given = self.answers.get("facts") or {}
        for key, fact in (self.plain.get("facts") or {}).items():
            value = given.get(key)
            if value is None:
                self.names[key] = Unknown({key})
            else:
                self.names[key] = Fraction(value) if fact["type"] == "number" else value

    def _indicators(self) -> None:
        indicators = self.plain.get("indicators") or {}
        for key in indicators:
            self.names[key] = Unknown({key})
        for key, indicator in indicators.items():
            if self.holds(indicator.get("applies_if"), silent=True) is False:
                self.away.add(key)
                continue
            value = self._indicator(key, indicator)
            if value is not None:
                self.names[key] = self.values[key] = value

    def _indicator(self, key: str, indicator: Plain) -> Fraction | None:
        given = (self.answers.get("indicators") or {}).get(key) or {}
        inputs = {}
        for name, row in indicator["inputs"].items():
            value = given.get(name)
            if value is None:
                value = row.get("otherwise")
            if value is None:
                self.unfilled.add(key)
                return None
            inputs[name] = Fraction(value)
        try:
            value = half_up(formula_value(indicator["formula"], inputs), int(indicator.get("places", 2)))
        except Empty:
            if indicator.get("empty", "none") == "full":
                self.full.add(key)
            return None
        except NoValue:
            return None
        low, high = indicator.get("plausible") or (value, value)
        return value if Fraction(low) <= value <= Fraction(high) else None

    def holds(self, condition: str | None, silent: bool) -> Any:
        """What a condition comes to; ``silent`` is what no condition means."""
        if condition is None:
            return silent
        return condition_value(condition, self.names)

    def excused(self, unknown: Unknown) -> bool:
        """Unknown only because indicators that count full are 0 ÷ 0, or do not apply."""
        return unknown <= self.full | self.away

    def applies(self, row: Plain) -> bool:
        return self.holds(row.get("applies_if"), silent=True) is not False

    def valueless(self, indicator: str) -> Earned:
        return NOTHING, "unfilled" if indicator in self.unfilled | self.away else "no_value"

    def earned(self, score: Any, full: Fraction, answer: Any) -> Earned:
        """What one way earns, out of ``full``."""
        if score == "yes_no":
            return (NOTHING, "missing") if answer is None else (full if answer else NOTHING, "scored")
        for name in ("choice", "parts", "deductions", "of", "any_of", "judged"):
            if name in score:
                return getattr(self, f"_{name}")(score, full, answer)  # type: ignore[no-any-return]
        return self._measured(score, full)

    def _choice(self, score: Plain, full: Fraction, answer: Any) -> Earned:
        if answer is None:
            return NOTHING, "missing"
        if isinstance(answer, dict):
            return Fraction(answer["points"]), "scored"
        (option,) = [option for option in score["choice"] if option["key"] == answer]
        return Fraction(option["points"]), "scored"

    def _judged(self, score: Plain, full: Fraction, answer: Any) -> Earned:
        return (NOTHING, "missing") if answer is None else (Fraction(answer), "scored")

    def _of(self, score: Plain, full: Fraction, answer: Any) -> Earned:
        if answer is None:
            return NOTHING, "missing"
        met, needed = len(set(answer)), int(score["at_least"])
        if met >= needed:
            return full, "scored"
        return (full * met / needed if score.get("short") == "proportional" else NOTHING), "scored"

    def _parts(self, score: Plain, full: Fraction, answer: Any) -> Earned:
        answer = answer or {}
        earned, reachable, states = NOTHING, NOTHING, set()
        for part in score["parts"]:
            worth = Fraction(part["points"])
            points, state = self.earned(part["score"], worth, answer.get(part["key"]))
            if not self.applies(part) or state == "not_applicable":
                continue
            earned, reachable = earned + points, reachable + worth
            states.add(state)
        if not states:
            return NOTHING, "not_applicable"
        cap = Fraction(score["cap"]) if "cap" in score else reachable
        earned, reachable = min(earned, cap), min(reachable, cap)
        most = self.best(score, full)
        if reachable < most:
            earned = earned * most / reachable
        return earned, _together(states)

    def _any_of(self, score: Plain, full: Fraction, answer: Any) -> Earned:
        answer = answer or {}
        all_earned = [self.earned(way["score"], full, answer.get(way["key"])) for way in score["any_of"]]
        all_earned = [(points, state) for points, state in all_earned if state != "not_applicable"]
        if not all_earned:
            return NOTHING, "not_applicable"
        return max(points for points, _ in all_earned), _together({state for _, state in all_earned})

    def _deductions(self, score: Plain, full: Fraction, answer: Any) -> Earned:
        faults = score["deductions"]
        if answer is None:
            if not all("shortfall" in fault for fault in faults):
                return NOTHING, "missing"
            answer = {}
        lost = NOTHING
        for fault in faults:
            if not self.applies(fault):
                continue
            if "shortfall" in fault:
                if fault["shortfall"] in self.full | self.away:
                    continue
                if fault["shortfall"] not in self.values:
                    return self.valueless(fault["shortfall"])
                loss = self._lost(fault)
                lost += min(loss, Fraction(fault["most"])) if "most" in fault else loss
            elif found := answer.get(fault["key"]):
                lost += full if fault["lose"] == "all" else _loss(fault, found)
        return max(NOTHING, full - lost), "scored"

    def _measured(self, score: Plain, full: Fraction) -> Earned:
        indicator = score.get("tiers") or score.get("linear") or score["shortfall"]
        if indicator in self.full:
            return self.best(score, full), "scored"
        if indicator not in self.values:
            return self.valueless(indicator)
        value = self.values[indicator]
        if "shortfall" in score:
            return max(NOTHING, full - self._lost(score)), "scored"
        if "linear" in score:
            start, end = score["from"], score["to"]
            a, p, b, q = (Fraction(x) for x in (start["value"], start["points"], end["value"], end["points"]))
            way = min(Fraction(1), max(NOTHING, (value - a) / (b - a)))
            return p + way * (q - p), "scored"
        for step in score["steps"]:
            if (
                ("at_least" in step and value >= Fraction(step["at_least"]))
                or ("above" in step and value > Fraction(step["above"]))
                or ("at_most" in step and value <= Fraction(step["at_most"]))
                or ("below" in step and value < Fraction(step["below"]))
            ):
                return Fraction(step["points"]), "scored"
        return Fraction(score.get("otherwise", 0)), "scored"

    def _lost(self, row: Plain) -> Fraction:
        """What a shortfall takes."""
        gap = Fraction(row["target"]) - self.values[row["shortfall"]]
        if row.get("direction", "at_least") == "at_most":
            gap = -gap
        steps = max(NOTHING, gap) / Fraction(row["per"])
        if row["part"] == "full":
            steps = Fraction(math.floor(steps))
        elif row["part"] == "started":
            steps = Fraction(math.ceil(steps))
        return steps * Fraction(row["lose"])

    def best(self, score: Any, full: Fraction) -> Fraction:
        """The most a way can earn."""
        if "tiers" in score:
            return Fraction(score["steps"][0]["points"])
        if "linear" in score:
            return max(Fraction(score[end]["points"]) for end in ("from", "to"))
        if "parts" in score:
            total = sum((Fraction(part["points"]) for part in score["parts"]), NOTHING)
            return min(total, Fraction(score.get("cap", total)))
        return full


def _loss(fault: Plain, found: Any) -> Fraction:
    if isinstance(fault["lose"], list):
        return Fraction(found)
    if not fault.get("each"):
        return Fraction(fault["lose"])
    loss = int(found) * Fraction(fault["lose"])
    return min(loss, Fraction(fault["most"])) if "most" in fault else loss


def _together(states: set[str]) -> str:
    """Answered as far as anything in it is."""
    return next(state for state in ("scored", "missing", "unfilled", "no_value") if state in states)


# The sheet


def naive_score(plain: Plain, answers: Plain) -> Plain:
    """Every figure of an answer sheet."""
    scoring = Scoring(plain, answers)
    given = answers.get("items") or {}
    barred, gates = _prerequisites(scoring), False
    items: dict[str, Plain] = {}

    def scored(item: Plain, kind: str) -> None:
        nonlocal gates
        key, full = item["key"], Fraction(item.get("points", 0))
        if kind == "penalty":
            points, state = _penalty(scoring, item, given.get(key))
        else:
            points, state = scoring.earned(item["score"], full, given.get(key))
        if not scoring.applies(item) or state == "not_applicable":
            counts = full if kind == "item" and item.get("not_applicable") == "full" else NOTHING
            items[key] = {"points": counts, "possible": counts, "state": "not_applicable"}
            return
        points = half_up(points)
        items[key] = {"points": points, "possible": full, "state": "no_value" if state == "unfilled" else state}
        veto = scoring.holds(item.get("veto_if"), silent=False)
        if veto is True or (isinstance(veto, Unknown) and not scoring.excused(veto)):
            barred.append(key)
        if item.get("required") and points == 0:
            barred.append(key)
        if item.get("gate") and points == 0 and state in ("scored", "no_value"):
            gates = True

    for section in plain["sections"]:
        for item in section["items"]:
            scored(item, "item")
    for item in (plain.get("bonus") or {}).get("items", []):
        scored(item, "bonus")
    for item in (plain.get("penalties") or {}).get("items", []):
        scored(item, "penalty")

    lowest = plain["levels"][-1].get("floor")
    sections = {section["key"]: _section(section, items, lowest) for section in plain["sections"]}
    scale = sum((Fraction(section["points"]) for section in plain["sections"]), NOTHING)
    could = sum((section["possible"] for section in sections.values()), NOTHING)
    total = sum((section["points"] for section in sections.values()), NOTHING)
    if 0 < could < scale:
        total = half_up(total * scale / could)
    base = total
    bonus = NOTHING
    if plain.get("bonus"):
        bonus = sum((items[item["key"]]["points"] for item in plain["bonus"]["items"]), NOTHING)
        bonus = min(bonus, Fraction(plain["bonus"]["cap"]))
    taken = (items[item["key"]]["points"] for item in (plain.get("penalties") or {}).get("items", []))
    penalties = sum(taken, NOTHING)
    total = max(NOTHING, total + bonus + penalties)
    if plain.get("total_cap") is not None:
        total = min(total, Fraction(plain["total_cap"]))
    if gates:
        total = NOTHING
    level = next((level for level in plain["levels"] if _reached(level, plain, total, sections, items)), None)
    return {
        "total": total,
        "possible": scale,
        "base": base,
        "level": level["key"] if level and not barred else None,
        "barred": bool(barred),
        "gates": gates,
        "sections": sections,
        "items": items,
        "bonus": bonus,
        "penalties": -penalties,
    }


def _prerequisites(scoring: Scoring) -> list[str]:
    """The prerequisites that fail or cannot be told."""
    barred = []
    given = scoring.answers.get("prerequisites") or {}
    for row in scoring.plain.get("prerequisites") or []:
        if not scoring.applies(row):
            continue
        fails = scoring.holds(row.get("unless"), silent=False)
        unclear = isinstance(fails, Unknown) and not scoring.excused(fails)
        if given.get(row["key"]) is not True or fails is True or unclear:
            barred.append(row["key"])
    return barred


def _penalty(scoring: Scoring, item: Plain, answer: Any) -> Earned:
    if answer is None:
        return NOTHING, "missing"
    lost = NOTHING
    for fault in item["score"]["deductions"]:
        found = answer.get(fault["key"])
        if found and scoring.applies(fault):
            lost += _loss(fault, found)
    return -lost, "scored"


def _section(section: Plain, items: dict[str, Plain], lowest: str | None) -> Plain:
    """``floor``: whether the section reaches what every level asks of it."""
    points = possible = applying = NOTHING
    for item in section["items"]:
        result, full = items[item["key"]], Fraction(item["points"])
        out = result["state"] == "not_applicable"
        mode = item.get("not_applicable", "section")
        points += result["points"]
        if not out or mode == "full":
            applying += full
        if not out or mode != "total":
            possible += full
    if applying == 0:
        return {"points": NOTHING, "possible": NOTHING, "full": Fraction(section["points"]), "floor": None}
    if applying < possible:
        points = half_up(points * possible / applying)
    floors = [percent(floor) for floor in (section.get("floor"), lowest) if floor is not None]
    floor = points >= max(floors) * possible if floors else None
    return {"points": points, "possible": possible, "full": Fraction(section["points"]), "floor": floor}


def _reached(level: Plain, plain: Plain, total: Fraction, sections: Plain, items: Plain) -> bool:
    if total < Fraction(level["total"]):
        return False
    for section in plain["sections"]:
        for floor in (section.get("floor"), level.get("floor")):
            result = sections[section["key"]]
            if floor is not None and result["possible"] and result["points"] < percent(floor) * result["possible"]:
                return False
    worth = {item["key"]: Fraction(item["points"]) for section in plain["sections"] for item in section["items"]}
    worth |= {item["key"]: Fraction(item["points"]) for item in (plain.get("bonus") or {}).get("items", [])}
    for each in _several(level.get("each")):
        for row in _named(each, sections, items):
            if row["possible"] and row["points"] < percent(each["at_least"]) * row["possible"]:
                return False
    for zeros in _several(level.get("zeros")):
        rows = [row for row in _named(zeros, sections, items) if row["possible"] and row["points"] == 0]
        if len(rows) > int(zeros["at_most"]):
            return False
    for named in _several(level.get("sum")):
        rows = _named(named, sections, items)
        full = sum((worth[key] for key in named.get("items") or []), NOTHING)
        full += sum((sections[key]["full"] for key in named.get("sections") or []), NOTHING)
        earned = sum((row["points"] for row in rows), NOTHING)
        could = sum((row["possible"] for row in rows), NOTHING)
        if could and earned * full < Fraction(named["at_least"]) * could:
            return False
    return True


def _several(asked: Any) -> list[Plain]:
    if asked is None:
        return []
    return asked if isinstance(asked, list) else [asked]


def _named(asked: Plain, sections: Plain, items: Plain) -> list[Plain]:
    return [items[key] for key in asked.get("items") or []] + [sections[key] for key in asked.get("sections") or []]
