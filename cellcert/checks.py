"""The invariants of the whole city, checked on the live database (``cellcert check``)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, joinedload, selectinload

from cellcert import clock
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application, Step
from cellcert.application.queries import HANDED_IN
from cellcert.assessment.models import Revision
from cellcert.assessment.rules import manifest_hash
from cellcert.audit.models import AuditEvent
from cellcert.audit.queries import chain_faults
from cellcert.certificate.finding import as_read, as_written
from cellcert.certificate.letters.models import AwardLetter
from cellcert.certificate.models import Certificate, SerialCounter
from cellcert.certificate.states import CertificateState
from cellcert.criteria.editions import checklist_of, fingerprint
from cellcert.criteria.library import Library
from cellcert.criteria.marked import CriteriaFaults
from cellcert.criteria.models import Edition
from cellcert.criteria.scorer import score
from cellcert.decision.models import Exhibit, Notice, Objection, Proposal
from cellcert.decision.notice_acts import digest_of
from cellcert.dispatch.supervision.models import SupervisionFile, SupervisionLetter
from cellcert.dispatch.supervision.words import digest_of as letter_digest
from cellcert.dispatch.targets.models import TargetFile, TargetReport
from cellcert.dispatch.targets.rules import plain
from cellcert.evidence.models import Evidence, Redaction
from cellcert.outbox.models import Job, JobState
from cellcert.review.actions import keys_of, second_round
from cellcert.review.clarify_models import ClarificationFile
from cellcert.review.models import Opinion, RoundResult, ScoreSheet
from cellcert.review.recomputing import recompute
from cellcert.review.site.models import Visit, VisitPhoto
from cellcert.review.site.rules import fingerprint as fingerprint_of_visit
from cellcert.storage import Damaged, Store
from cellcert.tally.course import reached_on, told_cases
from cellcert.tally.queries import tally
from cellcert.tally.replay import recount
from cellcert.tally.rules import month_ends

Faults = Iterator[str]


@dataclass(frozen=True, slots=True)
class City:
    """What the checks look at."""

    session: Session
    library: Library
    store: Store
    today: date

    def read(self, sha256: str) -> str | None:
        """Why stored bytes cannot be read, or None."""
        try:
            self.store.get(sha256)
        except Damaged as damage:
            return str(damage)
        return None


def history_gives_state(city: City) -> Faults:
    """I-01, I-02: replaying the steps gives the present state, along rows of the table, one event each."""
    events = dict(
        city.session.execute(
            select(AuditEvent.object, func.count())
            .where(AuditEvent.kind.in_([act.slug for act in Act if act.moves]))
            .group_by(AuditEvent.object)
        ).all()
    )
    steps: dict[int, list[Step]] = {}
    for step in city.session.scalars(select(Step).order_by(Step.id)):
        steps.setdefault(step.application_id, []).append(step)
    for application in city.session.scalars(select(Application)):
        state = State.DRAFT
        for step in steps.get(application.id, []):
            if step.before is not state or step.after not in Act[step.act].value.to:
                yield f"application {application.id}: step {step.id} ({step.act}) does not follow from {state}"
            state = step.after
        if state is not application.state:
            yield f"application {application.id}: its history ends in {state}, it stands in {application.state}"
        recorded = events.get(f"application:{application.id}", 0)
        if recorded != len(steps.get(application.id, [])):
            yield f"application {application.id}: {len(steps.get(application.id, []))} steps, {recorded} events"


def one_live_certificate(city: City) -> Faults:
    """I-03, I-20: at most one live certificate per application, and none without a title."""
    held = {State.AWARDED, State.RECHECK, State.RECTIFYING, State.SUSPENDED, State.EXPIRED}
    live = [CertificateState.RESERVED, CertificateState.ISSUED]
    seen: set[int] = set()
    for row in city.session.scalars(
        select(Certificate).where(Certificate.state.in_(live)).options(joinedload(Certificate.application))
    ):
        if row.application_id in seen:
            yield f"certificate {row.serial}: a second live certificate of application {row.application_id}"
        seen.add(row.application_id)
        if row.application.state not in held:
            yield f"certificate {row.serial}: live, but application {row.application_id} is {row.application.state}"
    for application in city.session.scalars(select(Application).where(Application.state.in_(held - {State.EXPIRED}))):
        if application.id not in seen:
            yield f"application {application.id}: {application.state} without a certificate"


def serials_are_complete(city: City) -> Faults:
    """I-04: each year's numbers run without a gap up to the counter."""
    for counter in city.session.scalars(select(SerialCounter)):
        used = city.session.scalars(
            select(Certificate.ordinal).where(Certificate.year == counter.year).order_by(Certificate.ordinal)
        ).all()
        if list(used) != list(range(1, counter.last + 1)):
            yield f"serials of {counter.year}: {len(used)} rows, the counter stands at {counter.last}"


