"""Files that come with an objection, an appeal or a statement; they pass the same check as the files of a unit."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert.actors import PUBLIC, Actor
from cellcert.application.lifecycle import Act
from cellcert.application.models import Application
from cellcert.audit.actions import record
from cellcert.criteria.programme import Programme
from cellcert.decision.models import Exhibit, Objection, Statement
from cellcert.errors import N_, NotFound, NotReady, TooLarge
from cellcert.evidence.actions import MEGABYTE, Kept
from cellcert.evidence.rules import file_name

MOST_FILES = 10  # of one objection: enough to show something, not enough to fill a disk
MOST_TIMES = 4  # as much as one file may have, altogether


def add_exhibit(
    session: Session,
    application: Application,
    thing: Objection | Statement,
    name: str,
    kept: Kept,
    programme: Programme,
    *,
    by: Actor,
    at: datetime,
) -> Exhibit:
    """Add a checked file to an objection (B23) or a statement (B61) that is not closed; the same bytes are one file."""
    application.permit(Act.OBJECT if isinstance(thing, Objection) else Act.GIVE_STATEMENT, by)
    if thing.application_id != application.id:
        raise NotFound
    if (thing.closed_at if isinstance(thing, Objection) else thing.ended_at) is not None:
        raise NotReady(N_("已经办结，不能再补充材料。"))
    there = exhibits_of(session, [thing])
    if (same := next((one for one in there if one.sha256 == kept.sha256), None)) is not None:
        return same
    if len(there) >= MOST_FILES:
        raise TooLarge(N_("最多可附 {most} 个文件。请把几个合成一个 PDF，或与经办人联系。"), most=MOST_FILES)
    most = programme.evidence.file_mb * MOST_TIMES
    if sum(one.size for one in there) + kept.size > most * MEGABYTE:
        raise TooLarge(N_("材料总量超过 {most} MB。请压缩后再上传。"), most=most)
    of = {"objection_id": thing.id} if isinstance(thing, Objection) else {"statement_id": thing.id}
    exhibit = Exhibit(
        **of, name=file_name(name, kept.extension), sha256=kept.sha256, media_type=kept.media_type, size=kept.size,
        added_at=at,
    )  # fmt: skip
    session.add(exhibit)
    session.flush()
    # the name may say who somebody is: the trail has the bytes' hash alone, and of an objection not who was signed in
    is_secret = isinstance(thing, Objection) and not thing.appeal
    by = PUBLIC if is_secret else by
    record(session, "add-exhibit", f"application:{application.id}", by=by, at=at, **of, sha256=kept.sha256)
    return exhibit


def exhibits_of(session: Session, things: Iterable[object]) -> list[Exhibit]:
    """The files of some objections and statements, in the order they came."""
    things = list(things)
    objections = [one.id for one in things if isinstance(one, Objection)]
    statements = [one.id for one in things if isinstance(one, Statement)]
    of_them = Exhibit.objection_id.in_(objections) | Exhibit.statement_id.in_(statements)
    return list(session.scalars(select(Exhibit).where(of_them).order_by(Exhibit.id)))
