"""A meeting decides: its list with the line of places, proposals and approval in one go, results told together."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import event, func, select

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application, Assignment
from cellcert.criteria.deciding import Decision, Places
from cellcert.database import db
from cellcert.decision.meeting_models import Meeting, MeetingPack
from cellcert.decision.meeting_rules import Scored, Side, stands
from cellcert.decision.models import Notice, Proposal
from cellcert.demo.city import PASSWORD
from cellcert.inbox.models import Message
from cellcert.outbox.models import Job
from cellcert.people.models import Person
from cellcert.web import house
from tests.builders import clerk_of, hidden, sign_in, work
from tests.conftest import Build
from tests.decision.meetings import add_lean, in_decision


@contextmanager
def programme(app: Flask, **changed: object) -> Iterator[None]:
    """The programme with another way to decide."""
    with app.app_context():
        it = house().library.programme
    before = it.decision
    now = Decision(before.step_up_minutes, **changed)  # type: ignore[arg-type]
    object.__setattr__(it, "decision", now)
    try:
        yield
    finally:
        object.__setattr__(it, "decision", before)


@contextmanager
def queries_of(app: Flask) -> Iterator[list[str]]:
    """Every statement of what happens inside."""
    asked: list[str] = []

    def ask(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", ask)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", ask)


def enter(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    sign_in(client, login)
    return client


def opened(office: FlaskClient, **fields: str) -> int:
    """A meeting over everything that waits."""
    data = (
        hidden(office.get("/meetings").text) | {"name": "第一次审定会", "held_on": "2030-01-10", "batch": ""} | fields
    )
    answer = office.post("/meetings", data=data)
    assert answer.status_code == 303, answer.text
    return int(answer.location.rsplit("/", 1)[1])


def confirmed(office: FlaskClient, meeting: int, outcomes: dict[int, str], **fields: str) -> tuple[int, str]:
    """Choose on the list, look at the confirmation, confirm."""
    listed = hidden(office.get(f"/meetings/{meeting}").text)
    versions = {name: value for name, value in listed.items() if name.startswith("version-")}
    chosen = {f"outcome-{case}": outcome for case, outcome in outcomes.items()}
    looked = office.post(f"/meetings/{meeting}/propose", data=listed | versions | chosen | {"do": "look"})
    assert looked.status_code == 200, looked.text
    why = dict(re.findall(r'name="(why-\d+)"[^>]*>([^<]*)<', looked.text))
    answer = office.post(f"/meetings/{meeting}/propose", data=hidden(looked.text) | why | fields)
    return answer.status_code, looked.text + answer.text


def approved(approver: FlaskClient, meeting: int, **fields: str) -> tuple[int, str]:
    page = approver.get(f"/meetings/{meeting}/approve").text
    answer = approver.post(f"/meetings/{meeting}/approve", data=hidden(page) | {"seen": "y"} | fields)
    return answer.status_code, answer.text


def states(app: Flask, ids: list[int]) -> list[State]:
    with app.app_context():
        return [db.session.get_one(Application, case).state for case in ids]


def counted(app: Flask, table: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


# the line of places


def scored(*totals: str, reaches: bool = True) -> list[Scored]:
    return [Scored(number, Decimal(total), reaches) for number, total in enumerate(totals, start=1)]


def test_the_highest_points_take_the_places_and_the_rest_are_on_the_reserve_list() -> None:
    found = stands(scored("80", "95", "90"), 1)

    assert [(found[case].rank, found[case].side, found[case].reserve) for case in (2, 3, 1)] == [
        (1, Side.IN, None), (2, Side.RESERVE, 1), (3, Side.RESERVE, 2),
    ]  # fmt: skip


def test_a_tie_on_the_line_is_left_to_the_meeting() -> None:
    found = stands(scored("95", "90", "90", "85"), 2)

    assert [found[case].side for case in (1, 2, 3, 4)] == [Side.IN, Side.ON_LINE, Side.ON_LINE, Side.RESERVE]
    assert (found[2].rank, found[3].rank, found[4].rank) == (2, 2, 4)
    assert found[2].tied_with == (3,)


def test_who_reaches_no_level_takes_no_place() -> None:
    cases = [Scored(1, Decimal(99), reaches=False), *scored("0", "80")[1:], Scored(3, None, reaches=False)]
    found = stands(cases, 1)

    assert [found[case].side for case in (1, 2, 3)] == [Side.NOT_REACHED, Side.IN, Side.NOT_REACHED]
    assert found[3].rank is None


def test_without_a_number_nobody_stands_below_a_line() -> None:
    assert {one.side for one in stands(scored("80", "90"), None).values()} == {Side.FREE}


def test_no_place_left_puts_everybody_on_the_reserve_list() -> None:
    assert [one.reserve for one in stands(scored("90", "80"), 0).values()] == [1, 2]


# the list


def test_the_list_names_ties_vetoes_and_the_reserve(app: Flask) -> None:
    ids = in_decision(app, ["95", "88", "88", "97"], barred=(3,))
    with app.app_context():
        case = db.session.get_one(Application, ids[0])
        places = (Places(case.batch, case.category, 1),)
    office = enter(app, "office")

    with programme(app, places=places):
        page = office.get(f"/meetings/{opened(office)}").text

    assert "名额 1 个" in page
    assert "名额内" in page
    assert "候补第 1 位" in page
    assert "一票否决：发生过突发环境事件。" in page
    assert "与示例单位2同分" in page
    assert page.index("TEST-0003") < page.index("TEST-0001")  # by points


def test_filters_are_links(app: Flask) -> None:
    ids = in_decision(app, ["95", "88"])
    office = enter(app, "office")
    meeting = opened(office)
    confirmed(office, meeting, {ids[1]: "qualified"}, reason="达到等次。")

    waiting = office.get(f"/meetings/{meeting}?show=waiting").text
    still_open = office.get(f"/meetings/{meeting}?show=open").text

    assert "TEST-0001" in waiting
    assert f'id="case-{ids[0]}"' not in waiting
    assert "TEST-0001" not in still_open


@pytest.mark.parametrize("login", ["district-jiefang", "expert1", "auditor", "admin"])
def test_a_meeting_is_for_those_who_decide(app: Flask, login: str) -> None:
    in_decision(app, ["95"])
    meeting = opened(enter(app, "office"))
    other = enter(app, login)

    for page in ("", "/show/1", "/pack", "/pack.pdf", "/minutes", "/minutes.pdf", "/approve", "/announcement"):
        assert other.get(f"/meetings/{meeting}{page}").status_code == 403


def test_a_list_of_three_hundred_costs_what_a_list_of_three_costs(app: Flask) -> None:
    ids = in_decision(app, ["95", "88", "80"])
    office = enter(app, "office")
    few = opened(office)
    office.get(f"/meetings/{few}")
    with queries_of(app) as asked:
        office.get(f"/meetings/{few}")
    small = len(asked)
    add_lean(app, ids[0], range(3, 300))
    many = opened(office, name="第二次审定会")
    with queries_of(app) as asked:
        page = office.get(f"/meetings/{many}").text

    assert page.count("<select") >= 297
    assert (small, len(asked)) == (small, small)
    assert small <= 8


# proposals in one go


def test_the_confirmation_names_every_unit_with_what_happens_and_why(app: Flask) -> None:
    ids = in_decision(app, ["95", "88"], barred=(1,))
    office = enter(app, "office")
    meeting = opened(office)

    status, page = confirmed(office, meeting, {ids[0]: "outstanding", ids[1]: "reject"}, reason="达到等次。")

    assert status == 303
    assert "示例单位1" in page
    assert "您不能审定自己提出的建议" in page
    with app.app_context():
        made = {one.application_id: one for one in db.session.scalars(select(Proposal))}
        assert {one.outcome for one in made.values()} == {State.NOTICE, State.REJECTED}
        assert made[ids[1]].reason == "一票否决：发生过突发环境事件。"
    assert states(app, ids) == [State.DECISION] * 2


def test_a_level_that_was_not_reached_is_not_offered_by_a_list_either(app: Flask) -> None:
    ids = in_decision(app, ["85"])
    office = enter(app, "office")
    meeting = opened(office)

    answer = office.post(f"/meetings/{meeting}/propose", data={f"outcome-{ids[0]}": "outstanding", "do": "look"})

    assert answer.status_code == 404


def test_one_case_that_changed_meanwhile_holds_the_whole_list_and_is_named(app: Flask) -> None:
    ids = in_decision(app, ["95", "88"])
    office = enter(app, "office")
    meeting = opened(office)
    listed = hidden(office.get(f"/meetings/{meeting}").text)
    chosen = {f"outcome-{ids[0]}": "outstanding", f"outcome-{ids[1]}": "qualified", "reason": "达到等次。"}
    with app.app_context():
        db.session.get_one(Application, ids[1]).edited_at = clock.now()
        db.session.commit()

    answer = office.post(f"/meetings/{meeting}/propose", data=listed | chosen | {"do": "confirm"})

    assert answer.status_code == 422
    assert "示例单位1：您填写期间" in answer.text
    assert "达到等次。" in answer.text
    assert counted(app, Proposal) == 0


def test_a_rejection_without_a_reason_is_asked_for_it(app: Flask) -> None:
    ids = in_decision(app, ["95"])
    office = enter(app, "office")
    meeting = opened(office)

    status, page = confirmed(office, meeting, {ids[0]: "reject"})

    assert status == 422
    assert "请写明不予认定" in page


# approval of the whole list


def listed(app: Flask, totals: list[str]) -> tuple[list[int], int]:
    """Cases before a meeting with the office's proposals: the last one not to be recognised."""
    ids = in_decision(app, totals)
    office = enter(app, "office")
    meeting = opened(office)
    levels = ["outstanding" if Decimal(total) >= 90 else "qualified" for total in totals]
    outcomes = dict(zip(ids, levels, strict=True)) | {ids[-1]: "reject"}
    status, page = confirmed(office, meeting, outcomes, reason="达到等次。", **{f"why-{ids[-1]}": "现场与申报不符。"})
    assert status == 303, page
    return ids, meeting


