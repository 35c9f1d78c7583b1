"""Random walks through the workflow: any act by anybody at any time, played through the real actions.

Every act is committed into a savepoint and every walk is a transaction that is taken back, so that thousands of
walks begin from the same city. What the matrix of record closes must be refused as it says; what it opens may still be
refused by a guard; nothing but a refusal may come out.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.actors import PUBLIC, SYSTEM, Actor, Role
from cellcert.application import actions as applications
from cellcert.application.lifecycle import CODES, Act, Relation, State
from cellcert.application.models import Application
from cellcert.assessment import actions as assessments
from cellcert.assessment.queries import open_places, revision_of
from cellcert.certificate import actions as certificates
from cellcert.certificate.models import Certificate
from cellcert.certificate.states import CertificateState
from cellcert.checks import City, check_all
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.library import Library
from cellcert.criteria.programme import Programme
from cellcert.criteria.scorer import score
from cellcert.decision import actions as decisions
from cellcert.decision import appealing, meeting_acts, objecting, stating, telling
from cellcert.decision.matters import Matter
from cellcert.decision.models import Objection, Proposal
from cellcert.errors import Refusal
from cellcert.people.models import Post
from cellcert.review import actions as reviews
from cellcert.review import checking
from cellcert.review.models import Reopening, ScoreSheet
from cellcert.review.rules import sheet_answers, to_judge
from cellcert.review.site import actions as visits
from cellcert.review.site import ending, records
from cellcert.review.site.queries import candidates, visit_of
from cellcert.review.site.rules import Said, fingerprint
from cellcert.standing import actions as standing
from cellcert.storage import Store
from tests.review.cases import best_of
from tests.test_permissions import expected

CODE_OF = {state: code for code, state in CODES.items()}
LINE = "M10 10" + "".join(f"L{x} {x}" for x in range(20, 120, 20))
WORDS = "情况属实。"
# reading, what nobody ever does, and what is no action of the workflow
LEFT_OUT = {act for act in Act if act.id.startswith("A")} | {
    Act.ATTACH, Act.DETACH, Act.DISCARD, Act.REMIND, Act.CHANGE_ANSWER, Act.CHANGE_TRAIL, Act.DELETE_SUBMITTED,
    Act.SET_STATE, Act.CHOOSE_SERIAL, Act.SHORTEN_NOTICE, Act.SEE_OPEN_VOTE,
}  # fmt: skip
# rarer, so that walks go on
ENDING = {Act.WITHDRAW, Act.GIVE_BACK, Act.REVOKE, Act.EXPIRE, Act.STEP_DOWN, Act.ASK_REOPEN, Act.REOPEN}
LAST = {State.WITHDRAWN, State.EXPIRED, State.REVOKED}


@dataclass(frozen=True, slots=True)
class Start:
    """Where walks begin: the cases of a city, the case they are mostly about, and everybody in it."""

    main: int
    other: int
    people: Sequence[Actor]
    library: Library
    store: Store
    at: datetime


@dataclass(slots=True)
class Told:
    """What many walks did."""

    walks: int = 0
    steps: int = 0
    done: Counter[str] = field(default_factory=Counter)
    edges: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


class Walk:
    """One walk in one transaction."""

    def __init__(self, session: Session, start: Start, seed: int, told: Told) -> None:
        self.session, self.start, self.rng, self.told = session, start, Random(seed), told
        self.seed, self.at = seed, start.at
        self.together = self.rng.random() < 0.2
        self.programme = start.library.programme
        if self.together:
            self.programme = _changed(self.programme, "decision", announce="together")
        self.offices = [one for one in start.people if one.role is Role.OFFICE]
        self.log: list[str] = []
        self.receipts: set[str] = set()

    def go(self, steps: int, every: int) -> None:
        """Walk, and check the whole city every few steps and at the end."""
        again: Callable[[], None] | None = None
        for number in range(1, steps + 1):
            self.at += self._span()
            if again is not None and self.rng.random() < 0.06:
                step = again  # the same once more, as a form that is sent twice
            else:
                case = self._case()
                if case is None:
                    break  # both have come to an end
                act, by = self._choose(case)
                step = partial(self._try, case.id, act, by)
            step()
            again = step
            if number % every == 0:
                self._check()
        self._check()
        self.told.walks += 1

    def _case(self) -> Application | None:
        """Mostly the one case; the other where it has come to an end."""
        main, other = (self.session.get_one(Application, number) for number in (self.start.main, self.start.other))
        first, second = (main, other) if self.rng.random() < 0.85 else (other, main)
        if self.rng.random() < 0.05 or first.state not in LAST:
            return first
        return None if second.state in LAST else second

    def _span(self) -> timedelta:
        chance = self.rng.random()
        if chance < 0.80:
            return timedelta(minutes=self.rng.randint(1, 600))
        if chance < 0.985:
            return timedelta(days=self.rng.randint(1, 16))
        return timedelta(days=self.rng.randint(20, 900))

    def _choose(self, case: Application) -> tuple[Act, Actor]:
        """Mostly something the matrix opens to somebody now, else anything by anybody."""
        acts = [act for act in Act if act not in LEFT_OUT]
        if self.rng.random() < 0.8:
            code = CODE_OF[case.state]
            spared = ENDING if self.rng.random() < 0.9 else set()
            onward = [act for act in acts if act not in spared and any(code in _codes(act, role) for role in Relation)]
            moving = [act for act in onward if act.moves] or onward
            pool = moving if self.rng.random() < 0.45 else onward
            if pool:
                act = self.rng.choice(pool)
                for by in self.rng.sample(self.start.people, len(self.start.people)):
                    if code in _codes(act, case.relation_to(by)):
                        return act, by
        return self.rng.choice(acts), self.rng.choice(self.start.people)

    def _try(self, number: int, act: Act, by: Actor) -> None:
        case = self.session.get_one(Application, number)
        before, relation = case.state, case.relation_to(by)
        should = expected({act.id}, relation.value, CODE_OF[before])
        name = f"{act.name} by {relation.value} in {CODE_OF[before]}"
        self.told.steps += 1
        try:
            if act in {Act.SUBMIT, Act.RESUBMIT} and (act is Act.RESUBMIT) is not (before is State.RETURNED):
                case.permit(act, by)  # which of the two it is, is the state's to say
            DO.get(act, _permit(act))(self, case, by)
            self.session.commit()
        except Refusal as refusal:
            self.session.rollback()
            self.log.append(f"{name}: {refusal.status}")
            self.told.refused[f"{act.name} {type(refusal).__name__}" + (" guard" if should == 200 else "")] += 1
            closed = 404 if should == 302 else should
            if should != 200 and refusal.status != closed:
                self._fault(f"{name}: {refusal.status} {refusal}, the matrix says {closed}")
            return
        except Exception as error:
            self.session.rollback()
            self._fault(f"{name}: {type(error).__name__}: {error}")
            return
        self.log.append(f"{name}: {CODE_OF[case.state]}")
        self.told.done[act.name] += 1
        if should != 200:
            self._fault(f"{name}: done, the matrix says {should}")
        if before is not case.state:
            self.told.edges[f"{CODE_OF[before]}-{CODE_OF[case.state]}"] += 1
        if act.moves and not (case.state in act.value.to or case.state is before):
            self._fault(f"{name}: leads to {case.state}")

    def _check(self) -> None:
        """All invariants of ``cellcert check``, and those that only this walk can know."""
        self.session.expire_all()
        today = clock.day_of(self.at, self.programme.time_zone)
        city = City(self.session, self.start.library, self.start.store, today)
        for check, faults in check_all(city).items():
            for fault in faults:
                self._fault(f"{check}: {fault}")
        objections = list(self.session.scalars(select(Objection)))
        if gone := self.receipts - {one.receipt for one in objections}:
            self._fault(f"I-14: receipts {gone} were given, and are not there")
        for one in objections:  # the settled proposal that closed it was written when it had come in
            if one.closed_at is not None:
                closing = self.session.scalars(
                    select(Proposal).where(
                        Proposal.application_id == one.application_id, Proposal.matter == Matter.OBJECTION,
                        Proposal.settled_at == one.closed_at,
                    )
                ).one()  # fmt: skip
                if closing.proposed_at < one.received_at:
                    self._fault(f"I-14: objection {one.receipt} was closed by an answer written before it came in")
        for sheet in self.session.scalars(select(ScoreSheet)):
            if (sheet.total is None) != (sheet.handed_in_at is None):
                self._fault(f"I-09: sheet {sheet.id} has a total and is not handed in, or the other way round")
            checklist = checklist_of(sheet.application.edition)
            if any(Decimal(points) > checklist.item(key).points for key, points in sheet.points.items()):
                self._fault(f"I-21: sheet {sheet.id} gives more than there is")

    def _fault(self, what: str) -> None:
        self.told.faults.append(f"seed {self.seed}: {what}\n    " + "\n    ".join(self.log[-12:]))

    def pick(self, rows: Sequence[Any]) -> Any:
        """One of them, or none."""
        return self.rng.choice(rows) if rows else None

    def proposal(self, case: Application, matter: Matter) -> Proposal | None:
        return decisions.open_proposal(self.session, case, matter)

    def clerk_of(self, case: Application) -> Actor:
        return next(one for one in self.start.people if one.unit_id == case.unit_id)

    def agreed(self) -> bool:
        return self.rng.random() < 0.8


def _codes(act: Act, relation: Any) -> set[str]:
    return {CODE_OF[state] for state in act.value.allow.get(relation, frozenset())}


def _changed(programme: Programme, part: str, **to: object) -> Programme:
    from dataclasses import replace

    return replace(programme, **{part: replace(getattr(programme, part), **to)})


def _permit(act: Act) -> Callable[["Walk", Application, Actor], None]:
    """An act without a part here is played as far as its gate."""
    return lambda _walk, case, by: case.permit(act, by)


# acts: each does what a page would do, with a random choice where there is one


def edit(walk: Walk, case: Application, by: Actor) -> None:
    places = open_places(case)
    revision = revision_of(walk.session, case)
    if places and revision is not None and walk.rng.random() < 0.7:
        kind, key = walk.rng.choice(sorted(places))
        value = revision.answers.get(f"{kind}s", {}).get(key)
        if value is not None:
            assessments.save_answers(
                walk.session, case, {(kind, key): value}, {(kind, key): "已补充"}, by=by, at=walk.at
            )
            return
    case.permit(Act.EDIT, by)
    assessments.confirm_commitment(walk.session, case, walk.programme, "head", by=by, at=walk.at)


def submit(walk: Walk, case: Application, by: Actor) -> None:
    if case.state in {State.DRAFT, State.RETURNED} and walk.rng.random() < 0.8:  # the head signs first
        heads = [one for one in walk.start.people if one.unit_id == case.unit_id and one.role is Role.APPLICANT]
        for head in heads:
            try:
                assessments.confirm_commitment(walk.session, case, walk.programme, "head", by=head, at=walk.at)
            except Refusal:
                continue
    assessments.submit(
        walk.session, case, walk.programme, case.edition.sha256, by=by, at=walk.at, untouched_because=WORDS
    )


def note(walk: Walk, case: Application, by: Actor) -> None:
    keys = [item.key for item in checklist_of(case.edition).items()]
    verdict, reason = walk.rng.choice([("fine", ""), ("", ""), ("return", WORDS), ("return", "")])
    finding = {("item", walk.rng.choice(keys)): (verdict, reason)}
    checking.note_findings(walk.session, case, finding, by=by, at=walk.at)


def return_to_unit(walk: Walk, case: Application, by: Actor) -> None:
    keys = [item.key for item in checklist_of(case.edition).items() if item.kind == "item"]
    places = {("item", key): WORDS for key in walk.rng.sample(keys, walk.rng.randint(0, 2))}
    checking.return_to_unit(walk.session, case, places, WORDS, walk.programme, by=by, at=walk.at)


def opinion(walk: Walk, case: Application, by: Actor) -> None:
    checking.give_opinion(walk.session, case, walk.agreed(), WORDS, walk.programme, by=by, at=walk.at)


def assign(walk: Walk, case: Application, by: Actor) -> None:
    posts = list(walk.session.scalars(select(Post).where(Post.role == Role.EXPERT).order_by(Post.id)))
    if walk.rng.random() < 0.1 and (seat := walk.pick(case.seats)):
        reviews.replace(walk.session, case, seat, WORDS, by=by, at=walk.at)
        return
    due = walk.at + timedelta(days=walk.rng.choice([-1, 15, 15, 40, 40]))
    wanted = walk.rng.sample(posts, 1 if walk.rng.random() < 0.3 else len(posts))
    given = 0
    for post in wanted:  # as many as are needed in one go, as a draw does
        try:
            reviews.assign(case, post, due, by=by, at=walk.at, session=walk.session)
        except Refusal:
            if post is wanted[-1] and not given:
                raise
            continue
        given += 1
        if given >= walk.programme.review.experts:
            break


def declare_and_score(walk: Walk, case: Application, by: Actor) -> None:
    case.permit(Act.SCORE, by)
    if walk.rng.random() < 0.95:
        reviews.declare(walk.session, case, by=by, at=walk.at)
    checklist, revision = checklist_of(case.edition), revision_of(walk.session, case)
    assert revision is not None
    scored = score(checklist, sheet_answers(revision.answers, {}))
    answers = {item.key: best_of(item.way) for item in to_judge(checklist, scored)}
    for key in list(answers):
        claimed = revision.answers["items"].get(key)
        if walk.rng.random() < 0.08 and claimed is not None and not isinstance(claimed, bool):
            answers[key] = claimed
        elif answers[key] is True and walk.rng.random() < 0.06:
            answers[key] = False  # far from the others, so that a second round opens
    comments = dict.fromkeys(answers, "看了现场照片。")
    reviews.save_sheet(walk.session, case, checklist, revision, answers, comments, WORDS, by=by, at=walk.at)


def hand_in(walk: Walk, case: Application, by: Actor) -> None:
    revision = revision_of(walk.session, case)
    if (
        walk.rng.random() < 0.85
        and case.relation_to(by) is Relation.EXPERT
        and case.state in {State.REVIEW, State.RECHECK}
    ):
        sheet = reviews.my_sheet(walk.session, case, by)
        if sheet is None or sheet.handed_in_at is None:
            declare_and_score(walk, case, by)
            walk.session.flush()
    reviews.hand_in(walk.session, case, checklist_of(case.edition), revision, by=by, at=walk.at)  # type: ignore[arg-type]


def ask_reopen(walk: Walk, case: Application, by: Actor) -> None:
    sheet = walk.pick(list(walk.session.scalars(select(ScoreSheet).order_by(ScoreSheet.id))))
    if sheet is None:
        case.permit(Act.ASK_REOPEN, by)
        return
    reviews.ask_reopen(walk.session, case, sheet, WORDS, by=by, at=walk.at)


def reopen(walk: Walk, case: Application, by: Actor) -> None:
    asked = walk.pick(list(walk.session.scalars(select(Reopening).order_by(Reopening.id))))
    if asked is None:
        case.permit(Act.REOPEN, by)
        return
    reviews.reopen(walk.session, case, asked, by=by, at=walk.at)


def close_round(walk: Walk, case: Application, by: Actor) -> None:
    if case.relation_to(by) is Relation.OFFICE and case.state is State.REVIEW and walk.rng.random() < 0.7:
        _let_everybody_hand_in(walk, case)
    checklist, revision = checklist_of(case.edition), revision_of(walk.session, case)
    on_site = walk.rng.random() < 0.4
    reviews.close_round(
        walk.session, case, checklist, revision, walk.programme, on_site, by=by, at=walk.at  # type: ignore[arg-type]
    )  # fmt: skip


def _let_everybody_hand_in(walk: Walk, case: Application) -> None:
    """The seats are filled, those whose time is over get more, and who has not handed in does."""
    posts = list(walk.session.scalars(select(Post).where(Post.role == Role.EXPERT).order_by(Post.id)))
    seated = {seat.person_id: seat for seat in case.seats if seat.is_open}
    for post in sorted(posts, key=lambda post: post.person_id not in seated):
        seat = seated.get(post.person_id)
        needed = (
            seat.due_at <= walk.at if seat else sum(one.is_open for one in case.seats) < walk.programme.review.experts
        )
        if needed:
            try:
                due = walk.at + timedelta(days=40)
                reviews.assign(case, post, due, by=walk.rng.choice(walk.offices), at=walk.at, session=walk.session)
            except Refusal:
                continue
    done = {sheet.person_id for sheet in reviews.sheets_of(walk.session, case) if sheet.handed_in_at}
    for one in walk.start.people:
        if one.role is Role.EXPERT and one.person_id not in done and case.relation_to(one) is Relation.EXPERT:
            try:
                hand_in(walk, case, one)
            except Refusal:
                continue
    walk.session.flush()


def report(walk: Walk, case: Application, by: Actor) -> None:
    """A plain report; where a team was sent, its record from the first finding to the close."""
    case.permit(Act.REPORT_ON_SITE, by)
    visit = visit_of(walk.session, case)
    if visit is None:
        day = clock.day_of(walk.at, walk.programme.time_zone)
        reviews.report_on_site(walk.session, case, day, WORDS, by=by, at=walk.at)
        return
    told = _record(walk, case, by)
    if walk.rng.random() < 0.9:
        shown = fingerprint(told)
        records.sign(walk.session, case, told, shown, "team", by.name, "", LINE, by=by, at=walk.at)
    if walk.rng.random() < 0.1:
        records.void_signatures(walk.session, case, by=by, at=walk.at)
    if walk.rng.random() < 0.8:
        records.close(walk.session, case, told, WORDS, walk.programme, by=by, at=walk.at)


def _record(walk: Walk, case: Application, by: Actor) -> dict[str, Any]:
    from cellcert.review.site.rules import Line

    visit, checklist = visit_of(walk.session, case), checklist_of(case.edition)
    assert visit is not None
    lines = [Line(("item", item.key), item.key, item) for item in checklist.items() if item.kind == "item"][:2]
    for line in lines:
        kept = next((one for one in visit.findings if one.item == line.key), None)
        said = Said("differs", "数量不符") if walk.rng.random() < 0.3 else Said("same")
        if not visit.signed:
            records.note(walk.session, case, line, said, kept.number if kept else 0, by=by, at=walk.at)
    revision = revision_of(walk.session, case)
    assert revision is not None
    walk.session.expire(visit)
    again = visit_of(walk.session, case)
    assert again is not None
    return records.content(case, again, lines, revision)


def arrange(walk: Walk, case: Application, by: Actor) -> None:
    free = candidates(walk.session, case, walk.programme.review.public_mail)
    team = walk.rng.sample(free, min(len(free), 2))
    lead = team[0].person_id if team else None
    starts = walk.at + timedelta(days=walk.rng.choice([-1, 2, 3]))
    visits.arrange(
        walk.session, case, team, lead, starts, "本单位", "", [], walk.programme, by=by, at=walk.at
    )  # fmt: skip


def answer_visit(walk: Walk, case: Application, by: Actor) -> None:
    if walk.agreed():
        visits.agree(walk.session, case, walk.programme, by=by, at=walk.at)
    else:
        other = walk.at + timedelta(days=3)
        visits.ask_for_another_time(walk.session, case, other, WORDS, walk.programme, by=by, at=walk.at)


def end_on_site(walk: Walk, case: Application, by: Actor) -> None:
    ending.end_on_site(walk.session, case, checklist_of(case.edition), walk.programme, by=by, at=walk.at)


def propose(walk: Walk, case: Application, by: Actor) -> None:
    result = reviews.result_of(walk.session, case)
    outcome = walk.rng.choice([State.NOTICE, State.NOTICE, State.NOTICE, State.REJECTED, State.AWARDED])
    level = result.level if result and outcome is State.NOTICE else None
    decisions.propose(walk.session, case, outcome, level, WORDS, by=by, at=walk.at)


def approve(walk: Walk, case: Application, by: Actor) -> None:
    proposal = walk.proposal(case, Matter.DECISION)
    if proposal is None:
        case.permit(Act.APPROVE, by)
        propose(walk, case, walk.rng.choice(walk.offices))
        return
    if walk.together and walk.rng.random() < 0.8 and telling.meeting_of(walk.session, case) is None:
        day = clock.day_of(walk.at, walk.programme.time_zone)
        meeting_acts.open_meeting(
            walk.session, "审定会", day, None, [case.id], by=walk.rng.choice(walk.offices), at=walk.at
        )
    decisions.approve(
        walk.session, case, proposal, walk.agreed(), WORDS, walk.programme, walk.start.library.calendar,
        by=by, at=walk.at,
    )  # fmt: skip


def announce(walk: Walk, case: Application, by: Actor) -> None:
    case.permit(Act.ANNOUNCE, by)
    meeting = telling.meeting_of(walk.session, case)
    if meeting is not None and walk.together:
        telling.announce(walk.session, meeting, walk.programme, walk.start.library.calendar, by=by, at=walk.at)


def object_to(walk: Walk, case: Application, by: Actor) -> None:
    if case.state is State.REJECTED and case.relation_to(by) is Relation.OWN:
        made = appealing.appeal(
            walk.session, case, "0391-0000002", WORDS, walk.programme, walk.start.library.calendar, by=by, at=walk.at
        )
    else:
        made = objecting.object_to(
            walk.session, case, "示例居民", "0391-0000001", WORDS, walk.programme, by=by, at=walk.at
        )
    walk.receipts.add(made.receipt)


def take(walk: Walk, case: Application, by: Actor) -> None:
    case.permit(Act.TAKE_OBJECTION, by)
    objection = walk.pick(objecting.open_objections(walk.session, case))
    if objection is None:
        object_to(walk, case, PUBLIC if case.state is State.NOTICE else walk.clerk_of(case))
        return
    objecting.take_objection(walk.session, case, objection, by=by, at=walk.at)


def propose_closing(walk: Walk, case: Application, by: Actor) -> None:
    outcome = walk.rng.choice([State.NOTICE, State.NOTICE, State.DECISION, State.REJECTED])
    objecting.propose_closing(walk.session, case, outcome, WORDS, walk.programme, by=by, at=walk.at)


def close_objection(walk: Walk, case: Application, by: Actor) -> None:
    proposal = walk.proposal(case, Matter.OBJECTION)
    if proposal is None:
        case.permit(Act.CLOSE_OBJECTION, by)
        propose_closing(walk, case, walk.rng.choice(walk.offices))
        return
    objecting.close_objections(walk.session, case, proposal, walk.agreed(), WORDS, by=by, at=walk.at)


def ask_statement(walk: Walk, case: Application, by: Actor) -> None:
    passed = {one.id: "有居民反映清运不及时" for one in objecting.open_objections(walk.session, case)}
    stating.ask_statement(
        walk.session, case, WORDS, passed, walk.programme, walk.start.library.calendar, by=by, at=walk.at
    )


def award(walk: Walk, case: Application, by: Actor) -> None:
    certificates.award(walk.session, case, walk.programme, by=by, at=walk.at)
    if walk.rng.random() < 0.7:
        issue(walk)


def issue(walk: Walk) -> None:
    """The worker's part; what stands on the paper is another test's."""
    waiting = select(Certificate).where(Certificate.state == CertificateState.RESERVED)
    for row in walk.session.scalars(waiting).all():
        certificates.issue(
            walk.session, row, lambda row: walk.start.store.put(row.serial.encode()), by=SYSTEM, at=walk.at
        )


def propose_correction(walk: Walk, case: Application, by: Actor) -> None:
    certificates.propose_correction(walk.session, case, "示例新名称", WORDS, by=by, at=walk.at)


def propose_revocation(walk: Walk, case: Application, by: Actor) -> None:
    standing.propose_revocation(walk.session, case, WORDS, by=by, at=walk.at)


def correct(walk: Walk, case: Application, by: Actor) -> None:
    proposal = walk.proposal(case, Matter.CORRECTION)
    if proposal is None:
        case.permit(Act.CORRECT, by)
        propose_correction(walk, case, walk.rng.choice(walk.offices))
        return
    issue(walk)
    certificates.correct(
        walk.session, case, proposal, walk.agreed(), WORDS, walk.programme, by=by, at=walk.at
    )  # fmt: skip


def revoke(walk: Walk, case: Application, by: Actor) -> None:
    proposal = walk.proposal(case, Matter.REVOCATION)
    if proposal is None:
        case.permit(Act.REVOKE, by)
        propose_revocation(walk, case, walk.rng.choice(walk.offices))
        return
    standing.revoke(walk.session, case, proposal, walk.agreed(), WORDS, by=by, at=walk.at)


def expire(walk: Walk, case: Application, by: Actor) -> None:
    live = certificates.live_certificate(walk.session, case)
    if live is not None and by is SYSTEM and walk.rng.random() < 0.6:  # the years go by
        walk.at = max(walk.at, clock.end_of(live.valid_until, walk.programme.time_zone) + timedelta(hours=9))
    today = clock.day_of(walk.at, walk.programme.time_zone)
    if by is SYSTEM and walk.rng.random() < 0.5:
        case.permit(Act.EXPIRE, by)
        standing.expire_due(walk.session, walk.at, walk.programme.time_zone)
        return
    standing.expire(walk.session, case, today, by=by, at=walk.at)


DO: Mapping[Act, Callable[[Walk, Application, Actor], object]] = {
    Act.EDIT: edit,
    Act.SUBMIT: submit,
    Act.RESUBMIT: submit,
    Act.WITHDRAW: lambda walk, case, by: applications.withdraw(case, WORDS, by=by, at=walk.at),
    Act.START_CHECK: lambda walk, case, by: checking.start_check(case, by=by, at=walk.at),
    Act.NOTE: note,
    Act.RETURN: return_to_unit,
    Act.PASS: lambda walk, case, by: checking.pass_on(walk.session, case, WORDS, walk.programme, by=by, at=walk.at),
    Act.ADVISE_AGAINST: lambda walk, case, by: checking.advise_against(walk.session, case, WORDS, by=by, at=walk.at),
    Act.GIVE_OPINION: opinion,
    Act.ASSIGN: assign,
    Act.STEP_DOWN: lambda walk, case, by: reviews.step_down(walk.session, case, WORDS, by=by, at=walk.at),
    Act.SCORE: declare_and_score,
    Act.HAND_IN: hand_in,
    Act.ASK_REOPEN: ask_reopen,
    Act.REOPEN: reopen,
    Act.CLOSE_ROUND: close_round,
    Act.REPORT_ON_SITE: report,
    Act.ARRANGE_VISIT: arrange,
    Act.ANSWER_VISIT: answer_visit,
    Act.END_ON_SITE: end_on_site,
    Act.PROPOSE: propose,
    Act.APPROVE: approve,
    Act.ANNOUNCE: announce,
    Act.OBJECT: object_to,
    Act.TAKE_OBJECTION: take,
    Act.PROPOSE_CLOSING: propose_closing,
    Act.CLOSE_OBJECTION: close_objection,
    Act.ASK_STATEMENT: ask_statement,
    Act.GIVE_STATEMENT: lambda walk, case, by: stating.give_statement(walk.session, case, WORDS, by=by, at=walk.at),
    Act.AWARD: award,
    Act.PROPOSE_CORRECTION: propose_correction,
    Act.CORRECT: correct,
    Act.OPEN_RECHECK: lambda walk, case, by: standing.open_recheck(case, WORDS, by=by, at=walk.at),
    Act.CONCLUDE_RECHECK: lambda walk, case, by: standing.conclude_recheck(
        walk.session, case, walk.agreed(), WORDS, by=by, at=walk.at
    ),
    Act.ORDER_RECTIFYING: lambda walk, case, by: standing.order_rectifying(case, WORDS, by=by, at=walk.at),
    Act.REPORT_RECTIFIED: lambda walk, case, by: standing.report_rectified(case, WORDS, by=by, at=walk.at),
    Act.SUSPEND: lambda walk, case, by: standing.suspend(case, WORDS, by=by, at=walk.at),
    Act.RESUME: lambda walk, case, by: standing.resume(case, WORDS, by=by, at=walk.at),
    Act.PROPOSE_REVOCATION: propose_revocation,
    Act.REVOKE: revoke,
    Act.GIVE_BACK: lambda walk, case, by: standing.give_back(walk.session, case, WORDS, by=by, at=walk.at),
    Act.EXPIRE: expire,
}
