"""One unit goes from registration to its certificate in a browser without JavaScript, everybody at their own page."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from cellcert import clock
from cellcert.criteria import ways
from cellcert.criteria.library import Library
from cellcert.criteria.scorer import experts_score
from cellcert.demo.answers import example
from cellcert.demo.papers import paper
from cellcert.paths import shipped
from tests.browser.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

UNIT, CODE, CATEGORY = "示例全程机关事务中心", "12000000MB0DEM041T", "agency"
PASSWORD = "一只青蛙跳过三条小河"


class Desk:
    """One person's browser."""

    def __init__(self, browser: Browser, site: Site, login: str | None = None) -> None:
        self.context = browser.new_context(java_script_enabled=False, locale="zh-CN", accept_downloads=True)
        self.page: Page = self.context.new_page()
        self.site = site
        if login:
            site.sign_in(self.page, login)

    def open(self, path: str) -> None:
        answer = self.page.goto(self.site.address + path)
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status} {self.page.inner_text('main')[:300]}"

    def press(self, name: str) -> None:
        self.page.locator("main").get_by_role("button", name=name, exact=True).first.click()
        assert self.page.locator("[role=alert]").count() == 0, self.page.locator("[role=alert]").first.inner_text()

    def follow(self, name: str) -> None:
        self.page.locator("main").get_by_role("link", name=name).first.click()

    @property
    def text(self) -> str:
        return self.page.inner_text("main")


def tick(page: Page, name: str, value: str) -> None:
    """Choose by keyboard."""
    box = page.locator(f'input[name="{name}"][value="{value}"]')
    if not box.is_checked():
        box.focus()
        page.keyboard.press("Space")
    assert box.is_checked(), name


def answer(page: Page, name: str, way: ways.Way, given: Any) -> None:
    """Fill the control of one way to score as a person would."""
    match way:
        case ways.YesNo():
            tick(page, name, "yes" if given else "no")
        case ways.Choice():
            chosen = given if isinstance(given, Mapping) else {"choice": given}
            tick(page, name, chosen["choice"])
            if "points" in chosen:
                page.fill(f'input[name="{name}.points"]', str(chosen["points"]))
        case ways.Parts(parts=parts):
            for part in parts:
                if part.key in given:
                    answer(page, f"{name}.{part.key}", part.way, given[part.key])
        case ways.Deductions(faults=faults):
            tick(page, f"{name}.checked", "yes")
            for fault in faults:
                if fault.key in given and fault.lose is not None and (fault.each or isinstance(fault.lose, ways.Range)):
                    page.fill(f'input[name="{name}.{fault.key}"]', str(given[fault.key]))
                elif given.get(fault.key):
                    tick(page, f"{name}.{fault.key}", "yes")
        case ways.AtLeast():
            tick(page, f"{name}.checked", "yes")
            for key in given:
                tick(page, name, key)
        case ways.AnyOf(ways=alternatives):
            for alternative in alternatives:
                if alternative.key in given:
                    answer(page, f"{name}.{alternative.key}", alternative.way, given[alternative.key])
        case ways.Judged():
            page.fill(f'input[name="{name}"]', str(given))


def fill_step(desk: Desk, sheet: Mapping[str, Any], folder: Path) -> None:
    """Fill whatever the page in front asks, from the example answers."""
    page, checklist = desk.page, Library(shipped("criteria")).checklist(CATEGORY)
    for fact in checklist.facts:
        field = page.locator(f'[name="facts.{fact.key}"]')
        if field.count():
            value = sheet["facts"][fact.key]
            if fact.type == "yes_no":
                tick(page, f"facts.{fact.key}", "yes" if value else "no")
            elif fact.type == "choice":
                tick(page, f"facts.{fact.key}", value)
            else:
                field.fill(str(value))
    for indicator in checklist.indicators:
        for one in indicator.inputs:
            field = page.locator(f'[name="indicators.{indicator.key}.{one.key}"]')
            given = sheet["indicators"].get(indicator.key, {}).get(one.key)
            if field.count() and given is not None:
                field.fill(str(given))
    for prerequisite in checklist.prerequisites:
        if page.locator(f'[name="prerequisites.{prerequisite.key}"]').count():
            tick(page, f"prerequisites.{prerequisite.key}", "yes" if sheet["prerequisites"][prerequisite.key] else "no")
    for item in checklist.items():
        if page.locator(f'[id="items.{item.key}-group"]').count() and item.key in sheet["items"]:
            answer(page, f"items.{item.key}", item.way, sheet["items"][item.key])
        if item.required and page.locator(f'input[name="files.{item.key}"]').count():
            name, data = paper(UNIT, item.text.zh, clock.now())
            (folder / name).write_bytes(data)
            page.set_input_files(f'input[name="files.{item.key}"]', folder / name)


