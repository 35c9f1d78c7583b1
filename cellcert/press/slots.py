"""What a page laid out once leaves open, and how the words of one certificate are put there."""

import hashlib
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC

from cellcert.paper import chinese_date
from cellcert.press.fitting import Line
from cellcert.press.harfbuzz import Glyph
from cellcert.press.pdf_objects import LEVEL, stream
from cellcert.press.qr import runs
from cellcert.press.template import Attached, Fields

PT = 96 / 72  # WeasyPrint's pixels in a point


class Unset(Exception):
    """The fast tier cannot be sure to set this as the reference tier would."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What one certificate puts into the slots."""

    fields: Fields
    lines: list[Line]
    face: Mapping[str, Glyph]  # of the name


@dataclass(frozen=True, slots=True)
class NameSlot:
    """One line of the name, centred; its baseline lies below ``half_way`` in proportion to the type."""

    line: int
    middle: float
    half_way: float
    drop: float

    def set(self, setting: Setting) -> bytes:
        line = setting.lines[self.line]
        glyphs, size = [setting.face[sign] for sign in line.text], line.size * PT
        return _shown("Name", size, self.middle - _long(glyphs, size) / 2, self.half_way + self.drop * size, glyphs)


@dataclass(frozen=True, slots=True)
class TextSlot:
    """A serial or a date, in a font of the page: from ``left`` on, or around ``middle`` if ``centred``."""

    says: str
    font: str
    size: float
    left: float
    middle: float
    baseline: float
    centred: bool
    face: Mapping[str, Glyph]

    def set(self, setting: Setting) -> bytes:
        value = getattr(setting.fields, self.says)
        text = value if isinstance(value, str) else chinese_date(value)
        if strange := set(text) - set(self.face):
            raise Unset(f"not among the characters of {self.says}: {''.join(sorted(strange))}")
        glyphs = [self.face[sign] for sign in text]
        left = self.middle - _long(glyphs, self.size) / 2 if self.centred else self.left
        return _shown(self.font, self.size, left, self.baseline, glyphs)


@dataclass(frozen=True, slots=True)
class CodeSlot:
    """The QR code: ``side`` wide, its corner at ``x`` and ``y``."""

    x: float
    y: float
    side: float

    def set(self, setting: Setting) -> bytes:
        wide, dark = runs(setting.fields.verify_url)
        module = self.side / wide
        squares = "\n".join([f"{at} {row} {long} 1 re" for at, row, long in dark])
        place = f"q\n{module:.6f} 0 0 {module:.6f} {self.x:.4f} {self.y:.4f} cm"
        return f"{place}\n1 1 1 rg\n0 0 {wide} {wide} re\nf\n0 0 0 rg\n{squares}\nf\nQ".encode()


Slot = NameSlot | TextSlot | CodeSlot


def embedded(kind: bytes, attached: Attached) -> bytes:
    """The stream of the file inside, as WeasyPrint writes it."""
    at = attached.at.astimezone(UTC).strftime("(D:%Y%m%d%H%M%SZ)").encode()
    known = hashlib.md5(attached.data, usedforsecurity=False).hexdigest().encode()
    about = b"/CheckSum <%b> /Size %d /CreationDate %b /ModDate %b" % (known, len(attached.data), at, at)
    head = b"/Type /EmbeddedFile /Subtype %b /Params <<%b>>" % (kind, about)
    return stream(head, zlib.compress(attached.data, LEVEL))


def literal(text: str) -> bytes:
    """A text string of a PDF."""
    if text.isascii():
        return b"(" + re.sub(rb"([\\()])", rb"\\\1", text.encode()) + b")"
    return b"<feff" + text.encode("utf-16-be").hex().encode() + b">"


def _long(glyphs: list[Glyph], size: float) -> float:
    return sum(glyph.advance for glyph in glyphs) * size / 1000


def _shown(font: str, size: float, x: float, y: float, glyphs: list[Glyph]) -> bytes:
    hexed = "".join([f"{glyph.number:04x}" for glyph in glyphs])
    return f"1 0 0 -1 {x:.4f} {y:.4f} Tm\n/{font} {size:.4f} Tf\n<{hexed}> Tj".encode()
