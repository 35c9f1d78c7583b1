"""Pages of the waste ledger: a year at a glance, one month to fill in, tables in and out."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO

from flask import Blueprint, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from cellcert import clock, web
from cellcert.actors import Role
from cellcert.application.lifecycle import Act
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.ledger_reader import COLUMNS
from cellcert.criteria.text import Text
from cellcert.criteria.wastes import GROUPS, Wastes
from cellcert.database import db
from cellcert.errors import NotFound, Refusal
from cellcert.language import current_language, sentence
from cellcert.ledger import actions
from cellcert.ledger.charts import charts, month_sum
from cellcert.ledger.coming_from import Origin, coming_from
from cellcert.ledger.forms import ImportForm, MonthForm, MonthRow, posted, read_month, shown
from cellcert.ledger.jumps import Jump, jumps
from cellcert.ledger.measures import KG, MEASURES, Measure, T
from cellcert.ledger.queries import entries_of_month, fingerprint, lines_of, saved_at, years_kept
from cellcert.ledger.rules import YEARS, Line, balances, month_fault, years_asked
from cellcert.ledger.table import LARGEST_FILE, Fault, read_table
from cellcert.ledger.workbook import ledger_workbook

bp = Blueprint("ledger", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/ledger")
@bp.get("/ledger/<int:year>")
@web.only(Role.APPLICANT)
def overview(year: int | None = None) -> ResponseReturnValue:
    """One's own ledger: a year, its sums and its balance."""
    today, unit_id = _today(), _unit()
    year = today.year if year is None else year
    if not today.year - YEARS <= year <= today.year:
        raise NotFound
    years = sorted({*range(today.year - 4, today.year + 1), *years_kept(db.session(), unit_id), year}, reverse=True)
    return _year(unit_id, year, years, mine=True)


@bp.get("/applications/<int:application_id>/ledger")
def of_application(application_id: int) -> ResponseReturnValue:
    """The years of a unit's ledger its application speaks of, for whoever may read the application."""
    application = web.load(application_id, Act.READ)
    opens = web.house().library.programme.batch(application.batch).opens.year
    years = sorted(years_asked(checklist_of(application.edition), opens), reverse=True)
    year = web.number("year") or (years[0] if years else 0)
    if year not in years:
        raise NotFound
    return _year(application.unit_id, year, years, application=application)


def _year(unit_id: int, year: int, years: list[int], mine: bool = False, application: object = None) -> str:
    wastes, today = _wastes(), _today()
    column = request.args.get("show", "generated")
    column = column if column in COLUMNS else "generated"
    since = lines_of(db.session(), unit_id, [year - 1, year])
    lines = [line for line in since if line.year == year]
    measure = _measure(lines)
    months = [month for month in range(1, 13) if month_fault(year, month, today) is None]
    kept = {line.month for line in lines}
    order = {kind.key: place for place, kind in enumerate(wastes.kinds)}
    sums = sorted(balances(lines), key=lambda one: order.get(one.kind, len(order)))
    return render_template(
        "ledger/year.html",
        wastes=wastes,
        year=year,
        years=years,
        months=months,
        kept=kept,
        missing=[month for month in months if month not in kept],
        sums=sums,
        columns=COLUMNS,
        column=column,
        charts=sorted(charts(lines, column, measure), key=lambda chart: order.get(chart.kind, len(order))),
        cell=lambda kind, month: month_sum(lines, kind, month, column),
        jumps=jumps(since, [(year, month) for month in kept]),
        measure=measure,
        measures=MEASURES,
        saved=saved_at(db.session(), unit_id, year),
        mine=mine,
        application=application,
        origin=_origin() if mine else None,
    )


@bp.route("/ledger/<int:year>/<int:month>", methods=["GET", "POST"])
@web.only(Role.APPLICANT)
def month(year: int, month: int) -> ResponseReturnValue:
    """Fill in one month."""
    wastes, today, unit_id, session = _wastes(), _today(), _unit(), db.session()
    if month_fault(year, month, today):
        raise NotFound
    if request.method == "POST":
        actions.hold(session, unit_id)
    kept = [entry.line for entry in entries_of_month(session, unit_id, year, month)]
    form, stale = MonthForm(), False
    wrong: dict[str, Text] = {}
    known = frozenset({*(kind.key for kind in wastes.kinds), *(line.kind for line in kept)})
    before, unlike, origin = _lines_before(unit_id, year, month), list[Jump](), _origin()
    measure = _measure(kept or before[:1])
    if form.accepted():
        rows = posted(request.form)
        lines, wrong = read_month(rows, year, month, measure, known, today)
        stale = form.seen.data != fingerprint(kept)
        if not wrong and form.sure.data != fingerprint(lines):
            unlike = _unlike(lines, kept, before)
        form.sure.data = fingerprint(lines)
        if not wrong and not stale and not unlike:
            actions.save_month(session, unit_id, year, month, lines, today=today, by=web.me(), at=clock.now())
            count = len(lines)
            saved = gettext("%(year)s 年 %(month)s 月已保存，共 %(count)s 行。", year=year, month=month, count=count)
            return web.done(_after(year, month, today, measure), saved)
    else:
        rows = [shown(line, measure) for line in kept] + _suggested(before, kept, wastes)
    form.seen.data, form.seen.raw_data = fingerprint(kept), None
    page = render_template(
        "ledger/month.html",
        wastes=wastes, groups=GROUPS, columns=COLUMNS, year=year, month=month, rows=rows, form=form, wrong=wrong,
        stale=stale, kept=kept, before=_beside(year, month, -1, today), after=_beside(year, month, 1, today),
        measure=measure, measures=MEASURES, unlike=unlike, origin=origin,
    )  # fmt: skip
    return page, 409 if stale else 422 if wrong or unlike or form.errors else 200


