"""Many cases in decision for the tests of meetings: one played through, the others copied from it row by row."""

from decimal import Decimal
from typing import Any

from flask import Flask
from sqlalchemy import insert, select

from cellcert.application.lifecycle import State
from cellcert.application.models import Application, Assignment
from cellcert.assessment.models import Revision
from cellcert.database import Base, db
from cellcert.people.models import Person, Post
from cellcert.review.models import Opinion, RoundResult, ScoreSheet
from cellcert.units.models import Unit
from tests.builders import application_in

COPIED: list[type[Base]] = [Revision, RoundResult, ScoreSheet, Opinion, Assignment]


def in_decision(app: Flask, totals: list[str], barred: tuple[int, ...] = ()) -> list[int]:
    """Cases in decision of one category and batch with these points; those ``barred`` reach no level."""
    first = application_in(app, State.DECISION)
    with app.app_context():
        ids = [first, *(_copy(first, number) for number in range(1, len(totals)))]
        for number, (case, total) in enumerate(zip(ids, totals, strict=True)):
            result = db.session.scalars(select(RoundResult).where(RoundResult.application_id == case)).one()
            result.total = Decimal(total)
            result.level = None if number in barred else "outstanding" if result.total >= 90 else "qualified"
            if number in barred:
                result.sheet = {**result.sheet, "barred": ["一票否决：发生过突发环境事件。"]}
        db.session.commit()
    return ids


def add_lean(app: Flask, of: int, numbers: range) -> None:
    """Copies for a list alone: unit, application and result."""
    with app.app_context():
        application = db.session.get_one(Application, of)
        unit, case = _row(application.unit) | {"contact_id": None}, _row(application)
        result = _row(db.session.scalars(select(RoundResult).where(RoundResult.application_id == of)).one())
        for number in numbers:
            code = f"TEST{number:014d}" if unit["credit_code"] else None
            named = {"name": f"示例单位{number}", "name_key": f"示例单位{number}", "credit_code": code}
            unit_id = _insert(Unit, unit | named)
            copy = _insert(Application, case | {"unit_id": unit_id, "reference": f"TEST-{number:04d}"})
            _insert(RoundResult, result | {"application_id": copy})
        db.session.commit()


def _copy(of: int, number: int) -> int:
    application = db.session.get_one(Application, of)
    unit = _row(application.unit) | {"name": f"示例单位{number}", "name_key": f"示例单位{number}", "contact_id": None}
    if unit["credit_code"]:
        unit["credit_code"] = f"TEST{number:014d}"
    unit_id = _insert(Unit, unit)
    post = db.session.scalars(select(Post).where(Post.unit_id == application.unit_id).order_by(Post.id)).first()
    assert post is not None
    person = _insert(Person, _row(db.session.get_one(Person, post.person_id)) | {"login": f"copy{number}"})
    _insert(Post, _row(post) | {"person_id": person, "unit_id": unit_id})
    copy = _insert(Application, _row(application) | {"unit_id": unit_id, "reference": f"TEST-{number:04d}"})
    for table in COPIED:
        for row in db.session.scalars(select(table).where(table.application_id == of)):  # type: ignore[attr-defined]
            _insert(table, _row(row) | {"application_id": copy})
    return copy


def _row(of: Any) -> dict[str, Any]:
    return {column.key: getattr(of, column.key) for column in of.__table__.c if column.key != "id"}


def _insert(table: type[Base], values: dict[str, Any]) -> int:
    made = db.session.execute(insert(table.__table__).values(**values))  # type: ignore[arg-type]
    return int(made.inserted_primary_key[0])  # type: ignore[attr-defined, index]
