"""One way to score and its answer become points and the sentence that explains them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from cellcert.criteria.answers import Answered, number_of
from cellcert.criteria.marked import MAX_FAULTS
from cellcert.criteria.sheet import State
from cellcert.criteria.text import Text, distance, figure, joined, measured, spaced
from cellcert.criteria.ways import (
    AnyOf,
    AtLeast,
    Choice,
    Deduction,
    Deductions,
    Judged,
    Linear,
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
Points = Decimal | Fraction  # a fraction only where something was divided: decimals cost a tenth


@dataclass(frozen=True, slots=True)
class Earned:
    """Exact points before the item's one rounding; ``open``: what is still unanswered inside."""

    points: Points
    state: State
    clause: Text
    open: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
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
            return Earned(ZERO, "missing", Text("未填写", "not answered"))
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
                points, where = _tier(way, value)
                return Earned(points, "scored", _clause(result.reason, where))
            case Linear():
                return Earned(
                    _between(way, Fraction(value)), "scored", _clause(result.reason, way.rule_text(), "，", ", ")
                )
            case Shortfall():
                lost, where = _short(way, value)
                return Earned(_less(way.points, lost), "scored", _clause(result.reason, where, "，", ", "))

    def _yes_no(self, way: YesNo, answer: object) -> Earned:
        if not isinstance(answer, bool):
            return self.refuse("应当填 true（符合）或 false（不符合）", "answer true or false")
        if answer:
            return Earned(way.points, "scored", Text("符合", "met"))
        return Earned(ZERO, "scored", Text("不符合", "not met"))

    def _choice(self, way: Choice, answer: object) -> Earned:
        key, given = (answer.get("choice"), answer.get("points")) if isinstance(answer, Mapping) else (answer, None)
        option = next((option for option in way.options if option.key == key), None)
        strange = isinstance(answer, Mapping) and set(answer) - {"choice", "points"}
        if option is None or strange:
            known = "、".join(option.key for option in way.options)
            return self.refuse(f"应当选其中一个：{known}", f"choose one of {known.replace('、', ', ')}")
        if not isinstance(option.points, Range):
            if given is not None and number_of(given) != option.points:
                return self.refuse(
                    f"“{option.label}”固定得 {figure(option.points)} 分，不能另填分数",
                    f"“{option.label.text('en')}” earns a fixed figure",
                )
            return Earned(option.points, "scored", _quoted(option.label))
        points = number_of(given)
        if points is None or not _in_range(points, option.points):
            span, step = option.points, figure(option.points.step)
            return self.refuse(
                f"“{option.label}”要在 {span} 分内按每档 {step} 分填写分数，写成 {{choice: {option.key}, points: …}}",
                f"“{option.label.text('en')}” needs its points: {span} in steps of {step}",
            )
        return Earned(points, "scored", _quoted(option.label))

    def _parts(self, way: Parts, answer: object) -> Earned:
        answers = self._by_key(answer, [part.key for part in way.parts])
        earned: list[tuple[Text, Decimal, Earned]] = []
        for part in way.parts:
            if self.answered.holds(part.applies_if) is not False:
                mark = self.mark(part.way, answers.get(part.key))
                if mark.state != "not_applicable":
                    earned.append((part.text, part.points, mark))
        if not earned:
            return Earned(ZERO, "not_applicable", Text("各分项都不适用", "none of its parts applies"))
        cap, reach = best(way), sum((points for _, points, _ in earned), ZERO)
        points = min(cap, _added(mark.points for _, _, mark in earned))
        clause = joined(_part_clause(text, mark) for text, _, mark in earned)
        if reach < cap:
            # What does not apply must not cost points: the rest is scaled to the whole.
            points = Fraction(points) * Fraction(cap) / Fraction(reach)
            clause = _clause(
                clause, Text("不适用的分项按比例折算", "scaled for the parts that do not apply"), "，", ", "
            )
        open_ = tuple(text for text, _, mark in earned if mark.state == "missing" or mark.open)
        return Earned(points, _together([mark for _, _, mark in earned]), clause, open_)

    def _any_of(self, way: AnyOf, answer: object) -> Earned:
        answers = self._by_key(answer, [alternative.key for alternative in way.ways])
        marks = [(a.text, self.mark(a.way, answers.get(a.key))) for a in way.ways]
        marks = [(text, mark) for text, mark in marks if mark.state != "not_applicable"]
        if not marks:
            return Earned(ZERO, "not_applicable", Text("各选择都不适用", "none of the alternatives applies"))
        text, top = max(marks, key=lambda pair: (pair[1].state == "scored", pair[1].points))
        clause = Text(f"按“{text}”计：{top.clause}", f"by “{text.text('en')}”: {top.clause.text('en')}")
        if top.state != "scored":
            return Earned(ZERO, _together([mark for _, mark in marks]), joined(mark.clause for _, mark in marks))
        # Another alternative could still help where the best so far earned nothing.
        others = tuple(text for text, mark in marks if mark.state == "missing") if top.points == 0 else ()
        return Earned(top.points, "scored", clause, (*top.open, *others))

    def _by_key(self, answer: object, keys: list[str]) -> Mapping[str, object]:
        if answer is None:
            return {}
        if not isinstance(answer, Mapping):
            self.refuse(
                "应当按分项填写：{" + ", ".join(f"{key}: …" for key in keys) + "}", "answer each of its parts by key"
            )
            return {}
        known = set(keys)
        for key in [key for key in answer if key not in known][:MAX_FAULTS]:
            self.refuse(f"没有分项“{key}”，可用：{'、'.join(keys)}", f"no part “{key}”; there are {', '.join(keys)}")
        return answer

    def _deductions(self, way: Deductions, answer: object) -> Earned:
        if (nothing := self.not_measured(way)).zh:
            return Earned(ZERO, "no_value", nothing)
        lost, clauses, whole = self.lost(way, answer)
        if whole:
            return Earned(ZERO, "scored", joined(clauses))
        clause = joined(clauses) if clauses else Text("未发现问题", "nothing found")
        return Earned(_less(way.points, lost), "scored", clause)

    def not_measured(self, way: Deductions) -> Text:
        """Why a measured fault that applies cannot be counted; blank where all can."""
        results = [
            self.answered.indicators[fault.short.indicator]
            for fault in way.faults
            if fault.short and self.answered.holds(fault.applies_if) is not False
        ]
        return joined(r.reason for r in results if r.value is None and not r.full and r.applies is not False)

    def lost(self, way: Deductions, answer: object) -> tuple[Points, list[Text], bool]:
        """What the faults found lose together, each in words, and whether one loses everything."""
        found = self._by_key(answer, [fault.key for fault in way.faults])
        lost: list[Points] = []
        clauses, whole = [], False
        for fault in way.faults:
            given = found.get(fault.key)
            if self.answered.holds(fault.applies_if) is False:
                continue
            if fault.short is not None:
                points, clause = self._measured_fault(fault, fault.short, given)
                lost.append(points)
                clauses += [clause] if points else []
                continue
            if given is None or given is False or number_of(given) == 0:
                continue
            points, times = self._deduction(fault, given)
            if fault.lose is None:
                whole = True
                clauses.append(Text(f"{fault.text}，不得分", f"{fault.text.text('en')}: no points"))
            elif points:
                lost.append(points)
                count = Text(f" {times} 处", f" × {times}") if fault.each else Text("", "")
                clauses.append(
                    Text(
                        f"{fault.text}{count}，扣 {figure(points)} 分",
                        f"{fault.text.text('en')}{count.en}: −{figure(points)}",
                    )
                )
        return _added(lost), clauses, whole

    def _measured_fault(self, fault: Deduction, short: Shortfall, given: object) -> tuple[Points, Text]:
        if given is not None:
            self.refuse(f"“{fault.text}”由指标计算，不能填写", f"“{fault.text.text('en')}” is computed; leave it out")
        result = self.answered.indicators[short.indicator]
        if result.value is None:
            return ZERO, result.reason
        lost: Points
        lost, where = _short(short, result.value)
        if fault.most is not None and lost > fault.most:
            lost = fault.most
            most = figure(fault.most)
            where = _clause(where, Text(f"最多扣 {most} 分", f"{most} at most"), "，", ", ")
        return lost, _clause(result.reason, where, "，", ", ")

    def _deduction(self, fault: Deduction, given: object) -> tuple[Decimal, int]:
        number = number_of(given)
        if fault.each and isinstance(fault.lose, Decimal):
            if number is None or number < 0 or number != int(number) or number > 100_000:
                self.refuse(f"“{fault.text}”应当填发现几处", f"“{fault.text.text('en')}”: say how many were found")
                return ZERO, 0
            loss = fault.lose * int(number)
            return (loss if fault.most is None else min(loss, fault.most)), int(number)
        if isinstance(fault.lose, Range):
            if number is None or (number != 0 and not _in_range(number, fault.lose)):
                self.refuse(
                    f"“{fault.text}”应当填扣几分：{fault.lose}，每档 {figure(fault.lose.step)} 分",
                    f"“{fault.text.text('en')}”: how many points, {fault.lose} in steps of {figure(fault.lose.step)}",
                )
                return ZERO, 0
            return number, 1
        if given is not True:
            self.refuse(f"“{fault.text}”应当填 true 或 false", f"“{fault.text.text('en')}”: answer true or false")
            return ZERO, 0
        return fault.lose or ZERO, 1

    def _at_least(self, way: AtLeast, answer: object) -> Earned:
        keys = {condition.key: condition for condition in way.of}
        met = list(answer) if isinstance(answer, list | tuple | set | frozenset) else None
        if (
            met is None
            or len(set(map(str, met))) != len(met)
            or any(not isinstance(key, str) or key not in keys for key in met)
        ):
            return self.refuse(
                f"应当列出做到的各条，每条一次：{'、'.join(keys)}", f"list what is met, each once, of {', '.join(keys)}"
            )
        clause = Text(f"做到 {len(met)} 条（至少 {way.count} 条）", f"{len(met)} met ({way.count} needed)")
        if len(met) >= way.count:
            return Earned(way.points, "scored", clause)
        return Earned(
            Fraction(way.points) * len(met) / way.count if way.short == "proportional" else ZERO, "scored", clause
        )

    def _judged(self, way: Judged, answer: object) -> Earned:
        points = number_of(answer)
        if points is None or not _in_range(points, Range(Decimal(0), way.points, way.step)):
            most, step = figure(way.points), figure(way.step)
            return self.refuse(f"应当填 0–{most} 分，每档 {step} 分", f"give 0–{most} points in steps of {step}")
        return Earned(points, "scored", Text("评定", "as judged"))


