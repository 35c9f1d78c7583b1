"""The office draws experts for all cases at once; what was shown is what is done, and anybody can draw again."""

import json
import re
from dataclasses import dataclass
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook
from sqlalchemy import delete, func, select

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application, Assignment
from cellcert.application.rules import Tie
from cellcert.audit.models import AuditEvent
from cellcert.database import db
from cellcert.people.models import Person, Post
from cellcert.review.drawing import is_repeated
from cellcert.review.models import ScoreSheet
from cellcert.review.panel import panel, planned
from cellcert.review.seating_file import Row, day, read_seating
from cellcert.units.models import Unit
from cellcert.web import house
from tests.builders import application_in, hidden, sign_in
from tests.conftest import Build
from tests.review.cases import Counted, actor, post_of
from tests.review.conftest import Enter

PAGE, FILE = "/review/drawing", "/review/seating"


@dataclass
class City:
    app: Flask
    office: FlaskClient
    ids: list[int]


def unseated(cases: int) -> list[int]:
    """Cases in review without any expert: the one there is, and copies of it."""
    first = db.session.scalars(select(Application)).one()
    db.session.execute(delete(ScoreSheet))
    db.session.execute(delete(Assignment))
    columns = {column.key for column in Application.__table__.columns} - {"id", "unit_id", "reference", "version"}
    of_unit = {column.key for column in Unit.__table__.columns} - {"id", "name", "name_key", "credit_code"}
    for number in range(1, cases):
        unit = Unit(
            name=f"示例申报{number}", name_key=f"示例申报{number}", credit_code=f"Y{number}",
            **{key: getattr(first.unit, key) for key in of_unit},
        )  # fmt: skip
        copy = Application(unit=unit, reference=f"C-{number:04}", **{key: getattr(first, key) for key in columns})
        db.session.add(copy)
    db.session.commit()
    return list(db.session.scalars(select(Application.id).order_by(Application.id)))


@pytest.fixture
def city(app: Flask) -> City:
    application_in(app, State.REVIEW)
    with app.app_context():
        ids = unseated(4)
    office = app.test_client()
    sign_in(office, "office")
    return City(app, office, ids)


def seats() -> dict[int, list[str]]:
    rows = db.session.execute(
        select(Assignment.application_id, Person.name)
        .join(Assignment.person)
        .order_by(Assignment.application_id, Person.id)
    )
    found: dict[int, list[str]] = {}
    for case, name in rows:
        found.setdefault(case, []).append(name)
    return found


def confirmed(page: str, due: str = "2999-01-01") -> dict[str, str]:
    return hidden(page) | {"do": "confirm", "due": due}


def shown(page: str) -> list[list[str]]:
    """The names of each case of the page, in its order."""
    lists = re.findall(r'<ul class="plain">(.*?)</ul>', page, re.DOTALL)
    return [sorted(re.findall(r"<li>([^（<\s]+)", one)) for one in lists]


def test_what_is_shown_is_what_is_done(city: City) -> None:
    page = city.office.get(PAGE).text
    assert "4 件申报缺专家" in page
    assert shown(city.office.get(PAGE).text) == shown(page)
    with city.app.app_context():
        assert seats() == {}

    answer = city.office.post(PAGE, data=confirmed(page))

    assert answer.status_code == 303
    with city.app.app_context():
        assert sorted(sorted(names) for names in seats().values()) == sorted(shown(page))
        assert len(seats()) == 4
        load = [
            count
            for (count,) in db.session.execute(
                select(func.count()).select_from(Assignment).group_by(Assignment.person_id)
            )
        ]
        assert max(load) - min(load) <= 1
    assert "没有缺专家的申报" in city.office.get(PAGE).text


def test_a_new_seed_draws_anew_and_the_trail_tells(city: City) -> None:
    page = city.office.get(PAGE).text
    seed = re.search(r"种子 (\d+)", page)
    assert seed is not None
    answer = city.office.post(PAGE, data={"do": "anew"})
    assert answer.status_code == 303
    other = city.office.get(PAGE).text
    assert f"种子 {seed[1]} " not in other
    with city.app.app_context():
        told = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "draw-anew")).one()
        assert told.object == f"drawing:{seed[1]}"
        assert f"种子 {told.data['seed']} " in other
    assert city.office.post(PAGE, data=confirmed(page)).status_code == 409  # the page of before


