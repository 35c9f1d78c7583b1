"""Who objected follows it by number and code; nobody else learns who it was; what anybody may send is bounded."""

import io
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import select

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.audit.models import AuditEvent
from cellcert.database import db
from cellcert.decision.models import Exhibit, Notice, Objection
from cellcert.decision.objecting_rules import code_hash, code_of, mail_in, masked, names
from cellcert.inbox.models import Message
from cellcert.outbox.models import Job
from tests.builders import application_in, clerk_of, head_of, hidden, sign_in, work
from tests.evidence.files import pdf
from tests.print import looking

WHO, PHONE, MAIL, FILE = "慕容晓峰", "13912345678", "murong@example.org", "慕容家的照片"
TEXT = f"我是{WHO}，电话{PHONE}。公示单位的危废间没有上锁，请核实。"
FIELDS = {"name": WHO, "contact": f"{PHONE} {MAIL}", "text": TEXT}
REPLY = "经现场核查，危废间配锁并有巡查记录，异议不成立。"
TRACES = (WHO, PHONE, MAIL, FILE)


def objected(app: Flask, client: FlaskClient, case: int) -> tuple[str, str]:
    """The number and the code."""
    path = f"/applications/{case}/objection"
    answer = client.post(path, data=hidden(client.get(path).text) | FIELDS)
    assert answer.status_code == 303, answer.text
    code = re.search(r"[A-Z2-7]{5}-[A-Z2-7]{5}", client.get(answer.location).text.split("receipt-code")[1])
    assert code is not None
    return answer.location.rsplit("/", 1)[-1], code[0]


def added(client: FlaskClient, path: str, name: str = f"{FILE}.pdf") -> int:
    return client.post(path, data={"files": (io.BytesIO(pdf()), name)}).status_code


def acted(client: FlaskClient, path: str, **fields: str) -> int:
    return client.post(path, data=hidden(client.get(path).text) | fields).status_code


def in_hand(app: Flask, case: int) -> FlaskClient:
    """The office took what came in."""
    office = app.test_client()
    sign_in(office, "office")
    page = office.get(f"/applications/{case}/objections").text
    path = re.search(r"/applications/\d+/objections/\d+/take", page)
    assert path is not None
    assert office.post(path[0], data=hidden(page)).status_code == 303
    return office


def test_number_and_code_open_it_in_another_browser_and_nothing_less(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.NOTICE)
    receipt, code = objected(app, client, case)
    other = app.test_client()
    unknown = other.get("/objections/YY20270101-00000000").text.replace("YY20270101-00000000", receipt)

    closed = other.get(f"/objections/{receipt}")

    assert re.sub(r'value="[^"]*"', "", closed.text) == re.sub(r'value="[^"]*"', "", unknown)
    assert other.get(f"/objections/{receipt}/answer.pdf").status_code == 404
    assert added(other, f"/objections/{receipt}/files") == 404
    assert acted(other, f"/objections/{receipt}", code="WRONG-23456") == 303
    assert "待受理" not in other.get(f"/objections/{receipt}").text
    assert acted(other, f"/objections/{receipt}", code=code.lower().replace("-", " ")) == 303
    opened = other.get(f"/objections/{receipt}")
    assert "已收到" in opened.text
    assert "答复期限" in opened.text
    assert code not in opened.text
    assert WHO not in opened.text
    assert TEXT not in opened.text
    assert opened.headers["Cache-Control"] == "no-store"


def test_codes_are_not_guessed_for_long(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.NOTICE)
    receipt, code = objected(app, client, case)
    other = app.test_client()

    statuses = [acted(other, f"/objections/{receipt}", code=f"WRONG-{n:05}") for n in range(11)]

    assert statuses == [303] * 10 + [429]
    assert acted(other, f"/objections/{receipt}", code=code) == 429, "not even the right one is looked at"


