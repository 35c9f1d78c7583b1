"""Units as lists show them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert.units.models import Unit
from cellcert.units.rules import CodeState


@dataclass(frozen=True, slots=True)
class DoubtfulLine:
    """A unit whose credit code a reviewer has to look at."""

    id: int
    name: str
    code: str | None
    since: datetime
    asked: str


def doubtful_units(session: Session, division: str) -> list[DoubtfulLine]:
    """Units of a division with a wrong check digit; those the reviewer has not looked at come first."""
    rows = session.execute(
        select(Unit.id, Unit.name, Unit.credit_code, Unit.created_at, Unit.code_note)
        .where(Unit.division == division, Unit.code_state == CodeState.DOUBTFUL)
        .order_by(Unit.code_note != "", Unit.created_at, Unit.id)
    )
    return [DoubtfulLine(*row) for row in rows]


def unit_by_code(session: Session, code: str) -> Unit | None:
    """The unit with this credit code of its own."""
    return session.scalar(select(Unit).where(Unit.credit_code == code))


def units_named(session: Session, ids: set[int]) -> dict[int, str]:
    """The names of some units."""
    rows = session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(ids)))
    return {unit_id: name for unit_id, name in rows}  # noqa: C416
