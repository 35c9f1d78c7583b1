"""Files looked at in the page: drawn as pictures of ours, for those who may open the file and nobody else."""

import os
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.database import db
from cellcert.demo.papers import paper
from cellcert.evidence import page_pictures
from cellcert.evidence.models import Evidence
from cellcert.evidence.page_pictures import Pages
from cellcert.storage.folder import FolderStore
from tests.builders import application_in, clerk_of, sign_in
from tests.evidence.files import pdf, picture, writer


@pytest.fixture
def pages(tmp_path: Path) -> Callable[[bytes, str], Pages]:
    store = FolderStore(tmp_path / "blobs")
    return lambda data, kind: Pages(tmp_path / "previews", store, store.put(data), kind)


def test_a_pdf_is_drawn_page_by_page_and_each_page_once(
    pages: Callable[[bytes, str], Pages], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(page_pictures, "ask", lambda *what, ask=page_pictures.ask: asked.append(1) or ask(*what))
    five = pages(pdf(writer(5)), "pdf")

    assert five.count() == 5
    for number in (1, 4, 5):
        with Image.open(BytesIO(five.picture(number))) as drawn:
            assert (drawn.format, drawn.width) == ("JPEG", page_pictures.WIDTH)

    five.picture(5)
    assert len(asked) == 2  # pages 1 to 4, and page 5


def test_words_in_a_font_the_pdf_does_not_bring_are_readable(pages: Callable[[bytes, str], Pages]) -> None:

    _name, data = paper("示例机关", "leader", clock.now())
    with Image.open(BytesIO(pages(data, "pdf").picture(1))) as drawn:
        assert drawn.convert("L").getextrema()[0] < 80  # ink


def test_a_picture_is_no_wider_than_a_screen_needs(pages: Callable[[bytes, str], Pages]) -> None:
    wide = pages(picture("PNG", (3000, 600)), "picture")
    assert wide.count() == 1
    with Image.open(BytesIO(wide.picture(1))) as drawn:
        assert drawn.size == (1240, 248)


def test_what_cannot_be_drawn_is_tried_once_and_has_no_pages(
    pages: Callable[[bytes, str], Pages], monkeypatch: pytest.MonkeyPatch
) -> None:
    torn = pages(b"%PDF-1.7 torn", "pdf")
    assert torn.count() == -1
    monkeypatch.setattr(page_pictures, "ask", lambda *_: pytest.fail("asked again"))
    assert torn.count() == -1
    for number in (0, 1, 2):
        with pytest.raises(page_pictures.NotFound):
            torn.picture(number)


def test_what_could_not_be_drawn_on_a_busy_day_is_tried_again(
    pages: Callable[[bytes, str], Pages], monkeypatch: pytest.MonkeyPatch
) -> None:
    two = pages(pdf(writer(2)), "pdf")
    with monkeypatch.context() as busy:
        busy.setattr(page_pictures, "ask", lambda *_: (-9, b"", b""))
        assert two.count() == -1
    before = time.time() - page_pictures.TRY_AGAIN - 1
    os.utime(two._head, (before, before))
    assert two.count() == 2


def test_previews_are_bounded_by_their_bytes(
    pages: Callable[[bytes, str], Pages], monkeypatch: pytest.MonkeyPatch
) -> None:
    two = pages(pdf(writer(2)), "pdf")
    two._shard.mkdir(parents=True)
    for number in range(9):
        old = two._shard / f"{number}.jpg"
        old.write_bytes(b"x" * 1000)
        os.utime(old, (number, number))
    monkeypatch.setattr(page_pictures, "MOST_KEPT", 1)
    assert two.count() == 2
    assert len(two.picture(2)) > 0
    assert [path for path in two._shard.glob("?.jpg") if path.name < "5"] == []


@pytest.mark.slow
def test_pages_that_take_too_much_are_left_out_and_the_others_stay(
    pages: Callable[[bytes, str], Pages], monkeypatch: pytest.MonkeyPatch
) -> None:
    six = pages(pdf(writer(6)), "pdf")
    assert six.count() == 6
    monkeypatch.setattr(page_pictures, "ask", lambda *_: (-9, b"", b""))
    with pytest.raises(page_pictures.NotFound):
        six.picture(5)
    assert six.count() == 6
    assert six.picture(4)


@pytest.mark.slow
def test_a_page_as_large_as_a_field_is_drawn_small(pages: Callable[[bytes, str], Pages]) -> None:
    made = writer()
    made.pages[0].mediabox.upper_right = (14400, 3)
    made.add_blank_page(3, 14400)
    long = pages(pdf(made), "pdf")
    for number in (1, 2):
        with Image.open(BytesIO(long.picture(number))) as drawn:
            assert drawn.width * drawn.height <= 9_000_000


@pytest.fixture
def case(app: Flask) -> tuple[int, int]:
    """A case in the first check, and one of its files."""
    id_ = application_in(app, State.PRELIMINARY)
    with app.app_context():
        return id_, db.session.query(Evidence.id).filter_by(application_id=id_).order_by(Evidence.id).first()[0]


def browser(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    sign_in(client, login)
    return client


def test_pages_open_to_who_may_open_the_file(app: Flask, case: tuple[int, int]) -> None:
    id_, file = case
    with app.app_context():
        division = db.session.get_one(Application, id_).division
    other = next(key for key in ("jiefang", "shanyang", "zhongzhan") if key != division)
    expected = {f"district-{division}": 200, clerk_of(app, id_): 200, "office": 200, "auditor": 403, "expert1": 404}
    expected[f"district-{other}"] = 404
    for login, status in expected.items():
        client = browser(app, login)
        for address in (f"/evidence/{file}/pages", f"/evidence/{file}/pages/1"):
            assert client.get(address).status_code == status, (login, address)
    assert app.test_client().get(f"/evidence/{file}/pages/1").status_code == 302
    assert browser(app, "office").get(f"/evidence/{file}/pages/2").status_code == 404


def test_a_page_is_handed_out_as_a_picture_that_does_nothing(app: Flask, case: tuple[int, int]) -> None:
    answer = browser(app, "office").get(f"/evidence/{case[1]}/pages/1")
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_script_learns_how_many_pages_there_are(app: Flask, case: tuple[int, int]) -> None:
    client = browser(app, "office")
    told = client.get(f"/evidence/{case[1]}/pages", headers={"X-Requested-With": "XMLHttpRequest"})
    assert told.json == {"pages": 1, "refused": ""}
    assert "第 1 / 1 页" in client.get(f"/evidence/{case[1]}/pages").text
