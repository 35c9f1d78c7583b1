"""How far the making of a certificate is, or how it ended."""

from enum import StrEnum


class CertificateState(StrEnum):
    """A serial, once reserved, ends as issued or voided."""

    RESERVED = "reserved"  # the serial is taken, the PDF is being made
    ISSUED = "issued"
    VOIDED = "voided"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
