"""No false certificate is taken for a true one: by the file, by the page, by its QR code."""

from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from flask.testing import FlaskClient
from pypdf.errors import PdfReadWarning
from sqlalchemy import select

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.certificate.issuing import trusted, verify_url
from cellcert.certificate.models import Certificate
from cellcert.certificate.proof import make_proof
from cellcert.certificate.signing import LocalSigner, sign
from cellcert.certificate.verifying import Verdict, examine
from cellcert.database import db
from cellcert.web import house
from tests.builders import application_in, work
from tests.certificate.forging import FORGERIES, stripped

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pypdf"),
    pytest.mark.filterwarnings(f"ignore::{PdfReadWarning.__module__}.{PdfReadWarning.__name__}"),
]


def issued(app: Flask, category: str = "agency") -> bytes:
    """The file of a new certificate, with everything it takes to issue it."""
    application_in(app, State.AWARDED, category)
    work(app)
    with app.app_context():
        newest = db.session.scalars(select(Certificate).order_by(Certificate.id.desc())).first()
        assert newest is not None
        assert newest.sha256 is not None
        return house().store.get(newest.sha256)


def judged(app: Flask, pdf: bytes) -> Verdict:
    with app.app_context():
        return examine(db.session(), pdf, trusted(house().settings), clock.now()).verdict


def page(client: FlaskClient, pdf: bytes) -> str:
    return client.post("/verify", data={"file": (BytesIO(pdf), "x.pdf")}).text


def tell_apart(app: Flask, pdf: bytes, folder: Path) -> None:
    client = app.test_client()
    assert judged(app, pdf) is Verdict.GENUINE
    assert "文件是真的" in page(client, pdf)
    wrong = {}
    for name, (forge, verdicts) in FORGERIES.items():
        made = folder / name
        made.mkdir()
        forged = forge(pdf, made)
        told = page(client, forged)
        if (verdict := judged(app, forged)) not in verdicts or "文件是真的" in told or "verdict-bad" not in told:
            wrong[name] = verdict
    assert wrong == {}


def test_every_forgery_of_a_file_is_told_from_the_true_one(app: Flask, tmp_path: Path) -> None:
    assert len(FORGERIES) >= 12
    tell_apart(app, issued(app), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("category", ["community", "factory", "mall", "park", "scenic"])
def test_so_it_is_with_five_certificates_of_different_kinds(app: Flask, tmp_path: Path, category: str) -> None:
    tell_apart(app, issued(app, category), tmp_path)


def test_a_page_signed_by_us_that_is_not_on_record_is_not_genuine(app: Flask) -> None:
    pdf = issued(app)
    with app.app_context():
        key = LocalSigner(house().settings.data_folder / "keys" / "signing.p12")

    assert judged(app, sign(stripped(pdf), key, "x", clock.now())) is Verdict.UNKNOWN
    with app.app_context():
        assert examine(db.session(), pdf, [], clock.now()).verdict is Verdict.UNSURE


def test_every_forgery_of_a_code_is_told_from_the_true_one(app: Flask, client: FlaskClient) -> None:
    issued(app)
    with app.app_context():
        certificate = db.session.scalars(select(Certificate)).one()
        url = verify_url(certificate)
        serial, token, unit = certificate.serial, certificate.token, str(certificate.fields["unit_name"])
        key = Ed25519PrivateKey.generate()
        own = make_proof(serial, token, unit, certificate.awarded_on, certificate.valid_until, key)
    true = urlsplit(url)
    proof = true.query.split("s=")[1]
    assert "二维码校验码相符" in client.get(f"{true.path}?{true.query}").text

    def told(address: str, **asked: str) -> str:
        return client.get(f"{address}?{urlencode(asked)}", follow_redirects=True).text

    longer = proof[:12] + chr(ord(proof[12]) ^ 1) + proof[13:]
    for name, text, words in (
        ("a later last day", told(true.path, t=token, s=longer), "二维码是伪造的"),
        ("another's key", told(true.path, t=token, s=own), "不是用认定机构公布的密钥签的"),
        ("another token", told(true.path, t="A" * 24, s=proof), "二维码是伪造的"),
        ("no proof and another token", told(true.path, t="A" * 24), "校验码不符"),
        ("a guessed number", told("/verify/JZWF-G-2026-9999", t=token, s=proof), "没有这个证书编号"),
        ("another site", told("/verify", serial=url.replace(str(true.hostname), "evil.example")), "evil.example"),
    ):
        assert words in text, name
        assert "证书原样" not in text or name == "another site", name
