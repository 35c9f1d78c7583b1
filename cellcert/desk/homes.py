"""What each role's home page is made of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.actors import Actor, Role
from cellcert.application.lifecycle import State
from cellcert.application.queries import my_applications
from cellcert.assessment.asking import waiting_for_head
from cellcert.audit.models import AuditHead
from cellcert.certificate.letters.queries import letters_to_sign
from cellcert.criteria.library import Library
from cellcert.criteria.waits import Wait, wait, working_days_since
from cellcert.decision.queries import on_notice, open_objection_lines, to_award, to_decide
from cellcert.desk import queries, rules
from cellcert.desk.queries import InState, Line
from cellcert.edition.history import drafts_waiting
from cellcert.people.queries import acting_for
from cellcert.review.my_cases import my_cases
from cellcert.review.queries import AdviceLine, open_rounds, reopenings_to_approve, to_advise, to_check, visited
from cellcert.review.seat_care import late_seats
from cellcert.review.site.queries import appointments
from cellcert.standing.declared_queries import owed
from cellcert.tally.queries import tally


@dataclass(frozen=True, slots=True)
class Days:
    """Working days of the city, seen from one moment."""

    library: Library
    at: datetime

    @property
    def today(self) -> date:
        return self.day(self.at)

    def day(self, moment: datetime) -> date:
        return clock.day_of(moment, self.library.programme.time_zone)

    def since(self, moment: datetime) -> int:
        """Working days since a moment."""
        return working_days_since(self.library.calendar, self.day(moment), self.today)

    def first_check(self, moment: datetime) -> Wait:
        """How long a submission has waited, and by when its first check is due."""
        limit = self.library.programme.first_check.working_days
        return wait(self.library.calendar, self.day(moment), limit, self.today)

    def advice(self, line: AdviceLine) -> tuple[int, Wait | None]:
        """How long an opinion was waited for; while the first check goes on, by when that is due."""
        is_checked = line.state is not State.PRELIMINARY
        return self.since(line.since), None if is_checked else self.first_check(line.submitted_at or line.since)


def rectify_until(library: Library, since: datetime) -> date:
    """The last day to put right what was ordered at a moment."""
    return clock.day_of(since, library.programme.time_zone) + timedelta(days=library.programme.rectify.days)


def applicant(session: Session, library: Library, me: Actor, at: datetime) -> dict[str, Any]:
    """The unit's applications, certificates and colleagues."""
    unit_id, today = me.unit_id or 0, Days(library, at).today
    lines = my_applications(session, unit_id)
    return {
        "running": [line for line in lines if line.state not in rules.ENDED],
        "ended": [line for line in lines if line.state in rules.ENDED],
        "certificates": queries.certificates_of(session, today, unit_id=unit_id),
        "colleagues": [person.name for person, _ in acting_for(session, unit_id)],
        "batch": library.programme.batch_on(today),
        "appointments": appointments(session, me),
        "stages": rules.stages,
        "waiting": rules.WAITING,
        "to_confirm": waiting_for_head(session, me.person_id, unit_id),
        "owed": owed(session, library.programme, today, unit_id),
        "rectify_until": partial(rectify_until, library),
    }


def reviewer(session: Session, library: Library, me: Actor, at: datetime) -> dict[str, Any]:
    """What waits for a division or a department, what waits for the units, and how far its share is."""
    days, figures = Days(library, at), tally(session, library.programme, Days(library, at).today)
    is_district = me.role is Role.DISTRICT
    checks = to_check(session, me.division or "") if is_district else []
    advice = [] if is_district else to_advise(session, me.department or "")
    led = {category.key for category in library.programme.categories if category.lead == me.department}
    named = {line.application_id for line in checks} | {line.application_id for line in advice}
    readable = queries.readable_ids(session, me, named)
    elsewhere = _by_state(queries.in_states(session, me, {State.RETURNED, State.ON_SITE}))
    on_site = elsewhere.get(State.ON_SITE, []) if is_district else []
    visits = appointments(session, me, [line.id for line in elsewhere.get(State.ON_SITE, [])])
    return {
        "checks": [
            (line, days.first_check(line.submitted_at or line.since))
            for line in checks
            if line.application_id in readable
        ],
        "advice": [(line, days.advice(line)) for line in advice if line.application_id in readable],
        "returned": elsewhere.get(State.RETURNED, []),
        "on_site": on_site,
        "appointments": visits if is_district else [one for one in visits if one.is_mine],
        "visited": visited(session, [line.id for line in on_site]),
        "shares": [line for line in figures.divisions if line.key == me.division]
        if is_district
        else [line for line in figures.categories if line.key in led],
    }


