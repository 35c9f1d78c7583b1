"""The tally as a workbook, the way offices like it: 合计 line, fixed heads, filters, ready to print on A4."""

from collections.abc import Sequence
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_range

from cellcert.tally.course import Course
from cellcert.tally.rules import Tally, TallyLine, percent, summed

Cell = str | int | date
Column = tuple[str, float]  # head and width in characters
PAIR: tuple[Column, ...] = (("项目", 34), ("数值", 22))
LINES: tuple[Column, ...] = (("名称", 34), ("约定数", 12), ("已认定", 12), ("办理中", 12), ("还差", 12), ("完成", 12))
COURSE: tuple[Column, ...] = (
    ("日期", 14),
    ("已认定", 12),
    ("预计下限（10%）", 18),
    ("预计中间值", 14),
    ("预计上限（90%）", 18),
)
AWARDS: tuple[Column, ...] = (
    ("序号", 6),
    ("证书编号", 19),
    ("单位名称", 36),
    ("统一社会信用代码", 22),
    ("类别", 13),
    ("管理主体", 24),
    ("等级", 10),
    ("认定日期", 13),
    ("有效期至", 13),
)
# What a user typed is text and nothing else: no formula, no link, no number out of a code.
AS_TYPED = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


def tally_workbook(tally: Tally, course: Course | None = None) -> bytes:
    """The sheets 总览, 按类别, 按主体, 类别与主体, 已认定名单; with ``course`` also 走势与预测."""
    file = BytesIO()
    with Workbook(file, AS_TYPED) as book:
        book.set_properties({"title": tally.title.zh, "created": _noon(tally.on)})
        looks = _looks(book)
        _overview(book, looks, tally)
        _lines(book, looks, "按类别", tally, tally.categories)
        _lines(book, looks, "按主体", tally, tally.divisions)
        _grid(book, looks, tally)
        if course:
            _course(book, looks, tally, course)
        _awards(book, looks, tally)
    return file.getvalue()


def _noon(day: date) -> datetime:
    # A fixed moment, so that the same tally gives the same bytes.
    return datetime.combine(day, time(12))


def _looks(book: Workbook) -> dict[str, Any]:
    """The cell formats, by name."""
    base = {"font_name": "宋体", "font_size": 11, "valign": "vcenter", "border": 1, "border_color": "#8B9892"}
    total = base | {"bold": True, "bg_color": "#EEF6F1", "top": 2}
    return {
        "title": book.add_format({"font_name": "黑体", "font_size": 16, "align": "center", "valign": "vcenter"}),
        "under": book.add_format({"font_name": "宋体", "font_size": 10, "align": "center", "font_color": "#56605B"}),
        "head": book.add_format(
            base | {"bold": True, "align": "center", "bg_color": "#1F6F50", "font_color": "#FFFFFF", "text_wrap": True}
        ),
        "text": book.add_format(base | {"num_format": "@", "text_wrap": True}),
        "number": book.add_format(base | {"num_format": "0"}),
        "share": book.add_format(base | {"num_format": "0%"}),
        "day": book.add_format(base | {"num_format": "yyyy-mm-dd", "align": "center"}),
        "total_text": book.add_format(total),
        "total_number": book.add_format(total | {"num_format": "0"}),
        "total_share": book.add_format(total | {"num_format": "0%"}),
    }


def _sheet(book: Workbook, looks: dict[str, Any], name: str, tally: Tally, columns: Sequence[Column]) -> Any:  # noqa: ANN401
    """A sheet with its title, its head in the third row, and A4 landscape set up."""
    sheet = book.add_worksheet(name)
    last = len(columns) - 1
    sheet.merge_range(0, 0, 0, last, f"{tally.title.zh}　{name}", looks["title"])
    sheet.merge_range(1, 0, 1, last, f"截至 {tally.on.isoformat()}", looks["under"])
    sheet.set_row(0, 30)
    sheet.set_row(2, 22)
    for column, (head, width) in enumerate(columns):
        sheet.write_string(2, column, head, looks["head"])
        sheet.set_column(column, column, width)
    sheet.freeze_panes(3, 0)
    sheet.repeat_rows(0, 2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.6, right=0.6, top=0.7, bottom=0.7)
    sheet.center_horizontally()
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C第 &P 页　共 &N 页")
    return sheet


def _overview(book: Workbook, looks: dict[str, Any], tally: Tally) -> None:
    sheet = _sheet(book, looks, "总览", tally, PAIR)
    rows: list[tuple[str, Cell, str]] = [
        ("目标", tally.target, "number"),
        ("期限", tally.by, "day"),
        ("已认定", tally.reached, "number"),
        ("还差", tally.missing, "number"),
    ]
    at = 3
    for name, value, look in rows:
        sheet.write_string(at, 0, name, looks["text"])
        _write(sheet, at, 1, value, looks[look])
        at += 1
    sheet.write_string(at, 0, "完成", looks["text"])
    done = percent(tally.reached, tally.target) / 100
    sheet.write_formula(at, 1, "=IF(B4=0,0,ROUNDDOWN(B6/B4,2))", looks["share"], done)
    at += 2
    sheet.write_row(at, 0, ("状态", "件数"), looks["head"])
    first = at + 1
    for state in tally.states:
        at += 1
        sheet.write_string(at, 0, state.name.zh, looks["text"])
        sheet.write_number(at, 1, state.count, looks["number"])
    at += 1
    sheet.write_string(at, 0, "合计", looks["total_text"])
    total = sum(state.count for state in tally.states)
    formula = f"=SUM(B{first + 1}:B{at})" if tally.states else "=0"
    sheet.write_formula(at, 1, formula, looks["total_number"], total)
    sheet.print_area(0, 0, at, 1)


