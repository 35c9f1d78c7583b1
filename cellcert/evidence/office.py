"""Word and Excel files as evidence: read in bounded space; without macros, outside parts and entity tricks."""

import re
import zipfile
import zlib
from io import BytesIO
from xml.etree import ElementTree

from cellcert.errors import N_, Unusable

MOST_ENTRIES, MOST_RATIO, MOST_BYTES = 2000, 50, 400 * 1024 * 1024
SMALL = 4 * 1024 * 1024  # a small file may well pack better than the ratio
MAIN_PART = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
MACROS = re.compile(rb"vbaProject|macroEnabled|activeX", re.IGNORECASE)
PIECE = 1024 * 1024
BROKEN = (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, NotImplementedError, RuntimeError, LookupError)


def check_office(name: str, data: bytes, extension: str) -> None:
    """Refuse an office file that is broken, swollen, or brings more than words and figures."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            _check_entries(name, data, archive)
            parts = _read(name, data, archive)
    except BROKEN as error:
        raise _broken(name, extension) from error
    if MAIN_PART[extension] not in parts or "[Content_Types].xml" not in parts:
        raise _broken(name, extension)
    for part, xml in parts.items():
        if MACROS.search(part.encode()) or (part == "[Content_Types].xml" and MACROS.search(xml)):
            sentence = N_("“{name}”带有宏或控件。请另存为不带宏的 {kind} 文件，或导出为 PDF。")
            raise Unusable(sentence, name=name, kind=extension.upper())
        if part.endswith((".xml", ".rels")) and _has_doctype(xml):
            raise _broken(name, extension)
        if part.endswith(".rels") and _leads_outside(xml):
            raise Unusable(N_("“{name}”引用了外部图片、模板或数据。请把内容嵌入文件，或导出为 PDF。"), name=name)


def _broken(name: str, extension: str) -> Unusable:
    sentence = N_("“{name}”不是完整的 {kind} 文件。请重新保存，或导出为 PDF 后再上传。")
    return Unusable(sentence, name=name, kind=extension.upper())


def _check_entries(name: str, data: bytes, archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > _room(data):
        raise _swollen(name)
    names = [entry.filename for entry in entries]
    if len(set(names)) < len(names):
        raise zipfile.BadZipFile("a name is used twice")
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        path = entry.filename
        if path.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", path) or ":" in path or entry.flag_bits & 0x1:
            raise zipfile.BadZipFile("a path leads outside, or an entry is locked")
        if entry.header_offset < end:
            raise zipfile.BadZipFile("entries overlap")
        end = entry.header_offset + 30 + entry.compress_size


def _read(name: str, data: bytes, archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Every part, counted while it is inflated: the directory may lie. Only XML is kept."""
    parts: dict[str, bytes] = {}
    inflated = 0
    for entry in archive.infolist():
        pieces = []
        with archive.open(entry) as part:
            while piece := part.read(PIECE):
                inflated += len(piece)
                if inflated > _room(data):
                    raise _swollen(name)
                if entry.filename.endswith((".xml", ".rels")):
                    pieces.append(piece)
        parts[entry.filename] = b"".join(pieces)
    return parts


def _room(data: bytes) -> int:
    return min(max(len(data) * MOST_RATIO, SMALL), MOST_BYTES)


def _swollen(name: str) -> Unusable:
    return Unusable(N_("“{name}”解开后太大。请删去多余内容，或导出为 PDF 后再上传。"), name=name)


def _has_doctype(xml: bytes) -> bool:
    # XML in UTF-16 hides the word from a search of the bytes.
    text = xml.decode("utf-16", "replace") if xml[:2] in (b"\xff\xfe", b"\xfe\xff") else xml.decode("utf-8", "replace")
    return "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper() or "\x00" in text


def _leads_outside(xml: bytes) -> bool:
    try:
        root = ElementTree.fromstring(xml)  # noqa: S314 - no DTD: checked above
    except ElementTree.ParseError:
        return True
    return any(
        relation.get("TargetMode", "").lower() == "external" and not relation.get("Type", "").endswith("/hyperlink")
        for relation in root.iter()
    )
