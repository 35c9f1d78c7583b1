"""The cells of an office workbook as text, read within bounds; nothing in it is ever evaluated."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from typing import Any
from xml.etree import ElementTree as ET  # entities are refused before it is used

from cellcert.criteria.export.spreadsheet_file import MAX_COLUMNS, MAX_ROWS, Unreadable, broken, open_workbook
from cellcert.criteria.text import figure

MAX_CELLS = 30_000
MAX_MERGED = 100_000
MAX_CELL = 1900
REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?\Z")


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet: texts by row and column from 0."""

    name: str
    rows: tuple[tuple[str, ...], ...]
    formulas: frozenset[tuple[int, int]]
    tall: frozenset[tuple[int, int]]  # cells that a merge covers from above; their text is that of its first cell


def grids(parts: Mapping[str, bytes], sheet: str | None = None) -> list[Grid]:
    """Every sheet of ``parts_of`` a workbook that can be seen, or the one that is named."""
    try:
        found = _sheets(open_workbook(parts, results=True), parts, sheet)
    except Unreadable:
        raise
    except Exception as error:  # whatever a broken or hostile part makes the reader do
        raise broken() from error
    if not found:
        named = f"没有叫“{sheet}”的工作表" if sheet else "工作簿里没有内容"
        raise Unreadable(f"{named}，请检查后重试", "no such sheet, or nothing in it; check and try again")
    return found


def _sheets(book: Any, parts: Mapping[str, bytes], sheet: str | None) -> list[Grid]:  # noqa: ANN401
    found = []
    for page in book.worksheets:
        if (sheet is not None and page.title != sheet) or (sheet is None and page.sheet_state != "visible"):
            continue
        formulas, merges = _marks(parts[page._worksheet_path])
        page.reset_dimensions()
        rows = [[_text(cell) for cell in row] for row in page.iter_rows(max_row=MAX_ROWS, max_col=MAX_COLUMNS)]
        width = max((len(row) for row in rows), default=0)
        rows = [row + [""] * (width - len(row)) for row in rows]
        tall = _filled(rows, merges, width)
        if any(any(row) for row in rows):
            found.append(Grid(page.title, tuple(tuple(row) for row in rows), formulas, tall))
    return found


def _marks(xml: bytes) -> tuple[frozenset[tuple[int, int]], list[tuple[int, int, int, int]]]:
    """Where formulas stand, and what is merged; cells beyond the bounds are refused."""
    formulas: set[tuple[int, int]] = set()
    merges: list[tuple[int, int, int, int]] = []
    covered = cells = 0
    for _, element in ET.iterparse(BytesIO(xml), events=("end",)):  # noqa: S314 - no entities, bounded
        tag = element.tag.rpartition("}")[2]
        if tag == "c":
            at = _place(element.get("r", ""))
            held = {child.tag.rpartition("}")[2] for child in element}
            if at and held & {"v", "is"} and (at[0] >= MAX_ROWS or at[1] >= MAX_COLUMNS):
                raise Unreadable(
                    f"内容超出 {MAX_ROWS} 行或 {MAX_COLUMNS} 列，请只留下评价表",
                    f"content beyond {MAX_ROWS} rows or {MAX_COLUMNS} columns; keep only the checklist",
                )
            cells += bool(held & {"v", "is"})
            if cells > MAX_CELLS:
                raise Unreadable(
                    f"内容超过 {MAX_CELLS} 格，请只留下评价表", f"more than {MAX_CELLS} cells; keep only the checklist"
                )
            if at and "f" in held:
                formulas.add((at[0], at[1]))
        elif tag == "mergeCell" and (area := _place(element.get("ref", ""))):
            top, left, bottom, right = area[0], area[1], min(area[2], MAX_ROWS - 1), min(area[3], MAX_COLUMNS - 1)
            covered += max(0, bottom - top + 1) * max(0, right - left + 1)
            if covered > MAX_MERGED:
                raise Unreadable(
                    "合并的单元格太多，请取消整行整列的合并",
                    "too many merged cells; undo merges of whole rows or columns",
                )
            merges.append((top, left, bottom, right))
        if tag == "row":
            element.clear()
    return frozenset(formulas), merges


def _place(reference: str) -> tuple[int, int, int, int] | None:
    found = REFERENCE.match(reference)
    if found is None:
        return None
    left, top, right, bottom = found.groups()
    first = (int(top) - 1, _column(left))
    return (*first, int(bottom) - 1 if bottom else first[0], _column(right) if right else first[1])


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _filled(rows: list[list[str]], merges: list[tuple[int, int, int, int]], width: int) -> frozenset[tuple[int, int]]:
    """A cell merged over several rows stands in each of them."""
    tall: set[tuple[int, int]] = set()
    for top, left, bottom, _ in merges:
        if top >= len(rows) or left >= width:
            continue
        for at in range(top + 1, min(bottom + 1, len(rows))):
            rows[at][left] = rows[top][left]
            tall.add((at, left))
    return frozenset(tall)


def _text(cell: Any) -> str:  # noqa: ANN401 - a cell of openpyxl
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        if not math.isfinite(value) or abs(value) > 10**15:
            return str(value)
        number = Decimal(str(value))
        if "%" in str(getattr(cell, "number_format", "") or ""):
            return f"{figure(number * 100)}%"
        return figure(number)
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return clean(str(value))


def clean(text: str) -> str:
    """Readable signs and line ends only."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "").replace("\u2028", "\n")
    text = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text)
    lines = (re.sub(r" {2,}", " ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)
