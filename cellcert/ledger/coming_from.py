"""The application, and the figure in it, from which somebody came to the ledger."""

from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.programme import Programme
from cellcert.criteria.text import Text


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the way back leads, and what the addresses between carry along."""

    url: str
    category: Text
    figure: Text | None
    carried: dict[str, Any]


def coming_from(session: Session, programme: Programme, unit_id: int, number: int | None, key: str) -> Origin | None:
    """The application ``number`` with its figure ``key``, if it is the unit's own."""
    application = session.get(Application, number) if number else None
    if application is None or application.unit_id != unit_id:
        return None
    indicator = next((one for one in checklist_of(application.edition).indicators if one.key == key), None)
    carried: dict[str, Any] = {"application": application.id}
    if indicator:
        carried["figure"] = key
    if application.state in {State.DRAFT, State.RETURNED}:
        anchor = f"indicators.{key}" if indicator else None
        url = url_for("assessment.edit", application_id=application.id, section="indicator-data", _anchor=anchor)
    else:
        url = url_for("assessment.read", application_id=application.id)
    category = programme.category(application.category).name
    return Origin(url, category, indicator.name if indicator else None, carried)
