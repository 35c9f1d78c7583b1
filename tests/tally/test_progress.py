"""How far the city is, on the public page, on the office's board, as a sheet and a workbook."""

import re
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import event, select, update

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.audit.models import AuditEvent
from cellcert.certificate.models import Certificate
from cellcert.database import db
from cellcert.tally.queries import tally
from cellcert.tally.rules import Tally
from cellcert.web import house
from tests.builders import application_in, sign_in, work


def figures(app: Flask) -> Tally:
    with app.app_context():
        found = tally(db.session(), house().library.programme, clock.day_of(clock.now(), "Asia/Shanghai"))
        db.session.rollback()
    return found


def set_state(app: Flask, application_id: int, state: State) -> None:
    """As if long ago somebody had; the tally only reads."""
    with app.app_context():
        db.session.execute(update(Application).where(Application.id == application_id).values(state=state))
        db.session.commit()


def test_a_new_city_begins_at_nothing_and_says_so(app: Flask, client: FlaskClient) -> None:
    page = client.get("/").text

    assert "已认定 0 个" in page
    assert "还没有公示" in page
    with app.app_context():
        assert f"还差 {house().library.programme.target.count} 个" in page


@pytest.mark.parametrize("state", [State.AWARDED, State.RECHECK, State.RECTIFYING])
def test_a_title_that_is_held_counts_also_while_it_is_looked_at_again(app: Flask, state: State) -> None:
    set_state(app, application_in(app, State.AWARDED), state)

    assert figures(app).reached == 1


@pytest.mark.parametrize("state", [State.SUSPENDED, State.REVOKED, State.EXPIRED])
def test_a_title_that_is_not_held_does_not_count(app: Flask, state: State) -> None:
    set_state(app, application_in(app, State.AWARDED), state)

    assert figures(app).reached == 0


def test_a_unit_with_two_titles_is_one_cell(app: Flask) -> None:
    first, second = application_in(app, State.AWARDED), application_in(app, State.AWARDED, "factory")
    with app.app_context():
        one, other = db.session.get_one(Application, first), db.session.get_one(Application, second)
        db.session.execute(update(Application).where(Application.id == other.id).values(unit_id=one.unit_id))
        db.session.commit()
    found = figures(app)

    assert found.reached == 1
    assert sum(line.awarded for line in found.categories) == 2


def test_what_is_under_way_is_neither_a_draft_nor_ended(app: Flask) -> None:
    one = application_in(app, State.SUBMITTED)
    assert sum(line.running for line in figures(app).categories) == 1
    assert sum(line.running for line in figures(app).divisions) == 1
    application_in(app, State.DRAFT, "factory")
    assert sum(line.count for line in figures(app).states) == 1  # as the board, the sheet and the workbook count
    set_state(app, one, State.WITHDRAWN)
    assert sum(line.running for line in figures(app).categories) == 0


def test_a_certificate_past_its_last_day_does_not_count(app: Flask) -> None:
    application_in(app, State.AWARDED)
    with app.app_context():
        last = db.session.scalars(select(Certificate.valid_until)).one()
        programme = house().library.programme
        assert tally(db.session(), programme, last).reached == 1
        assert tally(db.session(), programme, last.replace(year=last.year + 1)).reached == 0
        db.session.rollback()


def test_the_tally_takes_three_queries(app: Flask) -> None:
    application_in(app, State.AWARDED)
    sent: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
        tally(db.session(), house().library.programme, clock.day_of(clock.now(), "Asia/Shanghai"))
        db.session.rollback()
    assert len([statement for statement in sent if statement.startswith("SELECT")]) == 3


def test_the_public_page_names_the_notices_the_ways_in_and_no_draft(app: Flask, client: FlaskClient) -> None:
    notice = application_in(app, State.NOTICE)
    draft = application_in(app, State.DRAFT, "factory")
    with app.app_context():
        shown = db.session.get_one(Application, notice).unit.name
        hidden = db.session.get_one(Application, draft).unit.name
    page = client.get("/").text

    assert shown in page
    assert hidden not in page
    for address in ("/register", "/verify", "/notices", "/criteria", "/register-account"):
        assert f'"{address}"' in page


def test_finding_and_verifying_work_from_the_front_page(app: Flask, client: FlaskClient) -> None:
    application_in(app, State.AWARDED)
    work(app)
    with app.app_context():
        certificate = db.session.scalars(select(Certificate)).one()
        serial, unit = certificate.serial, certificate.fields["unit_name"]
    forms = re.findall(r'<form method="get"[^>]*action="([^"]+)"', client.get("/").text)

    assert forms == ["/register", "/verify"]
    assert unit in client.get("/register", query_string={"q": unit}).text
    assert unit in client.get("/verify", query_string={"serial": serial}, follow_redirects=True).text


def test_every_link_of_the_front_page_opens(app: Flask, client: FlaskClient) -> None:
    application_in(app, State.NOTICE)
    main = client.get("/").text.partition("<main")[2]
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"#]*)"', main)}
    answers = {link: client.get(link, follow_redirects=True).status_code for link in links}

    assert {link: code for link, code in answers.items() if code != 200} == {}


def test_the_board_is_for_the_office_the_approver_and_the_auditor(app: Flask) -> None:
    application_in(app, State.AWARDED)
    for login, status in (("office", 200), ("approver", 200), ("auditor", 200), ("expert1", 403), ("admin", 403)):
        browser = app.test_client()
        sign_in(browser, login)
        for address in ("/tally", "/tally.xlsx", "/tally.pdf"):
            assert browser.get(address).status_code == status, (login, address)
    assert app.test_client().get("/tally").status_code == 302


def test_the_board_leads_from_every_figure_to_its_list(app: Flask, client: FlaskClient) -> None:
    application_in(app, State.AWARDED)
    sign_in(client, "office")
    page = client.get("/tally").text

    assert "/applications?state=awarded" in page
    assert "/applications?category=agency" in page
    assert 'href="/tally.xlsx"' in page


def test_the_board_offers_the_plaques_of_each_batch_that_has_titles(app: Flask) -> None:
    id_ = application_in(app, State.AWARDED)
    with app.app_context():
        batch = db.session.get_one(Application, id_).batch
    for login, links in (("office", 1), ("approver", 1), ("auditor", 0)):
        browser = app.test_client()
        sign_in(browser, login)
        page = browser.get("/tally").text
        assert page.count("plaques.pdf") == page.count(f"/batches/{batch}/plaques.pdf") == links, login


@pytest.mark.parametrize("address", ["/tally.xlsx", "/tally.pdf"])
def test_an_export_has_a_chinese_name_that_a_real_server_lets_through(
    app: Flask, client: FlaskClient, address: str
) -> None:
    application_in(app, State.AWARDED)
    sign_in(client, "office")
    name = client.get(address).headers["Content-Disposition"]

    assert name.isascii()
    assert "filename*=UTF-8''%E6%97%A0%E5%BA%9F" in name


def test_an_export_is_remembered(app: Flask, client: FlaskClient) -> None:
    application_in(app, State.AWARDED)
    sign_in(client, "office")
    book = client.get("/tally.xlsx")
    sheet = client.get("/tally.pdf")

    assert load_workbook(BytesIO(book.data)).sheetnames[0] == "总览"
    assert len(PdfReader(BytesIO(sheet.data)).pages) == 1
    with app.app_context():
        kept = db.session.scalars(select(AuditEvent.object).where(AuditEvent.kind == "export")).all()
    assert kept == ["tally.xlsx", "tally.pdf"]
