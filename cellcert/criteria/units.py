"""Whether a formula adds like with like and gives the unit its indicator states.

A unit is a product of powers of symbols as a file writes them: ``kg/(人·d)``. Some symbols are multiples of others (1 t
is 1000 kg); then the formula must hold the number that converts. All other symbols stand for themselves.
"""

import ast
import operator
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from cellcert.criteria import expression
from cellcert.criteria.text import Text

MAX_UNIT = 60
MAX_FACTORS = 8  # of the numbers in a formula, so many may take part in a conversion
Powers = tuple[tuple[str, int], ...]
Size = tuple[Fraction, frozenset[tuple[str, int]]]

PLAIN = {"", "1", "无", "倍", "比值"}
ALIASES = {
    "％": "%", "百分点": "%", "个百分点": "%", "百分比": "%",
    "吨": "t", "公斤": "kg", "千克": "kg", "克": "g", "毫克": "mg",
    "米": "m", "公里": "km", "千米": "km", "厘米": "cm", "毫米": "mm",
    "平方米": "m²", "平米": "m²", "㎡": "m²", "平方公里": "km²", "平方千米": "km²", "公顷": "hm²", "ha": "hm²",
    "立方米": "m³", "㎥": "m³", "升": "L", "l": "L", "毫升": "mL", "ml": "mL",
    "天": "d", "日": "d", "小时": "h", "a": "年", "个月": "月", "星期": "周",
    "度": "kWh", "瓦时": "Wh", "吨标准煤": "tce", "吨标煤": "tce", "名": "人", "位": "人",
}  # fmt: skip
MULTIPLES: Mapping[str, tuple[Fraction, str, int]] = {
    symbol: (Fraction(times), base, power)
    for symbol, times, base, power in (
        ("%", "1/100", "", 0), ("‰", "1/1000", "", 0),
        ("mg", "1/1000", "g", 1), ("斤", "500", "g", 1), ("kg", "1000", "g", 1), ("t", "1000000", "g", 1),
        ("mm", "1/1000", "m", 1), ("cm", "1/100", "m", 1), ("dm", "1/10", "m", 1), ("km", "1000", "m", 1),
        ("hm", "100", "m", 1), ("亩", "2000/3", "m", 2), ("L", "1/1000", "m", 3), ("mL", "1/1000000", "m", 3),
        ("h", "1/24", "d", 1), ("周", "7", "d", 1), ("年", "365", "d", 1), ("月", "365/12", "d", 1),
        ("kWh", "1000", "Wh", 1), ("MWh", "1000000", "Wh", 1), ("kgce", "1/1000", "tce", 1),
    )
}  # fmt: skip
THOUSANDS = re.compile(r"(千万|百万|十万|亿|万|千)(?=.)")
TIMES = {
    word: Fraction(10**zeros)
    for word, zeros in (("千", 3), ("万", 4), ("十万", 5), ("百万", 6), ("千万", 7), ("亿", 8))
}
LENGTH = re.compile(r"([kdcmh]?m)(?:\^?([23])|([²³]))\Z")


def unit_faults(formula: str, inputs: Mapping[str, str], result: str) -> list[Text]:
    """What is wrong with the units of a checked formula; units as the file writes them, ``result`` may be blank."""
    found: list[Text] = []
    powers: dict[str, Powers] = {}
    for name, unit in (*inputs.items(), ("", result)):
        read = powers_of(unit)
        if read is None:
            found.append(
                Text(
                    f"单位“{unit}”看不懂，请写成 t/万元 或 kg/(人·d) 的样子",
                    f"cannot read the unit “{unit}”; write it like t/万元",
                )
            )
        else:
            powers[name] = read
    if found:
        return found
    got = _Reading(powers, found).of(expression.tree(formula).body)
    if not found and got is not None and result.strip():
        found += _result_faults(got, powers[""], result.strip())
    return found


def powers_of(unit: str) -> Powers | None:
    """``kg/(人·d)`` as kg¹ 人⁻¹ d⁻¹; ``None`` for what is no unit. What follows a / stands below it."""
    unit = unit.strip()
    if unit in PLAIN:
        return ()
    if len(unit) > MAX_UNIT:
        return None
    read = _product(unit)
    return None if read is None else _powers(read)


def written(powers: Powers) -> str:
    """A unit as people write it."""
    over = [_power(symbol, power) for symbol, power in powers if power > 0]
    under = [_power(symbol, -power) for symbol, power in powers if power < 0]
    below = under[0] if len(under) == 1 else f"({'·'.join(under)})"
    return "·".join(over) if not under else f"{'·'.join(over) or '1'}/{below}"


def _power(symbol: str, power: int) -> str:
    return symbol if power == 1 else f"{symbol}^{power}"


