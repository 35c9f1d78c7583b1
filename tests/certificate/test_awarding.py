"""One award, one serial, one PDF: whoever hurries and whatever breaks on the way."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from cellcert import clock
from cellcert.actors import Role
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.certificate import issuing, signing
from cellcert.certificate.actions import award, correct, end_certificate, propose_correction, take_ordinal
from cellcert.certificate.models import Certificate, SerialCounter
from cellcert.certificate.rules import valid_until
from cellcert.certificate.states import CertificateState
from cellcert.database import db
from cellcert.decision.notice_acts import notice_of
from cellcert.errors import NotAllowed, Refusal
from cellcert.jobs import HANDLERS
from cellcert.outbox.models import Job, JobState
from cellcert.outbox.worker import work_all
from cellcert.people.actions import grant
from cellcert.people.models import Person
from cellcert.web import house
from tests.builders import application_in, city, clerk_of, hidden, sign_in, work

Build = Callable[[str], Flask]


def after_the_notice(app: Flask, case: int) -> datetime:
    with app.app_context():
        ends_on = notice_of(db.session(), db.session.get_one(Application, case)).ends_on
    return clock.start_of(ends_on + timedelta(days=1), "Asia/Shanghai") + timedelta(hours=9)


def certificates(app: Flask) -> list[Certificate]:
    with app.app_context():
        found = list(db.session.scalars(select(Certificate).order_by(Certificate.id)))
        db.session.expunge_all()
    return found


def test_the_approver_awards_and_the_worker_makes_the_certificate(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.NOTICE)
    path = f"/applications/{case}/award"
    with time_machine.travel(after_the_notice(app, case)):
        sign_in(client, "approver2")
        page = client.get(path)
        assert "确认后" in page.text
        answer = client.post(path, data=hidden(page.text))
        assert answer.status_code == 303
        assert "证书制作中" in client.get(answer.location).text
        work(app)
        assert "下载证书" in client.get(answer.location).text

    (certificate,) = certificates(app)
    assert certificate.state is CertificateState.ISSUED
    assert certificate.sha256


def test_a_unit_whose_name_no_font_can_print_is_not_awarded_yet(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.NOTICE)
    path = f"/applications/{case}/award"
    with app.app_context():
        db.session.get_one(Application, case).unit.name = "示例\U000f1234机关"
        db.session.commit()
    with time_machine.travel(after_the_notice(app, case)):
        sign_in(client, "approver2")
        answer = client.post(path, data=hidden(client.get(path).text))

    assert answer.status_code == 409
    assert "U+F1234" in answer.text
    assert certificates(app) == []


def test_the_award_page_says_until_when_the_notice_runs(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.NOTICE)
    sign_in(client, "approver2")

    page = client.get(f"/applications/{case}/award")

    assert "次日起才能确认认定" in page.text
    answer = client.post(f"/applications/{case}/award", data={})
    assert answer.status_code == 409
    assert certificates(app) == []


def test_the_proposer_does_not_award_in_another_post(app: Flask) -> None:
    case = application_in(app, State.NOTICE)
    at, admin = after_the_notice(app, case), city(app)["admin"]
    with app.app_context():
        person = db.session.scalars(select(Person).where(Person.login == "office")).one()
        actor = grant(db.session(), person, Role.APPROVER, by=admin, at=clock.now()).actor()
        application = db.session.get_one(Application, case)
        with pytest.raises(NotAllowed):
            award(db.session(), application, house().library.programme, by=actor, at=at)


def test_two_approvers_at_once_make_one_certificate(build_app: Build, both_databases: str) -> None:
    app = build_app(both_databases)
    case = application_in(app, State.NOTICE)
    at, people = after_the_notice(app, case), city(app)
    together, outcomes = threading.Barrier(2), []

    def awarding(login: str) -> None:
        with app.app_context():
            together.wait(20)
            try:
                application = db.session.get_one(Application, case)
                award(db.session(), application, house().library.programme, by=people[login], at=at)
                db.session.commit()
                outcomes.append("awarded")
            except (Refusal, StaleDataError) as error:
                db.session.rollback()
                outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=awarding, args=(login,)) for login in ("approver", "approver2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(outcomes)[-1] == "awarded"
    assert outcomes.count("awarded") == 1
    (certificate,) = certificates(app)
    assert certificate.ordinal == 1


def test_serials_of_many_at_once_have_no_gap_and_no_double(build_app: Build, both_databases: str) -> None:
    app = build_app(both_databases)
    taken: list[int] = []

    def taking(commits: bool) -> None:
        with app.app_context():
            for _ in range(5):
                ordinal = take_ordinal(db.session(), 2026)
                if commits:
                    db.session.commit()
                    taken.append(ordinal)
                else:  # an award that fails gives its number back: it was never anybody's
                    db.session.rollback()

    threads = [threading.Thread(target=taking, args=(commits,)) for commits in (True, True, True, False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(taken) == list(range(1, 16))
    with app.app_context():
        assert db.session.get_one(SerialCounter, 2026).last == 15


def test_every_year_begins_at_one(app: Flask) -> None:
    with app.app_context():
        session = db.session()

        assert [take_ordinal(session, year) for year in (2026, 2026, 2027, 2026)] == [1, 2, 1, 3]


def test_the_last_day_of_validity_is_the_day_before_the_anniversary() -> None:
    assert valid_until(datetime(2026, 11, 3).date(), 3).isoformat() == "2029-11-02"
    assert valid_until(datetime(2028, 2, 29).date(), 3).isoformat() == "2031-02-27"


# crash points of issuing


@pytest.mark.parametrize("broken", ["print_certificate", "sign", "issue"])
def test_a_crash_on_the_way_leaves_the_serial_reserved_and_a_retry_issues_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    case = application_in(app, State.AWARDED)
    with monkeypatch.context() as patch:

        def crash(*_args: object, **_kwargs: object) -> bytes:
            raise RuntimeError("power cut")

        patch.setattr(signing if broken == "sign" else issuing, broken, crash)
        work(app)
    (reserved,) = certificates(app)
    assert (reserved.state, reserved.sha256) == (CertificateState.RESERVED, None)

    with time_machine.travel(clock.now() + timedelta(hours=1)):
        work(app)
        work(app)

    (issued,) = certificates(app)
    assert (issued.serial, issued.state) == (reserved.serial, CertificateState.ISSUED)
    with app.app_context():
        mails = [job.data["subject"] for job in db.session.scalars(select(Job).where(Job.kind == "mail"))]
        assert sum(issued.serial in subject for subject in mails) == 1
        assert db.session.get_one(Application, case).state is State.AWARDED


def test_a_crash_after_the_file_is_stored_publishes_one_file_only(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    application_in(app, State.AWARDED)
    with app.app_context():
        commit = db.session.commit
        job = db.session.scalars(select(Job).where(Job.kind == "certificate")).one()
        data = dict(job.data)
        db.session.rollback()
        issuing.make_certificate(data)
        db.session.rollback()  # the process died before the row was written
        assert db.session.scalars(select(Certificate)).one().state is CertificateState.RESERVED
        db.session.rollback()
        issuing.make_certificate(data)
        commit()
        first = db.session.scalars(select(Certificate)).one().sha256
        db.session.rollback()
        issuing.make_certificate(data)  # a second worker whose lease ran out
        commit()

        assert db.session.scalars(select(Certificate)).one().sha256 == first
        assert house().store.get(first)


def test_no_transaction_is_open_while_the_certificate_is_printed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    application_in(app, State.AWARDED)
    open_then: list[bool] = []
    real = issuing.print_certificate

    def watched(fields: issuing.CertificateFields, kept: Path) -> bytes:
        open_then.append(db.session().in_transaction())
        return real(fields, kept)

    monkeypatch.setattr(issuing, "print_certificate", watched)
    work(app)

    assert open_then == [False]


def test_a_title_that_ends_while_its_certificate_is_made_gets_none(app: Flask) -> None:
    case = application_in(app, State.AWARDED)
    with app.app_context():
        end_certificate(db.session(), db.session.get_one(Application, case), "单位交回称号", at=clock.now())
        db.session.commit()
        work_all(HANDLERS)
        certificate = db.session.scalars(select(Certificate)).one()
        assert (certificate.state, certificate.sha256) == (CertificateState.VOIDED, None)
        assert db.session.scalars(select(Job).where(Job.kind == "certificate")).one().state is JobState.DONE


def test_the_database_keeps_one_live_certificate_a_title(app: Flask) -> None:
    application_in(app, State.AWARDED)
    with app.app_context():
        first = db.session.scalars(select(Certificate)).one()
        columns = {column.key: getattr(first, column.key) for column in Certificate.__mapper__.column_attrs}
        db.session.add(Certificate(**columns | {"id": None, "serial": "X-2", "token": "t-2", "ordinal": 99}))
        with pytest.raises(IntegrityError):
            db.session.flush()
        db.session.rollback()


# corrections


def test_a_correction_replaces_the_certificate_and_keeps_the_dates(app: Flask) -> None:
    case = application_in(app, State.AWARDED)
    work(app)
    people = city(app)
    with app.app_context():
        application, programme = db.session.get_one(Application, case), house().library.programme
        proposal = propose_correction(
            db.session(), application, "示例更名单位", "单位更名", by=people["office"], at=clock.now()
        )
        with pytest.raises(Refusal):
            correct(db.session(), application, proposal, True, "", programme, by=people["office"], at=clock.now())
        correct(db.session(), application, proposal, True, "", programme, by=people["approver"], at=clock.now())
        db.session.commit()
    work(app)

    old, new = certificates(app)
    assert (old.state, new.state) == (CertificateState.SUPERSEDED, CertificateState.ISSUED)
    assert (old.awarded_on, old.valid_until) == (new.awarded_on, new.valid_until)
    assert new.fields["unit_name"] == "示例更名单位"
    assert new.serial != old.serial
    assert old.sha256 != new.sha256


# the file


def test_the_unit_downloads_what_was_stored_and_others_do_not(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.AWARDED)
    work(app)
    (certificate,) = certificates(app)
    path = f"/certificates/{certificate.id}.pdf"
    sign_in(client, clerk_of(app, case))

    answer = client.get(path)

    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert certificate.fields["unit_name"] in "".join(PdfReader(BytesIO(answer.data)).pages[0].extract_text().split())
    assert app.test_client().get(path).status_code == 302
    expert = app.test_client()
    sign_in(expert, "expert1")
    assert expert.get(path).status_code == 403
    assert expert.get("/certificates/999999.pdf").status_code == 404


def test_bytes_that_changed_on_the_disk_are_never_handed_out(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.AWARDED)
    work(app)
    (certificate,) = certificates(app)
    with app.app_context():
        house().store.path(certificate.sha256).write_bytes(b"%PDF-1.7 something else")
    sign_in(client, clerk_of(app, case))

    answer = client.get(f"/certificates/{certificate.id}.pdf")

    assert answer.status_code == 409
    assert b"%PDF" not in answer.data
