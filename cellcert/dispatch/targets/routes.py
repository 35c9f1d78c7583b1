"""Pages of the plan's targets: the list, one of them, reporting, confirming, files."""

from datetime import date
from decimal import Decimal
from io import BytesIO

from flask import Blueprint, abort, flash, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from cellcert import clock, language, web
from cellcert.actors import Actor, Role
from cellcert.criteria.plan import PlanTarget
from cellcert.database import db
from cellcert.dispatch.targets import actions
from cellcert.dispatch.targets.chart import history_chart
from cellcert.dispatch.targets.forms import ReportForm, SettleForm
from cellcert.dispatch.targets.models import TargetFile, TargetReport
from cellcert.dispatch.targets.queries import missing, reports_of, target_line, target_lines, waiting
from cellcert.dispatch.targets.rules import (
    STATES,
    every_of,
    goal_words,
    period_named,
    periods,
    plain,
    read_value,
    value_fault,
)
from cellcert.errors import N_, NotAllowed, NotFound, NotReady, Refusal, Unusable
from cellcert.evidence.actions import Kept, keep
from cellcert.evidence.checking import check
from cellcert.evidence.forms import UploadForm
from cellcert.evidence.routes import HANDED_OUT
from cellcert.evidence.rules import chosen_from
from cellcert.storage import Away, Damaged, Full

bp = Blueprint("targets", __name__, url_prefix="/targets")
HOUSE = {Role.OFFICE, Role.APPROVER, Role.AUDITOR}


def today() -> date:
    """The day in the city."""
    return clock.day_of(clock.now(), web.zone())


def _plan_target(key: str) -> PlanTarget:
    if not web.house().library.has_plan:
        raise NotFound
    found = next((target for target in web.house().library.plan.targets if target.key == key), None)
    if found is None:
        raise NotFound
    return found


def sees_all(target: PlanTarget, me: Actor) -> bool:
    """Whether somebody sees what is not confirmed yet: the house, and the departments the plan names."""
    return me.role in HOUSE or (me.role is Role.DEPARTMENT and me.department in target.departments)


@bp.get("")
def index() -> ResponseReturnValue:
    """Where every target stands; the office sees what waits and who is late, a department what it has to report."""
    library, me, day = web.house().library, web.me(), today()
    if not library.has_plan:
        raise NotFound
    lines = target_lines(db.session(), library, day)
    plan, rule = library.plan, library.programme.targets
    late, open_ = [], []
    if me.role in HOUSE | {Role.DEPARTMENT}:
        late = [
            one
            for one in missing(db.session(), plan, rule, day)
            if me.role in HOUSE or one.target.lead == me.department
        ]
        named = {target.key: target for target in plan.targets if sees_all(target, me)}
        open_ = [(row, named[row.target]) for row in waiting(db.session(), plan) if row.target in named]
    return render_template(
        "targets/index.html", lines=lines, late=late, waiting=open_, goal_words=goal_words, plain=plain,
        counts=[(STATES[state], sum(line.judged.state == state for line in lines)) for state in STATES],
        period_named=period_named, may_report=lambda target: actions.may_report(target, me), day=day,
        is_house=me.role in HOUSE, reports=me.role in {Role.OFFICE, Role.DEPARTMENT}, year=day.year - 1, rule=rule,
    )  # fmt: skip


@bp.get("/<target>")
def target(target: str) -> ResponseReturnValue:
    """One target: where it stands and why, its history, and what was reported for those who may see it."""
    one, library, me = _plan_target(target), web.house().library, web.me()
    line = target_line(db.session(), library, one, today())
    rows = reports_of(db.session(), [one.key]) if sees_all(one, me) else []
    return render_template(
        "targets/target.html", line=line, target=one, rows_reported=rows, chart=history_chart(line), plain=plain,
        goal_words=goal_words, period_named=period_named, rule=library.programme.targets, STATES=STATES,
        departments=[library.programme.department(key).name for key in one.departments],
        may_report=actions.may_report(one, me), sees_all=sees_all(one, me),
    )  # fmt: skip


@bp.route("/<target>/report", methods=["GET", "POST"])
@web.only(Role.DEPARTMENT, Role.OFFICE)
def report(target: str) -> ResponseReturnValue:
    """Report the value of a period, with its evidence."""
    one, library, me, status = _plan_target(target), web.house().library, web.me(), 200
    if not actions.may_report(one, me):
        raise NotAllowed(actions.NOT_YOURS)
    rule, form = library.programme.targets, ReportForm()
    offered = periods(every_of(one, rule), rule.since, today())[::-1]
    lang = language.current_language()
    form.period.choices = [(period.key, period.name.text(lang)) for period in offered]
    if request.method == "GET" and request.args.get("period") in {period.key for period in offered}:
        form.period.data = request.args["period"]
    if form.accepted():
        value, fault = read_value(form.value.data, one.unit.zh)
        fault = fault or (value_fault(one, value) if value is not None else None)
        if fault or value is None:
            form.value.errors = [fault.text(lang)] if fault else []
        else:
            try:
                return _report(one, form, value)
            except (Away, Full):
                raise
            except Unusable as refusal:
                db.session.rollback()
                form.value.errors, status = [language.sentence(refusal)], refusal.status
            except Refusal as refusal:
                status = web.show_in(form, refusal)
    return render_template(
        "targets/report.html", form=form, target=one, goal_words=goal_words, rule=rule,
        chosen=chosen_from(library.programme.evidence.types), nothing=not offered,
    ), 422 if form.errors and status == 200 else status  # fmt: skip


