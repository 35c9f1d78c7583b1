"""Questions of an objection or appeal, of the unit's statement, and of how it ends."""

from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from cellcert.application.lifecycle import State
from cellcert.assessment.forms import visible
from cellcert.forms import PostForm, VersionedForm


def _one_line(typed: str | None) -> str:
    """What can be seen, on one line: anybody may write here, and an official reads it."""
    return " ".join(visible(typed or "").split())


class ObjectionForm(PostForm):
    """An objection of anybody."""

    name = StringField(
        _("您的姓名或单位名称"),
        filters=[_one_line],
        validators=[
            DataRequired(_("请填写姓名或单位名称，匿名的异议无法核实。")),
            Length(max=100, message=_("最多 100 字。")),
        ],
        description=_("只有经办人员和审计人员能看到，不会告诉被公示的单位。"),
        render_kw={"autocomplete": "name"},
    )
    contact = StringField(
        _("联系方式"),
        filters=[_one_line],
        validators=[
            DataRequired(_("请填写电话、邮箱或通信地址，便于核实和答复。")),
            Length(max=200, message=_("最多 200 字。")),
        ],
        description=_("电话、邮箱或通信地址，用于核实和答复。留邮箱的，答复也发到邮箱。"),
    )
    text = TextAreaField(
        _("异议内容"),
        filters=[lambda typed: visible(typed or "").strip()],
        validators=[
            DataRequired(_("请写明异议的事实和理由。")),
            Length(min=10, max=3000, message=_("请用 10 至 3000 字写明事实和理由。")),
        ],
        description=_("请写明时间、地点和事实。核实时只把事实转述给被公示的单位，不转原文。"),
        render_kw={"rows": 8},
    )


class AppealForm(PostForm):
    """The appeal of a rejected unit."""

    text = TextAreaField(
        _("申诉理由"),
        [
            InputRequired(_("请写明申诉的事实和理由。")),
            Length(min=10, max=3000, message=_("请用 10 至 3000 字写明事实和理由。")),
        ],
        description=_("请对照不予认定的理由逐条说明。证明材料在提交后上传。"),
        render_kw={"rows": 10},
    )
    contact = StringField(
        _("联系方式"),
        [InputRequired(_("请填写联系人和电话。")), Length(max=200, message=_("最多 200 字。"))],
    )


class CodeForm(PostForm):
    """The code that opens an objection with its number."""

    code = StringField(
        _("查询码"),
        [InputRequired(_("请填写查询码。")), Length(max=40, message=_("最多 40 字。"))],
        description=_("提交异议时与受理编号一起给出，十个字母和数字，例如 ABCDE-23456。"),
        render_kw={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"},
    )


class AskForm(VersionedForm):
    """What the unit is asked; what is passed on of each objection is ``passed_on.<id>``."""

    question = TextAreaField(
        _("请单位说明的问题"),
        [InputRequired(_("请写明要单位说明什么。")), Length(max=2000, message=_("最多 2000 字。"))],
        render_kw={"rows": 4},
    )


class StatementForm(VersionedForm):
    """What the unit says."""

    text = TextAreaField(
        _("情况说明"),
        [InputRequired(_("请写明情况。")), Length(max=3000, message=_("最多 3000 字。"))],
        description=_("请逐条回应。证明材料在提交后上传。"),
        render_kw={"rows": 8},
    )


class ClosingForm(VersionedForm):
    """How the objections in hand should end."""

    outcome = RadioField(_("处理意见"), [InputRequired(_("请选择处理意见。"))])
    reply = TextAreaField(
        _("核查情况和答复"),
        [InputRequired(_("请写明核查情况和答复。")), Length(max=3000, message=_("最多 3000 字。"))],
        description=_("审定后印成答复函，并通知申报单位。不要写异议人的姓名和联系方式。"),
    )

    def offer(self, is_appeal: bool, has_notice: bool) -> None:
        """An appeal ends in two ways; a case without a notice cannot go back to it."""
        choices = [
            (State.DECISION.value, _("申诉成立，重新审定") if is_appeal else _("异议部分成立，重新审定")),
            (State.REJECTED.value, _("申诉不成立，维持不予认定") if is_appeal else _("异议成立，不予认定")),
        ]
        if has_notice and not is_appeal:
            choices.insert(0, (State.NOTICE.value, _("异议不成立，恢复公示")))
        self.outcome.choices = [SelectChoice(value, label) for value, label in choices]
