"""A clerk keeps the ledger: a month typed in, a table read in, the balance, the chart, and the figure it gives."""

import io
import re
from collections.abc import Iterator

import openpyxl
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import delete

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.assessment.models import Answer
from cellcert.database import db
from cellcert.ledger.models import LedgerEntry
from tests.browser.conftest import Site
from tests.builders import application_in, clerk_of
from tests.served import served

pytestmark = pytest.mark.browser
YEAR = clock.now().year - 1
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def draft(app: Flask) -> Iterator[tuple[Site, int]]:
    """The draft of a factory with an empty ledger and no figures, in a city of its own."""
    app.config["WTF_CSRF_ENABLED"] = True
    number = application_in(app, State.DRAFT, "factory")
    with app.app_context():
        db.session.execute(delete(LedgerEntry))
        db.session.execute(delete(Answer).where(Answer.kind == "indicator"))
        db.session.commit()
    with served(app) as address:
        yield Site(address, app), number


def filled(template: bytes, year: int, months: list[int], used: object = 9) -> bytes:
    """A template as a clerk fills it in: ten of red mud each month, nine of it used and one stored."""
    workbook = openpyxl.load_workbook(io.BytesIO(template))
    sheet = workbook.worksheets[0]
    heads = {str(cell.value): cell.column for cell in sheet[1]}
    for row, month in enumerate(months, 2):
        line = {"年份": year, "月份": month, "废物种类": "赤泥", "产生量（公斤）": 10, "利用量（公斤）": used}
        for head, value in (line | {"贮存量（公斤）": 1}).items():
            sheet.cell(row, heads[head], value)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
def test_a_year_is_kept_and_the_question_takes_its_figure(
    chromium: Browser, draft: tuple[Site, int], script: bool
) -> None:
    site, application = draft
    context = chromium.new_context(locale="zh-CN", java_script_enabled=script, viewport={"width": 360, "height": 740})
    page = context.new_page()
    site.sign_in(page, clerk_of(site.app, application))
    question = f"{site.address}/applications/{application}/assessment/indicator-data"
    page.goto(question)
    page.locator("[id='indicators.utilisation']").get_by_text("填写固废台账").first.click()
    page.click("text=填写 1 月")
    page.click("text=按公斤填写")
    page.check("text=赤泥")
    page.click("main form[method=get] button")
    assert page.locator(".ledger-amounts .unit").all_inner_texts() == ["公斤"] * 8
    page.fill("[id='row0.generated']", "许多")
    page.click("main button[value=save]")
    assert "“许多”不是数字" in page.inner_text(".error-summary")
    page.fill("[id='row0.generated']", "10")
    page.fill("[id='row0.used']", "9")
    page.fill("[id='row0.stored']", "1")
    page.click("main button[value=save]")
    assert "还缺 2、3" in page.inner_text("main")

    template = page.request.get(f"{site.address}/ledger/template.xlsx?measure=kg").body()
    page.click("text=从表格导入")
    months = list(range(2, 13))
    choose(page, filled(template, YEAR, months, used="九"))
    assert "第 2 行 利用量 “九”不是数字" in re.sub(r"\s+", " ", page.inner_text("#faults"))
    choose(page, filled(template, YEAR, months))
    assert "已导入 11 行" in page.inner_text("body")
    assert "平衡" in page.inner_text("main table")
    assert "12 月 10 公斤" in str(page.locator(".ledger-chart svg").get_attribute("aria-label"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360 if script else True
    page.click("text=返回无废工厂申报")
    assert page.url == f"{question}#indicators.utilisation"
    assert page.input_value("[id='indicators.utilisation.made']") == "0.12"
    assert page.input_value("[id='indicators.utilisation.used']") == "0.108"
    context.close()


def choose(page: Page, data: bytes) -> None:
    page.set_input_files("#file", {"name": "台账.xlsx", "mimeType": XLSX, "buffer": data})
    page.click("main form[method=post] button[type=submit]")
