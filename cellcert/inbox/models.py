"""Messages, one for each post it concerns."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from cellcert.database import Base, Key


class Message(Base):
    """One thing a person was told in one post; whoever no longer holds the post no longer reads it."""

    __tablename__ = "message"
    __table_args__ = (Index("ix_message_post_id_read_at", "post_id", "read_at"),)

    id: Mapped[Key]
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"), index=True)
    subject: Mapped[str]
    text: Mapped[str]
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
