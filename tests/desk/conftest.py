"""One city with an application in every state, told once for all tests of the desks; they only read."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from cellcert.application.lifecycle import State
from cellcert.config import Settings
from cellcert.database import begin_as_reader, db
from cellcert.factory import build
from tests.builders import clerk_of, every_state, sign_in

Enter = Callable[[str], FlaskClient]


@dataclass(frozen=True)
class Whole:
    """The city: its application, an application's id for each state, and a browser for each login."""

    app: Flask
    ids: Mapping[State, int]
    browsers: dict[str, FlaskClient]

    def enter(self, login: str) -> FlaskClient:
        """A browser with this person signed in."""
        if login not in self.browsers:
            self.browsers[login] = self.app.test_client()
            sign_in(self.browsers[login], login)
        return self.browsers[login]

    def clerk(self, state: State) -> FlaskClient:
        """The clerk of the application in a state."""
        return self.enter(clerk_of(self.app, self.ids[state]))

    def case(self, browser: FlaskClient, state: State) -> str:
        """The case page of the application in a state, as this person sees it."""
        answer = browser.get(f"/applications/{self.ids[state]}")
        assert answer.status_code == 200, answer.status_code
        return answer.text


@pytest.fixture(scope="session")
def whole(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    folder = tmp_path_factory.mktemp("whole")
    shutil.copy(migrated_file, folder / "cellcert.db")
    url = f"sqlite:///{folder / 'cellcert.db'}"
    app = build(Settings(data_folder=folder, database_url=url, secret_key="k" * 40, worker_inside=False))
    app.testing = True
    yield Whole(app, every_state(app), {})
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    begin_as_reader(False)


@pytest.fixture
def inside(whole: Whole) -> Iterator[None]:
    """An application context in the whole city; nothing done in it stays."""
    with whole.app.app_context():
        yield
        db.session.rollback()


class Counted:
    """How many statements the block sent."""

    def __enter__(self) -> "Counted":
        self.count = 0
        event.listen(db.engine, "before_cursor_execute", self._one)
        return self

    def _one(self, *_: Any) -> None:
        self.count += 1

    def __exit__(self, *_: object) -> None:
        event.remove(db.engine, "before_cursor_execute", self._one)
