"""What an edition is on a day, and what may become of it."""

from datetime import date
from enum import StrEnum

from cellcert.actors import Role
from cellcert.criteria.states import EditionState
from cellcert.errors import N_


class Standing(StrEnum):
    """An edition as people speak of it today."""

    DRAFT = "draft"
    UPCOMING = "upcoming"
    IN_FORCE = "in-force"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return LABELS[self][0]

    @property
    def tone(self) -> str:
        return LABELS[self][1]


LABELS = {
    Standing.DRAFT: (N_("草案，待审定"), "waiting"),
    Standing.UPCOMING: (N_("已审定，待生效"), "active"),
    Standing.IN_FORCE: (N_("现行"), "good"),
    Standing.SUPERSEDED: (N_("已被新版取代"), "ended"),
    Standing.WITHDRAWN: (N_("已撤回"), "ended"),
}


def standing(state: EditionState, in_force_from: date, newest: date | None, on: date) -> Standing:
    """What an edition is on a day; ``newest`` is the day the edition in force then began."""
    match state:
        case EditionState.DRAFT:
            return Standing.DRAFT
        case EditionState.WITHDRAWN:
            return Standing.WITHDRAWN
        case EditionState.APPROVED:
            if in_force_from > on:
                return Standing.UPCOMING
            return Standing.IN_FORCE if in_force_from == newest else Standing.SUPERSEDED


def may_withdraw(role: Role, standing: Standing) -> bool:
    """The office takes a draft back, an approver what has been approved and is not in force yet."""
    return (role, standing) in {(Role.OFFICE, Standing.DRAFT), (Role.APPROVER, Standing.UPCOMING)}
