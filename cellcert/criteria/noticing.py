"""What the programme says of public notices: how long they run, how soon an objection is answered."""

from dataclasses import dataclass

from cellcert.criteria.fields import Fields


@dataclass(frozen=True, slots=True)
class Noticing:
    """All in working days. ``answer_days``: within which an objection or an appeal is answered; ``statement_days``:
    within which the unit says what it has to say to an objection."""

    working_days: int
    answer_days: int = 15
    statement_days: int = 5


def read_notice(row: Fields) -> Noticing:
    """``notice`` of a programme."""
    return Noticing(
        row.whole("working_days", required=True, least=1) or 1,
        row.whole("answer_days", least=1) or 15,
        row.whole("statement_days", least=1) or 5,
    )
