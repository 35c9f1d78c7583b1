"""A reviewer checks a case by keyboard alone, with the evidence in sight; what two windows typed is shown, not lost."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.ways import Choice
from cellcert.database import db, reading
from cellcert.review.check_queries import findings_by_place
from tests.browser.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def case(site: Site) -> tuple[int, str, str]:
    """A case in its first check, who checks it, and an item scored by choosing."""
    with site.app.app_context(), reading():
        found = db.session.scalars(select(Application).where(Application.state == State.PRELIMINARY)).first()
        assert found is not None
        items = checklist_of(found.edition).items()
        return found.id, f"district-{found.division}", next(one.key for one in items if isinstance(one.way, Choice))


def verdicts(site: Site, id_: int) -> dict[str, str]:
    with site.app.app_context(), reading():
        found = findings_by_place(db.session(), db.session.get_one(Application, id_), 1)
        return {".".join(place): row.verdict for place, row in found.items()}


def test_a_case_is_checked_by_keyboard_and_two_windows_do_not_overwrite_each_other(
    site: Site, page: Page, case: tuple[int, str, str]
) -> None:
    id_, login, key = case
    site.sign_in(page, login)
    page.goto(f"{site.address}/applications/{id_}/check")
    picture = page.locator(".proof-page img").first
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("img => img.naturalWidth") == 1240

    first, second = (page.locator("[data-place]:has(.item-card)").nth(n) for n in (0, 1))
    places = [one.get_attribute("data-place") or "" for one in (first, second)]
    page.keyboard.press("j")
    page.keyboard.press("a")  # nothing wrong, and on
    expect(first.locator(".place-state")).to_contain_text("已保存")
    page.keyboard.press("r")
    page.keyboard.type("jar: 缺盖章页")  # keys are letters where one types
    page.keyboard.press("Control+Enter")
    expect(second.locator(".place-state")).to_contain_text("已保存")
    assert verdicts(site, id_) == {places[0]: "fine", places[1]: "return"}
    expect(page.locator(".save-score")).to_contain_text("需补正 1 处")

    item = page.locator(f"[data-place='item.{key}']")
    item.locator(".verdict input").first.focus()
    page.keyboard.press("c")
    item.locator(".correction input[type=radio]").last.check()
    item.locator("textarea[name^=reason]").fill("没有见到文件")
    expect(item.locator(".comes-to")).to_contain_text("核正后 0 分")

    other = page.context.new_page()
    other.goto(f"{site.address}/applications/{id_}/check")
    there = other.locator(f"[data-place='item.{key}']")
    there.locator("textarea[name^=reason]").fill("文件已过期")
    expect(there.locator(".place-state")).to_contain_text("已保存")
    item.locator("textarea[name^=reason]").fill("只有草稿")
    expect(item.locator(".conflict")).to_contain_text("文件已过期")
    item.locator(".conflict button").first.click()
    expect(item.locator(".place-state")).to_contain_text("已保存")
    assert verdicts(site, id_)[f"item.{key}"] == "correct"


def test_without_a_script_everything_is_a_form_and_a_page(
    site: Site, chromium: Browser, case: tuple[int, str, str]
) -> None:
    id_, login, _key = case
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    site.sign_in(page, login)
    page.goto(f"{site.address}/applications/{id_}/check?show=files")
    page.locator("[data-place] .verdict input[value=fine]").first.check()
    page.locator(".save-bar button[value=save]").click()
    expect(page.locator("main")).to_contain_text(re.compile("已核对 [1-9]"))
    page.goto(f"{site.address}/applications/{id_}/check")
    page.locator(".proof-all").first.click()
    expect(page.locator(".proof-sheet img")).to_have_count(1)
    context.close()
