"""Questions about an edition: the text, its day, what it changes; the approver's answer; why it is taken back."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import DateField, RadioField, SelectChoice, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from cellcert.forms import PostForm, StepUpForm

FOLDER, UPLOAD, TYPED = "folder", "file", "text"


def _as_written(value: str | None) -> str:
    """A text field's lines end as a file's do; nothing else of it is touched."""
    return (value or "").replace("\r\n", "\n").replace("\r", "\n")


class ProposeForm(PostForm):
    """A draft: where its text comes from, from which day it should hold, what it changes."""

    source = RadioField(_("草案内容"), [InputRequired(_("请选择草案内容从哪里来。"))])
    file = FileField(_("标准文件"), description=_("扩展名为 .yaml 的文本文件，或 .xlsx 评价表。表格读入后先给您核对。"))
    text = TextAreaField(
        _("标准全文"), filters=[_as_written], description=_("可以直接粘贴或修改。每行开头的空格有意义，请保留。")
    )
    in_force_from = DateField(
        _("生效日期"),
        [InputRequired(_("请填写生效日期，例如 2027-01-01。"))],
        description=_("从这一天零点起，新的申报和还没有提交的草稿改用新版；已经提交的申报不受影响。"),
    )
    reason = TextAreaField(
        _("修改内容和理由"),
        [InputRequired(_("请写明改了什么、为什么改。")), Length(max=2000, message=_("最多 2000 字。"))],
        description=_("审定人据此审定，留在历次版本中备查。"),
    )

    def offer(self, with_folder: bool) -> None:
        """The folder's file can be chosen only where it is in order and new."""
        choices = [
            (FOLDER, _("标准文件夹中的文件")),
            (UPLOAD, _("上传文件")),
            (TYPED, _("在下面填写全文")),
        ]
        self.source.choices = [SelectChoice(key, label) for key, label in choices[0 if with_folder else 1 :]]

    def validate_file(self, field: Any) -> None:  # noqa: ANN401
        """Who uploads chooses a file."""
        if self.source.data == UPLOAD and not field.data:
            raise ValidationError(str(_("请选择要上传的文件。")))

    def validate_text(self, field: Any) -> None:  # noqa: ANN401
        """Who writes the text has written some."""
        if self.source.data == TYPED and not (field.data or "").strip():
            raise ValidationError(str(_("请填写标准全文。")))


class ApproveForm(StepUpForm):
    """The second person's signature."""


class WithdrawForm(StepUpForm):
    """Why an edition is taken back."""

    reason = TextAreaField(
        _("撤回理由"), [InputRequired(_("请写明撤回理由。")), Length(max=2000, message=_("理由最多 2000 字。"))]
    )
