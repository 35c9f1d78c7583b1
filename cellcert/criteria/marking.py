"""One way to score and its answer become points and the sentence that explains them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from cellcert.criteria.answers import MAPS, Answered, number_of
from cellcert.criteria.marked import MAX_FAULTS
from cellcert.criteria.sheet import IndicatorResult, State
from cellcert.criteria.text import EXACT, Text, distance, figure, joined, later, measured, quotient, spaced
from cellcert.criteria.ways import (
    Alternative,
    AnyOf,
    AtLeast,
    Choice,
    Deduction,
    Deductions,
    Judged,
    Linear,
    Part,
    Parts,
    Range,
    Shortfall,
    Tiers,
    Way,
    YesNo,
    best,
    is_computed,
)

ZERO = Decimal(0)
LISTS = (list, tuple, set, frozenset)
CHOSEN = frozenset({"choice", "points"})
NOT_ANSWERED = Text("未填写", "not answered")
MET, NOT_MET = Text("符合", "met"), Text("不符合", "not met")
NOTHING_FOUND = Text("未发现问题", "nothing found")
JUDGED = Text("评定", "as judged")
Points = Decimal | Fraction  # a fraction only where something was divided: decimals cost a tenth


# One is made for every item and every part of one: frozen, they would be a tenth of all that scoring costs.
@dataclass(slots=True)
class Earned:
    """Exact points before the item's one rounding; ``open``: what is still unanswered inside."""

    points: Points
    state: State
    clause: Text
    open: tuple[Text, ...] = ()


