"""Accounts, posts and sessions: who may come in, as whom, and for how long."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cellcert.actors import PUBLIC, Actor, Role
from cellcert.audit.actions import record
from cellcert.errors import N_, NotAllowed, NotReady, Unusable
from cellcert.people.models import FailedSignIn, Person, Post, SignIn
from cellcert.people.rules import (
    FAILURES_BEFORE_LOCK,
    LOCK_FOR,
    failures_are_over,
    is_locked,
    may_grant,
    may_hold,
    token_hash,
)

# OWASP's least for Argon2id; about 30 ms. Never hash while a transaction is open: it may be the only writer.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


class LoginTaken(Unusable):
    field = "login"

    def __init__(self) -> None:
        super().__init__(N_("这个登录名已有人使用，请换一个。如果刚才已经提交过，请直接登录。"))


# passwords


def hash_password(password: str) -> str:
    """The Argon2id hash of a password, as it is stored."""
    return _HASHER.hash(password)


def password_matches(password: str, password_hash: str | None) -> bool:
    """Whether the password is right; without an account it takes the same time to say no."""
    try:
        return _HASHER.verify(password_hash or _nobodys_hash(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    return hash_password(secrets.token_urlsafe(16))


def initial_password() -> str:
    """A password to hand over once: 16 signs that cannot be mistaken for each other."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(4)) for _ in range(4))


def change_password(session: Session, person: Person, password_hash: str, *, by: Actor, at: datetime) -> None:
    """A person takes a new password; every session of theirs ends."""
    person.password_hash, person.password_set_at, person.must_change_password = password_hash, at, False
    end_sessions(session, person, at=at)
    record(session, "password-changed", f"person:{person.id}", by=by, at=at)


def reissue_password(session: Session, person: Person, password_hash: str, *, by: Actor, at: datetime) -> None:
    """The administrator hands out a new initial password; only its owner can keep one."""
    if by.person_id == person.id:
        raise NotAllowed(N_("自己的密码请在“修改密码”里更换。"))
    person.password_hash, person.password_set_at, person.must_change_password = password_hash, at, True
    end_sessions(session, person, at=at)
    session.execute(delete(FailedSignIn).where(FailedSignIn.login == person.login))
    record(session, "password-reissued", f"person:{person.id}", by=by, at=at)


# accounts and posts


def add_person(
    session: Session,
    *,
    login: str,
    name: str,
    password_hash: str,
    by: Actor,
    at: datetime,
    phone: str = "",
    email: str = "",
    employer: str = "",
    must_change: bool = False,
) -> Person:
    """Add an account; it can sign in once it holds a post."""
    person = Person(
        login=login.lower(), name=name, password_hash=password_hash, password_set_at=at, phone=phone, email=email,
        employer=employer, must_change_password=must_change, created_at=at,
    )  # fmt: skip
    session.add(person)
    try:
        session.flush()
    except IntegrityError as error:
        if "login" in str(error.orig).split("DETAIL")[0]:
            raise LoginTaken from error
        raise
    record(session, "account-added", f"person:{person.id}", by=by, at=at, login=person.login, name=name)
    return person


def grant(
    session: Session,
    person: Person,
    role: Role,
    *,
    by: Actor,
    at: datetime,
    unit_id: int | None = None,
    division: str | None = None,
    department: str | None = None,
    categories: Sequence[str] = (),
    is_head: bool = False,
) -> Post:
    """Give a person a post; nobody gives one to oneself, and some do not go together (三员分立)."""
    if by.person_id is not None and by.person_id == person.id:
        raise NotAllowed(N_("不能给自己授予角色。请由另一位系统管理员办理。"))
    if not may_grant(by.role, role) or (by.role is Role.APPLICANT and unit_id != by.unit_id):
        raise NotAllowed(N_("您目前的身份是“{role}”，不能授予这个角色。"), role=by.role.label)
    missing = {Role.APPLICANT: unit_id, Role.DISTRICT: division, Role.DEPARTMENT: department}
    if role in missing and missing[role] is None:
        raise Unusable(N_("授予“{role}”时，请同时选择其所属的单位、县（市、区）或部门。"), role=role.label)
    return open_post(
        session, person, role, unit_id=unit_id, division=division, department=department, categories=categories,
        is_head=is_head, by=by, at=at,
    )  # fmt: skip