def _unlike(lines: list[Line], kept: list[Line], before: list[Line]) -> list[Jump]:
    """Figures out of all proportion to the months before that nobody saved before."""
    months = [(line.year, line.month) for line in lines[:1]]
    known = jumps([*before, *kept], months)
    return [jump for jump in jumps([*before, *lines], months) if jump not in known]


def _measure(lines: Sequence[Line]) -> Measure:
    """What a page is written in: what its address asks for, or what was used before."""
    meant = request.form.get("do", "").removeprefix("as-")  # the same figures, in another measure than the page said
    asked = MEASURES.get(meant) or MEASURES.get(request.values.get("measure", ""))
    return asked or (KG if any(line.measure == KG.key for line in lines) else T)


def _lines_before(unit_id: int, year: int, month: int) -> list[Line]:
    """What the unit entered in the twelve months before, newest first."""
    lines = lines_of(db.session(), unit_id, [year - 1, year])
    before = [line for line in lines if (year - 1, month) <= (line.year, line.month) < (year, month)]
    return sorted(before, key=lambda line: (line.year, line.month), reverse=True)


def _suggested(before: list[Line], kept: list[Line], wastes: Wastes) -> list[MonthRow]:
    """Empty rows for kinds of the months before and for those asked for in the address."""
    asked = [key for key in request.args.getlist("kind")[:50] if wastes.kind(key)]
    there = {line.kind for line in kept}
    usual = [] if kept else [line.kind for line in before if wastes.kind(line.kind)]
    receivers: dict[str, str] = {}
    for line in before:
        receivers.setdefault(line.kind, line.receiver)
    order = {kind.key: place for place, kind in enumerate(wastes.kinds)}
    wanted = sorted(dict.fromkeys([*usual, *asked]), key=lambda key: order[key])
    return [MonthRow(key, {"receiver": "" if key in there else receivers.get(key, "")}) for key in wanted]


def _beside(year: int, month: int, step: int, today: date) -> tuple[int, int] | None:
    count = year * 12 + month - 1 + step
    there = count // 12, count % 12 + 1
    return None if month_fault(*there, today) else there


def _after(year: int, month: int, today: date, measure: Measure) -> str:
    origin, wish = _origin(), request.form.get("do")
    following = _beside(year, month, 1, today) if wish == "next" else None
    if following:
        asked = measure.key if "measure" in request.args else None
        carried = origin.carried if origin else {}
        return url_for(".month", year=following[0], month=following[1], measure=asked, **carried)
    if wish == "back" and origin:
        return origin.url
    return url_for(".overview", year=year, **(origin.carried if origin else {}))


@bp.get("/ledger/template.xlsx")
@web.only(Role.APPLICANT)
def template() -> ResponseReturnValue:
    """The empty table to fill in."""
    name = "固废台账模板.xlsx" if current_language() != "en" else "waste-ledger-template.xlsx"
    return _file(ledger_workbook(_wastes(), [], current_language(), _measure([])), name)


@bp.get("/ledger/<int:year>.xlsx")
@web.only(Role.APPLICANT)
def export(year: int) -> ResponseReturnValue:
    """A year of one's own ledger, in the columns the import reads."""
    lines = lines_of(db.session(), _unit(), [year])
    name = f"固废台账_{year}.xlsx" if current_language() != "en" else f"waste-ledger-{year}.xlsx"
    return _file(ledger_workbook(_wastes(), lines, current_language(), _measure(lines)), name)


@bp.route("/ledger/import", methods=["GET", "POST"])
@web.only(Role.APPLICANT)
def read_in() -> ResponseReturnValue:
    """Read a filled-in table: every row is checked, and all of it is taken or nothing."""
    wastes, today, unit_id, form, origin = _wastes(), _today(), _unit(), ImportForm(), _origin()
    faults: list[Fault] = []
    if form.accepted():
        file = request.files.get("file")
        name = (file.filename or "") if file else ""
        if file is None or not name:
            faults = [Fault(0, None, Text(gettext("还没有选择文件。")))]
        else:
            lines, faults = read_table(name, file.stream.read(LARGEST_FILE + 1), wastes, today)
        if not faults:
            try:
                actions.import_rows(db.session(), unit_id, lines, name=name, today=today, by=web.me(), at=clock.now())
            except Refusal as refusal:
                db.session.rollback()
                faults = [Fault(0, None, Text(sentence(refusal)))]
            else:
                there = url_for(
                    ".overview", year=max(line.year for line in lines), **(origin.carried if origin else {})
                )
                return web.done(there, gettext("已导入 %(count)s 行。", count=len(lines)))
    page = render_template(
        "ledger/import.html", form=form, faults=faults, most=LARGEST_FILE // 1_000_000, origin=origin
    )
    return page, 422 if faults or form.errors else 200


def _wastes() -> Wastes:
    wastes = web.house().library.wastes
    if wastes is None:
        raise NotFound
    return wastes


def _unit() -> int:
    unit_id = web.me().unit_id
    if unit_id is None:
        raise NotFound
    return unit_id


def _origin() -> Origin | None:
    """Where whoever came from an application goes back to; every link and form of these pages carries it along."""
    programme, figure = web.house().library.programme, request.args.get("figure", "")
    return coming_from(db.session(), programme, _unit(), web.number("application"), figure)


def _today() -> date:
    return clock.day_of(clock.now(), web.zone())


def _file(data: bytes, name: str) -> ResponseReturnValue:
    return send_file(BytesIO(data), XLSX, as_attachment=True, download_name=name)
