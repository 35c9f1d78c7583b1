"""A list of experts for cases as a table: one row for each seat, every fault at its row and column."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cellcert.criteria.export.spreadsheet_file import Formula, Unreadable
from cellcert.criteria.text import Text
from cellcert.errors import N_, NotReady, Refusal
from cellcert.ledger.table import MOST_FAULTS, Cell, plain_head, rows_in

HEADS: dict[str, Text] = {
    "reference": Text("申报编号", "Application number"),
    "login": Text("专家登录名", "Expert's sign-in name"),
    "due": Text("截止日期", "Due date"),
}
KNOWN = {plain_head(head.text(lang)): key for key, head in HEADS.items() for lang in ("zh", "en")}


@dataclass(frozen=True, slots=True)
class Row:
    """One seat asked for; without a day the usual one is meant."""

    number: int
    reference: str
    login: str
    due: date | None


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong at a row and a column (a key of ``HEADS``); row 0 is the whole file."""

    number: int
    column: str
    said: Refusal | Text


def read_seating(name: str, data: bytes) -> tuple[list[Row], list[RowFault]]:
    """The rows of a file, or everything that is wrong with it; columns of other heads are left alone."""
    try:
        rows = rows_in(name, data)
    except Unreadable as wrong:
        return [], [RowFault(0, "", wrong.sentence)]
    for number, cells in rows[:20]:
        columns = {key: at for at, cell in reversed(list(enumerate(cells))) if (key := KNOWN.get(plain_head(cell)))}
        if {"reference", "login"} <= set(columns):
            return _rows([(at, values) for at, values in rows if at > number], columns)
    return [], [RowFault(0, "", NotReady(N_("没有找到表头。请下载模板，保留“申报编号”和“专家登录名”两列。")))]


def _rows(rows: Sequence[tuple[int, Sequence[Cell]]], columns: dict[str, int]) -> tuple[list[Row], list[RowFault]]:
    found: list[Row] = []
    faults: list[RowFault] = []
    first: dict[tuple[str, str], int] = {}
    for number, values in rows:
        cells = {key: values[at] if at < len(values) else None for key, at in columns.items()}
        words = {key: str(cell or "").strip() for key, cell in cells.items()}
        if not words["login"] and not words.get("due"):
            continue  # the template names the cases; a line without an expert asks for nothing
        wrong = [
            RowFault(number, key, NotReady(N_("是公式，请复制后“粘贴为数值”。")))
            for key, cell in cells.items()
            if isinstance(cell, Formula)
        ]
        wrong += [RowFault(number, key, NotReady(N_("没有填写。"))) for key in ("reference", "login") if not words[key]]
        due = day(words.get("due", ""))
        if due is None and words.get("due"):
            wrong.append(RowFault(number, "due", NotReady(N_("不是日期，请按 2026-07-31 的样子填写。"))))
        seat = words["reference"], words["login"].lower()
        if seat in first and not wrong:
            told = NotReady(N_("与第 {row} 行重复，请删去一行。"), row=first[seat])
            wrong.append(RowFault(number, "login", told))
        first.setdefault(seat, number)
        if wrong:
            faults += wrong
        else:
            found.append(Row(number, words["reference"], words["login"], due))
        if len(faults) >= MOST_FAULTS:
            break
    if not found and not faults:
        faults = [RowFault(0, "", NotReady(N_("文件里没有填写专家的行，请填好后再导入。")))]
    return found, faults


def day(typed: str) -> date | None:
    """A day as people and spreadsheets write it."""
    parts = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?", typed)
    try:
        return date(*(int(part) for part in parts.groups())) if parts else None
    except ValueError:
        return None
