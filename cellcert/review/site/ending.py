"""End the visit: what was found to differ goes back to the experts once, for those items alone."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert.actors import Actor
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application, Assignment, Step
from cellcert.criteria.programme import Programme
from cellcert.criteria.schema import Checklist
from cellcert.criteria.scorer import experts_score
from cellcert.errors import N_, NotReady
from cellcert.review.actions import open_second, sheets_of
from cellcert.review.models import OnSiteReport, ScoreSheet, SecondRound
from cellcert.review.site.models import Visit
from cellcert.review.site.queries import visit_of


def end_on_site(
    session: Session, application: Application, checklist: Checklist, programme: Programme, *, by: Actor, at: datetime
) -> Step:
    """End the on-site check once its record is there (B20): to the decision, or back to the experts."""
    application.permit(Act.END_ON_SITE, by)
    visit = visit_of(session, application)
    if visit is not None and not visit.is_closed:
        raise NotReady(N_("现场核查记录还没有定稿。请核查组签字后定稿。"))
    if session.scalar(select(OnSiteReport.id).where(OnSiteReport.application_id == application.id).limit(1)) is None:
        raise NotReady(N_("还没有现场核查记录。请核查人员先提交记录。"))
    sheets = counted(session, application)
    found = to_look_at_again(visit, checklist) if programme.review.second_days and sheets else {}
    if not found:
        return application.make(Act.END_ON_SITE, by=by, at=at, to=State.DECISION)
    step = application.make(Act.END_ON_SITE, by=by, at=at, to=State.REVIEW, items=sorted(found))
    _look_again(session, application, sheets, found, programme, by=by, at=at)
    return step


def to_look_at_again(visit: Visit | None, checklist: Checklist) -> dict[str, str]:
    """The items whose claim was found wrong and whose points the experts gave, each with what was found."""
    if visit is None:
        return {}
    judged = {item.key for item in checklist.items() if experts_score(item)}
    return {
        one["key"]: "".join([one["what"], f"（建议：{one['suggestion']}）" if one["suggestion"] else ""])
        for one in visit.record.get("items", [])
        if one["verdict"] == "differs" and one["key"] in judged
    }


def counted(session: Session, application: Application) -> list[ScoreSheet]:
    """The sheets the closed round was combined from."""
    seated = {seat.person_id for seat in application.seats if seat.is_open}
    return [one for one in sheets_of(session, application) if one.handed_in_at and one.person_id in seated]


def _look_again(
    session: Session,
    application: Application,
    sheets: list[ScoreSheet],
    found: Mapping[str, str],
    programme: Programme,
    *,
    by: Actor,
    at: datetime,
) -> SecondRound:
    """A round of its own over copies of seats and sheets: the closed round and its result stay as they are."""
    seats = [seat for seat in application.seats if seat.is_open]
    application.round += 1
    for seat in seats:
        application.assignments.append(
            Assignment(
                round=application.round, person=seat.person, person_id=seat.person_id, assigned_by=by.signatory,
                assigned_at=at, due_at=at, declared_at=seat.declared_at,
            )
        )  # fmt: skip
    copies = [
        ScoreSheet(
            application=application, round=application.round, revision=sheet.revision, person_id=sheet.person_id,
            answers=sheet.answers, comments=sheet.comments, points=sheet.points, opinion=sheet.opinion,
            total=sheet.total, saved_at=at, handed_in_at=at,
        )
        for sheet in sheets
    ]  # fmt: skip
    session.add_all(copies)
    session.flush()
    points = {
        item: sorted(Decimal(sheet.points[item]) for sheet in copies if item in sheet.points) for item in sorted(found)
    }
    return open_second(session, application, copies, sorted(found), points, programme, by=by, at=at, found=found)
