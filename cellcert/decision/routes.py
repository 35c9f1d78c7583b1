"""Pages of the decision: propose, and approve by another person."""

from decimal import Decimal
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from cellcert import clock, language, web
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.sheet import in_language
from cellcert.database import db
from cellcert.decision import actions, exhibit_routes, following_routes, notice_routes, objecting_routes
from cellcert.decision.forms import ProposalForm, SettleForm
from cellcert.decision.pages import bp, waiting_or_refuse
from cellcert.decision.queries import CaseFile, case_file
from cellcert.decision.rules import levels_open_to
from cellcert.errors import Changed, NotReady
from cellcert.forms import VersionedForm

# what the application registers
__all__ = ["bp", "exhibit_routes", "following_routes", "notice_routes", "objecting_routes"]


# the decision


@bp.route("/applications/<int:application_id>/decision", methods=["GET", "POST"])
def propose(application_id: int) -> ResponseReturnValue:
    """The office proposes."""
    application = web.load(application_id, Act.PROPOSE)
    case, checklist = case_file(db.session(), application), checklist_of(application.edition)
    reached = levels_open_to(checklist, case.result.level if case.result else None)
    form = ProposalForm(version=application.version)
    form.offer([level for level in checklist.levels if level.key in reached], language.current_language())
    status = 200
    if form.accepted():
        try:
            web.same_version(application, form.version.data)
            outcome, level = form.chosen
            actions.propose(db.session(), application, outcome, level, form.reason.data, by=web.me(), at=clock.now())
            where = url_for(".propose", application_id=application_id)
            return web.done(where, gettext("已提出审定建议，等待另一位审定人办理。"))
        except (Changed, NotReady) as refusal:
            status = web.show_in(form, refusal, application)
    return page("decision/propose.html", application, case, form, status)


@bp.route("/applications/<int:application_id>/decision/approve", methods=["GET", "POST"])
def approve(application_id: int) -> ResponseReturnValue:
    """Another person approves, or sends back."""
    application = web.load(application_id, Act.APPROVE)
    case = case_file(db.session(), application)
    form = SettleForm(version=application.version)
    status, programme, calendar = 200, web.house().library.programme, web.house().library.calendar
    if form.accepted() and web.proved(form):
        try:
            web.same_version(application, form.version.data)
            proposal = waiting_or_refuse(case.waiting)
            notice = actions.approve(
                db.session(), application, proposal, form.agrees, form.answer.data, programme, calendar,
                by=web.me(), at=clock.now(),
            )  # fmt: skip
            if notice is not None:
                db.session.flush()
                message = gettext("审定通过，已开始公示，公示至 %(day)s。", day=notice.ends_on.isoformat())
                return web.done(url_for(".notice", notice_id=notice.id), message)
            message = gettext("审定通过，不予认定，已通知申报单位。") if form.agrees else gettext("已退回经办人修改。")
            if form.agrees and programme.decision.is_told_later:
                message = gettext("审定通过，结果尚未公布，公布前申报单位和公众都看不到。")
            return web.done(url_for("desk.home"), message)
        except (Changed, NotReady) as refusal:
            status = web.show_in(form, refusal, application)
    today = clock.day_of(clock.now(), web.zone())
    ends_on = calendar.add_working_days(today, programme.notice.working_days)
    return page("decision/approve.html", application, case, form, status, ends_on=ends_on, State=State)


def page(
    template: str,
    application: Application,
    case: CaseFile,
    form: VersionedForm,
    status: int,
    **values: Any,  # noqa: ANN401
) -> ResponseReturnValue:
    """A page of the decision, with the case above its form."""
    checklist = checklist_of(application.edition)
    sheet = in_language(case.result.sheet, language.current_language()) if case.result else {}
    titles = {section.key: section.title for section in checklist.sections}
    total = case.result.total if case.result else Decimal(0)
    return render_template(
        template,
        application=application,
        case=case,
        form=form,
        sheet=sheet,
        titles=titles,
        checklist=checklist,
        level=next((level for level in checklist.levels if case.result and level.key == case.result.level), None),
        levels={level.key: level.name for level in checklist.levels},
        marks=[{"value": level.total, "label": level.name, "met": total >= level.total} for level in checklist.levels],
        mine=case.waiting is not None and case.waiting.proposed_by == web.me().person_id,
        fresh=web.is_fresh(),
        **values,
    ), 422 if form.errors and status == 200 else status
