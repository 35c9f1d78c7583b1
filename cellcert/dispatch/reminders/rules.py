"""What is due to whom on a day, from plain rows; and when reminders may leave."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from cellcert import clock
from cellcert.criteria.calendar import Calendar
from cellcert.criteria.reminding import Reminding
from cellcert.errors import N_

SLACK = 14  # days: no row of holidays is longer
KINDS: Mapping[str, str] = {
    "batch_closing": N_("申报截止"),
    "returned": N_("补正期限"),
    "statement": N_("情况说明"),
    "rectify": N_("整改期限"),
    "declaration": N_("年度声明"),
    "first_check": N_("初审期限"),
    "score": N_("评分期限"),
    "objection": N_("答复异议"),
    "expiry": N_("证书到期"),
}


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person in the post that is concerned; ``address`` is where a mail goes, if anywhere."""

    person_id: int
    post_id: int
    name: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something due on a day: what kind, which row it is about, what to say of it and to whom."""

    kind: str
    about: str
    due_on: date
    text: str
    to: tuple[Recipient, ...]
    application_id: int | None = None  # what the message opens


@dataclass(frozen=True, slots=True)
class Due:
    """One deadline at the step reached now, for one person."""

    deadline: Deadline
    step: int
    recipient: Recipient

    @property
    def key(self) -> tuple[date, str, str, int, int]:
        """At most one reminder has it, for ever."""
        one = self.deadline
        return one.due_on, one.kind, one.about, self.recipient.person_id, self.step


def leaves_on(due_on: date, step: int, calendar: Calendar) -> date:
    """The working day of a step: before what is due never later than wanted, after it never sooner."""
    day, way = due_on - timedelta(days=step), -1 if step >= 0 else 1
    while not calendar.is_working(day):
        day += timedelta(days=way)
    return day


def step_reached(due_on: date, steps: Sequence[int], today: date, calendar: Calendar) -> int | None:
    """The newest step whose day has come; after the day, only the steps after it count."""
    reached = [step for step in steps if (step < 0 or today <= due_on) and leaves_on(due_on, step, calendar) <= today]
    return min(reached, default=None)


def due_now(deadlines: Iterable[Deadline], reminding: Reminding, today: date, calendar: Calendar) -> list[Due]:
    """What each person is to be reminded of on a day, if it was not said before; on a day off nothing."""
    if not calendar.is_working(today):
        return []
    found: dict[tuple[object, ...], Due] = {}
    for deadline in deadlines:
        step = step_reached(deadline.due_on, reminding.days[deadline.kind], today, calendar)
        if step is None:
            continue
        for recipient in deadline.to:
            due = Due(deadline, step, recipient)
            found.setdefault(due.key, due)
    return sorted(found.values(), key=lambda due: (due.recipient.person_id, due.deadline.due_on, due.key))


def farthest(steps: Sequence[int], today: date) -> date | None:
    """The last day something may be due on to be spoken of today; None where nothing is ever said."""
    return today + timedelta(days=max(*steps, 0) + SLACK) if steps else None


def next_opening(at: datetime, reminding: Reminding, calendar: Calendar, zone: str) -> datetime:
    """``at`` itself in the hours of a working day, else the moment they begin next."""
    day = clock.day_of(at, zone)
    if calendar.is_working(day):
        begins, ends = _moment(day, reminding.starts, zone), _moment(day, reminding.ends, zone)
        if at < ends:
            return max(at, begins)
    return _moment(calendar.add_working_days(day, 1), reminding.starts, zone)


def _moment(day: date, hour: time, zone: str) -> datetime:
    return clock.start_of(day, zone) + timedelta(hours=hour.hour, minutes=hour.minute)


def subject_of(dues: Sequence[Due]) -> str:
    """The first line of a digest."""
    late = sum(due.step < 0 for due in dues)
    if late:
        return f"有 {len(dues)} 件事项需要办理，其中 {late} 件已过期限" if len(dues) > 1 else "有 1 件事项已过期限"
    return f"有 {len(dues)} 件事项临近期限"


def text_of(name: str, dues: Sequence[Due], address: str) -> str:
    """A digest in words."""
    lines = "\n".join(f"{number}. {due.deadline.text}" for number, due in enumerate(dues, 1))
    return f"{name}：\n{lines}\n\n请登录办理：{address}\n办理后不再提醒。"
