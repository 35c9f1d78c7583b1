"""Somebody tries what the review's pages do not offer: other people's photos, figures no number holds, traces."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.audit.models import AuditEvent
from cellcert.database import db
from cellcert.decision.models import Objection
from cellcert.decision.objecting_mail import received_mail
from cellcert.decision.objecting_rules import names, tells_who
from cellcert.demo.city import PASSWORD
from cellcert.errors import Unusable
from cellcert.evidence.page_pictures import _told
from cellcert.evidence.rules import MOST_PAGES
from cellcert.outbox.actions import enqueue
from cellcert.outbox.models import Job
from cellcert.people.attempts import who_of
from cellcert.review.clarify_models import Clarification
from cellcert.review.clarify_rules import MOST_SAID
from cellcert.review.site.rules import read_said
from tests.builders import application_in, clerk_of, hidden, sign_in
from tests.decision.meetings import in_decision
from tests.decision.test_meetings import opened
from tests.decision.test_objectors import FIELDS, MAIL, WHO, objected
from tests.review.cases import actor, seated
from tests.review.conftest import Enter
from tests.review.test_clarifications import ASKED, district, place, write
from tests.review.test_on_site import SCRIPT, arrange, district_of, photo, things

LONG = "9" * 5000  # int() gives up at 4,300 digits


@pytest.fixture
def enter(app: Flask) -> Enter:
    def signed_in(login: str) -> FlaskClient:
        client = app.test_client()
        sign_in(client, login)
        return client

    return signed_in


def test_photos_of_a_visit_are_for_those_who_go_and_those_who_read_its_record(app: Flask, enter: Enter) -> None:
    id_ = application_in(app, State.ON_SITE)
    arrange(app, enter, id_)
    reviewer = enter(district_of(app, id_))
    item = things(reviewer.get(f"/applications/{id_}/on-site/visit").text)[0]
    path = f"/applications/{id_}/on-site/items/{item}/photos"
    sent: Any = reviewer.post(
        path, data={"key": "huge-time-1", "photos": (photo(), "某校正门.jpg"), "taken": LONG}, headers=SCRIPT
    )
    assert sent.status_code == 200  # a time no clock shows says nothing
    here = f"/applications/{id_}/on-site/photos/{sent.json['id']}"
    with app.app_context():
        goes, stays = seated(id_)[:2]

    seen = {login: enter(login).get(here).status_code for login in (goes, stays, "office")}

    assert seen == {goes: 200, stays: 404, "office": 200}


def test_figures_no_number_holds_are_refused_in_words() -> None:
    with pytest.raises(Unusable):
        read_said({"verdict": "same", "checked": LONG, "passing": LONG}, 5)
    with pytest.raises(Unusable):
        read_said({"verdict": "same", "checked": "5", "passing": "-1"}, 5)


def test_what_reviewers_told_each_other_neither_stops_the_unit_nor_tells_it_how_much(app: Flask, enter: Enter) -> None:
    id_ = application_in(app, State.REVIEW)
    path = place(app, id_)
    write(enter(district(app, id_)), path, level="unit", text=ASKED)
    with app.app_context():
        by = actor("office")
        for number in range(MOST_SAID):
            db.session.add(
                Clarification(
                    application_id=id_, item=path.rpartition("/")[2], role=by.role, level="office", by=by.signatory,
                    text=f"内部 {number}", at=clock.now(),
                )
            )  # fmt: skip
        db.session.commit()

    assert "答复已提交" in write(enter(clerk_of(app, id_)), path, text="共 12 个。")
    assert "不能再写" in write(enter("office"), path, level="office", text="再说一句")


def test_an_objectors_address_in_an_error_of_the_mail_server_is_for_the_office_and_the_auditor(
    app: Flask, enter: Enter
) -> None:
    application_in(app, State.NOTICE)
    with app.app_context():
        at = clock.now() - timedelta(minutes=5)
        job = enqueue(db.session(), "received", "1", at=at, objection_id=1)
        job.attempts, job.last_error = 3, f"SMTPRecipientsRefused: {{'{MAIL}': (450, b'try later')}}"
        db.session.commit()
        id_ = db.session.scalars(select(Job.id).where(Job.kind == "received")).one()
    for login, knows in (("office", True), ("auditor", True), ("admin", False)):
        client = enter(login)
        for page in (client.get("/outbox").text, client.get(f"/outbox/{id_}").text):
            assert "SMTPRecipientsRefused" in page
            assert (MAIL in page) is knows, login


def test_the_trail_does_not_say_who_objected_though_the_person_was_signed_in(app: Flask, enter: Enter) -> None:
    id_ = application_in(app, State.NOTICE)
    objector = enter("expert9")
    objected(app, objector, id_)
    with app.app_context():
        row = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "object")).one()
        assert (row.person_id, row.role) == (None, "public")
        assert db.session.scalars(select(Objection)).one().name == WHO == FIELDS["name"]


def test_an_objector_cannot_go_without_a_name_nor_turn_around_what_an_official_reads(app: Flask) -> None:
    path = f"/applications/{application_in(app, State.NOTICE)}/objection"
    client = app.test_client()
    odd = {
        "name": "赵\u202e六\r\nBcc: x@example.org",
        "contact": "0391-1234567",
        "text": "危废间\u202e没有上锁，请核实\x07。",
    }

    nameless = client.post(path, data=hidden(client.get(path).text) | odd | {"name": "\u200b\ufeff"})
    assert (nameless.status_code, "匿名的异议无法核实" in nameless.text) == (422, True)
    assert client.post(path, data=hidden(client.get(path).text) | odd).status_code == 303
    with app.app_context():
        kept = db.session.scalars(select(Objection)).one()
        assert (kept.name, kept.text) == ("赵六 Bcc: x@example.org", "危废间没有上锁，请核实。")


def test_a_name_is_found_however_it_is_spaced_or_written() -> None:
    told = names("张 小三", "139-1234-5678 LiSi@Example.org")
    for text in ("由张小三反映", "电话１３９１２３４５６７８", "邮箱 lisi@example.ORG", "张\u200b小\n三"):
        assert tells_who(text, told), text
    assert tells_who("危废间没有上锁，139 处", told) == ""


def test_one_computer_is_one_however_its_address_is_written() -> None:
    assert who_of("k", "::ffff:192.0.2.1") == who_of("k", "192.0.2.1") != who_of("k", "::ffff:192.0.2.2")


def test_a_child_that_was_taken_over_cannot_say_that_a_file_has_a_million_pages() -> None:
    assert _told(0, b'{"pages": 1000000, "lengths": []}', b"") == (MOST_PAGES, [])
    assert _told(0, b'{"pages": -9, "lengths": []}', b"") == (-1, [])
    assert _told(0, b'{"pages": 1, "lengths": [-3, 5]}', b"\xff\xd8\xffab") == (-1, [])


def test_a_proposal_number_that_only_looks_like_one_is_no_fault_of_ours(app: Flask, enter: Enter) -> None:
    in_decision(app, ["90"])
    path, approver = f"/meetings/{opened(enter('office'))}/approve", enter("approver")
    form = hidden(approver.get(path).text) | {"proposal-1": "²", "password": PASSWORD}

    assert approver.post(path, data=form).status_code == 422


def test_a_mail_to_an_objector_sent_once_more_is_a_mail_of_its_own(app: Flask) -> None:
    path = f"/applications/{application_in(app, State.NOTICE)}/objection"
    client = app.test_client()
    assert client.post(path, data=hidden(client.get(path).text) | FIELDS).status_code == 303
    with app.app_context():
        row = db.session.scalars(select(Objection)).one()
        first, again = (received_mail({"objection_id": row.id} | more) for more in ({}, {"again": 1}))
        assert first
        assert again
        assert (first["key"], again["key"]) == (f"objection-received-{row.id}", f"objection-received-{row.id}-again-1")
