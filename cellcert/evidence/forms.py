"""Forms of attaching and taking away evidence."""

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, IntegerField, MultipleFileField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from cellcert.forms import PostForm


class UploadForm(PostForm):
    files = MultipleFileField(_("选择文件"), description=_("可以一次选几个文件。"))
    next = HiddenField()


class PartForm(PostForm):
    """Which file a part belongs to, and where it begins; the part itself is the file ``part``."""

    name = StringField(validators=[InputRequired(), Length(max=1000)])
    size = IntegerField(validators=[NumberRange(min=1)])
    changed = StringField(validators=[Length(max=40)])
    start = IntegerField(validators=[NumberRange(min=0)])


class ArrangeForm(PostForm):
    """Captions as ``caption.<number>``, and the button that was pressed as ``do``."""


class ReuseForm(PostForm):
    """Ticked files as ``file``."""


class RemoveForm(PostForm):
    """Nothing but the button."""
