"""Word and Excel files as evidence: read in bounded space; without macros, outside parts and entity tricks."""

import re
import zipfile
import zlib
from io import BytesIO
from xml.etree import ElementTree

from cellcert.errors import N_, Unusable

MOST_ENTRIES, MOST_RATIO, MOST_BYTES = 2000, 50, 400 * 1024 * 1024
MOST_DEPTH = 500
SMALL = 4 * 1024 * 1024  # a small file may well pack better than the ratio
MAIN_PART = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
MACROS = re.compile(rb"vbaProject|macroEnabled|activeX|macrosheet|dialogsheet|attachedToolbars", re.IGNORECASE)
# Word reads these fields from another file or program; Excel these formulas and parts.
FIELDS = re.compile(r"(?<![A-Z])(DDEAUTO|DDE|INCLUDEPICTURE|INCLUDETEXT|LINK|IMPORT|DATABASE|RD)\s", re.IGNORECASE)
FORMULAS = re.compile(r"WEBSERVICE\s*\(|\|\s*'|\bRTD\s*\(|\bCALL\s*\(|REGISTER\.ID", re.IGNORECASE)
REACHES_OUT = re.compile(r"xl/(connections|queryTables/|externalLinks/.*dde)|customData/|webextensions/", re.IGNORECASE)
EMBEDDED = re.compile(r"(^|/)embeddings/", re.IGNORECASE)
XML = (".xml", ".rels", ".vml")
PIECE = 1024 * 1024
BROKEN = (
    zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, NotImplementedError, RuntimeError, LookupError,
    ElementTree.ParseError,
)  # fmt: skip


def check_office(name: str, data: bytes, extension: str, *, inside: bool = False) -> None:
    """Refuse an office file that is broken, swollen, or brings more than words and figures."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            _check_entries(name, data, archive)
            parts = _read(name, data, archive)
        if MAIN_PART[extension] not in parts or "[Content_Types].xml" not in parts:
            raise zipfile.BadZipFile("a part every such file has is missing")
        for part, held in parts.items():
            _check_part(name, part, held, extension, inside)
    except BROKEN as error:
        sentence = N_("“{name}”不是完整的 {kind} 文件。请重新保存，或导出为 PDF 后再上传。")
        raise Unusable(sentence, name=name, kind=extension.upper()) from error


def _check_entries(name: str, data: bytes, archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > _room(data):
        raise _swollen(name)
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise Unusable(N_("“{name}”设有密码。请取消密码后再上传。"), name=name)
    names = [entry.filename.lower() for entry in entries]
    if len(set(names)) < len(names):
        raise zipfile.BadZipFile("a name is used twice")
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        path = entry.filename
        if path.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", path) or ":" in path:
            raise zipfile.BadZipFile("a path leads outside")
        if entry.external_attr >> 28 == 0xA:
            raise zipfile.BadZipFile("a symbolic link")
        if entry.header_offset < end or (end == 0 and entry.header_offset > 0):
            raise zipfile.BadZipFile("entries overlap, or something stands before the first")
        end = entry.header_offset + 30 + entry.compress_size
    if end > archive.start_dir:
        raise zipfile.BadZipFile("an entry reaches into the directory")


def _read(name: str, data: bytes, archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Every part, counted while it is inflated: the directory may lie. Only XML and embedded files are kept."""
    parts: dict[str, bytes] = {}
    inflated = 0
    for entry in archive.infolist():
        pieces = []
        with archive.open(entry) as part:
            while piece := part.read(PIECE):
                inflated += len(piece)
                if inflated > _room(data):
                    raise _swollen(name)
                if entry.filename.lower().endswith(XML) or EMBEDDED.search(entry.filename):
                    pieces.append(piece)
        parts[entry.filename] = b"".join(pieces)
    return parts


def _room(data: bytes) -> int:
    return min(max(len(data) * MOST_RATIO, SMALL), MOST_BYTES)


def _swollen(name: str) -> Unusable:
    return Unusable(N_("“{name}”解开后太大。请删去多余内容，或导出为 PDF 后再上传。"), name=name)


def _check_part(name: str, part: str, held: bytes, extension: str, inside: bool) -> None:
    if MACROS.search(part.encode()) or (part == "[Content_Types].xml" and MACROS.search(held)):
        sentence = N_("“{name}”带有宏或控件。请另存为不带宏的 {kind} 文件，或导出为 PDF。")
        raise Unusable(sentence, name=name, kind=extension.upper())
    if REACHES_OUT.search(part):
        raise _outside(name)
    if EMBEDDED.search(part) and held:
        _check_embedded(name, part, held, inside)
    elif part.lower().endswith(XML):
        if _has_doctype(held):
            raise zipfile.BadZipFile("a document type definition")
        if part.endswith(".rels") and _leads_outside(held):
            raise _outside(name)
        if part.endswith(".xml") and part.startswith(("word/", "xl/")) and _fetches(held):
            raise Unusable(N_("“{name}”里有从别处取数据的域或公式。请改成普通内容，或导出为 PDF。"), name=name)


def _check_embedded(name: str, part: str, held: bytes, inside: bool) -> None:
    """The workbook behind a chart is one more office file; anything else has no place inside one."""
    extension = part.rsplit(".", 1)[-1].lower()
    if inside or extension not in MAIN_PART or held[:4] != b"PK\x03\x04":
        raise Unusable(N_("“{name}”里嵌着别的文件。请导出为 PDF；嵌着的文件另外上传。"), name=name)
    check_office(name, held, extension, inside=True)


def _outside(name: str) -> Unusable:
    return Unusable(N_("“{name}”引用了外部图片、模板或数据。请把内容嵌入文件，或导出为 PDF。"), name=name)


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
        relation.get("TargetMode", "").lower() == "external"
        and not (relation.get("Type", "").endswith("/hyperlink") and _is_plain(relation.get("Target", "")))
        for relation in root.iter()
    )


def _is_plain(target: str) -> bool:
    """A link the reader may choose to follow; one to a file or another machine's share is not."""
    return target.strip().lower().startswith(("http://", "https://", "mailto:", "tel:", "#"))


def _fetches(xml: bytes) -> bool:
    """Whether a field or formula reads from another file, address or program when the file is opened."""
    instructions: list[str] = []  # one field may be cut into several runs
    depth = 0
    for event, element in ElementTree.iterparse(BytesIO(xml), ("start", "end")):  # noqa: S314 - no DTD: checked above
        depth += 1 if event == "start" else -1
        if depth > MOST_DEPTH:
            raise zipfile.BadZipFile("nested too deep for any reader")
        if event == "start":
            continue
        tag, text = element.tag.rsplit("}", 1)[-1], element.text or ""
        if tag == "instrText":
            instructions.append(text)
        elif tag == "fldSimple":
            instructions += [" ", *(value for name, value in element.items() if name.endswith("instr")), " "]
        elif tag in {"ddeLink", "oleLink", "webPr"} or (tag in {"f", "definedName"} and FORMULAS.search(text)):
            return True
        elif tag in {"p", "row"}:
            element.clear()  # a long document is not held twice
    return bool(FIELDS.search("".join(instructions) + " "))
