"""Forms of attaching and taking away evidence."""

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, MultipleFileField

from cellcert.forms import PostForm


class UploadForm(PostForm):
    files = MultipleFileField(_("选择文件"), description=_("可以一次选几个文件。"))
    next = HiddenField()


class ArrangeForm(PostForm):
    """Captions as ``caption.<number>``, and the button that was pressed as ``do``."""


class ReuseForm(PostForm):
    """Ticked files as ``file``."""


class RemoveForm(PostForm):
    """Nothing but the button."""
