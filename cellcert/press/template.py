"""What is printed: what all certificates of one kind share, and what each has for itself."""

from dataclasses import dataclass
from datetime import date

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
class Fields:
    """What only one certificate says."""

    serial: str
    unit_name: str
    awarded_on: date
    valid_until: date
    verify_url: str
