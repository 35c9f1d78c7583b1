"""``register``: a search of the register among 100,000 cells on PostgreSQL, and which index it used."""

import itertools
import time
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import Engine, Table, event, text

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.certificate.states import CertificateState
from cellcert.database import db
from cellcert.demo.city import PASSWORD, found
from cellcert.people.actions import hash_password
from cellcert.web import house
from tests.bench.figures import goal, line, machine, nearly_all, say, timed
from tests.bench.world import opened, place
from tests.certificate.cells import TABLES, Cell, Row, rows_of

CELLS, AT_ONCE, ROUNDS = 100_000, 5_000, 20
SEARCH_MS = 150
PLACES = "解放 中站 马村 山阳 修武 博爱 武陟 温县 沁阳 孟州 示范区 王封 龙源 清化 岳庙 大封".split()
WORDS = "光明 新华 东方 育才 长青 文昌 太行 黄河 怀川 云台 月季 朝阳 丰收 平安 和谐 春晓".split()
KINDS = (
    "人民医院 实验小学 街道办事处 社区居委会 机械制造有限公司 商业广场 工业园管委会 森林公园 银行支行 会计学校".split()
)
STATES = [State.AWARDED] * 94 + [State.RECHECK] * 2 + [State.RECTIFYING, State.SUSPENDED, State.EXPIRED, State.REVOKED]
SEARCHES = {
    "the first page": "/register",
    "a page in the middle": "/register?after={middle}",
    "by name": "/register?sort=name",
    "by name, in the middle": "/register?sort=name&after={middle}",
    "two characters all have (焦作)": "/register?q=焦作",
    "two characters some have (育才)": "/register?q=育才",
    "a name one has": "/register?q={one}",
    "initials many have (jzs)": "/register?q=jzs",
    "initials some have (ycsyxx)": "/register?q=ycsyxx",
    "full pinyin (huangherenmin)": "/register?q=huangherenmin",
    "two words (黄河 医院)": "/register?q=黄河 医院",
    "the end of a number": "/register?q=099999",
    "a part of a number": "/register?q=JZWF-J-2026-05",
    "words, division and category": "/register?q=太行&division=wuzhi&category=mall",
    "a status few have": "/register?status=suspended",
    "nothing found": "/register?q=没有的单位",
}


def main() -> None:
    with place("postgresql") as at, opened(at) as app:
        start = time.perf_counter()
        _fill(app)
        say(f"{CELLS} cells written in {time.perf_counter() - start:.0f} s")
        for table, size in db.session.execute(text(
            "SELECT relname, pg_size_pretty(pg_total_relation_size(oid)) FROM pg_class "
            "WHERE relname IN ('certificate', 'register_key')"
        )):  # fmt: skip
            say(f"  {table}: {size} with its indexes")
        known = dict(db.session.execute(text(
            "SELECT 'middle', serial FROM certificate WHERE id = :middle UNION ALL "
            "SELECT 'one', fields ->> 'unit_name' FROM certificate WHERE id = :middle"
        ), {"middle": CELLS // 2}).all())  # fmt: skip
        db.session.rollback()
        worst = 0.0
        for name, path in SEARCHES.items():
            worst = max(worst, _measure(app, name, path.format(**known)))
        goal("the slowest search, p95", worst, SEARCH_MS, " ms")
        _measure(app, "(all data as CSV)", "/register.csv", rounds=2)
        tag = app.test_client().head("/register.csv").headers["ETag"]
        _measure(app, "(the same, unchanged)", "/register.csv", {"If-None-Match": tag})
    machine()


def _measure(app: Flask, name: str, path: str, headers: Row | None = None, rounds: int = ROUNDS) -> float:
    asked: list[tuple[str, Any]] = []
    client = app.test_client()
    event.listen(db.engine, "before_cursor_execute", note := lambda *given: asked.append((given[2], given[3])))
    client.get(path, headers=headers).close()
    event.remove(db.engine, "before_cursor_execute", note)
    times = timed(lambda: client.get(path, headers=headers).data, rounds)
    scanned = sorted({table for statement, values in asked for table in _scanned(db.engine, statement, values)})
    line(name, times, f"{len(asked)} queries, " + (f"reads all of {', '.join(scanned)}" if scanned else "by indexes"))
    return nearly_all(times)


def _scanned(engine: Engine, statement: str, values: Any) -> set[str]:
    """The large tables a statement reads from end to end."""
    if not statement.lstrip().startswith("SELECT"):
        return set()
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN {statement}", values).scalars().all()
    return {
        table
        for row in plan
        for table in ("certificate", "register_key", "application")
        if f"Seq Scan on {table}" in row
    }


def _fill(app: Flask) -> None:
    session, now = db.session(), clock.now()
    city = found(session, house().library, house().store, hash_password(PASSWORD), 1, now=now)
    divisions = [division.key for division in city.programme.divisions]
    categories = [category.key for category in city.programme.categories]
    story = city.story(1, "agency", divisions[0], now - timedelta(days=40), 0.0)
    for _ in story.tell(State.AWARDED):
        session.commit()
    names = itertools.product(range(1, CELLS), KINDS, WORDS, PLACES)
    cells = [
        Cell(
            f"焦作市{where}{word}{kind}{number if number > 1 else ''}", (state := STATES[at % 100]),
            CertificateState.REVOKED if state is State.REVOKED else CertificateState.ISSUED,
            days=-(at % 900), category=categories[at % len(categories)], division=divisions[at % len(divisions)],
        )
        for at, (number, kind, word, where) in enumerate(itertools.islice(names, CELLS - 1))
    ]  # fmt: skip
    for begin in range(0, len(cells), AT_ONCE):
        rows = list(rows_of(session, cells[begin : begin + AT_ONCE]))
        session.rollback()
        for at, table in enumerate(TABLES):
            _copy(db.engine, table, [row for parts in rows for row in parts[at]])
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


def _copy(engine: Engine, table: Table, rows: list[Row]) -> None:
    names = [column.name for column in table.columns]
    ways = [column.type.dialect_impl(engine.dialect).bind_processor(engine.dialect) for column in table.columns]
    connection = engine.raw_connection()
    try:
        with connection.cursor().copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:  # type: ignore[attr-defined]
            for row in rows:
                copy.write_row([way(row[name]) if way else row[name] for name, way in zip(names, ways, strict=True)])
        connection.commit()
    finally:
        connection.close()
