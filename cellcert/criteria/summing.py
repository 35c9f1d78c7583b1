"""Item results become a sheet: sections, floors, total, bonus, penalties, level — in that order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cellcert.criteria.answers import Answered
from cellcert.criteria.in_words import condition
from cellcert.criteria.schema import Checklist, Each, Item, Level, Section, Sum
from cellcert.criteria.sheet import AnswerFaults, ItemResult, SectionResult, Sheet
from cellcert.criteria.text import BLANK, EXACT, Text, figure, joined, later, quotient, rounded
from cellcert.criteria.ways import indicators

ZERO = Decimal(0)


def _section(section: Section, results: Mapping[str, ItemResult], least: Decimal | None) -> SectionResult:
    """The section's points; what does not apply is scaled here, left out, or counted full, as each item says."""
    earned = reach = left_out = ZERO
    applies = False
    for item in section.items:
        result = results[item.key]
        if result.state != "not_applicable" or result.possible:
            applies = True
            earned += result.points
            reach += result.possible
        elif item.not_applicable == "total":
            left_out += item.points
    if not applies:
        nothing = Text("本部分都不适用，总分按比例折算", "nothing in this section applies; the total is scaled")
        return SectionResult(section.key, section.title, ZERO, ZERO, section.floor, None, nothing)
    possible = section.points - left_out
    points = rounded(earned if reach == possible else quotient(EXACT.multiply(earned, possible), reach))
    floor = max((floor for floor in (section.floor, least) if floor is not None), default=None)
    reached = None if floor is None else _reaches(points, possible, floor)
    reason = later(_section_text, earned, reach, points, possible, floor)
    return SectionResult(section.key, section.title, points, possible, floor, reached, reason)


def _section_text(earned: Decimal, reach: Decimal, points: Decimal, possible: Decimal, floor: Decimal | None) -> Text:
    said = Text(f"各项合计 {figure(earned)} 分", f"its items add up to {figure(earned)}")
    if reach != possible:
        said = Text(
            f"{said}（适用 {figure(reach)} 分），折算为 {figure(points)} 分",
            f"{said.en} of {figure(reach)}, scaled to {figure(points)}",
        )
    if floor is None:
        return said
    line, reached = figure(quotient(EXACT.multiply(possible, floor), 100)), _reaches(points, possible, floor)
    return Text(
        f"{said}，{'达到' if reached else '未达到'}最低要求 {line} 分（{figure(floor)}%）",
        f"{said.en}; {'reaches' if reached else 'below'} the floor of {line} ({figure(floor)}%)",
    )


def _reaches(points: Decimal, possible: Decimal, percent: Decimal) -> bool:
    return EXACT.multiply(points, Decimal(100)) >= EXACT.multiply(possible, percent)


@dataclass(frozen=True, slots=True)
class _Sum:
    total: Decimal
    reason: Text


def summed(answered: Answered, results: list[ItemResult]) -> Sheet:
    """The sheet of these item results; raises ``AnswerFaults`` where an answer was wrong."""
    checklist = answered.checklist
    by_key = {result.key: result for result in results}
    barred = [reason for p in checklist.prerequisites if (reason := answered.bars(p)) is not None]
    if answered.faults:
        raise AnswerFaults(answered.faults)
    gates: list[Text] = []
    for item in checklist.items():
        result = by_key[item.key]
        if result.state != "not_applicable":
            if item.veto_if is not None or item.required:
                barred += _vetoes(answered, item, result)
            if item.gate and result.points == 0 and not _is_open(answered, item, result):
                gates.append(
                    Text(f"{item.text}：得 0 分，总分为 0", f"{item.text.text('en')}: 0 points, so the total is 0")
                )
    least = checklist.levels[-1].floor if checklist.levels else None
    sections = [_section(section, by_key, least) for section in checklist.sections]
    bonus = sum((by_key[item.key].points for item in checklist.bonus.items), ZERO) if checklist.bonus else ZERO
    bonus = min(bonus, checklist.bonus.cap) if checklist.bonus else ZERO
    penalties = -sum((by_key[item.key].points for item in checklist.penalties), ZERO)
    sum_ = _total(checklist, sections, bonus, penalties, bool(gates))
    level, why = _level(checklist, sections, by_key, sum_.total, bool(barred))
    return Sheet(
        total=sum_.total,
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
        reason=joined((sum_.reason, why), "。", ". "),
    )


def _is_open(answered: Answered, item: Item, result: ItemResult) -> bool:
    """Whether a 0 only says that nobody has answered yet: a draft shows the points it has."""
    if result.state == "no_value":
        used = [answered.indicators[key] for key in indicators(item.way)]
        return any(one.missing or one.applies is False for one in used)
    return result.state == "missing"