def certificates_are_stored(city: City) -> Faults:
    """I-05: the stored PDF is the one whose hash the row has."""
    for serial, sha256 in city.session.execute(
        select(Certificate.serial, Certificate.sha256).where(Certificate.sha256.is_not(None))
    ):
        if sha256 and (damage := city.read(sha256)):
            yield f"certificate {serial}: {damage}"


def letters_are_stored(city: City) -> Faults:
    """I-05: of an award letter, the stored PDF, print file and ZIP are those whose hashes the row has."""
    for letter in city.session.scalars(select(AwardLetter).where(AwardLetter.issued_at.is_not(None))):
        files = {"its PDF": letter.sha256, "its print file": letter.print_sha256, "its ZIP": letter.zip_sha256}
        for what, sha256 in files.items():
            if sha256 and (damage := city.read(sha256)):
                yield f"award letter {letter.number}: {what}: {damage}"


def certificates_are_found(city: City) -> Faults:
    """The register finds each by all parts of its name and number, and by the reading in its own row.

    The reading is not asked of a dictionary: a newer one may read a name otherwise, and nothing would be wrong.
    """
    rows = select(Certificate).options(selectinload(Certificate.keys)).order_by(Certificate.id)
    for row in city.session.scalars(rows.execution_options(yield_per=500)):
        wanted = as_written(str(row.fields["unit_name"]), row.serial, str(row.fields["credit_code"]))
        wanted |= as_read(row.pinyin.split())
        if missing := wanted - {one.key for one in row.keys}:
            yield f"certificate {row.serial}: the register does not find it by {len(missing)} of its {len(wanted)} keys"


def revisions_are_frozen(city: City) -> Faults:
    """I-07, I-08: manifest hash and self-assessment recomputed from the frozen answers and edition."""
    steps = city.session.scalars(select(Step).where(Step.act.in_(HANDED_IN)))
    handed_in = {(step.application_id, step.data.get("revision")): step.data.get("manifest") for step in steps}
    rows = city.session.execute(select(Evidence.application_id, Evidence.id, Evidence.sha256))
    files = {(application_id, id): sha256 for application_id, id, sha256 in rows}
    for revision in city.session.scalars(
        select(Revision).options(joinedload(Revision.application).joinedload(Application.edition))
    ):
        name = f"revision {revision.number} of application {revision.application_id}"
        if manifest_hash(revision.answers, revision.evidence, revision.sheet) != revision.manifest_hash:
            yield f"{name}: answers or evidence list changed after submission"
        step = handed_in.get((revision.application_id, revision.number))
        if step is None or step != revision.manifest_hash:
            yield f"{name}: its manifest is not the one its submission recorded"
        for file in revision.evidence:
            if files.get((revision.application_id, file["id"])) != file["sha256"]:
                yield f"{name}: file {file['id']} of its manifest is missing or another one"
        sheet = score(checklist_of(revision.application.edition), revision.answers)
        if sheet.total != revision.total or (sheet.level.key if sheet.level else None) != revision.level:
            yield f"{name}: stored {revision.total}, recomputed {sheet.total}"


