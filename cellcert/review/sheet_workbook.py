"""A score sheet as a workbook to fill in without a network: locked but for what the expert fills in."""

import hashlib
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_rowcol_to_cell

from cellcert.assessment.steps import numbers
from cellcert.criteria.scorer import score
from cellcert.criteria.text import Text, figure
from cellcert.ledger.workbook import AS_TYPED
from cellcert.review.own_sheet import OwnSheet
from cellcert.review.sheet_entries import OPINION, Entry, entries
from cellcert.review.sheet_fields import fields_of

HEADS = ("序号", "项目", "计分", "单位自评", "填什么", "您的评分", "评分说明", "字段（请勿改动）")
ANSWER, COMMENT, NAME = 5, 6, 7  # columns
CODE = "核对码"
FIRST = 4  # row of the first item, from 0
OPTIONS = "选项"


def code_of(own: OwnSheet) -> str:
    """Tells this table from that of any other sheet: edition, case, submission, round, expert."""
    sheet = own.sheet
    parts = (
        own.application.edition.sha256, own.application.id, own.revision.number, own.application.round,
        own.seat.person_id, bool(sheet and sheet.blind),
    )  # fmt: skip
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:16]


def sheet_workbook(own: OwnSheet, title: str, reasons: Sequence[Text]) -> bytes:
    """One table with a line for each field, the words to choose from on a hidden second one."""
    file = BytesIO()
    with Workbook(file, AS_TYPED) as book:
        looks = _looks(book)
        sheet, options = book.add_worksheet("评分表"), book.add_worksheet(OPTIONS)
        options.hide()
        for column, width in enumerate((7, 38, 40, 24, 34, 18, 40, 10)):
            sheet.set_column(column, column, width, looks["locked"], {"hidden": True} if column == NAME else None)
        sheet.write_string(0, 0, title, looks["title"])
        told = "只填绿色格子。填完在“用表格离线评分”页面选择这个文件，核对后才会替换已保存的评分；不填的格子不改动。"
        sheet.write_string(1, 0, told, looks["plain"])
        sheet.write_string(2, 0, CODE, looks["plain"])
        sheet.write_string(2, 1, code_of(own), looks["plain"])
        for column, words in enumerate(HEADS):
            sheet.write_string(FIRST - 1, column, words, looks["head"])
        picks = _Picks(options)
        reason_range = picks.range([reason.zh for reason in reasons])
        line, away = FIRST, own.off.names
        claimed, numbered = score(own.checklist, own.revision.answers), numbers(own.checklist)
        for item in own.judged:
            kept = list(fields_of(item.way, f"items.{item.key}", own.answers.get(item.key)))
            said = claimed.item(item.key)
            for at, entry in enumerate(entries(item, away)):
                if not at:
                    mine = f"{figure(said.points)} 分" if said.state == "scored" and item.kind != "penalty" else ""
                    told = f"{mine} {said.reason.zh if said.reason else ''}".strip()
                    for column, words in enumerate((numbered[item.key], item.text.zh, item.rule_text().zh, told)):
                        sheet.write_string(line, column, words, looks["locked"])
                    sheet.write_string(line, COMMENT, own.comments.get(item.key, ""), looks["open"])
                    if reason_range:
                        sheet.data_validation(
                            line, COMMENT, line, COMMENT,
                            {"validate": "list", "source": reason_range, "show_error": False},
                        )  # fmt: skip
                sheet.write_string(line, 4, entry.label.zh, looks["locked"])
                _answer(sheet, line, entry, entry.shown(kept), looks["open"])
                rule: dict[str, object]
                if entry.words:
                    rule = {"validate": "list", "source": picks.range(list(entry.words)), "error_title": "请从列表里选"}
                else:
                    rule = _between(entry)
                sheet.data_validation(line, ANSWER, line, ANSWER, rule)
                sheet.write_string(line, NAME, entry.id, looks["locked"])
                line += 1
        if not own.second:
            sheet.write_string(line, 1, "总体评价和建议", looks["locked"])
            sheet.write_string(line, COMMENT, own.opinion, looks["open"])
            sheet.write_string(line, NAME, OPINION, looks["locked"])
        sheet.freeze_panes(FIRST, 2)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.protect("", {"format_columns": True, "format_rows": True, "select_locked_cells": True})
        options.protect()
    return file.getvalue()


def _answer(sheet: Any, line: int, entry: Entry, shown: str, look: Any) -> None:  # noqa: ANN401
    if shown and not entry.words:
        sheet.write_number(line, ANSWER, float(shown), look)
    else:
        sheet.write_string(line, ANSWER, shown, look)


def _between(entry: Entry) -> dict[str, object]:
    low, high = figure(entry.lowest), figure(entry.highest)
    return {
        "validate": "integer" if entry.whole else "decimal", "criteria": "between",
        "minimum": float(entry.lowest), "maximum": float(entry.highest),
        "error_title": "超出范围", "error_message": f"请填 {low} 到 {high} 之间的数。",
    }  # fmt: skip


class _Picks:
    """Lists of words on the hidden table; the same list stands there once."""

    def __init__(self, sheet: Any) -> None:  # noqa: ANN401
        self.sheet, self.known = sheet, dict[tuple[str, ...], str]()

    def range(self, words: Sequence[str]) -> str:
        if not words:
            return ""
        key = tuple(words)
        if key not in self.known:
            column = len(self.known)
            for row, word in enumerate(words):
                self.sheet.write_string(row, column, word)
            first = xl_rowcol_to_cell(0, column, row_abs=True, col_abs=True)
            last = xl_rowcol_to_cell(len(words) - 1, column, row_abs=True, col_abs=True)
            self.known[key] = f"={OPTIONS}!{first}:{last}"
        return self.known[key]


def _looks(book: Workbook) -> dict[str, Any]:
    base = {"font_name": "宋体", "font_size": 11, "valign": "top", "text_wrap": True}
    return {
        "title": book.add_format({"font_name": "宋体", "font_size": 14, "bold": True}),
        "plain": book.add_format({"font_name": "宋体", "font_size": 11}),
        "head": book.add_format(base | {"bold": True, "border": 1, "bg_color": "#1F6F50", "font_color": "#FFFFFF"}),
        "locked": book.add_format(base | {"border": 1, "border_color": "#D9E0DC"}),
        "open": book.add_format(base | {"border": 1, "bg_color": "#EEF6F1", "locked": False}),
    }
