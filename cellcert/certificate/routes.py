"""Pages of certificates: the award, corrections, plaques."""

from io import BytesIO

from flask import current_app, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from cellcert import clock, language, web
from cellcert.actors import Role
from cellcert.application.lifecycle import Act
from cellcert.application.models import Application
from cellcert.certificate import actions, register_routes, verify_routes
from cellcert.certificate.forms import AwardForm, CorrectionForm
from cellcert.certificate.issuing import plaque_fields
from cellcert.certificate.models import Certificate
from cellcert.certificate.pages import bp
from cellcert.certificate.queries import of_batch
from cellcert.certificate.rules import valid_until
from cellcert.certificate.states import CertificateState
from cellcert.database import db
from cellcert.decision.actions import agreed_proposal, open_proposal
from cellcert.decision.forms import SettleForm
from cellcert.decision.matters import Matter
from cellcert.decision.models import Proposal
from cellcert.decision.objecting import open_objections, refuse_unless_notice_over
from cellcert.decision.pages import waiting_or_refuse
from cellcert.decision.queries import case_file
from cellcert.errors import N_, Changed, NotFound, NotReady, Refusal
from cellcert.forms import VersionedForm
from cellcert.paper import Unprintable
from cellcert.press.plaque import print_plaques
from cellcert.press.ready import unprintable
from cellcert.storage import Damaged

__all__ = ["bp", "register_routes", "verify_routes"]
NO_FONT = N_("没有字体能印 {signs}。请系统管理员安装含有这些字的字体后重试。")


# the award


@bp.route("/applications/<int:application_id>/award", methods=["GET", "POST"])
def award(application_id: int) -> ResponseReturnValue:
    """Recognise the unit after its notice."""
    application = web.load(application_id, Act.AWARD)
    programme = web.house().library.programme
    form, status = AwardForm(version=application.version), 200
    if form.accepted() and web.proved(form):
        try:
            web.same_version(application, form.version.data)
            if signs := unprintable(application.unit.name):
                raise NotReady(NO_FONT, signs=Unprintable(signs).named)
            certificate = actions.award(db.session(), application, programme, by=web.me(), at=clock.now())
            message = gettext("已确认认定，证书编号 %(serial)s，证书正在制作。", serial=certificate.serial)
            return web.done(url_for(".entry", serial=certificate.serial), message)
        except (Changed, NotReady) as refusal:
            status = web.show_in(form, refusal, application)
    at = clock.now()
    today = clock.day_of(at, web.zone())
    hindrance, objected = None, open_objections(db.session(), application)
    try:
        refuse_unless_notice_over(db.session(), application, programme, at)
    except Refusal as refusal:
        hindrance = language.sentence(refusal)
    proposal = agreed_proposal(db.session(), application, Matter.DECISION)
    return render_template(
        "certificate/award.html",
        application=application,
        form=form,
        hindrance=hindrance,
        objected=bool(objected),
        mine=proposal is not None and proposal.proposed_by == web.me().person_id,
        fresh=web.is_fresh(),
        valid_until=valid_until(today, programme.validity.years),
    ), 422 if form.errors and status == 200 else status


