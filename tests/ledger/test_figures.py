"""The balance of a year, what can be true of a line, and the figures a checklist takes from a ledger."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cellcert.criteria.library import Library
from cellcert.criteria.wastes import Wastes
from cellcert.demo.answers import example
from cellcert.demo.ledgers import ledger_of
from cellcert.ledger.charts import charts
from cellcert.ledger.jumps import jumps
from cellcert.ledger.measures import KG, T, Wrong, tonnes
from cellcert.ledger.rules import Line, balances, figures, line_faults, month_fault, years_asked

LIBRARY = Library(Path("criteria"))
TODAY = date(2026, 11, 23)


def wastes() -> Wastes:
    found = LIBRARY.wastes
    assert found is not None
    return found


def line(month: int = 1, kind: str = "red_mud", year: int = 2025, **amounts: str) -> Line:
    return Line(year=year, month=month, kind=kind, **{name: Decimal(amount) for name, amount in amounts.items()})  # type: ignore[arg-type]


def test_what_became_of_a_years_waste_adds_up_to_what_arose() -> None:
    year = [
        line(
            1, generated="100", used="70", used_from_storage="20", stored="30", disposed="25", disposed_from_storage="5"
        ),
        line(2, generated="10", used="10"),
    ]
    (found,) = balances(year)
    assert (found.generated, found.accounted, found.gap, found.share) == (110, 110, 0, 0)


def test_what_nobody_can_account_for_is_the_gap() -> None:
    (found,) = balances([line(generated="200", used="150", disposed="49")])
    assert found.gap == 1
    assert found.share == Decimal("0.50")
    (more,) = balances([line(generated="0", used="3")])
    assert more.gap == -3
    assert more.share is None


def test_each_kind_is_balanced_alone() -> None:
    found = balances([line(kind="red_mud", generated="5"), line(kind="fly_ash", used="5")])
    assert [(one.kind, one.gap) for one in found] == [("fly_ash", -5), ("red_mud", 5)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("12.5", "12.5"), ("１２．５", "12.5"), ("1,234.567", "1234.567"), ("1 234", "1234"), (".5", "0.5"), ("0", "0"),
        (Decimal("0.30000000000000004"), "0.3"), (Decimal(7), "7"),
    ],
)  # fmt: skip
def test_tonnes_are_read_as_people_write_them(typed: str | Decimal, meant: str) -> None:
    assert tonnes(typed) == Decimal(meant)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("-1", "负数"), ("1e9", "不是数字"), ("1000000000", "数太大"), ("12 t", "不是数字"),
        ("1.2345678", "小数超过 6 位"),
        (Decimal("1.2345678"), "小数超过 6 位"), ("NaN", "不是数字"), ("1,23", "不是数字"), (Decimal("1e9"), "数太大"),
    ],
)  # fmt: skip
def test_what_cannot_be_tonnes_is_said(typed: str | Decimal, why: str) -> None:
    with pytest.raises(Wrong) as wrong:
        tonnes(typed)
    assert why in wrong.value.sentence.zh


def test_nothing_is_not_nought() -> None:
    assert tonnes("") is None
    assert tonnes("  ") is None
    assert tonnes(None) is None


def test_what_came_from_storage_is_a_part_of_what_was_used() -> None:
    (column, message), *others = line_faults(line(used="3", used_from_storage="4"))
    assert column == "used_from_storage"
    assert "大于" in message.zh
    assert others == []


@pytest.mark.parametrize(
    ("month", "why"),
    [
        ((2025, 13), "没有 13 月"),
        ((2025, 0), "没有 0 月"),
        ((2027, 1), "年份"),
        ((1990, 1), "年份"),
        ((2026, 12), "还没有到"),
    ],
)
def test_a_month_that_is_none_or_still_to_come_is_refused(month: tuple[int, int], why: str) -> None:
    fault = month_fault(*month, TODAY)
    assert fault is not None
    assert why in fault.zh
    assert month_fault(2026, 11, TODAY) is None


@pytest.mark.parametrize("category", [category.key for category in LIBRARY.programme.categories])
def test_a_ledger_made_from_answers_gives_the_same_figures_back(category: str) -> None:
    checklist, answers = LIBRARY.checklist(category), example(LIBRARY.folder, category)
    lines = ledger_of(checklist, wastes(), answers, 2026)
    found = figures(checklist, wastes(), lines, 2026, TODAY)
    compared = 0
    for indicator in checklist.indicators:
        for one in indicator.inputs:
            given = answers["indicators"].get(indicator.key, {}).get(one.key)
            if len(one.ledger) == 1 and given is not None and indicator.key in found:
                assert found[indicator.key][one.key].value == Decimal(str(given)), (indicator.key, one.key)
                assert found[indicator.key][one.key].missing == ()
                compared += 1
    assert compared or category not in {"factory", "park"}


def test_months_nobody_wrote_are_named() -> None:
    checklist = LIBRARY.checklist("factory")
    lines = [line(month, generated="10", used="9") for month in range(1, 13) if month not in {3, 4}]
    said = figures(checklist, wastes(), lines, 2026, TODAY)["utilisation"]["used"]
    assert said.value == 90
    assert said.missing == ((2025, 3), (2025, 4))
    assert said.missing_text.zh == "2025 年 3 月、4 月"
    assert said.years_text.zh == "2025 年"


def test_a_month_without_a_kind_counts_as_none_of_it_once_the_month_is_written() -> None:
    lines = [line(month, kind="fly_ash", generated="1") for month in range(1, 13)]
    lines.append(line(5, kind="waste_oil", generated="2"))
    said = figures(LIBRARY.checklist("factory"), wastes(), lines, 2026, TODAY)
    assert said["hazardous_landfill"]["hazardous_made"].value == 2
    assert said["hazardous_landfill"]["hazardous_made"].missing == ()


def test_a_kind_that_was_never_written_has_no_figure() -> None:
    said = figures(LIBRARY.checklist("factory"), wastes(), [line(1, generated="1")], 2026, TODAY)
    assert "hazardous_landfill" not in said
    assert figures(LIBRARY.checklist("factory"), wastes(), [], 2026, TODAY) == {}


def test_sums_come_in_the_unit_of_the_input() -> None:
    lines = [line(month, generated="10000", used="5000") for month in range(1, 13)]
    assert figures(LIBRARY.checklist("park"), wastes(), lines, 2026, TODAY)["utilisation"]["made"].value == 12
    bins = [line(month, kind="recyclables", generated="0.5", used="0.25") for month in range(1, 13)]
    said = figures(LIBRARY.checklist("agency"), wastes(), bins, 2026, TODAY)["recovery"]
    assert said["recyclables"].text == "3000"
    assert said["made"].text == "6000"


def test_only_the_years_a_checklist_speaks_of_are_read() -> None:
    assert years_asked(LIBRARY.checklist("factory"), 2026) == [2022, 2025]
    assert years_asked(LIBRARY.checklist("mall"), 2026) == [2025]


def test_a_chart_says_in_words_what_it_draws() -> None:
    (chart,) = charts([line(2, generated="4"), line(3, generated="8")], "generated", T)
    assert chart.text.zh == "2 月 4 吨，3 月 8 吨"
    assert [column.height for column in chart.columns][1:3] == [28, 56]
    (chart,) = charts([line(2, generated="0.004")], "generated", KG)
    assert chart.text.zh == "2 月 4 公斤"


def test_an_office_weighs_in_kilograms_and_less() -> None:
    assert tonnes("12.5", KG) == Decimal("0.0125")
    assert tonnes("0.3", KG) == Decimal("0.0003")
    assert tonnes(Decimal("0.30000000000000004"), KG) == Decimal("0.0003")
    with pytest.raises(Wrong, match="小数超过 3 位"):
        tonnes("0.0001", KG)
    with pytest.raises(Wrong, match="单位是不是公斤"):
        tonnes("100000000000", KG)
    assert str(tonnes("-0")) == "0.000000"


def test_what_was_dumped_is_accounted_for() -> None:
    (found,) = balances([line(generated="10", used="7", dumped="3")])
    assert (found.accounted, found.gap) == (10, 0)


def test_a_measure_mistaken_shows_beside_the_month_before() -> None:
    year = [line(1, generated="1.2"), line(2, generated="1150"), line(3, generated="1100"), line(4, generated="1")]
    found = jumps(year, [(2025, month) for month in range(1, 13)])
    assert [(one.month, one.column) for one in found] == [(2, "generated"), (4, "generated")]
    assert found[0].text(T).zh == "2025 年 2 月产生量 1150 吨，是 2025 年 1 月（1.2 吨）的约 958 倍"
    assert "约 1100 分之一" in found[1].text(KG).zh


@pytest.mark.parametrize(
    "year",
    [
        [line(1, generated="1"), line(2, generated="300")],
        [line(1, generated="0"), line(2, generated="5000")],
        [line(1, kind="red_mud", generated="1"), line(2, kind="fly_ash", generated="5000")],
        [line(1, generated="1", year=2023), line(2, generated="5000")],
    ],
    ids=["a busy month", "the first of it", "another kind", "long ago"],
)
def test_what_may_well_be_is_not_called_a_mistake(year: list[Line]) -> None:
    assert jumps(year, [(2025, 1), (2025, 2)]) == []
