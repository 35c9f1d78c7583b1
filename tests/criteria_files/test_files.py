"""What every shipped criteria file promises its readers."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import chinese_calendar
import pytest
import yaml

from cellcert.criteria import expression, ways
from cellcert.criteria.library import Library
from cellcert.criteria.schema import Checklist, Item, Prerequisite
from cellcert.criteria.text import Text
from cellcert.paths import criteria_folder

LIBRARY = Library(criteria_folder())
CHINESE = re.compile("[\u3400-\u9fff]")
CATEGORIES = [category.key for category in LIBRARY.programme.categories]


@pytest.fixture(params=CATEGORIES)
def checklist(request: pytest.FixtureRequest) -> Checklist:
    return LIBRARY.checklist(request.param)


def inner_conditions(way: ways.Way) -> list[str | None]:
    match way:
        case ways.Parts(parts=parts):
            return [part.applies_if for part in parts]
        case ways.Deductions(faults=faults):
            return [fault.applies_if for fault in faults]
        case _:
            return []


def conditions(checklist: Checklist) -> list[str]:
    """Every condition in which a fact or an indicator could be of use."""
    found: list[str | None] = [indicator.applies_if for indicator in checklist.indicators]
    for prerequisite in checklist.prerequisites:
        found += [prerequisite.applies_if, prerequisite.unless]
    for item in checklist.items():
        found += [item.applies_if, item.veto_if, *inner_conditions(item.way)]
    return [condition for condition in found if condition]


def test_every_shipped_file_passes_the_checker() -> None:
    assert [fault.text("en") for fault in LIBRARY.check()] == []


def test_a_checklist_is_worth_a_hundred_and_can_be_worked_through(checklist: Checklist) -> None:
    scored = [item for item in checklist.items() if item.kind == "item"]

    assert checklist.points == 100
    assert 25 <= len(scored) <= 40
    assert 5 <= len(checklist.sections) <= 7
    assert 3 <= len(checklist.prerequisites) <= 8


def test_every_item_says_how_it_is_checked_and_where_it_comes_from(checklist: Checklist) -> None:
    for item in checklist.items():
        assert item.check, item.key
        assert item.basis, item.key
        assert item.evidence or item.kind == "penalty" or set(item.check) <= {"site", "interview", "sample"}, item.key


def test_no_fact_is_asked_in_vain(checklist: Checklist) -> None:
    used = {name for condition in conditions(checklist) for name in expression.names(condition)}

    assert {fact.key for fact in checklist.facts} <= used


def test_no_indicator_is_measured_in_vain(checklist: Checklist) -> None:
    used = {name for condition in conditions(checklist) for name in expression.names(condition)}
    used |= {name for item in checklist.items() for name in ways.indicators(item.way)}

    assert {indicator.key for indicator in checklist.indicators} <= used


def texts(value: object, place: str = "") -> Iterator[tuple[str, Text]]:
    """Every text in a checklist, and where it stands."""
    if isinstance(value, Text):
        yield place, value
    elif isinstance(value, tuple):
        for number, one in enumerate(value):
            yield from texts(one, f"{place}[{getattr(one, 'key', number)}]")
    elif is_dataclass(value):
        for part in fields(value):
            yield from texts(getattr(value, part.name), f"{place}.{part.name}")


def test_every_text_can_be_read_in_english(checklist: Checklist) -> None:
    missing = [f"{place}: {text}" for place, text in texts(checklist) if CHINESE.search(text.text("en"))]

    assert missing == []


@pytest.mark.parametrize("path", sorted(criteria_folder().rglob("*.yaml")), ids=lambda path: path.stem)
def test_any_reader_of_yaml_reads_the_files(path: Path) -> None:
    # The one written in Python is stricter than libyaml about a question mark before a brace.
    assert yaml.compose(path.read_text(encoding="utf-8"), yaml.SafeLoader) is not None


def test_every_text_that_speaks_of_years_says_which(checklist: Checklist) -> None:
    said: list[Prerequisite | Item] = [*checklist.prerequisites, *checklist.items()]

    unsaid = [one.key for one in said if "近三年" in one.text.zh and one.period is None]

    assert unsaid == []


def test_whoever_is_counted_is_counted_whole(checklist: Checklist) -> None:
    counted = [one for indicator in checklist.indicators for one in indicator.inputs]

    halves = [one.key for one in counted if str(one.unit) in {"个", "户", "家", "台", "袋"} and not one.whole]

    assert halves == []


def test_an_outstanding_unit_needs_more_than_a_qualified_one(checklist: Checklist) -> None:
    best, least = checklist.levels

    assert (best.total, best.floor) == (Decimal(90), Decimal(60))
    assert (least.total, least.floor) == (Decimal(80), Decimal(50))


def test_every_target_of_the_plan_has_a_department_and_a_paragraph() -> None:
    known = {department.key for department in LIBRARY.programme.departments}

    assert len(LIBRARY.plan.targets) == 25
    for target in LIBRARY.plan.targets:
        assert target.departments, target.key
        assert set(target.departments) <= known, target.key
        assert str(target.paragraph).startswith("方案"), target.key


def test_shares_of_divisions_and_of_categories_add_up_to_the_target() -> None:
    programme = LIBRARY.programme

    assert sum(division.share for division in programme.divisions) == programme.target.count
    assert sum(category.share for category in programme.categories) == programme.target.count


def test_the_days_worked_in_2026_are_those_of_the_published_arrangement() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]

    assert [day for day in days if LIBRARY.calendar.is_working(day) != chinese_calendar.is_workday(day)] == []


@pytest.mark.parametrize(
    "day", ["2027-01-01", "2027-02-05", "2027-02-08", "2027-04-05", "2027-06-09", "2027-09-15", "2027-10-01"]
)
def test_nobody_works_on_the_statutory_holidays_of_2027(day: str) -> None:
    assert not LIBRARY.calendar.is_working(date.fromisoformat(day))
