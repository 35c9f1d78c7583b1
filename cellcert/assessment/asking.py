"""When only the head's word is missing the head is told, and the others when it is given; nobody is told twice."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert.actors import Actor
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.assessment.models import Answer
from cellcert.assessment.queries import Assessment, commitment_of
from cellcert.assessment.rules import COMMITMENT
from cellcert.criteria.programme import Programme
from cellcert.inbox.actions import tell
from cellcert.inbox.models import Message
from cellcert.outbox.actions import enqueue
from cellcert.people.models import Person, Post
from cellcert.people.queries import acting_for

ASKED = "请确认承诺书"  # the subjects by which these messages are known again
GIVEN = "负责人已确认承诺书"


def ask_heads(session: Session, assessment: Assessment, programme: Programme, *, by: Actor, at: datetime) -> int:
    """Tell each head who was not asked since the last word; how many were."""
    application = assessment.application
    if assessment.gaps or assessment.untouched or "head" not in programme.commitment.ways:
        return 0
    commitment = commitment_of(programme, assessment)
    heads = [(person, post) for person, post in acting_for(session, application.unit_id) if post.is_head]
    if commitment.stands or any(person.id == by.person_id for person, _ in heads):
        return 0
    since = max(filter(None, (commitment.confirmed_at, application.state_since)))
    asked = set(
        session.scalars(
            select(Message.post_id).where(
                Message.application_id == application.id, Message.subject == ASKED, Message.at >= since
            )
        )
    )
    category = programme.category(application.category).name.zh
    text = f"{application.unit.name}申报“{category}”的内容已填完，{by.name}请您确认承诺书。\n"
    text += "请登录系统，在“我的申报”里打开这份申报的“核对并提交”，核对后确认。确认前改动内容，不会再发通知。"
    told = [(person, post) for person, post in heads if post.id not in asked and person.active]
    _tell(session, application, told, ASKED, text, at=at)
    return len(told)


def tell_confirmed(session: Session, application: Application, *, by: Actor, at: datetime) -> None:
    """The others of the unit learn that they may hand in."""
    text = f"{by.name}已确认{application.unit.name}的承诺书，现在可以提交申报。确认后内容有改动的，要重新确认。"
    others = [(person, post) for person, post in acting_for(session, application.unit_id) if person.id != by.person_id]
    _tell(session, application, others, GIVEN, text, at=at)


def _tell(
    session: Session, application: Application, people: Iterable[tuple[Person, Post]], subject: str, text: str, *,
    at: datetime,
) -> None:  # fmt: skip
    for person, post in people:
        tell(session, [post.id], subject, text, at=at, application_id=application.id)
        if person.email:
            key = f"application-{application.id}-{post.id}-{at.timestamp():.6f}"
            enqueue(
                session, "mail", key, at=at, key=key, to=person.email, subject=subject, text=text,
                unit_id=application.unit_id,
            )  # fmt: skip


def waiting_for_head(session: Session, person_id: int | None, unit_id: int) -> set[int]:
    """The applications a head was asked to confirm and has not confirmed since; one query."""
    kind, key = COMMITMENT
    rows = session.execute(
        select(Application.id, Application.state_since, Message.at, Answer.value)
        .join(Message, Message.application_id == Application.id)
        .join(Post, Post.id == Message.post_id)
        .outerjoin(Answer, (Answer.application_id == Application.id) & (Answer.kind == kind) & (Answer.key == key))
        .where(
            Application.unit_id == unit_id, Application.state.in_([State.DRAFT, State.RETURNED]),
            Message.subject == ASKED, Post.person_id == person_id, Post.is_head, Post.ended_at.is_(None),
        )
    )  # fmt: skip
    return {
        id_
        for id_, state_since, asked_at, given in rows
        if asked_at >= max(state_since, datetime.fromisoformat(given["at"]) if given else state_since)
    }
