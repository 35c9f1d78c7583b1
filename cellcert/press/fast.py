"""The fast tier: on a page laid out once, only what differs is set, at the places WeasyPrint found for it.

Whatever it cannot be sure to set exactly as the reference tier would, it refuses with ``Unset``.
"""

import hashlib
import html
import unicodedata
import zlib
from collections.abc import Mapping
from pathlib import Path

from cellcert.press import harfbuzz, kept
from cellcert.press.fitting import fitting, name_lines
from cellcert.press.pdf_objects import LEVEL, Objects, name_font
from cellcert.press.reference import FACES, SERIAL_ROOM, SERIAL_SIZE, Reference, words
from cellcert.press.sheet import STAND_IN, Sheet, lay_out
from cellcert.press.slots import Setting, Unset, embedded, literal
from cellcert.press.template import Attached, Fields


class Fast:
    """The fast tier of one template."""

    def __init__(self, reference: Reference, folder: Path | None = None) -> None:
        self.reference, self.folder = reference, folder
        self.kai = harfbuzz.installed(FACES["kai"][2])
        self._sheets: dict[tuple[int, str, str], Sheet] = {}

    def print(self, fields: Fields) -> bytes:
        """The page, or ``Unset``."""
        lines = name_lines(fields.unit_name)
        font, glyphs = self._cut("".join(line.text for line in lines))
        if fitting(fields.serial, SERIAL_SIZE, SERIAL_ROOM) < SERIAL_SIZE:
            raise Unset("a serial that long is set smaller")
        sheet = self._sheet(len(lines), fields.attached)
        said = words(self.reference.template, fields)
        return assemble(sheet, Setting(fields, lines, glyphs), said, font, glyphs)

    def _sheet(self, lines: int, attached: Attached | None) -> Sheet:
        """The page for a name of so many lines and a file of such a name, laid out when it is first asked for."""
        key = (lines, attached.name, attached.about) if attached else (lines, "", "")
        return self._sheets.get(key) or self._sheets.setdefault(key, self._laid_out(lines, attached))

    def _laid_out(self, lines: int, attached: Attached | None) -> Sheet:
        if self.folder is None:
            return lay_out(self.reference, lines, attached)
        name = kept.name_of(self.reference.template, lines, attached)
        if sheet := kept.load(self.folder, name):
            return sheet
        sheet = lay_out(self.reference, lines, attached)
        kept.save(self.folder, name, sheet)
        return sheet

    def _cut(self, name: str) -> tuple[bytes, dict[str, harfbuzz.Glyph]]:
        """The font of this name alone, and its glyphs."""
        signs = sorted(set(name))
        if strange := [sign for sign in signs if not plain(sign) or self.kai.glyph(sign) is None]:
            raise Unset(f"not set side by side in {FACES['kai'][0]}: {''.join(strange)}")
        font = self.kai.subset(signs)
        if font[:4] != b"\0\1\0\0":
            raise Unset("the font of the name has no TrueType outlines")
        face = harfbuzz.read(font)
        return font, {sign: glyph for sign in signs if (glyph := face.glyph(sign))}


def plain(sign: str) -> bool:
    """Letters, figures and punctuation that stand side by side, each with its own glyph."""
    category = unicodedata.category(sign)
    return (category[0] in "LNP" or sign in " 　") and unicodedata.bidirectional(sign) not in {"R", "AL", "AN"}


def assemble(
    sheet: Sheet, setting: Setting, said: Mapping[str, str], font: bytes, glyphs: Mapping[str, harfbuzz.Glyph]
) -> bytes:
    """The file of one certificate."""
    objects = Objects(sheet.fixed, sheet.rows)
    page = b"\n".join([part if isinstance(part, bytes) else part.set(setting) for part in sheet.content])
    objects.add_stream(sheet.content_number, b"", zlib.compress(page, LEVEL))
    value = {STAND_IN[key]: text for key, text in said.items()}
    for number, parts in sheet.named.items():
        pieces = [part if at % 2 == 0 else literal(value[part[1:-1].decode()]) for at, part in enumerate(parts)]
        objects.add_raw(number, b"".join(pieces))
    number, kind, parts = sheet.metadata
    pieces = [
        part if at % 2 == 0 else html.escape(value[part.decode()], quote=False).encode()
        for at, part in enumerate(parts)
    ]
    objects.add_stream(number, kind, b"".join(pieces), packed=False)
    if setting.fields.attached:
        number, inside = sheet.inside
        objects.add_raw(number, embedded(inside, setting.fields.attached))
    for number, data in enumerate(name_font(sheet.font_at, font, glyphs), start=sheet.font_at):
        objects.add_raw(number, data)
    identity = hashlib.sha256(objects.file).hexdigest()[:32]
    return objects.finished(sheet.size, sheet.root, sheet.info, identity)
