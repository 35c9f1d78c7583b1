"""The one door for workbooks somebody sent: bounded, without macros, links or anything that is computed."""

import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl

from cellcert.criteria.text import Text

MAX_FILE = 10_000_000
MAX_PARTS = 2000
MAX_PART = 2_500_000  # of XML: a checklist of 1,000 items is less than 1 MB
MAX_STYLES = 600_000
MAX_READ = 6_000_000  # all that must be read, inflated
MAX_TAGS = 250_000  # begins and ends of elements in all of it: what takes the time
MAX_ATTRIBUTES = 150_000
MAX_NAMES = 20_000  # tags of the part that lists sheets and names
MAX_ROWS = 4_000
MAX_COLUMNS = 64
MAX_SHEETS = 30

# Macros, links to other files, embedded files and pictures are never looked at.
SKIPPED = re.compile(
    r"^(?!xl/|_rels/|\[Content_Types\])|^xl/(?:media|externalLinks|connections|queryTables|webExtensions|macrosheets"
    r"|drawings|charts|embeddings|pivot\w*|activeX|ctrlProps|printerSettings|theme|worksheets/_rels|comments)"
)
STYLES = "xl/styles.xml"
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


def parts_of(data: bytes) -> dict[str, bytes]:
    """The XML that is read, by name, each part of a known and bounded size; anything else is ``Unreadable``."""
    if len(data) > MAX_FILE:
        raise Unreadable(
            f"文件超过 {MAX_FILE // 1_000_000} MB，请删去图片和无关的工作表",
            f"larger than {MAX_FILE // 1_000_000} MB; remove pictures and other sheets",
        )
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(
            "是旧版 .xls 或加了密码的文件，请去掉密码并另存为 .xlsx",
            "an old .xls or protected by a password; save it as .xlsx without one",
        )
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            return _unpacked(packed)
    except Unreadable:
        raise
    except Exception as error:  # whatever a broken or hostile archive does to the library
        raise Unreadable("不是 .xlsx 工作簿，请另存为 .xlsx", "not a workbook; save it as .xlsx") from error


def _unpacked(packed: zipfile.ZipFile) -> dict[str, bytes]:
    """Sizes are looked at in the directory before anything is inflated."""
    entries = packed.infolist()
    wanted = [
        entry for entry in entries if not SKIPPED.match(entry.filename) and entry.filename.endswith((".xml", ".rels"))
    ]
    if len(entries) > MAX_PARTS or sum(entry.file_size for entry in wanted) > MAX_READ:
        raise _too_large()
    if len({entry.filename for entry in entries}) < len(entries) or any(entry.flag_bits & 1 for entry in wanted):
        raise Unreadable(
            "工作簿的目录有重复或加密的内容，请重新另存为 .xlsx", "duplicate or encrypted parts; save it anew as .xlsx"
        )
    if any(entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for entry in wanted):
        # of bzip2 and LZMA a whole block comes at once, however little is asked for: 700 bytes can become a gigabyte
        raise Unreadable(
            "工作簿的压缩方式不能读取，请在表格软件里另存为 .xlsx", "packed in a way that is not read; save it as .xlsx"
        )
    parts: dict[str, bytes] = {}
    tags = attributes = 0
    for entry in wanted:
        limit = MAX_STYLES if "styles" in entry.filename else MAX_PART
        with packed.open(entry) as file:
            content = file.read(min(entry.file_size, limit) + 1)  # never more, whatever the directory promises
        if len(content) > limit or len(content) != entry.file_size:
            raise _too_large()
        if entry.filename == "xl/workbook.xml" and content.count(b"<") > MAX_NAMES:
            raise _too_large()
        if entry.filename != STYLES:
            tags, attributes = tags + content.count(b"<"), attributes + content.count(b"=")
        if tags > MAX_TAGS or attributes > MAX_ATTRIBUTES:
            raise _too_large()
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\0" in content:
            raise Unreadable(
                "工作簿里有不允许的 XML 声明，不能读取", "the workbook declares XML entities; it is not read"
            )
        parts[entry.filename] = content
    return parts


def _too_large() -> Unreadable:
    return Unreadable(
        "工作簿解开后太大，不像一份评价表；请只留下评价表，复制到新的工作簿再导入",
        "too large once unpacked for a checklist; copy the checklist to a new workbook",
    )


def broken() -> Unreadable:
    """For whatever goes wrong while a workbook is read."""
    return Unreadable(
        "文件打不开，可能已经损坏；请用表格软件打开后另存为 .xlsx",
        "the file cannot be opened; open it in a spreadsheet program and save it as .xlsx",
    )


def open_workbook(parts: Mapping[str, bytes], *, results: bool = False) -> Any:  # noqa: ANN401
    """The workbook of ``parts_of``, to be read row by row; ``results``: what formulas gave when it was saved."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(file, read_only=True, data_only=results, keep_links=False)
            sheets = len(book.worksheets)
    except Exception as error:  # whatever a broken file does to the library
        raise broken() from error
    if sheets > MAX_SHEETS:
        raise Unreadable(f"工作表超过 {MAX_SHEETS} 张，请只留评价表", f"more than {MAX_SHEETS} sheets")
    return book


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
        raise broken() from error


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
