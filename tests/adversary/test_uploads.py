"""Hostile uploads leave nothing behind but a sentence; legal ones that look like them pass (T-11)."""

import resource
import socket
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from cellcert.application.lifecycle import State
from cellcert.criteria.programme import EvidenceLimits
from cellcert.database import db
from cellcert.errors import Unusable
from cellcert.evidence import checking, child
from cellcert.evidence.models import Evidence
from cellcert.evidence.rules import shown_name
from cellcert.web import house
from tests.adversary.hostile_files import UNCHECKED, hostile, legal
from tests.builders import application_in, clerk_of, sign_in
from tests.evidence import files

ANSWERS_WITHIN = 15  # seconds, for any one file
GROWS_AT_MOST = 200  # megabytes, of the process that serves


@pytest.fixture
def draft(app: Flask, client: FlaskClient) -> int:
    application_id = application_in(app, State.DRAFT)
    sign_in(client, clerk_of(app, application_id))
    return application_id


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every address this process connects to."""
    made: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _self, address: made.append(address))
    return made


def send(client: FlaskClient, application_id: int, name: str, data: bytes) -> TestResponse:
    # The test client would put a long body into a temporary file and leave it open.
    head = f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
    return client.post(
        f"/applications/{application_id}/evidence/plan",
        data=head.encode() + data + b"\r\n--x--\r\n",
        content_type="multipart/form-data; boundary=x",
        headers={"X-Requested-With": "XMLHttpRequest"},
    )


def held(app: Flask) -> tuple[int, int]:
    """Rows and blobs."""
    with app.app_context():
        return db.session.scalar(select(func.count(Evidence.id))) or 0, len(list(house().store.folder.rglob("*")))


@pytest.mark.timeout(400)
def test_each_hostile_file_is_refused_with_its_own_sentence_and_leaves_nothing(
    app: Flask, client: FlaskClient, draft: int, calls: list[object]
) -> None:
    corpus = hostile()
    assert len(corpus) >= 100
    before, size = held(app), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wrong = []
    for label, (name, data, sentence) in corpus.items():
        start = time.monotonic()
        answer = send(client, draft, name, data)
        told = (answer.get_json(silent=True) or {}).get("refused")
        if told != sentence.format(name=shown_name(name)) or answer.status_code not in {413, 422}:
            wrong.append(f"{label}: {answer.status_code} {told}")
        if time.monotonic() - start > ANSWERS_WITHIN:
            wrong.append(f"{label}: took {time.monotonic() - start:.0f} s")
    assert wrong == []
    assert held(app) == before
    assert calls == []
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - size) // 1024
    assert grown < GROWS_AT_MOST, f"the server grew by {grown} MB"


@pytest.mark.timeout(400)
def test_each_legal_twin_is_accepted_and_handed_out_so_that_it_cannot_act(
    app: Flask, client: FlaskClient, draft: int
) -> None:
    wrong = []
    for label, (name, data) in legal().items():
        answer = send(client, draft, name, data)
        if answer.status_code != 200:
            wrong.append(f"{label}: {answer.status_code} {answer.get_json(silent=True)}")
    assert wrong == []
    with app.app_context():
        numbers = db.session.scalars(select(Evidence.id).where(Evidence.application_id == draft)).all()
    for number in numbers:
        answer = client.get(f"/evidence/{number}")
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("sandbox")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.mimetype in {"application/pdf", "image/jpeg", "image/png", "image/webp"} or (
            answer.mimetype.startswith("application/vnd.openxmlformats-officedocument.")
        )
        assert not (answer.mimetype.startswith("image/") and (b"PK\x03\x04" in answer.data or b"Exif" in answer.data))


LIMITS = EvidenceLimits(20, 300, ("pdf",))
PROBES = {
    "socket": "socket.socket()",
    "file to read": "open('/etc/hostname')",
    "file to write": "open('/tmp/cellcert-probe', 'w')",
    "pipe": "os.pipe()",
    "process": "subprocess.run(['/bin/true'])",
    "memory": f"bytearray({2 * child.MEMORY})",
}


@pytest.mark.parametrize("probe", PROBES)
def test_the_child_can_open_nothing_and_grow_only_so_far(probe: str) -> None:
    code = (
        "import os, socket, subprocess, sys\n"
        "from cellcert.evidence.child import confine\n"
        f"confine()\ntry:\n    {PROBES[probe]}\nexcept (OSError, MemoryError):\n    sys.exit(7)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], env=checking.ENVIRONMENT, capture_output=True, check=False)
    assert done.returncode == 7, done.stderr


@pytest.mark.parametrize(
    "behaviour",
    [
        "while True: pass",
        f"bytearray({2 * child.MEMORY})",
        "import os; os.abort()",
        "print('nonsense')",
        'print(\'{"anew": true, "length": 0}\')',
        'print(\'{"refused": "{name.__class__}", "values": []}\')',
        "import sys\nwhile True: sys.stdout.write('x' * 1000000)",
    ],
)
def test_a_child_that_is_stopped_or_babbles_is_a_plain_refusal(
    monkeypatch: pytest.MonkeyPatch, app: Flask, behaviour: str
) -> None:
    code = f"from cellcert.evidence.child import confine\nconfine()\n{behaviour}"
    monkeypatch.setattr(checking, "COMMAND", (sys.executable, "-c", code))
    monkeypatch.setattr(checking, "WALL_SECONDS", 3)
    with pytest.raises(Unusable) as caught:
        checking.check("a.pdf", BytesIO(files.pdf()), LIMITS, app.extensions["cellcert"].settings)
    assert str(caught.value) == UNCHECKED.format(name="a.pdf")


def test_no_more_than_the_limit_is_read_from_an_upload(app: Flask) -> None:
    class Endless(BytesIO):
        taken = 0

        def read(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert 0 < size <= 20 * 1024 * 1024 + 1
            self.taken += size
            return b"%PDF" * (size // 4 + 1)

    stream = Endless()
    with pytest.raises(Exception, match="超过 20 MB"):
        checking.check("a.pdf", stream, LIMITS, app.extensions["cellcert"].settings)
    assert stream.taken == 20 * 1024 * 1024 + 1


def test_stored_files_are_closed_to_others_and_symbolic_links_are_not_followed(
    app: Flask, client: FlaskClient, draft: int, tmp_path: Path
) -> None:
    assert send(client, draft, "a.pdf", files.pdf()).status_code == 200
    with app.app_context():
        row, store = db.session.scalars(select(Evidence).where(Evidence.application_id == draft)).one(), house().store
        path, number = store.path(row.sha256), row.id
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    kept = tmp_path / "copy"
    kept.write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(kept)
    assert client.get(f"/evidence/{number}").status_code == 500
    assert send(client, draft, "a.pdf", files.pdf()).status_code == 200, "sending it again mends the copy"
    assert client.get(f"/evidence/{number}").status_code == 200


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the web library leaves its unnamed file to the collector
def test_an_upload_that_breaks_off_leaves_nothing(app: Flask, client: FlaskClient, draft: int) -> None:
    sent = files.pdf() * 500
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n'
    before = held(app)
    answer = client.post(
        f"/applications/{draft}/evidence/plan",
        input_stream=BytesIO(head + sent[: len(sent) // 2]),
        content_length=len(head) + len(sent),
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code in {400, 413, 422}
    assert held(app) == before
