"""Cities and applications for tests, played through the real actions; each state is told once and then copied.

Everything handed back is plain (ids, logins, actors), so it outlives the application context it was made in.
"""

import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from cellcert import clock
from cellcert.actors import Actor, Role
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.assessment.models import Answer
from cellcert.criteria.editions import keep_edition
from cellcert.database import db
from cellcert.decision.printing import make_notice
from cellcert.demo.cast import Cast
from cellcert.demo.city import PASSWORD, City, NotEmpty, found, populate
from cellcert.jobs import HANDLERS
from cellcert.outbox.models import Job
from cellcert.outbox.worker import work_all
from cellcert.people.models import Person, Post
from cellcert.units.models import Unit
from cellcert.web import house
from tests import kept_on_server

KEPT = "CELLCERT_TEST_STATES"  # names the folder of what is told once for all workers of a run
CLOSE = timedelta(hours=2)  # the last act of a story lies this long before now


def city(app: Flask) -> Mapping[str, Actor]:
    """Everybody by login name; an empty database gets the demo city's people first (no units)."""
    with app.app_context():
        the_city()
        people = {post.person.login: post.actor() for post in db.session.scalars(select(Post))}
        db.session.commit()
    return people


def application_in(app: Flask, state: State, category: str = "agency") -> int:
    """The id of a new application that has come to ``state``; on an empty city from a copy."""
    with app.app_context():
        kept = _kept() / f"{house().library.hash(category)[:16]}-{state}"
        made: list[int] = []
        _once(kept, lambda: made.append(_tell(state, category)))
        return made[0] if made else db.session.scalars(select(Application.id)).one()


def draft_to_sign(app: Flask) -> int:
    """The id of a new draft with everything in it but the commitment; on an empty city from a copy."""
    with app.app_context():
        kept = _kept() / "to-sign"
        made: list[int] = []
        _once(kept, lambda: made.append(_fill()))
        return made[0] if made else db.session.scalars(select(Application.id)).one()


def _fill() -> int:
    made, now = the_city(), clock.now()
    story = made.story(1, "agency", made.programme.divisions[0].key, now - timedelta(days=5), 0.0)
    for steps in (story.register(), story.draft(half=False)):
        for _ in steps:
            db.session.commit()
    next(story.submit())  # the files are attached, and the commitment is given
    batch = made.programme.batch_on(clock.day_of(now, made.programme.time_zone))
    assert batch is not None, "no batch is open today"
    story.application.batch = batch.key
    db.session.delete(db.session.scalars(select(Answer).where(Answer.kind == "commitment")).one())
    db.session.commit()
    return story.application.id


def every_state(app: Flask) -> Mapping[State, int]:
    """A demo city with one application in each state, by state; on an empty city from a copy."""
    with app.app_context():
        _once(_kept() / "every", _populate)
        ids = {application.state: application.id for application in db.session.scalars(select(Application))}
        db.session.rollback()
    return ids


def _populate() -> None:
    for _ in populate(the_city(), len(State)):
        db.session.commit()


def work(app: Flask) -> int:
    """Do what waits in the outbox: certificates, mails; letters of notices take a third of a second each and wait."""
    with app.app_context():
        db.session.execute(update(Job).where(Job.kind == "notice").values(not_before=clock.now() + timedelta(days=1)))
        db.session.commit()
        return work_all(HANDLERS)


def print_notices(app: Flask) -> None:
    """Print the letters of the notices that wait."""
    with app.app_context():
        for (data,) in db.session.execute(select(Job.data).where(Job.kind == "notice")).all():
            make_notice(data)
        db.session.commit()


def clerk_of(app: Flask, application_id: int) -> str:
    """The login name of the person who applies."""
    with app.app_context():
        application = db.session.get_one(Application, application_id)
        return db.session.scalars(
            select(Person.login).join(Post).where(Post.unit_id == application.unit_id, Post.is_head.is_(False))
        ).one()


def head_of(app: Flask, application_id: int) -> str:
    """The login name of the head of the unit, who confirms the commitment."""
    with app.app_context():
        application = db.session.get_one(Application, application_id)
        return db.session.scalars(
            select(Person.login).join(Post).where(Post.unit_id == application.unit_id, Post.is_head)
        ).one()


def colleague_of(app: Flask, application_id: int) -> str:
    """The login name of a second clerk of the unit, added now."""
    clerk = clerk_of(app, application_id)
    with app.app_context():
        first = db.session.scalars(select(Person).where(Person.login == clerk)).one()
        person = Person(
            login=f"second-{application_id}", name="王某", password_hash=first.password_hash,
            password_set_at=first.password_set_at, created_at=clock.now(),
        )  # fmt: skip
        person.posts.append(Post(role=Role.APPLICANT, unit_id=first.open_posts[0].unit_id, created_at=clock.now()))
        db.session.add(person)
        db.session.commit()
        return person.login


