"""What the pages of the tally show of a day; the count of a city that did not move is kept by the process."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar, cast

from flask import current_app, request
from flask_babel import format_date, gettext
from sqlalchemy import func, select

from cellcert import clock
from cellcert.application.models import Step
from cellcert.database import db
from cellcert.language import current_language
from cellcert.tally.charts import course_chart, years_chart
from cellcert.tally.course import Course, course
from cellcert.tally.queries import tally
from cellcert.tally.rules import Tally
from cellcert.web import house, zone

T = TypeVar("T")
KEPT = 40  # days
LATE = 200  # steps: one that was numbered early and committed late is noticed among so many


@dataclass(frozen=True, slots=True)
class Day:
    """The day the address asks for, and the moment it ended unless it is today; ``fault``: why it is not ``asked``."""

    on: date
    today: date
    past: datetime | None = None
    asked: str = ""
    fault: str = ""

    @property
    def args(self) -> dict[str, str]:
        """What a link to the same day carries."""
        return {"on": self.on.isoformat()} if self.past else {}


def day_asked() -> Day:
    """The day of ``?on=``; today without, or with a sentence where it is no day or has not come yet."""
    today, asked = clock.day_of(clock.now(), zone()), request.args.get("on", "").strip()[:40]
    try:
        on = date.fromisoformat(asked) if asked else today
    except ValueError:
        return Day(today, today, None, asked, gettext("“%(asked)s”不是日期，请按“2027-03-31”的样子填写。", asked=asked))
    if on > today:
        return Day(today, today, None, asked, gettext("%(asked)s 还没有到，只能查看今天或以前的进展。", asked=asked))
    return Day(on, today, None if on == today else clock.end_of(on, zone()), asked)


def _kept(what: str, day: Day, count: Callable[[], T]) -> T:
    """What was counted for this day while no case moved."""
    newest = db.session.scalar(select(func.max(Step.id))) or 0
    steps = db.session.scalar(select(func.count()).where(Step.id > newest - LATE))
    kept: OrderedDict[object, object] = current_app.extensions.setdefault("cellcert.tally", OrderedDict())
    key = (what, day.on, day.past is None, newest, steps)
    if key not in kept:
        kept[key] = count()
        while len(kept) > KEPT:
            kept.popitem(last=False)
    return cast("T", kept[key])


def figures(day: Day) -> Tally:
    """The tally of a day."""
    return _kept("tally", day, lambda: tally(db.session(), house().library.programme, day.on, day.past))


def course_of(day: Day) -> Course:
    """How the count went up to a day, and where it leads."""
    shown = figures(day)
    return _kept("course", day, lambda: course(db.session(), house().library.programme, shown))


def charts(shown: Tally, way: Course) -> dict[str, object]:
    """The charts in the reader's language; the tables beside them say the same."""
    language = current_language()
    names = {line.key: line.name.text(language) for line in shown.categories}
    last = way.forecast.last if way.forecast else None
    about = gettext("截至 %(day)s，%(reached)s 个单位持有有效称号。", day=format_date(shown.on), reached=shown.reached)
    if last:
        about += gettext(
            "预计到 %(day)s 为 %(low)s 至 %(high)s 个，中间值 %(middle)s 个。",
            day=format_date(last.day), low=last.low, high=last.high, middle=last.middle,
        )  # fmt: skip
    said = {
        "title": gettext("累计认定与预测"), "desc": about,
        "target": gettext("目标 %(count)s", count=shown.target), "here": gettext("%(count)s 个", count=shown.reached),
    }  # fmt: skip
    by_year = "；".join(f"{year} {shown.count(year=year)}" for year in shown.years)
    years = {"title": gettext("有效称号：按认定年份和类别"), "desc": by_year}
    return {
        "course": course_chart(way.points, way.forecast, shown.target, shown.by, said),
        "years": years_chart(shown, years, names),
    }
