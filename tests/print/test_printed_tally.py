from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from io import BytesIO
from itertools import pairwise

import openpyxl
import pytest

from cellcert.criteria.text import Text
from cellcert.tally.print_pdf import print_tally
from cellcert.tally.rules import AwardLine, Cell, StateCount, Tally, TallyLine, percent, summed
from cellcert.tally.workbook import tally_workbook
from tests.print import looking


def lines(names: Iterable[str]) -> tuple[TallyLine, ...]:
    return tuple(TallyLine(f"k{at}", Text(name), 10 + at, at, 2 * at) for at, name in enumerate(names))


def award(at: int, **changes: object) -> AwardLine:
    made = AwardLine(
        f"SLWF-G-2026-{at:04d}",
        f"示例单位{at}",
        "91410800MA0000000X",
        Text("无废工厂"),
        Text("示例区"),
        Text("合格"),
        date(2026, 6, 1),
        date(2029, 5, 31),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def tally(**changes: object) -> Tally:
    made = Tally(
        title=Text("示例市“无废细胞”认定进度"),
        on=date(2026, 11, 3),
        target=120,
        by=date(2027, 12, 31),
        reached=37,
        categories=lines(["无废机关", "无废园区", "无废工厂", "无废社区", "无废景区", "无废商场"]),
        divisions=lines(f"示例{at}区" for at in range(11)),
        states=tuple(StateCount(f"s{at}", Text(f"状态{at}"), at) for at in range(17)),
        awards=tuple(award(at) for at in range(1, 38)),
        cells=tuple(Cell(f"k{at % 6}", f"k{at % 11}", 2026 + at % 2, 1) for at in range(37)),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def sheets(made: Tally) -> openpyxl.Workbook:
    return openpyxl.load_workbook(BytesIO(tally_workbook(made)))


def test_the_tally_is_one_page_with_the_target_and_every_line() -> None:
    pdf = print_tally(tally())
    said = looking.text(pdf)

    assert looking.pages(pdf) == 1
    for part in (
        "截至2026年11月3日",
        "2027年12月31日前累计120个",
        "37个，完成30%",
        "83个",
        "423天",
        "示例10区",
        "状态16",
    ):
        assert part in said


def test_a_larger_city_still_gets_one_page() -> None:
    pdf = print_tally(tally(divisions=lines(f"示例{at}县人民政府" for at in range(28))))

    assert looking.pages(pdf) == 1
    assert "示例27县人民政府" in looking.text(pdf)


def test_a_tally_that_cannot_fit_says_so() -> None:
    with pytest.raises(OverflowError):
        print_tally(tally(divisions=lines(f"示例{at}县" for at in range(75))))


@pytest.mark.parametrize(("reached", "target"), [(0, 120), (0, 0), (120, 120), (500, 120)])
def test_the_dial_stands_at_both_ends_and_beyond(reached: int, target: int) -> None:
    page = looking.picture(print_tally(tally(reached=reached, target=target)), dpi=50)
    dial = page.crop((0, int(page.height * 0.1), page.width // 2, int(page.height * 0.25)))
    green = len(looking.dots(dial, lambda r, g, b: r < 60 and 90 < g < 130 and b < 110))

    assert (green > 1000) is (reached > 0)


def test_a_tally_of_nothing_yet_can_be_printed() -> None:
    empty = tally(reached=0, target=0, categories=(), divisions=(), states=(), awards=())

    assert looking.pages(print_tally(empty)) == 1
    assert sheets(empty)["已认定名单"]["B4"].value == "0 个"


def test_everything_but_one_is_not_yet_a_hundred_per_cent() -> None:
    assert [percent(999, 1000), percent(1000, 1000), percent(3, 0)] == [99, 100, 0]


def test_the_sum_is_the_sum() -> None:
    total = summed(tally().categories)

    assert (total.share, total.running, total.awarded) == (75, 15, 30)


def test_the_workbook_has_the_sheets_an_office_expects() -> None:
    book = sheets(tally())

    assert book.sheetnames == ["总览", "按类别", "按主体", "类别与主体", "已认定名单"]
    for sheet in book:
        assert (sheet.freeze_panes, sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == (
            "A4",
            "landscape",
            9,
        )
        assert sheet.print_area
    assert book["已认定名单"].auto_filter.ref == "A3:I40"
    assert book["按类别"].auto_filter.ref == "A3:F9"


def test_sums_stand_in_the_workbook_with_their_values() -> None:
    file = tally_workbook(tally())
    shown = openpyxl.load_workbook(BytesIO(file), data_only=True)["按类别"]

    assert [cell.value for cell in shown[10]][:5] == ["合计", 75, 30, 15, 45]
    assert openpyxl.load_workbook(BytesIO(file))["按类别"]["B10"].value == "=SUBTOTAL(109,B4:B9)"


def test_what_a_unit_typed_stays_text() -> None:
    made = tally(
        awards=(
            award(1, unit='=HYPERLINK("http://x","y")'),
            award(2, unit="+1-1|cmd", credit_code="001234567890123456"),
            award(3, unit="https://example.org"),
        )
    )
    sheet = sheets(made)["已认定名单"]

    assert [sheet[f"C{row}"].data_type for row in (4, 5, 6)] == ["s", "s", "s"]
    assert (sheet["D5"].value, sheet["C6"].hyperlink) == ("001234567890123456", None)
    assert sheet["H4"].value == datetime(2026, 6, 1)


def test_awards_are_numbered_in_their_order() -> None:
    sheet = sheets(tally())["已认定名单"]
    numbers = [sheet[f"A{row}"].value for row in range(4, 41)]

    assert all(after - before == 1 for before, after in pairwise(numbers))


def test_the_same_tally_gives_the_same_workbook() -> None:
    assert tally_workbook(tally()) == tally_workbook(tally())
