"""A checklist filled in to see what it gives (试算): scored as it stands, nothing is kept."""

from dataclasses import dataclass

from cellcert.assessment.forms import Fault, Posted, as_typed, read_answers
from cellcert.assessment.queries import PARTS
from cellcert.assessment.steps import Step, numbers, steps
from cellcert.criteria.gains import Gain, gains, next_level
from cellcert.criteria.schema import Checklist, Level
from cellcert.criteria.scorer import AnswerFaults, Sheet, score
from cellcert.criteria.text import Text


@dataclass(frozen=True, slots=True)
class Trial:
    """What was typed, what it gives, and what could not be read."""

    checklist: Checklist
    typed: Posted
    sheet: Sheet
    gains: tuple[Gain, ...]
    next_level: tuple[Level, tuple[Text, ...]] | None
    faults: tuple[Fault, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        return steps(self.checklist)

    @property
    def numbers(self) -> dict[str, str]:
        return numbers(self.checklist)

    @property
    def shown(self) -> dict[str, object]:
        """Every item's answer as its control shows it again."""
        return {item.key: as_typed(item, self.typed) for item in self.checklist.items()}

    def wrong(self, field: str) -> list[Text]:
        """What is wrong with one field or item group."""
        return [fault.message for fault in self.faults if fault.field == field]

    def summary(self) -> list[tuple[str, Text]]:
        """Every fault with the question it belongs to, for the top of the page."""
        return [(fault.field, self._named(fault)) for fault in self.faults]

    def _named(self, fault: Fault) -> Text:
        kind, key = fault.place
        match kind:
            case "item":
                number = self.numbers[key]
                return Text(f"第 {number} 项：{fault.message}", f"Item {number}: {fault.message.text('en')}")
            case "fact":
                name = self.checklist.fact(key).ask
            case "indicator":
                name = self.checklist.indicator(key).name
            case _:
                name = next(one.text for one in self.checklist.prerequisites if one.key == key)
        return Text(f"{name}：{fault.message}", f"{name.text('en')}: {fault.message.text('en')}")


def trial(checklist: Checklist, posted: Posted) -> Trial:
    """Score what was posted; whatever cannot be read counts as unanswered and is named."""
    answers: dict[str, dict[str, object]] = {group: {} for group in PARTS.values()}
    faults: list[Fault] = []
    for step in steps(checklist):
        read, wrong = read_answers(checklist, step.key, posted)
        faults += wrong
        for (kind, key), answer in read.items():
            if answer is not None:
                answers[PARTS[kind]][key] = answer
    sheet, refused = _scored(checklist, answers)
    return Trial(
        checklist=checklist,
        typed=posted,
        sheet=sheet,
        gains=tuple(gains(checklist, answers, sheet)),
        next_level=next_level(checklist, sheet),
        faults=(*faults, *refused),
    )


def _scored(checklist: Checklist, answers: dict[str, dict[str, object]]) -> tuple[Sheet, list[Fault]]:
    """The sheet; answers the scorer refuses are taken out and named."""
    try:
        return score(checklist, answers), []
    except AnswerFaults as refusal:
        kinds = {key: kind for kind, group in PARTS.items() for key in answers[group]}
        faults = []
        for wrong in refusal.faults:
            kind = kinds[wrong.item_key]
            answers[PARTS[kind]].pop(wrong.item_key, None)
            field = f"items.{wrong.item_key}-group" if kind == "item" else f"{PARTS[kind]}.{wrong.item_key}"
            faults.append(Fault((kind, wrong.item_key), field, wrong.message))
        return score(checklist, answers), faults
