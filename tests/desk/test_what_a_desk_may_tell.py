"""The rules of the desks, without a database."""

from datetime import date
from pathlib import Path

import pytest

from cellcert.actors import Role
from cellcert.application.lifecycle import Act, Relation, State
from cellcert.criteria.calendar import Calendar
from cellcert.criteria.waits import wait, working_days_since
from cellcert.decision.matters import Matter
from cellcert.desk import rules
from cellcert.desk.rules import Facts, worth_offering

CALENDAR = Calendar.read(Path("criteria/calendar"))


def test_the_unit_learns_the_reason_of_a_return_but_not_what_the_first_check_advised() -> None:
    assert rules.may_read_reason("RETURN", Relation.OWN, State.RETURNED)
    assert not rules.may_read_reason("ADVISE_AGAINST", Relation.OWN, State.DECISION)
    assert not rules.may_read_reason("PASS", Relation.OWN, State.REVIEW)
    assert rules.may_read_reason("ADVISE_AGAINST", Relation.OFFICE, State.DECISION)


def test_an_expert_reads_no_reason_of_the_first_check() -> None:
    assert not rules.may_read_reason("RETURN", Relation.EXPERT, State.REVIEW)
    assert not rules.may_read_reason("PASS", Relation.EXPERT, State.REVIEW)


@pytest.mark.parametrize("kind", ["PROPOSE_DECISION", "DECLINE_DECISION", "PROPOSE_REVOCATION", "DECLINE_OBJECTION"])
def test_reasons_of_proposals_are_for_the_two_who_decide(kind: str) -> None:
    assert rules.may_read_reason(kind, Relation.OFFICE, State.DECISION)
    assert not rules.may_read_reason(kind, Relation.AUDITOR, State.DECISION)
    assert not rules.may_read_reason(kind, Relation.OWN, State.DECISION)


def test_everybody_who_reads_the_case_reads_why_it_was_rejected_or_withdrawn() -> None:
    assert rules.may_read_reason("APPROVE", Relation.OWN, State.REJECTED)
    assert rules.may_read_reason("WITHDRAW", Relation.DISTRICT, State.WITHDRAWN)


def test_the_unit_knows_reviewers_and_experts_by_role_only() -> None:
    for role in set(Role) - {Role.APPLICANT}:
        assert not rules.may_know_who(role, Relation.OWN, State.AWARDED)
    assert rules.may_know_who(Role.APPLICANT, Relation.OWN, State.AWARDED)


def test_experts_are_named_to_those_who_may_read_who_sits_and_only_then() -> None:
    assert rules.may_know_who(Role.EXPERT, Relation.OFFICE, State.REVIEW)
    assert not rules.may_know_who(Role.EXPERT, Relation.AUDITOR, State.REVIEW)
    assert rules.may_know_who(Role.EXPERT, Relation.AUDITOR, State.AWARDED)
    assert not rules.may_know_who(Role.EXPERT, Relation.DISTRICT, State.AWARDED)


def test_the_unit_learns_that_the_first_check_ended_and_no_more() -> None:
    assert rules.what_was_done("ADVISE_AGAINST", Relation.OWN, State.DECISION) == "初审结束"
    assert rules.what_was_done("PASS", Relation.OWN, State.REVIEW) == "初审结束"
    assert rules.what_was_done("ADVISE_AGAINST", Relation.OFFICE, State.DECISION) == Act.ADVISE_AGAINST.label


def test_an_approver_is_offered_the_decision_only_when_one_is_proposed() -> None:
    assert not worth_offering(Act.APPROVE, Facts())
    assert worth_offering(Act.APPROVE, Facts(waiting={Matter.DECISION}))
    assert not worth_offering(Act.PROPOSE, Facts(waiting={Matter.DECISION}))
    assert worth_offering(Act.PROPOSE, Facts(waiting={Matter.REVOCATION}))


def test_an_award_is_offered_only_after_the_notice_and_without_untaken_objections() -> None:
    assert not worth_offering(Act.AWARD, Facts())
    assert worth_offering(Act.AWARD, Facts(notice_over=True))
    assert not worth_offering(Act.AWARD, Facts(notice_over=True, untaken=1))


def test_the_round_is_offered_for_closing_before_experts_for_assigning() -> None:
    assert not worth_offering(Act.CLOSE_ROUND, Facts())
    assert worth_offering(Act.CLOSE_ROUND, Facts(round_ready=True))
    assert rules.primary([Act.ASSIGN, Act.CLOSE_ROUND]) is Act.CLOSE_ROUND


def test_what_cannot_be_undone_is_never_the_primary_action() -> None:
    for act in (Act.WITHDRAW, Act.DISCARD, Act.GIVE_BACK, Act.SUSPEND, Act.RETURN, Act.ADVISE_AGAINST):
        assert rules.primary([act]) is None


def test_the_way_shows_what_is_done_where_it_stands_and_what_is_to_come() -> None:
    stages = rules.stages(State.REVIEW)

    assert [stage.state and stage.state[0] for stage in stages] == ["已完成", "已完成", "进行中", None, None, None]
    assert [stage.is_now for stage in stages].index(True) == 2
    assert rules.stages(State.WITHDRAWN) == []


@pytest.mark.parametrize("state", sorted(set(State) - rules.ENDED))
def test_every_running_state_has_its_place_on_the_way(state: State) -> None:
    assert sum(stage.is_now for stage in rules.stages(state)) == 1
    assert state in rules.WAITING


def test_a_wait_counts_working_days_and_is_late_the_day_after_its_last() -> None:
    friday = date(2026, 11, 13)

    assert working_days_since(CALENDAR, friday, date(2026, 11, 16)) == 1
    assert working_days_since(CALENDAR, friday, friday) == 0
    on_the_last_day = wait(CALENDAR, friday, 5, date(2026, 11, 20))
    assert (on_the_last_day.due, on_the_last_day.late) == (date(2026, 11, 20), False)
    assert wait(CALENDAR, friday, 5, date(2026, 11, 21)).late
