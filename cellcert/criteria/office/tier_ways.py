"""Rules that give points by the tier an indicator falls in: ≥90%得10分，70%（含）–90%得6分."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from cellcert.criteria import ways
from cellcert.criteria.office.limits import Limit, Span, figures_in, limit_of, span_of
from cellcert.criteria.office.rule_reading import OTHERWISE, Reading, contradicts, worth_of
from cellcert.criteria.office.wording import COUNTED, Statement
from cellcert.criteria.text import Text, figure


def in_tiers(reading: Reading, rest: Sequence[Statement], aside: Sequence[Statement]) -> ways.Way | None:
    """≥90%得10分，70%（含）–90%得6分，其余不得分."""
    given = [s for s in rest if s.kind in ("award", "full", "half")]
    zeros = [s for s in rest if s.kind == "zero"]
    if (
        not given
        or len(given) + len(zeros) + len([s for s in rest if s.kind == "cap"]) != len(rest)
        or any(s.high is not None for s in given)
    ):
        return None
    spans = [span_of(s.about) for s in given]
    if any(span is None or (span.unit and span.unit in COUNTED) for span in spans):
        return None
    if any(
        figures_in(s.about) > 2 - [span.low, span.high].count(None)
        for span, s in zip(spans, given, strict=True)
        if span
    ):
        return None
    rows = [(span, worth_of(s, reading.points)) for span, s in zip(spans, given, strict=True) if span is not None]
    if any(limit_of(s.about) is None and not OTHERWISE.match(s.about) and s.about for s in zeros):
        return None
    below = [limit for s in zeros if (limit := limit_of(s.about)) is not None]
    return _ladder(reading, sorted(rows, key=lambda row: -row[1]), below, spans)


def _ladder(
    reading: Reading, rows: list[tuple[Span, Decimal]], below: list[Limit], spans: Iterable[Span | None]
) -> ways.Way | None:
    rising = rows[0][0].low is not None and (
        rows[0][0].high is None or len(rows) == 1 or (rows[1][0].low or rows[1][0].high or 0) < rows[0][0].low
    )
    if rows[0][0].low is None and rows[0][0].high is None:
        return None
    otherwise = Decimal(0)
    steps: list[ways.Step] = []
    for at, (span, worth) in enumerate(rows):
        edge, closed = (span.low, span.low_in) if rising else (span.high, span.high_in)
        if edge is None and at == len(rows) - 1 and steps:
            otherwise = worth  # 70%以下得2分
            _meets(reading, span, steps, rising)
            continue
        if edge is None:
            return None
        if closed is None:
            closed = _closed_by(edge, rows[at + 1 :], below, rising)
        if closed is None:
            closed = True
            reading.doubt(
                f"正好 {figure(edge)}{span.unit} 归哪一档没有写，暂归得分高的一档（at_least）",
                f"which tier has {figure(edge)}{span.unit} itself is not said; the better one for now",
            )
        _meets(reading, span, steps, rising)
        if steps and (worth >= steps[-1].points or not _easier(edge, closed, steps[-1], rising)):
            reading.doubt("各档的界限和分数顺序矛盾", "the limits and the points of the tiers contradict each other")
            return None
        steps.append(ways.Step(edge, closed, worth))
    best = max(step.points for step in steps)
    if best != reading.points:
        contradicts(reading, best)
        return None
    for limit in below:
        if limit.value != steps[-1].limit:
            _gap(reading, limit.value, steps[-1].limit)
    units = {span.unit for span in spans if span is not None and span.unit}
    if len(units) > 1:
        reading.doubt(f"单位不一致：{'、'.join(sorted(units))}", "the units differ")
    subject = next((span.subject for span in spans if span is not None and span.subject), "")
    measure = reading.measure(subject, rows[0][0].unit)
    return ways.Tiers(reading.points, measure.key, tuple(steps), rising, Text(measure.unit), otherwise)


def _meets(reading: Reading, span: Span, steps: Sequence[ways.Step], rising: bool) -> None:
    """The better end of a tier is where the tier above begins."""
    far, far_in = (span.high, span.high_in) if rising else (span.low, span.low_in)
    if steps and far is not None:
        before = steps[-1]
        if far != before.limit or (far_in is not None and far_in == before.inclusive):
            _gap(reading, far, before.limit)


def _easier(edge: Decimal, closed: bool, before: ways.Step, rising: bool) -> bool:
    if edge == before.limit:
        return closed and not before.inclusive
    return edge < before.limit if rising else edge > before.limit


def _closed_by(edge: Decimal, after: list[tuple[Span, Decimal]], below: list[Limit], rising: bool) -> bool | None:
    """Whether a worse tier, or the sentence about no points, leaves the edge to the better one."""
    for span, _ in after:
        far, far_in = (span.high, span.high_in) if rising else (span.low, span.low_in)
        if far == edge and far_in is not None:
            return not far_in
    for limit in below:
        if limit.value == edge:
            return limit.sign in ("<", ">")
    return None


def _gap(reading: Reading, one: Decimal, other: Decimal) -> None:
    reading.doubt(
        f"两档之间有空档或重叠：{figure(one)} 与 {figure(other)}",
        f"a gap or an overlap between tiers: {figure(one)} and {figure(other)}",
    )
