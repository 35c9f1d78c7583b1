"""A reviewer asks the unit about one item, it answers; each message is read by whom its level names."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from cellcert import clock
from cellcert.actors import Role
from cellcert.application.lifecycle import State
from cellcert.application.models import Assignment
from cellcert.database import db
from cellcert.inbox.models import Message
from cellcert.outbox.models import Job
from cellcert.people.models import Person
from cellcert.review.clarify_models import Clarification
from cellcert.review.clarify_rules import Level
from cellcert.web import house
from tests.builders import application_in, clerk_of, hidden, work
from tests.conftest import Build
from tests.evidence.files import pdf
from tests.review.cases import actor, case, checklist, seated
from tests.review.conftest import Enter

SECRET = "不要告诉单位的一句话"
ASKED = "容器共有几个？请附照片。"


@pytest.fixture
def reviewed(app: Flask) -> int:
    return application_in(app, State.REVIEW)


def first_item(app: Flask, id_: int) -> str:
    with app.app_context():
        return next(iter(checklist(case(id_)).items())).key


def district(app: Flask, id_: int) -> str:
    with app.app_context():
        return f"district-{case(id_).division}"


def expert(app: Flask, id_: int, number: int = 0) -> str:
    """An expert of the case who has declared."""
    with app.app_context():
        db.session.execute(update(Assignment).where(Assignment.application_id == id_).values(declared_at=clock.now()))
        db.session.commit()
        return seated(id_)[number]


def write(client: FlaskClient, path: str, **fields: object) -> str:
    answer = client.post(path, data=hidden(client.get(path).text) | fields, follow_redirects=True)
    return f"{answer.status_code} {answer.text}"


def place(app: Flask, id_: int) -> str:
    return f"/applications/{id_}/questions/{first_item(app, id_)}"


def test_an_expert_asks_and_the_unit_answers_with_a_file_and_never_learns_who(
    app: Flask, reviewed: int, enter: Enter
) -> None:
    path, asks = place(app, reviewed), expert(app, reviewed)
    assert "已发给申报单位" in write(enter(asks), path, level="unit", text=ASKED)
    clerk = enter(clerk_of(app, reviewed))

    page = clerk.get(path).text
    assert ASKED in page
    assert "评审专家" in page
    with app.app_context():
        name = db.session.scalars(select(Person.name).where(Person.login == asks)).one()
        mails = [job.data for job in db.session.scalars(select(Job).where(Job.kind == "mail"))]
        told = [mail for mail in mails if ASKED in str(mail["text"])]
        assert len(told) == 1
        assert name not in str(told)
        assert db.session.scalars(select(Message).where(Message.text.contains(ASKED))).all()
    assert name not in page
    assert "去答复" in clerk.get(f"/applications/{reviewed}/questions").text
    assert "答复询问" in clerk.get(f"/applications/{reviewed}").text

    said = write(clerk, path, text="共 12 个。", files=(BytesIO(pdf()), "照片.pdf"))
    assert "答复已提交" in said, said[:200]
    sheet = enter(asks).get(f"/applications/{reviewed}/score").text
    assert "共 12 个。" in sheet
    file = re.search(rf'href="({path}/files/[0-9a-f]{{64}})"', sheet)
    assert file is not None
    assert enter(asks).get(file[1]).data.startswith(b"%PDF")
    assert enter(expert(app, reviewed, 1)).get(file[1]).status_code == 200
    with app.app_context():
        mine = actor(asks)
        heard = [one.subject for one in db.session.scalars(select(Message).order_by(Message.id))]
    assert mine.person_id is not None
    assert any("已答复询问" in subject for subject in heard)
    assert "没有等您答复的询问" in clerk.post(path, data={"text": "再说一句"}, follow_redirects=True).text


def test_a_message_for_reviewers_alone_never_reaches_a_page_of_the_unit(
    app: Flask, reviewed: int, enter: Enter
) -> None:
    """Two worlds that differ in one such message give the unit equal bytes (T-09); who may know sees a difference."""
    path, reviewer = place(app, reviewed), enter(district(app, reviewed))
    expert(app, reviewed)
    pages = [
        path, f"/applications/{reviewed}", f"/applications/{reviewed}/questions", "/desk", "/inbox",
        f"/applications/{reviewed}/answers",
    ]  # fmt: skip
    clerk = enter(clerk_of(app, reviewed))

    def seen(client: FlaskClient) -> list[str]:
        return [re.sub(r'value="[^"]{16,}"', "", client.get(page).text) for page in pages]

    before, reviewers = seen(clerk), seen(reviewer)
    assert "已记下" in write(reviewer, path, level="reviewers", text=SECRET)
    assert "已记下" in write(enter("office"), path, level="office", text=SECRET + "二")
    assert seen(clerk) == before
    assert seen(reviewer) != reviewers
    work(app)
    with app.app_context():
        assert [job.key for job in db.session.scalars(select(Job)) if SECRET in str(job.data)] == []
        assert db.session.scalars(select(Message).where(Message.text.contains(SECRET))).all() == []

    # a question that follows is told to the unit as if nothing had been said before it
    write(reviewer, path, level="unit", text=ASKED)
    with app.app_context():
        keys = [str(job.data.get("key")) for job in db.session.scalars(select(Job)) if ASKED in str(job.data)]
    assert keys == [f"application-{reviewed}-question-{path.rpartition('/')[2]}-1"]
    assert SECRET not in clerk.get(path).text


def test_each_level_is_read_by_whom_it_names(app: Flask, reviewed: int, enter: Enter) -> None:
    path, one, other = place(app, reviewed), expert(app, reviewed), expert(app, reviewed, 1)
    write(enter(district(app, reviewed)), path, level="reviewers", text="给审核人员的话")
    write(enter(one), path, level="office", text="给市办的话")
    refused = write(enter(one), path, level="reviewers", text="写给别的专家")
    assert refused.startswith("422")  # not among the choices
    with app.app_context():
        people = {
            "auditor": "auditor", "office": "office", "district": district(app, reviewed), "one": one, "other": other,
            "unit": clerk_of(app, reviewed), "department": f"department-{case(reviewed).lead}",
        }  # fmt: skip
    reads = {who: enter(login).get(path).text for who, login in people.items()}
    assert {who for who, page in reads.items() if "给审核人员的话" in page} == set(people) - {"unit"}
    assert {who for who, page in reads.items() if "给市办的话" in page} == {"auditor", "office", "one"}
    with app.app_context():
        name = db.session.scalars(select(Person.name).where(Person.login == one)).one()
    main = {who: page.partition("<main")[2] for who, page in reads.items()}
    assert {who for who, page in main.items() if name in page} == {"office"}  # the auditor knows experts later


def test_a_refused_file_keeps_the_words_and_nothing_is_sent(app: Flask, reviewed: int, enter: Enter) -> None:
    path = place(app, reviewed)
    write(enter(district(app, reviewed)), path, level="unit", text=ASKED)
    clerk = enter(clerk_of(app, reviewed))

    said = write(clerk, path, text="我的答复", files=(BytesIO(b"MZ not a picture"), "a.exe"))

    assert said.startswith("422")
    assert "我的答复" in said
    with app.app_context():
        assert len(db.session.scalars(select(Clarification)).all()) == 1


def test_who_has_not_declared_and_who_is_not_of_the_case_sees_no_question(
    app: Flask, reviewed: int, enter: Enter
) -> None:
    path, waiting = place(app, reviewed), expert(app, reviewed)
    with app.app_context():
        db.session.execute(update(Assignment).values(declared_at=None))
        db.session.commit()
    answer = enter(waiting).get(path)
    assert (answer.status_code, answer.location) == (303, f"/applications/{reviewed}/score")
    assert enter("expert9").get(path).status_code in {303, 404}
    assert enter("admin").get(path).status_code == 404
    assert enter("office").get(f"{path}-nothing").status_code == 404


def test_once_the_review_is_over_everything_is_read_and_nothing_written(app: Flask, enter: Enter) -> None:
    id_ = application_in(app, State.DECISION)
    path, office = place(app, id_), enter("office")
    with app.app_context():
        asks = actor(district(app, id_))
        db.session.add(
            Clarification(
                application_id=id_, item=path.rpartition("/")[2], role=Role.DISTRICT, level=Level.UNIT, text=ASKED,
                by=asks.signatory, at=clock.now(), due_on=clock.now().date(),
            )
        )  # fmt: skip
        db.session.commit()
    page = office.get(path).text
    assert ASKED in page
    assert "现在只能查看" in page
    assert office.post(path, data={"level": "unit", "text": "再问"}).status_code == 409
    assert enter(clerk_of(app, id_)).post(path, data={"text": "再答"}).status_code == 409
    assert ASKED in office.get(f"/applications/{id_}/result").text


def test_the_unit_is_reminded_once_and_only_while_it_has_not_answered(build_app: Build, both_databases: str) -> None:
    from cellcert.review.clarify_acts import answer, remind, say

    app = build_app(both_databases)
    id_ = application_in(app, State.PRELIMINARY)
    login = clerk_of(app, id_)
    with app.app_context():
        session, application, library = db.session(), case(id_), house().library
        keys = [item.key for item in checklist(application).items()][:2]
        by, at = actor(f"district-{application.division}"), clock.now()
        for key in keys:
            say(session, application, key, Level.UNIT, ASKED, library.programme, library.calendar, by=by, at=at)
        clerk = actor(login)
        answer(session, application, keys[0], "12 个", [], library.programme, by=clerk, at=at + timedelta(minutes=1))
        session.commit()
        jobs = list(session.scalars(select(Job).where(Job.kind == "remind-question").order_by(Job.id)))
        assert len(jobs) == 2
        assert all(job.not_before > at for job in jobs)
        told = [remind(session, application, key, 1, at=at) for key in keys]
        session.commit()
        assert told == [False, True]
        reminders = [job.key for job in session.scalars(select(Job)) if job.key.endswith("-reminder")]
        assert reminders == [f"mail:application-{id_}-question-{keys[1]}-1-reminder"]


def test_the_pages_ask_the_database_as_often_for_one_question_as_for_ten(
    app: Flask, reviewed: int, enter: Enter
) -> None:
    from tests.review.cases import Counted

    path = f"/applications/{reviewed}/questions"
    with app.app_context():
        keys = [item.key for item in checklist(case(reviewed)).items()][:4]
    reviewer = enter(district(app, reviewed))
    counts = []
    for some in (keys[:1], keys[1:]):
        for key in some:
            write(reviewer, f"{path}/{key}", level="unit", text=ASKED)
        with app.app_context(), Counted() as counted:
            assert reviewer.get(path).status_code == 200
        counts.append(counted.count)
    assert counts[0] == counts[1]
    assert counts[1] <= 10


def test_the_papers_of_the_meeting_say_what_was_asked_without_naming_an_expert(app: Flask) -> None:
    from cellcert.decision.meeting_papers import papers_of

    id_ = application_in(app, State.DECISION)
    item, reviewer = first_item(app, id_), district(app, id_)
    with app.app_context():
        by, at = actor(reviewer).signatory, clock.now()
        for level, text in ((Level.UNIT, ASKED), (Level.REVIEWERS, "已电话核实"), (Level.OFFICE, SECRET)):
            due = at.date() if level is Level.UNIT else None
            db.session.add(
                Clarification(
                    application_id=id_, item=item, role=Role.EXPERT, level=level, text=text, by=by, at=at, due_on=due
                )
            )
        db.session.commit()
        told = [(one.role.label, one.text) for one in papers_of(db.session(), [id_])[id_].said]
    assert told == [("评审专家", ASKED), ("评审专家", "已电话核实")]