def _lines(book: Workbook, looks: dict[str, Any], name: str, tally: Tally, lines: tuple[TallyLine, ...]) -> None:
    sheet = _sheet(book, looks, name, tally, LINES)
    for at, line in enumerate(lines, start=3):
        sheet.write_string(at, 0, line.name.zh, looks["text"])
        for column, figure in enumerate((line.share, line.awarded, line.running), start=1):
            sheet.write_number(at, column, figure, looks["number"])
        sheet.write_formula(at, 4, f"=MAX(B{at + 1}-C{at + 1},0)", looks["number"], line.missing)
        _portion(sheet, at, line, looks["share"])
    # The filter ends above the 合计 line, which must neither be sorted nor filtered away.
    total = 3 + len(lines)
    sheet.autofilter(2, 0, max(total - 1, 3), len(LINES) - 1)
    sheet.write_string(total, 0, "合计", looks["total_text"])
    whole = summed(lines)
    figures = (whole.share, whole.awarded, whole.running, sum(line.missing for line in lines))
    for column, (letter, figure) in enumerate(zip("BCDE", figures, strict=True), start=1):
        formula = f"=SUBTOTAL(109,{letter}4:{letter}{total})" if lines else "=0"
        sheet.write_formula(total, column, formula, looks["total_number"], figure)
    _portion(sheet, total, whole, looks["total_share"])
    sheet.print_area(0, 0, total, len(LINES) - 1)


def _portion(sheet: Any, at: int, line: TallyLine, look: Any) -> None:  # noqa: ANN401
    """完成, as a formula with its value."""
    formula = f"=IF(B{at + 1}=0,0,ROUNDDOWN(C{at + 1}/B{at + 1},2))"
    sheet.write_formula(at, 5, formula, look, percent(line.awarded, line.share) / 100)


def _grid(book: Workbook, looks: dict[str, Any], tally: Tally) -> None:
    """Titles in force, divisions down and categories across, with sums both ways."""
    names = [(line.name.zh, 12.0) for line in tally.categories]
    sheet = _sheet(book, looks, "类别与主体", tally, (("管理主体", 28.0), *names, ("合计", 12.0)))
    across, last = len(tally.categories), 3 + len(tally.divisions)
    for at, row in enumerate(tally.divisions, start=3):
        sheet.write_string(at, 0, row.name.zh, looks["text"])
        for column, line in enumerate(tally.categories, start=1):
            sheet.write_number(at, column, tally.count(line.key, row.key), looks["number"])
        summed_up = f"=SUM({xl_range(at, 1, at, across)})" if across else "=0"
        sheet.write_formula(at, across + 1, summed_up, looks["number"], row.awarded)
    sheet.autofilter(2, 0, max(last - 1, 3), across + 1)
    sheet.write_string(last, 0, "合计", looks["total_text"])
    for column, count in enumerate([*(line.awarded for line in tally.categories), tally.titles], start=1):
        formula = f"=SUBTOTAL(109,{xl_range(3, column, last - 1, column)})" if tally.divisions else "=0"
        sheet.write_formula(last, column, formula, looks["total_number"], count)
    sheet.print_area(0, 0, last, across + 1)


def _course(book: Workbook, looks: dict[str, Any], tally: Tally, course: Course) -> None:
    """The count at the end of each month, and what is expected."""
    sheet = _sheet(book, looks, "走势与预测", tally, COURSE)
    at = 3
    for point in course.points:
        _write(sheet, at, 0, point.day, looks["day"])
        sheet.write_number(at, 1, point.count, looks["number"])
        for column in (2, 3, 4):
            sheet.write_blank(at, column, None, looks["number"])
        at += 1
    for ahead in course.forecast.fan if course.forecast else ():
        _write(sheet, at, 0, ahead.day, looks["day"])
        sheet.write_blank(at, 1, None, looks["number"])
        for column, count in enumerate((ahead.low, ahead.middle, ahead.high), start=2):
            sheet.write_number(at, column, count, looks["number"])
        at += 1
    sheet.autofilter(2, 0, max(at - 1, 3), len(COURSE) - 1)
    sheet.print_area(0, 0, at - 1, len(COURSE) - 1)


def _awards(book: Workbook, looks: dict[str, Any], tally: Tally) -> None:
    sheet = _sheet(book, looks, "已认定名单", tally, AWARDS)
    for at, award in enumerate(tally.awards, start=3):
        texts = (
            award.serial,
            award.unit,
            award.credit_code,
            award.category.zh,
            award.division.zh,
            award.level.zh,
        )
        sheet.write_number(at, 0, at - 2, looks["number"])
        for column, text in enumerate(texts, start=1):
            sheet.write_string(at, column, text, looks["text"])
        _write(sheet, at, 7, award.awarded_on, looks["day"])
        _write(sheet, at, 8, award.valid_until, looks["day"])
    last = 2 + len(tally.awards)
    sheet.autofilter(2, 0, max(last, 3), len(AWARDS) - 1)
    sheet.write_string(last + 1, 0, "合计", looks["total_text"])
    sheet.write_string(last + 1, 1, f"{len(tally.awards)} 个", looks["total_text"])
    for column in range(2, len(AWARDS)):
        sheet.write_blank(last + 1, column, None, looks["total_text"])
    sheet.print_area(0, 0, last + 1, len(AWARDS) - 1)


def _write(sheet: Any, row: int, column: int, value: Cell, look: Any) -> None:  # noqa: ANN401
    if isinstance(value, date):
        sheet.write_datetime(row, column, value, look)
    elif isinstance(value, int):
        sheet.write_number(row, column, value, look)
    else:
        sheet.write_string(row, column, value, look)
