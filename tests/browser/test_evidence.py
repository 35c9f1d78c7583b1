"""Files go up while the clerk looks on; a broken line costs nothing; without a script the form does the same."""

import os
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Route, expect
from pypdf.generic import NameObject, StreamObject
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


def pdf_with(content: bytes) -> bytes:
    """A PDF that carries these bytes, as they are, in a place no reader shows."""
    made, filling = files.writer(14), StreamObject()
    filling.set_data(content)
    made._root_object[NameObject("/Filling")] = made._add_object(filling)
    return files.pdf(made)


def arrived(site: Site) -> int:
    """Bytes of unfinished files."""
    folder = site.app.extensions["cellcert"].settings.data_folder / "parts"
    return sum(path.stat().st_size for path in folder.glob("*/*") if path.suffix != ".done")


def test_a_long_file_goes_on_after_a_lost_line_and_after_the_page_was_left(
    site: Site, page: Page, tmp_path: Path
) -> None:
    paper = tmp_path / "年度台账汇编.pdf"
    paper.write_bytes(pdf_with(os.urandom(6 * 1024 * 1024)))
    item = open_section(site, page)
    card = page.locator(f"#item-{item}")
    said = card.locator(".upload-said")
    sent: list[int] = []

    def slowly(route: Route) -> None:
        sent.append(len(route.request.post_data_buffer or b""))
        page.wait_for_timeout(150)
        if len(sent) == 4:
            page.context.set_offline(True)
            route.abort("internetdisconnected")
        else:
            route.continue_()

    page.route("**/part", slowly)
    card.locator("input[type=file]").first.set_input_files(str(paper))
    expect(said).to_contain_text("网络中断", timeout=20000)
    there = arrived(site)
    assert 1024 * 1024 <= there < 6 * 1024 * 1024

    page.unroute("**/part")
    page.once("dialog", lambda dialog: dialog.accept())  # leaving asks: the file is still on its way
    page.context.set_offline(False)
    page.route("**/part", lambda route: route.abort())
    page.goto(page.url.split("#")[0])
    assert arrived(site) >= there
    page.unroute("**/part")

    sent.clear()
    there = arrived(site)
    page.on(
        "request", lambda request: sent.append(len(request.post_data_buffer or b"")) if "/part" in request.url else None
    )
    card.locator("input[type=file]").first.set_input_files(str(paper))
    expect(card.locator("ul.evidence")).to_contain_text("年度台账汇编.pdf", timeout=30000)
    assert sum(sent) < 6 * 1024 * 1024 + 300_000 - there + 20_000 * len(sent), "what had arrived was sent again"
    assert arrived(site) == 0


def test_a_file_that_is_also_a_page_never_acts_in_the_sites_name(site: Site, page: Page, tmp_path: Path) -> None:
    html = b"<html><body><script>document.title='ran';alert(1)</script><svg onload=alert(2)></svg>"
    paper = tmp_path / "两面.pdf"
    paper.write_bytes(pdf_with(html))
    item = open_section(site, page)
    card = page.locator(f"#item-{item}")
    ran: list[str] = []
    page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
    card.locator("input[type=file]").first.set_input_files(str(paper))
    link = card.locator("ul.evidence a", has_text="两面.pdf").first
    expect(link).to_be_visible(timeout=30000)
    address = link.get_attribute("href")
    with page.expect_download() as caught:
        link.click()
    assert html in Path(caught.value.path()).read_bytes()
    for tag in ("iframe", "object", "embed", "script"):
        page.evaluate(
            """([tag, address]) => { const made = document.createElement(tag);
                made[tag === "object" ? "data" : "src"] = address; document.body.append(made); }""",
            [tag, address],
        )
    page.wait_for_timeout(1000)
    assert ran == []
    assert page.title() != "ran"


def test_all_files_at_once_find_their_questions_and_one_without_a_number_is_asked_for(
    site: Site, page: Page, tmp_path: Path
) -> None:
    application_id, item, _ = a_draft(site.app)
    made = [tmp_path / name for name in ("1.1 1.2 合订本.pdf", "扫描件.pdf", "1.2 脚本.pdf")]
    for number, paper in enumerate(made[:2], 21):
        paper.write_bytes(files.pdf(files.writer(number)))
    made[2].write_bytes(files.pdf_with_javascript())
    site.sign_in(page, clerk_of(site.app, application_id))
    page.goto(f"{site.address}/applications/{application_id}/files")
    page.locator("input[type=file]").set_input_files(made)
    row, listed = page.locator(".upload-unsorted", has_text="扫描件.pdf"), page.locator("ul.sorted")
    expect(listed.get_by_text("合订本.pdf")).to_have_count(2, timeout=30000)
    expect(page.locator(".upload-failed")).to_contain_text("“1.2 脚本.pdf”里有脚本（JavaScript）", timeout=30000)
    row.get_by_role("combobox").select_option(item)
    expect(listed).to_contain_text("扫描件.pdf", timeout=30000)
    expect(row).to_have_count(0)
    expect(page.locator(".upload-failed")).to_be_visible()  # what went wrong stays to be read
