"""The tiny language of formulas and conditions: exact numbers, three truth values, nothing else.

Python parses, ``faults`` decides what may be written, and ``evaluate`` runs it as a row of steps over exact fractions,
so that nothing is lost on the way to the one rounding at the end. Nothing of it ever becomes Python code.
"""

import ast
import keyword
import operator
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, Literal

from cellcert.criteria.marked import nearest
from cellcert.criteria.text import Text

MAX_LENGTH = 300
MAX_DEPTH = 20
NUMBER = re.compile(r"(\d{1,18}(\.\d{0,12})?|\.\d{1,12})\Z", re.ASCII)
FUNCTIONS = frozenset({"min", "max", "abs"})
RESERVED = frozenset({*keyword.kwlist, *keyword.softkwlist, *FUNCTIONS, "true", "false", "none"})

Value = Fraction | bool | str
Kind = Literal["number", "truth"] | frozenset[str]  # a choice is the set of its options


@dataclass(frozen=True, slots=True)
class Unknown:
    """No value: a name had none, or something was divided by zero (``empty``: 0 ÷ 0)."""

    why: Literal["missing", "empty", "divided"] = "missing"


@lru_cache(maxsize=8192)
def names(source: str) -> frozenset[str]:
    """The names an expression speaks of."""
    return frozenset(n.id for n in ast.walk(tree(source)) if isinstance(n, ast.Name) and n.id not in FUNCTIONS)


def evaluate(source: str, values: Mapping[str, Value | Decimal | int | None]) -> Value | Unknown:
    """The value of a checked expression; a name that is absent or ``None`` makes it unknown."""
    stack: list[Any] = []
    for act, given in _steps(source):
        if act is _NAME:
            value = values.get(given)
            if value is None:
                stack.append(_MISSING)
            elif isinstance(value, _PLAIN):
                stack.append(value)
            else:
                stack.append(value.as_integer_ratio())
        elif act is _PUSH:
            stack.append(given)
        else:
            found = stack[-given:]
            del stack[-given:]
            stack.append(act(found))
    result = stack.pop()
    return Fraction(*result) if isinstance(result, tuple) else result


def faults(source: str, kinds: Mapping[str, Kind], want: Literal["number", "truth"]) -> list[Text]:
    """Everything wrong with an expression, given what its names mean."""
    try:
        body = tree(source).body
    except _Refused as refused:
        return [refused.message]
    found: list[Text] = []
    kind = _kind(body, kinds, found)
    if not found and kind != want:
        found.append(
            Text("算式的结果应当是数", "the formula must give a number")
            if want == "number"
            else Text(
                "条件的结果应当是成立或不成立，例如 rate < 40", "the condition must be true or false, such as rate < 40"
            )
        )
    return found


class _Refused(Exception):
    def __init__(self, zh: str, en: str) -> None:
        self.message = Text(zh, en)


