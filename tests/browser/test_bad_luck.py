"""Something on the way answers for the server, or a session ends where no script runs: nothing typed is lost."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from cellcert.application.models import Application
from cellcert.criteria.editions import checklist_of
from cellcert.database import db, reading
from cellcert.demo.city import PASSWORD
from tests.browser.conftest import Site
from tests.browser.test_nothing_is_lost import all_saved, empty_draft, end_sessions, notes, write_note
from tests.builders import clerk_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def draft(site: Site) -> int:
    return empty_draft(site, category="agency")


def place_of_words(site: Site, draft: int) -> tuple[str, str]:
    """The address of a page and the key of one item there."""
    with site.app.app_context(), reading():
        section = checklist_of(db.session.get_one(Application, draft).edition).sections[0]
        key = section.items[0].key
    return f"{site.address}/applications/{draft}/assessment/{section.key}", key


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (200, "text/html", "<h1>Wi-Fi</h1>"), (502, "text/html", "<h1>Bad gateway</h1>"),
        pytest.param(200, "application/json", "null", marks=pytest.mark.slow),
        pytest.param(204, "text/plain", "", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_the_servers_saves_nothing_and_is_asked_again(
    site: Site, page: Page, draft: int, status: int, kind: str, body: str
) -> None:
    site.sign_in(page, clerk_of(site.app, draft))
    address, key = place_of_words(site, draft)
    page.goto(address)
    write_note(page, key, "先写一句")
    all_saved(page)

    def not_ours(route: Route) -> None:
        route.fulfill(status=status, content_type=kind, body=body)

    page.route("**/places/**", not_ours)
    write_note(page, key, "后写一句")
    expect(page.locator(".place-failed")).to_contain_text("没有保存")
    expect(page.locator(".save-bar .save-trouble")).to_contain_text("稍后自动重试")
    assert "已保存" not in page.inner_text(".save-bar")
    assert notes(site, draft)[key] == "先写一句"
    page.unroute("**/places/**", not_ours)
    all_saved(page)
    assert notes(site, draft)[key] == "后写一句"


def test_without_a_script_a_form_sent_after_the_session_ended_is_sent_again(
    site: Site, chromium: Browser, draft: int
) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="zh-CN")
    page, login = context.new_page(), clerk_of(site.app, draft)
    site.sign_in(page, login)
    address, key = place_of_words(site, draft)
    for lost in ("登录", "整个会话"):
        page.goto(address)
        text, field = f"第一行\n没有了{lost}", page.locator(f'[id="notes.item.{key}"]')
        if not field.is_visible():
            page.locator(f'[data-place="item.{key}"] summary', has_text="补充说明").click()
        field.fill(text)
        end_sessions(site, login)
        if lost == "整个会话":
            context.clear_cookies()
        page.get_by_role("button", name="保存", exact=True).last.click()
        expect(page.locator(".refusal-message")).to_contain_text("没有提交")
        with context.expect_page() as opened:
            page.get_by_role("link", name="登录（新窗口）").click()
        other = opened.value
        other.fill("input[name=login]", login)
        other.fill("input[name=password]", PASSWORD)
        other.click("main button[type=submit], main button:not([type])")
        expect(other.locator("h1")).not_to_have_text("登录")
        other.close()
        page.get_by_role("button", name="再次提交").click()
        expect(page.locator(".refusal-message")).to_contain_text("页面已过期")  # the token is the new session's now
        page.get_by_role("button", name="再次提交").click()
        expect(page.locator(".flashes")).to_contain_text("已保存")
        assert notes(site, draft)[key] == text
    context.close()


def test_a_file_refused_for_an_ended_session_goes_up_after_signing_in_again(
    site: Site, page: Page, draft: int, tmp_path: Path
) -> None:
    login = clerk_of(site.app, draft)
    site.sign_in(page, login)
    address, key = place_of_words(site, draft)
    page.goto(address)
    end_sessions(site, login)
    picture = tmp_path / "现场.png"
    Image.new("RGB", (80, 60), "green").save(picture)
    page.locator(f'[id="files.{key}"]').set_input_files(picture)
    place = page.locator(f'[data-place="item.{key}"]')
    expect(place.locator(".upload-failed")).to_contain_text("登录已失效")
    with page.context.expect_page() as opened:
        place.get_by_role("link", name="重新登录").click()
    opened.value.fill("input[name=login]", login)
    opened.value.fill("input[name=password]", PASSWORD)
    opened.value.click("main button[type=submit], main button:not([type])")
    expect(opened.value.locator("form[data-autosave]")).to_be_visible()
    opened.value.close()
    place.get_by_role("button", name="重试").click()
    expect(place.locator(".evidence")).to_contain_text("现场.png")
    expect(place.locator(".upload-failed")).to_have_count(0)
