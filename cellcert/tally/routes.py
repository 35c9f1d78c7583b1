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
from cellcert.errors import N_, NotReady
from cellcert.tally.course import Course
from cellcert.tally.queries import tally, waiting
from cellcert.tally.rules import Tally
from cellcert.tally.shown import Day, course_of, day_asked, figures
from cellcert.web import house, me, only, zone

bp = Blueprint("tally", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/")
def progress() -> ResponseReturnValue:
    """How far the city is, for everybody."""
    notices, today = public_notices(db.session(), limit=5), clock.day_of(clock.now(), zone())
    return render_template(
        "tally/progress.html", tally=figures(Day(today, today)), notices=notices, notice_is_over=notice_is_over
    )


@bp.get("/tally")
@only(Role.OFFICE, Role.APPROVER, Role.AUDITOR)
def board() -> ResponseReturnValue:
    """The same with states and names, for the office."""
    may_print = me().role in {Role.OFFICE, Role.APPROVER}
    held = batches_held(db.session()) if may_print else set()
    letters = [batch for batch in house().library.programme.batches if batch.key in held]
    day = day_asked()
    waits = waiting(db.session(), day.past or clock.now(), day.past)
    return render_template(
        "tally/board.html", tally=figures(day), letters=letters, day=day, waits={line.state: line for line in waits}
    )


@bp.get("/tally.xlsx")
@only(Role.OFFICE, Role.APPROVER, Role.AUDITOR)
def workbook() -> ResponseReturnValue:
    """The tally of a day as a workbook; the export is remembered."""
    from cellcert.tally.workbook import tally_workbook

    shown, way = _to_print()
    _remember("xlsx")
    return _file(tally_workbook(shown, way), XLSX, f"无废细胞台账_{shown.on:%Y%m%d}.xlsx")


@bp.get("/tally.pdf")
@only(Role.OFFICE, Role.APPROVER, Role.AUDITOR)
def sheet() -> ResponseReturnValue:
    """The tally of a day on one A4 page."""
    from cellcert.tally.print_pdf import print_tally

    shown, way = _to_print()
    _remember("pdf")
    return _file(print_tally(shown, way), "application/pdf", f"无废细胞简报_{shown.on:%Y%m%d}.pdf")


def _to_print() -> tuple[Tally, Course]:
    day = day_asked()
    if day.fault:
        raise NotReady(N_("请选择今天或以前的日期。"))
    programme = house().library.programme
    return tally(db.session(), programme, day.on, day.past, named=True), course_of(day)


def _remember(kind: str) -> None:
    db.session.rollback()
    begin_as_reader(False)
    record(db.session(), "export", f"tally.{kind}", by=me(), at=clock.now())
    db.session.commit()


def _file(data: bytes, media_type: str, name: str) -> ResponseReturnValue:
    return send_file(BytesIO(data), media_type, as_attachment=True, download_name=name)
