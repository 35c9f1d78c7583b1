"""Pages of the decision: propose, approve by another person, public notices, objections."""

import secrets
import unicodedata
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from cellcert import clock, language, web
from cellcert.application.lifecycle import Act, State, acts_open_to, is_open
from cellcert.application.models import Application
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.sheet import in_language
from cellcert.database import db
from cellcert.decision import actions
from cellcert.decision.forms import ClosingForm, ObjectionForm, ProposalForm, SettleForm
from cellcert.decision.matters import Matter
from cellcert.decision.models import Notice, Objection, Proposal
from cellcert.decision.queries import (
    CaseFile,
    case_file,
    count_public_notices,
    notice_line,
    objections_of,
    public_notices,
)
from cellcert.decision.rules import levels_open_to, notice_is_over, notice_is_running
from cellcert.errors import N_, Changed, NotFound, NotReady
from cellcert.forms import VersionedForm

bp = Blueprint("decision", __name__)
NOTICES_PER_PAGE = 50


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


def waiting_or_refuse(proposal: Proposal | None) -> Proposal:
    """The proposal that waits, or the sentence that there is none."""
    if proposal is None:
        raise NotReady(N_("目前没有等待审定的建议。请刷新页面查看最新状态。"))
    return proposal


# notices


@bp.get("/notices")
def notices() -> ResponseReturnValue:
    """Every public notice, newest first."""
    number = max(web.number("page") or 1, 1)
    count = count_public_notices(db.session())
    pages = max((count + NOTICES_PER_PAGE - 1) // NOTICES_PER_PAGE, 1)
    number = min(number, pages)
    lines = public_notices(db.session(), limit=NOTICES_PER_PAGE, offset=(number - 1) * NOTICES_PER_PAGE)
    today = clock.day_of(clock.now(), web.zone())
    running = [line for line in lines if notice_is_running(line.published_on, line.ends_on, today)]
    return render_template(
        "decision/notices.html", running=running, past=[line for line in lines if line not in running], State=State,
        number=number, pages=pages,
    )  # fmt: skip


@bp.get("/notices/<int:notice_id>")
def notice(notice_id: int) -> ResponseReturnValue:
    """One notice as it was published."""
    found = db.session.scalar(select(Notice).where(Notice.id == notice_id).options(joinedload(Notice.application)))
    if found is None:
        raise NotFound
    application = web.load(found.application_id, Act.SEE_ENTRY)
    today = clock.day_of(clock.now(), web.zone())
    open_now = application.state in {State.NOTICE, State.OBJECTION} and notice_is_running(
        found.published_on, found.ends_on, today
    )
    return render_template(
        "decision/notice.html",
        notice=found,
        line=notice_line(found, application.state),
        running=open_now,
        address=web.public_url("decision.notice", notice_id=notice_id),
        may_object=open_now and is_open(Act.OBJECT, application.relation_to(web.me()), application.state),
        may_award=notice_is_over(found.ends_on, today)
        and is_open(Act.AWARD, application.relation_to(web.me()), application.state),
        State=State,
    )


# objections


@bp.route("/applications/<int:application_id>/objection", methods=["GET", "POST"])
def object_to(application_id: int) -> ResponseReturnValue:
    """Anybody objects while the notice runs; a rejected unit in its appeal window."""
    application = web.load(application_id, Act.OBJECT)
    session.setdefault("visitor", secrets.token_urlsafe(12))  # a repeat of this visitor's form is told from others'
    form, status, library = ObjectionForm(), 200, web.house().library
    if form.accepted():
        try:
            objection = actions.object_to(
                db.session(), application, form.name.data, form.contact.data, form.text.data,
                library.programme, library.calendar, by=web.me(), at=clock.now(),
            )  # fmt: skip
            return web.done(url_for(".receipt", receipt=objection.receipt), gettext("异议已提交。"))
        except NotReady as refusal:
            status = web.show_in(form, refusal)
    notice = actions.notice_of(db.session(), application)
    return render_template(
        "decision/object_to.html", application=application, form=form, notice=notice, State=State
    ), 422 if form.errors and status == 200 else status


@bp.get("/objections")
def find_receipt() -> ResponseReturnValue:
    """The way to an objection for whom kept nothing but its number."""
    typed = unicodedata.normalize("NFKC", request.args.get("receipt", "")).strip().upper()
    if db.session.scalar(select(Objection.id).where(Objection.receipt == typed)) is None:
        flash(gettext("没有这个受理编号。请核对字母和数字，例如 %(example)s。", example="YY20270301-0A1B2C3D"), "bad")
        return redirect(url_for(".notices"), 303)
    return redirect(url_for(".receipt", receipt=typed), 303)


@bp.get("/objections/<receipt>")
def receipt(receipt: str) -> ResponseReturnValue:
    """What an objector keeps: the number, and how far it is; nothing of what was written."""
    objection = db.session.scalar(
        select(Objection)
        .where(Objection.receipt == receipt)
        .options(joinedload(Objection.application).joinedload(Application.unit))
    )
    if objection is None:
        raise NotFound
    return render_template("decision/receipt.html", objection=objection)


@bp.get("/applications/<int:application_id>/objections")
def objections(application_id: int) -> ResponseReturnValue:
    """The objections to one application; who raised them is for those who handle them."""
    application = web.load(application_id, Act.READ_OBJECTION)
    relation = application.relation_to(web.me())
    case = case_file(db.session(), application, Matter.OBJECTION)
    return render_template(
        "decision/objections.html",
        application=application,
        objections=objections_of(db.session(), application),
        with_identity=is_open(Act.READ_OBJECTOR, relation, application.state),
        acts={act.name for act in acts_open_to(relation, application.state)},
        waiting=case.waiting,
        declined=case.declined,
        take_form=VersionedForm(version=application.version),
        outcomes=OUTCOME_WORDS,
    )


OUTCOME_WORDS = {
    State.NOTICE.value: _("异议不成立，恢复公示"),
    State.DECISION.value: _("重新审定"),
    State.REJECTED.value: _("不予认定"),
}


@bp.post("/applications/<int:application_id>/objections/<int:objection_id>/take")
def take(application_id: int, objection_id: int) -> ResponseReturnValue:
    """The office takes what came in into handling."""
    application = web.load(application_id, Act.TAKE_OBJECTION)
    web.same_version(application, VersionedForm().version.data)
    objection = db.session.get(Objection, objection_id)
    if objection is None:
        raise NotFound
    actions.take_objection(db.session(), application, objection, by=web.me(), at=clock.now())
    where = url_for(".objections", application_id=application_id)
    return web.done(where, gettext("已受理异议，办结前不能认定。"))


@bp.route("/applications/<int:application_id>/objections/closing", methods=["GET", "POST"])
def propose_closing(application_id: int) -> ResponseReturnValue:
    """The office proposes how the objections in hand end."""
    application = web.load(application_id, Act.PROPOSE_CLOSING)
    form, status = ClosingForm(version=application.version), 200
    form.offer(actions.notice_of(db.session(), application) is not None)
    if form.accepted():
        try:
            web.same_version(application, form.version.data)
            actions.propose_closing(
                db.session(), application, State(form.outcome.data), form.reply.data, by=web.me(), at=clock.now()
            )
            where = url_for(".objections", application_id=application_id)
            return web.done(where, gettext("已提出处理意见，等待另一位审定人办理。"))
        except (Changed, NotReady) as refusal:
            status = web.show_in(form, refusal, application)
    return objection_page("decision/propose_closing.html", application, form, status)


@bp.route("/applications/<int:application_id>/objections/close", methods=["GET", "POST"])
def close_objections(application_id: int) -> ResponseReturnValue:
    """Another person closes the objections, or sends the proposal back."""
    application = web.load(application_id, Act.CLOSE_OBJECTION)
    form, status = SettleForm(version=application.version), 200
    if form.accepted() and web.proved(form):
        try:
            web.same_version(application, form.version.data)
            waiting = actions.open_proposal(db.session(), application, Matter.OBJECTION)
            actions.close_objections(
                db.session(), application, waiting_or_refuse(waiting), form.agrees, form.answer.data,
                by=web.me(), at=clock.now(),
            )  # fmt: skip
            message = gettext("异议已办结。") if form.agrees else gettext("已退回经办人修改。")
            return web.done(url_for(".objections", application_id=application_id), message)
        except (Changed, NotReady) as refusal:
            status = web.show_in(form, refusal, application)
    return objection_page("decision/close_objections.html", application, form, status)


def objection_page(template: str, application: Application, form: VersionedForm, status: int) -> ResponseReturnValue:
    """A page over the objections in hand."""
    case = case_file(db.session(), application, Matter.OBJECTION)
    return render_template(
        template,
        application=application,
        form=form,
        objections=[one for one in objections_of(db.session(), application) if one.taken_at and not one.closed_at],
        waiting=case.waiting,
        declined=case.declined,
        outcomes=OUTCOME_WORDS,
        mine=case.waiting is not None and case.waiting.proposed_by == web.me().person_id,
        fresh=web.is_fresh(),
    ), 422 if form.errors and status == 200 else status
