"""What a browser posts becomes answers as docs/criteria.md writes them; what cannot be read is said at its field."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import Length

from cellcert.assessment.rules import Place
from cellcert.assessment.steps import FACTS, INDICATORS, PREREQUISITES, steps
from cellcert.criteria.schema import Checklist, Fact, Indicator, Input, Item
from cellcert.criteria.text import Text, figure
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
)
from cellcert.forms import VersionedForm

Posted = MultiDict[str, str]
LONGEST_NOTE = 2000
NUMBER = re.compile(r"[-+]?\d{1,17}(\.\d{1,8})?\Z", re.ASCII)
THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d{1,8})?\Z", re.ASCII)
WORDS = {"yes": True, "no": False}


class SectionForm(VersionedForm):
    """One page of the self-assessment; ``seen.<kind>.<key>`` beside it are fingerprints of the answers it showed."""


class SubmitForm(VersionedForm):
    """Hand in; ``seen`` is the fingerprint of what the page asked to confirm."""

    seen = HiddenField()
    head = StringField(_("单位负责人姓名"))
    agreed = BooleanField(_("已阅读并作出以上承诺"))
    untouched_because = TextAreaField(_("不需要改动的原因"), [Length(max=500)])


class AdoptForm(VersionedForm):
    """Go over to the edition in force."""


class CarryForm(VersionedForm):
    """Take over what was answered before."""

    files = BooleanField(_("同时沿用这些条目的证明材料"))


@dataclass(frozen=True, slots=True)
class Fault:
    """Something typed that cannot be an answer; ``field`` is the id to go to."""

    place: Place
    field: str
    message: Text


class _Unreadable(Exception):
    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh)
        self.message = Text(zh, en)


def read_answers(checklist: Checklist, section: str, formdata: Posted) -> tuple[dict[Place, object], list[Fault]]:
    """The answers of one page: ``None`` where nothing was answered; a place that cannot be read at all is left out."""
    answers: dict[Place, object] = {}
    faults: list[Fault] = []
    if section == FACTS:
        for fact in checklist.facts:
            _read_fact(fact, formdata, answers, faults)
    elif section == INDICATORS:
        for indicator in checklist.indicators:
            _read_indicator(indicator, formdata, answers, faults)
    elif section == PREREQUISITES:
        for prerequisite in checklist.prerequisites:
            answers["prerequisite", prerequisite.key] = WORDS.get(formdata.get(f"prerequisites.{prerequisite.key}", ""))
    else:
        items = next((step.items for step in steps(checklist) if step.key == section), ())
        found, faults = read_item_answers([item for _number, item in items], formdata)
        answers = {("item", key): answer for key, answer in found.items()}
    return answers, faults


def read_place(checklist: Checklist, place: Place, formdata: Posted) -> tuple[dict[Place, object], list[Fault]]:
    """The answer of one place, as ``read_answers`` reads it with its page."""
    answers: dict[Place, object] = {}
    faults: list[Fault] = []
    kind, key = place
    match kind:
        case "fact":
            _read_fact(checklist.fact(key), formdata, answers, faults)
        case "indicator":
            _read_indicator(checklist.indicator(key), formdata, answers, faults)
        case "prerequisite":
            answers[place] = WORDS.get(formdata.get(f"prerequisites.{key}", ""))
        case _:
            found, faults = read_item_answers([item for item in checklist.items() if item.key == key], formdata)
            answers = {("item", key): answer for key, answer in found.items()}
    return answers, faults


def _read_fact(fact: Fact, formdata: Posted, answers: dict[Place, object], faults: list[Fault]) -> None:
    name = f"facts.{fact.key}"
    try:
        answers["fact", fact.key] = _fact(fact, formdata.get(name))
    except _Unreadable as wrong:
        faults.append(Fault(("fact", fact.key), name, wrong.message))


def _read_indicator(indicator: Indicator, formdata: Posted, answers: dict[Place, object], faults: list[Fault]) -> None:
    given: dict[str, object] = {}
    for one in indicator.inputs:
        name = f"indicators.{indicator.key}.{one.key}"
        try:
            if (number := _input(one, formdata.get(name))) is not None:
                given[one.key] = number
        except _Unreadable as wrong:
            faults.append(Fault(("indicator", indicator.key), name, wrong.message))
    answers["indicator", indicator.key] = given or None


def read_item_answers(
    items: Iterable[Item], formdata: Posted, prefix: str = ""
) -> tuple[dict[str, object], list[Fault]]:
    """The answers of ``items`` by key; an item that cannot be read at all is left out."""
    answers: dict[str, object] = {}
    faults: list[Fault] = []
    for item in items:
        name = f"{prefix}items.{item.key}"
        reading = _Reading(formdata, item.key, name)
        try:
            answers[item.key] = reading.read(item.way, name)
        except _Unreadable as wrong:
            reading.note(wrong)
        faults += reading.faults
    return answers, faults


def as_typed(item: Item, formdata: Posted, prefix: str = "") -> object:
    """What was typed for an item, in the shape its control shows again."""
    return _typed(item.way, f"{prefix}items.{item.key}", formdata)


def read_notes(places: Iterable[Place], formdata: Posted) -> tuple[dict[Place, str], list[Fault]]:
    """The unit's own words beside its answers."""
    notes: dict[Place, str] = {}
    faults = []
    for kind, key in places:
        name = f"notes.{kind}.{key}"
        text = visible(formdata.get(name, "")).strip()
        if len(text) > LONGEST_NOTE:
            message = Text(f"说明最多 {LONGEST_NOTE} 字，现在有 {len(text)} 字", f"At most {LONGEST_NOTE} characters")
            faults.append(Fault((kind, key), name, message))
        else:
            notes[kind, key] = text
    return notes, faults


