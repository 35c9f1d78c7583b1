"""Questions after the award."""

from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import InputRequired, Length

from cellcert.decision.forms import StepUpReasonForm
from cellcert.forms import VersionedForm

KEEP, REVOKE = "keep", "revoke"


class ConcludeForm(StepUpReasonForm):
    """How a re-check ends."""

    conclusion = RadioField(
        _("复核结论"),
        [InputRequired(_("请选择复核结论。"))],
        choices=[SelectChoice(KEEP, _("保留称号")), SelectChoice(REVOKE, _("撤销称号"))],
    )

    @property
    def keeps(self) -> bool:
        return bool(self.conclusion.data == KEEP)


class ReportForm(VersionedForm):
    """What the unit put right."""

    reason = TextAreaField(
        _("整改情况"),
        [InputRequired(_("请说明整改了什么、结果如何。")), Length(max=3000, message=_("最多 3000 字。"))],
        description=_("逐条对应整改要求，写明措施、完成时间和结果。"),
    )
