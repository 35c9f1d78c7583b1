"""A small picture for other sites that says what a cell's title is worth at this moment."""

import re
import unicodedata
from dataclasses import dataclass
from math import ceil, floor

from flask_babel import force_locale, gettext

from cellcert.certificate.queries import Entry
from cellcert.criteria.programme import Programme
from cellcert.errors import N_

LANGUAGES = {"zh": "zh_Hans_CN", "en": "en"}
TONES = {"good": "#1f6f50", "waiting": "#8a5a00", "bad": "#b5301f", "ended": "#56625c"}
# user units of the picture
WIDTH, LEFT, RIGHT, TOP, FOOT = 300, 62, 12, 36, 30
LARGEST, SMALLEST = 16.0, 11.0  # of the name, before it takes another line
MOST_LINES = 4
MOST_UNKNOWN = 40  # signs of a number nobody has
WORD = re.compile(r"[!-\u2e7f]+\s*|.")  # a word of letters stays whole
# a sign no font has, or one nobody sees, has no place in a picture; XML would refuse some
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}


@dataclass(frozen=True, slots=True)
class Badge:
    """Everything the picture shows; ``lines``: the name as ``(text, y)``."""

    language: str
    title: str
    heading: str
    name: str
    lines: list[tuple[str, float]]
    size: float
    status: str
    colour: str
    serial: str
    width: int
    height: int

    @property
    def foot(self) -> int:
        """The base line of the last row."""
        return self.height - 12


def badge_of(line: Entry | None, programme: Programme, language: str, serial: str = "") -> Badge:
    """The badge of an entry; None says that no certificate has the number ``serial``."""
    with force_locale(LANGUAGES[language]):
        status = gettext(line.status.label if line else N_("没有这个证书编号"))
        sign = gettext(N_("：")), gettext(N_("，"))
    heading = (
        f"{programme.city.text(language)} · {(line.category_name if line else programme.short_name).text(language)}"
    )
    name, number = (_seen(line.unit), line.serial) if line else (_seen(serial)[:MOST_UNKNOWN], "")
    size, lines = set_name(name)
    title = f"{heading}{sign[0]}{name}{sign[1]}{status}"
    height = TOP + ceil(len(lines) * size * 1.35) + FOOT
    placed = [(text, round(TOP + size + at * size * 1.35, 1)) for at, text in enumerate(lines)]
    colour = TONES[line.status.tone if line else "bad"]
    return Badge(language, title, heading, name, placed, size, status, colour, number, WIDTH, height)


def set_name(name: str) -> tuple[float, list[str]]:
    """The size of a name and its lines: never cut; a long one takes more lines, then smaller letters."""
    room, ems = WIDTH - LEFT - RIGHT, width_of(name)
    count = min(max(ceil(ems * SMALLEST / room), 1), MOST_LINES)
    if ems * LARGEST > room:
        count = max(count, min(2, len(name)))
    lines = _split(name, ems / count) if name else []
    widest = max(map(width_of, lines), default=1)
    return floor(min(LARGEST, room / max(widest, 1)) * 10) / 10, lines


def width_of(text: str) -> float:
    """How wide a text is in letters' sizes, in whatever font the reader has: rather too wide than too narrow."""
    return sum(1 if unicodedata.east_asian_width(sign) in "WFA" else 0.72 for sign in text)


def _split(name: str, ems: float) -> list[str]:
    lines, line = [], ""
    for word in WORD.findall(name):
        for part in [word] if width_of(word) <= ems else word:
            if line and width_of(line) + width_of(part) / 2 > ems:
                lines.append(line.rstrip())
                line = ""
            line += part
    return [*lines, line]


def _seen(text: str) -> str:
    return "".join(sign for sign in text if unicodedata.category(sign) not in UNSEEN)
