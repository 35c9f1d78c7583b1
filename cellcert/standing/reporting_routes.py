"""Pages of reports about cells: anybody reports and follows it with number and code; the office answers."""

import re
import secrets
from datetime import timedelta

from flask import current_app, make_response, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.wrappers import Response

from cellcert import clock, web
from cellcert.actors import Role
from cellcert.application.lifecycle import Act, is_open
from cellcert.application.models import Application
from cellcert.certificate.queries import by_serial
from cellcert.database import db
from cellcert.decision.objecting_forms import CodeForm
from cellcert.decision.objecting_rules import code_hash, code_of
from cellcert.errors import Changed, NotFound, NotReady, Refusal
from cellcert.people.attempts import TooMany, count_or_refuse, refuse_more, who_of
from cellcert.standing import reporting
from cellcert.standing.models import CellReport
from cellcert.standing.pages import CASE, bp
from cellcert.standing.reporting_forms import AnswerForm, CellReportForm

RECEIPT = re.compile(r"FY\d{8}-[0-9A-F]{8}", re.ASCII)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOST_FOLLOWED = 5  # in one browser


@bp.route("/register/<serial>/report", methods=["GET", "POST"])
def report_cell(serial: str) -> ResponseReturnValue:
    """Anybody reports something about a cell."""
    certificate = by_serial(db.session(), serial)
    if certificate is None:
        raise NotFound
    application = web.load(certificate.application_id, Act.REPORT_CELL)
    session.setdefault("visitor", secrets.token_urlsafe(12))
    form, status = CellReportForm(), 200
    if form.accepted():
        try:
            _count(application)
            report = reporting.report_cell(
                db.session(), application, form.name.data, form.contact.data, form.text.data,
                web.house().library.programme, _secret_for, by=web.me(), at=clock.now(),
            )  # fmt: skip
            return web.done(url_for(".reported", receipt=report.receipt), gettext("反映已收到。"))
        except Refusal as refusal:
            status = web.show_in(form, refusal)
    return render_template(
        "standing/report_cell.html", serial=serial, unit=str(certificate.fields["unit_name"]), form=form
    ), 422 if form.errors and status == 200 else status


def _count(application: Application) -> None:
    """Bounds per address and per cell, the same as of objections (g17)."""
    settings, at = web.house().settings, clock.now()
    who = who_of(str(current_app.secret_key), request.remote_addr)
    count_or_refuse(db.session(), "report", who, settings.objections_per_address, DAY, at=at)
    cell = f"application:{application.id}"
    count_or_refuse(db.session(), "reported", cell, settings.objections_per_notice, DAY, at=at)


def _secret_for(receipt: str) -> str:
    return code_hash(receipt, code_of(str(current_app.secret_key), session["visitor"], receipt))


@bp.route("/reports/<receipt>", methods=["GET", "POST"])
def reported(receipt: str) -> ResponseReturnValue:
    """What the reporter keeps: number and code, and the answer; nothing of who it was or what was written."""
    if not RECEIPT.fullmatch(receipt):
        raise NotFound
    report, form, status = reporting.report_by(db.session(), receipt), CodeForm(), 200
    if form.accepted():
        try:
            here = url_for(".reported", receipt=receipt)
            if _guessed(receipt, report, form.code.data):
                return web.done(here)
            return web.done(here, gettext("编号或查询码不正确。请核对后重新输入。"), "bad")  # the guess counts
        except TooMany as refusal:
            status = web.show_in(form, refusal)
    code = _own_code(receipt, report)
    opened = report if report is not None and (code or receipt in session.get("followed", [])) else None
    outcome = reporting.Outcome(opened.outcome) if opened and opened.outcome else None
    page = render_template(
        "standing/reported.html", receipt=receipt, report=opened, outcome=outcome, code=code, form=form
    )
    response: Response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _guessed(receipt: str, report: CellReport | None, code: str) -> bool:
    """Whether the code is the right one; a wrong one is counted, and after many none is looked at."""
    who, most = who_of(str(current_app.secret_key), request.remote_addr), web.house().settings.codes_per_address
    refuse_more(db.session(), "code", who, most, HOUR, at=clock.now())
    if report is not None and code_hash(receipt, code) == report.secret:
        session["followed"] = [*session.get("followed", []), receipt][-MOST_FOLLOWED:]
        return True
    count_or_refuse(db.session(), "code", who, most, HOUR, at=clock.now())
    return False


def _own_code(receipt: str, report: CellReport | None) -> str:
    """The code, told again to the browser that reported."""
    if report is None or "visitor" not in session:
        return ""
    code = code_of(str(current_app.secret_key), session["visitor"], receipt)
    return code if report.secret == code_hash(receipt, code) else ""


# the office


@bp.get("/reports")
@web.only(Role.OFFICE, Role.APPROVER, Role.AUDITOR)
def reports() -> ResponseReturnValue:
    """Reports that wait for an answer."""
    return render_template("standing/reports.html", reports=reporting.open_reports(db.session()))


@bp.get(f"{CASE}/reports")
def reports_of(application_id: int) -> ResponseReturnValue:
    """What was reported about one cell."""
    application = web.load(application_id, Act.READ_REPORTS)
    return render_template(
        "standing/reports_of.html",
        application=application,
        reports=reporting.reports_of(db.session(), application.id),
        outcomes=reporting.OUTCOMES,
        may_answer=is_open(Act.ANSWER_REPORT, application.relation_to(web.me()), application.state),
    )


@bp.route(f"{CASE}/reports/<int:report_id>", methods=["GET", "POST"])
def answer_report(application_id: int, report_id: int) -> ResponseReturnValue:
    """The office answers, and may open a re-check with it."""
    application = web.load(application_id, Act.ANSWER_REPORT)
    report = db.session.get(CellReport, report_id)
    if report is None or report.application_id != application.id:
        raise NotFound
    form, status = AnswerForm(version=web.version_of(application)), 200
    if form.accepted():
        try:
            web.same_version(application, form.version.data)
            outcome, reply, told = reporting.Outcome(form.outcome.data), form.reply.data, form.told.data or ""
            reporting.answer_report(db.session(), report, outcome, reply, told, by=web.me(), at=clock.now())
            return web.done(url_for(".reports_of", application_id=application.id), gettext("已答复。"))
        except (Changed, NotReady) as refusal:
            status = web.show_in(form, refusal, application)
    return render_template("standing/answer_report.html", application=application, report=report, form=form), (
        422 if form.errors and status == 200 else status
    )
