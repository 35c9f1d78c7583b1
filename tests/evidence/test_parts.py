"""A long file goes up in parts and goes on where the line broke, in any process; only its own sender can go on."""

import os
import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfWriter
from pypdf.generic import NameObject, StreamObject
from sqlalchemy import select
from werkzeug.test import TestResponse

from cellcert import clock, jobs
from cellcert.application.lifecycle import State
from cellcert.database import db
from cellcert.evidence import parts
from cellcert.evidence.actions import MEGABYTE
from cellcert.evidence.models import Evidence
from cellcert.evidence.parts import PART
from cellcert.web import house
from tests.builders import application_in, clerk_of, hidden, sign_in
from tests.conftest import Build
from tests.evidence import files

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # the test client's temporary files


def long_pdf(size: int = 3 * PART, short: bytes | None = None) -> bytes:
    made, filling = PdfWriter(clone_from=BytesIO(short or files.pdf())), StreamObject()
    filling.set_data(os.urandom(size))
    made._root_object[NameObject("/Filling")] = made._add_object(filling)
    return files.pdf(made)


@pytest.fixture
def app(request: pytest.FixtureRequest, build_app: Build) -> Flask:
    made = build_app(request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_url"))
    made.config["WTF_CSRF_ENABLED"] = False
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def draft(app: Flask, client: FlaskClient) -> int:
    application_id = application_in(app, State.DRAFT)
    sign_in(client, clerk_of(app, application_id))
    return application_id


@pytest.fixture(autouse=True)
def nothing_waits(app: Flask) -> Iterator[None]:
    yield
    shutil.rmtree(folder(app), ignore_errors=True)


def folder(app: Flask) -> Path:
    path: Path = app.extensions["cellcert"].settings.data_folder / "parts"
    return path


def waiting(app: Flask) -> list[Path]:
    return sorted(path for path in folder(app).glob("*/*") if path.suffix != ".done")


def send(
    client: FlaskClient, draft: int, data: bytes, at: int | None, *, item: str = "plan", name: str = "长.pdf",
    most: int = PART, **more: object,
) -> TestResponse:  # fmt: skip
    """One part from ``at`` on; None asks how much is there."""
    form: dict[str, object] = {"name": name, "size": len(data), "changed": "1", "start": at or 0} | more
    if at is not None:
        form["part"] = (BytesIO(data[at : at + most]), "part")
    address = f"/applications/{draft}/evidence/{item}/part"
    return client.post(
        address, data=form, headers={"X-Requested-With": "XMLHttpRequest"}, content_type="multipart/form-data"
    )


def have(answer: TestResponse) -> int:
    assert answer.status_code == 200, answer.text
    return int(answer.get_json()["have"])


def go_on(client: FlaskClient, draft: int, data: bytes, at: int) -> TestResponse:
    while True:
        answer = send(client, draft, data, at)
        if answer.status_code != 200 or "have" not in answer.get_json():
            return answer
        at = have(answer)


def names(app: Flask, draft: int) -> list[str]:
    with app.app_context():
        rows = select(Evidence.name).where(Evidence.application_id == draft, Evidence.removed_at.is_(None))
        return list(db.session.scalars(rows))


@pytest.mark.parametrize("app", ["sqlite", "postgresql"], indirect=True)
def test_a_long_file_goes_on_where_it_broke_off_and_is_checked_as_any_other(
    app: Flask, client: FlaskClient, draft: int, build_app: Build
) -> None:
    data = long_pdf()
    assert have(send(client, draft, data, None)) == 0
    assert have(send(client, draft, data, 0)) == PART
    assert have(send(client, draft, data, 0)) == PART, "the same part again is not added"
    assert have(send(client, draft, data, 2 * PART)) == PART, "nor one that is not the next"
    with app.app_context():
        address = db.engine.url.render_as_string(hide_password=False)
    other = build_app(address)  # a second process with the same data folder
    other.config["WTF_CSRF_ENABLED"] = False
    elsewhere = other.test_client()
    sign_in(elsewhere, clerk_of(app, draft))
    assert have(send(elsewhere, draft, data, None)) == PART
    assert names(app, draft) == []
    answer = go_on(elsewhere, draft, data, PART)
    assert "长.pdf" in answer.get_json()["files"]
    assert names(app, draft) == ["长.pdf"]
    assert waiting(app) == []
    with app.app_context():
        row = db.session.scalars(select(Evidence).where(Evidence.application_id == draft)).one()
        assert house().store.get(row.sha256) == data


def test_an_answer_that_was_lost_is_given_again_without_sending_anything(
    app: Flask, client: FlaskClient, draft: int
) -> None:
    data = long_pdf(PART)
    go_on(client, draft, data, 0)
    assert "长.pdf" in send(client, draft, data, None).get_json()["files"]
    with app.app_context():
        number = db.session.scalars(select(Evidence.id).where(Evidence.application_id == draft)).one()
    page = client.get(f"/evidence/{number}/remove").text
    client.post(f"/evidence/{number}/remove", data=hidden(page))
    assert have(send(client, draft, data, None)) == 0, "removed meanwhile: it may be sent anew"
    go_on(client, draft, data, 0)
    assert names(app, draft) == ["长.pdf"]


def test_nobody_goes_on_with_the_file_of_another(app: Flask, client: FlaskClient, draft: int) -> None:
    data = long_pdf()
    send(client, draft, data, 0)
    assert have(send(client, draft, data, None, item="leader")) == 0
    assert send(client, draft, data, None, item="no_such").status_code == 404
    stranger = app.test_client()
    assert send(stranger, draft, data, None).status_code == 302
    other = application_in(app, State.DRAFT, "mall")
    sign_in(stranger, clerk_of(app, other))
    assert send(stranger, draft, data, PART).status_code in {403, 404}
    assert len(waiting(app)) == 1
    assert waiting(app)[0].stat().st_size == PART
    assert waiting(app)[0].stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("more", "status", "sentence"),
    [
        ({"size": 21 * MEGABYTE}, 413, "超过 20 MB"),
        ({"size": 0}, 400, ""),
        ({"size": "-5"}, 400, ""),
        ({"start": "x"}, 400, ""),
        ({"name": ""}, 400, ""),
        ({"name": "a.exe"}, 422, "类型不能上传"),
        ({"name": "长" * 2000 + ".pdf"}, 400, ""),
        ({"changed": "9" * 99}, 400, ""),
    ],
)
def test_what_cannot_become_a_file_is_refused_before_anything_is_sent(
    app: Flask, client: FlaskClient, draft: int, more: dict[str, object], status: int, sentence: str
) -> None:
    answer = send(client, draft, long_pdf(PART), 0, **more)
    assert answer.status_code == status
    assert sentence in (answer.get_json(silent=True) or {"refused": ""})["refused"]
    assert waiting(app) == []


