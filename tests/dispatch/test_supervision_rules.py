"""Who lags, how far up the ladder that leads, and that nobody is written to twice."""

from datetime import date
from pathlib import Path

import pytest

from cellcert.criteria.marked import CriteriaFaults
from cellcert.criteria.programme import read_programme, read_programme_text
from cellcert.dispatch.supervision.rules import Figure, Matter, Past, expected, is_due, lines_passed, proposals

FILE = Path("criteria/programme.yaml")
POLICY = read_programme(FILE).supervision
ON = date(2026, 11, 24)
SHARE, CHECKS = Matter("division", "jiefang", "division_share"), Matter("division", "jiefang", "overdue_checks")


def share(reached: int, wanted: int = 10) -> Figure:
    return Figure(SHARE, ON, {"reached": reached, "share": 20, "expected": wanted, "percent": reached * 10})


def steps(figure: Figure, past: Past | None = None) -> list[tuple[int, int, bool]]:
    found = proposals([figure], {figure.matter: past} if past else {}, POLICY)
    return [(one.step, one.line_step, one.unanswered) for one in found]


@pytest.mark.parametrize(("reached", "passed"), [(8, 0), (7, 1), (6, 1), (5, 2), (4, 2), (3, 3), (0, 3)])
def test_a_share_on_a_line_has_not_fallen_below_it(reached: int, passed: int) -> None:
    measure = POLICY.measure("division_share")
    assert measure is not None
    assert lines_passed(measure, share(reached).values) == passed
    assert lines_passed(measure, {"reached": 0, "share": 1, "expected": 0, "percent": 100}) == 0


@pytest.mark.parametrize(("overdue", "passed"), [(0, 0), (1, 1), (3, 2), (5, 2), (6, 3)])
def test_a_number_of_cases_that_reaches_a_line_lies_beyond_it(overdue: int, passed: int) -> None:
    measure = POLICY.measure("overdue_checks")
    assert measure is not None
    assert lines_passed(measure, {"overdue": overdue}) == passed


def test_time_demands_whole_cells_from_the_first_day_to_the_last() -> None:
    since, by = date(2026, 3, 1), date(2027, 12, 31)
    assert [expected(12, since, by, on) for on in (date(2026, 1, 1), since, ON, by, date(2030, 1, 1))] == [
        0, 0, 4, 12, 12,
    ]  # fmt: skip


def test_however_far_behind_the_first_letter_is_a_reminder() -> None:
    assert steps(share(0)) == [(0, 0, False)]
    assert steps(share(8)) == []


DUE = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("figure", "past", "wanted"),
    [
        (share(0), Past(pending=True), []),
        (share(0), Past(step=0, due_on=ON), []),  # it may answer until the end of this day
        (share(7), Past(step=0, due_on=DUE), [(1, 0, True)]),  # no answer leads on, if it still lags
        (share(8), Past(step=0, due_on=DUE), []),
        (share(7), Past(step=0, due_on=DUE, answered=True), []),  # answered, and no worse
        (share(5), Past(step=0, due_on=DUE, answered=True), [(1, 1, False)]),
        (share(0), Past(step=2, due_on=DUE), []),  # there is no fourth step
        (share(0), Past(closed_on=date(2026, 9, 25)), []),  # sixty days of rest
        (share(0), Past(closed_on=date(2026, 9, 24)), [(0, 0, False)]),
    ],
)
def test_the_ladder_goes_one_step_at_a_time(figure: Figure, past: Past, wanted: list[tuple[int, int, bool]]) -> None:
    assert steps(figure, past) == wanted


def test_a_review_missed_on_its_day_is_made_up_for_and_none_is_held_twice() -> None:
    assert not is_due(POLICY, date(2026, 11, 4), date(2026, 10, 5))
    assert is_due(POLICY, date(2026, 11, 5), date(2026, 10, 5))
    assert is_due(POLICY, date(2026, 11, 30), None)
    assert not is_due(POLICY, date(2026, 11, 30), date(2026, 11, 5))


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('"示例督〔{year}〕{ordinal}号"', '"示例督〔{year}〕号"', "ordinal"),
        ("- 根据进展评估，{findings}", "- 根据进展评估。", "findings"),
        ("- 根据进展评估，{findings}", "- 根据{unit}，{findings}", "paragraphs"),
        ("lines: [80, 60, 40]", "lines: [40, 60, 80]", "一级比一级"),
        ("lines: [1, 3, 6]", "lines: [1, 3]", "一级比一级"),
        ("key: overdue_checks", "key: late_people", "late_people|overdue_checks"),
        ("every: month", "every: week", "every"),
    ],
)
def test_a_ladder_that_cannot_be_meant_is_named(right: str, wrong: str, said: str) -> None:
    source = FILE.read_text(encoding="utf-8")
    assert right in source
    with pytest.raises(CriteriaFaults, match=said):
        read_programme_text(source.replace(right, wrong, 1), FILE.name)


def test_a_programme_without_a_ladder_supervises_nobody() -> None:
    head, _, _ = FILE.read_text(encoding="utf-8").partition("\nsupervision:")
    policy = read_programme_text(head, FILE.name).supervision
    assert proposals([share(0)], {}, policy) == []
    assert not is_due(policy, ON, None)
