"""A second revision of a printed page, with room for a signature over all of it.

It knows files as both tiers write them: one cross-reference stream, no form yet. Of any other it says ``Foreign``.
"""

import hashlib
import re
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate, pairwise

from cellcert.press.pdf_objects import Objects
from cellcert.press.slots import literal

NUMBER = 10  # digits kept free for each figure of the byte range
FIELD_FLAGS = 132  # print, locked


class Foreign(Exception):
    """The file is not one of the press, or is signed already."""


@dataclass(frozen=True, slots=True)
class Signable:
    """A file complete but for its signature; the signature goes where the zeros are."""

    file: bytes
    start: int  # of the hexadecimal signature with its brackets
    end: int

    def digest(self) -> bytes:
        """SHA-256 of all but the signature."""
        found = hashlib.sha256(memoryview(self.file)[: self.start])
        found.update(memoryview(self.file)[self.end :])
        return found.digest()

    def signed(self, signature: bytes) -> bytes:
        """The file with its signature in place."""
        digits = signature.hex().encode().ljust(self.end - self.start - 2, b"0")
        if len(digits) > self.end - self.start - 2:
            raise ValueError(f"a signature of {len(signature)} bytes does not fit the room kept for it")
        return b"%b<%b>%b" % (self.file[: self.start], digits, self.file[self.end :])


def signable(pdf: bytes, *, field: str, label: str, reason: str, at: datetime, room: int) -> Signable:
    """``pdf`` with an invisible signature field, and ``room`` bytes for what goes in."""
    old = _Read(pdf)
    catalog, page = old.object(old.root), old.object(old.page)
    if b"/AcroForm" in catalog or b"/Annots" in page:
        raise Foreign("there is a form or a note on the page")
    signature, widget, form = range(old.size, old.size + 3)
    new = Objects(pdf, {})
    new.add_raw(old.root, catalog.removesuffix(b">>") + b" /AcroForm %d 0 R>>" % form)
    new.add_raw(old.page, page.removesuffix(b">>") + b" /Annots [%d 0 R]>>" % widget)
    new.add_raw(form, b"<</Fields [%d 0 R] /SigFlags 3>>" % widget)
    new.add_raw(
        widget,
        b"<</Type /Annot /Subtype /Widget /FT /Sig /T %b /TU %b /V %d 0 R /P %d 0 R /F %d /Rect [0 0 0 0]>>"
        % (literal(field), literal(label), signature, old.page, FIELD_FLAGS),
    )
    head = (
        b"<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M (D:%b) /Reason %b /ByteRange [0 %b]"
        % (at.astimezone(UTC).strftime("%Y%m%d%H%M%S+00'00'").encode(), literal(reason), b" " * (3 * NUMBER))
    )
    gap = b"<" + b"0" * (2 * room) + b">"
    begin = len(new.file) + len(b"%d 0 obj\n" % signature) + len(head) + len(b" /Contents ")
    new.add_raw(signature, head + b" /Contents " + gap + b">>")
    file = bytearray(new.appended(old.size + 3, old.start, old.named))
    figures = (begin, begin + len(gap), len(file) - begin - len(gap))
    at_range = begin - len(b" /Contents ") - len(b"]") - 3 * NUMBER
    file[at_range : at_range + 3 * NUMBER] = b"".join([b"%-10d" % one for one in figures])
    return Signable(bytes(file), begin, begin + len(gap))


class _Read:
    """As much of a file of the press as signing needs."""

    def __init__(self, pdf: bytes) -> None:
        self._pdf = pdf
        end = re.search(rb"startxref\s+(\d+)\s+%%EOF\s*$", pdf[-64:])
        if end is None or not pdf.startswith(b"%PDF-1.7"):
            raise Foreign("it does not end as a file of the press")
        self.start = int(end[1])
        head, table = self._stream(self.start)
        self.size = int(self._found(rb"/Size\s+(\d+)", head))
        index = re.search(rb"/Index\s*\[([^\]]*)\]", head)
        if b"/XRef" not in head or b"/Prev" in head or (index and index[1].split() != [b"0", b"%d" % self.size]):
            raise Foreign("it has no single cross-reference stream")
        self._widths = [int(one) for one in self._found(rb"/W\s*\[\s*(\d+ \d+ \d+)\s*\]", head).split()]
        self._table = table
        self.root = int(self._found(rb"/Root\s+(\d+) 0 R", head))
        self.named = b" ".join(re.findall(rb"/(?:Root|Info)\s+\d+ 0 R|/ID\s*\[[^\]]*\]", head))
        pages = self.object(int(self._found(rb"/Pages\s+(\d+) 0 R", self.object(self.root))))
        self.page = int(self._found(rb"/Kids\s*\[\s*(\d+) 0 R\s*\]", pages))

    def object(self, number: int) -> bytes:
        """The dictionary of this number."""
        kind, first, second = self._row(number)
        if kind == 1:
            data = self._pdf[first : self._pdf.index(b"endobj", first)].split(b"obj", 1)[1].strip()
        elif kind == 2:
            head, content = self._stream(self._row(first)[1])
            start = int(self._found(rb"/First\s+(\d+)", head))
            places = [*map(int, content[:start].split()[1::2]), len(content) - start]
            data = content[start + places[second] : start + places[second + 1]].strip()
        else:
            raise Foreign(f"there is no object {number}")
        if not (data.startswith(b"<<") and data.endswith(b">>")):
            raise Foreign(f"object {number} is no dictionary")
        return data

    def _row(self, number: int) -> list[int]:
        """Kind, where and which of an object, as the cross-reference has it."""
        ends = [0, *accumulate(self._widths)]
        row = self._table[number * ends[-1] : (number + 1) * ends[-1]]
        return [int.from_bytes(row[begin:end], "big") for begin, end in pairwise(ends)]

    def _stream(self, at: int) -> tuple[bytes, bytes]:
        begin = self._pdf.find(b"stream", at)
        head = self._pdf[at:begin]
        if begin < 0 or b"/FlateDecode" not in head:
            raise Foreign("its streams are packed otherwise")
        try:
            return head, zlib.decompressobj().decompress(self._pdf[begin:].removeprefix(b"stream").lstrip(b"\r\n"))
        except zlib.error as error:
            raise Foreign(str(error)) from error

    @staticmethod
    def _found(pattern: bytes, where: bytes) -> bytes:
        found = re.search(pattern, where)
        if found is None:
            raise Foreign(f"it has no {pattern.decode()}")
        return found[1]
