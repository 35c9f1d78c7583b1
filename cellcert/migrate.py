"""Run the shipped migrations on the application's database."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from cellcert import paths
from cellcert.config import BadSettings


def configuration(engine: Engine | None = None) -> Config:
    """Alembic's configuration, without a file."""
    config = Config()
    config.set_main_option("script_location", str(paths.shipped("migrations")))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema up to ``revision``."""
    _reach(engine)
    command.upgrade(configuration(engine), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the schema down to ``revision``."""
    _reach(engine)
    command.downgrade(configuration(engine), revision)


def _reach(engine: Engine) -> None:
    """Say which setting to look at where the database does not open."""
    try:
        engine.connect().close()
    except DatabaseError as error:
        where = engine.url.render_as_string(hide_password=True)
        raise BadSettings(f"CELLCERT_DATABASE_URL: {where} does not open: {error.orig}") from error


def is_current(engine: Engine) -> bool:
    """Whether the schema is the newest this program knows."""
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head
