"""Last year's answers under a new edition."""
# ruff: noqa: E501 - snippets of YAML and rows of examples read better unbroken

from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from cellcert.criteria.compare.carrying import carried
from cellcert.criteria.schema import Checklist
from cellcert.criteria.scorer import score
from tests.criteria.lists import HEAD, LEVEL, read
from tests.criteria.naive import load_plain
from tests.criteria.strategies import random_answers, random_checklist
from tests.criteria.test_comparing import edition, random_edition
from tests.criteria.test_properties import wild

ANSWERS: dict[str, Any] = {
    "facts": {"canteen": True, "staff": 120, "grade": "a3"},
    "indicators": {"rate": {"used": "80", "made": "100"}},
    "prerequisites": {"lawful": True},
    "items": {"bins": {"bin": 2}, "plan": True, "bags": "good", "signs": {"colour": True, "words": False}, "extra": 3},
}


def test_under_the_same_edition_everything_is_kept() -> None:
    found = carried(edition(), edition(), ANSWERS)

    assert found.answers == ANSWERS
    assert set(found.kept) == {(group, key) for group, answers in ANSWERS.items() for key in answers}
    assert (found.to_check, found.dropped, found.new) == ((), (), ())


def test_an_answer_whose_rule_changed_is_kept_and_to_be_checked() -> None:
    found = carried(edition(), edition(("text: 缺少容器, lose: 1", "text: 缺少容器, lose: 2")), ANSWERS)

    assert found.answers == ANSWERS
    assert [(r.group, r.key, r.reason.zh) for r in found.to_check] == [
        ("items", "bins", "“缺少容器”每处扣分由 1 分改为 2 分")
    ]


def test_an_answer_the_new_rule_cannot_take_is_dropped_with_a_reason() -> None:
    found = carried(
        edition(),
        edition(("有方案, points: 6, score: yes_no", "有方案, points: 6, score: {judged: {step: 1}}")),
        ANSWERS,
    )

    assert "plan" not in found.answers["items"]
    assert [(r.group, r.key) for r in found.dropped] == [("items", "plan")]
    assert found.dropped[0].reason.zh.startswith("原来的回答不适合新标准：计分办法由")


def test_what_is_not_asked_any_more_is_dropped_and_what_is_new_is_named() -> None:
    new = edition(
        ("key: plan, text: 有方案", "key: ledger, text: 有台账"), ("grade: {ask: 景区等级", "stars: {ask: 景区等级")
    )
    found = carried(edition(), new, ANSWERS)

    assert {(r.group, r.key) for r in found.dropped} == {("facts", "grade"), ("items", "plan")}
    assert set(found.new) == {("facts", "stars"), ("items", "ledger")}


def test_of_an_answer_in_parts_the_parts_that_fit_stay() -> None:
    new = edition(
        ("{key: words, text: 文字, points: 8, score: yes_no}", "{key: place, text: 位置, points: 8, score: yes_no}")
    )
    found = carried(edition(), new, ANSWERS)

    assert found.answers["items"]["signs"] == {"colour": True}
    assert found.to_check[0].reason.zh.startswith("只保留了适合新标准的部分")


def test_an_option_that_is_gone_takes_its_fact_with_it_alone() -> None:
    found = carried(edition(), edition(("a3: 3A级, ", "")), ANSWERS)

    assert found.answers["facts"] == {"canteen": True, "staff": 120}
    assert [(r.group, r.key) for r in found.dropped] == [("facts", "grade")]


YEARS = """\
  gain:
    name: 三年提高
    unit: 百分点
    period: {first: -3, last: -1}
    inputs:
      now: {name: 利用率, unit: "%", year: -1}
      mid: {name: 利用率, unit: "%", year: -2}
      then: {name: 利用率, unit: "%", year: -3}
    formula: now - then + mid - mid
"""
WITH_YEARS = "sections: [{key: s, title: 甲, points: 80, items: [{key: it, text: 某, points: 80, score: {tiers: gain, steps: [{at_least: 5, points: 80}]}}]}]\n"


def with_years() -> Checklist:
    return read(WITH_YEARS, LEVEL, HEAD + YEARS)


@pytest.mark.parametrize(
    ("later", "figures"),
    [
        (0, {"now": "30", "mid": "20", "then": "10"}),
        (1, {"mid": "30", "then": "20"}),
        (2, {"then": "30"}),
        (3, None),
    ],
)
def test_a_year_later_last_years_figure_is_that_of_two_years_ago(later: int, figures: dict[str, str] | None) -> None:
    answers = {"indicators": {"gain": {"now": "30", "mid": "20", "then": "10"}}}
    found = carried(with_years(), with_years(), answers, years_later=later)

    assert found.answers["indicators"].get("gain") == figures
    assert [r.key for r in found.dropped] == ([] if figures else ["gain"])
    assert [r.key for r in found.to_check] == (["gain"] if figures and later else [])


def test_a_year_later_figures_of_a_whole_period_are_asked_again_and_declarations_checked() -> None:
    found = carried(edition(), edition(), ANSWERS, years_later=1)

    assert [(r.group, r.key) for r in found.dropped] == [("indicators", "rate")]
    assert [(r.group, r.key) for r in found.to_check] == [("prerequisites", "lawful")]
    assert ("items", "plan") in found.kept


seeds = st.integers(0, 2**32)


@given(seeds, seeds, st.integers(0, 4))
@settings(max_examples=80, deadline=None, phases=(Phase.generate,))
def test_whatever_came_along_can_be_scored(one: int, other: int, later: int) -> None:
    old, new = random_edition(one), random_edition(other)
    answers = random_answers(Random(one), load_plain(random_checklist(Random(one))))
    found = carried(old, new, answers, years_later=later)

    score(new, found.answers)
    places = [*found.kept, *((r.group, r.key) for r in found.to_check)]
    assert sorted(places) == sorted((group, key) for group, values in found.answers.items() for key in values)


@given(
    seeds,
    st.dictionaries(
        st.sampled_from(["facts", "indicators", "prerequisites", "items", "x"]),
        wild | st.dictionaries(st.text(max_size=3), wild),
    ),
)
@settings(max_examples=80, deadline=None, phases=(Phase.generate,))
def test_odd_answers_never_raise(seed: int, answers: dict[str, Any]) -> None:
    checklist = random_edition(seed)
    keys = {
        "facts": [f.key for f in checklist.facts],
        "indicators": [i.key for i in checklist.indicators],
        "prerequisites": [p.key for p in checklist.prerequisites],
        "items": [i.key for i in checklist.items()],
    }
    spread = {
        g: dict(zip(keys.get(g, []), v.values(), strict=False)) if isinstance(v, dict) else v
        for g, v in answers.items()
    }
    for given_ in (answers, spread):
        score(checklist, carried(checklist, checklist, given_).answers)