def results_recompute(city: City) -> Faults:
    """I-08: each closed round gives the stored total again from the experts' sheets."""
    for result in city.session.scalars(
        select(RoundResult).options(joinedload(RoundResult.application).joinedload(Application.edition))
    ):
        application = result.application
        again = recompute(city.session, result)
        if again is None:
            yield f"round {result.round} of application {application.id}: its revision is missing"
            continue
        sheets, final = again.sheets, again.final
        if final.total != result.total:
            name = f"round {result.round} of application {application.id}"
            yield f"{name}: stored {result.total}, recomputed {final.total}"
        if late := [sheet.id for sheet in sheets if sheet.handed_in_at and sheet.handed_in_at > result.closed_at]:
            yield f"application {application.id}: sheets {late} handed in after the round closed"
        second = second_round(city.session, application, result.round)
        for sheet in sheets:
            before = sheet.blind.get("answers", sheet.answers)
            changed = {key for key in {**sheet.answers, **before} if sheet.answers.get(key) != before.get(key)}
            if changed - set(keys_of(second)):
                yield f"score sheet {sheet.id}: changed in the second round beyond its items"


def editions_are_whole(city: City) -> Faults:
    """I-12: the text of every edition is the one its hash names, can be read, and was approved by a second person."""
    for edition in city.session.scalars(select(Edition).order_by(Edition.id)):
        name = f"edition {edition.id} ({edition.category} {edition.edition})"
        if fingerprint(edition.text) != edition.sha256:
            yield f"{name}: its text is not the one of its hash"
        try:
            checklist = checklist_of(edition)
        except CriteriaFaults as faults:
            yield f"{name}: cannot be read: {faults.faults[0]}"
        else:
            if (checklist.category, checklist.edition) != (edition.category, edition.edition):
                yield f"{name}: its text is {checklist.category} {checklist.edition}"
        if edition.approved_by is not None and edition.approved_by == edition.proposed_by:
            yield f"{name}: approved by its proposer"
    known = set(city.session.scalars(select(Edition.id)))
    for id, edition_id in city.session.execute(select(Application.id, Application.edition_id)):
        if edition_id not in known:
            yield f"application {id}: its edition {edition_id} is missing"


def nobody_judges_own_case(city: City) -> Faults:
    """I-11, I-12: no sheet of somebody who had declared a conflict; no proposal settled by its proposer.

    Who hands in and steps down afterwards leaves a sheet behind that the close of the round does not count.
    """
    for sheet in city.session.scalars(select(ScoreSheet).options(joinedload(ScoreSheet.application))):
        declared = [c.at for c in sheet.application.conflicts if c.person_id == sheet.person_id]
        if sheet.handed_in_at and any(at <= sheet.handed_in_at for at in declared):
            yield f"score sheet {sheet.id}: by person {sheet.person_id}, who declared a conflict"
    both = select(ScoreSheet.id, ScoreSheet.person_id).join(
        Opinion, (Opinion.application_id == ScoreSheet.application_id) & (Opinion.by == ScoreSheet.person_id)
    )
    for sheet_id, person_id in city.session.execute(both.where(ScoreSheet.handed_in_at.is_not(None)).distinct()):
        yield f"score sheet {sheet_id}: by person {person_id}, who gave an opinion on the case"
    for proposal in city.session.scalars(select(Proposal).where(Proposal.settled_by == Proposal.proposed_by)):
        yield f"proposal {proposal.id}: settled by its proposer"


