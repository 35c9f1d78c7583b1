"""Which edition of a checklist is in force on a day, and checklists read back from the editions kept."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import and_, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.criteria.library import Library
from cellcert.criteria.marked import CriteriaFaults
from cellcert.criteria.models import Edition
from cellcert.criteria.reader import read_checklist, read_kept
from cellcert.criteria.schema import Checklist
from cellcert.criteria.states import EditionState
from cellcert.errors import N_, NotReady


@dataclass(frozen=True, slots=True)
class Current:
    """The edition in force on a day; ``edition`` is None while the city's folder alone says what holds."""

    checklist: Checklist
    sha256: str
    edition: Edition | None


def in_force(session: Session, library: Library, category: str, *, on: date) -> Current:
    """The approved edition whose day has come last; where there is none, the file of the folder."""
    return _current(library, category, _begun(session, on, category).get(category))


def all_in_force(session: Session, library: Library, *, on: date) -> dict[str, Current]:
    """The edition in force of every category, in the programme's order."""
    found = _begun(session, on)
    keys = [category.key for category in library.programme.categories]
    return {key: _current(library, key, found.get(key)) for key in keys}


def approved(session: Session, category: str) -> list[Edition]:
    """Every approved edition of a category, the newest day first: past, present and to come."""
    mine = and_(Edition.category == category, Edition.state == EditionState.APPROVED)
    return list(session.scalars(select(Edition).where(mine).order_by(Edition.in_force_from.desc())))


def keep_edition(session: Session, library: Library, category: str, *, at: datetime) -> Edition:
    """The row of the edition in force; the founding one is written when it is first needed."""
    day = clock.day_of(at, library.programme.time_zone)
    if (kept := _begun(session, day, category).get(category)) is not None:
        return kept
    text = library.source(category)
    known = session.scalar(select(Edition).where(Edition.category == category, Edition.sha256 == fingerprint(text)))
    if known is not None and known.is_founding:
        return known
    if known is not None:
        raise NotReady(N_("这一类别的评价标准还没有生效，生效后才能申报。"))
    if faults := library.faults(library.folder / f"{category}.yaml"):
        raise CriteriaFaults(faults)
    founding = Edition(
        category=category, edition=_read(text, category).edition, sha256=fingerprint(text), text=text, kept_at=at,
        state=EditionState.APPROVED, in_force_from=day,
    )  # fmt: skip
    try:
        with session.begin_nested():  # of two who need it first at one moment, the second takes the first one's
            session.add(founding)
    except IntegrityError:
        return session.scalars(
            select(Edition).where(Edition.category == category, Edition.sha256 == founding.sha256)
        ).one()
    return founding


def checklist_of(edition: Edition) -> Checklist:
    """The checklist an application was made under, whatever the files say today."""
    key = (edition.category, edition.sha256)
    if (known := _known.get(key)) is not None:
        return known
    checklist = _kept(edition.text, edition.category)
    if fingerprint(edition.text) == edition.sha256:
        _known[key] = checklist
    return checklist


def fingerprint(text: str) -> str:
    """SHA-256 of an edition's text, in hex: what an application pins."""
    return hashlib.sha256(text.encode()).hexdigest()


def _begun(session: Session, on: date, category: str | None = None) -> dict[str, Edition]:
    """By category the approved edition in force on a day; one query."""
    begun = [Edition.state == EditionState.APPROVED, Edition.in_force_from <= on]
    if category is not None:
        begun.append(Edition.category == category)
    last = (
        select(Edition.category, func.max(Edition.in_force_from).label("day"))
        .where(*begun)
        .group_by(Edition.category)
        .subquery()
    )
    newest = and_(Edition.category == last.c.category, Edition.in_force_from == last.c.day)
    wanted = select(Edition).join(last, newest).where(Edition.state == EditionState.APPROVED)
    return {edition.category: edition for edition in session.scalars(wanted)}


def _current(library: Library, category: str, edition: Edition | None) -> Current:
    if edition is not None:
        return Current(checklist_of(edition), edition.sha256, edition)
    text = library.source(category)
    return Current(_read(text, category), fingerprint(text), None)


_known: dict[
    tuple[str, str], Checklist
] = {}  # by category and hash: the text itself is long, and need not be read again


@lru_cache(maxsize=64)
def _kept(text: str, category: str) -> Checklist:
    return read_kept(text, f"{category}.yaml")


@lru_cache(maxsize=64)
def _read(text: str, category: str) -> Checklist:
    return read_checklist(text, f"{category}.yaml")
