"""What a browser posts at a place of the first check becomes a finding; what is missing is said at its field."""

from collections.abc import Mapping
from dataclasses import dataclass

from cellcert.assessment.actions import plain
from cellcert.assessment.forms import Fault, Posted, read_place
from cellcert.assessment.rules import Place
from cellcert.criteria.schema import Checklist
from cellcert.criteria.text import Text
from cellcert.review.check_rules import VERDICTS, Found, may_put_right

LONGEST_REASON, LONGEST_NOTE = 1000, 2000
CHOOSE = Text("请先选核对结果，再写说明。", "Choose a result first, then say why.")
TO_UNIT = Text("标为“需补正”的，请写明哪里不对、要补什么。", "Say what is wrong and what to send.")
WHY = Text("标为“核正”的，请写明理由。", "Say why you correct it.")
WHAT = Text("标为“核正”的，请填写核正后的内容。", "Fill in what it should be.")
NOT_HERE = Text("这一项由指标数据自动计算，请在指标处核正。", "This is computed: correct the figures it comes from.")
TOO_LONG = Text("请控制在 1000 字以内。", "Keep it under 1,000 characters.")
NOTE_TOO_LONG = Text("请控制在 2000 字以内。", "Keep it under 2,000 characters.")


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed at a place."""

    found: Found
    note: str


def named(what: str, place: Place) -> str:
    """The name of a field of a place."""
    return f"{what}.{place[0]}.{place[1]}"


def read_finding(checklist: Checklist, place: Place, posted: Posted, kept: Typed) -> tuple[Typed, list[Fault]]:
    """What was typed at a place, with its faults; what a page does not ask stays as it is kept."""
    verdict = posted.get(named("verdict", place), kept.found.verdict)
    verdict = verdict if verdict in VERDICTS else ""
    reason = posted.get(named("reason", place), kept.found.reason).strip()
    note = posted.get(named("note", place), kept.note).strip()
    answer: object = None
    faults: list[Fault] = []
    if verdict == "correct":
        answer, faults = _answer(checklist, place, posted, kept.found)
    told = {
        "": CHOOSE if reason else None,
        "correct": None if reason else WHY,
        "return": None if reason else TO_UNIT,
    }.get(verdict)
    if told:
        faults.append(Fault(place, named("verdict" if verdict == "" else "reason", place), told))
    if len(reason) > LONGEST_REASON:
        faults.append(Fault(place, named("reason", place), TOO_LONG))
    if len(note) > LONGEST_NOTE:
        faults.append(Fault(place, named("note", place), NOTE_TOO_LONG))
    return Typed(Found(verdict, reason, answer), note), faults


def _answer(checklist: Checklist, place: Place, posted: Posted, kept: Found) -> tuple[object, list[Fault]]:
    """What it should be, from the control of the rule."""
    if not may_put_right(checklist, place):
        return None, [Fault(place, named("verdict", place), NOT_HERE)]
    prefix = {"fact": "facts.", "indicator": "indicators.", "prerequisite": "prerequisites."}.get(place[0], "items.")
    name = prefix + place[1]
    if not any(field == name or field.startswith(f"{name}.") for field in posted) and kept.answer is not None:
        return kept.answer, []
    answers, faults = read_place(checklist, place, posted)
    answer = plain(answers.get(place))
    if answer in (None, {}) and not faults and not _is_empty_count(answer, posted, name):
        faults = [Fault(place, _first_field(checklist, place, name), WHAT)]
    return answer, faults


def _is_empty_count(answer: object, posted: Mapping[str, str], name: str) -> bool:
    """A list of faults with nothing wrong is an answer: it was looked at."""
    return answer == {} and f"{name}.checked" in posted


def _first_field(checklist: Checklist, place: Place, name: str) -> str:
    """The field a fault of the whole answer leads to."""
    if place[0] == "indicator":
        return f"{name}.{checklist.indicator(place[1]).inputs[0].key}"
    return f"{name}-group" if place[0] == "item" else name
