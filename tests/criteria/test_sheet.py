"""What the numbers mean: sections, floors, what does not apply, bonus, penalties, vetoes, gates, levels."""
# ruff: noqa: E501 - snippets of YAML and rows of examples read better unbroken

import json
from decimal import Decimal
from typing import Any

import pytest

from cellcert.criteria.gains import gains
from cellcert.criteria.schema import Checklist
from cellcert.criteria.scorer import AnswerFaults, score
from tests.criteria.lists import HEAD, answers, read

NO = {"canteen": False}


def two_sections(kind: str = "section", more: str = "", levels: str = "") -> Checklist:
    """20 points of which 8 need a canteen, and 80 points."""
    return read(
        f"""\
sections:
  - key: first
    title: 甲
    points: 20
    items:
      - {{key: plan, text: 方案, points: 12, score: {{judged: {{step: 0.01}}}}}}
      - {{key: menu, text: 光盘, points: 8, score: yes_no, applies_if: canteen, not_applicable: {kind}}}
  - key: second
    title: 乙
    points: 80
    items:
      - {{key: rest, text: 其余, points: 80, score: {{judged: {{step: 0.01}}}}}}
{more}
""",
        levels
        or "levels: [{key: best, name: 优秀, total: 90, floor: 60%}, {key: ok, name: 合格, total: 80, floor: 50%}]\n",
    )


def total(checklist: Checklist, items: dict[str, Any], **facts: Any) -> str:
    return str(score(checklist, answers(items, **facts)).total)


def level(checklist: Checklist, items: dict[str, Any], **facts: Any) -> str | None:
    reached = score(checklist, answers(items, **facts)).level
    return reached.key if reached else None


def test_what_does_not_apply_is_scaled_in_its_section() -> None:
    sheet = score(two_sections(), answers({"plan": 7, "rest": 80}, **NO))

    # 7 of 12 is 11.6666… of 20, rounded once
    assert [str(s.points) for s in sheet.sections] == ["11.67", "80.00"]
    assert str(sheet.total) == "91.67"
    assert sheet.section("first").reason.zh.startswith("各项合计 7 分（适用 12 分），折算为 11.67 分")


def test_what_does_not_apply_is_scaled_over_the_total() -> None:
    sheet = score(two_sections("total"), answers({"plan": 7, "rest": 80}, **NO))

    # 87 of 92 is 94.5652… of 100
    assert [(s.points, s.possible) for s in sheet.sections] == [(7, 12), (80, 80)]
    assert (str(sheet.total), sheet.possible) == ("94.57", 100)


def test_what_does_not_apply_may_count_full() -> None:
    assert total(two_sections("full"), {"plan": 7, "rest": 80}, **NO) == "95.00"


def test_a_section_with_nothing_applicable_leaves_and_has_no_floor() -> None:
    checklist = read(
        """\
sections:
  - {key: a, title: 甲, points: 25, floor: 50%, items: [{key: x, text: 某, points: 25, score: yes_no, applies_if: canteen}]}
  - {key: b, title: 乙, points: 75, items: [{key: y, text: 另, points: 75, score: {judged: {step: 1}}}]}
"""
    )
    sheet = score(checklist, answers({"y": 62}, **NO))

    assert (sheet.section("a").possible, sheet.section("a").floor_reached) == (0, None)
    assert str(sheet.total) == "82.67"  # 62 of 75
    assert sheet.level is not None


def test_nothing_applicable_at_all_is_nothing() -> None:
    checklist = read(
        """\
sections:
  - {key: a, title: 甲, points: 100, items: [{key: x, text: 某, points: 100, score: yes_no, applies_if: canteen}]}
"""
    )
    assert total(checklist, {}, **NO) == "0.00"


def test_section_and_total_scaling_may_meet_in_one_section() -> None:
    checklist = read(
        """\
sections:
  - key: a
    title: 甲
    points: 100
    items:
      - {key: x, text: 某, points: 50, score: {judged: {step: 1}}}
      - {key: y, text: 某, points: 30, score: yes_no, applies_if: canteen}
      - {key: z, text: 某, points: 20, score: yes_no, applies_if: canteen, not_applicable: total}
"""
    )
    sheet = score(checklist, answers({"x": 25}, **NO))

    assert (sheet.section("a").points, sheet.section("a").possible) == (40, 80)  # half of the 80 that stay
    assert sheet.total == 50