def awards_follow_notices(city: City) -> Faults:
    """I-13, I-25: the notice ran its full working days and no objection was open when the title was given."""
    calendar = city.library.calendar
    zone = city.library.programme.time_zone
    notices = {notice.application_id: notice for notice in city.session.scalars(select(Notice).order_by(Notice.id))}
    for notice in notices.values():
        if notice.calendar_version == calendar.version and notice.ends_on != calendar.add_working_days(
            notice.published_on, notice.working_days
        ):
            yield f"notice {notice.id}: ends on {notice.ends_on}, the calendar says otherwise"
    objections = list(city.session.scalars(select(Objection)))
    for step in city.session.scalars(select(Step).where(Step.act == Act.AWARD.name)):
        given = notices.get(step.application_id)
        if given is None or clock.day_of(step.at, zone) <= given.ends_on:
            yield f"application {step.application_id}: awarded before its notice was over"
        for objection in objections:
            was_open = objection.received_at <= step.at and (
                objection.closed_at is None or objection.closed_at > step.at
            )
            if objection.application_id == step.application_id and was_open:
                yield f"application {step.application_id}: awarded with objection {objection.receipt} open"


def notices_are_kept(city: City) -> Faults:
    """I-25: a notice shows what was published, by its own hash and the one in the trail; its letter is there."""
    published = {
        step.data.get("digest") for step in city.session.scalars(select(Step).where(Step.after == State.NOTICE))
    }
    for notice in city.session.scalars(select(Notice)):
        if digest_of(notice.shown) != notice.digest or ("letter" in notice.shown and notice.digest not in published):
            yield f"notice {notice.id}: its text was changed after it was published"
    stored = select(Notice.pdf).union(select(Objection.letter), select(Exhibit.sha256))
    for sha256 in city.session.scalars(stored):
        if sha256 and (damage := city.read(sha256)):
            yield f"letter or exhibit {damage}"


def visit_records_are_kept(city: City) -> Faults:
    """I-18: a closed record of a visit is the one whose hash it has and the trail recorded; its photos are there."""
    closing = select(AuditEvent).where(AuditEvent.kind == "close-on-site-record")
    recorded = {(event.object, event.data.get("sha256")) for event in city.session.scalars(closing)}
    for visit in city.session.scalars(select(Visit).where(Visit.closed_at.is_not(None))):
        name = f"visit {visit.id} of application {visit.application_id}"
        if fingerprint_of_visit(visit.record) != visit.record_hash:
            yield f"{name}: its record was changed after it was closed"
        elif (f"application:{visit.application_id}", visit.record_hash) not in recorded:
            yield f"{name}: its record is not the one its closing recorded"
    stored = select(VisitPhoto.sha256).union(select(VisitPhoto.thumb), select(Visit.scan))
    for sha256 in city.session.scalars(stored):
        if sha256 and (damage := city.read(sha256)):
            yield f"photo or signed record {damage}"


def counts_agree(city: City) -> Faults:
    """I-16: every figure of the tally, of today and of past days, is what replaying the history gives."""
    programme = city.library.programme
    told = told_cases(city.session)
    begins = min((case.moves[0][0] for case in told if case.moves), default=None)
    past = month_ends(clock.day_of(begins, programme.time_zone), city.today) if begins else [city.today]
    curve = {point.day: point.count for point in reached_on(city.session, past, programme.time_zone)}
    for day in past:
        until = clock.end_of(day, programme.time_zone)
        again = recount(told, day, until)
        shown = tally(city.session, programme, day, None if day == city.today else until)
        yield from (f"tally of {day}: {fault}" for fault in again.differs_from(shown))
        if curve[day] != len(again.units):
            yield f"curve of the tally at {day}: shows {curve[day]}, the history gives {len(again.units)}"


