"""``pages``: the main pages of a demo city of 60 units, in this process, on SQLite."""

import time

from sqlalchemy import event, select

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.database import db
from cellcert.demo.city import PASSWORD, found, populate
from cellcert.jobs import HANDLERS
from cellcert.outbox.worker import work_all
from cellcert.people.actions import hash_password
from cellcert.people.models import Person, Post
from cellcert.web import house
from tests.bench.figures import line, machine, say, timed
from tests.bench.world import opened, place


def main() -> None:
    with place("sqlite") as at:
        with opened(at) as app:
            city = found(db.session(), house().library, house().store, hash_password(PASSWORD), 1, now=clock.now())
            start = time.perf_counter()
            for _ in populate(city, 60):
                db.session.commit()
            say(f"demo city of 60 units: {time.perf_counter() - start:.1f} s")
            start = time.perf_counter()
            count = work_all(HANDLERS)
            say(f"{count} jobs (certificates, mails): {time.perf_counter() - start:.1f} s")
            review = db.session.scalars(select(Application.id).where(Application.state == State.REVIEW)).first()
            draft = db.session.scalars(select(Application).where(Application.state == State.DRAFT)).first()
            assert draft is not None
            pages = [
                ("", "/"),
                ("", "/register"),
                ("", "/criteria/factory"),
                ("office", "/desk"),
                ("office", "/applications"),
                ("office", f"/applications/{review}"),
                ("office", f"/applications/{review}/answers"),
                (_clerk(draft), f"/applications/{draft.id}/assessment"),
            ]
            engine = db.engine
        queries: list[str] = []
        event.listen(engine, "before_cursor_execute", lambda *given: queries.append(given[2]))
        for login, path in pages:
            client = app.test_client()
            if login:
                assert client.post("/sign-in", data={"login": login, "password": PASSWORD}).status_code == 303
            assert client.get(path).status_code == 200, path
            queries.clear()
            client.get(path)
            note = f"{len(queries)} queries"
            line(f"{login or 'public'} {path}", timed(lambda client=client, path=path: client.get(path)), note)
        engine.dispose()
    machine()


def _clerk(application: Application) -> str:
    """The login name of a person who applies."""
    mine = select(Person.login).join(Post, Post.person_id == Person.id).where(Post.unit_id == application.unit_id)
    return db.session.scalars(mine).first() or ""
