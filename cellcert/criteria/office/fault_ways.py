"""Rules that take points: by fault, by count, within a range, by shortfall."""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from cellcert.criteria import ways
from cellcert.criteria.office.limits import Limit, limit_of
from cellcert.criteria.office.rule_reading import OTHERWISE, Reading, contradicts, step_for, under_condition
from cellcert.criteria.office.wording import COUNTED, NUM, Statement, number, shown
from cellcert.criteria.text import Text, figure

MISSES = re.compile(
    rf"每(?:再)?(低于?|降低|下降|减少|少|差|落后|不足|高于?|高出|超过?|超出|增加|上升)(?:目标值?|标准|基准)?({NUM}|[一二两三四五十])?个?(百分点|[%‰]|元|吨|t|kg|千克|公斤|克|g|米|m2|平方米|分贝|小时|天)"
)


SEVERAL = re.compile(
    rf"(?<![\d.第])(?:[2-9]|[1-9]\d|[二两三四五六七八九十])[{COUNTED}](?:及?以上)?(?:[不未没]|存在|以上|$)"
)
ONE = re.compile(
    rf"^(?:发现|缺少?|少|漏|有)[^,]{{0,24}}?(?<!第)(?:1|一)[{COUNTED}](?!性)|(?<!第)(?:1|一)[{COUNTED}]$|^(?:1|一)[{COUNTED}](?:不|未|没|缺|存在|有)"
)


def by_shortfall(reading: Reading, rest: Sequence[Statement], aside: Sequence[Statement]) -> ways.Way | None:
    """每低1个百分点扣2分."""
    misses = [
        (s, found) for s in rest if s.kind == "deduct" and s.high is None and (found := MISSES.search(s.about + s.said))
    ]
    if len(misses) != 1:
        return None
    statement, found = misses[0]
    falling = found[1].startswith(("高", "超", "增", "上"))
    unit = "%" if found[3] in ("百分点", "%") else found[3]
    target: Limit | None = None
    for text in (
        statement.about,
        *(s.about for s in rest if s is not statement),
        *(s.said for s in aside),
        reading.about,
    ):
        target = target or target_of(text, unit)
    others = [s for s in rest if s is not statement and s.kind not in ("floor", "part", "full", "award", "zero")]
    awards = [s for s in rest if s.kind == "award"]
    zeros = [s for s in rest if s.kind == "zero" and not OTHERWISE.match(s.about)]
    if others or zeros or statement.low <= 0 or any(s.best != reading.points for s in awards):
        return None
    if target is None:
        reading.doubt("按差距扣分，但没有写以多少为准", "points are lost by shortfall, but the target is not written")
        return None
    for zero in (s for s in rest if s.kind == "zero"):
        if (floor := limit_of(zero.about, unit)) is not None and floor.value != target.value:
            reading.doubt(f"“{shown(zero.said)}”没有用上：扣完为止另有界限", f"“{shown(zero.said)}” is not used")
    part = _part(reading, rest, found)
    if found[3] == "%":
        reading.doubt(
            f"“{found[2] or 1}%”按 {found[2] or 1} 个百分点理解", f"“{found[2] or 1}%” is taken as percentage points"
        )
    measure = reading.measure(target.subject or statement.about, unit)
    per = number(found[2]) if found[2] else Decimal(1)
    if per is None or per <= 0:
        return None
    return ways.Shortfall(
        reading.points,
        measure.key,
        target.value,
        statement.low,
        per,
        part,
        "at_most" if falling else "at_least",
        Text(unit),
    )


def target_of(text: str, unit: str) -> Limit | None:
    """达到90%, 以90%为基准."""
    if (limit := limit_of(MISSES.sub("", text), unit)) is not None:
        return limit
    found = re.search(
        rf"(?:以|目标值?|基准值?|标准值?)(?:为|是|:)?({NUM})(个?百分点|[%‰]|[^\d,为]{{1,3}})(?:为|,|$)", text
    )
    if found is None or found[2].replace("个百分点", "%") != unit:
        return None
    return Limit(Decimal(found[1]), ">=", unit, text[: found.start()].strip(",:的"))


def _part(
    reading: Reading, rest: Sequence[Statement], found: "re.Match[str]"
) -> Literal["full", "started", "proportional"]:
    said = "".join(s.said for s in rest if s.kind == "part")
    if "比例" in said:
        return "proportional"
    if re.search("不扣|不计(?!算)|忽略|舍去", said):
        return "full"
    if said:
        return "started"
    per = f"{found[2] or 1}{'个' if found[3] == '百分点' else ''}{found[3]}"
    reading.doubt(
        f"不足{per}怎样扣没有写：full 不扣、started 按一档扣、proportional 按比例；暂写 full",
        f"how a step below {per} counts is not said: full, started or proportional; full for now",
    )
    return "full"


def by_faults(reading: Reading, rest: Sequence[Statement], aside: Sequence[Statement]) -> ways.Way | None:
    """每发现一处扣2分；少一个扣2.5分；未开展的扣3分；本项不得分."""
    lost = [s for s in rest if s.kind == "deduct"]
    given = [s for s in rest if s.kind in ("award", "full")]
    zeros = [s for s in rest if s.kind == "zero"]
    if not lost and (given or not zeros or len(rest) != len(zeros) + len([s for s in rest if s.kind == "floor"])):
        return None
    if not lost and any(not s.about or re.match("否则|其余|其他", s.about) for s in zeros):
        return None
    if any(s.kind not in ("deduct", "zero", "floor", "award", "full", "most", "cap") for s in rest):
        return None
    if any(s.kind == "award" and (s.best != reading.points or s.high is not None) for s in given) or len(given) > 1:
        return None
    faults = _faults(reading, rest)
    if not faults:
        return None
    for fault in faults:
        most = fault.lose.highest if isinstance(fault.lose, ways.Range) else fault.lose
        if most is not None and most > reading.points:
            reading.doubt(
                f"分值写 {figure(reading.points)} 分，却扣 {figure(most)} 分（“{fault.text}”）",
                f"worth {figure(reading.points)}, yet {figure(most)} are taken (“{fault.text}”)",
            )
    return ways.Deductions(reading.points, tuple(faults))


