"""The cells of an office workbook as text, read within bounds; nothing in it is ever evaluated."""

import io
import math
import re
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET  # entities are refused before it is used

from openpyxl import load_workbook

from cellcert.criteria.export.spreadsheet_file import Unreadable
from cellcert.criteria.text import figure

MAX_FILE = 10_000_000
MAX_PARTS = 2000
MAX_PART = 2_500_000  # of XML: a checklist of 1,000 items is less than 1 MB
MAX_STYLES = 600_000
MAX_CELLS = 30_000
MAX_READ = 6_000_000
MAX_ROWS, MAX_COLUMNS, MAX_SHEETS = 2500, 64, 20
MAX_MERGED = 100_000
MAX_CELL = 1900
SKIPPED = re.compile(
    r"^(?!xl/|_rels/|\[Content_Types\])|^xl/(?:media|externalLinks|drawings|charts|embeddings|pivot\w*|activeX|ctrlProps|printerSettings|printerSettings|theme|worksheets/_rels|comments)"
)
REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?\Z")


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet: texts by row and column from 0."""

    name: str
    rows: tuple[tuple[str, ...], ...]
    formulas: frozenset[tuple[int, int]]
    tall: frozenset[tuple[int, int]]  # cells that a merge covers from above; their text is that of its first cell


def safe_copy(data: bytes) -> bytes:
    """The workbook again with only the parts that are read, each of a known and bounded size."""
    safe = io.BytesIO()
    with zipfile.ZipFile(safe, "w", zipfile.ZIP_STORED) as archive:
        for name, content in _parts(data).items():
            archive.writestr(name, content)
    return safe.getvalue()


def grids(safe: bytes, sheet: str | None = None) -> list[Grid]:
    """Every sheet that can be seen in a ``safe_copy``, or the one that is named."""
    try:
        found = _read(safe, sheet)
    except Unreadable:
        raise
    except Exception as error:  # whatever a broken or hostile part makes the reader do
        raise Unreadable(
            "工作簿的内容读不出来，请在 Excel 或 WPS 里打开后另存为新的 .xlsx",
            "the workbook cannot be read; open it and save it anew as .xlsx",
        ) from error
    if not found:
        named = f"没有叫“{sheet}”的工作表" if sheet else "工作簿里没有内容"
        raise Unreadable(f"{named}，请检查后重试", "no such sheet, or nothing in it; check and try again")
    return found


def _parts(data: bytes) -> dict[str, bytes]:
    """The XML we need, by name, after the directory of the archive has shown that it is small."""
    if len(data) > MAX_FILE:
        raise Unreadable(
            "文件超过 10 MB，请删去图片和无关的工作表",
            "the file is larger than 10 MB; remove pictures and other sheets",
        )
    if data[:4] == b"\xd0\xcf\x11\xe0":
        raise Unreadable(
            "这是旧格式的 .xls 或加了密码的文件，请另存为不加密的 .xlsx",
            "an old .xls or an encrypted file; save it as plain .xlsx",
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _unpacked(archive)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        RuntimeError,
        OSError,
        EOFError,
        ValueError,
        MemoryError,
        KeyError,
    ) as error:
        raise Unreadable(
            "这不是 .xlsx 工作簿，请在 Excel 或 WPS 里另存为 .xlsx", "not an .xlsx workbook; save it as .xlsx"
        ) from error
    except zipfile.zlib.error as error:  # type: ignore[attr-defined]
        raise Unreadable("文件已经损坏，请重新保存", "the file is damaged; save it again") from error


def _unpacked(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = archive.infolist()
    wanted = [
        entry for entry in entries if not SKIPPED.match(entry.filename) and entry.filename.endswith((".xml", ".rels"))
    ]
    too_large = Unreadable(
        "工作簿解开后太大，请只留下评价表，复制到新的工作簿再导入",
        "the workbook is too large inside; copy the checklist to a new one",
    )
    if len(entries) > MAX_PARTS or sum(entry.file_size for entry in wanted) > MAX_READ:
        raise too_large
    if len({entry.filename for entry in entries}) < len(entries) or any(entry.flag_bits & 1 for entry in wanted):
        raise Unreadable(
            "工作簿的目录有重复或加密的内容，请重新另存为 .xlsx", "duplicate or encrypted parts; save it anew as .xlsx"
        )
    parts: dict[str, bytes] = {}
    for entry in wanted:
        limit = MAX_STYLES if "styles" in entry.filename else MAX_PART
        with archive.open(entry) as file:
            content = file.read(min(entry.file_size, limit) + 1)  # never more, whatever the directory promises
        if len(content) > limit or len(content) != entry.file_size:
            raise too_large
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\0" in content:
            raise Unreadable(
                "工作簿里有不允许的 XML 声明，不能读取", "the workbook declares XML entities; it is not read"
            )
        parts[entry.filename] = content
    return parts


def _read(safe: bytes, sheet: str | None) -> list[Grid]:
    with zipfile.ZipFile(io.BytesIO(safe)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = load_workbook(io.BytesIO(safe), read_only=True, data_only=True, keep_links=False)
        return _sheets(book, parts, sheet)


def _sheets(book: Any, parts: Mapping[str, bytes], sheet: str | None) -> list[Grid]:  # noqa: ANN401
    found = []
    for page in book.worksheets[:MAX_SHEETS]:
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
    for _, element in ET.iterparse(io.BytesIO(xml), events=("end",)):  # noqa: S314 - no entities, bounded
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
