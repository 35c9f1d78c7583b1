"""A colleague is invited, comes in by the mail's link, writes, and leaves: without JavaScript, on a phone."""

import email
import re
from email import policy

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.database import db, reading
from cellcert.people.models import Person, Post
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser


def test_invited_by_mail_a_colleague_joins_writes_and_leaves(site: Site, chromium: Browser) -> None:
    with site.app.app_context(), reading():
        draft = db.session.scalars(select(Application).where(Application.state == State.DRAFT)).first()
        assert draft is not None
        application_id, unit = draft.id, draft.unit.name
        clerk = db.session.scalars(
            select(Person.login).join(Post).where(Post.unit_id == draft.unit_id, Post.is_head.is_(False))
        ).first()
    phone = {"viewport": {"width": 360, "height": 740}, "java_script_enabled": False, "locale": "zh-CN"}
    inviter, newcomer = chromium.new_context(**phone), chromium.new_context(**phone)
    page = inviter.new_page()
    site.sign_in(page, str(clerk))
    page.goto(f"{site.address}/colleagues")
    page.click("text=邀请同事")
    page.fill("#email", "journey@example.com")
    page.click("main button")
    assert "邀请邮件即将发往 journey@example.com" in page.inner_text("body")
    site.work()

    folder = site.app.extensions["cellcert"].settings.data_folder / "mail"
    mails = [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in folder.glob("invit*.eml")]
    mail = next(mail for mail in mails if mail["To"] == "journey@example.com")
    link = re.search(r"https?://[^/]+(/join/\S+)", mail.get_content())
    assert link is not None
    tab = newcomer.new_page()
    tab.goto(site.address + link[1])
    assert unit in tab.inner_text("h1")
    for field, value in {
        "person_name": "示例旅人", "phone": "13800000000", "login": "journey",
        "password_new": "four quiet boats at noon", "password_again": "four quiet boats at noon",
    }.items():  # fmt: skip
        tab.fill(f"#{field}", value)
    tab.click("text=注册并加入")
    assert "您已加入" in tab.inner_text("body")
    tab.goto(f"{site.address}/applications/{application_id}")
    assert unit in tab.inner_text("main")
    tab.goto(f"{site.address}/unit")
    tab.fill("#about", "由受邀的同事补写。")
    tab.click("main button")
    page.goto(f"{site.address}/unit")
    assert page.input_value("#about") == "由受邀的同事补写。"

    tab.goto(f"{site.address}/colleagues/leave")
    tab.click("main button")
    assert "不再代表该单位办理" in tab.inner_text("body")
    tab.goto(f"{site.address}/applications/{application_id}")
    assert "/sign-in" in tab.url
    tab.goto(site.address + link[1])
    assert "已经使用过" in tab.inner_text("main")
    page.goto(f"{site.address}/colleagues")
    assert "示例旅人" not in page.inner_text("main")
    inviter.close()
    newcomer.close()
