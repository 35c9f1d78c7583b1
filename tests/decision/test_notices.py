"""A notice keeps what it showed, is printed once, and shows its clock; the award waits for it on both databases."""

import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from cellcert import clock
from cellcert.actors import PUBLIC
from cellcert.application.lifecycle import State
from cellcert.application.models import Application, Step
from cellcert.certificate.actions import award
from cellcert.checks import City, notices_are_kept
from cellcert.criteria.library import Library
from cellcert.database import db
from cellcert.decision import objecting
from cellcert.decision.models import Notice, Objection
from cellcert.decision.notice_acts import digest_of, notice_of
from cellcert.decision.rules import working_days_left
from cellcert.errors import NotReady, WrongState
from cellcert.paths import criteria_folder
from cellcert.units.models import Unit
from cellcert.web import house
from tests.builders import application_in, city, print_notices
from tests.conftest import Build
from tests.print import looking

CALENDAR = Library(criteria_folder()).calendar
WORDS = ("示例居民", "0391-0000001", "公示单位的分类投放点近期没有按时清运，请核实。")


def moment(day: date, seconds: float = 0) -> datetime:
    return clock.start_of(day, "Asia/Shanghai") + timedelta(seconds=seconds)


def test_the_days_left_are_working_days_with_today() -> None:
    first, last = date(2026, 11, 2), date(2026, 11, 9)  # Monday to Monday

    left = {day: working_days_left(CALENDAR, first, last, date(2026, 11, day)) for day in (2, 3, 6, 7, 9, 10)}

    assert left == {2: 5, 3: 5, 6: 2, 7: 1, 9: 1, 10: 0}


def test_a_notice_stays_as_it_was_published(app: Flask) -> None:
    """The page, the printed letter and the hash, whatever the unit is called later; a changed copy is found."""
    case = application_in(app, State.NOTICE)
    print_notices(app)
    with app.app_context():
        notice = db.session.scalars(select(Notice)).one()
        number, name, digest = notice.id, str(notice.shown["unit"]), notice.digest
        step = db.session.scalars(select(Step).where(Step.application_id == case, Step.after == State.NOTICE)).one()
        assert digest == digest_of(notice.shown) == step.data["digest"]
        db.session.execute(update(Unit).values(name="改名后的单位"))
        db.session.commit()
    client = app.test_client()

    page, pdf = client.get(f"/notices/{number}"), client.get(f"/notices/{number}.pdf")

    said = looking.text(pdf.data)
    assert name in page.text
    assert "改名后的单位" not in page.text
    assert digest in page.text
    assert "2026" in page.text
    assert name in said
    assert f"/notices/{number}" in said
    assert "四、对公示内容有异议的" in said
    assert len(looking.page_texts(pdf.data)) == 1
    with app.app_context():
        whole = City(db.session(), house().library, house().store, date.today())
        assert list(notices_are_kept(whole)) == []
        notice = db.session.get_one(Notice, number)
        notice.shown = notice.shown | {"unit": "别的单位"}
        assert list(notices_are_kept(whole)) == [f"notice {number}: its text was changed after it was published"]
        db.session.rollback()


def test_an_old_notice_is_read_by_the_office_when_the_public_may_not(app: Flask) -> None:
    from tests.builders import sign_in

    case = application_in(app, State.NOTICE)
    with app.app_context():
        number = db.session.scalars(select(Notice.id)).one()
        db.session.execute(update(Application).where(Application.id == case).values(state=State.REJECTED))
        db.session.commit()
    office = app.test_client()
    sign_in(office, "office")

    assert app.test_client().get(f"/notices/{number}").status_code == 404
    assert "公示单位" in office.get(f"/notices/{number}").text


@pytest.fixture
def on_notice(build_app: Build, both_databases: str) -> Iterator[tuple[Flask, int, date]]:
    app = build_app(both_databases)
    app.config["WTF_CSRF_ENABLED"] = False
    case = application_in(app, State.NOTICE)
    with app.app_context():
        notice = notice_of(db.session(), db.session.get_one(Application, case))
        assert notice is not None
        last = notice.ends_on
    return app, case, last


def test_no_award_before_the_end_or_with_one_open(on_notice: tuple[Flask, int, date]) -> None:
    app, case, last = on_notice
    approver, programme = city(app)["approver2"], app.extensions["cellcert"].library.programme
    with app.app_context():
        session, application = db.session(), db.session.get_one(Application, case)
        with pytest.raises(NotReady):
            award(session, application, programme, by=approver, at=moment(last, 86399))
        late = moment(last, 86399.9)
        objecting.object_to(session, application, *WORDS, programme, by=PUBLIC, at=late)
        with pytest.raises(NotReady):
            award(session, application, programme, by=approver, at=moment(last + timedelta(days=9)))
        with pytest.raises(NotReady):
            objecting.object_to(session, application, *WORDS, programme, by=PUBLIC, at=moment(last + timedelta(days=1)))
        session.rollback()


def test_an_objection_of_the_last_second_is_never_overtaken_by_the_award(on_notice: tuple[Flask, int, date]) -> None:
    """It arrives before midnight, and waits for the case; the award comes from the first moment it may."""
    app, case, last = on_notice
    approver = city(app)["approver2"]
    programme = app.extensions["cellcert"].library.programme
    path, done = f"/applications/{case}/objection", []
    fields = dict(zip(("name", "contact", "text"), WORDS, strict=True))

    def object_to() -> None:
        done.append(app.test_client().post(path, data=fields).status_code)

    def award_now() -> None:
        with app.app_context():
            application = db.session.get_one(Application, case, with_for_update=True)
            try:
                award(db.session(), application, programme, by=approver, at=clock.now())
                db.session.commit()
            except (NotReady, WrongState):
                db.session.rollback()

    with time_machine.travel(moment(last, 86399.5)):
        threads = [threading.Thread(target=one) for one in (award_now, object_to, award_now)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    with time_machine.travel(moment(last + timedelta(days=1), 61)):
        award_now()

    assert done == [303]
    with app.app_context():
        assert db.session.get_one(Application, case).state is State.NOTICE
        assert len(db.session.scalars(select(Objection)).all()) == 1
