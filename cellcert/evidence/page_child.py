"""The process that draws a few pages of one file as pictures: hostile bytes, so the limits of ``child`` hold here too.

Reads one line of JSON and the file, writes one line of JSON and the pictures. Where a PDF does not bring its fonts,
one of ours stands in for all of them: it was read before the process was confined, no font is opened afterwards.
"""

import ctypes
import json
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
from PIL import Image, ImageFile
from pypdfium2 import raw

from cellcert.evidence.child import confine, prepare
from cellcert.evidence.rules import MOST_PAGES

MOST_PIXELS = 8_000_000
MOST_HIGH = 8000
STAND_IN = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc",
    "/usr/share/fonts/truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf",
)


class OneFont:
    """Tells PDFium of a single font, whatever it asks for."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.info = raw.FPDF_SYSFONTINFO()
        self.info.version = 1
        kinds = dict(raw.FPDF_SYSFONTINFO._fields_)
        self.info.Release = kinds["Release"](lambda _: None)
        self.info.EnumFonts = kinds["EnumFonts"](lambda _, __: None)
        self.info.MapFont = kinds["MapFont"](lambda *_: 1)
        self.info.GetFont = kinds["GetFont"](lambda *_: 1)
        self.info.GetFontData = kinds["GetFontData"](self._give)
        self.info.GetFaceName = kinds["GetFaceName"](lambda *_: 0)
        self.info.GetFontCharset = kinds["GetFontCharset"](lambda *_: 134)  # GB 2312
        self.info.DeleteFont = kinds["DeleteFont"](lambda *_: None)

    def _give(self, _info: Any, _font: Any, table: int, room: Any, size: int) -> int:  # noqa: ANN401
        if table:
            return 0
        if room and size >= len(self.data):
            ctypes.memmove(room, self.data, len(self.data))
        return len(self.data)


def stand_in() -> OneFont | None:
    """The first of the fonts that is installed, told to PDFium."""
    path = next((Path(name) for name in STAND_IN if Path(name).is_file()), None)
    if path is None:
        return None
    font = OneFont(path.read_bytes())
    raw.FPDF_SetSystemFontInfo(font.info)
    return font


def of_pdf(data: bytes, first: int, count: int, width: int) -> tuple[int, list[bytes]]:
    """How many pages there are, and some of them as JPEG."""
    document = pdfium.PdfDocument(data)
    pages = min(len(document), MOST_PAGES)
    return pages, [_drawn(document, at, width) for at in range(first - 1, min(first - 1 + count, pages))]


def _drawn(document: pdfium.PdfDocument, at: int, width: int) -> bytes:
    """One page; nothing where it is broken: the pages around it are still shown."""
    try:
        page = document[at]
        wide, high = page.get_size()
    except pdfium.PdfiumError:
        return b""
    wide, high = max(wide, 1.0), max(high, 1.0)
    scale = min(width / wide, MOST_HIGH / high, (MOST_PIXELS / (wide * high)) ** 0.5)
    return _jpeg(page.render(scale=scale, draw_annots=True).to_pil())


def of_picture(data: bytes, width: int) -> tuple[int, list[bytes]]:
    """A picture no wider than the screen needs."""
    with Image.open(BytesIO(data), formats=["JPEG", "PNG", "WEBP"]) as picture:
        picture.draft("RGB", (width, width))
        picture.load()
        picture.thumbnail((width, MOST_HIGH))
        if "A" in picture.getbands() or "transparency" in picture.info:
            seen = picture.convert("RGBA")
            paper = Image.new("RGB", seen.size, "white")
            paper.paste(seen, mask=seen.getchannel("A"))
            return 1, [_jpeg(paper)]
        return 1, [_jpeg(picture)]


def _jpeg(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=82)
    return out.getvalue()


def main() -> None:
    """Answer for one file."""
    asked = json.loads(sys.stdin.buffer.readline())
    prepare("jpg")
    kept = stand_in() if asked["kind"] == "pdf" else None
    confine()
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    data = sys.stdin.buffer.read()
    first, count, width = int(asked["first"]), int(asked["count"]), int(asked["width"])
    pages, drawn = of_pdf(data, first, count, width) if asked["kind"] == "pdf" else of_picture(data, width)
    head = {"pages": pages, "lengths": [len(one) for one in drawn]}
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + b"".join(drawn))
    sys.stdout.buffer.flush()
    del kept


if __name__ == "__main__":
    main()
