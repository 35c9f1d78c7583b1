"""The head confirms, the unit hands in; what comes back is mended side by side and handed in anew."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader
from sqlalchemy import create_engine, select

from cellcert import clock, migrate
from cellcert.actors import Actor
from cellcert.application.models import Application
from cellcert.config import Settings
from cellcert.criteria.editions import checklist_of
from cellcert.database import db
from cellcert.factory import build
from cellcert.people.models import Person, Post
from cellcert.review import checking
from cellcert.web import house
from tests.browser.conftest import Site
from tests.builders import clerk_of, draft_to_sign, head_of
from tests.evidence.files import pdf
from tests.served import served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
NARROW = {"width": 360, "height": 760}


@pytest.fixture
def small_town(tmp_path: Path) -> Iterator[Site]:
    """A city of one unit, whose draft is filled in and not confirmed."""
    url = f"sqlite:///{tmp_path / 'cellcert.db'}"
    engine = create_engine(url)
    migrate.upgrade(engine)
    engine.dispose()
    app = build(Settings(data_folder=tmp_path, database_url=url, secret_key="k" * 40, worker_inside=False))
    with served(app) as address:
        yield Site(address, app)
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def aside(do: Callable[[], object]) -> None:
    """In a thread of its own: Playwright's loop runs in this one."""
    worker = Thread(target=do)
    worker.start()
    worker.join()


def send_back(app: Flask, application_id: int) -> None:
    """The district returns two places: a fact, and an item of the last section."""
    with app.app_context():
        session, programme = db.session(), house().library.programme
        application = session.get_one(Application, application_id)
        checklist = checklist_of(application.edition)
        places = {
            ("fact", checklist.facts[0].key): "人数与名册不一致，请核对。",
            ("item", checklist.sections[-1].items[-1].key): "请补充说明。",
        }
        by = actor_of(f"district-{application.division}")
        checking.start_check(application, by=by, at=clock.now())
        findings = {place: ("return", reason) for place, reason in places.items()}
        checking.note_findings(session, application, findings, by=by, at=clock.now())
        checking.return_to_unit(session, application, places, "请补正两处。", programme, by=by, at=clock.now())
        session.commit()


def actor_of(login: str) -> Actor:
    return db.session.scalars(select(Post).join(Person).where(Person.login == login)).one().actor()


def wide_enough(page: Page) -> None:
    page.set_viewport_size(NARROW)
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0, f"{page.url} is {over} px too wide"
    page.set_viewport_size({"width": 1280, "height": 900})


def save(page: Page, script: bool) -> None:
    """A script saves by itself what was left; without one the button does. Then the page is looked at anew."""
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        if script:
            page.keyboard.press("Tab")
        else:
            page.get_by_role("button", name="保存", exact=True).locator("visible=true").first.click()
    page.wait_for_load_state("networkidle")
    page.reload()


@pytest.mark.parametrize(
    "script", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["with JavaScript", "without"]
)
def test_from_the_heads_word_to_the_second_receipt(
    small_town: Site, chromium: Browser, tmp_path: Path, script: bool
) -> None:
    site, drafts = small_town, []
    aside(lambda: drafts.append(draft_to_sign(site.app)))
    (draft,) = drafts
    case = f"{site.address}/applications/{draft}"

    def desk(login: str) -> Page:
        page = chromium.new_context(java_script_enabled=script, locale="zh-CN", accept_downloads=True).new_page()
        site.sign_in(page, login)
        return page

    logins: list[str] = []
    aside(lambda: logins.extend([clerk_of(site.app, draft), head_of(site.app, draft)]))
    clerk, head = desk(logins[0]), desk(logins[1])

    # the clerk cannot go on alone, and reads how it goes on
    clerk.goto(f"{case}/submit")
    expect(clerk.locator("main")).to_contain_text("还要由单位负责人确认")
    expect(clerk.get_by_role("button", name="提交申报")).to_have_count(0)
    wide_enough(clerk)
    head.goto(f"{case}/submit")
    wide_enough(head)
    head.locator("[name=agreed]").check()
    head.get_by_role("button", name="只确认，由经办人提交").click()
    expect(head.locator("main")).to_contain_text("确认。")

    clerk.reload()
    clerk.get_by_role("button", name="提交申报").click()
    clerk.wait_for_url("**/receipt")
    expect(clerk.locator("main")).to_contain_text("接下来")
    wide_enough(clerk)
    (tmp_path / "receipt.pdf").write_bytes(clerk.pdf(format="A4"))
    receipt = PdfReader(tmp_path / "receipt.pdf")
    assert len(receipt.pages) == 1
    assert "申报回执" in receipt.pages[0].extract_text()

    # sent back: two places, one after the other
    aside(lambda: send_back(site.app, draft))
    clerk.goto(f"{case}/submit")
    expect(clerk.locator(".gaps li")).to_have_count(2)
    clerk.locator(".gaps a").first.click()
    fact = clerk.locator("main input[inputmode=decimal]").first
    clerk.locator(".was-returned summary").first.click()
    expect(clerk.locator(".was-returned").first).to_contain_text("120")
    fact.fill("118")
    save(clerk, script)
    expect(clerk.locator(".beside").first).to_contain_text("120")
    expect(clerk.locator(".beside").first).to_contain_text("118")
    wide_enough(clerk)
    clerk.get_by_role("link", name="下一处要补正的").first.click()
    expect(clerk.locator(".was-returned")).to_have_count(1)
    clerk.locator("details.help:has(textarea)").last.locator("summary").click()
    clerk.locator("textarea[name^='notes.item.']").last.fill("已补充：见盖章台账第二页。")
    save(clerk, script)
    clerk.get_by_role("link", name="都补正了，去核对并提交").click()

    # what the head confirmed is not what would be handed in now
    expect(clerk.locator("main")).to_contain_text("之后内容有改动，要重新确认")
    (tmp_path / "signed.pdf").write_bytes(pdf())
    clerk.set_input_files("#scan", tmp_path / "signed.pdf")
    clerk.get_by_role("button", name="上传").click()
    expect(clerk.locator("main")).to_contain_text("signed.pdf")
    clerk.locator("[name=agreed]").check()
    clerk.get_by_role("button", name="提交申报").click()
    clerk.wait_for_url("**/receipt")

    for reader in (clerk, desk("district-" + _division(site, draft))):
        reader.goto(f"{case}/answers")
        expect(reader.locator("#revisions")).to_be_visible()
        reader.get_by_role("link", name="看改了什么").click()
        expect(reader.locator(".beside")).to_have_count(2)
        wide_enough(reader)
        reader.goto(f"{case}/answers?revision=1")
        expect(reader.locator("main")).not_to_contain_text("见盖章台账第二页")
        reader.goto(f"{case}/answers?revision=2")
        expect(reader.locator("main")).to_contain_text("见盖章台账第二页")


def _division(site: Site, application_id: int) -> str:
    found: list[str] = []

    def look() -> None:
        with site.app.app_context():
            found.append(db.session.get_one(Application, application_id).division)

    aside(look)
    return found[0]
