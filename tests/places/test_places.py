"""Three checklists of other places, with quite different arithmetic; every expected figure was worked out by hand."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cellcert.criteria.reader import read_checklist_file
from cellcert.criteria.schema import Checklist
from cellcert.criteria.scorer import score
from cellcert.criteria.sheet import Sheet

HERE = Path(__file__).parent


@pytest.fixture(scope="module", params=["deductive_office", "mall_600", "scenic_85_50"])
def any_place(request: pytest.FixtureRequest) -> Checklist:
    return place(request.param)


def place(name: str) -> Checklist:
    return read_checklist_file(HERE / f"{name}.yaml")


def printed(sheet: Sheet) -> dict[str, str]:
    """The printed points of every item and section, and the total."""
    items = {item.key: str(item.points) for item in sheet.items if item.state != "not_applicable"}
    return items | {section.key: str(section.points) for section in sheet.sections} | {"total": str(sheet.total)}


def test_each_speaks_english_where_it_is_printed(any_place: Checklist) -> None:
    assert all(text.en for text in (any_place.title, *(section.title for section in any_place.sections)))


# a deductive sheet of 100 points


def office(facts: tuple[bool, bool, bool], accuracy: int, awareness: tuple[int, int], **items: Any) -> Sheet:
    canteen, screen, outsourced = facts
    found: dict[str, Any] = {"leadership": {}, "publicity": {}, "bins": {}, "point": {}}
    found |= {"contract": {}} if outsourced else {}
    found |= {"canteen_waste": {}} if canteen else {}
    return score(
        place("deductive_office"),
        {
            "facts": {"canteen": canteen, "screen": screen, "outsourced": outsourced},
            "indicators": {
                "accuracy": {"correct": accuracy, "checked": 1000},
                "awareness": {"knowing": awareness[0], "asked": awareness[1]},
            },
            "items": found | items,
        },
    )


def test_an_office_with_everything_loses_points_by_occurrence_shortfall_and_range() -> None:
    sheet = office(
        (True, True, True), 878, (19, 20),
        leadership={"meeting": 2}, contract={"clause": True}, publicity={"poster": 1, "screen_idle": True},
        bins={"missing": 3, "label": 7}, point={"mess": 2}, canteen_waste={"plate": True},
    )  # fmt: skip

    assert printed(sheet) == {
        "leadership": "8.00",  # 10 − 2 × 1
        "contract": "2.00",  # 5 − 3
        "publicity": "5.00",  # 10 − 1 × 2 − 3
        "organisation": "15.00",
        "bins": "7.50",  # 20 − 3 × 2.5 − 7 × 1, the signs at most 5
        "point": "8.00",
        "facilities": "15.50",
        "accuracy_item": "16.00",  # 87.80 %: 2.2 below 90, two full steps, 2 points each
        "awareness_item": "12.00",  # 95 %: 5 below 100, 2.5 steps of 2, three begun
        "canteen_waste": "8.00",
        "results": "36.00",
        "total": "66.50",
    }
    assert sheet.level is None


def test_an_office_without_canteen_screen_or_contract_is_scaled_twice() -> None:
    sheet = office(
        (False, False, False), 900, (97, 100),
        leadership={"meeting": 1}, publicity={"poster": 1, "screen_idle": True}, bins={"missing": 1},
    )  # fmt: skip

    assert printed(sheet) == {
        "leadership": "9.00",
        "publicity": "8.00",  # no screen: what is said of it does not count
        "organisation": "21.25",  # 17 of 20 that apply, scaled to 25
        "bins": "17.50",
        "point": "10.00",
        "facilities": "27.50",
        "accuracy_item": "20.00",  # exactly 90 %
        "awareness_item": "13.00",  # 97 %: 3 below, 1.5 steps, two begun
        "results": "33.00",  # of 35: the canteen's 10 leave the sheet
        "total": "90.83",  # 81.75 of 90 scaled to 100: 90.8333
    }
    assert sheet.level is not None
    assert sheet.level.key == "excellent"


def test_one_point_less_before_scaling_is_below_the_higher_level() -> None:
    sheet = office(
        (False, False, False), 900, (95, 100),
        leadership={"meeting": 1}, publicity={"poster": 1}, bins={"missing": 1},
    )  # fmt: skip

    assert sheet.total == Decimal("89.72")  # 80.75 of 90: 89.7222
    assert sheet.level is not None
    assert sheet.level.key == "qualified"


def test_no_item_of_an_office_falls_below_nothing() -> None:
    sheet = office(
        (True, True, True), 750, (1, 20),
        leadership={"leader": True, "contact": True, "meeting": 9}, publicity={"poster": 9},
        bins={"missing": 9}, point={"none": True, "mess": 5}, canteen_waste={"mixed": True},
        contract={"clause": True, "review": True},
    )  # fmt: skip

    assert set(printed(sheet).values()) == {"0.00"}  # 10 − 5 − 3 − 4, 20 − 22.5, 20 − 30, 15 − 48 …


# 600 points with a floor in every section


def mall(
    training: str = "40", efficient: int = 90, use: Any = None, sorting: str = "80", kitchen: str | None = "50",
    goods: str = "50", advice: str = "40", met: str = "abc", before: int = 100, now: int = 100, *, bags: bool = True,
) -> Sheet:  # fmt: skip
    items: dict[str, Any] = {
        "basics": list(met), "training": training, "use": use or {"low": "yes_"}, "sorting": sorting,
        "packaging": True, "goods": goods, "advice": advice,
    }  # fmt: skip
    items |= {"kitchen": kitchen} if kitchen is not None else {}
    return score(
        place("mall_600"),
        {
            "facts": {"food": kitchen is not None},
            "indicators": {
                "lighting": {"efficient": efficient, "lamps": 100},
                "energy_cut": {"before": before, "now": now},
            },
            "prerequisites": {"lawful": True, "bags": bags},
            "items": items,
        },
    )


def level(sheet: Sheet) -> str | None:
    return sheet.level.key if sheet.level else None


def test_a_strong_mall_on_the_scale_of_600() -> None:
    sheet = mall()

    assert printed(sheet) == {
        "basics": "60.00", "training": "40.00", "management": "100.00",
        "light": "68.00",  # 20 + 60 × (90 − 50) ÷ 50
        "use": "120.00", "energy": "188.00",
        "sorting": "80.00", "kitchen": "50.00", "packaging": "40.00", "waste": "170.00",
        "goods": "50.00", "advice": "40.00", "service": "90.00",
        "total": "548.00",
    }  # fmt: skip
    assert (sheet.possible, level(sheet)) == (600, "green")


def test_a_section_on_its_floor_passes_and_a_hundredth_below_does_not() -> None:
    on, below = mall(goods="45"), mall(goods="44.99")

    assert (on.section("service").points, level(on)) == (Decimal("85.00"), "green")
    assert (below.section("service").points, below.total, level(below)) == (Decimal("84.99"), Decimal("542.99"), None)
    assert "“绿色服务”不到 85%" in below.reason.zh


def test_sections_of_80_and_of_85_percent_are_told_apart() -> None:
    """164 of 200 is 82 %: enough for the waste section, not for the energy section."""
    waste = mall(sorting="74")
    energy = mall(efficient=80, use={"low": "near"}, before=100, now=90)

    assert (waste.section("waste").points, level(waste)) == (Decimal("164.00"), "green")
    assert energy.section("energy").points == Decimal("166.00")  # 20 + 60 × 30 ÷ 50 = 56, and 110 for a cut of 10 %
    assert level(energy) is None


def test_the_better_of_level_and_improvement_counts() -> None:
    assert mall(use={"low": "near"}, before=200, now=190).item("use").points == 90  # a cut of 5 % would earn 80
    assert mall(use={"low": "no_"}, before=200, now=180).item("use").points == 110  # a cut of exactly 10 %


def test_a_total_of_510_is_asked_for_besides_the_floors() -> None:
    """Every section on its floor gives 80 + 170 + 160 + 85 = 495."""
    floors = mall(training="20", efficient=75, sorting="70", goods="45")  # energy 50 + 120
    enough = mall(training="20", efficient=75, sorting="85", goods="45")

    assert (floors.total, level(floors)) == (Decimal("495.00"), None)
    assert (enough.total, level(enough)) == (Decimal("510.00"), "green")


def test_a_mall_without_food_has_its_waste_section_scaled_to_200() -> None:
    sheet = mall(kitchen=None, sorting="75")

    assert sheet.section("waste").points == Decimal("164.29")  # 115 of 140 × 200 = 164.2857
    assert sheet.total == Decimal("542.29")


def test_two_basic_measures_bar_a_mall_and_so_do_thin_bags() -> None:
    two, bags = mall(met="ab"), mall(bags=False)

    assert (two.item("basics").points, two.total, level(two)) == (0, Decimal("488.00"), None)
    assert [text.zh for text in two.barred] == ["必须完成项得 0 分：基本措施"]
    assert (bags.total, level(bags)) == (Decimal("548.00"), None)
    assert [text.zh for text in bags.barred] == ["前置条件不符合：不提供超薄塑料购物袋"]


# 85 in total and 50 % in each section


def scenic(lodging: bool = True, **items: Any) -> Sheet:
    answers: dict[str, Any] = {
        "plan": "full", "ledger": {"kinds": True, "flows": True}, "bins": {}, "station": 10, "tableware": 10,
        "sorted": 15, "treated": 10, "signs": {"boards": 6, "guides": 6, "online": 6},
    }  # fmt: skip
    answers |= {"supplies": 10} if lodging else {}
    return score(place("scenic_85_50"), {"facts": {"lodging": lodging}, "items": answers | items})


def test_a_full_scenic_area_reaches_100_and_its_cap_holds() -> None:
    sheet = scenic()

    assert (sheet.item("signs").points, sheet.total, level(sheet)) == (15, 100, "first")  # 18 capped at 15


def test_85_is_enough_and_a_hundredth_less_is_not() -> None:
    # 15 + (15 − 4 × 1.5 + 6) + 20 + 25 + 10 = 85
    on = scenic(bins={"missing": 4}, station=6, signs={"boards": 6, "guides": 4, "online": 0})
    below = scenic(bins={"missing": 4}, station="5.99", signs={"boards": 6, "guides": 4, "online": 0})

    assert (on.total, level(on)) == (Decimal("85.00"), "first")
    assert (below.total, level(below)) == (Decimal("84.99"), None)


def test_half_of_a_block_is_enough_and_a_hundredth_less_is_not_whatever_the_total() -> None:
    on = scenic(tableware=5, supplies=5)
    below = scenic(tableware="4.99", supplies=5)

    assert (on.section("reduction").points, on.total, level(on)) == (10, 90, "first")
    assert (below.section("reduction").points, below.total, level(below)) == (Decimal("9.99"), Decimal("89.99"), None)
    assert [s.key for s in below.sections if s.floor_reached is False] == ["reduction"]


def test_a_scenic_area_without_lodging_is_judged_by_half_of_what_applies_scaled_to_its_points() -> None:
    sheet = scenic(lodging=False, tableware="7.35")

    assert sheet.section("reduction").points == Decimal("14.70")  # 7.35 of 10 scaled to 20
    assert sheet.total == Decimal("94.70")


def test_the_range_within_a_label_is_the_assessors_to_pick() -> None:
    sheet = scenic(plan={"choice": "some", "points": "4.5"}, ledger={"kinds": False, "flows": True})

    assert sheet.section("system").points == Decimal("8.50")  # 4.5 + 4
    assert sheet.total == Decimal("93.50")
