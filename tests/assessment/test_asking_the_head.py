"""When only the word of the head is missing the head learns it, once; and the clerk learns when it is given."""

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.assessment import actions
from cellcert.assessment.forms import number_in
from cellcert.assessment.models import Answer
from cellcert.assessment.steps import PREREQUISITES
from cellcert.criteria.programme import Programme
from cellcert.database import db
from cellcert.errors import Incomplete, NotReady, Unusable
from cellcert.inbox.models import Message
from cellcert.outbox.models import Job
from cellcert.people.models import Person, Post
from cellcert.web import house
from tests.assessment.test_signing_off import Ready, filled, post
from tests.builders import application_in, clerk_of, hidden, sign_in


@pytest.fixture
def ready(app: Flask) -> Ready:
    ready = filled(app)
    with app.app_context():
        db.session.execute(update(Person).where(Person.login == ready.head).values(email="head@example.com"))
        db.session.commit()
    return ready


def told(app: Flask, login: str) -> list[str]:
    with app.app_context():
        mine = select(Message.subject).join(Post, Post.id == Message.post_id).join(Person).where(Person.login == login)
        return list(db.session.scalars(mine.where(Message.subject.like("%承诺书%")).order_by(Message.id)))


def mails(app: Flask) -> list[object]:
    with app.app_context():
        jobs = db.session.scalars(select(Job).where(Job.kind == "mail").order_by(Job.id))
        return [job.data["to"] for job in jobs if "承诺书" in str(job.data["subject"])]


def save_a_page(client: FlaskClient, ready: Ready) -> None:
    address = f"/applications/{ready.id}/assessment/{PREREQUISITES}"
    page = client.get(address)
    answers = dict.fromkeys(re.findall(r'name="(prerequisites\.[^"]+)"', page.text), "yes")
    assert client.post(address, data=hidden(page.text) | answers).status_code == 303


def test_the_head_is_told_once_however_often_the_clerk_saves_or_asks(app: Flask, ready: Ready) -> None:
    clerk, head = app.test_client(), app.test_client()
    sign_in(clerk, ready.clerk)
    sign_in(head, ready.head)
    assert "继续填写" in head.get("/desk").text
    save_a_page(clerk, ready)
    assert told(app, ready.head) == ["请确认承诺书"]
    assert mails(app) == ["head@example.com"]
    save_a_page(clerk, ready)
    assert "不重复发送" in clerk.post(ready.submit, data={"do": "ask"}, follow_redirects=True).text
    assert told(app, ready.head) == ["请确认承诺书"]
    assert len(mails(app)) == 1
    assert told(app, ready.clerk) == []

    desk = head.get("/desk").text
    assert "请确认承诺书" in desk
    assert "继续填写" not in desk
    assert "继续填写" in clerk.get("/desk").text


def test_the_clerk_is_told_when_the_head_has_confirmed_and_a_change_asks_anew(app: Flask, ready: Ready) -> None:
    clerk, head = app.test_client(), app.test_client()
    sign_in(clerk, ready.clerk)
    sign_in(head, ready.head)
    assert "已通知负责人" in clerk.post(ready.submit, data={"do": "ask"}, follow_redirects=True).text
    assert post(head, ready.submit, do="confirm", agreed="y").status_code == 303
    assert told(app, ready.clerk) == ["负责人已确认承诺书"]
    assert "继续填写" in head.get("/desk").text
    post(head, ready.submit, do="confirm", agreed="y")
    save_a_page(clerk, ready)
    assert told(app, ready.clerk) == ["负责人已确认承诺书"]
    assert told(app, ready.head) == ["请确认承诺书"]
    with app.app_context():
        row = db.session.scalars(select(Answer).where(Answer.kind == "item").order_by(Answer.id)).first()
        assert row is not None
        row.note = "后来补充的一句"
        db.session.commit()
    clerk.post(ready.submit, data={"do": "ask"})
    assert told(app, ready.head) == ["请确认承诺书", "请确认承诺书"]
    assert "请确认承诺书" in head.get("/desk").text


def test_nobody_is_asked_while_something_else_is_missing(app: Flask, ready: Ready) -> None:
    with app.app_context():
        db.session.delete(db.session.scalars(select(Answer).where(Answer.kind == "item")).first())
        db.session.commit()
    clerk = app.test_client()
    sign_in(clerk, ready.clerk)
    clerk.post(ready.submit, data={"do": "ask"})
    save_a_page(clerk, ready)
    assert told(app, ready.head) == []
    page = clerk.get(f"/applications/{ready.id}/assessment").text
    assert "若现在提交还缺 1 项" in page or "尚未填完" in page


def test_a_draft_that_reaches_a_level_is_not_called_good_while_something_is_missing(app: Flask, ready: Ready) -> None:
    with app.app_context():
        application = db.session.get_one(Application, ready.id)
        fact = db.session.scalars(select(Answer).where(Answer.application_id == application.id, Answer.kind == "fact"))
        db.session.delete(fact.first())
        db.session.commit()
    clerk = app.test_client()
    sign_in(clerk, ready.clerk)
    page = clerk.get(f"/applications/{ready.id}/assessment").text
    assert "若现在提交还缺" in page


def test_a_head_named_by_a_clerk_is_compared_in_every_way_that_submits(app: Flask, ready: Ready) -> None:
    with app.app_context():
        session, programme = db.session(), house().library.programme
        by_name = replace_ways(programme)
        application = session.get_one(Application, ready.id)
        by = session.scalars(select(Post).join(Person).where(Person.login == ready.clerk)).one().actor()
        with pytest.raises(Unusable):
            actions.confirm_commitment(session, application, by_name, "name", name="示例别人", by=by, at=clock.now())
        written = "  ".join(application.unit.head)
        actions.confirm_commitment(session, application, by_name, "name", name=written, by=by, at=clock.now())
        application.unit.head = "示例新负责人"
        session.flush()
        with pytest.raises(Incomplete, match="负责人变更"):
            actions.submit(session, application, by_name, application.edition.sha256, by=by, at=clock.now())
        session.rollback()


def replace_ways(programme: Programme) -> Programme:
    return replace(programme, commitment=replace(programme.commitment, ways=("name",)))


def test_a_returned_application_keeps_its_batch_with_409(app: Flask) -> None:
    number = application_in(app, State.RETURNED)
    clerk = clerk_of(app, number)
    with app.app_context():
        session, application = db.session(), db.session.get_one(Application, number)
        by = session.scalars(select(Post).join(Person).where(Person.login == clerk)).one().actor()
        with pytest.raises(NotReady) as refused:
            actions.change_batch(session, application, house().library.programme, by=by, at=clock.now())
        assert refused.value.status == 409


@pytest.mark.parametrize(("typed", "kept"), [("-0", "0"), ("-0.00", "0.00"), ("－０", "0"), ("-1", "-1")])
def test_nobody_means_minus_nought(typed: str, kept: str) -> None:
    assert str(number_in(typed)) == kept
