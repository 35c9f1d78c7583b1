"""What ties a person to a unit: what each tie is called, and that the tied see nothing of the case anywhere."""

from collections.abc import Callable, Mapping

import pytest
from flask import Flask
from sqlalchemy import select

from cellcert import clock
from cellcert.actors import Actor, Role
from cellcert.application.lifecycle import Act, State, is_open
from cellcert.application.models import Application, Conflict
from cellcert.application.rules import Applicant, Tie, tie_between
from cellcert.assessment.queries import revision_of
from cellcert.checks import City, nobody_judges_own_case
from cellcert.database import db
from cellcert.desk.queries import readable_by
from cellcert.errors import NotAllowed, NotReady
from cellcert.people.actions import grant
from cellcert.people.models import Person, Post
from cellcert.review import actions
from cellcert.review.models import ScoreSheet
from cellcert.review.queries import candidates
from cellcert.units.rules import CodeState, name_key
from tests.builders import application_in
from tests.review.cases import SOON, actor, case, post_of, seated
from tests.review.conftest import Enter

UNIT = Applicant(7, name_key("示例（焦作）公司"), name_key("示例集团"), "unit.example", "shanyang")
PAGES = ("", "/assessment", "/score", "/experts", "/result", "/on-site", "/step-down", "/hand-in", "/trail", "/ledger")


@pytest.mark.parametrize(
    ("person", "tie"),
    [
        (Actor(1, "", Role.EXPERT, employer="示例 (焦作) 公司"), Tie.EMPLOYER),
        (Actor(1, "", Role.DISTRICT, employer="示例集团", division="shanyang"), Tie.HOST),
        (Actor(1, "", Role.OFFICE, unit_ids=frozenset({7}), employer="示例集团"), Tie.MEMBER),
        (Actor(1, "", Role.EXPERT, division="shanyang"), Tie.DIVISION),
        (Actor(1, "", Role.DISTRICT, division="shanyang"), None),
        (Actor(1, "", Role.EXPERT, mail="unit.example"), Tie.MAIL),
        (Actor(1, "", Role.DISTRICT, mail="unit.example"), None),
        (Actor(1, "", Role.EXPERT, mail="example"), None),
        (Actor(2, "", Role.EXPERT, employer="示例（焦作）分公司"), Tie.DECLARED),
        (Actor(3, "", Role.EXPERT), None),
    ],
)
def test_what_ties_a_person_to_a_unit(person: Actor, tie: Tie | None) -> None:
    assert tie_between(person, UNIT, {2}) is tie


def test_a_unit_without_host_and_address_ties_nobody_without_employer_and_address() -> None:
    bare = Applicant(7, "示例", "", "", "shanyang")
    assert tie_between(Actor(1, "", Role.EXPERT), bare, ()) is None
    assert tie_between(Actor(None, "", Role.PUBLIC), bare, {2}) is None


def employer(mine: Application, person: Person) -> None:
    person.employer = f" {mine.unit.name}（） "


def host(mine: Application, person: Person) -> None:
    mine.unit.host_name, mine.unit.credit_code, mine.unit.code_state = "示例(集团)", None, CodeState.HOSTED
    mine.unit.host_key, person.employer = name_key("示例(集团)"), "示例（集团）"


def mail(mine: Application, person: Person) -> None:
    mine.unit.contact_email, person.email = "Kaoping@Units.Example.cn", "someone@units.example.cn"


def division(mine: Application, person: Person) -> None:
    person.posts[0].division = mine.division


def declared(mine: Application, person: Person) -> None:
    db.session.add(Conflict(application=mine, person_id=person.id, reason="亲属", at=clock.now()))


TIES: Mapping[str, Callable[[Application, Person], None]] = {
    tie.__name__: tie for tie in (employer, host, mail, division, declared)
}


