"""Questions of an award letter: for which batch, its number and date, the signature of another person."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import DateField, HiddenField, RadioField, StringField
from wtforms.validators import InputRequired, Length

from cellcert import web
from cellcert.forms import PostForm, StepUpForm, VersionedForm
from cellcert.language import current_language


class BatchForm(PostForm):
    """The batch a letter is begun for."""

    batch = RadioField(_("批次"), [InputRequired(_("请选择批次。"))])

    def offer(self, waiting: dict[str, int]) -> None:
        """The batches with awards no letter names yet, and how many."""
        known = [one for one in web.house().library.programme.batches if one.key in waiting]
        language = current_language()
        self.batch.choices = [
            (one.key, gettext("%(batch)s，%(count)s 个单位", batch=one.name.text(language), count=waiting[one.key]))
            for one in known
        ]
        if self.batch.data is None and len(known) == 1:
            self.batch.data = known[0].key


class LetterForm(VersionedForm):
    """The number and the date of a draft."""

    number = StringField(
        _("文号"),
        [InputRequired(_("请填写文号，例如 示例办〔2026〕3号。")), Length(max=60, message=_("最多 60 字。"))],
        description=_("按本单位发文登记填写；每份认定文件的文号不能重复。"),
    )
    dated = DateField(_("成文日期"), [InputRequired(_("请填写日期，例如 2026-07-31。"))])


class SignForm(StepUpForm):
    """The signature of another person than the author, under the list that was read."""

    seen = HiddenField()
