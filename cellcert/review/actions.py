"""Experts' seats and sheets, the close of the round, on-site records."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.actors import Actor, Role
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application, Assignment, Conflict, Step
from cellcert.application.rules import Tie
from cellcert.assessment.actions import plain
from cellcert.assessment.models import Revision
from cellcert.audit.actions import record
from cellcert.criteria.programme import Programme
from cellcert.criteria.schema import Checklist
from cellcert.criteria.scorer import experts_score, score, settle
from cellcert.criteria.sheet import to_keep
from cellcert.database import write_now
from cellcert.errors import N_, Incomplete, NotAllowed, NotFound, NotReady, Refusal, Unusable
from cellcert.inbox.actions import tell
from cellcert.outbox.actions import enqueue
from cellcert.people.models import Post
from cellcert.review.models import Finding, OnSiteReport, Opinion, Reopening, RoundResult, ScoreSheet, SecondRound
from cellcert.review.rules import Discrepancy, Hindrance, discrepancies, sheet_answers, to_settle, unexplained

# experts


def assign(
    application: Application,
    post: Post,
    due_at: datetime,
    *,
    by: Actor,
    at: datetime,
    session: Session,
    public_mail: Collection[str] = (),
) -> Assignment:
    """Give an expert a seat, or a seated one a later due date (B13)."""
    application.permit(Act.ASSIGN, by)
    advised = advised_on(session, [application.id]).get(application.id, set())
    if refused := why_not(application, post, public_mail, advised):
        raise refused
    if due_at <= at:
        raise Unusable(N_("评审截止时间应晚于现在。"))
    if is_of_before(application):
        application.round += 1
    seat = next((seat for seat in application.seats if seat.person_id == post.person_id), None)
    if seat is None:
        seat = Assignment(
            round=application.round, person=post.person, person_id=post.person_id,
            assigned_by=by.signatory, assigned_at=at, due_at=due_at,
        )  # fmt: skip
        application.assignments.append(seat)
        _tell_expert(session, application, post, at=at)
    else:
        seat.due_at = due_at
    record(session, "assign", f"application:{application.id}", by=by, at=at, expert=post.person_id, due=due_at)
    return seat


def is_of_before(application: Application) -> bool:
    """Every re-check has a round of its own: seats and sheets of the round before stay as they are."""
    opened = [step.at for step in application.history if step.act == Act.OPEN_RECHECK.name]
    if application.state is not State.RECHECK or not opened:
        return False
    return bool(application.seats) and all(seat.assigned_at < opened[-1] for seat in application.seats)


def hindrance(application: Application, post: Post, actor: Actor, advised: Collection[int]) -> Hindrance | Tie | None:
    """What keeps the holder of this post from the case; ``advised`` are those who checked it or gave an opinion."""
    if post.role is not Role.EXPERT or post.ended_at is not None or not post.person.active:
        return Hindrance.NOT_IN_POOL
    if post.categories and application.category not in post.categories:
        return Hindrance.OTHER_FIELD
    if tie := application.tie_to(actor):
        return tie
    if post.person_id in advised:
        return Hindrance.ADVISED
    if any(seat.person_id == post.person_id and not seat.is_open for seat in application.seats):
        return Hindrance.LEFT
    return None


def refusal(post: Post, found: Hindrance | Tie) -> Refusal:
    """The sentence for a hindrance."""
    if isinstance(found, Tie):
        why = found.label
        return NotReady(N_("{name} 与申报单位存在利害关系（{why}），不能指派。"), name=post.person.name, why=why)
    return NotReady(N_("{name} {why}，不能指派，请另选专家。"), name=post.person.name, why=found.label)


def why_not(
    application: Application, post: Post, public_mail: Collection[str], advised: Collection[int]
) -> Refusal | None:
    """Why the holder of this post cannot sit on the case; None when nothing stands against it."""
    found = hindrance(application, post, post.actor(public_mail=public_mail), advised)
    return refusal(post, found) if found else None


def advised_on(session: Session, ids: Collection[int]) -> Mapping[int, set[int]]:
    """Who had a part in the first check of some applications, or gave an opinion on them; one query."""
    checked = [act.name for act in (Act.START_CHECK, Act.RETURN, Act.PASS, Act.ADVISE_AGAINST)]
    parts = (
        select(Opinion.application_id, Opinion.by).where(Opinion.application_id.in_(ids)),
        select(Finding.application_id, Finding.by).where(Finding.application_id.in_(ids)),
        select(Step.application_id, Step.person_id).where(Step.application_id.in_(ids), Step.act.in_(checked)),
    )
    found: dict[int, set[int]] = defaultdict(set)
    rows: Iterable[Any] = session.execute(union(*parts))
    for application_id, person_id in rows:
        found[application_id].add(person_id)
    return found


def _tell_expert(session: Session, application: Application, post: Post, *, at: datetime) -> None:
    subject = "有一份申报需要您评审"
    # without the case's number: a conflict of interest may turn up, and what was sent cannot be taken back
    text = f"{post.person.name}：\n请登录，从“我的评审”打开新的申报，先确认有无利害关系，再在期限内提交评分。"
    tell(session, [post.id], subject, text, at=at, application_id=application.id)
    if post.person.email:
        key = f"application-{application.id}-seat-{application.round}-{post.person_id}"
        enqueue(session, "mail", key, at=at, key=key, to=post.person.email, subject=subject, text=text)


def replace(
    session: Session, application: Application, seat: Assignment, reason: str, *, by: Actor, at: datetime
) -> None:
    """Free a seat whose expert cannot go on (B13)."""
    application.permit(Act.ASSIGN, by)
    if seat not in application.seats or not seat.is_open:
        raise NotFound
    if not reason:
        raise Unusable(N_("请写明更换专家的原因。"))
    seat.left_at, seat.left_because = at, reason
    record(session, "replace", f"application:{application.id}", by=by, at=at, expert=seat.person_id, reason=reason)


def step_down(session: Session, application: Application, reason: str, *, by: Actor, at: datetime) -> None:
    """An expert declares a conflict and leaves the case (B14)."""
    application.permit(Act.STEP_DOWN, by)
    if not reason:
        raise Unusable(N_("请写明回避的原因。"))
    seat = seat_of(application, by)
    seat.left_at, seat.left_because = at, reason
    application.conflicts.append(Conflict(person_id=by.signatory, reason=reason, at=at))
    record(session, "step-down", f"application:{application.id}", by=by, at=at, reason=reason)


def declare(session: Session, application: Application, *, by: Actor, at: datetime) -> Assignment:
    """An expert declares to have no interest in the case; the sheet opens only then."""
    application.permit(Act.SCORE, by)
    seat = seat_of(application, by)
    if seat.declared_at is None:
        seat.declared_at = at
        record(session, "declare", f"application:{application.id}", by=by, at=at)
    return seat


def seat_of(application: Application, by: Actor) -> Assignment:
    """The seat this expert holds in the present round; whoever asks has been let through as the case's expert."""
    return next(seat for seat in application.seats if seat.person_id == by.person_id and seat.is_open)


