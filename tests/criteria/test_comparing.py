"""Two editions side by side: every difference is found, typed, and said in words."""
# ruff: noqa: E501 - snippets of YAML and rows of examples read better unbroken

import re
from collections import Counter
from dataclasses import fields, replace
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from cellcert.criteria.compare.comparing import NOUNS, Difference, differences
from cellcert.criteria.compare.line_changes import CONDITIONS, INPUT, ROWS
from cellcert.criteria.reader import read_checklist
from cellcert.criteria.schema import Checklist, Fact, Indicator, Input, Item, Level, Section
from cellcert.criteria.text import Text
from tests.criteria.lists import HEAD, LEVEL
from tests.criteria.strategies import random_checklist

BODY = """\
prerequisites:
  - {key: lawful, text: 三年内无违法, unless: rate < 20, period: {first: -3, last: 0}}
sections:
  - key: source
    title: 源头减量
    points: 60
    items:
      - {key: bins, text: 分类容器齐全, points: 4, score: {deductions: [{key: bin, text: 缺少容器, lose: 1, each: true}]}, evidence: [照片]}
      - {key: plan, text: 有方案, points: 6, score: yes_no}
      - {key: reuse, text: 综合利用, points: 50, score: {tiers: rate, steps: [{at_least: 90, points: 50}, {at_least: 70, points: 20}]}}
  - key: sorting
    title: 分类投放
    points: 40
    items:
      - {key: bags, text: 少用塑料袋, points: 20, score: {choice: [{key: good, label: 符合, points: 20}, {key: none, label: 不符合, points: 0}]}}
      - {key: signs, text: 标识清楚, points: 20, score: {parts: [{key: colour, text: 颜色, points: 12, score: yes_no}, {key: words, text: 文字, points: 8, score: yes_no}]}}
bonus: {cap: 5, items: [{key: extra, text: 创新, points: 5, score: {judged: {step: 1}}}]}
penalties: {items: [{key: fined, text: 被通报, score: {deductions: [{key: x, text: 通报, lose: 3, each: true}]}}]}
"""


def edition(*changes: tuple[str, str], body: str = BODY) -> Checklist:
    """The file with some of its words written otherwise."""
    text = HEAD + body + LEVEL
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return read_checklist(text, "factory.yaml")


def said(*changes: tuple[str, str]) -> list[str]:
    return [one.sentence().zh for one in differences(edition(), edition(*changes))]


def test_points_and_a_deduction_are_said_as_a_person_says_them() -> None:
    found = said(
        (
            "points: 4, score: {deductions: [{key: bin, text: 缺少容器, lose: 1,",
            "points: 5, score: {deductions: [{key: bin, text: 缺少容器, lose: 2,",
        ),
        ("有方案, points: 6", "有方案, points: 5"),
    )

    assert found == [
        "分类容器齐全：满分由 4 分改为 5 分；“缺少容器”每处扣分由 1 分改为 2 分",
        "有方案：满分由 6 分改为 5 分",
    ]


