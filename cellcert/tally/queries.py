"""Count towards the target, as things stand or as of the end of a past day: always a fixed number of queries.

A past day is counted from the steps and certificates before the moment it ended (``past``); ``None`` is now.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, extract, func, or_, select
from sqlalchemy.orm import Session

from cellcert.application.lifecycle import SENT, State
from cellcert.application.models import Application, Step
from cellcert.certificate.models import Certificate
from cellcert.certificate.queries import LIVE
from cellcert.criteria.programme import Category, Division, Programme
from cellcert.criteria.text import Text
from cellcert.tally.rules import HELD, UNDER_WAY, AwardLine, Cell, StateCount, Tally, TallyLine, Waiting
from cellcert.wording import state_name


def tally(
    session: Session, programme: Programme, on: date, past: datetime | None = None, *, named: bool = False
) -> Tally:
    """Where the programme stood on a day; three queries whatever the size, ``named`` adds the units by one more."""
    cases = _cases(past)
    keys = cases.c.state, cases.c.category, cases.c.division
    in_state, by_category, by_division = Counter[State](), Counter[str](), Counter[str]()
    for state, category, division, number in session.execute(select(*keys, func.count()).group_by(*keys)):
        in_state[state] += number
        if state in UNDER_WAY:
            by_category[category] += number
            by_division[division] += number
    cells = _cells(session, cases, on, past)
    awarded = Counter[str]()  # keys of categories and of divisions are counted apart below
    for cell in cells:
        awarded[f"category:{cell.category}"] += cell.count
        awarded[f"division:{cell.division}"] += cell.count
    units = _titles(select(func.count(cases.c.unit_id.distinct())), cases, on, past)
    found = Tally(
        title=Text(f"{programme.name.zh}进展", f"Progress of {programme.name.text('en')}"),
        on=on,
        target=programme.target.count,
        by=programme.target.by,
        reached=session.scalar(units) or 0,
        categories=_lines(programme.categories, by_category, awarded, "category"),
        divisions=_lines(programme.divisions, by_division, awarded, "division"),
        states=tuple(
            StateCount(state.value, state_name(state), in_state.get(state, 0)) for state in State if state in SENT
        ),
        cells=cells,
    )
    return replace(found, awards=tuple(awards(session, programme, on, past))) if named else found


def awards(
    session: Session,
    programme: Programme,
    on: date,
    past: datetime | None = None,
    *,
    category: str = "",
    division: str = "",
    year: int = 0,
    limit: int | None = None,
    offset: int = 0,
) -> list[AwardLine]:
    """The titles behind a figure, by serial; one query."""
    cases = _cases(past)
    chosen = [
        cases.c.category == category if category else None,
        cases.c.division == division if division else None,
        extract("year", Certificate.awarded_on) == year if year else None,
    ]
    rows = session.execute(
        _titles(
            select(
                Certificate.serial, Certificate.fields, cases.c.category, cases.c.division, Certificate.awarded_on,
                Certificate.valid_until,
            ),
            cases, on, past,
        )
        .where(*(one for one in chosen if one is not None))
        .order_by(Certificate.year, Certificate.ordinal).limit(limit).offset(offset or None)
    )  # fmt: skip
    return [
        AwardLine(
            serial=serial,
            unit=fields["unit_name"],
            credit_code=fields["credit_code"],
            category=programme.category(category).name,
            division=programme.division(division).name,
            level=Text(fields["level_name"]["zh"], fields["level_name"]["en"]),
            awarded_on=awarded_on,
            valid_until=valid_until,
        )
        for serial, fields, category, division, awarded_on, valid_until in rows
    ]


def waiting(session: Session, at: datetime, past: datetime | None = None, *, division: str = "") -> list[Waiting]:
    """How long the cases under way have been in their states at a moment; one query, two rows a state."""
    cases = _cases(past)
    place = func.row_number().over(partition_by=cases.c.state, order_by=cases.c.since).label("place")
    number = func.count().over(partition_by=cases.c.state).label("number")
    ranked = select(cases.c.state, cases.c.since, place, number).where(cases.c.state.in_(sorted(UNDER_WAY)))
    if division:
        ranked = ranked.where(cases.c.division == division)
    lines = ranked.subquery()
    half = (lines.c.number + 1) // 2
    found: dict[State, list[tuple[datetime, int]]] = {}
    for state, since, number in session.execute(
        select(lines.c.state, lines.c.since, lines.c.number)
        .where(or_(lines.c.place == 1, lines.c.place == half))
        .order_by(lines.c.place)
    ):
        found.setdefault(state, []).append((since, number))
    # the first is the oldest; the last the one in the middle, of one or two the same
    return [
        Waiting(state.value, found[state][0][1], (at - found[state][-1][0]).days, (at - found[state][0][0]).days)
        for state in State
        if state in found
    ]


def _cases(past: datetime | None) -> Subquery:
    """Every case that was ever sent, with its state and since when it was in it."""
    columns = Application.id, Application.unit_id, Application.category, Application.division
    if past is None:
        now = select(*columns, Application.state.label("state"), Application.state_since.label("since"))
        return now.where(Application.state != State.DRAFT).subquery("cases")
    last = select(func.max(Step.id)).where(Step.at < past).group_by(Step.application_id)
    then = select(*columns, Step.after.label("state"), Step.at.label("since")).join(
        Step, Step.application_id == Application.id
    )
    return then.where(Step.id.in_(last)).subquery("cases")


def in_force(on: date, past: datetime | None) -> list[ColumnElement[bool]]:
    """That a certificate was valid on a day; with a state of ``HELD`` its title counts."""
    if past is None:
        return [Certificate.valid_until >= on, Certificate.state.in_(LIVE)]
    alive = or_(Certificate.ended_at.is_(None), Certificate.ended_at >= past)
    return [Certificate.valid_until >= on, Certificate.reserved_at < past, alive]


def _titles(what: Select[Any], cases: Subquery, on: date, past: datetime | None) -> Select[Any]:
    held = what.select_from(cases).join(Certificate, Certificate.application_id == cases.c.id)
    return held.where(cases.c.state.in_(sorted(HELD)), *in_force(on, past))


def _cells(session: Session, cases: Subquery, on: date, past: datetime | None) -> tuple[Cell, ...]:
    year = extract("year", Certificate.awarded_on)
    keys = cases.c.category, cases.c.division, year
    rows = session.execute(_titles(select(*keys, func.count()), cases, on, past).group_by(*keys).order_by(*keys))
    return tuple(Cell(category, division, int(given), count) for category, division, given, count in rows)


def _lines(
    places: Iterable[Category | Division], under_way: Counter[str], awarded: Counter[str], kind: str
) -> tuple[TallyLine, ...]:
    return tuple(
        TallyLine(place.key, place.name, place.share, under_way[place.key], awarded[f"{kind}:{place.key}"])
        for place in places
    )
