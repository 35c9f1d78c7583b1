"""Evidence in an S3 bucket: signed, checked when read, and said plainly when the bucket is away."""

import hashlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.config import BadSettings, Settings, read_settings
from cellcert.database import db
from cellcert.evidence.models import Evidence
from cellcert.factory import build
from cellcert.storage import Away, Damaged, s3
from cellcert.storage.s3 import S3Store
from cellcert.web import House
from tests.builders import application_in, clerk_of, sign_in
from tests.evidence import bucket as service
from tests.evidence import files
from tests.evidence.bucket import Bucket

pytest.importorskip("botocore")
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # its connections end with the process


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    monkeypatch.setattr(s3, "READ_SECONDS", 1)
    with service.serving() as served:
        yield served


def settings(bucket: Bucket, **more: object) -> Settings:
    return Settings.model_validate(
        {
            "store": "s3://evidence/jz/2026", "store_endpoint": bucket.address, "store_region": service.REGION,
            "store_key": service.KEY, "store_secret": service.SECRET,
        } | more
    )  # fmt: skip


def test_bytes_go_there_and_come_back_under_their_name(bucket: Bucket) -> None:
    store, data = S3Store(settings(bucket)), b"\x00paper" * 400_000
    sha256 = store.put(data)
    assert sha256 == hashlib.sha256(data).hexdigest()
    assert list(bucket.held) == [f"/evidence/jz/2026/{sha256}"]
    assert store.get(sha256) == data
    assert store.put(data) == sha256
    with pytest.raises(ValueError, match="SHA-256"):
        store.get("../../etc/passwd")


def test_wrong_or_missing_bytes_are_never_handed_out_and_sent_again_they_are_whole(bucket: Bucket) -> None:
    store = S3Store(settings(bucket))
    sha256 = store.put(b"paper")
    bucket.held[f"/evidence/jz/2026/{sha256}"] = b"other"
    with pytest.raises(Damaged, match="changed"):
        store.get(sha256)
    store.put(b"paper")
    assert store.get(sha256) == b"paper"
    bucket.held.clear()
    with pytest.raises(Damaged, match="missing"):
        store.get(sha256)


def test_a_busy_service_is_asked_again_and_a_lasting_fault_is_told(bucket: Bucket) -> None:
    store = S3Store(settings(bucket))
    bucket.fail = [503, 500]
    sha256 = store.put(b"paper")
    assert len(bucket.asked) == 3
    bucket.fail = [503] * 3
    with pytest.raises(Away):
        store.get(sha256)
    assert store.get(sha256) == b"paper"


@pytest.mark.parametrize("behaviour", ["slow", "cut", "wrong secret", "no such bucket", "gone"])
def test_away_is_one_plain_sentence(bucket: Bucket, behaviour: str) -> None:
    right = S3Store(settings(bucket))
    sha256 = right.put(b"paper" * 100)
    changed = {"wrong secret": {"store_secret": "x"}, "no such bucket": {"store": "s3://other"}}.get(behaviour, {})
    if behaviour == "gone":
        changed = {"store_endpoint": "http://127.0.0.1:9"}
    bucket.wait, bucket.cut = 1.5 if behaviour == "slow" else 0, behaviour == "cut"
    store = S3Store(settings(bucket, **changed))
    with pytest.raises(Away, match="暂时连接不上"):
        store.get(sha256)


@pytest.fixture
def app_on_bucket(app: Flask, bucket: Bucket, tmp_path: Path, sqlite_url: str) -> Iterator[Flask]:
    application_in(app, State.DRAFT)
    on_bucket = build(
        settings(bucket, data_folder=tmp_path, database_url=sqlite_url, secret_key="k" * 40, worker_inside=False)
    )
    on_bucket.testing = True
    on_bucket.config["WTF_CSRF_ENABLED"] = False
    yield on_bucket
    with on_bucket.app_context():
        db.session.remove()
        db.engine.dispose()


def test_while_the_bucket_is_away_nothing_is_half_stored_and_the_rest_works(
    app_on_bucket: Flask, bucket: Bucket
) -> None:
    app, client = app_on_bucket, app_on_bucket.test_client()
    with app.app_context():
        draft = db.session.scalars(select(Application.id)).one()
    sign_in(client, clerk_of(app, draft))
    to, by_script = f"/applications/{draft}/evidence/plan", {"X-Requested-With": "XMLHttpRequest"}

    def rows() -> int:
        with app.app_context():
            return db.session.scalar(select(func.count(Evidence.id))) or 0

    answer = client.post(to, data={"files": (BytesIO(files.picture()), "a.jpg")}, headers=by_script)
    assert answer.status_code == 200
    assert len(bucket.held) == 2, "the picture and its thumbnail"
    bucket.fail = [503] * 3
    before = rows()
    answer = client.post(to, data={"files": (BytesIO(files.pdf()), "a.pdf")}, headers=by_script)
    assert (answer.status_code, answer.get_json()["refused"][:11]) == (503, "存放文件的系统暂时连接")
    bucket.fail = [503] * 3
    answer = client.post(to, data={"files": (BytesIO(files.pdf()), "a.pdf")})
    assert answer.status_code == 503
    assert "暂时连接不上" in answer.text
    assert (rows(), len(bucket.held)) == (before, 2)

    with app.app_context():
        number = db.session.scalars(select(Evidence.id)).one()
    assert client.get(f"/evidence/{number}").data[:2] == b"\xff\xd8"
    bucket.fail = [503] * 3
    assert client.get(f"/evidence/{number}").status_code == 503
    assert client.get(f"/applications/{draft}/assessment/organisation").status_code == 200
    assert client.get("/readyz").get_json()["storage"] == "ok"
    bucket.fail = [503] * 3
    assert client.get("/readyz").get_json()["storage"] == "Away"
    assert client.post(to, data={"files": (BytesIO(files.pdf()), "a.pdf")}, headers=by_script).status_code == 200
    house: House = app.extensions["cellcert"]
    assert isinstance(house.store, S3Store)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"store": "evidence"}, "CELLCERT_STORE: .*s3://BUCKET/PREFIX"),
        ({"store": "s3://b/../x y"}, "CELLCERT_STORE: "),
        ({"store": "s3://bucket"}, "CELLCERT_STORE_KEY"),
        ({"store_endpoint": "minio:9000"}, "CELLCERT_STORE_ENDPOINT: .*http"),
    ],
)
def test_settings_that_lead_nowhere_stop_the_start(given: dict[str, object], fault: str) -> None:
    with pytest.raises(BadSettings, match=fault):
        read_settings(**given)
