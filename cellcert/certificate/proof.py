"""The short proof in a QR code: number, unit and dates signed with Ed25519, so that they can be checked anywhere.

81 bytes in URL-safe Base64: version, key (4 bytes), day of award and last day (days since 2000, 2 bytes each), the unit
(8 bytes of SHA-256), signature (64 bytes). Number and token stand before it in the same address and are signed too.
"""

import base64
import binascii
import hashlib
import struct
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from urllib.parse import parse_qs, unquote, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cellcert.errors import N_

VERSION, BEGIN = 1, date(2000, 1, 1)
HEAD, SIGNATURE = struct.Struct(">B4sHH8s"), 64
PURPOSE = b"cellcert certificate\n"
MOST_SIGNS = 2000

Keys = Mapping[bytes, Ed25519PublicKey]  # by their first four bytes of SHA-256


class Proven(StrEnum):
    """What a short proof is worth; only ``GOOD`` may be believed."""

    GOOD = "good"
    FALSE = "false"
    OTHER_KEY = "other-key"
    NONE = "none"

    @property
    def meaning(self) -> str:
        return MEANINGS[self]


MEANINGS = {
    Proven.GOOD: N_("二维码里的数字签名有效：编号、单位和日期是认定机构签发的，没有被改动。"),
    Proven.FALSE: N_("二维码里的数字签名不对：编号、单位或日期被改动过，请勿采信。"),
    Proven.OTHER_KEY: N_("二维码不是用认定机构公布的密钥签的，请勿采信。"),
    Proven.NONE: N_("二维码里没有数字签名，只能联网按编号查验。"),
}


@dataclass(frozen=True, slots=True)
class Code:
    """What a QR code says, believed or not."""

    serial: str
    token: str
    proof: str
    host: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """What a short proof says of a certificate; ``unit`` is a fingerprint of its name."""

    proven: Proven
    unit: bytes = b""
    awarded_on: date | None = None
    valid_until: date | None = None

    def names(self, unit: str) -> bool:
        """Whether the signed unit has this name."""
        return self.unit == fingerprint(unit)


def make_proof(serial: str, token: str, unit: str, awarded_on: date, valid_until: date, key: Ed25519PrivateKey) -> str:
    """The short proof of one certificate; the same each time."""
    days = ((day - BEGIN).days for day in (awarded_on, valid_until))
    head = HEAD.pack(VERSION, key_id(key.public_key()), *days, fingerprint(unit))
    return base64.urlsafe_b64encode(head + key.sign(_signed(serial, token, head))).decode().rstrip("=")


def check_proof(code: Code, keys: Keys) -> Proof:
    """What is proven by the code alone; never raises for what it contains."""
    if not code.proof:
        return Proof(Proven.NONE)
    try:
        padded = code.proof.encode("ascii") + b"=" * (-len(code.proof) % 4)
        packed = base64.b64decode(padded, altchars=b"-_", validate=True)
        version, named, awarded, last, unit = HEAD.unpack(packed[: HEAD.size])
    except (UnicodeEncodeError, binascii.Error, struct.error):
        return Proof(Proven.FALSE)
    if version != VERSION or len(packed) != HEAD.size + SIGNATURE:
        return Proof(Proven.FALSE)
    if named not in keys:
        return Proof(Proven.OTHER_KEY)
    try:
        keys[named].verify(packed[HEAD.size :], _signed(code.serial, code.token, packed[: HEAD.size]))
    except InvalidSignature:
        return Proof(Proven.FALSE)
    first = BEGIN.toordinal()
    return Proof(Proven.GOOD, unit, date.fromordinal(first + awarded), date.fromordinal(first + last))


def read_code(text: str) -> Code | None:
    """The parts of what a QR code says, or None: no address of a verify page."""
    try:
        parts = urlsplit(text.strip()[:MOST_SIGNS])
        asked = parse_qs(parts.query, errors="replace")
        host = parts.hostname or ""
    except ValueError:
        return None
    above, _, serial = parts.path.rpartition("/")
    if not serial or not above.endswith("/verify"):
        return None
    return Code(unquote(serial), asked.get("t", [""])[0], asked.get("s", [""])[0], host)


def fingerprint(unit: str) -> bytes:
    """A name's eight bytes; how it is written in Unicode does not matter."""
    return hashlib.sha256(unicodedata.normalize("NFC", unit).encode()).digest()[:8]


def key_id(key: Ed25519PublicKey) -> bytes:
    """The four bytes that name a key."""
    return hashlib.sha256(key.public_bytes_raw()).digest()[:4]


def _signed(serial: str, token: str, head: bytes) -> bytes:
    return PURPOSE + f"{serial}\n{token}\n".encode(errors="surrogatepass") + head
