"""What the system told people waits in the inbox, with or without mail."""

import re

from flask import Flask
from sqlalchemy import func, select

from cellcert import clock
from cellcert.actors import SYSTEM, Role
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.database import db
from cellcert.inbox.actions import tell, tell_people_of
from cellcert.inbox.models import Message
from cellcert.outbox.models import Job
from cellcert.people.actions import end_role
from cellcert.people.models import Person, Post
from cellcert.review.checking import return_to_unit
from cellcert.web import house
from tests.builders import application_in, city, clerk_of, sign_in
from tests.people.arrivals import NOW, Build, a_unit, signed_in, somebody
from tests.statements import asked


def told(app: Flask, unit: int, times: int = 1) -> None:
    with app.app_context():
        for number in range(times):
            tell_people_of(db.session(), unit, f"通知 {number}", f"内容 {number}", at=clock.now())
        db.session.commit()


def test_everybody_of_a_unit_is_told_also_without_a_mail_address(build_app: Build, both_databases: str) -> None:
    app = build_app(both_databases)
    application_id = application_in(app, State.RETURNED)
    with app.app_context():
        application = db.session.get_one(Application, application_id)
        people = select(func.count()).select_from(Post).where(Post.unit_id == application.unit_id)
        both = db.session.scalar(people)
        returned = select(Message).where(Message.subject.like("%需要补正%"), Message.application_id == application_id)
        assert len(db.session.scalars(returned).all()) == both == 2
        assert db.session.scalar(select(func.count()).select_from(Job).where(Job.key.like("%returned%"))) == 1
    client = app.test_client()
    sign_in(client, clerk_of(app, application_id))
    page = client.get("/inbox").text
    assert "需要补正" in page
    assert f'href="/applications/{application_id}"' in page


def test_a_unit_without_an_address_is_told_in_the_inbox_alone(app: Flask) -> None:
    application_id = application_in(app, State.PRELIMINARY)
    people = city(app)
    with app.app_context():
        application = db.session.get_one(Application, application_id)
        application.unit.contact_email = ""
        district = people[f"district-{application.division}"]
        before = db.session.scalar(select(func.count()).select_from(Job))
        place = ("item", next(iter(house().library.checklist(application.category).items())).key)
        programme = house().library.programme
        return_to_unit(db.session(), application, {place: "请补充"}, "请补充", programme, by=district, at=clock.now())
        db.session.commit()
        assert db.session.scalar(select(func.count()).select_from(Job)) == before
        assert db.session.scalar(select(func.count()).where(Message.subject.like("%需要补正%"))) == 2


def test_the_number_in_the_header_falls_as_messages_are_read(app: Flask) -> None:
    unit = a_unit(app)
    somebody(app, "me", Role.APPLICANT, unit_id=unit)
    somebody(app, "wang", Role.APPLICANT, unit_id=unit)
    told(app, unit, 3)
    me, wang = signed_in(app, "me"), signed_in(app, "wang")

    def number(client: object) -> str | None:
        found = re.search(r'class="unread">(\d+)', client.get("/unit").text)  # type: ignore[attr-defined]
        return found[1] if found else None

    assert (number(me), number(wang)) == ("3", "3")
    with app.app_context():
        first, theirs = db.session.scalars(select(Message.id).order_by(Message.id)).all()[:2]
    me.post("/inbox/read", data={"message": first})
    assert (number(me), number(wang)) == ("2", "3")
    me.post("/inbox/read", data={"message": theirs})  # another person's: nothing happens
    assert (number(me), number(wang)) == ("2", "3")
    told(app, unit)  # one more comes while the page is open
    me.post("/inbox/read", data={"up_to": 5})
    assert (number(me), number(wang)) == ("1", "4")
    me.post("/inbox/read", data={"up_to": 999})
    assert (number(me), number(wang)) == (None, "4")
    assert me.get("/inbox").text.count('<li class="message') == 4  # read ones stay


def test_nothing_of_a_post_is_shown_once_it_has_ended(app: Flask) -> None:
    unit = a_unit(app)
    li = somebody(app, "li", Role.APPLICANT, Role.EXPERT, unit_id=unit)
    told(app, unit)
    client = signed_in(app, "li")
    assert "通知 0" in client.get("/inbox").text
    with app.app_context():
        expert = next(post.id for post in db.session.get_one(Person, li).posts if post.role is Role.EXPERT)
    client.post("/switch", data={"post": expert})
    page = client.get("/inbox").text
    assert "通知 0" not in page
    assert "您的其他身份还有 1 条未读消息" in page
    with app.app_context():
        end_role(db.session(), db.session.get_one(Person, li).posts[0], by=SYSTEM, at=NOW)
        db.session.commit()
    page = client.get("/inbox").text
    assert "通知 0" not in page
    assert "条未读消息" not in page


def test_three_messages_and_three_hundred_cost_the_same_queries(app: Flask) -> None:
    unit = a_unit(app)
    somebody(app, "me", Role.APPLICANT, unit_id=unit)
    client = signed_in(app, "me")

    def cost() -> int:
        with asked(app) as sent:
            assert client.get("/inbox").status_code == 200
        return len(sent)

    told(app, unit, 3)
    few = cost()
    told(app, unit, 297)

    assert cost() == few
    assert "第 1 页，共 6 页" in client.get("/inbox").text
    assert "通知 0" in client.get("/inbox?page=6").text


def test_a_text_is_shown_as_text(app: Flask) -> None:
    unit = a_unit(app)
    somebody(app, "me", Role.APPLICANT, unit_id=unit)
    with app.app_context():
        post = db.session.scalars(select(Post.id)).one()
        tell(db.session(), [post], "<b>主题</b>", "第一行\n{{ 7*7 }}<script>", at=clock.now())
        db.session.commit()
    page = signed_in(app, "me").get("/inbox").text
    assert "&lt;b&gt;主题" in page
    assert "{{ 7*7 }}&lt;script&gt;" in page


def test_an_expert_is_told_of_a_seat_also_without_a_mail_address(app: Flask) -> None:
    application_in(app, State.REVIEW)
    with app.app_context():
        seats = select(Person.login).join(Post).join(Message, Message.post_id == Post.id)
        logins = db.session.scalars(seats.where(Message.subject == "有一份申报需要您评审")).all()
    assert len(logins) >= 2
    assert all(login.startswith("expert") for login in logins)
