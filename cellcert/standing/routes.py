"""Pages of a title: re-check, rectify, suspend, resume, revoke, give back."""

from collections.abc import Callable
from datetime import datetime

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from cellcert import clock, web
from cellcert.actors import Actor
from cellcert.application.lifecycle import Act
from cellcert.application.models import Application
from cellcert.database import db
from cellcert.decision.actions import open_proposal
from cellcert.decision.forms import ReasonForm, SettleForm, StepUpReasonForm
from cellcert.decision.matters import Matter
from cellcert.decision.pages import waiting_or_refuse
from cellcert.decision.queries import case_file
from cellcert.errors import Changed, NotReady
from cellcert.forms import StepUpForm, VersionedForm
from cellcert.standing import actions, declaring_routes, rechecking_routes, reporting_routes
from cellcert.standing.forms import ConcludeForm, ReportForm
from cellcert.standing.pages import CASE, bp

__all__ = ["bp", "declaring_routes", "rechecking_routes", "reporting_routes"]  # pages of their own

Deed = Callable[[Application, Actor, datetime], object]


@bp.route(f"{CASE}/recheck", methods=["GET", "POST"])
def open_recheck(application_id: int) -> ResponseReturnValue:
    """The office opens a re-check."""
    form = ReasonForm()
    return confirmed(
        application_id, Act.OPEN_RECHECK, form,
        lambda application, by, at: actions.open_recheck(application, form.reason.data, by=by, at=at),
        title=_("启动复核"), button=_("启动复核"), said=_("已启动复核，已通知单位。"),
        then=[_("复核期间称号仍然有效，名录显示“复核中”。"), _("单位会收到通知；复核结论由另一位审定人作出。")],
    )  # fmt: skip


@bp.route(f"{CASE}/recheck/conclusion", methods=["GET", "POST"])
def conclude_recheck(application_id: int) -> ResponseReturnValue:
    """Another person concludes it."""
    form = ConcludeForm()
    form.reason.description = gettext("撤销的，这段理由会在证书查验页公开，请勿写入举报人和个人信息。")
    return confirmed(
        application_id, Act.CONCLUDE_RECHECK, form,
        lambda application, by, at: actions.conclude_recheck(
            db.session(), application, form.keeps, form.reason.data, by=by, at=at
        ),
        title=_("作出复核结论"), button=_("确认复核结论"), said=_("复核结论已生效，已通知单位。"),
        then=[_("保留称号的，恢复为“已认定”。"), _("撤销称号的，证书即时失效，名录和查验页面立即更新，不能恢复。")],
    )  # fmt: skip


@bp.route(f"{CASE}/rectifying", methods=["GET", "POST"])
def order_rectifying(application_id: int) -> ResponseReturnValue:
    """Give the holder time to put things right."""
    form = StepUpReasonForm()
    days = web.house().library.programme.rectify.days
    return confirmed(
        application_id, Act.ORDER_RECTIFYING, form,
        lambda application, by, at: actions.order_rectifying(application, form.reason.data, by=by, at=at),
        title=_("责令限期整改"), button=_("责令限期整改"), said=_("已责令整改，已通知单位。"),
        then=[
            _("单位应在 %(days)s 日内整改并提交整改报告，报告后继续复核。", days=days),
            _("整改期间称号仍然有效，名录显示“限期整改中”。"),
        ],
    )  # fmt: skip


@bp.route(f"{CASE}/rectified", methods=["GET", "POST"])
def report_rectified(application_id: int) -> ResponseReturnValue:
    """The unit reports what it put right."""
    form = ReportForm()
    return confirmed(
        application_id, Act.REPORT_RECTIFIED, form,
        lambda application, by, at: actions.report_rectified(application, form.reason.data, by=by, at=at),
        title=_("提交整改报告"), button=_("提交整改报告"), said=_("整改报告已提交，复核继续进行。"),
        then=[_("提交后不能修改，由市级审定人继续复核。")], kind="primary",
    )  # fmt: skip


@bp.route(f"{CASE}/suspension", methods=["GET", "POST"])
def suspend(application_id: int) -> ResponseReturnValue:
    """Suspend the title until a matter is settled."""
    form = StepUpReasonForm()
    return confirmed(
        application_id, Act.SUSPEND, form,
        lambda application, by, at: actions.suspend(application, form.reason.data, by=by, at=at),
        title=_("暂停称号"), button=_("暂停称号"), said=_("称号已暂停，已通知单位。"),
        then=[_("名录和查验页面立即显示“已暂停”，暂停期间不计入认定数量。"), _("查清后可以恢复或撤销称号。")],
    )  # fmt: skip


