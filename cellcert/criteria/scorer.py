"""Answers become a sheet: items, sections, floors, total, bonus, penalties, level — in that order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from cellcert.criteria import ways
from cellcert.criteria.answers import Answered, number_of
from cellcert.criteria.marking import Earned, Marking
from cellcert.criteria.schema import Checklist, Item, Level, Section
from cellcert.criteria.sheet import (
    AnswerFault,
    AnswerFaults,
    ItemResult,
    Missing,
    SectionResult,
    Sheet,
)
from cellcert.criteria.text import Text, figure, joined, rounded

__all__ = ["AnswerFault", "AnswerFaults", "Combine", "Sheet", "combined", "experts_score", "gains", "score", "settle"]

ZERO = Decimal(0)
Combine = Literal["median", "mean", "trimmed_mean"]


def score(checklist: Checklist, answers: Mapping[str, Any]) -> Sheet:
    """The sheet of one set of answers; raises ``AnswerFaults`` with everything that cannot be counted."""
    answered = Answered(checklist, answers)
    given = answered.group("items")
    results = [_answered_item(answered, item, given.get(item.key)) for item in checklist.items()]
    return _sheet(answered, results)


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
    return _sheet(answered, results)


def experts_score(item: Item) -> bool:
    """Whether there is anything for a person to judge; the rest is computed from indicators."""
    return not ways.is_computed(item.way)


def gains(checklist: Checklist, answers: Mapping[str, Any]) -> list[tuple[str, Decimal]]:
    """The items where points could still be won, the largest gain first."""
    sheet = score(checklist, answers)
    left = checklist.bonus.cap - sheet.bonus if checklist.bonus else ZERO
    bonus = {item.key for item in checklist.bonus.items} if checklist.bonus else set()
    won = [
        (
            result.key,
            min(result.possible - result.points, left) if result.key in bonus else result.possible - result.points,
        )
        for result in sheet.items
        if result.state != "not_applicable"
    ]
    return sorted(((key, gain) for key, gain in won if gain > 0), key=lambda pair: -pair[1])


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
    clause = joined(clauses) if clauses else Text("未发现，不扣分", "nothing found")
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
    row = "、".join(figure(point) for point in points)
    how = {
        "median": Text("取中位数", "median"),
        "mean": Text("取平均", "mean"),
        "trimmed_mean": Text("去掉最高、最低后取平均", "mean without highest and lowest")
        if len(points) > 2
        else Text("取平均", "mean"),
    }[combine]
    clause = Text(
        f"{len(points)} 份评分 {row}，{how} {figure(result)}",
        f"{len(points)} sheets: {row.replace('、', ', ')}; {how.en} {figure(result)}",
    )
    return _result(item, result, "scored", clause)


def _nothing_applies(answered: Answered, way: ways.Way) -> bool:
    match way:
        case ways.Parts(parts=parts):
            return all(answered.holds(p.applies_if) is False or _nothing_applies(answered, p.way) for p in parts)
        case ways.AnyOf(ways=alternatives):
            return all(_nothing_applies(answered, alternative.way) for alternative in alternatives)
        case _:
            return False


def _result(item: Item, points: Decimal, state: Literal["scored", "missing", "no_value"], clause: Text) -> ItemResult:
    reason = Text(
        f"{clause}，得 {figure(points)} 分（满分 {figure(item.points)} 分）",
        f"{clause.text('en')}: {figure(points)} of {figure(item.points)} points",
    )
    if item.kind == "penalty":
        reason = clause
    return ItemResult(item.key, points, item.points, state, reason)


def _not_applicable(item: Item) -> ItemResult:
    if item.kind != "item":
        return ItemResult(item.key, ZERO, ZERO, "not_applicable", Text("不适用", "does not apply"))
    full = item.not_applicable == "full"
    reason = {
        "section": Text("不适用，所在部分按比例折算", "does not apply; its section is scaled"),
        "total": Text("不适用，总分按比例折算", "does not apply; the total is scaled"),
        "full": Text(
            f"不适用，按满分 {figure(item.points)} 分计", f"does not apply; counts full, {figure(item.points)} points"
        ),
    }[item.not_applicable]
    points = item.points if full else ZERO
    return ItemResult(item.key, points, points, "not_applicable", reason)


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


def _section(section: Section, results: Mapping[str, ItemResult], least: Decimal | None) -> SectionResult:
    """The section's points; what does not apply is scaled here, left out, or counted full, as each item says."""
    here = [(item, results[item.key]) for item in section.items]
    counted = [r for _, r in here if r.state != "not_applicable" or r.possible]
    earned, reach = sum((r.points for r in counted), ZERO), sum((r.possible for r in counted), ZERO)
    left_out = sum((i.points for i, r in here if r.state == "not_applicable" and i.not_applicable == "total"), ZERO)
    if not counted:
        reason = Text("本部分都不适用，总分按比例折算", "nothing in this section applies; the total is scaled")
        return SectionResult(section.key, section.title, ZERO, ZERO, section.floor, None, reason)
    possible = section.points - left_out
    points = rounded(Fraction(earned) * Fraction(possible) / Fraction(reach))
    sentence = Text(f"各项合计 {figure(earned)} 分", f"its items add up to {figure(earned)}")
    if reach != possible:
        sentence = Text(
            f"{sentence}（适用 {figure(reach)} 分），折算为 {figure(points)} 分",
            f"{sentence.en} of {figure(reach)}, scaled to {figure(points)}",
        )
    floors = [floor for floor in (section.floor, least) if floor is not None]
    floor = max(floors, default=None)
    reached = None if floor is None else _reaches(points, possible, floor)
    if floor is not None:
        line = figure(Fraction(possible) * Fraction(floor) / 100)
        sentence = Text(
            f"{sentence}，{'达到' if reached else '未达到'}最低要求 {line} 分（{figure(floor)}%）",
            f"{sentence.en}; {'reaches' if reached else 'below'} the floor of {line} ({figure(floor)}%)",
        )
    return SectionResult(section.key, section.title, points, possible, floor, reached, sentence)