def save_sheet(
    session: Session,
    application: Application,
    checklist: Checklist,
    revision: Revision,
    answers: Mapping[str, object],
    comments: Mapping[str, str],
    opinion: str,
    *,
    by: Actor,
    at: datetime,
    touched: Collection[str] | None = None,
) -> ScoreSheet:
    """Keep an expert's draft (B15); answers outside the rule of their item are refused by the scorer."""
    application.permit(Act.SCORE, by)
    _refuse_sheet(session, application, by, at)
    sheet = my_sheet(session, application, by)
    if sheet is not None and sheet.handed_in_at is not None:
        raise NotReady(N_("评分表已经提交，不能再修改。确有错误可申请重开。"))
    second = second_round(session, application) if sheet is not None and sheet.blind else None
    return write_sheet(
        session, application, sheet, second, checklist, revision, answers, comments, opinion, by=by, at=at,
        touched=answers if touched is None else touched,
    )  # fmt: skip


def write_sheet(
    session: Session,
    application: Application,
    sheet: ScoreSheet | None,
    second: SecondRound | None,
    checklist: Checklist,
    revision: Revision,
    answers: Mapping[str, object],
    comments: Mapping[str, str],
    opinion: str,
    *,
    by: Actor,
    at: datetime,
    touched: Collection[str],
) -> ScoreSheet:
    """Keep a draft that may be kept: whoever calls has seen to it."""
    if sheet is not None and sheet.blind:
        keys = keys_of(second)
        answers, comments, opinion = _within(keys, sheet, answers), _within_words(keys, sheet, comments), sheet.opinion
    score(checklist, sheet_answers(revision.answers, answers))
    if sheet is None:
        sheet = ScoreSheet(application=application, round=application.round, person_id=by.signatory, saved_at=at)
        sheet.revision = revision.number
        session.add(sheet)
    write_now(session, sheet, answers=plain(answers), comments=dict(comments), opinion=opinion, saved_at=at)
    record(session, "score", f"application:{application.id}", by=by, at=at, items=sorted(touched))
    return sheet


