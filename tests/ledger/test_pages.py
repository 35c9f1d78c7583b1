"""The pages of the ledger, with a browser's means and no script; and the self-assessment that takes its figures."""

import io
import re
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from werkzeug.test import TestResponse

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.assessment.models import Answer, Revision
from cellcert.assessment.queries import assessment_of
from cellcert.criteria.library import Library
from cellcert.database import db
from cellcert.ledger.models import LedgerEntry
from cellcert.ledger.queries import figures_of, lines_of
from cellcert.ledger.workbook import ledger_workbook
from cellcert.web import house
from tests.builders import application_in, clerk_of, hidden, sign_in
from tests.ledger.test_tables import GOOD, HEAD, book, changed
from tests.statements import asked

LAST = clock.now().year - 1


@pytest.fixture
def factory(app: Flask, client: FlaskClient) -> int:
    """The draft of a factory whose clerk is signed in."""
    number = application_in(app, State.DRAFT, "factory")
    sign_in(client, clerk_of(app, number))
    return number


def unit_of(app: Flask, number: int) -> int:
    with app.app_context():
        return db.session.get_one(Application, number).unit_id


def lines(app: Flask, number: int, year: int) -> list[tuple[int, str, Decimal]]:
    unit = unit_of(app, number)
    with app.app_context():
        return [(line.month, line.kind, line.generated) for line in lines_of(db.session(), unit, [year])]


def post(client: FlaskClient, address: str, **data: object) -> TestResponse:
    page = client.get(address)
    typed = {name.replace("__", "."): value for name, value in data.items()}
    return client.post(address, data=hidden(page.text) | typed)


def test_a_month_is_filled_in_and_the_next_one_offers_the_same_kinds(
    app: Flask, client: FlaskClient, factory: int
) -> None:
    year = LAST - 1
    first = client.get(f"/ledger/{year}/1?kind=slag")
    assert "炉渣" in first.text
    data = hidden(first.text) | {
        "row0.generated": "1,200.5",
        "row0.used": "1200.5",
        "row0.receiver": "示例建材厂",
        "do": "next",
    }
    answer = client.post(f"/ledger/{year}/1", data=data)
    assert (answer.status_code, answer.location) == (303, f"/ledger/{year}/2")
    assert lines(app, factory, year) == [(1, "slag", Decimal("1200.5"))]

    following = client.get(f"/ledger/{year}/2").text
    assert "炉渣" in following
    assert 'value="示例建材厂"' in following

    overview = client.get(f"/ledger/{year}").text
    assert "还缺 2、3、4" in overview
    assert "平衡" in overview
    assert 'role="img"' in overview
    assert "1 月 1200.5 吨" in overview


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    app: Flask, client: FlaskClient, factory: int
) -> None:
    page = client.get(f"/ledger/{LAST - 1}/1?kind=slag&kind=waste_oil")
    data = hidden(page.text) | {"row0.generated": "许多", "row1.used": "1", "row1.used_from_storage": "2"}
    answer = client.post(f"/ledger/{LAST - 1}/1", data=data)
    assert answer.status_code == 422
    assert "“许多”不是数字" in answer.text
    assert 'value="许多"' in answer.text
    assert 'href="#row1.used_from_storage"' in answer.text
    assert lines(app, factory, LAST - 1) == []


def test_two_receivers_of_one_kind_are_two_lines_and_one_named_twice_is_told(client: FlaskClient, factory: int) -> None:
    data = {
        "row0__kind": "slag",
        "row0__generated": "1",
        "row0__receiver": "甲",
        "row1__kind": "slag",
        "row1__generated": "2",
    }
    assert post(client, f"/ledger/{LAST - 1}/3?kind=slag", **data, row1__receiver="甲").status_code == 422
    assert post(client, f"/ledger/{LAST - 1}/3?kind=slag", **data, row1__receiver="乙").status_code == 303


