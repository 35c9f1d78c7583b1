"""People and units of a test city, made by the real actions, and browsers signed in as them."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from cellcert.actors import SYSTEM, Role
from cellcert.audit.models import AuditEvent
from cellcert.database import db
from cellcert.people.actions import add_person, grant, hash_password
from cellcert.units.actions import register_unit

Build = Callable[[str], Flask]
PASSWORD = "four quiet boats at noon"
NOW = datetime(2026, 7, 20, 2, 0, tzinfo=UTC)
VALID, VALID_TOO, DOUBTFUL = "91000000MA0DEM013N", "91000000MA0DEM021H", "91350100M0001TGQXM"


@cache
def password_hash() -> str:
    return hash_password(PASSWORD)


def a_unit(app: Flask, **changes: Any) -> int:
    told = {
        "name": "示例纸业有限公司", "credit_code": VALID, "division": "jiefang", "address": "示例路1号",
        "head": "示例甲", "contact_name": "示例乙", "contact_phone": "0391-1234567",
    } | changes  # fmt: skip
    with app.app_context():
        unit = register_unit(db.session(), **told, by=SYSTEM, at=NOW)
        db.session.commit()
        return unit.id


def somebody(app: Flask, login: str, *roles: Role, must_change: bool = False, at: datetime = NOW, **place: Any) -> int:
    with app.app_context():
        person = add_person(
            db.session(), login=login, name=f"示例{login}", password_hash=password_hash(), must_change=must_change,
            by=SYSTEM, at=at,
        )  # fmt: skip
        for role in roles:
            needed = {Role.APPLICANT: {"unit_id"}, Role.DISTRICT: {"division"}, Role.DEPARTMENT: {"department"}}
            kept = {name: value for name, value in place.items() if name in needed.get(role, ())}
            grant(db.session(), person, role, **kept, by=SYSTEM, at=at)
        db.session.commit()
        return person.id


def try_sign_in(
    client: FlaskClient, login: str, password: str = PASSWORD, address: str = "192.0.2.7", **more: str
) -> TestResponse:
    return client.post(
        "/sign-in", data={"login": login, "password": password, **more}, environ_base={"REMOTE_ADDR": address}
    )


def signed_in(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    assert try_sign_in(client, login).status_code == 303
    return client


def is_in(client: FlaskClient) -> bool:
    """Whether the session still opens a page that everybody signed in may see."""
    response = client.get("/password")
    assert response.status_code in {200, 302}
    return response.status_code == 200


def events(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(AuditEvent.kind).order_by(AuditEvent.seq)))