def test_another_person_approves_the_list_and_sends_one_back(app: Flask) -> None:
    ids, meeting = listed(app, ["95", "88", "80"])
    approver = enter(app, "approver")

    status, _ = approved(approver, meeting, **{f"back-{ids[1]}": "1", f"answer-{ids[1]}": "请补充现场情况。"})

    assert status == 303
    assert states(app, ids) == [State.NOTICE, State.DECISION, State.REJECTED]
    assert "请补充现场情况。" in enter(app, "office").get(f"/applications/{ids[1]}/decision").text


def test_the_list_is_read_and_the_password_is_fresh(app: Flask) -> None:
    ids, meeting = listed(app, ["95", "80"])
    approver = enter(app, "approver")

    assert approved(approver, meeting, seen="")[0] == 422
    with time_machine.travel(clock.now() + timedelta(minutes=20)):
        assert "登录密码" in approver.get(f"/meetings/{meeting}/approve").text
        assert approved(approver, meeting)[0] == 422
        assert states(app, ids) == [State.DECISION] * 2
        assert approved(approver, meeting, password=PASSWORD)[0] == 303

    assert states(app, ids) == [State.NOTICE, State.REJECTED]


def test_who_sends_back_says_why_and_nothing_is_settled_before(app: Flask) -> None:
    ids, meeting = listed(app, ["95", "80"])

    status, page = approved(enter(app, "approver"), meeting, **{f"back-{ids[0]}": "1"})

    assert status == 422
    assert "不同意时请写明理由" in page
    assert states(app, ids) == [State.DECISION] * 2


