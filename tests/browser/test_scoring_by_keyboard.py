"""An expert scores a whole case with the keys alone, loses the tab, and goes on where it was."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.database import db, reading
from cellcert.review.own_sheet import OwnSheet, own_sheet
from tests.browser.conftest import Site
from tests.builders import application_in
from tests.review.cases import actor, waiting_experts

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def sheet_of(site: Site, application_id: int, login: str) -> tuple[OwnSheet, int]:
    """The sheet as the server keeps it, and how much is left."""
    with site.app.app_context(), reading():
        application = db.session.get_one(Application, application_id)
        own = own_sheet(db.session(), application, by=actor(login), at=clock.now())
        return own, len(own.left)


def test_a_case_is_scored_by_keyboard_across_a_lost_tab(site: Site, context: BrowserContext) -> None:
    application_id = application_in(site.app, State.REVIEW, "scenic")
    with site.app.app_context(), reading():
        login = waiting_experts(application_id)[0]
    page, path = context.new_page(), f"{site.address}/applications/{application_id}/score"
    site.sign_in(page, login)
    page.goto(path)
    page.locator("input[name=declared]").press("Space")
    page.locator("main form button").first.press("Enter")
    expect(page.locator("form[data-scoring]")).to_be_visible()
    items = page.locator('[data-place^="item."]').count()
    assert items >= 25

    for _ in range(items // 2):
        page.keyboard.press("n")
        page.keyboard.press("f")
    page.keyboard.press("c")
    page.keyboard.type("台账与现场一致")
    page.keyboard.press("Escape")
    saved = page.locator('[data-place^="item."] .place-state', has_text="已保存")
    expect(saved).to_have_count(items // 2, timeout=30000)
    page.close()

    page = context.new_page()
    page.goto(path)
    own, left = sheet_of(site, application_id, login)
    assert len(own.answers) == items // 2
    assert 0 < left <= items - items // 2
    finish(page, left)

    expect(page.locator(".still-open")).to_contain_text("各项都已评分", timeout=30000)
    page.keyboard.press("h")
    expect(page).to_have_url(re.compile("hand-in$"))
    page.locator("main form button").first.press("Enter")
    expect(page.locator("main")).to_contain_text("评分表已提交")
    own, _left = sheet_of(site, application_id, login)
    assert own.is_handed_in
    assert "台账与现场一致" in own.comments.values()


def finish(page: Page, left: int) -> None:
    """From the first item that is open to the last."""
    for _ in range(left):
        page.keyboard.press("u")
        now = page.locator(".scoring-now .place-state")
        page.keyboard.press("f")
        expect(now).to_contain_text("已保存", timeout=30000)
