"""The plan's numeric targets (``criteria/plan.yaml``)."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal, cast

from cellcert.criteria.fields import Fields, repeated
from cellcert.criteria.marked import Scalar, Table
from cellcert.criteria.reader import read_fields, read_source
from cellcert.criteria.reporting import EVERY, Every
from cellcert.criteria.text import BLANK, Text

WORDS = ("rising", "kept")
PlanValue = Decimal | Literal["rising", "kept"]


@dataclass(frozen=True, slots=True)
class PlanTarget:
    """One figure the plan promises; ``values`` by year, a word where the plan gives none.

    ``every``: how often it is reported, where not as all others; ``counted``: this program counts it itself;
    ``bounds``: what a value cannot lie outside of.
    """

    key: str
    name: Text
    unit: Text
    direction: Literal["at_least", "at_most", "about"]
    values: dict[int, PlanValue]
    departments: tuple[str, ...]
    paragraph: str
    note: Text | None = None
    every: Every | None = None
    counted: bool = False
    bounds: tuple[Decimal, Decimal] | None = None

    @property
    def lead(self) -> str:
        """The department that answers for it: the first named."""
        return self.departments[0]


@dataclass(frozen=True, slots=True)
class Plan:
    targets: tuple[PlanTarget, ...]

    def target(self, key: str) -> PlanTarget:
        return next(target for target in self.targets if target.key == key)


def read_plan(path: Path, departments: Collection[str] | None = None) -> Plan:
    """The plan in ``path``; raises ``CriteriaFaults`` with every fault at once."""
    fields = read_fields(read_source(path), path.name)
    targets = tuple(_target(row, departments) for row in fields.rows("targets", required=True))
    for twice in repeated(target.key for target in targets):
        fields.fault("targets", f"key“{twice}”重复使用，请改名", f"the key “{twice}” is used twice; rename one")
    fields.done()
    fields.faults.raise_any()
    return Plan(targets)


def _target(row: Fields, departments: Collection[str] | None) -> PlanTarget:
    named = tuple(str(text) for text in row.texts("departments"))
    for key in named:
        if departments is not None and key not in departments:
            row.fault("departments", f"programme.yaml 里没有部门“{key}”", f"programme.yaml has no department “{key}”")
    read = PlanTarget(
        key=row.key(),
        name=row.text("name", required=True) or BLANK,
        unit=row.text("unit", required=True) or BLANK,
        direction=cast(
            "Literal['at_least', 'at_most', 'about']",
            row.one_of("direction", ("at_least", "at_most", "about"), required=True, otherwise="at_least"),
        ),
        values=_values(row),
        departments=named,
        paragraph=row.word("paragraph", required=True),
        note=row.text("note"),
        every=cast("Every", row.one_of("every", EVERY)) or None,
        counted=row.truth("counted"),
        bounds=_bounds(row),
    )
    if not named:
        row.fault("departments", "至少写一个责任部门", "name one department at least")
    row.done()
    return read


def _bounds(row: Fields) -> tuple[Decimal, Decimal] | None:
    found = [row.as_number(node, "bounds") for node in row.row("bounds")]
    if not found:
        return None
    if len(found) != 2 or found[0] is None or found[1] is None or found[0] >= found[1]:
        row.fault(
            "bounds", "bounds 应当是 [最小, 最大]，例如 [0, 100]", "bounds must be [least, most], such as [0, 100]"
        )
        return None
    return found[0], found[1]


def _values(row: Fields) -> dict[int, PlanValue]:
    node = row.node("values", required=True)
    if node is None:
        return {}
    if not isinstance(node, Table):
        row.fault("values", "values 应当是“年份: 数”的写法", "values must be a map of years to figures")
        return {}
    values: dict[int, PlanValue] = {}
    for year, (line, value) in node.pairs.items():
        if not (year.isascii() and year.isdigit() and len(year) == 4):
            row.faults.add(line, f"“{year}”应当是年份，例如 2027", f"“{year}” must be a year such as 2027")
        elif isinstance(value, Scalar) and value.value in WORDS:
            values[int(year)] = cast("Literal['rising', 'kept']", value.value)
        elif (number := row.as_number(value, f"values {year}")) is not None:
            values[int(year)] = number
    return values
