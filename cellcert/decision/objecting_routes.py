"""Pages of objections: anybody objects and follows it, the office looks into it, two persons close it."""

import secrets
import unicodedata

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from cellcert import clock, web
from cellcert.application.lifecycle import Act, State, acts_open_to, is_open
from cellcert.application.models import Application
from cellcert.database import db
from cellcert.decision import objecting
from cellcert.decision.actions import open_proposal
from cellcert.decision.forms import SettleForm
from cellcert.decision.matters import Matter
from cellcert.decision.models import Objection
from cellcert.decision.notice_acts import notice_of
from cellcert.decision.objecting_forms import ClosingForm, ObjectionForm
from cellcert.decision.pages import bp, waiting_or_refuse
from cellcert.decision.queries import case_file, objections_of
from cellcert.errors import Changed, NotFound, NotReady
from cellcert.forms import VersionedForm


@bp.route("/applications/<int:application_id>/objection", methods=["GET", "POST"])
def object_to(application_id: int) -> ResponseReturnValue:
    """Anybody objects while the notice runs; a rejected unit in its appeal window."""
    application = web.load(application_id, Act.OBJECT)
    session.setdefault("visitor", secrets.token_urlsafe(12))  # a repeat of this visitor's form is told from others'
    form, status, library = ObjectionForm(), 200, web.house().library
    if form.accepted():
        try:
            objection = objecting.object_to(
                db.session(), application, form.name.data, form.contact.data, form.text.data,
                library.programme, library.calendar, by=web.me(), at=clock.now(),
            )  # fmt: skip
            return web.done(url_for(".receipt", receipt=objection.receipt), gettext("异议已提交。"))
        except NotReady as refusal:
            status = web.show_in(form, refusal)
    notice = notice_of(db.session(), application)
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
    objecting.take_objection(db.session(), application, objection, by=web.me(), at=clock.now())
    where = url_for(".objections", application_id=application_id)
    return web.done(where, gettext("已受理异议，办结前不能认定。"))


@bp.route("/applications/<int:application_id>/objections/closing", methods=["GET", "POST"])
def propose_closing(application_id: int) -> ResponseReturnValue:
    """The office proposes how the objections in hand end."""
    application = web.load(application_id, Act.PROPOSE_CLOSING)
    form, status = ClosingForm(version=application.version), 200
    form.offer(notice_of(db.session(), application) is not None)
    if form.accepted():
        try:
            web.same_version(application, form.version.data)
            objecting.propose_closing(
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
            waiting = open_proposal(db.session(), application, Matter.OBJECTION)
            objecting.close_objections(
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
