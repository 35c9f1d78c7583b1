"""What the page of the first check shows of a case, read once for the whole page or for one place of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cellcert import web
from cellcert.actors import Actor
from cellcert.application.lifecycle import Act, is_open
from cellcert.application.models import Application
from cellcert.assessment.models import Revision
from cellcert.assessment.queries import revision_of
from cellcert.assessment.rules import Place
from cellcert.assessment.steps import NotAsked, not_asked, numbers
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.schema import Checklist
from cellcert.criteria.scorer import Sheet
from cellcert.criteria.scorer import score as scored_sheet
from cellcert.database import db
from cellcert.review.check_forms import Typed
from cellcert.review.check_queries import findings_by_place, notes_of
from cellcert.review.check_rules import Progress, found_in, progress_of, put_right, seen_of, token_of
from cellcert.review.models import CheckNote, Finding
from cellcert.review.pages import revision_shown
from cellcert.review.rules import changed_places, to_look_at


@dataclass(slots=True)
class Check:
    """One first check: what the unit claims, what was found, what reviewers told each other."""

    application: Application
    me: Actor
    revision: Revision
    checklist: Checklist
    off: NotAsked
    asked: list[Place]
    findings: dict[Place, Finding]
    notes: dict[Place, list[CheckNote]]
    before: Revision | None
    changed: set[Place]
    scored: Sheet
    corrected: Sheet
    numbers: Mapping[str, str]
    typed: Mapping[Place, Typed] = field(default_factory=dict)  # what was posted and is not kept

    @property
    def may_judge(self) -> bool:
        """Whether the reader gives verdicts now."""
        return is_open(Act.NOTE, self.application.relation_to(self.me), self.application.state)

    @property
    def may_note(self) -> bool:
        """Whether the reader writes notes to the other reviewers now."""
        return self.may_judge or is_open(
            Act.GIVE_OPINION, self.application.relation_to(self.me), self.application.state
        )

    @property
    def progress(self) -> Progress:
        return progress_of(self.asked, self.findings)

    @property
    def token(self) -> str:
        return token_of(self.findings)

    @property
    def is_corrected(self) -> bool:
        return any(kept.verdict == "correct" for kept in self.findings.values())

    def kept(self, place: Place) -> Typed:
        """What is kept at a place: the finding, and the reader's own note."""
        return Typed(found_in(self.findings.get(place)), self.my_note(place))

    def shown(self, place: Place) -> Typed:
        """What the fields of a place show: what was typed and refused, else what is kept."""
        return self.typed.get(place) or self.kept(place)

    def seen(self, place: Place) -> str:
        kept = self.kept(place)
        return seen_of(kept.found, kept.note)

    def my_note(self, place: Place) -> str:
        return next((note.text for note in self.notes.get(place, []) if self._is_mine(note)), "")

    def others_notes(self, place: Place) -> list[CheckNote]:
        """What other reviewers noted, and what oneself noted on an earlier submission."""
        return [note for note in self.notes.get(place, []) if not (self._is_mine(note) and self.may_note)]

    def _is_mine(self, note: CheckNote) -> bool:
        return note.by == self.me.person_id and note.revision == self.application.revision

    def number(self, key: str) -> str:
        """The number of an item."""
        return self.numbers[key]

    def claim(self, place: Place) -> Any:  # noqa: ANN401
        return _answer(self.revision.answers, place)

    def claim_before(self, place: Place) -> Any:  # noqa: ANN401
        return _answer(self.before.answers, place) if self.before else None


def _answer(answers: Mapping[str, Any], place: Place) -> Any:  # noqa: ANN401
    group = {"fact": "facts", "indicator": "indicators", "prerequisite": "prerequisites", "item": "items"}[place[0]]
    return answers.get(group, {}).get(place[1])


def check_of(application: Application) -> Check:
    """The first check of a case; the same number of queries for every checklist."""
    revision, checklist, session = revision_shown(application), checklist_of(application.edition), db.session()
    off = not_asked(checklist, revision.answers)
    asked = to_look_at(checklist, off)
    findings = findings_by_place(session, application, revision.number)
    before = revision_of(session, application, revision.number - 1) if revision.number > 1 else None
    scored = scored_sheet(checklist, revision.answers)
    is_corrected = any(kept.verdict == "correct" for kept in findings.values())
    return Check(
        application=application, me=web.me(), revision=revision, checklist=checklist, off=off, asked=asked,
        findings=findings, notes=notes_of(session, application), before=before,
        changed=changed_places(before.answers, revision.answers) if before else set(), scored=scored,
        corrected=scored_sheet(checklist, put_right(revision.answers, findings)) if is_corrected else scored,
        numbers=numbers(checklist),
    )  # fmt: skip
