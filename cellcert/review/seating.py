"""Seats given in one go: as they were drawn, or as a file asks for; all of them or none."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.actors import Actor
from cellcert.audit.actions import record
from cellcert.criteria.programme import Programme
from cellcert.errors import N_, NotReady
from cellcert.review.actions import assign
from cellcert.review.panel import DRAWN, Panel, Planned


def seat_as_drawn(
    session: Session, found: Panel, seed: int, seen: str, due: date, programme: Programme, *, by: Actor, at: datetime
) -> int:
    """Seat everybody as the drawing showed (B13); how many. Refused when what was shown is no longer so."""
    drawing = found.draw(seed)
    if seen != found.fingerprint(drawing):
        raise NotReady(
            N_("您查看期间，申报、专家或在办案件数有变化，还没有指派。下面是按同一种子重新抽取的结果，请核对后再确认。")
        )
    due_at = clock.end_of(due, programme.time_zone)
    cases = {case.application.id: case for case in found.cases}
    for choice in drawing.choices:
        case = cases[choice.case]
        post = case.posts[choice.expert]
        assign(case.application, post, due_at, by=by, at=at, session=session, public_mail=programme.review.public_mail)
    record(session, DRAWN, f"drawing:{seed}", by=by, at=at, due=due, **found.kept(drawing))
    return len(drawing.choices)


def draw_anew(session: Session, before: int, seed: int, *, by: Actor, at: datetime) -> None:
    """Another seed instead of one whose drawing was seen: the trail names both."""
    record(session, "draw-anew", f"drawing:{before}", by=by, at=at, seed=seed)


def seat_as_filed(session: Session, rows: Sequence[Planned], programme: Programme, *, by: Actor, at: datetime) -> None:
    """Seat everybody a file names (B13)."""
    for row in rows:
        due_at = clock.end_of(row.due, programme.time_zone)
        assign(
            row.application, row.post, due_at, by=by, at=at, session=session,
            public_mail=programme.review.public_mail,
        )  # fmt: skip
    record(session, "assign-by-file", "seating:file", by=by, at=at, seats=len(rows))
