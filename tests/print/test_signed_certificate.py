import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from pypdf import PdfReader, PdfWriter

from cellcert.certificate.issuing import certificates_in
from cellcert.certificate.press import CertificateFields, print_certificate
from cellcert.certificate.signing import (
    LocalSigner,
    SignatureResult,
    check_signature,
    make_local_key,
    sign,
)
from cellcert.press import Attached
from cellcert.press.signable import Foreign, signable
from tests.print.examples import FIELDS

WHEN = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def signed(signer: LocalSigner) -> bytes:
    return sign(print_certificate(FIELDS), signer, "颁发证书 SLWF-G-2026-0012", WHEN)


@pytest.fixture
def check(key_folder: Path) -> Callable[[bytes], SignatureResult]:
    trusted = certificates_in((key_folder / "authority.pem",))
    return lambda pdf: check_signature(pdf, trusted)


def test_a_signed_certificate_is_good_and_says_who_when_and_why(
    signed: bytes, check: Callable[[bytes], SignatureResult]
) -> None:
    result = check(signed)

    assert result.good
    assert (result.signed_at, result.reason) == (WHEN, "颁发证书 SLWF-G-2026-0012")
    assert result.signer == "示例市“无废城市”建设工作领导小组办公室"


def test_signing_leaves_the_page_as_it_was(signed: bytes, fields: Callable[..., CertificateFields]) -> None:
    assert signed.startswith(print_certificate(fields()))
    assert len(PdfReader(BytesIO(signed)).pages) == 1


def poppler_says(pdf: bytes, tmp_path: Path) -> str:
    file = tmp_path / "signed.pdf"
    file.write_bytes(pdf)
    checked = subprocess.run(["qpdf", "--check", str(file)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    return subprocess.run(["pdfsig", "-nocert", str(file)], capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("name", ["示例新材料有限公司", "㐀示例厂"])  # of the fast tier, and of the reference tier
def test_another_program_finds_the_signature_sound_and_over_the_whole_file(
    fields: Callable[..., CertificateFields], signer: LocalSigner, tmp_path: Path, name: str
) -> None:
    data = Attached("credential.json", "认定信息", b"{}", WHEN)
    said = poppler_says(sign(print_certificate(fields(unit_name=name, attached=data)), signer, "颁发", WHEN), tmp_path)

    for part in (
        "Signature is Valid",
        "Total document signed",
        "ETSI.CAdES.detached",
        "SHA-256",
        "Nov 03 2026 09:30:00",
    ):
        assert part in said


def rsa_key(folder: Path) -> LocalSigner:
    key, now = rsa.generate_private_key(65537, 2048), datetime.now(UTC)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "示例办公室")])
    made = x509.CertificateBuilder(who, who, key.public_key(), 7, now - timedelta(1), now + timedelta(1))
    own = made.sign(key, hashes.SHA256())
    secret = serialization.BestAvailableEncryption(b"secret")
    path = folder / "rsa.p12"
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"x", key, own, None, secret))
    path.chmod(0o600)
    return LocalSigner(path, b"secret")


def test_a_key_of_the_older_kind_signs_as_well(tmp_path: Path) -> None:
    signed = sign(print_certificate(FIELDS), rsa_key(tmp_path), "颁发", WHEN)

    assert check_signature(signed, []).intact
    assert "Signature is Valid" in poppler_says(signed, tmp_path)


def test_a_file_of_other_programs_and_a_second_signature_are_left_to_pyhanko(
    signed: bytes, signer: LocalSigner, check: Callable[[bytes], SignatureResult]
) -> None:
    by_another = sign(rewritten(print_certificate(FIELDS)), signer, "颁发", WHEN)

    assert check(by_another).good
    for pdf in (signed, rewritten(signed), b"", b"%PDF-1.7\nstartxref\n3\n%%EOF"):
        with pytest.raises(Foreign):
            signable(pdf, field="x", label="x", reason="", at=WHEN, room=10)


def appended(pdf: bytes) -> bytes:
    return pdf + b"\n% a harmless remark\n"


def retitled(pdf: bytes) -> bytes:
    writer, file = PdfWriter(BytesIO(pdf), incremental=True), BytesIO()
    writer.add_metadata({"/Title": "another"})
    writer.write(file)
    return file.getvalue()


def with_a_page_more(pdf: bytes) -> bytes:
    writer, file = PdfWriter(BytesIO(pdf), incremental=True), BytesIO()
    writer.add_blank_page(100, 100)
    writer.write(file)
    return file.getvalue()


def rewritten(pdf: bytes) -> bytes:
    writer, file = PdfWriter(clone_from=BytesIO(pdf)), BytesIO()
    writer.write(file)
    return file.getvalue()


def cut(pdf: bytes) -> bytes:
    return pdf[:-200]


@pytest.mark.parametrize("forge", [appended, retitled, with_a_page_more, rewritten, cut])
def test_a_changed_certificate_is_never_good(
    signed: bytes, check: Callable[[bytes], SignatureResult], forge: Callable[[bytes], bytes]
) -> None:
    assert not check(forge(signed)).good


def test_one_byte_changed_anywhere_is_found(signed: bytes, check: Callable[[bytes], SignatureResult]) -> None:
    # The signature cannot cover its own envelope, where an authority's certificate lies for convenience; a file changed
    # there shows the same page and signature, and its SHA-256 is not the stored one (verifying.py asks that first).
    envelope = re.search(rb"/Contents <([0-9a-fA-F]+)>", signed)
    assert envelope is not None
    for at in range(100, len(signed), len(signed) // 25):
        if envelope.start(1) <= at < envelope.end(1):
            continue
        changed = bytearray(signed)
        changed[at] ^= 1
        assert not check(bytes(changed)).good, at


def test_someone_elses_signature_is_not_ours(
    fields: Callable[..., CertificateFields], check: Callable[[bytes], SignatureResult], tmp_path: Path
) -> None:
    other = LocalSigner(make_local_key(tmp_path, "示例市“无废城市”建设工作领导小组办公室"))
    result = check(sign(print_certificate(fields()), other, "", WHEN))

    assert (result.intact, result.whole_file, result.trusted, result.good) == (True, True, False, False)


def test_an_unsigned_or_broken_file_is_answered_not_raised(
    fields: Callable[..., CertificateFields], check: Callable[[bytes], SignatureResult]
) -> None:
    assert check(print_certificate(fields())).problem == "0 signatures, not 1"
    for junk in (b"", b"%PDF-1.7", b"%PDF-1.7\n" + b"[" * 100_000, b"PK\x03\x04"):
        assert check(junk).problem


def test_a_signature_is_no_longer_good_when_its_key_has_expired(signed: bytes, key_folder: Path) -> None:
    trusted = certificates_in((key_folder / "authority.pem",))
    later = datetime.now(UTC) + timedelta(days=365 * 11)

    assert not check_signature(signed, trusted, at=later).good


def test_the_key_is_for_its_owner_only_and_made_once(tmp_path: Path) -> None:
    path = make_local_key(tmp_path / "keys")
    first = path.read_bytes()

    assert path.stat().st_mode & 0o777 == 0o600
    assert make_local_key(tmp_path / "keys").read_bytes() == first


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = make_local_key(tmp_path)
    path.chmod(0o644)

    with pytest.raises(PermissionError, match="chmod 600"):
        LocalSigner(path)
