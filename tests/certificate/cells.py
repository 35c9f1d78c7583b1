"""More cells in the register, each with a unit, an application and a certificate of its own, as plain rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Table, func, insert, select
from sqlalchemy.orm import Session

from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.certificate.finding import keys_of, pinyin_of
from cellcert.certificate.models import Certificate, RegisterKey
from cellcert.certificate.states import CertificateState
from cellcert.database import Base
from cellcert.units.models import Unit

Row = dict[str, Any]
TABLES = [model.__table__ for model in (Unit, Application, Certificate, RegisterKey)]


@dataclass(frozen=True, slots=True)
class Cell:
    """What differs from the cell that is copied."""

    name: str
    state: State = State.AWARDED
    certificate: CertificateState = CertificateState.ISSUED
    days: int = 0  # since the award of the copied one
    category: str | None = None
    division: str | None = None


def add_cells(session: Session, cells: Sequence[Cell]) -> list[str]:
    """Write them beside the first certificate; their numbers."""
    rows = list(rows_of(session, cells))
    for at, table in enumerate(TABLES):
        session.execute(insert(table), [row for parts in rows for row in parts[at]])
    return [parts[2][0]["serial"] for parts in rows]


def rows_of(session: Session, cells: Sequence[Cell]) -> Iterator[tuple[list[Row], list[Row], list[Row], list[Row]]]:
    """The rows of each cell, by table."""
    certificate = session.scalars(select(Certificate).order_by(Certificate.id).limit(1)).one()
    application = certificate.application
    first = [(session.scalar(select(func.max(model.id))) or 0) + 1 for model in (Unit, Application, Certificate)]
    like = _values(application.unit), _values(application), _values(certificate)
    for at, cell in enumerate(cells):
        unit_id, application_id, id_ = (one + at for one in first)
        code, serial = f"TEST{unit_id:014d}", f"JZWF-J-2026-{id_:06d}"
        awarded_on: date = certificate.awarded_on + timedelta(days=cell.days)
        unit = {"id": unit_id, "name": cell.name, "name_key": f"{unit_id}", "credit_code": code, "host_name": None}
        case = {
            "id": application_id, "unit_id": unit_id, "state": cell.state, "reference": f"T-{application_id}",
            "category": cell.category or application.category, "division": cell.division or application.division,
        }  # fmt: skip
        fields = certificate.fields | {
            "unit_name": cell.name, "credit_code": code, "category": case["category"], "division": case["division"],
        }  # fmt: skip
        ended = cell.certificate not in {CertificateState.RESERVED, CertificateState.ISSUED}
        printed = {
            "id": id_, "application_id": application_id, "serial": serial, "ordinal": id_ + 10_000, "token": f"t{id_}",
            "state": cell.certificate, "fields": fields, "pinyin": pinyin_of(cell.name), "awarded_on": awarded_on,
            "valid_until": awarded_on + (certificate.valid_until - certificate.awarded_on),
            "sha256": certificate.sha256 or "0" * 64,
            "end_reason": "示例" if ended else "",
        }  # fmt: skip
        keys = [{"key": key, "certificate_id": id_} for key in keys_of(cell.name, serial, code)]
        yield [like[0] | unit], [like[1] | case], [like[2] | printed], keys


def _values(row: Base) -> Row:
    table: Table = row.__table__  # type: ignore[assignment]
    return {column.name: getattr(row, column.name) for column in table.columns}
