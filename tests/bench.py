"""``make bench``: what the main pages and commands cost on this machine, on a demo city of 60 units."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import create_engine, event, select

from cellcert import clock, migrate
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.config import Settings
from cellcert.criteria.reader import read_checklist
from cellcert.criteria.scorer import score
from cellcert.database import db
from cellcert.demo.city import PASSWORD, found, populate
from cellcert.factory import build
from cellcert.jobs import HANDLERS
from cellcert.outbox.worker import work_all
from cellcert.people.actions import hash_password
from cellcert.web import house
from tests.criteria import big

ROUNDS = 30


def timed(act: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        act()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times), sorted(times)[int(len(times) * 0.95)]


def line(name: str, figures: tuple[float, float], note: str = "") -> None:
    print(f"{name:44s} p50 {figures[0]:8.1f} ms   p95 {figures[1]:8.1f} ms   {note}")  # noqa: T201


def signed_in(app_client: Callable[[], FlaskClient], login: str) -> FlaskClient:
    client = app_client()
    answer = client.post("/sign-in", data={"login": login, "password": PASSWORD})
    assert answer.status_code in {302, 303}, answer.status_code
    return client


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="cellcert-bench-"))
    url = f"sqlite:///{folder / 'cellcert.db'}"
    engine = create_engine(url)
    migrate.upgrade(engine)
    engine.dispose()
    app = build(Settings(data_folder=folder, database_url=url, secret_key="k" * 40, worker_inside=False))
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        city = found(db.session(), house().library, house().store, hash_password(PASSWORD), 1, now=clock.now())
        start = time.perf_counter()
        for _ in populate(city, 60):
            db.session.commit()
        print(f"demo city of 60 units: {time.perf_counter() - start:.1f} s")  # noqa: T201
        start = time.perf_counter()
        count = work_all(HANDLERS)
        print(f"{count} jobs (certificates, mails): {time.perf_counter() - start:.1f} s")  # noqa: T201
        review = db.session.scalars(select(Application.id).where(Application.state == State.REVIEW)).first()
        draft = db.session.scalars(select(Application.id).where(Application.state == State.DRAFT)).first()
        draft_row = db.session.get_one(Application, draft)
        unit = next(post.person.login for post in _posts(draft_row.unit_id))
        engine = db.engine
        db.session.remove()
    queries = [0]
    event.listen(engine, "before_cursor_execute", lambda *_: queries.__setitem__(0, queries[0] + 1))
    for login, path in [
        ("", "/"), ("", "/register"), ("", "/criteria/factory"), ("office", "/desk"), ("office", "/applications"),
        ("office", f"/applications/{review}"), ("office", f"/applications/{review}/answers"),
        (unit, f"/applications/{draft}/assessment"),
    ]:  # fmt: skip
        client = signed_in(app.test_client, login) if login else app.test_client()
        assert client.get(path).status_code == 200, path
        queries[0] = 0
        client.get(path)
        note = f"{queries[0]} queries"
        line(f"{login or 'public'} {path}", timed(lambda client=client, path=path: client.get(path)), note)
    for count in (40, 400, 4000):
        source, given = big.checklist(count), big.answers(count)
        checklist = read_checklist(source, "factory.yaml")
        rounds = max(3, 2000 // count)
        note = f"{len(source.encode()) // 1000} kB"
        line(
            f"load a checklist of {count} items",
            timed(lambda s=source: read_checklist(s, "factory.yaml"), rounds),
            note,
        )
        line(f"score {count} items", timed(lambda c=checklist, g=given: score(c, g), rounds))
    command = [
        sys.executable,
        "-m",
        "cellcert",
        "criteria",
        "score",
        "criteria/factory.yaml",
        "criteria/examples/factory.yaml",
        "--json",
    ]
    line(
        "criteria score factory (whole process)",
        timed(lambda: subprocess.run(command, check=True, capture_output=True), 7),
    )


def _posts(unit_id: int) -> list:  # type: ignore[type-arg]
    from cellcert.people.models import Post

    return list(db.session.scalars(select(Post).where(Post.unit_id == unit_id)))


if __name__ == "__main__":
    main()
