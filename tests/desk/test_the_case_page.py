"""One application, as each reader may know it."""

import pytest
from sqlalchemy import delete, select

from cellcert import clock
from cellcert.actors import Role
from cellcert.application.lifecycle import State
from cellcert.application.models import Application, Step
from cellcert.database import db
from cellcert.decision.models import Objection
from cellcert.desk.queries import case_of
from cellcert.people.models import Person, Post
from cellcert.review.models import RoundResult
from tests.desk.conftest import Counted, Whole


def names(whole: Whole, *roles: Role) -> list[str]:
    with whole.app.app_context():
        return list(db.session.scalars(select(Person.name).join(Person.posts).where(Post.role.in_(roles))))


@pytest.mark.parametrize("state", [State.RETURNED, State.REVIEW, State.NOTICE, State.AWARDED, State.REJECTED])
def test_the_unit_reads_no_name_of_a_reviewer_an_expert_or_the_office(whole: Whole, state: State) -> None:
    page = whole.case(whole.clerk(state), state)
    judges = names(whole, Role.DISTRICT, Role.DEPARTMENT, Role.EXPERT, Role.OFFICE, Role.APPROVER)

    assert [name for name in judges if name in page] == []
    assert "属地审核员" in page


def test_an_expert_reads_neither_colleagues_nor_opinions_nor_contacts(whole: Whole) -> None:
    with whole.app.app_context():
        one = db.session.get_one(Application, whole.ids[State.REVIEW])
        # who has declared reads the case; the others come after
        seated = [seat.person for seat in sorted(one.seats, key=lambda seat: seat.declared_at is None)]
        login, others = seated[0].login, [person.name for person in seated[1:]]
        phone = one.unit.contact_phone
    page = whole.case(whole.enter(login), State.REVIEW)

    assert [name for name in others if name in page] == []
    assert "属地和部门意见" not in page
    assert "专家和评分进度" not in page
    assert phone not in page


def test_nobody_reads_a_result_before_the_round_is_closed(whole: Whole) -> None:
    for browser in (whole.enter("office"), whole.enter("approver"), whole.enter("auditor"), whole.clerk(State.REVIEW)):
        page = whole.case(browser, State.REVIEW)
        assert "评审结果" not in page
    assert "评审结果" in whole.case(whole.enter("office"), State.DECISION)
    assert "评审结果" not in whole.case(whole.clerk(State.DECISION), State.DECISION)
    assert "评审结果" in whole.case(whole.clerk(State.NOTICE), State.NOTICE)


def test_the_unit_reads_what_to_correct_above_everything_it_can_do(whole: Whole) -> None:
    page = whole.case(whole.clerk(State.RETURNED), State.RETURNED)

    assert page.index("补正要求") < page.index("填写申报") < page.index("办理经过")
    assert page.count("btn-primary") == 1


def test_who_objected_is_not_on_the_page_of_anybody(whole: Whole) -> None:
    with whole.app.app_context():
        objection = db.session.scalars(
            select(Objection).where(Objection.application_id == whole.ids[State.OBJECTION])
        ).one()
        secrets = [objection.name, objection.contact]
    for browser in (whole.enter("office"), whole.clerk(State.OBJECTION), whole.enter("auditor")):
        page = whole.case(browser, State.OBJECTION)
        assert "1 件未办结" in page
        assert [secret for secret in secrets if secret in page] == []


def test_the_certificate_is_on_the_page_once_the_title_is_held(whole: Whole) -> None:
    assert "/certificates/" in whole.case(whole.enter("office"), State.AWARDED) or "证书制作中" in whole.case(
        whole.enter("office"), State.AWARDED
    )
    assert "证书 " not in whole.case(whole.enter("office"), State.NOTICE)


def test_the_trail_is_linked_for_those_who_may_read_it(whole: Whole) -> None:
    link = f"/applications/{whole.ids[State.AWARDED]}/trail"

    assert link in whole.case(whole.enter("auditor"), State.AWARDED)
    assert link not in whole.case(whole.clerk(State.AWARDED), State.AWARDED)


def test_a_long_story_costs_no_more_queries_than_a_short_one(inside: None, whole: Whole) -> None:
    session = db.session()
    one = session.get_one(Application, whole.ids[State.AWARDED])
    _ = one.unit.name, one.conflicts, one.assignments
    with Counted() as short:
        case_of(session, one)
    first = one.history[0]
    for _number in range(40):
        again = Step(act=first.act, before=first.before, after=first.after, actor=first.actor, role=first.role)
        again.application, again.at, again.reason, again.data = one, clock.now(), "", {}
        session.add(again)
    session.flush()
    with Counted() as long:
        found = case_of(session, one)
    assert len(found.steps) > 40
    assert long.count == short.count == 6


def test_a_page_without_a_result_still_opens(inside: None, whole: Whole) -> None:
    session = db.session()
    one = session.get_one(Application, whole.ids[State.DECISION])
    session.execute(delete(RoundResult).where(RoundResult.application_id == one.id))

    assert case_of(session, one).result is None
