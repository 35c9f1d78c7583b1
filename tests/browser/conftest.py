"""A served demo city and a real Chromium."""

import os
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import create_engine, select

from cellcert import clock, migrate
from cellcert.config import Settings
from cellcert.database import db, reading
from cellcert.demo.city import PASSWORD, found, populate
from cellcert.factory import build
from cellcert.jobs import HANDLERS
from cellcert.outbox.worker import work_all
from cellcert.people.models import Person
from cellcert.web import house
from tests.builders import cheap_hash
from tests.served import served

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip


class Site:
    """The address of a served city, and how to sign in there."""

    def __init__(self, address: str, app: Flask) -> None:
        self.address, self.app = address, app

    def work(self) -> None:
        """Let the worker do what is due, in a thread of its own: Playwright's loop runs in this one."""
        worker = Thread(target=self._work)
        worker.start()
        worker.join()

    def _work(self) -> None:
        with self.app.app_context():
            work_all(HANDLERS)

    def name_of(self, login: str) -> str:
        with self.app.app_context(), reading():
            return db.session.scalars(select(Person.name).where(Person.login == login)).one()

    def sign_in(self, page: Page, login: str) -> None:
        page.goto(f"{self.address}/sign-in")
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", PASSWORD)
        page.click("main button[type=submit], main button:not([type])")
        assert "/sign-in" not in page.url, page.inner_text("main")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A demo city with every state, its certificates made, behind a port of its own."""
    folder = tmp_path_factory.mktemp("city")
    url = f"sqlite:///{folder / 'cellcert.db'}"
    engine = create_engine(url)
    migrate.upgrade(engine)
    engine.dispose()
    app = build(Settings(data_folder=folder, database_url=url, secret_key="k" * 40, worker_inside=False))
    with app.app_context():
        session = db.session()
        city = found(session, house().library, house().store, cheap_hash(), 7, now=clock.now())
        for _ in populate(city, 20):
            session.commit()
        work_all(HANDLERS)
        db.session.remove()
    with served(app) as address:
        yield Site(address, app)
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
    if not path.exists() and os.environ.get("CI") != "true":
        pytest.skip(f"no Chromium at {path}; set CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(path), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
