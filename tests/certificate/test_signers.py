"""The key may lie in a card or with a sealing service, and a time-stamping service may say when."""

import asyncio
import base64
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from threading import Thread

import pytest
from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper
from pypdf import PdfWriter

from cellcert import clock
from cellcert.certificate.commands import signature_lines
from cellcert.certificate.issuing import signer_of, trusted
from cellcert.certificate.signers import uri_parts
from cellcert.certificate.signing import LocalSigner, check_signature, make_local_key, sign
from cellcert.config import BadSettings, Settings, read_settings

Answer = Callable[[bytes], bytes]
SOFTHSM = Path(os.environ.get("SOFTHSM_LIBRARY", "/usr/lib/softhsm/libsofthsm2.so"))


def page() -> bytes:
    writer, out = PdfWriter(), BytesIO()
    writer.add_blank_page(200, 200)
    writer.write(out)
    return out.getvalue()


@contextmanager
def service(answer: Answer) -> Iterator[str]:
    """A server on this machine that gives ``answer`` to what is posted."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def a_key(folder: Path) -> tuple[ec.EllipticCurvePrivateKey, Path]:
    """A key and the file of its certificates, its own first."""
    key, own, others = pkcs12.load_key_and_certificates(make_local_key(folder).read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert own is not None
    pems = folder / "chain.pem"
    pems.write_bytes(b"".join(one.public_bytes(serialization.Encoding.PEM) for one in (own, *others)))
    return key, pems


def test_a_sealing_service_signs_and_what_is_not_by_its_certificate_is_not_taken(tmp_path: Path) -> None:
    key, pems = a_key(tmp_path)
    wrong = ec.generate_private_key(ec.SECP256R1())

    def sealed_by(holder: ec.EllipticCurvePrivateKey) -> Answer:
        def answer(body: bytes) -> bytes:
            digest = base64.b64decode(json.loads(body)["digest"])
            signature = holder.sign(digest, ec.ECDSA(Prehashed(hashes.SHA256())))
            return json.dumps({"signature": base64.b64encode(signature).decode()}).encode()

        return answer

    def signed(url: str) -> tuple[bytes, Settings]:
        settings = Settings(data_folder=tmp_path / "data", signer=url, signing_certificates=str(pems))
        return sign(page(), signer_of(settings, "x"), "x", clock.now()), settings

    with service(sealed_by(key)) as url:
        pdf, settings = signed(url)
        assert check_signature(pdf, trusted(settings)).good
        assert not check_signature(pdf, []).good
    with service(sealed_by(wrong)) as url, pytest.raises(ValueError, match="not by its certificate"):
        signed(url)


def test_a_time_stamp_says_when_and_is_believed_from_whom_we_trust(tmp_path: Path) -> None:
    own = make_local_key(tmp_path / "own")
    key, at = rsa.generate_private_key(65537, 2048), clock.now()
    authority = stamping_authority(key, at)
    private = keys.PrivateKeyInfo.load(
        key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    stamper = DummyTimeStamper(authority, private, certs_to_embed=[authority], fixed_dt=at.replace(microsecond=0))

    def stamped(body: bytes) -> bytes:
        return bytes(asyncio.run(stamper.async_request_tsa_response(tsp.TimeStampReq.load(body))).dump())

    with service(stamped) as url:
        pdf = sign(page(), LocalSigner(own), "x", at, url)
    own_authority = asn1.Certificate.load(_der(tmp_path / "own" / "authority.pem")[0])

    known = check_signature(pdf, [own_authority], stampers=[authority])
    assert known.stamped_at == at.replace(microsecond=0)
    assert any("时间戳" in one and str(known.stamped_at) in one for one in signature_lines(known))
    unknown = check_signature(pdf, [own_authority])
    assert (unknown.good, unknown.stamped_at) == (True, None)
    assert not any("时间戳" in one for one in signature_lines(unknown))


def stamping_authority(key: rsa.RSAPrivateKey, at: datetime) -> asn1.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "示例时间戳服务")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=9))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    )
    return asn1.Certificate.load(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER))


def _der(pems: Path) -> list[bytes]:
    from cryptography import x509

    return [one.public_bytes(serialization.Encoding.DER) for one in x509.load_pem_x509_certificates(pems.read_bytes())]


@pytest.mark.skipif(not (find_spec("pkcs11") and SOFTHSM.is_file()), reason="needs python-pkcs11 and SoftHSM")
def test_a_key_that_never_leaves_its_card_signs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, pems = a_key(tmp_path)
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm.conf").write_text(f"directories.tokendir = {tmp_path / 'tokens'}\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm.conf"))
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "key.pem").write_bytes(pem)
    tool = [os.environ.get("SOFTHSM_TOOL", "softhsm2-util"), "--module", str(SOFTHSM)]
    begin = ["--init-token", "--free", "--label", "office", "--so-pin", "1234", "--pin", "4321"]
    put = ["--import", str(tmp_path / "key.pem"), "--token", "office", "--label", "seal", "--id", "01", "--pin", "4321"]
    for words in (begin, put):
        subprocess.run([*tool, *words], check=True, capture_output=True)
    settings = Settings(
        data_folder=tmp_path / "data", signing_certificates=str(pems), signing_password="4321",
        signer=f"pkcs11:token=office;object=seal?module-path={SOFTHSM}",
    )  # fmt: skip

    pdf = sign(page(), signer_of(settings, "x"), "x", clock.now())

    assert check_signature(pdf, trusted(settings)).good


def test_a_signer_that_cannot_be_asked_is_named_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("ftp://seal", "pkcs11:token=office", "https://seal.example.org/"):
        monkeypatch.setenv("CELLCERT_SIGNER", wrong)
        with pytest.raises(BadSettings, match="CELLCERT_SIGN"):
            read_settings()
    with pytest.raises(ValueError, match="pkcs11:token=NAME"):
        uri_parts("pkcs11:token=office;object=seal")
