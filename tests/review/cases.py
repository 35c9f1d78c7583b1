"""A case as tests meet it: rows, people and answers, played through the real actions."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import event, select

from cellcert import clock
from cellcert.actors import Actor
from cellcert.application.models import Application, Assignment
from cellcert.assessment.models import Revision
from cellcert.assessment.queries import revision_of
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.schema import Checklist
from cellcert.criteria.scorer import score
from cellcert.criteria.ways import AnyOf, AtLeast, Choice, Deductions, Judged, Parts, Range, Way, YesNo, is_computed
from cellcert.database import db
from cellcert.people.models import Person, Post
from cellcert.review import actions
from cellcert.review.models import ScoreSheet
from cellcert.review.rules import sheet_answers, to_judge


def case(application_id: int) -> Application:
    """The row as the database has it now."""
    db.session.expire_all()
    return db.session.get_one(Application, application_id)


def checklist(application: Application) -> Checklist:
    return checklist_of(application.edition)


def revision(application: Application) -> Revision:
    found = revision_of(db.session(), application)
    assert found is not None
    return found


def actor(login: str) -> Actor:
    """The person with this login, in the first post."""
    person = db.session.scalars(select(Person).where(Person.login == login)).one()
    return person.open_posts[0].actor()


def post_of(login: str) -> Post:
    return db.session.scalars(select(Post).join(Post.person).where(Person.login == login)).one()


def seated(application_id: int) -> list[str]:
    """The logins of the experts on the case, by seat."""
    return list(
        db.session.scalars(
            select(Person.login)
            .join(Assignment, Assignment.person_id == Person.id)
            .where(Assignment.application_id == application_id, Assignment.left_at.is_(None))
            .order_by(Assignment.id)
        )
    )


def full_marks(application: Application) -> dict[str, Any]:
    """An expert's answers that give every judged item all its points."""
    list_, submitted = checklist(application), revision(application)
    scored = score(list_, sheet_answers(submitted.answers, {}))
    return {item.key: best_of(item.way) for item in to_judge(list_, scored)}


def best_of(way: Way) -> Any:
    match way:
        case YesNo():
            return True
        case Choice(options=options):
            top = max(options, key=lambda option: option.best)
            return {"choice": top.key, "points": top.best} if isinstance(top.points, Range) else top.key
        case Judged(points=points):
            return points
        case Deductions():
            return {}
        case AtLeast(of=of):
            return [condition.key for condition in of]
        case Parts(parts=parts):
            return {part.key: best_of(part.way) for part in parts if not is_computed(part.way)}
        case AnyOf(ways=ways):
            return {one.key: best_of(one.way) for one in ways if not is_computed(one.way)}
    raise TypeError(way)


def form_of(name: str, answer: Any) -> dict[str, Any]:
    """An answer as a browser posts it."""
    if isinstance(answer, bool):
        return {name: "yes" if answer else "no"}
    if isinstance(answer, dict) and "choice" in answer:
        return {name: answer["choice"], f"{name}.points": str(answer["points"])}
    if isinstance(answer, dict) and not answer:
        return {f"{name}.checked": "yes"}
    if isinstance(answer, dict):
        return {key: value for part, inner in answer.items() for key, value in form_of(f"{name}.{part}", inner).items()}
    return {name: str(answer) if isinstance(answer, Decimal) else answer}


def posted(answers: dict[str, Any]) -> dict[str, Any]:
    """A whole sheet as a browser posts it."""
    return {name: value for key, answer in answers.items() for name, value in form_of(f"items.{key}", answer).items()}


def hand_in(application: Application, login: str, answers: dict[str, Any], at: datetime | None = None) -> ScoreSheet:
    """Declare, save and hand in."""
    at, by = at or clock.now(), actor(login)
    list_, submitted = checklist(application), revision(application)
    actions.declare(db.session(), application, by=by, at=at)
    actions.save_sheet(db.session(), application, list_, submitted, answers, {}, "", by=by, at=at)
    db.session.flush()
    return actions.hand_in(db.session(), application, list_, submitted, by=by, at=at)


def keep_all(application: Application, at: datetime | None = None) -> None:
    """Everybody stays with the first sheet in a second round, and hands it in again."""
    at, list_, submitted = at or clock.now(), checklist(application), revision(application)
    for sheet in actions.sheets_of(db.session(), application):
        if sheet.blind and sheet.handed_in_at is None and sheet.person.login in seated(application.id):
            actions.hand_in(db.session(), application, list_, submitted, by=actor(sheet.person.login), at=at)
    db.session.flush()


def waiting_experts(application_id: int) -> list[str]:
    """Those who have not handed in."""
    handed_in = set(
        db.session.scalars(
            select(Person.login)
            .join(ScoreSheet, ScoreSheet.person_id == Person.id)
            .where(ScoreSheet.application_id == application_id, ScoreSheet.handed_in_at.is_not(None))
        )
    )
    return [login for login in seated(application_id) if login not in handed_in]


class Counted:
    """How many statements the block sent."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> "Counted":
        event.listen(db.engine, "before_cursor_execute", self._one)
        return self

    def _one(self, *_: object) -> None:
        self.count += 1

    def __exit__(self, *_: object) -> None:
        event.remove(db.engine, "before_cursor_execute", self._one)


SOON = timedelta(minutes=5)
