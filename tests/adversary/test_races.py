"""Two at the same case at the same moment, and people who have left meanwhile."""

import threading
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from cellcert import clock
from cellcert.actors import Role
from cellcert.application.lifecycle import State
from cellcert.application.models import Application, Assignment
from cellcert.database import db
from cellcert.people.models import Post
from tests.builders import application_in, sign_in
from tests.conftest import Build


def test_who_changes_a_case_waits_for_whoever_is_changing_it(build_app: Build, postgresql_url: str) -> None:
    app = build_app(postgresql_url)
    app.config["WTF_CSRF_ENABLED"] = False
    case = application_in(app, State.NOTICE)
    fields = {"name": "张三", "contact": "0391-1234567", "text": "证明材料与实际情况不符，请核查。"}
    answers: list[int] = []

    def object_to() -> None:
        answers.append(app.test_client().post(f"/applications/{case}/objection", data=fields).status_code)

    objector = threading.Thread(target=object_to)
    with app.app_context(), db.engine.begin() as deciding:
        deciding.execute(select(Application.id).where(Application.id == case).with_for_update(key_share=True))
        objector.start()
        objector.join(3)
        assert not answers, "the objection must not slip in while the case is being decided"
    objector.join(30)
    assert answers == [303]


def test_a_seat_of_somebody_no_longer_an_expert_is_not_extended(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.REVIEW)
    with app.app_context():
        seat = db.session.scalars(select(Assignment).where(Assignment.application_id == case).limit(1)).one()
        post = db.session.scalars(select(Post).where(Post.person_id == seat.person_id, Post.role == Role.EXPERT)).one()
        post.ended_at, number = clock.now(), seat.id
        db.session.commit()
    sign_in(client, "office")
    due = (clock.now() + timedelta(days=9)).date().isoformat()
    fields = {"do": "extend", "seat": str(number), "due": due, "reason": "材料很多"}
    answer = client.post(f"/applications/{case}/experts", data=fields)
    assert answer.status_code == 409
    assert "不是在册专家" in answer.text
