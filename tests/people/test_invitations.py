"""Colleagues are invited by a link that works once; a unit's work is handed over before its last person leaves."""

import email
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import policy

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from cellcert import clock
from cellcert.actors import SYSTEM, Role
from cellcert.application.lifecycle import State
from cellcert.application.models import Application, Assignment
from cellcert.database import db
from cellcert.inbox.models import Message
from cellcert.jobs import HANDLERS
from cellcert.outbox.models import Job
from cellcert.outbox.worker import work_all
from cellcert.people.actions import disable
from cellcert.people.models import Invitation, Person, Post
from cellcert.people.queries import is_head
from cellcert.people.rules import INVITATIONS_A_DAY, INVITATIONS_TO_ONE
from cellcert.units.models import Unit
from tests.builders import application_in, clerk_of, sign_in
from tests.people.arrivals import VALID_TOO, Build, a_unit, events, is_in, signed_in, somebody, try_sign_in

SECRET = "seven green kites by the river"
NEWCOMER = {
    "person_name": "示例丁", "phone": "13900000000", "email": "ding@example.com", "login": "ding",
    "password_new": SECRET, "password_again": SECRET,
}  # fmt: skip


def work(app: Flask) -> None:
    with app.app_context():
        work_all(HANDLERS)


def mails(app: Flask) -> list[str]:
    """The text of every mail in the folder, the oldest first."""
    folder = app.extensions["cellcert"].settings.data_folder / "mail"
    found = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    return [email.message_from_bytes(file.read_bytes(), policy=policy.default).get_content() for file in found]


def invited(app: Flask, client: FlaskClient, to: str = "ding@example.com", duty: str = "clerk") -> str:
    """The path of the link in the mail."""
    answer = client.post("/colleagues/invite", data={"email": to, "duty": duty})
    assert answer.status_code == 303, answer.text
    work(app)
    link = re.search(r"http://127.0.0.1:8000(/join/[0-9a-f]{64})\n", mails(app)[-1])
    assert link is not None
    return link[1]


def posts_of(app: Flask, unit: int) -> int:
    with app.app_context():
        chosen = select(func.count()).select_from(Post).where(Post.unit_id == unit, Post.ended_at.is_(None))
        return db.session.scalar(chosen) or 0


@pytest.fixture
def unit(app: Flask) -> int:
    unit = a_unit(app)
    somebody(app, "me", Role.APPLICANT, unit_id=unit)
    return unit


def test_whoever_holds_the_link_registers_and_acts_for_the_unit(app: Flask, unit: int) -> None:
    link = invited(app, signed_in(app, "me"), duty="head")
    newcomer = app.test_client()
    shown = newcomer.get(link)
    again = newcomer.get(link)  # scanners of mail open every link, more than once

    assert (shown.status_code, again.status_code, posts_of(app, unit)) == (200, 200, 1)
    assert shown.headers["Cache-Control"] == "no-store"
    assert newcomer.post(link, data=NEWCOMER).status_code == 303
    assert "示例纸业有限公司" in newcomer.get("/unit").text
    with app.app_context():
        person = db.session.scalars(select(Person).where(Person.login == "ding")).one()
        assert is_head(db.session(), person.id, unit)
        assert not is_head(db.session(), person.id, unit + 1)
        assert not is_head(db.session(), None, unit)
    assert {"invited", "invitation-accepted", "role-granted"} <= set(events(app))


def test_no_row_holds_the_link(app: Flask, unit: int) -> None:
    token = invited(app, signed_in(app, "me")).rpartition("/")[2]
    with app.app_context():
        tables = db.session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all()
        rows = [str(row) for table in tables for row in db.session.execute(text(f"SELECT * FROM {table}"))]
    assert not any(token in row for row in rows)


def test_somebody_with_an_account_signs_in_and_accepts(app: Flask, unit: int) -> None:
    other = a_unit(app, name="示例二厂", credit_code=VALID_TOO)
    li = somebody(app, "li", Role.APPLICANT, unit_id=other)
    link = invited(app, signed_in(app, "me"))
    client = app.test_client()
    assert f"/sign-in?next={link}" in client.get(link).text
    assert try_sign_in(client, "li", next=link).headers["Location"] == link

    assert client.post(link, data={}).status_code == 303
    assert "示例纸业有限公司" in client.get("/unit").text
    with app.app_context():
        assert {post.unit_id for post in db.session.get_one(Person, li).open_posts} == {unit, other}


