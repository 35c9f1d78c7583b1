"""``scale``: the main lists in cities of 1,000 and more applications on PostgreSQL, and an export of 100,000 rows.

``CELLCERT_BENCH_SIZES=1000,100000`` names the sizes; the largest may be 1000000.
"""

import os
import resource
import time

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, text

from cellcert import clock
from cellcert.database import db
from cellcert.demo.bulk import multiply
from cellcert.demo.city import PASSWORD, found, populate
from cellcert.desk.models import CaseExport
from cellcert.factory import build
from cellcert.jobs import HANDLERS
from cellcert.outbox.worker import work_all
from cellcert.people.actions import hash_password
from cellcert.web import house
from tests.bench.figures import goal, line, machine, nearly_all, say, timed
from tests.bench.world import place

SIZES = [int(size) for size in os.environ.get("CELLCERT_BENCH_SIZES", "1000,100000").split(",")]
TOLD, ROUNDS, GROWTH = 60, 20, 2.0
MORE_MEMORY_MB = 60
PAGES = {
    "public progress": ("", "/"),
    "register": ("", "/register"),
    "register, a word": ("", "/register?q=青云"),
    "office list": ("office", "/applications"),
    "office list, all columns": (
        "office",
        "/applications?column=code&column=batch&column=lead&column=level&column=serial",
    ),
    "office list, a middle page": ("office", "/applications?after=500"),
    "office list, state and division": ("office", "/applications?state=review&division={division}&order=oldest"),
    "office list, who is late": ("office", "/applications?late=1"),
    "office list, level and year": ("office", "/applications?level={level}&year={year}"),
    "search, a word all have": ("office", "/applications?q=示例"),
    "search, a word some have": ("office", "/applications?q=青云东"),
    "search, one unit": ("office", "/applications?q={one}"),
    "search, a number": ("office", "/applications?q={reference}"),
    "search, nothing": ("office", "/applications?q=没有的单位"),
    "a district's list": ("district-{division}", "/applications"),
}

KNOWN = """
    (SELECT 'one', unit.name FROM unit ORDER BY unit.id DESC LIMIT 1)
    UNION ALL (SELECT 'reference', max(reference) FROM application)
    UNION ALL (SELECT 'division', division FROM application WHERE state = 'review' LIMIT 1)
    UNION ALL (SELECT 'level', fields ->> 'level' FROM certificate LIMIT 1)
    UNION ALL (SELECT 'year', year::text FROM certificate LIMIT 1)
"""


def main() -> None:
    first: dict[str, float] = {}
    with place("postgresql") as at:
        app = build(at.settings(worker_inside=False))
        app.config["WTF_CSRF_ENABLED"] = False
        with app.app_context():
            city = found(db.session(), house().library, house().store, hash_password(PASSWORD), 1, now=clock.now())
            for _ in populate(city, TOLD):
                db.session.commit()
            work_all(HANDLERS)
        for size in SIZES:
            start = time.perf_counter()
            with app.app_context():
                engine = db.engine
                for _ in multiply(db.session(), engine, size, 1):
                    pass
            say(f"--- {size} applications, made in {time.perf_counter() - start:.0f} s")
            for name, p95 in _pages(app, engine).items():
                if name in first:
                    goal(f"{name}: growth of p95", p95 / first[name], GROWTH, "×")
                first.setdefault(name, p95)
        _export(app)
        engine.dispose()
    machine()


def _pages(app: Flask, engine: Engine) -> dict[str, float]:
    with engine.connect() as connection:
        known = dict(connection.execute(text(KNOWN)).all())
    return {
        name: _page(app, engine, name, login.format(**known), path.format(**known))
        for name, (login, path) in PAGES.items()
    }


def _page(app: Flask, engine: Engine, name: str, login: str, path: str) -> float:
    client: FlaskClient = app.test_client()
    if login:
        assert client.post("/sign-in", data={"login": login, "password": PASSWORD}).status_code == 303
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", note := lambda *given: asked.append(given[2]))
    answer = client.get(path)
    event.remove(engine, "before_cursor_execute", note)
    assert answer.status_code == 200, (path, answer.status_code)
    times = timed(lambda: client.get(path).data, ROUNDS)
    line(name, times, f"{len(asked)} queries")
    return nearly_all(times)


def _export(app: Flask) -> None:
    client = app.test_client()
    client.post("/sign-in", data={"login": "office", "password": PASSWORD})
    for kind in ("csv", "xlsx"):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert client.post("/applications/exports", data={"kind": kind}).status_code == 303
        with app.app_context():
            start = time.perf_counter()
            work_all(HANDLERS)
            took = time.perf_counter() - start
            export = db.session.query(CaseExport).order_by(CaseExport.id.desc()).first()
            assert export is not None
            assert export.file is not None
            size = (house().settings.data_folder / "exports" / export.file).stat().st_size
            say(f"export of {export.done} rows as {kind}: {took:.1f} s, {size / 2**20:.1f} MB")
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        goal("memory above what it was", grown, MORE_MEMORY_MB, " MB")