def test_more_than_was_announced_is_never_kept(app: Flask, client: FlaskClient, draft: int) -> None:
    data = long_pdf()
    assert have(send(client, draft, data, 0, most=PART + 1)) == 0, "longer than a part"
    assert have(send(client, draft, data, 0, size=PART + 5)) == PART
    assert have(send(client, draft, data, PART, size=PART + 5)) == PART, "past the announced end"
    assert sorted(path.stat().st_size for path in waiting(app)) == [0, PART]


def test_a_hostile_file_in_parts_is_refused_like_any_other_and_leaves_nothing(
    app: Flask, client: FlaskClient, draft: int
) -> None:
    answer = go_on(client, draft, long_pdf(2 * PART, files.pdf_with_javascript()), 0)
    assert answer.status_code == 422
    assert "里有脚本" in answer.get_json()["refused"]
    assert (names(app, draft), waiting(app)) == ([], [])


def test_the_quota_is_asked_at_the_first_part(app: Flask, client: FlaskClient, draft: int) -> None:
    go_on(client, draft, long_pdf(PART), 0)
    with app.app_context():
        row = db.session.scalars(select(Evidence).where(Evidence.application_id == draft)).one()
        row.size = house().library.programme.evidence.application_mb * MEGABYTE - PART
        db.session.commit()
    answer = send(client, draft, long_pdf(), None)
    assert answer.status_code == 413
    assert "总量超过" in answer.get_json()["refused"]


def test_what_nobody_goes_on_with_goes_after_a_day_and_one_person_holds_only_so_many(
    app: Flask, client: FlaskClient, draft: int
) -> None:
    data = long_pdf()
    for number in range(parts.MOST_WAITING + 2):
        send(client, draft, data, 0, changed=str(number))
    assert len(waiting(app)) == parts.MOST_WAITING
    assert have(send(client, draft, data, None, changed=str(parts.MOST_WAITING + 1))) == PART, "the newest is there"
    old, new = waiting(app)[0], waiting(app)[1:]
    now = clock.now().timestamp()
    os.utime(old, (now - 25 * 3600, now - 25 * 3600))
    with app.app_context():
        jobs.HANDLERS["tidy"]({})
    assert waiting(app) == new
    assert "tidy" in jobs.DAILY