def test_nobody_approves_what_the_same_person_proposed(app: Flask) -> None:
    ids, meeting = listed(app, ["95", "80"])
    with app.app_context():
        approver = db.session.scalars(select(Person).where(Person.login == "approver")).one()
        first = db.session.scalars(select(Proposal).where(Proposal.application_id == ids[0])).one()
        first.proposed_by = approver.id
        db.session.commit()
        theirs = first.id
    client = enter(app, "approver")

    page = client.get(f"/meetings/{meeting}/approve").text
    forged = client.post(
        f"/meetings/{meeting}/approve", data=hidden(page) | {"seen": "y", f"proposal-{ids[0]}": str(theirs)}
    )

    assert "的建议由您提出，须由另一位审定人审定" in page
    assert forged.status_code == 422
    assert states(app, ids) == [State.DECISION] * 2


def test_one_case_that_cannot_be_settled_holds_the_whole_list(app: Flask) -> None:
    ids, meeting = listed(app, ["95", "88", "80"])
    with app.app_context():  # the approver turns out to have scored one of the cases
        approver = db.session.scalars(select(Person).where(Person.login == "approver")).one()
        seat = db.session.scalars(select(Assignment).where(Assignment.application_id == ids[1])).first()
        assert seat is not None
        seat.person_id = approver.id
        db.session.commit()

    status, page = approved(enter(app, "approver"), meeting)

    assert status == 422
    assert "示例单位1：您已作为专家参与" in page
    assert states(app, ids) == [State.DECISION] * 3
    assert counted(app, Notice) == 0


