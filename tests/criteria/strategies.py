"""Random checklists that use the whole language; their answer sheets are in ``filling``.

Everything comes from one ``random.Random``: print its seed, and the case can be seen again.
"""

import itertools
import json
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

from tests.criteria.filling import Plain, random_answers

__all__ = ["flow", "random_answers", "random_checklist", "to_yaml"]

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


def _parts(score: Any) -> list[Plain]:
    return [] if score == "yes_no" else score.get("parts", [])