def open_post(
    session: Session,
    person: Person,
    role: Role,
    *,
    by: Actor,
    at: datetime,
    unit_id: int | None = None,
    division: str | None = None,
    department: str | None = None,
    categories: Sequence[str] = (),
    is_head: bool = False,
) -> Post:
    """The post itself, granted or taken by invitation; what may not go together is refused either way."""
    # two administrators at the same moment must not give the two halves of what may not go together
    session.execute(select(Person.id).where(Person.id == person.id).with_for_update())
    held = list(session.scalars(select(Post).where(Post.person_id == person.id, Post.ended_at.is_(None))))
    if not may_hold([post.role for post in held] + [role]):
        raise NotReady(
            N_("系统管理员、审计员与业务岗位须由不同的人担任（三员分立）。“{name}”已有其他岗位，不能再任“{role}”。"),
            name=person.name, role=role.label,
        )  # fmt: skip
    place = (role, unit_id, division, department)
    if any((post.role, post.unit_id, post.division, post.department) == place for post in held):
        raise NotReady(N_("“{name}”已经有这个角色。"), name=person.name)
    post = Post(
        person=person, role=role, unit_id=unit_id, division=division, department=department,
        categories=list(categories), is_head=is_head, created_at=at,
    )  # fmt: skip
    session.add(post)
    session.flush()
    record(
        session, "role-granted", f"person:{person.id}", by=by, at=at,
        role_granted=role.value, unit=unit_id, division=division, department=department, head=is_head,
    )  # fmt: skip
    return post


def end_role(session: Session, post: Post, *, reason: str = "", by: Actor, at: datetime) -> None:
    """Take a post away; whoever is signed in with it is signed out."""
    if by.person_id == post.person_id:
        raise NotAllowed(N_("不能结束自己的角色。请由另一位有权限的人办理。"))
    if by.role is Role.APPLICANT:
        if post.unit_id is None or post.unit_id != by.unit_id:
            raise NotAllowed(N_("只能结束本单位人员的角色。"))
        _refuse_who_left(session, post, by)
    if post.ended_at is not None:
        raise NotReady(N_("这个角色已经结束。"))
    if post.role is Role.ADMIN:
        _refuse_the_last_administrator(session, post.person)
    post.ended_at = at
    end_sessions(session, post.person, at=at, post=post)
    record(
        session, "role-ended", f"person:{post.person_id}", by=by, at=at,
        role_ended=post.role.value, unit=post.unit_id, reason=reason,
    )  # fmt: skip


def _refuse_who_left(session: Session, post: Post, by: Actor) -> None:
    # all posts of the unit are locked, so that two colleagues cannot remove each other at the same moment
    posts = select(Post).where(Post.unit_id == post.unit_id).order_by(Post.id).with_for_update()
    held = session.scalars(posts, execution_options={"populate_existing": True})
    if not any(other.person_id == by.person_id and other.ended_at is None for other in held):
        raise NotAllowed(N_("您已不在这个单位，不能办理本单位人员的事项。"))


def disable(session: Session, person: Person, *, reason: str, by: Actor, at: datetime) -> None:
    """Shut an account; its sessions end at once."""
    if by.person_id == person.id:
        raise NotAllowed(N_("不能停用自己的账号。请由另一位系统管理员办理。"))
    if not person.active:
        raise NotReady(N_("这个账号已经停用。"))
    if any(post.role is Role.ADMIN for post in person.open_posts):
        _refuse_the_last_administrator(session, person)
    person.active = False
    end_sessions(session, person, at=at)
    record(session, "disabled", f"person:{person.id}", by=by, at=at, reason=reason)


def enable(session: Session, person: Person, *, by: Actor, at: datetime) -> None:
    """Open a shut account again."""
    if by.person_id == person.id or person.active:
        raise NotReady(N_("这个账号正在使用，不需要恢复。"))
    person.active = True
    record(session, "enabled", f"person:{person.id}", by=by, at=at)


def _refuse_the_last_administrator(session: Session, person: Person) -> None:
    # all administrators are locked, so that two cannot remove each other at the same moment
    admins = set(
        session.scalars(
            select(Person.id)
            .where(Person.active, Person.posts.any((Post.role == Role.ADMIN) & Post.ended_at.is_(None)))
            .order_by(Person.id)
            .with_for_update()
        )
    )
    if not admins - {person.id}:
        raise NotReady(N_("系统至少要有一位管理员。请先添加另一位。"))


# signing in and out


