"""Take over what the unit answered in an earlier application."""

from datetime import datetime

from sqlalchemy.orm import Session

from cellcert.actors import Actor
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application
from cellcert.assessment.actions import plain
from cellcert.assessment.carry_queries import Offer
from cellcert.assessment.models import Answer
from cellcert.audit.actions import record
from cellcert.criteria.programme import Programme
from cellcert.errors import N_, NotReady
from cellcert.evidence.actions import take_over


def carry_over(
    session: Session,
    application: Application,
    offer: Offer,
    programme: Programme,
    *,
    files: bool,
    by: Actor,
    at: datetime,
) -> tuple[int, int]:
    """Write what the offer holds where the draft has nothing yet; each is marked until somebody checks it."""
    application.permit(Act.EDIT, by)
    refuse_handed_in(application)
    lines = [line for _, lines in offer.taken for line in lines]
    for line in lines:
        kind, key = line.place
        session.add(
            Answer(
                application_id=application.id, kind=kind, key=key, value=plain(line.value), note=line.note,
                saved_by=by.signatory, saved_at=at, carried_from=offer.source.application_id,
            )
        )  # fmt: skip
    attached = take_over(session, application, offer.files, programme, by=by, at=at) if files else 0
    application.edited_at = at
    record(
        session, "carry", f"application:{application.id}", by=by, at=at, source=offer.source.application_id,
        places=[".".join(line.place) for line in lines], files=attached,
    )  # fmt: skip
    return len(lines), attached


def refuse_handed_in(application: Application) -> None:
    """Only a draft takes answers over."""
    if application.state is not State.DRAFT:
        raise NotReady(N_("只有还没有提交的草稿可以沿用以前的答案。"))