CHANGES = {
    "a case more seated": lambda: db.session.add(
        Assignment(
            application_id=db.session.scalars(select(Application.id).order_by(Application.id.desc())).first() or 0,
            round=1, person_id=post_of("expert1").person_id, assigned_by=1, assigned_at=clock.now(), due_at=clock.now(),
        )
    ),
    "an expert gone": lambda: setattr(post_of("expert2").person, "active", False),
    "an expert tied": lambda: setattr(post_of("expert3"), "categories", ["park"]),
    "a case gone": lambda: setattr(
        db.session.scalars(select(Application).order_by(Application.id.desc())).first(), "state", State.WITHDRAWN
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_what_changed_meanwhile_is_shown_again_and_nothing_is_done(city: City, what: str) -> None:
    page = city.office.get(PAGE).text
    with city.app.app_context():
        CHANGES[what]()
        db.session.commit()
        before = seats()

    answer = city.office.post(PAGE, data=confirmed(page))

    assert answer.status_code == 409
    assert "还没有指派" in answer.text
    with city.app.app_context():
        assert seats() == before
    again = city.office.post(PAGE, data=confirmed(answer.text))
    assert again.status_code == 303


def test_a_due_day_of_the_past_seats_nobody(city: City) -> None:
    page = city.office.get(PAGE).text
    answer = city.office.post(PAGE, data=confirmed(page, "2001-01-01"))
    assert (answer.status_code, "评审截止时间应晚于现在" in answer.text) == (422, True)
    with city.app.app_context():
        assert seats() == {}


def test_the_page_counts_why_others_cannot_be_drawn(city: City) -> None:
    with city.app.app_context():
        for number in range(1, 8):
            post_of(f"expert{number}").categories = ["park"]
        one = db.session.get_one(Application, city.ids[0])
        post_of("expert8").person.employer = one.unit.name
        db.session.commit()
    page = city.office.get(PAGE).text
    assert "专业范围不含这一类别 7 人" in page
    assert f"{Tie.EMPLOYER.label} 1 人" in page
    assert "可以抽取的专家不够" in page
    assert "还缺 1 位" in page
    assert "还缺 2 位" in page


def test_an_auditor_draws_again_and_reads_names_only_when_the_stage_allows(city: City, enter: Enter) -> None:
    city.office.post(PAGE, data=confirmed(city.office.get(PAGE).text))
    with city.app.app_context():
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "draw-experts")).one()
        assert is_repeated(event.data)
        changed = json.loads(json.dumps(event.data))
        changed["drawn"][0][1] = next(
            int(one) for one in changed["loads"] if [changed["drawn"][0][0], int(one)] not in changed["drawn"]
        )
        assert not is_repeated(changed)
        seq, names = event.seq, {name for case in seats().values() for name in case}
    auditor = enter("auditor")
    assert "重新抽取结果相同" in auditor.get("/review/drawings").text
    page = auditor.get(f"/review/drawings/{seq}").text
    assert "结果与当时指派的完全相同" in page
    assert "3 位（此阶段不公开）" in page
    assert not any(name in page[page.find("<main") :] for name in names)
    office = city.office.get(f"/review/drawings/{seq}").text
    assert all(name in office for name in names)
    with city.app.app_context():
        for case in db.session.scalars(select(Application)):
            case.state = State.AWARDED
        db.session.commit()
    assert all(name in auditor.get(f"/review/drawings/{seq}").text for name in names)


def test_the_pages_are_for_the_office_alone(city: City, enter: Enter) -> None:
    for login in ("approver", "auditor", "admin", "expert1", "district-shanyang", "department-commerce"):
        browser = enter(login)
        assert [browser.get(page).status_code for page in (PAGE, FILE, "/review/seating.xlsx")] == [403] * 3, login
        assert [browser.post(page).status_code for page in (PAGE, FILE)] == [403] * 2, login
    for login in ("admin", "expert1", "district-shanyang"):
        assert enter(login).get("/review/drawings").status_code == 403
        assert enter(login).get("/review/drawings/1").status_code == 403
    assert enter("auditor").get("/review/drawings/1").status_code == 404  # an event that is no drawing


def test_a_case_of_the_office_s_own_people_is_left_to_others(city: City) -> None:
    with city.app.app_context():
        one = db.session.get_one(Application, city.ids[0])
        post_of("office").person.employer = one.unit.name
        db.session.commit()
    page = city.office.get(PAGE).text
    assert "3 件申报缺专家" in page
    assert Tie.EMPLOYER.label in page


