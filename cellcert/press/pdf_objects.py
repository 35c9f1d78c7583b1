"""PDF objects written by hand: a growing file with its cross-reference, and the font of one name."""

import zlib
from collections.abc import Iterable, Mapping

from cellcert.press.harfbuzz import Glyph

HEADER = b"%PDF-1.7\n%\xf0\x9f\x96\xa4\n"
FONT_OBJECTS = 5
FONT_NAME = b"CELLCT+CertKai-Bold"
LEVEL = 6


class Objects:
    """A PDF file as it grows. A row of the cross-reference: kind, where (three bytes), which (two bytes)."""

    def __init__(self, file: bytes = HEADER, rows: Mapping[int, bytes] | None = None) -> None:
        self.file = bytearray(file)
        self.rows = {0: b"\0\0\0\0\xff\xff"} if rows is None else dict(rows)

    def add_raw(self, number: int, data: bytes) -> None:
        """An object as it is."""
        self.rows[number] = b"\1" + len(self.file).to_bytes(3, "big") + b"\0\0"
        self.file += b"%d 0 obj\n%b\nendobj\n" % (number, data)

    def add_stream(self, number: int, kind: bytes, data: bytes, *, packed: bool = True) -> None:
        """A stream, already compressed if ``packed``."""
        self.add_raw(number, stream(kind, data, packed=packed))

    def add_packed(self, number: int, objects: Iterable[tuple[int, bytes]]) -> None:
        """Plain objects together in one compressed stream."""
        heads, bodies, at = [], [], 0
        for index, (one, data) in enumerate(objects):
            heads.append(b"%d %d" % (one, at))
            bodies.append(data)
            at += len(data) + 1
            self.rows[one] = b"\2" + number.to_bytes(3, "big") + index.to_bytes(2, "big")
        head = b" ".join(heads) + b"\n"
        kind = b"/Type /ObjStm /N %d /First %d" % (len(bodies), len(head))
        self.add_stream(number, kind, zlib.compress(head + b"\n".join(bodies), 9))

    def finished(self, size: int, root: bytes, info: bytes, identity: str) -> bytes:
        """The whole file."""
        start = len(self.file)
        self.rows[size] = b"\1" + start.to_bytes(3, "big") + b"\0\0"
        table = b"".join([self.rows[number] for number in range(size + 1)])
        kind = b"/Type /XRef /W [1 3 2] /Size %d /Root %b /Info %b" % (size + 1, root, info)
        known = identity.encode()
        self.add_stream(size, kind + b" /ID [<%b> <%b>]" % (known, known), zlib.compress(table, LEVEL))
        return self._ended(start)

    def appended(self, number: int, previous: int, named: bytes) -> bytes:
        """The whole file, where what was added is a revision of it; ``number`` is that of its cross-reference."""
        start = len(self.file)
        self.rows[number] = b"\1" + start.to_bytes(3, "big") + b"\0\0"
        order = sorted(self.rows)
        index = b" ".join(b"%d 1" % one for one in order)
        kind = b"/Type /XRef /W [1 3 2] /Size %d /Index [%b] /Prev %d %b" % (number + 1, index, previous, named)
        self.add_stream(number, kind, zlib.compress(b"".join([self.rows[one] for one in order]), LEVEL))
        return self._ended(start)

    def _ended(self, start: int) -> bytes:
        return bytes(self.file + b"startxref\n%d\n%%%%EOF\n" % start)


def stream(kind: bytes, data: bytes, *, packed: bool = True) -> bytes:
    """A stream object."""
    packing = b"/Filter /FlateDecode " if packed else b""
    return b"<<%b %b/Length %d>>\nstream\n%b\nendstream" % (kind, packing, len(data), data)


def name_font(number: int, font: bytes, glyphs: Mapping[str, Glyph]) -> Iterable[bytes]:
    """The five objects of a font cut for one name, the first of them at ``number``."""
    widths = b" ".join(b"%d [%d]" % (glyph.number, round(glyph.advance)) for glyph in glyphs.values())
    yield (
        b"<</Type /Font /Subtype /Type0 /BaseFont /%b /Encoding /Identity-H"
        b" /DescendantFonts [%d 0 R] /ToUnicode %d 0 R>>" % (FONT_NAME, number + 1, number + 4)
    )
    yield (
        b"<</Type /Font /Subtype /CIDFontType2 /BaseFont /%b /CIDToGIDMap /Identity /W [%b] /FontDescriptor %d 0 R"
        b" /CIDSystemInfo <</Registry (Adobe) /Ordering (Identity) /Supplement 0>>>>" % (FONT_NAME, widths, number + 2)
    )
    yield (
        b"<</Type /FontDescriptor /FontName /%b /Flags 4 /FontBBox [-200 -300 1200 1100] /ItalicAngle 0 /Ascent 928"
        b" /Descent -256 /CapHeight 700 /StemV 80 /FontFile2 %d 0 R>>" % (FONT_NAME, number + 3)
    )
    yield stream(b"/Length1 %d" % len(font), zlib.compress(font, LEVEL))
    yield stream(b"", zlib.compress(_to_unicode(glyphs), LEVEL))


def _to_unicode(glyphs: Mapping[str, Glyph]) -> bytes:
    pairs = [b"<%04x> <%b>" % (glyph.number, sign.encode("utf-16-be").hex().encode()) for sign, glyph in glyphs.items()]
    blocks = [pairs[at : at + 100] for at in range(0, len(pairs), 100)]
    return b"\n".join([
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        b"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def",
        b"/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        b"1 begincodespacerange <0000> <ffff> endcodespacerange",
        *(b"%d beginbfchar\n%b\nendbfchar" % (len(block), b"\n".join(block)) for block in blocks),
        b"endcmap CMapName currentdict /CMap defineresource pop end end",
    ])  # fmt: skip
