"""Questions of a plan target: a value with its evidence, a confirmation, a table to read in."""

from flask_babel import lazy_gettext as _
from wtforms import MultipleFileField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from cellcert.forms import PostForm

_LENGTH = Length(max=500, message=_("最多 500 字。"))


class ReportForm(PostForm):
    """One value for one period."""

    period = SelectField(_("时期"), [InputRequired(_("请选择时期。"))])
    value = StringField(_("数值"), [InputRequired(_("请填写数值。")), Length(max=40)])
    note = TextAreaField(
        _("说明"), [_LENGTH], description=_("数据来源和口径，例如“市统计局年报”；更正的，写明为什么更正。")
    )
    files = MultipleFileField(_("证明材料"), description=_("统计报表、部门文件等，可以一次选几个；也可以稍后补充。"))


class SettleForm(PostForm):
    """Whether a value is confirmed; why not."""

    reason = TextAreaField(_("退回原因"), [_LENGTH], description=_("只在退回时填写，会告诉填报人。"))


class TableForm(PostForm):
    """A table of values to read in."""