def test_three_hundred_cases_cost_as_many_queries_as_three(app: Flask) -> None:
    application_in(app, State.REVIEW)

    def asked() -> int:
        db.session.expire_all()
        by = actor("office")
        with Counted() as sent:
            found = panel(db.session(), house().library.programme, by)
            assert len(found.draw(1).choices) == 3 * len(found.cases)
        return sent.count

    with app.app_context():
        unseated(3)
        three = asked()
        first = db.session.scalars(select(Application).order_by(Application.id)).first()
        assert first is not None
        add_cases(first, 300)
        add_experts(91)
        assert asked() == three <= 8


def add_cases(first: Application, count: int) -> None:
    columns = {column.key for column in Application.__table__.columns} - {"id", "unit_id", "reference", "version"}
    of_unit = {column.key for column in Unit.__table__.columns} - {"id", "name", "name_key", "credit_code"}
    for number in range(100, 100 + count):
        unit = Unit(
            name=f"示例申报{number}", name_key=f"示例申报{number}", credit_code=f"Y{number}",
            **{key: getattr(first.unit, key) for key in of_unit},
        )  # fmt: skip
        db.session.add(
            Application(unit=unit, reference=f"C-{number:04}", **{key: getattr(first, key) for key in columns})
        )
    db.session.commit()


def add_experts(count: int) -> None:
    one = post_of("expert1")
    for number in range(count):
        person = Person(
            login=f"more{number}", name=f"示例专家{number}", password_hash="x", created_at=clock.now(), active=True
        )
        db.session.add(Post(person=person, role=one.role, categories=[], created_at=clock.now()))
    db.session.commit()


def test_two_offices_draw_at_once_and_the_second_sees_what_the_first_did(build_app: Build, both_databases: str) -> None:
    app = build_app(both_databases)
    app.config["WTF_CSRF_ENABLED"] = False
    application_in(app, State.REVIEW)
    with app.app_context():
        unseated(2)
    browsers = [app.test_client() for _ in range(2)]
    pages = []
    for login, browser in zip(("office", "office2"), browsers, strict=True):
        sign_in(browser, login)
        pages.append(browser.get(PAGE).text)
    first, second = (browser.post(PAGE, data=confirmed(page)) for browser, page in zip(browsers, pages, strict=True))
    assert (first.status_code, second.status_code) == (303, 409)
    with app.app_context():
        assert [len(names) for names in seats().values()] == [3, 3]


# by file


def test_the_template_is_filled_in_checked_and_confirmed(city: City) -> None:
    answer = city.office.get("/review/seating.xlsx")
    book = load_workbook(BytesIO(answer.data))
    sheet = book.worksheets[0]
    assert sheet.max_row == 1 + 4 * 3
    assert book.worksheets[1].max_row == 1 + 9
    with city.app.app_context():
        reference = db.session.get_one(Application, city.ids[0]).reference
    row = next(row for row in range(2, sheet.max_row + 1) if sheet.cell(row, 1).value == reference)
    sheet.cell(row, 2).value = "Expert1"
    sheet.cell(row, 3).value = "2999年1月31日"
    sheet.cell(row + 1, 2).value = "expert2"
    filled = BytesIO()
    book.save(filled)

    page = city.office.post(FILE, data=upload("指派.xlsx", filled.getvalue())).text

    assert "检查通过，还没有指派" in page
    with city.app.app_context():
        assert seats() == {}
    answer = city.office.post(FILE, data=rows_of(page) | {"do": "confirm"})
    assert answer.status_code == 303
    with city.app.app_context():
        rows = db.session.scalars(select(Assignment).order_by(Assignment.person_id)).all()
        assert [(one.application_id, one.person.login) for one in rows] == [
            (city.ids[0], "expert1"),
            (city.ids[0], "expert2"),
        ]
        assert [one.due_at.year for one in rows] == [2999, clock.now().year]


def upload(name: str, data: bytes) -> dict[str, object]:
    return {"file": (BytesIO(data), name)}


def rows_of(page: str) -> dict[str, str]:
    found = re.search(r'name="rows" type="hidden" value="([^"]*)"', page) or re.search(
        r'<input[^>]*name="rows"[^>]*value="([^"]*)"', page
    )
    assert found is not None
    return {"rows": found[1]}


