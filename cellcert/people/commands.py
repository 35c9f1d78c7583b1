"""Accounts from the command line: the first administrator begins here."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from cellcert import clock, create_app
from cellcert.actors import SYSTEM, Role
from cellcert.database import db
from cellcert.errors import Refusal
from cellcert.people import actions
from cellcert.people.models import Person
from cellcert.people.queries import account_lines, person_with_login
from cellcert.people.rules import STAFF, login_fault, password_fault
from cellcert.units.queries import unit_by_code
from cellcert.units.rules import compact
from cellcert.web import house


@click.group()
def user() -> None:
    """Add, list and disable accounts."""


@user.command()
@click.argument("login")
@click.option("--name", required=True, help="The person's name.")
@click.option("--role", required=True, type=click.Choice(sorted(role.value for role in STAFF | {Role.APPLICANT})))
@click.option("--division", help="Key of a managing body in programme.yaml (district reviewers, experts).")
@click.option("--department", help="Key of a department in programme.yaml (department reviewers).")
@click.option("--unit", help="Credit code of a registered unit (applicants).")
@click.option("--ask-password", is_flag=True, help="Ask for a password instead of making one that must be changed.")
@click.option(
    "--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Read it from here."
)
def add(
    *, login: str, name: str, role: str, division: str | None, department: str | None, unit: str | None,
    ask_password: bool, password_file: Path | None,
) -> None:  # fmt: skip
    """Add an account with one role; prints an initial password unless one is given."""
    login = login.strip().lower()
    if fault := login_fault(login):
        raise click.BadParameter(fault, param_hint="LOGIN")
    given = _given_password(ask_password, password_file)
    if given is not None and (fault := password_fault(given, [login, "cellcert"])):
        raise click.ClickException(fault)
    password = given or actions.initial_password()
    password_hash = actions.hash_password(password)
    with _session() as session:
        _known("--division", division, [one.key for one in house().library.programme.divisions])
        _known("--department", department, [one.key for one in house().library.programme.departments])
        found = unit_by_code(session, compact(unit)) if unit else None
        if unit and found is None:
            raise click.BadParameter("No unit has this credit code.", param_hint="--unit")
        person = actions.add_person(
            session, login=login, name=name, password_hash=password_hash, must_change=given is None,
            by=SYSTEM, at=clock.now(),
        )  # fmt: skip
        actions.grant(
            session, person, Role(role), unit_id=found.id if found else None, division=division,
            department=department, by=SYSTEM, at=clock.now(),
        )  # fmt: skip
        session.commit()
    click.echo(f"{login}: {role}")
    if given is None:
        click.echo(f"initial password: {password}")


@user.command("list")
def list_() -> None:
    """Every account: login, name, roles, last sign-in."""
    with _session() as session:
        page, pages = 1, 1
        while page <= pages:
            lines, pages = account_lines(session, page=page)
            for line in lines:
                roles = ",".join(post.role.value for post in line.posts) or "-"
                seen = f"{line.last_sign_in:%Y-%m-%d}" if line.last_sign_in else "never"
                click.echo(f"{line.login}\t{line.name}\t{roles}\t{seen}\t{'active' if line.active else 'disabled'}")
            page += 1


@user.command()
@click.argument("login")
@click.option("--reason", default="command line", show_default=True)
def disable(login: str, reason: str) -> None:
    """Shut an account; its sessions end at once."""
    with _session() as session:
        actions.disable(session, _person(session, login), reason=reason, by=SYSTEM, at=clock.now())
        session.commit()
    click.echo(f"{login}: disabled")


def _given_password(ask: bool, file: Path | None) -> str | None:
    if file is not None:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True)) if ask else None


def _known(option: str, key: str | None, keys: list[str]) -> None:
    if key is not None and key not in keys:
        raise click.BadParameter(f"{key!r} is not in programme.yaml; choose from {', '.join(keys)}.", param_hint=option)


def _person(session: Session, login: str) -> Person:
    person = person_with_login(session, login.strip().lower())
    if person is None:
        raise click.ClickException(f"No account has the login {login!r}; see `cellcert user list`.")
    return person


@contextmanager
def _session() -> Iterator[Session]:
    with create_app().app_context():
        try:
            yield db.session()
        except Refusal as refusal:
            db.session.rollback()
            raise click.ClickException(str(refusal)) from None
        except (OperationalError, ProgrammingError) as error:
            db.session.rollback()
            raise click.ClickException(f"The database is not ready ({error.orig}); migrate it first.") from None
