"""Messages as the inbox shows them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from cellcert.inbox.models import Message
from cellcert.people.models import Post

PAGE = 50


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message."""

    id: int
    application_id: int | None
    subject: str
    text: str
    at: datetime
    is_read: bool


_UNREAD = select(func.count()).select_from(Message).where(
    Message.post_id == bindparam("post"), Message.read_at.is_(None)
)  # fmt: skip


def unread(session: Session, post_id: int) -> int:
    """How many messages nobody has looked at yet, in this post."""
    return session.scalar(_UNREAD, {"post": post_id}) or 0


def unread_elsewhere(session: Session, person_id: int, post_id: int) -> int:
    """How many wait in the other posts the person holds."""
    count = (
        select(func.count())
        .select_from(Message)
        .join(Post, Post.id == Message.post_id)
        .where(Post.person_id == person_id, Post.id != post_id, Post.ended_at.is_(None), Message.read_at.is_(None))
    )
    return session.scalar(count) or 0


def messages(session: Session, post_id: int, page: int = 1) -> tuple[list[MessageLine], int]:
    """One page of a post's messages, the newest first, and how many pages there are."""
    mine = select(Message).where(Message.post_id == post_id)
    count = session.scalar(select(func.count()).select_from(mine.subquery())) or 0
    found = session.scalars(mine.order_by(Message.id.desc()).limit(PAGE).offset((page - 1) * PAGE))
    lines = [
        MessageLine(row.id, row.application_id, row.subject, row.text, row.at, row.read_at is not None) for row in found
    ]
    return lines, -(-count // PAGE)
