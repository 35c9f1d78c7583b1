"""Work to do, as rows."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from cellcert.database import Base, Key


class JobState(StrEnum):
    DUE = "due"
    DONE = "done"
    DEAD = "dead"


class Job(Base):
    """One piece of work, named by a key that is never used twice."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_state_not_before", "state", "not_before"),)

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    data: Mapped[dict[str, Any]]
    state: Mapped[JobState] = mapped_column(default=JobState.DUE)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(default="")