def visible(text: str) -> str:
    """A text without what cannot be seen: pasted from elsewhere, it could turn what reviewers read around."""
    lines = "\n".join(text.splitlines())
    return "".join(char for char in lines if char in "\n\t\u200d" or unicodedata.category(char) not in {"Cc", "Cf"})


def confirmed_in(formdata: Posted) -> set[Place]:
    """The places whose answers from an earlier application the unit says still hold (``confirmed.<kind>.<key>``)."""
    named = (name.split(".", 2) for name, value in formdata.items() if name.startswith("confirmed.") and value)
    return {(parts[1], parts[2]) for parts in named if len(parts) == 3}


def number_in(typed: str | None) -> Decimal | None:
    """The number a person wrote: full-width digits, blanks and commas between thousands are theirs to use."""
    raised = any(unicodedata.category(char) == "No" for char in typed or "")
    plain = unicodedata.normalize("NFC" if raised else "NFKC", typed or "")  # 10² is not 102
    plain = plain.strip().replace("，", ",").replace("−", "-")
    plain = re.sub(r"(?<=\d)[ \u00a0](?=\d)", "", plain)
    if not plain:
        return None
    if THOUSANDS.match(plain):
        plain = plain.replace(",", "")
    if plain.startswith("."):
        plain = f"0{plain}"
    if not NUMBER.match(plain):
        shown = (typed or "").strip()[:20]
        raise _Unreadable(f"“{shown}”不是数字，请只填数字，不写单位", f"“{shown}” is not a number; leave the unit out")
    number = Decimal(plain)
    return number if number else abs(number)  # nobody means -0


def _fact(fact: Fact, typed: str | None) -> object:
    match fact.type:
        case "yes_no":
            return WORDS.get(typed or "")
        case "choice":
            return typed if typed in dict(fact.options) else None
        case "number":
            return _within(number_in(typed), fact.at_least, fact.at_most, fact.whole)


def _input(one: Input, typed: str | None) -> Decimal | None:
    return _within(number_in(typed), one.at_least, one.at_most, one.whole)


def _within(number: Decimal | None, low: Decimal | None, high: Decimal | None, whole: bool) -> Decimal | None:
    if whole and number is not None and number != int(number):
        raise _Unreadable(f"请填整数，{figure(number)} 不是", f"Give a whole number; {figure(number)} is not")
    if number is None or ((low is None or number >= low) and (high is None or number <= high)):
        return number
    if low is not None and high is not None:
        raise _Unreadable(
            f"请填 {figure(low)} 到 {figure(high)} 之间的数", f"Give a number from {figure(low)} to {figure(high)}"
        )
    if low is not None:
        raise _Unreadable(f"请填不小于 {figure(low)} 的数", f"Give {figure(low)} or more")
    raise _Unreadable(f"请填不大于 {figure(high or 0)} 的数", f"Give {figure(high or 0)} or less")


