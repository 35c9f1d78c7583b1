"""Answers become item results, and these a sheet; the same function for units, experts and the final sheet."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from cellcert.criteria import ways
from cellcert.criteria.answers import Answered, number_of
from cellcert.criteria.marking import Earned, Marking
from cellcert.criteria.schema import Checklist, Item
from cellcert.criteria.sheet import AnswerFault, AnswerFaults, ItemResult, Missing, Sheet
from cellcert.criteria.summing import summed
from cellcert.criteria.text import Text, figure, joined, later, rounded

__all__ = ["AnswerFault", "AnswerFaults", "Combine", "Sheet", "combined", "experts_score", "score", "settle"]

ZERO = Decimal(0)
Combine = Literal["median", "mean", "trimmed_mean"]


def score(checklist: Checklist, answers: Mapping[str, Any]) -> Sheet:
    """The sheet of one set of answers; raises ``AnswerFaults`` with everything that cannot be counted."""
    answered = Answered(checklist, answers)
    given = answered.group("items")
    results = [_answered_item(answered, item, given.get(item.key)) for item in checklist.items()]
    return summed(answered, results)


def settle(
    checklist: Checklist, answers: Mapping[str, Any], points: Mapping[str, Sequence[Decimal]], combine: Combine
) -> Sheet:
    """The final sheet: measured items from ``answers``, judged ones from the experts' ``points``, combined per item."""
    answered = Answered(checklist, {group: value for group, value in answers.items() if group != "items"})
    known = {item.key for item in checklist.items()}
    for key in points:
        if key not in known:
            answered.fault(key, f"没有叫“{key}”的项目", f"no item is called “{key}”")
    results = [
        _settled_item(answered, item, points.get(item.key, ()), combine)
        if experts_score(item)
        else _answered_item(answered, item, None)
        for item in checklist.items()
    ]
    return summed(answered, results)


def experts_score(item: Item) -> bool:
    """Whether there is anything for a person to judge; the rest is computed from indicators."""
    return not ways.is_computed(item.way)


def combined(points: Sequence[Decimal], combine: Combine) -> Decimal:
    """Several reviewers' points as one, rounded half-up to two places."""
    row = sorted(Fraction(point) for point in points)
    if combine == "median":
        middle = len(row) // 2
        row = row[middle : middle + 1] if len(row) % 2 else row[middle - 1 : middle + 1]
    elif combine == "trimmed_mean" and len(row) > 2:
        row = row[1:-1]
    return rounded(sum(row, Fraction(0)) / len(row))


def _answered_item(answered: Answered, item: Item, answer: object) -> ItemResult:
    if answered.holds(item.applies_if) is False:
        return _not_applicable(item)
    marking = Marking(answered, item.key)
    if item.kind == "penalty":
        return _penalty(marking, item, answer)
    earned = marking.mark(item.way, answer)
    if earned.state == "not_applicable":
        return _not_applicable(item)
    if item.kind == "item":
        _note_missing(answered, item, earned)
    points = min(rounded(earned.points), item.points)
    return _result(item, points, earned.state, earned.clause)


def _penalty(marking: Marking, item: Item, answer: object) -> ItemResult:
    if answer is None or not isinstance(item.way, ways.Deductions):
        return ItemResult(item.key, ZERO, ZERO, "missing", Text("未记录，不扣分", "nothing recorded"))
    lost, clauses, _ = marking.lost(item.way, answer)
    clause = later(joined, clauses) if clauses else Text("未发现，不扣分", "nothing found")
    return ItemResult(item.key, -rounded(lost) if lost else ZERO, ZERO, "scored", clause)


def _settled_item(answered: Answered, item: Item, given: Sequence[Decimal], combine: Combine) -> ItemResult:
    # The parts' own conditions decide whether anything of the item applies at all.
    if answered.holds(item.applies_if) is False or _nothing_applies(answered, item.way):
        return _not_applicable(item)
    figures = [number_of(point) for point in given]
    low, high = (None, ZERO) if item.kind == "penalty" else (ZERO, item.points)
    if any(f is None or f > high or (low is not None and f < low) for f in figures):
        bounds = Text(f"0–{figure(high)}", "") if low is not None else Text("0 或负数", "0 or negative")
        answered.fault(item.key, f"评分应当在 {bounds} 范围内", f"points must be {bounds.text('en')}")
        figures = []
    if not figures:
        if item.kind == "item":
            answered.missing.append(Missing("item", item.key, item.text))
        return _result(item, ZERO, "missing", Text("没有评分", "no points were given"))
    points = [f for f in figures if f is not None]
    result = combined(points, combine)
    return _result(item, result, "scored", later(_combined_text, points, combine, result))


def _combined_text(points: Sequence[Decimal], combine: Combine, result: Decimal) -> Text:
    row = "、".join(figure(point) for point in points)
    how = {
        "median": Text("取中位数", "median"),
        "mean": Text("取平均", "mean"),
        "trimmed_mean": Text("去掉最高、最低后取平均", "mean without highest and lowest")
        if len(points) > 2
        else Text("取平均", "mean"),
    }[combine]
    return Text(
        f"{len(points)} 份评分 {row}，{how} {figure(result)}",
        f"{len(points)} sheets: {row.replace('、', ', ')}; {how.en} {figure(result)}",
    )


def _nothing_applies(answered: Answered, way: ways.Way) -> bool:
    match way:
        case ways.Parts(parts=parts):
            return all(answered.holds(p.applies_if) is False or _nothing_applies(answered, p.way) for p in parts)
        case ways.AnyOf(ways=alternatives):
            return all(_nothing_applies(answered, alternative.way) for alternative in alternatives)
        case _:
            return False


def _result(item: Item, points: Decimal, state: Literal["scored", "missing", "no_value"], clause: Text) -> ItemResult:
    reason = clause if item.kind == "penalty" else later(_points_text, item, points, clause)
    return ItemResult(item.key, points, item.points, state, reason)


def _points_text(item: Item, points: Decimal, clause: Text) -> Text:
    return Text(
        f"{clause}，得 {figure(points)} 分（满分 {figure(item.points)} 分）",
        f"{clause.text('en')}: {figure(points)} of {figure(item.points)} points",
    )


def _not_applicable(item: Item) -> ItemResult:
    if item.kind != "item":
        return ItemResult(item.key, ZERO, ZERO, "not_applicable", Text("不适用", "does not apply"))
    points = item.points if item.not_applicable == "full" else ZERO
    return ItemResult(item.key, points, points, "not_applicable", later(_not_applicable_text, item))


def _not_applicable_text(item: Item) -> Text:
    match item.not_applicable:
        case "section":
            return Text("不适用，所在部分按比例折算", "does not apply; its section is scaled")
        case "total":
            return Text("不适用，总分按比例折算", "does not apply; the total is scaled")
        case "full":
            points = figure(item.points)
            return Text(f"不适用，按满分 {points} 分计", f"does not apply; counts full, {points} points")


def _note_missing(answered: Answered, item: Item, earned: Earned) -> None:
    if earned.state == "missing":
        answered.missing.append(Missing("item", item.key, item.text))
    elif earned.open:
        rest = joined(earned.open, "、", ", ")
        answered.missing.append(
            Missing(
                "item", item.key, Text(f"{item.text}：未填{rest}", f"{item.text.text('en')}: {rest.en} not answered")
            )
        )