@pytest.mark.parametrize(
    ("plan", "rest", "reached"),
    [
        ("12", "70", "best"),
        ("12", "69.99", "ok"),  # 89.99 does not reach 90
        ("12", "60", "ok"),
        ("12", "59.99", None),  # 79.99 does not reach 80
        ("4", "79", "best"),  # menu adds 8, and 12 of 20 is 60 %
        ("3.99", "80", "ok"),  # 11.99 of 20 is not
        ("2", "80", "ok"),  # 10 of 20
        ("1.99", "80", None),  # 9.99 of 20 is below 50 %
    ],
)
def test_a_level_needs_its_total_and_its_floor(plan: str, rest: str, reached: str | None) -> None:
    assert level(two_sections(), {"plan": plan, "menu": True, "rest": rest}) == reached


def test_a_floor_is_judged_on_what_the_section_could_earn() -> None:
    # scaled in the section: 5.99 of 12 becomes 9.98 of 20; over the sheet: 6 of 12 is the floor
    assert level(two_sections("section"), {"plan": "5.99", "rest": 80}, **NO) is None
    assert level(two_sections("section"), {"plan": "6", "rest": 80}, **NO) is not None
    assert level(two_sections("total"), {"plan": "5.99", "rest": 80}, **NO) is None
    assert level(two_sections("total"), {"plan": "6", "rest": 80}, **NO) is not None


def test_a_section_shows_the_lowest_floor_it_must_reach() -> None:
    section = score(two_sections(), answers({"plan": 2, "menu": False, "rest": 80})).section("first")

    assert (section.floor, section.floor_reached) == (50, False)
    assert section.reason.zh == "各项合计 2 分，未达到最低要求 10 分（50%）"


def test_a_sections_own_floor_holds_for_every_level() -> None:
    checklist = read(
        """\
sections:
  - {key: a, title: 甲, points: 20, floor: 75%, items: [{key: x, text: 某, points: 20, score: {judged: {step: 1}}}]}
  - {key: b, title: 乙, points: 80, items: [{key: y, text: 另, points: 80, score: yes_no}]}
"""
    )
    assert level(checklist, {"x": 14, "y": True}) is None
    assert level(checklist, {"x": 15, "y": True}) == "qualified"
    assert "“甲”不到 75%" in score(checklist, answers({"x": 14, "y": True})).reason.zh


BONUS = """\
bonus:
  cap: 6
  items:
    - {key: prize, text: 表彰, points: 5, score: yes_no}
    - {key: model, text: 示范, points: 4, score: yes_no}
penalties:
  items:
    - {key: media, text: 曝光, score: {deductions: [{key: once, text: 曝光, lose: 25}, {key: late, text: 迟交, lose: 1, each: true}]}}
total_cap: 104
"""


def test_bonus_comes_on_top_up_to_its_cap() -> None:
    checklist = two_sections(more=BONUS)

    assert total(checklist, {"plan": 12, "menu": True, "rest": 70, "prize": True}) == "95.00"
    assert total(checklist, {"plan": 12, "menu": True, "rest": 70, "prize": True, "model": True}) == "96.00"
    assert total(checklist, {"plan": 12, "menu": True, "rest": 80, "prize": True, "model": True}) == "104.00"


def test_bonus_lifts_no_floor() -> None:
    items = {"plan": 1, "menu": True, "rest": 80, "prize": True, "model": True}

    assert total(two_sections(more=BONUS), items) == "95.00"
    assert level(two_sections(more=BONUS), items) is None


def test_penalties_come_off_after_the_bonus_and_never_below_nothing() -> None:
    checklist = two_sections(more=BONUS)
    sheet = score(
        checklist, answers({"plan": 12, "menu": True, "rest": 80, "prize": True, "media": {"once": True, "late": 2}})
    )

    assert (str(sheet.total), sheet.penalties) == ("78.00", 27)
    assert (str(sheet.item("media").points), sheet.item("media").possible) == ("-27.00", 0)
    assert total(checklist, {"rest": 20, "media": {"once": True}}) == "0.00"


def test_bonus_and_penalties_nobody_answered_are_not_missing() -> None:
    sheet = score(two_sections(more=BONUS), answers({"plan": 12, "menu": True, "rest": 80}, rate=1))

    assert sheet.missing == ()


def test_a_penalty_of_nothing_is_nothing() -> None:
    sheet = score(two_sections(more=BONUS), answers({"media": {}}))

    assert str(sheet.item("media").points) == "0"


