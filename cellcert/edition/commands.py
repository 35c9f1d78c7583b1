"""``cellcert criteria diff``: what a new edition changes, and who would fall."""

from pathlib import Path

import click

from cellcert.criteria.commands import LANG


@click.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@LANG
def diff(old: Path, new: Path, lang: str) -> None:
    """Say what NEW changes against OLD."""
