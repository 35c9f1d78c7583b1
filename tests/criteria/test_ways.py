"""Each way to score, at its boundaries; every figure is worked out by hand."""
# ruff: noqa: E501, RUF005 - snippets of YAML and rows of examples read better unbroken

from decimal import Decimal
from typing import Any

import pytest

from tests.criteria.lists import earns, item_of, one_item, refused

TIERS = "{tiers: rate, steps: [{at_least: 90, points: 10}, {above: 70, points: 6}, {at_least: 70, points: 5}], otherwise: 1}"
FALLING = "{tiers: spill, steps: [{below: 5, points: 10}, {at_most: 20, points: 4}]}"
CHOICE = (
    "{choice: [{key: good, label: 符合, points: 10}, {key: some, label: 基本符合, points: [1, 3], step: 0.5},"
    " {key: none, label: 不符合, points: 0}]}"
)
PARTS = (
    "{parts: [{key: plan, text: 方案, points: 4, score: yes_no},"
    " {key: menu, text: 光盘行动, points: 6, score: yes_no, applies_if: canteen}]}"
)
CAPPED = (
    "{cap: 3, parts: [{key: a, text: 甲, points: 1, score: yes_no}, {key: b, text: 乙, points: 1, score: yes_no},"
    " {key: c, text: 丙, points: 1, score: yes_no}, {key: d, text: 丁, points: 2, score: yes_no}]}"
)
DEDUCTIONS = (
    "{deductions: [{key: bin, text: 缺容器, lose: 2, each: true, most: 6}, {key: sign, text: 标识错误, lose: 1},"
    " {key: mess, text: 脏乱, lose: [1, 5], step: 0.5}, {key: none, text: 未分类, lose: all},"
    " {key: oil, text: 油污, lose: 4, applies_if: canteen}]}"
)
ANY = (
    "{any_of: [{key: level, text: 达到, score: {tiers: rate, steps: [{at_least: 90, points: 10}]}},"
    " {key: gain, text: 提高, score: {choice: [{key: much, label: 多, points: 8}, {key: little, label: 少, points: 0}]}}]}"
)


def test_yes_or_no_is_all_or_nothing() -> None:
    assert earns("yes_no", True) == "10.00"
    assert earns("yes_no", False) == "0.00"


@pytest.mark.parametrize(
    ("answer", "points"),
    [("good", "10.00"), ("none", "0.00"), ({"choice": "some", "points": Decimal("2.5")}, "2.50")],
)
def test_a_choice_earns_its_label_or_the_points_picked_in_its_range(answer: Any, points: str) -> None:
    assert earns(CHOICE, answer) == points


@pytest.mark.parametrize(
    "answer",
    ["best", "some", {"choice": "some"}, {"choice": "some", "points": Decimal("3.5")}, True, ["good"]]
    + [{"choice": "some", "points": Decimal("2.2")}, {"choice": "good", "points": 3}, {"choice": "good", "note": 1}],
)
def test_a_choice_refuses_unknown_labels_and_points_outside_its_range(answer: Any) -> None:
    assert len(refused(CHOICE, answer)) == 1


def test_parts_add_up() -> None:
    assert earns(PARTS, {"plan": True, "menu": False}) == "4.00"


def test_a_part_that_does_not_apply_costs_nothing() -> None:
    assert earns(PARTS, {"plan": True}, canteen=False) == "10.00"
    assert earns(PARTS, {"plan": False}, canteen=False) == "0.00"


def test_a_part_that_may_apply_counts_as_applicable() -> None:
    assert earns(PARTS, {"plan": True}, canteen=None) == "4.00"


def test_parts_are_capped() -> None:
    assert earns(CAPPED, {"a": True, "b": True, "c": False, "d": True}, points="3") == "3.00"
    assert earns(CAPPED, {"a": True, "b": True, "c": False, "d": False}, points="3") == "2.00"


def test_an_unanswered_part_earns_nothing_and_is_named() -> None:
    result = item_of(one_item(PARTS), {"plan": True})

    assert (result.points, result.state) == (Decimal(4), "scored")


