"""The list of cases: found by words, narrowed, sorted by an index, read page by page from where the last one ended.

A page costs the same among a thousand cases and among a million: nothing is counted beyond ``COUNTED``, words few
units have are looked up first, words many have are compared along the way.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from cellcert.actors import Actor
from cellcert.application.lifecycle import State
from cellcert.application.models import Application, Assignment
from cellcert.certificate.models import Certificate
from cellcert.certificate.queries import LIVE
from cellcert.desk.list_rules import Chosen, Order
from cellcert.desk.models import CaseExport, SavedView
from cellcert.desk.queries import COUNTED, readable_by
from cellcert.units.finding import LAST_SIGN, parts_of
from cellcert.units.models import FoundBy, Unit

PAGE = 50
FEW = 2_000  # units: looked up by themselves before the cases are read
AT_ONCE = 1_000  # cases of an export in memory
NUMBER = re.compile(r"(?:.*[a-z])?0*(\d{1,9})", re.ASCII)  # the end of a case's number is its key


@dataclass(frozen=True, slots=True)
class Line:
    """One case with everything a list may show of it."""

    id: int
    reference: str | None
    unit: str
    code: str
    category: str
    division: str
    lead: str
    batch: str
    state: State
    since: datetime
    submitted_at: datetime | None
    due_at: datetime | None
    level: dict[str, str] | None
    serial: str | None
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some cases, how many there are (one more than ``COUNTED`` means: more), and where other pages begin."""

    lines: Sequence[Line]
    count: int
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Moment:
    """What decides who is late: now, and when the oldest first check that is in time began."""

    at: datetime
    checked_from: datetime


def page_of(
    session: Session,
    actor: Actor,
    chosen: Chosen,
    moment: Moment,
    *,
    after: int | None = None,
    before: int | None = None,
    limit: int = PAGE,
) -> Page:
    """The cases behind ``after`` or in front of ``before``; an unknown number begins at the top."""
    where = narrowing(session, actor, chosen, moment)
    counted = select(Application.id).where(*where).limit(COUNTED + 1).subquery()
    count = session.scalar(select(func.count()).select_from(counted)) or 0
    place, falls = _order(chosen.order)
    given = after or before
    edge = session.execute(select(*place).where(Application.id == given)).one_or_none() if given else None
    back = edge is not None and not after
    falls = falls is not back
    rows = _lines().where(*where)
    if edge is not None:
        here, there = tuple_(*place), tuple_(*edge)
        rows = rows.where(here < there if falls else here > there)
    rows = rows.order_by(*(column.desc() if falls else column.asc() for column in place)).limit(limit + 1)
    found = [Line(*row) for row in session.execute(rows)]
    more, lines = len(found) > limit, found[:limit]
    if back:
        lines.reverse()
    if not lines:
        return Page((), count, None, None)
    return Page(
        lines,
        count,
        lines[0].id if (more if back else edge is not None) else None,
        lines[-1].id if back or more else None,
    )


def all_of(session: Session, actor: Actor, chosen: Chosen, moment: Moment) -> Iterator[list[Line]]:
    """Every case by number, in portions: each is a query of its own, so that no transaction lasts and none is long."""
    where, last = narrowing(session, actor, chosen, moment), 0
    while True:
        rows = _lines().where(*where, Application.id > last).order_by(Application.id).limit(AT_ONCE)
        lines = [Line(*row) for row in session.execute(rows)]
        if not lines:
            return
        last = lines[-1].id
        yield lines


def count_of(session: Session, actor: Actor, chosen: Chosen, moment: Moment) -> int:
    """How many there are, counted to the end: for the progress of an export."""
    where = narrowing(session, actor, chosen, moment)
    return session.scalar(select(func.count()).select_from(Application).where(*where)) or 0


