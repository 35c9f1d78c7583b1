"""One application, its history, and who sits on the case."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, object_session, relationship

from cellcert.actors import Actor, Role
from cellcert.application.lifecycle import Act, Relation, State, permit, state_after
from cellcert.application.rules import Applicant, Tie, tie_between
from cellcert.audit.actions import record
from cellcert.criteria.models import Edition
from cellcert.database import ApplicationKey, Base, Key, PersonKey, UnitKey
from cellcert.errors import N_, NotAllowed
from cellcert.people.models import Person
from cellcert.units.models import Unit
from cellcert.units.rules import mail_domain

JUDGING = {Role.DISTRICT, Role.DEPARTMENT, Role.OFFICE, Role.APPROVER}
ENDED = "('rejected', 'withdrawn', 'expired', 'revoked')"


class Application(Base):
    """One unit's attempt at one edition of one category's checklist."""

    __tablename__ = "application"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'withdrawn') OR submitted_at IS NOT NULL", name="submitted_has_a_time"),
        CheckConstraint("(state = 'returned') = (due_at IS NOT NULL)", name="returned_has_a_due_date"),
        # one running application or live title per unit and category
        Index(
            "uq_application_running",
            "unit_id",
            "category",
            unique=True,
            sqlite_where=text(f"state NOT IN {ENDED}"),
            postgresql_where=text(f"state NOT IN {ENDED}"),
        ),
        # the list of cases, by arrival: whole, and narrowed by one thing
        Index("ix_application_state_since", "state_since", "id"),
        Index("ix_application_state", "state", "state_since", "id"),
        Index("ix_application_category", "category", "state_since", "id"),
        Index("ix_application_division", "division", "state_since", "id"),
        Index("ix_application_batch", "batch", "state_since", "id"),
    )

    id: Mapped[Key]
    unit_id: Mapped[UnitKey]
    category: Mapped[str]
    division: Mapped[str]
    lead: Mapped[str]
    batch: Mapped[str]
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    state: Mapped[State] = mapped_column(default=State.DRAFT)
    version: Mapped[int] = mapped_column(default=1)
    revision: Mapped[int] = mapped_column(default=0)
    round: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    state_since: Mapped[datetime]
    edited_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    reference: Mapped[str | None] = mapped_column(unique=True)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    unit: Mapped[Unit] = relationship()
    edition: Mapped[Edition] = relationship()
    history: Mapped[list["Step"]] = relationship(back_populates="application", order_by="Step.id")
    assignments: Mapped[list["Assignment"]] = relationship(back_populates="application", order_by="Assignment.id")
    conflicts: Mapped[list["Conflict"]] = relationship(back_populates="application", order_by="Conflict.id")

    def relation_to(self, actor: Actor) -> Relation:
        """How this actor stands to the application; a person of the unit never judges it, whatever the post."""
        match actor.role:
            case Role.APPLICANT:
                return Relation.OWN if actor.unit_id == self.unit_id else Relation.OTHER_UNIT
            case Role.DISTRICT:
                mine = actor.division == self.division and not self.is_conflicted(actor)
                return Relation.DISTRICT if mine else Relation.OTHER_DISTRICT
            case Role.DEPARTMENT:
                mine = actor.department == self.lead and not self.is_conflicted(actor)
                return Relation.DEPARTMENT if mine else Relation.OTHER_DEPARTMENT
            case Role.EXPERT:
                seated = any(seat.person_id == actor.person_id and seat.is_open for seat in self.seats)
                return Relation.EXPERT if seated and not self.is_conflicted(actor) else Relation.OTHER_EXPERT
            case Role.OFFICE:
                return Relation.OFFICE
            case Role.APPROVER:
                return Relation.APPROVER
            case Role.ADMIN:
                return Relation.ADMIN
            case Role.AUDITOR:
                return Relation.AUDITOR
            case Role.SYSTEM:
                return Relation.SYSTEM
            case Role.PUBLIC:
                return Relation.PUBLIC

    def tie_to(self, actor: Actor) -> Tie | None:
        """What ties this actor to the unit: derived or declared."""
        unit = self.unit
        mail = mail_domain(unit.contact_email)
        applicant = Applicant(self.unit_id, unit.name_key, unit.host_key, mail, self.division)
        return tie_between(actor, applicant, [conflict.person_id for conflict in self.conflicts])

    def is_conflicted(self, actor: Actor) -> bool:
        """Whether the actor must stay away; ``desk.queries`` says the same in SQL, and a test compares them."""
        return self.tie_to(actor) is not None

    @property
    def seats(self) -> list["Assignment"]:
        """The experts' seats of the present round."""
        return [seat for seat in self.assignments if seat.round == self.round]

    def awaits_declaration(self, actor: Actor) -> bool:
        """Whether this expert has a seat but has not declared yet to be free of conflict: nothing is shown before."""
        if actor.role is not Role.EXPERT:
            return False
        seat = next((seat for seat in self.seats if seat.person_id == actor.person_id and seat.is_open), None)
        return seat is not None and seat.declared_at is None

    def permit(self, act: Act, by: Actor) -> None:
        """Let ``by`` do ``act`` now, or refuse; the office reads a case of its own people, but does nothing in it.

        Who scores a case as an expert takes no other part in it (by person, whatever the post).
        """
        permit(act, self.relation_to(by), self.state)
        if not act.id.startswith("B"):
            return
        if by.role in JUDGING and any(seat.person_id == by.person_id for seat in self.assignments):
            raise NotAllowed(N_("您已作为专家参与这份申报的评审，不能再以其他身份办理，请由其他人员办理。"))
        if by.role in {Role.OFFICE, Role.APPROVER} and (tie := self.tie_to(by)):
            raise NotAllowed(N_("您与申报单位存在利害关系（{why}），应当回避，请由其他人员办理。"), why=tie.label)

    def make(
        self, act: Act, *, by: Actor, at: datetime, to: State | None = None, reason: str = "", **data: object
    ) -> "Step":
        """Change state and remember it; nothing else writes ``state``."""
        session = object_session(self)
        if session is None:
            raise ValueError("an application moves inside a session, so that its event is in the same transaction")
        self.permit(act, by)
        before = self.state
        self.state = state_after(act, self.relation_to(by), before, to)
        self.state_since = at
        self.due_at = None
        step = Step(
            act=act.name, before=before, after=self.state, person_id=by.person_id, actor=by.name, role=by.role,
            at=at, reason=reason, data=data,
        )  # fmt: skip
        with session.no_autoflush:  # loading the history must not flush a row that is only half changed
            self.history.append(step)
        record(
            session, act.slug, f"application:{self.id}", by=by, at=at,
            before=before.value, after=self.state.value, reason=reason, **data,
        )  # fmt: skip
        return step