# decided now, told later


def seen_by(app: Flask, login: str | None, address: str) -> str:
    client = app.test_client()
    if login:
        sign_in(client, login)
    page = client.get(address).text
    return re.sub(r'name="(csrf_token|idempotency_key|version)"[^>]*|20\d\d[-年]\d+[-月]\d+日?( \d\d:\d\d)?', "", page)


def test_what_is_decided_is_unseen_until_it_is_told_and_then_all_is_told_at_once(app: Flask) -> None:
    with programme(app, announce="together"):
        ids, meeting = listed(app, ["95", "88", "80"])
        clerks = [clerk_of(app, case) for case in ids]
        watched = [(clerk, f"/applications/{case}") for clerk, case in zip(clerks, ids, strict=True)]
        watched += [(clerks[0], "/desk"), (clerks[0], "/inbox"), (None, "/notices"), (None, "/"), ("expert1", "/desk")]
        watched += [("auditor", f"/applications/{ids[0]}"), ("district-jiefang", "/applications")]
        with app.app_context():
            mails, messages = counted(app, Job), counted(app, Message)
        before = [seen_by(app, *one) for one in watched]

        assert approved(enter(app, "approver"), meeting)[0] == 303

        assert states(app, ids) == [State.DECISION] * 3
        assert [seen_by(app, *one) for one in watched] == before
        assert (counted(app, Job), counted(app, Message), counted(app, Notice)) == (mails, messages, 0)
        office = enter(app, "office")
        assert "已审定，结果尚未公布" in office.get(f"/applications/{ids[0]}/decision").text
        assert "已审定，未公布" in office.get(f"/meetings/{meeting}").text

        approver = enter(app, "approver2")
        page = approver.get(f"/meetings/{meeting}/announcement").text
        assert "示例单位1" in page
        answer = approver.post(f"/meetings/{meeting}/announcement", data=hidden(page) | {"do": "now"})

        assert answer.status_code == 303
        assert states(app, ids) == [State.NOTICE, State.NOTICE, State.REJECTED]
        with app.app_context():
            assert len({one.published_at for one in db.session.scalars(select(Notice))}) == 1
            told = db.session.scalars(select(Job).where(Job.kind == "mail", Job.id > mails)).all()
            assert len([job for job in told if "审定" in str(job.data["text"])]) == 3
        assert "经审定，本次不予认定" in seen_by(app, clerks[2], "/inbox")