def count_attempt(session: Session, login: str, network: str, *, at: datetime) -> bool:
    """Count a guess before its password is tried, so that many at once gain nothing; False when the door is shut."""
    mine = select(FailedSignIn).where(FailedSignIn.login == login, FailedSignIn.network == network).with_for_update()
    attempts = session.scalar(mine)
    if attempts is None:
        session.execute(delete(FailedSignIn).where(FailedSignIn.last_at < at - timedelta(days=1)))
        try:
            with session.begin_nested():
                attempts = FailedSignIn(login=login, network=network, failures=0, last_at=at)
                session.add(attempts)
        except IntegrityError:
            attempts = session.scalars(mine).one()
    if is_locked(attempts.locked_until, at):
        return False
    if failures_are_over(attempts.last_at, attempts.locked_until, at):
        attempts.failures, attempts.locked_until = 0, None
    attempts.failures += 1
    attempts.last_at = at
    if attempts.failures >= FAILURES_BEFORE_LOCK:
        attempts.locked_until = at + LOCK_FOR
    return True


def remember_failure(session: Session, person: Person | None, login: str, network: str, *, at: datetime) -> None:
    """Leave an event; what was typed for an unknown account is not kept, it may be a password."""
    whom = f"person:{person.id}" if person else "person:unknown"
    record(session, "sign-in-failed", whom, by=PUBLIC, at=at, network=network)
    locked = session.scalar(
        select(FailedSignIn.locked_until).where(FailedSignIn.login == login, FailedSignIn.network == network)
    )
    if is_locked(locked, at):
        record(session, "locked", whom, by=PUBLIC, at=at, network=network)


def forget_failures(session: Session, login: str, network: str) -> None:
    """The right password clears the count."""
    session.execute(delete(FailedSignIn).where(FailedSignIn.login == login, FailedSignIn.network == network))


def open_session(
    session: Session,
    person: Person,
    post: Post,
    *,
    at: datetime,
    network: str,
    browser: str,
    confirmed_at: datetime | None = None,
) -> tuple[str, SignIn]:
    """Begin a session: a random name for the browser, and the row that knows its hash."""
    if not person.active or post.person_id != person.id or post.ended_at is not None:
        raise NotAllowed(N_("这个账号或身份已停用，请联系管理员。"))
    token = secrets.token_urlsafe(32)
    sign_in = SignIn(
        token_hash=token_hash(token), person=person, post=post, created_at=at, seen_at=at,
        confirmed_at=confirmed_at or at, network=network, browser=browser[:200],
    )  # fmt: skip
    session.add(sign_in)
    person.last_sign_in = at
    record(session, "signed-in", f"person:{person.id}", by=post.actor(), at=at, network=network)
    return token, sign_in


def confirm_password(session: Session, sign_in: SignIn, password: str, *, at: datetime) -> bool:
    """The password again before a decision; guesses count as they do at the door, the right one refreshes the proof."""
    person = sign_in.person
    if not count_attempt(session, person.login, sign_in.network, at=at) or not password_matches(
        password, person.password_hash
    ):
        return False
    forget_failures(session, person.login, sign_in.network)
    sign_in.confirmed_at = at
    return True


def switch_post(session: Session, sign_in: SignIn, post: Post, *, at: datetime) -> tuple[str, SignIn]:
    """Go on as another of one's own posts, in a new session that is no older for its proof and its end."""
    if post not in sign_in.person.open_posts:
        raise NotAllowed(N_("您没有这个身份，或它已经结束。"))
    sign_in.ended_at = at
    token, new = open_session(
        session, sign_in.person, post, at=at, network=sign_in.network, browser=sign_in.browser,
        confirmed_at=sign_in.confirmed_at,
    )  # fmt: skip
    new.created_at = sign_in.created_at
    return token, new


def sign_out(session: Session, sign_in: SignIn, *, by: Actor, at: datetime) -> None:
    """End one's session."""
    sign_in.ended_at = at
    record(session, "signed-out", f"person:{sign_in.person_id}", by=by, at=at)


def end_sessions(session: Session, person: Person, *, at: datetime, post: Post | None = None) -> None:
    """End every session of a person, or those of one post."""
    ending = update(SignIn).where(SignIn.person_id == person.id, SignIn.ended_at.is_(None)).values(ended_at=at)
    session.execute(ending.where(SignIn.post_id == post.id) if post else ending)
