"""An expert's own sheet with what it is scored against: what its page, its print and its table are made of."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, select
from sqlalchemy.orm import Session

from cellcert.actors import Actor
from cellcert.application.lifecycle import Act, Relation, is_open
from cellcert.application.models import Application, Assignment
from cellcert.assessment.models import Revision
from cellcert.assessment.steps import NotAsked, not_asked
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.schema import Checklist, Item
from cellcert.criteria.scorer import Sheet, score
from cellcert.errors import NotFound
from cellcert.review import actions
from cellcert.review.models import RoundResult, ScoreSheet, SecondRound
from cellcert.review.rules import sheet_answers, to_judge, unscored


@dataclass(frozen=True, slots=True)
class OwnSheet:
    """``judged``: the items this expert answers now; in a second round those alone that lay too far apart."""

    application: Application
    seat: Assignment
    sheet: ScoreSheet | None
    second: SecondRound | None
    revision: Revision
    checklist: Checklist
    scored: Sheet
    judged: tuple[Item, ...]
    closed: bool
    can_score: bool

    @property
    def version(self) -> int:
        return self.sheet.version if self.sheet else 0

    @property
    def answers(self) -> Mapping[str, Any]:
        return self.sheet.answers if self.sheet else {}

    @property
    def comments(self) -> Mapping[str, Any]:
        return self.sheet.comments if self.sheet else {}

    @property
    def opinion(self) -> str:
        return self.sheet.opinion if self.sheet else ""

    @property
    def is_handed_in(self) -> bool:
        return self.sheet is not None and self.sheet.handed_in_at is not None

    @property
    def left(self) -> list[Item]:
        """What must still be scored, in the order of the page."""
        return unscored(self.checklist, self.scored)

    @property
    def off(self) -> NotAsked:
        return not_asked(self.checklist, self.revision.answers)

    def item(self, key: str) -> Item:
        """One of the items to be scored."""
        found = next((item for item in self.judged if item.key == key), None)
        if found is None:
            raise NotFound
        return found

    def seen(self, key: str) -> str:
        """Tells what is kept of an item from anything else that might be."""
        return fingerprint(self.answers.get(key), self.comments.get(key, ""))

    @property
    def opinion_seen(self) -> str:
        return fingerprint(None, self.opinion)

    def after(self, key: str, *, unscored_only: bool = False) -> str | None:
        """The item to go on to; past the last unscored one from the beginning."""
        keys = [item.key for item in self.judged]
        at = keys.index(key) if key in keys else -1
        if not unscored_only:
            return keys[at + 1] if at + 1 < len(keys) else None
        left = {item.key for item in self.left}
        return next((one for one in (*keys[at + 1 :], *keys[: at + 1]) if one in left), None)

    def before(self, key: str) -> str | None:
        """The item to go back to."""
        keys = [item.key for item in self.judged]
        at = keys.index(key) if key in keys else 0
        return keys[at - 1] if at else None


def fingerprint(answer: object, words: str) -> str:
    """Two who save the same thing do not disturb each other."""
    plain = json.dumps([answer, words], ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


# Asked at every save of every item: a statement put together once. The revision is the one that is scored.
_CLOSED = exists().where(
    RoundResult.application_id == bindparam("application"), RoundResult.round == bindparam("round")
)
_MINE = (
    select(Revision, ScoreSheet, _CLOSED)
    .outerjoin(
        ScoreSheet,
        and_(
            ScoreSheet.application_id == Revision.application_id,
            ScoreSheet.round == bindparam("round"),
            ScoreSheet.person_id == bindparam("person"),
        ),
    )
    .where(
        Revision.application_id == bindparam("application"),
        Revision.number == func.coalesce(ScoreSheet.revision, bindparam("last")),
    )
)


def own_sheet(session: Session, application: Application, *, by: Actor, at: datetime) -> OwnSheet:
    """The sheet of this round; whoever asks has been let through as the case's expert."""
    seat, mine = actions.seat_of(application, by), {"round": application.round, "person": by.person_id}
    found = session.execute(_MINE, mine | {"application": application.id, "last": application.revision}).one_or_none()
    if found is None:
        raise NotFound
    revision, sheet, closed = found
    may = is_open(Act.SCORE, Relation.EXPERT, application.state) and not closed
    checklist = checklist_of(application.edition)
    scored = score(checklist, sheet_answers(revision.answers, sheet.answers if sheet else {}))
    judged = tuple(to_judge(checklist, scored))
    second = actions.second_round(session, application) if sheet and sheet.blind else None
    handed_in = sheet is not None and sheet.handed_in_at is not None
    if second and not handed_in:
        keys = set(actions.keys_of(second))
        judged = tuple(item for item in judged if item.key in keys)
    return OwnSheet(
        application, seat, sheet, second, revision, checklist, scored, judged, closed,
        can_score=may and seat.declared_at is not None and at <= seat.due_at and not handed_in,
    )  # fmt: skip


def save_marks(
    session: Session,
    own: OwnSheet,
    marks: Mapping[str, tuple[object, str]],
    opinion: str | None = None,
    *,
    by: Actor,
    at: datetime,
) -> ScoreSheet:
    """Keep what an expert changed (B15), each item as (answer, comment); everything else stays as it is."""
    answers = {**own.answers, **{key: answer for key, (answer, _words) in marks.items()}}
    comments = {**own.comments, **{key: words for key, (_answer, words) in marks.items()}}
    answers = {key: answer for key, answer in answers.items() if answer is not None}
    comments = {key: words for key, words in comments.items() if words}
    said = own.opinion if opinion is None else opinion
    if not own.can_score:  # refused, with the reason
        return actions.save_sheet(
            session, own.application, own.checklist, own.revision, answers, comments, said, by=by, at=at, touched=marks
        )
    own.application.permit(Act.SCORE, by)
    return actions.write_sheet(
        session, own.application, own.sheet, own.second, own.checklist, own.revision, answers, comments, said,
        by=by, at=at, touched=marks,
    )  # fmt: skip
