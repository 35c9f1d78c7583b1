"""Letters up the ladder: proposed by a review, approved by a person, sent once, answered, raised, closed."""

from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import func, select

from cellcert import clock
from cellcert.actors import SYSTEM
from cellcert.application.lifecycle import State
from cellcert.audit.models import AuditEvent
from cellcert.checks import City, supervision_is_in_order
from cellcert.database import db
from cellcert.dispatch.supervision import actions
from cellcert.dispatch.supervision.models import SupervisionCase, SupervisionLetter
from cellcert.dispatch.supervision.printing import send_letter
from cellcert.inbox.models import Message
from cellcert.outbox.models import Job
from cellcert.people.models import Person, Post
from cellcert.web import house
from tests.builders import application_in, hidden, sign_in, work
from tests.statements import asked

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pypdf")
REPORT = {"cause": "台账不全", "measures": "逐户指导", "done_by": "2027-01-31"}


@pytest.fixture
def lagging(app: Flask) -> Flask:
    """A city with one award where a hundred are wanted: every division lags; the review was held."""
    application_in(app, State.AWARDED)
    app.config["WTF_CSRF_ENABLED"] = False
    review(app)
    return app


def review(app: Flask) -> int:
    with app.app_context():
        made = actions.review(db.session(), house().library, "/supervision", by=SYSTEM, at=clock.now())
        db.session.commit()
    return made