@pytest.mark.parametrize(
    ("rate", "points"),
    [("90", "10.00"), ("89.99", "6.00"), ("70.01", "6.00"), ("70", "5.00"), ("69.99", "1.00"), ("0", "1.00")],
)
def test_at_least_includes_its_limit_and_above_excludes_it(rate: str, points: str) -> None:
    assert earns(TIERS, rate=rate) == points


@pytest.mark.parametrize(("spill", "points"), [("4.99", "10.00"), ("5", "4.00"), ("20", "4.00"), ("20.01", "0.00")])
def test_falling_tiers_reward_less(spill: str, points: str) -> None:
    assert earns(FALLING, spill=Decimal(spill)) == points


def test_the_rounded_indicator_is_what_is_compared() -> None:
    assert earns(TIERS, rate="89.995") == "10.00"
    assert earns(TIERS, rate="89.9949") == "6.00"


@pytest.mark.parametrize(
    ("rate", "points"), [("50", "0.00"), ("40", "0.00"), ("90", "10.00"), ("100", "10.00"), ("63.33", "3.33")]
)
def test_linear_runs_in_proportion_and_stops_at_both_ends(rate: str, points: str) -> None:
    assert earns("{linear: rate, from: {value: 50, points: 0}, to: {value: 90, points: 10}}", rate=rate) == points


@pytest.mark.parametrize(("spill", "points"), [("0", "10.00"), ("10", "6.00"), ("20", "2.00"), ("25", "2.00")])
def test_linear_may_fall(spill: str, points: str) -> None:
    assert (
        earns("{linear: spill, from: {value: 0, points: 10}, to: {value: 20, points: 2}}", spill=Decimal(spill))
        == points
    )


@pytest.mark.parametrize(
    ("part", "rate", "points"),
    [
        ("full", "90", "10.00"),
        ("full", "89.01", "10.00"),  # 0.99 is no complete point
        ("full", "89", "8.00"),
        ("started", "89.99", "8.00"),  # 0.01 begins a point
        ("started", "89", "8.00"),
        ("started", "88.99", "6.00"),
        ("proportional", "89.50", "9.00"),
        ("proportional", "89.99", "9.98"),
        ("full", "10", "0.00"),  # never below 0
    ],
)
def test_a_shortfall_loses_by_the_step(part: str, rate: str, points: str) -> None:
    assert earns(f"{{shortfall: rate, target: 90, lose: 2, per: 1, part: {part}}}", rate=rate) == points


def test_a_ceiling_loses_above_it() -> None:
    way = "{shortfall: spill, target: 5, lose: 3, per: 2, part: full, direction: at_most}"

    assert earns(way, spill=5) == "10.00"
    assert earns(way, spill=Decimal("6.9")) == "10.00"
    assert earns(way, spill=7) == "7.00"
    assert earns(way, spill=1) == "10.00"


@pytest.mark.parametrize(
    ("answer", "points"),
    [
        ({}, "10.00"),
        ({"bin": 0, "sign": False, "mess": 0}, "10.00"),
        ({"bin": 2}, "6.00"),
        ({"bin": 3}, "4.00"),
        ({"bin": 9}, "4.00"),  # most 6
        ({"bin": 2, "sign": True, "mess": Decimal("1.5")}, "3.50"),
        ({"bin": 3, "sign": True, "mess": 5}, "0.00"),  # 12 off, never below 0
        ({"none": True}, "0.00"),
        ({"oil": True}, "6.00"),
    ],
)
def test_deductions_take_off_what_was_found(answer: dict[str, Any], points: str) -> None:
    assert earns(DEDUCTIONS, answer) == points


def test_a_fault_that_does_not_apply_takes_nothing() -> None:
    assert earns(DEDUCTIONS, {"oil": True}, canteen=False) == "10.00"


@pytest.mark.parametrize(
    "answer",
    [{"bin": -1}, {"bin": Decimal("1.5")}, {"bin": True}, {"sign": 1}, {"mess": 6}, {"mess": Decimal("1.2")}]
    + [{"none": "yes"}, {"dust": 1}, [], "bin", {"bin": 10**30}],
)
def test_deductions_refuse_what_cannot_have_been_found(answer: Any) -> None:
    assert len(refused(DEDUCTIONS, answer)) == 1


