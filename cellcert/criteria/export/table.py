"""A checklist as the tables offices use: what each line shows, and in grey beside it what it is read back from."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from cellcert.criteria import in_words
from cellcert.criteria.export import writer
from cellcert.criteria.export.yaml_text import Tree
from cellcert.criteria.schema import Checklist, Fact, Indicator, Item, Level, Prerequisite, Section
from cellcert.criteria.text import Text, figure

Kind = Literal["prerequisite", "section", "item", "bonus", "penalty", "sum", "basic", "level", "fact", "indicator"]
KINDS: dict[Kind, Text] = {
    "prerequisite": Text("前置条件", "prerequisite"),
    "section": Text("部分", "section"),
    "item": Text("计分项", "item"),
    "bonus": Text("加分项", "bonus"),
    "penalty": Text("扣分项", "penalty"),
    "sum": Text("合计", "sum"),
    "basic": Text("信息", "about"),
    "level": Text("等级", "level"),
    "fact": Text("单位情况", "fact"),
    "indicator": Text("指标", "indicator"),
}
KEY, RULE = Text("键", "Key"), Text("规则", "Rule")
LIST, ABOUT, FACTS, INDICATORS = (
    Text("评价表", "Checklist"),
    Text("基本信息", "About"),
    Text("单位情况", "Facts"),
    Text("指标", "Indicators"),
)
NO, GROUP, CONTENT, POINTS, HOW, EVIDENCE, CHECK, BASIS = (
    Text("序号", "No."),
    Text("项目", "Section"),
    Text("评估内容", "Criterion"),
    Text("分值", "Points"),
    Text("评分标准", "Rule of scoring"),
    Text("证明材料", "Evidence"),
    Text("核查方式", "Check"),
    Text("依据", "Basis"),
)
OWN, REVIEWED, PROBLEMS = Text("自评得分", "Own points"), Text("评审得分", "Reviewed"), Text("存在问题", "Problems")
TYPE, BOUNDS, UNIT, YEARS = (
    Text("类型", "Type"),
    Text("选项和范围", "Options, bounds"),
    Text("单位", "Unit"),
    Text("时段", "Years"),
)
FORMULA, FIGURES = Text("算式", "Formula"), Text("数据", "Figures")
PLAUSIBLE, SOURCE = Text("合理范围", "Plausible"), Text("数据来源", "Source")
NAME, SAYS, ENGLISH = Text("名称", "Name"), Text("内容", "Content"), Text("英文", "English")
NOTE, SUBTOTAL, TOTAL = Text("说明", "Notes"), Text("小计", "Subtotal"), Text("合计", "Total")
# What a person may change in the columns everybody sees, and the key of the file it belongs to.
TAKEN = {CONTENT: "text", EVIDENCE: "evidence", CHECK: "check", BASIS: "basis"}

Cell = str | Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: cells by column, and the part of the file it stands for."""

    kind: Kind
    key: str
    cells: dict[Text, Cell]
    grey: Tree = ""
    group: Text | None = None  # lines in a row with the same group share one cell


LIST_COLUMNS = (
    *((NO, 5), (GROUP, 12), (CONTENT, 32), (POINTS, 7), (HOW, 44), (EVIDENCE, 20), (CHECK, 10), (BASIS, 20)),
    *((OWN, 9), (REVIEWED, 9), (PROBLEMS, 18)),
)
ABOUT_COLUMNS = ((NAME, 14), (SAYS, 70), (ENGLISH, 50))
FACT_COLUMNS = ((NAME, 36), (TYPE, 10), (BOUNDS, 44), (NOTE, 44))
INDICATOR_COLUMNS = (
    *((NAME, 26), (UNIT, 9), (YEARS, 22), (FORMULA, 44), (FIGURES, 40), (PLAUSIBLE, 12), (SOURCE, 20), (NOTE, 30)),
)
COLUMNS = {LIST: LIST_COLUMNS, ABOUT: ABOUT_COLUMNS, FACTS: FACT_COLUMNS, INDICATORS: INDICATOR_COLUMNS}