@lru_cache(maxsize=256)
def tree(source: str) -> ast.Expression:
    """The parsed expression; each number keeps its digits in ``kind``."""
    if not source.isascii():
        raise _Refused("式子只用半角符号和英文名称，不能有中文或全角符号", "use plain ASCII signs and names only")
    if len(source) > MAX_LENGTH:
        raise _Refused(f"式子超过 {MAX_LENGTH} 个字符，请拆开写", f"longer than {MAX_LENGTH} characters; split it")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            line = " ".join(source.split("\n")).strip()
            parsed = ast.parse(line, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _Refused(
            f"式子“{source}”看不懂，请写成 a / (b + c) * 100 或 a < 40 的样子",
            f"cannot read “{source}”; write it like a / (b + c) * 100 or a < 40",
        ) from None
    for node in ast.walk(parsed):
        if isinstance(node, ast.Constant):
            # The digits as written: Python has already made a float of 0.1.
            node.kind = line[node.col_offset : node.end_col_offset]
    if _depth(parsed.body) > MAX_DEPTH:
        raise _Refused(f"括号或运算嵌套超过 {MAX_DEPTH} 层，请拆开写", f"nested more than {MAX_DEPTH} deep; split it")
    return parsed


def _depth(node: ast.AST) -> int:
    deepest, row = 0, [node]
    while row:
        deepest += 1
        row = [child for parent in row for child in ast.iter_child_nodes(parent) if isinstance(child, ast.expr)]
    return deepest


def _kind(node: ast.expr, kinds: Mapping[str, Kind], found: list[Text]) -> Kind | None:
    """What ``node`` gives; what is wrong goes to ``found``."""
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool) and NUMBER.match(node.kind or ""):
            return "number"
        case ast.Constant(value=str(word)):
            return frozenset({word})
        case ast.Name(id=name) if name in kinds:
            return kinds[name]
        case ast.Name(id=name):
            near = nearest(name, kinds)
            found.append(
                Text(
                    f"没有叫“{name}”的单位情况或指标" + (f"，是不是“{near}”？" if near else ""),
                    f"nothing is called “{name}”" + (f"; did you mean “{near}”?" if near else ""),
                )
            )
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div(), right=right):
            _all("number", [left, right], kinds, found)
            return "number"
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            _all("number", [operand], kinds, found)
            return "number"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            _all("truth", [operand], kinds, found)
            return "truth"
        case ast.BoolOp(values=parts):
            _all("truth", parts, kinds, found)
            return "truth"
        case ast.Compare(left=left, ops=signs, comparators=others):
            _comparison(left, signs, others, kinds, found)
            return "truth"
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            if len(args) != 1 if name == "abs" else len(args) < 2:
                found.append(Text(f"{name}( ) 里的数不够或太多", f"{name}( ) has too few or too many numbers"))
            _all("number", args, kinds, found)
            return "number"
        case _:
            found.append(
                Text(
                    f"式子里不能写“{ast.unparse(node)[:40]}”；只用 + - * / 比较 and or not min max abs",
                    f"“{ast.unparse(node)[:40]}” may not be written; only + - * / comparisons and or not min max abs",
                )
            )
    return None


def _all(kind: Kind, nodes: list[ast.expr], kinds: Mapping[str, Kind], found: list[Text]) -> None:
    for node in nodes:
        is_kind = _kind(node, kinds, found)
        if is_kind is not None and is_kind != kind:
            word = Text("数", "a number") if kind == "number" else Text("成立或不成立", "true or false")
            shown = ast.unparse(node)
            found.append(Text(f"“{shown}”在这里应当是{word.zh}", f"“{shown}” must be {word.en} here"))


def _comparison(
    left: ast.expr, signs: list[ast.cmpop], others: list[ast.expr], kinds: Mapping[str, Kind], found: list[Text]
) -> None:
    sides = [left, *others]
    given = [_kind(side, kinds, found) for side in sides]
    if any(kind is None for kind in given):
        return
    equality = all(isinstance(sign, ast.Eq | ast.NotEq) for sign in signs)
    allowed = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
    if not all(isinstance(sign, allowed) for sign in signs):
        found.append(Text("比较只用 < <= > >= == !=", "compare with < <= > >= == != only"))
    elif all(kind == "number" for kind in given):
        return
    elif equality and len(sides) == 2 and all(isinstance(kind, frozenset) for kind in given):
        words = {s.value for s in sides if isinstance(s, ast.Constant) and isinstance(s.value, str)}
        options = frozenset().union(*(k for k, s in zip(given, sides, strict=True) if isinstance(s, ast.Name)))  # type: ignore[arg-type]
        for word in sorted(words - options):
            known = " ".join(sorted(options))
            found.append(Text(f"没有选项“{word}”，可用的是：{known}", f"no option “{word}”; there are: {known}"))
    else:
        found.append(
            Text(
                "两边不能这样比较：数与数比较，选项用 == '选项' 比较，是否题直接写名称或 not 名称",
                "these cannot be compared: numbers with numbers, choices with == 'option', yes/no facts by name alone",
            )
        )


_MISSING = Unknown()
_PLAIN = (bool, str)  # kept as they are, where numbers become ratios
_PUSH, _NAME = object(), object()
_Ratio = tuple[int, int]  # not reduced: an expression is too short for the figures to grow long
_Steps = tuple[tuple[Any, Any], ...]


@lru_cache(maxsize=8192)
def _steps(source: str) -> _Steps:
    """The expression with each operand before its operator: values are put on a pile, acts take theirs from its top."""
    steps: list[tuple[Any, Any]] = []
    _write_steps(tree(source).body, steps)
    return tuple(steps)


