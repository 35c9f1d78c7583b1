"""Pages of objections: anybody objects, the office looks into it and asks the unit, two persons close it."""

import secrets
from datetime import datetime, timedelta

from flask import current_app, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from cellcert import clock, web
from cellcert.application.lifecycle import Act, Relation, State, acts_open_to, is_open
from cellcert.application.models import Application
from cellcert.database import db
from cellcert.decision import appealing, objecting, stating
from cellcert.decision.actions import open_proposal
from cellcert.decision.exhibits import exhibits_of
from cellcert.decision.forms import SettleForm
from cellcert.decision.matters import Matter
from cellcert.decision.models import Objection
from cellcert.decision.notice_acts import notice_of
from cellcert.decision.objecting_forms import AppealForm, AskForm, ClosingForm, ObjectionForm, StatementForm
from cellcert.decision.objecting_rules import code_hash, code_of, masked, names
from cellcert.decision.pages import bp, waiting_or_refuse
from cellcert.decision.queries import case_file, objections_of
from cellcert.errors import Changed, NotFound, NotReady
from cellcert.evidence.forms import UploadForm
from cellcert.evidence.rules import chosen_from
from cellcert.forms import VersionedForm
from cellcert.outbox.actions import enqueue
from cellcert.people.attempts import TooMany, count_or_refuse, counted, who_of

DAY = timedelta(days=1)
FIRST_TIME = 10  # times as many from addresses that have not objected to a case yet
OUTCOME_WORDS = {
    State.NOTICE.value: _("异议不成立，恢复公示"),
    State.DECISION.value: _("重新审定"),
    State.REJECTED.value: _("不予认定"),
}


@bp.route("/applications/<int:application_id>/objection", methods=["GET", "POST"])
def object_to(application_id: int) -> ResponseReturnValue:
    """Anybody objects while the notice runs; a rejected unit appeals in its window."""
    arrived = clock.now()  # what comes in the last second counts, however long it waits for the case
    application = web.load(application_id, Act.OBJECT)
    if application.state is State.REJECTED:
        return _appeal(application, arrived)
    session.setdefault("visitor", secrets.token_urlsafe(12))  # a repeat of this visitor's form is told from others'
    form, status, programme = ObjectionForm(), 200, web.house().library.programme
    if form.accepted():
        try:
            _count_objection(application)
            objection = objecting.object_to(
                db.session(), application, form.name.data, form.contact.data, form.text.data, programme, _secret_for,
                by=web.me(), at=arrived,
            )  # fmt: skip
            enqueue(db.session(), "received", str(objection.id), at=arrived, objection_id=objection.id)
            return web.done(url_for(".receipt", receipt=objection.receipt), gettext("异议已提交。"))
        except (NotReady, TooMany) as refusal:
            status = web.show_in(form, refusal)
    notice = notice_of(db.session(), application)
    return render_template("decision/object_to.html", application=application, form=form, notice=notice), (
        422 if form.errors and status == 200 else status
    )


def _count_objection(application: Application) -> None:
    """Bounds per address and per notice (g17); what some send again and again leaves room for who was not heard yet."""
    settings, at = web.house().settings, clock.now()
    who = who_of(str(current_app.secret_key), request.remote_addr)
    count_or_refuse(db.session(), "object", who, settings.objections_per_address, DAY, at=at)
    case = f"application:{application.id}"
    once = counted(db.session(), "objected", f"{case} {who}", DAY, at=at)
    most = settings.objections_per_notice * (1 if once else FIRST_TIME)
    count_or_refuse(db.session(), "objected", case, most, DAY, at=at)
    count_or_refuse(db.session(), "objected", f"{case} {who}", most, DAY, at=at)


def _secret_for(receipt: str) -> str:
    return code_hash(receipt, code_of(str(current_app.secret_key), session["visitor"], receipt))


def _appeal(application: Application, arrived: datetime) -> ResponseReturnValue:
    """The unit's appeal: grounds now, files on the page it is followed on."""
    form, status, library = AppealForm(), 200, web.house().library
    if request.method == "GET":
        form.contact.data = f"{application.unit.contact_name} {application.unit.contact_phone}".strip()
    if form.accepted():
        try:
            appealing.appeal(
                db.session(), application, form.contact.data, form.text.data, library.programme, library.calendar,
                by=web.me(), at=arrived,
            )  # fmt: skip
            where = url_for(".objections", application_id=application.id)
            return web.done(where, gettext("申诉已提交。可以继续上传证明材料。"))
        except NotReady as refusal:
            status = web.show_in(form, refusal)
    until = appealing.last_day(application, library.programme, library.calendar)
    was_used = appealing.was_used(application, objections_of(db.session(), application))
    return render_template(
        "decision/appeal.html",
        application=application,
        form=form,
        until=until,
        is_open=clock.day_of(arrived, web.zone()) <= until and not was_used,
        reason=application.history[-1].reason,
    ), 422 if form.errors and status == 200 else status


