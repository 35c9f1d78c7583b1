"""Lines break, sessions end, tabs are closed, colleagues type at the same moment: what was typed is found again."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select, update
from werkzeug.datastructures import MultiDict

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.assessment.models import Answer
from cellcert.assessment.queries import assessment_of
from cellcert.assessment.steps import steps
from cellcert.criteria.editions import checklist_of, fingerprint
from cellcert.criteria.models import Edition
from cellcert.criteria.schema import Checklist
from cellcert.database import db, reading
from cellcert.demo.answers import example
from cellcert.demo.city import PASSWORD
from cellcert.people.models import Person, SignIn
from cellcert.web import house
from tests.assessment.filling import fields
from tests.browser.conftest import Site
from tests.builders import application_in, clerk_of, colleague_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
EVERY_WAY = Path(__file__).parents[1] / "assessment" / "every_way.yaml"
GIVEN = {
    "facts": {"food": True, "grade": "b", "staff": 120},
    "indicators": {"rate": {"used": "820", "made": "1000"}},
    "prerequisites": {"lawful": True},
    "items": {
        "plain": True, "pick": {"choice": "some", "points": "2.5"}, "split": {"one": False, "two": "3.5"},
        "faults": {"bin": "2", "sign": True, "mess": "1.5"}, "several": ["a", "c"], "either": {"effort": "7"},
        "free": "6.5",
    },
}  # fmt: skip


@pytest.fixture
def draft(site: Site) -> int:
    """A draft of a fresh unit that asks every kind of question, with nothing answered yet."""
    return empty_draft(site, EVERY_WAY.read_text(encoding="utf-8").replace("category: sample", "category: factory"))


def empty_draft(site: Site, text: str | None = None, category: str = "factory") -> int:
    application_id = application_in(site.app, State.DRAFT, category)
    with site.app.app_context():
        application = db.session.get_one(Application, application_id)
        for row in db.session.scalars(select(Answer).where(Answer.application_id == application_id)):
            db.session.delete(row)
        if text is not None:
            sha256 = fingerprint(text)
            edition = db.session.scalar(select(Edition).where(Edition.sha256 == sha256))
            application.edition = edition or Edition(
                category=category, edition="every", sha256=sha256, text=text, kept_at=clock.now(),
                in_force_from=date(2001, 1, 1),  # long ago: other tests go on with the one in force
            )  # fmt: skip
        db.session.commit()
    return application_id


def end_sessions(site: Site, login: str) -> None:
    with site.app.app_context():
        mine = select(Person.id).where(Person.login == login).scalar_subquery()
        db.session.execute(update(SignIn).where(SignIn.person_id == mine).values(ended_at=clock.now()))
        db.session.commit()


def kept(site: Site, application_id: int) -> MultiDict[str, str]:
    """What the server keeps, as the fields of its pages."""
    with site.app.app_context(), reading():
        application = db.session.get_one(Application, application_id)
        return fields(checklist_of(application.edition), assessment_of(db.session(), application).answers)


def notes(site: Site, application_id: int) -> dict[str, str]:
    with site.app.app_context(), reading():
        rows = db.session.scalars(select(Answer).where(Answer.application_id == application_id, Answer.note != ""))
        return {row.key: row.note for row in rows}


Typed = list[tuple[str, str]]


def pages(
    site: Site, application_id: int, checklist: Checklist, given: MultiDict[str, str]
) -> Iterator[tuple[str, Typed]]:
    """Each page's address with what is to be typed there."""
    for step in steps(checklist):
        names = {f"{kind}s.{key}" for kind, key in step.places}
        typed = [(name, value) for name, value in given.items(multi=True) if ".".join(name.split(".")[:2]) in names]
        yield f"{site.address}/applications/{application_id}/assessment/{step.key}", typed


def put(page: Page, typed: list[tuple[str, str]]) -> None:
    for name, value in typed:
        field = page.locator(f'[name="{name}"]')
        if field.count() == 0:
            continue  # the unit's own facts make it superfluous
        if field.first.get_attribute("type") in {"radio", "checkbox"}:
            page.locator(f'[name="{name}"][value="{value}"]').check()
        else:
            field.fill(value)