@dataclass(slots=True)
class Marking:
    """Marks the ways of one item against one sheet's answers."""

    answered: Answered
    item: str

    def mark(self, way: Way, answer: object) -> Earned:
        """The points ``answer`` earns."""
        match way:
            case Tiers() | Linear() | Shortfall():
                return self._measured(way, answer)
            case Parts():
                return self._parts(way, answer)
            case AnyOf():
                return self._any_of(way, answer)
            case Deductions() if answer is None and is_computed(way):
                return self._deductions(way, {})
        if answer is None:
            return Earned(ZERO, "missing", NOT_ANSWERED)
        match way:
            case YesNo():
                return self._yes_no(way, answer)
            case Choice():
                return self._choice(way, answer)
            case Deductions():
                return self._deductions(way, answer)
            case AtLeast():
                return self._at_least(way, answer)
            case Judged():
                return self._judged(way, answer)

    def refuse(self, zh: str, en: str) -> Earned:
        self.answered.fault(self.item, zh, en)
        return Earned(ZERO, "missing", Text(zh, en))

    def _measured(self, way: Tiers | Linear | Shortfall, answer: object) -> Earned:
        if answer is not None:
            return self.refuse("本项由指标计算，不能填写答案", "computed from an indicator; it takes no answer")
        result = self.answered.indicators[way.indicator]
        if result.applies is False:
            return Earned(ZERO, "no_value", result.reason)
        if result.full:
            return Earned(best(way), "scored", result.reason)
        if result.value is None:
            return Earned(ZERO, "no_value", result.reason)
        value = result.value
        match way:
            case Tiers():
                place = _tier(way, value)
                points = way.steps[place].points if place < len(way.steps) else way.otherwise
                return Earned(points, "scored", later(_tier_text, result, way, place))
            case Linear():
                clause = later(_linear_text, result, way)
                return Earned(_between(way, value), "scored", clause)
            case Shortfall():
                lost = _lost(way, value)
                clause = later(_lost_text, result, way, value, lost)
                return Earned(_less(way.points, lost), "scored", clause)

    def _yes_no(self, way: YesNo, answer: object) -> Earned:
        if not isinstance(answer, bool):
            return self.refuse("应当填 true（符合）或 false（不符合）", "answer true or false")
        if answer:
            return Earned(way.points, "scored", MET)
        return Earned(ZERO, "scored", NOT_MET)

    def _choice(self, way: Choice, answer: object) -> Earned:
        key, given, strange = answer, None, False
        if isinstance(answer, MAPS):
            key, given = answer.get("choice"), answer.get("points")
            strange = not CHOSEN.issuperset(answer)
        option = next((option for option in way.options if option.key == key), None)
        if option is None or strange:
            known = "、".join(option.key for option in way.options)
            return self.refuse(f"应当选其中一个：{known}", f"choose one of {known.replace('、', ', ')}")
        span = option.points
        if not isinstance(span, Range):
            if given is not None and number_of(given) != span:
                return self.refuse(
                    f"“{option.label}”固定得 {figure(span)} 分，不能另填分数",
                    f"“{option.label.text('en')}” earns a fixed figure",
                )
            return Earned(span, "scored", later(_quoted, option.label))
        points = number_of(given)
        if points is None or not _on_grid(points, span.lowest, span.highest, span.step):
            step = figure(span.step)
            return self.refuse(
                f"“{option.label}”要在 {span} 分内按每档 {step} 分填写分数，写成 {{choice: {option.key}, points: …}}",
                f"“{option.label.text('en')}” needs its points: {span} in steps of {step}",
            )
        return Earned(points, "scored", later(_quoted, option.label))

    def _parts(self, way: Parts, answer: object) -> Earned:
        answers = self._by_key(answer, way.parts)
        earned: list[tuple[Part, Earned]] = []
        for part in way.parts:
            if self.answered.holds(part.applies_if) is not False:
                mark = self.mark(part.way, answers.get(part.key))
                if mark.state != "not_applicable":
                    earned.append((part, mark))
        if not earned:
            return Earned(ZERO, "not_applicable", Text("各分项都不适用", "none of its parts applies"))
        cap, reach = best(way), sum((part.points for part, _ in earned), ZERO)
        points = min(cap, _added([mark.points for _, mark in earned]))
        if reach < cap:
            # What does not apply must not cost points: the rest is scaled to the whole.
            points = Fraction(points) * quotient(cap, reach)
        clause = later(_parts_text, earned, reach < cap)
        open_ = tuple([part.text for part, mark in earned if mark.state == "missing" or mark.open])
        return Earned(points, _together([mark for _, mark in earned]), clause, open_)

    def _any_of(self, way: AnyOf, answer: object) -> Earned:
        answers = self._by_key(answer, way.ways)
        marks = [(a.text, self.mark(a.way, answers.get(a.key))) for a in way.ways]
        marks = [(text, mark) for text, mark in marks if mark.state != "not_applicable"]
        if not marks:
            return Earned(ZERO, "not_applicable", Text("各选择都不适用", "none of the alternatives applies"))
        text, top = max(marks, key=lambda pair: (pair[1].state == "scored", pair[1].points))
        if top.state != "scored":
            clause = later(joined, [mark.clause for _, mark in marks])
            return Earned(ZERO, _together([mark for _, mark in marks]), clause)
        # Another alternative could still help where the best so far earned nothing.
        others = tuple(text for text, mark in marks if mark.state == "missing") if top.points == 0 else ()
        clause = later(_by_text, text, top.clause)
        return Earned(top.points, "scored", clause, (*top.open, *others))

    def _by_key(self, answer: object, rows: Sequence[Part | Alternative | Deduction]) -> Mapping[str, object]:
        if answer is None:
            return {}
        if not isinstance(answer, MAPS):
            self.refuse(
                "应当按分项填写：{" + ", ".join(f"{row.key}: …" for row in rows) + "}",
                "answer each of its parts by key",
            )
            return {}
        keys = [row.key for row in rows]
        for key in [key for key in answer if key not in keys][:MAX_FAULTS]:
            self.refuse(f"没有分项“{key}”，可用：{'、'.join(keys)}", f"no part “{key}”; there are {', '.join(keys)}")
        return answer

    def _deductions(self, way: Deductions, answer: object) -> Earned:
        if absent := self._not_measured(way):
            return Earned(ZERO, "no_value", later(joined, absent))
        lost, clauses, whole = self.lost(way, answer)
        clause = later(joined, clauses) if clauses else NOTHING_FOUND
        return Earned(ZERO if whole else _less(way.points, lost), "scored", clause)

    def not_measured(self, way: Deductions) -> Text:
        """Why a measured fault that applies cannot be counted; blank where all can."""
        return joined(self._not_measured(way))

    def _not_measured(self, way: Deductions) -> list[Text]:
        results = [
            self.answered.indicators[fault.short.indicator]
            for fault in way.faults
            if fault.short and self.answered.holds(fault.applies_if) is not False
        ]
        return [r.reason for r in results if r.value is None and not r.full and r.applies is not False]

    def lost(self, way: Deductions, answer: object) -> tuple[Points, list[Text], bool]:
        """What the faults found lose together, each in words, and whether one loses everything."""
        found = self._by_key(answer, way.faults)
        lost: list[Points] = []
        clauses, whole = [], False
        for fault in way.faults:
            given = found.get(fault.key)
            if self.answered.holds(fault.applies_if) is False:
                continue
            if fault.short is not None:
                points, clause = self._measured_fault(fault, fault.short, given)
            elif given is None or given is False or (number := number_of(given)) == 0:
                continue
            else:
                points, clause = self._deduction(fault, given, number)
                whole = whole or fault.lose is None
            lost.append(points)
            if points or fault.lose is None:
                clauses.append(clause)
        return _added(lost), clauses, whole

    def _measured_fault(self, fault: Deduction, short: Shortfall, given: object) -> tuple[Points, Text]:
        if given is not None:
            self.refuse(f"“{fault.text}”由指标计算，不能填写", f"“{fault.text.text('en')}” is computed; leave it out")
        result = self.answered.indicators[short.indicator]
        if result.value is None:
            return ZERO, result.reason
        lost = _lost(short, result.value)
        clause = later(_lost_text, result, short, result.value, lost)
        if fault.most is None or lost <= fault.most:
            return lost, clause
        return fault.most, later(_at_most_text, clause, fault.most)

    def _deduction(self, fault: Deduction, given: object, number: Decimal | None) -> tuple[Decimal, Text]:
        if fault.each and isinstance(fault.lose, Decimal):
            if number is None or number < 0 or number != int(number) or number > 100_000:
                self.refuse(f"“{fault.text}”应当填发现几处", f"“{fault.text.text('en')}”: say how many were found")
                return ZERO, NOTHING_FOUND
            loss = fault.lose * int(number)
            loss = loss if fault.most is None else min(loss, fault.most)
            return loss, later(_found_text, fault, loss, int(number))
        if isinstance(fault.lose, Range):
            span = fault.lose
            if number is None or not _on_grid(number, span.lowest, span.highest, span.step):
                self.refuse(
                    f"“{fault.text}”应当填扣几分：{span}，每档 {figure(span.step)} 分",
                    f"“{fault.text.text('en')}”: how many points, {span} in steps of {figure(span.step)}",
                )
                return ZERO, NOTHING_FOUND
            return number, later(_found_text, fault, number, None)
        loss = fault.lose or ZERO
        if given is not True:
            self.refuse(f"“{fault.text}”应当填 true 或 false", f"“{fault.text.text('en')}”: answer true or false")
        return loss, later(_found_text, fault, loss, None)

    def _at_least(self, way: AtLeast, answer: object) -> Earned:
        keys = [condition.key for condition in way.of]
        met = list(answer) if isinstance(answer, LISTS) else None
        if met is None or any(not isinstance(key, str) or key not in keys for key in met) or len(set(met)) != len(met):
            return self.refuse(
                f"应当列出做到的各条，每条一次：{'、'.join(keys)}", f"list what is met, each once, of {', '.join(keys)}"
            )
        clause = later(_met_text, len(met), way.count)
        if len(met) >= way.count:
            return Earned(way.points, "scored", clause)
        share = quotient(way.points * len(met), way.count) if way.short == "proportional" else ZERO
        return Earned(share, "scored", clause)

    def _judged(self, way: Judged, answer: object) -> Earned:
        points = number_of(answer)
        if points is None or not _on_grid(points, ZERO, way.points, way.step):
            most, step = figure(way.points), figure(way.step)
            return self.refuse(f"应当填 0–{most} 分，每档 {step} 分", f"give 0–{most} points in steps of {step}")
        return Earned(points, "scored", JUDGED)