@bp.get("/applications/<int:application_id>/objections")
def objections(application_id: int) -> ResponseReturnValue:
    """The objections to one application; who raised them, and their own words, are for those who handle them."""
    application = web.load(application_id, Act.READ_OBJECTION)
    relation = application.relation_to(web.me())
    case = case_file(db.session(), application, Matter.OBJECTION)
    every, said = objections_of(db.session(), application), stating.statements_of(db.session(), application)
    with_identity = is_open(Act.READ_OBJECTOR, relation, application.state)
    own = relation is Relation.OWN
    readable = [one for one in every if with_identity or one.appeal]
    calendar, days = web.house().library.calendar, web.house().library.programme.notice.answer_days
    return render_template(
        "decision/objections.html",
        application=application,
        objections=every,
        statements=said,
        exhibits=exhibits_of(db.session(), [*readable, *said]),
        with_identity=with_identity,
        own=own,
        due={one.id: calendar.add_working_days(clock.day_of(one.received_at, web.zone()), days) for one in every},
        acts={act.name for act in acts_open_to(relation, application.state)},
        asked=objecting.open_statement(db.session(), application),
        waiting=case.waiting,
        declined=case.declined,
        take_form=VersionedForm(version=web.version_of(application)),
        upload_form=UploadForm(formdata=None),
        accept=chosen_from(web.house().library.programme.evidence.types),
        outcomes=OUTCOME_WORDS,
    )


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


@bp.route("/applications/<int:application_id>/objections/ask", methods=["GET", "POST"])
def ask_statement(application_id: int) -> ResponseReturnValue:
    """The office asks the unit, in its own words, without a trace of who objected."""
    application = web.load(application_id, Act.ASK_STATEMENT)
    library = web.house().library
    in_hand = [one for one in objecting.objections_in_hand(db.session(), application) if not one.appeal]
    form, status = AskForm(version=web.version_of(application)), 200
    drafts = {one.id: one.passed_on or masked(one.text, names(one.name, one.contact)) for one in in_hand}
    if request.method == "POST":
        drafts = {key: request.form.get(f"passed_on.{key}", "").strip()[:3000] for key in drafts}
    if form.accepted():
        try:
            web.same_version(application, form.version.data)
            stating.ask_statement(
                db.session(), application, form.question.data, drafts, library.programme, library.calendar,
                by=web.me(), at=clock.now(),
            )  # fmt: skip
            return web.done(url_for(".objections", application_id=application_id), gettext("已请申报单位说明情况。"))
        except (Changed, NotReady) as refusal:
            status = web.show_in(form, refusal, application)
    today = clock.day_of(clock.now(), web.zone())
    return render_template(
        "decision/ask_statement.html",
        application=application,
        form=form,
        objections=in_hand,
        drafts=drafts,
        asked=objecting.open_statement(db.session(), application),
        due=library.calendar.add_working_days(today, library.programme.notice.statement_days),
    ), 422 if form.errors and status == 200 else status


@bp.route("/applications/<int:application_id>/objections/statement", methods=["GET", "POST"])
def give_statement(application_id: int) -> ResponseReturnValue:
    """The unit says what it has to say to what was passed on to it."""
    application = web.load(application_id, Act.GIVE_STATEMENT)
    form, status = StatementForm(version=web.version_of(application)), 200
    if form.accepted():
        try:
            web.same_version(application, form.version.data)
            stating.give_statement(db.session(), application, form.text.data, by=web.me(), at=clock.now())
            where = url_for(".objections", application_id=application_id)
            return web.done(where, gettext("情况说明已提交。可以继续上传证明材料。"))
        except (Changed, NotReady) as refusal:
            status = web.show_in(form, refusal, application)
    in_hand = objecting.objections_in_hand(db.session(), application)
    return render_template(
        "decision/give_statement.html",
        application=application,
        form=form,
        asked=objecting.open_statement(db.session(), application),
        told=[one.passed_on for one in in_hand if one.passed_on and not one.appeal],
    ), 422 if form.errors and status == 200 else status


@bp.route("/applications/<int:application_id>/objections/closing", methods=["GET", "POST"])
def propose_closing(application_id: int) -> ResponseReturnValue:
    """The office proposes how the objections in hand end."""
    application = web.load(application_id, Act.PROPOSE_CLOSING)
    form, status = ClosingForm(version=web.version_of(application)), 200
    is_appeal = any(one.appeal for one in objecting.objections_in_hand(db.session(), application))
    form.offer(is_appeal, notice_of(db.session(), application) is not None)
    if form.accepted():
        try:
            web.same_version(application, form.version.data)
            objecting.propose_closing(
                db.session(), application, State(form.outcome.data), form.reply.data, web.house().library.programme,
                by=web.me(), at=clock.now(),
            )  # fmt: skip
            where = url_for(".objections", application_id=application_id)
            return web.done(where, gettext("已提出处理意见，等待另一位审定人办理。"))
        except (Changed, NotReady) as refusal:
            status = web.show_in(form, refusal, application)
    return objection_page("decision/propose_closing.html", application, form, status)


@bp.route("/applications/<int:application_id>/objections/close", methods=["GET", "POST"])
def close_objections(application_id: int) -> ResponseReturnValue:
    """Another person closes the objections, or sends the proposal back."""
    application = web.load(application_id, Act.CLOSE_OBJECTION)
    form, status = SettleForm(version=web.version_of(application)), 200
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
    in_hand = objecting.objections_in_hand(db.session(), application)
    said, asked = stating.statements_of(db.session(), application), objecting.open_statement(db.session(), application)
    me = web.me().person_id
    return render_template(
        template,
        application=application,
        form=form,
        objections=in_hand,
        statements=said,
        exhibits=exhibits_of(db.session(), [*in_hand, *said]),
        asked=asked if asked and clock.day_of(clock.now(), web.zone()) <= asked.due_on else None,
        waiting=case.waiting,
        declined=case.declined,
        outcomes=OUTCOME_WORDS,
        mine=case.waiting is not None and case.waiting.proposed_by == me,
        decided=any(one.appeal for one in in_hand) and me in objecting.deciders(db.session(), application),
        fresh=web.is_fresh(),
    ), 422 if form.errors and status == 200 else status