def test_a_unit_goes_from_registration_to_its_certificate(site: Site, chromium: Browser, tmp_path: Path) -> None:
    sheet = example(shipped("criteria"), CATEGORY)
    clerk = Desk(chromium, site)

    # the unit registers
    clerk.open("/register-account")
    clerk.page.locator("summary", has_text="另有联系人").click()
    typed = {
        "name": UNIT, "credit_code": CODE, "address": "示例路 1 号", "head": "示例甲", "contact_name": "示例乙",
        "contact_phone": "0391-1234567", "person_name": "示例乙", "phone": "13800000000", "login": "whole.path",
        "password_new": PASSWORD, "password_again": PASSWORD,
    }  # fmt: skip
    for name, value in typed.items():
        clerk.page.fill(f'main [name="{name}"]', value)
    clerk.page.locator('main [name="division"]').select_option("wuzhi")
    clerk.page.locator('main [name="is_head"]').check()
    clerk.press("注册")
    assert UNIT in clerk.page.content()

    # applies, fills every page, submits
    clerk.open("/apply")
    clerk.page.locator(f'main a[href*="{CATEGORY}"], main button[value="{CATEGORY}"]').first.click()
    clerk.page.locator("main form button").last.click()  # and stands on the first page to fill in
    number = re.search(r"/applications/(\d+)/", clerk.page.url)
    assert number, clerk.page.url
    case = f"/applications/{number.group(1)}"
    while "/assessment/" in clerk.page.url:
        fill_step(clerk, sheet, tmp_path)
        clerk.press("保存并继续")
    clerk.open(f"{case}/submit")
    assert "还差" not in clerk.page.locator("h1 + p, .page-standing").first.inner_text(), clerk.text
    clerk.page.locator("[name=agreed]").check()
    clerk.press("确认承诺并提交申报")
    assert re.search(r"2\d{3}-\d-J\d{5}", clerk.text), clerk.text

    # the district checks and passes it on
    district = Desk(chromium, site, "district-wuzhi")
    district.open(case)
    district.press("开始初审")
    district.open(f"{case}/pass-on")
    district.page.fill("[name=text]", "材料齐全，同意推荐。")
    district.page.locator("main form button").last.click()

    # the office seats three experts, who score alone
    office = Desk(chromium, site, "office")
    experts = ("expert1", "expert2", "expert3")
    seat_experts(office, case, experts)
    checklist = Library(shipped("criteria")).checklist(CATEGORY)
    for login in experts:
        expert = Desk(chromium, site, login)
        expert.open(f"{case}/score")
        expert.page.locator("[name=declared]").check()
        expert.page.locator("main form button").last.click()
        for item in checklist.items():
            if experts_score(item) and expert.page.locator(f'[id="items.{item.key}-group"]').count():
                answer(expert.page, f"items.{item.key}", item.way, sheet["items"].get(item.key, {}))
        expert.press("保存并提交…")
        expert.page.locator("main form button").last.click()
        expert.open(f"{case}/score")
        assert "评分表已提交" in expert.text
        assert not re.search("expert[23]|评分人", expert.text)
    office.open(f"{case}/close-round")
    if office.page.locator('[name=on_site][value="no"]').count():
        tick(office.page, "on_site", "no")
    office.page.locator("main form button").last.click()

    # proposal and approval by two persons, then the public notice
    office.open(f"{case}/decision")
    office.page.locator("[name=outcome]").first.check()
    office.page.fill("[name=reason]", "评审达到认定条件。")
    office.page.locator("main form button").last.click()
    approver = Desk(chromium, site, "approver")
    approver.open(f"{case}/decision/approve")
    approver.page.locator("[name=agreed]").first.check()
    approver.page.locator("main form button").last.click()
    public = Desk(chromium, site)
    public.open("/notices")
    assert UNIT in public.text

    # not before the notice is over
    approver.open(case)
    with time_machine.travel(clock.now() + timedelta(days=25), tick=True):
        second = Desk(chromium, site, "approver2")
        second.open(f"{case}/award")
        second.page.locator("main form button").last.click()
        serial = re.search(r"JZWF-J-\d{4}-\d{4}", second.text)
        assert serial, second.text
        site.work()
        public.open(f"/verify/{serial.group()}")
        assert UNIT in public.text
        assert "有效" in public.text
        clerk = Desk(chromium, site)
        clerk.page.goto(site.address + "/sign-in")
        clerk.page.fill("[name=login]", "whole.path")
        clerk.page.fill("[name=password]", PASSWORD)
        clerk.press("登录")
        clerk.open(case)
        with clerk.page.expect_download() as download:
            clerk.page.locator('main a[href*="/certificates/"][href*=".pdf"]').first.click()
        path = tmp_path / "certificate.pdf"
        download.value.save_as(path)
    reader = PdfReader(path)
    assert len(reader.pages) == 1
    assert UNIT in reader.pages[0].extract_text().replace("\n", "")


def seat_experts(office: Desk, case: str, logins: Sequence[str]) -> None:
    """Choose the experts of these logins from the list of candidates."""
    office.open(f"{case}/experts")
    for login in logins:
        name = office.site.name_of(login)
        office.page.locator("main label", has_text=name).first.click()
    office.press("指派所选专家")