def _added(row: Iterable[Points]) -> Points:
    total: Points = ZERO
    for points in row:
        if isinstance(points, Decimal) and isinstance(total, Decimal):
            total += points
        else:
            total = Fraction(total) + Fraction(points)
    return total


def _less(points: Decimal, lost: Points) -> Points:
    left = points - lost if isinstance(lost, Decimal) else Fraction(points) - lost
    return max(ZERO, left)


def _on_grid(points: Decimal, lowest: Decimal, highest: Decimal, step: Decimal) -> bool:
    # Between the bounds a figure is short enough for decimals to be exact.
    return lowest <= points <= highest and (points - lowest) % step == 0


def _together(marks: list[Earned]) -> State:
    states = [mark.state for mark in marks]
    return "scored" if "scored" in states else "missing" if "missing" in states else "no_value"


def _tier(way: Tiers, value: Decimal) -> int:
    """The place of the step a value reaches, best first; the number of steps where it reaches none."""
    for place, step in enumerate(way.steps):
        if step.inclusive if value == step.limit else (value > step.limit) is way.rising:
            return place
    return len(way.steps)


def _tier_text(result: IndicatorResult, way: Tiers, place: int) -> Text:
    return _clause(result.reason, _place_text(way, place))


def _place_text(way: Tiers, place: int) -> Text:
    if place == 0:
        return way.limit_text(way.steps[0])
    if place == len(way.steps):
        return _none_text(way)
    low, high = sorted(step.limit for step in way.steps[place - 1 : place + 1])
    a, b = measured(low, way.unit), measured(high, way.unit)
    if low == high:
        return Text(f"等于 {a}", f"is {a.en}")
    return Text(f"落在 {a}–{spaced(b.zh)}档", f"is in the tier {a.en}–{b.en}")


