"""The database: column types, naming, and how transactions begin on SQLite and PostgreSQL."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Update,
    bindparam,
    event,
    inspect,
    update,
)
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, InstanceState, Mapper, Session, mapped_column
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """Store aware datetimes as UTC; hand them back aware on every database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value else None


class Points(TypeDecorator[Decimal]):
    """Store points as whole hundredths: exact on every database."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        hundredths = value * 100
        if hundredths != int(hundredths):
            raise ValueError(f"{value} has more than two places; round it by the rule first")
        return int(hundredths)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else (Decimal(value) / 100).quantize(Decimal("0.01"))


class Base(DeclarativeBase):
    """Base of every row; constraint names follow one pattern, so that migrations can drop them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012
        datetime: UtcDateTime,
        Decimal: Points,
        dict[str, Any]: JSON,
        list[str]: JSON,
        list[Any]: JSON,
        StrEnum: Enum(StrEnum, native_enum=False, length=24, values_callable=lambda e: [m.value for m in e]),
    }


Key = Annotated[int, mapped_column(primary_key=True)]
ApplicationKey = Annotated[int, mapped_column(ForeignKey("application.id"), index=True)]
PersonKey = Annotated[int, mapped_column(ForeignKey("person.id"), index=True)]
UnitKey = Annotated[int, mapped_column(ForeignKey("unit.id"), index=True)]

BYTEWISE = String().with_variant(String(collation="C"), "postgresql")  # sorted by signs: a prefix is a range

db = SQLAlchemy(metadata=Base.metadata)

# SQLite gives a reader that turns writer SQLITE_BUSY at once, without waiting: whoever may write says so
# before the transaction begins. Commands and the worker write; a GET request sets this to False.
_may_write: ContextVar[bool] = ContextVar("may_write", default=True)


@contextmanager
def reading() -> Iterator[None]:
    """Begin transactions as readers while this is open."""
    token = _may_write.set(False)
    try:
        yield
    finally:
        _may_write.reset(token)


def begin_as_reader(reader: bool) -> None:
    """Say how this request's transactions begin."""
    _may_write.set(not reader)


@event.listens_for(Engine, "connect")
def _prepare_sqlite(dbapi_connection: Any, _record: object) -> None:  # noqa: ANN401
    if not type(dbapi_connection).__module__.startswith("sqlite3"):
        return
    dbapi_connection.isolation_level = None  # we write BEGIN ourselves, below
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        dbapi_connection.execute(f"PRAGMA {pragma}")


JUST_NOW = 1.0  # seconds


def ask_idle_connections(engine: Engine) -> None:
    """Ask a pooled connection whether the server still knows it, unless it was used just now.

    ``pool_pre_ping`` would add a round trip to every request of a busy server; a file of SQLite has no server to lose.
    """

    @event.listens_for(engine, "checkin")
    def _note_use(_dbapi_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["used"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _ask(dbapi_connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        if time.monotonic() - record.info.get("used", math.inf) < JUST_NOW:
            return
        try:
            engine.dialect.do_ping(dbapi_connection)
        except engine.dialect.loaded_dbapi.Error as lost:
            raise InvalidatePoolError from lost


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if _may_write.get() else "BEGIN")


def write_now(session: Session, row: Base, **values: object) -> None:
    """Change one row by one UPDATE at once; a row that is not written yet waits for the flush with its values.

    A flush weighs every relationship of every changed row, which takes several times as long as the UPDATE it ends
    in: a form that saves itself feels it. A row somebody else changed meanwhile is refused as a flush refuses it.
    """
    state: InstanceState[Any] = inspect(row)
    if not state.persistent:
        for name, value in values.items():
            setattr(row, name, value)
        return
    version = _version(state.mapper)
    known: dict[str, object] = {f"known_{key}": getattr(row, key) for key in ("id", *version)}
    values |= {key: getattr(row, key) + 1 for key in version}
    if session.connection().execute(_update(state.mapper, tuple(values)), known | values).rowcount != 1:
        raise StaleDataError(f"{row!r} was changed or deleted meanwhile")
    for name, value in values.items():
        set_committed_value(row, name, value)


def _version(mapper: Mapper[Any]) -> tuple[str, ...]:
    return ("version",) if mapper.version_id_col is not None else ()


@cache
def _update(mapper: Mapper[Any], names: tuple[str, ...]) -> Update:
    """Put together once for each kind of row and set of columns."""
    table = cast("Table", mapper.local_table)
    known = [table.c[key] == bindparam(f"known_{key}") for key in ("id", *_version(mapper))]
    return update(table).where(*known).values({name: bindparam(name) for name in names})
