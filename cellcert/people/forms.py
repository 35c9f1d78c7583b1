"""Questions about people: who they are, what they may do, their passwords."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from cellcert import language, web
from cellcert.actors import ROLE_LABELS, Role
from cellcert.forms import PostForm
from cellcert.people.rules import STAFF, login_fault, password_fault
from cellcert.units.forms import ContactFields, Fits, IdentityFields
from cellcert.units.rules import compact, email_fault, line_fault, name_fault, phone_fault, text_fault


class SecretForm(FlaskForm):  # type: ignore[misc]
    """A form with a password: no idempotency key, because its row would open a transaction before the hashing."""

    Meta = PostForm.Meta
    accepted = PostForm.accepted


class SignInForm(SecretForm):
    """Come in."""

    login = StringField(_("登录名"), [InputRequired(_("请填写登录名。")), Length(max=100)])
    password = PasswordField(_("密码"), [InputRequired(_("请填写密码。")), Length(max=1000)])
    next = HiddenField()


class PersonFields:
    """A person and how they sign in."""

    person_name = StringField(_("姓名"), [InputRequired(_("请填写姓名。")), Length(max=60), Fits(name_fault)])
    phone = TelField(_("本人电话"), [InputRequired(_("请填写电话。")), Fits(phone_fault)])
    email = EmailField(_("本人邮箱"), [Optional(), Length(max=120), Fits(email_fault)], description=_("选填。"))
    login = StringField(
        _("登录名"),
        [InputRequired(_("请填写登录名。")), Fits(login_fault)],
        filters=[lambda login: (login or "").strip().lower()],
        description=_("3 至 40 个字母或数字，可以用手机号。"),
    )


class NewPasswordFields:
    """A new password, twice."""

    password_new = PasswordField(
        _("新密码"),
        [InputRequired(_("请填写新密码。"))],
        description=_("至少 10 个字符，可以是一句自己记得住的话。"),
    )
    password_again = PasswordField(_("再输入一次新密码"), [InputRequired(_("请再输入一次新密码。"))])

    def words_to_avoid(self) -> list[str]:
        return ["cellcert", web.house().library.programme.key]

    def validate_password_new(self, field: Any) -> None:  # noqa: ANN401
        """Refuse short, common and self-telling passwords."""
        if fault := password_fault(field.data, self.words_to_avoid()):
            raise ValidationError(gettext(fault))

    def validate_password_again(self, field: Any) -> None:  # noqa: ANN401
        """Catch a slip of the fingers."""
        if field.data != self.password_new.data:
            raise ValidationError(gettext("两次输入的新密码不一致，请重新输入。"))


class PasswordForm(NewPasswordFields, SecretForm):
    """Change one's password."""

    login = StringField(_("登录名"), description=_("供浏览器记住密码，不能修改。"))
    password_now = PasswordField(_("当前密码"), [InputRequired(_("请填写当前密码。")), Length(max=1000)])

    def __init__(self, login: str) -> None:
        super().__init__()
        self.login.data = login

    def words_to_avoid(self) -> list[str]:
        return [self.login.data, *super().words_to_avoid()]

    def validate_password_new(self, field: Any) -> None:  # noqa: ANN401
        """A new password is another one."""
        if field.data == self.password_now.data:
            raise ValidationError(gettext("新密码与当前密码相同，请换一个。"))
        super().validate_password_new(field)