def test_every_fault_is_named_by_row_and_column_and_nothing_is_done(city: City) -> None:
    with city.app.app_context():
        reference = db.session.get_one(Application, city.ids[0]).reference
        post_of("expert3").categories = ["park"]
        post_of("expert4").division = db.session.get_one(Application, city.ids[0]).division
        db.session.commit()
    lines = [
        "申报编号,专家登录名,截止日期",
        f"{reference},expert1,2999-01-31",
        "X-1,expert1,2999-01-31",
        f"{reference},nobody,2999-01-31",
        f"{reference},expert3,2999-01-31",
        f"{reference},expert4,2999-01-31",
        f"{reference},expert5,2001-01-31",
        f",expert6,{'2999-01-31'}",
        f"{reference},expert1,2999-01-31",
        f"{reference},expert7,明天",
    ]
    answer = city.office.post(FILE, data=upload("指派.csv", "\n".join(lines).encode("gb18030")))
    assert answer.status_code == 422
    assert "没有指派" in answer.text
    read = re.findall(r"<tr>\s*<th scope=\"row\">第 (\d+) 行</th>\s*<td>(.*?)</td>", answer.text, re.DOTALL)
    assert read == [("8", "申报编号"), ("9", "专家登录名"), ("10", "截止日期")]  # those the file alone tells
    right = [line for number, line in enumerate(lines, 1) if number not in {8, 9, 10}]
    answer = city.office.post(FILE, data=upload("指派.csv", "\n".join(right).encode()))
    read = re.findall(r"第 (\d+) 行</th>\s*<td>(.*?)</td>\s*<td>(.*?)</td>", answer.text, re.DOTALL)
    assert [(row, column) for row, column, _ in read] == [
        ("3", "申报编号"), ("4", "专家登录名"), ("5", "专家登录名"), ("6", "专家登录名"), ("7", "截止日期"),
    ]  # fmt: skip
    assert "专业范围不含这一类别" in read[2][2]
    assert Tie.DIVISION.label in read[3][2]
    with city.app.app_context():
        assert seats() == {}


def test_a_confirmation_that_no_longer_holds_does_nothing(city: City) -> None:
    with city.app.app_context():
        references = [db.session.get_one(Application, id_).reference for id_ in city.ids]
    text = "申报编号,专家登录名\n" + "".join(f"{reference},expert1\n" for reference in references)
    page = city.office.post(FILE, data=upload("a.csv", text.encode())).text
    with city.app.app_context():
        db.session.get_one(Application, city.ids[-1]).state = State.WITHDRAWN
        db.session.commit()
    answer = city.office.post(FILE, data=rows_of(page) | {"do": "confirm"})
    assert answer.status_code == 422
    assert "不在评审中" in answer.text
    with city.app.app_context():
        assert seats() == {}


def test_a_file_costs_the_same_queries_however_long(city: City) -> None:
    with city.app.app_context():
        references = [db.session.get_one(Application, id_).reference or "" for id_ in city.ids]
        by, at, programme = actor("office"), clock.now(), house().library.programme
        counts = []
        for cases in (1, 4):
            rows = [Row(2, reference, f"expert{n}", None) for reference in references[:cases] for n in (1, 2)]
            db.session.expire_all()
            with Counted() as sent:
                found, faults = planned(db.session(), rows, programme, by=by, at=at)
            assert (len(found), faults) == (2 * cases, [])
            counts.append(sent.count)
    assert counts[0] == counts[1]


@pytest.mark.parametrize("typed", ["2026-07-31", "2026/7/31", "2026.7.31", "2026年7月31日", "2026-07-31 00:00:00"])
def test_days_are_read_as_people_write_them(typed: str) -> None:
    found = day(typed)
    assert found is not None
    assert found.isoformat() == "2026-07-31"


@pytest.mark.parametrize("typed", ["2026-02-30", "31.7.2026", "46234", "", "2026-07-31 08:00:00"])
def test_what_is_no_day_is_not_guessed(typed: str) -> None:
    assert day(typed) is None


def test_a_file_of_another_kind_is_refused_with_one_sentence() -> None:
    book = BytesIO()
    made = Workbook()
    made.active["A1"] = "姓名"
    made.save(book)
    for name, data in (("a.xlsx", book.getvalue()), ("a.csv", b"x,y\n1,2"), ("a.pdf", b"%PDF"), ("a.csv", b"")):
        rows, faults = read_seating(name, data)
        assert (rows, [fault.number for fault in faults]) == ([], [0])
    rows, faults = read_seating("a.csv", "申报编号,专家登录名,截止日期\nA-1,=1+1,\nA-1,,\n".encode())
    assert (rows, [(one.number, one.column) for one in faults]) == ([], [(2, "login")])
