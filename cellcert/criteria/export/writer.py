"""A checklist written out again, as a careful author would write its file: every figure, no comment, no default."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from cellcert.criteria import ways
from cellcert.criteria.export.yaml_text import Tree, document
from cellcert.criteria.schema import (
    Bonus,
    Checklist,
    Each,
    Fact,
    Indicator,
    Input,
    Item,
    Level,
    Period,
    Prerequisite,
    Section,
    Sum,
    Zeros,
)
from cellcert.criteria.text import Text, figure

Map = dict[str, Tree]


def written(checklist: Checklist) -> str:
    """The YAML of a checklist; reading it gives an equal one."""
    return document(plain(checklist))


def plain(checklist: Checklist) -> Map:
    """The keys of the file in the order of docs/criteria.md."""
    return _said(
        category=checklist.category,
        edition=checklist.edition,
        title=words(checklist.title),
        points=checklist.points,
        model=checklist.model,
        lead=checklist.lead,
        who=_all(checklist.who),
        basis=_all(checklist.basis),
        facts={fact.key: fact_map(fact) for fact in checklist.facts},
        indicators={indicator.key: indicator_map(indicator) for indicator in checklist.indicators},
        prerequisites=[prerequisite_map(one) for one in checklist.prerequisites],
        sections=[section_map(section) for section in checklist.sections],
        bonus=_bonus(checklist.bonus) if checklist.bonus else None,
        penalties={"items": [item_map(item) for item in checklist.penalties]} if checklist.penalties else None,
        total_cap=checklist.total_cap,
        levels=[level_map(level) for level in checklist.levels],
    )


def words(text: Text | None) -> Tree | None:
    """A text as it is written: plain, or in both languages."""
    if text is None or not text.en:
        return text.zh if text else None
    return {"zh": text.zh, "en": text.en}


def fact_map(fact: Fact) -> Map:
    """What stands under the fact's name."""
    return _said(
        ask=words(fact.ask),
        type=fact.type,
        options={key: words(label) for key, label in fact.options},
        unit=words(fact.unit) if fact.unit.zh else None,
        at_least=fact.at_least,
        at_most=fact.at_most,
        whole=fact.whole,
        help=words(fact.help),
    )


def indicator_map(indicator: Indicator) -> Map:
    """What stands under the indicator's name."""
    return _said(
        name=words(indicator.name),
        unit=words(indicator.unit),
        period=_period(indicator.period) or "at_application",
        inputs={one.key: _input(one) for one in indicator.inputs},
        formula=indicator.formula,
        plausible=list(indicator.plausible) if indicator.plausible else None,
        places=indicator.places if indicator.places != 2 else None,
        empty=_unless(indicator.empty, "none"),
        source=words(indicator.source),
        applies_if=indicator.applies_if,
        help=words(indicator.help),
    )


def _input(one: Input) -> Map:
    return _said(
        name=words(one.name),
        unit=words(one.unit),
        year=one.year,
        otherwise=one.otherwise,
        at_least=one.at_least or None,
        at_most=one.at_most,
        whole=one.whole,
        ledger=_one_or_all(one.ledger),
        help=words(one.help),
    )


def _one_or_all(sums: tuple[str, ...]) -> Tree | None:
    return sums[0] if len(sums) == 1 else list(sums) or None


def prerequisite_map(one: Prerequisite) -> Map:
    """One entry of ``prerequisites``."""
    return _said(
        key=one.key,
        text=words(one.text),
        section=one.section,
        unless=one.unless,
        applies_if=one.applies_if,
        check=list(one.check),
        evidence=_all(one.evidence),
        help=words(one.help),
        basis=_all(one.basis),
        period=_period(one.period),
    )


def section_map(section: Section, items: bool = True) -> Map:
    """One entry of ``sections``."""
    return _said(
        key=section.key,
        title=words(section.title),
        points=section.points,
        floor=None if section.floor is None else _percent(section.floor),
        help=words(section.help),
        items=[item_map(item) for item in section.items] if items else None,
    )


def _bonus(bonus: Bonus) -> Map:
    return {"cap": bonus.cap, "items": [item_map(item) for item in bonus.items]}


def item_map(item: Item) -> Map:
    """One entry of ``items``."""
    return _said(
        key=item.key,
        text=words(item.text),
        points=None if item.kind == "penalty" else item.points,
        score=way_map(item.way),
        required=item.required,
        gate=item.gate,
        veto_if=item.veto_if,
        applies_if=item.applies_if,
        not_applicable=_unless(item.not_applicable, "section"),
        sample={"size": item.sample.size, "of": _must(item.sample.of)} if item.sample else None,
        evidence=_all(item.evidence),
        check=list(item.check),
        help=words(item.help),
        basis=_all(item.basis),
        period=_period(item.period),
    )


