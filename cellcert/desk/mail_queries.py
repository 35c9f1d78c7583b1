"""The log of the outbox: every mail and every piece of work, as far as the reader may know whom it went to."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from cellcert.actors import Actor, Role
from cellcert.application.lifecycle import Act, Relation, State, is_open
from cellcert.application.models import Application
from cellcert.errors import N_
from cellcert.outbox.models import Job, JobState
from cellcert.outbox.rules import MAILS, may_send_again

PAGE = 50
KINDS: Mapping[str, str] = {
    "mail": N_("邮件"),
    "invitation": N_("邀请邮件"),
    "received": N_("收到异议的邮件"),
    "answered": N_("答复异议的邮件"),
    "announce": N_("公布审定结果"),
    "answer": N_("制作答复函"),
    "certificate": N_("制作证书"),
    "expire": N_("每日到期处理"),
    "meeting-pack": N_("制作会议材料"),
    "notice": N_("制作公示文件"),
    "remind-question": N_("提醒答复询问"),
    "remind": N_("发送期限提醒"),
    "remind-seat": N_("提醒专家评分"),
    "remind-seats": N_("每日查看评分期限"),
    "reminders": N_("安排期限提醒"),
    "tidy": N_("每日清理"),
}
STANDINGS: Mapping[str, tuple[str, str]] = {
    "due": (N_("等待办理"), "waiting"),
    "done": (N_("已完成"), "good"),
    "refused": (N_("被拒收"), "bad"),
    "dead": (N_("没有成功，已停止重试"), "bad"),
}
# mails to a case's experts: their keys name the case, their address the expert
TO_EXPERT = re.compile(r"mail:application-(\d+)-(?:seat|second|visit|due|late)-")
OF_EXPERT = re.compile(r"mail:expert-digest-")  # reminds an expert of sheets: their days would tell whose they are
TO_VISITOR = re.compile(r"mail:visit-\d+-\d+-\d+-\d+")  # who goes on site; to the unit it ends otherwise
OF_OBJECTOR = frozenset({"received", "answered", "answer"})  # what a mail server says of it has the address in it
OF_CASE = re.compile(r"mail:application-(\d+)-")
RELATIONS = {Role.OFFICE: Relation.OFFICE, Role.ADMIN: Relation.ADMIN, Role.AUDITOR: Relation.AUDITOR}


@dataclass(frozen=True, slots=True)
class MailLine:
    """One row of the outbox; ``hidden``: whom it went to, and what it says, is not for this reader now."""

    id: int
    kind: str
    to: str
    subject: str
    text: str
    application_id: int | None
    created_at: datetime
    done_at: datetime | None
    standing: str
    attempts: int
    error: str
    hidden: bool
    is_repeat: bool
    may_repeat: bool

    @property
    def label(self) -> str:
        return KINDS.get(self.kind, self.kind)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the log is narrowed to; empty means everything."""

    standing: str = ""
    kind: str = ""  # "mail", or "work" for the rest
    application_id: int | None = None

    @property
    def where(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        refused = Job.data["refused"].as_string().is_not(None)
        if self.standing == "refused":
            found.append(refused)
        elif self.standing == "done":
            found += [Job.state == JobState.DONE, ~refused]
        elif self.standing:
            found.append(Job.state == JobState(self.standing))
        if self.kind:
            found.append(Job.kind.in_(MAILS) if self.kind == "mail" else Job.kind.not_in(MAILS))
        if self.application_id is not None:
            found.append(Job.key.startswith(f"mail:application-{self.application_id}-", autoescape=True))
        return found


def mails(session: Session, me: Actor, wanted: Wanted, page: int = 1) -> tuple[list[MailLine], int]:
    """One page of the log, the newest first, and how many rows there are; three queries."""
    count = session.scalar(select(func.count(Job.id)).where(*wanted.where)) or 0
    rows = select(Job).where(*wanted.where).order_by(Job.id.desc()).limit(PAGE).offset((page - 1) * PAGE)
    return lines_of(session, me, session.scalars(rows).all()), count


def standings(session: Session) -> dict[str, int]:
    """How many rows stand how; one query."""
    refused = Job.data["refused"].as_string().is_not(None)
    rows = session.execute(select(Job.state, refused, func.count()).group_by(Job.state, refused))
    found: dict[str, int] = dict.fromkeys(STANDINGS, 0)
    for state, was_refused, count in rows:
        found["refused" if was_refused else state.value] += count
    return found


def lines_of(session: Session, me: Actor, jobs: Sequence[Job]) -> list[MailLine]:
    """Rows as this reader may know them; one query."""
    cases = {int(found[1]) for job in jobs if (found := TO_EXPERT.match(job.key))}
    states: Mapping[int, State] = {}
    if me.role is not Role.OFFICE and cases:
        wanted = select(Application.id, Application.state).where(Application.id.in_(cases))
        states = {number: state for number, state in session.execute(wanted)}  # noqa: C416
    return [_line(me, job, states) for job in jobs]


def _line(me: Actor, job: Job, states: Mapping[int, State]) -> MailLine:
    hidden = _is_hidden(me, job, states)
    found = OF_CASE.match(job.key)
    standing = "refused" if job.data.get("refused") else job.state.value
    reads_words = not hidden and me.role is not Role.ADMIN
    error = str(job.data.get("refused") or job.last_error)
    return MailLine(
        id=job.id,
        kind=job.kind,
        to="" if hidden else str(job.data.get("to") or ""),
        subject="" if hidden else str(job.data.get("subject") or ""),
        text=str(job.data.get("text") or "") if reads_words else "",
        application_id=int(found[1]) if found and reads_words else None,
        created_at=job.created_at,
        done_at=job.done_at,
        standing=standing,
        attempts=job.attempts,
        error=error.partition(":")[0] if hidden or (me.role is Role.ADMIN and job.kind in OF_OBJECTOR) else error,
        hidden=hidden,
        is_repeat=bool(job.data.get("again_of")),
        may_repeat=me.role is Role.OFFICE and may_send_again(job),
    )


def _is_hidden(me: Actor, job: Job, states: Mapping[int, State]) -> bool:
    """Who judges a case is known to the office, and to others when A08 says so: mails to experts would tell."""
    found = TO_EXPERT.match(job.key)
    if me.role is Role.OFFICE:
        return False
    if found is None:
        return TO_VISITOR.match(job.key) is not None or OF_EXPERT.match(job.key) is not None
    state = states.get(int(found[1]))
    return state is None or not is_open(Act.READ_EXPERTS, RELATIONS[me.role], state)
