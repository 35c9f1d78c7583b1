"""What the pages of one self-assessment start from."""

from datetime import date, datetime

from cellcert import clock, web
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.assessment.queries import Assessment, assessment_of
from cellcert.assessment.rules import Window, window
from cellcert.criteria.editions import checklist_of, in_force
from cellcert.database import db
from cellcert.ledger.queries import figures_of
from cellcert.ledger.rules import Figures


def opened(application: Application) -> Assessment:
    """The self-assessment as it stands, with what the unit's waste ledger says."""
    return assessment_of(db.session(), application, ledger_of(application))


def ledger_of(application: Application) -> Figures:
    """What the unit's waste ledger says the figures of its application are."""
    checklist, today = checklist_of(application.edition), clock.day_of(clock.now(), web.zone())
    wastes = web.house().library.wastes
    return figures_of(db.session(), application.unit_id, checklist, wastes, year_of(application), today)


def year_of(application: Application) -> int:
    """The year from which the periods of an application's figures count: that of its batch."""
    return web.house().library.programme.batch(application.batch).opens.year


def last_day_of(application: Application) -> date:
    """The last day on which the unit may submit."""
    if application.due_at is not None:
        return web.last_day(application.due_at)
    return web.house().library.programme.batch(application.batch).closes


def window_of(application: Application) -> Window:
    """How long the unit may still hand in."""
    programme = web.house().library.programme
    is_mending = application.due_at is not None
    last_day, ends_at = last_day_of(application), application.due_at
    return window(clock.now(), last_day, programme, is_mending=is_mending, ends_at=ends_at)


def has_newer_edition(application: Application) -> bool:
    """Whether a draft follows an edition that is no longer the one in force."""
    if application.state is not State.DRAFT:
        return False
    return sha256_in_force(application.category, clock.now()) != application.edition.sha256


def sha256_in_force(category: str, at: datetime) -> str:
    """The fingerprint of the edition in force for a category."""
    return in_force(db.session(), web.house().library, category, on=clock.day_of(at, web.zone())).sha256