def tables(checklist: Checklist, lang: str) -> dict[Text, tuple[Line, ...]]:
    """The lines of the four sheets of a checklist, as they read in one language."""
    return {
        LIST: tuple(_list(checklist, lang)),
        ABOUT: (*_about(checklist), *(_level(checklist, level, lang) for level in checklist.levels)),
        FACTS: tuple(_fact(fact, lang) for fact in checklist.facts),
        INDICATORS: tuple(_indicator(checklist, indicator, lang) for indicator in checklist.indicators),
    }


def shown(text: Text | None, lang: str) -> str:
    """A text as a cell can hold it."""
    words = text.text(lang) if text is not None else ""
    kept = "".join(sign if sign.isprintable() or sign in "\n\u3000" else " " for sign in words)
    return kept[:32_000].strip()


def _rows(texts: Iterable[Text], lang: str) -> str:
    return "\n".join(shown(text, lang).replace("\n", " ") for text in texts)[:32_000].strip()


def _list(checklist: Checklist, lang: str) -> Iterable[Line]:
    first = [one for one in checklist.prerequisites if one.section is None]
    for number, one in enumerate(first, 1):
        yield _prerequisite(checklist, one, number, KINDS["prerequisite"], lang)
    number = 0
    for section in checklist.sections:
        for one in checklist.prerequisites:
            if one.section == section.key:
                number += 1
                yield _prerequisite(checklist, one, number, section.title, lang)
        for item in section.items:
            number += 1
            yield _item(checklist, item, number, section.title, lang)
        yield _section(section, lang)
    if checklist.bonus is not None:
        for number, item in enumerate(checklist.bonus.items, 1):
            yield _item(checklist, item, number, KINDS["bonus"], lang)
        note = in_words.bonus_note(checklist.bonus)
        cells: dict[Text, Cell] = {CONTENT: shown(SUBTOTAL, lang), POINTS: checklist.bonus.cap, HOW: note.text(lang)}
        yield Line("sum", "bonus", cells, {"cap": checklist.bonus.cap}, KINDS["bonus"])
    for number, item in enumerate(checklist.penalties, 1):
        yield _item(checklist, item, number, KINDS["penalty"], lang)
    total: dict[Text, Cell] = {CONTENT: shown(TOTAL, lang), POINTS: checklist.points}
    yield Line("sum", "total", total)


def _prerequisite(checklist: Checklist, one: Prerequisite, number: int, group: Text, lang: str) -> Line:
    starred = one.section is not None
    cells: dict[Text, Cell] = {
        NO: str(number),
        CONTENT: shown(one.text, lang),
        POINTS: in_words.STAR if starred else Text("否决", "veto").text(lang),
        HOW: _rows(in_words.prerequisite_rule(checklist, one), lang),
        EVIDENCE: _rows(one.evidence, lang),
        CHECK: in_words.checks(one.check).text(lang),
        BASIS: _rows(one.basis, lang),
    }
    return Line("prerequisite", one.key, cells, _without_key(writer.prerequisite_map(one)), group)


def _item(checklist: Checklist, item: Item, number: int, group: Text, lang: str) -> Line:
    cells: dict[Text, Cell] = {
        NO: str(number),
        CONTENT: shown(item.text, lang),
        POINTS: KINDS["penalty"].text(lang) if item.kind == "penalty" else item.points,
        HOW: _rows(in_words.rule(checklist, item), lang),
        EVIDENCE: _rows(item.evidence, lang),
        CHECK: in_words.checks(item.check).text(lang),
        BASIS: _rows(item.basis, lang),
    }
    return Line(item.kind, item.key, cells, _without_key(writer.item_map(item)), group)


def _section(section: Section, lang: str) -> Line:
    cells: dict[Text, Cell] = {
        CONTENT: shown(SUBTOTAL, lang),
        POINTS: section.points,
        HOW: shown(in_words.section_note(section), lang),
    }
    return Line("section", section.key, cells, _without_key(writer.section_map(section, items=False)), section.title)