def _faults(reading: Reading, rest: Sequence[Statement]) -> list[ways.Deduction] | None:
    faults: list[ways.Deduction] = []
    for statement in rest:
        if statement.kind == "deduct":
            fault = _fault(reading, statement, len(faults) + 1)
            if fault is None:
                return None
            faults.append(fault)
        elif statement.kind == "most" and faults:
            if not _limited(reading, faults, statement):
                return None
        elif statement.kind == "cap" and statement.low != reading.points:
            contradicts(reading, statement.low)
            return None
        elif statement.kind == "zero" and statement.about not in ("否则", "其余", "其他", "其它", ""):
            faults.append(_all_lost(reading, statement, len(faults) + 1))
    return faults


def _fault(reading: Reading, statement: Statement, at: int) -> ways.Deduction | None:
    about, applies_if = under_condition(reading, statement.about)
    text = shown(re.sub("(?:酌情|视情况?|视情节|适当|的)+$", "", about)) or shown(reading.about)[:120] or "不符合要求"
    if statement.low <= 0 and statement.high is None:
        return None
    if "每" not in about and SEVERAL.search(about.rsplit(",", 1)[-1]):
        reading.doubt(
            f"按处数分档扣分：“{shown(statement.said)}”，请改写成每处扣几分，或写成选择",
            f"points by how many: “{shown(statement.said)}”; write points for each, or a choice",
        )
        return None
    if MISSES.search(statement.about):
        reading.doubt(
            f"按差距扣分，与别的扣分写在一起：“{shown(statement.said)}”，请拆开",
            f"a shortfall among other faults: “{shown(statement.said)}”; separate it",
        )
        return None
    key = f"f{at}"
    each = "每" in about or any(ONE.search(piece) for piece in about.split(","))
    if statement.high is not None and each:
        reading.doubt(
            f"每处酌情扣 {figure(statement.low)}–{figure(statement.high)} 分，请写成每处扣固定分数",
            "a range for each occurrence; write a fixed figure",
        )
        return None
    if statement.high is not None:
        low, high = statement.low, statement.high
        if low >= high:
            reading.doubt(
                f"区间“{figure(low)}–{figure(high)}”应当从低到高", f"the range {figure(low)}–{figure(high)} must rise"
            )
            return None
        step = step_for(low, high)
        reading.doubt(
            f"酌情扣 {figure(low)}–{figure(high)} 分：每档几分没有写，暂写 {figure(step)} 分",
            f"−{figure(low)} to {figure(high)}: the step is not said; {figure(step)} for now",
        )
        return ways.Deduction(key, Text(text), ways.Range(low, high, step), applies_if=applies_if)
    group = re.search(rf"每(?:发现|有|出现|缺少?|少)?({NUM}|[二两三四五六七八九十])[{COUNTED}]", about)
    if group and number(group[1]) not in (None, Decimal(1)):
        reading.doubt(
            f"“{shown(group[0])}”扣一次：填报时按组数填，请核对",
            f"“{shown(group[0])}” counts once: the answer is the number of groups; check",
        )
    if re.search("酌情|视情|适当", statement.said):
        reading.doubt(
            f"写了“酌情”，却只有一个数：扣 {figure(statement.low)} 分",
            f"discretionary, but one figure only: −{figure(statement.low)}",
        )
    return ways.Deduction(key, Text(_each_text(text) if each else text), statement.low, each, applies_if=applies_if)


def _each_text(text: str) -> str:
    """“每发现一处混投” is printed as “混投，每发现一处扣 2 分”."""
    found = re.match(rf"^每(?![年月季周天日期])(?:发现|有|出现)?(?:一|1)?[{COUNTED}](?:的)?(.+)$", text)
    if found and found[1].strip("，：不合格"):
        return found[1].strip("，：")
    bare = re.sub(rf"^每(?:发现|有|出现)?(?:一|1)?[{COUNTED}]$", "不符合要求", text)
    return re.sub(rf"(?<=.)(?:的)?每(?:发现|有)?(?:一|1)?[{COUNTED}]?$|^每(?=[缺少漏有无未])", "", bare).strip("，：的")


def _limited(reading: Reading, faults: list[ways.Deduction], limit: Statement) -> bool:
    last = faults[-1]
    if limit.low == reading.points and len(faults) == 1:
        return True
    if not last.each or not isinstance(last.lose, Decimal) or limit.low < last.lose:
        reading.doubt(f"“{shown(limit.said)}”没有用上", f"“{shown(limit.said)}” is not used")
        return False
    faults[-1] = replace(last, most=limit.low)
    return True


def _all_lost(reading: Reading, statement: Statement, at: int) -> ways.Deduction:
    about, applies_if = under_condition(reading, statement.about)
    return ways.Deduction(f"f{at}", Text(shown(about)), None, applies_if=applies_if)
