"""Who belongs to the unit does nothing in its case, whatever the post and whatever the stage."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from cellcert.actors import Role
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.database import db
from cellcert.people.models import Person
from tests.builders import application_in, sign_in


@pytest.mark.parametrize(
    ("role", "state", "page"),
    [
        (Role.OFFICE, State.REVIEW, "experts"),
        (Role.OFFICE, State.REVIEW, "close-round"),
        (Role.OFFICE, State.ON_SITE, "end-on-site"),
        (Role.OFFICE, State.DECISION, "decision"),
        (Role.OFFICE, State.AWARDED, "recheck"),
        (Role.OFFICE, State.AWARDED, "certificate/correction"),
        (Role.OFFICE, State.AWARDED, "revocation"),
        (Role.APPROVER, State.DECISION, "decision/approve"),
        (Role.APPROVER, State.NOTICE, "award"),
        (Role.APPROVER, State.RECHECK, "recheck/conclusion"),
        (Role.APPROVER, State.RECHECK, "rectifying"),
        (Role.APPROVER, State.RECHECK, "suspension"),
        (Role.APPROVER, State.SUSPENDED, "suspension/end"),
    ],
)
def test_the_office_does_nothing_in_a_case_of_its_own_employer(
    app: Flask, client: FlaskClient, role: Role, state: State, page: str
) -> None:
    case = application_in(app, state)
    with app.app_context():
        application = db.session.get_one(Application, case)
        person = db.session.scalars(select(Person).where(Person.login == role.value)).one()
        person.employer = application.unit.name
        db.session.commit()
    sign_in(client, role.value)
    assert client.get(f"/applications/{case}").status_code == 200
    answer = client.post(f"/applications/{case}/{page}", data={"reason": "很好", "agreed": "agree"})
    assert answer.status_code == 403
    assert "应当回避" in answer.text
    with app.app_context():
        assert db.session.get_one(Application, case).state is state


@pytest.mark.parametrize(
    ("role", "state", "page"),
    [(Role.APPROVER, State.DECISION, "decision/approve"), (Role.OFFICE, State.DECISION, "decision")],
)
def test_who_scored_a_case_as_an_expert_decides_nothing_in_it(
    app: Flask, client: FlaskClient, role: Role, state: State, page: str
) -> None:
    case = application_in(app, state)
    with app.app_context():
        seat = db.session.get_one(Application, case).assignments[0]
        decider = db.session.scalars(select(Person).where(Person.login == role.value)).one()
        seat.person_id = decider.id
        db.session.commit()
    sign_in(client, role.value)

    answer = client.post(f"/applications/{case}/{page}", data={"reason": "很好", "agreed": "agree"})

    assert answer.status_code == 403
    assert "已作为专家" in answer.text
    with app.app_context():
        assert db.session.get_one(Application, case).state is state
