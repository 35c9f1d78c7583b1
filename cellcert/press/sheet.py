"""A template laid out once: WeasyPrint's page taken apart into what never changes and slots for what does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from string import ascii_uppercase, digits
from typing import Any

from cellcert.paper import picture
from cellcert.press.art import named, operators
from cellcert.press.fitting import NAME_HEIGHT, NAME_SIZE, NAME_TOP, Line
from cellcert.press.harfbuzz import Glyph
from cellcert.press.pdf_objects import FONT_OBJECTS, Objects
from cellcert.press.reference import FACES, SERIAL_SIZE, Reference
from cellcert.press.slots import PT, CodeSlot, NameSlot, Slot, TextSlot, Unset
from cellcert.press.template import Attached

PX = 96 / 25.4  # WeasyPrint's pixels in a millimetre
DATE_SIGNS = digits + "年月日"
SERIAL_SIGNS = digits + ascii_uppercase + "-"

# What the page laid out once says where a certificate has words of its own.
STAND_IN = {"document_title": "STAND-IN-TITLE", "document_subject": "STAND-IN-SUBJECT", "qr_alt": "STAND-IN-QR"}
NAME_STAND_IN = "名"
QR_INK = "#010203"
QR_STAND_IN = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path fill="{QR_INK}" d="M0 0h1v1h-1z"/></svg>'
)
QR_OPERATOR = b"0.003922 0.007843 0.011765 rg"


@dataclass(slots=True)
class Sheet:
    """A page as a PDF file in parts: what never changes, already compressed, and what is written anew."""

    content: list[bytes | Slot]  # of the page
    content_number: int
    named: dict[int, list[bytes]] = field(default_factory=dict)  # objects around their stand-ins
    metadata: tuple[int, bytes, list[bytes]] = (0, b"", [])
    inside: tuple[int, bytes] = (0, b"")  # the stream of the attached file, and what kind of file
    fixed: bytes = b""
    rows: dict[int, bytes] = field(default_factory=dict)  # of the cross-reference, for what is fixed
    font_at: int = 0  # number of the first object of the name's font
    size: int = 0
    root: bytes = b""
    info: bytes = b""


def lay_out(reference: Reference, lines: int, attached: Attached | None) -> Sheet:
    """The page of the template for a name of so many lines, with slots where WeasyPrint set the stand-ins."""
    height = NAME_HEIGHT / lines
    stand_ins = [Line(NAME_STAND_IN, NAME_SIZE / lines, NAME_TOP + at * height, height) for at in range(lines)]
    taken: list[Sheet] = []
    reference.lay_out(
        finisher=lambda document, pdf: taken.append(_taken_apart(document, pdf, stand_ins)),
        css=f'h2 {{ font-family: "{FACES["kai"][0]}" }}',  # no other font for the sake of a stand-in
        lines=stand_ins,
        serial="".join(sorted(set(SERIAL_SIGNS + reference.template.number) - set("{}:"))),
        serial_size=SERIAL_SIZE,
        awarded_on=DATE_SIGNS,
        valid_until=DATE_SIGNS,
        qr=picture(QR_STAND_IN),
        attached=attached,
        **STAND_IN,
    )
    return taken[0]


def _taken_apart(document: Any, pdf: Any, lines: list[Line]) -> Sheet:  # noqa: ANN401
    """Every object of the file, fixed or with slots."""
    import pydyf

    page = next(one for one in pdf.objects if isinstance(one, dict) and one.get("Type") == "/Page")
    content = named(pdf, page, "Contents")
    sheet = Sheet(_joined(_with_slots(document, operators(content), lines)), content.number)
    sheet.font_at = len(pdf.objects)
    for _ in range(FONT_OBJECTS):
        pdf.add_object(pydyf.Dictionary())
    named(pdf, named(pdf, page, "Resources"), "Font")["Name"] = f"{sheet.font_at} 0 R".encode()
    pdf.add_object(pdf.info)
    metadata = named(pdf, pdf.catalog, "Metadata")
    text = b"\n".join(operators(metadata))
    sheet.metadata = (metadata.number, b"/Type /Metadata /Subtype /XML", _split(text, tuple(STAND_IN.values())))
    own = {0, content.number, metadata.number, *range(sheet.font_at, sheet.font_at + FONT_OBJECTS)}
    fixed, packed = Objects(), []
    for one in pdf.objects:
        if one.number in own or one.free == "f":
            continue
        if isinstance(one, pydyf.Stream) and one.extra.get("Type") == "/EmbeddedFile":
            sheet.inside = one.number, str(one.extra["Subtype"]).encode()
        elif isinstance(one, pydyf.Stream):
            fixed.add_raw(one.number, one.data)
        elif len(parts := _split(one.data, tuple(f"({word})" for word in STAND_IN.values()))) > 1:
            sheet.named[one.number] = parts
        else:
            packed.append((one.number, one.data))
    number = len(pdf.objects)
    fixed.add_packed(number, packed)
    sheet.fixed, sheet.rows = bytes(fixed.file), fixed.rows
    sheet.size, sheet.root, sheet.info = number + 1, pdf.catalog.reference, pdf.info.reference
    return sheet


def _joined(content: list[bytes | Slot]) -> list[bytes | Slot]:
    """The same with what never changes in as few pieces as can be."""
    found: list[bytes | Slot] = []
    for fixed, parts in groupby(content, key=lambda part: isinstance(part, bytes)):
        together = list(parts)
        found += [b"\n".join(part for part in together if isinstance(part, bytes) and part)] if fixed else together
    return found


def _split(data: bytes, stand_ins: tuple[str, ...]) -> list[bytes]:
    """``data`` in pieces: each second one is a stand-in."""
    pieces = [data]
    for word in stand_ins:
        mark = word.encode()
        pieces = [
            part
            for at, piece in enumerate(pieces)
            for part in (_between(piece.split(mark), mark) if at % 2 == 0 else [piece])
        ]
    return pieces


def _between(parts: list[bytes], mark: bytes) -> list[bytes]:
    return [part for piece in parts for part in (piece, mark)][:-1]


def _with_slots(document: Any, drawn: list[bytes], lines: list[Line]) -> list[bytes | Slot]:  # noqa: ANN401
    """The operators of the page, its stand-ins replaced by slots."""
    content: list[bytes | Slot] = list(drawn)
    boxes = {
        box.element.get("data-slot"): box
        for box in document.pages[0]._page_box.descendants(placeholders=True)
        if box.element is not None
        and box.element.get("data-slot")
        and (hasattr(box, "text") or hasattr(box, "replacement"))
    }
    glyphs = {
        font.hash: {text: Glyph(number, font.widths[number]) for number, text in font.to_unicode.items()}
        for font in document.fonts.values()
    }
    for at, line in enumerate(lines, start=1):
        place, _ = _place(content, boxes[f"name-{at}"])
        content[place : place + 3] = [_name_slot(boxes[f"name-{at}"], at - 1, line), b"", b""]
    for slot, centred in (("serial", False), ("valid_until", False), ("awarded_on", True)):
        place, (font, size) = _place(content, boxes[slot])
        content[place : place + 3] = [_text_slot(boxes[slot], slot, font, size, glyphs[font], centred), b"", b""]
    _put_qr(content, boxes["qr"])
    return content


def _place(content: list[bytes | Slot], box: Any) -> tuple[int, tuple[str, float]]:  # noqa: ANN401
    """Where the page sets the text of ``box``, and in which font and size."""
    import pydyf

    where = pydyf.Stream()
    where.set_text_matrix(1, 0, 0, -1, box.position_x, box.position_y + box.baseline)
    if content.count(where.stream[0]) != 1:
        raise Unset(f"WeasyPrint set {box.element.get('data-slot')} elsewhere")
    place = content.index(where.stream[0])
    font, shown, end = content[place + 1 : place + 4]
    if not (isinstance(font, bytes) and isinstance(shown, bytes) and font.endswith(b" Tf") and shown.endswith(b" TJ")):
        raise Unset("WeasyPrint set a stand-in in several pieces")
    if end != b"ET":
        raise Unset("WeasyPrint set more than a stand-in")
    name, size, _ = font.decode().split()
    return place, (name.removeprefix("/"), float(size))


def _name_slot(box: Any, at: int, stand_in: Line) -> NameSlot:  # noqa: ANN401
    half_way = (stand_in.top + stand_in.height / 2) * PX
    drop = (box.position_y + box.baseline - half_way) / (stand_in.size * PT)
    return NameSlot(at, box.position_x + box.width / 2, half_way, drop)


def _text_slot(box: Any, slot: str, font: str, size: float, face: Mapping[str, Glyph], centred: bool) -> TextSlot:  # noqa: ANN401
    middle, baseline = box.position_x + box.width / 2, box.position_y + box.baseline
    return TextSlot(slot, font, size, box.position_x, middle, baseline, centred, face)


def _put_qr(content: list[bytes | Slot], box: Any) -> None:  # noqa: ANN401
    marks = [at for at, one in enumerate(content) if one == QR_OPERATOR]
    if len(marks) != 1:
        raise Unset("WeasyPrint drew the stand-in of the QR code otherwise")
    begin = max(at for at in range(marks[0]) if content[at] == b"BDC")
    end = min(at for at in range(marks[0], len(content)) if content[at] == b"EMC")
    content[begin + 1 : end] = [CodeSlot(box.content_box_x(), box.content_box_y(), box.width)]
