"""The kinds of waste a city's ledgers know (``criteria/wastes.yaml``)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cellcert.criteria.fields import Fields, repeated
from cellcert.criteria.reader import read_fields, read_source
from cellcert.criteria.text import BLANK, Text

GROUPS: Mapping[str, Text] = {
    "household": Text("生活垃圾", "Household waste"),  # everybody has it
    "food": Text("厨余垃圾", "Food and kitchen waste"),
    "general": Text("一般工业固体废物", "General industrial solid waste"),
    "hazardous": Text("危险废物", "Hazardous waste"),
    "construction": Text("建筑垃圾", "Construction waste"),
    "other": Text("其他", "Other"),
}


@dataclass(frozen=True, slots=True)
class Waste:
    """One kind of waste, measured in tonnes."""

    key: str
    name: Text
    group: str
    help: Text | None = None


@dataclass(frozen=True, slots=True)
class Wastes:
    kinds: tuple[Waste, ...] = ()
    model: bool = False

    def kind(self, key: str) -> Waste | None:
        return next((kind for kind in self.kinds if kind.key == key), None)

    def of(self, what: str) -> frozenset[str]:
        """The kinds a group stands for, or the kind itself."""
        return frozenset(kind.key for kind in self.kinds if what in {kind.key, kind.group})

    def name(self, what: str) -> Text:
        """What a group or a kind is called; one that left the list is called by its key."""
        kind = self.kind(what)
        return kind.name if kind else GROUPS.get(what, Text(what))

    @property
    def known(self) -> frozenset[str]:
        """Everything an input may name."""
        return frozenset({*(kind.key for kind in self.kinds), *(kind.group for kind in self.kinds)})


def read_wastes(path: Path) -> Wastes:
    """The kinds in ``path``; raises ``CriteriaFaults`` with every fault at once."""
    fields = read_fields(read_source(path), path.name)
    model = fields.truth("model")
    kinds = tuple(_waste(row) for row in fields.rows("kinds", required=True))
    for twice in repeated(kind.key for kind in kinds):
        fields.fault("kinds", f"key“{twice}”重复使用，请改名", f"the key “{twice}” is used twice; rename one")
    for twice in repeated(kind.name.zh for kind in kinds):
        fields.fault("kinds", f"名称“{twice}”重复，请改名", f"the name “{twice}” is used twice; rename one")
    fields.done()
    fields.faults.raise_any()
    return Wastes(kinds, model)


def _waste(row: Fields) -> Waste:
    read = Waste(
        key=row.key(),
        name=row.text("name", required=True) or BLANK,
        group=row.one_of("group", tuple(GROUPS), required=True, otherwise="other"),
        help=row.text("help"),
    )
    row.one_of("unit", ("t",), "t")
    if read.key in GROUPS:
        row.fault("key", f"“{read.key}”是一组废物的名称，请改名", f"“{read.key}” names a group; choose another key")
    row.done()
    return read
