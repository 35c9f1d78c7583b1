"""The first check: what is found, returned, passed on, advised against; the department's opinion."""

import pytest
from flask import Flask
from sqlalchemy import select

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.database import db
from cellcert.errors import NotAllowed, NotFound, NotReady, Unusable, WrongState
from cellcert.outbox.models import Job
from cellcert.review import checking
from cellcert.review.models import Finding, Opinion
from cellcert.review.queries import findings_of, to_advise, to_check
from cellcert.web import house
from tests.builders import application_in, hidden
from tests.review.cases import actor, case, checklist
from tests.review.conftest import Enter


@pytest.fixture
def checked(app: Flask) -> int:
    return application_in(app, State.PRELIMINARY)


def district(application: Application) -> str:
    return f"district-{application.division}"


def first_items(application: Application, count: int = 2) -> list[str]:
    return [item.key for item in checklist(application).items()][:count]


def test_a_district_takes_up_what_was_submitted(app: Flask, enter: Enter) -> None:
    id_ = application_in(app, State.SUBMITTED)
    with app.app_context():
        login = district(case(id_))
    browser = enter(login)
    assert "开始初审" in browser.get(f"/applications/{id_}/check").text

    answer = browser.post(f"/applications/{id_}/start-check")

    assert (answer.status_code, answer.location) == (303, f"/applications/{id_}/check")
    with app.app_context():
        assert case(id_).state is State.PRELIMINARY


def test_findings_are_kept_place_by_place(app: Flask, checked: int, enter: Enter) -> None:
    with app.app_context():
        login, (one, two) = district(case(checked)), first_items(case(checked))
    browser = enter(login)
    page = browser.get(f"/applications/{checked}/check").text
    found = {
        f"verdict.item.{one}": "fine",
        f"verdict.item.{two}": "return",
        f"reason.item.{two}": "台账缺第四季度",
    }

    answer = browser.post(f"/applications/{checked}/check", data=hidden(page) | found)

    assert answer.status_code == 303, answer.text
    with app.app_context():
        kept = findings_of(db.session(), case(checked), 1)
        assert {place: (row.verdict, row.reason) for place, row in kept.items()} == {
            ("item", one): ("fine", ""),
            ("item", two): ("return", "台账缺第四季度"),
        }
    assert "台账缺第四季度" in browser.get(f"/applications/{checked}/check").text


def test_a_place_to_be_corrected_needs_its_reason_and_nothing_typed_is_lost(
    app: Flask, checked: int, enter: Enter
) -> None:
    with app.app_context():
        login, (one, two) = district(case(checked)), first_items(case(checked))
    browser = enter(login)
    page = browser.get(f"/applications/{checked}/check").text
    data = {f"verdict.item.{one}": "return", f"verdict.item.{two}": "fine", f"reason.item.{two}": "写了一半"}

    answer = browser.post(f"/applications/{checked}/check", data=hidden(page) | data)

    assert answer.status_code == 422
    assert "请写明哪里不对" in answer.text
    assert "写了一半" in answer.text
    with app.app_context():
        assert db.session.scalars(select(Finding)).all() == []


def test_the_rest_can_be_marked_fine_at_once(app: Flask, checked: int, enter: Enter) -> None:
    with app.app_context():
        login, (one,) = district(case(checked)), first_items(case(checked), 1)
    browser = enter(login)
    page = browser.get(f"/applications/{checked}/check").text
    data = {f"verdict.item.{one}": "return", f"reason.item.{one}": "请补章", "do": "rest"}

    assert browser.post(f"/applications/{checked}/check", data=hidden(page) | data).status_code == 303

    with app.app_context():
        verdicts = {place: row.verdict for place, row in findings_of(db.session(), case(checked), 1).items()}
        assert [place for place, verdict in verdicts.items() if verdict == "return"] == [("item", one)]
        assert len(verdicts) > 30


def test_an_old_page_is_told_so_and_keeps_what_was_typed(app: Flask, checked: int, enter: Enter) -> None:
    with app.app_context():
        login, (one,) = district(case(checked)), first_items(case(checked), 1)
    browser = enter(login)
    page = hidden(browser.get(f"/applications/{checked}/check").text)
    data = {f"verdict.item.{one}": "return", f"reason.item.{one}": "写好的原因", "version": "1"}

    answer = browser.post(f"/applications/{checked}/check", data=page | data)

    assert answer.status_code == 409
    assert "已被他人更新" in answer.text
    assert "写好的原因" in answer.text
    again = browser.post(f"/applications/{checked}/check", data=data | hidden(answer.text))
    assert again.status_code == 303


def test_a_return_opens_only_the_places_marked(app: Flask, checked: int, enter: Enter) -> None:
    with app.app_context():
        application = case(checked)
        login, (one,) = district(application), first_items(application, 1)
        checking.note_findings(
            db.session(), application, {("item", one): ("return", "请补盖章页")}, by=actor(login), at=clock.now()
        )
        db.session.commit()
    browser = enter(login)
    page = browser.get(f"/applications/{checked}/return")
    assert "请补盖章页" in page.text

    answer = browser.post(f"/applications/{checked}/return", data=hidden(page.text) | {"reason": "尽快"})

    assert answer.status_code == 303, answer.text
    with app.app_context():
        application = case(checked)
        assert application.state is State.RETURNED
        step = application.history[-1]
        assert step.data["places"] == [["item", one]]
        assert step.data["reasons"] == {f"item.{one}": "请补盖章页"}
        assert db.session.scalars(select(Job.key).where(Job.key.contains("returned"))).all()