def test_the_worker_tells_the_results_when_the_hour_comes_and_not_before(app: Flask) -> None:
    with programme(app, announce="together"):
        ids, meeting = listed(app, ["95", "80"])
        office = enter(app, "office")
        hour = clock.now() + timedelta(days=2)
        data = hidden(office.get(f"/meetings/{meeting}/announcement").text)
        local = hour.astimezone().strftime("%Y-%m-%dT%H:%M")
        assert (
            office.post(
                f"/meetings/{meeting}/announcement", data=data | {"do": "hour", "announce_at": local}
            ).status_code
            == 303
        )
        approved(enter(app, "approver"), meeting)

        work(app)
        assert states(app, ids) == [State.DECISION] * 2
        with time_machine.travel(hour + timedelta(hours=13)):
            work(app)
            assert states(app, ids) == [State.NOTICE, State.REJECTED]
            assert work(app) == 0
    with app.app_context():
        assert db.session.get_one(Meeting, meeting).announced_at is not None
        told = db.session.scalars(select(Message.text).where(Message.text.contains("已按设定的时间公布"))).all()
    assert told
    assert "进入公示 1 件，不予认定 1 件" in told[0]


def test_an_hour_with_nothing_decided_tells_nothing_and_says_so(app: Flask) -> None:
    with programme(app, announce="together"):
        ids, meeting = listed(app, ["95", "80"])
        with app.app_context():
            from cellcert.decision.meeting_acts import set_hour
            from tests.builders import city

            office, now = city(app)["office"], clock.now()
            set_hour(db.session(), db.session.get_one(Meeting, meeting), now + timedelta(hours=1), by=office, at=now)
            db.session.commit()
        with time_machine.travel(clock.now() + timedelta(hours=2)):
            work(app)

        assert states(app, ids) == [State.DECISION] * 2
        with app.app_context():
            assert db.session.get_one(Meeting, meeting).announced_at is None
            assert db.session.scalars(select(Message).where(Message.subject.contains("没有公布"))).first()


def test_a_decided_case_is_not_proposed_again_and_one_without_a_meeting_is_not_decided(app: Flask) -> None:
    with programme(app, announce="together"):
        ids, meeting = listed(app, ["95", "80"])
        approver, office = enter(app, "approver"), enter(app, "office")
        approved(approver, meeting)

        page = office.get(f"/applications/{ids[0]}/decision").text
        again = office.post(
            f"/applications/{ids[0]}/decision", data=hidden(page) | {"outcome": "outstanding", "reason": "再提一次。"}
        )
        assert again.status_code == 409
        assert "已经审定" in again.text


def test_a_unit_that_withdraws_is_not_told_what_was_decided(app: Flask) -> None:
    with programme(app, announce="together"):
        ids, meeting = listed(app, ["95", "88", "80"])
        approved(enter(app, "approver"), meeting)
        clerk = enter(app, clerk_of(app, ids[0]))
        page = clerk.get(f"/applications/{ids[0]}/withdraw").text
        assert (
            clerk.post(f"/applications/{ids[0]}/withdraw", data=hidden(page) | {"reason": "不再申报"}).status_code
            == 303
        )
        approver = enter(app, "approver")
        page = approver.get(f"/meetings/{meeting}/announcement").text
        approver.post(f"/meetings/{meeting}/announcement", data=hidden(page) | {"do": "now"})

    assert states(app, ids) == [State.WITHDRAWN, State.NOTICE, State.REJECTED]


def test_the_whole_list_is_decided_and_told_on_postgresql_too(build_app: Build, postgresql_url: str) -> None:
    app = build_app(postgresql_url)
    app.config["WTF_CSRF_ENABLED"] = False
    with programme(app, announce="together"):
        ids, meeting = listed(app, ["95", "80"])
        assert approved(enter(app, "approver"), meeting)[0] == 303
        approver = enter(app, "approver")
        page = approver.get(f"/meetings/{meeting}/announcement").text
        approver.post(f"/meetings/{meeting}/announcement", data=hidden(page) | {"do": "now"})

    assert states(app, ids) == [State.NOTICE, State.REJECTED]