def test_objections_are_bounded_per_address_and_per_notice_and_nothing_typed_is_lost(app: Flask) -> None:
    case = application_in(app, State.NOTICE)
    house = app.extensions["cellcert"]
    path = f"/applications/{case}/objection"

    def sent(address: str) -> tuple[int, str]:
        visitor = app.test_client()
        here = {"REMOTE_ADDR": address}
        fields = hidden(visitor.get(path, environ_base=here).text) | FIELDS
        answer = visitor.post(path, data=fields, environ_base=here)
        return answer.status_code, answer.text

    limits = {"objections_per_address": 2, "objections_per_notice": 3}
    app.extensions["cellcert"] = replace(house, settings=house.settings.model_copy(update=limits))
    assert [sent("192.0.2.1")[0] for _ in range(3)] == [303, 303, 429]
    assert sent("192.0.2.2")[0] == 303
    status, page = sent("192.0.2.2")
    assert status == 429
    assert "次数已到上限" in page
    assert TEXT in page
    assert WHO in page
    assert sent("2001:db8::1")[0] == 303, "who was not heard yet is"
    with app.app_context():
        assert len(db.session.scalars(select(Objection)).all()) == 4


def test_a_file_that_is_refused_is_named_and_the_good_one_is_kept(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.NOTICE)
    receipt, _code = objected(app, client, case)
    files = [(io.BytesIO(b"MZ no picture"), "坏的.exe"), (io.BytesIO(pdf()), f"{FILE}.pdf")]

    answer = client.post(f"/objections/{receipt}/files", data={"files": files}, follow_redirects=True)

    assert "类型不能上传" in answer.text
    assert f"{FILE}.pdf" in answer.text
    assert added(client, f"/objections/{receipt}/files") == 303, "the same bytes are one file"
    with app.app_context():
        assert len(db.session.scalars(select(Exhibit)).all()) == 1


def test_nobody_but_the_office_learns_who_objected(app: Flask, client: FlaskClient) -> None:
    """From the first word to the answer: every page, mail, message and file name of everybody else."""
    case = application_in(app, State.NOTICE)
    receipt, code = objected(app, client, case)
    assert added(client, f"/objections/{receipt}/files") == 303
    with app.app_context():
        exhibit, objection = (
            db.session.scalars(select(Exhibit.id)).one(),
            db.session.scalars(select(Objection.id)).one(),
        )
        application = db.session.get_one(Application, case)
        others = [f"district-{application.division}", f"department-{application.lead}", "expert1", "admin"]
    clients = {name: app.test_client() for name in (clerk_of(app, case), head_of(app, case), *others)}
    for name, one in clients.items():
        sign_in(one, name)
    clients["guest"] = app.test_client()
    clerk = clients[clerk_of(app, case)]

    def leaks(asked: Mapping[str, FlaskClient]) -> list[str]:
        found = []
        for name, one in asked.items():
            for address in _addresses(app, case, receipt, exhibit, objection):
                answer = one.get(address)
                seen = answer.text if answer.mimetype == "text/html" else looking.text(answer.data)
                seen += str(answer.headers)
                found += [f"{name} {address} {trace}" for trace in (*TRACES, code) if trace in seen]
        return found

    office = in_hand(app, case)
    ask = f"/applications/{case}/objections/ask"
    page = office.get(ask).text
    assert "我是※※，电话※※" in page
    key = f"passed_on.{objection}"
    assert acted(office, ask, question=f"请说明{WHO}反映的情况。", **{key: "危废间没有上锁。"}) == 409
    assert acted(office, ask, question="请说明上锁情况。", **{key: f"{PHONE}反映危废间没有上锁。"}) == 409
    assert acted(office, ask, question="请说明上锁情况。", **{key: "危废间没有上锁。"}) == 303
    assert "危废间没有上锁。" in clerk.get(f"/applications/{case}/objections/statement").text
    closing = f"/applications/{case}/objections/closing"
    assert acted(office, closing, outcome="notice", reply=REPLY) == 409, "the unit has its days to answer"
    assert acted(clerk, f"/applications/{case}/objections/statement", text="危废间已上锁，附巡查记录。") == 303
    assert added(clerk, f"/applications/{case}/objections/statement/files", "巡查记录.pdf") == 303
    assert leaks({name: one for name, one in clients.items() if one is clerk or name == "guest"}) == []
    assert acted(office, closing, outcome="notice", reply=f"{WHO}所述不实。") == 409
    assert acted(office, closing, outcome="notice", reply=REPLY) == 303
    approver = app.test_client()
    sign_in(approver, "approver")
    assert acted(approver, f"/applications/{case}/objections/close", agreed="agree") == 303
    work(app)
    assert leaks(clients) == []
    letter = client.get(f"/objections/{receipt}/answer.pdf")
    assert WHO in looking.text(letter.data)
    assert REPLY[:12] in looking.text(letter.data)
    assert WHO not in str(letter.headers)
    with app.app_context():
        rows = [str(row.data) for row in db.session.scalars(select(Job))]
        rows += [f"{row.subject} {row.text}" for row in db.session.scalars(select(Message))]
        rows += [f"{row.actor} {row.data}" for row in db.session.scalars(select(AuditEvent))]
        assert [trace for trace in (*TRACES, code) for row in rows if trace in row] == []
    mails = [file.read_text("utf-8") for file in _mails(app) if MAIL in file.read_text("utf-8")]
    assert len(mails) == 2, "received, and answered"
    assert all(code not in one and WHO not in one for one in mails)
    assert sum(REPLY in one for one in mails) == 1