@pytest.mark.parametrize(
    ("change", "kind", "what", "sentence"),
    [
        (("text: 有方案", "text: 有书面方案"), "re-worded", "item", "有书面方案：文字由“有方案”改为“有书面方案”"),
        (("evidence: [照片]", "evidence: [照片, 清单]"), "re-worded", "item", "分类容器齐全：新增证明材料：“清单”"),
        (("evidence: [照片]", "evidence: []"), "re-worded", "item", "分类容器齐全：取消证明材料（原为“照片”）"),
        (("label: 不符合", "label: 没有做到"), "re-worded", "item", "少用塑料袋：选项由“不符合”改为“没有做到”"),
        (("text: 颜色", "text: 颜色正确"), "re-worded", "item", "标识清楚：分项由“颜色”改为“颜色正确”"),
        (("有方案, points: 6,", "有方案, points: 6, required: true,"), "re-scored", "item", "有方案：新增“必须完成”要求"),
        (("有方案, points: 6,", "有方案, points: 6, gate: true,"), "re-scored", "item", "有方案：新增“0 分则总分为 0”规定"),
        (("有方案, points: 6,", "有方案, points: 6, veto_if: rate < 30,"), "re-scored", "item", "有方案：新增一票否决条件："),
        (("有方案, points: 6,", "有方案, points: 6, applies_if: canteen,"), "re-scored", "item", "有方案：新增适用条件：“"),
        (("有方案, points: 6,", "有方案, points: 6, not_applicable: full,"), "re-scored", "item", "有方案：不适用时由“所在部分按比例折算”改为“按满分计”"),
        (("有方案, points: 6,", "有方案, points: 6, sample: {size: 5, of: 投放点},"), "re-scored", "item", "有方案：新增抽查数量：5 个投放点"),
        (("有方案, points: 6,", "有方案, points: 6, period: calendar_year,"), "re-scored", "item", "有方案：新增年限：“申报前一个自然年”"),
        (("at_least: 90, points: 50", "at_least: 95, points: 50"), "re-scored", "item", "综合利用：计分办法由“达到 90% 得 50 分；"),
        (("score: yes_no}\n      - {key: reuse", "score: {judged: {step: 1}}}\n      - {key: reuse"), "re-scored", "item", "有方案：计分办法由“符合得 6 分，不符合不得分”改为“"),
        (("unless: rate < 20", "unless: rate < 30"), "re-scored", "prerequisite", "三年内无违法：按数据否决的条件由“"),
        (("lawful, text: 三年内无违法, unless: rate < 20, period: {first: -3", "lawful, text: 三年内无违法, unless: rate < 20, period: {first: -2"), "re-scored", "prerequisite", "三年内无违法：年限由"),
        (("ask: 职工人数", "ask: 在职职工人数"), "re-worded", "fact", "在职职工人数：文字由“职工人数”改为“在职职工人数”"),
        (("type: number, unit: 人, at_least: 1", "type: number, unit: 人, at_least: 10"), "re-scored", "fact", "职工人数：最小值由 1 改为 10"),
        (("a3: 3A级, ", ""), "re-scored", "fact", "景区等级：取消选项（原为“3A级”）"),
        (("plausible: [0, 100]", "plausible: [0, 120]"), "re-scored", "indicator", "综合利用率：合理范围由 0–100 改为 0–120"),
        (("period: {first: -3, last: -1}", "period: calendar_year"), "re-scored", "indicator", "填埋量：统计期由“申报年份之前的 3 个自然年”改为“申报前一个自然年”"),
        (("{name: 利用量, unit: t}", "{name: 利用量, unit: t, at_most: 9000}"), "re-scored", "indicator", "综合利用率：新增“利用量”最大值：9000"),
        (("total: 80", "total: 75"), "re-scored", "level", "合格：总分要求由 80 分改为 75 分"),
        (("total: 80", "total: 80, floor: 50%"), "re-scored", "level", "合格：新增各部分最低要求：50%"),
        (("total: 80", "total: 80, zeros: {items: [plan, bags], at_most: 1}"), "re-scored", "level", "合格：新增条件：“有方案”、“少用塑料袋”中得 0 分的最多 1 项"),
        (("bonus: {cap: 5", "bonus: {cap: 4"), "re-scored", "bonus", "加分项：加分上限由 5 分改为 4 分"),
        (("title: 源头减量", "title: 源头"), "re-worded", "section", "源头：名称由“源头减量”改为“源头”"),
        (("lead: industry", "lead: industry\ntotal_cap: 100"), "re-scored", "sheet", "整份标准：新增总分上限：100 分"),
        (("title: 无废工厂", "title: 无废企业"), "re-worded", "sheet", "整份标准：名称由“无废工厂”改为“无废企业”"),
    ],
)  # fmt: skip
def test_each_property_is_typed_and_said(change: tuple[str, str], kind: str, what: str, sentence: str) -> None:
    found = differences(edition(), edition(change))

    assert [(one.kind, one.what) for one in found] == [(kind, what)]
    assert found[0].sentence().zh.startswith(sentence), found[0].sentence().zh
    assert found[0].sentence().en


def test_quotation_marks_inside_others_become_single_ones() -> None:
    assert said(("text: 有方案,", "text: 有“无废”方案,")) == ["有“无废”方案：文字由“有方案”改为“有‘无废’方案”"]


def test_an_item_that_moved_and_changed_is_told_twice() -> None:
    new = edition(
        ("      - {key: plan, text: 有方案, points: 6, score: yes_no}\n", ""),
        ("    points: 60\n", "    points: 54\n"),
        (
            "    points: 40\n    items:\n",
            "    points: 47\n    items:\n      - {key: plan, text: 有方案, points: 7, score: yes_no}\n",
        ),
    )

    assert [one.sentence().zh for one in differences(edition(), new)] == [
        "源头减量：满分由 60 分改为 54 分",
        "分类投放：满分由 40 分改为 47 分",
        "条目“有方案”由“源头减量”移到“分类投放”",
        "有方案：满分由 6 分改为 7 分",
    ]


def test_of_a_new_order_only_what_moved_is_named() -> None:
    rows = BODY.splitlines(keepends=True)
    first, second, third = (
        next(n for n, row in enumerate(rows) if f"key: {key}," in row) for key in ("bins", "plan", "reuse")
    )
    rows[first], rows[second], rows[third] = rows[second], rows[third], rows[first]

    assert [one.sentence().zh for one in differences(edition(), edition(body="".join(rows)))] == [
        "条目“分类容器齐全”在“源头减量”内调整了顺序"
    ]


def test_what_was_dropped_stands_where_it_stood() -> None:
    new = edition(
        (
            "      - {key: plan, text: 有方案, points: 6, score: yes_no}\n",
            "      - {key: ledger, text: 有台账, points: 6, score: yes_no}\n",
        ),
    )

    assert [(one.kind, one.key) for one in differences(edition(), new)] == [("removed", "plan"), ("added", "ledger")]
    assert [one.sentence().zh for one in differences(edition(), new)] == [
        "删去条目“有方案”（“源头减量”，6 分；符合得 6 分，不符合不得分）",
        "新增条目“有台账”（“源头减量”，6 分；符合得 6 分，不符合不得分）",
    ]