def hand_in(
    session: Session, application: Application, checklist: Checklist, revision: Revision, *, by: Actor, at: datetime
) -> ScoreSheet:
    """Make the sheet final (B16): every judged item must be scored."""
    application.permit(Act.HAND_IN, by)
    _refuse_sheet(session, application, by, at)
    sheet = my_sheet(session, application, by)
    if sheet is None or sheet.handed_in_at is not None:
        raise NotReady(N_("没有可以提交的评分表。"))
    result = score(checklist, sheet_answers(revision.answers, sheet.answers))
    if missing := [gap.text.zh for gap in result.missing if gap.kind == "item"]:
        raise Incomplete(missing)
    if sheet.blind:
        keys = keys_of(second_round(session, application))
        if bare := unexplained(keys, sheet.answers, sheet.comments, sheet.blind):
            titles = "；".join(checklist.item(key).text.zh for key in bare)
            raise NotReady(N_("第二轮改了评分的项目，请写明新的理由：{titles}。"), titles=titles)
        sheet.comments = {**sheet.blind["comments"], **sheet.comments}
    sheet.points = {item.key: str(item.points) for item in result.items}
    sheet.total, sheet.handed_in_at = result.total, at
    record(session, "hand-in", f"application:{application.id}", by=by, at=at, sheet=sheet.id)
    return sheet


def _within(keys: Collection[str], sheet: ScoreSheet, answers: Mapping[str, object]) -> dict[str, object]:
    """Answers of the second round: what was not apart stays as it was handed in."""
    kept = {key: answer for key, answer in sheet.blind["answers"].items() if key not in keys}
    return kept | {key: answer for key, answer in answers.items() if key in keys}


def _within_words(keys: Collection[str], sheet: ScoreSheet, comments: Mapping[str, str]) -> dict[str, str]:
    kept = {key: text for key, text in sheet.blind["comments"].items() if key not in keys}
    return kept | {key: text for key, text in comments.items() if key in keys}


def my_sheet(session: Session, application: Application, by: Actor) -> ScoreSheet | None:
    """The actor's own sheet of the present round."""
    return session.scalar(
        select(ScoreSheet).where(
            ScoreSheet.application_id == application.id,
            ScoreSheet.round == application.round,
            ScoreSheet.person_id == by.person_id,
        )
    )


def _refuse_sheet(session: Session, application: Application, by: Actor, at: datetime) -> None:
    _refuse_closed(session, application)
    seat = seat_of(application, by)
    if seat.declared_at is None:
        raise NotReady(N_("请先声明与本案没有利害关系，再开始评分。"))
    if at > seat.due_at:
        raise NotReady(N_("评审截止时间已过。请联系市办经办人延长时间。"))


def _refuse_closed(session: Session, application: Application) -> None:
    if round_is_closed(session, application):
        raise NotReady(N_("本轮评审已经结束，评分不能再更改。"))


def ask_reopen(
    session: Session, application: Application, sheet: ScoreSheet, reason: str, *, by: Actor, at: datetime
) -> Reopening:
    """Ask to open a handed-in sheet before the round closes (B17)."""
    application.permit(Act.ASK_REOPEN, by)
    mine = by.role is not Role.EXPERT or sheet.person_id == by.person_id
    if sheet.application_id != application.id or sheet.round != application.round or not mine:
        raise NotFound
    _refuse_closed(session, application)
    if sheet.handed_in_at is None:
        raise NotReady(N_("评分表还没有提交，可以直接修改。"))
    if open_reopening(session, sheet):
        raise NotReady(N_("重开申请已提出，等待审定人批准。"))
    if not reason:
        raise Unusable(N_("请写明申请重开的原因。"))
    asked = Reopening(sheet=sheet, asked_by=by.signatory, asked_at=at, reason=reason)
    session.add(asked)
    record(session, "ask-reopen", f"application:{application.id}", by=by, at=at, sheet=sheet.id, reason=reason)
    return asked


def reopen(session: Session, application: Application, asked: Reopening, *, by: Actor, at: datetime) -> None:
    """Approve the reopening of a sheet (B44): another person than the one who asked."""
    application.permit(Act.REOPEN, by)
    sheet = asked.sheet
    if sheet.application_id != application.id or sheet.round != application.round or asked.approved_at is not None:
        raise NotFound
    _refuse_closed(session, application)
    if asked.asked_by == by.person_id:
        raise NotAllowed(N_("提出申请的人不能自己批准，请由另一位审定人办理。"))
    if not asked.waits:
        raise NotReady(N_("这份申请提出以后，评分表已经退回专家或重新提交，申请不再有效。需要重开的，请重新提出。"))
    asked.approved_by, asked.approved_at = by.signatory, at
    sheet.total, sheet.handed_in_at, sheet.points = None, None, {}
    record(session, "reopen", f"application:{application.id}", by=by, at=at, sheet=sheet.id)