# papers


def test_the_pack_is_made_behind_the_scenes_numbered_through_and_names_no_expert(app: Flask) -> None:
    ids = in_decision(app, ["95", "88"], barred=(1,))
    office = enter(app, "office")
    meeting = opened(office)
    with app.app_context():
        case = db.session.get_one(Application, ids[0])
        experts = [seat.person.name for seat in case.assignments]

    page = office.get(f"/meetings/{meeting}/pack").text
    assert office.post(f"/meetings/{meeting}/pack", data=hidden(page)).status_code == 303
    assert "已完成 0 / 3" in office.get(f"/meetings/{meeting}/pack").text
    work(app)

    assert "下载 PDF" in office.get(f"/meetings/{meeting}/pack").text
    assert "会议材料已生成" in office.get("/inbox").text
    pack = PdfReader(BytesIO(office.get(f"/meetings/{meeting}/pack.pdf").data))
    said = "".join(sheet.extract_text() for sheet in pack.pages)
    assert [one.title for one in pack.outline][1:] == [f"1. {unit_of(app, ids[0])}", "2. 示例单位1"]
    assert f"共 {len(pack.pages)} 页" in pack.pages[-1].extract_text()
    assert "一票否决：发生过突发环境事件" in said
    assert [name for name in experts if name in said] == []


def unit_of(app: Flask, case: int) -> str:
    with app.app_context():
        return db.session.get_one(Application, case).unit.name


def test_a_pack_asked_for_twice_is_made_once(app: Flask) -> None:
    in_decision(app, ["95"])
    office = enter(app, "office")
    meeting = opened(office)
    for _ in range(2):
        office.post(f"/meetings/{meeting}/pack", data=hidden(office.get(f"/meetings/{meeting}/pack").text))

    assert counted(app, MeetingPack) == 1


def test_the_wall_shows_one_case_a_screen_without_names_of_experts(app: Flask) -> None:
    ids = in_decision(app, ["95", "88"])
    office = enter(app, "office")
    meeting = opened(office)
    with app.app_context():
        experts = [seat.person.name for seat in db.session.get_one(Application, ids[0]).assignments]

    first, last = office.get(f"/meetings/{meeting}/show/1").text, office.get(f"/meetings/{meeting}/show/2").text

    assert f'href="/meetings/{meeting}/show/2"' in first
    assert 'rel="next"' not in last
    assert [name for name in experts if name in first] == []
    assert office.get(f"/meetings/{meeting}/show/3").status_code == 404


def test_minutes_are_written_kept_apart_from_others_changes_and_printed(app: Flask) -> None:
    ids = in_decision(app, ["95", "88"])
    office = enter(app, "office")
    meeting = opened(office)
    page = hidden(office.get(f"/meetings/{meeting}/minutes").text)
    typed = {"chair": "张三", "attended": "李四\n王五", f"said-{ids[0]}": "同意认定。", f"for-{ids[0]}": "7"}

    assert (
        office.post(f"/meetings/{meeting}/minutes", data=page | typed | {f"against-{ids[0]}": "七"}).status_code == 422
    )
    assert office.post(f"/meetings/{meeting}/minutes", data=page | typed).status_code == 303
    stale = office.post(f"/meetings/{meeting}/minutes", data=page | {"idempotency_key": "other", "chair": "赵六"})

    assert stale.status_code == 422
    assert "已被他人更新" in stale.text
    assert "赵六" in stale.text
    said = "".join(
        sheet.extract_text() for sheet in PdfReader(BytesIO(office.get(f"/meetings/{meeting}/minutes.pdf").data)).pages
    )
    assert "张三" in said
    assert "同意 7" in said
    assert "同意认定。" in said
    assert "张三" in enter(app, "approver").get(f"/meetings/{meeting}/minutes").text
