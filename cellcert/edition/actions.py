"""Propose an edition, approve it by a second person, take it back before it is in force."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.actors import Actor, Role
from cellcert.audit.actions import record
from cellcert.criteria.editions import fingerprint, keep_edition
from cellcert.criteria.library import Library
from cellcert.criteria.marked import CriteriaFaults
from cellcert.criteria.models import Edition
from cellcert.criteria.reader import read_checklist
from cellcert.criteria.schema import Checklist
from cellcert.criteria.states import EditionState
from cellcert.edition.rules import may_withdraw, standing
from cellcert.errors import N_, NotAllowed, NotFound, NotReady


def propose(
    session: Session,
    library: Library,
    category: str,
    text: str,
    in_force_from: date,
    reason: str,
    *,
    by: Actor,
    at: datetime,
) -> Edition:
    """Put a draft before the approvers (G04); raises ``CriteriaFaults`` with everything wrong with the text."""
    if by.role is not Role.OFFICE:
        raise NotAllowed(N_("评价标准的草案由市办经办人提交。"))
    checklist = read_against(library, category, text)
    if in_force_from < clock.day_of(at, library.programme.time_zone):
        raise NotReady(N_("生效日期不能早于今天，请另选日期。"))
    _keep_founding(session, library, category, at)
    # all of the category's editions are held, so that two proposals at one moment come one after the other
    held = session.scalars(select(Edition).where(Edition.category == category).with_for_update()).all()
    _refuse_known(held, checklist, fingerprint(text), in_force_from)
    draft = next((edition for edition in held if edition.sha256 == fingerprint(text)), None)
    if draft is None:
        draft = Edition(category=category, edition=checklist.edition, sha256=fingerprint(text), text=text, kept_at=at)
        session.add(draft)
    draft.state, draft.in_force_from, draft.reason = EditionState.DRAFT, in_force_from, reason
    draft.proposed_by, draft.proposed_at = by.signatory, at
    draft.approved_by = draft.approved_at = draft.withdrawn_by = draft.withdrawn_at = None
    draft.withdrawn_because = ""
    try:
        session.flush()
    except IntegrityError as error:
        raise NotReady(N_("这一类别已有一份草案在等待审定。请等待审定，或先撤回那份草案。")) from error
    record(
        session, "propose-edition", f"edition:{draft.id}", by=by, at=at, category=category, edition=draft.edition,
        sha256=draft.sha256, in_force_from=in_force_from.isoformat(), reason=reason,
    )  # fmt: skip
    return draft


def read_against(library: Library, category: str, text: str) -> Checklist:
    """The checklist of a text that is to be this category's; raises ``CriteriaFaults``."""
    if category not in {known.key for known in library.programme.categories}:
        raise NotFound
    departments = [department.key for department in library.programme.departments]
    return read_checklist(text, f"{category}.yaml", departments, [category], library.known_wastes())


def _keep_founding(session: Session, library: Library, category: str, at: datetime) -> None:
    """What held until now is kept as well; a folder without a good file has nothing to keep."""
    try:
        keep_edition(session, library, category, at=at)
    except (CriteriaFaults, NotReady):
        return


def _refuse_known(held: Sequence[Edition], checklist: Checklist, sha256: str, in_force_from: date) -> None:
    for edition in held:
        if edition.state is EditionState.WITHDRAWN:
            continue
        if edition.sha256 == sha256 and edition.state is EditionState.APPROVED:
            raise NotReady(N_("内容与 {edition} 版完全相同，不需要再提交。"), edition=edition.edition)
        if edition.state is EditionState.DRAFT:
            raise NotReady(N_("这一类别已有一份草案在等待审定。请等待审定，或先撤回那份草案。"))
        if edition.edition == checklist.edition:
            raise NotReady(
                N_("版本号“{edition}”已经用过。请把文件中 edition 一行改成新的版本号，再提交。"),
                edition=edition.edition,
            )
        if edition.in_force_from == in_force_from:
            raise NotReady(
                N_("{edition} 版也在 {day} 生效，一天只能有一版生效。请另选日期。"),
                edition=edition.edition, day=in_force_from.isoformat(),
            )  # fmt: skip


def approve(session: Session, library: Library, edition: Edition, *, by: Actor, at: datetime) -> None:
    """Approve a draft (G05): from its day on it is in force for new applications and for drafts."""
    if by.role is not Role.APPROVER:
        raise NotAllowed(N_("评价标准由市办审定人审定。"))
    if edition.state is not EditionState.DRAFT:
        raise NotReady(N_("这份草案已经办理过了。请返回查看最新状态。"))
    if by.signatory == edition.proposed_by:
        raise NotAllowed(N_("这份草案由您提交，请由另一位审定人审定。"))
    if edition.in_force_from < clock.day_of(at, library.programme.time_zone):
        raise NotReady(
            N_("草案写明的生效日期 {day} 已经过去。请由经办人撤回草案，改定日期后重新提交。"),
            day=edition.in_force_from.isoformat(),
        )
    try:
        read_against(library, edition.category, edition.text)
    except CriteriaFaults as faults:  # the programme, or what is asked of files, has changed since it was proposed
        raise NotReady(N_("草案的文件现在有错误，不能审定。请由经办人撤回草案，改好后重新提交。")) from faults
    edition.state, edition.approved_by, edition.approved_at = EditionState.APPROVED, by.signatory, at
    try:
        session.flush()
    except IntegrityError as error:
        raise NotReady(N_("这一天已有另一版生效。请由经办人撤回草案，改定日期后重新提交。")) from error
    record(
        session, "approve-edition", f"edition:{edition.id}", by=by, at=at, category=edition.category,
        edition=edition.edition, sha256=edition.sha256, in_force_from=edition.in_force_from.isoformat(),
    )  # fmt: skip


def withdraw(session: Session, library: Library, edition: Edition, reason: str, *, by: Actor, at: datetime) -> None:
    """Take back a draft (the office), or an approved edition that is not in force yet (an approver)."""
    on = clock.day_of(at, library.programme.time_zone)
    stands = standing(edition.state, edition.in_force_from, None, on)
    if edition.state is EditionState.WITHDRAWN:
        raise NotReady(N_("这份草案已经撤回。"))
    if edition.state is EditionState.APPROVED and edition.in_force_from <= on:
        raise NotReady(N_("已经生效的版本不能撤回。需要修改的，请提交新版。"))
    if not may_withdraw(by.role, stands):
        raise NotAllowed(N_("草案由市办经办人撤回；已审定、没有生效的版本由市办审定人撤回。"))
    edition.state, edition.withdrawn_by, edition.withdrawn_at = EditionState.WITHDRAWN, by.signatory, at
    edition.withdrawn_because = reason
    record(
        session, "withdraw-edition", f"edition:{edition.id}", by=by, at=at, category=edition.category,
        edition=edition.edition, reason=reason,
    )  # fmt: skip
