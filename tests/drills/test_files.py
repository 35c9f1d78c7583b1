"""Fault drills of files: a full disk, damage, uploads that break off, a bucket that is away (FL-13, 17, 18, 19)."""

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from pypdf.generic import NameObject, StreamObject
from sqlalchemy import func, select

from cellcert.application.lifecycle import State
from cellcert.database import db
from cellcert.demo.city import PASSWORD
from cellcert.evidence.models import Evidence
from cellcert.web import house
from tests.builders import application_in, clerk_of, hidden, sign_in
from tests.drills.test_kills import Browser, Server, faults
from tests.evidence import bucket as service
from tests.evidence import files

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
HEAD = b'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n%s\r\n' \
       b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n'  # fmt: skip


def paper(size: int) -> bytes:
    made, filling = files.writer(), StreamObject()
    filling.set_data(os.urandom(size))
    made._root_object[NameObject("/Filling")] = made._add_object(filling)
    return files.pdf(made)


class Clerk(Browser):
    """Signed in at a served city, with a draft to attach to."""

    def __init__(self, server: Server, login: str, draft: int) -> None:
        super().__init__(server)
        self.to = f"/applications/{draft}/evidence/plan"
        _, _, page = self.ask("/sign-in")
        assert self.ask("/sign-in", hidden(page) | {"login": login, "password": PASSWORD})[0] == 303
        self.token = hidden(self.ask(self.to)[2])["csrf_token"].encode()

    def body(self, data: bytes) -> bytes:
        return HEAD % self.token + data + b"\r\n--x--\r\n"

    def upload(self, data: bytes) -> tuple[int, str]:
        kind = {"Content-Type": "multipart/form-data; boundary=x", "X-Requested-With": "XMLHttpRequest"}
        try:
            answer = self.opener.open(urllib.request.Request(self.base + self.to, self.body(data), kind), timeout=120)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, answer.read().decode()


def attached(app: Flask, draft: int) -> int:
    with app.app_context():
        mine = select(func.count(Evidence.id)).where(Evidence.application_id == draft)
        return db.session.scalar(mine) or 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)], check=False)
    if done.returncode:
        pytest.skip("a small disk can only be mounted by an administrator")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("full", ["blobs", "temporary files", "database"])
