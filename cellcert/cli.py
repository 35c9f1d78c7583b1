"""The command line: ``cellcert …``."""

import importlib
from collections.abc import Mapping

import click

# Imported only when asked for: `criteria score` must not wait for Flask or WeasyPrint.
COMMANDS: Mapping[str, str] = {
    "audit": "cellcert.commands:audit",
    "certificate": "cellcert.certificate.commands:certificate",
    "check": "cellcert.commands:check",
    "criteria": "cellcert.criteria.commands:criteria",
    "demo": "cellcert.commands:demo",
    "dispatch": "cellcert.dispatch.commands:dispatch",
    "migrate": "cellcert.commands:migrate_command",
    "serve": "cellcert.commands:serve",
    "tally": "cellcert.commands:tally",
    "user": "cellcert.people.commands:user",
    "walk": "cellcert.commands:walk",
    "worker": "cellcert.commands:worker",
}


class LazyGroup(click.Group):
    """A group that imports each command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=LazyGroup)
@click.version_option(package_name="cellcert")
def main() -> None:
    """Certification of zero-waste cells, from a criteria file to a signed certificate and the tally."""
