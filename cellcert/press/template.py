"""What is printed: what all certificates of one kind share, and what each has for itself."""

from dataclasses import dataclass
from datetime import date, datetime

from cellcert.criteria.text import Text


@dataclass(frozen=True, slots=True)
class Template:
    """One kind of certificate: the same category, level and edition, of one authority."""

    title: Text
    body: Text
    authority: Text
    category: Text
    level: Text
    edition: str
    seal_text: str
    seal_png: bytes | None = None
    sample: bool = False
    number: str = ""  # the pattern of serials: characters they may have


@dataclass(frozen=True, slots=True)
class Attached:
    """A file inside the certificate, for machines: the data behind what is printed."""

    name: str  # as it is saved; its ending tells what it is
    about: str
    data: bytes
    at: datetime  # given, so that the same fields give the same bytes


@dataclass(frozen=True, slots=True)
class Fields:
    """What only one certificate says."""

    serial: str
    unit_name: str
    awarded_on: date
    valid_until: date
    verify_url: str
    attached: Attached | None = None
