"""The yearly information sheet, for everybody: a page, a PDF, a table."""

from datetime import date
from io import BytesIO

from flask import render_template, send_file
from flask.typing import ResponseReturnValue

from cellcert import web
from cellcert.database import db
from cellcert.dispatch.targets.queries import target_lines
from cellcert.dispatch.targets.routes import bp, today
from cellcert.dispatch.targets.sheet import SheetRow, sheet_csv, sheet_pdf, sheet_rows, sheet_title, sheet_workbook
from cellcert.errors import NotFound

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = {"pdf": "application/pdf", "xlsx": XLSX, "csv": "text/csv; charset=utf-8"}


def _years() -> list[int]:
    library = web.house().library
    if not library.has_plan:
        raise NotFound
    return list(range(library.programme.targets.since, today().year + 1))


def _rows(year: int) -> list[SheetRow]:
    if year not in _years():
        raise NotFound
    library = web.house().library
    lines = target_lines(db.session(), library, today(), date(year, 12, 31))
    return sheet_rows(lines, library.programme, year)


@bp.get("/sheet/<int:year>")
def sheet(year: int) -> ResponseReturnValue:
    """Every target at the end of a year; of the present year, so far."""
    return render_template("targets/sheet.html", rows=_rows(year), year=year, years=_years()[::-1])


@bp.get("/sheet/<int:year>.<ending>")
def sheet_file(year: int, ending: str) -> ResponseReturnValue:
    """The same to print and to calculate with."""
    if ending not in KINDS:
        raise NotFound
    rows, programme, on = _rows(year), web.house().library.programme, today()
    title = sheet_title(programme, year)
    db.session.rollback()  # printing takes a moment: nobody waits for it at the database
    if ending == "pdf":
        data = sheet_pdf(rows, title, programme.authority.name.zh, on)
    else:
        data = sheet_csv(rows) if ending == "csv" else sheet_workbook(rows, title, on)
    return send_file(BytesIO(data), KINDS[ending], as_attachment=True, download_name=f"{title}.{ending}")