def _vetoes(answered: Answered, item: Item, result: ItemResult) -> list[Text]:
    found = []
    if item.veto_if is not None:
        veto = answered.bars_by(item.veto_if)
        why = answered.because(item.veto_if) if veto is not False else BLANK
        if veto is not False:
            rule = condition(answered.checklist, item.veto_if)
            start = Text("一票否决", "Veto") if veto else Text("一票否决无法判定", "Veto cannot be judged")
            found.append(
                Text(f"{start}：{item.text}，{rule}{why}", f"{start.en}: {item.text.text('en')}, {rule.en}{why.en}")
            )
    if item.required and result.points == 0:
        found.append(Text(f"必须完成项得 0 分：{item.text}", f"Required item with 0 points: {item.text.text('en')}"))
    return found


def _total(
    checklist: Checklist, sections: list[SectionResult], bonus: Decimal, penalties: Decimal, gated: bool
) -> _Sum:
    plain, reach = sum((s.points for s in sections), ZERO), sum((s.possible for s in sections), ZERO)
    full = checklist.points
    total = plain if reach == full else rounded(quotient(EXACT.multiply(plain, full), reach or 1))
    zh, en = [f"各部分合计 {figure(plain)} 分"], [f"The sections add up to {figure(plain)}"]
    if reach != full:
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
    for number, (level, reasons) in enumerate(zip(checklist.levels, short, strict=True)):
        if not reasons:
            reached = Text(
                f"达到“{level.name}”（{figure(level.total)} 分）",
                f"Reaches “{level.name.text('en')}” ({figure(level.total)})",
            )
            if number == 0:
                return level, reached
            return level, joined((reached, _missed(checklist.levels[number - 1], short[number - 1])), "。", ". ")
    return None, _missed(checklist.levels[-1], short[-1])


def _missed(level: Level, lacks: list[Text]) -> Text:
    why = joined(lacks)
    return Text(f"未达到“{level.name}”：{why}", f"Does not reach “{level.name.text('en')}”: {why.en}")


def _several(texts: Sequence[Text]) -> Text:
    """A few names, or the first of many and their number."""
    if len(texts) > 3:
        first, count = texts[0], len(texts)
        return Text(f"“{first}”等 {count} 项", f"“{first.text('en')}” and {count - 1} others")
    quoted = (Text(f"“{text}”", f"“{text.text('en')}”") for text in texts)
    return joined(quoted, "", ", ")


def lacking(checklist: Checklist, sheet: Sheet, level: Level) -> list[Text]:
    """What a scored sheet lacks for a level, vetoes aside."""
    results = {result.key: result for result in sheet.items}
    return _short_of(level, checklist, list(sheet.sections), results, sheet.total)


def _short_of(
    level: Level, checklist: Checklist, sections: list[SectionResult], results: Mapping[str, ItemResult], total: Decimal
) -> list[Text]:
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
    for each in level.each:
        share = figure(each.at_least)
        lacks += [
            Text(f"“{one.text}”不到 {share}%", f"“{one.text.text('en')}” is below {share}%")
            for one in _named(checklist, sections, results, each)
            if not _reaches(one.points, one.possible, each.at_least)
        ]
    for zeros in level.zeros:
        at_zero = [results[key] for key in zeros.items if results[key].state != "not_applicable"]
        if (count := sum(result.points == 0 for result in at_zero)) > zeros.at_most:
            of = _several([checklist.item(result.key).text for result in at_zero if result.points == 0])
            lacks.append(
                Text(
                    f"有 {count} 项得 0 分（{of}），最多允许 {zeros.at_most} 项",
                    f"{count} items at 0 ({of.en}), {zeros.at_most} allowed",
                )
            )
    for wanted in level.sums:
        named = _named(checklist, sections, results, wanted)
        earned, possible = sum((n.points for n in named), ZERO), sum((n.possible for n in named), ZERO)
        full = sum((checklist.item(key).points for key in wanted.items), ZERO)
        full += sum((checklist.section(key).points for key in wanted.sections), ZERO)
        asked_share = EXACT.multiply(wanted.at_least, possible)
        if possible and EXACT.multiply(earned, full) < asked_share:
            of = _several([n.text for n in named])
            asked = figure(quotient(asked_share, full))
            lacks.append(
                Text(
                    f"{of}合计 {figure(earned)} 分，不到 {asked} 分",
                    f"{of.en} earn {figure(earned)} points, below {asked}",
                )
            )
    return lacks


@dataclass(frozen=True, slots=True)
class _Part:
    """An item or a section a level names, as far as it applies."""

    text: Text
    points: Decimal
    possible: Decimal


def _named(
    checklist: Checklist, sections: list[SectionResult], results: Mapping[str, ItemResult], condition: Each | Sum
) -> list[_Part]:
    """What a condition speaks of and what of it applies."""
    items = [(checklist.item(key), results[key]) for key in condition.items]
    parts = [_Part(item.text, result.points, result.possible) for item, result in items if result.possible]
    return parts + [
        _Part(section.title, section.points, section.possible)
        for section in sections
        if section.key in condition.sections and section.possible
    ]
