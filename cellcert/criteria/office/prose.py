"""The Chinese rule of one row of an office checklist, as a way to score; what it leaves open is a doubt.

Nothing is mended: figures that contradict each other, and sentences nobody could account for, become doubts with the
words of the sheet, and the item is then left to a person's judgement.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from cellcert.criteria import ways
from cellcert.criteria.export.writer import way_map
from cellcert.criteria.office.award_ways import (
    added_parts,
    any_of_two,
    at_least_some,
    graded_choice,
    in_proportion,
    judged_freely,
    met_or_not,
    per_count,
)
from cellcert.criteria.office.fault_ways import by_faults, by_shortfall, target_of
from cellcert.criteria.office.limits import limit_of
from cellcert.criteria.office.rule_reading import CONDITION, GRADED, HARMLESS, Asked, Measure, Reading, step_for
from cellcert.criteria.office.tier_ways import in_tiers
from cellcert.criteria.office.wording import NUM, TELLING, Statement, plain, shown, statements
from cellcert.criteria.text import Text, figure

MAX_RULE = 1000


NOT_HERE = re.compile(r"(?:不涉及|不适用|无此|无该|无相关|没有相关|不具备条件|未设|不产生|没有此|合理缺项)")
SCALED = re.compile("(?:此项|该项|本项|其余|其他|各项)*(?:得分|分值|分数|总分)")  # what is re-scaled is no condition


POINTS = re.compile(rf"{NUM}分(?![钟贝之类别])|分别|[得扣]{NUM}|(?<![\d.]){NUM}[、/]{NUM}(?![\d.])(?!%)")


@dataclass(frozen=True, slots=True)
class Understood:
    """What a rule was taken to mean, and what in it a person must decide."""

    way: ways.Way | None
    said: Text
    doubts: tuple[Text, ...] = ()
    measures: tuple[Measure, ...] = ()
    facts: tuple[Asked, ...] = ()
    applies_if: str | None = None
    not_applicable: Literal["section", "full"] | None = None
    veto_if: str | None = None
    gate: bool = False
    required: bool = False
    prerequisite: bool = False

    @property
    def yaml(self) -> Any:  # noqa: ANN401 - what stands after ``score:``
        return None if self.way is None else way_map(self.way)


def understood(rule: str, points: Decimal | None, about: str = "", key: str = "item") -> Understood:
    """The way a rule means for an item worth ``points``; ``about`` is what the row assesses."""
    worth = Decimal(1) if points is None else points
    reading = Reading(worth, key, plain(about).replace("\n", ","))
    if len(rule) > MAX_RULE:
        reading.doubt("评分标准太长，没有读，请拆成几项", "the rule is too long to read; split the item")
        return _judged(reading, ())
    if (
        points is None
        and re.fullmatch(r"\s*[★☆*＊▲(（]*\s*(?:必备项?|否决项?|一票否决项?|必达项?)?\s*[)）]*\s*", rule)
        and rule.strip()
    ):
        return Understood(None, Text("理解为前置条件", "taken as a prerequisite"), prerequisite=True)
    found = statements(rule)
    if not found:
        reading.doubt("没有评分标准，请写明怎样得分", "there is no rule; say how points arise")
        return _judged(reading, ())
    if points is None and all(s.kind in ("veto", "none") for s in found) and any(s.kind == "veto" for s in found):
        return Understood(None, Text("理解为前置条件", "taken as a prerequisite"), prerequisite=True)
    if fine := sorted({figure(f) for s in found for f in (s.low, s.high) if f is not None and f != round(f, 2)}):
        reading.doubt(f"分数 {'、'.join(fine)} 超过两位小数，请改写", f"{', '.join(fine)}: two decimal places at most")
        return _judged(reading, found)
    if any(POINTS.search(s.about) for s in found):
        return _judged(reading, found)
    return _with_modifiers(reading, found)


def promised(rule: str) -> Decimal | None:
    """What a rule offers in all, where the sheet left the points empty."""
    found = statements(rule) if len(rule) <= MAX_RULE else []
    given = [s.best for s in found if s.kind == "award" and s.low > 0]
    caps = [s.low for s in found if s.kind == "cap" and s.low > 0]
    if caps:
        return max(caps)
    if any(s.kind == "deduct" for s in found):
        return max(given) if given else sum((s.best for s in found if s.kind == "deduct"), Decimal(0)) or None
    if not given:
        return None
    return max(given) if len(given) == 1 or any(GRADED.search(s.about) for s in found) else sum(given, Decimal(0))


def _with_modifiers(reading: Reading, found: list[Statement]) -> Understood:
    """The conditions, vetoes and gates around a rule; what is left is the way itself."""
    applies_if: str | None = None
    not_applicable: Literal["section", "full"] | None = None
    veto_if: str | None = None
    gate = required = False
    left: list[Statement] = []
    for statement in found:
        if statement.kind == "spared" and not NOT_HERE.search(statement.about):
            reading.doubt(
                f"这一句没有用上：“{shown(statement.said)[:120]}”", f"not used: “{shown(statement.said)[:120]}”"
            )
        elif statement.kind in ("absent", "spared") or (statement.kind == "full" and NOT_HERE.search(statement.about)):
            full = statement.kind in ("full", "spared")
            if applies_if is None or NOT_HERE.sub("", SCALED.sub("", statement.about)):
                applies_if = _absent(reading, statement.about)
            not_applicable = not_applicable or ("full" if full or "满分" in statement.said else "section")
            if not full and "比例" in statement.said:
                reading.doubt(
                    "“按比例折算”写作在本部分内折算；折算到总分的，改成 not_applicable: total",
                    "re-scaled within its section; write not_applicable: total to scale the whole sheet",
                )
        elif statement.kind == "veto":
            veto_if = _veto(reading, statement)
        elif statement.kind == "gate":
            gate = True
            left.append(replace(statement, kind="zero"))
        elif statement.kind == "none" and re.search("必须完成|必达项|必备项|必须达到", statement.said):
            required = True
        else:
            left.append(statement)
    if re.search("必须完成项|必达项|必备项", reading.about):
        required = True
    way_read = _way(reading, left) if left else _only_vetoed(reading, veto_if)
    if gate and isinstance(way_read.way, ways.Deductions) and len(way_read.way.faults) > 1:
        reading.doubt(
            "本项得 0 分则总分为 0：别的扣分把本项扣完也算在内；不是这个意思的，请把它单列一项",
            "0 points here make the total 0, other faults included; if not meant, make it an item of its own",
        )
    if veto_if is not None and applies_if is not None:
        reading.doubt("既有否决又有适用条件，请核对", "both a veto and a condition; check them")
    return replace(
        way_read,
        applies_if=applies_if or way_read.applies_if,
        not_applicable=not_applicable,
        veto_if=veto_if,
        gate=gate,
        required=required,
        doubts=tuple(reading.doubts),
        measures=tuple(reading.measures),
        facts=tuple(reading.facts),
    )


def _absent(reading: Reading, about: str) -> str:
    """The condition of 不涉及的…, 市场面积小于200平方米的…"""
    if (
        (found := re.fullmatch("(?:不涉及|无|没有|不产生|未设|不具备)(.{2,60})", about))
        and "条件" not in found[1]
        and not found[1].startswith(("此", "该", "相关"))
    ):
        return reading.fact(f"是否涉及{shown(found[1])}")
    if not about or NOT_HERE.sub("", about).strip("的,项情况") == "":
        return reading.fact(f"是否涉及：{shown(reading.about)[:60] or '本项'}")
    return f"not {reading.fact(f'是否属于：{shown(about)[:120]}')}"


def _only_vetoed(reading: Reading, veto_if: str | None) -> Understood:
    if veto_if is None:
        reading.doubt("没有写怎样得分", "it does not say how points arise")
        return _judged(reading, ())
    reading.doubt("有分值，却只写了一票否决，请写明怎样得分", "it has points, but only a veto; say how points arise")
    return _judged(reading, ())


def _veto(reading: Reading, statement: Statement) -> str:
    """``veto_if`` for 低于60%的一票否决; where no figure decides, a fact is proposed."""
    found = limit_of(statement.about)
    if found is not None and found.unit in "%‰":
        measure = reading.measure(found.subject, found.unit)
        return f"{measure.key} {found.sign} {figure(found.value)}"
    return reading.fact(f"是否存在：{shown(statement.about or reading.about)[:120]}")


def _way(reading: Reading, found: list[Statement]) -> Understood:
    """The first reading that accounts for every statement."""
    aside = [s for s in found if s.kind == "none"]
    rest = [s for s in found if s.kind != "none"]
    applies_if: str | None = None
    scoring = [s for s in rest if s.kind not in ("floor", "part", "cap", "most")]
    if len(scoring) == 1 and (condition := CONDITION.match(scoring[0].about)) is not None:
        applies_if = reading.fact(f"是否{shown(condition[1])}")
        rest = [replace(s, about=condition[2].strip(",")) if s is scoring[0] else s for s in rest]
    elif not reading.facts and (condition := CONDITION.match(reading.about)) is not None:
        applies_if = reading.fact(f"是否{shown(condition[1])}")
    way = _first(reading, rest, aside)
    if way is None:
        return replace(_judged(reading, found), applies_if=applies_if)
    listed = isinstance(way, ways.AtLeast) or (
        isinstance(way, ways.Parts) and not any(s.kind == "award" and s.about for s in rest)
    )
    for statement in aside:
        target = target_of(statement.said, way.unit.zh) if isinstance(way, ways.Shortfall) else None
        if target is not None and isinstance(way, ways.Shortfall) and target.value == way.target:
            continue
        if not listed and TELLING.search(statement.said) and not HARMLESS.search(statement.said):
            reading.doubt(
                f"这一句没有用上：“{shown(statement.said)[:120]}”", f"not used: “{shown(statement.said)[:120]}”"
            )
    return Understood(way, _said(way), applies_if=applies_if)


def _first(reading: Reading, rest: Sequence[Statement], aside: Sequence[Statement]) -> ways.Way | None:
    """The first reading that fits; what the others doubted is told only where none does."""
    why: list[Text] = []
    for read in (
        judged_freely,
        any_of_two,
        in_proportion,
        by_shortfall,
        at_least_some,
        in_tiers,
        by_faults,
        per_count,
        met_or_not,
        graded_choice,
        added_parts,
    ):
        before = (list(reading.doubts), list(reading.measures), list(reading.facts))
        way = read(reading, rest, aside)
        if way is not None:
            return way
        why.extend(doubt for doubt in reading.doubts if doubt not in (*before[0], *why))
        reading.doubts, reading.measures, reading.facts = before
        if reading.stuck:
            break
    reading.doubts.extend(why[:1])
    return None


def _judged(reading: Reading, found: Sequence[Statement]) -> Understood:
    """What nobody could read stays with a person, in the words of the sheet."""
    words = "；".join(shown(s.said) for s in found)
    if found:
        reading.doubt(
            f"没有完全读懂“{words[:200]}”，暂由评审人打分，请改写计分方式",
            f"not understood: “{words[:200]}”; judged for now, write the way to score",
        )
    way = ways.Judged(reading.points, step_for(Decimal(0), reading.points))
    return Understood(
        way,
        Text("没有读懂，暂由评审人打分", "not understood; judged for now"),
        tuple(reading.doubts),
        tuple(reading.measures),
        tuple(reading.facts),
    )


NAMES = {
    ways.YesNo: ("是否符合", "met or not"),
    ways.Choice: ("分档选择", "a choice"),
    ways.Parts: ("分项相加", "parts"),
    ways.Tiers: ("按指标分档", "tiers"),
    ways.Linear: ("按比例", "linear"),
    ways.Shortfall: ("按差距扣分", "by shortfall"),
    ways.Deductions: ("扣分", "deductions"),
    ways.AtLeast: ("至少做到几项", "at least so many"),
    ways.AnyOf: ("任取其一", "any of"),
    ways.Judged: ("评审人打分", "judged"),
}


def _said(way: ways.Way) -> Text:
    zh, en = NAMES[type(way)]
    rule = way.rule_text()
    ended = "，扣完为止" if isinstance(way, ways.Deductions) else ""
    return Text(f"理解为{zh}：{rule}{ended}", f"taken as {en}: {rule.text('en')}")
