"""Who may sit on which case: for one drawing over all cases that lack experts, or for a list brought as a file."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from cellcert import clock
from cellcert.actors import Actor
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application
from cellcert.application.rules import Tie
from cellcert.audit.models import AuditEvent
from cellcert.audit.rules import canonical
from cellcert.criteria.programme import Programme
from cellcert.errors import N_, NotReady, Refusal
from cellcert.people.models import Person, Post
from cellcert.review.actions import advised_on, hindrance, refusal
from cellcert.review.drawing import Choice, Drawing, Wanting, draw, to_keep
from cellcert.review.queries import SCORING, loads, pool
from cellcert.review.rules import Hindrance
from cellcert.review.seating_file import Row, RowFault

DRAWN = "draw-experts"


@dataclass(frozen=True, slots=True)
class CaseToSeat:
    """A case that lacks experts: who sits there, who may by which post, and what keeps the others away."""

    application: Application
    wants: int
    seated: frozenset[int]
    posts: Mapping[int, Post]
    barred: Mapping[int, Hindrance | Tie]

    @property
    def wanting(self) -> Wanting:
        return Wanting(self.application.id, self.wants, frozenset(self.posts), self.seated)

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """How many cannot be drawn for which reason, the most frequent first."""
        return sorted(Counter(why.label for why in self.barred.values()).items(), key=lambda one: (-one[1], one[0]))


@dataclass(frozen=True, slots=True)
class Seating:
    """What a drawing gives one case."""

    case: CaseToSeat
    choices: tuple[Choice, ...]
    lacks: int


@dataclass(frozen=True, slots=True)
class Panel:
    """The cases that lack experts, the pool and its loads; ``refused``: cases that another person has to seat."""

    cases: tuple[CaseToSeat, ...]
    refused: tuple[tuple[Application, Refusal], ...]
    experts: Mapping[int, Person]
    loads: Mapping[int, int]

    def draw(self, seed: int) -> Drawing:
        return draw([case.wanting for case in self.cases], self.loads, seed)

    def kept(self, drawing: Drawing) -> dict[str, object]:
        return to_keep([case.wanting for case in self.cases], self.loads, drawing)

    def fingerprint(self, drawing: Drawing) -> str:
        """Changes with the cases, the pool, a load or the seed."""
        return hashlib.sha256(canonical(self.kept(drawing)).encode()).hexdigest()[:32]

    def seatings(self, drawing: Drawing) -> list[Seating]:
        """The drawing by case."""
        return [
            Seating(
                case,
                tuple(choice for choice in drawing.choices if choice.case == case.application.id),
                drawing.short.get(case.application.id, 0),
            )
            for case in self.cases
        ]


def panel(session: Session, programme: Programme, by: Actor, *, lock: bool = False) -> Panel:
    """Every case in review that lacks experts; ``lock`` holds them, so that nobody seats anybody meanwhile."""
    rows = _cases(session, [Application.state == State.REVIEW], lock=lock)
    lacking = [row for row in rows if _lack(row, programme) > 0]
    refused = [(row, told) for row in lacking if (told := _refused(row, by))]
    barred = {row.id for row, _ in refused}
    mine = [row for row in lacking if row.id not in barred]
    posts, counted = pool(session), loads(session)
    advised = advised_on(session, [row.id for row in mine])
    actors = {post.id: post.actor(public_mail=programme.review.public_mail) for post in posts}
    return Panel(
        cases=tuple(_case(row, _lack(row, programme), posts, actors, advised.get(row.id, set())) for row in mine),
        refused=tuple(refused),
        experts={post.person_id: post.person for post in posts},
        loads={post.person_id: counted[post.person_id] for post in posts},
    )


def case_to_seat(
    application: Application, wants: int, posts: Sequence[Post], advised: set[int], public_mail: Collection[str]
) -> CaseToSeat:
    """One case that wants some experts out of a pool."""
    return _case(application, wants, posts, {post.id: post.actor(public_mail=public_mail) for post in posts}, advised)


def _cases(session: Session, where: Sequence[object], *, lock: bool) -> list[Application]:
    wanted = (
        select(Application)
        .where(*where)  # type: ignore[arg-type]
        .order_by(Application.state_since, Application.id)
        .options(
            joinedload(Application.unit), selectinload(Application.assignments), selectinload(Application.conflicts)
        )
    )
    if lock:
        wanted = wanted.with_for_update(of=Application)
    return list(session.scalars(wanted))


def _lack(application: Application, programme: Programme) -> int:
    return programme.review.experts - sum(1 for seat in application.seats if seat.is_open)


def _refused(application: Application, by: Actor) -> Refusal | None:
    try:
        application.permit(Act.ASSIGN, by)
    except Refusal as refused:
        return refused
    return None


def _case(
    application: Application, wants: int, posts: Iterable[Post], actors: Mapping[int, Actor], advised: set[int]
) -> CaseToSeat:
    seated = frozenset(seat.person_id for seat in application.seats if seat.is_open)
    free: dict[int, Post] = {}
    barred: dict[int, Hindrance | Tie] = {}
    for post in posts:
        if post.person_id in seated or post.person_id in free:
            continue
        if why := hindrance(application, post, actors[post.id], advised):
            barred[post.person_id] = why
        else:
            free[post.person_id] = post
            barred.pop(post.person_id, None)
    return CaseToSeat(application, wants, seated, free, barred)


# a list brought as a file


@dataclass(frozen=True, slots=True)
class Planned:
    """One row of the file as it will be done."""

    row: Row
    application: Application
    post: Post
    due: date
    load: int


def planned(
    session: Session, rows: Sequence[Row], programme: Programme, *, by: Actor, at: datetime, lock: bool = False
) -> tuple[list[Planned], list[RowFault]]:
    """What the rows of a file ask for, or everything that stands against it; a fixed number of queries."""
    references = {row.reference for row in rows}
    cases = {row.reference: row for row in _cases(session, [Application.reference.in_(references)], lock=lock)}
    posts: dict[str, list[Post]] = {}
    for post in pool(session):
        posts.setdefault(post.person.login, []).append(post)
    advised = advised_on(session, [case.id for case in cases.values()])
    counted = loads(session)
    today = clock.day_of(at, programme.time_zone)
    usual = date.fromordinal(today.toordinal() + programme.review.days)
    found: list[Planned] = []
    faults: list[RowFault] = []
    for row in rows:
        case, held = cases.get(row.reference), posts.get(row.login.lower(), [])
        due = row.due or usual
        if told := _case_fault(case, by):
            faults.append(RowFault(row.number, "reference", told))
        if not held:
            faults.append(RowFault(row.number, "login", NotReady(N_("专家库中没有这个登录名。"))))
        if due < today:
            faults.append(RowFault(row.number, "due", NotReady(N_("评审截止时间应晚于现在。"))))
        if case is None or told or not held:
            continue
        made = _case(
            case, 0, held, {post.id: post.actor(public_mail=programme.review.public_mail) for post in held},
            advised.get(case.id, set()),
        )  # fmt: skip
        person = held[0].person_id
        if person in made.seated:
            faults.append(RowFault(row.number, "login", NotReady(N_("这位专家已在本案中。"))))
        elif person in made.barred:
            faults.append(RowFault(row.number, "login", refusal(held[0], made.barred[person])))
        else:
            found.append(Planned(row, case, made.posts[person], due, counted[person]))
    return found, faults


def _case_fault(application: Application | None, by: Actor) -> Refusal | None:
    if application is None:
        return NotReady(N_("没有这个申报编号。"))
    if application.state not in SCORING:
        return NotReady(N_("这份申报目前处于“{state}”阶段，不在评审中。"), state=application.state.label)
    return _refused(application, by)


# what was drawn


def drawings(session: Session, limit: int = 50) -> list[AuditEvent]:
    """The drawings that were confirmed, newest first."""
    rows = select(AuditEvent).where(AuditEvent.kind == DRAWN).order_by(AuditEvent.seq.desc()).limit(limit)
    return list(session.scalars(rows))


def cases_drawn(session: Session, event: AuditEvent) -> dict[int, Application]:
    """The cases of a drawing as they stand today."""
    ids = [one["case"] for one in event.data["cases"]]
    rows = (
        select(Application)
        .where(Application.id.in_(ids))
        .options(
            joinedload(Application.unit), selectinload(Application.conflicts), selectinload(Application.assignments)
        )
    )
    return {row.id: row for row in session.scalars(rows)}


def names_of(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """People's names by id."""
    people = session.scalars(select(Person).where(Person.id.in_(set(ids))))
    return {person.id: person.name for person in people}
