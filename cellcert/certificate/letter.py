"""The award letter (认定文件) on paper: an official letter with the numbered list of its units, by category."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from cellcert.press.official import OfficialLetter, print_letter

ORDINALS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One unit of the list."""

    unit: str
    category: str
    division: str
    serial: str
    level: str = ""


@dataclass(frozen=True, slots=True)
class LetterFields(OfficialLetter):
    """A letter that names the units of a batch; ``lines`` of one category stand together."""

    lines: tuple[LetterLine, ...] = ()
    copies: str = ""  # 抄送; may be empty
    draft: bool = False

    @property
    def groups(self) -> Iterator[tuple[str, list[tuple[int, LetterLine]]]]:
        """Each category's heading with its units, numbered through the whole list."""
        numbered = enumerate(self.lines, start=1)
        for at, (category, found) in enumerate(groupby(numbered, key=lambda one: one[1].category)):
            units = list(found)
            ordinal = f"{ORDINALS[at]}、" if at < len(ORDINALS) else ""
            yield f"{ordinal}{category}（{len(units)} 个）", units


def print_award_letter(letter: LetterFields) -> bytes:
    """An official letter on A4, as many pages as the list needs."""
    return print_letter(letter, "letter.html")