def browser(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    sign_in(client, login)
    return client


def case_of(app: Flask, subject: str, measure: str = "division_share") -> int:
    with app.app_context():
        wanted = select(SupervisionCase.id).where(
            SupervisionCase.subject == subject, SupervisionCase.measure == measure
        )
        return db.session.scalars(wanted.order_by(SupervisionCase.id.desc())).first() or 0


def sent(app: Flask, case: int, login: str = "office") -> None:
    path = f"/supervision/{case}/approve"
    approver = browser(app, login)
    form = hidden(approver.get(path).text) | {"decision": "approve"}
    assert approver.post(path, data=form).status_code == 303
    work(app)


def told(app: Flask, login: str) -> int:
    with app.app_context():
        mine = select(func.count(Message.id)).join(Post, Post.id == Message.post_id).join(Person)
        return db.session.scalar(mine.where(Person.login == login)) or 0


def test_a_proposal_says_its_figures_and_goes_out_only_when_a_person_approves_it(lagging: Flask) -> None:
    case, district = case_of(lagging, "mengzhou"), browser(lagging, "district-mengzhou")
    with lagging.app_context():
        person = db.session.scalars(select(Person).where(Person.login == "district-mengzhou")).one()
        person.email = "mengzhou@example.org"
        db.session.commit()
    assert (
        "孟州市在有效期内的无废细胞 0 个，商定数量 9 个，按时间进度应达到"
        in browser(lagging, "office").get(f"/supervision/{case}").text
    )
    assert district.get(f"/supervision/{case}").status_code == 404  # nobody said yes
    assert told(lagging, "district-mengzhou") == 0

    sent(lagging, case)

    page = district.get(f"/supervision/{case}").text
    assert "示例督〔2026〕1号" in page
    with lagging.app_context():
        letter = db.session.scalars(select(SupervisionLetter).where(SupervisionLetter.approved)).one()
        pdf, mails = f"/supervision/letters/{letter.id}.pdf", select(Job).where(Job.key.startswith("mail:supervision-"))
        assert [job.data["to"] for job in db.session.scalars(mails)] == ["mengzhou@example.org"]
        assert letter.told != []
    said = "".join(page.extract_text() for page in PdfReader(BytesIO(district.get(pdf).data)).pages)
    for words in ("示例督〔2026〕1号", "孟州市：", "在有效期内的无废细胞0个"):
        assert words in "".join(said.split())
    assert browser(lagging, "district-jiefang").get(pdf).status_code == 404
    assert told(lagging, "district-mengzhou") == 1


def test_nothing_is_proposed_or_sent_twice(lagging: Flask) -> None:
    assert review(lagging) == 0
    case = case_of(lagging, "mengzhou")
    sent(lagging, case)
    with lagging.app_context():
        letter = db.session.scalars(select(SupervisionLetter).where(SupervisionLetter.approved)).one()
        send_letter({"letter_id": letter.id})  # the worker was killed before it noted the work as done
        db.session.commit()
    assert told(lagging, "district-mengzhou") == 1
    assert (
        browser(lagging, "office").post(f"/supervision/{case}/approve", data={"decision": "approve"}).status_code == 409
    )


def test_a_letter_without_an_answer_leads_to_the_next_step_by_the_approver(lagging: Flask) -> None:
    case = case_of(lagging, "mengzhou")
    sent(lagging, case)
    with time_machine.travel(clock.now() + timedelta(days=12)):
        review(lagging)
        page = browser(lagging, "office").get(f"/supervision/{case}/approve").text
        assert "至今没有收到整改报告" in page
        assert "这一级文件由另一位审批人员办理" in page
        refused = browser(lagging, "office").post(f"/supervision/{case}/approve", data={"decision": "approve"})
        assert refused.status_code == 403
        sent(lagging, case, "approver")
        assert "示例督〔2026〕2号" in browser(lagging, "district-mengzhou").get(f"/supervision/{case}").text


def test_an_answer_is_kept_and_the_office_closes_and_the_matter_rests(lagging: Flask) -> None:
    case = case_of(lagging, "mengzhou")
    sent(lagging, case)
    district, office = browser(lagging, "district-mengzhou"), browser(lagging, "office")
    path = f"/supervision/{case}/report"
    missing = district.post(path, data=REPORT | {"measures": ""})
    assert missing.status_code == 422
    assert "请写明整改措施" in missing.text
    assert "台账不全" in missing.text
    bad = district.post(path, data=REPORT | {"files": [(BytesIO(b"MZ"), "a.exe")]})
    assert bad.status_code in {413, 422}
    assert "台账不全" in bad.text
    picture = BytesIO(_png())
    assert district.post(path, data=REPORT | {"files": [(picture, "会议照片.png")]}).status_code == 303
    assert browser(lagging, "district-jiefang").post(path, data=REPORT).status_code == 404

    page = office.get(f"/supervision/{case}").text
    assert "逐户指导" in page
    assert "会议照片.png" in page
    assert office.post(f"/supervision/{case}/close", data={"reason": "措施到位"}).status_code == 303
    assert "措施到位" in district.get(f"/supervision/{case}").text
    assert district.post(path, data=REPORT).status_code == 409
    with time_machine.travel(clock.now() + timedelta(days=40)):
        review(lagging)
        assert case_of(lagging, "mengzhou") == case  # within the cooling time nothing begins anew


def _png() -> bytes:
    from PIL import Image

    data = BytesIO()
    Image.new("RGB", (40, 40), "white").save(data, "PNG")
    return data.getvalue()


def test_the_office_raises_with_a_reason_that_another_person_approves(lagging: Flask) -> None:
    case = case_of(lagging, "mengzhou")
    sent(lagging, case)
    office, reason = browser(lagging, "office"), "整改报告没有明确措施。"
    assert office.post(f"/supervision/{case}/raise", data={"reason": reason}).status_code == 303
    assert office.post(f"/supervision/{case}/close", data={"reason": "先结"}).status_code == 409
    sent(lagging, case, "approver")
    assert reason in browser(lagging, "district-mengzhou").get(f"/supervision/{case}").text


def test_what_is_declined_never_reaches_the_body(lagging: Flask) -> None:
    case, approver = case_of(lagging, "mengzhou"), browser(lagging, "approver")
    path = f"/supervision/{case}/approve"
    form = hidden(approver.get(path).text) | {"decision": "decline"}
    assert approver.post(path, data=form).status_code == 422
    assert approver.post(path, data=form | {"remark": "已当面沟通"}).status_code == 303
    assert browser(lagging, "district-mengzhou").get(f"/supervision/{case}").status_code == 404
    with lagging.app_context():
        assert db.session.get_one(SupervisionCase, case).closing == "已当面沟通"
        kinds = select(AuditEvent.kind).where(AuditEvent.object == f"supervision:{case}").order_by(AuditEvent.seq)
        assert db.session.scalars(kinds).all() == ["propose-supervision", "decline-supervision"]


def test_the_lists_ask_the_database_no_more_for_many_matters(app: Flask) -> None:
    application_in(app, State.AWARDED)
    office, counts = browser(app, "office"), []
    for held in (False, True):
        if held:
            review(app)
        else:
            with app.app_context():
                _one_case()
        office.get("/supervision")
        with asked(app) as heard:
            page = office.get("/supervision").text
            office.get("/supervision/behind")
        counts.append(len(heard))
    assert "牵头类别的认定数量" in page
    assert counts[0] == counts[1]


def _one_case() -> None:
    at = clock.now()
    case = SupervisionCase(
        kind="division", subject="mengzhou", measure="division_share", part="", opened_at=at, changed_at=at, closing=""
    )
    figures = {
        "reached": 0,
        "share": 9,
        "expected": 3,
        "percent": 0,
        "line": 80,
        "line_step": "reminder",
        "on": "2026-11-05",
    }
    case.letters = [
        SupervisionLetter(
            key="x", step=0, figures=figures, proposed_at=at, because="", approved=False, remark="", said={}, told=[]
        )
    ]
    db.session.add(case)
    db.session.commit()


def test_the_check_finds_words_changed_afterwards(lagging: Flask) -> None:
    sent(lagging, case_of(lagging, "mengzhou"))
    with lagging.app_context():
        city = City(db.session(), house().library, house().store, clock.now().date())
        assert list(supervision_is_in_order(city)) == []
        letter = db.session.scalars(select(SupervisionLetter).where(SupervisionLetter.approved)).one()
        letter.said = {**letter.said, "title": "另一个标题"}
        assert ["its words were changed" in fault for fault in supervision_is_in_order(city)] == [True]
