"""Attach, arrange and remove evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cellcert.actors import Actor
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application
from cellcert.application.queries import last_return
from cellcert.audit.actions import record
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.programme import Programme
from cellcert.errors import N_, NotAllowed, NotFound, TooLarge
from cellcert.evidence.models import Evidence
from cellcert.evidence.queries import all_files, files_of
from cellcert.evidence.rules import SIGNED_LETTER, Accepted, file_name
from cellcert.storage import Store

MEGABYTE = 1024 * 1024
LONGEST_CAPTION = 120
MOST_ON_ITEM = 60  # files: a page of them can still be read, and one file on every item fills no page without end


@dataclass(frozen=True, slots=True)
class Kept:
    """A checked file that lies in the store."""

    sha256: str
    size: int
    media_type: str
    extension: str
    thumb: str | None


def keep(store: Store, accepted: Accepted) -> Kept:
    """Put a checked file into the store; a store may be far away, so this is done while no row is locked."""
    thumb = store.put(accepted.thumb) if accepted.thumb else None
    sha256 = store.put(accepted.data)
    return Kept(sha256, len(accepted.data), accepted.media_type, accepted.extension, thumb)


def attach(
    session: Session,
    application: Application,
    item: str,
    name: str,
    kept: Kept,
    programme: Programme,
    *,
    by: Actor,
    at: datetime,
) -> Evidence:
    """Attach a stored file to an item (B02); the same bytes on the same item are one file."""
    application.permit(Act.ATTACH, by)
    refuse_closed(application, item)
    if (there := on_item(session, application, item, kept.sha256)) is not None:
        return there  # sent twice: a slow line, a second press
    refuse_too_much(session, application, kept.sha256, kept.size, programme)
    _refuse_too_many(session, application, item)
    last = _last_position(session, application, item)
    return _attached(session, application, item, file_name(name, kept.extension), kept, last + 1, by=by, at=at)


def reuse(
    session: Session, application: Application, files: Sequence[Evidence], item: str, *, by: Actor, at: datetime
) -> int:
    """Attach files this application already holds to one more item (B02); tells how many were new there."""
    application.permit(Act.ATTACH, by)
    refuse_closed(application, item)
    count = 0
    for file in files:
        if file.application_id != application.id or file.removed_at is not None:
            raise NotFound
        if on_item(session, application, item, file.sha256) is not None:
            continue
        _refuse_too_many(session, application, item)
        evidence = _attached(
            session, application, item, file.name, file, _last_position(session, application, item) + 1, by=by, at=at
        )
        evidence.caption = file.caption
        count += 1
    return count


def take_over(
    session: Session,
    application: Application,
    files: Sequence[Evidence],
    programme: Programme,
    *,
    by: Actor,
    at: datetime,
) -> int:
    """Attach files the unit handed in with an earlier application (B02), marked until somebody checks them."""
    application.permit(Act.ATTACH, by)
    mine = all_files(session, application)
    held, there = {file.sha256: file.size for file in mine}, {(file.item, file.sha256) for file in mine}
    wanted = [file for file in files if (file.item, file.sha256) not in there]
    for file in wanted:
        if file.application.unit_id != application.unit_id:
            raise NotFound
        refuse_closed(application, file.item)
        held[file.sha256] = file.size
        evidence = _attached(session, application, file.item, file.name, file, file.position, by=by, at=at)
        evidence.caption, evidence.carried_from = file.caption, file.application_id
    if sum(held.values()) > programme.evidence.application_mb * MEGABYTE:
        raise _too_much(programme)
    return len(wanted)


def arrange(
    session: Session,
    application: Application,
    item: str,
    captions: Mapping[int, str],
    move: tuple[int, int] | None = None,
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Caption the files of an item, and move one up (-1) or down (+1) (B03: what was handed in stays as it was)."""
    application.permit(Act.DETACH, by)
    refuse_closed(application, item)
    files = files_of(session, application, item)
    before = [(file.id, file.caption) for file in files]
    for file in files:
        if file.id in captions:
            file.caption = " ".join(captions[file.id].split())[:LONGEST_CAPTION]
    if move is not None:
        number, step = move
        here = next((at for at, file in enumerate(files) if file.id == number), None)
        if here is None:
            raise NotFound
        there = min(max(here + step, 0), len(files) - 1)
        files.insert(there, files.pop(here))
    for position, file in enumerate(files, 1):
        file.position = position
    after = [(file.id, file.caption) for file in files]
    if after != before:
        application.edited_at = at
        record(
            session, "arrange", f"application:{application.id}", by=by, at=at, item=item,
            files=[file.id for file in files], captions=[file.caption for file in files],
        )  # fmt: skip


