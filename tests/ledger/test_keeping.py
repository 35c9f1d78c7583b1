"""What units enter is kept on both databases: exact, one line for each kind and receiver, and theirs alone."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from cellcert import clock
from cellcert.actors import Actor
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.audit.models import AuditEvent
from cellcert.database import db
from cellcert.errors import NotAllowed, Unusable
from cellcert.ledger.actions import import_rows, save_month
from cellcert.ledger.models import LedgerEntry
from cellcert.ledger.queries import fingerprint, lines_of
from cellcert.ledger.rules import Line
from cellcert.people.models import Post
from tests.builders import application_in
from tests.conftest import Build

TODAY = date(2026, 11, 23)


def line(month: int = 1, kind: str = "red_mud", receiver: str = "", **amounts: str) -> Line:
    given = {name: Decimal(amount) for name, amount in amounts.items()}
    return Line(year=2024, month=month, kind=kind, receiver=receiver, **given)  # type: ignore[arg-type]


def clerk(application_id: int) -> Actor:
    unit = db.session.get_one(Application, application_id).unit_id
    return db.session.scalars(select(Post).where(Post.unit_id == unit)).first().actor()  # type: ignore[union-attr]


def take(by: Actor, lines: list[Line], unit_id: int | None = None) -> None:
    import_rows(db.session(), unit_id or by.unit_id or 0, lines, name="a.xlsx", today=TODAY, by=by, at=clock.now())


def test_lines_come_back_as_they_went_in(build_app: Build, both_databases: str) -> None:
    app = build_app(both_databases)
    number = application_in(app, State.DRAFT)
    with app.app_context():
        by, session = clerk(number), db.session()
        assert by.unit_id is not None
        lines = [
            line(generated="99999999.999999", used="0.000001", dumped="2"),
            line(kind="waste_oil", receiver="示例处置中心", generated="0.5"),
        ]
        save_month(session, by.unit_id, 2024, 1, lines, today=TODAY, by=by, at=clock.now())
        session.commit()
        session.expire_all()
        assert lines_of(session, by.unit_id, [2024]) == lines

        before = fingerprint(lines_of(session, by.unit_id, [2024]))
        save_month(session, by.unit_id, 2024, 1, lines[1:], today=TODAY, by=by, at=clock.now())
        session.commit()
        assert lines_of(session, by.unit_id, [2024]) == lines[1:]
        assert fingerprint(lines[1:]) != before
        event = session.scalars(select(AuditEvent).where(AuditEvent.kind == "ledger-month")).all()[-1]
        assert event.data["gone"] == ["red_mud:"]


def test_a_file_replaces_the_lines_it_names_and_leaves_the_others(build_app: Build, both_databases: str) -> None:
    app = build_app(both_databases)
    number = application_in(app, State.DRAFT)
    with app.app_context():
        by, session = clerk(number), db.session()
        assert by.unit_id is not None
        take(by, [line(1, generated="1"), line(2, generated="2")])
        session.commit()
        take(by, [line(2, generated="20"), line(3, generated="3")])
        session.commit()
        assert [(one.month, one.generated) for one in lines_of(session, by.unit_id, [2024])] == [
            (1, 1),
            (2, 20),
            (3, 3),
        ]


def test_nobody_writes_anothers_ledger(build_app: Build, both_databases: str) -> None:
    app = build_app(both_databases)
    number = application_in(app, State.DRAFT)
    with app.app_context():
        by = clerk(number)
        with pytest.raises(NotAllowed):
            take(by, [line(generated="1")], (by.unit_id or 0) + 1)


@pytest.mark.parametrize(
    "bad",
    [
        [line(used="1", used_from_storage="2")],
        [line(month=13)],
        [line(), line()],
    ],
    ids=["storage", "month", "twice"],
)
def test_what_cannot_be_true_is_not_kept(build_app: Build, both_databases: str, bad: list[Line]) -> None:
    app = build_app(both_databases)
    number = application_in(app, State.DRAFT)
    with app.app_context():
        by, session = clerk(number), db.session()
        assert by.unit_id is not None
        with pytest.raises(Unusable):
            take(by, bad)
        session.rollback()
        assert lines_of(session, by.unit_id, [2024]) == []


@pytest.mark.parametrize("column", ["generated", "transferred", "month", "used_from_storage"])
def test_the_database_itself_refuses_impossible_rows(build_app: Build, both_databases: str, column: str) -> None:
    app = build_app(both_databases)
    number = application_in(app, State.DRAFT)
    with app.app_context():
        by, session = clerk(number), db.session()
        assert by.unit_id is not None
        take(by, [line(generated="1")])
        session.commit()
        value: object = {"month": 13, "used_from_storage": Decimal(9)}.get(column, Decimal(-1))
        with pytest.raises(IntegrityError):
            session.execute(update(LedgerEntry).values({column: value}))
        session.rollback()
