"""Questions of a meeting: what it is over, the answer to its list, its minutes, the hour its results are told."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import request
from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from cellcert import web
from cellcert.forms import PostForm, StepUpForm, VersionedForm
from cellcert.language import current_language

LONGEST = 2000  # characters of a reason
SHORT = Length(max=100, message=_("最多 100 字。"))
LONG = Length(max=5000, message=_("最多 5000 字。"))


class _HourField(DateTimeLocalField):  # type: ignore[misc]
    """A moment as the city's clocks show it."""

    def moment(self) -> datetime | None:
        """The same moment with its zone."""
        return self.data.replace(tzinfo=ZoneInfo(web.zone())) if self.data else None


class MeetingForm(PostForm):
    """What a meeting is over."""

    name = StringField(_("会议名称"), [InputRequired(_("请填写会议名称。")), SHORT])
    held_on = DateField(_("会议日期"), [InputRequired(_("请填写日期，例如 2026-07-31。"))])
    batch = SelectField(_("申报批次"))
    categories = SelectMultipleField(
        _("申报类别"),
        description=_("不选表示各类都列入。"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    announce_at = _HourField(
        _("公布时间"),
        [Optional()],
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        description=_("审定结果到这个时间一起公布；不填的，由审定人办理公布。"),
    )

    def offer(self) -> None:
        """The programme's batches and categories; an hour only where results are told together."""
        programme = web.house().library.programme
        lang = current_language()
        self.batch.choices = [
            SelectChoice("", _("各批次")), *(SelectChoice(one.key, one.name.text(lang)) for one in programme.batches)
        ]  # fmt: skip
        self.categories.choices = [SelectChoice(one.key, one.name.text(lang)) for one in programme.categories]
        if not programme.decision.is_told_later:
            del self.announce_at

    @property
    def hour(self) -> datetime | None:
        return self.announce_at.moment() if "announce_at" in self else None


class SettleListForm(StepUpForm):
    """The other person's answer to a whole list."""

    seen = BooleanField(_("我已逐件核对上面的建议和理由"), [InputRequired(_("请逐件核对后勾选。"))])


class HourForm(PostForm):
    """When the results are told."""

    announce_at = _HourField(
        _("公布时间"),
        [Optional()],
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        description=_("到这个时间自动公布全部已审定的结果。留空表示取消自动公布。"),
    )


class AnnounceForm(StepUpForm):
    """Tell everything now."""


class MinutesForm(VersionedForm):
    """Who came and what was said."""

    place = StringField(_("地点"), [SHORT], default="")
    chair = StringField(_("主持人"), [SHORT], default="")
    recorder = StringField(_("记录人"), [SHORT], default="")
    attended = TextAreaField(_("出席人员"), [LONG], default="", description=_("每行一位，写姓名和单位。"))
    absent = TextAreaField(_("缺席人员"), [LONG], default="")
    minutes = TextAreaField(_("会议情况"), [LONG], default="", description=_("议程、讨论要点和总体决定。"))


class Typed:
    """What was typed beside the cases of a list: ``name-<number of the case>``."""

    def __init__(self) -> None:
        self.wrong: dict[str, str] = {}  # the id of a control, and what is wrong with it

    def text(self, name: str, case: int, longest: int = LONGEST) -> str:
        """What was typed, without blanks around it."""
        typed = request.form.get(f"{name}-{case}", "").strip()
        if len(typed) > longest:
            self.wrong[f"{name}-{case}"] = str(_("最多 %(most)s 字。", most=longest))
        return typed

    def count(self, name: str, case: int) -> int | None:
        """A whole number from 0 to 999, or none."""
        typed = request.form.get(f"{name}-{case}", "").strip()
        if not typed:
            return None
        if not (typed.isascii() and typed.isdigit() and len(typed) <= 3):
            self.wrong[f"{name}-{case}"] = str(_("票数请填 0 到 999 的整数。"))
            return None
        return int(typed)

    def asked(self, name: str) -> dict[int, str]:
        """Every case with an answer to ``name``."""
        found: dict[int, str] = {}
        for field, value in request.form.items():
            start, _dash, number = field.rpartition("-")
            if start == name and number.isascii() and number.isdigit() and len(number) <= 9 and value:
                found[int(number)] = value
        return found
