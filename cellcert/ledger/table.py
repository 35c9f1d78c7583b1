"""A ledger as a table: the lines of a workbook or CSV file, every fault at its row and column, all or nothing."""

import csv
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import StringIO

from cellcert.criteria.export.spreadsheet_file import Formula, Unreadable, broken, open_workbook, parts_of, rows_of
from cellcert.criteria.ledger_reader import COLUMNS
from cellcert.criteria.text import Text
from cellcert.criteria.wastes import Wastes
from cellcert.ledger.measures import KG, Measure, T, Wrong, measure_named, tonnes
from cellcert.ledger.rules import Line, line_faults, month_fault, words_fault

LARGEST_FILE = 2_000_000
MOST_ROWS = 4_000
MOST_COLUMNS = 64
MOST_FAULTS = 200
HEADS: dict[str, Text] = {
    "year": Text("年份", "Year"),
    "month": Text("月份", "Month"),
    "kind": Text("废物种类", "Kind of waste"),
    **COLUMNS,
    "receiver": Text("接收单位", "Receiver"),
    "note": Text("备注", "Note"),
}
OPTIONAL = {"receiver", "note"}
Cell = str | Decimal | Formula | None
Rows = list[tuple[int, list[Cell]]]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a row and a column; row 0 is the whole file."""

    row: int
    column: Text | None
    message: Text

    @property
    def sentence(self) -> Text:
        if not self.row:
            return self.message
        if self.column is None:
            return Text(f"第 {self.row} 行：{self.message.zh}", f"Row {self.row}: {self.message.text('en')}")
        return Text(
            f"第 {self.row} 行“{self.column.zh}”：{self.message.zh}",
            f"Row {self.row}, “{self.column.text('en')}”: {self.message.text('en')}",
        )


def read_table(name: str, data: bytes, wastes: Wastes, today: date) -> tuple[list[Line], list[Fault]]:
    """The lines of a file, or everything that is wrong with it."""
    try:
        rows = rows_in(name, data)
    except Unreadable as wrong:
        return [], [Fault(0, None, wrong.sentence)]
    heads = [(row, columns) for row in rows[:20] if "year" in (columns := _columns(row[1]))]
    if not heads:
        told = "、".join(head.zh for head in HEADS.values())
        en = "no heads found; download the template and keep its first row"
        return [], [Fault(0, None, Text(f"没有找到表头。请下载模板，第一行保留这些列：{told}", en))]
    (number, head), columns = heads[0]
    faults = _head_faults(number, head, columns)
    if faults:
        return [], faults
    measures = {key: measure for key in COLUMNS if (measure := _measure_in(head[columns[key]]))}
    lines, faults = _lines([row for row in rows if row[0] > number], columns, measures, wastes, today)
    if not lines and not faults:
        faults = [Fault(0, None, Text("文件里没有数据行，请填写后再导入", "the file has no lines; fill it in first"))]
    return ([] if faults else lines), faults


def rows_in(name: str, data: bytes) -> Rows:
    """The rows of the first sheet of a workbook, or of a CSV file, each with its number; or ``Unreadable``."""
    if len(data) > LARGEST_FILE:
        raise Unreadable(
            f"文件超过 {LARGEST_FILE // 1_000_000} MB，请只留下要导入的表",
            f"larger than {LARGEST_FILE // 1_000_000} MB; keep only the table to import",
        )
    if not data.strip():
        raise Unreadable("文件是空的，请选择填好的表", "the file is empty")
    ending = name.lower().rpartition(".")[2]
    if ending == "csv":
        return _csv_rows(data)
    if ending != "xlsx":
        raise Unreadable("只能导入 .xlsx 或 .csv 文件，请另存后再导入", "only .xlsx and .csv files; save it as one")
    try:
        sheet = open_workbook(parts_of(data)).worksheets[0]
        return [(number, list(values)) for number, values in rows_of(sheet)]
    except IndexError as error:
        raise broken() from error


def _csv_rows(data: bytes) -> Rows:
    text = _decoded(data)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    rows: Rows = []
    try:
        for number, row in enumerate(csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True), 1):
            if number > MOST_ROWS and any(cell.strip() for cell in row):
                raise Unreadable(f"超过 {MOST_ROWS} 行，请分成几个文件", f"more than {MOST_ROWS} rows; split the file")
            rows.append((number, [_csv_cell(cell) for cell in row[:MOST_COLUMNS]]))
    except csv.Error as error:
        raise Unreadable(
            "CSV 的引号或分隔符不成对，请用表格软件打开后另存", "quotes or separators do not match; save the CSV anew"
        ) from error
    return rows


def _csv_cell(cell: str) -> Cell:
    text = cell.strip()
    return Formula(text) if text.startswith(("=", "@")) else text or None


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        codings: Sequence[str] = ("utf-16",)
    else:
        codings = ("utf-8-sig", "gb18030")
    for coding in codings:
        try:
            text = data.decode(coding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Unreadable(
        "不是文本文件，认不出文字编码；请在表格软件里另存为 CSV UTF-8 或 .xlsx",
        "not a text file; save it as CSV UTF-8 or .xlsx",
    )


# heads


def plain_head(head: Cell) -> str:
    """A head without what people add to it: blanks, the unit, a star."""
    words = unicodedata.normalize("NFKC", str(head or ""))
    return re.sub(r"\(.*?\)|[\s:*·]", "", words).casefold()


def _measure_in(head: Cell) -> Measure | None:
    """The measure a head names behind its words: 产生量（公斤）."""
    named = re.search(r"\((.*?)\)", unicodedata.normalize("NFKC", str(head or "")))
    return measure_named(named[1]) if named else None


KNOWN = {plain_head(head.text(lang)): key for key, head in HEADS.items() for lang in ("zh", "en")}


def _columns(row: Sequence[Cell]) -> dict[str, int]:
    """Which column holds what; of two with one head the first."""
    found: dict[str, int] = {}
    for column, cell in enumerate(row):
        key = KNOWN.get(plain_head(cell))
        if key is not None:
            found.setdefault(key, column)
    return found


def _head_faults(number: int, row: Sequence[Cell], columns: dict[str, int]) -> list[Fault]:
    faults = []
    for column, cell in enumerate(row):
        key = KNOWN.get(plain_head(cell))
        shown = str(cell or "").strip()[:30]
        if cell is not None and key is None:
            faults.append(
                Fault(number, None, Text(f"不认识这一列：“{shown}”，请按模板改名或删去", f"unknown column “{shown}”"))
            )
        elif key is not None and columns[key] != column:
            faults.append(Fault(number, HEADS[key], Text("这一列出现了两次，请删去一列", "this column stands twice")))
        elif key is not None and key in COLUMNS and _measure_in(cell) is None:
            told = Text(
                f"表头没有写明单位，请写成“{HEADS[key].zh}（吨）”或“{HEADS[key].zh}（公斤）”",
                f"the head names no measure; write “{HEADS[key].en} (t)” or “{HEADS[key].en} (kg)”",
            )
            faults.append(Fault(number, HEADS[key], told))
    missing = [key for key in HEADS if key not in columns and key not in OPTIONAL]
    if missing == ["dumped"]:
        told = Text(
            "这是旧模板，少“倾倒丢弃量”一列。请在表头加上“倾倒丢弃量（吨）”或“倾倒丢弃量（公斤）”，没有的整列留空，再导入",
            "an older template without “Dumped or discarded”; add that column with its measure, empty if there is none",
        )
        faults.append(Fault(number, None, told))
    elif missing:
        zh, en = "、".join(HEADS[key].zh for key in missing), ", ".join(HEADS[key].text("en") for key in missing)
        faults.append(Fault(number, None, Text(f"缺少这些列：{zh}。请按模板补上", f"missing columns: {en}")))
    return faults


# lines


def _lines(
    rows: Rows, columns: dict[str, int], measures: Mapping[str, Measure], wastes: Wastes, today: date
) -> tuple[list[Line], list[Fault]]:
    lines: list[Line] = []
    faults: list[Fault] = []
    first: dict[tuple[int, int, str, str], int] = {}
    names = {
        plain_head(name): kind.key for kind in wastes.kinds for name in (kind.name.zh, kind.name.text("en"), kind.key)
    }
    for number, row in rows:
        cells = {key: row[column] if column < len(row) else None for key, column in columns.items()}
        beyond = [cell for column, cell in enumerate(row) if column not in columns.values() and cell is not None]
        if not any(str(cell or "").strip() for cell in cells.values()) and not beyond:
            continue
        line, found = _line(number, cells, measures, names, today)
        if beyond:
            found.append(
                Fault(
                    number,
                    None,
                    Text("表格右边多出了内容，请删去或放进备注", "something stands beyond the last column"),
                )
            )
        if line is not None and not found:
            if line.key in first:
                message = Text(
                    f"与第 {first[line.key]} 行重复（同月、同种、同接收单位），请合并成一行",
                    f"repeats row {first[line.key]} (same month, kind and receiver); make them one",
                )
                found.append(Fault(number, None, message))
            first.setdefault(line.key, number)
            lines.append(line)
        faults += found
        if len(faults) >= MOST_FAULTS:
            break
    return lines, faults


def _line(
    number: int, cells: dict[str, Cell], measures: Mapping[str, Measure], names: dict[str, str], today: date
) -> tuple[Line | None, list[Fault]]:
    found: dict[str, Text] = {
        key: Text("是公式，请复制后“粘贴为数值”", "is a formula; paste it as a value")
        for key, cell in cells.items()
        if isinstance(cell, Formula)
    }
    if found:
        return None, _placed(number, found)
    year, month = _whole(cells["year"]), _whole(cells["month"])
    none = Text("不是整数，请填数字", "is not a whole number")
    found |= {key: _said(cells[key], none) for key, read in (("year", year), ("month", month)) if read is None}
    if year is not None and month is not None and (never := month_fault(year, month, today)):
        found["month" if today.year - 1 <= year <= today.year else "year"] = never
    kind = names.get(plain_head(cells["kind"]), "")
    if not kind:
        told = Text("不在废物种类里，请从模板的“废物种类”表里选", "is no known kind of waste; see the second sheet")
        found["kind"] = _said(cells["kind"], told)
    amounts: dict[str, Decimal] = {}
    for column in COLUMNS:
        try:
            amounts[column] = tonnes(cells[column], measures[column]) or Decimal(0)
        except Wrong as unusable:
            found[column] = unusable.sentence
    receiver, note = _words(cells.get("receiver")), _words(cells.get("note"))
    found |= {key: odd for key, text in (("receiver", receiver), ("note", note)) if (odd := words_fault(text))}
    if not any(_words(cells[column]) for column in COLUMNS):
        return None, [
            *_placed(number, found),
            Fault(number, None, Text("一个数也没有填；没有产生就填 0", "no quantity at all; give 0 for none")),
        ]
    if found or year is None or month is None:
        return None, _placed(number, found)
    measure = KG if KG in measures.values() else T
    line = Line(year=year, month=month, kind=kind, receiver=receiver, note=note, measure=measure.key, **amounts)
    return line, _placed(number, dict(line_faults(line)))


def _placed(number: int, found: dict[str, Text]) -> list[Fault]:
    """Faults in the order of the columns."""
    return [Fault(number, head, found[key]) for key, head in HEADS.items() if key in found]


def _said(cell: Cell, wrong: Text) -> Text:
    shown = _words(cell)[:20]
    return Text(f"“{shown}”{wrong.zh}", f"“{shown}” {wrong.en}") if shown else Text("没有填", "is empty")


def _whole(cell: Cell) -> int | None:
    if isinstance(cell, Decimal):
        return int(cell) if cell == cell.to_integral_value() and abs(cell) < 10_000 else None
    text = unicodedata.normalize("NFKC", cell or "").strip().rstrip("年月").strip()
    return int(text) if re.fullmatch(r"\d{1,4}", text, re.ASCII) else None


def _words(cell: Cell) -> str:
    if isinstance(cell, Decimal):
        return format(cell.to_integral_value() if cell == cell.to_integral_value() else cell, "f")
    return (cell or "").strip()
