"""Where the templates, criteria and migrations lie: beside the package in a checkout, inside it once installed."""

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """The folder ``name`` of the checkout, or its copy inside the installed package."""
    beside = PACKAGE.parent / name
    return beside if (PACKAGE.parent / "setup.cfg").is_file() and beside.is_dir() else PACKAGE / "shipped" / name


def criteria_folder() -> Path:
    """The city's folder: ``CELLCERT_CRITERIA``, else the one shipped."""
    chosen = os.environ.get("CELLCERT_CRITERIA")
    return Path(chosen) if chosen else shipped("criteria")
