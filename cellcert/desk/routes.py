"""Home pages by role, one case, the audit trail."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from cellcert import clock, web
from cellcert.actors import Actor, Role
from cellcert.application.lifecycle import Act, Relation, State, acts_open_to, is_open
from cellcert.application.models import Application
from cellcert.audit.models import AuditEvent, AuditHead
from cellcert.audit.queries import chain_faults, latest
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.library import Library
from cellcert.database import db
from cellcert.decision.appealing import last_day, was_used
from cellcert.decision.objecting import open_statement
from cellcert.decision.rules import notice_is_over
from cellcert.desk import homes, queries, rules
from cellcert.desk.queries import Case
from cellcert.review.actions import my_sheet
from cellcert.review.clarify_routes import beside
from cellcert.review.queries import SeatLine, round_progress
from cellcert.standing.declared_queries import duties_of

bp = Blueprint("desk", __name__)
MOST_CHECKED = 20_000  # events checked for a page: half a second; `cellcert audit verify` checks all

# where an act has its page; what has none of its own is done on the page of another act and not offered by itself
PLACES: Mapping[Act, str] = {
    Act.EDIT: "assessment.edit",
    Act.SUBMIT: "assessment.submit",
    Act.RESUBMIT: "assessment.submit",
    Act.START_CHECK: "review.start_check",
    Act.NOTE: "review.check",
    Act.PASS: "review.pass_on",
    Act.RETURN: "review.return_to_unit",
    Act.ADVISE_AGAINST: "review.advise_against",
    Act.GIVE_OPINION: "review.opinion",
    Act.REDACT: "review.redactions",
    Act.ASSIGN: "review.assign",
    Act.SCORE: "review.score",
    Act.HAND_IN: "review.hand_in",
    Act.STEP_DOWN: "review.step_down",
    Act.CLOSE_ROUND: "review.close_round",
    Act.REPORT_ON_SITE: "review.on_site",
    Act.ARRANGE_VISIT: "review.on_site",
    Act.ANSWER_VISIT: "review.appointment",
    Act.ANSWER_UNIT: "review.questions",
    Act.END_ON_SITE: "review.end_on_site",
    Act.PROPOSE: "decision.propose",
    Act.APPROVE: "decision.approve",
    Act.OBJECT: "decision.object_to",
    Act.TAKE_OBJECTION: "decision.objections",
    Act.PROPOSE_CLOSING: "decision.propose_closing",
    Act.CLOSE_OBJECTION: "decision.close_objections",
    Act.ASK_STATEMENT: "decision.ask_statement",
    Act.GIVE_STATEMENT: "decision.give_statement",
    Act.AWARD: "certificate.award",
    Act.PROPOSE_CORRECTION: "certificate.propose_correction",
    Act.CORRECT: "certificate.correct",
    Act.OPEN_RECHECK: "standing.open_recheck",
    Act.CONCLUDE_RECHECK: "standing.conclude_recheck",
    Act.ORDER_RECTIFYING: "standing.order_rectifying",
    Act.REPORT_RECTIFIED: "standing.report_rectified",
    Act.SUSPEND: "standing.suspend",
    Act.RESUME: "standing.resume",
    Act.PROPOSE_REVOCATION: "standing.propose_revocation",
    Act.REVOKE: "standing.revoke",
    Act.WITHDRAW: "application.withdraw",
    Act.DISCARD: "application.discard",
    Act.DECLARE: "standing.declare",
    Act.GIVE_BACK: "standing.give_back",
}
EVENTS = 50


def _today() -> date:
    return clock.day_of(clock.now(), web.zone())


# the home pages

HOMES: Mapping[Role, tuple[str, Callable[[Session, Library, Actor, datetime], dict[str, Any]]]] = {
    Role.APPLICANT: ("desk/applicant.html", homes.applicant),
    Role.DISTRICT: ("desk/reviewer.html", homes.reviewer),
    Role.DEPARTMENT: ("desk/reviewer.html", homes.reviewer),
    Role.EXPERT: ("desk/expert.html", homes.expert),
    Role.OFFICE: ("desk/office.html", homes.office),
    Role.APPROVER: ("desk/approver.html", homes.approver),
    Role.AUDITOR: ("desk/auditor.html", homes.auditor),
}


@bp.get("/desk")
@web.only()
def home() -> ResponseReturnValue:
    """What waits for the person who came in."""
    me, at = web.me(), clock.now()
    if me.role not in HOMES:
        return redirect(url_for("people.accounts"))
    template, found = HOMES[me.role]
    values = found(db.session(), web.house().library, me, at)
    return render_template(template, at=at, today=_today(), last_day=web.last_day, **values)


# one case


@bp.get("/applications/<int:application_id>")
def case(application_id: int) -> ResponseReturnValue:
    """One application for everybody who may read it: where it stands, what to do, what happened."""
    application = web.load(application_id, Act.READ)
    session, me, programme, today = db.session(), web.me(), web.house().library.programme, _today()
    relation, state = application.relation_to(me), application.state
    found = queries.case_of(session, application)
    seats = round_progress(session, application) if is_open(Act.READ_EXPERTS, relation, state) else []
    sheet = my_sheet(session, application, me) if relation is Relation.EXPERT else None
    own_is_in = sheet is not None and sheet.handed_in_at is not None
    appeal_until = last_day(application, programme, web.house().library.calendar)
    may_appeal = today <= appeal_until and not was_used(application, found.objections)
    facts = _facts(application, found, seats, today, handed_in=own_is_in, may_appeal=may_appeal)
    duties = duties_of(session, application, programme, today) if is_open(Act.VERIFY, relation, state) else []
    is_open_now = set(acts_open_to(relation, state))
    offered = [act for act in PLACES if act in is_open_now and rules.worth_offering(act, facts)]
    if not any(duty.is_open for duty in duties):
        offered = [act for act in offered if act is not Act.DECLARE]
    if Act.REPORT_ON_SITE in offered:  # both stand on one page
        offered = [act for act in offered if act is not Act.ARRANGE_VISIT]
    first = rules.primary(offered)
    levels = {level.key: level.name for level in checklist_of(application.edition).levels}
    return render_template(
        "desk/case.html",
        application=application,
        category=programme.category(application.category),
        division=programme.division(application.division),
        lead=programme.department(application.lead),
        batch=programme.batch(application.batch),
        case=found,
        may={act.name for act in Act if act.id.startswith("A") and is_open(act, relation, state)},
        acts=offered,
        own=relation is Relation.OWN,
        is_expert=relation is Relation.EXPERT,
        primary=first,
        others=[act for act in offered if act is not first],
        place=lambda act: url_for(PLACES[act], application_id=application.id),
        is_posted=is_posted,
        seats=seats,
        certificates=queries.certificates_of(session, today, application_id=application.id),
        levels=levels,
        moves=_moves(found, relation, state),
        standing=rules.WAITING[state],
        notice_over=facts.notice_over,
        duties=duties,
        rectify_until=homes.rectify_until(web.house().library, application.state_since),
        appeal_until=appeal_until if facts.may_object and state is State.REJECTED else None,
        last_day=web.last_day,
    )


def _facts(
    application: Application, found: Case, seats: list[SeatLine], today: date, *, handed_in: bool, may_appeal: bool
) -> rules.Facts:
    sitting = [seat for seat in seats if seat.is_open]
    least = web.house().library.programme.review.experts
    opinions = [opinion for opinion, _ in found.opinions if opinion.revision == application.revision]
    over = found.notice is not None and notice_is_over(found.notice.ends_on, today)
    asked = open_statement(db.session(), application) if application.state is State.OBJECTION else None
    to_ask = any(one.taken_at and not one.closed_at and not one.appeal for one in found.objections)
    return rules.Facts(
        waiting={proposal.matter for proposal in found.proposals if proposal.settled_at is None},
        told_later=any(proposal.settled_at for proposal in found.proposals),
        untaken=sum(objection.closed_at is None and objection.taken_at is None for objection in found.objections),
        may_ask=to_ask and asked is None,
        is_asked=asked is not None,
        is_questioned=beside(application).due,
        notice_over=over,
        may_object=may_appeal if application.state is State.REJECTED else not over,
        round_ready=len(sitting) >= least and all(seat.handed_in_at for seat in sitting),
        handed_in=handed_in,
        hides_unit=web.house().library.programme.review.blind_unit,
        department_spoke=any(opinion.side == "department" for opinion in opinions),
    )


def _moves(found: Case, relation: Relation, state: State) -> list[dict[str, object]]:
    """The timeline as far as this reader may know it, newest first."""
    return [
        {
            "what": rules.what_was_done(step.act, relation, state),
            "act": step.act,
            "before": step.before,
            "after": step.after,
            "when": step.at,
            "role": step.role.label,
            "who": step.actor if rules.may_know_who(step.role, relation, state) else "",
            "why": step.reason if rules.may_read_reason(step.act, relation, state) else "",
        }
        for step in found.steps
    ]


def is_posted(act: Act) -> bool:
    """Whether the act's place is a button that posts and not a page to open."""
    return all("GET" not in (rule.methods or ()) for rule in current_app.url_map.iter_rules(PLACES[act]))