def _added(row: Iterable[Points]) -> Points:
    row = tuple(row)
    decimals = [points for points in row if isinstance(points, Decimal)]
    return sum(decimals, ZERO) if len(decimals) == len(row) else sum((Fraction(points) for points in row), Fraction(0))


def _less(points: Decimal, lost: Points) -> Points:
    left = points - lost if isinstance(lost, Decimal) else Fraction(points) - lost
    return max(ZERO, left)


def _in_range(points: Decimal, span: Range) -> bool:
    # Between the bounds a figure is short enough for decimals to be exact.
    return span.lowest <= points <= span.highest and (points - span.lowest) % span.step == 0


def _together(marks: list[Earned]) -> State:
    states = {mark.state for mark in marks}
    order: tuple[State, ...] = ("scored", "missing", "no_value")
    return next(state for state in order if state in states)


def _tier(way: Tiers, value: Decimal) -> tuple[Decimal, Text]:
    reached: Callable[[Decimal, bool], bool] = (
        (lambda limit, inclusive: value > limit or (inclusive and value == limit))
        if way.rising
        else (lambda limit, inclusive: value < limit or (inclusive and value == limit))
    )
    before = None
    for step in way.steps:
        if reached(step.limit, step.inclusive):
            if before is None:
                return step.points, way.limit_text(step)
            low, high = sorted((step.limit, before.limit))
            a, b = measured(low, way.unit), measured(high, way.unit)
            if low == high:
                return step.points, Text(f"等于 {a}", f"is {a.en}")
            return step.points, Text(f"落在 {a}–{spaced(b.zh)}档", f"is in the tier {a.en}–{b.en}")
        before = step
    last = way.steps[-1]
    at = measured(last.limit, way.unit)
    if way.rising:
        short = (
            Text(f"未达到 {at}", f"does not reach {at.en}")
            if last.inclusive
            else Text(f"不高于 {at}", f"is not above {at.en}")
        )
    else:
        short = (
            Text(f"高于 {at}", f"is above {at.en}") if last.inclusive else Text(f"不低于 {at}", f"is not below {at.en}")
        )
    return way.otherwise, short


