"""Several experts' sheets become one."""
# ruff: noqa: E501 - snippets of YAML and rows of examples read better unbroken

from decimal import Decimal
from typing import Any

import pytest

from cellcert.criteria.scorer import AnswerFaults, Combine, combined, experts_score, settle
from tests.criteria.lists import answers, read

LIST = """\
prerequisites: [{key: lawful, text: 守法}]
sections:
  - key: a
    title: 甲
    points: 100
    items:
      - {key: plan, text: 方案, points: 10, score: yes_no}
      - {key: mess, text: 现场, points: 10, score: {deductions: [{key: dirt, text: 脏乱, lose: 2, each: true}]}, required: true}
      - {key: rate_it, text: 利用率, points: 70, score: {tiers: rate, steps: [{at_least: 70, points: 70}]}}
      - key: menu
        text: 光盘
        points: 10
        score: {parts: [{key: sign, text: 提示, points: 10, score: yes_no, applies_if: canteen}]}
penalties: {items: [{key: media, text: 曝光, score: {deductions: [{key: once, text: 曝光, lose: 5}]}}]}
"""


def row(*points: str | int) -> list[Decimal]:
    return [Decimal(point) for point in points]


def given(**facts: Any) -> dict[str, Any]:
    return answers({"plan": True}, rate=75, **facts) | {"prerequisites": {"lawful": True}}


@pytest.mark.parametrize(
    ("combine", "points", "result"),
    [
        ("median", row(7, 8, 8), "8.00"),
        ("median", row(7, 8), "7.50"),
        ("median", row("7.5", "7.75"), "7.63"),  # 7.625, half-up
        ("mean", row(7, 8, 8), "7.67"),
        ("trimmed_mean", row(0, 7, 8, 10), "7.50"),
        ("trimmed_mean", row(7, 8), "7.50"),  # too few to leave any out
        ("median", row(9), "9.00"),
        ("mean", row(-5, -10), "-7.50"),
    ],
)
def test_points_are_combined_exactly(combine: Combine, points: list[Decimal], result: str) -> None:
    assert str(combined(points, combine)) == result


def test_judged_items_take_the_experts_points_and_measured_items_the_measurements() -> None:
    points = {"plan": row(7, 8, 8), "mess": row(10, 10, 6), "rate_it": row(0, 0, 0), "menu": row(5, 5, 5)}
    sheet = settle(read(LIST), given(), points, "median")

    assert {item.key: item.points for item in sheet.items} == {
        "plan": 8, "mess": 10, "rate_it": 70, "menu": 5, "media": 0
    }  # fmt: skip
    assert sheet.total == 93
    assert sheet.item("plan").reason.zh == "3 份评分 7、8、8，取中位数 8，得 8 分（满分 10 分）"
    assert sheet.item("plan").reason.en == "3 sheets: 7, 8, 8; median 8: 8 of 10 points"


def test_what_the_facts_rule_out_stays_out_whatever_was_scored() -> None:
    sheet = settle(read(LIST), given(canteen=False), {"plan": row(9), "mess": row(9), "menu": row(9)}, "median")

    assert sheet.item("menu").state == "not_applicable"
    assert str(sheet.total) == "97.78"  # 88 of 90


def test_a_required_item_the_experts_give_nothing_bars() -> None:
    sheet = settle(read(LIST), given(), {"plan": row(9), "mess": row(0, 0, 10), "menu": row(9)}, "median")

    assert [reason.zh for reason in sheet.barred] == ["必须完成项得 0 分：现场"]


def test_prerequisites_still_bar() -> None:
    sheet = settle(read(LIST), given() | {"prerequisites": {"lawful": False}}, {"plan": row(9)}, "median")

    assert (sheet.level, len(sheet.barred)) == (None, 2)


def test_an_item_nobody_scored_is_missing() -> None:
    sheet = settle(read(LIST), given(), {"plan": row(9), "menu": row(9)}, "median")

    assert [(m.kind, m.key) for m in sheet.missing] == [("item", "mess")]
    assert sheet.item("mess").reason.zh == "没有评分，得 0 分（满分 10 分）"


def test_penalties_are_combined_as_they_were_printed() -> None:
    points = {"plan": row(10), "mess": row(10), "menu": row(10), "media": row(-5, -5, 0)}

    assert settle(read(LIST), given(), points, "median").total == 95


@pytest.mark.parametrize("points", [{"plan": row(11)}, {"plan": row(-1)}, {"media": row(5)}, {"ghost": row(1)}])
def test_points_no_sheet_can_hold_are_refused(points: dict[str, list[Decimal]]) -> None:
    with pytest.raises(AnswerFaults):
        settle(read(LIST), given(), points, "median")


def test_only_what_a_person_can_judge_is_scored_by_experts() -> None:
    checklist = read(LIST)

    assert {item.key for item in checklist.items() if experts_score(item)} == {"plan", "mess", "menu", "media"}
