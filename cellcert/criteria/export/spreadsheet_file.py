"""Opening a workbook somebody sent: bounded, without macros, links or anything that is computed."""

import re
import warnings
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl

from cellcert.criteria.text import Text

MAX_FILE = 8_000_000
MAX_PARTS = 500
MAX_XML = 16_000_000  # all that must be read, inflated
MAX_TAGS = 250_000  # begins and ends of elements in all of it: what takes the time
MAX_ATTRIBUTES = 150_000
MAX_NAMES = 20_000  # tags of the part that lists sheets and names
MAX_ROWS = 4_000
MAX_COLUMNS = 60
MAX_SHEETS = 30

REFUSED_PARTS = (
    (re.compile(r"vbaProject|vbaData|macrosheets|activeX", re.IGNORECASE), Text("带有宏", "holds macros")),
    (
        re.compile(r"externalLinks|connections\.xml|queryTables|webExtensions", re.IGNORECASE),
        Text("链接了别的文件或数据", "links to other files or data"),
    ),
    (re.compile(r"embeddings/", re.IGNORECASE), Text("嵌入了别的文件", "holds other files")),
)

NO_STYLES = (
    b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts><font/></fonts>'
    b'<fills><fill><patternFill patternType="none"/></fill></fills><borders><border/></borders>'
    b'<cellStyleXfs><xf/></cellStyleXfs><cellXfs><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellXfs>'
    b'<cellStyles><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


class Unreadable(Exception):
    """A workbook that is not read, and why."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh)
        self.sentence = Text(zh, en)


class Formula(str):
    """A cell that computes something: never evaluated, and never taken for a text."""

    __slots__ = ()


def open_workbook(data: bytes) -> Any:  # noqa: ANN401
    """The workbook, to be read row by row; ``Unreadable`` says in a sentence what is wrong with it."""
    data = _look_inside(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(BytesIO(data), read_only=True, keep_links=False)
            if len(book.worksheets) > MAX_SHEETS:
                raise Unreadable(f"工作表超过 {MAX_SHEETS} 张，请只留评价表", f"more than {MAX_SHEETS} sheets")
    except Unreadable:
        raise
    except Exception as error:  # whatever a broken file does to the library
        raise _broken() from error
    return book


def _broken() -> Unreadable:
    return Unreadable(
        "文件打不开，可能已经损坏；请用表格软件打开后另存为 .xlsx",
        "the file cannot be opened; open it in a spreadsheet program and save it as .xlsx",
    )


def _look_inside(data: bytes) -> bytes:
    """The parts that are read, bounded; sizes are looked at before anything is inflated."""
    if len(data) > MAX_FILE:
        raise Unreadable(
            "文件超过 8 MB，请删去图片和无关内容", "larger than 8 MB; remove pictures and what does not belong"
        )
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(
            "是旧版 .xls 或加了密码的文件，请去掉密码并另存为 .xlsx",
            "an old .xls or protected by a password; save it as .xlsx without one",
        )
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            return _parts_to_read(packed)
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable("不是 .xlsx 工作簿，请另存为 .xlsx", "not a workbook; save it as .xlsx") from error


def _parts_to_read(packed: zipfile.ZipFile) -> bytes:
    parts = packed.infolist()
    if len(parts) > MAX_PARTS:
        raise Unreadable(f"文件里的部件超过 {MAX_PARTS} 个，请另存一份干净的", f"more than {MAX_PARTS} parts inside")
    for part in parts:
        for pattern, what in REFUSED_PARTS:
            if pattern.search(part.filename):
                raise Unreadable(
                    f"工作簿{what}，不读取；请另存为不带这些内容的 .xlsx",
                    f"the workbook {what.en} and is not read; save it without",
                )
    xml = [part for part in parts if part.filename.lower().endswith((".xml", ".rels", ".vml"))]
    if sum(part.file_size for part in xml) > MAX_XML:
        raise _too_large()
    tags = attributes = 0
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as kept:
        for part in xml:
            content = packed.read(part)
            if part.filename == "xl/styles.xml":  # thousands of formats are common, slow to read, and not needed
                content = NO_STYLES
            tags, attributes = tags + content.count(b"<"), attributes + content.count(b"=")
            names = part.filename == "xl/workbook.xml" and content.count(b"<") > MAX_NAMES
            if tags > MAX_TAGS or attributes > MAX_ATTRIBUTES or names:
                raise _too_large()
            if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\x00" in content[:200]:
                raise _broken()
            kept.writestr(part.filename, content)
    return file.getvalue()


def _too_large() -> Unreadable:
    return Unreadable(
        "解开后太大，不像一份评价表；请删去空行空列、多余格式和无关的表",
        "too large once unpacked for a checklist; remove empty rows, formats and other sheets",
    )


def rows_of(sheet: Any) -> Iterator[tuple[int, list[str | Decimal | Formula | None]]]:  # noqa: ANN401
    """Each row with its number from 1 and its values: texts, exact figures, formulas as such."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for number, row in enumerate(sheet.iter_rows(max_row=MAX_ROWS + 1, max_col=MAX_COLUMNS), 1):
                values = [_value(cell) for cell in row]
                if number > MAX_ROWS and any(value is not None for value in values):
                    raise Unreadable(
                        f"工作表“{sheet.title}”超过 {MAX_ROWS} 行，请删去多余的行",
                        f"the sheet “{sheet.title}” has more than {MAX_ROWS} rows",
                    )
                yield number, values
    except Unreadable:
        raise
    except Exception as error:
        raise _broken() from error


def _value(cell: Any) -> str | Decimal | Formula | None:  # noqa: ANN401
    value = cell.value
    if value is None or value == "":
        return None
    if cell.data_type == "f":
        return Formula(getattr(value, "text", value))
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        # 2.35 in the file is 2.35 again: the shortest decimal of a float is what was typed.
        number = Decimal(repr(value))
        return number if number.is_finite() else str(value)
    return str(value).replace("\r\n", "\n")
