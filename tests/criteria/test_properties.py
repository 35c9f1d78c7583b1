"""Whatever is answered: points stay within bounds, are decimals of two places, and nothing but a refusal is raised."""
# ruff: noqa: E501 - snippets of YAML and rows of examples read better unbroken

from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cellcert.criteria.scorer import AnswerFaults, score
from cellcert.criteria.text import rounded
from tests.criteria.lists import HEAD, LEVEL, read, wrong
from tests.criteria.test_ways import ANY, CHOICE, DEDUCTIONS, FALLING, PARTS, TIERS

WAYS = {
    "yes": "yes_no",
    "choice": CHOICE,
    "parts": PARTS,
    "tiers": TIERS,
    "falling": FALLING,
    "linear": "{linear: rate, from: {value: 50, points: 0}, to: {value: 90, points: 10}}",
    "short": "{shortfall: rate, target: 90, lose: 2, per: 1.5, part: proportional}",
    "faults": DEDUCTIONS,
    "some": "{at_least: 2, of: [{key: a, text: 甲}, {key: b, text: 乙}, {key: c, text: 丙}], short: proportional}",
    "any": ANY,
    "judged": "{judged: {step: 0.01}}",
}
KINDS = ("section", "total", "full")
SHEET = read(
    "".join(
        f"{'sections:' if not n else ''}\n  - key: s{n}\n    title: 部分\n    points: 20\n    floor: 50%\n    items:\n"
        f"      - {{key: {key}, text: 某, points: 10, score: {way}}}\n"
        f"      - {{key: {key}_too, text: 某, points: 10, score: {way}, applies_if: canteen or staff > 50,"
        f" not_applicable: {KINDS[n % 3]}}}\n"
        for n, (key, way) in enumerate(WAYS.items())
    )
    + f"bonus: {{cap: 5, items: [{{key: extra, text: 加, points: 10, score: {DEDUCTIONS}}}]}}\n"
    + "penalties: {items: [{key: off, text: 扣, score: {deductions: [{key: x, text: 某, lose: 7, each: true}]}}]}\n"
)

numbers = st.decimals(-5, 200, places=2) | st.integers(-2, 12) | st.just(Decimal("1e400")) | st.floats()
simple = st.none() | st.booleans() | numbers | st.sampled_from(["good", "some", "none", "much", "a4", "x", "2.5"])
wild = st.recursive(
    simple,
    lambda inner: (
        st.lists(inner | st.sampled_from("abc"), max_size=3)
        | st.dictionaries(
            st.sampled_from(["plan", "menu", "bin", "sign", "mess", "choice", "points", "gain", "x"]), inner, max_size=3
        )
    ),
    max_leaves=4,
)
right = st.fixed_dictionaries(
    {},
    optional={
        "yes": st.booleans(),
        "choice": st.sampled_from(["good", "none"]) | st.builds(lambda h: {"choice": "some", "points": 1 + h / Decimal(2)}, st.integers(0, 4)),
        "parts": st.fixed_dictionaries({}, optional={"plan": st.booleans(), "menu": st.booleans()}),
        "faults": st.fixed_dictionaries({}, optional={"bin": st.integers(0, 9), "sign": st.booleans(), "none": st.booleans()}),
        "some": st.sets(st.sampled_from("abc")).map(sorted),
        "any": st.fixed_dictionaries({}, optional={"gain": st.sampled_from(["much", "little"])}),
        "judged": st.decimals(0, 10, places=2),
        "extra": st.fixed_dictionaries({}, optional={"sign": st.booleans()}),
        "off": st.fixed_dictionaries({}, optional={"x": st.integers(0, 40)}),
    },
)  # fmt: skip
sheets = st.fixed_dictionaries(
    {
        "facts": st.fixed_dictionaries({}, optional={"canteen": st.booleans(), "staff": st.integers(1, 99)}),
        "indicators": st.fixed_dictionaries(
            {"rate": st.fixed_dictionaries({"used": st.decimals(0, 200, places=3), "made": st.integers(0, 150)})}
        ),
        "items": right,
    }
)


def assert_sound(given_: dict[str, Any]) -> None:
    sheet = score(SHEET, given_)
    for item in sheet.items:
        assert type(item.points) is Decimal
        assert item.points == item.points.quantize(Decimal("0.01"))
        assert item.key == "off" or 0 <= item.points <= item.possible
    for section in sheet.sections:
        assert type(section.points) is Decimal
        assert 0 <= section.points <= section.possible <= 20
    assert 0 <= sheet.total <= sheet.possible + 5
    assert sheet.level is None or sheet.total >= sheet.level.total
    assert str(sheet.total) == str(sheet.total.quantize(Decimal("0.01")))


@settings(deadline=None, max_examples=150)
@given(sheets)
def test_points_stay_between_nothing_and_what_is_possible(given_: dict[str, Any]) -> None:
    assert_sound(given_)


@settings(deadline=None, max_examples=150)
@given(
    st.dictionaries(st.sampled_from([*WAYS, *(f"{key}_too" for key in WAYS), "extra", "off"]), wild, max_size=4), simple
)
def test_wild_answers_are_scored_or_refused_and_nothing_else(items: dict[str, Any], fact: object) -> None:
    with suppress(AnswerFaults):
        assert_sound(
            {
                "facts": {"canteen": fact, "grade": fact},
                "indicators": {"rate": {"used": fact, "made": 3}},
                "items": items,
            }
        )


SOUND = (
    HEAD
    + "sections: [{key: s, title: 甲, points: 80, items: [{key: i, text: 某, points: 80, score: yes_no}]}]\n"
    + LEVEL
)


@settings(deadline=None, max_examples=200)
@given(st.integers(0, len(SOUND)), st.integers(0, 12), st.text("{}[]:,-&*!'\"% \n\taz09.~?|>", max_size=4))
def test_a_file_changed_anywhere_is_read_or_refused_and_nothing_else(at: int, cut: int, put: str) -> None:
    assert all(line >= 1 and message for line, message in wrong(SOUND[:at] + put + SOUND[at + cut :]))


@given(st.fractions(-1000, 1000, max_denominator=10**6), st.integers(0, 4))
def test_rounding_is_half_up_and_exact(value: Any, places: int) -> None:
    result = Fraction(rounded(value, places))
    off = abs(value - result) * 10**places

    assert off <= Fraction(1, 2)
    assert off != Fraction(1, 2) or abs(result) > abs(value)
