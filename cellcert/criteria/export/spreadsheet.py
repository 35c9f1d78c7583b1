"""A checklist as a workbook in the layout offices use."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from unicodedata import east_asian_width

from xlsxwriter import Workbook

from cellcert.criteria import in_words
from cellcert.criteria.export.table import CHECK, COLUMNS, GROUP, KEY, KINDS, NO, POINTS, RULE, Line, shown, tables
from cellcert.criteria.export.yaml_text import document
from cellcert.criteria.schema import Checklist
from cellcert.criteria.text import Text

# Words of a file are text and nothing else: no formula, no link, no number out of a code.
AS_TYPED = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
CHUNK = 30_000  # signs in one cell; Excel holds 32,767
HEAD = 2  # the row of the heads, from 0
GREY_NOTE = Text(
    "灰色两列供系统读回，打印时不出现，请勿改动。",
    "The two grey columns are for reading the file back; they are not printed. Please leave them as they are.",
)


def workbook(checklist: Checklist, lang: str = "zh") -> bytes:
    """Four sheets: 评价表, 基本信息, 单位情况, 指标; ``read_exact`` gives an equal checklist."""
    file = BytesIO()
    with Workbook(file, AS_TYPED) as book:
        # A fixed moment, so that the same checklist gives the same bytes.
        book.set_properties({"title": checklist.title.text(lang), "created": datetime(2000, 1, 1)})  # noqa: DTZ001
        looks = _looks(book)
        for name, lines in tables(checklist, lang).items():
            _sheet(book, looks, name, lines, checklist, lang)
    return file.getvalue()


def _looks(book: Workbook) -> dict[str, Any]:
    """The cell formats, by name."""
    base = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter", "border": 1, "border_color": "#8B9892"}
    wrapped, total = base | {"text_wrap": True}, base | {"bold": True, "bg_color": "#EEF6F1", "text_wrap": True}
    grey = base | {"font_size": 9, "font_color": "#7A827E", "bg_color": "#E4E6E5", "valign": "top"}
    looks = {
        "title": {"font_name": "黑体", "font_size": 16, "align": "center", "valign": "vcenter"},
        "under": {"font_name": "宋体", "font_size": 10, "align": "center", "font_color": "#56605B"},
        "head": wrapped | {"bold": True, "align": "center", "bg_color": "#1F6F50", "font_color": "#FFFFFF"},
        "text": wrapped | {"num_format": "@"},
        "centre": wrapped | {"num_format": "@", "align": "center"},
        "group": wrapped | {"align": "center", "bold": True},
        "points": base | {"align": "center", "num_format": "General"},
        "total": total,
        "total_centre": total | {"align": "center"},
        "grey": grey,
        "grey_head": grey | {"bold": True, "align": "center", "valign": "vcenter"},
    }
    return {name: book.add_format(look) for name, look in looks.items()}


def _sheet(
    book: Workbook, looks: dict[str, Any], name: Text, lines: Sequence[Line], checklist: Checklist, lang: str
) -> None:
    sheet = book.add_worksheet(name.text(lang))
    columns = COLUMNS[name]
    heads = [head for head, _ in columns]
    last = len(columns) - 1
    model = f"　{in_words.MODEL.text(lang)}" if checklist.model else ""
    title = f"{shown(checklist.title, lang)[:200]}　{name.text(lang)}"
    sheet.merge_range(0, 0, 0, last, title, looks["title"])
    edition = Text(f"版次 {checklist.edition}", f"Edition {checklist.edition}").text(lang)
    sheet.merge_range(1, 0, 1, last, f"{edition}{model}", looks["under"])
    sheet.write_string(1, last + 1, GREY_NOTE.text(lang))
    sheet.set_row(0, 30)
    sheet.set_row(HEAD, 24)
    for column, (head, width) in enumerate(columns):
        sheet.write_string(HEAD, column, head.text(lang), looks["head"])
        sheet.set_column(column, column, width)
    for column, head in ((last + 1, KEY), (last + 2, RULE)):
        sheet.write_string(HEAD, column, head.text(lang), looks["grey_head"])
    sheet.set_column(last + 1, last + 1, 22)
    sheet.set_column(last + 2, last + 2, 40)
    for row, line in enumerate(lines, HEAD + 1):
        _line(sheet, looks, row, line, heads, lang)
        sheet.set_row(row, min(15 * _height(line, columns) + 3, 400))
    if GROUP in heads:
        _groups(sheet, looks, lines, heads.index(GROUP), lang)
    _print_on_a4(sheet, len(lines), last)


def _line(sheet: Any, looks: dict[str, Any], row: int, line: Line, heads: list[Text], lang: str) -> None:  # noqa: ANN401
    summed = line.kind in ("section", "sum")
    for column, head in enumerate(heads):
        value = line.cells.get(head, "")
        centre = head in (NO, POINTS, CHECK)
        look = ("total_centre" if centre else "total") if summed else "centre" if centre else "text"
        if isinstance(value, Decimal):
            sheet.write_number(row, column, float(value), looks["total_centre" if summed else "points"])
        elif value:
            sheet.write_string(row, column, value, looks[look])
        else:
            sheet.write_blank(row, column, None, looks[look])
    grey = len(heads)
    sheet.write_string(row, grey, f"{KINDS[line.kind].text(lang)} {line.key}", looks["grey"])
    rule = document(line.grey).rstrip("\n") if isinstance(line.grey, dict) and line.grey else ""
    sheet.write_blank(row, grey + 1, None, looks["grey"])
    for number, start in enumerate(range(0, len(rule), CHUNK)):
        sheet.write_string(row, grey + 1 + number, rule[start : start + CHUNK], looks["grey"])


def _height(line: Line, columns: Iterable[tuple[Text, int]]) -> int:
    """How many lines of writing the fullest cell of a line has."""
    return max(
        (
            sum(-(-_width(part) // (width - 1)) or 1 for part in value.split("\n"))
            for head, width in columns
            if isinstance(value := line.cells.get(head, ""), str)
        ),
        default=1,
    )


def _width(words: str) -> int:
    return len(words) + sum(east_asian_width(sign) in "WFA" for sign in words)


def _groups(sheet: Any, looks: dict[str, Any], lines: Sequence[Line], column: int, lang: str) -> None:  # noqa: ANN401
    """项目: one cell beside all lines of a section."""
    first = HEAD + 1
    for row, line in enumerate(lines, HEAD + 1):
        if line.kind not in ("section", "sum") and line is not lines[-1] and lines[row - HEAD].group == line.group:
            continue
        if line.group is not None:
            words = shown(line.group, lang).replace("\n", " ")
            if first < row:
                sheet.merge_range(first, column, row, column, words, looks["group"])
            else:
                sheet.write_string(row, column, words, looks["group"])
        first = row + 1


def _print_on_a4(sheet: Any, lines: int, last: int) -> None:  # noqa: ANN401
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEAD)
    sheet.print_area(0, 0, HEAD + lines, last)
    sheet.freeze_panes(HEAD + 1, 0)
    sheet.set_footer("&C&P / &N")