def _between(way: Linear, value: Fraction) -> Fraction:
    a, b = Fraction(way.start.value), Fraction(way.end.value)
    share = min(Fraction(1), max(Fraction(0), (value - a) / (b - a)))
    return Fraction(way.start.points) + share * (Fraction(way.end.points) - Fraction(way.start.points))


def _short(way: Shortfall, value: Decimal) -> tuple[Points, Text]:
    gap = Fraction(way.target) - Fraction(value)
    if way.direction == "at_most":
        gap = -gap
    target = measured(way.target, way.unit)
    if gap <= 0:
        return ZERO, Text(f"达到 {spaced(target.zh)}的要求", f"meets {target.en}")
    steps = gap / Fraction(way.per)
    if way.part == "full":
        steps = Fraction(steps.numerator // steps.denominator)
    elif way.part == "started":
        steps = Fraction(-(-steps.numerator // steps.denominator))
    lost = steps * Fraction(way.lose)
    short = distance(gap, way.unit)
    word = ("低", "below") if way.direction == "at_least" else ("高", "above")
    return lost, Text(
        f"比 {spaced(target.zh)}{word[0]} {short}，应扣 {figure(lost)} 分",
        f"{short.en} {word[1]} {target.en}: −{figure(lost)}",
    )


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


def _quoted(label: Text) -> Text:
    return Text(f"评为“{label}”", f"“{label.text('en')}”")
