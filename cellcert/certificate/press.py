"""What a certificate says, given to the press: the same fields give the same bytes every time."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from cellcert import press
from cellcert.criteria.text import Text
from cellcert.press import Attached, Fields, Press, Template

KINDS = 48  # kinds of certificate kept ready: categories × levels × editions


@dataclass(frozen=True, slots=True)
class CertificateFields:
    """All that is printed on a certificate."""

    serial: str
    unit_name: str
    category: Text
    level: Text
    edition: str
    awarded_on: date
    valid_until: date
    authority: Text
    title: Text
    body: Text
    verify_url: str
    seal_text: str
    seal_png: bytes | None = None
    sample: bool = False
    number: str = ""  # the pattern of serials
    attached: Attached | None = None  # the file inside

    @property
    def template(self) -> Template:
        """What it shares with all of its kind."""
        return Template(
            self.title, self.body, self.authority, self.category, self.level, self.edition,
            self.seal_text, self.seal_png, self.sample, self.number,
        )  # fmt: skip

    @property
    def own(self) -> Fields:
        """What it has for itself."""
        return Fields(self.serial, self.unit_name, self.awarded_on, self.valid_until, self.verify_url, self.attached)


def print_certificate(fields: CertificateFields, kept: Path | None = None) -> bytes:
    """One page, A4 landscape, not yet signed; ``kept`` is where pages laid out wait for the next process."""
    return press_of(fields.template, kept).print(fields.own)


@lru_cache(maxsize=KINDS)
def press_of(template: Template, kept: Path | None = None) -> Press:
    """The press of one kind of certificate, kept ready."""
    return press.compile(template, kept)