def test_a_plain_case_is_returned_before_the_check_begins(app: Flask, enter: Enter) -> None:
    id_ = application_in(app, State.SUBMITTED)
    with app.app_context():
        login, (one,) = district(case(id_)), first_items(case(id_), 1)
    browser = enter(login)
    page = browser.get(f"/applications/{id_}/return").text

    nothing = browser.post(f"/applications/{id_}/return", data=hidden(page))
    assert nothing.status_code == 409
    assert "请至少点名一项" in nothing.text

    answer = browser.post(f"/applications/{id_}/return", data=hidden(page) | {f"reason.item.{one}": "没有上传材料"})
    assert answer.status_code == 303, answer.text
    with app.app_context():
        assert case(id_).state is State.RETURNED


def test_nothing_is_passed_on_while_a_place_is_to_be_corrected(app: Flask, checked: int, inside: None) -> None:
    application = case(checked)
    by, (one,) = actor(district(application)), first_items(application, 1)
    checking.note_findings(db.session(), application, {("item", one): ("return", "缺页")}, by=by, at=clock.now())

    with pytest.raises(NotReady, match="需补正"):
        checking.pass_on(db.session(), application, "同意", house().library.programme, by=by, at=clock.now())

    assert application.state is State.PRELIMINARY
    assert db.session.scalars(select(Opinion)).all() == []


def test_passing_on_takes_the_opinion_along(app: Flask, checked: int, enter: Enter) -> None:
    with app.app_context():
        login = district(case(checked))
    browser = enter(login)
    page = browser.get(f"/applications/{checked}/pass-on").text
    assert browser.post(f"/applications/{checked}/pass-on", data=hidden(page)).status_code == 422

    answer = browser.post(f"/applications/{checked}/pass-on", data=hidden(page) | {"text": "材料齐全，同意推荐。"})

    assert answer.status_code == 303, answer.text
    with app.app_context():
        assert case(checked).state is State.REVIEW
        opinion = db.session.scalars(select(Opinion)).one()
        assert (opinion.side, opinion.in_favour, opinion.text) == ("district", True, "材料齐全，同意推荐。")


def test_a_negative_opinion_goes_straight_to_the_decision(app: Flask, checked: int, enter: Enter) -> None:
    with app.app_context():
        login = district(case(checked))
    browser = enter(login)
    page = browser.get(f"/applications/{checked}/advise-against").text

    answer = browser.post(f"/applications/{checked}/advise-against", data=hidden(page) | {"text": "材料不实。"})

    assert answer.status_code == 303, answer.text
    with app.app_context():
        assert case(checked).state is State.DECISION
        assert db.session.scalars(select(Opinion.in_favour)).all() == [False]


def test_words_are_asked_for_by_the_actions_themselves(app: Flask, checked: int, inside: None) -> None:
    application, at, programme = case(checked), clock.now(), house().library.programme
    by = actor(district(application))
    (one,) = first_items(application, 1)
    with pytest.raises(Unusable):
        checking.note_findings(db.session(), application, {("item", one): ("return", "")}, by=by, at=at)
    with pytest.raises(Unusable):
        checking.return_to_unit(db.session(), application, {("item", one): ""}, "", programme, by=by, at=at)
    with pytest.raises(Unusable):
        checking.pass_on(db.session(), application, "", programme, by=by, at=at)
    with pytest.raises(Unusable):
        checking.advise_against(db.session(), application, "", by=by, at=at)
    assert application.state is State.PRELIMINARY


def test_the_lead_department_gives_its_opinion_once_on_its_list(app: Flask, checked: int, enter: Enter) -> None:
    with app.app_context():
        lead = case(checked).lead
        assert [line.application_id for line in to_advise(db.session(), lead)] == [checked]
    browser = enter(f"department-{lead}")
    page = browser.get(f"/applications/{checked}/opinion").text

    answer = browser.post(
        f"/applications/{checked}/opinion", data=hidden(page) | {"in_favour": "no", "text": "数据与统计不符。"}
    )

    assert answer.status_code == 303, answer.text
    with app.app_context():
        assert to_advise(db.session(), lead) == []
        opinion = db.session.scalars(select(Opinion)).one()
        assert (opinion.side, opinion.in_favour) == ("department", False)


def test_people_of_other_places_do_not_check(app: Flask, checked: int, inside: None) -> None:
    application = case(checked)
    elsewhere = next(
        division.key for division in house().library.programme.divisions if division.key != application.division
    )
    findings = {("item", first_items(application, 1)[0]): ("fine", "")}
    with pytest.raises(NotFound):
        checking.note_findings(db.session(), application, findings, by=actor(f"district-{elsewhere}"), at=clock.now())
    with pytest.raises(NotAllowed):
        checking.note_findings(db.session(), application, findings, by=actor("office"), at=clock.now())
    assert db.session.scalars(select(Finding)).all() == []


def test_findings_belong_to_the_first_check(app: Flask, inside: None) -> None:
    application = case(application_in(app, State.SUBMITTED))
    with pytest.raises(WrongState):
        checking.note_findings(
            db.session(), application, {("fact", "x"): ("fine", "")}, by=actor(district(application)), at=clock.now()
        )


def test_the_first_check_lists_what_waits_with_what_is_marked(app: Flask, checked: int, inside: None) -> None:
    application = case(checked)
    (one,) = first_items(application, 1)
    checking.note_findings(
        db.session(), application, {("item", one): ("return", "缺页")}, by=actor(district(application)), at=clock.now()
    )
    db.session.flush()

    (line,) = to_check(db.session(), application.division)

    assert (line.application_id, line.to_correct, line.state) == (checked, 1, State.PRELIMINARY)
    assert to_check(db.session(), "nowhere") == []
