"""Sign a PDF as the authority, and check such a signature: PAdES B-B, one signature over the whole file."""

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from cellcert import clock
from cellcert.certificate.envelope import Envelope
from cellcert.press.signable import Foreign, signable

KEY_FILE, AUTHORITY_FILE = "signing.p12", "authority.pem"
KEY_YEARS, AUTHORITY_YEARS = 10, 20
FIELD, LABEL = "AuthoritySignature", "认定机构数字签名"

log = logging.getLogger(__name__)


class Signer(Protocol):
    """Whoever holds the key: a file, a card, a remote service."""

    def opened(self) -> Any:  # noqa: ANN401
        """The pyHanko signer for one signature."""


class LocalSigner:
    """A key in a PKCS#12 file that only its owner may read."""

    def __init__(self, path: Path, passphrase: bytes | None = None) -> None:
        if path.stat().st_mode & 0o077:
            raise PermissionError(f"{path} may be read by others; run: chmod 600 {path}")
        self.path, self.passphrase = path, passphrase

    @property
    def envelope(self) -> Envelope | None:
        """The same key without pyHanko; none if its kind is one that only pyHanko knows."""
        return _envelope(self.path, self.path.stat().st_mtime_ns, self.passphrase)

    def opened(self) -> Any:  # noqa: ANN401
        from pyhanko.sign import signers

        signer = signers.SimpleSigner.load_pkcs12(  # type: ignore[no-untyped-call, unused-ignore]
            str(self.path), passphrase=self.passphrase
        )
        if signer is None:
            raise ValueError(f"{self.path} is no PKCS#12 file, or its passphrase is another one.")
        return signer


@dataclass(frozen=True, slots=True)
class SignatureResult:
    """What a look at the signature of a PDF found; only ``good`` may be shown as genuine."""

    intact: bool = False  # the signed bytes are those that were signed
    whole_file: bool = False  # one signature, and nothing of the file lies outside it
    trusted: bool = False  # by a certificate of ours
    signer: str = ""
    reason: str = ""
    signed_at: datetime | None = None
    stamped_at: datetime | None = None  # by a time-stamping service we trust
    signatures: int | None = None  # how many the file has; None: it cannot be read
    problem: str = ""

    @property
    def good(self) -> bool:
        """Signed by us and untouched since."""
        return self.intact and self.whole_file and self.trusted


def make_local_key(folder: Path, name: str = "cellcert", at: datetime | None = None) -> Path:
    """Make ``signing.p12`` and, to trust it by, ``authority.pem``; what is already there is kept."""
    path = folder / KEY_FILE
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    since = (at or clock.now()) - timedelta(hours=1)  # machines' clocks differ a little
    # The authority's own key is forgotten at once: nobody can ever make a second certificate under it.
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = name[:61]  # X.509 allows a common name 64 characters, " CA" included
    authority = _certificate(f"{name} CA", authority_key, f"{name} CA", authority_key, is_ca=True, since=since)
    signing = _certificate(name, key, f"{name} CA", authority_key, is_ca=False, since=since)
    bundle = pkcs12.serialize_key_and_certificates(b"cellcert", key, signing, [authority], serialization.NoEncryption())
    (folder / AUTHORITY_FILE).write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    _write_private(path, bundle)
    return path


def sign(pdf: bytes, signer: Signer, reason: str, at: datetime, stamp_url: str = "") -> bytes:
    """``pdf`` with an invisible signature that says when and why; a time-stamping service may say when, too."""
    # pyHanko signs any file with any key, and takes fifty times as long and a second to import.
    if not stamp_url and isinstance(signer, LocalSigner) and (envelope := signer.envelope):
        try:
            room = signable(pdf, field=FIELD, label=LABEL, reason=reason, at=at, room=envelope.room)
            return room.signed(envelope.sealed(room.digest()))
        except Foreign as why:
            log.info("signed by pyHanko: %s", why)
    from cellcert.certificate.by_pyhanko import sign_any

    stamper = None
    if stamp_url:
        from cellcert.certificate.signers import stamp_service

        stamper = stamp_service(stamp_url)
    return sign_any(pdf, signer.opened(), FIELD, LABEL, reason, at, stamper)


@cache
def _envelope(path: Path, _changed: int, passphrase: bytes | None) -> Envelope | None:
    try:
        key, own, others = pkcs12.load_key_and_certificates(path.read_bytes(), passphrase)
    except ValueError as error:
        raise ValueError(f"{path} is no PKCS#12 file, or its passphrase is another one.") from error
    if own is not None and isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        return Envelope(key, own, others)
    return None


def check_signature(
    pdf: bytes,
    trusted: Sequence[asn1.Certificate],
    at: datetime | None = None,
    stampers: Sequence[asn1.Certificate] = (),
) -> SignatureResult:
    """Look at the signature of a PDF that anybody may have made, as of ``at``; never raises for what it contains."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    # A signature's byte range is never packed: where the word is missing, so is a signature, readable or not.
    count = 0 if pdf.startswith(b"%PDF") and b"/ByteRange" not in pdf else None
    try:
        found = PdfFileReader(BytesIO(pdf)).embedded_signatures
        count = len(found)
        if count != 1:
            return SignatureResult(signatures=count, problem=f"{count} signatures, not 1")
        context = ValidationContext(trust_roots=list(trusted), allow_fetching=False, moment=at)
        stamping = ValidationContext(trust_roots=list(stampers), allow_fetching=False, moment=at)
        status = validate_pdf_signature(found[0], context, ts_validation_context=stamping)
        stamp = status.timestamp_validity
        # pyHanko's bottom_line stays true when harmless-looking bytes were added behind the signature.
        return SignatureResult(
            intact=bool(status.intact and status.valid and status.docmdp_ok),
            whole_file=status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
            trusted=bool(status.trusted),
            signer=str(status.signing_cert.subject.native.get("common_name", "")),
            reason=str(found[0].sig_object.get("/Reason", "")),
            signed_at=status.signer_reported_dt,
            stamped_at=stamp.timestamp if stamp is not None and stamp.valid and stamp.trusted else None,
            signatures=count,
        )
    except (Exception, RecursionError) as error:  # a hostile file may fail anywhere in the reader
        return SignatureResult(signatures=count, problem=f"{type(error).__name__}: {error}")


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _certificate(
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    is_ca: bool,
    since: datetime,
) -> x509.Certificate:
    years = AUTHORITY_YEARS if is_ca else KEY_YEARS
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(since + timedelta(days=365 * years))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=0 if is_ca else None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not is_ca,
                content_commitment=not is_ca,
                key_cert_sign=is_ca,
                crl_sign=is_ca,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    return made.sign(issuer_key, hashes.SHA256())


def _write_private(path: Path, content: bytes) -> None:
    """Readable by its owner alone from the first byte on; a half-written key never gets its name."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