# the trail


@bp.get("/audit")
@web.only(Role.AUDITOR)
def trail() -> ResponseReturnValue:
    """The newest events of the whole house, and whether their chain is whole."""
    return _trail_page(request.args.get("object", "").strip()[:100])


@bp.get("/applications/<int:application_id>/trail")
def case_trail(application_id: int) -> ResponseReturnValue:
    """The events of one application."""
    return _trail_page(f"application:{application_id}", web.load(application_id, Act.READ_TRAIL))


def _trail_page(about: str, application: Application | None = None) -> ResponseReturnValue:
    session, before = db.session(), web.number("before")
    events = latest(session, EVENTS + 1, object=about, before=before)
    shown, older = events[:EVENTS], events[EVENTS - 1].seq if len(events) > EVENTS else None
    states = queries.states_of(session, {number for event in shown if (number := _number(event)) is not None})
    checked = request.args.get("check") == "chain"
    here: dict[str, Any] = {"application_id": application.id} if application else {"object": about} if about else {}
    return render_template(
        "desk/trail.html",
        events=[_event(event, states) for event in shown],
        about=about,
        application=application,
        newest=url_for(request.endpoint or "", **here) if before else None,
        older=url_for(request.endpoint or "", before=older, **here) if older else None,
        check=url_for(request.endpoint or "", check="chain", **here),
        head=session.get(AuditHead, 1),
        checked=checked,
        faults=chain_faults(session, MOST_CHECKED) if checked else [],
        most=MOST_CHECKED,
        point=queries.checkpoint(session),
    )


def _number(event: AuditEvent) -> int | None:
    kind, _, number = event.object.partition(":")
    return int(number) if kind == "application" and number.isdigit() else None


def _event(event: AuditEvent, states: Mapping[int, State]) -> dict[str, object]:
    """One event as far as this reader may know it: points and the experts' names wait for their time (D-10)."""
    number, relation = _number(event), queries.RELATIONS[web.me().role]
    state = states.get(number) if number is not None else None
    name = event.kind.upper().replace("-", "_")
    may_read = number is None or (state is not None and rules.may_read_reason(name, relation, state))
    return {
        "seq": event.seq,
        "at": event.at,
        "what": Act[name].label if name in Act.__members__ else rules.KINDS.get(event.kind, event.kind),
        "object": f"{event.object} {event.data.get('application_id', '')}".strip(),
        "application_id": number if state and is_open(Act.READ, relation, state) else None,
        "who": event.actor if state is None or rules.may_know_who(Role(event.role), relation, state) else "",
        "role": Role(event.role).label,
        "before": _state(event.data.get("before")),
        "after": _state(event.data.get("after")),
        "why": event.data.get("reason", "") if may_read else "",
    }


def _state(value: object) -> State | None:
    return State(value) if isinstance(value, str) and value in set(State) else None
