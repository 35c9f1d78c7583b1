"""Files go up while the clerk looks on; a broken line costs nothing; without a script the form does the same."""

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.criteria.editions import checklist_of
from cellcert.database import db, reading
from tests.browser.conftest import Site
from tests.builders import clerk_of
from tests.evidence import files

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
DROP = """(block) => {
  const carried = new DataTransfer();
  carried.items.add(new File(["MZ"], "拖来的.exe"));
  block.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true }));
}"""


def a_draft(app: Flask) -> tuple[int, str, str]:
    """Its number, and the keys of an item and of the section it stands in."""
    with app.app_context(), reading():
        draft = db.session.scalars(select(Application).where(Application.state == State.DRAFT)).first()
        assert draft is not None
        section = checklist_of(draft.edition).sections[0]
        return draft.id, section.items[0].key, section.key


@pytest.fixture
def papers(tmp_path: Path) -> dict[str, str]:
    made = {
        "方案.pdf": files.pdf(files.writer(11)), "现场.jpg": files.picture(size=(900, 600)),
        "脚本.pdf": files.pdf_with_javascript(), "断线.pdf": files.pdf(files.writer(12)),
        "不用脚本.pdf": files.pdf(files.writer(13)),
    }  # fmt: skip
    for name, data in made.items():
        (tmp_path / name).write_bytes(data)
    return {name: str(tmp_path / name) for name in made}


def open_section(site: Site, page: Page) -> str:
    application_id, item, section = a_draft(site.app)
    site.sign_in(page, clerk_of(site.app, application_id))
    page.goto(f"{site.address}/applications/{application_id}/assessment/{section}")
    return item


def test_files_go_up_at_once_are_tried_again_and_refused_with_a_reason(
    site: Site, page: Page, papers: dict[str, str]
) -> None:
    item = open_section(site, page)
    card = page.locator(f"#item-{item}")
    listed, chosen = card.locator("ul.evidence li"), card.locator("input[type=file]").first
    before = listed.count()
    chosen.set_input_files([papers["方案.pdf"], papers["现场.jpg"], papers["脚本.pdf"]])
    expect(card.locator(".upload-failed")).to_contain_text("“脚本.pdf”里有脚本（JavaScript）", timeout=30000)
    expect(listed).to_have_count(before + 2)
    expect(card.locator("ul.evidence img").last).to_be_visible()

    page.context.set_offline(True)
    chosen.set_input_files([papers["断线.pdf"]])
    expect(card.locator(".uploads")).to_contain_text("网络中断")
    page.context.set_offline(False)
    expect(listed).to_have_count(before + 3, timeout=30000)

    card.locator(".attach").evaluate(DROP)
    expect(card.locator(".uploads")).to_contain_text("“拖来的.exe”的类型不能上传")


def test_without_a_script_the_form_sends_the_file(site: Site, chromium: Browser, papers: dict[str, str]) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    item = open_section(site, page)
    card = page.locator(f"#item-{item}")
    card.locator("input[type=file]").first.set_input_files(papers["不用脚本.pdf"])
    card.get_by_role("button", name="上传并保存").click()
    expect(page.locator(f"#item-{item} ul.evidence")).to_contain_text("不用脚本.pdf")

    page.locator(f"#item-{item}").get_by_role("link", name="说明、排序、选用已有材料").click()
    page.locator("input[name^='caption.']").last.fill("盖章的方案")
    page.get_by_role("button", name="保存说明").last.click()
    page.get_by_role("link", name="回到填写").click()
    expect(page.locator(f"#item-{item} ul.evidence")).to_contain_text("盖章的方案")
    context.close()
