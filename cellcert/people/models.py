"""People, the posts they hold, their sessions and failed sign-ins."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cellcert.actors import Actor, Role
from cellcert.database import Base, Key, PersonKey, UnitKey
from cellcert.units.rules import mail_domain


class Person(Base):
    """One human being with one way to sign in."""

    __tablename__ = "person"
    __table_args__ = (CheckConstraint("login = lower(login)", name="login_lower_case"),)

    id: Mapped[Key]
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    employer: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str]
    password_set_at: Mapped[datetime | None]
    must_change_password: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    last_sign_in: Mapped[datetime | None]

    posts: Mapped[list["Post"]] = relationship(back_populates="person", order_by="Post.id")

    @property
    def open_posts(self) -> list["Post"]:
        return [post for post in self.posts if post.ended_at is None]


class Post(Base):
    """One role a person holds at one place (岗位): a unit, a division, a department, or the city."""

    __tablename__ = "post"
    __table_args__ = (
        CheckConstraint("(role = 'applicant') = (unit_id IS NOT NULL)", name="applicants_have_a_unit"),
        CheckConstraint("role <> 'district' OR division IS NOT NULL", name="districts_have_a_division"),
        CheckConstraint("role <> 'department' OR department IS NOT NULL", name="departments_are_named"),
        CheckConstraint("role = 'applicant' OR NOT is_head", name="only_units_have_a_head"),
    )

    id: Mapped[Key]
    person_id: Mapped[PersonKey]
    role: Mapped[Role]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    division: Mapped[str | None]
    department: Mapped[str | None]
    categories: Mapped[list[str]] = mapped_column(default=list)
    is_head: Mapped[bool] = mapped_column(default=False)  # of the unit: confirms what it promises
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(back_populates="posts")

    def actor(self, place: str = "", public_mail: Collection[str] = ()) -> Actor:
        """This person, acting in this post; the domains of ``public_mail`` tell nothing about anybody."""
        domain = mail_domain(self.person.email)
        units = frozenset(post.unit_id for post in self.person.open_posts if post.unit_id is not None)
        return Actor(
            person_id=self.person_id,
            name=self.person.name,
            role=self.role,
            unit_id=self.unit_id,
            division=self.division,
            department=self.department,
            unit_ids=units,
            employer=self.person.employer,
            mail="" if domain in public_mail else domain,
            place=place,
        )


class SignIn(Base):
    """One session, kept on the server; the browser holds only its random name."""

    __tablename__ = "sign_in"

    id: Mapped[Key]
    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[PersonKey]
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    confirmed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    network: Mapped[str] = mapped_column(default="")
    browser: Mapped[str] = mapped_column(default="")

    person: Mapped[Person] = relationship()
    post: Mapped[Post] = relationship()


class Attempt(Base):
    """Something anybody may do without signing in, counted for a while; who did it is not kept, only whether again."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_kind_who_at", "kind", "who", "at"),)

    id: Mapped[Key]
    kind: Mapped[str]
    who: Mapped[str]  # keyed hash of the network, or what it was done to
    at: Mapped[datetime] = mapped_column(index=True)


class FailedSignIn(Base):
    """Wrong passwords for one login from one network, counted until the lock opens or a sign-in succeeds."""

    __tablename__ = "failed_sign_in"
    __table_args__ = (UniqueConstraint("login", "network"),)

    id: Mapped[Key]
    login: Mapped[str]
    network: Mapped[str]
    failures: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]


class Invitation(Base):
    """A colleague asked by mail to act for a unit; the link in the mail works once, and only its hash is kept."""

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint("(accepted_at IS NULL) = (accepted_by IS NULL)", name="accepted_by_somebody"),
        CheckConstraint("accepted_at IS NULL OR withdrawn_at IS NULL", name="accepted_or_withdrawn"),
    )

    id: Mapped[Key]
    unit_id: Mapped[UnitKey]
    email: Mapped[str]
    is_head: Mapped[bool]
    nonce: Mapped[str]  # the link is made from it and from the secret key, when the mail leaves
    token_hash: Mapped[str] = mapped_column(unique=True)
    invited_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    accepted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    undelivered: Mapped[bool] = mapped_column(default=False)

    inviter: Mapped[Person] = relationship(foreign_keys="Invitation.invited_by")

    def is_open(self, at: datetime) -> bool:
        """Whether nobody has accepted or withdrawn it and its time is not over."""
        return self.accepted_at is None and self.withdrawn_at is None and self.expires_at > at
