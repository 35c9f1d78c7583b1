"""The round red seal, drawn: one rotated character after another, because a text path prints as a straight line."""

import base64
from dataclasses import dataclass
from math import cos, pi, radians, sin

from cellcert.paper import picture, render

SIZE = 42  # millimetres across, the usual size for an office; the drawing is in millimetres
RADIUS = 16.3  # of the circle through the middle of the characters
WIDEST = 290  # degrees the lettering may take; below stays open


@dataclass(frozen=True, slots=True)
class Letter:
    """One character of the ring: its place, its turn and how far it is condensed."""

    sign: str
    x: float
    y: float
    turn: float
    narrow: float


def ring(text: str) -> tuple[float, list[Letter]]:
    """The type size and the characters of the lettering, centred at the top of the ring."""
    signs = [sign for sign in text if not sign.isspace()]
    size = 5.6 if len(signs) <= 14 else 5.0 if len(signs) <= 24 else 4.2
    # Short names keep some air between the characters; long ones are condensed, as cut seals are.
    step = min(30.0, WIDEST / max(len(signs) - 1, 1))
    room = radians(step) * (RADIUS - size / 2)
    narrow = min(1.0, room / size)
    turns = [step * (index - (len(signs) - 1) / 2) for index in range(len(signs))]
    return size, [
        Letter(
            sign, SIZE / 2 + RADIUS * sin(radians(turn)), SIZE / 2 - RADIUS * cos(radians(turn)), turn, round(narrow, 3)
        )
        for sign, turn in zip(signs, turns, strict=True)
    ]


def seal_svg(text: str, sample: bool) -> str:
    """The seal of ``text`` as SVG; a sample one says so where a real one has its office."""
    size, letters = ring(text)
    return render("seal.svg", across=SIZE, size=size, letters=letters, star=_star(4.9), sample=sample)


def seal_picture(text: str, png: bytes | None, sample: bool) -> str:
    """The data URI of the seal: the scanned one if there is one, else the drawn one."""
    if png is not None:
        return "data:image/png;base64," + base64.b64encode(png).decode()
    return picture(seal_svg(text, sample))


def _star(radius: float) -> str:
    """Five points around the centre, the SVG way."""
    turns = [(pi * step / 5, radius if step % 2 == 0 else radius * 0.382) for step in range(10)]
    return " ".join(f"{SIZE / 2 + r * sin(t):.3f},{SIZE / 2 - r * cos(t):.3f}" for t, r in turns)
