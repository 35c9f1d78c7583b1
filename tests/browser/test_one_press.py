"""What was not found is said for a whole page in one press; what was found stays as typed."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.criteria import ways
from cellcert.criteria.editions import checklist_of
from cellcert.database import db, reading
from tests.browser.conftest import Site
from tests.builders import clerk_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


def test_one_press_says_of_every_item_above_that_nothing_more_was_found(site: Site, page: Page) -> None:
    with site.app.app_context(), reading():
        for draft in db.session.scalars(select(Application).where(Application.state == State.DRAFT)):
            for section in checklist_of(draft.edition).sections:
                items = [
                    item for item in section.items if isinstance(item.way, ways.Deductions) and not item.applies_if
                ]
                if len(items) > 1:
                    number, key, keys = draft.id, section.key, [item.key for item in items]
    site.sign_in(page, clerk_of(site.app, number))
    page.goto(f"{site.address}/applications/{number}/assessment/{key}")
    boxes = [page.locator(f'[id="items.{one}.checked"]') for one in keys]
    for box in boxes:
        box.uncheck()
    page.locator("[data-all-yes=faults]").click()
    for box in boxes:
        expect(box).to_be_checked()
    for one in page.locator("[id^='items.'][id$='-group'] input[type=checkbox]:not([name$='.checked'])").all():
        assert one.is_checked() == (one.get_attribute("checked") is not None)  # nothing else was touched
    expect(page.locator(f"[data-place='item.{keys[-1]}'] .place-state")).to_contain_text("已保存", timeout=20000)
