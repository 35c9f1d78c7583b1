"""A city of up to a million applications on PostgreSQL: the told stories, and copies of them as plain rows.

A copy has its unit, its application with history, its certificate and everything it is found by; answers, files, score
sheets, notices and audit events stay with the story it was copied from. Lists, counts, searches, the register and the
progress are those of a large city; ``cellcert check`` names the copies, as they have no events.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Engine, Table, func, select, text
from sqlalchemy.orm import Session

from cellcert.application.lifecycle import State
from cellcert.application.models import Application, Step
from cellcert.certificate.finding import as_read, as_written, pinyin_of
from cellcert.certificate.models import Certificate, RegisterKey
from cellcert.database import Base
from cellcert.demo.city import NAMES, SIDES, WEIGHTS, WORDS, demo_code
from cellcert.units.finding import unit_keys
from cellcert.units.models import FoundBy, Unit
from cellcert.units.rules import name_key

AT_ONCE = 5_000
APART = timedelta(seconds=20)  # between the arrivals of two copies
Row = dict[str, Any]
TABLES: Sequence[Table] = [model.__table__ for model in (Unit, FoundBy, Application, Step, Certificate, RegisterKey)]  # type: ignore[misc]


class NotPostgresql(Exception):
    """So many rows are copied in by PostgreSQL alone."""


def multiply(session: Session, engine: Engine, units: int, seed: int) -> Iterator[str]:
    """Copy the stories of the database until there are ``units`` applications; yields after each portion."""
    if engine.dialect.name != "postgresql":
        raise NotPostgresql
    rng = Random(seed)  # noqa: S311 - the same seed gives the same city
    models = _models(session)
    next_ids = {table.name: _next_id(session, table) for table in TABLES if "id" in table.columns}
    ordinal = (session.scalar(select(func.max(Certificate.ordinal))) or 0) + 1
    there = session.scalar(select(func.count()).select_from(Application)) or 0
    states = [*WEIGHTS, State.EXPIRED, State.REVOKED]
    weights = [*WEIGHTS.values(), 5, 1]
    session.rollback()  # reading is over: nothing is held while the rows go in
    for begin in range(there, units, AT_ONCE):
        rows: dict[str, list[Row]] = {table.name: [] for table in TABLES}
        for number in range(begin, min(begin + AT_ONCE, units)):
            state = rng.choices(states, weights)[0]
            made = _copy_of(rng.choice(models[state]), number, next_ids, ordinal)
            ordinal += len(made["certificate"])
            for name, added in made.items():
                rows[name] += added
        _copy_in(engine, rows)
        yield f"{min(begin + AT_ONCE, units)}/{units}"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in TABLES:
            if "id" in table.columns:
                connection.execute(text(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {next_ids[table.name]})"
                ))  # fmt: skip
        connection.execute(text(
            "UPDATE serial_counter SET last = greatest(last, (SELECT max(ordinal) FROM certificate "
            "WHERE certificate.year = serial_counter.year))"
        ))  # fmt: skip
        connection.execute(text("VACUUM ANALYZE"))


def _models(session: Session) -> Mapping[State, list[list[Row]]]:
    """The rows of each told story, by the state it ended in."""
    found: dict[State, list[list[Row]]] = {}
    for application in session.scalars(select(Application)):
        steps = session.scalars(select(Step).where(Step.application_id == application.id).order_by(Step.id)).all()
        printed = session.scalars(
            select(Certificate).where(Certificate.application_id == application.id).order_by(Certificate.id.desc())
        ).first()
        parts: list[Base] = [application.unit, application, *steps, *([printed] if printed else [])]
        found.setdefault(application.state, []).append([{"of": part.__tablename__} | _values(part) for part in parts])
    return found


def _values(row: Base) -> Row:
    return {column.name: getattr(row, column.name) for column in row.__table__.columns}


def _next_id(session: Session, table: Table) -> int:
    return (session.scalar(select(func.max(table.c.id))) or 0) + 1


def _copy_of(model: list[Row], number: int, next_ids: dict[str, int], ordinal: int) -> dict[str, list[Row]]:
    """One story again, for another unit, a little later."""
    made: dict[str, list[Row]] = {table.name: [] for table in TABLES}
    ids = {name: next_ids[name] for name in ("unit", "application")}
    code = demo_code((number + 1) % 1_000_000, "factory")  # the stories begin with 1
    earlier = APART * number
    for given in model:
        row, name = {key: value for key, value in given.items() if key != "of"}, str(given["of"])
        row["id"] = next_ids[name]
        next_ids[name] += 1
        for column in ("at", "created_at", "submitted_at", "state_since", "edited_at", "reserved_at", "issued_at"):
            if isinstance(moment := row.get(column), datetime):
                row[column] = moment - earlier % timedelta(days=300)
        if name == "unit":
            row |= _unit(row["name"], number, code)
            made["unit_key"] = [{"key": key, "unit_id": row["id"]} for key in unit_keys(row["name"], code)]
        elif name == "application":
            row |= {"unit_id": ids["unit"], "version": row["version"]}
            if row["reference"]:
                row["reference"] = f"{row['reference'][:-5]}{row['id']:05d}"
        elif name == "step":
            row["application_id"] = ids["application"]
        else:
            title = made["unit"][0]["name"]
            serial = f"{row['serial'].rpartition('-')[0]}-{ordinal:06d}"
            row |= {
                "application_id": ids["application"], "serial": serial, "ordinal": ordinal, "token": f"copy{row['id']}",
                "pinyin": pinyin_of(title),
                "fields": row["fields"] | {"unit_name": title, "credit_code": code},
            }  # fmt: skip
            keys = as_written(title, serial, code) | as_read(pinyin_of(title).split())
            made["register_key"] = [{"key": key, "certificate_id": row["id"]} for key in sorted(keys)]
        made[name].append(row)
    return made


def _unit(name: str, number: int, code: str) -> Row:
    """A name nobody has: what it is, by another word, and its number."""
    word = WORDS[number % len(WORDS)] + SIDES[number // len(WORDS) % len(SIDES)]
    forms = (form for forms in NAMES.values() for form in forms)
    kind = next((form for form in forms if name.endswith(form.rpartition("}")[2])), "示例{}单位")
    title = f"{kind.format(word)}{number}"
    return {
        "name": title, "name_key": name_key(title), "credit_code": code, "host_name": None, "host_key": "",
        "host_code": None, "code_state": "valid",
    }  # fmt: skip


def _copy_in(engine: Engine, rows: Mapping[str, list[Row]]) -> None:
    """COPY each table's rows, all of a portion in one transaction."""
    connection = engine.raw_connection()
    try:
        for table in TABLES:
            names = [column.name for column in table.columns]
            ways = [column.type.dialect_impl(engine.dialect).bind_processor(engine.dialect) for column in table.columns]
            columns = ", ".join(f'"{name}"' for name in names)
            with connection.cursor().copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
                for row in rows[table.name]:
                    values = [row[name] for name in names]
                    copy.write_row([way(one) if way else one for one, way in zip(values, ways, strict=True)])
        connection.commit()
    finally:
        connection.close()