def test_a_full_disk_is_said_leaves_nothing_half_and_ends_with_the_room(
    app: Flask, tmp_path: Path, disk: Path, full: str
) -> None:
    draft = application_in(app, State.DRAFT)
    login = clerk_of(app, draft)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    where, database = tmp_path, tmp_path / "cellcert.db"
    if full == "blobs":
        where = disk
        if (tmp_path / "blobs").is_dir():
            shutil.copytree(tmp_path / "blobs", disk / "blobs")
    if full == "database":
        database = disk / "cellcert.db"
        shutil.copy(tmp_path / "cellcert.db", database)
    server = Server(where, f"sqlite:///{database}")
    if full == "temporary files":
        server.environment["TMPDIR"] = str(disk)
    server.start()
    try:
        clerk = Clerk(server, login, draft)
        assert clerk.upload(paper(700_000))[0] == 200
        with (disk / "ballast").open("wb", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(bytes(4096))
            except OSError:
                pass
        answers = [clerk.upload(paper(700_000)) for _ in range(6)]
        assert {status for status, _ in answers} <= {503, 507}, answers
        assert all("已满" in text or "\\u5df2\\u6ee1" in text or "系统繁忙" in text for _, text in answers), answers
        assert clerk.ask(clerk.to)[0] == 200, "reading goes on"
        (disk / "ballast").unlink()
        assert clerk.upload(paper(700_000))[0] == 200, "without a restart"
    finally:
        server.kill()
    if full == "database":
        shutil.copy(database, tmp_path / "cellcert.db")
        for suffix in ("-wal", "-shm"):
            if (disk / f"cellcert.db{suffix}").exists():
                shutil.copy(disk / f"cellcert.db{suffix}", tmp_path / f"cellcert.db{suffix}")
    assert attached(app, draft) == 2
    assert faults(app, where) == {}
    assert list(where.rglob(".part-*")) == []


def test_thirty_damaged_files_are_all_found_and_none_is_handed_out(app: Flask, tmp_path: Path) -> None:
    draft = application_in(app, State.DRAFT)
    client = app.test_client()
    sign_in(client, clerk_of(app, draft))
    sent = [(files.pdf(files.writer(number)), f"{number}.pdf") for number in range(1, 31)]
    for data, name in sent:
        client.post(
            f"/applications/{draft}/evidence/plan",
            data={"files": (BytesIO(data), name)},
            content_type="multipart/form-data",
        )
    with app.app_context():
        rows = [(row.id, house().store.path(row.sha256)) for row in db.session.scalars(select(Evidence))]  # type: ignore[attr-defined]
    assert len(rows) == 30
    for number, (_, path) in enumerate(rows):
        match number % 3:
            case 0:
                flipped = bytearray(path.read_bytes())
                flipped[len(flipped) // 2] ^= 1
                path.write_bytes(flipped)
            case 1:
                path.unlink()
            case _:
                path.write_bytes(b"%PDF-1.4 another file")
    assert len(faults(app, tmp_path)["evidence_is_stored"]) == 30
    assert {client.get(f"/evidence/{number}").status_code for number, _ in rows} == {500}


def test_uploads_that_break_off_leave_nothing_and_cost_the_others_nothing(app: Flask, tmp_path: Path) -> None:
    draft = application_in(app, State.DRAFT)
    login = clerk_of(app, draft)
    (tmp_path / "tmp").mkdir()
    server = Server(tmp_path, f"sqlite:///{tmp_path / 'cellcert.db'}")
    server.environment["TMPDIR"] = str(tmp_path / "tmp")
    server.start()
    try:
        clerk = Clerk(server, login, draft)
        blobs = len(list((tmp_path / "blobs").rglob("*")))
        body = clerk.body(paper(2_000_000))
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in _jar(clerk))
        head = (
            f"POST {clerk.to} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: {cookies}\r\n"
            f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        for _ in range(100):
            with socket.create_connection(("127.0.0.1", server.port), 30) as line:
                line.sendall(head.encode() + body[: len(body) // 2])
        times = []
        for _ in range(20):
            start = time.monotonic()
            assert clerk.ask(clerk.to)[0] == 200
            times.append(time.monotonic() - start)
        assert sorted(times)[18] < 3
        assert clerk.upload(paper(1000))[0] == 200
        assert len(list((tmp_path / "blobs").rglob("*"))) <= blobs + 2, "the good file and its folder"
        assert [path for path in (tmp_path / "tmp").iterdir() if path.is_file()] == []
    finally:
        server.kill()
    assert attached(app, draft) == 1
    assert faults(app, tmp_path) == {}


def _jar(clerk: Clerk) -> list[object]:
    return next(list(one.cookiejar) for one in clerk.opener.handlers if hasattr(one, "cookiejar"))


def test_a_bucket_that_is_slow_away_and_back_loses_nothing(app: Flask, tmp_path: Path) -> None:
    draft = application_in(app, State.DRAFT)
    login = clerk_of(app, draft)
    with service.serving() as bucket:
        server = Server(tmp_path, f"sqlite:///{tmp_path / 'cellcert.db'}")
        server.environment |= {
            "CELLCERT_STORE": "s3://evidence/drill", "CELLCERT_STORE_ENDPOINT": bucket.address,
            "CELLCERT_STORE_KEY": service.KEY, "CELLCERT_STORE_SECRET": service.SECRET,
            "CELLCERT_STORE_REGION": service.REGION,
        }  # fmt: skip
        server.start()
        try:
            clerk = Clerk(server, login, draft)
            bucket.wait = 3
            start = time.monotonic()
            assert clerk.upload(paper(300_000))[0] == 200
            assert time.monotonic() - start >= 3
            bucket.wait, bucket.fail = 0, [500] * 9
            assert [clerk.upload(paper(1000))[0] for _ in range(3)] == [503] * 3
            assert clerk.ask(clerk.to)[0] == 200
            assert clerk.upload(paper(1000))[0] == 200
        finally:
            server.kill()
        assert len(bucket.held) == attached(app, draft) == 2
