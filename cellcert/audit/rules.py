"""How events are chained: each hash covers the event and the hash before it."""

import hashlib
import json
from collections.abc import Mapping

GENESIS = "0" * 64


def canonical(event: Mapping[str, object]) -> str:
    """The one spelling of an event that is hashed."""
    return json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def link(previous: str, event: Mapping[str, object]) -> str:
    """The hash of an event that follows ``previous``."""
    return hashlib.sha256((previous + canonical(event)).encode()).hexdigest()