@bp.get("/certificates/<int:certificate_id>.pdf")
def pdf(certificate_id: int) -> ResponseReturnValue:
    """The signed PDF, for the unit and the office."""
    if web.me().role is Role.PUBLIC:
        return web.login.unauthorized()  # type: ignore[no-any-return]
    certificate = db.session.get(Certificate, certificate_id)
    if certificate is None:
        raise NotFound
    web.load(certificate.application_id, Act.READ_CERTIFICATE)
    if certificate.sha256 is None:
        making = certificate.state is CertificateState.RESERVED
        raise NotReady(N_("证书还在制作，请稍后刷新。") if making else N_("这张证书已作废，没有文件可以下载。"))
    try:
        data = web.house().store.get(certificate.sha256)
    except Damaged as error:
        current_app.logger.exception("certificate %s", certificate.serial)
        raise NotReady(N_("证书文件与记录不一致，已停止下载。请联系系统管理员从备份恢复。")) from error
    name = f"{certificate.serial}.pdf"
    response = send_file(
        BytesIO(data), "application/pdf", as_attachment="inline" not in request.args, download_name=name
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/batches/<batch>/plaques.pdf")
@web.only(Role.OFFICE, Role.APPROVER)
def plaques(batch: str) -> ResponseReturnValue:
    """The plaques of one batch, a true-size page each, for the engraver."""
    library = web.house().library
    if batch not in {known.key for known in library.programme.batches}:
        raise NotFound
    certificates = of_batch(db.session(), batch)
    if not certificates:
        raise NotReady(N_("这一批次还没有认定的单位，认定后才能生成牌匾稿。"))
    fields, look = [plaque_fields(one, library) for one in certificates], library.programme.certificate.plaque
    db.session.rollback()  # printing takes a moment: nobody waits for it at the database
    try:
        pdf = print_plaques(fields, look.width, look.height)
    except Unprintable as why:
        raise NotReady(NO_FONT, signs=why.named) from why
    return send_file(BytesIO(pdf), "application/pdf", download_name=f"plaques-{batch}.pdf")


# corrections


@bp.route("/applications/<int:application_id>/certificate/correction", methods=["GET", "POST"])
def propose_correction(application_id: int) -> ResponseReturnValue:
    """The office proposes a certificate with another printed name."""
    application = web.load(application_id, Act.PROPOSE_CORRECTION)
    form, status = CorrectionForm(version=application.version), 200
    if request.method == "GET":
        form.unit_name.data = application.unit.name
    if form.accepted():
        try:
            web.same_version(application, form.version.data)
            actions.propose_correction(
                db.session(), application, form.unit_name.data, form.reason.data, by=web.me(), at=clock.now()
            )
            where = url_for(".propose_correction", application_id=application_id)
            return web.done(where, gettext("已提出更正，等待另一位审定人办理。"))
        except (Changed, NotReady) as refusal:
            status = web.show_in(form, refusal, application)
    return _correction("certificate/propose_correction.html", application, form, status)


@bp.route("/applications/<int:application_id>/certificate/correct", methods=["GET", "POST"])
def correct(application_id: int) -> ResponseReturnValue:
    """Another person approves: the old certificate is replaced under a new number."""
    application = web.load(application_id, Act.CORRECT)
    form, status = SettleForm(version=application.version), 200
    if form.accepted() and web.proved(form):
        try:
            web.same_version(application, form.version.data)
            waiting: Proposal = waiting_or_refuse(open_proposal(db.session(), application, Matter.CORRECTION))
            new = actions.correct(
                db.session(), application, waiting, form.agrees, form.answer.data, web.house().library.programme,
                by=web.me(), at=clock.now(),
            )  # fmt: skip
            if new is None:
                return web.done(url_for("desk.home"), gettext("已退回经办人修改。"))
            message = gettext("已批准更正，新证书编号 %(serial)s，证书正在制作。", serial=new.serial)
            return web.done(url_for(".entry", serial=new.serial), message)
        except (Changed, NotReady) as refusal:
            status = web.show_in(form, refusal, application)
    return _correction("certificate/correct.html", application, form, status)


def _correction(template: str, application: Application, form: VersionedForm, status: int) -> ResponseReturnValue:
    live = actions.live_certificate(db.session(), application)
    case = case_file(db.session(), application, Matter.CORRECTION)
    return render_template(
        template,
        application=application,
        form=form,
        certificate=live,
        waiting=case.waiting,
        declined=case.declined,
        mine=case.waiting is not None and case.waiting.proposed_by == web.me().person_id,
        fresh=web.is_fresh(),
    ), 422 if form.errors and status == 200 else status
