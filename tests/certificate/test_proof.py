"""What a QR code and a credential prove by themselves, and that a result is computed again from what is stored."""

import json
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.certificate.commands import certificate as command
from cellcert.certificate.issuing import printed_fields, verify_url
from cellcert.certificate.models import Certificate
from cellcert.certificate.press import print_certificate
from cellcert.certificate.proof import Code, Proven, check_proof, key_id, make_proof, read_code
from cellcert.certificate.proof_keys import in_words, proof_key, proof_keys
from cellcert.database import db
from cellcert.review.models import ScoreSheet
from cellcert.web import house
from tests.builders import application_in, work
from tests.print import looking

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pypdf")

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
KEYS = {key_id(KEY.public_key()): KEY.public_key()}
UNIT, AWARDED, LAST = "示例新材料有限公司", date(2026, 11, 3), date(2029, 11, 2)
CODE = Code("SLWF-G-2026-0012", "K7Q2", make_proof("SLWF-G-2026-0012", "K7Q2", UNIT, AWARDED, LAST, KEY))


def test_a_short_proof_tells_number_unit_and_dates_without_a_database() -> None:
    found = check_proof(CODE, KEYS)

    assert (found.proven, found.awarded_on, found.valid_until) == (Proven.GOOD, AWARDED, LAST)
    assert found.names(UNIT)
    assert not found.names("示例旧材料有限公司")
    assert check_proof(replace(CODE, proof=""), KEYS).proven is Proven.NONE
    assert check_proof(CODE, {}).proven is Proven.OTHER_KEY
    assert len(CODE.proof) == 108


def test_no_changed_sign_of_a_short_proof_is_believed() -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for at, sign in enumerate(CODE.proof):
        other = letters[(letters.index(sign) + 1) % 64]
        changed = CODE.proof[:at] + other + CODE.proof[at + 1 :]
        assert check_proof(replace(CODE, proof=changed), KEYS).proven is not Proven.GOOD, at
    for code in (
        replace(CODE, serial="SLWF-G-2026-0013"),
        replace(CODE, token="K7Q3"),
        replace(CODE, proof=CODE.proof[:-1]),
        replace(CODE, proof=CODE.proof + "AAAA"),
        replace(CODE, proof="签名"),
        replace(CODE, serial="\ud800"),
    ):
        assert check_proof(code, KEYS).proven is Proven.FALSE


@pytest.mark.parametrize(
    "text", ["", "https://[", "https://x/", "https://x/verify/", "https://x/other/A-1?s=1", "编号"]
)
def test_what_is_no_address_of_a_verify_page_is_said_to_be_none(text: str) -> None:
    assert read_code(text) is None


def test_the_key_is_made_once_for_its_owner_alone_and_old_ones_stay_believed(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    first = proof_key(folder)
    assert (folder / "qr.key").stat().st_mode & 0o077 == 0
    assert proof_key(folder) is first
    (folder / "qr.key").unlink()
    second = proof_key(folder)

    assert set(proof_keys(folder)) == {key_id(first.public_key()), key_id(second.public_key())}
    (folder / "qr.key").chmod(0o644)
    with pytest.raises(PermissionError, match="chmod 600"):
        proof_key(folder)


def awarded(app: Flask) -> tuple[int, bytes]:
    case = application_in(app, State.AWARDED)
    work(app)
    with app.app_context():
        sha256 = db.session.scalars(select(Certificate.sha256)).one()
        assert sha256 is not None
        return case, house().store.get(sha256)


def said(pdf: bytes) -> dict[str, object]:
    (data,) = PdfReader(BytesIO(pdf)).attachments["credential.json"]
    assert isinstance(data, bytes)
    read = json.loads(data)
    assert json.dumps(read, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() == data
    return dict(read)


def run(app: Flask, monkeypatch: pytest.MonkeyPatch, *words: str) -> Result:
    monkeypatch.setattr("cellcert.certificate.commands.create_app", lambda: app)
    monkeypatch.setattr("cellcert.certificate.commands.read_settings", lambda: app.extensions["cellcert"].settings)
    return CliRunner().invoke(command, words)


def test_the_printed_code_is_read_at_150_dpi_and_proves_itself_by_the_published_key_alone(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, pdf = awarded(app)
    (code,) = zxingcpp.read_barcodes(looking.picture(pdf, dpi=150))
    with app.app_context():
        certificate = db.session.scalars(select(Certificate)).one()
        unit, serial = str(certificate.fields["unit_name"]), certificate.serial
        assert code.text == verify_url(certificate)
    published = run(app, monkeypatch, "keys").output.split()[1]

    monkeypatch.setattr("cellcert.certificate.commands.proof_keys", None)
    good = run(app, monkeypatch, "verify", "--qr", code.text, "--unit", unit, "--key", published)
    assert good.exit_code == 0, good.output
    for part in (serial, certificate.valid_until.isoformat(), "单位名称相符", "没有联网"):
        assert part in good.output
    for words in (
        ["--qr", code.text, "--unit", "示例另一家单位", "--key", published],
        ["--qr", code.text.replace("-0001?", "-0002?"), "--key", published],
        ["--qr", code.text, "--key", in_words(KEY.public_key())],
        ["--qr", code.text, "--key", "short"],
        ["--qr", code.text.split("&s=")[0], "--key", published],
        ["--qr", "无废细胞"],
        [],
    ):
        assert run(app, monkeypatch, "verify", *words).exit_code != 0, words


def test_the_credential_says_what_is_printed_and_the_result_is_computed_again_from_what_is_stored(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, pdf = awarded(app)
    (tmp_path / "certificate.pdf").write_bytes(pdf)
    facts = said(pdf)
    with app.app_context():
        certificate = db.session.scalars(select(Certificate)).one()
        application = db.session.get_one(Application, case)
        fields = printed_fields(certificate, house().library)
        assert fields.attached is not None
        assert print_certificate(fields) == print_certificate(fields)
        assert facts["number"] == certificate.serial
        assert facts["unit"] == {"name": fields.unit_name, "credit_code": application.unit.code_shown}
        assert facts["criteria"] == {"edition": fields.edition, "sha256": application.edition.sha256}
        assert facts["verify"] == fields.verify_url

    same = run(app, monkeypatch, "recompute", str(tmp_path / "certificate.pdf"))
    assert (same.exit_code, "全部与存档一致" in same.output) == (0, True), same.output
    assert "不一致" not in same.output

    with app.app_context():
        sheet = db.session.scalars(select(ScoreSheet).where(ScoreSheet.application_id == case)).first()
        assert sheet is not None
        for one in db.session.scalars(select(ScoreSheet).where(ScoreSheet.application_id == case)):
            one.points = one.points | {next(iter(sheet.points)): "0"}
        db.session.commit()
    other = run(app, monkeypatch, "recompute", str(tmp_path / "certificate.pdf"))
    assert other.exit_code == 1
    assert "不一致　总分" in other.output
    assert "不一致　各项得分的哈希" in other.output
    assert "\n一致　标准全文的哈希" in other.output
    assert run(app, monkeypatch, "recompute", __file__).exit_code == 1