def sign_in(client: FlaskClient, login: str, password: str = PASSWORD) -> TestResponse:
    """Sign in through the form."""
    answer = client.post("/sign-in", data=hidden(client.get("/sign-in").text) | {"login": login, "password": password})
    assert answer.status_code == 303, answer.text
    return answer


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's main form: CSRF token, idempotency key, version."""
    main = page[page.find("<main") :]
    tags = re.findall(r"<input\b[^>]*\btype=\"hidden\"[^>]*>", main)
    pairs = [(re.search(r'\bname="([^"]*)"', tag), re.search(r'\bvalue="([^"]*)"', tag)) for tag in tags]
    return {name[1]: value[1] if value else "" for name, value in pairs if name}


def _kept() -> Path:
    return Path(os.environ[KEPT])


@cache
def cheap_hash() -> str:
    """The demo city's password, hashed as cheaply as Argon2id allows: it is checked a thousand times in a run."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


def the_city() -> City:
    """Found the city, or meet the people of one that is there; inside an application context."""
    session, library, store = db.session(), house().library, house().store
    try:
        made = found(session, library, store, cheap_hash(), 1, now=clock.now())
    except NotEmpty:
        return City(session, library, store, Random(2), clock.now(), cheap_hash(), _cast())
    session.commit()
    return made


def _cast() -> Cast:
    posts: dict[Role, list[Post]] = {role: [] for role in Role}
    for post in db.session.scalars(select(Post).order_by(Post.id)):
        posts[post.role].append(post)
    return Cast(
        offices=posts[Role.OFFICE],
        approvers=posts[Role.APPROVER],
        admin=posts[Role.ADMIN][0],
        auditor=posts[Role.AUDITOR][0],
        districts={str(post.division): post for post in posts[Role.DISTRICT]},
        departments={str(post.department): post for post in posts[Role.DEPARTMENT]},
        experts=posts[Role.EXPERT],
    )


def _tell(state: State, category: str) -> int:
    """Play one story so that it ends shortly before now: told on trial, taken back, and told again."""
    the_city()
    key = (str(house().library.folder), category, state, db.session.scalar(select(func.count()).select_from(Unit)))
    db.session.rollback()
    found_at, begins = _begins.get(key, (None, clock.now()))
    if found_at is None or abs(clock.now() - found_at) > CLOSE / 4:
        begins = _beginning(state, category)
        _begins[key] = clock.now(), begins
    # the edition has been in force for a while, so that a test may bring in another today, at whatever hour
    keep_edition(db.session(), house().library, category, at=begins - timedelta(days=30))
    return _play(the_city(), state, category, begins, db.session.commit)[0]


# when a story of this library, category, state and unit has to begin, and when that was found out
_begins: dict[tuple[object, ...], tuple[datetime, datetime]] = {}


def _beginning(state: State, category: str) -> datetime:
    begins = clock.now() - timedelta(days=60)
    for trial in range(8):
        ends = _play(the_city(), state, category, begins, db.session.flush)[1]
        db.session.rollback()
        db.session.expunge_all()
        late = ends - (clock.now() - CLOSE)
        # an award falls on the morning after a working day: on some days of the week only an earlier one is in the past
        near = timedelta(hours=-20) if trial < 2 else timedelta(days=-6)
        if near < late <= timedelta():
            break
        begins -= max(late, timedelta(days=1)) if late > timedelta() else late
    return begins


def _play(
    city: City, state: State, category: str, begins: datetime, after_each: Callable[[], None]
) -> tuple[int, datetime]:
    number = (db.session.scalar(select(func.count()).select_from(Unit)) or 0) + 1
    divisions = city.programme.divisions
    story = city.story(number, category, divisions[number % len(divisions)].key, begins, 0.0)
    for _ in story.tell(state):
        after_each()
    return story.application.id, story.at


def _once(kept: Path, make: Callable[[], object]) -> None:
    """Make it and keep a copy, or take the copy; in a city that is not empty it is made in its place."""
    file = db.engine.url.database if db.engine.dialect.name == "sqlite" else None
    if db.session.scalar(select(Person.id).limit(1)) is not None:
        make()
    elif file is None:
        kept_on_server.once(kept, make)
    elif kept.is_dir():
        _take_back(Path(file), kept)
    else:
        make()
        _keep(Path(file), kept)


def _keep(file: Path, kept: Path) -> None:
    db.session.commit()
    making = Path(tempfile.mkdtemp(dir=kept.parent))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("VACUUM INTO ?", [str(making / "cellcert.db")])
    if house().store.folder.is_dir():
        shutil.copytree(house().store.folder, making / "blobs")
    try:
        making.rename(kept)
    except OSError:  # another worker told the same story meanwhile
        shutil.rmtree(making)


def _take_back(file: Path, kept: Path) -> None:
    db.session.remove()
    db.engine.dispose()
    for suffix in ("-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    shutil.copy(kept / "cellcert.db", file)
    if (kept / "blobs").is_dir():
        shutil.copytree(kept / "blobs", house().store.folder, dirs_exist_ok=True)