def _reaches(points: Decimal, possible: Decimal, percent: Decimal) -> bool:
    return Fraction(points) * 100 >= Fraction(possible) * Fraction(percent)


@dataclass(frozen=True, slots=True)
class _Sum:
    total: Decimal
    reason: Text


def _sheet(answered: Answered, results: list[ItemResult]) -> Sheet:
    checklist = answered.checklist
    by_key = {result.key: result for result in results}
    barred = [reason for p in checklist.prerequisites if (reason := answered.bars(p)) is not None]
    if answered.faults:
        raise AnswerFaults(answered.faults)
    gates: list[Text] = []
    for item in checklist.items():
        result = by_key[item.key]
        if result.state != "not_applicable":
            barred += _vetoes(answered, item, result)
            if item.gate and result.points == 0:
                gates.append(
                    Text(f"{item.text}：得 0 分，总分为 0", f"{item.text.text('en')}: 0 points, so the total is 0")
                )
    least = checklist.levels[-1].floor if checklist.levels else None
    sections = [_section(section, by_key, least) for section in checklist.sections]
    bonus = sum((by_key[item.key].points for item in checklist.bonus.items), ZERO) if checklist.bonus else ZERO
    bonus = min(bonus, checklist.bonus.cap) if checklist.bonus else ZERO
    penalties = -sum((by_key[item.key].points for item in checklist.penalties), ZERO)
    summed = _total(checklist, sections, bonus, penalties, bool(gates))
    level, why = _level(checklist, sections, by_key, summed.total, bool(barred))
    return Sheet(
        total=summed.total,
        possible=checklist.points,
        level=level,
        barred=tuple(barred),
        gates=tuple(gates),
        sections=tuple(sections),
        items=tuple(results),
        bonus=bonus,
        penalties=penalties,
        missing=tuple(answered.missing),
        indicators=tuple(answered.indicators.values()),
        reason=joined((summed.reason, why), "。", ". "),
    )


def _vetoes(answered: Answered, item: Item, result: ItemResult) -> list[Text]:
    found = []
    if item.veto_if is not None:
        veto = answered.holds(item.veto_if)
        if veto is True:
            found.append(
                Text(f"一票否决：{item.text}（{item.veto_if}）", f"Veto: {item.text.text('en')} ({item.veto_if})")
            )
        elif veto is None:
            found.append(Text(f"一票否决无法判定：{item.text}", f"The veto cannot be judged: {item.text.text('en')}"))
    if item.required and result.points == 0:
        found.append(Text(f"必须完成项得 0 分：{item.text}", f"Required item with 0 points: {item.text.text('en')}"))
    return found


