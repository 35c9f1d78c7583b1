"""Nobody waits for the database while a file is looked into; a full disk is a sentence, and the service goes on."""

import errno
import os
import sys
import tempfile
import time
from io import BytesIO
from threading import Event, Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from cellcert.application.lifecycle import State
from cellcert.database import db
from cellcert.evidence import checking
from cellcert.evidence.models import Evidence
from cellcert.web import house
from tests.builders import application_in, clerk_of, hidden, sign_in
from tests.conftest import Build
from tests.evidence import files

SLOW = "import time; time.sleep(4); from cellcert.evidence.child import main; main()"


@pytest.fixture
def draft(app: Flask, client: FlaskClient) -> int:
    application_id = application_in(app, State.DRAFT)
    sign_in(client, clerk_of(app, application_id))
    return application_id


def count(app: Flask, draft: int) -> int:
    with app.app_context():
        mine = select(func.count(Evidence.id)).where(Evidence.application_id == draft)
        return db.session.scalar(mine) or 0


def test_files_posted_with_a_page_are_checked_while_others_write_and_its_answers_are_saved(
    both_databases: str, build_app: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = build_app(both_databases)
    app.config["WTF_CSRF_ENABLED"] = False
    draft = application_in(app, State.DRAFT)
    client, colleague = app.test_client(), app.test_client()
    for each in (client, colleague):
        sign_in(each, clerk_of(app, draft))
    address, other = f"/applications/{draft}/assessment/organisation", f"/applications/{draft}/evidence/leader"
    typed = hidden(client.get(address).text) | {"notes.item.plan": "方案已印发", "do": "files.plan"}
    theirs = hidden(colleague.get(other).text)
    monkeypatch.setattr(checking, "COMMAND", (sys.executable, "-c", SLOW))
    began, answers = Event(), []

    def post() -> None:
        began.set()
        sent = {"files.plan": (BytesIO(files.pdf()), "方案.pdf")}
        answers.append(client.post(address, data=typed | sent, content_type="multipart/form-data"))

    upload = Thread(target=post)
    upload.start()
    began.wait()
    time.sleep(0.5)
    assert colleague.post(f"{other}/arrange", data=theirs | {"do": "save"}).status_code == 303
    assert not answers, "the colleague waited for the file"
    upload.join()
    assert answers[0].status_code == 303, answers[0].text
    page = client.get(address).text
    assert "方案.pdf" in page
    assert "方案已印发" in page

    again = typed | {"files.plan": (BytesIO(files.pdf()), "方案.pdf")}
    answer = client.post(address, data=again, content_type="multipart/form-data")
    assert (answer.status_code, answer.location) == (303, answers[0].location), "the form sent twice acts once"
    assert count(app, draft) == 1


def by_script(client: FlaskClient, draft: int, data: bytes) -> TestResponse:
    return client.post(
        f"/applications/{draft}/evidence/plan",
        data={"files": (BytesIO(data), "a.pdf")},
        headers={"X-Requested-With": "XMLHttpRequest"},
    )


def full(*_: Any, **__: Any) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("where", ["store", "temporary folder"])
def test_a_full_disk_is_told_leaves_nothing_and_the_next_file_is_taken(
    app: Flask, client: FlaskClient, draft: int, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    module, name = (os, "fsync") if where == "store" else (tempfile, "TemporaryFile")
    with monkeypatch.context() as patch:
        patch.setattr(module, name, full)
        answer = by_script(client, draft, files.pdf())
    assert answer.status_code == 507
    assert answer.get_json()["refused"] == "系统的存储空间已满，这次没有保存。请告知系统管理员，腾出空间后再试。"
    assert count(app, draft) == 0
    with app.app_context():
        blobs = house().store.folder  # type: ignore[attr-defined]
    assert [path for path in blobs.rglob("*") if path.is_file()] == []
    assert by_script(client, draft, files.pdf()).status_code == 200


def test_what_was_typed_with_a_file_is_saved_when_the_disk_is_full(
    app: Flask, client: FlaskClient, draft: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"/applications/{draft}/assessment/organisation"
    sent = {"files.plan": [(BytesIO(files.pdf()), "一.pdf"), (BytesIO(files.pdf()), "二.pdf")]}
    data = hidden(client.get(address).text) | {"notes.item.plan": "方案已印发", "do": "save"} | sent
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        answer = client.post(address, data=data, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "系统的存储空间已满" in answer.text
    assert count(app, draft) == 0
    assert "方案已印发" in client.get(address).text


def test_a_child_that_finds_no_room_for_its_answer_is_told_as_a_full_disk(
    app: Flask, client: FlaskClient, draft: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    into_full = (
        "import os; os.dup2(os.open('/dev/full', os.O_WRONLY), 1); from cellcert.evidence.child import main; main()"
    )
    monkeypatch.setattr(checking, "COMMAND", (sys.executable, "-c", into_full))
    assert by_script(client, draft, files.pdf()).status_code == 507
    assert count(app, draft) == 0
