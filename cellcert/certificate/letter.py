"""The letter of award: what the authority sends to the districts when a batch is decided."""

from dataclasses import dataclass

from cellcert.press.official import OfficialLetter, print_letter


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One unit of the table."""

    unit: str
    category: str
    division: str
    serial: str


@dataclass(frozen=True, slots=True)
class LetterFields(OfficialLetter):
    """A letter that names the units of a batch."""

    lines: tuple[LetterLine, ...] = ()


def print_award_letter(batch: LetterFields) -> bytes:
    """An official letter on A4, as many pages as the table needs."""
    return print_letter(batch, "letter.html")