def _write_steps(node: ast.expr, steps: list[tuple[Any, Any]]) -> None:
    match node:
        case ast.Constant(value=str(word)):
            steps.append((_PUSH, word))
        case ast.Constant(kind=str(digits)):
            steps.append((_PUSH, Fraction(digits).as_integer_ratio()))
        case ast.Name(id=name):
            steps.append((_NAME, name))
        case ast.UnaryOp(op=sign, operand=operand):
            _act(_ACTS[type(sign)], [operand], steps)
        case ast.BinOp(left=left, op=sign, right=right):
            _act(_ACTS[type(sign)], [left, right], steps)
        case ast.BoolOp(op=word, values=parts):
            _act(_ACTS[type(word)], parts, steps)
        case ast.Compare(left=left, ops=signs, comparators=others):
            # a < b < c is a < b and b < c
            sides = [left, *others]
            for mark, *pair in zip(signs, sides, others, strict=False):
                _act(_ACTS[type(mark)], pair, steps)
            if len(signs) > 1:
                steps.append((_both, len(signs)))
        case ast.Call(func=ast.Name(id=name), args=args):
            _act(_CALLS[name], args, steps)
        case _:  # `faults` has refused it
            raise ValueError(ast.unparse(node))


def _act(act: Any, operands: Sequence[ast.expr], steps: list[tuple[Any, Any]]) -> None:  # noqa: ANN401
    for operand in operands:
        _write_steps(operand, steps)
    steps.append((act, len(operands)))


def _if_known(act: Callable[..., Any]) -> Callable[[list[Any]], Any]:
    """What ``act`` gives; unknown where one of its operands is."""

    def known(operands: list[Any]) -> Any:  # noqa: ANN401
        for operand in operands:
            if isinstance(operand, Unknown):
                # 0 ÷ 0 may count full; what is missing or divided by nothing beside it may not
                unknown = [one for one in operands if isinstance(one, Unknown)]
                return next((one for one in unknown if one.why != "empty"), operand)
        return act(*operands)

    return known


def _divide(a: _Ratio, b: _Ratio) -> _Ratio | Unknown:
    if b[0] == 0:
        return Unknown("empty" if a[0] == 0 else "divided")
    over, under = a[0] * b[1], a[1] * b[0]
    return (over, under) if under > 0 else (-over, -under)


def _compared(sign: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda a, b: sign(a[0] * b[1], b[0] * a[1]) if isinstance(a, tuple) else sign(a, b)


# What is known may already decide: `hazardous and rate < 90` is false where there is no hazardous waste.
def _either(parts: list[bool | Unknown]) -> bool | Unknown:
    return True if True in parts else next((part for part in parts if isinstance(part, Unknown)), False)


def _both(parts: list[bool | Unknown]) -> bool | Unknown:
    return False if False in parts else next((part for part in parts if isinstance(part, Unknown)), True)


_ACTS: Mapping[type[ast.AST], Callable[[list[Any]], Any]] = {
    ast.Or: _either,
    ast.And: _both,
    ast.Not: _if_known(operator.not_),
    ast.UAdd: _if_known(lambda a: a),
    ast.USub: _if_known(lambda a: (-a[0], a[1])),
    ast.Add: _if_known(lambda a, b: (a[0] * b[1] + b[0] * a[1], a[1] * b[1])),
    ast.Sub: _if_known(lambda a, b: (a[0] * b[1] - b[0] * a[1], a[1] * b[1])),
    ast.Mult: _if_known(lambda a, b: (a[0] * b[0], a[1] * b[1])),
    ast.Div: _if_known(_divide),
    ast.Lt: _if_known(_compared(operator.lt)),
    ast.LtE: _if_known(_compared(operator.le)),
    ast.Gt: _if_known(_compared(operator.gt)),
    ast.GtE: _if_known(_compared(operator.ge)),
    ast.Eq: _if_known(_compared(operator.eq)),
    ast.NotEq: _if_known(_compared(operator.ne)),
}
_CALLS: Mapping[str, Callable[[list[Any]], Any]] = {
    "min": _if_known(lambda *row: min(row, key=lambda ratio: Fraction(*ratio))),
    "max": _if_known(lambda *row: max(row, key=lambda ratio: Fraction(*ratio))),
    "abs": _if_known(lambda a: (abs(a[0]), a[1])),
}
