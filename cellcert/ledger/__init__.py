"""The waste ledger (固废台账) of a unit: what arose each month and where it went."""
