"""What each person finds on coming in."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.actors import Actor, Role
from cellcert.application.lifecycle import State
from cellcert.application.models import Application, Conflict
from cellcert.criteria.library import Library
from cellcert.database import db
from cellcert.desk import homes
from cellcert.people.models import Post
from tests.desk.conftest import Counted, Whole
from tests.desk.test_who_sees_which_cases import add_cases


def home(whole: Whole, login: str) -> str:
    answer = whole.enter(login).get("/desk")
    assert answer.status_code == 200
    return answer.text


def test_nobody_has_a_desk_without_signing_in(whole: Whole) -> None:
    assert whole.app.test_client().get("/desk").status_code == 302


def test_the_administrator_goes_on_to_the_accounts(whole: Whole) -> None:
    assert whole.enter("admin").get("/desk").location == "/accounts"


def test_a_returned_unit_is_told_what_to_do_and_by_which_day(whole: Whole) -> None:
    with whole.app.app_context():
        due = db.session.get_one(Application, whole.ids[State.RETURNED]).due_at
        assert due is not None
        last = clock.day_of(due - timedelta(seconds=1), "Asia/Shanghai")
    page = whole.clerk(State.RETURNED).get("/desk").text

    assert "有 1 件申报需要您现在办理。" in page
    assert f'datetime="{last.isoformat()}"' in page
    assert page.count("btn-primary") == 1
    assert f'btn-primary" href="/applications/{whole.ids[State.RETURNED]}/assessment"' in page


def test_a_unit_that_waits_has_nothing_to_press(whole: Whole) -> None:
    page = whole.clerk(State.PRELIMINARY).get("/desk").text

    assert "属地正在初审。" in page
    assert "btn-primary" not in page


def test_a_unit_finds_its_certificate_and_colleagues(whole: Whole) -> None:
    page = whole.clerk(State.AWARDED).get("/desk").text

    assert re.search(r'href="/register/[A-Z0-9-]+"', page)
    assert "本单位人员" in page


@pytest.mark.parametrize("state", [State.SUBMITTED, State.PRELIMINARY])
def test_a_district_finds_what_waits_for_its_check_with_age_and_due_day(whole: Whole, state: State) -> None:
    with whole.app.app_context():
        one = db.session.get_one(Application, whole.ids[state])
        login, name = f"district-{one.division}", one.unit.name
    page = home(whole, login)
    row = page.partition("待初审")[2].partition(name)[0][-400:] + page.partition(name)[2][:600]

    assert "个工作日" in row
    assert ("开始初审" if state is State.SUBMITTED else "继续初审") in row


def test_a_case_one_must_stay_away_from_is_in_no_queue(inside: None, whole: Whole) -> None:
    session, library = db.session(), whole.app.extensions["cellcert"].library
    one = session.get_one(Application, whole.ids[State.SUBMITTED])
    post = next(p for p in session.scalars(select(Post)) if p.division == one.division and p.role is Role.DISTRICT)
    assert one.id in {line.application_id for line, _ in desk(session, library, post.actor())["checks"]}
    session.add(Conflict(application=one, person_id=post.person_id, reason="亲属", at=clock.now()))
    session.flush()
    session.expire(one)

    assert one.id not in {line.application_id for line, _ in desk(session, library, post.actor())["checks"]}


def desk(session: Session, library: Library, me: Actor) -> dict[str, list[tuple[homes.Line, object]]]:
    return homes.reviewer(session, library, me, clock.now())


def test_an_expert_finds_cases_with_how_far_they_are_scored(whole: Whole) -> None:
    with whole.app.app_context():
        one = db.session.get_one(Application, whole.ids[State.REVIEW])
        login, name = one.seats[-1].person.login, one.unit.name
    page = home(whole, login)

    assert name in page
    assert re.search(r"已评 \d+ / \d+ 项", page)


def test_the_office_finds_every_stage_as_a_link_to_its_list(whole: Whole) -> None:
    page = home(whole, "office")

    for state in (State.SUBMITTED, State.REVIEW, State.DECISION, State.NOTICE):
        assert f"/applications?state={state.value}&amp;order=oldest" in page
    assert "提出审定建议" in page


def test_the_approver_finds_nothing_to_settle_before_something_is_proposed(whole: Whole) -> None:
    page = home(whole, "approver")

    assert "没有待审定的事项。经办人提出建议后，会出现在这里。" in page
    assert f"/applications/{whole.ids[State.RECHECK]}" in page
    assert "1 件等您审定" in page  # the re-check wants its conclusion


def test_the_auditor_finds_the_trail(whole: Whole) -> None:
    assert 'href="/audit"' in home(whole, "auditor")


def test_more_cases_do_not_cost_more_queries(inside: None, whole: Whole) -> None:
    session, library, at = db.session(), whole.app.extensions["cellcert"].library, clock.now()
    people = {
        "office": (homes.office, Actor(1, "", Role.OFFICE)),
        "approver": (homes.approver, Actor(1, "", Role.APPROVER)),
        "auditor": (homes.auditor, Actor(1, "", Role.AUDITOR)),
        "district": (homes.reviewer, Actor(1, "", Role.DISTRICT, division="elsewhere")),
        "department": (homes.reviewer, Actor(1, "", Role.DEPARTMENT, department="environment")),
        "applicant": (homes.applicant, Actor(1, "", Role.APPLICANT, unit_id=1)),
    }

    def sent() -> dict[str, int]:
        counts = {}
        for name, (ask, actor) in people.items():
            session.expire_all()
            with Counted() as found:
                ask(session, library, actor, at)
            counts[name] = found.count
        return counts

    add_cases(session, 0, 3)
    three = sent()
    add_cases(session, 3, 60)
    assert sent() == three
    assert max(three.values()) < 20
