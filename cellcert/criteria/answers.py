"""The answers of one sheet, checked against its checklist: facts, indicators, what applies, what bars."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

from cellcert.criteria import expression
from cellcert.criteria.expression import Unknown, Value
from cellcert.criteria.fields import NUMBER
from cellcert.criteria.in_words import condition
from cellcert.criteria.marked import MAX_FAULTS
from cellcert.criteria.schema import Checklist, Fact, Indicator, Prerequisite
from cellcert.criteria.sheet import AnswerFault, IndicatorResult, Missing
from cellcert.criteria.text import BLANK, Text, figure, joined, later, measured, rounded

GROUPS = ("facts", "indicators", "prerequisites", "items")
MAPS = (dict, Mapping)  # the usual one first: to ask whether something is a Mapping costs ten times as much


def number_of(given: object) -> Decimal | None:
    """An exact number, or ``None`` for what is not one; a float never is."""
    if isinstance(given, bool):
        return None
    if isinstance(given, int):
        return Decimal(given) if abs(given) < 10**18 else None
    if isinstance(given, Decimal):
        # A number with a huge exponent would be unfolded digit by digit; what is not finite has none.
        exponent = given.as_tuple().exponent
        return given if isinstance(exponent, int) and exponent >= -12 and given.adjusted() < 18 else None
    return Decimal(given) if isinstance(given, str) and NUMBER.match(given) else None


@dataclass(slots=True)
class Answered:
    """A sheet's answers as values, with what is wrong and what is missing."""

    checklist: Checklist
    given: Mapping[str, Any]
    faults: list[AnswerFault] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    values: dict[str, Value | Decimal | None] = field(default_factory=dict)
    indicators: dict[str, IndicatorResult] = field(default_factory=dict)
    held: dict[str, bool | None] = field(default_factory=dict)  # an indicator's own condition speaks of facts only

    def __post_init__(self) -> None:
        for group in self.given:
            if group not in GROUPS:
                self.fault(
                    str(group),
                    f"答卷里没有这一组，可用：{'、'.join(GROUPS)}",
                    f"no such group; there are {', '.join(GROUPS)}",
                )
        for fact in self.checklist.facts:
            self.values[fact.key] = self._fact(fact)
        for indicator in self.checklist.indicators:
            result = self.indicators[indicator.key] = self._indicator(indicator)
            self.values[indicator.key] = result.value
        self._refuse_strangers("facts", {fact.key for fact in self.checklist.facts})
        self._refuse_strangers("indicators", {indicator.key for indicator in self.checklist.indicators})
        self._refuse_strangers("prerequisites", {prerequisite.key for prerequisite in self.checklist.prerequisites})
        self._refuse_strangers("items", {item.key for item in self.checklist.items()})

    def fault(self, key: str, zh: str, en: str) -> None:
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(AnswerFault(key, Text(zh, en)))

    def group(self, name: str) -> Mapping[str, Any]:
        found = self.given.get(name)
        if found is None:
            return {}
        if isinstance(found, MAPS):
            return found
        self.fault(name, f"{name} 应当是“名称: 答案”的写法", f"{name} must be a map of answers")
        return {}

    def holds(self, condition: str | None) -> bool | None:
        """Whether a condition holds; ``None`` is unknown. No condition holds always."""
        if condition is None:
            return True
        if condition not in self.held:
            result = expression.evaluate(condition, self.values)
            self.held[condition] = None if isinstance(result, Unknown) else bool(result)
        return self.held[condition]

    def bars_by(self, condition: str) -> bool | None:
        """Whether a veto holds; not where only indicators that count full or do not apply leave it unknown."""
        held = self.holds(condition)
        if held is not None:
            return held
        unknown = [name for name in expression.names(condition) if self.values.get(name) is None]
        excused = {key for key, result in self.indicators.items() if result.full or result.applies is False}
        return False if unknown and excused.issuperset(unknown) else None

    def because(self, condition: str | None) -> Text:
        """The measured figures a condition speaks of, in brackets."""
        named = expression.names(condition) if condition is not None else frozenset()
        reasons = joined(result.reason for key, result in self.indicators.items() if key in named)
        return Text(f"（{reasons}）", f" ({reasons.en})") if reasons.zh else BLANK

    def _refuse_strangers(self, name: str, known: set[str]) -> None:
        for key in [key for key in self.group(name) if key not in known][:MAX_FAULTS]:
            self.fault(str(key), f"{name} 里没有“{key}”，请删去或改名", f"{name} has no “{key}”; remove or rename it")

    def _fact(self, fact: Fact) -> Value | Decimal | None:
        given = self.group("facts").get(fact.key)
        if given is None:
            self.missing.append(Missing("fact", fact.key, fact.ask))
            return None
        match fact.type:
            case "yes_no" if isinstance(given, bool):
                return given
            case "choice" if isinstance(given, str) and given in dict(fact.options):
                return given
            case "number" if (number := number_of(given)) is not None:
                low, high = fact.at_least, fact.at_most
                if (low is not None and number < low) or (high is not None and number > high):
                    self.fault(
                        fact.key, f"{fact.ask}：{figure(number)} 超出范围", f"{fact.ask.text('en')}: out of range"
                    )
                if fact.whole and number != int(number):
                    self.fault(fact.key, f"{fact.ask}：应当填整数", f"{fact.ask.text('en')}: give a whole number")
                return number
        asked = {
            "yes_no": Text("true 或 false", "true or false"),
            "choice": Text("、".join(key for key, _ in fact.options), ", ".join(key for key, _ in fact.options)),
            "number": Text("数", "a number"),
        }[fact.type]
        self.fault(fact.key, f"{fact.ask}：应当填 {asked}", f"{fact.ask.text('en')}: answer {asked.en}")
        return None

    def _indicator(self, indicator: Indicator) -> IndicatorResult:
        name, applies = indicator.name, self.holds(indicator.applies_if)
        if applies is False:
            reason = later(_not_applicable_text, name)
            return IndicatorResult(indicator.key, name, None, reason, applies=False)
        inputs = self._inputs(indicator)
        absent = [i.label() for i in indicator.inputs if inputs[i.key] is None]
        if absent:
            short = Text("、".join(n.zh for n in absent), ", ".join(n.text("en") for n in absent))
            self.missing.append(
                Missing(
                    "indicator", indicator.key, Text(f"{name}：未填{short}", f"{name.text('en')}: {short.en} missing")
                )
            )
            reason = Text(f"{name}无法计算：未填{short}", f"{name.text('en')} has no value: {short.en} missing")
            return IndicatorResult(indicator.key, name, None, reason, applies, missing=True)
        value = expression.evaluate(indicator.formula, inputs)
        if isinstance(value, Unknown):
            return self._divided_by_zero(indicator, value, applies)
        result = rounded(cast("Fraction", value), indicator.places)  # a number: the reader has seen to it
        low, high = indicator.plausible or (None, None)
        if low is not None and high is not None and not low <= result <= high:
            reason = _implausible_text(indicator, result, low, high)
            self.missing.append(Missing("indicator", indicator.key, reason))
            return IndicatorResult(indicator.key, name, None, reason, applies)
        return IndicatorResult(indicator.key, name, result, later(_value_text, indicator, result), applies)

    def _divided_by_zero(self, indicator: Indicator, value: Unknown, applies: bool | None) -> IndicatorResult:
        name = indicator.name
        if value.why == "empty" and indicator.empty == "full":
            reason = Text(f"{name}分子分母都是 0，按满分计", f"{name.text('en')} is 0 ÷ 0 and counts full")
            return IndicatorResult(indicator.key, name, None, reason, applies, full=True)
        reason = Text(f"{name}无法计算：分母为 0", f"{name.text('en')} has no value: divided by 0")
        return IndicatorResult(indicator.key, name, None, reason, applies)

    def _inputs(self, indicator: Indicator) -> dict[str, Decimal | None]:
        given = self.group("indicators").get(indicator.key)
        if given is not None and not isinstance(given, MAPS):
            self.fault(
                indicator.key,
                f"{indicator.name}：应当逐项填写数据",
                f"{indicator.name.text('en')}: give each of its figures",
            )
            given = None
        given = given or {}
        known = {i.key for i in indicator.inputs}
        for key in given:
            if key not in known:
                self.fault(
                    indicator.key, f"{indicator.name}没有数据“{key}”", f"{indicator.name.text('en')} has no “{key}”"
                )
        found: dict[str, Decimal | None] = {}
        for i in indicator.inputs:
            raw = given.get(i.key)
            number = found[i.key] = i.otherwise if raw is None or raw == "" else number_of(raw)
            if raw not in (None, "") and number is None:
                self.fault(indicator.key, f"{i.name}：应当填数", f"{i.name.text('en')}: give a number")
            elif number is not None and (number < i.at_least or (i.at_most is not None and number > i.at_most)):
                self.fault(
                    indicator.key,
                    f"{i.name}：{figure(number)} 超出范围（最小 {figure(i.at_least)}）",
                    f"{i.name.text('en')}: {figure(number)} is out of range",
                )
            elif number is not None and i.whole and number != int(number):
                self.fault(indicator.key, f"{i.name}：应当填整数", f"{i.name.text('en')}: give a whole number")
        return found

    def bars(self, prerequisite: Prerequisite) -> Text | None:
        """Why a prerequisite bars the sheet, or ``None``."""
        text, applies = prerequisite.text, self.holds(prerequisite.applies_if)
        if applies is False:
            return None
        given = self.group("prerequisites").get(prerequisite.key)
        if given is not None and not isinstance(given, bool):
            self.fault(prerequisite.key, f"{text}：应当填 true 或 false", f"{text.text('en')}: answer true or false")
            given = None
        if given is None:
            self.missing.append(Missing("prerequisite", prerequisite.key, text))
        fails = self.bars_by(prerequisite.unless) if prerequisite.unless is not None else False
        why = self.because(prerequisite.unless) if fails is not False else BLANK
        if given is False or fails is True:
            rule = BLANK
            if fails is True and prerequisite.unless is not None:
                said = condition(self.checklist, prerequisite.unless)
                rule = Text(f"，{said}", f", {said.text('en')}")
            return Text(
                f"前置条件不符合：{text}{rule}{why}",
                f"Prerequisite not met: {text.text('en')}{rule.text('en')}{why.en}",
            )
        if given is None or fails is None:
            return Text(f"前置条件无法判定：{text}{why}", f"Prerequisite cannot be judged: {text.text('en')}{why.en}")
        return None


def _not_applicable_text(name: Text) -> Text:
    return Text(f"{name}不适用", f"{name.text('en')} does not apply")


def _value_text(indicator: Indicator, value: Decimal) -> Text:
    shown = measured(value, indicator.unit, indicator.places)
    return Text(f"{indicator.name} {shown}", f"{indicator.name.text('en')} {shown.en}")


def _implausible_text(indicator: Indicator, value: Decimal, low: Decimal, high: Decimal) -> Text:
    shown, least, most = measured(value, indicator.unit, indicator.places), figure(low), measured(high, indicator.unit)
    return Text(
        f"{indicator.name}算得 {shown}，超出合理范围 {least}–{most}，请核对数据",
        f"{indicator.name.text('en')} comes to {shown.en}, outside {least}–{most.en}; check the figures",
    )
