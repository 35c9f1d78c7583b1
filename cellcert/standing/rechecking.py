"""Choose cells for re-check, keep the seed, and open the re-checks in one go."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.actors import Actor, Role
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application, Step
from cellcert.audit.actions import record
from cellcert.criteria.programme import Programme
from cellcert.errors import N_, NotAllowed, NotReady
from cellcert.standing.actions import open_recheck
from cellcert.standing.choosing import SIGNS, Choice, Holder, Sign, chosen_again, to_keep
from cellcert.standing.declared_queries import Declared, declared_in
from cellcert.standing.models import CellReport, Declaration, RecheckDraw
from cellcert.standing.reporting import Outcome
from cellcert.standing.rules import LATE, fell_by


def holders(session: Session, programme: Programme, today: date) -> list[tuple[Holder, Declared]]:
    """Every awarded title with what speaks for looking at it again; a fixed number of queries."""
    year = today.year - 1
    lines = [line for line in declared_in(session, today.year, programme, today) if line.state is State.AWARDED]
    owed = {line.application_id: line for line in declared_in(session, year, programme, today)}
    confirmed = select(Declaration).where(Declaration.year == year, Declaration.confirmed_at.is_not(None))
    made = {one.application_id: one for one in session.scalars(confirmed)}
    told = or_(CellReport.answered_at.is_(None), CellReport.outcome == Outcome.FOUNDED)
    reported = set(session.scalars(select(CellReport.application_id).where(told)))
    opened = select(Step.application_id, func.max(Step.at).label("at")).where(Step.act == Act.OPEN_RECHECK.name)
    last = {row.application_id: row.at for row in session.execute(opened.group_by(Step.application_id))}
    fall = programme.recheck.falling_by
    found = []
    for line in lines:
        number = line.application_id
        signs = []
        if number in reported:
            signs.append(Sign.REPORT)
        if number in owed:
            signs += signs_of(owed[number], made.get(number), fall)
        looked = clock.day_of(last[number], programme.time_zone).year if number in last else 0
        rests = looked > today.year - programme.recheck.every_years
        found.append((Holder(number, tuple(sorted(signs)), rests), line))
    return found


def signs_of(line: Declared, made: Declaration | None, falling_by: int) -> list[Sign]:
    """What a declaration, or its lack, says."""
    if made is None:
        return [Sign.LATE] if line.duty.standing == LATE else []
    now, before = made.figures.get("year", {}), made.figures.get("before", {})
    tests = {
        Sign.LATE: line.duty.declared_on is not None and line.duty.declared_on > line.duty.due,
        Sign.BREACH: bool(line.not_met),
        Sign.CHANGED: bool(made.changes),
        Sign.NO_FIGURES: not now,
        Sign.FALLING: fell_by(now, before) >= falling_by,
    }
    return [sign for sign, holds in tests.items() if holds]


def draw(session: Session, programme: Programme, seed: int, *, by: Actor, at: datetime) -> RecheckDraw:
    """Choose, and write down seed and pool before anybody sees the choice (one that waits comes first)."""
    if by.role is not Role.OFFICE:
        raise NotAllowed(N_("只有市办经办人可以抽取复核单位。"))
    today = clock.day_of(at, programme.time_zone)
    if session.scalar(select(RecheckDraw.id).where(RecheckDraw.opened_at.is_(None))):
        raise NotReady(N_("上一次抽取还没有启动复核。请先启动，再重新抽取。"))
    rule = programme.recheck
    found = [holder for holder, _ in holders(session, programme, today)]
    if not found:
        raise NotReady(N_("没有可以复核的认定单位。"))
    kept = to_keep(found, rule.points, rule.from_points, rule.sample)
    drawn = RecheckDraw(year=today.year, seed=seed, kept=kept, drawn_by=by.signatory, drawn_at=at)
    session.add(drawn)
    session.flush()
    record(session, "draw-rechecks", f"recheck-draw:{drawn.id}", by=by, at=at, seed=seed, **kept)
    return drawn


def choices_of(drawn: RecheckDraw) -> list[Choice]:
    """What a draw gave: the seed gives it again."""
    return chosen_again(drawn.kept, drawn.seed)


def reason_of(choice: Choice) -> str:
    """Why a unit is looked at again, in the words it reads; who reported is never in them."""
    if not choice.by_risk:
        return "年度随机抽查。"
    return "根据日常管理情况确定复核：" + "、".join(SIGNS[Sign(sign)] for sign in choice.signs) + "。"


def open_drawn(
    session: Session, drawn: RecheckDraw, cases: Mapping[int, Application], *, by: Actor, at: datetime
) -> Sequence[Application]:
    """Open the re-check of each that was chosen and is still awarded (B30); those opened."""
    if drawn.opened_at is not None:
        raise NotReady(N_("这次抽取的复核已经启动。"))
    opened = []
    for choice in choices_of(drawn):
        application = cases[choice.application]
        if application.state is State.AWARDED and not application.is_conflicted(by):
            open_recheck(application, reason_of(choice), by=by, at=at)
            opened.append(application)
    drawn.opened_by, drawn.opened_at = by.signatory, at
    record(session, "open-drawn", f"recheck-draw:{drawn.id}", by=by, at=at, opened=[one.id for one in opened])
    return opened
