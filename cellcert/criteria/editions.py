"""Keep the text of an edition once somebody applies under it, and read checklists back from it."""

from datetime import datetime
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert.criteria.library import Library
from cellcert.criteria.models import Edition
from cellcert.criteria.reader import read_checklist
from cellcert.criteria.schema import Checklist


def keep_edition(session: Session, library: Library, category: str, *, at: datetime) -> Edition:
    """The row of the edition in force, written when it is first needed."""
    sha256 = library.hash(category)
    kept = session.scalar(select(Edition).where(Edition.category == category, Edition.sha256 == sha256))
    if kept is None:
        checklist = library.checklist(category)
        kept = Edition(
            category=category, edition=checklist.edition, sha256=sha256, text=library.source(category), kept_at=at
        )
        session.add(kept)
        session.flush()
    return kept


def checklist_of(edition: Edition) -> Checklist:
    """The checklist an application was made under, whatever the files say today."""
    return _read(edition.sha256, edition.text, edition.category)


@lru_cache(maxsize=64)
def _read(_sha256: str, text: str, category: str) -> Checklist:
    return read_checklist(text, f"{category}.yaml")
