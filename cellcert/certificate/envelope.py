"""The CMS of a PAdES signature (B-B, ETSI EN 319 142-1) by a key at hand: all but digest and signature is made once."""

import hashlib
from collections.abc import Sequence

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

SEQUENCE, SET, OCTETS, IMPLICIT_0 = 0x30, 0x31, 0x04, 0xA0
VERSION_1 = core.Integer(1).dump()
STAND_IN = hashlib.sha256(b"stand-in").digest()


class Envelope:
    """What wraps each signature of one key: who signed, with which certificate, over which digest."""

    def __init__(self, key: Key, own: x509.Certificate, others: Sequence[x509.Certificate] = ()) -> None:
        self._key = key
        self._certificates = [one.public_bytes(serialization.Encoding.DER) for one in (own, *others)]
        certificate = asn1.Certificate.load(self._certificates[0])
        self._signer: bytes = cms.IssuerAndSerialNumber(
            {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
        ).dump()
        digest = algos.DigestAlgorithm({"algorithm": "sha256"})
        kind = "sha256_ecdsa" if isinstance(key, ec.EllipticCurvePrivateKey) else "sha256_rsa"
        signing = algos.SignedDigestAlgorithm({"algorithm": kind})
        self._digest: bytes = digest.dump()
        self._signing: bytes = signing.dump()
        known = tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(self._certificates[0]).digest()})
        protected = cms.CMSAlgorithmProtection({"digest_algorithm": digest, "signature_algorithm": signing})
        attributes = cms.CMSAttributes(
            [
                cms.CMSAttribute({"type": "content_type", "values": ["data"]}),
                cms.CMSAttribute({"type": "message_digest", "values": [STAND_IN]}),
                cms.CMSAttribute(
                    {"type": "signing_certificate_v2", "values": [tsp.SigningCertificateV2({"certs": [known]})]}
                ),
                cms.CMSAttribute({"type": "cms_algorithm_protection", "values": [protected]}),
            ]
        )
        self._before, self._after = attributes.dump().split(STAND_IN)
        self.room = len(self.sealed(STAND_IN)) + 16  # an ECDSA signature is a few bytes longer or shorter

    def sealed(self, digest: bytes) -> bytes:
        """The CMS over a file of this SHA-256."""
        attributes = self._before + digest + self._after  # a SET, as it is signed; tagged otherwise where it is kept
        signer = der(
            SEQUENCE,
            VERSION_1,
            self._signer,
            self._digest,
            bytes([IMPLICIT_0]) + attributes[1:],
            self._signing,
            der(OCTETS, self._signature(attributes)),
        )
        signed = der(
            SEQUENCE,
            VERSION_1,
            der(SET, self._digest),
            der(SEQUENCE, cms.ContentType("data").dump()),
            der(IMPLICIT_0, *self._certificates),
            der(SET, signer),
        )
        return der(SEQUENCE, cms.ContentType("signed_data").dump(), der(IMPLICIT_0, signed))

    def _signature(self, data: bytes) -> bytes:
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            return self._key.sign(data, ec.ECDSA(hashes.SHA256()))
        return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def der(tag: int, *parts: bytes) -> bytes:
    """One value of ASN.1: its tag, its length and what is in it."""
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body