def _report(one: PlanTarget, form: ReportForm, value: Decimal) -> ResponseReturnValue:
    house, at = web.house(), clock.now()
    period = period_named(form.period.data)
    if period is None:
        abort(400)
    passed, refused = _checked(form.files.data or [])
    row = actions.report(
        db.session(), one, period, value, form.note.data or "", house.library.programme.targets,
        by=web.me(), post=web.my_sign_in().post_id, at=at, today=today(),
    )  # fmt: skip
    for name, kept in passed:
        actions.add_file(db.session(), row, name, kept, house.library.programme, by=web.me(), at=at)
    for refusal in refused:
        flash(language.sentence(refusal), "bad")
    return web.done(url_for(".row", report_id=row.id), gettext("数值已填报，等市办确认。"))


def _checked(files: list[FileStorage]) -> tuple[list[tuple[str, Kept]], list[Refusal]]:
    """Look into files and keep the good ones while nobody waits for the database."""
    db.session.rollback()
    house, passed, refused = web.house(), list[tuple[str, Kept]](), list[Refusal]()
    for file in files:
        if not file.filename:
            continue
        try:
            accepted = check(file.filename, file.stream, house.library.programme.evidence, house.settings)
            passed.append((file.filename, keep(house.store, accepted)))
        except (Away, Full):
            raise
        except Refusal as refusal:
            refused.append(refusal)
    return passed, refused


def _row(report_id: int, *, lock: bool = False) -> tuple[TargetReport, PlanTarget]:
    """A reported value for who may see it."""
    row = db.session.get(TargetReport, report_id, with_for_update=lock or None)
    if row is None:
        raise NotFound
    one = _plan_target(row.target)
    if not sees_all(one, web.me()):
        raise NotFound
    return row, one


@bp.route("/reports/<int:report_id>", methods=["GET", "POST"])
@web.only(Role.DEPARTMENT, Role.OFFICE, Role.APPROVER, Role.AUDITOR)
def row(report_id: int) -> ResponseReturnValue:
    """One reported value; another person of the office confirms it or sends it back."""
    (found, one), status, me = _row(report_id, lock=request.method == "POST"), 200, web.me()
    if request.method == "POST" and me.role is not Role.OFFICE:
        raise NotAllowed(N_("您目前的身份是“{role}”，不能打开这个页面。"), role=me.role.label)
    form, period = SettleForm(), period_named(found.period)
    name = period.name if period else found.period
    if form.accepted():
        back = request.form.get("do") == "return"
        if back and not form.reason.data:
            form.reason.errors = [gettext("请写明退回原因。")]
        else:
            try:
                at, rule = clock.now(), web.house().library.programme.targets
                if back:
                    told = gettext("已退回，填报人会收到消息。")
                    actions.send_back(db.session(), found, form.reason.data, one.name.zh, str(name), by=me, at=at)
                else:
                    actions.confirm(db.session(), found, rule, by=me, at=at)
                    told = gettext("已确认，数值现在向公众公开。")
                return web.done(url_for(".row", report_id=report_id), told)
            except Refusal as refusal:
                status = web.show_in(form, refusal)
                found, one = _row(report_id)
    return render_template(
        "targets/row.html", row=found, target=one, period=name, form=form, plain=plain,
        may_settle=me.role is Role.OFFICE and found.outcome is None and found.reported_by != me.person_id,
        may_add=found.outcome is None and actions.may_report(one, me), upload=UploadForm(),
        mine=found.reported_by == me.person_id, chosen=chosen_from(web.house().library.programme.evidence.types),
        rule=web.house().library.programme.targets,
    ), 422 if form.errors and status == 200 else status  # fmt: skip


@bp.post("/reports/<int:report_id>/files")
@web.only(Role.DEPARTMENT, Role.OFFICE)
def add_files(report_id: int) -> ResponseReturnValue:
    """Support a value that waits with more files."""
    _, one = _row(report_id)
    if not actions.may_report(one, web.me()):
        raise NotAllowed(actions.NOT_YOURS)
    if not UploadForm().accepted():
        abort(400)
    files = request.files.getlist("files")
    if not any(file.filename for file in files):
        raise Unusable(N_("没有选择文件。请先选择，再上传。"))
    passed, refused = _checked(files)
    found, count = _row(report_id, lock=True)[0], 0
    for name, kept in passed:
        actions.add_file(db.session(), found, name, kept, web.house().library.programme, by=web.me(), at=clock.now())
        count += 1
    for refusal in refused:
        flash(language.sentence(refusal), "bad")
    there = url_for(".row", report_id=report_id)
    return web.done(there, gettext("已上传 %(count)s 个文件。", count=count) if count else None)


@bp.get("/reports/<int:report_id>/files/<int:file_id>")
@web.only(Role.DEPARTMENT, Role.OFFICE, Role.APPROVER, Role.AUDITOR)
def file(report_id: int, file_id: int) -> ResponseReturnValue:
    """The bytes of a supporting file."""
    _row(report_id)
    found = db.session.get(TargetFile, file_id)
    if found is None or found.report_id != report_id:
        raise NotFound
    try:
        data = web.house().store.get(found.sha256)
    except Damaged as error:
        raise NotReady(N_("文件与记录不一致，已停止下载。请联系系统管理员从备份恢复。")) from error
    answer = send_file(
        BytesIO(data), found.media_type, as_attachment=True, download_name=found.name, conditional=False, etag=False
    )
    answer.headers.update(HANDED_OUT)
    return answer