GATED = """\
sections:
  - key: a
    title: 甲
    points: 100
    items:
      - {key: must, text: 必须, points: 10, score: yes_no, required: true}
      - {key: gate, text: 开展分类, points: 10, score: {judged: {step: 1}}, gate: true}
      - {key: rate_it, text: 利用率, points: 80, score: {tiers: rate, steps: [{at_least: 70, points: 80}]}, veto_if: rate < 40}
"""


def test_a_required_item_with_nothing_bars_and_the_score_is_still_shown() -> None:
    sheet = score(read(GATED), answers({"must": False, "gate": 10}, rate=80))

    assert (sheet.total, sheet.level, [b.zh for b in sheet.barred]) == (90, None, ["必须完成项得 0 分：必须"])


def test_a_gate_makes_the_whole_total_nothing() -> None:
    sheet = score(read(GATED), answers({"must": True, "gate": 0}, rate=80))

    assert (sheet.total, sheet.level, len(sheet.gates), sheet.barred) == (0, None, 1, ())
    assert score(read(GATED), answers({"must": True, "gate": 1}, rate=80)).total == 91


def test_a_gate_nobody_answered_yet_leaves_a_draft_its_points() -> None:
    sheet = score(read(GATED), answers({"must": True}, rate=80))

    assert (sheet.total, sheet.gates) == (90, ())
    assert "gate" in {gap.key for gap in sheet.missing}


def test_a_veto_bars_below_its_limit_only() -> None:
    barred = score(read(GATED), answers({"must": True, "gate": 10}, rate="39.99")).barred

    assert [reason.zh for reason in barred] == ["一票否决：利用率，“综合利用率”低于 40%（综合利用率 39.99%）"]
    assert not score(read(GATED), answers({"must": True, "gate": 10}, rate=40)).barred
    assert score(read(GATED), answers({"must": True, "gate": 10}, rate="39.99")).total == 20


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        ({"used": 3}, "未填产生量"),
        ({"used": 3, "made": 2}, "超出合理范围 0–100%"),
        ({"used": 0, "made": 0}, "分母为 0"),
        ({"used": 3, "made": 0}, "分母为 0"),
        ({}, "未填利用量、产生量"),
    ],
)
def test_an_indicator_without_a_value_scores_nothing_and_a_veto_on_it_bars(inputs: dict[str, int], why: str) -> None:
    sheet = score(read(GATED), answers({"must": True, "gate": 10}) | {"indicators": {"rate": inputs}})

    assert (sheet.item("rate_it").points, sheet.item("rate_it").state) == (0, "no_value")
    assert why in sheet.item("rate_it").reason.zh
    assert [b.zh.partition("（")[0] for b in sheet.barred] == ["一票否决无法判定：利用率，“综合利用率”低于 40%"]
    assert why in sheet.barred[0].zh


def test_nothing_of_nothing_counts_full_where_the_file_says_so() -> None:
    checklist = read(GATED, head=HEAD.replace("    plausible", "    empty: full\n    plausible"))
    given = answers({"must": True, "gate": 10})

    assert score(checklist, given | {"indicators": {"rate": {"used": 0, "made": 0}}}).item("rate_it").points == 80
    assert score(checklist, given | {"indicators": {"rate": {"used": 1, "made": 0}}}).item("rate_it").points == 0


PREREQUISITES = """\
prerequisites:
  - {key: lawful, text: 守法}
  - {key: used, text: 利用, unless: rate < 40}
  - {key: kitchen, text: 厨余, applies_if: canteen}
sections:
  - {key: a, title: 甲, points: 100, items: [{key: x, text: 某, points: 100, score: yes_no}]}
"""


@pytest.mark.parametrize(
    ("given", "rate", "facts", "barred"),
    [
        ({"lawful": True, "used": True, "kitchen": True}, 40, {}, []),
        ({"lawful": True, "used": True}, 40, NO, []),
        ({"lawful": False, "used": True, "kitchen": True}, 40, {}, ["前置条件不符合：守法"]),
        (
            {"lawful": True, "used": True, "kitchen": True},
            39,
            {},
            ["前置条件不符合：利用，“综合利用率”低于 40%（综合利用率 39.00%）"],
        ),
        (
            {"lawful": True, "used": True, "kitchen": True},
            None,
            {},
            ["前置条件无法判定：利用（综合利用率无法计算：未填利用量、产生量）"],
        ),
        ({"used": True, "kitchen": True}, 40, {}, ["前置条件无法判定：守法"]),
        ({"lawful": True, "used": True}, 40, {"canteen": None}, ["前置条件无法判定：厨余"]),
    ],
)
def test_prerequisites_bar_what_fails_or_is_unknown(
    given: dict[str, bool], rate: int | None, facts: dict[str, Any], barred: list[str]
) -> None:
    sheet = score(read(PREREQUISITES), answers({"x": True}, rate=rate, **facts) | {"prerequisites": given})

    assert [reason.zh for reason in sheet.barred] == barred
    assert (sheet.total, sheet.level is None) == (100, bool(barred))


