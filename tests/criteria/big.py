"""Checklists as long as one likes, with every way to score, and a full answer sheet for each."""
# ruff: noqa: E501 - rows of YAML read better unbroken

from decimal import Decimal
from typing import Any

HEAD = """\
category: factory
edition: "2026.1"
title: {zh: 很长的清单, en: A long checklist}
lead: industry
facts:
  canteen: {ask: {zh: 是否有食堂, en: Has a canteen}, type: yes_no}
  grade: {ask: 景区等级, type: choice, options: {a3: 3A级, a4: 4A级, a5: 5A级}}
  staff: {ask: 职工人数, type: number, unit: 人, at_least: 1}
"""
INDICATOR = """\
  rate_{n}:
    name: {{zh: 第{n}项综合利用率, en: Utilisation {n}}}
    unit: "%"
    period: calendar_year
    inputs: {{used: {{name: 利用量, unit: t}}, made: {{name: 产生量, unit: t}}, drawn: {{name: 往年贮存量, unit: t, otherwise: 0}}}}
    formula: used / (made + drawn) * 100
    plausible: [0, 100]
"""
ITEM = """\
      - key: item_{n}
        text: {{zh: 第{n}项：制度健全、责任到人, en: Item {n} - rules and duties are written down}}
        points: 10
        score: {way}
        evidence: [制度文件, 现场照片]
        check: [records]
"""
EVERY = 4  # items to one indicator
SECTION = 20  # items to a section
WAYS: dict[str, tuple[str, Any]] = {
    "yes_no": ("yes_no", True),
    "choice": (
        "{choice: [{key: good, label: 符合, points: 10}, {key: some, label: 基本符合, points: [1, 6], step: 0.5}, "
        "{key: none, label: 不符合, points: 0}]}",
        {"choice": "some", "points": Decimal("2.5")},
    ),
    "parts": (
        "{parts: [{key: plan, text: 有方案, points: 6, score: yes_no}, {key: table, text: 有台账, points: 4, "
        "score: {judged: {step: 0.5}}, applies_if: canteen}]}",
        {"plan": True, "table": Decimal("3.5")},
    ),
    "tiers": ("{tiers: RATE, steps: [{at_least: 90, points: 10}, {above: 70, points: 6}], otherwise: 1}", None),
    "linear": ("{linear: RATE, from: {value: 50, points: 0}, to: {value: 90, points: 10}}", None),
    "shortfall": ("{shortfall: RATE, target: 90, lose: 2, per: 5, part: started}", None),
    "deductions": (
        "{deductions: [{key: bin, text: 缺少一处分类容器, lose: 2, each: true, most: 6}, {key: sign, text: 标识错误, "
        "lose: 1, applies_if: staff > 100}, {key: mess, text: 现场脏乱, lose: [1, 5], step: 0.5}]}",
        {"bin": 2, "sign": True, "mess": Decimal("1.5")},
    ),
    "at_least": (
        "{at_least: 2, of: [{key: a, text: 做法一}, {key: b, text: 做法二}, {key: c, text: 做法三}], short: proportional}",
        ["a", "c"],
    ),
    "any_of": (
        "{any_of: [{key: level, text: 水平, score: {tiers: RATE, steps: [{at_least: 90, points: 10}]}}, "
        "{key: gain, text: 另有做法, score: {judged: {step: 1}}}]}",
        {"gain": 7},
    ),
    "judged": ("{judged: {step: 0.5}}", Decimal("8.5")),
}


def checklist(count: int, section: int = SECTION) -> str:
    """The source of a checklist of ``count`` items, each of 10 points; ``section`` of them to a section."""
    indicators = "".join(INDICATOR.format(n=n) for n in range(0, count, EVERY))
    sections = []
    for first in range(0, count, section):
        numbers = range(first, min(first + section, count))
        items = "".join(ITEM.format(n=n, way=_way(n)[0]) + _around(n) for n in numbers)
        head = f"  - key: section_{first}\n    title: 第{first}部分\n    points: {10 * len(numbers)}\n    floor: 10%\n"
        sections.append(f"{head}    items:\n{items}")
    levels = f"levels: [{{key: qualified, name: 合格, total: {4 * count}, floor: 20%}}]\n"
    return f"{HEAD}indicators:\n{indicators}sections:\n{''.join(sections)}{levels}"


def answers(count: int) -> dict[str, Any]:
    """Everything answered."""
    items = {f"item_{n}": answer for n in range(count) if (answer := _way(n)[1]) is not None}
    indicators = {
        f"rate_{n}": {"used": Decimal(6000 + n), "made": 10000, "drawn": Decimal("120.5")}
        for n in range(0, count, EVERY)
    }
    return {"facts": {"canteen": True, "grade": "a4", "staff": 120}, "indicators": indicators, "items": items}


def _way(n: int) -> tuple[str, Any]:
    source, answer = list(WAYS.values())[n % len(WAYS)]
    return source.replace("RATE", f"rate_{n - n % EVERY}"), answer


def _around(n: int) -> str:
    if n % 7 == 0:
        return f"        veto_if: rate_{n - n % EVERY} < 5\n"
    if n % 7 == 1:
        return "        applies_if: canteen and grade != 'a5'\n        not_applicable: section\n"
    return ""
