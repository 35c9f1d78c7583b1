"""Attach and remove evidence."""

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
from cellcert.evidence.rules import Accepted, file_name
from cellcert.storage import Store

MEGABYTE = 1024 * 1024


def attach(
    session: Session,
    store: Store,
    application: Application,
    item: str,
    name: str,
    accepted: Accepted,
    programme: Programme,
    *,
    by: Actor,
    at: datetime,
) -> Evidence:
    """Attach a checked file to an item (B02); the same bytes on the same item are one file."""
    application.permit(Act.ATTACH, by)
    refuse_closed(application, item)
    sha256 = store.put(accepted.data)
    same = select(Evidence).where(
        Evidence.application_id == application.id,
        Evidence.item == item,
        Evidence.sha256 == sha256,
        Evidence.removed_at.is_(None),
    )
    if (there := session.scalar(same)) is not None:
        return there  # sent twice: a slow line, a second press
    used = session.scalar(
        select(func.coalesce(func.sum(Evidence.size), 0)).where(
            Evidence.application_id == application.id, Evidence.removed_at.is_(None)
        )
    )
    if (used or 0) + len(accepted.data) > programme.evidence.application_mb * MEGABYTE:
        raise TooLarge(
            N_("本申报的证明材料总量超过 {most} MB。请删除不需要的文件，或压缩图片后再上传。"),
            most=programme.evidence.application_mb,
        )
    evidence = Evidence(
        application_id=application.id,
        item=item,
        revision=application.revision + 1,
        name=file_name(name, accepted.extension),
        sha256=sha256,
        media_type=accepted.media_type,
        size=len(accepted.data),
        uploaded_by=by.signatory,
        uploaded_at=at,
    )
    session.add(evidence)
    application.edited_at = at
    record(
        session,
        "attach",
        f"application:{application.id}",
        by=by,
        at=at,
        item=item,
        sha256=evidence.sha256,
        name=evidence.name,
    )
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
    if item not in kinds:
        raise NotFound
    if application.state is State.RETURNED:
        last = last_return(application)
        if last is None or (kinds[item], item) not in last.reasons:
            raise NotAllowed(N_("补正期间只能修改退回意见点名的内容，这一项没有开放。"))
