"""Point Alembic at the engine it is given, and at the models when a new migration is drawn up."""

from typing import Literal

from alembic import context
from sqlalchemy import Engine, create_engine


def plain_type(kind: str, value: object, _: object) -> str | Literal[False]:
    """Write standard types into migrations, so that they never import cellcert."""
    plain = {"UtcDateTime": "sa.DateTime()", "Points": "sa.Integer()"}
    return plain.get(type(value).__name__, False) if kind == "type" else False


engine: Engine | None = context.config.attributes.get("engine")
if engine is None:
    from cellcert.config import read_settings

    engine = create_engine(read_settings().database)
metadata = context.config.attributes.get("metadata")

with engine.connect() as connection:
    # SQLite changes a table by building it anew; what refers to it must not be looked at while it is away
    bare = connection.connection.dbapi_connection if connection.dialect.name == "sqlite" else None
    if bare is not None:
        bare.execute("PRAGMA foreign_keys=OFF")
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_item=plain_type,
        render_as_batch=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        if bare is not None and (dangling := bare.execute("PRAGMA foreign_key_check").fetchall()):
            raise RuntimeError(f"rows refer to nothing: {dangling[:5]}")
    connection.commit()
    if bare is not None:
        bare.execute("PRAGMA foreign_keys=ON")
