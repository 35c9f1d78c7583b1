"""What is done up the ladder: reviewed, proposed, approved or declined, answered, raised, closed."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.actors import SYSTEM, Actor, Role
from cellcert.audit.actions import record
from cellcert.certificate.letters.rules import next_number
from cellcert.criteria.library import Library
from cellcert.criteria.programme import Programme
from cellcert.dispatch.supervision.figures import figures
from cellcert.dispatch.supervision.models import (
    SupervisionCase,
    SupervisionFile,
    SupervisionLetter,
    SupervisionReport,
    SupervisionReview,
)
from cellcert.dispatch.supervision.queries import house_posts, last_periodic, open_matters, past_of
from cellcert.dispatch.supervision.rules import (
    Figure,
    Proposal,
    answers_for,
    is_due,
    lines_passed,
    may_approve,
    period_of,
    proposals,
)
from cellcert.dispatch.supervision.words import body_name, digest_of, kept_figures, words_of
from cellcert.errors import N_, NotAllowed, NotReady, TooLarge
from cellcert.evidence.actions import Kept
from cellcert.evidence.rules import file_name
from cellcert.inbox.actions import tell
from cellcert.outbox.actions import enqueue

MOST_FILES = 5
WAITS = N_("这一事项已有一份文件等待审批，请先办理那一份。")
ENDED = N_("这一事项已结案，不能再办理。")


def review_if_due(session: Session, library: Library, where: str, *, at: datetime) -> int | None:
    """Hold the periodic review when its day has come and it was not held; None when it is not due."""
    on = clock.day_of(at, library.programme.time_zone)
    if not is_due(library.programme.supervision, on, last_periodic(session)):
        return None
    return review(session, library, where, by=SYSTEM, at=at)


def review(session: Session, library: Library, where: str, *, by: Actor, at: datetime) -> int:
    """Look at every figure and propose what the rules say; on a day already reviewed nothing is proposed twice."""
    programme = library.programme
    on = clock.day_of(at, programme.time_zone)
    seen = figures(session, library, on, at)
    wanted = proposals(seen, past_of(session, programme.time_zone), programme.supervision)
    known = open_matters(session)
    period = period_of(programme.supervision.every, on)
    taken = set(session.scalars(select(SupervisionLetter.key)))
    made = 0
    for one in wanted:
        key = f"{one.figure.matter.slug}:{period}:{one.step}"
        if key not in taken:
            case = known.get(one.figure.matter) or _open(session, one.figure, at)
            _propose(session, case, one, key, programme, by=by, at=at)
            made += 1
    kept = session.scalars(select(SupervisionReview).where(SupervisionReview.on == on)).one_or_none()
    if kept is None:
        kept = SupervisionReview(on=on, at=at, by=by.person_id, figures=[_plain(one) for one in seen], proposed=0)
        session.add(kept)
    kept.proposed += made
    if by.person_id is None:
        kept.by = None
    record(session, "supervision-review", f"supervision:{on}", by=by, at=at, figures=len(seen), proposed=made)
    if made:
        text = f"{on.isoformat()} 的进展评估提出 {made} 份督办文件建议，请核对数据后审批：{where}"
        tell(session, house_posts(session, Role.OFFICE, Role.APPROVER), f"有 {made} 份督办文件等待审批", text, at=at)
    return made


def _plain(figure: Figure) -> dict[str, object]:
    return {"matter": figure.matter.slug, **figure.values}


def _open(session: Session, figure: Figure, at: datetime) -> SupervisionCase:
    matter = figure.matter
    case = SupervisionCase(
        kind=matter.kind, subject=matter.subject, measure=matter.measure, part=matter.part, opened_at=at, changed_at=at,
        closing="",
    )  # fmt: skip
    session.add(case)
    session.flush()
    return case


def _propose(
    session: Session,
    case: SupervisionCase,
    proposal: Proposal,
    key: str,
    programme: Programme,
    because: str = "",
    *,
    by: Actor,
    at: datetime,
) -> SupervisionLetter:
    letter = SupervisionLetter(
        key=key, step=proposal.step, figures=kept_figures(proposal, programme, case.last), proposed_by=by.person_id,
        proposed_at=at, because=because, approved=False, remark="", said={}, told=[],
    )  # fmt: skip
    case.letters.append(letter)
    case.changed_at = at
    session.flush()
    record(
        session, "propose-supervision", f"supervision:{case.id}", by=by, at=at, letter=letter.id, step=letter.step,
        figures=letter.figures,
    )  # fmt: skip
    return letter


def propose_next(
    session: Session, case: SupervisionCase, because: str, library: Library, *, by: Actor, at: datetime
) -> SupervisionLetter:
    """Propose the next step beyond what the rules say, with the reason that stands in the letter."""
    programme, last = library.programme, case.last
    policy = programme.supervision
    if case.closed_at is not None:
        raise NotReady(ENDED)
    if case.pending is not None or last is None:
        raise NotReady(WAITS)
    if last.step + 1 >= len(policy.rungs):
        raise NotReady(N_("已经是最后一级，不能再升级。"))
    on = clock.day_of(at, programme.time_zone)
    figure = next((one for one in figures(session, library, on, at) if one.matter == case.matter), None)
    measure = policy.measure(case.measure)
    passed = lines_passed(measure, figure.values) if figure and measure else 0
    if figure is None or not passed:
        raise NotReady(N_("按现在的数据，这一事项已经达到要求，不能升级。请结案。"))
    step = last.step + 1
    wanted = Proposal(
        figure, step, min(step, passed - 1), not last.reports and last.due_on is not None and on > last.due_on
    )
    key = f"{case.matter.slug}:{period_of(policy.every, on)}:{step}"
    if session.scalar(select(SupervisionLetter.id).where(SupervisionLetter.key == key)):
        raise NotReady(N_("本期已经对这一事项提出过这一级文件，不再重复提出。"))
    return _propose(session, case, wanted, key, programme, because, by=by, at=at)


def approve(
    session: Session, case: SupervisionCase, programme: Programme, *, by: Actor, at: datetime
) -> SupervisionLetter:
    """Let the waiting letter out under the next number: its words are fixed, and a worker prints and sends it."""
    letter = _waiting(case, programme, by)
    dated = clock.day_of(at, programme.time_zone)
    said = words_of(letter, programme, dated)
    _settle(session, letter, said, programme, dated, by=by, at=at)
    case.changed_at = at
    record(
        session, "approve-supervision", f"supervision:{case.id}", by=by, at=at, letter=letter.id, step=letter.step,
        number=letter.number, digest=digest_of(letter.said, letter.number, letter.dated),
    )  # fmt: skip
    enqueue(session, "supervision-letter", str(letter.id), at=at, letter_id=letter.id)
    return letter


def _settle(
    session: Session,
    letter: SupervisionLetter,
    said: dict[str, Any],
    programme: Programme,
    dated: date,
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Under the next free number; who approves at the same moment waits for it, and takes the one after it."""
    numbers = select(SupervisionLetter.number).where(SupervisionLetter.number.is_not(None))
    while True:
        taken = {one for one in session.scalars(numbers) if one}
        try:
            with session.begin_nested():
                letter.number = next_number(programme.supervision.number, dated.year, taken)
                letter.settled_by, letter.settled_at, letter.approved = by.signatory, at, True
                letter.dated, letter.said, letter.due_on = dated, said, date.fromisoformat(said["due_on"])
            return
        except IntegrityError:
            session.refresh(letter)


