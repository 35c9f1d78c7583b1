"""For operators: is the program alive, and is everything it needs there."""

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import select, text

from cellcert import clock, migrate
from cellcert.database import db
from cellcert.outbox.models import Job, JobState
from cellcert.web import house

bp = Blueprint("health", __name__)
LATE = timedelta(minutes=5)
STARTED = clock.now()  # work that was due before is not late until this process has had its time


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    """Database, migrations, storage, queue, fonts and press; 503 names what is missing."""
    found = {name: _try(check) for name, check in CHECKS.items()}
    is_ready = all(answer == "ok" for answer in found.values())
    return jsonify(status="ok" if is_ready else "not ready", **found), 200 if is_ready else 503


def _try(check: Callable[[], str]) -> str:
    try:
        return check()
    except Exception as error:  # whatever is wrong is the answer
        return f"{type(error).__name__}"


def _database() -> str:
    db.session.execute(text("SELECT 1"))
    return "ok"


def _migrations() -> str:
    return "ok" if migrate.is_current(db.engine) else "pending: run cellcert migrate"


def _storage() -> str:
    store = house().store
    return "ok" if store.get(store.put(b"ready")) == b"ready" else "damaged"


def _queue() -> str:
    oldest = db.session.scalar(
        select(Job.not_before).where(Job.state == JobState.DUE).order_by(Job.not_before).limit(1)
    )
    return "ok" if oldest is None or clock.now() - max(oldest, STARTED) < LATE else "late: is a worker running?"


def _fonts() -> str:
    from cellcert.paper import fonts_ready

    missing = fonts_ready()
    return "ok" if not missing else "missing: " + ", ".join(missing)


def _press() -> str:
    from cellcert.press.ready import missing

    found = missing()
    return "ok" if not found else "missing: " + ", ".join(found)


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "storage": _storage,
    "queue": _queue,
    "fonts": _fonts,
    "press": _press,
}
