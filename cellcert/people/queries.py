"""People as lists show them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, selectinload

from cellcert.actors import Role
from cellcert.people.models import Person, Post, SignIn
from cellcert.units.queries import units_named

PAGE = 50


@dataclass(frozen=True, slots=True)
class PostLine:
    """One post, with the keys of its place."""

    id: int
    role: Role
    unit: str
    division: str | None
    department: str | None
    categories: tuple[str, ...]
    since: datetime
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account and the posts it holds."""

    id: int
    login: str
    name: str
    employer: str
    active: bool
    last_sign_in: datetime | None
    posts: tuple[PostLine, ...]


def person_with_login(session: Session, login: str) -> Person | None:
    """The account of a login name."""
    return session.scalar(select(Person).where(Person.login == login).options(selectinload(Person.posts)))


def account_lines(session: Session, search: str = "", page: int = 1) -> tuple[list[AccountLine], int]:
    """One page of accounts by name, and how many pages there are."""
    chosen = select(Person)
    if search:
        looked_at = (Person.login, Person.name, Person.employer, Person.phone)
        chosen = chosen.where(or_(*(column.icontains(search, autoescape=True) for column in looked_at)))
    count = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    people = session.scalars(
        chosen.options(selectinload(Person.posts)).order_by(Person.login).limit(PAGE).offset((page - 1) * PAGE)
    ).all()
    names = units_named(session, {post.unit_id for person in people for post in person.posts if post.unit_id})
    lines = [
        AccountLine(
            person.id, person.login, person.name, person.employer, person.active, person.last_sign_in,
            tuple(post_line(post, names) for post in person.open_posts),
        )
        for person in people
    ]  # fmt: skip
    return lines, -(-count // PAGE)


def posts_of(session: Session, person: Person) -> list[PostLine]:
    """All posts of a person, those that ended too."""
    names = units_named(session, {post.unit_id for post in person.posts if post.unit_id})
    return [post_line(post, names) for post in person.posts]


def post_line(post: Post, units: dict[int, str]) -> PostLine:
    """A post with its unit's name."""
    unit = units.get(post.unit_id, "") if post.unit_id else ""
    return PostLine(
        post.id, post.role, unit, post.division, post.department, tuple(post.categories), post.created_at, post.ended_at
    )


def acting_for(session: Session, unit_id: int) -> list[tuple[Person, Post]]:
    """Who acts for a unit, in the order they came."""
    rows = session.execute(
        select(Person, Post)
        .join(Post.person)
        .where(Post.unit_id == unit_id, Post.ended_at.is_(None))
        .order_by(Post.created_at, Post.id)
    )
    return [(person, post) for person, post in rows]


def is_head(session: Session, person_id: int | None, unit_id: int) -> bool:
    """Whether a person is the head of a unit (负责人), who confirms what the unit promises."""
    held = exists().where(
        Post.person_id == person_id, Post.unit_id == unit_id, Post.is_head, Post.ended_at.is_(None),
        Person.id == Post.person_id, Person.active,
    )  # fmt: skip
    return bool(session.scalar(select(held)))


def post_used_last(session: Session, person: Person) -> Post | None:
    """The post to begin a session in: the last one used if it is still held, else the first."""
    held = {post.id: post for post in person.open_posts}
    last = session.scalar(
        select(SignIn.post_id)
        .where(SignIn.person_id == person.id, SignIn.post_id.in_(held))
        .order_by(SignIn.id.desc())
        .limit(1)
    )
    return held[last] if last else next(iter(held.values()), None)
