"""People signed in, and a context for actions on real rows."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cellcert.database import db
from tests.builders import sign_in

Enter = Callable[[str], FlaskClient]


@pytest.fixture
def enter(app: Flask) -> Enter:
    """A browser with this person signed in."""

    def signed_in(login: str) -> FlaskClient:
        client = app.test_client()
        sign_in(client, login)
        return client

    return signed_in


@pytest.fixture
def inside(app: Flask) -> Iterator[None]:
    """An application context, for actions on real rows."""
    with app.app_context():
        yield
        db.session.rollback()
