"""The register: anybody finds a cell by what they know of it, in any order, page by page, for paper and as data."""

import csv
import json
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.certificate.finding import keys_of, pinyin_of
from cellcert.certificate.models import Certificate
from cellcert.certificate.open_data import FIELDS
from cellcert.certificate.queries import HOLDING
from cellcert.certificate.register_queries import STATUSES, Order, Wanted, entries, page_of
from cellcert.certificate.rules import Status, status
from cellcert.certificate.states import CertificateState
from cellcert.database import db
from cellcert.standing import actions as standing
from cellcert.units.finding import parts_of
from tests.builders import application_in, city, sign_in, work
from tests.certificate.cells import Cell, add_cells
from tests.conftest import Build


@pytest.fixture
def awarded(app: Flask) -> int:
    case = application_in(app, State.AWARDED)
    work(app)
    return case


def with_cells(app: Flask, *cells: Cell) -> list[str]:
    with app.app_context():
        serials = add_cells(db.session(), cells)
        db.session.commit()
        return serials


# how it is found


NAME = "单县长葛（示例）第12中学_A-100%"
KNOWN = [
    "单县", "长葛示例", "示例 中学", "中学 单县", "12中", "DXCG", "dxcgsl", "sxzg", "danxian", "chang ge", "zhangge",
    "shanxian", "d12zx", "zhongxue", "a100", "A-100%", "ＤＸＣＧ", "_A", "000", "jzwf-j-2026-",
]  # fmt: skip
STRANGE = ["%", "_", "葛%12", "长_示", "葛长", "hangge", "焦作", "x" * 100, "'; --", "（", "单县 焦作"]


