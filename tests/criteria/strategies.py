"""Random checklists that use the whole language, and random answer sheets for them.

Everything comes from one ``random.Random``: print its seed, and the case can be seen again.
"""

import itertools
import json
import re
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from random import Random
from typing import Any

Plain = dict[str, Any]

# A formula, its unit, and how its inputs follow from the value it shall have. Inputs are a, b, c.
FORMULAS = {
    "a / b * 100": "%",
    "a / (b + c) * 100": "%",
    "min(a / b, 1) * 100": "%",
    "(a - b) / b * 100": "%",
    "a / b * 100 - c / b * 100": "%",
    "a": "t",
    "max(a, b)": "t",
    "abs(a - b)": "t",
    "a + b - c": "t",
    "a / b": "t/人",
}
GRIDS = tuple(Decimal(g) for g in ("1", "1", "1", "0.5", "0.5", "0.25", "0.1", "0.01"))
CHECKS = ("records", "site", "interview", "survey", "sample")
PERIODS: tuple[Any, ...] = (
    "calendar_year",
    "at_application",
    {"first": -3, "last": -1},
    {"first": -4, "last": -1},
    {"first": -3, "last": 0},
    {"first": -2, "last": -2},
)
CONDITIONS = ("<", "<=", ">", ">=", "==", "!=")


# Writing


def to_yaml(plain: Any) -> str:
    """The file: one line for each row, as an author would keep it."""
    return "".join(f"{line}\n" for line in _block(plain, 0))


def _block(node: Plain, depth: int) -> list[str]:
    pad = "  " * depth
    lines = []
    for key, value in node.items():
        if key in ("facts", "indicators", "bonus", "penalties"):
            lines += [f"{pad}{key}:", *_block(value, depth + 1)]
        elif key in ("sections", "prerequisites", "levels", "items") and isinstance(value[0], dict):
            lines.append(f"{pad}{key}:")
            for row in value:
                first, *rest = _block(row, depth + 2)
                lines += [f"{pad}  - {first.strip()}", *rest]
        else:
            lines.append(f"{pad}{key}: {flow(value)}")
    return lines


