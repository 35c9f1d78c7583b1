"""One change of one line of a checklist, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from cellcert.criteria import in_words
from cellcert.criteria.schema import Checklist
from cellcert.criteria.text import BLANK, Text, figure, joined
from cellcert.criteria.ways import Range

Effect = Literal["re-worded", "re-scored"]
WORDED: Effect = "re-worded"
SCORED: Effect = "re-scored"
YES = Text("是", "yes")


@dataclass(frozen=True, slots=True)
class Change:
    """One property of a line: what it was and what it is; ``None`` where there was or is none."""

    effect: Effect
    about: Text
    before: Text | None
    after: Text | None

    def clause(self) -> Text:
        """In words: 满分由 4 分改为 5 分."""
        about, en = self.about, self.about.text("en")
        match self.before, self.after:
            case None, after:
                said = BLANK if after in (None, YES) else Text(f"：{after}", f": {after.text('en')}")
                return Text(f"新增{about}{said}", f"{en} added{said.en}")
            case before, None:
                said = BLANK if before == YES else Text(f"（原为{_spaced(before.zh)}）", f" (was {before.text('en')})")
                return Text(f"取消{about}{said}", f"{en} dropped{said.en}")
            case before, after:
                return Text(
                    f"{about}由{_spaced(before.zh, end=True)}改为{_spaced(after.zh)}",
                    f"{en} from {before.text('en')} to {after.text('en')}",
                )


def _spaced(words: str, end: bool = False) -> str:
    # Chinese and figures stand apart: 由 4 分改为 5 分
    after = " " if end and words[-1:].isascii() else ""
    return f"{' ' if words[:1].isascii() else ''}{words}{after}"


@dataclass(slots=True)
class Changes:
    """Collects what changed in one line."""

    found: list[Change] = field(default_factory=list)

    def add(self, effect: Effect, about: Text, before: Text | None, after: Text | None) -> None:
        if before != after:
            self.found.append(Change(effect, about, before, after))

    def of(self, effect: Effect) -> tuple[Change, ...]:
        return tuple(change for change in self.found if change.effect == effect)


@dataclass(frozen=True, slots=True)
class Words:
    """The names of one checklist, for who reads its conditions."""

    checklist: Checklist
    lines: Mapping[str, Text]

    @classmethod
    def of(cls, checklist: Checklist) -> "Words":
        lines = {item.key: item.text for item in checklist.items()}
        return cls(checklist, lines | {f"section {section.key}": section.title for section in checklist.sections})

    def condition(self, source: str | None) -> Text | None:
        """A condition with the names people know."""
        return None if source is None else quoted(in_words.condition(self.checklist, source))

    def indicator(self, key: str) -> Text:
        return next((one.name for one in self.checklist.indicators if one.key == key), Text(key))

    def listed(self, items: Iterable[str], sections: Iterable[str] = ()) -> Text:
        """Items and sections in a row, as a level names them."""
        keys = (*items, *(f"section {key}" for key in sections))
        return joined((quoted(self.lines.get(key, Text(key))) for key in keys), "、", ", ")


def quoted(text: Text) -> Text:
    """In quotation marks; those inside become single ones."""
    zh, en = (words.replace("“", "‘").replace("”", "’") for words in (text.zh, text.text("en")))
    return Text(f"“{zh}”", f"“{en}”")


def points_text(points: Decimal | Range | None) -> Text | None:
    """4 分, or 1–3 分."""
    if points is None:
        return None
    if isinstance(points, Range):
        step = figure(points.step)
        return Text(f"{points} 分（每档 {step} 分）", f"{points} (steps of {step})")
    return Text(f"{figure(points)} 分", figure(points))