def test_accepting_does_not_prove_the_password_again(app: Flask, unit: int) -> None:
    """A session left open must not become a fresh proof by way of another post."""
    li = somebody(app, "li", Role.APPROVER)
    link = invited(app, signed_in(app, "me"))
    client = signed_in(app, "li")
    with time_machine.travel(clock.now() + timedelta(minutes=20)):
        assert client.post(link, data={}).status_code == 303
    with app.app_context():
        rows = db.session.execute(text(f"SELECT confirmed_at FROM sign_in WHERE person_id = {li}")).scalars().all()
    assert len(rows) == 2
    assert len(set(rows)) == 1


def test_a_link_works_once_and_says_plainly_why_it_no_longer_does(app: Flask, unit: int) -> None:
    me = signed_in(app, "me")
    used = invited(app, me)
    assert app.test_client().post(used, data=NEWCOMER).status_code == 303
    withdrawn = invited(app, me, "a@example.com")
    me.post("/invitations/2/withdraw")
    replaced = invited(app, me, "b@example.com")
    me.post("/invitations/3/again")
    with time_machine.travel(clock.now() - timedelta(days=8)):
        late = invited(app, signed_in(app, "me"), "c@example.com")
    guest, before = app.test_client(), posts_of(app, unit)
    for link, why in {
        used: "已经使用过", withdrawn: "已经撤回", replaced: "已经撤回", late: "已经过期",
        f"/join/{'0' * 64}": "没有找到", "/join/x": "没有找到",
    }.items():  # fmt: skip
        for answer in (guest.get(link), guest.post(link, data=NEWCOMER | {"login": "other"}), me.post(link, data={})):
            assert answer.status_code == 410
            assert why in answer.text
    assert posts_of(app, unit) == before


def test_two_who_hold_one_link_do_not_both_come_in(build_app: Build, both_databases: str) -> None:
    app = build_app(both_databases)
    app.config["WTF_CSRF_ENABLED"] = False
    unit = a_unit(app)
    somebody(app, "me", Role.APPLICANT, unit_id=unit)
    link = invited(app, signed_in(app, "me"))

    def come(login: str) -> int:
        return app.test_client().post(link, data=NEWCOMER | {"login": login}).status_code

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(come, ["ding1", "ding2", "ding3", "ding4"]))
    assert answers == [303, 410, 410, 410]
    assert posts_of(app, unit) == 2
    with app.app_context():  # the others leave no account behind
        assert db.session.scalar(select(func.count()).select_from(Person)) == 2


def test_two_colleagues_cannot_remove_each_other(build_app: Build, both_databases: str) -> None:
    app = build_app(both_databases)
    app.config["WTF_CSRF_ENABLED"] = False
    unit = a_unit(app)
    for login in ("li", "wang"):
        somebody(app, login, Role.APPLICANT, unit_id=unit)
    clients: Mapping[str, FlaskClient] = {login: signed_in(app, login) for login in ("li", "wang")}
    with app.app_context():
        post = {p.person.login: p.id for p in db.session.scalars(select(Post))}

    def end(by: str, whom: str) -> int:
        return clients[by].post(f"/colleagues/{post[whom]}/end", data={"reason": "调离"}).status_code

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(end, ["li", "wang"], ["wang", "li"]))
    assert posts_of(app, unit) == 1


def test_a_removed_colleagues_invitations_stop_working(app: Flask, unit: int) -> None:
    colleague = somebody(app, "wang", Role.APPLICANT, unit_id=unit)
    link = invited(app, signed_in(app, "wang"), "wangs-other@example.com")
    with app.app_context():
        post = db.session.scalars(select(Post.id).where(Post.person_id == colleague)).one()
    assert signed_in(app, "me").post(f"/colleagues/{post}/end", data={"reason": "调离"}).status_code == 303

    assert app.test_client().post(link, data=NEWCOMER).status_code == 410
    assert posts_of(app, unit) == 1