def _total(
    checklist: Checklist, sections: list[SectionResult], bonus: Decimal, penalties: Decimal, gated: bool
) -> _Sum:
    plain, reach = sum((s.points for s in sections), ZERO), sum((s.possible for s in sections), ZERO)
    total = (
        plain
        if reach == checklist.points
        else rounded(Fraction(plain) * Fraction(checklist.points) / Fraction(reach or 1))
    )
    zh, en = [f"各部分合计 {figure(plain)} 分"], [f"The sections add up to {figure(plain)}"]
    if reach != checklist.points:
        zh.append(f"适用 {figure(reach)} 分，折算为 {figure(total)} 分")
        en.append(f"of {figure(reach)} applicable, scaled to {figure(total)}")
    if bonus:
        zh.append(f"加分 {figure(bonus)} 分")
        en.append(f"bonus {figure(bonus)}")
    if penalties:
        zh.append(f"扣分 {figure(penalties)} 分")
        en.append(f"penalties {figure(penalties)}")
    total = max(ZERO, total + bonus - penalties)
    if checklist.total_cap is not None and total > checklist.total_cap:
        total = checklist.total_cap
        zh.append(f"总分以 {figure(total)} 分为限")
        en.append(f"capped at {figure(total)}")
    if gated:
        total = ZERO
        zh.append("有零分即全部为零的项目")
        en.append("an item that makes the total 0")
    zh.append(f"总分 {figure(total)} 分")
    en.append(f"total {figure(total)}")
    return _Sum(total.quantize(Decimal("0.01")), Text("，".join(zh), ", ".join(en)))


def _level(
    checklist: Checklist, sections: list[SectionResult], results: Mapping[str, ItemResult], total: Decimal, barred: bool
) -> tuple[Level | None, Text]:
    if barred:
        return None, Text("有否决情形，不能认定等级", "Barred: no level can be reached")
    short = [_short_of(level, checklist, sections, results, total) for level in checklist.levels]
    for level, reasons in zip(checklist.levels, short, strict=True):
        if not reasons:
            return level, Text(
                f"达到“{level.name}”（{figure(level.total)} 分）",
                f"Reaches “{level.name.text('en')}” ({figure(level.total)})",
            )
    last, lacks = checklist.levels[-1], joined(short[-1], "、", ", ")
    return None, Text(f"未达到“{last.name}”：{lacks}", f"Does not reach “{last.name.text('en')}”: {lacks.en}")


def _short_of(
    level: Level, checklist: Checklist, sections: list[SectionResult], results: Mapping[str, ItemResult], total: Decimal
) -> list[Text]:
    """What a sheet lacks for a level."""
    lacks = []
    if total < level.total:
        lacks.append(
            Text(
                f"总分 {figure(total)} 不到 {figure(level.total)}",
                f"total {figure(total)} is below {figure(level.total)}",
            )
        )
    for section, result in zip(checklist.sections, sections, strict=True):
        floor = max((f for f in (section.floor, level.floor) if f is not None), default=None)
        if floor is not None and result.possible and not _reaches(result.points, result.possible, floor):
            lacks.append(
                Text(
                    f"“{section.title}”不到 {figure(floor)}%", f"“{section.title.text('en')}” is below {figure(floor)}%"
                )
            )
    if level.each:
        for key in level.each.items:
            result_ = results[key]
            if result_.state != "not_applicable" and not _reaches(
                result_.points, result_.possible, level.each.at_least
            ):
                text, share = checklist.item(key).text, figure(level.each.at_least)
                lacks.append(Text(f"“{text}”不到 {share}%", f"“{text.text('en')}” is below {share}%"))
    if level.zeros:
        zeros = sum(
            1 for key in level.zeros.items if results[key].state != "not_applicable" and results[key].points == 0
        )
        if zeros > level.zeros.at_most:
            lacks.append(
                Text(
                    f"{zeros} 个核心项得 0 分，最多 {level.zeros.at_most} 个",
                    f"{zeros} items at 0, {level.zeros.at_most} allowed",
                )
            )
    return lacks
