"""Questions of the yearly declaration: each prerequisite, what changed, the head's word."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, RadioField, SelectChoice, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from cellcert.criteria.schema import Prerequisite
from cellcert.forms import VersionedForm

MET, NOT_MET = "yes", "no"
MARK = "met-"


class DeclarationForm(VersionedForm):
    """What is asked of every holder; one more question for each prerequisite."""

    changes = TextAreaField(
        _("情况变化"),
        [Length(max=3000, message=_("最多 3000 字。"))],
        description=_(
            "名称、地址、规模、主要固体废物种类或负责人有变化的，或者有条件不再符合的，请写明。没有变化可以不填。"
        ),
        render_kw={"rows": 5},
    )

    def validate_changes(self, field: Any) -> None:  # noqa: ANN401
        """Who no longer meets a condition says why."""
        if any(one.data == NOT_MET for one in self.conditions) and not field.data:
            raise ValidationError(str(_("有基本条件不再符合，请在“情况变化”中说明。")))

    @property
    def complies(self) -> dict[str, bool]:
        """By prerequisite, whether it is still met."""
        return {field.name.removeprefix(MARK): field.data == MET for field in self.conditions}

    @property
    def conditions(self) -> list[Any]:
        return [field for field in self if field.name.startswith(MARK)]


class HeadDeclarationForm(DeclarationForm):
    """The head's: with the word that makes it stand."""

    confirmed = BooleanField(
        _("我是本单位负责人，已核对以上内容和台账数据，确认真实、准确。"),
        [InputRequired(_("请负责人核对后勾选确认。"))],
    )


def form_for(prerequisites: Sequence[Prerequisite], language: str, *, head: bool) -> DeclarationForm:
    """The form of one checklist, for who may confirm it or who may not."""
    asked = {
        f"{MARK}{one.key}": RadioField(
            one.text.text(language),
            [InputRequired(_("请选择这一项是否仍然符合。"))],
            choices=[SelectChoice(MET, _("仍然符合")), SelectChoice(NOT_MET, _("不再符合"))],
        )
        for one in prerequisites
    }
    base = HeadDeclarationForm if head else DeclarationForm
    return type("AskedForm", (base,), asked)()  # type: ignore[no-any-return]
