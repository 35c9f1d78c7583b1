"""Anybody can find out whether a certificate is real and what it is worth now."""

import re
import subprocess
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import pytest
import time_machine
import zxingcpp
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import select

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.certificate.commands import certificate as command
from cellcert.certificate.issuing import trusted, verify_url
from cellcert.certificate.models import Certificate
from cellcert.certificate.rules import Status, counts, status
from cellcert.certificate.states import CertificateState
from cellcert.certificate.verifying import Verdict, examine
from cellcert.database import db
from cellcert.standing import actions as standing
from cellcert.web import house, public_url
from tests.builders import application_in, city, sign_in, work

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pypdf")


@pytest.fixture
def awarded(app: Flask) -> int:
    case = application_in(app, State.AWARDED)
    work(app)
    return case


def made(app: Flask) -> tuple[Certificate, bytes]:
    with app.app_context():
        certificate = db.session.scalars(select(Certificate).order_by(Certificate.id)).first()
        db.session.expunge_all()
        return certificate, house().store.get(certificate.sha256) if certificate.sha256 else b""


def judged(app: Flask, pdf: bytes) -> Verdict:
    with app.app_context():
        return examine(db.session(), pdf, trusted(house().settings), clock.now()).verdict


# the file


def test_the_file_as_issued_is_genuine_and_the_page_says_so(app: Flask, client: FlaskClient, awarded: int) -> None:
    certificate, pdf = made(app)

    answer = client.post("/verify", data={"file": (BytesIO(pdf), "x.pdf")})

    assert answer.status_code == 200
    assert "文件是真的" in answer.text
    assert certificate.fields["unit_name"] in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_file_is_still_genuine_when_the_key_has_run_out(app: Flask, awarded: int) -> None:
    _, pdf = made(app)
    with time_machine.travel(clock.now() + timedelta(days=365 * 12)):
        assert judged(app, pdf) is Verdict.GENUINE


def test_a_huge_file_is_refused(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cellcert.certificate.verify_routes.MOST_BYTES", 1000)

    answer = client.post("/verify", data={"file": (BytesIO(b"0" * 1001), "x.pdf")})

    assert answer.status_code == 413


def test_no_file_is_asked_for(client: FlaskClient) -> None:
    answer = client.post("/verify", data={})

    assert answer.status_code == 422
    assert "请选择要查验的 PDF 文件" in answer.text


# the number and the QR code


def test_the_qr_code_leads_to_the_page_of_this_certificate(app: Flask, client: FlaskClient, awarded: int) -> None:
    certificate, pdf = made(app)
    with TemporaryDirectory() as folder:
        command = ["pdftoppm", "-r", "150", "-singlefile", "-png", "-", f"{folder}/page"]
        subprocess.run(command, input=pdf, check=True, capture_output=True)
        with Image.open(f"{folder}/page.png") as image:
            (code,) = zxingcpp.read_barcodes(image.convert("RGB"))
    with app.app_context():
        assert code.text == verify_url(certificate)
        assert code.text.startswith(house().settings.public_base_url)
    parts = urlsplit(code.text)

    answer = client.get(f"{parts.path}?{parts.query}")

    assert answer.status_code == 200
    assert "校验码相符" in answer.text
    assert certificate.fields["unit_name"] in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_address_comes_from_the_settings_and_not_from_the_request(app: Flask, awarded: int) -> None:
    certificate, _ = made(app)
    with app.test_request_context(headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}):
        assert "evil" not in verify_url(certificate)
    with app.app_context():
        assert public_url("certificate.verify_serial", serial="A-1", t="x") == "http://127.0.0.1:8000/verify/A-1?t=x"


def test_a_wrong_token_warns_and_none_says_what_a_number_alone_proves(
    app: Flask, client: FlaskClient, awarded: int
) -> None:
    certificate, _ = made(app)
    path = f"/verify/{certificate.serial}"

    assert "校验码不符" in client.get(f"{path}?t=wrong").text
    assert "校验码不符" in client.get(f"{path}?t=密").text
    assert "只按编号查询" in client.get(path).text


def test_an_unknown_number_is_said_to_be_none_of_ours(client: FlaskClient) -> None:
    answer = client.get("/verify/JZWF-G-2026-9999")

    assert answer.status_code == 404
    assert "没有这个证书编号" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_number_typed_in_a_hurry_is_found(app: Flask, client: FlaskClient, awarded: int) -> None:
    certificate, _ = made(app)
    wide = "".join(chr(ord(sign) + 0xFEE0) if sign.isascii() else sign for sign in certificate.serial.lower())

    answer = client.get("/verify", query_string={"serial": f" {wide} "})

    assert answer.location.endswith(f"/verify/{certificate.serial}")


# what it is worth


WORTH = {
    State.RECHECK: "复核中",
    State.RECTIFYING: "限期整改中",
    State.SUSPENDED: "已暂停",
    State.REVOKED: "已撤销",
}


