"""The log of the outbox: who reads what of it, and a mail sent once more, once."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.audit.models import AuditEvent
from cellcert.database import db
from cellcert.errors import NotReady
from cellcert.outbox.actions import enqueue, finish, send_again
from cellcert.outbox.models import Job, JobState
from tests.builders import application_in, city, clerk_of, hidden, sign_in, work
from tests.conftest import Build
from tests.review.cases import Counted

LETTER = {"to": "a@example.org", "subject": "补正通知", "text": "请在期限前补正。"}


def put(app: Flask, key: str, state: JobState = JobState.DONE, **more: object) -> int:
    with app.app_context():
        at = clock.now() - timedelta(hours=1)
        job = enqueue(db.session(), "mail", key, at=at, **(LETTER | {"key": key} | more))
        if state is JobState.DONE:
            finish(job, at=at)
        job.state = state
        job.last_error = "" if state is JobState.DONE else "ConnectionRefusedError: a@example.org"
        db.session.commit()
        return job.id


def test_the_office_reads_one_mail_and_sends_it_once_more(app: Flask) -> None:
    city(app)
    id_ = put(app, "application-1-return-1")
    client = app.test_client()
    sign_in(client, "office")
    assert "补正通知" in client.get("/outbox").text
    page = client.get(f"/outbox/{id_}").text
    assert "请在期限前补正。" in page

    first = client.post(f"/outbox/{id_}", data=hidden(page), follow_redirects=True).text
    second = client.post(f"/outbox/{id_}", data=hidden(client.get(f"/outbox/{id_}").text), follow_redirects=True).text

    assert "已交给后台重发" in first
    assert "没有再发" in second
    work(app)
    with app.app_context():
        jobs = list(db.session.scalars(select(Job).where(Job.kind == "mail").order_by(Job.id)))
        assert [(job.key, job.state) for job in jobs] == [
            ("mail:application-1-return-1", JobState.DONE),
            ("mail:application-1-return-1-again-1", JobState.DONE),
        ]
        assert len(db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "mail-again")).all()) == 1


def test_a_minute_later_it_is_a_mail_of_its_own_with_its_own_number(build_app: Build, both_databases: str) -> None:
    app = build_app(both_databases)
    office = city(app)["office"]
    id_ = put(app, "x-1")
    waiting = put(app, "x-2", JobState.DUE)
    with app.app_context():
        session, at = db.session(), clock.now()
        for minutes, sent in ((0, True), (0.5, False), (2, True)):
            made = send_again(session, session.get_one(Job, id_), by=office, at=at + timedelta(minutes=minutes))
            session.commit()
            assert (made is not None) is sent
        last = session.scalars(select(Job).order_by(Job.id.desc())).first()
        assert last is not None
        assert (last.key, last.data["key"], last.data["to"]) == ("mail:x-1-again-2", "x-1-again-2", "a@example.org")
        with pytest.raises(NotReady):
            send_again(session, session.get_one(Job, waiting), by=office, at=at)


def test_whom_a_mail_to_an_expert_went_to_is_told_to_nobody_who_may_not_know(app: Flask) -> None:
    id_ = application_in(app, State.REVIEW)
    mail = put(app, f"application-{id_}-seat-1-99", JobState.DEAD)
    for login, knows in (("office", True), ("admin", False), ("auditor", False)):
        client = app.test_client()
        sign_in(client, login)
        for page in (client.get("/outbox?standing=dead").text, client.get(f"/outbox/{mail}").text):
            assert ("a@example.org" in page) is knows, login
            assert "没有成功" in page
    for login in (clerk_of(app, id_), "approver", "expert1"):
        client = app.test_client()
        sign_in(client, login)
        assert client.get("/outbox").status_code == 403
    assert client.post(f"/outbox/{mail}").status_code == 403


def test_the_administrator_reads_no_words_and_sends_nothing_again(app: Flask) -> None:
    city(app)
    id_ = put(app, "application-1-return-1", refused="550 no such user")
    client = app.test_client()
    sign_in(client, "admin")
    page = client.get(f"/outbox/{id_}").text
    assert "被拒收" in page
    assert "请在期限前补正。" not in page
    assert client.post(f"/outbox/{id_}", data=hidden(page)).status_code == 403
    assert "补正通知" in client.get("/outbox?standing=refused").text
    assert "补正通知" not in client.get("/outbox?standing=done").text


def test_the_log_takes_as_many_queries_for_two_mails_as_for_forty(app: Flask) -> None:
    city(app)
    client = app.test_client()
    sign_in(client, "auditor")
    counts = []
    for number in (2, 40):
        for one in range(number):
            put(app, f"application-{one}-seat-{number}-1")
        with app.app_context(), Counted() as counted:
            client.get("/outbox")
        counts.append(counted.count)
    assert counts[0] == counts[1] <= 8
