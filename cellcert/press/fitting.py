"""How text is made to fit, in one rule (docs/press.md): a size from its width, and two lines before it gets small."""

import re
import unicodedata
from dataclasses import dataclass
from math import floor

NAME_ROOM = 615  # points: what a name may take from side to side
NAME_SIZE = 38.0  # points, of a short name
ONE_LINE = 25.0  # a name that would have to be smaller than this goes on two lines
TWO_LINES = 27.0  # the most for a name on two lines
NAME_TOP, NAME_HEIGHT = 73.0, 24.0  # millimetres: the box of the name on the page, shared by its lines

OPENING, CLOSING = "（(〔[【《〈“‘「『", "）)〕]】》〉”’」』，。、；：！？·,.;:!?%"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a name: centred in a box from ``top`` to ``top + height`` millimetres, set in ``size`` points."""

    text: str
    size: float
    top: float
    height: float


def name_lines(name: str) -> list[Line]:
    """A name on one line or two, as large as it fits."""
    name = " ".join(name.split())
    size = fitting(name, NAME_SIZE, NAME_ROOM)
    if size >= ONE_LINE:
        return [Line(name, size, NAME_TOP, NAME_HEIGHT)]
    parts, height = halves(name), NAME_HEIGHT / 2
    size = min(fitting(part, TWO_LINES, NAME_ROOM) for part in parts)
    return [Line(part, size, NAME_TOP + at * height, height) for at, part in enumerate(parts)]


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
