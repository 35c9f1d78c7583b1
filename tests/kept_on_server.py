"""Cities told once on PostgreSQL and then copied: each is kept in a database of its own, the template of its copies."""

import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, text

from cellcert.database import db
from cellcert.web import house

_kept: dict[Path, str] = {}  # what is told -> its database; a worker of a run has a server of its own


def once(kept: Path, make: Callable[[], object]) -> None:
    """Make it and keep a copy, or take the copy; while others use the database it is only made."""
    engine = db.engine
    if kept not in _kept:
        make()
        db.session.commit()
        _on_server(engine, lambda admin: _keep(admin, str(engine.url.database), kept))
    elif not _on_server(engine, lambda admin: _take_back(admin, str(engine.url.database), kept)):
        make()


def drop_all(admin: Connection) -> None:
    """The server may outlive the run."""
    for name in _kept.values():
        admin.execute(text(f"DROP DATABASE {name}"))
    _kept.clear()


def _on_server(engine: Engine, act: Callable[[Connection], None]) -> bool:
    """Whether it was done: only while nobody else is connected to the database of ``engine``."""
    db.session.remove()
    engine.dispose()
    admin = create_engine(engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            others = text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name")
            if connection.scalar(others, {"name": engine.url.database}):
                return False
            act(connection)
            return True
    finally:
        admin.dispose()


def _keep(admin: Connection, city: str, kept: Path) -> None:
    name = f"kept_{uuid.uuid4().hex[:12]}"
    admin.execute(text(f"CREATE DATABASE {name} TEMPLATE {city}"))
    if house().store.folder.is_dir():
        shutil.copytree(house().store.folder, kept.parent / name)
    _kept[kept] = name


def _take_back(admin: Connection, city: str, kept: Path) -> None:
    admin.execute(text(f"DROP DATABASE {city}"))
    admin.execute(text(f"CREATE DATABASE {city} TEMPLATE {_kept[kept]}"))
    if (kept.parent / _kept[kept]).is_dir():
        shutil.copytree(kept.parent / _kept[kept], house().store.folder, dirs_exist_ok=True)
