"""Rules that give points: all or nothing, graded, part by part, by count, in proportion, as judged."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from cellcert.criteria import ways
from cellcert.criteria.office.limits import figures_in, limit_of
from cellcert.criteria.office.rule_reading import (
    GRADED,
    OTHERWISE,
    Reading,
    contradicts,
    listed_in,
    step_for,
    under_condition,
    worth_of,
)
from cellcert.criteria.office.wording import COUNTED, NUM, Statement, number, shown
from cellcert.criteria.text import Text, figure

AT_LEAST = re.compile(
    rf"(?:至少|不少于|不低于|任意|任选|其中)?(?:做到|满足|达到|符合|完成|开展|具备|有|落实|采取|选)?(?:其中)?(?:的)?(?:任意|任)?"
    rf"({NUM}|[一二两三四五六七八九十])(?:项|条|种|类|个)(?:及?以上|或以上)?(?:的)?$"
)


def judged_freely(reading: Reading, rest: Sequence[Statement], aside: Sequence[Statement]) -> ways.Way | None:
    """酌情给分; a single range 得1~5分."""
    ranged = len(rest) == 1 and rest[0].kind == "award" and rest[0].high is not None
    if not any(s.kind == "open" for s in rest) and not ranged:
        return None
    if (
        any(s.kind not in ("open", "award", "cap", "zero") for s in rest)
        or len([s for s in rest if s.kind == "award"]) > 1
    ):
        return None
    if ranged and rest[0].best != reading.points:
        return None
    if not ranged and any(s.kind == "award" and s.best != reading.points for s in rest):
        return None
    step = step_for(Decimal(0), reading.points)
    reading.doubt(
        f"由评审人酌情打分：每档几分没有写，暂写 {figure(step)} 分",
        f"judged: the step is not said; {figure(step)} for now",
    )
    if ranged and rest[0].low > 0:
        reading.doubt(
            f"最低写 {figure(rest[0].low)} 分；能不能是 0 分？judged 从 0 分起",
            f"the lowest is {figure(rest[0].low)}; judged begins at 0",
        )
    return ways.Judged(reading.points, step)


def in_proportion(reading: Reading, rest: Sequence[Statement], aside: Sequence[Statement]) -> ways.Way | None:
    """完成率×5分; 达到90%得满分，不足的按比例得分."""
    given = [s for s in rest if s.kind in ("award", "full")]
    ratio = [s for s in rest if s.kind == "ratio"]
    if len(given) != 1 or worth_of(given[0], reading.points) != reading.points or len(rest) != 1 + len(ratio):
        return None
    times = re.search(r"(.{2,})[×xX*]$", given[0].about)
    if times is not None and not re.search(r"[×÷*/]", times[1]):
        measure = reading.measure(times[1], "%")
        reading.doubt("按比例得分：0% 得 0 分、100% 得满分，请核对", "in proportion from 0% to 100%; check")
        return ways.Linear(
            reading.points,
            measure.key,
            ways.Mark(Decimal(0), Decimal(0)),
            ways.Mark(Decimal(100), reading.points),
            Text("%"),
        )
    found = limit_of(given[0].about)
    if not ratio or found is None or found.value <= 0 or found.sign not in (">", ">="):
        return None
    measure = reading.measure(found.subject, found.unit)
    reading.doubt(
        f"“按比例得分”从 0 算起：0 得 0 分，{figure(found.value)}{found.unit} 得满分，请核对",
        f"in proportion from 0 to {figure(found.value)}{found.unit}; check",
    )
    return ways.Linear(
        reading.points,
        measure.key,
        ways.Mark(Decimal(0), Decimal(0)),
        ways.Mark(found.value, reading.points),
        Text(found.unit),
    )


def at_least_some(reading: Reading, rest: Sequence[Statement], aside: Sequence[Statement]) -> ways.Way | None:
    """至少做到3项得满分."""
    given = [
        s
        for s in rest
        if s.kind in ("full", "award") and (s.kind == "full" or s.best == reading.points) and s.high is None
    ]
    if len(given) != 1 or (found := AT_LEAST.search(given[0].about)) is None or re.search("每", given[0].about):
        return None
    if not re.search("至少|不少于|不低于|以上|任|其中|做到|满足", given[0].about):
        return None
    others = [s for s in rest if s is not given[0]]
    lost = [s for s in others if s.kind == "deduct" and re.search(r"每?[缺少]", s.about)]
    if any(s.kind not in ("zero", "floor") and s not in lost for s in others) or len(lost) > 1:
        return None
    count = number(found[1])
    listed = [shown(text) for text in listed_in(reading, [*aside, *rest])]
    if count is None or count < 1 or count != int(count):
        return None
    short: Literal["none", "proportional"] = "none"
    if lost and lost[0].low * count == reading.points:
        short = "proportional"
    elif lost:
        reading.doubt(
            f"每少一项扣 {figure(lost[0].low)} 分，{figure(count)} 项与 {figure(reading.points)} 分不成比例",
            f"−{figure(lost[0].low)} each does not fit {figure(count)} of {figure(reading.points)} points",
        )
        return None
    if len(listed) < count:
        reading.doubt(
            f"至少 {figure(count)} 项，但没有列出是哪几项，请列出",
            f"at least {figure(count)}, but of what is not listed; list them",
        )
        listed = [f"第 {n} 项（请写明）" for n in range(1, int(count) + 1)]
    of = tuple(ways.Condition(f"c{n}", Text(text)) for n, text in enumerate(listed, 1))
    return ways.AtLeast(reading.points, int(count), of, short)


def per_count(reading: Reading, rest: Sequence[Statement], aside: Sequence[Statement]) -> ways.Way | None:
    """每项得1分，最高3分: the parts that are listed, else how many."""
    given = [s for s in rest if s.kind == "award"]
    if (
        len(given) != 1
        or not re.search("每|^(?:1|一)[项个次]", given[0].about)
        or given[0].high is not None
        or given[0].low <= 0
    ):
        return None
    if any(s.kind not in ("award", "cap", "zero", "full") for s in rest):
        return None
    caps = [s.low for s in rest if s.kind == "cap"] or [reading.points]
    if len(caps) > 1 or caps[0] != reading.points:
        contradicts(reading, caps[0])
        return None
    one = given[0].low
    listed = listed_in(reading, aside)
    if len(listed) > 1:
        if one * len(listed) < reading.points:
            contradicts(reading, one * len(listed))
            return None
        parts = tuple(ways.Part(f"p{n}", Text(shown(text)), one, ways.YesNo(one)) for n, text in enumerate(listed, 1))
        return ways.Parts(reading.points, parts, reading.points if one * len(listed) > reading.points else None)
    return _counted(reading, given[0].about, one)


def _counted(reading: Reading, about: str, one: Decimal) -> ways.Way | None:
    times = reading.points / one
    if re.search("百分点|%", about):
        return None
    if times != int(times) or not 1 <= times <= 20:
        reading.doubt(
            f"每项 {figure(one)} 分，{figure(reading.points)} 分不是整数项",
            f"{figure(reading.points)} is not a whole number of {figure(one)}",
        )
        return None
    unit = re.search(f"[{COUNTED}]", about)
    of = (
        re.sub(rf"(?:每?(?:1|一)?[{COUNTED}]|每)$", "", about)
        if about.count("每") and not about.startswith("每")
        else about
    )
    of = re.sub(rf"^每?(?:有|开展|建|完成|新增|增加|组织|举办|获得?|做到|具备)?(?:1|一)?[{COUNTED}]?(?:的)?", "", of)
    of = "" if re.search(r"\d|次$|每", of) else of
    name = unit[0] if unit else "项"
    if times == 1:
        return ways.YesNo(reading.points)
    options = [
        ways.Option(f"n{n}", Text(f"{shown(of)}{n} {name}{'及以上' if n == times else ''}"), one * n)
        for n in range(int(times), 0, -1)
    ]
    return ways.Choice(reading.points, (*options, ways.Option("none", Text("没有"), Decimal(0))))


def met_or_not(reading: Reading, rest: Sequence[Statement], aside: Sequence[Statement]) -> ways.Way | None:
    """符合得5分，否则不得分."""
    given = [s for s in rest if s.kind in ("award", "full")]
    zeros = [s for s in rest if s.kind == "zero"]
    caps = [s for s in rest if s.kind == "cap"]
    if not given and len(caps) == 1 and len(zeros) + 1 == len(rest):
        given, caps = caps, []  # 满分5分
    if (
        len(given) != 1
        or given[0].high is not None
        or any(s.low != reading.points for s in caps)
        or len(given) + len(zeros) + len(caps) != len(rest)
    ):
        return None
    if any(s.about and not OTHERWISE.match(s.about) for s in zeros):
        return None
    if re.search(r"[×÷*=]|[\u4e00-\u9fff)]/[\u4e00-\u9fff(]|乘以|除以|每", given[0].about):
        return None
    if worth_of(given[0], reading.points) != reading.points:
        contradicts(reading, given[0].low)
        return None
    if re.fullmatch(rf"(?:分值|得分|计)?{NUM}分", given[0].said) and len(rest) == 1:
        reading.doubt(
            "评分标准只写了分数，请确认是符合即得、不符合不得", "the rule is a figure only; is it all or nothing?"
        )
    if re.search("酌情|视情", given[0].said):
        reading.doubt("写了“酌情”，请确认是否全得或不得", "discretionary; is it all or nothing?")
    found = limit_of(given[0].about)
    if found is not None and found.unit and found.unit in "%‰":
        return None
    if (measured := re.search(rf"{NUM}(?:个百分点|[%‰])", given[0].about)) is not None:
        reading.doubt(
            f"“{measured[0]}”没有写成指标，暂按是否符合", f"“{measured[0]}” is not computed yet; met or not for now"
        )
    return ways.YesNo(reading.points)


def graded_choice(reading: Reading, rest: Sequence[Statement], aside: Sequence[Statement]) -> ways.Way | None:
    """好得5分，较好得3-4分，一般得1-2分."""
    given = [s for s in rest if s.kind in ("award", "half", "full")]
    zeros = [s for s in rest if s.kind == "zero"]
    if len(given) < 2 or len(given) + len(zeros) != len(rest):
        return None
    worths = [worth_of(s, reading.points) if s.kind != "award" else s.best for s in given]
    named = sum(bool(GRADED.search(s.about)) or bool(re.search(r"\d", s.about)) for s in given) >= 2
    named = named or any(s.high is not None for s in given)
    graded = named or worths in (sorted(set(worths)), sorted(set(worths), reverse=True))
    if sum(worths) == reading.points and max(worths) != reading.points:
        if graded and all(GRADED.search(s.about) for s in given):
            contradicts(reading, max(worths))
            reading.stuck = True
        return None
    if not graded or max(worths) != reading.points or len(set(worths)) != len(worths):
        return None
    if any(s.about.startswith("每") for s in given):
        return None
    if any(figures_in(s.about) for s in given):
        reading.doubt(
            "各档按百分数分，没有写成指标，暂由人选择", "the grades name percentages, not computed yet; picked for now"
        )
    if not named and not zeros:
        reading.doubt(
            f"理解为择一得分；如果是相加（共 {figure(sum(worths, Decimal(0)))} 分），请改写",
            f"taken as a choice; if they add up ({figure(sum(worths, Decimal(0)))}), rewrite it",
        )
    options: list[ways.Option] = []
    for at, statement in enumerate(
        sorted(given, key=lambda s: -(worth_of(s, reading.points) if s.kind != "award" else s.best)), 1
    ):
        worth: Decimal | ways.Range = worth_of(statement, reading.points)
        if statement.high is not None:
            low, high = min(statement.low, statement.high), max(statement.low, statement.high)
            if low == high:
                return None
            step = step_for(low, high)
            reading.doubt(
                f"“{shown(statement.about)}”得 {figure(low)}–{figure(high)} 分：每档几分没有写，暂写 {figure(step)} 分",
                f"{figure(low)}–{figure(high)}: the step is not said; {figure(step)} for now",
            )
            worth = ways.Range(low, high, step)
        options.append(ways.Option(f"o{at}", Text(shown(statement.about) or f"第 {at} 档"), worth))
    none = [o for o in options if o.points == 0]
    if not none:
        label = next((shown(s.about) for s in zeros if s.about), "其余")
        options.append(ways.Option("none", Text(label), Decimal(0)))
    return ways.Choice(reading.points, tuple(options))


def added_parts(reading: Reading, rest: Sequence[Statement], aside: Sequence[Statement]) -> ways.Way | None:
    """有方案得2分，有专人得2分……"""
    given = [s for s in rest if s.kind == "award"]
    caps = [s for s in rest if s.kind == "cap"]
    zeros = [s for s in rest if s.kind == "zero"]
    if not given or any(s.kind not in ("award", "cap", "zero") for s in rest):
        if len(rest) > 1:
            reading.doubt("几种计分写在一起，没有读懂", "several ways in one rule; not understood")
        return None
    if any(s.about and not OTHERWISE.match(s.about) for s in zeros) or any(
        s.high is not None or s.low <= 0 for s in given
    ):
        return None
    if any(re.match("每", s.about) for s in given):
        reading.doubt("其中有“每……得几分”，请分开写", "one of them is per occurrence; write it apart")
        return None
    total = sum((s.low for s in given), Decimal(0))
    if caps and (len(caps) > 1 or caps[0].low != reading.points):
        contradicts(reading, caps[0].low)
        return None
    if total != reading.points and not (caps and total > reading.points):
        contradicts(reading, total, [s.low for s in given])
        return None
    parts = []
    for at, statement in enumerate(given, 1):
        about, applies_if = under_condition(reading, statement.about)
        text = shown(re.sub("的$", "", about)) or f"第 {at} 点"
        parts.append(
            ways.Part(f"p{at}", Text(text), statement.low, _part_way(reading, about, statement.low), applies_if)
        )
    if len(parts) == 1:
        return None
    return ways.Parts(reading.points, tuple(parts), reading.points if total > reading.points else None)


def _part_way(reading: Reading, about: str, points: Decimal) -> ways.Way:
    """A part is met or not, or measured: 知晓率达90%以上得3分."""
    limit = limit_of(about)
    if limit is None or limit.unit not in ("%", "‰") or figures_in(about) > 1 or "或" in about:
        if figures_in(about):
            reading.doubt(f"“{shown(about)}”没有写成指标，暂按是否符合", f"“{shown(about)}” is not computed yet")
        return ways.YesNo(points)
    measure = reading.measure(limit.subject, limit.unit)
    rising = limit.sign in (">", ">=")
    return ways.Tiers(
        points, measure.key, (ways.Step(limit.value, limit.sign in (">=", "<="), points),), rising, Text(limit.unit)
    )


def any_of_two(reading: Reading, rest: Sequence[Statement], aside: Sequence[Statement]) -> ways.Way | None:
    """综合利用率达到90%或三年累计提高20个百分点得10分."""
    given = [s for s in rest if s.kind in ("award", "full")]
    if len(given) != 1 or worth_of(given[0], reading.points) != reading.points or given[0].high is not None:
        return None
    if any(s is not given[0] and (s.kind != "zero" or (s.about and not OTHERWISE.match(s.about))) for s in rest):
        return None
    texts = [text.strip(",") for text in re.split("(?<!大于)(?<!小于)(?<![高低多少])或者?", given[0].about)]
    if len(texts) != 2 or any(figures_in(text) != 1 for text in texts):
        return None
    alternatives = []
    for at, text in enumerate(texts, 1):
        found = re.search(
            rf"(.{{0,30}}(?:提高|提升|增加|增长|上升|下降|降低|减少))(?:了|达到?|不低于)?({NUM})(?:个?(百分点)|([%‰]))",
            text,
        )
        if found is not None:
            measure = reading.measure(found[1], found[4] or "%")
            step = ways.Step(Decimal(found[2]), True, reading.points)
            way: ways.Way = ways.Tiers(reading.points, measure.key, (step,), True, Text(measure.unit))
        elif limit_of(text) is not None:
            way = _part_way(reading, text, reading.points)
        else:
            return None
        alternatives.append(ways.Alternative(f"a{at}", Text(shown(text)), way))
    return ways.AnyOf(reading.points, tuple(alternatives))
