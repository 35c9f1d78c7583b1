"""Questions of the visit on site."""

from flask_babel import lazy_gettext as _
from wtforms import (
    DateField,
    FileField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from cellcert.forms import PostForm, VersionedForm

LONG = Length(max=4000, message=_("请控制在 4000 字以内。"))
SHORT = Length(max=200, message=_("请控制在 200 字以内。"))
NAME = Length(max=40, message=_("请控制在 40 字以内。"))


class _Ticks(SelectMultipleField):  # type: ignore[misc]
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class OnSiteForm(PostForm):
    """A report in plain words, where no visit was arranged here."""

    visited_on = DateField(_("核查日期"), [InputRequired(_("请填写日期，例如 2026-07-31。"))])
    text = TextAreaField(
        _("核查情况"),
        [DataRequired(_("请写明现场核查情况。")), LONG],
        description=_("看了哪里、核对了哪些项目、与申报材料是否一致。"),
    )


class TimeForm(PostForm):
    """A day and an hour in the city's time."""

    day = DateField(_("核查日期"), [InputRequired(_("请填写日期，例如 2026-07-31。"))])
    hour = TimeField(_("开始时间"), [InputRequired(_("请填写时间，例如 09:30。"))])


class ArrangeForm(TimeForm):
    """Who goes, when and where; ``seen`` is the version of the visit that was shown."""

    team = _Ticks(_("核查组成员"), coerce=int)
    lead = SelectField(_("组长"), coerce=int)
    place = StringField(_("集合地点"), [DataRequired(_("请写明到哪里核查。")), SHORT])
    note = TextAreaField(_("请申报单位准备"), [LONG], description=_("可以不填。例如：台账原件、收运合同、陪同人员。"))
    asked = _Ticks(_("另外要看的项目"))
    seen = HiddenField()


class OtherTimeForm(TimeForm):
    """The unit cannot at the time proposed."""

    because = StringField(_("改约原因"), [DataRequired(_("请写明改约的原因。")), SHORT])


class StatementForm(PostForm):
    text = TextAreaField(_("补充说明"), [DataRequired(_("请写明要说明的内容。")), LONG])


class SignForm(PostForm):
    """A signature: ``shown`` is the hash of what was read before signing."""

    name = StringField(_("签字人姓名"), [DataRequired(_("请写明签字人姓名。")), NAME])
    title = StringField(_("单位和职务"), [NAME])
    shown = HiddenField()
    line = HiddenField()


class ScanForm(PostForm):
    file = FileField(_("签字记录的 PDF 或照片"))


class CloseForm(PostForm):
    unsigned_because = TextAreaField(
        _("申报单位未签字的原因"), [LONG], description=_("申报单位已在手机或纸上签字的，不用填写。")
    )


class EndForm(VersionedForm):
    """A confirmation without questions."""