def test_a_colleagues_month_is_not_overwritten_unseen(app: Flask, client: FlaskClient, factory: int) -> None:
    address = f"/ledger/{LAST - 1}/1"
    mine = hidden(client.get(f"{address}?kind=slag").text)
    assert post(client, f"{address}?kind=slag", row0__generated="5").status_code == 303
    answer = client.post(address, data=mine | {"row0.generated": "7"})
    assert answer.status_code == 409
    assert "同事保存" in answer.text
    assert 'value="7"' in answer.text
    assert lines(app, factory, LAST - 1)[0][2] == 5
    assert client.post(address, data=hidden(answer.text) | {"row0.generated": "7"}).status_code == 303
    assert lines(app, factory, LAST - 1)[0][2] == 7


@pytest.mark.parametrize("address", ["/ledger/1990", "/ledger/2999/1", f"/ledger/{LAST}/13", f"/ledger/{LAST + 1}/12x"])
def test_a_month_that_is_none_is_not_found(client: FlaskClient, factory: int, address: str) -> None:
    assert client.get(address).status_code == 404


def test_a_good_table_is_taken_and_a_bad_one_leaves_everything_as_it_was(
    app: Flask, client: FlaskClient, factory: int
) -> None:
    year = 2025 if LAST == 2025 else LAST
    good = book(changed(year=year, month=1, kind="炉渣"), changed(year=year, month=2, kind="炉渣"))
    before = lines(app, factory, year)
    answer = post(client, "/ledger/import", file=(io.BytesIO(good), "台账.xlsx"))
    assert (answer.status_code, answer.location) == (303, f"/ledger/{year}")
    kept = lines(app, factory, year)
    assert len(kept) == len(before) + 2

    bad = book(changed(year=year, month=3), changed(year=year, month=4, generated=-3), changed(year=year, kind="?"))
    answer = post(client, "/ledger/import", file=(io.BytesIO(bad), "台账.xlsx"))
    assert answer.status_code == 422
    assert "文件里有 2 处要改" in answer.text
    assert "第 3 行" in answer.text
    assert "-3 是负数" in answer.text
    assert lines(app, factory, year) == kept

    assert post(client, "/ledger/import").status_code == 422
    assert post(client, "/ledger/import", file=(io.BytesIO(b"\x00" * 50), "x.xlsx")).status_code == 422