class Step(Base):
    """One change of state: who, when, from where to where, why."""

    __tablename__ = "step"

    id: Mapped[Key]
    application_id: Mapped[ApplicationKey]
    act: Mapped[str]
    before: Mapped[State]
    after: Mapped[State]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    actor: Mapped[str]
    role: Mapped[Role]
    at: Mapped[datetime] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(default="")
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)

    application: Mapped[Application] = relationship(back_populates="history")


class Assignment(Base):
    """An expert's seat in one round of one application."""

    __tablename__ = "assignment"
    __table_args__ = (UniqueConstraint("application_id", "round", "person_id"),)

    id: Mapped[Key]
    application_id: Mapped[ApplicationKey]
    round: Mapped[int]
    person_id: Mapped[PersonKey]
    assigned_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    assigned_at: Mapped[datetime]
    due_at: Mapped[datetime]
    declared_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    left_because: Mapped[str] = mapped_column(default="")

    application: Mapped[Application] = relationship(back_populates="assignments")
    person: Mapped[Person] = relationship(foreign_keys="Assignment.person_id")

    @property
    def is_open(self) -> bool:
        return self.left_at is None


class Conflict(Base):
    """A declared conflict of interest: this person stays away from this application."""

    __tablename__ = "conflict"
    __table_args__ = (UniqueConstraint("application_id", "person_id"),)

    id: Mapped[Key]
    application_id: Mapped[ApplicationKey]
    person_id: Mapped[PersonKey]
    reason: Mapped[str]
    at: Mapped[datetime]

    application: Mapped[Application] = relationship(back_populates="conflicts")