class RegisterForm(IdentityFields, ContactFields, PersonFields, NewPasswordFields, SecretForm):
    """An applicant registers oneself and the unit; who registers is its contact and, so ticked, its head by default."""

    contact_name = StringField(
        _("联系人"), [Optional(), Length(max=60), Fits(name_fault)], description=_("就是您本人的，不用填。")
    )
    contact_phone = TelField(_("联系电话"), description=_("联系人就是您本人的，不用填。"))
    head = StringField(
        _("负责人"),
        [Length(max=60)],
        description=_("法定代表人或主要负责人。是您本人的不用填，在下面勾选。"),
    )
    is_head = BooleanField(
        _("我就是单位负责人"),
        description=_("提交前由负责人确认承诺书；您不是负责人的，注册后邀请。"),
    )

    login = StringField(
        _("登录名"),
        [Fits(login_fault)],
        filters=[lambda login: (login or "").strip().lower()],
        description=_("不填就用本人电话登录。"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.offer_divisions()

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401
        """Who chooses no login name signs in with the phone number."""
        self.login.data = self.login.data or compact(self.phone.data or "").lstrip("+")
        return bool(super().validate(extra_validators))

    def words_to_avoid(self) -> list[str]:
        return [self.login.data, *super().words_to_avoid()]

    def validate_head(self, field: Any) -> None:  # noqa: ANN401
        """Another person is named; the head's own name stands below."""
        if field.data:
            Fits(name_fault)(self, field)
        elif not self.is_head.data:
            raise ValidationError(gettext("请填写单位负责人姓名。"))

    def validate_contact_phone(self, field: Any) -> None:  # noqa: ANN401
        """Another person is reached by a number of their own."""
        if field.data:
            Fits(phone_fault)(self, field)
        elif not self._contact_is_me:
            raise ValidationError(gettext("请填写联系电话。"))

    @property
    def _contact_is_me(self) -> bool:
        return self.contact_name.data in {None, "", self.person_name.data}

    @property
    def contacts(self) -> dict[str, Any]:
        given = super().contacts
        if self.is_head.data:
            given["head"] = given["head"] or self.person_name.data or ""
        if not self._contact_is_me:
            return given
        mine = {"contact_name": self.person_name, "contact_phone": self.phone, "contact_email": self.email}
        return given | {name: given[name] or field.data or "" for name, field in mine.items()}


class DutyField:
    """What a colleague does for the unit."""

    duty = RadioField(
        _("身份"),
        choices=[
            SelectChoice("clerk", _("经办人：填写和提交申报")),
            SelectChoice("head", _("负责人：确认承诺书，也可以填写和提交")),
        ],
        default="clerk",
    )

    @property
    def is_head(self) -> bool:
        return bool(self.duty.data == "head")


class ColleagueForm(DutyField, PersonFields, SecretForm):
    """Another person of one's own unit, without mail."""


class InviteForm(DutyField, PostForm):
    """Ask a colleague by mail."""

    email = EmailField(
        _("同事的邮箱"),
        [InputRequired(_("请填写同事的邮箱。")), Length(max=120), Fits(email_fault)],
        description=_("请核对清楚：收到邮件的人可以加入本单位。"),
    )


class JoinForm(PersonFields, NewPasswordFields, SecretForm):
    """A new account for whoever was invited."""

    def words_to_avoid(self) -> list[str]:
        return [self.login.data, *super().words_to_avoid()]


class HandOverForm(PostForm):
    """Who answers for the unit's work from now on."""

    to = RadioField(_("交给"), [InputRequired(_("请选择接手的同事。"))], coerce=int)
    with_contacts = BooleanField(
        _("单位的联系人、联系电话和联系邮箱一并改为其本人的"), description=_("办理通知会发到这个邮箱。"), default=True
    )


class LeaveForm(PostForm):
    """Leave one's unit; the contact says who takes over."""

    to = RadioField(_("联系人交给"), [InputRequired(_("您是本单位的联系人。请先选择接手的同事。"))], coerce=int)


class RoleFields:
    """A post: the role, and where it is held."""

    role = SelectField(_("角色"), [InputRequired(_("请选择角色。"))])
    division = SelectField(
        _("县（市、区）"), default="", description=_("属地审核员必选；评审专家可选，填其工作所在地，用于回避。")
    )
    department = SelectField(_("部门"), default="", description=_("部门审核员必选。"))
    unit_code = StringField(
        _("申报单位的代码"),
        [Length(max=40)],
        filters=[lambda code: compact(code or "")],
        description=_("仅“申报单位”角色填写该单位的统一社会信用代码。"),
    )
    categories = SelectMultipleField(
        _("评审类别"),
        description=_("仅评审专家；不选表示各类都可以。"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def offer_places(self) -> None:
        """Roles, and the divisions, departments and categories of the programme."""
        programme = web.house().library.programme
        none = SelectChoice("", gettext("请选择"))
        roles = [role for role in ROLE_LABELS if role in STAFF | {Role.APPLICANT}]
        self.role.choices = [none, *(SelectChoice(role.value, gettext(role.label)) for role in roles)]
        self.division.choices = [none, *_named(programme.divisions)]
        self.department.choices = [none, *_named(programme.departments)]
        self.categories.choices = _named(programme.categories)

    def validate_division(self, field: Any) -> None:  # noqa: ANN401
        """A district reviewer has a district."""
        if self.role.data == Role.DISTRICT and not field.data:
            raise ValidationError(gettext("请选择属地审核员所属的县（市、区）。"))

    def validate_department(self, field: Any) -> None:  # noqa: ANN401
        """A department's reviewer has a department."""
        if self.role.data == Role.DEPARTMENT and not field.data:
            raise ValidationError(gettext("请选择部门审核员所属的部门。"))

    @property
    def place(self) -> dict[str, Any]:
        """What belongs to the role chosen; the rest of what was typed is not kept."""
        role = Role(self.role.data)
        local = role in {Role.DISTRICT, Role.EXPERT}
        return {
            "division": (self.division.data or None) if local else None,
            "department": self.department.data if role is Role.DEPARTMENT else None,
            "categories": self.categories.data if role is Role.EXPERT else [],
        }


class AccountForm(RoleFields, PersonFields, SecretForm):
    """A new account with its first role."""

    employer = StringField(
        _("工作单位"),
        [Length(max=100), Fits(line_fault)],
        description=_("单位全称。评审专家不评审本人工作单位的申报。"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.offer_places()


class RoleForm(RoleFields, PostForm):
    """One more role for an account."""

    def __init__(self) -> None:
        super().__init__()
        self.offer_places()


class ReasonForm(PostForm):
    """A reason for what takes something away."""

    reason = TextAreaField(_("原因"), [InputRequired(_("请写明原因。")), Length(max=500), Fits(text_fault)])


class SwitchForm(PostForm):
    """Which of one's posts to act in."""

    post = RadioField(_("选择身份"), [InputRequired(_("请选择一个身份。"))], coerce=int)


def _named(parts: Any) -> list[SelectChoice]:  # noqa: ANN401
    return [SelectChoice(part.key, language.shown(part.name)) for part in parts]
