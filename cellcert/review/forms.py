"""Questions of the first check, the experts' seats and sheets, the round and the visit on site."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from cellcert.assessment.rules import Place
from cellcert.criteria.schema import Text
from cellcert.forms import PostForm, StepUpForm, VersionedForm
from cellcert.review.models import Finding

LONGEST_OPINION = 4000
LONG = Length(max=LONGEST_OPINION, message=_("请控制在 4000 字以内。"))
SHORT = Length(max=1000, message=_("请控制在 1000 字以内。"))
VERDICTS = {"fine": _("无问题"), "return": _("需补正")}


def _name(what: str, place: Place) -> str:
    return f"{what}.{place[0]}.{place[1]}"


# first check


class FindingsForm(VersionedForm):
    """A verdict and a reason for every place; build with :func:`findings_form`."""

    asked: Collection[Place] = ()

    def verdict(self, place: Place) -> Any:  # noqa: ANN401
        return self[_name("verdict", place)]

    def reason(self, place: Place) -> Any:  # noqa: ANN401
        return self[_name("reason", place)]

    @property
    def findings(self) -> dict[Place, tuple[str, str]]:
        """The places a verdict was given for."""
        given = {place: (self.verdict(place).data, self.reason(place).data or "") for place in self.asked}
        return {place: finding for place, finding in given.items() if finding[0] in VERDICTS}

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401
        """A place to be corrected needs its reason."""
        valid = bool(super().validate(extra_validators))
        for place, (verdict, reason) in self.findings.items():
            if verdict == "return" and not reason:
                field = self.reason(place)
                field.errors = [*field.errors, _("标为“需补正”的，请写明哪里不对、要补什么。")]
                valid = False
        return valid


def findings_form(asked: Iterable[Place]) -> type[FindingsForm]:
    """The form over these places."""
    asked = tuple(asked)
    fields: dict[str, Any] = {"asked": asked}
    for place in asked:
        choices = [SelectChoice(value, label) for value, label in VERDICTS.items()]
        fields[_name("verdict", place)] = RadioField(_("核对结果"), choices=choices, validate_choice=False)
        fields[_name("reason", place)] = StringField(_("需补正的原因"), [SHORT])
    return type("ChecklistFindingsForm", (FindingsForm,), fields)


def kept_findings(findings: Mapping[Place, Finding]) -> dict[str, str]:
    """What was found so far, as the form's data."""
    verdicts = {_name("verdict", place): finding.verdict for place, finding in findings.items()}
    return verdicts | {_name("reason", place): finding.reason for place, finding in findings.items()}


class PassForm(VersionedForm):
    """The managing body's opinion in favour."""

    text = TextAreaField(_("初审意见"), [DataRequired(_("请写明初审意见。")), LONG])


class ReturnForm(VersionedForm):
    """A word to the unit beside the reasons of each place."""

    reason = TextAreaField(_("总的说明"), [LONG], description=_("可以不填。每一处的原因会逐条告诉申报单位。"))


class NamingForm(ReturnForm):
    """A return before the first check has begun: places are named here. Build with :func:`naming_form`."""

    asked: Collection[Place] = ()

    def why(self, place: Place) -> Any:  # noqa: ANN401
        return self[_name("reason", place)]

    @property
    def places(self) -> dict[Place, str]:
        """The places a reason was given for."""
        return {place: self.why(place).data for place in self.asked if self.why(place).data}


def naming_form(asked: Mapping[Place, Text]) -> type[NamingForm]:
    """The form with one line for each of these places."""
    fields: dict[str, Any] = {"asked": tuple(asked)}
    fields |= {_name("reason", place): StringField(text, [SHORT]) for place, text in asked.items()}
    return type("ChecklistNamingForm", (NamingForm,), fields)


class AgainstForm(VersionedForm):
    text = TextAreaField(_("不予推荐的理由"), [DataRequired(_("请写明不予推荐的理由。")), LONG])


class OpinionForm(VersionedForm):
    """The lead department's opinion."""

    in_favour = RadioField(
        _("部门意见"),
        [InputRequired(_("请选择同意或不同意。"))],
        choices=[SelectChoice("yes", _("同意推荐")), SelectChoice("no", _("不同意推荐"))],
    )
    text = TextAreaField(_("意见说明"), [DataRequired(_("请写明意见。")), LONG])


# experts


class _ManyPosts(SelectMultipleField):  # type: ignore[misc]
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class AssignForm(PostForm):
    """Who gets a seat, and until when."""

    posts = _ManyPosts(_("可以指派的专家"), [InputRequired(_("请至少选择一位专家。"))], coerce=int)
    due = DateField(_("评分截止日期"), [InputRequired(_("请填写日期，例如 2026-07-31。"))], description=_("含当日。"))


class DrawForm(PostForm):
    """A drawing as it was shown: ``seen`` is its fingerprint."""

    seen = HiddenField()
    due = DateField(_("评分截止日期"), [InputRequired(_("请填写日期，例如 2026-07-31。"))], description=_("含当日。"))


class FiledForm(PostForm):
    """A file of seats, or the rows read from one."""

    rows = HiddenField()


class ExtendForm(PostForm):
    reason = StringField(_("延长原因"), [DataRequired(_("请写明延长的原因。")), SHORT])
    due = DateField(_("新的截止日期"), [InputRequired(_("请填写日期，例如 2026-07-31。"))], description=_("含当日。"))


class ReplaceForm(PostForm):
    reason = StringField(_("更换原因"), [DataRequired(_("请写明更换专家的原因。")), SHORT])
    post = SelectField(_("由谁接替"), coerce=int, validate_choice=True)


class DeclareForm(PostForm):
    declared = BooleanField(
        _("本人声明：与申报单位没有利害关系，将独立、公正评分，并对评审内容保密。"),
        [InputRequired(_("请阅读并勾选声明；有利害关系的，请申请回避。"))],
    )


class ReasonForm(PostForm):
    """Step down, or ask for a reopening."""

    reason = TextAreaField(_("原因"), [DataRequired(_("请写明原因。")), SHORT])


class SheetForm(VersionedForm):
    """The words of a score sheet that are about all of it; ``version`` is the sheet's own."""

    opinion = TextAreaField(
        _("总体评价和建议"), [LONG], description=_("会以不署名的方式告诉申报单位，请不要写姓名和单位。")
    )


class ConfirmForm(VersionedForm):
    """A confirmation without questions."""


# the round


class ReopenForm(StepUpForm):
    """Approve a reopening."""


class CloseForm(VersionedForm):
    """Where the case goes when the round closes."""

    on_site = RadioField(
        _("评审结束后"),
        [InputRequired(_("请选择是否现场核查。"))],
        choices=[SelectChoice("no", _("直接提交审定")), SelectChoice("yes", _("先做现场核查"))],
    )