def test_template_and_export_are_handed_out_as_workbooks(client: FlaskClient, factory: int) -> None:
    for address in ("/ledger/template.xlsx", f"/ledger/{LAST}.xlsx"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.data.startswith(b"PK")


def test_whoever_may_read_the_application_reads_its_ledger_and_no_other_page_of_it(
    app: Flask, client: FlaskClient
) -> None:
    number = application_in(app, State.PRELIMINARY, "factory")
    with app.app_context():
        division = db.session.get_one(Application, number).unit.division
    sign_in(client, f"district-{division}")
    page = client.get(f"/applications/{number}/ledger")
    assert page.status_code == 200
    assert "赤泥" in page.text
    assert "从表格导入" not in page.text
    assert client.get(f"/applications/{number}/ledger?year=2001").status_code == 404
    assert client.get("/ledger").status_code == 403
    assert client.get(f"/ledger/{LAST}/1").status_code == 403

    other = app.test_client()
    sign_in(other, clerk_of(app, application_in(app, State.DRAFT, "agency")))
    assert other.get(f"/applications/{number}/ledger").status_code == 404


def test_a_city_without_kinds_of_waste_has_no_ledger(
    app: Flask, client: FlaskClient, factory: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Library, "has_wastes", False)
    app.extensions["cellcert"].library.__dict__.pop("wastes", None)
    assert client.get("/ledger").status_code == 404
    page = client.get(f"/applications/{factory}/assessment/indicator-data")
    assert page.status_code == 200
    assert "台账 20" not in page.text
    assert "/ledger" not in page.text


# the self-assessment


def indicators(number: int) -> str:
    return f"/applications/{number}/assessment/indicator-data"


def kept(app: Flask, number: int, key: str) -> dict[str, object]:
    with app.app_context():
        row = db.session.scalars(
            select(Answer).where(Answer.application_id == number, Answer.kind == "indicator", Answer.key == key)
        ).one_or_none()
        return dict(row.value) if row and row.value else {}


def typed(page: str) -> dict[str, str]:
    """Every text field of the page as it would be posted."""
    tags = re.findall(r"<input\b[^>]*\btype=\"text\"[^>]*>", page[page.find("<main") :])
    found = [(re.search(r'\bname="([^"]*)"', tag), re.search(r'\bvalue="([^"]*)"', tag)) for tag in tags]
    areas = re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>([^<]*)</textarea>', page)
    return {name[1]: value[1] if value else "" for name, value in found if name} | dict(areas)


def test_figures_are_filled_in_from_the_ledger_until_something_is_typed(
    app: Flask, client: FlaskClient, factory: int
) -> None:
    with app.app_context():
        db.session.execute(delete(Answer).where(Answer.application_id == factory, Answer.kind == "indicator"))
        db.session.commit()
    page = client.get(indicators(factory)).text
    assert "已按台账填好，保存后生效" in page
    fields = typed(page)
    assert fields["indicators.utilisation.made"] == "10000"
    assert fields["indicators.trained.posts"] == ""
    assert client.post(indicators(factory), data=hidden(page) | fields).status_code == 303
    assert kept(app, factory, "utilisation") == {"used": "8600", "made": "10000", "drawn": "0"}
    assert "已按台账填好" not in client.get(indicators(factory)).text


def test_another_figure_says_why_before_it_is_handed_in(app: Flask, client: FlaskClient, factory: int) -> None:
    page = client.get(indicators(factory)).text
    other = hidden(page) | typed(page) | {"indicators.utilisation.used": "9000"}
    assert client.post(indicators(factory), data=other).status_code == 303
    page = client.get(indicators(factory)).text
    assert "与所填的 9000 不同" in page
    submit = client.get(f"/applications/{factory}/submit").text
    assert "有数据与固废台账不同，请说明原因" in submit
    assert "缺原因" in submit

    why = hidden(page) | typed(page) | {"notes.indicator.utilisation": "厂外委托利用的 400 吨未入台账。"}
    assert client.post(indicators(factory), data=why).status_code == 303
    assert "与固废台账不同" not in client.get(f"/applications/{factory}/submit").text
    assert kept(app, factory, "utilisation")["used"] == "9000"


def test_a_button_takes_the_ledgers_figure_and_leaves_the_others(app: Flask, client: FlaskClient, factory: int) -> None:
    page = client.get(indicators(factory)).text
    other = hidden(page) | typed(page) | {"indicators.utilisation.used": "9000", "indicators.utilisation.made": "9500"}
    client.post(indicators(factory), data=other)
    page = client.get(indicators(factory)).text
    assert 'value="ledger.utilisation.used"' in page
    answer = client.post(indicators(factory), data=hidden(page) | typed(page) | {"do": "ledger.utilisation.used"})
    assert answer.location.endswith("#indicators.utilisation")
    assert kept(app, factory, "utilisation")["used"] == "8600"
    assert kept(app, factory, "utilisation")["made"] == "9500"
    for nonsense in ("ledger.", "ledger.x.y", "ledger.utilisation", "ledger.trained.posts"):
        page = client.get(indicators(factory)).text
        answer = client.post(indicators(factory), data=hidden(page) | typed(page) | {"do": nonsense})
        assert answer.status_code == 303


def test_a_year_with_months_missing_is_not_filled_in_but_named(app: Flask, client: FlaskClient, factory: int) -> None:
    with app.app_context():
        db.session.execute(delete(Answer).where(Answer.application_id == factory, Answer.kind == "indicator"))
        db.session.execute(delete(LedgerEntry).where(LedgerEntry.month == 5))
        db.session.commit()
    page = client.get(indicators(factory)).text
    assert "年 5 月，不是全年的数" in page
    assert "采用台账数据" in page
    assert typed(page)["indicators.utilisation.made"] == ""


def test_a_submitted_revision_keeps_what_the_ledger_said(app: Flask, client: FlaskClient) -> None:
    number = application_in(app, State.SUBMITTED, "factory")
    with app.app_context():
        revision = db.session.scalars(select(Revision).where(Revision.application_id == number)).one()
        said = revision.sheet["ledger"]["utilisation"]["used"]
    assert said == {"figure": "8600", "missing": [], "differs": False}
    sign_in(client, clerk_of(app, number))
    page = client.get(f"/applications/{number}/answers").text
    assert "与台账一致" in page
    assert f"/applications/{number}/ledger" in page


def test_a_return_that_left_the_figures_closed_does_not_ask_why_they_differ(app: Flask) -> None:
    number = application_in(app, State.RETURNED, "factory")
    with app.app_context():
        session, application = db.session(), db.session.get_one(Application, number)
        session.execute(delete(LedgerEntry).where(LedgerEntry.kind == "red_mud"))
        library = house().library
        checklist, opens = library.checklist("factory"), library.programme.batch(application.batch).opens
        said = figures_of(session, application.unit_id, checklist, library.wastes, opens.year, opens)
        assessment = assessment_of(session, application, said)
        assert assessment.differs("utilisation", "used")
        assert [gap for gap in assessment.gaps if gap.wants == "reason"] == []


def test_a_long_ledger_costs_no_more_questions_to_the_database(app: Flask, client: FlaskClient, factory: int) -> None:
    def count() -> int:
        with asked(app) as sent:
            assert client.get(indicators(factory)).status_code == 200
            assert client.get(f"/ledger/{LAST}").status_code == 200
        return len(sent)

    many = count()
    with app.app_context():
        db.session.execute(delete(LedgerEntry).where(LedgerEntry.month > 1))
        db.session.commit()
    assert count() == many


def test_the_workbook_of_a_year_can_be_read_in_again(app: Flask, client: FlaskClient, factory: int) -> None:
    with app.app_context():
        wastes = house().library.wastes
        assert wastes is not None
    before = lines(app, factory, LAST)
    export = client.get(f"/ledger/{LAST}.xlsx").data
    assert len(export) > len(ledger_workbook(wastes, []))
    assert post(client, "/ledger/import", file=(io.BytesIO(export), "a.xlsx")).status_code == 303
    assert lines(app, factory, LAST) == before
    assert GOOD


def test_a_handed_over_weight_alone_is_no_balance_and_the_page_says_what_else_to_fill_in(
    client: FlaskClient, factory: int
) -> None:
    year = LAST - 1
    page = client.get(f"/ledger/{year}/1?kind=recyclables")
    assert "再按对方怎样处理" in page.text
    post(client, f"/ledger/{year}/1?kind=recyclables", row0__generated="1", row0__transferred="1", do="save")
    assert "转移量不算去向" in client.get(f"/ledger/{year}").text
    given = {"row0__generated": "1", "row0__used": "1", "row0__transferred": "1"}
    post(client, f"/ledger/{year}/1?kind=recyclables", do="save", **given)
    assert "转移量不算去向" not in client.get(f"/ledger/{year}").text


def test_a_clerk_may_weigh_in_kilograms_and_every_field_says_so(app: Flask, client: FlaskClient, factory: int) -> None:
    year = LAST - 1
    page = client.get(f"/ledger/{year}/1?kind=recyclables&measure=kg").text
    assert "本页数量的单位是公斤" in page
    assert page.count('<span class="unit">公斤</span>') == 8
    given = {"row0__generated": "12.5", "row0__used": "12.5"}
    assert post(client, f"/ledger/{year}/1?kind=recyclables&measure=kg", **given).status_code == 303
    assert lines(app, factory, year) == [(1, "recyclables", Decimal("0.0125"))]

    again = client.get(f"/ledger/{year}/1").text
    assert "本页数量的单位是公斤" in again
    assert 'value="12.5"' in again
    assert 'value="0.0125"' in client.get(f"/ledger/{year}/1?measure=t").text
    assert "本页数量的单位是公斤" in client.get(f"/ledger/{year}/2").text
    assert "合计（公斤）" in client.get(f"/ledger/{year}").text
    assert "0.0125" in client.get(f"/ledger/{year}?measure=t").text


def test_a_figure_a_thousand_times_that_of_the_month_before_is_asked_about_once(
    app: Flask, client: FlaskClient, factory: int
) -> None:
    year = LAST - 1
    assert post(client, f"/ledger/{year}/1?kind=slag", row0__generated="1.2").status_code == 303
    answer = post(client, f"/ledger/{year}/2", row0__generated="1150")
    assert answer.status_code == 422
    assert "约 958 倍" in answer.text
    assert len(lines(app, factory, year)) == 1
    sure = re.search(r'name="sure" value="(\w+)"', answer.text)
    assert sure is not None
    data = hidden(answer.text) | {"row0.generated": "1150"}
    assert client.post(f"/ledger/{year}/2", data=data | {"row0.generated": "1160", "sure": sure[1]}).status_code == 422
    assert client.post(f"/ledger/{year}/2", data=data | {"sure": sure[1]}).status_code == 303
    assert "约 958 倍" in client.get(f"/ledger/{year}").text
    again = hidden(client.get(f"/ledger/{year}/2").text) | {"row0.generated": "1150", "row0.note": "地磅"}
    assert client.post(f"/ledger/{year}/2", data=again).status_code == 303


def test_what_was_meant_in_kilograms_is_saved_so_with_one_press(app: Flask, client: FlaskClient, factory: int) -> None:
    year = LAST - 1
    post(client, f"/ledger/{year}/1?kind=slag", row0__generated="1.2")
    asked = post(client, f"/ledger/{year}/2", row0__generated="1150")
    assert "填的都是公斤，按公斤保存" in asked.text
    data = hidden(asked.text) | {"row0.generated": "1150", "do": "as-kg"}
    assert client.post(f"/ledger/{year}/2", data=data).status_code == 303
    assert lines(app, factory, year)[1] == (2, "slag", Decimal("1.15"))


def test_every_page_leads_back_to_the_question_somebody_came_from(
    app: Flask, client: FlaskClient, factory: int
) -> None:
    with app.app_context():
        db.session.execute(delete(Answer).where(Answer.application_id == factory, Answer.kind == "indicator"))
        db.session.execute(delete(LedgerEntry).where(LedgerEntry.month == 5))
        db.session.commit()
    there = re.search(rf'href="(/ledger/{LAST}/5\?[^"]+utilisation)"', client.get(indicators(factory)).text)
    assert there is not None
    address, back = there[1].replace("&amp;", "&"), f"{indicators(factory)}#indicators.utilisation"
    page = client.get(address).text
    onwards = [found.replace("&amp;", "&") for found in re.findall(r'href="(/ledger/[^"]*application=[^"]+)"', page)]
    assert len(onwards) >= 4
    for one in (address, *onwards, f"/ledger/import?application={factory}&figure=utilisation"):
        assert f'href="{back}"' in client.get(one).text, one
    answer = client.post(address, data=hidden(page) | {"row0.generated": "400", "row0.used": "400", "do": "back"})
    assert (answer.status_code, answer.location) == (303, back)
    answer = client.post(address, data=hidden(client.get(address).text) | {"row0.generated": "401", "do": "save"})
    assert answer.location == f"/ledger/{LAST}?application={factory}&figure=utilisation"


def test_the_way_back_leads_to_ones_own_applications_only(app: Flask, client: FlaskClient) -> None:
    theirs = application_in(app, State.DRAFT, "factory")
    sign_in(client, clerk_of(app, application_in(app, State.DRAFT, "mall")))
    for number in (theirs, 999_999, "x"):
        page = client.get(f"/ledger/{LAST}?application={number}&figure=utilisation")
        assert page.status_code == 200
        assert "返回无废" not in page.text


def test_dumping_has_its_place_in_the_balance_and_an_older_template_is_told(client: FlaskClient, factory: int) -> None:
    year = LAST - 1
    given = {"row0__generated": "10", "row0__used": "8", "row0__dumped": "2"}
    post(client, f"/ledger/{year}/1?kind=slag", **given)
    page = client.get(f"/ledger/{year}?show=dumped").text
    assert "平衡" in page
    assert "1 月 2 吨" in page
    old = book([*GOOD[:9], *GOOD[10:]], head=[*HEAD[:9], *HEAD[10:]])
    answer = post(client, "/ledger/import", file=(io.BytesIO(old), "台账.xlsx"))
    assert answer.status_code == 422
    assert "这是旧模板，少“倾倒丢弃量”一列" in answer.text
