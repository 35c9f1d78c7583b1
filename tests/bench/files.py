"""Evidence of about 3 MB, each file unlike every other: a photograph and a scanned PDF, varied without drawing anew."""

import os
import random
import re
from functools import cache
from io import BytesIO

from PIL import Image

SIDE = (2000, 1504)


def photograph(number: int) -> bytes:
    """A JPEG of noise in horizontal strips that can be decoded each by itself: another order is another picture."""
    head, strips = _strips()
    strips = list(strips)
    random.Random(number).shuffle(strips)
    marks = [bytes([0xFF, 0xD0 + at % 8]) for at in range(len(strips) - 1)] + [b"\xff\xd9"]
    return head + b"".join(strip + mark for strip, mark in zip(strips, marks, strict=True))


@cache
def _strips() -> tuple[bytes, tuple[bytes, ...]]:
    noise = Image.frombytes("RGB", SIDE, random.Random(1).randbytes(SIDE[0] * SIDE[1] * 3))
    out = BytesIO()
    noise.save(out, "JPEG", quality=90, restart_marker_rows=1)
    data = out.getvalue()
    start = data.index(b"\xff\xda")
    start += 2 + int.from_bytes(data[start + 2 : start + 4], "big")
    return data[:start], tuple(re.split(rb"\xff[\xd0-\xd7]", data[start:-2]))


def scan(number: int) -> bytes:
    """A PDF of one page that shows one picture of grey noise, with its number in the picture."""
    before, after = _pages()
    return before + number.to_bytes(8, "big") + os.urandom(56) + after


@cache
def _pages() -> tuple[bytes, bytes]:
    from pypdf import PdfWriter
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, NumberObject

    wide, high = 2000, 1500
    made = PdfWriter()
    page = made.add_blank_page(595, 842)
    picture = DecodedStreamObject()
    mark = b"HERE-IT-BEGINS" + bytes(50)
    picture.set_data(mark + random.Random(2).randbytes(wide * high - len(mark)))
    for name, value in {"Type": "/XObject", "Subtype": "/Image", "ColorSpace": "/DeviceGray"}.items():
        picture[NameObject(f"/{name}")] = NameObject(value)
    for name, figure in {"Width": wide, "Height": high, "BitsPerComponent": 8}.items():
        picture[NameObject(f"/{name}")] = NumberObject(figure)
    shown = DictionaryObject({NameObject("/scan"): made._add_object(picture)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): shown})
    drawing = DecodedStreamObject()
    drawing.set_data(b"q 500 0 0 700 40 70 cm /scan Do Q")
    page[NameObject("/Contents")] = made._add_object(drawing)
    out = BytesIO()
    made.write(out)
    data = out.getvalue()
    at = data.index(mark)
    return data[:at], data[at + len(mark) :]
