"""What changes in one line of a checklist besides its way to score: every property, worded or scored."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from cellcert.criteria import in_words
from cellcert.criteria.compare.changes import SCORED, WORDED, YES, Changes, Effect, Words, points_text, quoted
from cellcert.criteria.compare.way_changes import WayChanges
from cellcert.criteria.schema import (
    Bonus,
    Checklist,
    Fact,
    Indicator,
    Input,
    Item,
    Level,
    Period,
    Prerequisite,
    Sample,
    Section,
)
from cellcert.criteria.text import Text, figure, joined, measured

Line = Checklist | Fact | Indicator | Prerequisite | Section | Item | Bonus | Level


def line_changes(before: Line, after: Line, old: Words, new: Words) -> Changes:
    """What changed in a line that stayed; ``old`` and ``new`` know the names of either checklist."""
    changes = Changes()
    match before, after:
        case Fact() as was, Fact() as now:
            _options(changes, was, now)
        case Indicator() as was, Indicator() as now:
            _inputs(changes, was.inputs, now.inputs)
            _formula(changes, was, now)
        case Item() as was, Item() as now:
            changes.add(SCORED, Text("满分", "points"), points_text(was.points), points_text(now.points))
            WayChanges(changes, old, new).compare(was.way, now.way)
        case Level() as was, Level() as now:
            _conditions(changes, _asked(was, old), _asked(now, new))
    for attribute, about, effect, show in ROWS[type(after)]:
        was_said, now_said = getattr(before, attribute), getattr(after, attribute)
        if show is _texts:
            _listed(changes, about, was_said, now_said)
        else:
            changes.add(effect, about, show(was_said), show(now_said))
    for attribute, about in CONDITIONS:
        condition, other = (getattr(line, attribute, None) for line in (before, after))
        if condition != other:
            changes.add(SCORED, about, old.condition(condition), new.condition(other))
    return changes


def _formula(changes: Changes, was: Indicator, now: Indicator) -> None:
    if was.formula != now.formula:
        said = quoted(in_words.formula(was)), quoted(in_words.formula(now))
        if said[0] == said[1]:  # the same words for other figures
            said = quoted(Text(was.formula)), quoted(Text(now.formula))
        changes.add(SCORED, Text("算式", "formula"), *said)


def _listed(changes: Changes, about: Text, was: Sequence[Text], now: Sequence[Text]) -> None:
    """A list of sentences: what left it and what came to it, else its order."""
    for text in (*was, *(text for text in now if text not in was)):
        if text not in was or text not in now:
            changes.add(WORDED, about, *(quoted(text) if text in row else None for row in (was, now)))
    if set(was) == set(now):
        changes.add(WORDED, Text(f"{about}顺序", f"order of {about.en}"), _texts(was), _texts(now))


def _conditions(changes: Changes, was: Mapping[object, Text], now: Mapping[object, Text]) -> None:
    about = Text("条件", "condition")
    for key in [*was, *(key for key in now if key not in was)]:
        if key not in was or key not in now:
            changes.add(SCORED, about, was.get(key), now.get(key))


def _options(changes: Changes, was: Fact, now: Fact) -> None:
    before, after = dict(was.options), dict(now.options)
    about = Text("选项", "option")
    for key in [*before, *(key for key in after if key not in before)]:
        effect: Effect = WORDED if key in before and key in after else SCORED
        labels = [quoted(options[key]) if key in options else None for options in (before, after)]
        changes.add(effect, about, *labels)
    order = [joined((label for _, label in fact.options), "、", ", ") for fact in (was, now)]
    if before == after and was.options != now.options:
        changes.add(WORDED, Text("选项顺序", "order of options"), quoted(order[0]), quoted(order[1]))


def _inputs(changes: Changes, was: Sequence[Input], now: Sequence[Input]) -> None:
    before, after = {one.key: one for one in was}, {one.key: one for one in now}
    for key in [*(key for key in before if key not in after), *after]:
        pair = before.get(key), after.get(key)
        match pair:
            case Input() as one, Input() as other:
                where = other.name
                for attribute, about, effect, show in INPUT:
                    named = Text(f"“{where}”{about}", f"{about.en} of “{where.text('en')}”")
                    changes.add(effect, named, show(getattr(one, attribute)), show(getattr(other, attribute)))
            case one, other:
                named = Text("数据", "figure")
                changes.add(SCORED, named, *(quoted(i.label()) if i else None for i in (one, other)))
    order = [[one.key for one in row if one.key in before and one.key in after] for row in (was, now)]
    if order[0] != order[1]:
        rows = [joined((after[key].name for key in keys), "、", ", ") for keys in order]
        changes.add(WORDED, Text("数据顺序", "order of figures"), quoted(rows[0]), quoted(rows[1]))


# Every property of every line: its name, whether it words or scores, and how its value is said.
# A test sees to it that none is forgotten.

Show = Callable[[Any], Text | None]


def _texts(texts: Sequence[Text]) -> Text | None:
    return quoted(joined(texts, "、", ", ")) if texts else None


def _text(text: Text | None) -> Text | None:
    return quoted(text) if text and text.zh else None


def _flag(value: bool) -> Text | None:
    return YES if value else None


def _number(value: Decimal | int | None) -> Text | None:
    return None if value is None else Text(figure(value), figure(value))


def _percent(value: Decimal | None) -> Text | None:
    return None if value is None else Text(f"{figure(value)}%", f"{figure(value)}%")


def _sums(sums: Sequence[str]) -> Text | None:
    return quoted(Text(" + ".join(sums))) if sums else None


def _period(period: Period | None) -> Text | None:
    return None if period is None else quoted(period.text())


def day_or_period(period: Period | None) -> Text:
    """The years of an indicator, in words."""
    return Text("申报之日", "the day of application") if period is None else period.text()


def _year(year: int | None) -> Text | None:
    return None if year is None else quoted(Period(year, year).text())


def _bounds(bounds: tuple[Decimal, Decimal] | None) -> Text | None:
    return None if bounds is None else Text(f"{figure(bounds[0])}–{figure(bounds[1])}")


def _sample(sample: Sample | None) -> Text | None:
    return None if sample is None else measured(sample.size, Text(f"个{sample.of}", sample.of.text("en")))


def _one_of(**words: tuple[str, str]) -> Show:
    return lambda value: quoted(Text(*words[value]))


def _modes(modes: Sequence[str]) -> Text | None:
    return _texts([in_words.CHECKS.get(mode, Text(mode)) for mode in modes])


Row = tuple[str, Text, Effect, Show]
TEXT: Row = ("text", Text("文字", "wording"), WORDED, _text)
HELP: Row = ("help", Text("填报说明", "help"), WORDED, _text)
EVIDENCE: Row = ("evidence", Text("证明材料", "evidence"), WORDED, _texts)
CHECK: Row = ("check", Text("核查方式", "how it is checked"), WORDED, _modes)
BASIS: Row = ("basis", Text("依据", "basis"), WORDED, _texts)
UNIT: Row = ("unit", Text("单位", "unit"), SCORED, _text)
AT_LEAST: Row = ("at_least", Text("最小值", "least value"), SCORED, _number)
AT_MOST: Row = ("at_most", Text("最大值", "greatest value"), SCORED, _number)
WHOLE: Row = ("whole", Text("“只填整数”要求", "whole numbers only"), SCORED, _flag)
PERIOD: Row = ("period", Text("年限", "years"), SCORED, _period)

INPUT: tuple[Row, ...] = (
    ("name", Text("名称", "name"), WORDED, _text), HELP, UNIT, AT_LEAST, AT_MOST, WHOLE,
    ("otherwise", Text("不填时的值", "value when left empty"), SCORED, _number),
    ("year", Text("年份", "year"), SCORED, _year),
    ("ledger", Text("台账来源", "source in the ledger"), WORDED, _sums),
)  # fmt: skip
ROWS: Mapping[type[Line], tuple[Row, ...]] = {
    Checklist: (
        ("category", Text("类别", "category"), WORDED, lambda key: quoted(Text(key))),
        ("title", Text("名称", "title"), WORDED, _text),
        ("lead", Text("牵头部门", "lead department"), WORDED, lambda key: quoted(Text(key))),
        ("model", Text("“示范版”标注", "the mark of a model edition"), WORDED, _flag),
        ("who", Text("申报对象", "who may apply"), WORDED, _texts),
        BASIS,
        ("total_cap", Text("总分上限", "cap of the total"), SCORED, points_text),
    ),
    Fact: (
        ("ask", Text("文字", "wording"), WORDED, _text), HELP, UNIT, AT_LEAST, AT_MOST, WHOLE,
        ("type", Text("答法", "kind of answer"), SCORED,
         _one_of(yes_no=("是或否", "yes or no"), choice=("选择", "a choice"), number=("数", "a number"))),
    ),
    Indicator: (
        ("name", Text("名称", "name"), WORDED, _text), HELP, UNIT,
        ("source", Text("数据来源", "source"), WORDED, _text),
        ("period", Text("统计期", "period"), SCORED, lambda period: quoted(day_or_period(period))),
        ("plausible", Text("合理范围", "plausible range"), SCORED, _bounds),
        ("places", Text("小数位数", "decimal places"), SCORED, _number),
        ("empty", Text("分子分母都是 0 时", "0 ÷ 0"), SCORED,
         _one_of(none=("无数值", "has no value"), full=("按满分计", "counts full"))),
    ),
    Prerequisite: (TEXT, HELP, EVIDENCE, CHECK, BASIS, PERIOD),
    Section: (
        ("title", Text("名称", "title"), WORDED, _text), HELP,
        ("points", Text("满分", "points"), SCORED, points_text),
        ("floor", Text("最低要求", "floor"), SCORED, _percent),
    ),
    Item: (
        TEXT, HELP, EVIDENCE, CHECK, BASIS, PERIOD,
        ("required", Text("“必须完成”要求", "the rule that it may not score 0"), SCORED, _flag),
        ("gate", Text("“0 分则总分为 0”规定", "the rule that 0 points make the total 0"), SCORED, _flag),
        ("not_applicable", Text("不适用时", "where it does not apply"), SCORED, _one_of(
            section=("所在部分按比例折算", "its section is scaled"),
            total=("总分按比例折算", "the total is scaled"),
            full=("按满分计", "it counts full"),
        )),
        ("sample", Text("抽查数量", "sample"), SCORED, _sample),
    ),
    Bonus: (("cap", Text("加分上限", "cap of the bonus"), SCORED, points_text),),
    Level: (
        ("name", Text("名称", "name"), WORDED, _text),
        ("total", Text("总分要求", "total asked for"), SCORED, points_text),
        ("floor", Text("各部分最低要求", "floor of every section"), SCORED, _percent),
    ),
}  # fmt: skip
CONDITIONS: tuple[tuple[str, Text], ...] = (
    ("applies_if", Text("适用条件", "condition")),
    ("veto_if", Text("一票否决条件", "veto")),
    ("unless", Text("按数据否决的条件", "condition that bars")),
)


def _asked(level: Level, words: Words) -> dict[object, Text]:
    """What a level asks besides its total and floor, in words."""
    asked: dict[object, Text] = {}
    for each in level.each:
        named = words.listed(each.items, each.sections)
        share = figure(each.at_least)
        asked[each] = Text(f"{named}每项达到 {share}%", f"{named.en} each reach {share}%")
    for zeros in level.zeros:
        named, most = words.listed(zeros.items), zeros.at_most
        asked[zeros] = Text(f"{named}中得 0 分的最多 {most} 项", f"of {named.en} at most {most} at 0 points")
    for row in level.sums:
        named, least = words.listed(row.items, row.sections), figure(row.at_least)
        asked[row] = Text(f"{named}合计达到 {least} 分", f"{named.en} together reach {least}")
    return asked