def _order(order: Order) -> tuple[tuple[InstrumentedAttribute[Any], ...], bool]:
    """The columns, and whether they fall."""
    if order is Order.NUMBER:
        return (Application.id,), False
    return (Application.state_since, Application.id), order is Order.NEWEST


def _lines() -> Select[Any]:
    live = and_(Certificate.application_id == Application.id, Certificate.state.in_(LIVE))
    shown: tuple[Any, ...] = (
        Application.id, Application.reference, Unit.name, func.coalesce(Unit.credit_code, Unit.host_code, ""),
        Application.category, Application.division, Application.lead, Application.batch, Application.state,
        Application.state_since, Application.submitted_at, Application.due_at, Certificate.fields["level_name"],
        Certificate.serial, Certificate.valid_until,
    )  # fmt: skip
    return select(*shown).join(Unit, Unit.id == Application.unit_id).outerjoin(Certificate, live)


def narrowing(session: Session, actor: Actor, chosen: Chosen, moment: Moment) -> list[ColumnElement[bool]]:
    """What this actor may read and wants to see; one query for each word."""
    found = [readable_by(actor)]
    same = (
        (Application.state, chosen.state), (Application.category, chosen.category),
        (Application.division, chosen.division), (Application.batch, chosen.batch),
    )  # fmt: skip
    found += [column == value for column, value in same if value]
    if chosen.late:
        found.append(_late(moment))
    if chosen.level or chosen.year is not None:
        held = aliased(Certificate)
        told = [held.application_id == Application.id, held.state.in_(LIVE)]
        told += [held.fields["level"].as_string() == chosen.level] if chosen.level else []
        told += [held.year == chosen.year] if chosen.year is not None else []
        found.append(exists().where(*told))
    return found + _named(session, chosen.search)


def _late(moment: Moment) -> ColumnElement[bool]:
    """Somebody is late: a unit, a first check, or an expert of the present round."""
    seat = exists().where(
        Assignment.application_id == Application.id,
        Assignment.round == Application.round,
        Assignment.left_at.is_(None),
        Assignment.due_at < moment.at,
    )
    return or_(
        and_(Application.state == State.RETURNED, Application.due_at < moment.at),
        and_(
            Application.state.in_([State.SUBMITTED, State.PRELIMINARY]), Application.submitted_at < moment.checked_from
        ),
        and_(Application.state == State.REVIEW, seat),
    )


def _named(session: Session, words: str) -> list[ColumnElement[bool]]:
    """That each word is found in the unit's name, or is its code or the case's number."""
    parts = parts_of(words)
    if words and not parts:
        return [false()]
    found = []
    for part in parts:
        keys = select(FoundBy.unit_id).where(FoundBy.key >= part, FoundBy.key < part + LAST_SIGN)
        ids = session.scalars(keys.limit(FEW + 1)).all()
        if len(ids) <= FEW:
            ways: list[ColumnElement[bool]] = [Application.unit_id.in_(set(ids))]
        else:  # a word so many have is soon met on the way; as a value, or it would be looked for first
            name = select(Unit.name_key).where(Unit.id == Application.unit_id).correlate(Application).scalar_subquery()
            ways = [name.contains(part, autoescape=True)]
        if number := NUMBER.fullmatch(part):
            plain = func.lower(func.replace(Application.reference, "-", ""))
            ways.append(and_(Application.id == int(number[1]), plain.endswith(part, autoescape=True)))
        found.append(or_(*ways))
    return found


# what somebody keeps


def views_of(session: Session, person_id: int) -> Sequence[SavedView]:
    """The views a person keeps, by name."""
    rows = select(SavedView).where(SavedView.person_id == person_id).order_by(SavedView.name)
    return session.scalars(rows).all()


def exports_of(session: Session, post_id: int) -> Sequence[CaseExport]:
    """The files asked for in a post, the newest first."""
    rows = select(CaseExport).where(CaseExport.post_id == post_id)
    return session.scalars(rows.order_by(CaseExport.id.desc()).limit(PAGE)).all()
