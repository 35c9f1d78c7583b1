"""Questions of the decision: what is proposed, the other person's answer."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectChoice, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from cellcert.application.lifecycle import State
from cellcert.criteria.schema import Level
from cellcert.forms import StepUpForm, VersionedForm

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
