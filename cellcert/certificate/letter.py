"""The letter of award: what the authority sends to the districts when a batch is decided."""

from dataclasses import dataclass
from datetime import date

from cellcert.paper import render, to_pdf
from cellcert.press.fitting import fitting, halves, width
from cellcert.press.seal import seal_picture

TITLE_EMS = 19  # that fit on one line of the title


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One unit of the table."""

    unit: str
    category: str
    division: str
    serial: str


@dataclass(frozen=True, slots=True)
class LetterFields:
    """All that is printed in a letter of award, in the words of the authority."""

    authority: str
    number: str  # 文号; may be empty
    title: str
    recipient: str
    paragraphs: tuple[str, ...]
    lines: tuple[LetterLine, ...]
    on: date
    seal_text: str
    closing: tuple[str, ...] = ()  # paragraphs after the table
    contact: str = ""
    seal_png: bytes | None = None
    sample: bool = False


def print_award_letter(batch: LetterFields) -> bytes:
    """An official letter on A4, as many pages as the table needs."""
    seal = seal_picture(batch.seal_text, batch.seal_png, batch.sample)
    title = [batch.title] if width(batch.title) <= TITLE_EMS else halves(batch.title)
    html = render("letter.html", letter=batch, title_lines=title, seal=seal)
    sizes = f".head {{ font-size: {fitting(batch.authority, 29, 440)}pt }}"
    sizes += f".issuer {{ font-size: {fitting(batch.authority, 16, 332)}pt }}"
    return to_pdf(html, "print.css", "letter.css", sizes=sizes)
