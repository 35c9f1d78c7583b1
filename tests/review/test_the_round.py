"""The close of the round, what its result shows to whom, and the visit on site."""

from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.criteria.scorer import score
from cellcert.criteria.ways import Judged, YesNo
from cellcert.database import db
from cellcert.errors import NotReady, Unusable
from cellcert.review import actions
from cellcert.review.models import OnSiteReport, RoundResult, ScoreSheet
from cellcert.review.rules import discrepancies, sheet_answers
from cellcert.web import house
from tests.builders import application_in, clerk_of, hidden
from tests.conftest import Build
from tests.review.cases import (
    actor,
    case,
    checklist,
    full_marks,
    hand_in,
    keep_all,
    post_of,
    revision,
    seated,
    waiting_experts,
)
from tests.review.conftest import Enter


def all_hand_in(id_: int) -> Application:
    application = case(id_)
    for login in waiting_experts(id_):
        hand_in(application, login, full_marks(application))
    db.session.flush()
    return application


def close(application: Application, on_site: bool = False) -> RoundResult:
    """To the end: in a second round everybody stays with the first sheet."""
    for _ in range(2):
        found = actions.close_round(
            db.session(), application, checklist(application), revision(application), house().library.programme,
            on_site, by=actor("office"), at=clock.now(),
        )  # fmt: skip
        db.session.flush()
        if isinstance(found, RoundResult):
            return found
        keep_all(application)
    raise AssertionError("a third round")


@pytest.fixture
def reviewed(app: Flask) -> int:
    return application_in(app, State.REVIEW)


def test_a_round_closes_when_everybody_has_handed_in(app: Flask, reviewed: int, enter: Enter) -> None:
    office, path = enter("office"), f"/applications/{reviewed}/close-round"
    page = office.get(path).text
    assert "还有 2 位专家没有提交评分表" in page
    early = office.post(path, data=hidden(page) | {"on_site": "no"})
    assert early.status_code == 409
    with app.app_context():
        assert case(reviewed).state is State.REVIEW
        all_hand_in(reviewed)
        db.session.commit()
    page = office.get(path).text
    assert office.post(path, data=hidden(page)).status_code == 422  # there is no answer unless one is chosen

    answer = office.post(path, data=hidden(page) | {"on_site": "no"})
    if answer.location.endswith("/experts"):  # a second round: everybody stays with the first sheet
        with app.app_context():
            keep_all(case(reviewed))
            db.session.commit()
        answer = office.post(path, data=hidden(office.get(path).text) | {"on_site": "no"})

    assert (answer.status_code, answer.location) == (303, f"/applications/{reviewed}/result")
    with app.app_context():
        found = actions.result_of(db.session(), case(reviewed))
        assert found is not None
        assert (case(reviewed).state, found.total) == (State.DECISION, Decimal(str(found.sheet["total"])))
    assert "评审得分" in office.get(answer.location).text


def test_a_round_needs_the_experts_the_programme_asks_for(app: Flask, reviewed: int, inside: None) -> None:
    application = all_hand_in(reviewed)
    seat = application.seats[0]
    actions.replace(db.session(), application, seat, "出差", by=actor("office"), at=clock.now())
    with pytest.raises(NotReady, match="至少需要 3 位专家"):
        close(application)
    assert application.state is State.REVIEW
    assert db.session.scalars(select(RoundResult)).all() == []


def test_a_sheet_of_somebody_who_left_does_not_count(app: Flask, reviewed: int, inside: None) -> None:
    application = all_hand_in(reviewed)
    office, at = actor("office"), clock.now()
    new = next(f"expert{n}" for n in range(1, 9) if f"expert{n}" not in seated(reviewed))
    actions.replace(db.session(), application, application.seats[0], "出差", by=office, at=at)
    actions.assign(application, post_of(new), application.seats[1].due_at, by=office, at=at, session=db.session())
    db.session.flush()
    hand_in(application, new, full_marks(application))
    db.session.flush()

    found = close(application)

    best = score(checklist(application), sheet_answers(revision(application).answers, full_marks(application)))
    assert found.total == best.total
    assert len(actions.sheets_of(db.session(), application)) == 4


def test_items_far_apart_are_named(app: Flask, reviewed: int, inside: None) -> None:
    application = case(reviewed)
    first, second = waiting_experts(reviewed)
    marks = full_marks(application)
    hand_in(application, first, marks)
    item = next(
        item for item in checklist(application).items() if item.key in marks and isinstance(item.way, YesNo | Judged)
    )
    hand_in(application, second, marks | {item.key: False if isinstance(item.way, YesNo) else Decimal(0)})
    db.session.flush()

    gaps = {gap["key"]: gap for gap in close(application).discrepancies}

    assert (gaps[item.key]["lowest"], Decimal(gaps[item.key]["highest"])) == ("0.00", item.points)


def test_the_limit_itself_is_not_too_far_apart() -> None:
    points = {"a": [Decimal(7), Decimal(10)], "b": [Decimal("6.99"), Decimal(10)], "c": []}
    worth = {"a": Decimal(10), "b": Decimal(10), "c": Decimal(10)}
    found = discrepancies(points, worth, [Decimal(80), Decimal(90)], item_limit=Decimal(30), total_limit=Decimal(10))
    assert [gap.key for gap in found] == ["b"]


