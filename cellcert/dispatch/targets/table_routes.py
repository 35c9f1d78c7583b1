"""A table of values to fill in, and back: every row is reported or none."""

from io import BytesIO

from flask import render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from cellcert import clock, web
from cellcert.actors import Role
from cellcert.criteria.text import Text
from cellcert.database import db
from cellcert.dispatch.targets import actions
from cellcert.dispatch.targets.forms import TableForm
from cellcert.dispatch.targets.queries import asked, missing
from cellcert.dispatch.targets.routes import bp, today
from cellcert.dispatch.targets.sheet_routes import XLSX
from cellcert.dispatch.targets.table import Reported, read_targets, targets_template
from cellcert.errors import NotFound, Refusal
from cellcert.language import current_language, sentence
from cellcert.ledger.table import LARGEST_FILE, Fault


@bp.get("/template.xlsx")
@web.only(Role.DEPARTMENT, Role.OFFICE)
def template() -> ResponseReturnValue:
    """The table to fill in, with a row for each value that is missing."""
    library, me = web.house().library, web.me()
    if not library.has_plan:
        raise NotFound
    late = missing(db.session(), library.plan, library.programme.targets, today())
    rows = [(one.target, one.period) for one in late if actions.may_report(one.target, me)]
    name = "计划目标填报表.xlsx" if current_language() != "en" else "plan-targets.xlsx"
    data = targets_template(rows, current_language())
    return send_file(BytesIO(data), XLSX, as_attachment=True, download_name=name)


@bp.route("/import", methods=["GET", "POST"])
@web.only(Role.DEPARTMENT, Role.OFFICE)
def read_in() -> ResponseReturnValue:
    """Read a filled-in table; what is wrong is listed by row and column, and nothing is taken."""
    library, me, form, faults = web.house().library, web.me(), TableForm(), list[Fault]()
    if not library.has_plan:
        raise NotFound
    rule = library.programme.targets
    rows: list[Reported] = []
    if form.accepted():
        file = request.files.get("file")
        name = (file.filename or "") if file else ""
        known = {target.key: target for target in asked(library.plan) if actions.may_report(target, me)}
        if file is None or not name:
            faults = [Fault(0, None, Text(gettext("还没有选择文件。")))]
        else:
            rows, faults = read_targets(name, file.stream.read(LARGEST_FILE + 1), known, rule, today())
        for row in rows:
            try:
                actions.report(
                    db.session(), row.target, row.period, row.value, row.note, rule, by=me,
                    post=web.my_sign_in().post_id, at=clock.now(), today=today(),
                )  # fmt: skip
            except Refusal as refusal:
                db.session.rollback()
                told = f"{row.target.key} {row.period.key}：{sentence(refusal)}"
                faults = [Fault(0, None, Text(told))]
                break
        if rows and not faults:
            told = gettext("已填报 %(count)s 个数值，请逐个补充证明材料。", count=len(rows))
            return web.done(url_for(".index"), told)
    page = render_template("targets/import.html", form=form, faults=faults, most=LARGEST_FILE // 1_000_000)
    return page, 422 if faults or form.errors else 200
