"""The English of every page: complete, with the same places to fill, compiled, and really shown."""

import io
import re
from collections.abc import Iterator, Mapping
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
import yaml
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from cellcert.actors import Role
from cellcert.application.lifecycle import STATES, State
from cellcert.database import db
from cellcert.people.models import Post
from cellcert.wording import ENGLISH
from tests.builders import application_in, city, clerk_of, sign_in, work

ROOT = Path(__file__).parent.parent
PO = ROOT / "cellcert/translations/en/LC_MESSAGES/messages.po"
CHINESE = re.compile("[\u3001-\u303f\u3400-\u9fff\uff01-\uff5e]")  # characters and full-width signs
PLACES = re.compile(r"%\(\w+\)s|%%|\{\w+\}")


@pytest.fixture(scope="module")
def english() -> Mapping[str, str]:
    return {str(message.id): str(message.string) for message in _catalogue() if message.id}


def _catalogue() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="en")


@cache
def _sentences() -> frozenset[str]:
    """What ``scripts/translations`` finds in code and templates."""
    with (ROOT / "scripts/babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found: set[str] = set()
    for top in ("cellcert", "templates"):  # not the whole folder: that would walk through .venv first
        for *_, message, _comments, _context in extract_from_dir(
            ROOT / top, [(pattern.removeprefix(f"{top}/"), name) for pattern, name in methods],
            {pattern.removeprefix(f"{top}/"): given for pattern, given in options.items()},
            keywords={"_": None, "gettext": None, "lazy_gettext": None, "N_": None},
        ):  # fmt: skip
            assert isinstance(message, str), f"plural forms are not used: {message}"
            found.add(message)
    return frozenset(found)


def test_every_sentence_has_an_english_text(english: Mapping[str, str]) -> None:
    sentences = _sentences()
    assert len(sentences) > 1000
    missing = sorted(sentence for sentence in sentences if not english.get(sentence))
    assert not missing, (
        f"{len(missing)} sentences without English; run scripts/translations, then fill in: {missing[:10]}"
    )


def test_the_catalogue_keeps_no_sentence_that_nobody_says(english: Mapping[str, str]) -> None:
    assert sorted(set(english) - _sentences())[:10] == []


def test_the_english_has_the_same_places_to_fill(english: Mapping[str, str]) -> None:
    wrong = [f"{zh} | {en}" for zh, en in english.items() if sorted(PLACES.findall(zh)) != sorted(PLACES.findall(en))]
    assert not wrong, "\n".join(wrong[:10])


def test_sentences_joined_by_pages_keep_their_blanks(english: Mapping[str, str]) -> None:
    """A sentence that ends in a colon or a comma is continued by the page; in English a blank belongs between."""
    wrong = [zh for zh, en in english.items() if zh[-1] in "：，、" and not en.endswith(" ")]
    wrong += [zh for zh, en in english.items() if zh[0] == "（" and not en.startswith(" ")]
    assert not wrong, wrong[:10]


def test_the_english_contains_no_chinese(english: Mapping[str, str]) -> None:
    wrong = [f"{zh} | {en}" for zh, en in english.items() if CHINESE.search(en)]
    assert not wrong, "\n".join(wrong[:10])


def test_the_committed_catalogue_is_compiled() -> None:
    compiled = io.BytesIO()
    write_mo(compiled, _catalogue())
    assert PO.with_suffix(".mo").read_bytes() == compiled.getvalue(), "run scripts/translations and commit both files"


def test_states_have_one_english_name(english: Mapping[str, str]) -> None:
    assert {state: english[STATES[state][0]] for state in State} == ENGLISH


# pages


class Reader(HTMLParser):
    """What a page says and where it leads; what is marked as Chinese is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.links: list[str] = []
        self.within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if (given.get("lang") or "").startswith("zh"):
            self.within.append(tag)
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        self.said += [
            str(given[name]) for name in ("title", "alt", "aria-label", "placeholder", "data-label") if given.get(name)
        ]

    def handle_endtag(self, tag: str) -> None:
        if self.within and self.within[-1] == tag:
            self.within.pop()

    def handle_data(self, data: str) -> None:
        if not self.within and data.strip():
            self.said.append(data.strip())


LEAVES = re.compile(r"\.(pdf|xlsx|csv|zip)(\?|$)|/(evidence|language|large-print|sign-in)/|/certificates/\d+")
UNKNOWN = ("/register/NONE-0000", "/verify/NONE-0000", "/nowhere")


def _chinese_strings(value: object) -> Iterator[str]:
    """Chinese in what a file or a row holds; a criteria text that has its own English is no excuse."""
    if isinstance(value, str):
        if CHINESE.search(value):
            yield value.strip()
    elif isinstance(value, dict):
        for one in () if {"zh", "en"} <= set(value) else value.values():
            yield from _chinese_strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _chinese_strings(one)


def _allowed(app: Flask) -> list[str]:
    """What people wrote, and criteria texts without English, longest first."""
    rows: list[Any] = [yaml.safe_load(file.read_text()) for file in (ROOT / "criteria").glob("*.yaml")]
    with app.app_context():
        for table in db.metadata.sorted_tables:
            rows += [list(row) for row in db.session.execute(select(table))]
        db.session.rollback()
    return sorted(set(_chinese_strings(rows)), key=len, reverse=True)


def _chinese_left(client: FlaskClient, allowed: list[str], most: int) -> list[str]:
    """Chinese on the pages that links lead to, one page of each kind."""
    client.get("/language/en")
    waiting, kinds, left = ["/", "/desk", *UNKNOWN], set[str](), []
    while waiting and len(kinds) < most:
        url = waiting.pop(0)
        kind = re.sub(r"\d+|[A-Z]{2,}[A-Z0-9-]+", "N", urlsplit(url).path)
        if kind in kinds:
            continue
        kinds.add(kind)
        answer = client.get(url, follow_redirects=True)
        assert answer.status_code < 500, url
        if answer.mimetype != "text/html":
            continue
        page = Reader()
        page.feed(answer.text)
        for said in page.said:
            rest = said
            for known in allowed:
                rest = rest.replace(known, "")
            if CHINESE.search(rest):
                left.append(f"{url}: {said[:120]}")
        found = (urldefrag(urljoin(url, link))[0] for link in page.links)
        waiting += [link for link in found if link.startswith("/") and not LEAVES.search(link)]
    assert len(kinds) > 8
    return left


@pytest.mark.parametrize("state", [State.RETURNED, State.REVIEW, State.OBJECTION, State.AWARDED])
def test_pages_in_english_show_no_chinese_of_ours(app: Flask, state: State) -> None:
    case = application_in(app, state)
    holders = {role: login for login, role in _posts(app)}
    work(app)
    allowed = _allowed(app)
    readers = {
        State.RETURNED: ("", clerk_of(app, case)),
        State.REVIEW: (holders[Role.EXPERT], holders[Role.OFFICE]),
        State.OBJECTION: ("", holders[Role.APPROVER], holders[Role.AUDITOR]),
        State.AWARDED: ("", clerk_of(app, case), holders[Role.DISTRICT], holders[Role.ADMIN]),
    }[state]
    left = []
    for login in readers:
        client = app.test_client()
        if login:
            sign_in(client, login)
        left += _chinese_left(client, allowed, most=25)
    assert not left, "\n".join(dict.fromkeys(left))


def _posts(app: Flask) -> list[tuple[str, Role]]:
    with app.app_context():
        found = [(post.person.login, post.role) for post in db.session.scalars(select(Post))]
        db.session.rollback()
    return found


def test_refusals_and_mistakes_are_said_in_english(app: Flask) -> None:
    city(app)
    client = app.test_client()
    client.get("/language/en")
    page = Reader()
    page.feed(client.post("/sign-in", data={"login": "nobody", "password": "wrong password"}).text)
    assert "Login name or password is wrong. Please check capital and small letters and try again." in page.said
    page.feed(client.get("/nowhere").text)
    assert any(said.startswith("We did not find what you are looking for.") for said in page.said)


def test_chinese_comes_first_and_comes_back(client: FlaskClient) -> None:
    assert 'lang="zh-CN"' in client.get("/").text
    client.get("/language/en")
    assert '<html lang="en"' in client.get("/").text
    client.get("/language/zh")
    assert '<html lang="zh-CN"' in client.get("/").text