def flow(node: Any) -> str:
    """One value on one line."""
    if isinstance(node, dict):
        return "{" + ", ".join(f"{key}: {flow(value)}" for key, value in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(flow(value) for value in node) + "]"
    if isinstance(node, bool):
        return "true" if node else "false"
    if node is None:
        return ""
    if isinstance(node, str):
        return json.dumps(node, ensure_ascii=False)
    return format(node, "f") if isinstance(node, Decimal) else str(node)


# Checklists


class Author:
    """Writes one checklist."""

    def __init__(self, rng: Random, scale: int) -> None:
        self.rng = rng
        self.scale = scale
        self.used: set[str] = set()
        self.count = 0
        self.facts: Plain = {}
        self.indicators: Plain = {}
        self.rising: dict[str, bool] = {}  # which way an indicator is better
        self.strict: set[str] = set()  # indicators with an applies_if of their own
        self.narrow: set[str] = set()  # of these, the ones the item in hand is scored by

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def key(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def text(self, stem: str) -> Any:
        self.count += 1
        if self.chance(0.15):
            return {"zh": f"{stem}{self.count}", "en": f"{stem} {self.count}"}
        return self.rng.choice(
            [
                f"{stem}{self.count}",
                f"{stem}{self.count}，做到：“一致”，见#{self.count}",
                f"{stem}{self.count}（台账、照片）",
            ]
        )

    def checklist(self) -> Plain:
        self.write_facts()
        self.write_indicators()
        sections = [self.section() for _ in range(self.rng.randint(1, 2 + self.scale))]
        points = sum((section["points"] for section in sections), Decimal(0))
        file: Plain = {
            "category": "factory",
            "edition": "2026.1",
            "title": self.text("清单"),
        }
        if self.chance(0.3):
            file["points"] = points
        file["model"] = self.chance(0.5)
        file["lead"] = "industry"
        file["who"] = [self.text("申报单位") for _ in range(self.rng.randint(0, 2))]
        file["basis"] = [self.text("方案") for _ in range(self.rng.randint(0, 2))]
        file["facts"] = self.facts
        file["indicators"] = self.indicators
        prerequisites = [self.prerequisite(sections) for _ in range(self.rng.randint(0, 2))]
        file["prerequisites"] = prerequisites
        file["sections"] = sections
        if self.chance(0.5):
            items = [self.item("bonus") for _ in range(self.rng.randint(1, 2))]
            most = sum((item["points"] for item in items), Decimal(0))
            file["bonus"] = {"cap": self.some(most) if self.chance(0.7) else most, "items": items}
        if self.chance(0.5):
            file["penalties"] = {"items": [self.item("penalty") for _ in range(self.rng.randint(1, 2))]}
        if self.chance(0.3):
            file["total_cap"] = points + (self.some(file["bonus"]["cap"]) if "bonus" in file else 0)
        file["levels"] = self.levels(file, points)
        return {key: value for key, value in file.items() if value not in ({}, [])}

    # Facts and indicators

    def write_facts(self) -> None:
        for _ in range(self.rng.randint(1, 3)):
            row: Plain = {"ask": self.text("是否"), "type": self.rng.choice(["yes_no", "yes_no", "choice", "number"])}
            if row["type"] == "choice":
                row["options"] = {f"o{n}": self.text("选项") for n in range(1, self.rng.randint(3, 5))}
            elif row["type"] == "number":
                row["unit"] = "人"
                if self.chance(0.6):
                    row["at_least"] = Decimal(1)
                if self.chance(0.3):
                    row["at_most"] = Decimal(1000)
                if self.chance(0.4):
                    row["whole"] = True
            if self.chance(0.2):
                row["help"] = self.text("说明")
            self.facts[self.key("fact")] = row

    def write_indicators(self) -> None:
        for _ in range(self.rng.randint(1, 3)):
            formula = self.rng.choice(list(FORMULAS))
            row: Plain = {"name": self.text("指标"), "unit": FORMULAS[formula], "period": self.rng.choice(PERIODS)}
            inputs: Plain = {}
            for name in "abc":
                if name not in formula.replace("abs", "").replace("max", ""):
                    continue
                given: Plain = {"name": self.text("数量"), "unit": "人" if formula == "a / b" and name == "b" else "t"}
                if self.chance(0.2):
                    given["otherwise"] = Decimal(self.rng.choice(["0", "0", "12.5"]))
                if self.chance(0.15):
                    given["at_most"] = Decimal(10000000)
                if isinstance(row["period"], dict) and self.chance(0.5):
                    given["year"] = Decimal(self.rng.randint(int(row["period"]["first"]), int(row["period"]["last"])))
                if given["unit"] == "人" and "otherwise" not in given and self.chance(0.5):
                    given["whole"] = True
                inputs[name] = given
            row["inputs"], row["formula"] = inputs, formula
            if self.chance(0.5):
                row["plausible"] = [Decimal(0), Decimal(100)] if row["unit"] == "%" else [Decimal(0), Decimal("250.5")]
            if self.chance(0.5):
                row["places"] = Decimal(self.rng.randint(0, 4))
            if "/" in formula and self.chance(0.3):
                row["empty"] = self.rng.choice(["full", "full", "none"])
            key = self.key("rate")
            if self.chance(0.15):
                row["applies_if"] = self.condition(indicators=False)
                self.strict.add(key)
            self.indicators[key] = row
            self.rising[key] = self.chance(0.6)

    def condition(self, indicators: bool = True, depth: int = 0) -> str:
        """Something over facts and indicators."""
        if depth < 2 and self.chance(0.3):
            left, right = self.condition(indicators, depth + 1), self.condition(indicators, depth + 1)
            return self.rng.choice([f"({left}) and ({right})", f"({left}) or ({right})", f"not ({left})"])
        if indicators and self.chance(0.3):
            key, other, limit = *self.rng.choices(list(self.indicators), k=2), self.limit()
            if self.chance(0.75):
                return f"{key} {self.rng.choice(CONDITIONS)} {limit}"
            return self.rng.choice(
                [
                    f"{limit} / {key} > 1.5",
                    f"{key} / {other} >= 0.5",
                    f"{key} - {other} > {limit}",
                    f"abs({key} - 50) < {limit}",
                    f"min({key}, {other}, 90) > {limit}",
                    f"10 < {key} <= {limit}",
                    f"-{key} * 2 < -{limit}",
                ]
            )
        key = self.rng.choice(list(self.facts))
        match self.facts[key]:
            case {"type": "yes_no"}:
                return key
            case {"type": "choice", "options": options}:
                return f"{key} {self.rng.choice(['==', '!='])} '{self.rng.choice(list(options))}'"
        number = self.rng.choice([10, 50, 120])
        return self.rng.choice(
            [f"{key} {self.rng.choice(CONDITIONS)} {number}", f"{key} / 2 + 1 > {number}", f"max({key}, 20) < {number}"]
        )

    def veto(self) -> str:
        """Mostly a limit of an indicator, on its worse side."""
        if self.chance(0.2):
            return self.condition()
        key = self.rng.choice(list(self.indicators))
        low = Decimal(self.rng.choice(["10", "20", "5.5"]))
        return f"{key} < {low}" if self.rising[key] else f"{key} > {100 - low}"

    def limit(self) -> Decimal:
        return Decimal(self.rng.choice(["0", "10", "33.33", "40", "50", "62.5", "75", "80", "90", "99.5"]))

    # Items

    def some(self, most: Decimal, grid: Decimal = Decimal("0.01")) -> Decimal:
        """A part of ``most`` that is more than nothing."""
        grid = min(grid, most)
        steps = int(most / grid)
        return grid * self.rng.randint(max(1, steps // 4), steps)

    def split(self, points: Decimal, count: int, grid: Decimal) -> list[Decimal]:
        """``points`` in so many shares, none of them nothing."""
        if points < count * grid:
            grid = Decimal("0.01")
        units = int(points / grid)
        cuts = sorted(self.rng.sample(range(1, units), count - 1)) if units > count else list(range(1, units))
        edges = [0, *cuts, units]
        shares = [grid * (b - a) for a, b in itertools.pairwise(edges)]
        shares[-1] += points - sum(shares)
        return shares

    def section(self) -> Plain:
        items = [self.item("item") for _ in range(self.rng.randint(1, 2 + self.scale))]
        row: Plain = {"key": self.key("section"), "title": self.text("部分")}
        row["points"] = sum((item["points"] for item in items), Decimal(0))
        if self.chance(0.4):
            row["floor"] = self.percent()
        row["items"] = items
        return row

    def percent(self) -> str:
        return self.rng.choice(["20%", "50%", "50%", "60%", "33.3%", "85%", "12.5%", "100%"])

    def item(self, kind: str) -> Plain:
        row: Plain = {"key": self.key("item"), "text": self.text("要求")}
        if kind == "penalty":
            row["score"] = {"deductions": self.faults(None, Decimal("0.5"), set())}
        else:
            grid = self.rng.choice(GRIDS)
            row["points"] = grid * self.rng.randint(1, 40 if grid < 1 else 15)
            self.narrow = set()
            row["score"] = self.way(row["points"], grid, 0)
        leaves = self.chance(0.35)
        if leaves or (kind != "penalty" and self.narrow):
            row["applies_if"] = self.condition()
        if kind == "item":
            leaves = "applies_if" in row or any("applies_if" in part for part in _parts(row["score"]))
            if leaves and self.chance(0.8):
                row["not_applicable"] = self.rng.choice(["section", "total", "full"])
            if self.chance(0.12):
                row["required"] = True
            elif self.chance(0.06):
                row["gate"] = True
        if self.chance(0.15):
            row["veto_if"] = self.veto()
        return row | self.particulars()

    def particulars(self) -> Plain:
        row: Plain = {}
        if self.chance(0.3):
            row["evidence"] = [self.text("材料") for _ in range(self.rng.randint(1, 2))]
        if self.chance(0.3):
            row["check"] = sorted(self.rng.sample(CHECKS, self.rng.randint(1, 2)))
        if self.chance(0.1):
            row["sample"] = {"size": Decimal(self.rng.randint(2, 10)), "of": self.text("投放点")}
        if self.chance(0.1):
            row["help"] = self.text("说明")
        if self.chance(0.2):
            row["basis"] = [self.text("方案")]
        if self.chance(0.15):
            row["period"] = self.rng.choice([p for p in PERIODS if p != "at_application"])
        return row

    def prerequisite(self, sections: list[Plain]) -> Plain:
        row: Plain = {"key": self.key("veto"), "text": self.text("守法")}
        if self.chance(0.4):
            row["unless"] = self.veto()
        if self.chance(0.3):
            row["applies_if"] = self.condition()
        if self.chance(0.2):
            row["text"], row["period"] = f"近三年没有违法{self.count}", {"first": Decimal(-3), "last": Decimal(0)}
        if self.chance(0.3):
            row["section"] = self.rng.choice(sections)["key"]
        if self.chance(0.3):
            row["check"] = ["records"]
        return row

    # Ways

    def way(self, points: Decimal, grid: Decimal, depth: int, less: bool = False) -> Any:
        """A way to earn ``points``; ``less``: it may be one that earns less."""
        plain = [self.yes_no, self.choice, self.tiers, self.linear, self.shortfall, self.deductions]
        plain += [self.some_of, self.judged, self.choice, self.deductions]
        nested = [self.parts, self.parts, self.any_of] if depth < 3 else []
        way = self.rng.choice(nested if nested and self.chance(0.35 if depth == 0 else 0.2) else plain)
        if less and way in (self.choice, self.tiers, self.linear) and points > grid:
            points = self.some(points, grid)
        return way(points, grid, depth)

    def yes_no(self, points: Decimal, grid: Decimal, depth: int) -> Any:
        return "yes_no"

    def choice(self, points: Decimal, grid: Decimal, depth: int) -> Any:
        options: list[Plain] = []
        left, whole = points, True
        for _ in range(self.rng.randint(1, 3)):
            if left <= 0:
                break
            if left >= 3 * grid and self.chance(0.4):
                steps = self.rng.randint(1, max(1, int(left / grid) // 2))
                row: Plain = {"points": [left - steps * grid, left], "step": grid}
                left -= (steps + 1) * grid
            else:
                row = {"points": left}
                left = left - self.some(left, grid)
            options.append({"key": f"o{len(options) + 1}", "label": self.text("程度")} | row)
            whole = False
        assert not whole
        if options[-1]["points"] != 0:
            options.append({"key": "none", "label": self.text("不符合"), "points": Decimal(0)})
        return {"choice": options}

    def parts(self, points: Decimal, grid: Decimal, depth: int) -> Any:
        most, cap = points, None
        if self.chance(0.3):
            cap = points
            most = points + grid * self.rng.randint(1, 6)
        shares = self.split(most, self.rng.randint(2, 4), grid)
        parts = []
        for share in shares:
            part: Plain = {"key": self.key("part"), "text": self.text("分项")}
            part |= {"points": share, "score": self.way(share, min(grid, share), depth + 1)}
            if self.chance(0.25):
                part["applies_if"] = self.condition()
            parts.append(part)
        return {"parts": parts} | ({} if cap is None else {"cap": cap})

    def indicator(self) -> tuple[str, bool]:
        """One to score by, and whether more is better."""
        key = self.rng.choice(list(self.indicators))
        if key in self.strict:
            self.narrow.add(key)
        return key, self.rising[key] if self.chance(0.93) else not self.rising[key]

    def marks(self, count: int, falling: bool) -> list[Decimal]:
        values = ["0.5", "5", "10", "20", "33.33", "40", "50", "60", "66.67", "70", "80", "85.5", "90", "95"]
        return sorted((Decimal(v) for v in self.rng.sample(values, count)), reverse=falling)

    def tiers(self, points: Decimal, grid: Decimal, depth: int) -> Any:
        key, rising = self.indicator()
        shares = self.split(points, self.rng.randint(1, 4), grid)
        otherwise = shares.pop() if len(shares) > 1 and self.chance(0.3) else Decimal(0)
        words = ("at_least", "above") if rising else ("at_most", "below")
        steps, left = [], points
        for limit, share in zip(self.marks(len(shares), rising), shares, strict=True):
            steps.append({self.rng.choice(words): limit, "points": left})
            left -= share
        return {"tiers": key, "steps": steps} | ({"otherwise": otherwise} if otherwise else {})

    def linear(self, points: Decimal, grid: Decimal, depth: int) -> Any:
        key, rising = self.indicator()
        low, high = self.marks(2, falling=not rising)
        worst = Decimal(0) if self.chance(0.7) else points - self.some(points, grid)
        ends = [{"value": low, "points": worst}, {"value": high, "points": points}]
        if self.chance(0.2):
            ends.reverse()
        return {"linear": key, "from": ends[0], "to": ends[1]}

    def miss(self, points: Decimal, grid: Decimal) -> Plain:
        key, rising = self.indicator()
        row: Plain = {"shortfall": key, "target": self.marks(1, falling=False)[0], "lose": self.some(points, grid)}
        row["per"] = Decimal(self.rng.choice(["1", "5", "10", "0.5", "7.5", "3"]))
        row["part"] = self.rng.choice(["full", "started", "proportional"])
        if not rising:
            row["direction"] = "at_most"
        elif self.chance(0.2):
            row["direction"] = "at_least"
        return row

    def shortfall(self, points: Decimal, grid: Decimal, depth: int) -> Any:
        return self.miss(points, grid)

    def deductions(self, points: Decimal, grid: Decimal, depth: int) -> Any:
        return {"deductions": self.faults(points, grid, {"measured", "all"})}

    def faults(self, points: Decimal | None, grid: Decimal, more: set[str]) -> list[Plain]:
        faults = []
        most = points if points is not None else Decimal(25)
        for _ in range(self.rng.randint(1, 4)):
            row: Plain = {"key": self.key("fault"), "text": self.text("问题")}
            kind = self.rng.choice(sorted({"once", "each", "range"} | more))
            if kind == "range" and most < 2 * grid:
                kind = "once"
            if kind == "once":
                row["lose"] = self.some(most, grid)
            elif kind == "each":
                row |= {"lose": self.some(most, grid), "each": True}
                if self.chance(0.5) and row["lose"] < most:
                    row["most"] = row["lose"] + self.some(most - row["lose"], grid)
            elif kind == "range":
                low = self.some(most - grid, grid)
                row |= {"lose": [low, low + grid * self.rng.randint(1, int((most - low) / grid))], "step": grid}
            elif kind == "all":
                row["lose"] = "all"
            else:
                row |= self.miss(most, grid)
                if self.chance(0.5):
                    row["most"] = max(row["lose"], self.some(most, grid))
            if self.chance(0.2):
                row["applies_if"] = self.condition()
            faults.append(row)
        return faults

    def some_of(self, points: Decimal, grid: Decimal, depth: int) -> Any:
        of = [{"key": self.key("met"), "text": self.text("做到")} for _ in range(self.rng.randint(2, 5))]
        row: Plain = {"at_least": Decimal(self.rng.randint(1, len(of))), "of": of}
        if self.chance(0.5):
            row["short"] = "proportional"
        return row

    def any_of(self, points: Decimal, grid: Decimal, depth: int) -> Any:
        count = self.rng.randint(2, 3)
        ways = []
        for n in range(count):
            row = {"key": self.key("way"), "text": self.text("办法")}
            row["score"] = self.way(points, grid, depth + 1, less=n > 0)
            ways.append(row)
        self.rng.shuffle(ways)
        return {"any_of": ways}

    def judged(self, points: Decimal, grid: Decimal, depth: int) -> Any:
        return {"judged": {"step": grid}} if points % grid == 0 else {"judged": {"step": Decimal("0.01")}}

    # Levels

    def levels(self, file: Plain, points: Decimal) -> list[Plain]:
        reach = min(points + file.get("bonus", {}).get("cap", 0), file.get("total_cap", 10**9))
        count = self.rng.randint(1, 3)
        shares = sorted((Decimal(s) for s in self.rng.sample(range(5, 98), count)), reverse=True)
        rows: list[Plain] = []
        for share in shares:
            total = (reach * share / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
            if total <= 0 or (rows and total >= rows[-1]["total"]):
                continue
            row: Plain = {"key": self.key("level"), "name": self.text("等级"), "total": total}
            if self.chance(0.3):
                row["floor"] = self.percent()
            for name, ask in (("each", self.each), ("zeros", self.zeros), ("sum", self.sum)):
                if self.chance(0.25):
                    asked = [ask(file) for _ in range(self.rng.randint(1, 2))]
                    row[name] = asked if len(asked) > 1 or self.chance(0.3) else asked[0]
            rows.append(row)
        return rows or [{"key": "met", "name": "合格", "total": Decimal("0.01")}]

    def named(self, file: Plain, sections: bool) -> Plain:
        if sections and self.chance(0.4):
            rows = file["sections"]
            named = {"sections": [row["key"] for row in self.rng.sample(rows, self.rng.randint(1, len(rows)))]}
            return named if self.chance(0.8) else named | self.named(file, sections=False)
        rows = [item for section in file["sections"] for item in section["items"]]
        return {"items": [row["key"] for row in self.rng.sample(rows, self.rng.randint(1, min(4, len(rows))))]}

    def each(self, file: Plain) -> Plain:
        return self.named(file, sections=True) | {"at_least": self.percent()}

    def zeros(self, file: Plain) -> Plain:
        named = self.named(file, sections=False)
        return named | {"at_most": Decimal(self.rng.randint(0, len(named["items"]) - 1))}

    def sum(self, file: Plain) -> Plain:
        named = self.named(file, sections=True)
        rows = [*file["sections"], *(item for section in file["sections"] for item in section["items"])]
        keys = named.get("items", []) + named.get("sections", [])
        most = sum((row["points"] for row in rows if row["key"] in keys), Decimal(0))
        return named | {"at_least": self.some(most)}


def random_checklist(rng: Random, scale: int = 1) -> str:
    """A checklist as YAML text that ``read_checklist`` takes; ``scale`` makes it longer."""
    return to_yaml(Author(rng, scale).checklist())


# Answers


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


def _parts(score: Any) -> list[Plain]:
    return [] if score == "yes_no" else score.get("parts", [])


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


def _ways(score: Any) -> list[Plain]:
    """A way and every way in it."""
    if score == "yes_no":
        return []
    inner = [row["score"] for row in score.get("parts") or score.get("any_of") or []]
    return [score, *(way for row in inner for way in _ways(row)), *score.get("deductions", [])]


def _limits(plain: Plain, key: str) -> list[Decimal]:
    """The values of an indicator at which something changes."""
    limits = []
    for item in all_items(plain):
        for way in _ways(item["score"]):
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
        for way in _ways(item["score"]):
            if way.get("tiers") == key:
                return "at_most" in way["steps"][0] or "below" in way["steps"][0]
            if way.get("shortfall") == key:
                return bool(way.get("direction") == "at_most")
            if way.get("linear") == key:
                return bool(
                    (way["to"]["value"] > way["from"]["value"]) != (way["to"]["points"] > way["from"]["points"])
                )
    return False


# Better answers


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
        for way in _ways(item["score"]):
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
