"""The register: who holds a title, found by what a visitor knows, in pages that begin where the last one ended."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session, contains_eager

from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.certificate.models import Certificate, RegisterKey, SerialCounter
from cellcert.certificate.queries import HOLDING, LIVE, Entry, by_serial, entry
from cellcert.certificate.rules import Status
from cellcert.certificate.states import CertificateState
from cellcert.errors import N_
from cellcert.units.finding import LAST_SIGN, parts_of

COUNTED = 10_000  # beyond, a page says "more than": nobody reads so far, and counting would take longest of all
FEW = 2_000  # keys: looked up by themselves before the certificates are read
STATUSES = (
    Status.VALID, Status.RECHECK, Status.RECTIFYING, Status.SUSPENDED, Status.EXPIRED, Status.REVOKED,
)  # fmt: skip


class Order(StrEnum):
    """How the register is sorted."""

    NEWEST = "newest"
    NAME = "name"
    EXPIRY = "expiry"

    @property
    def label(self) -> str:
        return {
            Order.NEWEST: N_("新近认定的在前"),
            Order.NAME: N_("按名称拼音"),
            Order.EXPIRY: N_("先到期的在前"),
        }[self]

    @property
    def column(self) -> InstrumentedAttribute[Any]:
        columns: dict[Order, InstrumentedAttribute[Any]] = {
            Order.NEWEST: Certificate.awarded_on,
            Order.NAME: Certificate.pinyin,
            Order.EXPIRY: Certificate.valid_until,
        }
        return columns[self]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a visitor of the register looks for; empty means all who hold the title."""

    words: str = ""
    category: str = ""
    division: str = ""
    year: int | None = None
    status: Status | None = None

    @property
    def is_all(self) -> bool:
        return self == Wanted()


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines, and the numbers of the lines other pages begin behind."""

    lines: Sequence[Entry]
    before: str | None
    after: str | None


def page_of(
    session: Session,
    wanted: Wanted,
    today: date,
    *,
    limit: int,
    order: Order = Order.NEWEST,
    after: str = "",
    before: str = "",
) -> Page:
    """The lines behind the number ``after`` or in front of ``before``; an unknown number begins at the top."""
    edge = by_serial(session, after or before) if after or before else None
    back = edge is not None and not after
    rows = _wanted(session, select(Certificate).join(Certificate.application), wanted, today)
    rows = rows.options(contains_eager(Certificate.application))
    place, falls = (order.column, Certificate.id), (order is Order.NEWEST) is not back
    if edge is not None:
        here = tuple_(*place)
        there = tuple_(getattr(edge, order.column.key), edge.id)
        rows = rows.where(here < there if falls else here > there)
    rows = rows.order_by(*(column.desc() if falls else column.asc() for column in place)).limit(limit + 1)
    found = [entry(certificate, today) for certificate in session.scalars(rows)]
    more, lines = len(found) > limit, found[:limit]
    if back:
        lines.reverse()
    if not lines:
        return Page((), None, None)
    first, last = lines[0].serial, lines[-1].serial
    return Page(lines, first if (more if back else edge) else None, last if back or more else None)


def all_of(session: Session, wanted: Wanted, today: date, most: int) -> list[Entry]:
    """The whole register as it is printed: by name, and one more than ``most`` where it is longer."""
    rows = _wanted(session, select(Certificate).join(Certificate.application), wanted, today)
    rows = rows.options(contains_eager(Certificate.application)).order_by(Certificate.pinyin, Certificate.id)
    return [entry(found, today) for found in session.scalars(rows.limit(most + 1))]


def entries(session: Session, wanted: Wanted, today: date) -> Iterator[Entry]:
    """The whole register by number, a thousand lines in memory at a time."""
    rows = _wanted(session, select(Certificate).join(Certificate.application), wanted, today)
    rows = rows.options(contains_eager(Certificate.application)).order_by(Certificate.year, Certificate.ordinal)
    for found in session.scalars(rows, execution_options={"yield_per": 1000}):
        yield entry(found, today)
        session.expunge(found)


def count_register(session: Session, wanted: Wanted, today: date) -> tuple[int, int]:
    """How many lines there are, at most one more than ``COUNTED``; and how many of them are suspended.

    Those are listed here, but not counted towards the target.
    """
    rows = (
        _wanted(
            session, select(Application.state).select_from(Certificate).join(Certificate.application), wanted, today
        )
        .limit(COUNTED + 1)
        .subquery()
    )
    suspended = func.sum(case((rows.c.state == State.SUSPENDED, 1), else_=0))
    count, of_them = session.execute(select(func.count(), suspended)).one()
    return count, of_them or 0


def years(session: Session) -> Sequence[int]:
    """The years in which a certificate was awarded, newest first."""
    return session.scalars(
        select(SerialCounter.year).where(SerialCounter.last > 0).order_by(SerialCounter.year.desc())
    ).all()


@dataclass(frozen=True, slots=True)
class Edition:
    """What of the register's contents is known without reading them; equal ones have equal contents on one day."""

    certificates: int
    issued: int
    ended: int
    versions: int
    changed_at: datetime | None