def _waiting(case: SupervisionCase, programme: Programme, by: Actor) -> SupervisionLetter:
    if case.closed_at is not None:
        raise NotReady(ENDED)
    letter = case.pending
    if letter is None:
        raise NotReady(N_("这一事项没有等待审批的文件。请刷新页面查看最新情况。"))
    if by.person_id == letter.proposed_by:
        raise NotAllowed(N_("这份文件由您提出，请由另一位人员审批。"))
    if not may_approve(programme.supervision.rungs[letter.step], letter.proposed_by, by):
        raise NotAllowed(N_("这一级文件由市办审定人审批。"))
    return letter


def decline(
    session: Session, case: SupervisionCase, programme: Programme, remark: str, *, by: Actor, at: datetime
) -> SupervisionLetter:
    """Let the waiting letter not go out; a matter without any letter is closed with the same reason."""
    letter = _waiting(case, programme, by)
    letter.settled_by, letter.settled_at, letter.remark = by.signatory, at, remark
    case.changed_at = at
    record(
        session, "decline-supervision", f"supervision:{case.id}", by=by, at=at, letter=letter.id, reason=remark
    )  # fmt: skip
    if case.last is None:
        _close(case, remark, by=by, at=at)
    return letter


def answer(
    session: Session,
    case: SupervisionCase,
    cause: str,
    measures: str,
    done_by: date,
    files: Sequence[tuple[str, Kept]],
    programme: Programme,
    where: str,
    *,
    by: Actor,
    at: datetime,
) -> SupervisionReport:
    """Report on a letter (整改报告); more may be said later, until the matter is closed."""
    last = case.last
    if not answers_for(case.matter, by):
        raise NotAllowed(N_("整改报告由收到文件的单位提交。"))
    if case.closed_at is not None or last is None:
        raise NotReady(ENDED)
    if len(files) > MOST_FILES:
        raise TooLarge(N_("一次最多可附 {most} 个文件。请把几个合成一个 PDF。"), most=MOST_FILES)
    report = SupervisionReport(cause=cause, measures=measures, done_by=done_by, by=by.signatory, at=at)
    report.files = [
        SupervisionFile(
            name=file_name(name, one.extension), sha256=one.sha256, media_type=one.media_type, size=one.size
        )
        for name, one in {one.sha256: (name, one) for name, one in files}.values()
    ]
    last.reports.append(report)
    case.changed_at = at
    session.flush()
    record(
        session, "answer-supervision", f"supervision:{case.id}", by=by, at=at, letter=last.id, report=report.id,
        files=[one.sha256 for one in report.files],
    )  # fmt: skip
    name = body_name(programme, case.matter).zh
    text = f"{name}对{last.number}提交了整改报告，请审核后结案或升级：{where}"
    tell(session, house_posts(session, Role.OFFICE), f"{name}提交了整改报告", text, at=at)
    return report


def close(session: Session, case: SupervisionCase, reason: str, *, by: Actor, at: datetime) -> None:
    """End a matter with the reason."""
    if case.closed_at is not None:
        raise NotReady(ENDED)
    if case.pending is not None:
        raise NotReady(WAITS)
    _close(case, reason, by=by, at=at)
    record(session, "close-supervision", f"supervision:{case.id}", by=by, at=at, reason=reason)


def _close(case: SupervisionCase, reason: str, *, by: Actor, at: datetime) -> None:
    case.closed_at, case.closed_by, case.closing, case.changed_at = at, by.signatory, reason, at
