"""What a letter says: the sentence with its figures, and the city's words around it, as they are kept."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from cellcert.criteria.award_letter import filled
from cellcert.criteria.programme import Programme
from cellcert.criteria.text import Text
from cellcert.dispatch.supervision.models import SupervisionCase, SupervisionLetter
from cellcert.dispatch.supervision.rules import DIVISION, SENTENCES, UNANSWERED, Matter, Proposal


def body_name(programme: Programme, matter: Matter) -> Text:
    """The body a matter is about."""
    places = programme.divisions if matter.kind == DIVISION else programme.departments
    return next((one.name for one in places if one.key == matter.subject), Text(matter.subject, matter.subject))


def part_name(programme: Programme, matter: Matter) -> Text:
    """The category a matter is about, or nothing."""
    found = next((one.name for one in programme.categories if one.key == matter.part), None)
    return found or Text(matter.part, matter.part)


def kept_figures(proposal: Proposal, programme: Programme, before: SupervisionLetter | None) -> dict[str, Any]:
    """The figures of a proposal with what their sentence names."""
    policy, figure = programme.supervision, proposal.figure
    measure = policy.measure(figure.matter.measure)
    assert measure is not None
    line = {"line": measure.lines[proposal.line_step], "line_step": policy.rungs[proposal.line_step].key}
    if proposal.unanswered and before is not None and before.due_on is not None:
        line["before"] = before.due_on.isoformat()
    return {**figure.values, **line, "on": figure.on.isoformat()}


def sentences(
    case: SupervisionCase, figures: Mapping[str, Any], names: Mapping[str, str]
) -> list[tuple[str, dict[str, Any]]]:
    """What is wrong, as sentences with what stands in their places; ``names``: place, part, step."""
    said: list[tuple[str, dict[str, Any]]] = [(SENTENCES[case.measure], {**figures, **names})]
    if figures.get("before"):
        said.append((UNANSWERED, {"before": figures["before"]}))
    return said


def findings(programme: Programme, case: SupervisionCase, figures: Mapping[str, Any]) -> str:
    """The same in the words of a letter."""
    step = next((one.name.zh for one in programme.supervision.rungs if one.key == figures["line_step"]), "")
    names = {
        "place": body_name(programme, case.matter).zh, "part": part_name(programme, case.matter).zh, "step": step,
    }  # fmt: skip
    days = {key: chinese(date.fromisoformat(str(figures[key]))) for key in ("on", "before") if figures.get(key)}
    return "".join(sentence.format(**values) for sentence, values in sentences(case, {**figures, **days}, names))


def words_of(letter: SupervisionLetter, programme: Programme, dated: date) -> dict[str, Any]:
    """Everything a letter says but its number and date."""
    case, rung = letter.case, programme.supervision.rungs[letter.step]
    last = case.last if case.last is not letter else None
    previous = ""
    if last is not None and last.dated is not None:
        name = programme.supervision.rungs[last.step].name.zh
        until = chinese(last.due_on or last.dated)
        previous = f"{chinese(last.dated)}，我办以{last.number}向贵单位发出“{name}”，要求于{until}前反馈。"
    due = dated + timedelta(days=rung.answer_days)
    values = {
        "subject": body_name(programme, case.matter).zh, "name": programme.short_name.zh,
        "findings": findings(programme, case, letter.figures), "due": chinese(due), "previous": previous,
    }  # fmt: skip
    paragraphs = [filled(one, **values) for one in rung.paragraphs if previous or one != "{previous}"]
    if letter.because:
        paragraphs.insert(1, letter.because)
    return {
        "authority": programme.authority.name.zh,
        "title": filled(rung.title, **values),
        "recipient": values["subject"],
        "paragraphs": paragraphs,
        "copies": rung.copies,
        "contact": programme.authority.phone,
        "seal_text": programme.certificate.seal_text or programme.authority.name.zh,
        "due_on": due.isoformat(),
    }


def chinese(day: date) -> str:
    """2026年11月5日."""
    return f"{day.year}年{day.month}月{day.day}日"


def digest_of(said: Mapping[str, Any], number: str | None, dated: date | None) -> str:
    """What the audit trail remembers of a letter's words."""
    whole = {"said": dict(said), "number": number, "dated": dated.isoformat() if dated else None}
    return hashlib.sha256(json.dumps(whole, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
