"""A batch of any size: the one award a story told, as often as asked, and its letter."""

from typing import TypeVar

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.application.models import Application
from cellcert.certificate.actions import _reserve
from cellcert.certificate.letters import actions
from cellcert.certificate.letters.models import AwardLetter
from cellcert.certificate.letters.printing import words_of
from cellcert.certificate.letters.queries import waiting_awards
from cellcert.certificate.letters.rules import list_seen
from cellcert.certificate.models import Certificate
from cellcert.database import Base, db
from cellcert.people.models import Post
from cellcert.units.models import CodeState
from cellcert.web import house
from tests.builders import city

Row = TypeVar("Row", bound=Base)
ORDER = ["agency", "park", "factory", "community", "scenic", "mall"]


def award_more(app: Flask, count: int, *, make: bool = False, named: str = "示例单位") -> None:
    """So many more units of the same batch, awarded like the first one; their certificates are reserved."""
    with app.app_context():
        session, programme, at = db.session(), house().library.programme, clock.now()
        first = session.scalars(select(Application).order_by(Application.id)).first()
        level = session.scalars(select(Certificate)).first()
        assert first is not None
        assert level is not None
        for number in range(1, count + 1):
            unit = _copy(
                session, first.unit, name=f"{named}{number}号", name_key=f"{named}{number}", credit_code=None,
                code_state=CodeState.HOSTED, host_name="示例主办单位",
            )  # fmt: skip
            category = ORDER[number % len(ORDER)]
            application = _copy(session, first, unit_id=unit.id, category=category, reference=f"{named}-{number}")
            session.flush()
            _reserve(session, application, programme, str(level.fields["level"]), at, make=make)
        session.commit()


def _copy(session: Session, row: Row, **other: object) -> Row:
    values = {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs if column.key != "id"}
    made = type(row)(**values | other)
    session.add(made)
    session.flush()
    return made


def letter_out(app: Flask, *, pressed: bool = False) -> int:
    """The letter over all awards of the batch, let out; ``pressed``: its certificates asked for."""
    people = city(app)
    with app.app_context():
        session, programme, at = db.session(), house().library.programme, clock.now()
        batch = session.scalars(select(Application.batch).order_by(Application.id)).first()
        assert batch is not None
        letter = actions.prepare(session, batch, programme, by=people["office"], at=at, on=at.date())
        units = waiting_awards(session, batch, ORDER)
        seen, said = list_seen(one.id for one in units), words_of(letter, programme, len(units))
        actions.issue_letter(session, letter, units, said, seen, by=people["approver"], at=at)
        if pressed:
            press(session, letter)
        session.commit()
        return letter.id


def press(session: Session, letter: AwardLetter) -> None:
    """The office presses for all certificates."""
    post = session.scalars(select(Post).where(Post.role == "office")).first()
    assert post is not None
    actions.ask_for_certificates(session, letter, post, at=clock.now())
