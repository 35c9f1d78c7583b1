"""Reading ``score:``: which way it is, and whether it can earn what its item promises."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, cast

from cellcert.criteria import expression, ways
from cellcert.criteria.fields import Fields, repeated
from cellcert.criteria.marked import Scalar, nearest
from cellcert.criteria.schema import Period
from cellcert.criteria.text import BLANK, Text, figure

HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Names:
    """What a checklist has named so far."""

    kinds: Mapping[str, expression.Kind]
    units: Mapping[str, Text]  # of indicators
    conditional: frozenset[str]  # indicators with applies_if
    periods: Mapping[str, Period | None]  # of indicators
    taken: dict[str, int] = field(default_factory=dict)  # keys of items and prerequisites, and their lines

    def over_years(self, indicator: str) -> bool:
        """Whether an indicator says itself which years it covers."""
        return (period := self.periods.get(indicator)) is not None and period.first < -1


def read_condition(fields: Fields, key: str, kinds: Mapping[str, expression.Kind]) -> str | None:
    """A condition over facts and indicators."""
    return _expression(fields, key, kinds, "truth")


def read_formula(fields: Fields, key: str, kinds: Mapping[str, expression.Kind]) -> str | None:
    """A formula over inputs."""
    return _expression(fields, key, kinds, "number", required=True)


def _expression(
    fields: Fields,
    key: str,
    kinds: Mapping[str, expression.Kind],
    want: Literal["number", "truth"],
    required: bool = False,
) -> str | None:
    node = fields.node(key, required)
    if node is None:
        return None
    if not isinstance(node, Scalar):
        fields.fault(key, f"{key} 应当是一个式子", f"{key} must be an expression")
        return None
    for message in expression.faults(node.value, kinds, want):
        fields.fault(key, f"{key}：{message}", f"{key}: {message.en}")
    return node.value


def read_way(fields: Fields, points: Decimal | None, names: Names, exact: bool = True) -> ways.Way | None:
    """The way under ``score:``; ``exact``: at best it must earn all ``points``."""
    node = fields.node("score", required=True)
    if node is None:
        return None
    worth = points if points is not None else Decimal(0)
    if isinstance(node, Scalar):
        if node.value == "yes_no":
            return ways.YesNo(worth)
        if node.value in READERS:
            form = "{judged: {step: 0.5}}" if node.value == "judged" else f"{{{node.value}: …}}"
            fields.fault(
                "score",
                f"{node.value} 后面还要写内容，例如 score: {form}",
                f"{node.value} needs more, such as score: {form}",
            )
            return None
        if nearest(node.value, ["yes_no"], 0.7):
            fields.fault(
                "score",
                f"score 不认识“{node.value}”，是不是“yes_no”？",
                f"score does not know “{node.value}”; did you mean “yes_no”?",
            )
            return None
        fields.fault(
            "score",
            f"score 不认识“{node.value}”，请写 yes_no，或 {{{' | '.join(READERS)}: …}}",
            f"score does not know “{node.value}”; write yes_no or one of {', '.join(READERS)}",
        )
        return None
    inner = fields.as_fields(node, f"{fields.place} score")
    if inner is None:
        return None
    named = [key for key in inner.table.pairs if key in READERS]
    if len(named) != 1:
        inner.asked |= set(READERS)
        if misspelt := inner.misspelt():
            for key, meant in misspelt:
                inner.fault(key, f"不认识“{key}”，是不是“{meant}”？", f"unknown key “{key}”: did you mean “{meant}”?")
        else:
            inner.fault(
                None,
                f"一项只能有一种计分方式，请写其中一个：{'、'.join(READERS)}",
                f"name one way to score: {', '.join(READERS)}",
            )
        return None
    way = READERS[named[0]](inner, worth, names)
    inner.done()
    if way is not None and points is not None:
        _check_best(fields, way, points, exact)
    return way


def _check_best(fields: Fields, way: ways.Way, points: Decimal, exact: bool) -> None:
    most = ways.best(way)
    if most > points or (exact and most != points):
        fields.fault(
            "score",
            f"本项 {figure(points)} 分，而计分方式最多得 {figure(most)} 分，请改成一致",
            f"worth {figure(points)} points, but its way earns {figure(most)} at best; make them agree",
        )


def _choice(fields: Fields, points: Decimal, names: Names) -> ways.Way:
    options = []
    for row in fields.rows("choice", required=True):
        key, label, earned = row.key(), row.text("label", required=True), _figure_or_range(row, "points")
        if label is not None and earned is not None:
            options.append(ways.Option(key, label, earned))
        row.done()
    _unique(fields, "choice", [option.key for option in options])
    if len(options) == 1:
        fields.fault("choice", "至少要有两个选项；只有一个请用 yes_no", "give two options at least; use yes_no for one")
    return ways.Choice(points, tuple(options))


def _figure_or_range(fields: Fields, key: str) -> Decimal | ways.Range | None:
    node = fields.node(key, required=True)
    if node is None:
        return None
    if isinstance(node, Scalar):
        if "step" in fields:
            fields.node("step")
            fields.fault("step", f"step 只用于区间 {key}: [低, 高]", f"step belongs to a range {key}: [low, high]")
        return fields.as_points(node, key)
    bounds = [fields.as_points(value, key) for value in fields.row(key)]
    step = fields.points("step", required=False, least=HUNDREDTH)
    if "step" not in fields:
        fields.fault(key, "区间必须写 step（每档几分，例如 step: 0.5）", "a range must say its step, such as step: 0.5")
    if len(bounds) != 2:
        fields.fault(key, f"{key} 的区间应当是两个数：[低, 高]", f"the range {key} must be two figures: [low, high]")
        return None
    low, high = bounds
    if low is None or high is None or step is None:
        return None
    if low >= high or (high - low) % step:
        fields.fault(
            key,
            f"区间 [{figure(low)}, {figure(high)}] 应当从低到高，且能被 step {figure(step)} 整除",
            f"the range [{figure(low)}, {figure(high)}] must rise and be a multiple of step {figure(step)}",
        )
        return None
    return ways.Range(low, high, step)


def _parts(fields: Fields, points: Decimal, names: Names) -> ways.Way:
    parts = []
    for row in fields.rows("parts", required=True):
        key, text, worth = row.key(), row.text("text", required=True), row.points(least=HUNDREDTH)
        way, applies_if = read_way(row, worth, names), read_condition(row, "applies_if", names.kinds)
        row.done()
        if text is not None and way is not None:
            parts.append(ways.Part(key, text, worth or Decimal(0), way, applies_if))
    _unique(fields, "parts", [part.key for part in parts])
    return ways.Parts(points, tuple(parts), fields.points("cap", required=False, least=HUNDREDTH))


def _indicator(fields: Fields, key: str, names: Names) -> tuple[str, Text]:
    name = fields.word(key, required=True)
    if name and name not in names.units:
        fields.one_of(key, sorted(names.units) or ["—"])
    return name, names.units.get(name, BLANK)


def _tiers(fields: Fields, points: Decimal, names: Names) -> ways.Way:
    indicator, unit = _indicator(fields, "tiers", names)
    steps: list[ways.Step] = []
    directions: set[bool] = set()
    for row in fields.rows("steps", required=True):
        limits = [key for key in ("at_least", "above", "at_most", "below") if key in row]
        row.asked |= {"at_least", "above", "at_most", "below"}
        if len(limits) != 1 and not row.misspelt():
            row.fault(
                None,
                "每档写一个界限：at_least、above、at_most 或 below",
                "one limit each: at_least, above, at_most or below",
            )
        values = [row.number(key) for key in limits]
        earned = row.points()
        row.done()
        if len(limits) != 1 or values[0] is None or earned is None:
            continue
        directions.add(limits[0] in {"at_least", "above"})
        step = ways.Step(values[0], limits[0] in {"at_least", "at_most"}, earned)
        if steps and len(directions) == 1 and not _follows(steps[-1], step, rising=True in directions):
            row.fault(
                limits[0],
                "各档要从好到差排列，界限和得分都逐档降低，不能重叠",
                "tiers run from best to worst: each limit is easier and each earns less than the one before",
            )
        steps.append(step)
    if len(directions) > 1:
        fields.fault(
            "steps", "各档的方向要一致，不能混用 at_least/above 与 at_most/below", "all tiers must point the same way"
        )
    otherwise = fields.points("otherwise", required=False)
    if otherwise is not None and steps and otherwise >= steps[-1].points:
        fields.fault("otherwise", "otherwise 应当低于最后一档的得分", "otherwise must be less than the last tier earns")
    return ways.Tiers(points, indicator, tuple(steps), True in directions, unit, otherwise or Decimal(0))


def _follows(before: ways.Step, step: ways.Step, rising: bool) -> bool:
    if before.limit == step.limit:
        easier = not before.inclusive and step.inclusive
    else:
        easier = step.limit < before.limit if rising else step.limit > before.limit
    return easier and step.points < before.points


def _linear(fields: Fields, points: Decimal, names: Names) -> ways.Way | None:
    indicator, unit = _indicator(fields, "linear", names)
    marks = []
    for key in ("from", "to"):
        inner = fields.within(key, required=True)
        if inner is not None:
            value, earned = inner.number("value", required=True), inner.points()
            inner.done()
            if value is not None and earned is not None:
                marks.append(ways.Mark(value, earned))
    if len(marks) != 2:
        return None
    start, end = marks
    if start.value == end.value or start.points == end.points:
        fields.fault("to", "from 与 to 的 value、points 都应当不同", "from and to must differ in value and in points")
    return ways.Linear(points, indicator, start, end, unit)


def _shortfall(fields: Fields, points: Decimal, names: Names) -> ways.Shortfall | None:
    indicator, unit = _indicator(fields, "shortfall", names)
    target = fields.number("target", required=True)
    lose, per = fields.points("lose", least=HUNDREDTH), fields.number("per", required=True)
    if per is not None and per <= 0:
        fields.fault("per", "per 应当大于 0", "per must be more than 0")
        per = None
    if "part" not in fields:
        fields.fault(
            None,
            "必须写 part：full（不足一档不扣）、started（不足一档按一档扣）或 proportional（按比例）",
            "say how a part step counts: part: full, started or proportional",
        )
    part = fields.one_of("part", ("full", "started", "proportional"), "full")
    direction = fields.one_of("direction", ("at_least", "at_most"), "at_least")
    if target is None or lose is None or per is None:
        return None
    return ways.Shortfall(
        points,
        indicator,
        target,
        lose,
        per,
        cast("Literal['full', 'started', 'proportional']", part),
        cast("Literal['at_least', 'at_most']", direction),
        unit,
    )


def _deductions(fields: Fields, points: Decimal, names: Names) -> ways.Way:
    found = []
    for row in fields.rows("deductions", required=True):
        key, text = row.key(), row.text("text", required=True)
        if "shortfall" in row or "lose" not in row:
            row.asked.add("shortfall")
        if "shortfall" in row:
            short = _shortfall(row, points, names)
            most = row.points("most", required=False, least=HUNDREDTH)
            applies_if = read_condition(row, "applies_if", names.kinds)
            row.done()
            if text is not None and short is not None:
                found.append(ways.Deduction(key, text, Decimal(0), most=most, applies_if=applies_if, short=short))
            continue
        each = row.truth("each")
        whole = (node := row.node("lose")) is not None and isinstance(node, Scalar) and node.value == "all"
        lose = None if whole else _figure_or_range(row, "lose")
        most = row.points("most", required=False, least=HUNDREDTH)
        applies_if = read_condition(row, "applies_if", names.kinds)
        row.done()
        if (most is not None and not each) or (each and (whole or isinstance(lose, ways.Range))):
            row.fault(
                "most" if not each else "each",
                "each: true 用于按处数扣固定分数，most 只与它连用",
                "each: true takes a fixed figure per occurrence; most belongs to each: true",
            )
        if isinstance(lose, Decimal) and lose == 0:
            row.fault("lose", "lose 应当大于 0", "lose must be more than 0")
        if isinstance(lose, Decimal) and most is not None and most < lose:
            row.fault("most", "most 不能小于每处的扣分", "most must not be less than one occurrence loses")
        if text is not None and (whole or lose is not None):
            found.append(ways.Deduction(key, text, lose, each, most, applies_if))
    _unique(fields, "deductions", [deduction.key for deduction in found])
    _not_reserved(fields, "deductions", [deduction.key for deduction in found])
    return ways.Deductions(points, tuple(found))


def _at_least(fields: Fields, points: Decimal, names: Names) -> ways.Way | None:
    count = fields.whole("at_least", required=True, least=1)
    of = []
    for row in fields.rows("of", required=True):
        key, text = row.key(), row.text("text", required=True)
        row.done()
        if text is not None:
            of.append(ways.Condition(key, text))
    _unique(fields, "of", [condition.key for condition in of])
    _not_reserved(fields, "of", [condition.key for condition in of])
    if count is not None and count > len(of):
        fields.fault(
            "at_least", f"要求 {count} 条，而 of 只列出 {len(of)} 条", f"asks for {count}, but of lists only {len(of)}"
        )
    short = fields.one_of("short", ("none", "proportional"), "none")
    if count is None:
        return None
    return ways.AtLeast(points, count, tuple(of), cast("Literal['none', 'proportional']", short))


def _any_of(fields: Fields, points: Decimal, names: Names) -> ways.Way:
    alternatives = []
    for row in fields.rows("any_of", required=True):
        key, text, way = row.key(), row.text("text", required=True), read_way(row, points, names, exact=False)
        row.done()
        if text is not None and way is not None:
            alternatives.append(ways.Alternative(key, text, way))
    _unique(fields, "any_of", [alternative.key for alternative in alternatives])
    return ways.AnyOf(points, tuple(alternatives))


def _judged(fields: Fields, points: Decimal, names: Names) -> ways.Way | None:
    inner = fields.within("judged", required=True)
    if inner is None:
        return None
    step = inner.points("step", least=HUNDREDTH)
    inner.done()
    if step is None:
        return None
    if points % step:
        fields.fault(
            "judged",
            f"{figure(points)} 分不是 step {figure(step)} 的整数倍",
            f"{figure(points)} points are not a multiple of step {figure(step)}",
        )
    return ways.Judged(points, step)


def _not_reserved(fields: Fields, key: str, keys: list[str]) -> None:
    """Forms use the word for “checked, nothing found”."""
    if "checked" in keys:
        fields.fault_if_new(key, "key 不能叫 checked，请换个名称", "a key may not be called checked; choose another")


def _unique(fields: Fields, key: str, keys: list[str]) -> None:
    for twice in repeated(keys):
        fields.fault(
            key, f"{key} 里的 key“{twice}”重复，请改名", f"the key “{twice}” is used twice in {key}; rename one"
        )


READERS: Mapping[str, Callable[[Fields, Decimal, Names], ways.Way | None]] = {
    "choice": _choice,
    "parts": _parts,
    "tiers": _tiers,
    "linear": _linear,
    "shortfall": _shortfall,
    "deductions": _deductions,
    "at_least": _at_least,
    "any_of": _any_of,
    "judged": _judged,
}
