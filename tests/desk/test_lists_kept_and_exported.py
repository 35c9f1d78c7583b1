"""A search of the list is kept under a name, and goes out as a file that only who asked for it may fetch."""

import csv
from datetime import timedelta
from io import BytesIO, StringIO
from urllib.parse import parse_qs

import openpyxl
from flask import Flask
from flask.testing import FlaskClient

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.certificate.models import Certificate
from cellcert.criteria.library import Library
from cellcert.database import db
from cellcert.desk.exporting import forget_exports, levels_of, moment_of
from cellcert.desk.list_rules import Chosen, Column, Order, asked_of, first_day_in_time, read_chosen
from cellcert.desk.models import CaseExport
from tests.builders import application_in, every_state, hidden, sign_in, work


def library_of(app: Flask) -> Library:
    found: Library = app.extensions["cellcert"].library
    return found


def test_what_an_address_asks_for_is_written_back_as_it_was(app: Flask) -> None:
    library = library_of(app)
    programme, levels = library.programme, levels_of(library)
    chosen = Chosen(
        state=State.AWARDED, category=programme.categories[0].key, division=programme.divisions[0].key,
        batch=programme.batches[0].key, level=next(iter(levels)), year=2026, late=True, search="机关 A&B",
        order=Order.OLDEST, columns=(Column.STATE, Column.SERIAL),
    )  # fmt: skip

    assert read_chosen(parse_qs(asked_of(chosen)), programme, levels) == chosen
    assert asked_of(Chosen()) == ""
    nonsense = {"state": ["x"], "year": ["٢٠٢٦"], "late": ["2"], "order": ["x"], "column": ["x"], "level": ["x"]}
    assert read_chosen(nonsense, programme, levels) == Chosen()


def test_late_is_what_came_before_the_first_day_still_in_time(app: Flask) -> None:
    calendar, today = library_of(app).calendar, clock.day_of(clock.now(), library_of(app).programme.time_zone)
    first = first_day_in_time(calendar, 10, today)
    assert calendar.add_working_days(first, 10) >= today > calendar.add_working_days(first - timedelta(days=1), 10)


def test_the_list_narrows_by_who_is_late_by_level_and_by_year(app: Flask) -> None:
    ids = every_state(app)
    client = app.test_client()
    sign_in(client, "office")
    with app.app_context():
        submitted = db.session.get_one(Application, ids[State.SUBMITTED])
        submitted.submitted_at = moment_of(library_of(app), clock.now()).checked_from - timedelta(seconds=1)
        certificate = db.session.query(Certificate).filter_by(application_id=ids[State.AWARDED]).one()
        level, year, late, awarded = certificate.fields["level"], certificate.year, submitted.id, ids[State.AWARDED]
        db.session.commit()

    def listed(query: str) -> str:
        return client.get(f"/applications?{query}").text.partition("<tbody")[2]

    assert f'/applications/{late}"' in listed("late=1")
    assert f'/applications/{awarded}"' not in listed("late=1")
    assert f'/applications/{awarded}"' in listed(f"level={level}&year={year}&column=serial")
    assert f'/applications/{awarded}"' not in listed("year=1999")


def ask(client: FlaskClient, kind: str, **chosen: object) -> str:
    form = hidden(client.get("/applications").text) | {"kind": kind, **chosen}
    form.pop("idempotency_key", None)
    answer = client.post("/applications/exports", data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def fetched(client: FlaskClient, number: int) -> bytes:
    with client.get(f"/applications/exports/{number}") as answer:
        return answer.get_data()


def test_a_list_is_written_in_the_background_for_who_asked_and_deleted_later(app: Flask) -> None:
    application_in(app, State.AWARDED)
    with app.app_context():
        unit = db.session.query(Application).one().unit
        unit.name = "=1+1 示例"
        code = unit.code_shown
        db.session.commit()
    office, other = app.test_client(), app.test_client()
    sign_in(office, "office")
    sign_in(other, "approver")
    columns = ["code", "state", "serial"]
    assert ask(office, "csv", column=columns, state="awarded") == "/applications/exports"
    ask(office, "xlsx", column=columns)
    assert "等待生成" in office.get("/applications/exports").text
    work(app)

    page = office.get("/applications/exports").text
    assert page.count(">下载<") == 2
    assert "申报清单已导出" in office.get("/inbox").text
    lines = list(csv.reader(StringIO(fetched(office, 1).decode("utf-8-sig"))))
    assert lines[0] == ["单位", "统一社会信用代码", "状态", "证书编号"]
    assert lines[1][:3] == ["'=1+1 示例", code, "已认定"]
    book = openpyxl.load_workbook(BytesIO(fetched(office, 2)))
    assert (book.active["A2"].value, book.active["A2"].data_type) == ("=1+1 示例", "s")
    assert book.active["B2"].value == code
    assert other.get("/applications/exports/1").status_code == 404
    assert "下载" not in other.get("/applications/exports").text.partition("<table")[2]
    with app.app_context():
        folder = app.extensions["cellcert"].settings.data_folder
        assert len(list((folder / "exports").iterdir())) == 2
        forget_exports(db.session(), folder, 7, at=clock.now() + timedelta(days=8))
        db.session.commit()
        assert list((folder / "exports").iterdir()) == []
        assert {export.done for export in db.session.query(CaseExport)} == {1}
    assert office.get("/applications/exports/1").status_code == 404
    assert "已到期删除" in office.get("/applications/exports").text


def test_a_search_is_kept_under_a_name_and_deleted_by_its_owner_alone(app: Flask) -> None:
    application_in(app, State.SUBMITTED)
    office, other = app.test_client(), app.test_client()
    sign_in(office, "office")
    sign_in(other, "approver")
    token = {name: value for name, value in hidden(office.get("/applications").text).items() if name == "csrf_token"}

    def keep(name: str) -> int:
        form = token | {"name": name, "state": "submitted", "column": ["state", "due"]}
        return office.post("/applications/views", data=form).status_code

    assert [keep("待初审"), keep(" 待初审 "), keep(""), keep("长" * 31)] == [303, 303, 422, 422]
    page = office.get("/applications").text
    assert page.count('href="/applications?state=submitted&amp;column=state&amp;column=due"') == 1
    assert "待初审" not in other.get("/applications").text
    theirs = hidden(other.get("/applications").text)["csrf_token"]
    assert other.post("/applications/views/1/forget", data={"csrf_token": theirs}).status_code == 404
    assert office.post("/applications/views/1/forget", data=token).status_code == 303
    assert "待初审" not in office.get("/applications").text
