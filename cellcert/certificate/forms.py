"""Questions about certificates: the award, a corrected name, a file to verify."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from cellcert.forms import PostForm, StepUpForm, VersionedForm


class AwardForm(StepUpForm):
    """The confirmation of an award."""


class CorrectionForm(VersionedForm):
    """Another name on a new certificate."""

    unit_name = StringField(
        _("更正后的单位名称"),
        [InputRequired(_("请填写更正后的单位名称。")), Length(max=100, message=_("最多 100 字。"))],
        description=_("与营业执照或法人证书完全一致。"),
    )
    reason = TextAreaField(
        _("更正原因"), [InputRequired(_("请写明更正原因。")), Length(max=2000, message=_("最多 2000 字。"))]
    )


class FileForm(FlaskForm):  # type: ignore[misc]
    """A PDF to look at; nothing is kept of it, so it needs no token: browsers without cookies may ask too."""

    class Meta(PostForm.Meta):
        csrf = False

    accepted = PostForm.accepted

    file = FileField(
        _("证书 PDF 文件"),
        [FileRequired(_("请选择要查验的 PDF 文件。"))],
        description=_("只用于查验，不会保存。"),
        render_kw={"accept": "application/pdf,.pdf"},
    )
