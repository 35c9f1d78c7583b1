"""Conditions, formulas, rules and levels as sentences a person can read on paper."""

import ast
import re
from collections.abc import Iterable
from decimal import Decimal

from cellcert.criteria import expression, ways
from cellcert.criteria.schema import (
    Bonus,
    Checklist,
    Each,
    Fact,
    Indicator,
    Input,
    Item,
    Level,
    Prerequisite,
    Section,
    Sum,
)
from cellcert.criteria.text import BLANK, Text, figure, joined, measured

CHECKS = {
    "records": Text("资料", "records"),
    "site": Text("现场", "site visit"),
    "interview": Text("座谈", "interview"),
    "survey": Text("问卷", "survey"),
    "sample": Text("抽查", "sample"),
}
SIGNS = {
    ast.Lt: Text("低于", "is below"),
    ast.LtE: Text("不高于", "is at most"),
    ast.Gt: Text("高于", "is above"),
    ast.GtE: Text("达到", "is at least"),
    ast.Eq: Text("等于", "is equal to"),
    ast.NotEq: Text("不等于", "is not equal to"),
}
ABSENT = {
    "section": Text(
        "不适用时，本部分其余各项按比例折算", "Where it does not apply, the other items of the section count for more"
    ),
    "total": Text("不适用时，全表按比例折算", "Where it does not apply, the whole sheet is scaled"),
    "full": Text("不适用时，本项按满分计", "Where it does not apply, it counts full"),
}
FUNCTIONS = {"min": Text("较小值", "min"), "max": Text("较大值", "max"), "abs": Text("绝对值", "abs")}
MODEL = Text("示范版，须经主管机构确认后施行", "Model edition, to be confirmed before use")
STAR = "★"  # marks a prerequisite that stands in a section
NAME = re.compile(r"[a-z][a-z0-9_]*")


def formula(indicator: Indicator) -> Text:
    """利用量 ÷ 产生量 × 100."""
    return _with_names(indicator.formula, {one.key: one.label() for one in indicator.inputs})


def _with_names(source: str, known: dict[str, Text]) -> Text:
    words = known | FUNCTIONS
    shown = " ".join(source.split()).replace("*", "×").replace("/", "÷").replace(" - ", " − ")
    zh, en = (
        NAME.sub(lambda found, lang=lang: words[found[0]].text(lang) if found[0] in words else found[0], shown)  # type: ignore[misc]
        for lang in ("zh", "en")
    )
    return Text(zh, en)


def condition(checklist: Checklist, source: str) -> Text:
    """“是否产生危险废物”为“是”，且综合利用率低于 40%."""
    return _Sentence(checklist).of(expression.tree(source).body)


class _Sentence:
    """Says one condition with the names of a checklist."""

    def __init__(self, checklist: Checklist) -> None:
        self.facts = {fact.key: fact for fact in checklist.facts}
        self.indicators = {indicator.key: indicator for indicator in checklist.indicators}

    def of(self, node: ast.expr, inner: bool = False) -> Text:
        match node:
            case ast.BoolOp(op=op, values=parts):
                both = isinstance(op, ast.And)
                said = [self.of(part, inner=True) for part in parts]
                text = joined(said, "，且", " and ") if both else joined(said, "，或者", " or ")
                return Text(f"（{text}）", f"({text.en})") if inner else text
            case ast.UnaryOp(op=ast.Not(), operand=ast.Name(id=name)):
                return self._answered(name, Text("否", "no"))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                text = self.of(operand)
                return Text(f"并非（{text}）", f"not ({text.en})")
            case ast.Compare(left=left, ops=signs, comparators=others):
                sides = [left, *others]
                pairs = zip(sides, signs, others, strict=False)
                return joined((self._compared(a, sign, b) for a, sign, b in pairs), "，且", " and ")
            case ast.Name(id=name):
                return self._answered(name, Text("是", "yes"))
            case _:
                return self._figure(node)

    def _answered(self, name: str, answer: Text) -> Text:
        asked = self.facts[name].ask
        return Text(f"“{asked}”为“{answer}”", f"“{asked.text('en')}” is {answer.en}")

    def _compared(self, left: ast.expr, sign: ast.cmpop, right: ast.expr) -> Text:
        if isinstance(right, ast.Constant) and isinstance(right.value, str) and isinstance(left, ast.Name):
            fact, equal = self.facts[left.id], isinstance(sign, ast.Eq)
            option = dict(fact.options)[right.value]
            said = Text("为", "is") if equal else Text("不是", "is not")
            return Text(f"“{fact.ask}”{said}“{option}”", f"“{fact.ask.text('en')}” {said.en} “{option.text('en')}”")
        unit = self._unit(left) if isinstance(right, ast.Constant | ast.UnaryOp) else BLANK
        word = SIGNS[type(sign)]
        first, second = self._figure(left), self._figure(right, unit)
        return Text(f"{first}{word} {second}", f"{first.en} {word.en} {second.en}")

    def _unit(self, node: ast.expr) -> Text:
        if not isinstance(node, ast.Name):
            return BLANK
        if node.id in self.indicators:
            return self.indicators[node.id].unit
        return self.facts[node.id].unit

    def _figure(self, node: ast.expr, unit: Text = BLANK) -> Text:
        match node:
            case ast.Constant(kind=kind) if not isinstance(node.value, str):
                return measured(Decimal(kind or "0"), unit)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(kind=kind)):
                return measured(-Decimal(kind or "0"), unit)
            case ast.Name(id=name):
                named = self.indicators[name].name if name in self.indicators else self.facts[name].ask
                return Text(f"“{named}”", f"“{named.text('en')}”")
            case _:
                source = ast.unparse(node)
                return _with_names(source, {name: self._figure(ast.Name(id=name)) for name in expression.names(source)})