def test_another_units_people_touch_nothing(app: Flask, unit: int) -> None:
    other = a_unit(app, name="示例二厂", credit_code=VALID_TOO)
    somebody(app, "stranger", Role.APPLICANT, unit_id=other)
    invited(app, signed_in(app, "me"))
    stranger = signed_in(app, "stranger")
    with app.app_context():
        mine = db.session.scalars(select(Post.id).where(Post.unit_id == unit)).one()
    paths = ["/invitations/1/withdraw", "/invitations/1/again", f"/colleagues/{mine}/head", f"/colleagues/{mine}/end"]

    assert [stranger.post(path, data={"reason": "x"}).status_code for path in paths] == [404] * 4
    assert stranger.post("/colleagues/hand-over", data={"to": mine}).status_code == 422
    assert posts_of(app, unit) == 1


def test_a_unit_does_not_flood_mailboxes_and_learns_of_no_account(app: Flask, unit: int) -> None:
    somebody(app, "li", Role.EXPERT)
    with app.app_context():
        db.session.scalars(select(Person).where(Person.login == "li")).one().email = "li@example.com"
        db.session.commit()
    me = signed_in(app, "me")
    known, unknown = (
        me.post("/colleagues/invite", data={"email": to, "duty": "clerk"}, follow_redirects=True).text
        for to in ("li@example.com", "no@example.com")
    )
    assert "邀请邮件即将发往 li@example.com" in known
    assert "邀请邮件即将发往 no@example.com" in unknown
    for number in range(INVITATIONS_A_DAY - 2):
        me.post("/colleagues/invite", data={"email": f"n{number}@example.com", "duty": "clerk"})
    answer = me.post("/colleagues/invite", data={"email": "one.more@example.com", "duty": "clerk"})

    assert answer.status_code == 422
    assert "请明天再试" in answer.text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Invitation)) == INVITATIONS_A_DAY


def test_one_mailbox_gets_only_so_many_whatever_unit_they_come_from(app: Flask, unit: int) -> None:
    for number in range(2):
        other = a_unit(app, name=f"示例{number}厂", credit_code=None, host_name="示例街道", host_code=VALID_TOO)
        somebody(app, f"head{number}", Role.APPLICANT, unit_id=other)
    senders = [signed_in(app, login) for login in ("head0", "head1", "me")]
    answers = [
        senders[number % 3].post("/colleagues/invite", data={"email": "Li@example.com", "duty": "clerk"}).status_code
        for number in range(INVITATIONS_TO_ONE + 1)
    ]
    assert answers == [303] * INVITATIONS_TO_ONE + [422]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Invitation)) == INVITATIONS_TO_ONE
    tomorrow = clock.now() + timedelta(days=1, minutes=1)
    with time_machine.travel(tomorrow, tick=False):
        again = signed_in(app, "me").post("/colleagues/invite", data={"email": "li@example.com", "duty": "clerk"})
    assert again.status_code == 303


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR])
def test_duties_that_are_kept_apart_stay_apart(app: Flask, unit: int, role: Role) -> None:
    somebody(app, "li", role)
    answer = signed_in(app, "li").post(invited(app, signed_in(app, "me")), data={})

    assert answer.status_code == 409
    assert "三员分立" in answer.text
    assert posts_of(app, unit) == 1


def test_a_disabled_person_takes_no_post(app: Flask, unit: int) -> None:
    li = somebody(app, "li", Role.EXPERT)
    link, client = invited(app, signed_in(app, "me")), signed_in(app, "li")
    with app.app_context():
        disable(db.session(), db.session.get_one(Person, li), reason="x", by=SYSTEM, at=clock.now())
        db.session.commit()

    assert client.post(link, data={}).status_code == 422  # they are a stranger now: the form of a newcomer
    assert posts_of(app, unit) == 1


def test_who_judges_a_case_does_not_join_its_unit_meanwhile(app: Flask) -> None:
    application_id = application_in(app, State.REVIEW)
    clerk = app.test_client()
    sign_in(clerk, clerk_of(app, application_id))
    link = invited(app, clerk)
    with app.app_context():
        application = db.session.get_one(Application, application_id)
        expert = application.seats[0].person.login
        district = f"district-{application.division}"
        unit = application.unit_id
        free = db.session.scalars(
            select(Person.login).where(Person.login.like("expert%"), Person.id.not_in(select(Assignment.person_id)))
        ).first()
    before = posts_of(app, unit)
    for login in (expert, district):
        client = app.test_client()
        sign_in(client, login)
        answer = client.post(link, data={})
        assert answer.status_code == 409
        assert "办结之前不能加入" in answer.text
    assert posts_of(app, unit) == before
    assert free is not None
    client = app.test_client()
    sign_in(client, free)
    assert client.post(link, data={}).status_code == 303
    with app.app_context():  # and is kept away from judging it by the conflict that now follows
        post = db.session.scalars(select(Post).join(Person).where(Person.login == free, Post.role == Role.EXPERT)).one()
        assert db.session.get_one(Application, application_id).is_conflicted(post.actor())


