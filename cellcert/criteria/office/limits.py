"""Limits and ranges as checklists write them: 90%以上, 不低于90%, 70%（含）–90%."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from cellcert.criteria.office.wording import COUNTED, NUM

PER = r"(?:/(?:[万亿]?元|人次?|[天日月年户吨]|平方米|m2|kg?)){0,2}"
UNIT = rf"(?:个?百分点|[%‰]|(?:平方米|m2|千克|公斤|小时|分钟|分贝|万?元|[吨克米]|kg|[{COUNTED}]){PER})"
IN, OUT = r"\(含(?:本数|该值)?\)", r"\(不含(?:本数|该值)?\)"
AT = rf"({NUM})({UNIT})?({IN}|{OUT})?"
BEFORE = (
    (">=", r"≥|不(?:得)?(?:低于|少于|小于)|至少|达到|达|及以上|大于等于|大于或等于|在"),
    ("<=", r"≤|不(?:得)?(?:高于|超过|大于|多于)|控制在|小于等于|小于或等于|至多"),
    (">", r">|高于|超过|大于|多于|超出"),
    ("<", r"<|低于|少于|小于|不足|不满|不到|未达到?|未达|达不到"),
)
SIGNS = "|".join(pattern for _, pattern in BEFORE)
AFTER = r"(\(含\)|\(不含\)|及|或|含|不含)?(以上|以下|以内|之内|之间)"
PREFIXED = re.compile(rf"(未达到|未达|达不到|{SIGNS}){AT}(?:{AFTER})?")
SUFFIXED = re.compile(rf"{AT}{AFTER}")
EXACT = re.compile(rf"{AT}$")
RANGE = re.compile(rf"{AT}~{AT}")
PAIR = re.compile(rf"({NUM})({UNIT})?(≤|<)[^≤<≥>\d]{{0,20}}(≤|<)({NUM})({UNIT})?")

Sign = Literal[">=", "<=", ">", "<"]


@dataclass(frozen=True, slots=True)
class Limit:
    """One bound of a value; ``subject`` is what stands before it."""

    value: Decimal
    sign: Sign
    unit: str
    subject: str


@dataclass(frozen=True, slots=True)
class Span:
    """The values of one tier; ``…_in`` is None where the text does not say whether the bound belongs to it."""

    low: Decimal | None
    high: Decimal | None
    low_in: bool | None
    high_in: bool | None
    unit: str
    subject: str


def limit_of(text: str, unit: str | None = None) -> Limit | None:
    """The first bound in ``text``, of this unit if one is given."""
    return next((limit for limit in limits_in(text) if unit is None or limit.unit == unit), None)


def limits_in(text: str) -> list[Limit]:
    """Every bound in ``text``, from left to right."""
    found: list[Limit] = []
    at = 0
    while matches := [match for pattern in (PREFIXED, SUFFIXED) if (match := pattern.search(text, at))]:
        match = min(matches, key=lambda m: (m.start(), -m.end()))
        prefixed = match.re is PREFIXED
        value, unit, including, way, side = match.groups()[1:] if prefixed else match.groups()
        sign = _sign(match[1] if prefixed else "", including or way or "", side or "")
        found.append(Limit(Decimal(value), sign, _unit(unit or ""), text[at : match.start()].strip(",:的在")))
        at = match.end()
    return found


def _sign(before: str, including: str, side: str) -> Sign:
    if side in ("以上",) and not before.startswith(("未", "不足", "不满", "不到", "低于", "达不")):
        return ">" if "不含" in including or before in ("高于", "超过", "大于", ">") else ">="
    if side in ("以下", "以内", "之内") and before in ("", "在", "控制在", "达到", "达"):
        inside = side != "以下" or including in ("(含)", "及", "或", "含")
        return "<=" if inside or before == "控制在" else "<"
    for sign, pattern in (BEFORE[3], BEFORE[0], BEFORE[1], BEFORE[2]):
        if before and re.fullmatch(pattern, before):
            return sign  # type: ignore[return-value]
    return ">="


def span_of(text: str) -> Span | None:
    """The values a tier covers."""
    if found := PAIR.search(text):
        low, unit, first, second, high, other = found.groups()
        return Span(
            Decimal(low),
            Decimal(high),
            first == "≤",
            second == "≤",
            _unit(other or unit or ""),
            text[: found.start()].strip(",:的在"),
        )
    if found := RANGE.search(text):
        low, unit, low_in, high, other, high_in = found.groups()
        return Span(
            Decimal(low),
            Decimal(high),
            _in(low_in),
            _in(high_in),
            _unit(other or unit or ""),
            text[: found.start()].strip(",:的在"),
        )
    bounds = limits_in(text)
    if not 1 <= len(bounds) <= 2:
        return None
    low_bound = next((b for b in bounds if b.sign in (">", ">=")), None)
    high_bound = next((b for b in bounds if b.sign in ("<", "<=")), None)
    if len(bounds) == 2 and (low_bound is None or high_bound is None):
        return None
    return Span(
        low_bound.value if low_bound else None,
        high_bound.value if high_bound else None,
        low_bound.sign == ">=" if low_bound else None,
        high_bound.sign == "<=" if high_bound else None,
        next((b.unit for b in bounds if b.unit), ""),
        bounds[0].subject,
    )


def _in(said: str | None) -> bool | None:
    return None if said is None else "不含" not in said


def _unit(unit: str) -> str:
    return "%" if unit.endswith("百分点") else unit


def figures_in(text: str) -> int:
    """How many figures with a unit of measure a text names; a reading must account for each."""
    return len(re.findall(rf"{NUM}(?:个?百分点|[%‰])", text))
