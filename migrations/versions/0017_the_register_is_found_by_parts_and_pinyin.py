"""The register is found by parts of a name or a number, and by pinyin."""

import unicodedata
from collections.abc import Iterable, Iterator

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

AT_ONCE = 500


def upgrade() -> None:
    bytewise = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    op.create_table(
        "register_key",
        sa.Column("key", bytewise, nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_register_key_certificate_id_certificate")
        ),
        sa.PrimaryKeyConstraint("key", "certificate_id", name=op.f("pk_register_key")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("certificate") as certificate:
        certificate.add_column(sa.Column("pinyin", bytewise))
        certificate.drop_index("ix_certificate_awarded_on")
    _fill()
    with op.batch_alter_table("certificate") as certificate:
        certificate.alter_column("pinyin", existing_type=bytewise, nullable=False)
        for column in ("awarded_on", "valid_until", "pinyin"):
            certificate.create_index(f"ix_certificate_{column}", [column, "id"])


def downgrade() -> None:
    with op.batch_alter_table("certificate") as certificate:
        for column in ("awarded_on", "valid_until", "pinyin"):
            certificate.drop_index(f"ix_certificate_{column}")
        certificate.drop_column("pinyin")
        certificate.create_index("ix_certificate_awarded_on", ["awarded_on"])
    op.drop_table("register_key")


def _fill() -> None:
    names = ("id", "serial", "fields", "pinyin")
    table = sa.table("certificate", *(sa.column(name, sa.JSON() if name == "fields" else None) for name in names))
    keys = sa.table("register_key", sa.column("key"), sa.column("certificate_id"))
    rows = op.get_bind().execute(sa.select(table.c.id, table.c.serial, table.c.fields).order_by(table.c.id)).all()
    for begin in range(0, len(rows), AT_ONCE):
        found = []
        for id_, serial, fields in rows[begin : begin + AT_ONCE]:
            name = _key(str(fields["unit_name"]))
            op.execute(table.update().where(table.c.id == id_).values(pinyin=" ".join(_syllables(name))))
            of_it = _keys(name, _key(serial), _key(str(fields["credit_code"])))
            found += [{"key": key, "certificate_id": id_} for key in of_it]
        op.bulk_insert(keys, found)


# the rules of ``certificate.finding`` on the day of this migration


def _key(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())


def _keys(name: str, number: str, code: str) -> list[str]:
    found = {*_endings(name), *_endings(number), code}
    for reading in _readings(name):
        found.update(_endings(reading))
        found.update(_endings([syllable[:1] for syllable in reading]))
    return sorted(found - {""})


def _endings(signs: Iterable[str]) -> Iterator[str]:
    kept = list(signs)
    return ("".join(kept[at:]) for at in range(len(kept)))


def _syllables(plain: str) -> list[str]:
    from pypinyin import lazy_pinyin

    return lazy_pinyin(plain, errors=list)


def _readings(plain: str) -> Iterator[list[str]]:
    from pypinyin import Style, pinyin

    usual = _syllables(plain)
    yield usual
    ways = [pinyin(sign, style=Style.NORMAL, heteronym=True, errors=_one_way)[0] for sign in plain[:4]]
    for at, others in enumerate(ways):
        for other in others:
            if other != usual[at]:
                yield [*usual[:at], other, *usual[at + 1 :]]


def _one_way(signs: str) -> list[list[str]]:
    return [[sign] for sign in signs]
