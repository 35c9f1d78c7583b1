"""An official letter (公文) on A4: red head, centred title, indented body, issuer and date under the seal."""

from dataclasses import dataclass
from datetime import date

from cellcert.paper import render, to_pdf
from cellcert.press.fitting import fitting, halves, width
from cellcert.press.seal import seal_picture

TITLE_EMS = 19  # that fit on one line of the title


@dataclass(frozen=True, slots=True)
class OfficialLetter:
    """All that is printed in a letter, in the words of the authority."""

    authority: str
    number: str  # 文号; may be empty
    title: str
    recipient: str  # may be empty: a notice is for everybody
    paragraphs: tuple[str, ...]
    on: date
    seal_text: str
    closing: tuple[str, ...] = ()  # the last paragraphs; the seal stays with the very last
    contact: str = ""
    seal_png: bytes | None = None
    sample: bool = False


def print_letter(letter: OfficialLetter, template: str = "official.html") -> bytes:
    """As many pages as the text needs."""
    seal = seal_picture(letter.seal_text, letter.seal_png, letter.sample)
    title = [letter.title] if width(letter.title) <= TITLE_EMS else halves(letter.title)
    html = render(template, letter=letter, title_lines=title, seal=seal)
    sizes = f".head {{ font-size: {fitting(letter.authority, 29, 440)}pt }}"
    sizes += f".issuer {{ font-size: {fitting(letter.authority, 16, 332)}pt }}"
    return to_pdf(html, "print.css", "letter.css", sizes=sizes)