def _product(unit: str) -> Counter[str] | None:
    total: Counter[str] = Counter()
    for place, factor in enumerate(_split(unit, "/÷")):
        for part in map(str.strip, _split(factor, "·*×⋅・")):
            if place == 0 and part == "1":
                continue
            grouped = part[:1] in {"(", "（"} and part[-1:] in {")", "）"}
            read = _product(part[1:-1]) if grouped else _symbol(part)
            if read is None:
                return None
            for symbol, power in read.items():
                total[symbol] += -power if place else power
    return total


def _split(unit: str, marks: str) -> Iterator[str]:
    depth, start = 0, 0
    for place, sign in enumerate(unit):
        depth += (sign in "(（") - (sign in ")）")
        if depth == 0 and sign in marks:
            yield unit[start:place]
            start = place + 1
    yield unit[start:]


def _symbol(part: str) -> Counter[str] | None:
    balanced = part.count("(") + part.count("（") == part.count(")") + part.count("）")
    if not part or not balanced or part.startswith(("(", "（", "^")):
        return None
    if length := LENGTH.match(ALIASES.get(part, part)):
        return Counter({length[1]: int(length[2] or "23"["²³".index(length[3])])})
    base, _, power = part.partition("^")
    if power:
        return Counter({base: int(power)}) if re.fullmatch(r"-?[1-9]", power, re.ASCII) else None
    return Counter({part: 1})


def _powers(count: Mapping[str, int]) -> Powers:
    return tuple((symbol, power) for symbol, power in count.items() if power)


def _size(powers: Powers) -> Size:
    """A unit as a multiple of base symbols."""
    scale, dimensions = Fraction(1), Counter[str]()
    for symbol, power in powers:
        times, base, each = _base(symbol)
        scale *= times**power
        if each:
            dimensions[base] += each * power
    return scale, frozenset(_powers(dimensions))


def _base(symbol: str) -> tuple[Fraction, str, int]:
    """The base symbol of a symbol, its power and how many of it one is."""
    symbol = ALIASES.get(symbol, symbol)
    if symbol in MULTIPLES:
        return MULTIPLES[symbol]
    if length := LENGTH.match(symbol):  # an alias such as 平方米
        times, power = _base(length[1])[0], 2 if length[3] == "²" else 3
        return times**power, "m", power
    if symbol in TIMES:
        return TIMES[symbol], "", 0
    if many := THOUSANDS.match(symbol):
        times, base, power = _base(symbol[many.end() :])
        return TIMES[many[1]] * times, base, power
    return Fraction(1), symbol, 0 if symbol in PLAIN else 1


@dataclass(frozen=True, slots=True)
class _Quantity:
    """A unit, and the plain numbers it was multiplied by; ``constant``: nothing but a number."""

    powers: Powers
    factors: tuple[Fraction, ...] = ()
    constant: Fraction | None = None

    def reachable(self) -> set[Fraction]:
        """What some of the numbers give when multiplied."""
        found = {Fraction(1)}
        for factor in self.factors[:MAX_FACTORS]:
            found |= {factor * other for other in found}
        return found


@dataclass(frozen=True, slots=True)
class _Reading:
    units: Mapping[str, Powers]
    found: list[Text]

    def of(self, node: ast.expr) -> _Quantity | None:
        """The unit of an expression; ``None`` where a fault was found below or it is no number."""
        match node:
            case ast.Constant(kind=str(digits)) if expression.NUMBER.match(digits):
                return _Quantity((), constant=Fraction(digits))
            case ast.Name(id=name):
                return _Quantity(self.units[name]) if name in self.units else None
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return _mapped(self.of(operand), operator.neg)
            case ast.UnaryOp(operand=operand):
                return self.of(operand)
            case ast.BinOp(left=left, op=ast.Mult() | ast.Div() as sign, right=right):
                a, b = self.of(left), self.of(right)
                return None if a is None or b is None else _times(a, b, isinstance(sign, ast.Div))
            case ast.BinOp(left=left, op=sign, right=right):
                act = operator.add if isinstance(sign, ast.Add) else operator.sub
                return self._joined(left, self.of(left), right, self.of(right), act)
            case ast.Call(func=ast.Name(id="abs"), args=[inside]):
                return _mapped(self.of(inside), abs)
            case ast.Call(func=ast.Name(id=name), args=[first, *rest]):
                pick = min if name == "min" else max
                one = self.of(first)
                for other in rest:
                    one = self._joined(first, one, other, self.of(other), pick)
                return one
            case _:
                return None

    def _joined(
        self,
        left: ast.expr,
        a: _Quantity | None,
        right: ast.expr,
        b: _Quantity | None,
        act: Callable[[Fraction, Fraction], Fraction],
    ) -> _Quantity | None:
        """Two numbers added, subtracted or compared: they must be of one unit."""
        if a is None or b is None:
            return None
        if a.constant is not None and b.constant is not None:
            return _Quantity((), constant=act(a.constant, b.constant))
        (size, dimensions), (other, others) = _size(a.powers), _size(b.powers)
        if a.constant is not None and (a.constant == 0 or not others):
            return b
        if b.constant is not None and (b.constant == 0 or not dimensions):
            return a
        if dimensions == others:
            if size == other:
                return _Quantity(a.powers, tuple((Counter(a.factors) & Counter(b.factors)).elements()))
            if other / size in b.reachable():
                return _Quantity(a.powers)
            if size / other in a.reachable():
                return _Quantity(b.powers)
        self.found.append(_unlike(_shown(left), a, _shown(right), b, other / size if dimensions == others else None))
        return None


