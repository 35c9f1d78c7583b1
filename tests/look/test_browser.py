"""The sample pages in a real browser: a phone, a desk, large print, no script, on paper."""

import shutil
from collections.abc import Iterator
from functools import partial

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, sync_playwright

from tests.look.gallery import SAMPLES

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
LOOKS = [(1280, ""), (360, "?en"), (360, "?large&guest")]
TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"
TOO_SMALL = """[...document.querySelectorAll('button, .btn, select, .tool, summary, .site-nav a')]
  .filter(e => e.getClientRects().length && e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"""


def _keep(complaints: list[str], message: ConsoleMessage) -> None:
    complaints.append(message.text)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.parametrize("page", SAMPLES)
def test_a_page_is_usable_at_every_width(browser: Browser, address: str, page: str) -> None:
    for width, query in LOOKS:
        tab = browser.new_page(viewport={"width": width, "height": 800})
        complaints: list[str] = []
        tab.on("console", partial(_keep, complaints))
        tab.goto(f"{address}/{page}{query}")

        assert not tab.evaluate(TOO_WIDE), (width, query)
        assert tab.evaluate(TOO_SMALL) == [], (width, query)
        assert Axe().run(tab).response["violations"] == [], (width, query)
        assert complaints == []  # a refused style or script would be named here
        tab.close()


def test_the_menu_opens_without_script(browser: Browser, address: str) -> None:
    tab = browser.new_page(java_script_enabled=False)
    tab.goto(f"{address}/tasks")
    tab.click("details.menu > summary")

    assert tab.is_visible("form[action='/sign-out'] button")


def test_the_keyboard_reaches_the_text_first_and_leaves_the_menu_by_escape(browser: Browser, address: str) -> None:
    tab = browser.new_page()
    tab.goto(f"{address}/tasks")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip-link"
    tab.keyboard.press("Enter")
    assert tab.evaluate("location.hash") == "#main"

    tab.click("details.menu > summary")
    tab.keyboard.press("Escape")
    assert not tab.is_visible("form[action='/sign-out'] button")


def test_mistakes_are_announced_first(browser: Browser, address: str) -> None:
    tab = browser.new_page()
    tab.goto(f"{address}/form")

    assert tab.evaluate("document.activeElement.id") == "error-summary"


def test_paper_shows_the_work_and_not_the_tools(browser: Browser, address: str) -> None:
    tab = browser.new_page()
    tab.goto(f"{address}/items")
    tab.emulate_media(media="print")

    assert tab.is_visible("h1")
    assert not any(tab.is_visible(part) for part in (".site-nav", ".site-tools", ".save-bar", ".crumbs"))