def open_reopening(session: Session, sheet: ScoreSheet) -> Reopening | None:
    """The request that waits for approval."""
    waiting = select(Reopening).join(Reopening.sheet).where(Reopening.score_sheet_id == sheet.id, Reopening.waits)
    return session.scalar(waiting)


# the round


def close_round(
    session: Session,
    application: Application,
    checklist: Checklist,
    revision: Revision,
    programme: Programme,
    on_site: bool,
    *,
    by: Actor,
    at: datetime,
) -> RoundResult | SecondRound:
    """Combine the sheets (B18); those too far apart are looked at once more first, by the programme's limits.

    Every seated expert has handed in, and there are enough of them.
    """
    application.permit(Act.CLOSE_ROUND, by)
    seats = {seat.person_id for seat in application.seats if seat.is_open}
    sheets = [sheet for sheet in sheets_of(session, application) if sheet.person_id in seats and sheet.handed_in_at]
    least = programme.review.experts
    if len(seats) < least:
        raise NotReady(N_("至少需要 {least} 位专家，目前 {have} 位。请先补充指派。"), least=least, have=len(seats))
    if waiting := len(seats) - len(sheets):
        raise NotReady(N_("还有 {count} 位专家没有提交评分表。可以催办，或更换专家。"), count=waiting)
    if on_site and programme.review.on_site == "never":
        raise NotReady(N_("本方案不设现场核查。"))
    points, apart = _apart(checklist, sheets, programme)
    if programme.review.second_days and second_round(session, application) is None:
        judged = {item.key for item in checklist.items() if experts_score(item)}
        if keys := to_settle(apart, points, judged):
            return open_second(session, application, sheets, keys, points, programme, by=by, at=at)
    result = _combine(application, checklist, revision, points, apart, programme, by=by, at=at)
    session.add(result)
    goes_on_site = (on_site or programme.review.on_site == "required") and not been_on_site(application)
    to = State.ON_SITE if goes_on_site else State.DECISION
    total, level = str(result.total), result.level
    application.make(Act.CLOSE_ROUND, by=by, at=at, to=to, round=application.round, total=total, level=level)
    return result


def been_on_site(application: Application) -> bool:
    """Whether the experts look again because of what was found on site: nobody goes there twice."""
    return bool(application.history) and application.history[-1].act == Act.END_ON_SITE.name


def _apart(
    checklist: Checklist, sheets: Sequence[ScoreSheet], programme: Programme
) -> tuple[dict[str, list[Decimal]], list[Discrepancy]]:
    """Each item's points, and what lies further apart than the programme allows."""
    items = {item.key: item for item in checklist.items()}
    # sorted: the reason of an item shows the figures, and their order must not tell one expert's from another's
    points = {key: sorted(Decimal(sheet.points[key]) for sheet in sheets if key in sheet.points) for key in items}
    apart = discrepancies(
        points,
        {key: item.points for key, item in items.items()},
        [sheet.total for sheet in sheets if sheet.total is not None],
        item_limit=programme.review.discrepancy.item,
        total_limit=programme.review.discrepancy.total,
    )
    return points, apart


def open_second(
    session: Session,
    application: Application,
    sheets: Sequence[ScoreSheet],
    keys: Sequence[str],
    points: Mapping[str, Sequence[Decimal]],
    programme: Programme,
    *,
    by: Actor,
    at: datetime,
    found: Mapping[str, str] | None = None,
) -> SecondRound:
    """Open the sheets again for a few items; what each expert said alone is kept, and shown to the others unnamed.

    ``found``: what was seen on site of each, where that is why they are looked at again.
    """
    last = clock.day_of(at, programme.time_zone) + timedelta(days=programme.review.second_days)
    due_at = clock.end_of(last, programme.time_zone)
    second = SecondRound(
        application_id=application.id, round=application.round, opened_by=by.signatory, opened_at=at, due_at=due_at,
        items=[
            {"key": key, "points": [str(point) for point in points[key]], "found": found[key] if found else ""}
            for key in keys
        ],
    )  # fmt: skip
    session.add(second)
    for sheet in sheets:
        total = sheet.total or Decimal(0)
        sheet.blind = {
            "answers": sheet.answers, "comments": sheet.comments, "points": sheet.points,
            "total": str(total), "hundredths": int(total * 100), "on_site": bool(found),
        }  # fmt: skip
        # the reasons of the first round are shown beside; a new one is for what changes now
        sheet.comments = {key: text for key, text in sheet.comments.items() if key not in keys}
        sheet.points, sheet.total, sheet.handed_in_at = {}, None, None
    for seat in application.seats:
        if seat.is_open:
            seat.due_at = max(seat.due_at, due_at)
            _tell_second(session, application, seat, bool(found), at=at)
    record(session, "open-second-round", f"application:{application.id}", by=by, at=at, items=len(keys))
    return second