def _mails(app: Flask) -> list[Path]:
    return list(Path(app.extensions["cellcert"].settings.mail.removeprefix("file:")).glob("*.eml"))


def _addresses(app: Flask, case: int, receipt: str, exhibit: int, objection: int) -> list[str]:
    """Every page about the case, and the public ones; not those that draw the whole application."""
    with app.app_context():
        values = {
            "application_id": case, "receipt": receipt, "exhibit_id": exhibit, "objection_id": objection,
            "notice_id": db.session.scalars(select(Notice.id)).one(), "part": "item", "key": "leader",
        }  # fmt: skip
    skipped = {"assessment.print", "assessment.news"}
    public = {"decision.notices", "desk.home", "desk.cases", "inbox.inbox", "desk.trail"}
    with app.test_request_context():
        return [
            url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or set())
            and rule.endpoint not in skipped
            and rule.arguments <= set(values)
            and (
                rule.endpoint.split(".")[0] == "decision" or rule.endpoint in {*public, "desk.case", "desk.case_trail"}
            )
        ]


@pytest.mark.parametrize(
    ("contact", "found"),
    [
        ("13900000000，li@example.org", "li@example.org"),
        ("微信 abc", ""),
        ("a@b", ""),
        ("邮箱：x.y@z.cn。", "x.y@z.cn"),
    ],
)
def test_an_address_is_found_among_what_somebody_wrote(contact: str, found: str) -> None:
    assert mail_in(contact) == found


def test_what_is_passed_on_begins_without_traces() -> None:
    told = names("王五", "家住丰收路12号 0391-2345678")

    said = masked(
        "王五报告：身份证410802199001011234，电话0391-2345678或13812345678，邮箱w5@qq.com。丰收路12号。", told
    )

    assert all(trace not in said for trace in ("王五", "4108", "2345678", "138", "qq.com"))


def test_a_code_is_its_browsers_and_its_objections_own() -> None:
    made = {code_of("k", visitor, receipt) for visitor in "ab" for receipt in ("r", "s")}

    assert len(made) == 4
    assert code_hash("r", "abcde-0fg1h") == code_hash("r", "ABCDE OFGIH")
    assert code_hash("r", "x") != code_hash("s", "x")


def test_old_counts_are_forgotten(app: Flask) -> None:
    from cellcert.people.attempts import forget_old_attempts, who_of
    from cellcert.people.models import Attempt

    with app.app_context():
        at = clock.now()
        db.session.add_all([Attempt(kind="object", who="x", at=at - timedelta(days=n)) for n in (1, 3)])
        forget_old_attempts(db.session(), at)
        assert len(db.session.scalars(select(Attempt)).all()) == 1
        db.session.rollback()
    assert who_of("k", "2001:db8::1") == who_of("k", "2001:db8::2") != who_of("k", "192.0.2.1")
    assert "192" not in who_of("k", "192.0.2.1")
