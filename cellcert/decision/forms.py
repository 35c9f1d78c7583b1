"""Questions of the decision: what is proposed, the other person's answer, an objection."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from cellcert.application.lifecycle import State
from cellcert.criteria.schema import Level
from cellcert.forms import PostForm, StepUpForm, VersionedForm

REJECT = "reject"
AGREE, SEND_BACK = "agree", "send-back"


class ProposalForm(VersionedForm):
    """What the office proposes: a level that was reached, or not to recognise."""

    outcome = RadioField(_("审定建议"), [InputRequired(_("请选择一项建议。"))])
    reason = TextAreaField(
        _("理由"),
        [InputRequired(_("请写明理由。")), Length(max=2000, message=_("理由最多 2000 字。"))],
        description=_("写入审定记录。建议不予认定的，审定后原文通知申报单位。"),
    )

    def offer(self, levels: Sequence[Level], language: str) -> None:
        """Only what may be proposed can be chosen."""
        names = [(level.key, _("予以认定，等次为“%(level)s”", level=level.name.text(language))) for level in levels]
        self.outcome.choices = [SelectChoice(key, name) for key, name in [*names, (REJECT, _("不予认定"))]]

    @property
    def chosen(self) -> tuple[State, str | None]:
        return (State.REJECTED, None) if self.outcome.data == REJECT else (State.NOTICE, str(self.outcome.data))


class SettleForm(StepUpForm):
    """The other person's answer to a proposal."""

    agreed = RadioField(
        _("审定意见"),
        [InputRequired(_("请选择审定意见。"))],
        choices=[SelectChoice(AGREE, _("同意")), SelectChoice(SEND_BACK, _("不同意，退回经办人修改"))],
    )
    answer = TextAreaField(
        _("说明"),
        [Length(max=2000, message=_("说明最多 2000 字。"))],
        default="",
        description=_("不同意时必须写明理由，经办人据此修改。"),
    )

    def validate_answer(self, field: Any) -> None:  # noqa: ANN401
        """Who declines says why."""
        if self.agreed.data == SEND_BACK and not field.data:
            raise ValidationError(str(_("不同意时请写明理由，经办人据此修改。")))

    @property
    def agrees(self) -> bool:
        return bool(self.agreed.data == AGREE)


class ObjectionForm(PostForm):
    """An objection of anybody."""

    name = StringField(
        _("您的姓名或单位名称"),
        [InputRequired(_("请填写姓名或单位名称，匿名的异议无法核实。")), Length(max=100, message=_("最多 100 字。"))],
        description=_("只有经办人员和审计人员能看到，不会告诉被公示的单位。"),
        render_kw={"autocomplete": "name"},
    )
    contact = StringField(
        _("联系方式"),
        [InputRequired(_("请填写电话、邮箱或通信地址，便于核实和答复。")), Length(max=200, message=_("最多 200 字。"))],
        description=_("电话、邮箱或通信地址，用于核实和答复。"),
    )
    text = TextAreaField(
        _("异议内容"),
        [
            InputRequired(_("请写明异议的事实和理由。")),
            Length(min=10, max=3000, message=_("请用 10 至 3000 字写明事实和理由。")),
        ],
        description=_("请写明时间、地点和事实。内容会转给被公示的单位，请不要在这里写您的个人信息。"),
        render_kw={"rows": 8},
    )


class ClosingForm(VersionedForm):
    """How the objections in hand should end."""

    outcome = RadioField(_("处理意见"), [InputRequired(_("请选择处理意见。"))])
    reply = TextAreaField(
        _("核查情况和答复"),
        [InputRequired(_("请写明核查情况和答复。")), Length(max=3000, message=_("最多 3000 字。"))],
        description=_("审定后作为对异议的答复，并通知申报单位。"),
    )

    def offer(self, has_notice: bool) -> None:
        """A case without a notice cannot go back to it."""
        choices = [
            (State.NOTICE.value, _("异议不成立，恢复公示")),
            (State.DECISION.value, _("异议部分成立，重新审定")),
            (State.REJECTED.value, _("异议成立，不予认定") if has_notice else _("维持不予认定")),
        ]
        if not has_notice:
            choices[1] = (State.DECISION.value, _("申诉成立，重新审定"))
        self.outcome.choices = [SelectChoice(value, label) for value, label in choices[0 if has_notice else 1 :]]


class ReasonForm(VersionedForm):
    """A reason, and nothing else."""

    reason = TextAreaField(
        _("理由"), [InputRequired(_("请写明理由。")), Length(max=2000, message=_("理由最多 2000 字。"))]
    )


class StepUpReasonForm(StepUpForm):
    """A decision with its reason."""

    reason = TextAreaField(
        _("理由"), [InputRequired(_("请写明理由。")), Length(max=2000, message=_("理由最多 2000 字。"))]
    )
