"""Words that wait until they are read are the same words."""

import pickle
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest

from cellcert.criteria.text import Text, joined, later, rounded


def test_a_text_is_worded_when_it_is_first_read_and_only_then() -> None:
    worded: list[Text] = []

    def word() -> Text:
        worded.append(Text("符合", "met"))
        return worded[-1]

    text = later(word)
    assert worded == []
    assert (text.zh, text.en, str(text), text.text("en")) == ("符合", "met", "符合", "met")
    assert len(worded) == 1


def test_what_it_says_makes_it_equal_not_how_it_came_about() -> None:
    plain, met = Text("符合", "met"), later(lambda: Text("符合", "met"))

    assert plain == met == later(lambda: plain)
    assert met != Text("符合") != met
    assert {plain, met} == {met}
    assert joined([plain, later(lambda: plain)]) == Text("符合；符合", "met; met")


def test_a_text_not_yet_worded_can_be_kept_and_never_be_changed() -> None:
    text = later(lambda: Text("符合", "met"))

    assert pickle.loads(pickle.dumps(text)) == text
    with pytest.raises(AttributeError):
        text.zh = "不符合"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        text.unheard_of  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("0.125"), "0.13"),
        (Decimal("-0.125"), "-0.13"),
        (Decimal("-0.001"), "0.00"),
        (Decimal(7), "7.00"),
        (Decimal("123456789012345678.005"), "123456789012345678.01"),
        (Fraction(1, 8), "0.13"),
        (Fraction(-1, 1000), "0.00"),
        (Fraction(10**40, 3), f"{'3' * 40}.33"),
        (Decimal(10) ** 40, f"1{'0' * 40}.00"),
    ],
)
def test_rounding_is_half_up_and_loses_no_digit_whatever_the_context(value: Decimal | Fraction, expected: str) -> None:
    with localcontext(prec=3):
        assert str(rounded(value)) == expected