def targets_are_as_reported(city: City) -> Faults:
    """D-2: each value of a plan target is the one its report recorded, and was confirmed as such by another person."""
    kinds = ("report-target", "confirm-target")
    told: dict[tuple[str, str], AuditEvent] = {
        (event.kind, event.object): event
        for event in city.session.scalars(select(AuditEvent).where(AuditEvent.kind.in_(kinds)))
    }
    for row in city.session.scalars(select(TargetReport)):
        name, said = f"report {row.id} of target {row.target}", plain(row.value)
        reported = told.get(("report-target", f"target-report:{row.id}"))
        if reported is None or (reported.data["value"], reported.data["period"]) != (said, row.period):
            yield f"{name}: {said} for {row.period} is not what was reported"
        settled = told.get(("confirm-target", f"target-report:{row.id}"))
        if row.outcome == "confirmed" and (settled is None or settled.data["value"] != said):
            yield f"{name}: stands as confirmed, which the trail does not know"
        if row.settled_by is not None and row.settled_by == row.reported_by:
            yield f"{name}: settled by who reported it"
    for sha256 in city.session.scalars(select(TargetFile.sha256).distinct()):
        if damage := city.read(sha256):
            yield f"file of a target {damage}"


def supervision_is_in_order(city: City) -> Faults:
    """Each letter that went out says what was approved, by another person, one step above the last; it is kept."""
    approvals = select(AuditEvent.data).where(AuditEvent.kind == "approve-supervision")
    digests = {data.get("letter"): data.get("digest") for data in city.session.scalars(approvals)}
    reached: dict[int, int] = {}
    for letter in city.session.scalars(
        select(SupervisionLetter).where(SupervisionLetter.approved).order_by(SupervisionLetter.id)
    ):
        name = f"supervision letter {letter.number}"
        if digests.get(letter.id) != letter_digest(letter.said, letter.number, letter.dated):
            yield f"{name}: its words were changed after it was approved"
        if letter.settled_by == letter.proposed_by:
            yield f"{name}: approved by its proposer"
        if letter.step != reached.get(letter.case_id, -1) + 1:
            yield f"{name}: step {letter.step} after step {reached.get(letter.case_id, -1)}"
        reached[letter.case_id] = letter.step
        if letter.sent_at is not None and letter.sha256 is None:
            yield f"{name}: sent without its paper"
    for sha256 in city.session.scalars(select(SupervisionLetter.sha256).union(select(SupervisionFile.sha256))):
        if sha256 and (damage := city.read(sha256)):
            yield f"supervision letter or report {damage}"


def evidence_is_stored(city: City) -> Faults:
    """I-18: every file of every application is there, byte for byte."""
    stored = select(Evidence.sha256).union(
        select(Evidence.thumb), select(Redaction.sha256), select(Redaction.thumb), select(ClarificationFile.sha256)
    )
    for sha256 in city.session.scalars(stored):
        if sha256 and (damage := city.read(sha256)):
            yield f"evidence {damage}"


def chain_is_whole(city: City) -> Faults:
    """I-19: no audit event was changed, removed or added between."""
    yield from chain_faults(city.session)


def work_is_not_late(city: City) -> Faults:
    """I-24: no work lies dead."""
    for key in city.session.scalars(select(Job.key).where(Job.state == JobState.DEAD)):
        yield f"job {key}: given up after the last try"


def database_is_sound(city: City) -> Faults:
    """I-26: foreign keys and pages, as the database itself sees them."""
    if city.session.get_bind().dialect.name != "sqlite":
        return
    if (answer := city.session.scalar(text("PRAGMA integrity_check"))) != "ok":
        yield f"integrity_check: {answer}"
    for row in city.session.execute(text("PRAGMA foreign_key_check")):
        yield f"foreign key: {tuple(row)}"


CHECKS: Mapping[str, Callable[[City], Faults]] = {
    check.__name__: check
    for check in (
        history_gives_state, one_live_certificate, serials_are_complete, certificates_are_stored, letters_are_stored,
        certificates_are_found, revisions_are_frozen, results_recompute, editions_are_whole, nobody_judges_own_case,
        awards_follow_notices, notices_are_kept, visit_records_are_kept, targets_are_as_reported,
        supervision_is_in_order, counts_agree,
        evidence_is_stored, chain_is_whole, work_is_not_late, database_is_sound,
    )
}  # fmt: skip


def check_all(city: City) -> dict[str, list[str]]:
    """Every check with the faults it found."""
    return {name: list(check(city)) for name, check in CHECKS.items()}
