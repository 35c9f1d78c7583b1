"""Evidence of fictitious units: one-page PDFs that say what they are, and a drawing where a photo would be."""

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO

from PIL import Image, ImageDraw
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, StreamObject, TextStringObject


def paper(unit: str, item: str, at: datetime) -> tuple[str, bytes]:
    """A small PDF that names the unit and the item it stands for; marked as an example."""
    writer = PdfWriter()
    page = writer.add_blank_page(width=595, height=842)
    # a font every reader of PDF has for Chinese: nothing is embedded, the file stays small
    system = {
        "/Registry": TextStringObject("Adobe"),
        "/Ordering": TextStringObject("GB1"),
        "/Supplement": NumberObject(2),
    }
    glyphs = {
        "/Type": NameObject("/Font"), "/Subtype": NameObject("/CIDFontType0"), "/BaseFont": NameObject("/STSong-Light"),
        "/CIDSystemInfo": _made(system), "/DW": NumberObject(1000),
    }  # fmt: skip
    font = {
        "/Type": NameObject("/Font"), "/Subtype": NameObject("/Type0"), "/BaseFont": NameObject("/STSong-Light"),
        "/Encoding": NameObject("/UniGB-UCS2-H"), "/DescendantFonts": ArrayObject([writer._add_object(_made(glyphs))]),
    }  # fmt: skip
    page[NameObject("/Resources")] = _made({"/Font": _made({"/F": writer._add_object(_made(font))})})
    lines = [("示例证明材料", 30, 700), (unit, 18, 640), (f"证明事项 {item}", 14, 605), (f"{at:%Y-%m-%d}", 14, 580)]
    words = StreamObject()
    words.set_data("".join(map(_line, lines)).encode())
    page[NameObject("/Contents")] = writer._add_object(words)
    writer.add_metadata({"/Title": f"示例证明材料：{unit}：{item}", "/CreationDate": f"D:{at:%Y%m%d%H%M%S}Z"})
    out = BytesIO()
    writer.write(out)
    return f"示例材料-{item[:16]}.pdf", out.getvalue()


def photo() -> bytes:
    """Four bins before a wall: drawn, so that nobody takes it for a real place."""
    picture = Image.new("RGB", (960, 640), "#dfe6ea")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 470, 960, 640), "#b9bfc2")
    for place, colour in enumerate(("#2f6fb5", "#3c8d4d", "#b5452f", "#6b6f73")):  # recyclable, food, hazardous, other
        left = 90 + place * 205
        draw.polygon(((left, 260), (left + 160, 260), (left + 145, 540), (left + 15, 540)), colour)
        draw.rectangle((left - 8, 235, left + 168, 262), "#3b3f42")
        draw.ellipse((left + 45, 340, left + 115, 410), "#ffffff")
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _made(values: Mapping[str, object]) -> DictionaryObject:
    return DictionaryObject({NameObject(key): value for key, value in values.items()})


def _line(line: tuple[str, int, int]) -> str:
    text, size, high = line
    return f"BT /F {size} Tf 72 {high} Td <{text.encode('utf-16-be').hex()}> Tj ET\n"
