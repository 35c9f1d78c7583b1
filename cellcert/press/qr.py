"""The QR code of a certificate: the same modules for a picture and for the operators of a page."""

import re
from typing import Any

import zxingcpp

from cellcert.paper import picture

QUIET = 4  # modules of white around the code
DARK = re.compile(b"\0+")

Run = tuple[int, int, int]  # from, row, how many


def runs(url: str) -> tuple[int, list[Run]]:
    """How many modules wide the code is with its quiet zone, and its dark runs."""
    # Level M: a seventh of it may be lost.
    code = zxingcpp.create_barcode(url, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image: Any = code.to_image(scale=1, add_quiet_zones=False)  # a buffer of one byte for each module
    side, modules = image.shape[0], bytes(image)
    found: list[Run] = []
    for row in range(side):
        line = modules[row * side : (row + 1) * side]
        found += [(dark.start() + QUIET, row + QUIET, len(dark[0])) for dark in DARK.finditer(line)]
    return side + 2 * QUIET, found


def qr_alt(serial: str) -> str:
    """What a screen reader says of the code: nobody wants to hear its address of two hundred characters."""
    return f"验证二维码 {serial}"


def qr_picture(url: str) -> str:
    """``url`` as a QR code on white: an SVG in a data URI."""
    wide, dark = runs(url)
    drawn = "".join(f"M{x} {y}h{long}v1h-{long}z" for x, y, long in dark)
    return picture(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {wide}">'
        f'<path fill="#fff" d="M0 0h{wide}v{wide}h-{wide}z"/><path d="{drawn}"/></svg>'
    )