def write_note(page: Page, key: str, text: str) -> None:
    page.locator(f'[id="notes.item.{key}"]').evaluate("field => { field.closest('details').open = true; }")
    page.locator(f'[id="notes.item.{key}"]').fill(text)


def all_saved(page: Page) -> None:
    expect(page.locator(".place-saving, .place-failed")).to_have_count(0, timeout=15000)


def test_every_kind_of_control_saves_itself_while_everything_breaks(
    site: Site, context: BrowserContext, draft: int
) -> None:
    login = clerk_of(site.app, draft)
    with site.app.app_context(), reading():
        checklist = checklist_of(db.session.get_one(Application, draft).edition)
    given = fields(checklist, GIVEN)
    page = context.new_page()
    site.sign_in(page, login)
    for number, (address, typed) in enumerate(pages(site, draft, checklist, given)):
        page.goto(address)
        half = len(typed) // 2
        put(page, typed[:half])
        context.set_offline(True)  # the line breaks
        put(page, typed[half:])
        if number == 3:
            expect(page.locator(".save-trouble")).to_contain_text("网络中断")
            write_note(page, "plain", "断线时写的")
        context.set_offline(False)
        all_saved(page)
    assert kept(site, draft) == given

    end_sessions(site, login)  # the session ends
    write_note(page, "free", "登录失效时写的")
    expect(page.locator(".save-trouble")).to_contain_text("登录已失效")
    assert notes(site, draft) == {"plain": "断线时写的"}
    with context.expect_page() as opened:
        page.get_by_role("link", name="重新登录").click()
    other = opened.value
    other.fill("input[name=login]", login)
    other.fill("input[name=password]", PASSWORD)
    other.click("main button[type=submit], main button:not([type])")
    expect(other.locator("#unsaved-offer")).to_contain_text("登录失效时写的")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    all_saved(page)
    assert notes(site, draft) == {"plain": "断线时写的", "free": "登录失效时写的"}
    expect(other.locator("#unsaved-offer")).to_have_count(0)
    other.close()

    context.set_offline(True)  # the tab is closed before the line is back
    write_note(page, "pick", "关掉页面前写的")
    page.close()
    context.set_offline(False)
    page = context.new_page()
    page.goto(address)
    expect(page.locator("#unsaved-offer")).to_contain_text("关掉页面前写的")
    page.get_by_role("button", name="恢复这一项").click()
    all_saved(page)
    expect(page.locator("#unsaved-offer")).to_have_count(0)
    assert notes(site, draft)["pick"] == "关掉页面前写的"
    assert kept(site, draft) == given
    assert page.evaluate("localStorage.length") == 0


def test_the_longest_checklist_is_found_again_whole(site: Site, context: BrowserContext) -> None:
    with site.app.app_context(), reading():
        library = house().library
        longest = max(library.programme.categories, key=lambda one: len(list(library.checklist(one.key).items()))).key
        checklist, answers = library.checklist(longest), example(library.folder, longest)
    application_id = empty_draft(site, category=longest)
    page = context.new_page()
    site.sign_in(page, clerk_of(site.app, application_id))
    given = fields(checklist, answers)
    for address, typed in pages(site, application_id, checklist, given):
        page.goto(address)
        put(page, typed)
        all_saved(page)
    missing = set(given.items(multi=True)) - set(kept(site, application_id).items(multi=True))
    assert missing == set()