def edition_of(session: Session) -> Edition:
    """Counts that only grow, so that two changes of one moment, or a clock set back, are not missed."""
    rows = select(
        func.count(),
        func.count(Certificate.issued_at),
        func.count(Certificate.ended_at),
        func.coalesce(func.sum(Application.version), 0),
        func.max(Certificate.reserved_at),
        func.max(Certificate.issued_at),
        func.max(Certificate.ended_at),
        func.max(Application.state_since),
    ).join(Certificate.application)
    certificates, issued, ended, versions, *moments = session.execute(rows).one()
    return Edition(certificates, issued, ended, versions, max(filter(None, moments), default=None))


def _wanted(session: Session, rows: Select[Any], wanted: Wanted, today: date) -> Select[Any]:
    rows = rows.where(_standing(wanted.status, today), *_named(session, wanted.words))
    if wanted.category:
        rows = rows.where(Application.category == wanted.category)
    if wanted.division:
        rows = rows.where(Application.division == wanted.division)
    if wanted.year is not None:
        rows = rows.where(Certificate.year == wanted.year)
    return rows


def _named(session: Session, words: str) -> list[ColumnElement[bool]]:
    """That each word is found; a word few cells have is looked up first, as no database guesses how few."""
    parts = parts_of(words)
    if words and not parts:
        return [false()]
    few: set[int] | None = None
    common = []
    for part in parts:
        found = select(RegisterKey.certificate_id).where(RegisterKey.key >= part, RegisterKey.key < part + LAST_SIGN)
        ids = session.scalars(found.limit(FEW + 1)).all()
        if len(ids) > FEW:
            common.append(found)
        else:
            few = set(ids) if few is None else few & set(ids)
    if few is None:  # none, or words all have
        return [Certificate.id.in_(found) for found in common]
    for found in common:
        few &= set(session.scalars(found.where(RegisterKey.certificate_id.in_(few))))
    return [Certificate.id.in_(few)]


def _standing(status: Status | None, today: date) -> ColumnElement[bool]:
    """The certificates of one status (None: of those that hold the title); ``rules.status`` says it of a single one."""
    held = and_(Certificate.state.in_(LIVE), Certificate.valid_until >= today)
    match status:
        case None:
            return and_(held, Application.state.in_(HOLDING))
        case Status.VALID:
            issued = Certificate.state == CertificateState.ISSUED
            return and_(held, issued, Application.state == State.AWARDED)
        case Status.RECHECK | Status.RECTIFYING | Status.SUSPENDED:
            return and_(held, Application.state == State(status.value))
        case Status.EXPIRED:
            over = and_(Application.state.in_(HOLDING), Certificate.valid_until < today)
            return and_(Certificate.state.in_(LIVE), or_(Application.state == State.EXPIRED, over))
        case Status.REVOKED:
            title = and_(Certificate.state.in_(LIVE), Application.state == State.REVOKED)
            return or_(Certificate.state == CertificateState.REVOKED, title)
        case _:
            return false()
