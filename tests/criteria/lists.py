"""Small checklists for tests, written as their authors would write them."""

from decimal import Decimal
from textwrap import dedent, indent
from typing import Any

from cellcert.criteria.reader import CriteriaFaults, read_checklist
from cellcert.criteria.schema import Checklist
from cellcert.criteria.scorer import score
from cellcert.criteria.sheet import AnswerFaults, ItemResult

HEAD = """\
category: factory
edition: "2026.1"
title: 无废工厂
lead: industry
facts:
  canteen: {ask: 是否有食堂, type: yes_no}
  staff: {ask: 职工人数, type: number, unit: 人, at_least: 1}
  grade: {ask: 景区等级, type: choice, options: {a3: 3A级, a4: 4A级, a5: 5A级}}
indicators:
  rate:
    name: 综合利用率
    unit: "%"
    period: calendar_year
    inputs: {used: {name: 利用量, unit: t}, made: {name: 产生量, unit: t}}
    formula: used / made * 100
    plausible: [0, 100]
  spill:
    name: 填埋量
    unit: t
    period: {first: -3, last: -1}
    inputs: {buried: {name: 填埋量, unit: t, otherwise: 0}}
    formula: buried
"""
LEVEL = "levels: [{key: qualified, name: 合格, total: 80}]\n"
FACTS = {"canteen": True, "staff": 120, "grade": "a4"}


def read(body: str, levels: str = LEVEL, head: str = HEAD) -> Checklist:
    """The checklist with these sections; ``body`` may be indented."""
    return read_checklist(head + dedent(body) + levels, "factory.yaml")


def one_item(way: str, points: str = "10", more: str = "") -> Checklist:
    """A checklist of one item scored ``way``, and 90 points that are simply met."""
    return read(
        f"""\
sections:
  - key: first
    title: 第一部分
    points: {Decimal(points) + 90}
    items:
      - {{key: rest, text: 其余, points: 90, score: yes_no}}
      - key: it
        text: 这一项
        points: {points}
        score: {way}
{indent(dedent(more), " " * 8)}
"""
    )


def answers(items: dict[str, Any], rate: Any = None, spill: Any = None, **facts: Any) -> dict[str, Any]:
    """An answer sheet; ``rate`` and ``spill`` are the value the indicator shall have."""
    indicators: dict[str, Any] = {"spill": {"buried": spill}}
    if rate is not None:
        indicators["rate"] = {"used": Decimal(str(rate)), "made": 100}
    return {"facts": FACTS | facts, "indicators": indicators, "items": items}


def item_of(checklist: Checklist, answer: Any = None, **more: Any) -> ItemResult:
    """The result of the item ``it``."""
    return score(checklist, answers({"rest": True, "it": answer}, **more)).item("it")


def earns(way: str, answer: Any = None, points: str = "10", **more: Any) -> str:
    """The points of one item as printed."""
    return str(item_of(one_item(way, points), answer, **more).points)


def refused(way: str, answer: Any, points: str = "10", **more: Any) -> list[str]:
    """Why an answer cannot be counted."""
    try:
        item_of(one_item(way, points), answer, **more)
    except AnswerFaults as faults:
        return [fault.message.zh for fault in faults.faults]
    return []


def wrong(source: str, name: str = "factory.yaml") -> list[tuple[int, str]]:
    """Every fault of a file: its line and sentence."""
    try:
        read_checklist(source, name)
    except CriteriaFaults as faults:
        return [(fault.line, fault.message.zh) for fault in faults.faults]
    return []
