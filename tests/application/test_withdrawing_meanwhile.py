"""Somebody changed the application while its withdrawal was being written: the reason stays in the form."""

from flask import Flask
from flask.testing import FlaskClient

from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.database import db
from tests.builders import application_in, clerk_of, sign_in


def test_a_reason_is_kept_when_the_application_changed_meanwhile(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.SUBMITTED)
    sign_in(client, clerk_of(app, case))

    answer = client.post(f"/applications/{case}/withdraw", data={"version": "0", "reason": "单位搬迁，明年再报"})

    assert answer.status_code == 409
    assert "单位搬迁，明年再报" in answer.text
    assert "已被他人更新" in answer.text
    with app.app_context():
        assert db.session.get_one(Application, case).state is State.SUBMITTED