def _without_key(tree: writer.Map) -> writer.Map:
    return {key: value for key, value in tree.items() if key != "key"}


BASIC = {
    "category": Text("类别", "Category"),
    "edition": Text("版次", "Edition"),
    "title": Text("标题", "Title"),
    "model": Text("示范版", "Model edition"),
    "lead": Text("牵头部门", "Lead department"),
    "who": Text("申报对象", "Who may apply"),
    "basis": Text("依据", "Basis"),
    "total_cap": Text("总分上限", "Cap of the total"),
    "order": Text("前置条件顺序", "Order of prerequisites"),
}


def _about(checklist: Checklist) -> Iterable[Line]:
    """Each of these lines is all there is: what a person writes into it counts."""
    yield _basic("category", Text(checklist.category))
    yield _basic("edition", Text(checklist.edition))
    yield _basic("title", checklist.title)
    yield _basic("model", Text("是" if checklist.model else "否"))
    yield _basic("lead", Text(checklist.lead))
    for key, texts in (("who", checklist.who), ("basis", checklist.basis)):
        for text in texts:
            yield _basic(key, text)
    if checklist.total_cap is not None:
        yield _basic("total_cap", Text(figure(checklist.total_cap)))
    if checklist.prerequisites:
        order = [one.key for one in checklist.prerequisites]
        yield _basic("order", Text("、".join(order)[:32_000]), {"value": order})


def _basic(key: str, text: Text, grey: Tree = "") -> Line:
    zh, en = shown(Text(text.zh), "zh"), shown(Text(text.en), "zh")
    if not grey and (zh, en) != (text.zh, text.en):  # more than a cell can hold
        grey = {"value": writer.words(text) or ""}
    return Line("basic", key, {NAME: BASIC[key].zh, SAYS: zh, ENGLISH: en}, grey)


def _level(checklist: Checklist, level: Level, lang: str) -> Line:
    asked = _rows(in_words.level(checklist, level), lang)
    cells: dict[Text, Cell] = {NAME: shown(level.name, lang), SAYS: asked, ENGLISH: shown(Text(level.name.en), "zh")}
    return Line("level", level.key, cells, _without_key(writer.level_map(level)))


TYPES = {"yes_no": Text("是否", "yes or no"), "choice": Text("选择", "choice"), "number": Text("数", "number")}


def _fact(fact: Fact, lang: str) -> Line:
    bounds = _rows((label for _, label in fact.options), lang) or shown(in_words.bounds(fact), lang)
    cells: dict[Text, Cell] = {
        NAME: shown(fact.ask, lang),
        TYPE: TYPES[fact.type].text(lang),
        BOUNDS: bounds,
        NOTE: shown(fact.help, lang),
    }
    return Line("fact", fact.key, cells, writer.fact_map(fact))


def _indicator(checklist: Checklist, indicator: Indicator, lang: str) -> Line:
    low, high = indicator.plausible or (None, None)
    notes = [indicator.help] if indicator.help else []
    if indicator.empty == "full":
        notes.append(Text("0 ÷ 0 时按满分计", "0 ÷ 0 counts full"))
    if indicator.applies_if is not None:
        notes.append(in_words.applies(checklist, indicator.applies_if))
    notes.append(Text(f"保留 {indicator.places} 位小数", f"{indicator.places} decimal places"))
    cells: dict[Text, Cell] = {
        NAME: shown(indicator.name, lang),
        UNIT: shown(indicator.unit, lang),
        YEARS: shown(in_words.period(indicator), lang),
        FORMULA: shown(in_words.formula(indicator), lang),
        FIGURES: _rows((in_words.input_note(one) for one in indicator.inputs), lang),
        PLAUSIBLE: "" if low is None or high is None else f"{figure(low)}–{figure(high)}",
        SOURCE: shown(indicator.source, lang),
        NOTE: _rows(notes, lang),
    }
    return Line("indicator", indicator.key, cells, writer.indicator_map(indicator))