@bp.route(f"{CASE}/suspension/end", methods=["GET", "POST"])
def resume(application_id: int) -> ResponseReturnValue:
    """End a suspension."""
    form = StepUpReasonForm()
    return confirmed(
        application_id, Act.RESUME, form,
        lambda application, by, at: actions.resume(application, form.reason.data, by=by, at=at),
        title=_("恢复称号"), button=_("恢复称号"), said=_("称号已恢复，已通知单位。"),
        then=[_("名录和查验页面立即显示“有效”。")], kind="primary",
    )  # fmt: skip


@bp.route(f"{CASE}/return-of-title", methods=["GET", "POST"])
def give_back(application_id: int) -> ResponseReturnValue:
    """The unit gives its title back."""
    form = StepUpReasonForm()
    return confirmed(
        application_id, Act.GIVE_BACK, form,
        lambda application, by, at: actions.give_back(db.session(), application, form.reason.data, by=by, at=at),
        title=_("交回称号"), button=_("交回称号"), said=_("称号已交回，证书即时失效。"),
        then=[_("称号立即终止，证书失效，不能恢复。"), _("今后可以按规定重新申报。")],
    )  # fmt: skip


def confirmed(
    application_id: int,
    act: Act,
    form: VersionedForm,
    deed: Deed,
    *,
    title: str,
    button: str,
    said: str,
    then: list[str],
    kind: str = "danger",
) -> ResponseReturnValue:
    """A page that asks before it acts: whom it concerns, what happens next, the reason."""
    application, status = web.load(application_id, act), 200
    stepping_up = isinstance(form, StepUpForm)
    if form.accepted() and (not stepping_up or web.proved(form)):
        try:
            web.same_version(application, form.version.data)
            deed(application, web.me(), clock.now())
            return web.done(url_for("desk.home"), str(said))
        except (Changed, NotReady) as refusal:
            status = web.show_in(form, refusal, application)
    if form.version.data is None:
        form.version.data = web.version_of(application)
    return render_template(
        "standing/confirm.html", application=application, form=form, title=title, button=button, then=then, kind=kind,
        ask_password=stepping_up and not web.is_fresh(), steps=application.history[-5:],
    ), 422 if form.errors and status == 200 else status  # fmt: skip


# revocation, by two persons


@bp.route(f"{CASE}/revocation", methods=["GET", "POST"])
def propose_revocation(application_id: int) -> ResponseReturnValue:
    """The office proposes to revoke the title."""
    application = web.load(application_id, Act.PROPOSE_REVOCATION)
    form, status = ReasonForm(version=web.version_of(application)), 200
    form.reason.description = gettext("批准撤销后，这段理由会在证书查验页公开，请勿写入举报人和个人信息。")
    if form.accepted():
        try:
            web.same_version(application, form.version.data)
            actions.propose_revocation(db.session(), application, form.reason.data, by=web.me(), at=clock.now())
            where = url_for(".propose_revocation", application_id=application_id)
            return web.done(where, gettext("已提出撤销建议，等待另一位审定人办理。"))
        except (Changed, NotReady) as refusal:
            status = web.show_in(form, refusal, application)
    return _revocation("standing/propose_revocation.html", application, form, status)


@bp.route(f"{CASE}/revocation/approval", methods=["GET", "POST"])
def revoke(application_id: int) -> ResponseReturnValue:
    """Another person revokes, or sends the proposal back."""
    application = web.load(application_id, Act.REVOKE)
    form, status = SettleForm(version=web.version_of(application)), 200
    if form.accepted() and web.proved(form):
        try:
            web.same_version(application, form.version.data)
            waiting = waiting_or_refuse(open_proposal(db.session(), application, Matter.REVOCATION))
            step = actions.revoke(
                db.session(), application, waiting, form.agrees, form.answer.data, by=web.me(), at=clock.now()
            )
            said = gettext("称号已撤销，名录和查验页面已更新。") if step else gettext("已退回经办人修改。")
            return web.done(url_for("desk.home"), said)
        except (Changed, NotReady) as refusal:
            status = web.show_in(form, refusal, application)
    return _revocation("standing/revoke.html", application, form, status)


def _revocation(template: str, application: Application, form: VersionedForm, status: int) -> ResponseReturnValue:
    case = case_file(db.session(), application, Matter.REVOCATION)
    return render_template(
        template,
        application=application,
        form=form,
        waiting=case.waiting,
        declined=case.declined,
        mine=case.waiting is not None and case.waiting.proposed_by == web.me().person_id,
        fresh=web.is_fresh(),
    ), 422 if form.errors and status == 200 else status
