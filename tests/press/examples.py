"""A fictitious unit's certificate, as the press takes it."""

from tests.print import examples

TEMPLATE, FIELDS = examples.FIELDS.template, examples.FIELDS.own