def on_item(session: Session, application: Application, item: str, sha256: str) -> Evidence | None:
    """The file of these bytes that an item has already."""
    same = select(Evidence).where(
        Evidence.application_id == application.id,
        Evidence.item == item,
        Evidence.sha256 == sha256,
        Evidence.removed_at.is_(None),
    )
    return session.scalar(same)


def _last_position(session: Session, application: Application, item: str) -> int:
    mine = select(func.max(Evidence.position)).where(
        Evidence.application_id == application.id, Evidence.item == item, Evidence.removed_at.is_(None)
    )
    return session.scalar(mine) or 0


def refuse_too_much(session: Session, application: Application, sha256: str, size: int, programme: Programme) -> None:
    """The quota counts bytes once, however many items they stand for."""
    held = (
        select(Evidence.sha256, Evidence.size)
        .where(Evidence.application_id == application.id, Evidence.removed_at.is_(None), Evidence.sha256 != sha256)
        .distinct()
        .subquery()
    )
    used = session.scalar(select(func.coalesce(func.sum(held.c.size), 0))) or 0
    if used + size > programme.evidence.application_mb * MEGABYTE:
        raise _too_much(programme)


def _refuse_too_many(session: Session, application: Application, item: str) -> None:
    here = select(func.count()).where(
        Evidence.application_id == application.id, Evidence.item == item, Evidence.removed_at.is_(None)
    )
    if (session.scalar(here) or 0) >= MOST_ON_ITEM:
        raise TooLarge(N_("这一项已有 {most} 个文件。请删除不需要的，或把几个合成一个 PDF 再上传。"), most=MOST_ON_ITEM)


def _too_much(programme: Programme) -> TooLarge:
    return TooLarge(
        N_("本申报的证明材料总量超过 {most} MB。请删除不需要的文件，或压缩图片后再上传。"),
        most=programme.evidence.application_mb,
    )


def _attached(
    session: Session,
    application: Application,
    item: str,
    name: str,
    kept: Kept | Evidence,
    position: int,
    *,
    by: Actor,
    at: datetime,
) -> Evidence:
    """A row for bytes that lie in the store, remembered."""
    evidence = Evidence(
        application_id=application.id,
        item=item,
        revision=application.revision + 1,
        name=name,
        caption="",
        position=position,
        sha256=kept.sha256,
        media_type=kept.media_type,
        size=kept.size,
        thumb=kept.thumb,
        uploaded_by=by.signatory,
        uploaded_at=at,
    )
    session.add(evidence)
    application.edited_at = at
    record(
        session, "attach", f"application:{application.id}", by=by, at=at, item=evidence.item, sha256=evidence.sha256,
        name=evidence.name,
    )  # fmt: skip
    return evidence


def detach(session: Session, application: Application, evidence: Evidence, *, by: Actor, at: datetime) -> None:
    """Take a file of the open revision away (B03); a submitted file stays with its revision."""
    application.permit(Act.DETACH, by)
    if evidence.application_id != application.id or evidence.removed_at is not None:
        raise NotFound
    refuse_closed(application, evidence.item)
    evidence.removed_at = at
    application.edited_at = at
    record(session, "detach", f"application:{application.id}", by=by, at=at, item=evidence.item, sha256=evidence.sha256)


def refuse_closed(application: Application, item: str) -> None:
    """A place the checklist does not have is not found; one the return did not name is closed."""
    checklist = checklist_of(application.edition)
    kinds = {one.key: "prerequisite" for one in checklist.prerequisites}
    kinds |= {one.key: "item" for one in checklist.items()}
    if item == SIGNED_LETTER and application.state in {State.DRAFT, State.RETURNED}:
        return  # the commitment is given anew for what is handed in anew
    if item not in kinds:
        raise NotFound
    if application.state is State.RETURNED:
        last = last_return(application)
        if last is None or (kinds[item], item) not in last.reasons:
            raise NotAllowed(N_("补正期间只能修改退回意见点名的内容，这一项没有开放。"))
