"""Commands over a whole city: migrate, demo, walk, tally, check, serve, worker."""

import json
import os
import shutil
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click
from flask import Flask

from cellcert import clock, create_app, migrate
from cellcert.config import Settings, read_settings


def migrated(settings: Settings | None = None) -> Flask:
    """The application on a database brought up to date."""
    from cellcert.database import db

    app = create_app(settings)
    with app.app_context():
        migrate.upgrade(db.engine)
    return app


@click.command("migrate")
@click.option("--to", "revision", default="head", show_default=True, help="The revision to go up or down to.")
@click.option("--down", is_flag=True, help="Go down instead of up.")
def migrate_command(revision: str, down: bool) -> None:
    """Bring the database up to date (or down to a revision)."""
    from cellcert.database import db

    app = create_app()
    with app.app_context():
        (migrate.downgrade if down else migrate.upgrade)(db.engine, revision)
    click.echo("the database is up to date" if not down else f"the database is at {revision}")


@click.command()
@click.option("--units", default=60, show_default=True, type=click.IntRange(1, 1_000_000))
@click.option("--seed", default=2027, show_default=True, help="The same seed on the same day gives the same city.")
@click.option("--if-empty", is_flag=True, help="Do nothing where people are already.")
@click.option("--bulk", is_flag=True, help="Tell 60 stories and copy them as plain rows: up to a million (PostgreSQL).")
@click.option("--quiet", is_flag=True)
def demo(units: int, seed: int, if_empty: bool, bulk: bool, quiet: bool) -> None:
    """Fill an empty database with a fictitious city."""
    from cellcert.database import db
    from cellcert.demo.city import PASSWORD, NotEmpty, found, populate
    from cellcert.demo.supervising import supervise
    from cellcert.people.actions import hash_password
    from cellcert.web import house

    app = migrated()
    with app.app_context():
        session = db.session()
        try:
            city = found(session, house().library, house().store, hash_password(PASSWORD), seed, now=clock.now())
        except NotEmpty:
            if if_empty:
                return
            raise click.ClickException(
                "the database already has people in it; a demo city only goes into an empty one "
                "(choose another CELLCERT_DATA_FOLDER or CELLCERT_DATABASE_URL)"
            ) from None
        for line in populate(city, min(units, TOLD) if bulk else units):
            session.commit()
            if not quiet:
                click.echo(line)
        for line in supervise(city):
            session.commit()
            if not quiet:
                click.echo(line)
        for line in _multiplied(units, seed) if bulk else ():
            if not quiet:
                click.echo(line)
    click.echo(f"{units} units; sign in as one of {', '.join(DEMO_LOGINS)} with the password {PASSWORD}")


TOLD = 60  # stories a large city is copied from


def _multiplied(units: int, seed: int) -> Iterator[str]:
    """Copies of the stories, their certificates printed first."""
    from cellcert.database import db
    from cellcert.demo.bulk import NotPostgresql, multiply
    from cellcert.jobs import HANDLERS
    from cellcert.outbox.worker import work_all

    yield f"{work_all(HANDLERS)} jobs done"
    try:
        yield from multiply(db.session(), db.engine, units, seed)
    except NotPostgresql:
        raise click.ClickException("--bulk copies rows into PostgreSQL; set CELLCERT_DATABASE_URL to one") from None


DEMO_LOGINS = (
    "unit1",
    "district-jiefang",
    "department-industry",
    "expert1",
    "office",
    "approver",
    "approver2",
    "admin",
    "auditor",
)


@click.command()
@click.option("--out", "out", default="var/walk", show_default=True, type=click.Path(file_okay=False, path_type=Path))
def walk(out: Path) -> None:
    """One unit of each category from the criteria file to the signed certificate, on a fresh database."""
    from cellcert.demo.city import NotEmpty
    from cellcert.demo.walk import walk as steps

    settings = _walk_settings(out)
    app = migrated(settings)
    try:
        for line in steps(app, out):
            click.echo(line)
    except NotEmpty:
        raise click.ClickException(
            "the walk needs an empty database; CELLCERT_DATABASE_URL names one with people in it"
        ) from None
    if _report(app):
        sys.exit(1)


def _walk_settings(out: Path) -> Settings:
    """The configured database where one is named, else a new one inside ``out``."""
    settings = read_settings()
    if settings.database_url:
        return settings
    folder = out / "city"
    if folder.is_dir():
        shutil.rmtree(folder)
    return read_settings(data_folder=folder)


