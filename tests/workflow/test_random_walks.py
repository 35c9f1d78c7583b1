"""Whatever anybody does in whatever order, the invariants of ``cellcert check`` hold."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, select, text

from cellcert import clock
from cellcert.actors import PUBLIC, SYSTEM
from cellcert.application.lifecycle import Act, State
from cellcert.database import db
from cellcert.people.models import Post
from cellcert.web import house
from tests.builders import application_in, draft_to_sign
from tests.conftest import Build
from tests.workflow.wandering import CODE_OF, Start, Told, Walk

FROM = (
    State.DRAFT, State.PRELIMINARY, State.REVIEW, State.ON_SITE, State.DECISION, State.NOTICE, State.AWARDED,
    State.RECHECK, State.RECTIFYING, State.SUSPENDED,
)  # fmt: skip
STEPS = 30


def city_of(app: Flask, state: State) -> Start:
    """A city with a draft that is ready to sign and a case in ``state``; in no walk is anything ever committed."""
    draft = draft_to_sign(app)
    main = draft if state is State.DRAFT else application_in(app, state)
    with app.app_context():
        people = tuple(post.actor() for post in db.session.scalars(select(Post).order_by(Post.id)))
        db.session.rollback()
        return Start(main, draft, (*people, PUBLIC, SYSTEM), house().library, house().store, clock.now())


class Joined(db.session.session_factory.class_):  # type: ignore[misc, name-defined]
    """The house's own session, with all that listens to it, inside the transaction of a walk."""

    def get_bind(self, *_: object, **__: object) -> object:
        return self.bind


def wander(app: Flask, start: Start, seeds: Sequence[int], steps: int, told: Told) -> None:
    with app.app_context(), db.engine.connect() as connection:
        for seed in seeds:
            transaction = connection.begin()
            joined = Joined(db, bind=connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
            with joined as session:
                Walk(session, start, seed, told).go(steps, every=15)
            transaction.rollback()


def summary(told: Told) -> str:
    return (
        f"{told.walks} walks, {told.steps} steps, {sum(told.done.values())} done, {sum(told.refused.values())} refused"
        f"\nedges: {dict(sorted(told.edges.items()))}\ndone: {dict(sorted(told.done.items()))}"
        f"\nrefused: {dict(sorted(told.refused.items()))}\n{len(told.faults)} faults\n" + "\n".join(told.faults[:20])
    )


@pytest.mark.parametrize("state", [State.REVIEW, State.NOTICE])
def test_no_order_of_acts_breaks_an_invariant(app: Flask, state: State) -> None:
    told = Told()
    wander(app, city_of(app, state), range(15), 15, told)
    assert not told.faults, summary(told)
    assert told.done.total() > 60


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize(("database", "walks"), [("sqlite", 2_040), ("postgresql", 510)])
def test_thousands_of_orders_break_none(
    request: pytest.FixtureRequest, build_app: Build, tmp_path: Path, database: str, walks: int
) -> None:
    told = Told()
    for number, state in enumerate(FROM):
        app = build_app(empty_city(request, tmp_path, database, number))
        share = walks // len(FROM)
        wander(app, city_of(app, state), range(number * 10_000, number * 10_000 + share), STEPS, told)
        if kept := os.environ.get("CELLCERT_DRILL_REPORT"):
            Path(kept).write_text(f"{database}: {summary(told)}\n", encoding="utf-8")
    assert not told.faults, summary(told)
    assert told.walks == walks // len(FROM) * len(FROM)
    if database == "sqlite":
        assert {edge for edge in edges() if not told.edges[edge]} == set()


def empty_city(request: pytest.FixtureRequest, folder: Path, database: str, number: int) -> str:
    """A city of its own for each start; on SQLite in memory-backed files where there are any."""
    url = str(request.getfixturevalue(f"{database}_url"))
    if database == "sqlite":
        copy = folder / f"city-{number}.db"
        shutil.copy(url.removeprefix("sqlite:///"), copy)
        return f"sqlite:///{copy}"
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    name = f"{server.url.database}_{number}"
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {request.getfixturevalue('migrated_database')}"))
    server.dispose()
    return server.url.set(database=name).render_as_string(hide_password=False)


def edges() -> set[str]:
    """Every move of the table."""
    return {
        f"{CODE_OF[before]}-{CODE_OF[after]}"
        for act in Act
        for states in act.value.allow.values()
        for before in states
        for after in act.value.to
        if before is not after
    }
