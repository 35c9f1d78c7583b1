"""A holder declares each year: the clerk fills in, the head confirms, the office sees who is late."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.audit.models import AuditEvent
from cellcert.certificate.models import Certificate
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.programme import Declaration as Rule
from cellcert.database import db
from cellcert.ledger.models import AMOUNTS, LedgerEntry
from cellcert.ledger.rules import Line
from cellcert.standing.declared_queries import declared_in, owed
from cellcert.standing.models import Declaration
from cellcert.standing.rules import duties, fell_by
from cellcert.web import house
from tests.builders import application_in, clerk_of, head_of, hidden, sign_in

RULE = Rule("03-31")


@pytest.fixture
def case(app: Flask) -> int:
    """A title whose first year is over."""
    number = application_in(app, State.AWARDED)
    with app.app_context():
        db.session.scalars(select(Certificate)).one().awarded_on = date(clock.now().year - 1, 6, 1)
        db.session.commit()
    return number


@pytest.fixture
def answers(app: Flask, case: int) -> dict[str, str]:
    with app.app_context():
        conditions = checklist_of(db.session.get_one(Application, case).edition).prerequisites
        return {f"met-{one.key}": "yes" for one in conditions}


@pytest.fixture
def in_february() -> Iterator[None]:
    with time_machine.travel(datetime(clock.now().year, 2, 1, 3, tzinfo=UTC)):
        yield


def send(client: FlaskClient, case: int, **fields: str) -> tuple[int, str]:
    path = f"/applications/{case}/declaration"
    answer = client.post(path, data=hidden(client.get(path).text) | fields)
    return answer.status_code, answer.text


def test_each_full_year_since_the_award_is_declared_by_the_day_in_the_programme() -> None:
    awarded = date(2026, 5, 6)
    assert duties(awarded, {}, RULE, date(2026, 12, 31)) == []

    (first,) = duties(awarded, {}, RULE, date(2027, 3, 31))
    assert (first.year, first.due, first.standing) == (2026, date(2027, 3, 31), "open")
    assert duties(awarded, {}, RULE, date(2027, 4, 1))[0].standing == "late"

    said = duties(awarded, {2026: date(2027, 4, 1), 2027: date(2028, 3, 31)}, RULE, date(2029, 1, 1))
    assert [(duty.year, duty.standing) for duty in said] == [(2028, "open"), (2027, "done"), (2026, "done_late")]


def test_the_share_in_use_falls_only_where_both_years_have_figures() -> None:
    full, half = {"a": {"generated": "10", "used": "10"}}, {"a": {"generated": "8", "used": "4"}}
    assert fell_by(half, full) == 50
    assert fell_by(full, half) == 0
    assert fell_by({}, full) == 0


def test_the_clerk_fills_in_and_the_head_confirms(
    app: Flask, client: FlaskClient, case: int, answers: dict[str, str]
) -> None:
    year = clock.now().year - 1
    sign_in(client, clerk_of(app, case))
    assert f"提交 {year} 年年度声明" in client.get("/desk").text

    assert send(client, case)[0] == 422  # nothing is answered in advance
    assert send(client, case, **answers)[0] == 303
    with app.app_context():
        assert len(owed(db.session(), house().library.programme, clock.now().date())) == 1  # not yet confirmed
    head = app.test_client()
    sign_in(head, head_of(app, case))
    assert f"请确认 {year} 年年度声明" in head.get("/inbox").text
    assert send(head, case, **answers)[0] == 422  # the word is missing
    assert send(head, case, **answers, confirmed="y")[0] == 303

    with app.app_context():
        made = db.session.scalars(select(Declaration)).one()
        assert made.confirmed_at is not None
        assert made.figures.keys() == {"year", "before"}
        assert owed(db.session(), house().library.programme, clock.now().date()) == []
        assert db.session.scalars(select(AuditEvent.kind).where(AuditEvent.kind == "declare-year")).all() != []
    assert "仍然符合" in head.get(f"/applications/{case}/declarations").text
    assert "目前没有需要提交的年度声明" in client.get(f"/applications/{case}/declaration").text


def test_a_condition_no_longer_met_is_explained_and_shown_to_the_office(
    app: Flask, client: FlaskClient, case: int, answers: dict[str, str], in_february: None
) -> None:
    sign_in(client, head_of(app, case))
    broken = answers | {next(iter(answers)): "no"}
    status, page = send(client, case, **broken, confirmed="y")
    assert status == 422
    assert "请在“情况变化”中说明" in page

    assert send(client, case, **broken, confirmed="y", changes="食堂外包，台账由承包方记录。")[0] == 303

    office = app.test_client()
    sign_in(office, "office")
    listed = office.get("/declarations").text
    assert "1 项不再符合" in listed
    assert "逾期未提交 0 个" in listed


def test_two_who_fill_in_at_once_do_not_overwrite_each_other(
    app: Flask, client: FlaskClient, case: int, answers: dict[str, str]
) -> None:
    sign_in(client, clerk_of(app, case))
    path = f"/applications/{case}/declaration"
    seen = hidden(client.get(path).text)
    assert send(client, case, **answers, changes="甲")[0] == 303

    late = client.post(path, data=seen | answers | {"changes": "乙"})

    assert late.status_code == 409
    assert "乙" in late.text  # what was typed stays
    with app.app_context():
        assert db.session.scalars(select(Declaration.changes)).one() == "甲"


def test_the_ledger_is_kept_as_it_was_when_the_head_confirmed(
    app: Flask, client: FlaskClient, case: int, answers: dict[str, str]
) -> None:
    year = clock.now().year - 1
    with app.app_context():
        unit = db.session.get_one(Application, case).unit_id
        wastes = house().library.wastes
        assert wastes is not None
        kind = wastes.kinds[0].key
        line = Line(year=year, month=3, kind=kind, generated=Decimal(2), used=Decimal(1))
        amounts = {column: line.amount(column) for column in AMOUNTS}
        entry = LedgerEntry(unit_id=unit, year=year, month=3, kind=kind, measure=line.measure, **amounts)
        entry.saved_at, entry.saved_by = clock.now(), 1
        db.session.add(entry)
        db.session.commit()
    sign_in(client, head_of(app, case))
    assert send(client, case, **answers, confirmed="y")[0] == 303
    with app.app_context():
        wanted = LedgerEntry.unit_id == unit, LedgerEntry.kind == kind, LedgerEntry.year == year
        entry = db.session.scalars(select(LedgerEntry).where(*wanted)).one()
        entry.used = Decimal(2)
        db.session.commit()
        kept = db.session.scalars(select(Declaration)).one().figures["year"]
        assert Decimal(kept[kind]["used"]) == 1


def test_the_list_of_a_year_has_those_awarded_by_then(app: Flask, case: int) -> None:
    with app.app_context():
        today = clock.now().date()
        (line,) = declared_in(db.session(), today.year - 1, house().library.programme, today)
        assert line.duty.standing == "late"
        assert declared_in(db.session(), today.year - 2, house().library.programme, today) == []
