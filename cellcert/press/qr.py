"""The QR code of a certificate: the same modules for a picture and for the operators of a page."""

import re

import segno

from cellcert.paper import picture

QUIET = 4  # modules of white around the code
# Bytes that versions 1… hold at level M. Given the version and a mask, segno makes a code in a fifth of the time:
# weighing the eight masks is most of its work, and every reader undoes any of them.
CAPACITY = (14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412)
MASK = 3
DARK = re.compile(b"\x01+")

Run = tuple[int, int, int]  # from, row, how many


def runs(url: str) -> tuple[int, list[Run]]:
    """How many modules wide the code is with its quiet zone, and its dark runs."""
    length = len(url.encode())
    version = next((at for at, most in enumerate(CAPACITY, start=1) if length <= most), None)
    # boost_error off: a higher level would shrink the modules of a long address.
    code = segno.make_qr(url, error="m", mode="byte", version=version, mask=MASK, boost_error=False)
    found: list[Run] = []
    for row, modules in enumerate(code.matrix):
        found += [(dark.start() + QUIET, row + QUIET, len(dark[0])) for dark in DARK.finditer(modules)]
    return len(code.matrix) + 2 * QUIET, found


def qr_picture(url: str) -> str:
    """``url`` as a QR code on white: an SVG in a data URI."""
    wide, dark = runs(url)
    drawn = "".join(f"M{x} {y}h{long}v1h-{long}z" for x, y, long in dark)
    return picture(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {wide}">'
        f'<path fill="#fff" d="M0 0h{wide}v{wide}h-{wide}z"/><path d="{drawn}"/></svg>'
    )