@dataclass(slots=True)
class _Reading:
    """Reads one item; inside it, what can be read is kept beside what cannot."""

    form: Posted
    item: str
    group: str
    faults: list[Fault] = field(default_factory=list)

    def note(self, wrong: _Unreadable, what: Text | None = None) -> None:
        message = wrong.message
        if what is not None:
            message = Text(f"“{what.zh}”：{message.zh}", f"“{what.text('en')}”: {message.en}")
        self.faults.append(Fault(("item", self.item), f"{self.group}-group", message))

    def read(self, way: Way, name: str) -> object:
        match way:
            case Tiers() | Linear() | Shortfall():
                return None
            case YesNo():
                return WORDS.get(self.form.get(name, ""))
            case Choice():
                return self._choice(way, name)
            case Parts(parts=parts):
                return self._inner([(part.key, part.text, part.way) for part in parts], name)
            case AnyOf(ways=ways):
                return self._inner([(one.key, one.text, one.way) for one in ways], name)
            case Deductions():
                return self._deductions(way, name)
            case AtLeast(of=of):
                known = {condition.key for condition in of}
                met = [key for key in dict.fromkeys(self.form.getlist(name)) if key in known]
                return met if met or self.form.get(f"{name}.checked") == "yes" else None
            case Judged(points=points, step=step):
                return _stepped(number_in(self.form.get(name)), Range(Decimal(0), points, step))

    def _choice(self, way: Choice, name: str) -> object:
        chosen, typed = self.form.get(name), self.form.get(f"{name}.points")
        option = next((option for option in way.options if option.key == chosen), None)
        if option is None:
            if number_in(typed) is not None:
                raise _Unreadable("填了分数，还没有选择档次", "points are given, but no option is chosen")
            return None
        if not isinstance(option.points, Range):
            return option.key
        points = _stepped(number_in(typed), option.points)
        if points is None:
            span, step = option.points, figure(option.points.step)
            raise _Unreadable(
                f"选了“{option.label}”，还要在 {span} 分内给分（每档 {step} 分）",
                f"“{option.label.text('en')}” needs its points: {span} in steps of {step}",
            )
        return {"choice": option.key, "points": points}

    def _inner(self, rows: list[tuple[str, Text, Way]], name: str) -> dict[str, object] | None:
        given: dict[str, object] = {}
        for key, text, way in rows:
            try:
                if (answer := self.read(way, f"{name}.{key}")) is not None:
                    given[key] = answer
            except _Unreadable as wrong:
                self.note(wrong, text)
        return given or None

    def _deductions(self, way: Deductions, name: str) -> dict[str, object] | None:
        found: dict[str, object] = {}
        for fault in way.faults:
            try:
                if answer := self._deduction(fault, self.form.get(f"{name}.{fault.key}")):
                    found[fault.key] = answer
            except _Unreadable as wrong:
                self.note(wrong, fault.text)
        return found if found or self.form.get(f"{name}.checked") == "yes" else None

    def _deduction(self, fault: Deduction, typed: str | None) -> object:
        if fault.short is not None:
            return None
        if fault.each and isinstance(fault.lose, Decimal):
            count = number_in(typed)
            if count is not None and (count < 0 or count != int(count) or count > 100_000):
                raise _Unreadable("请填发现几处，填整数", "say how many were found, as a whole number")
            return count
        if isinstance(fault.lose, Range):
            lost = number_in(typed)
            return None if not lost else _stepped(lost, fault.lose)
        return True if typed in {"yes", "true"} else None


def _stepped(points: Decimal | None, span: Range) -> Decimal | None:
    if points is None:
        return None
    lowest, highest, step = figure(span.lowest), figure(span.highest), figure(span.step)
    if not span.lowest <= points <= span.highest:
        raise _Unreadable(f"请在 {lowest} 到 {highest} 分之间给分", f"give {lowest} to {highest} points")
    if (Fraction(points) - Fraction(span.lowest)) % Fraction(span.step):
        raise _Unreadable(f"请按每档 {step} 分给分", f"give points in steps of {step}")
    return points


def _typed(way: Way, name: str, form: Posted) -> object:
    match way:
        case Tiers() | Linear() | Shortfall():
            return None
        case Choice():
            return {"choice": form.get(name), "points": form.get(f"{name}.points")}
        case Parts(parts=parts):
            return {part.key: _typed(part.way, f"{name}.{part.key}", form) for part in parts}
        case AnyOf(ways=ways):
            return {one.key: _typed(one.way, f"{name}.{one.key}", form) for one in ways}
        case Deductions(faults=faults):
            typed = {fault.key: value for fault in faults if (value := form.get(f"{name}.{fault.key}"))}
            return typed if typed or form.get(f"{name}.checked") == "yes" else None
        case AtLeast():
            met = form.getlist(name)
            return met if met or form.get(f"{name}.checked") == "yes" else None
        case YesNo() | Judged():
            return form.get(name)