# leaving and handing over


def test_the_last_person_stays_until_a_colleague_has_come_in(app: Flask, unit: int) -> None:
    me = signed_in(app, "me")
    assert "最后一位能登录的人员" in me.post("/colleagues/leave", data={}).text
    somebody(app, "wang", Role.APPLICANT, unit_id=unit)
    assert me.post("/colleagues/leave", data={}).status_code == 422  # nobody knows yet whether wang can come in
    signed_in(app, "wang")

    assert me.post("/colleagues/leave", data={}).status_code == 303
    assert not is_in(me)
    assert posts_of(app, unit) == 1
    assert "left" in events(app)


def test_the_contact_hands_the_work_over_before_leaving(app: Flask, unit: int) -> None:
    wang = somebody(app, "wang", Role.APPLICANT, unit_id=unit)
    signed_in(app, "wang")
    me = signed_in(app, "me")
    with app.app_context():
        db.session.get_one(Unit, unit).contact_id = db.session.scalars(
            select(Person.id).where(Person.login == "me")
        ).one()
        db.session.get_one(Person, wang).phone = "13700000000"
        db.session.commit()
        post = db.session.scalars(select(Post.id).where(Post.person_id == wang)).one()
    assert "请先选择接手的同事" in me.post("/colleagues/leave", data={}).text
    assert me.post("/colleagues/leave", data={"to": post}).status_code == 303

    with app.app_context():
        kept = db.session.get_one(Unit, unit)
        assert (kept.contact_id, kept.contact_name, kept.contact_phone) == (wang, "示例wang", "13700000000")
    assert events(app)[-2:] == ["handed-over", "left"]


def test_a_unit_names_its_head_and_takes_it_back(app: Flask, unit: int) -> None:
    me = signed_in(app, "me")
    with app.app_context():
        person, post = db.session.execute(select(Post.person_id, Post.id)).one()
    for expected in (True, False):
        assert me.post(f"/colleagues/{post}/head", data={}).status_code == 303
        with app.app_context():
            assert is_head(db.session(), person, unit) is expected
    assert events(app).count("head-named") == 2


def test_a_refused_address_is_told_to_who_invited(app: Flask, unit: int) -> None:
    me = signed_in(app, "me")
    me.post("/colleagues/invite", data={"email": "gone@example.com", "duty": "clerk"})
    with app.app_context():
        db.session.scalars(select(Job).where(Job.kind == "invitation")).one().data = {
            "invitation_id": 1, "to": "not an address",
        }  # fmt: skip
        db.session.commit()
    work(app)

    assert "邮件被拒收" in me.get("/colleagues").text
    assert "邀请邮件未能送达" in me.get("/inbox").text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Message)) == 1


def test_invitations_that_are_over_stand_behind_a_line_of_their_own(app: Flask, unit: int) -> None:
    client = signed_in(app, "me")
    invited(app, client, "ding@example.com")
    assert "<details" not in client.get("/colleagues").text.partition("<main")[2]
    for to in ("wang@example.com", "zhao@example.com"):
        invited(app, client, to)
    with app.app_context():
        first, second, third = db.session.scalars(select(Invitation).order_by(Invitation.id)).all()
        first.expires_at = clock.now() - timedelta(days=1)
        second.withdrawn_at = clock.now()
        db.session.commit()
        assert third.is_open(clock.now())
    page = client.get("/colleagues").text.partition("<main")[2]
    open_ones, _, dead = page.partition("<details")
    assert "已经结束的邀请：2 份" in dead
    assert "ding@example.com" in dead
    assert "wang@example.com" in dead
    assert "zhao@example.com" in open_ones
    assert "ding@example.com" not in open_ones
