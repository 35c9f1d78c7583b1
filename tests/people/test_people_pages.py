"""Every page of people and units in a real browser: wide enough, readable, free of axe's complaints."""

import shutil
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright

from cellcert.actors import Role
from tests.people.arrivals import DOUBTFUL, PASSWORD, a_unit, somebody
from tests.served import served

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
PAGES = {
    "": ["/sign-in", "/register-account"],
    "admin": [
        "/accounts",
        "/accounts?q=nobody",
        "/accounts/new",
        "/accounts/{li}",
        "/accounts/{li}/disable",
        "/accounts/{li}/password",
    ],
    "lee": [
        "/unit",
        "/colleagues",
        "/colleagues/invite",
        "/colleagues/new",
        "/colleagues/hand-over",
        "/colleagues/leave",
        "/inbox",
        "/password",
    ],
    "wang": ["/units/doubtful", "/units/{unit}/code", "/switch"],
}
TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def city(app: Flask) -> Iterator[tuple[str, dict[str, int]]]:
    app.config["WTF_CSRF_ENABLED"] = True
    unit = a_unit(app, credit_code=DOUBTFUL, doubtful_accepted=True)
    somebody(app, "admin", Role.ADMIN)
    ids = {"unit": unit, "li": somebody(app, "li", Role.EXPERT)}
    somebody(app, "lee", Role.APPLICANT, unit_id=unit)
    somebody(app, "colleague", Role.APPLICANT, unit_id=unit)
    somebody(app, "wang", Role.DISTRICT, Role.EXPERT, division="jiefang")
    with served(app) as address:
        yield address, ids


def enter(tab: Page, address: str, login: str) -> None:
    tab.goto(f"{address}/sign-in?next=/password")
    tab.fill("#login", login)
    tab.fill("#password", PASSWORD)
    tab.press("#password", "Enter")
    tab.wait_for_url("**/password")


@pytest.mark.parametrize("who", PAGES)
@pytest.mark.parametrize("width", [1280, 360])
def test_pages_fit_and_can_be_read_by_everybody(
    browser: Browser, city: tuple[str, dict[str, int]], who: str, width: int
) -> None:
    address, ids = city
    context = browser.new_context(viewport={"width": width, "height": 800})
    tab = context.new_page()
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    if who:
        enter(tab, address, who)
    for path in PAGES[who]:
        tab.goto(address + path.format(**ids))

        assert not tab.evaluate(TOO_WIDE), path
        assert Axe().run(tab).response["violations"] == [], path
    assert complaints == []  # a refused style or script would be named here
    context.close()


def test_registration_works_without_script_and_keeps_what_was_typed(
    browser: Browser, city: tuple[str, dict[str, int]]
) -> None:
    address, _ = city
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    tab = context.new_page()
    tab.goto(f"{address}/register-account")
    tab.click("summary:has-text('另有联系人')")
    for field, value in {
        "name": "示例二厂", "credit_code": "91350211M0000XUF46", "address": "示例路1号", "head": "示例甲",
        "contact_name": "示例乙", "contact_phone": "13800000000", "person_name": "示例乙", "phone": "13800000000",
        "login": "newcomer", "password_new": PASSWORD, "password_again": PASSWORD,
    }.items():  # fmt: skip
        tab.fill(f"#{field}", value)
    tab.select_option("#division", "boai")
    tab.click("main button[type=submit]")

    assert tab.locator("#error-summary").inner_text().count("校验位不符") == 1
    assert tab.input_value("#address") == "示例路1号"
    tab.check("#code_accepted")
    tab.fill("#password_new", PASSWORD)
    tab.fill("#password_again", PASSWORD)
    tab.click("main button[type=submit]")
    tab.goto(f"{address}/unit")
    assert tab.input_value("#name") == "示例二厂"
    context.close()