def test_a_cell_is_found_by_part_of_its_name_pinyin_initials_and_number(
    build_app: Build, both_databases: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = build_app(both_databases)
    application_in(app, State.AWARDED)
    (serial,) = with_cells(app, Cell(NAME, category="mall"))

    def found(words: str) -> bool:
        page = page_of(db.session(), Wanted(words, "mall"), _today(), limit=9)
        return [line.serial for line in page.lines] == [serial]

    with app.app_context():
        for few in (2_000, 1, 0):  # words are looked up first, or some of them, or all have them
            monkeypatch.setattr("cellcert.certificate.register_queries.FEW", few)
            assert [words for words in [*KNOWN, serial, serial.lower(), serial[-4:]] if not found(words)] == []
        assert [words for words in STRANGE if found(words)] == []
        for order in Order:  # both databases sort and cut pages alike
            first = page_of(db.session(), Wanted(), _today(), limit=1, order=order)
            then = page_of(db.session(), Wanted(), _today(), limit=1, order=order, after=first.after or "")
            assert {*first.lines, *then.lines} == set(entries(db.session(), Wanted(), _today())), order


def _today() -> date:
    return clock.day_of(clock.now(), "Asia/Shanghai")


def test_names_are_read_as_chinese_and_stay_what_they_are_in_letters() -> None:
    assert pinyin_of("焦作市沁阳𠮷ABC（二）") == "jiao zuo shi qin yang 𠮷 a b c er"
    assert {"jzsqy𠮷abce", "qinyang𠮷abcer", "abc二", "0001", "91x"} <= set(
        keys_of("焦作市沁阳𠮷ABC（二）", "J-0001", "91X")
    )
    assert parts_of(" Jiao-zuo　焦作 焦作 % a b c d e ") == ["jiaozuo", "焦作", "a", "b", "c"]
    assert keys_of("", "", "") == []


def test_it_is_narrowed_by_category_division_year_and_status(app: Flask, client: FlaskClient, awarded: int) -> None:
    with app.app_context():
        mine = db.session.scalars(select(Certificate)).one()
        serial, year, division = mine.serial, mine.year, mine.application.division
    (other,) = with_cells(app, Cell("示例商场", State.SUSPENDED, category="mall", division="wuzhi"))

    for found in ({"category": "agency"}, {"division": division}, {"status": "valid"}):
        page = client.get("/register", query_string=found).text
        assert (serial in page, other in page) == (True, False), found
    for both in ({"year": str(year)}, {}, {"status": "nonsense"}, {"year": "x"}):
        page = client.get("/register", query_string=both).text
        assert serial in page, both
        assert other in page, both
    for nothing in ({"year": "1999"}, {"division": "nowhere"}, {"status": "revoked"}):
        assert "没有找到" in client.get("/register", query_string=nothing).text, nothing


def test_each_status_lists_what_a_single_certificate_says_of_itself(app: Flask, awarded: int) -> None:
    cells = [
        Cell(f"示例{own}{title}{days}", title, own, days)
        for own in CertificateState
        for title in (*HOLDING, State.EXPIRED, State.REVOKED)
        for days in (0, -365 * 4)
    ]
    with_cells(app, *cells)
    today = _today()
    with app.app_context():
        found = db.session.scalars(select(Certificate)).all()
        worth = {one.serial: status(one.state, one.application.state, one.valid_until, today) for one in found}
        db.session.expunge_all()
        for wanted in STATUSES:
            listed = {line.serial for line in entries(db.session(), Wanted(status=wanted), today)}
            assert listed == {serial for serial, one in worth.items() if one is wanted}, wanted
        held = {Status.VALID, Status.MAKING, Status.RECHECK, Status.RECTIFYING, Status.SUSPENDED}
        listed = {line.serial for line in entries(db.session(), Wanted(), today)}
        assert listed == {serial for serial, one in worth.items() if one in held}


# how it is read


@pytest.fixture
def seven(app: Flask, awarded: int) -> Flask:
    with_cells(app, *(Cell(f"{name}示例单位", days=-at // 2) for at, name in enumerate("丙甲乙丁戊己")))
    return app


@pytest.mark.parametrize("order", Order)
def test_its_pages_lead_through_all_cells_once_forth_and_back(seven: Flask, order: Order) -> None:
    today = _today()

    def pages(way: str) -> Iterator[list[str]]:
        page = page_of(db.session(), Wanted(), today, limit=3, order=order, **({way: last} if last else {}))
        while page.lines:
            yield [line.serial for line in page.lines]
            edge = page.after if way == "after" else page.before
            if edge is None:
                return
            page = page_of(db.session(), Wanted(), today, limit=3, order=order, **{way: edge})

    last = ""
    with seven.app_context():
        forth = list(pages("after"))
        column = [getattr(line, {"newest": "awarded_on", "name": "unit", "expiry": "valid_until"}[order])
                  for line in page_of(db.session(), Wanted(), today, limit=9, order=order).lines]  # fmt: skip
        last = forth[-1][0]
        back = list(pages("before"))
    assert [len(page) for page in forth] == [3, 3, 1]
    assert back == forth[1::-1]
    assert column == sorted(column, key=pinyin_of if order is Order.NAME else None, reverse=order is Order.NEWEST)


def test_the_page_offers_other_pages_and_keeps_the_search(
    seven: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cellcert.certificate.register_routes.ENTRIES_PER_PAGE", 2)
    monkeypatch.setattr("cellcert.certificate.register_routes.PRINTED", 3)

    page = client.get("/register?q=danwei&sort=name").text
    assert "上一页" not in page
    assert "q=danwei&amp;sort=name" in page.split('rel="next"')[1]
    assert client.get("/register?after=NONE-1").text.count('role="rowheader"') == 2
    assert client.get("/register/print?q=甲").text.count('role="rowheader"') == 1
    assert client.get("/register/print").status_code == 409


@pytest.mark.parametrize(
    "path", ["/register?q=sl&year=2026", "/register?after={serial}", "/register/print", "/register.csv"]
)
def test_a_long_register_asks_the_database_no_more_than_a_short_one(
    app: Flask, client: FlaskClient, awarded: int, path: str
) -> None:
    asked: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        path = path.format(serial=db.session.scalars(select(Certificate.serial)).one())

    def count() -> int:
        asked.clear()
        assert client.get(path).status_code == 200
        return len(asked)

    with_cells(app, Cell("示例一", days=-1), Cell("示例二", days=-1))
    short = count()
    with_cells(app, *(Cell(f"示例{number}", days=-2) for number in range(297)))

    assert count() == short
    assert short <= 8


def test_an_entry_says_what_happened_but_neither_why_nor_by_whom(app: Flask, client: FlaskClient, awarded: int) -> None:
    people = city(app)
    with app.app_context():
        certificate = db.session.scalars(select(Certificate)).one()
        path, application = f"/register/{certificate.serial}", certificate.application
        standing.open_recheck(application, "群众举报张三", by=people["office"], at=clock.now())
        standing.suspend(application, "台账不实", by=people["approver"], at=clock.now())
        db.session.commit()

    page = client.get(path).text

    told = [page.index(words) for words in ("称号暂停，", "启动复核，", "认定为无废细胞")]
    assert told == sorted(told)
    assert "张三" not in page
    assert "台账不实" not in page
    assert f"/verify/{path.rpartition('/')[2]}" in page
    assert "下载证书" not in page
    sign_in(client, "office")
    assert "下载证书" in client.get(path).text
    assert client.get("/register/NONE-1").status_code == 404


# open data


def test_the_data_are_what_the_pages_say_under_the_documented_names(
    app: Flask, client: FlaskClient, awarded: int
) -> None:
    with_cells(
        app,
        Cell('=HYPERLINK("x"),“示例”\n单位', State.RECHECK),
        Cell("示例撤销", State.REVOKED, CertificateState.REVOKED),
    )

    table = client.get("/register.csv")
    told = client.get("/register.json")

    rows = list(csv.DictReader(StringIO(table.data.decode("utf-8-sig"), newline="")))
    cells = json.loads(told.data)["cells"]
    assert [list(row) for row in (rows[0], cells[0])] == [list(FIELDS)] * 2
    assert len(rows) == len(cells) == 2
    assert [row | {"unit": row["unit"].removeprefix("'")} for row in rows] == cells
    assert rows[1]["unit"].startswith("'=")
    assert {cell["status"] for cell in cells} == {"valid", "recheck"}
    for answer in (table, told):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert [row["status"] for row in json.loads(client.get("/register.json?status=revoked").data)["cells"]] == [
        "revoked"
    ]
    page = client.get("/open-data").text
    assert all(f">{name}<" in page for name in FIELDS)
    assert "来源" in page


def test_the_data_are_sent_again_only_when_they_changed(app: Flask, client: FlaskClient, awarded: int) -> None:
    def again(**more: str) -> int:
        return client.get("/register.json", headers={"If-None-Match": tag, **more}).status_code

    first = client.get("/register.json")
    tag = first.headers["ETag"]
    assert "no-cache" in first.headers["Cache-Control"]
    assert again() == 304
    assert (
        client.get("/register.json", headers={"If-Modified-Since": first.headers["Last-Modified"]}).status_code == 304
    )
    assert client.get("/register.json?year=2026").headers["ETag"] != tag
    assert client.get("/register.csv").headers["ETag"] != tag
    people = city(app)
    with app.app_context():  # at the moment of the last change: a clock alone would not tell
        certificate = db.session.scalars(select(Certificate)).one()
        at = certificate.application.state_since
        standing.open_recheck(certificate.application, "年度抽查", by=people["office"], at=at)
        db.session.commit()
    assert again() == 200
    tag = client.get("/register.json").headers["ETag"]
    with time_machine.travel(clock.now() + timedelta(days=365 * 4)):
        assert json.loads(client.get("/register.json", headers={"If-None-Match": tag}).data)["cells"] == []
