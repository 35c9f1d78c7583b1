"""Formulas and conditions: exact, three-valued, and nothing else."""
# ruff: noqa: E501, RUF005 - snippets of YAML and rows of examples read better unbroken

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from cellcert.criteria import expression
from cellcert.criteria.expression import Unknown, evaluate, names

KINDS: dict[str, expression.Kind] = {
    "a": "number", "b": "number", "yes": "truth", "no": "truth", "grade": frozenset({"a4", "a5"})
}  # fmt: skip
VALUES: dict[str, Any] = {"a": Decimal("0.1"), "b": 3, "yes": True, "no": False, "grade": "a5"}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("0.1 + 0.2 == 0.3", True),
        ("a + 0.2", Fraction(3, 10)),
        ("1 / 3 * 3", Fraction(1)),
        ("-a * 10 + +b", Fraction(2)),
        ("min(a, b, 2) + max(1, b) + abs(-2)", Fraction(51, 10)),
        ("1 < b <= 3", True),
        ("1 < b < 3", False),
        ("yes and not no", True),
        ("no or grade == 'a5'", True),
        ("grade != 'a4'", True),
        ("(a +\n b)", Fraction(31, 10)),
    ],
)
def test_expressions_are_exact(source: str, value: object) -> None:
    assert evaluate(source, VALUES) == value


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("no and gone < 3", False),
        ("gone < 3 and no", False),
        ("yes or gone < 3", True),
        ("gone < 3 or yes", True),
        ("yes and gone < 3", Unknown()),
        ("not gone", Unknown()),
        ("gone == 'a4'", Unknown()),
        ("min(gone, 3) > 1", Unknown()),
        ("0 / (b - 3)", Unknown("empty")),
        ("1 / (b - 3)", Unknown("divided")),
    ],
)
def test_what_is_not_known_is_unknown_unless_the_rest_decides(source: str, value: object) -> None:
    assert evaluate(source, VALUES) == value


@pytest.mark.parametrize(
    "source",
    ["a ** 2", "a // 2", "a % 2", "a if yes else b", "lambda: 1", "[a]", "{'x': a}", "a.real", "a[0]", "f'{a}'", "(a := 2)"]
    + ["__import__('os').system('true')", "open('x')", "min(*a)", "min(a)", "abs(a, b)", "max(a, key=b)", "a; b", "a = 2", ""]
    + ["a is b", "a in b", "'x' * 9", "True", "None", "0x10", "1_000", "1e9", "1j", "~a", "a < yes", "yes + 1", "grade < 'a5'"]
    + ["yes == no", "not a", "a and b", "'a4' == 'a5' == grade", "(" * 250 + "a" + ")" * 250, "-" * 250 + "a", "a\x00", "９"],
)  # fmt: skip
def test_nothing_else_may_be_written(source: str) -> None:
    assert expression.faults(source, KINDS, "number")


def test_names_are_those_an_expression_speaks_of() -> None:
    assert names("used / (made + drawn) * 100 + min(a, 1)") == {"used", "made", "drawn", "a"}
