"""Whoever holds the authority's key: a PKCS#12 file, a card or server that speaks PKCS#11, a sealing service over HTTP.

All are asked the same: sign this. A time-stamping service (RFC 3161) may say when.
"""

import base64
import hashlib
import json
import urllib.request
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from asn1crypto import tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from pyhanko.sign import signers
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

PATIENCE = 20  # seconds a service may take; the outbox tries again later
MOST_BYTES = 100_000
LONGEST = {"ec": 72}  # bytes of an ECDSA signature over P-256; of RSA, the key's own


class CardSigner:
    """A key that never leaves its card or server: ``pkcs11:token=…;object=…?module-path=…`` (RFC 7512)."""

    def __init__(self, uri: str, pin: str, certificates: Path) -> None:
        self.uri, self.pin, self.certificates = uri, pin, certificates

    def opened(self) -> Any:  # noqa: ANN401
        from pyhanko.sign.pkcs11 import PKCS11Signer

        named = uri_parts(self.uri)
        own, others = _chain(self.certificates)
        session = _session(self.uri, self.pin)
        # Plain ECDSA is what every card can do; many leave hashing to who asks.
        raw = own.public_key.algorithm == "ec"
        return PKCS11Signer(
            session, key_label=named["object"], signing_cert=own, ca_chain=others, use_raw_mechanism=raw
        )


class ServiceSigner:
    """A sealing service: it is sent a SHA-256 and gives back the signature; its certificates lie here."""

    def __init__(self, url: str, secret: str, certificates: Path) -> None:
        self.url, self.secret, self.certificates = url, secret, certificates

    def opened(self) -> Any:  # noqa: ANN401
        return _Asked(self)

    def asked(self, digest: bytes) -> bytes:
        """The signature of a digest; ``{"algorithm": "sha256", "digest": Base64}`` for ``{"signature": Base64}``."""
        body = json.dumps({"algorithm": "sha256", "digest": base64.b64encode(digest).decode()}).encode()
        answer = _posted(self.url, body, "application/json", {"Authorization": f"Bearer {self.secret}"})
        return base64.b64decode(json.loads(answer)["signature"], validate=True)


class _Asked(signers.Signer):  # type: ignore[misc, unused-ignore]
    """pyHanko's side of a sealing service."""

    def __init__(self, service: ServiceSigner) -> None:
        own, others = _chain(service.certificates)
        registry = SimpleCertificateStore.from_certs([own, *others])  # type: ignore[no-untyped-call, unused-ignore]
        super().__init__(signing_cert=own, cert_registry=registry)
        self.service = service
        self.key = x509.load_pem_x509_certificates(service.certificates.read_bytes())[0].public_key()

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        if dry_run:
            return bytes(self.key.key_size // 8 if isinstance(self.key, rsa.RSAPublicKey) else LONGEST["ec"])
        digest = hashlib.new(digest_algorithm, data).digest()
        signature = self.service.asked(digest)
        try:  # what is kept for ever is looked at first
            if isinstance(self.key, rsa.RSAPublicKey):
                self.key.verify(signature, digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
            elif isinstance(self.key, ec.EllipticCurvePublicKey):
                self.key.verify(signature, digest, ec.ECDSA(Prehashed(hashes.SHA256())))
            else:
                raise ValueError(f"{self.service.certificates}: a sealing service has an EC or RSA key.")
        except InvalidSignature:
            raise ValueError(f"{self.service.url} gave a signature that is not by its certificate.") from None
        return signature


class StampService(TimeStamper):  # type: ignore[misc, unused-ignore]
    """A time-stamping service (RFC 3161)."""

    def __init__(self, url: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call, unused-ignore]
        self.url = url

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        answer = _posted(self.url, req.dump(), "application/timestamp-query", {})
        return tsp.TimeStampResp.load(answer)


@lru_cache(maxsize=4)
def stamp_service(url: str) -> StampService:
    """One for all signatures of a process: it is asked once how long its stamps are."""
    return StampService(url)


def uri_parts(uri: str) -> dict[str, str]:
    """What a PKCS#11 address names; raises ``ValueError`` where key or library is missing."""
    parts = urlsplit(uri)
    named = dict(pair.split("=", 1) for pair in parts.path.split(";") if "=" in pair)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    found = {name: unquote(value) for name, value in named.items()} | asked
    if parts.scheme != "pkcs11" or not {"object", "token", "module-path"} <= set(found):
        raise ValueError("write it as pkcs11:token=NAME;object=LABEL?module-path=/…/library.so")
    return found


def roots_of(certificates: Path) -> list[x509.Certificate]:
    """Whom to believe for a key whose certificates lie here: the self-signed ones, or the last."""
    found = x509.load_pem_x509_certificates(certificates.read_bytes())
    return [one for one in found if one.subject == one.issuer] or found[-1:]


@lru_cache(maxsize=2)
def _session(uri: str, pin: str) -> Any:  # noqa: ANN401
    from pyhanko.config.pkcs11 import TokenCriteria
    from pyhanko.sign.pkcs11 import open_pkcs11_session

    named = uri_parts(uri)
    token = TokenCriteria(label=named["token"])
    return open_pkcs11_session(named["module-path"], token_criteria=token, user_pin=pin or None)


def _chain(path: Path) -> tuple[asn1.Certificate, list[asn1.Certificate]]:
    own, *others = [
        asn1.Certificate.load(one.public_bytes(serialization.Encoding.DER))
        for one in x509.load_pem_x509_certificates(path.read_bytes())
    ]
    return own, others


def _posted(url: str, body: bytes, kind: str, headers: dict[str, str]) -> bytes:
    asked = urllib.request.Request(url, body, {"Content-Type": kind, **headers})  # noqa: S310 -- http(s) by the settings
    with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:  # noqa: S310
        return bytes(answer.read(MOST_BYTES))
