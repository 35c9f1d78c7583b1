"""cellcert: from a criteria file to a signed certificate and the tally."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from cellcert.config import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application; imported late, so that ``cellcert criteria`` starts without Flask."""
    from cellcert.factory import build

    return build(settings)
