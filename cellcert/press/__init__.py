"""The press: ``press = compile(template)`` for each kind of certificate, then ``press.print(fields)`` for each of them.

It knows neither requests nor the database: plain values in, one page out, the same bytes every time.
"""

from cellcert.press.reference import Reference
from cellcert.press.template import Fields, Template, Unprintable

__all__ = ["Fields", "Press", "Template", "Unprintable", "compile"]


class Press:
    """What prints the certificates of one template."""

    def __init__(self, template: Template) -> None:
        self.reference = Reference(template)

    def print(self, fields: Fields) -> bytes:
        """One page, A4 landscape, not yet signed."""
        return self.reference.print(fields)


def compile(template: Template) -> Press:
    """The press of ``template``; keep it for as many certificates as there are of its kind."""
    return Press(template)
