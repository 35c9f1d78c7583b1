"""A city's folder of criteria, read when asked for and kept."""

import hashlib
from functools import cached_property
from pathlib import Path

from cellcert.criteria.calendar import Calendar, Year, read_year
from cellcert.criteria.marked import CriteriaFaults, Fault
from cellcert.criteria.plan import Plan, read_plan
from cellcert.criteria.programme import Programme, read_programme
from cellcert.criteria.reader import read_checklist_file, read_source
from cellcert.criteria.schema import Checklist
from cellcert.criteria.wastes import Wastes, read_wastes

NOT_CHECKLISTS = frozenset({"programme.yaml", "plan.yaml", "wastes.yaml"})


class Library:
    """Every file of one folder; a file is read once, when first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._checklists: dict[str, Checklist] = {}

    @cached_property
    def programme(self) -> Programme:
        return read_programme(self.folder / "programme.yaml")

    @cached_property
    def plan(self) -> Plan:
        return read_plan(self.folder / "plan.yaml", [department.key for department in self.programme.departments])

    @property
    def has_plan(self) -> bool:
        return (self.folder / "plan.yaml").is_file()

    @cached_property
    def wastes(self) -> Wastes | None:
        """The kinds of waste of this city's ledgers; a city without the file keeps none."""
        return read_wastes(self.folder / "wastes.yaml") if self.has_wastes else None

    @property
    def has_wastes(self) -> bool:
        return (self.folder / "wastes.yaml").is_file()

    @cached_property
    def calendar(self) -> Calendar:
        return Calendar.read(self.folder / "calendar")

    def checklist(self, category: str) -> Checklist:
        """The checklist of a category; ``KeyError`` for one the programme does not have."""
        if category not in self._checklists:
            path = self._path(category)
            self._checklists[category] = self._read_checklist(path)
        return self._checklists[category]

    def source(self, category: str) -> str:
        """The text of a category's file, as it is pinned to an application."""
        return read_source(self._path(category))

    def hash(self, category: str) -> str:
        """SHA-256 of the file's bytes, in hex."""
        return hashlib.sha256(self._path(category).read_bytes()).hexdigest()

    def check(self) -> list[Fault]:
        """Every fault of every file, and every category that has none."""
        return [fault for path in self.paths() for fault in self.faults(path)]

    def paths(self) -> list[Path]:
        """The files a folder should have: programme, plan, wastes, a checklist for each category, calendar."""
        lists = {path for path in self.folder.glob("*.yaml") if path.name not in NOT_CHECKLISTS}
        lists |= {self.folder / f"{category}.yaml" for category in self._categories() or ()}
        others = [self.folder / name for name in ("plan.yaml", "wastes.yaml")]
        years = sorted((self.folder / "calendar").glob("*.yaml"))
        return [self.folder / "programme.yaml", *(path for path in others if path.is_file()), *sorted(lists), *years]

    def read(self, path: Path) -> Programme | Plan | Wastes | Checklist | Year:
        """One file of the folder, whatever it is."""
        if path.parent.name == "calendar":
            return read_year(path)
        if path.name == "programme.yaml":
            return read_programme(path)
        if path.name == "plan.yaml":
            return read_plan(path, self._departments())
        if path.name == "wastes.yaml":
            return read_wastes(path)
        return self._read_checklist(path)

    def faults(self, path: Path) -> list[Fault]:
        """What is wrong with one file."""
        try:
            self.read(path)
        except CriteriaFaults as faults:
            return faults.faults
        return []

    def _path(self, category: str) -> Path:
        if category not in {known.key for known in self.programme.categories}:
            raise KeyError(category)
        return self.folder / f"{category}.yaml"

    def _read_checklist(self, path: Path) -> Checklist:
        return read_checklist_file(path, self._departments(), self._categories(), self.known_wastes())

    def known_wastes(self) -> frozenset[str] | None:
        """What a checklist may take from a ledger: ``None`` where the list is faulty or there is none."""
        try:
            return self.wastes.known if self.wastes else None
        except CriteriaFaults:
            return None

    # Where the programme itself is faulty or absent, the other files are still checked as far as they go.
    def _departments(self) -> list[str] | None:
        try:
            return [department.key for department in self.programme.departments]
        except CriteriaFaults:
            return None

    def _categories(self) -> list[str] | None:
        try:
            return [category.key for category in self.programme.categories]
        except CriteriaFaults:
            return None