def expert(session: Session, library: Library, me: Actor, at: datetime) -> dict[str, Any]:
    """The expert's cases by due date; visits are asked for only where a case is on site."""
    may_read, by_number = queries.readable_by(me), library.programme.review.blind_unit
    lines = my_cases(session, me.person_id or 0, may_read, by_number=by_number)
    on_site = {line.application_id for line in lines if line.state is State.ON_SITE}
    visits = appointments(session, me, on_site) if on_site else []
    to_score = [line for line in lines if line.handed_in_at is None and line.state is not State.ON_SITE]
    late = {line.application_id for line in to_score if line.due_at < at}
    return {
        "lines": [(line, line.application_id in late) for line in lines],
        "to_score": to_score,
        "appointments": [one for one in visits if one.is_mine],
    }


def office(session: Session, library: Library, me: Actor, at: datetime) -> dict[str, Any]:
    """The pipeline, and everything the office has to move on."""
    days = Days(library, at)
    found = _by_state(queries.in_states(session, me, {State.SUBMITTED, State.PRELIMINARY, State.ON_SITE}))
    checks = [*found.get(State.SUBMITTED, []), *found.get(State.PRELIMINARY, [])]
    on_site = found.get(State.ON_SITE, [])
    waits = [(line, days.first_check(line.submitted_at or line.since)) for line in checks]
    return {
        "pipeline": [(line, _age(line, days)) for line in queries.pipeline(session, me)],
        "late_checks": [(line, wait) for line, wait in waits if wait.late],
        "rounds": open_rounds(session),
        "late_seats": late_seats(session, at),
        "on_site": on_site,
        "appointments": appointments(session, me, [line.id for line in on_site]),
        "visited": visited(session, [line.id for line in on_site]),
        "decisions": to_decide(session),
        "notices": on_notice(session),
        "objections": open_objection_lines(session),
        "drafts": drafts_waiting(session),
        "least": library.programme.review.experts,
        "tally": tally(session, library.programme, days.today),
    }


def approver(session: Session, library: Library, me: Actor, at: datetime) -> dict[str, Any]:
    """What waits for another person's approval."""
    today = Days(library, at).today
    found = _by_state(queries.in_states(session, me, {State.RECHECK, State.SUSPENDED}))
    return {
        "proposals": queries.proposals_waiting(session),
        "drafts": drafts_waiting(session),
        "letters": letters_to_sign(session),
        "awards": to_award(session, today),
        "reopenings": reopenings_to_approve(session),
        "rechecks": [*found.get(State.RECHECK, []), *found.get(State.SUSPENDED, [])],
        "notices": on_notice(session),
        "tally": tally(session, library.programme, today),
    }


def auditor(session: Session, library: Library, me: Actor, at: datetime) -> dict[str, Any]:
    """Where the cases stand, and the end of the chain."""
    days = Days(library, at)
    return {
        "pipeline": [(line, _age(line, days)) for line in queries.pipeline(session, me)],
        "head": session.get(AuditHead, 1),
    }


def _age(line: InState, days: Days) -> int | None:
    return days.since(line.oldest) if line.oldest else None


def _by_state(lines: Iterable[Line]) -> Mapping[State, list[Line]]:
    found: dict[State, list[Line]] = {}
    for line in lines:
        found.setdefault(line.state, []).append(line)
    return found