def _mapped(inner: _Quantity | None, act: Callable[[Fraction], Fraction]) -> _Quantity | None:
    if inner is None or inner.constant is None:
        return inner
    return _Quantity((), constant=act(inner.constant))


def _times(a: _Quantity, b: _Quantity, divide: bool) -> _Quantity:
    if divide:
        b = _Quantity(
            tuple((symbol, -power) for symbol, power in b.powers),
            tuple(1 / factor for factor in b.factors),
            1 / b.constant if b.constant else b.constant,
        )
    if a.constant is not None and b.constant is not None:
        return _Quantity((), constant=a.constant * b.constant)
    count = Counter(dict(a.powers))
    for symbol, power in b.powers:
        count[symbol] += power
    numbers = tuple(number for number in (a.constant, b.constant) if number)
    return _Quantity(_powers(count), (*a.factors, *b.factors, *numbers))


def _result_faults(got: _Quantity, want: Powers, result: str) -> list[Text]:
    (size, dimensions), (wanted, wanting) = _size(got.powers), _size(want)
    ratio = size / wanted
    if got.constant is not None or (dimensions == wanting and ratio in got.reachable()):
        return []
    have = Text(f" {unit}", f" {unit}") if (unit := written(got.powers)) else Text("没有单位的数", " a plain number")
    if dimensions != wanting:
        better = Text(f"把单位写成 {_stated(got, want)}", _stated(got, want)) if dimensions else Text("写成 %", "%")
        return [
            Text(
                f"得到的是{have}，而指标的单位是 {result}，请改算式，或{better}",
                f"gives{have.en}, but the unit is {result}; change the formula, or the unit to {better.en}",
            )
        ]
    if not dimensions and size == 1:
        have = Text("比值", " a ratio")
    return [
        Text(
            f"得到的是{have}，而指标的单位是 {result}，请写 {_convert(ratio)}",
            f"gives{have.en}, but the unit is {result}; write {_convert(ratio)}",
        )
    ]


def _stated(got: _Quantity, want: Powers) -> str:
    """The unit somebody may have meant who wrote ``want``: g for kg * 1000 / 人次 should have been g/人次."""
    size, dimensions = _size(got.powers)
    below = tuple((THOUSANDS.sub("", symbol), power) for symbol, power in got.powers if power < 0)
    for meant in (want + below, want + tuple(pair for pair in got.powers if pair[1] < 0)):
        scale, others = _size(meant)
        if others == dimensions and size / scale in got.reachable() - {1}:
            return written(meant)
    return written(got.powers)


def _unlike(left: str, a: _Quantity, right: str, b: _Quantity, ratio: Fraction | None) -> Text:
    one, other = (
        Text(f"“{shown}”（{unit}）", f"“{shown}” ({unit})")
        if (unit := written(q.powers))
        else Text(f"“{shown}”（没有单位）", f"“{shown}” (no unit)")
        for shown, q in ((left, a), (right, b))
    )
    if ratio is not None:
        how = _convert(ratio)
        return Text(
            f"{one}与{other}不能直接加减或比较，请统一为一种单位，例如 {right} {how}",
            f"{one.en} and {other.en} cannot be added or compared; use one unit, such as {right} {how}",
        )
    if a.constant is not None or b.constant is not None:
        return Text(
            f"{one}与{other}不能加减或比较，请把这个数写成一项有单位的数据",
            f"{one.en} and {other.en} cannot be added or compared; make the number an input with its unit",
        )
    return Text(
        f"{one}与{other}不能加减或比较，请统一为一种单位",
        f"{one.en} and {other.en} cannot be added or compared; use one unit",
    )


def _convert(ratio: Fraction) -> str:
    if ratio.denominator == 1:
        return f"* {ratio.numerator}"
    if ratio.numerator == 1:
        return f"/ {ratio.denominator}"
    return f"* {ratio.numerator} / {ratio.denominator}"


def _shown(node: ast.expr) -> str:
    return ast.unparse(node)[:40]
