"""What closed rounds teach about items and experts."""

import random

import pytest

from cellcert.review.statistics import Marked, experts_of, items_of, student


def mark(
    case: int, expert: int, points: float, *, item: str = "plan", claimed: float = 8, settled: float = 8
) -> Marked:
    return Marked(case, expert, item, points, 10, claimed, settled)


def test_an_item_everybody_understands_the_same_way_is_not_unclear() -> None:
    (figures,) = items_of([mark(case, expert, 8) for case in range(6) for expert in range(3)])

    assert (figures.cases, figures.spread, figures.over_claimed, figures.unclear) == (6, 0, 0, False)


def test_an_item_experts_score_wide_apart_is_unclear() -> None:
    (figures,) = items_of([mark(case, expert, 4 + 2 * expert) for case in range(5) for expert in range(3)])

    assert figures.spread == 40
    assert figures.unclear


def test_an_item_units_claim_too_much_for_is_unclear_and_stands_first() -> None:
    quiet = [mark(case, expert, 8, item="calm") for case in range(5) for expert in range(2)]
    loud = [mark(case, expert, 3, item="loud", claimed=9, settled=3) for case in range(5) for expert in range(2)]

    first, second = items_of(quiet + loud)

    assert (first.item, first.over_claimed, first.unclear) == ("loud", 60, True)
    assert second.item == "calm"


def test_four_cases_draw_no_conclusion() -> None:
    (figures,) = items_of([mark(case, expert, 10 * expert) for case in range(4) for expert in range(2)])

    assert figures.spread == 100
    assert not figures.unclear


def test_an_expert_is_compared_with_the_others_on_the_same_case() -> None:
    hard, easy = [mark(1, expert, 2) for expert in (1, 2, 3)], [mark(2, expert, 9) for expert in (2, 3)]

    figures = {one.expert: one for one in experts_of(hard + easy)}

    assert figures[1].stricter == 0  # who sat on the hard case alone is not strict
    assert figures[1].give_or_take is None


def test_a_strict_expert_is_told_from_chance_and_chance_is_not_told_as_strict() -> None:
    chance = random.Random(3)
    marks = []
    for case in range(12):
        for expert in range(4):
            points = 7 + chance.uniform(-1, 1) - (2 if expert == 0 else 0)
            marks.append(mark(case, expert, points))

    figures = {one.expert: one for one in experts_of(marks)}

    assert figures[0].tells
    assert figures[0].stricter == pytest.approx(20, abs=8)
    assert not any(figures[expert].tells and figures[expert].stricter > 0 for expert in (1, 2, 3))


def test_an_expert_alone_on_every_case_has_no_figure() -> None:
    assert experts_of([mark(case, 1, 5) for case in range(9)]) == []


@pytest.mark.parametrize(("degrees", "wide"), [(1, 12.706), (4, 2.776), (11, 2.228), (1000, 1.980)])
def test_between_the_listed_degrees_the_interval_is_the_wider_one(degrees: int, wide: float) -> None:
    assert student(degrees) == wide
