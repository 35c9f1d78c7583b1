"""What a unit has to have at hand before it fills in a checklist: all of it read from the checklist itself."""

from dataclasses import dataclass
from math import ceil

from cellcert.assessment.steps import numbers
from cellcert.criteria.schema import Checklist, Indicator, Prerequisite, Text
from cellcert.criteria.ways import is_computed

# Minutes with everything at hand, from registration to receipt: an estimate, and the page says so.
A_QUESTION, A_FIGURE, THE_REST = 1 / 4, 1 / 4, 5


@dataclass(frozen=True, slots=True)
class Papers:
    """The files an item asks for."""

    number: str
    text: Text
    papers: tuple[Text, ...]
    applies_if: str | None


@dataclass(frozen=True, slots=True)
class Guide:
    """How much is asked, and what to prepare."""

    questions: int
    figures: int
    indicators: tuple[Indicator, ...]
    prerequisites: tuple[Prerequisite, ...]
    required: tuple[Papers, ...]
    helpful: tuple[Papers, ...]
    minutes: int

    @property
    def from_ledger(self) -> bool:
        """Whether the unit's waste ledger knows some of the figures."""
        return any(one.ledger for indicator in self.indicators for one in indicator.inputs)


def guide_to(checklist: Checklist) -> Guide:
    """What ``checklist`` asks for."""
    number = numbers(checklist)
    items = [item for item in checklist.items() if item.kind != "penalty"]
    papers = [(item, Papers(number[item.key], item.text, item.evidence, item.applies_if)) for item in items]
    required = tuple(row for item, row in papers if item.evidence and item.required)
    asked = sum(not is_computed(item.way) for item in checklist.items())
    questions = len(checklist.facts) + len(checklist.prerequisites) + asked
    figures = sum(len(indicator.inputs) for indicator in checklist.indicators)
    minutes = questions * A_QUESTION + figures * A_FIGURE + THE_REST
    return Guide(
        questions=questions,
        figures=figures,
        indicators=checklist.indicators,
        prerequisites=checklist.prerequisites,
        required=required,
        helpful=tuple(row for item, row in papers if item.evidence and not item.required),
        minutes=ceil(minutes / 5) * 5,
    )
