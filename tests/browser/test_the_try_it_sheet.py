"""The try-it sheet in a real browser: it scores as it is filled, and by its button where there is no JavaScript."""

import re

from playwright.sync_api import Browser, expect

from tests.browser.conftest import Site

PAGE = "/criteria/factory/try"


def test_the_sheet_scores_as_it_is_filled_and_the_hands_stay_where_they_were(site: Site, chromium: Browser) -> None:
    page = chromium.new_page()
    page.goto(site.address + PAGE)
    page.fill('[id="indicators.utilisation.used"]', "820")
    page.fill('[id="indicators.utilisation.made"]', "1000")

    expect(page.locator("#item-utilisation_rate .item-reason")).to_contain_text("得 10 分")
    expect(page.locator(".save-score")).to_contain_text("10")
    assert page.evaluate("document.activeElement.id") == "indicators.utilisation.made"
    page.close()


def test_the_sheet_scores_by_its_button_without_scripts(site: Site, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(site.address + PAGE)
    page.fill('[id="indicators.utilisation.used"]', "820")
    page.fill('[id="indicators.utilisation.made"]', "1000")
    page.get_by_role("button", name="计算得分").click()

    expect(page.locator("#item-utilisation_rate .item-reason")).to_contain_text("得 10 分")
    assert page.input_value('[id="indicators.utilisation.used"]') == "820"
    assert re.search(r"还能争取的分", page.inner_text("main"))
    context.close()