@click.command()
@click.option("--json", "as_json", is_flag=True)
@click.option("--on", "asked", type=click.DateTime(["%Y-%m-%d"]), help="A past day.")
@click.option("--backtest", is_flag=True, help="How often the forecasts of past days would have been right.")
def tally(as_json: bool, asked: datetime | None, backtest: bool) -> None:
    """How far the city is."""
    from cellcert.database import db
    from cellcert.tally.course import backtest as look_back
    from cellcert.tally.queries import tally as count
    from cellcert.web import house

    app = migrated()
    with app.app_context():
        programme = house().library.programme
        today = clock.day_of(clock.now(), programme.time_zone)
        on = asked.date() if asked else today
        if on > today:
            raise click.BadParameter(f"{on} 还没有到。", param_hint="--on")
        if backtest:
            tried = list(look_back(db.session(), programme, today))
            for made, day, band, truth in tried:
                click.echo(f"{made} → {day}：预计 {band.low}–{band.high}，实际 {truth}")
            within = sum(band.low <= truth <= band.high for _, _, band, truth in tried)
            click.echo(f"{len(tried)} 次预测中 {within} 次落在预计范围内（应约为八成）。")
            return
        figures = count(db.session(), programme, on, None if on == today else clock.end_of(on, programme.time_zone))
    if as_json:
        places = {
            name: {line.key: {"share": line.share, "running": line.running, "awarded": line.awarded} for line in lines}
            for name, lines in (("categories", figures.categories), ("divisions", figures.divisions))
        }
        states = {state.key: state.count for state in figures.states}
        whole = {"on": figures.on, "by": figures.by, "target": figures.target, "reached": figures.reached}
        click.echo(json.dumps({**whole, **places, "states": states}, ensure_ascii=False, indent=2, default=str))
        return
    click.echo(f"{figures.title}：{figures.reached} / {figures.target}（{figures.by} 前）")
    for line in (*figures.categories, *figures.divisions):
        click.echo(f"  {line.name}\t已认定 {line.awarded}\t办理中 {line.running}\t目标 {line.share}")


@click.command()
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="Another data folder, such as var/walk/city."
)
def check(data: Path | None) -> None:
    """Check every invariant of the city; exit 1 if one fails."""
    settings = read_settings(**({"data_folder": data} if data else {}))
    if _report(migrated(settings)):
        sys.exit(1)


def _report(app: Flask) -> int:
    """Say what each check found; returns the number of faults."""
    from sqlalchemy import func, select

    from cellcert.application.models import Application
    from cellcert.checks import City, check_all
    from cellcert.database import db, reading
    from cellcert.storage import Away
    from cellcert.web import house

    with app.app_context(), reading():
        zone = house().library.programme.time_zone
        city = City(db.session(), house().library, house().store, clock.day_of(clock.now(), zone))
        try:
            found = check_all(city)
        except Away as away:
            raise click.ClickException(str(away)) from away
        size = db.session.scalar(select(func.count()).select_from(Application))
    for name, faults in found.items():
        click.echo(f"{'ok  ' if not faults else 'FAIL'} {name.replace('_', ' ')}")
        for fault in faults:
            click.echo(f"     {fault}")
    number = sum(map(len, found.values()))
    click.echo(f"{size} applications, {len(found)} checks, {number} faults")
    return number


@click.group()
def audit() -> None:
    """The chain of audit events."""


@audit.command("verify")
def audit_verify() -> None:
    """Check the chain; exit 1 where it is broken."""
    from cellcert.audit.queries import chain_faults
    from cellcert.database import db, reading

    app = migrated()
    with app.app_context(), reading():
        faults = chain_faults(db.session())
    for fault in faults:
        click.echo(fault)
    click.echo("the chain is whole" if not faults else f"{len(faults)} faults")
    sys.exit(bool(faults))


@click.command()
@click.option(
    "--port", default=lambda: os.environ.get("PORT", "8000"), type=click.IntRange(1, 65535), show_default="8000"
)
@click.option("--host", default="127.0.0.1", show_default=True)
def serve(host: str, port: int) -> None:
    """Serve the application, with the worker inside unless CELLCERT_WORKER_INSIDE=false."""
    from cellcert.server import run

    app = migrated(_serve_settings(port))
    found_editions(app)
    warn_of_the_press()
    run(app, host, port)


def warn_of_the_press() -> None:
    """Say at the start, and not at the first award, that certificates cannot be printed well."""
    from cellcert.press.ready import missing

    for thing in missing():
        click.secho(f"印制证书缺少：{thing}。请安装后重新启动；/readyz 同样会报告。", fg="red", bold=True, err=True)


def found_editions(app: Flask) -> None:
    """Keep the folder's checklists as founding editions, so that a file changed later is an offer and not the law."""
    from cellcert.criteria.editions import keep_edition
    from cellcert.criteria.marked import CriteriaFaults
    from cellcert.database import db
    from cellcert.errors import NotReady
    from cellcert.web import house

    with app.app_context():
        library = house().library
        for category in library.programme.categories:
            try:
                keep_edition(db.session(), library, category.key, at=clock.now())
            except (CriteriaFaults, NotReady) as wrong:
                db.session.rollback()
                click.echo(f"{category.key}: {wrong}", err=True)
            else:
                db.session.commit()


def _serve_settings(port: int) -> Settings:
    """Printed addresses follow the port unless a public address is set."""
    settings = read_settings()
    if "public_base_url" in settings.model_fields_set or port == 8000:
        return settings
    return read_settings(public_base_url=f"http://127.0.0.1:{port}")


@click.command()
@click.option("--once", is_flag=True, help="Do what is due and end.")
def worker(once: bool) -> None:
    """Do the work that waits in the outbox."""
    from cellcert.jobs import DAILY, HANDLERS
    from cellcert.outbox.worker import run, work_all

    app = migrated()
    if once:
        with app.app_context():
            click.echo(f"{work_all(HANDLERS)} done")
        return
    warn_of_the_press()
    stop = threading.Event()
    try:
        run(app, HANDLERS, stop, DAILY)
    except KeyboardInterrupt:
        stop.set()
