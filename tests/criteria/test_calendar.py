"""Working days over real holidays, and over a year nobody has announced yet."""

from datetime import date
from pathlib import Path

import pytest

from cellcert.criteria.calendar import Calendar
from cellcert.criteria.reader import CriteriaFaults

YEAR = """\
year: 2026
version: "2026.1"
source: 放假安排
holidays:
  - {name: 春节, from: 2026-02-15, to: 2026-02-23}
workdays: [2026-02-14, 2026-02-28]
"""


@pytest.fixture
def calendar(tmp_path: Path) -> Calendar:
    (tmp_path / "2026.yaml").write_text(YEAR, encoding="utf-8")
    return Calendar.read(tmp_path)


def test_holidays_rest_and_made_up_weekends_are_worked(calendar: Calendar) -> None:
    days = {day: calendar.is_working(date(2026, 2, day)) for day in (13, 14, 15, 16, 23, 24, 28)}

    assert days == {13: True, 14: True, 15: False, 16: False, 23: False, 24: True, 28: True}


def test_working_days_are_counted_after_the_start(calendar: Calendar) -> None:
    assert calendar.add_working_days(date(2026, 2, 13), 1) == date(2026, 2, 14)
    assert calendar.add_working_days(date(2026, 2, 13), 5) == date(2026, 2, 27)
    assert calendar.add_working_days(date(2026, 2, 13), 6) == date(2026, 2, 28)
    assert calendar.add_working_days(date(2026, 2, 17), 1) == date(2026, 2, 24)


def test_a_year_without_a_file_has_its_weekends_and_a_warning(calendar: Calendar) -> None:
    assert calendar.warnings == ()
    assert not calendar.is_working(date(2030, 1, 5))
    assert calendar.is_working(date(2030, 1, 1))
    assert [warning.zh for warning in calendar.warnings] == ["没有2030年的放假安排，只按周末计算"]
    assert calendar.version == "2026.1"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("2026-02-14,", "2026-02-13,", "不是 2026 年的周末"),
        ("2026-02-14,", "2026-02-21,", "同时列为放假"),
        ("2026-02-23", "2026-02-30", "应当是日期"),
        ("to: 2026-02-23", "to: 2026-02-01", "to 不早于 from"),
        ("year: 2026", "year: 2025", "文件名应当是 2025.yaml"),
    ],
)
def test_a_faulty_year_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    (tmp_path / "2026.yaml").write_text(YEAR.replace(old, new), encoding="utf-8")

    with pytest.raises(CriteriaFaults, match=says):
        Calendar.read(tmp_path)
