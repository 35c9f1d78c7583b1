"""The record of a visit on a phone: the network goes in the middle, nothing is lost and nothing arrives twice."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from sqlalchemy import select

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.database import db, reading
from cellcert.people.models import Person, Post
from cellcert.review.site import actions
from cellcert.review.site.models import Visit, VisitFinding, VisitPhoto
from cellcert.review.site.queries import candidates
from cellcert.web import house
from tests.browser.conftest import Site

# a browser whose network goes leaves the development server with files half sent
HALF_SENT = "ignore:Exception ignored in.*/static/:pytest.PytestUnraisableExceptionWarning"
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings(HALF_SENT)]
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def visit(site: Site) -> tuple[int, list[str]]:
    """A case on site and the logins of its team: the managing body's reviewer leads, an expert goes along."""
    with site.app.app_context():
        session = db.session()
        application = session.scalars(select(Application).where(Application.state == State.ON_SITE)).first()
        assert application is not None
        office = session.scalars(select(Post).join(Post.person).where(Person.login == "office")).one().actor()
        free = candidates(session, application)
        district = next(post for post in free if post.role == "district")
        team = [district, next(post for post in free if post.role == "expert")]
        at = clock.now()
        actions.arrange(
            session, application, team, district.person_id, at + timedelta(days=1), "南门", "", [],
            house().library.programme, by=office, at=at,
        )  # fmt: skip
        logins = [post.person.login for post in team]
        session.commit()
        return application.id, logins


@pytest.fixture
def phone(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(
        locale="zh-CN", timezone_id="Asia/Shanghai", viewport=PHONE, is_mobile=True, has_touch=True
    )
    yield context
    context.close()


def item(page: Page, number: int) -> Locator:
    return page.locator("[data-item]").nth(number)


def say(one: Locator, verdict: str, what: str = "") -> None:
    one.locator("label", has_text=verdict).click()
    if what:
        one.locator("[name=what]").fill(what)


def opened(site: Site, context: BrowserContext, login: str, id_: int) -> Page:
    page = context.new_page()
    site.sign_in(page, login)
    page.goto(f"{site.address}/applications/{id_}/on-site/visit")
    page.wait_for_selector("#visit[data-kept=yes]")  # the page lies in the phone's cache
    return page


def rows(site: Site, id_: int) -> tuple[dict[str, VisitFinding], list[VisitPhoto]]:
    with site.app.app_context(), reading():
        found = db.session.scalars(select(Visit).where(Visit.application_id == id_)).one()
        return {one.item: one for one in found.findings}, list(found.photos)


def a_photo(folder: Path) -> Path:
    picture, exif = Image.new("RGB", (800, 600), "teal"), Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2026:03:04 09:30:00"
    picture.save(folder / "shot.jpg", exif=exif)
    return folder / "shot.jpg"


def test_the_network_goes_and_comes_back_and_everything_arrives_once(
    site: Site, phone: BrowserContext, chromium: Browser, visit: tuple[int, list[str]], tmp_path: Path
) -> None:
    id_, (district, expert) = visit
    page = opened(site, phone, district, id_)
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    say(item(page, 0), "与申报一致")
    expect(item(page, 0).locator(".place-state")).to_contain_text("已送达")
    first = item(page, 1).get_attribute("data-item") or ""

    phone.set_offline(True)
    say(item(page, 1), "与申报不符", "两个投放点没有标志")
    expect(item(page, 1).locator(".place-state")).to_contain_text("已存到手机")
    expect(item(page, 1).locator(".place-state")).to_contain_text("未送达：没有网络")
    count = page.locator("[data-count]").first
    counted = page.locator("[data-item]", has=count).first.get_attribute("data-item") or ""
    more = count.locator("[name=passing] + [data-step]")
    planned = int(count.locator("[name=checked]").input_value())
    for _ in range(planned):
        more.click()
    expect(more).to_be_disabled()  # not more than were looked at
    count.locator("[data-step='-1']").nth(1).click()
    item(page, 1).locator("input[type=file]").set_input_files(a_photo(tmp_path))
    expect(item(page, 1).locator(".shot-state")).to_contain_text("已存到手机")
    expect(page.locator("#visit-state")).to_contain_text("没有送达")
    page.locator("#visit-sign").click()
    expect(page.locator("#visit-state")).to_contain_text("送达后才能签字")

    page.reload()  # there is no network: the page comes from the phone
    expect(page.locator("#visit-offline")).to_be_visible()
    expect(item(page, 1).locator("[name=what]")).to_have_value("两个投放点没有标志")
    expect(item(page, 1).locator(".visit-shots img")).to_be_visible()

    phone.set_offline(False)
    expect(item(page, 1).locator(".place-state")).to_contain_text("已送达", timeout=30000)
    expect(item(page, 1).locator(".shot-state")).to_contain_text("照片自带的拍摄时间", timeout=30000)
    expect(page.locator("#visit-state")).to_have_text("全部已送达")
    page.reload()
    expect(item(page, 1).locator("[data-photo]")).to_have_count(1)
    findings, photos = rows(site, id_)
    assert (findings[first].what, findings[first].number) == ("两个投放点没有标志", 1)
    assert (findings[counted].checked, findings[counted].passing) == (planned, planned - 1)
    assert [(one.item, one.taken_from) for one in photos] == [(first, "camera")]

    # two of the team on one item, one of them without a network
    other = chromium.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    second = opened(site, other, expert, id_)
    phone.set_offline(True)
    say(item(page, 2), "未能查看", "库房锁着")
    expect(item(page, 2).locator(".place-state")).to_contain_text("已存到手机")
    say(item(second, 2), "与申报一致", "库房看过了")
    expect(item(second, 2).locator(".place-state")).to_contain_text("已送达")
    phone.set_offline(False)
    both = item(page, 2).locator(".conflict")
    expect(both).to_be_visible(timeout=30000)
    expect(both).to_contain_text("库房锁着")
    expect(both).to_contain_text("库房看过了")
    expect(both).to_contain_text("评审专家")  # who the expert is, is not told
    assert rows(site, id_)[0][item(page, 2).get_attribute("data-item") or ""].what == "库房看过了"
    both.locator("[data-choose=mine]").click()
    expect(item(page, 2).locator(".place-state")).to_contain_text("已送达")
    assert rows(site, id_)[0][item(page, 2).get_attribute("data-item") or ""].what == "库房锁着"
    other.close()
    assert faults == []

    # signing out takes everything with it
    page.locator("details.menu summary").click()
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("form[data-forget] button").click()
    page.wait_for_url(re.compile(r"/(sign-in)?$|/\?"))
    page.wait_for_function("caches.keys().then((names) => !names.length)")
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('cellcert:')).length") == 0


