"""Pages of the yearly declaration: the unit's form, what was declared, and the office's list."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from cellcert import clock, web
from cellcert.actors import Role
from cellcert.application.lifecycle import Act, Relation, is_open
from cellcert.application.models import Application
from cellcert.criteria.editions import checklist_of
from cellcert.database import db
from cellcert.errors import Changed, NotReady
from cellcert.language import current_language
from cellcert.people.queries import is_head
from cellcert.standing import declared_queries as queries
from cellcert.standing import declaring
from cellcert.standing.declaring_forms import MARK, MET, NOT_MET, DeclarationForm, form_for
from cellcert.standing.models import Declaration
from cellcert.standing.pages import CASE, bp
from cellcert.standing.rules import Duty


@bp.route(f"{CASE}/declaration", methods=["GET", "POST"])
def declare(application_id: int) -> ResponseReturnValue:
    """The unit fills in the year's declaration; its head confirms."""
    application = web.load(application_id, Act.DECLARE)
    programme, session = web.house().library.programme, db.session()
    asked = queries.duties_of(session, application, programme, clock.day_of(clock.now(), web.zone()))
    open_ones = [duty for duty in asked if duty.is_open]
    duty = next((one for one in open_ones if one.year == web.number("year")), open_ones[0] if open_ones else None)
    if duty is None:
        return render_template("standing/nothing_to_declare.html", application=application, duties=asked)
    found = queries.declaration_of(session, application.id, duty.year)
    head = is_head(session, web.me().person_id, application.unit_id)
    form, status = form_for(checklist_of(application.edition).prerequisites, current_language(), head=head), 200
    if form.accepted():
        try:
            return _saved(application, form, duty, head)
        except (Changed, NotReady) as refusal:
            status = web.show_in(form, refusal)
            found = queries.declaration_of(session, application.id, duty.year)
            form.version.data = form.version.raw_data = None
    elif not form.is_submitted():
        _fill(form, found)
    if form.version.data is None:
        form.version.data = found.version if found else 0
    return render_template(
        "standing/declare.html", application=application, form=form, duty=duty, others=open_ones, head=head,
        found=found,
        figures=queries.figures_of_year(session, application.unit_id, duty.year),
        before=queries.figures_of_year(session, application.unit_id, duty.year - 1),
        wastes=web.house().library.wastes,
    ), 422 if form.errors and status == 200 else status  # fmt: skip


def _saved(application: Application, form: DeclarationForm, duty: Duty, head: bool) -> ResponseReturnValue:
    session, at = db.session(), clock.now()
    made = declaring.save_declaration(
        session, application, duty.year, form.complies, form.changes.data or "", form.version.data or 0,
        web.house().library.programme, by=web.me(), at=at,
    )  # fmt: skip
    if head:
        declaring.confirm_declaration(session, made, by=web.me(), at=at)
        said = gettext("%(year)s 年年度声明已提交。", year=duty.year)
        return web.done(url_for(".declared", application_id=application.id), said)
    asked = declaring.ask_heads_to_confirm(session, application, duty.year, by=web.me(), at=at)
    said = (
        gettext("已保存，并已通知单位负责人登录确认。负责人确认后才算提交。")
        if asked
        else gettext("已保存。本单位还没有负责人账号，请在“单位信息”里邀请负责人，由其确认。")
    )
    return web.done(url_for(".declare", application_id=application.id, year=duty.year), said)


def _fill(form: DeclarationForm, found: Declaration | None) -> None:
    """What was saved before; a first page has no answer given in advance."""
    if found is None:
        return
    form.changes.data = found.changes
    for field in form.conditions:
        met = found.complies.get(field.name.removeprefix(MARK))
        field.data = None if met is None else (MET if met else NOT_MET)


@bp.get(f"{CASE}/declarations")
def declared(application_id: int) -> ResponseReturnValue:
    """Every declaration of one title, for the unit and whoever may read its case; made to be printed."""
    application = web.load(application_id, Act.READ)
    session, programme = db.session(), web.house().library.programme
    today = clock.day_of(clock.now(), web.zone())
    made = queries.declarations_of(session, application.id)
    return render_template(
        "standing/declared.html",
        application=application,
        duties=queries.duties_of(session, application, programme, today),
        confirmed=[one for year, one in sorted(made.items(), reverse=True) if one.confirmed_at],
        prerequisites=checklist_of(application.edition).prerequisites,
        wastes=web.house().library.wastes,
        may_declare=is_open(Act.DECLARE, application.relation_to(web.me()), application.state),
        own=application.relation_to(web.me()) is Relation.OWN,
    )


@bp.get("/declarations")
@web.only(Role.OFFICE, Role.APPROVER, Role.AUDITOR)
def declarations() -> ResponseReturnValue:
    """Who declared a year, and who is late."""
    today = clock.day_of(clock.now(), web.zone())
    year = web.number("year") or today.year - 1
    year = min(max(year, 2000), today.year - 1)
    lines = queries.declared_in(db.session(), year, web.house().library.programme, today)
    late, waiting = queries.late_and_open(lines)
    return render_template(
        "standing/declarations.html", lines=lines, year=year, today=today, late=late, waiting=waiting,
        due=web.house().library.programme.declaration.due_in(year + 1),
    )  # fmt: skip
