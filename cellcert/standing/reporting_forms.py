"""Questions of a report about a cell, and of its answer."""

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from cellcert.assessment.forms import visible
from cellcert.forms import PostForm, VersionedForm
from cellcert.standing.reporting import OUTCOMES, Outcome


def _one_line(typed: str | None) -> str:
    """What can be seen, on one line: anybody may write here, and an official reads it."""
    return " ".join(visible(typed or "").split())


class CellReportForm(PostForm):
    """What anybody reports about a recognised cell; the name may be left out."""

    text = TextAreaField(
        _("反映的情况"),
        filters=[lambda typed: visible(typed or "").strip()],
        validators=[
            DataRequired(_("请写明反映的情况。")),
            Length(min=10, max=3000, message=_("请用 10 至 3000 字写明时间、地点和事实。")),
        ],
        description=_("请写明时间、地点和看到的事实。原文只有经办人员和审计人员能看到，不转给被反映的单位。"),
        render_kw={"rows": 8},
    )
    name = StringField(
        _("您的姓名或单位名称"),
        filters=[_one_line],
        validators=[Length(max=100, message=_("最多 100 字。"))],
        description=_("可以不填。填写的，只有经办人员和审计人员能看到，不会告诉被反映的单位。"),
        render_kw={"autocomplete": "name"},
    )
    contact = StringField(
        _("联系方式"),
        filters=[_one_line],
        validators=[Length(max=200, message=_("最多 200 字。"))],
        description=_("可以不填。留下电话或邮箱，便于核实。"),
    )


class AnswerForm(VersionedForm):
    """How a report was answered."""

    outcome = RadioField(
        _("办理结果"),
        [InputRequired(_("请选择办理结果。"))],
        choices=[SelectChoice(outcome.value, _(words)) for outcome, words in OUTCOMES.items()],
    )
    reply = TextAreaField(
        _("给反映人的答复"),
        [InputRequired(_("请写明核实情况和答复。")), Length(max=2000, message=_("最多 2000 字。"))],
        description=_("反映人凭受理编号和查询码查看。"),
        render_kw={"rows": 5},
    )
    told = TextAreaField(
        _("启动复核的原因"),
        [Length(max=2000, message=_("理由最多 2000 字。"))],
        description=_("启动复核时填写。被反映的单位会看到，只写事实，不写反映人。"),
        render_kw={"rows": 4},
    )

    def validate_told(self, field: Any) -> None:  # noqa: ANN401
        """A re-check has its reason."""
        if self.outcome.data == Outcome.RECHECK and not field.data:
            raise ValidationError(str(_("请写明启动复核的原因。")))
