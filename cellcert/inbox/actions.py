"""Tell people something, and remember what they have read."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cellcert.inbox.models import Message
from cellcert.people.models import Post


def tell(
    session: Session,
    posts: Iterable[int],
    subject: str,
    text: str,
    *,
    at: datetime,
    application_id: int | None = None,
) -> None:
    """Leave the same message with the holders of some posts."""
    for post_id in posts:
        session.add(Message(post_id=post_id, application_id=application_id, subject=subject, text=text, at=at))


def tell_people_of(
    session: Session, unit_id: int, subject: str, text: str, *, at: datetime, application_id: int | None = None
) -> None:
    """Leave a message with everybody who acts for a unit now."""
    posts = session.scalars(select(Post.id).where(Post.unit_id == unit_id, Post.ended_at.is_(None)).order_by(Post.id))
    tell(session, posts.all(), subject, text, at=at, application_id=application_id)


def mark_read(session: Session, post_id: int, *, up_to: int, only: int | None = None, at: datetime) -> None:
    """Mark one message as read, or all up to the newest that was shown."""
    mine = update(Message).where(Message.post_id == post_id, Message.read_at.is_(None), Message.id <= up_to)
    session.execute((mine.where(Message.id == only) if only is not None else mine).values(read_at=at))
