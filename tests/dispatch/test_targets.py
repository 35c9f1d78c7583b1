"""The plan's targets: who reports, who confirms, what anybody sees, and where a target stands by the stated rule."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import select
from werkzeug.test import TestResponse

from cellcert.criteria.plan import PlanTarget, PlanValue
from cellcert.criteria.reporting import USUAL_REPORTING as RULE
from cellcert.criteria.text import Text
from cellcert.database import db
from cellcert.demo.papers import paper
from cellcert.dispatch.targets.models import TargetReport
from cellcert.dispatch.targets.rules import Point, judge, period_named, periods, read_value
from cellcert.inbox.models import Message
from tests.builders import city, hidden, sign_in

PERIOD = "2026-H1"


def goal(direction: str = "at_least", **values: PlanValue) -> PlanTarget:
    years = {int(year.removeprefix("y")): value for year, value in values.items()}
    return PlanTarget("t", Text("目标"), Text("%"), direction, years, ("agriculture",), "方案")  # type: ignore[arg-type]


def points(*figures: tuple[str, str]) -> Sequence[Point]:
    return [Point(date.fromisoformat(on), Decimal(value)) for on, value in figures]


START = ("2025-12-31", "60")  # two years, 730 days, before the end of 2027
A_HUNDRED = goal(y2027=Decimal(100))
ABOUT = goal("about", y2027=Decimal(30))


@pytest.mark.parametrize(
    ("target", "figures", "state", "said"),
    [
        (A_HUNDRED, [], "no_data", "还没有已确认的数据"),
        (A_HUNDRED, [START], "no_data", "只有一期数据"),
        (A_HUNDRED, [("2025-12-31", "100")], "reached", "已经达到"),
        (A_HUNDRED, [START, ("2026-12-31", "80")], "on_track", "按直线进度应为 80，不落后"),
        (A_HUNDRED, [START, ("2026-12-31", "78")], "on_track", "落后全程的 5%，在允许的 5% 以内"),
        (A_HUNDRED, [START, ("2026-12-31", "77.9")], "at_risk", "落后全程的 5.3%"),
        (A_HUNDRED, [START, ("2026-12-31", "72")], "at_risk", "落后全程的 20%"),
        (A_HUNDRED, [START, ("2026-12-31", "71.9")], "behind", "超过 20% 为滞后"),
        (A_HUNDRED, [START, ("2027-12-31", "99.9")], "behind", "目标期限已到"),
        (A_HUNDRED, [("2025-12-31", "100"), ("2026-06-30", "99")], "behind", "又退到目标之外"),
        (goal("at_most", y2027=Decimal(20)), [("2025-12-31", "40"), ("2026-12-31", "30")], "on_track", "不落后"),
        (goal("at_most", y2027=Decimal(20)), [("2025-12-31", "40"), ("2026-12-31", "20")], "reached", "已经达到"),
        (goal("at_most", y2026=Decimal(25), y2027=Decimal(20)), [("2026-12-31", "25")], "reached", "2026 年目标"),
        (goal("at_most", y2026=Decimal(25), y2027=Decimal(20)), [("2027-06-30", "25")], "no_data", "2027 年目标"),
        (ABOUT, [("2025-12-31", "28.5")], "reached", "已经达到"),
        (ABOUT, [("2025-12-31", "28.4")], "no_data", "只有一期"),
        (ABOUT, [("2025-12-31", "10"), ("2026-12-31", "45")], "reached", "已经达到"),
        (goal(y2027="rising"), [START], "no_data", "只有一期"),
        (goal(y2027="rising"), [START, ("2026-12-31", "61")], "on_track", "好于 2025-12-31 的 60"),
        (goal(y2027="rising"), [START, ("2026-12-31", "60")], "at_risk", "等于"),
        (goal(y2027="rising"), [START, ("2026-06-30", "70"), ("2026-12-31", "59")], "behind", "差于"),
        (goal(y2027=Decimal(88), y2030="kept"), [("2028-12-31", "88")], "on_track", "没有退步"),
        (goal(y2027=Decimal(88), y2030="kept"), [("2028-12-31", "87")], "at_risk", "退步不超过 5%"),
        (goal(y2027=Decimal(88), y2030="kept"), [("2028-12-31", "80")], "behind", "退步超过 5%"),
        (goal("at_most", y2027="kept"), [("2025-12-31", "0"), ("2026-12-31", "1")], "behind", "退步超过 5%"),
    ],
)
def test_a_target_stands_where_the_rule_says_and_says_why(
    target: PlanTarget, figures: list[tuple[str, str]], state: str, said: str
) -> None:
    judged = judge(target, points(*figures), RULE)
    assert (judged.state, said in judged.why.zh) == (state, True), judged.why.zh
    assert judged.why.en != judged.why.zh


def test_a_period_is_asked_for_once_it_has_ended() -> None:
    assert [period.key for period in periods("half_year", 2025, date(2026, 6, 30))] == ["2025-H1", "2025-H2"]
    assert periods("half_year", 2025, date(2026, 7, 1))[-1] == period_named(PERIOD)
    assert periods("year", 2026, date(2026, 12, 31)) == []
    assert period_named("2026-H3") is None
    assert RULE.due_on(date(2026, 6, 30)) - date(2026, 6, 30) == timedelta(days=20)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("93.5", "93.5"),
        ("９３．５％", "93.5"),
        ("1,200", "1200"),
        ("-0", "0"),
        ("93，5", None),
        ("约95", None),
        ("1e3", None),
    ],
)
def test_a_figure_is_read_as_people_type_it(typed: str, value: str | None) -> None:
    read, wrong = read_value(typed, "%")
    assert (None if read is None else str(read)) == value
    assert (wrong is None) is (read is not None)


# through the pages


@pytest.fixture
def office(app: Flask) -> FlaskClient:
    return signed_in(app, "office")


def signed_in(app: Flask, login: str) -> FlaskClient:
    city(app)
    client = app.test_client()
    sign_in(client, login)
    return client


def reported(client: FlaskClient, value: str, target: str = "urban_sorting", pdf: bool = True) -> int:
    """The number of a report made through the form, with a file."""
    address = f"/targets/{target}/report"
    data: dict[str, object] = {"period": PERIOD, "value": value, "note": "示例数据"}
    if pdf:
        name, content = paper("示例", "t", datetime(2026, 7, 1, tzinfo=UTC))
        data["files"] = (BytesIO(content), name)
    answer = client.post(address, data=hidden(client.get(address).text) | data)
    assert answer.status_code == 303, answer.text
    return int(answer.headers["Location"].rsplit("/", 1)[1])


def settle(client: FlaskClient, number: int, **data: str) -> int:
    page = client.get(f"/targets/reports/{number}").text
    return client.post(f"/targets/reports/{number}", data=hidden(page) | {"do": "", **data}).status_code


def test_a_value_is_reported_sent_back_corrected_and_confirmed_and_only_then_public(
    app: Flask, office: FlaskClient, client: FlaskClient
) -> None:
    department = signed_in(app, "department-city_management")
    first = reported(department, "71.5")
    again = department.post(
        "/targets/urban_sorting/report",
        data=hidden(department.get("/targets/urban_sorting/report").text) | {"period": PERIOD, "value": "72"},
    )
    assert again.status_code == 409
    assert "等市办确认" in again.text
    assert 'value="72"' in again.text
    assert "71.5" not in client.get("/targets/urban_sorting").text
    assert client.get(f"/targets/reports/{first}").status_code == 302

    assert settle(office, first, do="return") == 422
    assert settle(office, first, do="return", reason="口径不对") == 303
    second = reported(department, "73.25")
    assert settle(office, second) == 303

    public = client.get("/targets/urban_sorting").text
    assert "73.25" in public
    assert "71.5" not in public
    with app.app_context():
        rows = db.session.scalars(select(TargetReport).order_by(TargetReport.id)).all()
        assert [(row.value, row.outcome) for row in rows] == [
            (Decimal("71.5"), "returned"),
            (Decimal("73.25"), "confirmed"),
        ]
        assert "口径不对" in db.session.scalars(select(Message.text)).one()
    assert settle(office, second, do="return", reason="晚了") == 409


def test_nobody_confirms_what_he_reported_himself_or_what_nothing_supports(app: Flask, office: FlaskClient) -> None:
    mine = reported(office, "90", target="straw")
    assert settle(office, mine) == 403
    other = signed_in(app, "office2")
    bare = reported(other, "90", target="manure", pdf=False)
    assert settle(office, bare) == 409
    assert settle(other, mine) == 303
    with app.app_context():
        assert [row.outcome for row in db.session.scalars(select(TargetReport).order_by(TargetReport.id))] == [
            "confirmed",
            None,
        ]


def test_a_department_reports_what_it_leads_and_sees_what_it_shares(app: Flask) -> None:
    housing_sees = signed_in(app, "department-commerce")
    leads = signed_in(app, "department-city_management")
    number = reported(leads, "40", target="sludge")
    assert housing_sees.get(f"/targets/reports/{number}").status_code == 200  # commerce is named beside it
    assert housing_sees.get("/targets/sludge/report").status_code == 403
    assert leads.get("/targets/cells/report").status_code == 403  # counted by the program
    assert signed_in(app, "department-culture_tourism").get(f"/targets/reports/{number}").status_code == 404


@pytest.mark.parametrize(
    ("value", "said"),
    [("", "请填写数值"), ("很多", "不是数字"), ("101", "应当在 0 到 100 之间"), ("9.12345", "四位小数")],
)
def test_what_is_wrong_is_said_at_the_field_and_what_was_typed_stays(
    office: FlaskClient, value: str, said: str
) -> None:
    data = {"period": PERIOD, "value": value, "note": "我的说明"}
    page = office.post("/targets/straw/report", data=hidden(office.get("/targets/straw/report").text) | data)
    assert page.status_code == 422
    assert said in page.text
    assert "我的说明" in page.text
    assert f'value="{value}"' in page.text


def test_a_table_goes_out_with_what_is_missing_and_comes_back_whole_or_not_at_all(app: Flask) -> None:
    leads = signed_in(app, "department-commerce")
    book = load_workbook(BytesIO(leads.get("/targets/template.xlsx").data))
    sheet = book.active
    assert {row[0] for row in sheet.iter_rows(min_row=2, values_only=True)} == {
        "household_recovery",
        "infusion_bottles",
    }

    def sent() -> TestResponse:
        out = BytesIO()
        book.save(out)
        page = hidden(leads.get("/targets/import").text)
        return leads.post("/targets/import", data=page | {"file": (BytesIO(out.getvalue()), "t.xlsx")})

    sheet["E2"], sheet["E3"], sheet["D3"] = 31.5, "一半", "2026-Q9"
    wrong = sent()
    assert wrong.status_code == 422
    assert "第 3 行" in wrong.text
    assert "不是数字" in wrong.text
    with app.app_context():
        assert db.session.scalars(select(TargetReport)).all() == []
    sheet["E3"] = sheet["D3"] = None
    assert sent().status_code == 303
    with app.app_context():
        assert [row.value for row in db.session.scalars(select(TargetReport))] == [Decimal("31.5")]


def test_the_yearly_sheet_says_the_same_as_a_page_a_pdf_and_tables(app: Flask, client: FlaskClient) -> None:
    other, office = signed_in(app, "office2"), signed_in(app, "office")
    settle(office, reported(other, "93.75", target="straw"))
    reported(other, "61.5", target="manure")  # waits: the public does not see it
    assert "93.75" in client.get("/targets/sheet/2026").text
    assert "61.5" not in client.get("/targets/sheet/2026").text
    csv = client.get("/targets/sheet/2026.csv").data.decode("utf-8-sig")
    assert "93.75,2026-06-30" in csv
    sheet = load_workbook(BytesIO(client.get("/targets/sheet/2026.xlsx").data)).active
    assert [row[4] for row in sheet.iter_rows(min_row=4, values_only=True) if row[1] == "秸秆综合利用率"] == [93.75]
    words = "".join(
        page.extract_text() for page in PdfReader(BytesIO(client.get("/targets/sheet/2026.pdf").data)).pages
    )
    assert "93.75" in words
    assert client.get("/targets/sheet/1999").status_code == 404
