"""The press: the printed fields of a certificate become one A4 page, the same bytes every time."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cache
from math import floor

from cellcert.certificate.qr import qr_picture
from cellcert.certificate.seal import seal_picture
from cellcert.criteria.text import Text
from cellcert.paper import picture, render, to_pdf

NAME_WIDTH = 615  # points: what a name may take between the frame's sprigs
TITLE_SIZE = 40.0  # points; the title is spaced by an eighth
NAME_SIZE = 36.0  # points, of a short name
ONE_LINE = 25.0  # a name that would have to be smaller than this goes on two lines

OPENING, CLOSING = "（(〔[【《〈“‘「『", "）)〕]】》〉”’」』，。、；：！？·,.;:!?%"


@dataclass(frozen=True, slots=True)
class CertificateFields:
    """All that is printed on a certificate."""

    serial: str
    unit_name: str
    category: Text
    level: Text
    edition: str
    awarded_on: date
    valid_until: date
    authority: Text
    title: Text
    body: Text
    verify_url: str
    seal_text: str
    seal_png: bytes | None = None
    sample: bool = False


def print_certificate(fields: CertificateFields) -> bytes:
    """One page, A4 landscape, not yet signed; raises ``OverflowError`` rather than print a second page."""
    lines, size = name_lines(fields.unit_name)
    html = render(
        "certificate.html",
        c=fields,
        name_lines=lines,
        body=fields.body.zh.split("{category}"),
        body_en=(fields.body.en or "").replace("{category}", fields.category.en or ""),
        frame=_frame(),
        seal=seal_picture(fields.seal_text, fields.seal_png, fields.sample),
        qr=qr_picture(fields.verify_url),
    )
    sizes = [
        f"h1 {{ font-size: {fitting(fields.title.zh, TITLE_SIZE, NAME_WIDTH / 1.16)}pt }}",
        f"h2 {{ font-size: {size}pt }}",
        f".issuer {{ font-size: {fitting(fields.authority.zh, 14, 308)}pt }}",
    ]
    return to_pdf(html, "certificate.css", sizes=" ".join(sizes), at_most=1)


@cache
def _frame() -> str:
    return picture(render("frame.svg"))


def name_lines(name: str) -> tuple[list[str], float]:
    """A name on one line or two, and the type size in points at which it fits."""
    name = " ".join(name.split())
    size = fitting(name, NAME_SIZE, NAME_WIDTH)
    if size >= ONE_LINE:
        return [name], size
    lines = halves(name)
    return lines, min(fitting(line, ONE_LINE + 1, NAME_WIDTH) for line in lines)


def fitting(text: str, size: float, room: float) -> float:
    """``size``, or what is smaller and lets ``text`` fit ``room`` points on one line."""
    return floor(min(size, room / max(width(text), 1)) * 10) / 10


def width(text: str) -> float:
    """About how many ems ``text`` takes; Latin letters are taken wide, so that the page is never too small."""
    return sum(_em(sign) for sign in text)


def _em(sign: str) -> float:
    if unicodedata.combining(sign):
        return 0.0
    if unicodedata.east_asian_width(sign) in "WFA":
        return 1.0
    return 0.95 if sign in "MW@%&" else 0.75 if sign.isupper() else 0.35 if sign in "iIljt.,;:'| " else 0.62


def halves(name: str) -> list[str]:
    """The two lines most alike in width; words and what stands in brackets stay whole where they can."""
    middle = width(name) / 2
    ends = [match.end() for match in re.finditer(r"[A-Za-z0-9&.'’-]+\s?|.", name)][:-1]
    ends = [at for at in ends if name[at - 1] not in OPENING and name[at] not in CLOSING + " "]
    away = {at: abs(width(name[:at]) - middle) for at in ends or range(1, len(name))}
    natural = [at for at in away if name[at] in OPENING or name[at - 1] in CLOSING + " "]
    near = [at for at in natural if away[at] < middle / 5] or [at for at in away if away[at] < middle / 3]
    # One endless word is cut in the middle.
    at = min(near, key=lambda place: away[place]) if near else len(name) // 2
    return [name[:at].strip(), name[at:].strip()]
