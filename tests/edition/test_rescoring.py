"""One case before and after a new edition."""
# ruff: noqa: E501 - snippets of YAML and rows of examples read better unbroken

from decimal import Decimal
from typing import Any

from cellcert.criteria.schema import Checklist
from cellcert.edition.rescoring import Restated, restated
from tests.criteria.test_comparing import edition

ANSWERS: dict[str, Any] = {
    "facts": {"canteen": True, "staff": 120, "grade": "a4"},
    "indicators": {"rate": {"used": "95", "made": "100"}, "spill": {"buried": "0"}},
    "prerequisites": {"lawful": True},
    "items": {"bins": {}, "plan": True, "bags": "good", "signs": {"colour": True, "words": True}},
}
POINTS = {
    "bins": [Decimal(3), Decimal(4), Decimal(2)],  # median 3
    "plan": [Decimal(6)] * 3,
    "bags": [Decimal(10), Decimal(12), Decimal(15)],  # median 12
    "signs": [Decimal(20), Decimal(18), Decimal(12)],  # median 18
}  # with 50 measured points: 89


def after(*changes: tuple[str, str], points: Any = POINTS, answers: Any = ANSWERS) -> Restated:
    return restated(edition(), edition(*changes), answers, points, "median")


def costs(found: Restated) -> list[tuple[str, str, str]]:
    return [(cost.key, cost.text.zh, str(cost.points)) for cost in found.costs]


def test_the_same_rules_change_nothing() -> None:
    found = after()

    assert found.before is not None
    assert (found.before.total, found.after.total) == (Decimal("89.00"), Decimal("89.00"))
    assert (found.falls, found.costs, found.assumed) == (False, (), ())


def test_experts_points_stay_where_only_words_changed() -> None:
    found = after(("text: 少用塑料袋", "text: 不主动提供塑料袋"))

    assert found.after.item("bags").points == 12
    assert found.assumed == ()


def test_a_rule_that_changed_counts_the_units_own_answer() -> None:
    found = after(
        ("label: 符合, points: 20", "label: 符合, points: 20"),
        (
            "{key: none, label: 不符合, points: 0}",
            "{key: some, label: 部分, points: 5}, {key: none, label: 不符合, points: 0}",
        ),
    )

    assert found.after.item("bags").points == 20  # the unit chose the best; the experts scored another question
    assert [text.zh for text in found.assumed] == ["少用塑料袋：计分有变，按单位自己的回答计"]


def test_an_answer_the_new_rule_cannot_take_counts_nothing_and_that_is_said() -> None:
    found = after(
        (
            "text: 少用塑料袋, points: 20, score: {choice: [{key: good, label: 符合, points: 20}, {key: none, label: 不符合, points: 0}]}",
            "text: 少用塑料袋, points: 20, score: {judged: {step: 1}}",
        )
    )

    assert (found.after.total, found.falls, found.certain) == (Decimal("77.00"), True, True)
    assert [text.zh for text in found.assumed] == ["少用塑料袋：原来的回答不适合新规则，按 0 分计"]
    assert costs(found) == [
        ("", "未达到“合格”：总分 77 不到 80", "0"),
        ("bags", "少用塑料袋：12 → 0 分（没有评分，得 0 分（满分 20 分））", "12.00"),
    ]


def test_a_higher_bar_is_named_with_what_is_lacking() -> None:
    found = after(("total: 80", "total: 90"))

    assert (found.falls, found.certain) == (True, True)
    assert costs(found) == [("", "未达到“合格”：总分 89 不到 90", "0")]


def test_measured_items_follow_the_new_tiers_and_the_largest_loss_comes_first() -> None:
    found = after(
        ("at_least: 90, points: 50", "at_least: 96, points: 50"),
        ("lose: 1, each: true}]}, evidence", "lose: 4, each: true}]}, evidence"),
        answers=ANSWERS | {"items": ANSWERS["items"] | {"bins": {"bin": 1}}},
    )

    assert (found.after.item("reuse").points, found.after.item("bins").points) == (20, 0)
    assert [cost.key for cost in found.costs] == ["", "reuse", "bins"]


def test_a_new_prerequisite_bars_until_somebody_answers_it() -> None:
    found = after(("prerequisites:\n", "prerequisites:\n  - {key: insured, text: 已投保环境责任险}\n"))

    assert (found.falls, found.certain) == (True, False)
    assert costs(found) == [("", "前置条件无法判定：已投保环境责任险", "0")]


def test_a_new_required_item_nobody_answered_bars() -> None:
    found = after(
        (
            "{key: plan, text: 有方案, points: 6, score: yes_no}",
            "{key: plan, text: 有方案, points: 2, score: yes_no}\n      - {key: ledger, text: 有台账, points: 4, required: true, score: yes_no}",
        )
    )

    assert (found.falls, found.certain) == (True, False)
    assert [cost.key for cost in found.costs] == ["", "plan", "ledger"] or [cost.key for cost in found.costs] == [
        "",
        "ledger",
        "plan",
    ]
    assert found.costs[0].text.zh == "必须完成项得 0 分：有台账"
    assert "有台账：新增，还没有回答，按 0 分计" in [text.zh for text in found.assumed]


def test_a_floor_is_named() -> None:
    found = after(("title: 分类投放\n    points: 40", "title: 分类投放\n    points: 40\n    floor: 80%"))

    assert costs(found) == [("", "未达到“合格”：“分类投放”不到 80%", "0")]


def test_a_lower_level_is_a_fall_and_a_higher_one_is_not() -> None:
    two = ("levels: [", "levels: [{key: good, name: 优良, total: 88}, ")
    raised = ("levels: [", "levels: [{key: good, name: 优良, total: 95}, ")
    down = restated(edition(two), edition(raised), ANSWERS, POINTS, "median")
    up = restated(edition(raised), edition(two), ANSWERS, POINTS, "median")

    assert (down.falls, up.falls) == (True, False)
    assert costs(down) == [("", "未达到“优良”：总分 89 不到 95", "0")]


def test_who_did_not_reach_a_level_before_does_not_fall() -> None:
    assert not restated(
        edition(("total: 80", "total: 90")), edition(("total: 80", "total: 95")), ANSWERS, POINTS, "median"
    ).falls


def test_without_experts_the_units_own_answers_count_on_both_sides() -> None:
    found = after(("total: 80", "total: 95"), points=None)

    assert found.before is not None
    assert (found.before.total, found.falls, found.assumed) == (Decimal("100.00"), False, ())


def test_a_half_written_draft_is_no_trouble() -> None:
    draft = {"facts": {"grade": "gone"}, "items": {"plan": 7, "nowhere": True, "bags": "good"}}

    assert not after(("total: 80", "total: 95"), points=None, answers=draft).falls


def test_an_item_that_is_gone_is_a_cost() -> None:
    new: Checklist = edition(
        ("      - {key: plan, text: 有方案, points: 6, score: yes_no}\n", ""),
        ("    points: 60\n", "    points: 54\n"),
        ("total: 80", "total: 94"),
        ("{key: bins, text: 分类容器齐全, points: 4", "{key: bins, text: 分类容器齐全, points: 4"),
    )
    found = restated(edition(), new, ANSWERS, POINTS, "median")

    assert ("plan", "删去“有方案”：原得 6 分", "6.00") in costs(found)
