"""Questions of supervision: approved or not, the rectification report, why raised, why closed."""

from flask_babel import lazy_gettext as _
from wtforms import DateField, MultipleFileField, RadioField, SelectChoice, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from cellcert.forms import StepUpForm, VersionedForm

APPROVE, DECLINE = "approve", "decline"
LONGEST = 2000
TOO_LONG = _("请控制在 2000 字以内。")


class ApproveForm(StepUpForm):
    """Whether a proposed letter goes out."""

    decision = RadioField(
        _("审批意见"),
        [InputRequired(_("请选择是否印发。"))],
        choices=[SelectChoice(APPROVE, _("同意，编号印发并送达")), SelectChoice(DECLINE, _("不印发"))],
    )
    remark = TextAreaField(
        _("不印发的原因"),
        [Length(max=LONGEST, message=TOO_LONG)],
        description=_("选择不印发时必填，留在办理记录里。"),
    )


class ReportForm(VersionedForm):
    """The rectification report (整改报告)."""

    cause = TextAreaField(
        _("原因分析"), [DataRequired(_("请写明进展滞后的原因。")), Length(max=LONGEST, message=TOO_LONG)]
    )
    measures = TextAreaField(
        _("整改措施"),
        [DataRequired(_("请写明整改措施。")), Length(max=LONGEST, message=TOO_LONG)],
        description=_("写明具体措施、责任人和进展。"),
    )
    done_by = DateField(_("完成日期"), [InputRequired(_("请填写日期，例如 2026-07-31。"))])
    files = MultipleFileField(_("附件"))


class ReasonForm(VersionedForm):
    """Why a matter is closed or raised."""

    reason = TextAreaField(_("原因"), [DataRequired(_("请写明原因。")), Length(max=LONGEST, message=TOO_LONG)])
