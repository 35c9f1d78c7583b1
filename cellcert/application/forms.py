"""Forms of starting an application and of taking it back."""

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, TextAreaField
from wtforms.validators import InputRequired, Length

from cellcert.forms import PostForm, VersionedForm


class StartForm(PostForm):
    category = HiddenField(validators=[InputRequired()])


class WithdrawForm(VersionedForm):
    reason = TextAreaField(
        _("撤回原因"),
        [InputRequired(_("请写明撤回原因。")), Length(max=500, message=_("请写在 500 字以内。"))],
        description=_("审核部门会看到。"),
    )


class DiscardForm(VersionedForm):
    sure = BooleanField(_("我知道删除后不能恢复"), [InputRequired(_("请勾选后再删除。"))])