def rule(checklist: Checklist, item: Item) -> tuple[Text, ...]:
    """How an item is scored, each circumstance a sentence of its own."""
    said = [_way(checklist, item.way)]
    if item.required:
        said.append(Text("必须得分，得 0 分不予认定", "Must earn points; 0 bars the sheet"))
    if item.gate:
        said.append(Text("本项 0 分时总分为 0", "0 here makes the whole total 0"))
    if item.veto_if is not None:
        said.append(_bars(checklist, item.veto_if))
    if item.applies_if is not None:
        said.append(applies(checklist, item.applies_if))
        if item.kind == "item":
            said.append(ABSENT[item.not_applicable])
    if item.sample is not None:
        of = item.sample.of
        said.append(Text(f"抽查 {item.sample.size} 个：{of}", f"Sample of {item.sample.size}: {of.text('en')}"))
    return (*said, *_years_and_help(item))


def _way(checklist: Checklist, way: ways.Way) -> Text:
    text = way.rule_text()
    if not isinstance(way, ways.Tiers | ways.Linear | ways.Shortfall):
        return Text(text.zh, text.text("en"))
    name = checklist.indicator(way.indicator).name
    return Text(f"{name}：{text}", f"{name.text('en')}: {text.text('en')}")


def prerequisite_rule(checklist: Checklist, one: Prerequisite) -> tuple[Text, ...]:
    """What a prerequisite asks beyond its own text."""
    said = [Text("不符合的不予认定", "No level without it")]
    if one.unless is not None:
        said.append(_bars(checklist, one.unless))
    if one.applies_if is not None:
        said.append(applies(checklist, one.applies_if))
    return (*said, *_years_and_help(one))


def _bars(checklist: Checklist, source: str) -> Text:
    text = condition(checklist, source)
    return Text(f"{text}的，不予认定", f"No level if {text.en}")


def applies(checklist: Checklist, source: str) -> Text:
    """Where something is asked at all."""
    text = condition(checklist, source)
    return Text(f"只用于：{text}", f"Only if {text.en}")


def _years_and_help(one: Item | Prerequisite) -> list[Text]:
    said = []
    if one.period is not None:
        years = one.period.text()
        said.append(Text(f"年份：{years}", f"Years: {years.text('en')}"))
    if one.help is not None:
        said.append(Text(f"说明：{one.help}", f"Note: {one.help.text('en')}"))
    return said


def period(indicator: Indicator) -> Text:
    """The years an indicator covers."""
    return indicator.period.text() if indicator.period else Text("申报之日的情况", "as on the day of application")


def bounds(one: Fact | Input) -> Text:
    """Unit and bounds of a figure."""
    said = [Text(f"单位：{one.unit}", f"in {one.unit.text('en')}")] if one.unit.zh else []
    if one.at_least:
        said.append(Text(f"不小于 {figure(one.at_least)}", f"at least {figure(one.at_least)}"))
    if one.at_most is not None:
        said.append(Text(f"不大于 {figure(one.at_most)}", f"at most {figure(one.at_most)}"))
    if one.whole:
        said.append(Text("整数", "whole"))
    return joined(said, "，", ", ")


def input_note(one: Input) -> Text:
    """A figure to be given, with its unit and what an empty one counts as."""
    name, said = one.label(), bounds(one)
    if one.otherwise is not None:
        empty = measured(one.otherwise, one.unit)
        said = Text(f"{said}，空着按 {empty} 计", f"{said.en}, {empty.en} when empty")
    return Text(f"{name}（{said}）", f"{name.text('en')} ({said.en})")


def checks(keys: Iterable[str]) -> Text:
    """资料、现场."""
    return joined((CHECKS[key] for key in keys), "、", ", ")


def section_note(section: Section) -> Text:
    """The floor of a section, and its help."""
    said = []
    if section.floor is not None:
        share = figure(section.floor)
        said.append(Text(f"本部分不低于 {share}%", f"at least {share}% of the section"))
    if section.help is not None:
        said.append(Text(section.help.zh, section.help.text("en")))
    return joined(said)


def bonus_note(bonus: Bonus) -> Text:
    """The cap of the bonus."""
    return Text(f"最多加 {figure(bonus.cap)} 分", f"{figure(bonus.cap)} points at most")


def level(checklist: Checklist, one: Level) -> tuple[Text, ...]:
    """Everything a level asks, one sentence each."""
    said = [Text(f"总分达到 {figure(one.total)} 分", f"a total of at least {figure(one.total)} points")]
    if one.floor is not None:
        share = figure(one.floor)
        said.append(Text(f"每部分不低于 {share}%", f"at least {share}% in each section"))
    for each in one.each:
        names, share = _named(checklist, each), figure(each.at_least)
        said.append(Text(f"下列各项都不低于 {share}%：{names}", f"at least {share}% in each of: {names.en}"))
    for zeros in one.zeros:
        names, most = _quoted(checklist.item(key).text for key in zeros.items), zeros.at_most
        said.append(Text(f"下列各项中得 0 分的最多 {most} 项：{names}", f"no more than {most} at 0 of: {names.en}"))
    for together in one.sums:
        names, points = _named(checklist, together), figure(together.at_least)
        said.append(Text(f"下列各项合计达到 {points} 分：{names}", f"at least {points} points together in: {names.en}"))
    return tuple(said)


def _named(checklist: Checklist, asked: Each | Sum) -> Text:
    items = (checklist.item(key).text for key in asked.items)
    sections = (checklist.section(key).title for key in asked.sections)
    return _quoted((*items, *sections))


def _quoted(texts: Iterable[Text]) -> Text:
    return joined((Text(f"“{text}”", f"“{text.text('en')}”") for text in texts), "", ", ")
