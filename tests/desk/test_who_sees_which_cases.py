"""Lists, counts and queues show what the gate lets each person open, and nothing else (D-10)."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.actors import Actor, Role
from cellcert.application.lifecycle import Act, State, is_open
from cellcert.application.models import Application, Conflict
from cellcert.criteria.models import Edition
from cellcert.database import db
from cellcert.desk.list_queries import PAGE, Moment, Page, page_of
from cellcert.desk.list_rules import Chosen, Order
from cellcert.desk.queries import COUNTED, in_states, pipeline, readable_by, readable_ids
from cellcert.people.models import Post
from cellcert.units.models import Unit
from cellcert.units.rules import CodeState
from tests.desk.conftest import Counted, Whole


def cases(session: Session, actor: Actor, chosen: Chosen, after: int | None = None, before: int | None = None) -> Page:
    return page_of(session, actor, chosen, Moment(clock.now(), clock.now()), after=after, before=before)


def everybody(session: Session) -> list[Actor]:
    return [post.actor() for post in session.scalars(select(Post).where(Post.ended_at.is_(None)))]


def by_the_gate(session: Session, actor: Actor) -> set[int]:
    return {
        one.id for one in session.scalars(select(Application)) if is_open(Act.READ, one.relation_to(actor), one.state)
    }


def by_the_query(session: Session, actor: Actor) -> set[int]:
    return set(session.scalars(select(Application.id).where(readable_by(actor))))


def test_the_condition_agrees_with_the_gate_for_every_person_and_application(inside: None) -> None:
    session = db.session()
    for actor in everybody(session):
        assert by_the_query(session, actor) == by_the_gate(session, actor), (actor.role, actor.name)


def test_it_agrees_for_those_with_a_conflict_of_every_kind(inside: None, whole: Whole) -> None:
    session = db.session()
    mine = session.get_one(Application, whole.ids[State.REVIEW])
    expert = mine.seats[0].person
    district = session.scalars(select(Post).where(Post.division == mine.division, Post.role == Role.DISTRICT)).one()
    reason = "亲属在该单位任职"
    session.add(Conflict(application=mine, person_id=district.person_id, reason=reason, at=clock.now()))
    expert.employer = mine.unit.name
    session.flush()
    for actor in everybody(session):
        assert by_the_query(session, actor) == by_the_gate(session, actor), (actor.role, actor.name)
    assert mine.id not in by_the_query(session, district.actor())
    assert mine.id not in by_the_query(session, expert.open_posts[0].actor())
    assert readable_ids(session, district.actor(), [mine.id]) == set()
    assert mine.id not in {line.id for line in in_states(session, district.actor(), {State.REVIEW})}


@pytest.mark.parametrize("role", [Role.ADMIN, Role.PUBLIC, Role.SYSTEM])
def test_who_reads_no_case_finds_none(inside: None, role: Role) -> None:
    assert cases(db.session(), Actor(1, "", role), Chosen()).count == 0


def test_drafts_are_in_nobodys_list_but_their_units(inside: None, whole: Whole) -> None:
    session, draft = db.session(), whole.ids[State.DRAFT]
    readers = {actor.role for actor in everybody(session) if draft in by_the_query(session, actor)}

    assert readers == {Role.APPLICANT}
    assert State.DRAFT not in {line.state for line in pipeline(session, Actor(1, "", Role.OFFICE))}


def test_the_list_narrows_by_state_category_division_and_name(inside: None, whole: Whole) -> None:
    session, office = db.session(), Actor(1, "", Role.OFFICE)
    one = session.get_one(Application, whole.ids[State.REJECTED])
    for chosen in (
        Chosen(state=State.REJECTED, category=one.category),
        Chosen(state=State.REJECTED, division=one.division),
        Chosen(search=one.unit.name[2:]),
        Chosen(search=(one.reference or "").lower()),
        Chosen(search=(one.reference or "")[-5:]),
        Chosen(search=one.unit.code_shown[:10], batch=one.batch),
        Chosen(search=f"{one.unit.name[:2]} {one.unit.name[-2:]}", order=Order.NUMBER),
    ):
        assert one.id in {line.id for line in cases(session, office, chosen).lines}, chosen
    assert cases(session, office, Chosen(state=State.REJECTED, search="没有这个单位")) == Page((), 0, None, None)
    assert cases(session, office, Chosen(search="%")).count == 0  # a sign of the search is not a wildcard


def test_a_list_of_sixty_costs_what_a_list_of_three_costs(inside: None) -> None:
    session, office = db.session(), Actor(1, "", Role.OFFICE)

    def asked(count: int) -> int:
        with Counted() as sent:
            page = cases(session, office, Chosen(division="elsewhere"))
            pipeline(session, office)
            in_states(session, office, {State.SUBMITTED})
        assert (page.count, len(page.lines)) == (count, min(count, PAGE))
        return sent.count

    add_cases(session, 0, 3)
    three = asked(3)
    add_cases(session, 3, 60)
    assert asked(60) == three


def test_pages_of_the_list_hold_every_case_once(inside: None) -> None:
    session, office = db.session(), Actor(1, "", Role.OFFICE)
    add_cases(session, 0, 61)
    for order in Order:
        chosen = Chosen(division="elsewhere", order=order)
        first = cases(session, office, chosen)
        last = cases(session, office, chosen, after=first.after)
        assert [len(first.lines), len(last.lines)] == [PAGE, 61 - PAGE]
        assert (first.before, last.after) == (None, None)
        assert len({line.id for page in (first, last) for line in page.lines}) == 61
        assert cases(session, office, chosen, before=last.before).lines == first.lines


def test_beyond_a_thousand_nothing_is_counted(inside: None, monkeypatch: pytest.MonkeyPatch) -> None:
    session, office = db.session(), Actor(1, "", Role.OFFICE)
    add_cases(session, 0, 4)
    for module in ("queries", "list_queries"):
        monkeypatch.setattr(f"cellcert.desk.{module}.COUNTED", 3)
    assert COUNTED == 1_000
    assert cases(session, office, Chosen(division="elsewhere")).count == 4
    assert {line.state: line.shown for line in pipeline(session, office)}[State.SUBMITTED] == "3+"


def add_cases(session: Session, start: int, end: int) -> None:
    edition, at = session.scalars(select(Edition)).first(), clock.now()
    for number in range(start, end):
        unit = Unit(
            name=f"示例单位{number}", name_key=f"示例单位{number}", credit_code=f"X{number}", created_at=at,
            code_state=CodeState.VALID, division="elsewhere", head="示例", contact_name="示例", contact_phone="0",
        )  # fmt: skip
        one = Application(
            unit=unit, category="agency", division="elsewhere", lead="environment", batch="2026-2", edition=edition,
            state=State.SUBMITTED, created_at=at, submitted_at=at, state_since=at, edited_at=at, revision=1,
        )  # fmt: skip
        session.add(one)
    session.flush()


def test_the_page_of_the_list_says_how_many_and_keeps_the_other_choices_in_its_links(whole: Whole) -> None:
    address = "/applications?state=rejected&category=nonsense&page=99"
    page = whole.enter("office").get(address, follow_redirects=True).text

    assert 'aria-current="true">不予认定' in page
    assert "/applications?state=rejected&amp;order=oldest" in page


def test_a_district_finds_only_its_own_division(whole: Whole) -> None:
    with whole.app.app_context():
        one = db.session.get_one(Application, whole.ids[State.AWARDED])
        division, name = one.division, one.unit.name
        other = next(d.key for d in whole.app.extensions["cellcert"].library.programme.divisions if d.key != division)
    assert name in whole.enter(f"district-{division}").get("/applications").text
    assert name not in whole.enter(f"district-{other}").get("/applications").text
    assert name not in whole.enter(f"district-{other}").get(f"/applications?q={name}").text.partition("<caption")[2]


def test_units_and_experts_have_no_list_of_cases(whole: Whole) -> None:
    for browser in (whole.clerk(State.DRAFT), whole.enter("expert1"), whole.enter("admin")):
        assert browser.get("/applications").status_code == 403
    assert whole.app.test_client().get("/applications").status_code == 302
