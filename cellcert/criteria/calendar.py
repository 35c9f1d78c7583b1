"""Working days: the holidays and worked weekends the State Council announces, one file a year."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from cellcert.criteria.reader import read_fields, read_source
from cellcert.criteria.text import Text

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Holiday:
    name: Text
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Year:
    """One year's holidays, and the weekend days that are worked for them."""

    year: int
    version: str
    source: str
    holidays: tuple[Holiday, ...]
    workdays: frozenset[date]
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Calendar:
    """Every year on file; a year without a file has only its weekends."""

    years: dict[int, Year]
    asked_in_vain: set[int] = field(default_factory=set, compare=False)

    @classmethod
    def read(cls, folder: Path) -> "Calendar":
        """The calendar in ``folder``; raises ``CriteriaFaults`` for the first faulty file."""
        years = [read_year(path) for path in sorted(folder.glob("*.yaml"))]
        return cls({year.year: year for year in years})

    @property
    def version(self) -> str:
        return " ".join(year.version for _, year in sorted(self.years.items()))

    @property
    def warnings(self) -> tuple[Text, ...]:
        """What a person relying on the deadlines should know."""
        found = [
            Text(f"{y}年的放假安排尚未公布，暂按法定节假日计算", f"The holidays of {y} are provisional")
            for y, year in sorted(self.years.items())
            if year.provisional
        ]
        found += [
            Text(f"没有{y}年的放假安排，只按周末计算", f"No holidays are on file for {y}; only weekends are counted")
            for y in sorted(self.asked_in_vain)
        ]
        return tuple(found)

    def is_working(self, day: date) -> bool:
        year = self.years.get(day.year)
        if year is None:
            self.asked_in_vain.add(day.year)
            return day.weekday() < SATURDAY
        if day in year.workdays:
            return True
        return day.weekday() < SATURDAY and not any(h.first <= day <= h.last for h in year.holidays)

    def add_working_days(self, start: date, n: int) -> date:
        """The ``n``-th working day after ``start``; ``start`` itself does not count."""
        day = start
        while n > 0:
            day += timedelta(days=1)
            n -= self.is_working(day)
        return day


def read_year(path: Path) -> Year:
    """One file of the calendar; raises ``CriteriaFaults`` with every fault at once."""
    fields = read_fields(read_source(path), path.name)
    year = fields.whole("year", required=True, least=1949, most=9999) or 0
    if year and path.stem != str(year):
        fields.fault("year", f"文件名应当是 {year}.yaml", f"the file must be called {year}.yaml")
    holidays = []
    for row in fields.rows("holidays", required=True):
        name, first, last = (
            row.text("name", required=True),
            row.day("from", required=True),
            row.day("to", required=True),
        )
        row.done()
        if name is None or first is None or last is None:
            continue
        if last < first or year not in (first.year, last.year):
            row.fault(
                "to", f"应当在 {year} 年内，且 to 不早于 from", f"must lie in {year}, and not end before it begins"
            )
        holidays.append(Holiday(name, first, last))
    workdays = set()
    for node in fields.row("workdays"):
        day = fields.as_day(node, "workdays")
        if day is None or day in workdays:
            continue
        if day.weekday() < SATURDAY or day.year != year:
            fields.faults.add(
                node.line, f"{day} 不是 {year} 年的周末，不用写", f"{day} is not a weekend day of {year}; leave it out"
            )
        if any(h.first <= day <= h.last for h in holidays):
            fields.faults.add(node.line, f"{day} 同时列为放假，请核对", f"{day} is also listed as a holiday")
        workdays.add(day)
    found = Year(
        year=year,
        version=fields.word("version", required=True),
        source=fields.word("source", required=True),
        holidays=tuple(holidays),
        workdays=frozenset(workdays),
        provisional=fields.truth("provisional"),
    )
    fields.done()
    fields.faults.raise_any()
    return found
