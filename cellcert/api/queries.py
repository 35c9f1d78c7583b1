"""What the API reads that no page does: notices behind a number."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert.application.models import Application
from cellcert.decision.models import Notice
from cellcert.decision.queries import PUBLIC_STATES, NoticeLine, notice_line


def notices_before(session: Session, before: int | None, limit: int) -> list[tuple[NoticeLine, datetime]]:
    """Public notices with smaller numbers than ``before``, the newest first, and when each was published."""
    rows = select(Notice, Application.state).join(Notice.application).where(Application.state.in_(PUBLIC_STATES))
    if before is not None:
        rows = rows.where(Notice.id < before)
    found = session.execute(rows.order_by(Notice.id.desc()).limit(limit))
    return [(notice_line(notice, state), notice.published_at) for notice, state in found]


def public_notice(session: Session, notice_id: int) -> NoticeLine | None:
    """One public notice."""
    rows = select(Notice, Application.state).join(Notice.application).where(Application.state.in_(PUBLIC_STATES))
    found = session.execute(rows.where(Notice.id == notice_id)).one_or_none()
    return notice_line(found[0], found[1]) if found else None
