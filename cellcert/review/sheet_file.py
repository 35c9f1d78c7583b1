"""A filled-in score table read back: every fault at its cell, and nothing of it kept while there is one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from cellcert.assessment.actions import plain
from cellcert.assessment.forms import read_item_answers, visible
from cellcert.criteria.export.spreadsheet_file import Formula, Unreadable
from cellcert.criteria.schema import Item
from cellcert.criteria.text import Text
from cellcert.ledger.table import Cell, rows_in
from cellcert.review.own_sheet import OwnSheet
from cellcert.review.sheet_entries import OPINION, Entry, entries
from cellcert.review.sheet_workbook import ANSWER, CODE, COMMENT, NAME, code_of

LONGEST_COMMENT, LONGEST_OPINION = 1000, 4000
TICKS = {"是", "√", "✓", "x", "X", "1", "有", "yes"}


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong at a cell (``F12``); no cell: the whole file."""

    cell: str
    said: Text


@dataclass(frozen=True, slots=True)
class Change:
    """One item of the file that differs from what is kept; what the file leaves empty is none."""

    item: Item
    answer: object
    words: str
    kept_answer: object
    kept_words: str


@dataclass(slots=True)
class Filled:
    """What a file says."""

    changes: list[Change] = field(default_factory=list)
    opinion: str | None = None
    same: int = 0
    faults: list[CellFault] = field(default_factory=list)


def read_sheet(own: OwnSheet, name: str, data: bytes) -> Filled:
    """The items a file changes, or everything that is wrong with it."""
    try:
        if not name.lower().endswith(".xlsx"):
            raise Unreadable("请选择下载的 .xlsx 表格", "choose the .xlsx table")
        rows = rows_in(name, data)
    except Unreadable as wrong:
        return Filled(faults=[CellFault("", wrong.sentence)])
    code = next((str(cells[1] or "") for _at, cells in rows if len(cells) > 1 and str(cells[0] or "") == CODE), "")
    if code != code_of(own):
        told = Text(
            "不是这份评分表的表格，或评分表在下载以后变了。请重新下载再填",
            "not the table of this sheet, or the sheet has changed since; download it again",
        )
        return Filled(faults=[CellFault("", told)])
    lines = {str(cells[NAME]): (at, cells) for at, cells in rows if len(cells) > NAME and cells[NAME]}
    return _read(own, lines)


def _read(own: OwnSheet, lines: Mapping[str, tuple[int, Sequence[Cell]]]) -> Filled:
    found, away = Filled(), own.off.names
    for item in own.judged:
        wanted = entries(item, away)
        if missing := [entry for entry in wanted if entry.id not in lines]:
            told = Text(
                f"缺少“{item.text}”的 {len(missing)} 行，请重新下载再填", f"{len(missing)} lines of an item are missing"
            )
            found.faults.append(CellFault("", told))
            continue
        _read_item(own, item, [(entry, *lines[entry.id]) for entry in wanted], found)
    if not own.second and OPINION in lines:
        at, cells = lines[OPINION]
        words = _words(at, cells[COMMENT], LONGEST_OPINION, found)
        found.opinion = words if words and words != own.opinion else None
    return found


def _read_item(own: OwnSheet, item: Item, rows: list[tuple[Entry, int, Sequence[Cell]]], found: Filled) -> None:
    typed: list[tuple[int, str, str]] = []
    before = len(found.faults)
    for entry, at, cells in rows:
        value = _value(entry, at, cells[ANSWER], found)
        if value:
            typed.append((at, entry.name, value))
    words = _words(rows[0][1], rows[0][2][COMMENT], LONGEST_COMMENT, found)
    answers, faults = read_item_answers([item], _form(typed))
    for fault in faults:
        found.faults.append(CellFault(f"F{_line_of(item, typed, fault.message)}", fault.message))
    if len(found.faults) > before:
        return
    answer = plain(answers.get(item.key))
    kept, kept_words = own.answers.get(item.key), own.comments.get(item.key, "")
    answer, words = kept if answer is None else answer, words or kept_words
    if answer == kept and words == kept_words:
        found.same += 1
    else:
        found.changes.append(Change(item, answer, words, kept, kept_words))


def _form(typed: Sequence[tuple[int, str, str]]) -> MultiDict[str, str]:
    return MultiDict([(name, value) for _at, name, value in typed])


def _line_of(item: Item, typed: Sequence[tuple[int, str, str]], message: Text) -> int:
    """The line without which this would not be said."""
    for line in typed:
        rest = [one for one in typed if one is not line]
        if message not in [fault.message for fault in read_item_answers([item], _form(rest))[1]]:
            return line[0]
    return typed[0][0]


def _value(entry: Entry, at: int, cell: Cell, found: Filled) -> str:
    """What a cell stands for, as a form would post it."""
    if isinstance(cell, Formula):
        found.faults.append(CellFault(f"F{at}", Text("是公式，请复制后“粘贴为数值”", "a formula; paste its value")))
        return ""
    said = str(cell if cell is not None else "").strip()
    if not said or not entry.words:
        return said
    if said in entry.words:
        return entry.words[said]
    if len(entry.words) == 1 and said in TICKS:
        return next(iter(entry.words.values()))
    options = "、".join(entry.words)
    found.faults.append(
        CellFault(f"F{at}", Text(f"“{said[:20]}”不在列表里，请选：{options}", f"“{said[:20]}” is not in the list"))
    )
    return ""


def _words(at: int, cell: Cell, most: int, found: Filled) -> str:
    if isinstance(cell, Formula):
        found.faults.append(CellFault(f"G{at}", Text("是公式，请复制后“粘贴为数值”", "a formula; paste its value")))
        return ""
    said = visible(str(cell if cell is not None else "")).strip()
    if len(said) > most:
        found.faults.append(CellFault(f"G{at}", Text(f"说明最多 {most} 字", f"at most {most} characters")))
        return ""
    return said
