"""The press: ``press = compile(template)`` for each kind of certificate, then ``press.print(fields)`` for each of them.

It knows neither requests nor the database: plain values in, one page out, the same bytes every time.
"""

import logging
from functools import cached_property
from pathlib import Path

from cellcert.paper import Unprintable
from cellcert.press import harfbuzz
from cellcert.press.fast import Fast
from cellcert.press.reference import Reference
from cellcert.press.slots import Unset
from cellcert.press.template import Attached, Fields, Template

__all__ = ["Attached", "Fields", "Press", "Template", "Unprintable", "compile"]

log = logging.getLogger(__name__)


class Press:
    """What prints the certificates of one template: fast where it is sure, else as WeasyPrint lays each one out."""

    def __init__(self, template: Template, kept: Path | None = None) -> None:
        self.reference, self.kept = Reference(template), kept

    def print(self, fields: Fields) -> bytes:
        """One page, A4 landscape, not yet signed."""
        if self.fast is not None:
            try:
                return self.fast.print(fields)
            except Unset as why:
                log.info("set by WeasyPrint: %s", why)
        return self.reference.print(fields)

    @cached_property
    def fast(self) -> Fast | None:
        """The fast tier; none where HarfBuzz cannot cut fonts (``/readyz`` says so)."""
        try:
            return Fast(self.reference, self.kept)
        except (harfbuzz.NoHarfBuzz, OSError) as error:
            log.warning("every certificate is set by WeasyPrint, slowly: %s", error)
            return None


def compile(template: Template, kept: Path | None = None) -> Press:
    """The press of ``template``; hold on to it for as many certificates as there are of its kind.

    ``kept`` is the folder where pages laid out wait for the next process."""
    return Press(template, kept)
