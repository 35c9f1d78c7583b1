"""Make a reserved certificate: print it, sign it, store it, and only then say that it exists (D-6)."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from cellcert import clock, web
from cellcert.actors import SYSTEM
from cellcert.certificate.actions import issue
from cellcert.certificate.credential import credential
from cellcert.certificate.letters.actions import certificate_made
from cellcert.certificate.models import Certificate
from cellcert.certificate.press import CertificateFields, print_certificate
from cellcert.certificate.proof import make_proof
from cellcert.certificate.proof_keys import proof_key
from cellcert.certificate.states import CertificateState
from cellcert.config import Settings
from cellcert.criteria.library import Library
from cellcert.criteria.text import Text
from cellcert.database import db, reading
from cellcert.press.plaque import PlaqueFields

if TYPE_CHECKING:
    from cellcert.certificate.signing import Signer


def make_certificate(data: Mapping[str, object]) -> None:
    """The outbox's work on one reserved certificate; done already, nothing happens. The worker commits."""
    certificate_id = int(str(data["certificate_id"]))
    with reading():
        certificate = db.session.get_one(Certificate, certificate_id)
        state, fields, at = certificate.state, printed_fields(certificate, web.house().library), certificate.reserved_at
        db.session.rollback()  # printing takes seconds: nobody waits for it at the database
    if state is not CertificateState.RESERVED:
        return
    from cellcert.certificate.signing import sign  # what signs takes a second to import; pages do without

    settings = web.house().settings
    signer = signer_of(settings, fields.authority.zh)
    pdf = sign(
        print_certificate(fields, settings.data_folder / "press"), signer, f"{fields.title.zh} {fields.serial}", at
    )
    sha256 = web.house().store.put(pdf)
    certificate = db.session.get_one(Certificate, certificate_id, with_for_update=True, populate_existing=True)
    issue(db.session(), certificate, lambda _: sha256, by=SYSTEM, at=clock.now())
    certificate_made(db.session(), certificate, at=clock.now())


def printed_fields(certificate: Certificate, library: Library) -> CertificateFields:
    """What the row says, and the look of the programme."""
    kept, look, address = certificate.fields, library.programme.certificate, verify_url(certificate)
    return CertificateFields(
        serial=certificate.serial,
        unit_name=str(kept["unit_name"]),
        category=Text(**kept["category_name"]),
        level=Text(**kept["level_name"]),
        edition=str(kept["edition"]),
        awarded_on=certificate.awarded_on,
        valid_until=certificate.valid_until,
        authority=Text(**kept["authority"]),
        title=look.title,
        body=look.body,
        verify_url=address,
        seal_text=look.seal_text or str(kept["authority"]["zh"]),
        seal_png=seal_png(library),
        sample=not look.seal,
        number=look.number,
        attached=credential(certificate, address),
    )


def verify_url(certificate: Certificate) -> str:
    """What the QR code says: where to ask, and a short proof for who cannot ask."""
    proof = make_proof(
        certificate.serial, certificate.token, str(certificate.fields["unit_name"]),
        certificate.awarded_on, certificate.valid_until, proof_key(keys_folder(web.house().settings)),
    )  # fmt: skip
    return web.public_url("certificate.verify_serial", serial=certificate.serial, t=certificate.token, s=proof)


def seal_png(library: Library) -> bytes | None:
    """The scanned seal the programme names, beside its file."""
    seal = library.programme.certificate.seal
    return (library.folder / seal).read_bytes() if seal else None


def plaque_fields(certificate: Certificate, library: Library) -> PlaqueFields:
    """What is cut into the plaque of one certificate."""
    kept, programme = certificate.fields, library.programme
    city, category, title = programme.city, Text(**kept["category_name"]), programme.certificate.plaque.title
    return PlaqueFields(
        title=Text(
            title.zh.replace("{city}", city.zh).replace("{category}", category.zh),
            (title.en or "").replace("{city}", city.en or "").replace("{category}", category.en or "").strip(),
        ),
        unit_name=str(kept["unit_name"]),
        authority=Text(**kept["authority"]),
        awarded_on=certificate.awarded_on,
        serial=certificate.serial,
        verify_url=verify_url(certificate),
        sample=programme.model or not programme.certificate.seal,
    )


# keys


def signer_of(settings: Settings, name: str) -> "Signer":
    """Whoever signs here: a card, a sealing service, or a key in a file."""
    from cellcert.certificate.signing import LocalSigner

    if not settings.signer:
        return LocalSigner(signing_key(settings, name), settings.signing_password.encode() or None)
    from cellcert.certificate.signers import CardSigner, ServiceSigner

    kind = CardSigner if settings.signer.startswith("pkcs11:") else ServiceSigner
    return kind(settings.signer, settings.signing_password, Path(settings.signing_certificates))


def signing_key(settings: Settings, name: str) -> Path:
    """The configured key; outside production one is made on first use."""
    if settings.signing_p12:
        return Path(settings.signing_p12)
    from cellcert.certificate.signing import make_local_key

    return make_local_key(keys_folder(settings), name)


def keys_folder(settings: Settings) -> Path:
    """Where keys made here, and the certificates of authorities to trust, are kept."""
    return settings.data_folder / "keys"


def trusted(settings: Settings) -> Sequence[asn1.Certificate]:
    """Whom to believe: the authority of the present key, and every ``*.pem`` of the keys folder (keys used before)."""
    pems = sorted(keys_folder(settings).glob("*.pem"))
    if settings.signer:
        from cellcert.certificate.signers import roots_of

        own = [_loaded(one) for one in roots_of(Path(settings.signing_certificates))]
        return [*own, *certificates_in(tuple(pems))]
    if not settings.signing_p12:
        return certificates_in(tuple(pems))
    return [*_authorities(Path(settings.signing_p12), settings.signing_password), *certificates_in(tuple(pems))]


def stampers(settings: Settings) -> Sequence[asn1.Certificate]:
    """Whose time-stamps to believe: every ``timestamp/*.pem`` of the keys folder."""
    return certificates_in(tuple(sorted((keys_folder(settings) / "timestamp").glob("*.pem"))))


@cache
def certificates_in(files: tuple[Path, ...]) -> list[asn1.Certificate]:
    """The certificates of PEM files."""
    found = [one for file in files for one in x509.load_pem_x509_certificates(file.read_bytes())]
    return [_loaded(one) for one in found]


@cache
def _authorities(path: Path, password: str) -> list[asn1.Certificate]:
    _, own, others = pkcs12.load_key_and_certificates(path.read_bytes(), password.encode() or None)
    roots = [one for one in others if one.subject == one.issuer]
    return [_loaded(one) for one in roots or ([own] if own else [])]


def _loaded(certificate: x509.Certificate) -> asn1.Certificate:
    return asn1.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