def _none_text(way: Tiers) -> Text:
    last = way.steps[-1]
    at = measured(last.limit, way.unit)
    if way.rising:
        short = ("未达到", "does not reach") if last.inclusive else ("不高于", "is not above")
    else:
        short = ("高于", "is above") if last.inclusive else ("不低于", "is not below")
    return Text(f"{short[0]} {at}", f"{short[1]} {at.en}")


def _between(way: Linear, value: Decimal) -> Points:
    low, high = (way.start, way.end) if way.start.value < way.end.value else (way.end, way.start)
    if value <= low.value:
        return low.points
    if value >= high.value:
        return high.points
    width, far = EXACT.subtract(high.value, low.value), EXACT.subtract(value, low.value)
    risen = EXACT.multiply(far, high.points - low.points)
    return quotient(EXACT.add(EXACT.multiply(low.points, width), risen), width)


def _linear_text(result: IndicatorResult, way: Linear) -> Text:
    return _clause(result.reason, way.rule_text(), "，", ", ")


def _gap(way: Shortfall, value: Decimal) -> Decimal:
    """By how much a value misses the target; not above 0 where it does not."""
    return EXACT.subtract(way.target, value) if way.direction == "at_least" else EXACT.subtract(value, way.target)


def _lost(way: Shortfall, value: Decimal) -> Points:
    gap = _gap(way, value)
    if gap <= 0:
        return ZERO
    if way.part == "proportional":
        return quotient(EXACT.multiply(gap, way.lose), way.per)
    steps, rest = EXACT.divmod(gap, way.per)
    started = way.part == "started" and rest > 0
    return EXACT.multiply(steps + started, way.lose)


def _lost_text(result: IndicatorResult, way: Shortfall, value: Decimal, lost: Points) -> Text:
    target, gap = measured(way.target, way.unit), _gap(way, value)
    short = distance(Fraction(gap), way.unit)
    word = ("低", "below") if way.direction == "at_least" else ("高", "above")
    where = Text(
        f"比 {spaced(target.zh)}{word[0]} {short}，应扣 {figure(lost)} 分",
        f"{short.en} {word[1]} {target.en}: −{figure(lost)}",
    )
    if gap <= 0:
        where = Text(f"达到 {spaced(target.zh)}的要求", f"meets {target.en}")
    return _clause(result.reason, where, "，", ", ")


def _at_most_text(clause: Text, most: Decimal) -> Text:
    return _clause(clause, Text(f"最多扣 {figure(most)} 分", f"{figure(most)} at most"), "，", ", ")


def _found_text(fault: Deduction, lost: Decimal, times: int | None) -> Text:
    if fault.lose is None:
        return Text(f"{fault.text}，不得分", f"{fault.text.text('en')}: no points")
    count = Text("", "") if times is None else Text(f" {times} 处", f" × {times}")
    return Text(f"{fault.text}{count}，扣 {figure(lost)} 分", f"{fault.text.text('en')}{count.en}: −{figure(lost)}")


def _parts_text(earned: list[tuple[Part, Earned]], scaled: bool) -> Text:
    row = joined(_part_clause(part.text, mark) for part, mark in earned)
    if not scaled:
        return row
    return _clause(row, Text("不适用的分项按比例折算", "scaled for the parts that do not apply"), "，", ", ")


def _part_clause(text: Text, mark: Earned) -> Text:
    """A part with its points, and why it has none where nothing was earned for want of an answer or a value."""
    points = figure(mark.points)
    said = Text(f"{text} {points} 分", f"{text.text('en')} {points}")
    if mark.state in {"missing", "no_value"}:
        return Text(f"{said}（{mark.clause}）", f"{said.en} ({mark.clause.text('en')})")
    return said


def _clause(first: Text, second: Text, zh: str = " ", en: str = " ") -> Text:
    start = spaced(first.zh) if zh == " " else f"{first}{zh}"
    return Text(f"{start}{second}", f"{first.text('en')}{en}{second.text('en')}")


def _by_text(name: Text, clause: Text) -> Text:
    return Text(f"按“{name}”计：{clause}", f"by “{name.text('en')}”: {clause.text('en')}")


def _met_text(met: int, wanted: int) -> Text:
    return Text(f"做到 {met} 条（至少 {wanted} 条）", f"{met} met ({wanted} needed)")


def _quoted(label: Text) -> Text:
    return Text(f"评为“{label}”", f"“{label.text('en')}”")