@pytest.mark.parametrize(
    ("short", "met", "points"),
    [
        ("none", ["a", "b", "c"], "10.00"),
        ("none", ["a", "b"], "0.00"),
        ("proportional", ["a", "b"], "6.67"),
        ("proportional", [], "0.00"),
        ("none", ["a", "b", "c", "d"], "10.00"),
    ],
)
def test_at_least_three_of_four(short: str, met: list[str], points: str) -> None:
    of = ", ".join(f"{{key: {key}, text: {key}}}" for key in "abcd")

    assert earns(f"{{at_least: 3, of: [{of}], short: {short}}}", met) == points


def test_at_least_refuses_strangers_and_repeats() -> None:
    of = "{at_least: 1, of: [{key: a, text: 甲}, {key: b, text: 乙}]}"

    assert refused(of, ["a", "a"])
    assert refused(of, ["z"])
    assert refused(of, "a")
    assert refused(of, [{"a": 1}])


@pytest.mark.parametrize(
    ("rate", "gain", "points"),
    [
        ("92", None, "10.00"),
        ("60", "much", "8.00"),
        ("92", "little", "10.00"),
        ("60", "little", "0.00"),
        (None, "much", "8.00"),
    ],
)
def test_the_best_alternative_counts(rate: str | None, gain: str | None, points: str) -> None:
    assert earns(ANY, {"gain": gain}, rate=rate) == points


def test_judged_points_stay_on_their_steps() -> None:
    assert earns("{judged: {step: 0.5}}", Decimal("7.5")) == "7.50"
    assert earns("{judged: {step: 0.5}}", "7.5") == "7.50"
    for answer in (Decimal("7.3"), Decimal("10.5"), -1, True, 7.5, "seven", Decimal("NaN"), Decimal("1E+999999999")):
        assert refused("{judged: {step: 0.5}}", answer), answer


def test_a_computed_item_takes_no_answer() -> None:
    assert refused(TIERS, 10, rate="90") == ["本项由指标计算，不能填写答案"]


def test_an_item_nobody_answered_scores_nothing() -> None:
    for way in ("yes_no", CHOICE, PARTS, DEDUCTIONS, "{judged: {step: 1}}"):
        result = item_of(one_item(way), None)
        assert (result.points, result.state) == (0, "missing"), way


@pytest.mark.parametrize(
    ("way", "answer", "reason"),
    [
        ("{tiers: rate, steps: [{at_least: 90, points: 10}, {at_least: 70, points: 6}]}", None,
         "综合利用率 72.40% 落在 70%–90% 档，得 6 分（满分 10 分）"),
        ("yes_no", True, "符合，得 10 分（满分 10 分）"),
        (DEDUCTIONS, {"bin": 2, "mess": Decimal("1.5")}, "缺容器 2 处，扣 4 分；脏乱，扣 1.5 分，得 4.5 分（满分 10 分）"),
        (CHOICE, "good", "评为“符合”，得 10 分（满分 10 分）"),
        ("{shortfall: rate, target: 90, lose: 0.5, per: 1, part: full}", None,
         "综合利用率 72.40%，比 90% 低 17.6 个百分点，应扣 8.5 分，得 1.5 分（满分 10 分）"),
    ],
)  # fmt: skip
def test_every_figure_carries_its_reason(way: str, answer: Any, reason: str) -> None:
    assert item_of(one_item(way), answer, rate="72.4").reason.zh == reason


@pytest.mark.parametrize(
    ("way", "rule"),
    [
        ("yes_no", "符合得 10 分，不符合不得分"),
        ("{deductions: [{key: a, text: 缺容器, lose: 2, each: true, most: 6}]}", "缺容器，每发现一处扣 2 分，最多扣 6 分"),
        ("{judged: {step: 0.5}}", "由评审人在 0–10 分内评定，每档 0.5 分"),
        ("{tiers: rate, steps: [{at_least: 90, points: 10}, {above: 70, points: 6}]}",
         "达到 90% 得 10 分；高于 70% 得 6 分；其余得 0 分"),
    ],
)  # fmt: skip
def test_every_way_says_its_rule(way: str, rule: str) -> None:
    assert one_item(way).item("it").rule_text().zh == rule
