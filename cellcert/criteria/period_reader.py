"""Which years are meant: ``period``, and texts that speak of years without one."""

import re
from collections.abc import Iterable

from cellcert.criteria.fields import Fields
from cellcert.criteria.marked import Scalar
from cellcert.criteria.schema import Period
from cellcert.criteria.text import Text

EARLIEST = -20
CALENDAR_YEAR = Period(-1, -1)
THREE_YEARS = Period(-4, -1)  # as editions said before 2026-12: three years and the one they are compared with
DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九十")} | {"两": 2}
# 近三年, 最近3年, 过去五个自然年, 连续三年, 三年累计, 三年内
YEARS = re.compile(
    r"(?:近|过去|连续)([一二两三四五六七八九十]|\d{1,2})个?(?:自然)?年|([一二两三四五六七八九十]|\d{1,2})年(?:内|累计)"
)


def read_period(row: Fields, key: str = "period", required: bool = False, day: bool = False) -> Period | None:
    """``calendar_year``, ``{first: -3, last: 0}``, and with ``day`` also ``at_application``, which is ``None``."""
    node = row.node(key, required)
    if node is None:
        return None
    if isinstance(node, Scalar):
        if node.value == "calendar_year":
            return CALENDAR_YEAR
        if node.value == "three_years" and row.faults.is_kept:
            return THREE_YEARS
        if node.value != "at_application" or not day:
            words = ("calendar_year", *(("at_application",) if day else ()))
            row.fault(
                key,
                f"{key} 只能写 {'、'.join(words)}，或 {{first: -3, last: -1}}（-1 是申报前一年，0 是申报当年）",
                f"{key} must be {', '.join(words)} or {{first: -3, last: -1}}; -1 is the last full year, 0 this one",
            )
        return None
    inner = row.within(key)
    if inner is None:
        return None
    first, last = (inner.whole(end, required=True, least=EARLIEST, most=0) for end in ("first", "last"))
    inner.done()
    if first is None or last is None:
        return None
    if first > last:
        row.fault(
            key,
            "first 应当不晚于 last，例如 {first: -3, last: -1}",
            "first must not be after last: {first: -3, last: -1}",
        )
        return None
    return Period(first, last)


def refuse_unsaid_years(row: Fields, texts: Iterable[Text], period: Period | None) -> None:
    """A text that speaks of 近三年 needs its first and last year, and as many of them."""
    for text in texts:
        found = YEARS.search(text.zh)
        if found is None:
            continue
        said = found[1] or found[2]
        count = DIGITS.get(said) or int(said)
        if period is None:
            row.fault_if_new(
                "period",
                f"“{found[0]}”从哪年到哪年？请写 period: {{first: -{count}, last: -1}}，含申报当年的写 last: 0",
                f"“{found[0]}”: which years? write period: {{first: -{count}, last: -1}}; last: 0 includes this year",
            )
            return
        if count not in {-period.first, period.last - period.first + 1, period.last - period.first}:
            row.fault_if_new(
                "period",
                f"文字写“{found[0]}”，period 却是{period.text()}，请改成一致",
                f"the text says “{found[0]}”, its period {period.text().en}; make them agree",
            )
