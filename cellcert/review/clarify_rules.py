"""Who reads what is said about a place, who may say it to whom, and how who said it is named."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Protocol

from cellcert.actors import Role
from cellcert.application.lifecycle import Act, Relation, State, is_open
from cellcert.errors import N_

MOST_FILES = 5  # of one answer
MOST_SAID = 60  # messages about one place: a page of them can still be read
LONGEST = 2000


class Level(StrEnum):
    """Who reads a message."""

    UNIT = "unit"
    REVIEWERS = "reviewers"
    OFFICE = "office"

    @property
    def label(self) -> str:
        return LABELS[self][0]

    @property
    def readers(self) -> str:
        """Who will read it, in words, for the field."""
        return LABELS[self][1]


LABELS: Mapping[Level, tuple[str, str]] = {
    Level.UNIT: (
        N_("申报单位和审核人员"),
        N_("申报单位、属地、牵头部门、本案专家、市办和审计看得到；请单位答复"),
    ),
    Level.REVIEWERS: (N_("仅审核人员"), N_("属地、牵头部门、本案专家、市办和审计看得到；申报单位看不到")),
    Level.OFFICE: (N_("仅市办"), N_("只有市办、审计和您自己看得到")),
}
REVIEWERS = frozenset({Relation.DISTRICT, Relation.DEPARTMENT, Relation.EXPERT})
OFFICE = frozenset({Relation.OFFICE, Relation.APPROVER, Relation.AUDITOR})
READERS: Mapping[Level, frozenset[Relation]] = {
    Level.UNIT: REVIEWERS | OFFICE | {Relation.OWN},
    Level.REVIEWERS: REVIEWERS | OFFICE,
    Level.OFFICE: OFFICE,
}


class Said(Protocol):
    """What of a message decides who reads it and what it waits for."""

    @property
    def role(self) -> Role: ...
    @property
    def level(self) -> str: ...
    @property
    def by(self) -> int: ...
    @property
    def due_on(self) -> date | None: ...


def may_read(message: Said, relation: Relation, person_id: int | None) -> bool:
    """Whether this reader sees a message; who wrote it always does, while the case is open to the person."""
    return relation in READERS[Level(message.level)] or (relation is not Relation.OWN and message.by == person_id)


def levels_for(relation: Relation) -> tuple[Level, ...]:
    """To whom somebody may write: experts judge alone, so they do not write to one another."""
    match relation:
        case Relation.OWN:
            return (Level.UNIT,)
        case Relation.EXPERT:
            return (Level.UNIT, Level.OFFICE)
        case _:
            return tuple(Level)


def may_know_who(role: Role, relation: Relation, state: State) -> bool:
    """Whether a reader learns the name of who wrote; else the post alone is said."""
    if relation is Relation.OWN:
        return role is Role.APPLICANT
    if relation is Relation.EXPERT:
        return False
    return role is not Role.EXPERT or is_open(Act.READ_EXPERTS, relation, state)


def waits_for_unit(messages: Iterable[Said]) -> date | None:
    """The day by which the unit is asked to answer, of the first question it has not answered; None: nothing waits."""
    due: date | None = None
    for message in messages:
        if message.level != Level.UNIT:
            continue
        if message.role is Role.APPLICANT:
            due = None
        elif due is None:
            due = message.due_on
    return due