def test_an_item_of_unknown_applicability_counts_as_applicable() -> None:
    sheet = score(two_sections(), answers({"plan": 12, "rest": 80}, canteen=None))

    assert (sheet.total, sheet.item("menu").state) == (92, "missing")
    assert [(m.kind, m.key) for m in sheet.missing] == [("fact", "canteen"), ("indicator", "rate"), ("item", "menu")]


def test_a_half_answered_item_is_missing_its_rest() -> None:
    checklist = read(
        """\
sections:
  - key: a
    title: 甲
    points: 100
    items:
      - key: x
        text: 制度
        points: 100
        score: {parts: [{key: p, text: 方案, points: 40, score: yes_no}, {key: q, text: 台账, points: 60, score: yes_no}]}
"""
    )
    sheet = score(checklist, answers({"x": {"p": True}}, rate=1))

    assert (sheet.total, [m.text.zh for m in sheet.missing]) == (40, ["制度：未填台账"])


def test_levels_may_ask_for_each_item_and_for_few_zeros() -> None:
    checklist = read(
        """\
sections:
  - key: a
    title: 甲
    points: 100
    items:
      - {key: x, text: 某, points: 20, score: {judged: {step: 1}}}
      - {key: y, text: 另, points: 20, score: {judged: {step: 1}}, applies_if: canteen}
      - {key: z, text: 余, points: 60, score: yes_no}
""",
        "levels: [{key: ok, name: 合格, total: 60, each: {items: [x, y], at_least: 50%}, zeros: {items: [x, y, z], at_most: 0}}]\n",
    )
    assert level(checklist, {"x": 10, "y": 10, "z": True}) == "ok"
    assert level(checklist, {"x": 10, "y": 9, "z": True}) is None
    assert level(checklist, {"x": 10, "z": True}, **NO) == "ok"
    assert level(checklist, {"x": 20, "y": 20, "z": False}) is None


def test_all_wrong_answers_are_named_at_once() -> None:
    with pytest.raises(AnswerFaults) as refusal:
        score(
            two_sections(),
            {
                "facts": {"canteen": "yes", "grade": "a9", "staff": 0, "ghost": 1},
                "indicators": {"rate": {"used": "many", "made": -1, "lost": 2}},
                "prerequisites": {"none": True},
                "items": {"plan": 13, "menu": 1, "gone": True},
                "extra": {},
            },
        )
    keys = [fault.item_key for fault in refusal.value.faults]

    assert sorted(keys) == sorted(
        ["canteen", "grade", "staff", "ghost", "rate", "rate", "rate", "none", "plan", "menu", "gone", "extra"]
    )


@pytest.mark.parametrize(
    "given", [{"facts": []}, {"items": "x"}, {"indicators": {"rate": 3}}, {"items": {"plan": [1]}}]
)
def test_answers_of_the_wrong_shape_are_refused_not_crashed_on(given: dict[str, Any]) -> None:
    with pytest.raises(AnswerFaults):
        score(two_sections(), given)


def test_gains_name_what_could_still_be_won_the_largest_first() -> None:
    checklist = two_sections(more=BONUS)
    given = answers({"plan": 7, "menu": True, "rest": 50, "prize": True})

    found = gains(checklist, given)

    assert [(gain.key, gain.points) for gain in found] == [
        ("rest", Decimal(30)),
        ("plan", Decimal(5)),
        ("model", Decimal(1)),
    ]


def test_json_writes_every_figure_as_the_decimal_it_is() -> None:
    sheet = score(two_sections(), answers({"plan": "11.99", "menu": True, "rest": 60}))
    plain = json.loads(json.dumps(sheet.to_json("en")), parse_float=Decimal)

    assert (plain["total"], plain["possible"], plain["level"], plain["barred"]) == (Decimal("79.99"), 100, None, [])
    assert plain["sections"][0].keys() >= {"key", "title", "points", "possible", "floor", "floor_reached", "reason"}
    assert plain["items"][0]["points"] == Decimal("11.99")
    assert plain["items"][0].keys() == {"key", "points", "possible", "state", "reason"}