def test_who_sees_what_of_the_result(app: Flask, enter: Enter) -> None:
    id_ = application_in(app, State.NOTICE)
    with app.app_context():
        application = case(id_)
        sheet = db.session.scalars(select(ScoreSheet)).first()
        assert sheet is not None
        key = next(iter(sheet.answers))
        sheet.comments = {key: "台账只到三季度"}
        names = [sheet.person.name for sheet in actions.sheets_of(db.session(), application)]
        district, expert = f"district-{application.division}", sheet.person.login
        db.session.commit()
    path = f"/applications/{id_}/result"
    for login in (clerk_of(app, id_), district, expert):
        page = enter(login).get(path).text
        main = page[page.find("<main") :]
        assert "台账只到三季度" in main
        assert not any(name in main for name in names), login
    for login in ("office", "approver"):
        page = enter(login).get(path).text
        assert all(name in page for name in names), login


def test_comments_stand_in_no_order_of_experts(app: Flask, inside: None) -> None:
    application = case(application_in(app, State.DECISION))
    found = actions.result_of(db.session(), application)
    assert found is not None
    for line in found.sheet["items"]:
        if "份评分 " in line["reason"]:
            figures = [Decimal(figure) for figure in line["reason"].split("份评分 ")[1].split("，")[0].split("、")]
            assert figures == sorted(figures)


def test_the_site_is_visited_reported_and_left(app: Flask, enter: Enter) -> None:
    id_ = application_in(app, State.ON_SITE)
    with app.app_context():
        district = f"district-{case(id_).division}"
        expert, other = seated(id_)[:2]
        for row in db.session.scalars(select(OnSiteReport)):
            db.session.delete(row)
        db.session.commit()
    office, path = enter("office"), f"/applications/{id_}"
    page = office.get(f"{path}/end-on-site").text
    assert "请核查人员先提交记录" in page
    assert 'method="post"' not in page.partition("<main")[2]
    assert "等待核查记录" in office.get("/desk").text
    assert "提交现场核查记录" in enter(district).get("/desk").text
    browser = enter(expert)
    page = browser.get(f"{path}/on-site").text
    future = browser.post(f"{path}/on-site", data=hidden(page) | {"visited_on": "2999-01-01", "text": "一致"})
    assert future.status_code == 422
    today = clock.day_of(clock.now(), "Asia/Shanghai").isoformat()
    assert browser.post(f"{path}/on-site", data=hidden(page) | {"visited_on": today}).status_code == 422

    answer = browser.post(f"{path}/on-site", data=hidden(page) | {"visited_on": today, "text": "台账与现场一致"})
    assert answer.status_code == 303, answer.text

    assert "台账与现场一致" not in enter(other).get(f"{path}/on-site").text
    with app.app_context():
        name = actor(expert).name
    assert "台账与现场一致" in enter(district).get(f"{path}/on-site").text
    assert name not in enter(district).get(f"{path}/on-site").text
    assert name in office.get(f"{path}/on-site").text
    assert "结束现场核查" in office.get("/desk").text
    assert "已提交，等待市办结束核查" in enter(district).get("/desk").text
    page = office.get(f"{path}/end-on-site").text
    assert office.post(f"{path}/end-on-site", data=hidden(page)).status_code == 303
    with app.app_context():
        assert case(id_).state is State.DECISION


def test_a_report_says_something(app: Flask, inside: None) -> None:
    application = case(application_in(app, State.ON_SITE))
    by, before = actor(f"district-{application.division}"), len(db.session.scalars(select(OnSiteReport)).all())
    with pytest.raises(Unusable):
        actions.report_on_site(
            db.session(), application, clock.day_of(clock.now(), "Asia/Shanghai"), "", by=by, at=clock.now()
        )
    assert len(db.session.scalars(select(OnSiteReport)).all()) == before


def test_the_round_closes_alike_on_each_database(build_app: Build, both_databases: str) -> None:
    app = build_app(both_databases)
    id_ = application_in(app, State.REVIEW)
    with app.app_context():
        application = all_hand_in(id_)
        found = close(application, on_site=True)
        db.session.commit()
        assert case(id_).state is State.ON_SITE
        best = score(checklist(application), sheet_answers(revision(application).answers, full_marks(application)))
        assert found.total <= best.total
        assert {sheet.total is not None for sheet in actions.sheets_of(db.session(), application)} == {True}


def test_a_recheck_begins_a_round_of_its_own(app: Flask, enter: Enter) -> None:
    id_ = application_in(app, State.RECHECK)
    with app.app_context():
        application, office, at = case(id_), actor("office"), clock.now()
        closed = actions.result_of(db.session(), application)
        assert closed is not None
        before = closed.total
        sheet = actions.sheets_of(db.session(), application)[0]
        with pytest.raises(NotReady, match="已经结束"):
            actions.ask_reopen(db.session(), application, sheet, "看错", by=office, at=at)
        actions.assign(
            application, post_of(sheet.person.login), at + timedelta(days=5), by=office, at=at, session=db.session()
        )
        db.session.commit()
        login = sheet.person.login
        assert (application.round, len(application.seats), sheet.handed_in_at is not None) == (2, 1, True)
    result = f"/applications/{id_}/result"
    assert "复核评分" not in enter("office").get(result).text
    with app.app_context():
        hand_in(case(id_), login, full_marks(case(id_)))
        db.session.commit()
    assert "复核评分" in enter("office").get(result).text
    with app.app_context():
        found = actions.result_of(db.session(), case(id_))
        assert found is not None
        assert (found.round, found.total) == (1, before)