def test_two_browsers_on_one_item_see_both_texts(
    site: Site, chromium: Browser, context: BrowserContext, draft: int
) -> None:
    address = f"{site.address}/applications/{draft}/assessment/all"
    mine, theirs = context.new_page(), chromium.new_context(locale="zh-CN").new_page()
    site.sign_in(mine, clerk_of(site.app, draft))
    site.sign_in(theirs, colleague_of(site.app, draft))
    mine.goto(address)
    theirs.goto(address)
    write_note(theirs, "plain", "同事写的")
    put(theirs, [("items.free", "5")])
    all_saved(theirs)

    write_note(mine, "split", "别的条目互不影响")
    all_saved(mine)
    write_note(mine, "plain", "我写的")
    box = mine.locator('[data-place="item.plain"] .conflict')
    expect(box).to_contain_text("同事写的")
    expect(box).to_contain_text("王某")
    expect(box).to_contain_text("我写的")
    assert notes(site, draft) == {"plain": "同事写的", "split": "别的条目互不影响"}, "nothing is overwritten"
    box.get_by_role("button", name="用我填的").click()
    all_saved(mine)
    assert notes(site, draft)["plain"] == "我写的"

    mine.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # what the page does every half minute
    expect(mine.locator('[data-place="item.free"] .place-state')).to_contain_text("王某")
    assert mine.input_value('[name="items.free"]') == "5"

    write_note(theirs, "plain", "同事不知道")
    theirs.locator(".conflict").get_by_role("button", name="用已保存的").click()
    expect(theirs.locator(".conflict")).to_have_count(0)
    assert theirs.input_value('[id="notes.item.plain"]') == "我写的"
    theirs.context.close()


def test_what_cannot_be_read_stays_and_the_rest_is_saved(site: Site, page: Page, draft: int) -> None:
    site.sign_in(page, clerk_of(site.app, draft))
    page.goto(f"{site.address}/applications/{draft}/assessment/indicator-data")
    put(page, [("indicators.rate.used", "八百"), ("indicators.rate.made", "1000")])
    place = page.locator('[data-place="indicator.rate"]')
    expect(place.locator(".wrong")).to_contain_text("“八百”不是数字")
    expect(place.locator(".place-state")).to_contain_text("没有全部保存")
    assert page.input_value('[name="indicators.rate.used"]') == "八百"
    assert kept(site, draft) == MultiDict([("indicators.rate.made", "1000")])
    put(page, [("indicators.rate.used", "800")])
    expect(place.locator(".wrong")).to_have_count(0)
    all_saved(page)
    expect(place.locator(".item-reason")).to_contain_text("80")


def test_another_person_is_never_offered_it_and_signing_out_takes_it_away(
    site: Site, context: BrowserContext, draft: int
) -> None:
    address = f"{site.address}/applications/{draft}/assessment/all"
    first, second = clerk_of(site.app, draft), colleague_of(site.app, draft)
    page = context.new_page()
    site.sign_in(page, first)
    page.goto(address)
    end_sessions(site, first)
    write_note(page, "plain", "只给自己看")
    expect(page.locator(".save-trouble")).to_contain_text("登录已失效")
    page.close()
    page = context.new_page()
    site.sign_in(page, second)
    page.goto(address)
    expect(page.locator("#unsaved-offer")).to_have_count(0)

    end_sessions(site, second)
    site.sign_in(page, first)
    page.goto(address)
    expect(page.locator("#unsaved-offer")).to_contain_text("只给自己看")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/sign-in")
    assert len(asked) == 1
    assert "没有保存" in asked[0]
    assert page.evaluate("localStorage.length") == 0


def test_without_a_script_the_same_journey_is_made_by_the_buttons(site: Site, chromium: Browser, draft: int) -> None:
    mine, theirs = (chromium.new_context(java_script_enabled=False, locale="zh-CN").new_page() for _ in range(2))
    site.sign_in(mine, clerk_of(site.app, draft))
    site.sign_in(theirs, colleague_of(site.app, draft))
    with site.app.app_context(), reading():
        checklist = checklist_of(db.session.get_one(Application, draft).edition)
    given = fields(checklist, GIVEN)
    for address, typed in pages(site, draft, checklist, given):
        mine.goto(address)
        put(mine, typed)
        mine.get_by_role("button", name="保存", exact=True).last.click()
        expect(mine.locator(".flashes")).to_contain_text("已保存")
    assert kept(site, draft) == given

    theirs.goto(address)
    put(theirs, [("items.free", "5")])
    put(mine, [("items.free", "4"), ("items.plain", "no")])
    for one in (theirs, mine):
        one.get_by_role("button", name="保存", exact=True).last.click()
    assert kept(site, draft)["items.free"] == "5"
    assert kept(site, draft)["items.plain"] == "no"
    expect(mine.locator(".conflict")).to_contain_text("王某")
    mine.get_by_role("button", name="用我填的").click()
    assert kept(site, draft)["items.free"] == "4"
    for one in (mine, theirs):
        one.context.close()