def test_a_session_that_ended_is_told_and_nothing_is_lost(
    site: Site, phone: BrowserContext, visit: tuple[int, list[str]]
) -> None:
    id_, (district, _) = visit
    page = opened(site, phone, district, id_)
    cookies = phone.cookies()
    phone.clear_cookies()
    say(item(page, 3), "与申报不符", "少一个分类桶")
    expect(item(page, 3).locator(".place-state")).to_contain_text("未送达：登录已过期")
    phone.add_cookies(cookies)  # signed in again
    item(page, 3).locator(".place-state button").click()
    expect(item(page, 3).locator(".place-state")).to_contain_text("已送达")
    assert rows(site, id_)[0][item(page, 3).get_attribute("data-item") or ""].what == "少一个分类桶"


def test_both_sides_sign_with_the_finger(site: Site, phone: BrowserContext, visit: tuple[int, list[str]]) -> None:
    id_, (district, _) = visit
    page = opened(site, phone, district, id_)
    for number in range(page.locator("[data-item]").count()):
        if not item(page, number).get_attribute("data-done"):
            say(item(page, number), "与申报一致")
    expect(page.locator("#visit-state")).to_have_text("全部已送达", timeout=30000)
    page.locator("#visit-sign").click()
    for side, name in (("unit", "示例陪同人"), ("team", "")):
        form = page.locator("form", has=page.locator(f"input[value=sign-{side}]"))
        if name:
            form.locator("[name=name]").fill(name)
        pad = form.locator(".sign-pad svg")
        pad.scroll_into_view_if_needed()
        box = pad.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 20, box["y"] + 20)
        page.mouse.down()
        for step in range(1, 8):
            page.mouse.move(box["x"] + 20 + 30 * step, box["y"] + (70 if step % 2 else 25))
        page.mouse.up()
        form.locator("button[type=submit]").click()
        expect(page.locator(".flash")).to_contain_text("已签字")
    assert page.locator(".visit-signatures svg").count() == 2
    page.locator("form", has=page.locator("input[value=close]")).locator("button[type=submit]").click()
    expect(page.locator(".flash")).to_contain_text("现场核查记录已定稿")


def test_without_javascript_each_item_is_a_form(site: Site, chromium: Browser, visit: tuple[int, list[str]]) -> None:
    id_, (district, _) = visit
    context = chromium.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    site.sign_in(page, district)
    page.goto(f"{site.address}/applications/{id_}/on-site/visit")
    assert "记录已定稿" in page.inner_text("main")
    assert page.locator("[name=verdict]:not([disabled])").count() == 0
    context.close()