@pytest.mark.parametrize("state", WORTH)
def test_the_page_says_at_once_what_became_of_the_title(app: Flask, client: FlaskClient, state: State) -> None:
    application_in(app, state)
    work(app)
    certificate, _ = made(app)

    page = client.get(f"/verify/{certificate.serial}?t={certificate.token}").text

    assert re.search(rf"<h1>[^<]*<span[^>]*>{WORTH[state]}|已作废", page)
    listed = client.get("/register").text
    assert (certificate.serial in listed) is (state is not State.REVOKED)
    assert ("其中 1 个已暂停，不计入创建进展" in listed) is (state is State.SUSPENDED)


def test_a_change_shows_on_the_next_request(app: Flask, client: FlaskClient, awarded: int) -> None:
    certificate, _ = made(app)
    people, path = city(app), f"/verify/{certificate.serial}?t={certificate.token}"
    assert "有效</span>" in client.get(path).text
    with app.app_context():
        application = db.session.get_one(Application, awarded)
        standing.open_recheck(application, "年度抽查", by=people["office"], at=clock.now())
        db.session.commit()
        assert "复核中</span>" in client.get(path).text
        standing.suspend(application, "收到举报", by=people["approver"], at=clock.now())
        db.session.commit()
        assert "已暂停</span>" in client.get(path).text
        standing.resume(application, "核查无误", by=people["approver"], at=clock.now())
        db.session.commit()
        assert "有效</span>" in client.get(path).text
        proposal = standing.propose_revocation(
            db.session(), application, "台账不实", by=people["office"], at=clock.now()
        )
        standing.revoke(db.session(), application, proposal, True, "", by=people["approver"], at=clock.now())
        db.session.commit()
    page = client.get(path).text
    assert "已撤销</span>" in page
    assert "理由：台账不实" in page


def test_a_certificate_ends_with_its_last_day(app: Flask, client: FlaskClient, awarded: int) -> None:
    certificate, _ = made(app)
    path = f"/verify/{certificate.serial}?t={certificate.token}"

    with time_machine.travel(clock.end_of(certificate.valid_until, "Asia/Shanghai") - timedelta(seconds=5)):
        assert "有效</span>" in client.get(path).text
        assert certificate.serial in client.get("/register").text
    with time_machine.travel(clock.end_of(certificate.valid_until, "Asia/Shanghai") + timedelta(seconds=5)):
        assert "已到期</span>" in client.get(path).text
        assert certificate.serial not in client.get("/register").text


@pytest.mark.parametrize("own", CertificateState)
@pytest.mark.parametrize("title", [State.AWARDED, State.RECHECK, State.SUSPENDED, State.REVOKED, State.EXPIRED])
def test_only_a_live_certificate_of_a_held_title_counts(own: CertificateState, title: State) -> None:
    today, last = date(2027, 1, 1), date(2029, 1, 1)
    worth = status(own, title, last, today)

    live = own in {CertificateState.RESERVED, CertificateState.ISSUED}
    assert counts(worth) is (live and title in {State.AWARDED, State.RECHECK})
    assert (worth is Status.VALID) is (own is CertificateState.ISSUED and title is State.AWARDED)
    assert status(own, title, last, date(2029, 1, 2)) not in {Status.VALID, Status.MAKING, Status.RECHECK}


# plaques


def test_the_plaques_of_a_batch_are_a_page_for_each_unit(app: Flask, client: FlaskClient, awarded: int) -> None:
    certificate, _ = made(app)
    with app.app_context():
        batch = db.session.get_one(Application, awarded).batch
    path = f"/batches/{batch}/plaques.pdf"
    sign_in(client, "office")

    pages = PdfReader(BytesIO(client.get(path).data)).pages

    assert len(pages) == 1
    assert certificate.fields["unit_name"] in "".join(pages[0].extract_text().split())
    assert client.get("/batches/nothing/plaques.pdf").status_code == 404
    assert app.test_client().get(path).status_code == 302


# the command


def test_the_command_says_genuine_and_exits_one_for_anything_else(
    app: Flask, awarded: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, pdf = made(app)
    monkeypatch.setattr("cellcert.certificate.commands.create_app", lambda: app)
    (tmp_path / "good.pdf").write_bytes(pdf)
    (tmp_path / "bad.pdf").write_bytes(pdf + b" ")

    good = CliRunner().invoke(command, ["verify", str(tmp_path / "good.pdf")])
    bad = CliRunner().invoke(command, ["verify", str(tmp_path / "bad.pdf")])

    assert (good.exit_code, bad.exit_code) == (0, 1)
    assert certificate.serial in good.output
    again = CliRunner().invoke(command, ["render", certificate.serial, "--out", str(tmp_path / "out.pdf")])
    assert again.exit_code == 0, again.output
    assert (tmp_path / "out.pdf").read_bytes() == pdf
