"""Questions about a unit."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    EmailField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from cellcert import language, web
from cellcert.errors import Refusal
from cellcert.forms import PostForm
from cellcert.units.actions import DoubtfulCode, HostMissing, UnusableCode
from cellcert.units.models import Unit
from cellcert.units.rules import (
    CodeState,
    code_state,
    compact,
    email_fault,
    line_fault,
    name_fault,
    phone_fault,
    text_fault,
)


class Fits:
    """A validator from a rule that names what is wrong, or None."""

    def __init__(self, *rules: Any) -> None:  # noqa: ANN401
        self.rules = rules

    def __call__(self, form: Any, field: Any) -> None:  # noqa: ANN401
        for rule in self.rules:
            if fault := rule(field.data or ""):
                raise ValidationError(gettext(fault))


def at_field(form: Any, refusal: Refusal) -> None:  # noqa: ANN401
    """Show a refusal where the person can mend it, and keep what was typed."""
    name = getattr(refusal, "field", None)
    errors = form[name].errors if name in form else form.form_errors
    errors.append(language.sentence(refusal))


# fields stand in the order of the page, so that the list of mistakes does too


class IdentityFields:
    """What identifies a unit."""

    known_code = ""  # the code as it stands: it was accepted once
    name = StringField(
        _("单位名称"),
        [InputRequired(_("请填写单位全称，与证书一致。")), Length(2, 100), Fits(name_fault)],
        description=_("与登记证书一致。"),
    )
    code_kind = RadioField(
        _("统一社会信用代码"),
        choices=[
            SelectChoice("own", _("本单位有代码")),
            SelectChoice("hosted", _("无独立代码，使用依托单位代码（例如居委会、园区、小区）")),
        ],
        default="own",
    )
    credit_code = StringField(
        _("本单位代码"),
        [Length(max=40)],
        filters=[lambda code: compact(code or "")],
        description=_("18 位，见登记证书。"),
    )
    host_name = StringField(
        _("依托单位名称"),
        [Length(max=100), Fits(name_fault)],
        description=_("仅无独立代码时填写，例如所属街道办事处或管理公司。"),
    )
    host_code = StringField(
        _("依托单位代码"),
        [Length(max=40)],
        filters=[lambda code: compact(code or "")],
        description=_("仅无独立代码时填写，18 位。"),
    )
    code_accepted = BooleanField(_("我已对照证书核对，代码无误"))
    division = SelectField(
        _("所属县（市、区）"), [InputRequired(_("请选择所属县（市、区）。"))], description=_("由其初审。")
    )

    @property
    def code_field(self) -> Any:  # noqa: ANN401
        return self.host_code if self.code_kind.data == "hosted" else self.credit_code

    @property
    def is_doubtful(self) -> bool:
        """Whether the code given has a wrong check digit, so that the page asks for a tick."""
        code = self.code_field.data
        return bool(code) and code != self.known_code and code_state(code) is CodeState.DOUBTFUL

    @property
    def is_accepted(self) -> bool:
        """The tick counts for the code it was shown beside, not for another one typed later."""
        return bool(self.code_accepted.raw_data == [self.code_field.data])

    @property
    def identity(self) -> dict[str, Any]:
        hosted = self.code_kind.data == "hosted"
        return {
            "name": self.name.data,
            "credit_code": None if hosted else self.credit_code.data,
            "host_name": self.host_name.data if hosted else None,
            "host_code": self.host_code.data if hosted else None,
            "division": self.division.data,
            "doubtful_accepted": self.is_accepted,
        }

    def offer_divisions(self) -> None:
        """The managing bodies of the programme."""
        divisions = web.house().library.programme.divisions
        named = [SelectChoice(division.key, language.shown(division.name)) for division in divisions]
        self.division.choices = [SelectChoice("", gettext("请选择")), *named]

    def validate_credit_code(self, field: Any) -> None:  # noqa: ANN401
        """Judge the unit's own code, if it has one."""
        if self.code_kind.data != "hosted":
            self._judge(field)

    def validate_host_name(self, field: Any) -> None:  # noqa: ANN401
        """A unit without a code names its host."""
        if self.code_kind.data == "hosted" and not field.data:
            raise ValidationError(language.sentence(HostMissing()))

    def validate_host_code(self, field: Any) -> None:  # noqa: ANN401
        """Judge the host's code, if it stands in."""
        if self.code_kind.data == "hosted":
            self._judge(field)

    def _judge(self, field: Any) -> None:  # noqa: ANN401
        self.code_accepted.data = self.is_accepted
        if not field.data:
            raise ValidationError(gettext("请填写 18 位统一社会信用代码。"))
        if code_state(field.data) is None:
            raise ValidationError(language.sentence(UnusableCode()))
        if self.is_doubtful and not self.is_accepted:
            raise ValidationError(language.sentence(DoubtfulCode()))


class ContactFields:
    """Whom to reach and where."""

    address = StringField(_("单位地址"), [InputRequired(_("请填写单位地址。")), Length(max=200), Fits(line_fault)])
    head = StringField(
        _("负责人"),
        [InputRequired(_("请填写单位负责人姓名。")), Length(max=60), Fits(name_fault)],
        description=_("单位主要负责人或法定代表人。"),
    )
    contact_name = StringField(_("联系人"), [InputRequired(_("请填写联系人姓名。")), Length(max=60), Fits(name_fault)])
    contact_phone = TelField(_("联系电话"), [InputRequired(_("请填写联系电话。")), Fits(phone_fault)])
    contact_email = EmailField(
        _("联系邮箱"), [Optional(), Length(max=120), Fits(email_fault)], description=_("选填，用于接收办理通知。")
    )
    about = TextAreaField(_("单位简介"), [Length(max=1000), Fits(text_fault)], description=_("选填，1000 字以内。"))

    @property
    def contacts(self) -> dict[str, Any]:
        names = ("address", "head", "contact_name", "contact_phone", "contact_email", "about")
        return {name: getattr(self, name).data or "" for name in names}


class ContactForm(ContactFields, PostForm):
    """Contacts, of a unit that has applied."""


class UnitForm(IdentityFields, ContactFields, PostForm):
    """A unit that has not applied yet, or is asked to correct its code."""

    def __init__(self, unit: Unit | None = None) -> None:
        super().__init__(obj=unit, data={"code_kind": "own" if unit is None or unit.credit_code else "hosted"})
        self.known_code = unit.code_shown if unit else ""
        self.offer_divisions()


class CodeForm(PostForm):
    """A reviewer's word on a doubtful code."""

    verdict = RadioField(
        _("核实结果"),
        [InputRequired(_("请选择核实结果。"))],
        choices=[
            SelectChoice("right", _("代码无误：已查看登记证书或公示系统")),
            SelectChoice("ask", _("请单位核对更正")),
        ],
    )
    reason = TextAreaField(
        _("依据或要求"),
        [InputRequired(_("请写明依据或要求，单位会看到更正要求。")), Length(max=500), Fits(text_fault)],
        description=_("例如：已在国家企业信用信息公示系统查到；或：末位应为字母，请对照证书。"),
    )
