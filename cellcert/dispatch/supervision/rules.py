"""Who lags, how far up the ladder that leads, and the sentence that says it with its figures."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from cellcert.actors import Actor, Role
from cellcert.criteria.supervising import Measure, Rung, Supervision
from cellcert.errors import N_

DIVISION, DEPARTMENT = "division", "department"
READERS = frozenset({Role.OFFICE, Role.APPROVER, Role.AUDITOR})
MEASURE_NAMES = {
    "division_share": N_("认定数量"),
    "category_share": N_("牵头类别的认定数量"),
    "overdue_checks": N_("属地初审超期"),
}
SHARE = N_(
    "截至{on}，{place}在有效期内的无废细胞 {reached} 个，商定数量 {share} 个，按时间进度应达到 {expected} 个，"
    "完成应达数量的 {percent}%，低于{step}界线 {line}%。"
)
CATEGORY = N_(
    "截至{on}，{place}牵头的“{part}”在有效期内的 {reached} 个，商定数量 {share} 个，按时间进度应达到 {expected} 个，"
    "完成应达数量的 {percent}%，低于{step}界线 {line}%。"
)
OVERDUE = N_(
    "截至{on}，{place}有 {overdue} 件申报的属地初审超过 {limit} 个工作日的期限，最长的超过 {days} 天，"
    "达到{step}界线 {line} 件。"
)
UNANSWERED = N_("上一级文件要求于{before}前反馈，至今没有收到整改报告。")
SENTENCES = {"division_share": SHARE, "category_share": CATEGORY, "overdue_checks": OVERDUE}


@dataclass(frozen=True, slots=True)
class Matter:
    """What somebody answers for: a body, what is measured, and of which category."""

    kind: str
    subject: str
    measure: str
    part: str = ""

    @property
    def slug(self) -> str:
        return f"{self.kind}:{self.subject}:{self.measure}:{self.part}"


@dataclass(frozen=True, slots=True)
class Figure:
    """A matter with its figures on a day."""

    matter: Matter
    on: date
    values: Mapping[str, int] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Past:
    """How far a matter has come on the ladder: ``step`` is that of its last letter, -1 before the first."""

    closed_on: date | None = None
    pending: bool = False
    step: int = -1
    due_on: date | None = None
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """A letter somebody may approve: its step, and the figures it stands on."""

    figure: Figure
    step: int
    line_step: int  # whose line the figure lies beyond: of this step, or the gravest it reached
    unanswered: bool = False


def expected(share: int, since: date, by: date, on: date) -> int:
    """How many of a share time demands on a day, in whole cells, rounded down."""
    whole, gone = (by - since).days, (on - since).days
    return share if gone >= whole else max(share * gone // whole, 0)


def lines_passed(measure: Measure, values: Mapping[str, int]) -> int:
    """How many steps' lines a figure lies beyond."""
    if measure.is_share:
        if not values["expected"]:
            return 0
        return sum(values["reached"] * 100 < line * values["expected"] for line in measure.lines)
    return sum(values["overdue"] >= line for line in measure.lines)


def proposals(figures: Iterable[Figure], past: Mapping[Matter, Past], policy: Supervision) -> list[Proposal]:
    """What a review proposes: at most one letter for a matter, never a step before the one below it was answered
    or its day was over, and nothing for what waits for approval or was closed within the cooling time."""
    found = []
    for figure in figures:
        measure, before = policy.measure(figure.matter.measure), past.get(figure.matter, Past())
        passed = lines_passed(measure, figure.values) if measure else 0
        if measure is None or not passed or before.pending or _cools(before, policy, figure.on):
            continue
        is_new = before.closed_on is not None or before.step < 0
        step = 0 if is_new else before.step + 1
        if step >= len(policy.rungs):
            continue
        unanswered = not is_new and not before.answered
        if not is_new and (before.due_on is None or figure.on <= before.due_on):
            continue
        if not is_new and before.answered and passed <= step:
            continue  # answered, and no worse than the step it was answered at
        found.append(Proposal(figure, step, min(step, passed - 1), unanswered))
    return found


def _cools(before: Past, policy: Supervision, on: date) -> bool:
    return before.closed_on is not None and on <= before.closed_on + timedelta(days=policy.cooling_days)


def period_of(every: str, on: date) -> str:
    """The period of a day: 2026-11, or 2026-Q4."""
    return f"{on.year}-Q{(on.month + 2) // 3}" if every == "quarter" else f"{on:%Y-%m}"


def is_due(policy: Supervision, on: date, last: date | None) -> bool:
    """Whether the periodic review of this period is still to be held; one missed on its day is made up for."""
    if policy.every == "never" or not policy.measures:
        return False
    first_month = policy.every == "month" or on.month % 3 == 1
    if first_month and on.day < policy.day:
        return False
    return last is None or period_of(policy.every, last) != period_of(policy.every, on)


def reads(matter: Matter, actor: Actor) -> bool:
    """Whether somebody may read of a matter: the house, and the body it is about."""
    return actor.role in READERS or answers_for(matter, actor)


def answers_for(matter: Matter, actor: Actor) -> bool:
    """Whether somebody acts for the body a matter is about."""
    if matter.kind == DIVISION:
        return actor.role is Role.DISTRICT and actor.division == matter.subject
    return actor.role is Role.DEPARTMENT and actor.department == matter.subject


def may_approve(rung: Rung, proposed_by: int | None, actor: Actor) -> bool:
    """Whether somebody may let a letter out: of the role the programme names, and not who proposed it."""
    roles = {Role.APPROVER} if rung.approved_by == "approver" else {Role.APPROVER, Role.OFFICE}
    return actor.role in roles and actor.person_id != proposed_by
