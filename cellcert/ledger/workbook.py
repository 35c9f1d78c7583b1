"""The ledger as a workbook: the empty template and a year's lines, in the columns the import reads."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook

from cellcert.criteria.ledger_reader import COLUMNS
from cellcert.criteria.wastes import GROUPS, Wastes
from cellcert.ledger.measures import Measure, T
from cellcert.ledger.rules import Line
from cellcert.ledger.table import HEADS

# What a user typed is text and nothing else: no formula, no link, no number out of a name.
AS_TYPED = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
WIDTHS = {"year": 8, "month": 8, "kind": 26, "receiver": 30, "note": 30}
ROWS_TO_FILL = 1_000


def ledger_workbook(wastes: Wastes, lines: Sequence[Line], lang: str = "zh", measure: Measure = T) -> bytes:
    """Two sheets: the lines in ``measure`` below heads that name it, and the kinds with their groups."""
    file = BytesIO()
    with Workbook(file, AS_TYPED) as book:
        looks = _looks(book)
        _ledger(book, looks, wastes, lines, lang, measure)
        _kinds(book, looks, wastes, lang)
    return file.getvalue()


def _looks(book: Workbook) -> dict[str, Any]:
    base = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
    head = base | {"bold": True, "align": "center", "bg_color": "#1F6F50", "font_color": "#FFFFFF", "text_wrap": True}
    return {
        "head": book.add_format(head | {"border": 1}),
        "text": book.add_format(base | {"num_format": "@"}),
        "whole": book.add_format(base | {"num_format": "0"}),
        "weight": book.add_format(base | {"num_format": "0.000###"}),
    }


def _ledger(
    book: Workbook, looks: dict[str, Any], wastes: Wastes, lines: Sequence[Line], lang: str, measure: Measure
) -> None:
    sheet = book.add_worksheet("固废台账" if lang == "zh" else "Waste ledger")
    for column, (key, head) in enumerate(HEADS.items()):
        look = looks["weight"] if key in COLUMNS else looks["whole"] if key in {"year", "month"} else looks["text"]
        sheet.set_column(column, column, WIDTHS.get(key, 14), look)
        name = measure.name.text(lang)
        unit = (f"（{name}）" if lang == "zh" else f" ({name})") if key in COLUMNS else ""
        sheet.write_string(0, column, head.text(lang) + unit, looks["head"])
    sheet.set_row(0, 32)
    sheet.freeze_panes(1, 3)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    last = max(len(lines), ROWS_TO_FILL)
    source = f"'{'废物种类' if lang == 'zh' else 'Kinds'}'!$A$2:$A${len(wastes.kinds) + 1}"
    sheet.data_validation(1, 2, last, 2, {"validate": "list", "source": source})
    sheet.data_validation(1, 1, last, 1, {"validate": "integer", "criteria": "between", "minimum": 1, "maximum": 12})
    for row, line in enumerate(lines, 1):
        sheet.write_number(row, 0, line.year, looks["whole"])
        sheet.write_number(row, 1, line.month, looks["whole"])
        sheet.write_string(row, 2, wastes.name(line.kind).text(lang), looks["text"])
        for column, key in enumerate(COLUMNS, 3):
            sheet.write_number(row, column, measure.of(line.amount(key)), looks["weight"])
        sheet.write_string(row, 3 + len(COLUMNS), line.receiver, looks["text"])
        sheet.write_string(row, 4 + len(COLUMNS), line.note, looks["text"])


def _kinds(book: Workbook, looks: dict[str, Any], wastes: Wastes, lang: str) -> None:
    sheet = book.add_worksheet("废物种类" if lang == "zh" else "Kinds")
    heads = ("废物种类", "组", "说明") if lang == "zh" else ("Kind of waste", "Group", "Help")
    for column, (head, width) in enumerate(zip(heads, (30, 26, 60), strict=True)):
        sheet.set_column(column, column, width, looks["text"])
        sheet.write_string(0, column, head, looks["head"])
    for row, kind in enumerate(wastes.kinds, 1):
        sheet.write_string(row, 0, kind.name.text(lang), looks["text"])
        sheet.write_string(row, 1, GROUPS[kind.group].text(lang), looks["text"])
        sheet.write_string(row, 2, kind.help.text(lang) if kind.help else "", looks["text"])
