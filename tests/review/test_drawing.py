"""Experts are drawn evenly, repeatably, and the same two meet seldom."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellcert.review.drawing import Drawing, Wanting, draw

EXPERTS = tuple(range(1, 6))


@st.composite
def small_cities(draw_: st.DrawFn) -> tuple[list[Wanting], dict[int, int]]:
    cases = []
    for number in range(draw_(st.integers(1, 4))):
        eligible = draw_(st.frozensets(st.sampled_from(EXPERTS), max_size=4))
        seated = draw_(st.frozensets(st.sampled_from(EXPERTS), max_size=1))
        cases.append(Wanting(number, draw_(st.integers(0, 3)), eligible, seated))
    return cases, draw_(st.dictionaries(st.sampled_from(EXPERTS), st.integers(0, 4)))


def loads_after(found: Drawing, loads: Mapping[int, int]) -> Counter[int]:
    return Counter(loads) + Counter(choice.expert for choice in found.choices)


def every_way(cases: Sequence[Wanting]) -> Iterator[list[tuple[int, ...]]]:
    """All ways to give every case as many experts as it can have."""
    choices = []
    for one in cases:
        free = sorted(one.free)
        choices.append(list(combinations(free, min(one.wants, len(free)))))
    for way in product(*choices):
        yield list(way)


@given(small_cities(), st.integers(0, 1000))
@settings(max_examples=300, deadline=None)
def test_no_other_drawing_is_more_even(city: tuple[list[Wanting], dict[int, int]], seed: int) -> None:
    cases, loads = city
    found = draw(cases, loads, seed)

    def unevenness(given_: Mapping[int, int]) -> int:
        return sum(given_.get(expert, 0) ** 2 for expert in EXPERTS)

    best = min(
        unevenness(Counter(loads) + Counter(expert for experts in way for expert in experts))
        for way in every_way(cases)
    )
    assert unevenness(loads_after(found, loads)) == best


@given(small_cities(), st.integers(0, 1000))
@settings(max_examples=200, deadline=None)
def test_only_the_eligible_are_drawn_and_what_is_missing_is_said(
    city: tuple[list[Wanting], dict[int, int]], seed: int
) -> None:
    cases, loads = city
    found = draw(cases, loads, seed)

    for one in cases:
        drawn = [choice.expert for choice in found.choices if choice.case == one.case]
        assert len(set(drawn)) == len(drawn)
        assert set(drawn) <= one.free
        assert len(drawn) + found.short.get(one.case, 0) == one.wants
    assert {choice.expert: choice.load for choice in found.choices}.items() <= loads_after(found, loads).items()


def test_the_same_seed_draws_the_same_experts_and_another_others() -> None:
    cases = [Wanting(number, 3, frozenset(range(1, 13))) for number in range(8)]

    drawings = [draw(cases, {}, seed).choices for seed in (7, 7, 8)]

    assert drawings[0] == drawings[1]
    assert drawings[0] != drawings[2]
    assert {(c.case, c.expert) for c in draw(list(reversed(cases)), {}, 7).choices} == {
        (c.case, c.expert) for c in drawings[0]
    }


@pytest.mark.parametrize("seed", range(5))
def test_the_same_two_meet_seldom(seed: int) -> None:
    cases = [Wanting(number, 3, frozenset(range(1, 10))) for number in range(12)]

    found = draw(cases, {}, seed)

    sat = {one.case: sorted(choice.expert for choice in found.choices if choice.case == one.case) for one in cases}
    met = Counter(pair for experts in sat.values() for pair in combinations(experts, 2))
    assert max(met.values()) <= 2  # 36 pairs can be met 36 times: once each would be perfect
    assert set(loads_after(found, {}).values()) == {4}


def test_many_cases_take_a_moment() -> None:
    cases = [
        Wanting(number, 3, frozenset(expert for expert in range(60) if (expert * 7 + number) % 3))
        for number in range(300)
    ]

    found = draw(cases, {}, 1)

    assert found.short == {}
    assert max(loads_after(found, {}).values()) - min(loads_after(found, {}).values()) <= 1