def test_an_item_that_became_a_bonus_moved() -> None:
    old = edition()
    bonus, source = old.bonus, old.sections[0]
    assert bonus
    plan = replace(old.item("plan"), kind="bonus")
    new = replace(
        old,
        sections=(replace(source, items=tuple(i for i in source.items if i.key != "plan")), *old.sections[1:]),
        bonus=replace(bonus, items=(*bonus.items, plan)),
    )

    assert [one.sentence().zh for one in differences(old, new)] == ["条目“有方案”由“源头减量”移到“加分项”"]


def test_a_new_name_of_the_edition_alone_is_no_difference() -> None:
    assert differences(edition(), edition(('edition: "2026.1"', 'edition: "2027.1"'))) == ()


def test_every_property_of_the_language_is_compared() -> None:
    said_elsewhere: dict[type[Any], set[str]] = {
        Checklist: {"edition", "levels", "sections", "facts", "indicators", "prerequisites", "bonus", "penalties"},
        Fact: {"key", "options"},
        Indicator: {"key", "inputs", "formula"},
        Section: {"key", "items"},
        Item: {"key", "points", "way", "kind"},
        Level: {"key", "each", "zeros", "sums"},
    }
    conditions = {name for name, _ in CONDITIONS}
    for thing, rows in ROWS.items():
        named = {row[0] for row in rows} | conditions | said_elsewhere.get(thing, {"key", "section", "items"})
        assert {one.name for one in fields(thing)} <= named, thing
    assert {one.name for one in fields(Input)} - {row[0] for row in INPUT} == {"key"}


seeds = st.integers(0, 2**32)


def random_edition(seed: int) -> Checklist:
    return read_checklist(random_checklist(Random(seed)), "factory.yaml")


@given(seeds)
@settings(max_examples=60, deadline=None, phases=(Phase.generate,))
def test_a_file_against_itself_is_empty(seed: int) -> None:
    assert differences(random_edition(seed), random_edition(seed)) == ()


@given(seeds, seeds)
@settings(max_examples=60, deadline=None, phases=(Phase.generate,))
def test_looked_at_the_other_way_what_came_went(one: int, other: int) -> None:
    old, new = random_edition(one), random_edition(other)
    forth, back = differences(old, new), differences(new, old)

    def named(found: tuple[Difference, ...], kind: str) -> set[tuple[str, str]]:
        return {(d.what, d.key) for d in found if d.kind == kind}

    assert named(forth, "added") == named(back, "removed")
    assert named(forth, "removed") == named(back, "added")
    for kind in ("re-worded", "re-scored"):
        assert named(forth, kind) == named(back, kind)
    for difference in (*forth, *back):
        assert difference.sentence().zh
        assert difference.sentence().en
        assert not re.search(r"None|Decimal|\(\)", f"{difference.sentence().zh}{difference.sentence().en}")


def _mutants(checklist: Checklist, rng: Random) -> Checklist:
    """The checklist with one thing about one of its items otherwise."""
    section = rng.choice(checklist.sections)
    item = rng.choice(section.items)
    other = replace(
        item,
        **rng.choice(
            [
                {"text": Text(f"{item.text.zh}。")},
                {"help": Text("另一种说明")},
                {"points": item.points + 1},
                {"required": not item.required},
                {"gate": not item.gate},
                {"applies_if": None if item.applies_if else "1 < 2"},
                {"check": ("survey", "interview")},
                {"basis": (*item.basis, Text("某文件"))},
                {"way": rng.choice([i.way for i in checklist.items()])},
            ]
        ),
    )
    items = tuple(other if i is item else i for i in section.items)
    return replace(
        checklist, sections=tuple(replace(s, items=items) if s is section else s for s in checklist.sections)
    )


@given(seeds)
@settings(max_examples=100, deadline=None, phases=(Phase.generate,))
def test_whatever_is_otherwise_is_found_and_nothing_else(seed: int) -> None:
    rng = Random(seed)
    old = random_edition(seed)
    new = _mutants(old, rng)
    touched = {item.key for item, other in zip(old.items(), new.items(), strict=True) if item != other}
    found = differences(old, new)

    assert {one.key for one in found} <= touched
    # the points inside a way are those of its item, which did not change here
    if any(
        a.text != b.text or a.points != b.points or a.required != b.required
        for a, b in zip(old.items(), new.items(), strict=True)
    ):
        assert {one.key for one in found} == touched
    assert max(Counter((one.kind, one.key) for one in found).values(), default=0) <= 1


def test_every_kind_of_line_has_a_word() -> None:
    assert set(NOUNS) == {"sheet", "fact", "indicator", "prerequisite", "section", "item", "bonus", "level"}