def way_map(way: ways.Way) -> Tree:
    """What stands under ``score``."""
    match way:
        case ways.YesNo():
            return "yes_no"
        case ways.Choice(options=options):
            return {
                "choice": [
                    {"key": one.key, "label": _must(one.label)} | _figures("points", one.points) for one in options
                ]
            }
        case ways.Parts(parts=parts, cap=cap):
            return _said(parts=[_part(part) for part in parts], cap=cap)
        case ways.Tiers(indicator=indicator, steps=steps, otherwise=otherwise):
            limits = {
                (True, True): "at_least",
                (True, False): "above",
                (False, True): "at_most",
                (False, False): "below",
            }
            rows: list[Tree] = [
                {limits[way.rising, step.inclusive]: step.limit, "points": step.points} for step in steps
            ]
            return _said(tiers=indicator, steps=rows, otherwise=otherwise or None)
        case ways.Linear(indicator=indicator, start=start, end=end):
            return {"linear": indicator, "from": _mark(start), "to": _mark(end)}
        case ways.Shortfall():
            return _shortfall(way)
        case ways.Deductions(faults=faults):
            return {"deductions": [_fault(fault) for fault in faults]}
        case ways.AtLeast(count=count, of=of, short=short):
            conditions: list[Tree] = [{"key": one.key, "text": _must(one.text)} for one in of]
            return _said(at_least=count, of=conditions, short=_unless(short, "none"))
        case ways.AnyOf(ways=alternatives):
            return {
                "any_of": [{"key": one.key, "text": _must(one.text), "score": way_map(one.way)} for one in alternatives]
            }
        case ways.Judged(step=step):
            return {"judged": {"step": step}}


def _part(part: ways.Part) -> Map:
    return _said(
        key=part.key,
        text=words(part.text),
        points=part.points,
        score=way_map(part.way),
        applies_if=part.applies_if,
    )


def _mark(mark: ways.Mark) -> Map:
    return {"value": mark.value, "points": mark.points}


def _shortfall(way: ways.Shortfall) -> Map:
    return _said(
        shortfall=way.indicator,
        target=way.target,
        direction=_unless(way.direction, "at_least"),
        lose=way.lose,
        per=way.per,
        part=way.part,
    )


def _fault(fault: ways.Deduction) -> Map:
    start: Map = {"key": fault.key, "text": _must(fault.text)}
    if fault.short is not None:
        start |= _shortfall(fault.short)
    else:
        start |= {"lose": "all"} if fault.lose is None else _figures("lose", fault.lose)
    return start | _said(each=fault.each, most=fault.most, applies_if=fault.applies_if)


def _figures(key: str, points: Decimal | ways.Range) -> Map:
    if isinstance(points, ways.Range):
        return {key: [points.lowest, points.highest], "step": points.step}
    return {key: points}


def level_map(level: Level) -> Map:
    """One entry of ``levels``."""
    return _said(
        key=level.key,
        name=words(level.name),
        total=level.total,
        floor=None if level.floor is None else _percent(level.floor),
        each=_one_or_more([_asked(one, _percent(one.at_least)) for one in level.each]),
        zeros=_one_or_more([_zeros(one) for one in level.zeros]),
        sum=_one_or_more([_asked(one, one.at_least) for one in level.sums]),
    )


def _asked(condition: Each | Sum, at_least: Tree) -> Map:
    return _said(items=list(condition.items), sections=list(condition.sections), at_least=at_least)


def _zeros(condition: Zeros) -> Map:
    return {"items": list(condition.items), "at_most": condition.at_most}


def _one_or_more(conditions: list[Map]) -> Tree | None:
    return conditions[0] if len(conditions) == 1 else conditions or None


def _percent(share: Decimal) -> str:
    return f"{figure(share)}%"


def _period(period: Period | None) -> Tree | None:
    if period is None:
        return None
    return "calendar_year" if period == Period(-1, -1) else {"first": period.first, "last": period.last}


def _all(texts: Iterable[Text]) -> list[Tree]:
    return [_must(text) for text in texts]


def _must(text: Text) -> Tree:
    return {"zh": text.zh, "en": text.en} if text.en else text.zh


def _unless(value: str, default: str) -> str | None:
    return None if value == default else value


def _said(**values: Tree | Mapping[str, Any] | None) -> Map:
    """What a careful author writes: nothing that is empty, and no ``false``."""
    empty: tuple[Any, ...] = ([], {})
    return {
        key: value for key, value in values.items() if value not in empty and value is not None and value is not False
    }
