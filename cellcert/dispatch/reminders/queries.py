"""The deadlines of units, reviewers, experts and the office as they stand; a fixed number of queries for any day."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from cellcert import clock
from cellcert.actors import Role
from cellcert.application.lifecycle import Relation, State
from cellcert.application.models import Application, Assignment
from cellcert.certificate.models import Certificate
from cellcert.certificate.queries import HOLDING, LIVE
from cellcert.criteria.calendar import Calendar
from cellcert.criteria.programme import Programme
from cellcert.decision.models import Objection, Statement
from cellcert.dispatch.reminders.rules import Deadline, Recipient, farthest, step_reached
from cellcert.people.models import Person, Post
from cellcert.review.seat_care import unhanded
from cellcert.standing.declared_queries import owed
from cellcert.units.models import Unit


@dataclass(frozen=True, slots=True)
class Asked:
    """What every source of deadlines needs to know."""

    session: Session
    programme: Programme
    calendar: Calendar
    today: date

    def day(self, moment: datetime) -> date:
        return clock.day_of(moment, self.programme.time_zone)

    def last_day(self, limit: datetime) -> date:
        """The day a limit includes."""
        return self.day(limit - timedelta(microseconds=1))

    def until(self, kind: str) -> date | None:
        """The last day worth asking the database for; None where the kind is never said."""
        return farthest(self.programme.reminders.days[kind], self.today)

    def end_of(self, day: date) -> datetime:
        return clock.end_of(day, self.programme.time_zone)

    def category(self, key: str) -> str:
        names = {category.key: category.name.zh for category in self.programme.categories}
        return names.get(key, key)


def deadlines(session: Session, programme: Programme, calendar: Calendar, today: date) -> list[Deadline]:
    """Everything that may be spoken of on a day, and some more: the rule has the last word."""
    asked = Asked(session, programme, calendar, today)
    return [
        deadline
        for kind, source in SOURCES.items()
        if (until := asked.until(kind)) is not None
        for deadline in source(asked, until)
    ]


# units


def _of_units(asked: Asked, rows: Select[*tuple[Any, ...]]) -> Iterator[tuple[Any, tuple[Recipient, ...]]]:
    """Each row of a select that names its application first, with the people who act for its unit."""
    wanted = (
        rows.add_columns(Post.id, Person.id, Person.name, Person.email, Unit.contact_email)
        .join(Unit, Unit.id == Application.unit_id)
        .join(Post, and_(Post.unit_id == Unit.id, Post.ended_at.is_(None)))
        .join(Person, and_(Person.id == Post.person_id, Person.active))
        .order_by(Application.id, Post.id)
    )
    for _, group in groupby(asked.session.execute(wanted), key=lambda row: row[0]):
        found = list(group)
        has_address = any(row[-2] for row in found)
        # nobody of the unit has an address: its own goes to the first
        to = tuple(
            Recipient(person_id, post_id, name, email or ("" if has_address or at else contact))
            for at, (*_, post_id, person_id, name, email, contact) in enumerate(found)
        )
        yield found[0], to


def _batch_closing(asked: Asked, _until: date) -> Iterator[Deadline]:
    batch = asked.programme.batch_on(asked.today)
    # asked first whether the day is one at all: drafts are many
    days = asked.programme.reminders.days["batch_closing"]
    if batch is None or step_reached(batch.closes, days, asked.today, asked.calendar) is None:
        return
    drafts = select(Application.id, Application.category).where(Application.state == State.DRAFT)
    for row, to in _of_units(asked, drafts):
        text = f"“{asked.category(row[1])}”申报还没有提交，{batch.name.zh} {batch.closes}（含当日）截止。"
        yield Deadline("batch_closing", f"application:{row[0]}", batch.closes, text, to, row[0])


def _returned(asked: Asked, until: date) -> Iterator[Deadline]:
    rows = select(Application.id, Application.reference, Application.due_at).where(
        Application.state == State.RETURNED, Application.due_at <= asked.end_of(until)
    )
    for row, to in _of_units(asked, rows):
        due_on = asked.last_day(row[2])
        text = f"申报 {row[1]} 已退回补正，请在 {due_on} 前（含当日）重新提交，逾期申报终止。"
        yield Deadline("returned", f"application:{row[0]}", due_on, text, to, row[0])


def _statement(asked: Asked, until: date) -> Iterator[Deadline]:
    is_open = Statement.given_at.is_(None), Statement.ended_at.is_(None), Statement.due_on <= until
    rows = select(Application.id, Application.reference, Statement.id, Statement.due_on)
    rows = rows.join(Statement, Statement.application_id == Application.id).where(*is_open)
    for row, to in _of_units(asked, rows):
        text = f"申报 {row[1]} 公示期间有异议，请在 {row[3]} 前（含当日）提交情况说明。"
        yield Deadline("statement", f"statement:{row[2]}", row[3], text, to, row[0])


def _rectify(asked: Asked, until: date) -> Iterator[Deadline]:
    days = timedelta(days=asked.programme.rectify.days)
    rows = select(Application.id, Application.reference, Application.state_since).where(
        Application.state == State.RECTIFYING, Application.state_since <= asked.end_of(until - days)
    )
    for row, to in _of_units(asked, rows):
        due_on = asked.day(row[2]) + days
        text = f"申报 {row[1]} 正在限期整改，请在 {due_on} 前（含当日）提交整改报告。"
        yield Deadline("rectify", f"application:{row[0]}", due_on, text, to, row[0])


def _expiry(asked: Asked, until: date) -> Iterator[Deadline]:
    rows = (
        select(Application.id, Application.category, Certificate.serial, Certificate.valid_until)
        .join(Certificate, Certificate.application_id == Application.id)
        .where(
            Certificate.state.in_(LIVE), Application.state.in_(HOLDING),
            Certificate.valid_until.between(asked.today, until),
        )
    )  # fmt: skip
    for row, to in _of_units(asked, rows):
        text = f"“{asked.category(row[1])}”证书 {row[2]} 有效期至 {row[3]}，到期称号终止；如需保留，请按规定重新申报。"
        yield Deadline("expiry", f"certificate:{row[2]}", row[3], text, to, row[0])


def _declaration(asked: Asked, until: date) -> Iterator[Deadline]:
    duties = {
        (one.application_id, one.duty.year): one.duty.due
        for one in owed(asked.session, asked.programme, asked.today)
        if one.duty.due <= until
    }
    if not duties:
        return
    rows = select(Application.id, Application.reference).where(Application.state.in_(HOLDING))
    to_of = {row[0]: (row[1], to) for row, to in _of_units(asked, rows)}
    for (application_id, year), due_on in duties.items():
        reference, to = to_of.get(application_id, ("", ()))
        late = "，已经过期" if due_on < asked.today else ""
        text = f"{year} 年的年度声明（申报 {reference}）请在 {due_on} 前（含当日）填写并由负责人确认{late}。"
        yield Deadline("declaration", f"declaration:{application_id}:{year}", due_on, text, to, application_id)


# reviewers


def _first_check(asked: Asked, _until: date) -> Iterator[Deadline]:
    limit, steps = asked.programme.first_check.working_days, asked.programme.reminders.days["first_check"]

    @cache
    def due_from(day: date) -> tuple[date, int | None]:
        due_on = asked.calendar.add_working_days(day, limit)
        return due_on, step_reached(due_on, steps, asked.today, asked.calendar)

    waiting = Application.state.in_([State.SUBMITTED, State.PRELIMINARY])
    rows = asked.session.execute(
        select(Application.id, Application.submitted_at, Application.state_since).where(waiting)
    )
    due = {id_: due_from(asked.day(submitted or since)) for id_, submitted, since in rows}
    reached = {id_: due_on for id_, (due_on, step) in due.items() if step is not None}
    if not reached:
        return
    first, last = (asked.end_of(day) for day in _begun(asked, reached.values(), limit))
    # who has a conflict is not told: that needs the whole case
    cases = asked.session.scalars(
        select(Application)
        .where(waiting, Application.submitted_at.between(first, last) | Application.submitted_at.is_(None))
        .order_by(Application.id)
        .options(joinedload(Application.unit), selectinload(Application.conflicts))
    )
    posts = _posts(asked, Role.DISTRICT)
    public_mail = asked.programme.review.public_mail
    for case in cases:
        if case.id not in reached:
            continue
        to = tuple(
            recipient
            for post, recipient in posts
            if case.relation_to(post.actor(public_mail=public_mail)) is Relation.DISTRICT
        )
        due_on = reached[case.id]
        late = "，已经过期" if due_on < asked.today else ""
        text = f"申报 {case.reference} 等待初审，期限 {due_on}（含当日）{late}。"
        yield Deadline("first_check", f"application:{case.id}:{case.revision}", due_on, text, to, case.id)


def _begun(asked: Asked, days: Iterable[date], limit: int) -> tuple[date, date]:
    """Around when what is due on these days was handed in."""
    found = sorted(days)
    return found[0] - timedelta(days=2 * limit + 28), found[-1]


def _posts(asked: Asked, role: Role, *where: ColumnElement[bool]) -> list[tuple[Post, Recipient]]:
    rows = asked.session.scalars(
        select(Post)
        .join(Post.person)
        .where(Post.role == role, Post.ended_at.is_(None), Person.active, *where)
        .order_by(Post.id)
        .options(joinedload(Post.person).selectinload(Person.posts))
    )
    return [(post, Recipient(post.person_id, post.id, post.person.name, post.person.email)) for post in rows]


# experts: without the case's number, as every mail to them


def _score(asked: Asked, until: date) -> Iterator[Deadline]:
    rows = asked.session.execute(
        select(
            Assignment.id, Assignment.application_id, Assignment.due_at, Post.id, Person.id, Person.name, Person.email
        )
        .join(Assignment.application)
        .join(Person, and_(Person.id == Assignment.person_id, Person.active))
        .join(Post, and_(Post.person_id == Person.id, Post.role == Role.EXPERT, Post.ended_at.is_(None)))
        .where(*unhanded(Assignment.due_at <= asked.end_of(until)))
        .order_by(Assignment.id, Post.id)
    )
    for seat_id, application_id, due_at, post_id, person_id, name, email in rows:
        due_on = asked.last_day(due_at)
        text = f"您有一份评分，期限 {due_on}（含当日）" + (
            "，已经过期。请尽快与市办经办人联系延期，或申请退出。"
            if due_on < asked.today
            else "。请从“我的评审”打开，在期限内提交。"
        )
        to = (Recipient(person_id, post_id, name, email),)
        yield Deadline("score", f"seat:{seat_id}", due_on, text, to, application_id)


# the office


def _objection(asked: Asked, _until: date) -> Iterator[Deadline]:
    rows = asked.session.execute(
        select(
            Objection.id, Objection.application_id, Objection.receipt, Objection.received_at, Objection.taken_by,
            Objection.appeal,
        )
        .where(Objection.closed_at.is_(None))
        .order_by(Objection.id)
    ).all()  # fmt: skip
    if not rows:
        return
    office = [recipient for _, recipient in _posts(asked, Role.OFFICE)]
    for id_, application_id, receipt, received_at, taken_by, appeal in rows:
        due_on = asked.calendar.add_working_days(asked.day(received_at), asked.programme.notice.answer_days)
        to = [one for one in office if one.person_id == taken_by] or office
        late = "，已经过期" if due_on < asked.today else ""
        text = f"{'申诉' if appeal else '异议'} {receipt} 应在 {due_on} 前（含当日）答复{late}。"
        yield Deadline("objection", f"objection:{id_}", due_on, text, tuple(to), application_id)


SOURCES: Mapping[str, Callable[[Asked, date], Iterator[Deadline]]] = {
    "batch_closing": _batch_closing,
    "returned": _returned,
    "statement": _statement,
    "rectify": _rectify,
    "declaration": _declaration,
    "expiry": _expiry,
    "first_check": _first_check,
    "score": _score,
    "objection": _objection,
}
