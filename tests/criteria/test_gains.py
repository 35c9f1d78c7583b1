"""What could still be won (还差什么): only what would really add points is advised."""

from cellcert.criteria.gains import gains
from cellcert.criteria.text import Text
from tests.criteria.lists import FACTS, one_item

TWO = (
    "{any_of: [{key: level, text: 水平, score: {tiers: rate, steps: [{at_least: 90, points: 6}]}}, "
    "{key: lead, text: 示范, score: yes_no}]}"
)


def test_an_alternative_that_gives_all_it_can_is_advised_no_more() -> None:
    answers = {"facts": FACTS, "indicators": {"rate": {"used": 95, "made": 100}}, "items": {"rest": True}}

    (gain,) = gains(one_item(TWO), answers)

    assert (gain.key, gain.points, gain.how) == ("it", 4, Text("示范：做到“符合”", "示范: meet it"))


def test_alternatives_that_could_add_points_are_all_advised() -> None:
    answers = {"facts": FACTS, "indicators": {"rate": {"used": 50, "made": 100}}, "items": {"rest": True}}

    (gain,) = gains(one_item(TWO), answers)

    assert gain.how.zh == "水平：达到 90% 得 6 分，或者示范：做到“符合”"