@pytest.mark.parametrize("kind", TIES)
def test_a_tied_expert_sees_nothing_of_the_case_anywhere(app: Flask, kind: str, enter: Enter) -> None:
    id_ = application_in(app, State.REVIEW)
    with app.app_context():
        login = seated(id_)[0]
    browser = enter(login)
    assert browser.get(f"/applications/{id_}/score").status_code == 200
    with app.app_context():
        mine = case(id_)
        name, reference, expert = mine.unit.name, mine.reference or "", post_of(login)
        assert name in browser.get("/desk").text
        TIES[kind](mine, expert.person)
        db.session.commit()
        for by in (one.actor() for one in db.session.scalars(select(Post))):
            gate = is_open(Act.READ, mine.relation_to(by), mine.state)
            assert (db.session.scalar(select(Application.id).where(readable_by(by))) == id_) is gate, by
        submitted = revision_of(db.session(), mine)
        assert submitted is not None
        key = submitted.evidence[0]["id"]
    for address in (*(f"/applications/{id_}{page}" for page in PAGES), f"/evidence/{key}", "/desk", "/inbox"):
        answer = browser.get(address)
        assert answer.status_code == (200 if address in {"/desk", "/inbox"} else 404), address
        assert name not in answer.text, address
        assert reference not in answer.text, address


@pytest.mark.parametrize("kind", TIES)
def test_the_office_reads_which_tie_it_is_and_cannot_assign(app: Flask, kind: str, inside: None) -> None:
    application = case(application_in(app, State.REVIEW))
    login = next(f"expert{n}" for n in range(1, 9) if f"expert{n}" not in seated(application.id))
    post = post_of(login)
    TIES[kind](application, post.person)
    db.session.flush()
    db.session.refresh(application)
    labels = {employer: Tie.EMPLOYER, host: Tie.HOST, mail: Tie.MAIL, division: Tie.DIVISION, declared: Tie.DECLARED}

    line = next(one for one in candidates(db.session(), application) if one.post_id == post.id)

    assert labels[TIES[kind]].label in str(line.hindrance)
    with pytest.raises(NotReady, match="不能指派"):
        give(application, post)
    assert post.person_id not in {seat.person_id for seat in application.seats}


def give(application: Application, post: Post, public_mail: frozenset[str] = frozenset()) -> None:
    actions.assign(
        application, post, clock.now() + SOON, by=actor("office"), at=clock.now(), session=db.session(),
        public_mail=public_mail,
    )  # fmt: skip


def test_a_public_mailbox_ties_nobody(app: Flask, inside: None) -> None:
    application = case(application_in(app, State.REVIEW))
    post = post_of(next(f"expert{n}" for n in range(1, 9) if f"expert{n}" not in seated(application.id)))
    application.unit.contact_email, post.person.email = "unit@mail.example", "expert@MAIL.example"
    db.session.flush()
    assert application.tie_to(post.actor()) is Tie.MAIL

    give(application, post, frozenset({"mail.example"}))

    assert post.person_id in {seat.person_id for seat in application.seats}


def test_the_first_check_and_the_review_are_different_people(app: Flask, inside: None) -> None:
    application = case(application_in(app, State.REVIEW))
    for login in (f"district-{application.division}", f"department-{application.lead}"):
        person = post_of(login).person
        post = grant(db.session(), person, Role.EXPERT, by=actor("admin"), at=clock.now())
        db.session.flush()
        with pytest.raises(NotReady, match="已对本案办理初审或提出意见"):
            give(application, post)
    sheet = db.session.scalars(select(ScoreSheet).where(ScoreSheet.handed_in_at.is_not(None))).one()
    assert list(nobody_judges_own_case(city(app))) == []
    sheet.person = post.person
    db.session.flush()
    assert "who gave an opinion" in next(iter(nobody_judges_own_case(city(app))))


def city(app: Flask) -> City:
    house = app.extensions["cellcert"]
    return City(db.session(), house.library, house.store, clock.now().date())


def test_the_office_does_nothing_for_its_own_people_and_reads_why(app: Flask, inside: None) -> None:
    application = case(application_in(app, State.REVIEW))
    by = Actor(1, "", Role.OFFICE, employer=application.unit.name)
    with pytest.raises(NotAllowed) as refused:
        application.permit(Act.ASSIGN, by)
    assert Tie.EMPLOYER.label in str(refused.value)