def _tell_second(
    session: Session, application: Application, seat: Assignment, is_from_site: bool, *, at: datetime
) -> None:
    subject = "有几项评分需要您再看一次"
    why = "现场核查发现有几项与申报不符" if is_from_site else "有几项各位专家评分差异较大"
    text = f"{seat.person.name}：\n{why}。请登录，从“我的评审”打开，看其他专家的理由，保留或修改。"
    posts = [post.id for post in seat.person.open_posts if post.role is Role.EXPERT]
    tell(session, posts, subject, text, at=at, application_id=application.id)
    if seat.person.email:
        key = f"application-{application.id}-second-{application.round}-{seat.person_id}"
        enqueue(session, "mail", key, at=at, key=key, to=seat.person.email, subject=subject, text=text)


def second_round(session: Session, application: Application, round: int | None = None) -> SecondRound | None:
    """The second round of the present round, or of an earlier one."""
    wanted = application.round if round is None else round
    return session.scalar(
        select(SecondRound).where(SecondRound.application_id == application.id, SecondRound.round == wanted)
    )


def keys_of(second: SecondRound | None) -> list[str]:
    """The items a second round is about."""
    return [item["key"] for item in second.items] if second else []


def others_said(session: Session, application: Application, sheet: ScoreSheet) -> dict[str, list[tuple[Decimal, str]]]:
    """What the others gave and why when everybody was alone, by item, in an order that does not tell who."""
    others = [one.blind for one in sheets_of(session, application) if one.blind and one.id != sheet.id]
    keys = keys_of(second_round(session, application))
    return {
        key: sorted(
            (Decimal(one["points"][key]), one["comments"].get(key, "")) for one in others if key in one["points"]
        )
        for key in keys
    }


def _combine(
    application: Application,
    checklist: Checklist,
    revision: Revision,
    points: Mapping[str, Sequence[Decimal]],
    apart: Sequence[Discrepancy],
    programme: Programme,
    *,
    by: Actor,
    at: datetime,
) -> RoundResult:
    final = settle(checklist, revision.answers, points, programme.review.combine)
    return RoundResult(
        application=application,
        round=application.round,
        revision=revision.number,
        combine=programme.review.combine,
        sheet=to_keep(final),
        discrepancies=[
            {"key": gap.key, "lowest": str(gap.lowest), "highest": str(gap.highest), "limit": str(gap.limit)}
            for gap in apart
        ],
        total=final.total,
        level=final.level.key if final.level else None,
        closed_by=by.signatory,
        closed_at=at,
    )


def sheets_of(session: Session, application: Application, round: int | None = None) -> list[ScoreSheet]:
    """Every sheet of the present round, or of an earlier one."""
    wanted = application.round if round is None else round
    rows = select(ScoreSheet).where(ScoreSheet.application_id == application.id, ScoreSheet.round == wanted)
    return list(session.scalars(rows.order_by(ScoreSheet.id)))


def result_of(session: Session, application: Application) -> RoundResult | None:
    """The result of the closed round."""
    return session.scalar(
        select(RoundResult)
        .where(RoundResult.application_id == application.id)
        .order_by(RoundResult.round.desc())
        .limit(1)
    )


def round_is_closed(session: Session, application: Application) -> bool:
    """Whether the present round has its result."""
    closed = result_of(session, application)
    return closed is not None and closed.round == application.round


def report_on_site(
    session: Session, application: Application, visited_on: date, text: str, *, by: Actor, at: datetime
) -> OnSiteReport:
    """File what was seen on site (B19)."""
    application.permit(Act.REPORT_ON_SITE, by)
    if not text:
        raise Unusable(N_("请写明现场核查情况。"))
    report = OnSiteReport(
        application_id=application.id, visited_on=visited_on.isoformat(), text=text, by=by.signatory, at=at
    )
    session.add(report)
    record(session, "report-on-site", f"application:{application.id}", by=by, at=at, visited_on=visited_on)
    return report
