"""Each role walks every page it can reach by links: axe finds nothing serious, it fits a phone, the CSP holds."""

import re
from urllib.parse import urldefrag, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

PEOPLE = (
    "",
    "unit1",
    pytest.param("unit3", marks=pytest.mark.slow),
    "district-jiefang",
    "department-industry",
    "expert1",
    "office",
    pytest.param("approver", marks=pytest.mark.slow),
    "admin",
    "auditor",
)
LEAVES = re.compile(r"\.(pdf|xlsx|csv|json|atom|zip|yaml)(\?|$)|/print$|/evidence/|/language/|/large-print/|/sign-in")
PUBLIC = re.compile(r"/(criteria|notices|register|verify|accessibility|objections)\b")  # walked once, by the public
MOST_PAGES = 45
examined = set[str]()  # axe takes most of the time: a kind of page is examined for the first role that meets it


def pattern(url: str) -> str:
    """Pages that differ by a number, a serial or a receipt are one kind of page."""
    parts = urlsplit(url)
    path = re.sub(r"\d+|[A-Z]{2,}[A-Z0-9-]+", "N", parts.path)
    return path + ("?" if parts.query else "")


def links(page: Page, address: str) -> list[str]:
    found = page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
    here = [urldefrag(url)[0] for url in found if url.startswith(address)]
    return [url for url in dict.fromkeys(here) if not LEAVES.search(url)]


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    serious = [rule for rule in found if rule["impact"] in {"serious", "critical"}]
    return [f"{page.url}: {rule['id']} {rule['nodes'][0]['html'][:160]}" for rule in serious]


@pytest.mark.parametrize("login", PEOPLE, ids=lambda login: login or "public")
def test_every_page_is_sound_in_chinese(site: Site, context: BrowserContext, login: str) -> None:
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(f"{page.url}: {message.text}") if message.type == "error" else None
    )
    page.on(
        "request",
        lambda request: complaints.append(request.url) if not request.url.startswith((site.address, "data:")) else None,
    )
    if login:
        site.sign_in(page, login)
    waiting, seen, kinds = [page.url if login else site.address + "/", site.address + "/"], set[str](), set[str]()
    findings = []
    while waiting and len(seen) < MOST_PAGES:
        url = waiting.pop(0)
        if url in seen or pattern(url) in kinds:
            continue
        seen.add(url)
        kinds.add(pattern(url))
        page.set_viewport_size({"width": 1280, "height": 900})
        answer = page.goto(url)
        assert answer is not None
        assert answer.status == 200, f"{url}: {answer.status} {page.inner_text('main')[:200]}"
        assert page.locator("h1").count() == 1, f"{url}: {page.locator('h1').count()} h1"
        if pattern(url) not in examined:
            examined.add(pattern(url))
            findings += violations(page)
        page.set_viewport_size({"width": 360, "height": 740})
        if (width := page.evaluate("document.documentElement.scrollWidth")) > 360:
            findings.append(f"{url}: {width} px wide on a phone")
        waiting += [link for link in links(page, site.address) if not (login and PUBLIC.search(link))]
    assert not findings, "\n".join(findings)
    assert not complaints, "\n".join(complaints)
    assert len(kinds) >= (4 if login in {"", "admin"} else 5), kinds
