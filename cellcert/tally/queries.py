"""Count towards the target: distinct units with a live certificate, and what is under way."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from cellcert.application.lifecycle import SENT, State
from cellcert.application.models import Application
from cellcert.certificate.models import Certificate
from cellcert.certificate.rules import counts, status
from cellcert.certificate.states import CertificateState
from cellcert.criteria.programme import Category, Division, Programme
from cellcert.criteria.text import Text
from cellcert.tally.rules import AwardLine, StateCount, Tally, TallyLine
from cellcert.wording import state_name

UNDER_WAY = frozenset(
    {
        State.SUBMITTED, State.RETURNED, State.PRELIMINARY, State.REVIEW, State.ON_SITE, State.DECISION,
        State.NOTICE, State.OBJECTION,
    }
)  # fmt: skip


def live_certificates(session: Session, today: date) -> list[Certificate]:
    """Certificates whose titles count on a day, with application and unit, by serial."""
    rows = session.scalars(
        select(Certificate)
        .where(
            Certificate.state.in_([CertificateState.RESERVED, CertificateState.ISSUED]),
            Certificate.valid_until >= today,
        )
        .options(joinedload(Certificate.application).joinedload(Application.unit))
        .order_by(Certificate.year, Certificate.ordinal)
    )
    return [row for row in rows if counts(status(row.state, row.application.state, row.valid_until, today))]


def tally(session: Session, programme: Programme, today: date) -> Tally:
    """Where the programme stands on a day; three queries, whatever the size."""
    live = live_certificates(session, today)
    under_way = session.execute(
        select(Application.category, Application.division, func.count())
        .where(Application.state.in_(UNDER_WAY))
        .group_by(Application.category, Application.division)
    ).all()
    in_state = dict(session.execute(select(Application.state, func.count()).group_by(Application.state)).all())
    by_category, by_division = Counter[str](), Counter[str]()
    for category, division, number in under_way:
        by_category[category] += number
        by_division[division] += number
    return Tally(
        title=Text(f"{programme.name.zh}进展", f"Progress of {programme.name.text('en')}"),
        on=today,
        target=programme.target.count,
        by=programme.target.by,
        reached=len({row.application.unit_id for row in live}),
        categories=_lines(programme.categories, by_category, Counter(row.application.category for row in live)),
        divisions=_lines(programme.divisions, by_division, Counter(row.application.division for row in live)),
        states=tuple(
            StateCount(state.value, state_name(state), in_state.get(state, 0)) for state in State if state in SENT
        ),
        awards=tuple(_award(row, programme) for row in live),
    )


def _lines(
    places: Iterable[Category | Division], under_way: Counter[str], awarded: Counter[str]
) -> tuple[TallyLine, ...]:
    return tuple(
        TallyLine(place.key, place.name, place.share, under_way[place.key], awarded[place.key]) for place in places
    )


def _award(row: Certificate, programme: Programme) -> AwardLine:
    return AwardLine(
        serial=row.serial,
        unit=row.fields["unit_name"],
        credit_code=row.fields["credit_code"],
        category=programme.category(row.application.category).name,
        division=programme.division(row.application.division).name,
        level=Text(row.fields["level_name"]["zh"], row.fields["level_name"]["en"]),
        awarded_on=row.awarded_on,
        valid_until=row.valid_until,
    )
