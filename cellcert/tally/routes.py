"""Progress for the public and for the office, on a page, on paper and as a workbook."""

from io import BytesIO

from flask import Blueprint, render_template, send_file
from flask.typing import ResponseReturnValue

from cellcert import clock
from cellcert.actors import Role
from cellcert.audit.actions import record
from cellcert.certificate.queries import batches_held
from cellcert.database import begin_as_reader, db
from cellcert.decision.queries import public_notices
from cellcert.decision.rules import notice_is_over
from cellcert.tally.queries import tally
from cellcert.tally.rules import Tally
from cellcert.web import house, me, only, zone

bp = Blueprint("tally", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _today() -> Tally:
    at = clock.now()
    return tally(db.session(), house().library.programme, clock.day_of(at, zone()))


@bp.get("/")
def progress() -> ResponseReturnValue:
    """How far the city is, for everybody."""
    notices = public_notices(db.session(), limit=5)
    return render_template("tally/progress.html", tally=_today(), notices=notices, notice_is_over=notice_is_over)


@bp.get("/tally")
@only(Role.OFFICE, Role.APPROVER, Role.AUDITOR)
def board() -> ResponseReturnValue:
    """The same with states and names, for the office."""
    may_print = me().role in {Role.OFFICE, Role.APPROVER}
    held = batches_held(db.session()) if may_print else set()
    letters = [batch for batch in house().library.programme.batches if batch.key in held]
    return render_template("tally/board.html", tally=_today(), letters=letters)


@bp.get("/tally.xlsx")
@only(Role.OFFICE, Role.APPROVER, Role.AUDITOR)
def workbook() -> ResponseReturnValue:
    """The tally as a workbook; the export is remembered."""
    from cellcert.tally.workbook import tally_workbook

    figures = _today()
    _remember("xlsx")
    return _file(tally_workbook(figures), XLSX, f"无废细胞台账_{figures.on:%Y%m%d}.xlsx")


@bp.get("/tally.pdf")
@only(Role.OFFICE, Role.APPROVER, Role.AUDITOR)
def sheet() -> ResponseReturnValue:
    """The tally on one A4 page."""
    from cellcert.tally.print_pdf import print_tally

    figures = _today()
    _remember("pdf")
    return _file(print_tally(figures), "application/pdf", f"无废细胞进展_{figures.on:%Y%m%d}.pdf")


def _remember(kind: str) -> None:
    db.session.rollback()
    begin_as_reader(False)
    record(db.session(), "export", f"tally.{kind}", by=me(), at=clock.now())
    db.session.commit()


def _file(data: bytes, media_type: str, name: str) -> ResponseReturnValue:
    return send_file(BytesIO(data), media_type, as_attachment=True, download_name=name)
