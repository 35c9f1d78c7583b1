"""Questions of an objection, and of how it ends."""

from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from cellcert.application.lifecycle import State
from cellcert.forms import PostForm, VersionedForm


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
