"""The office reads what closed rounds teach; nobody learns from it what the stage of a case still hides."""

from flask import Flask
from sqlalchemy import select

from cellcert.application.lifecycle import Relation, State
from cellcert.database import db
from cellcert.review.figures import editions_reviewed, marks_of
from cellcert.review.models import ScoreSheet
from cellcert.review.statistics import items_of
from tests.builders import application_in
from tests.review.cases import Counted, case, seated
from tests.review.conftest import Enter

PAGE = "/review/statistics"


def test_the_office_reads_items_and_experts_of_an_edition(app: Flask, enter: Enter) -> None:
    id_ = application_in(app, State.DECISION)
    with app.app_context():
        found = editions_reviewed(db.session(), Relation.OFFICE)
        assert [one.rounds for one in found] == [1]
        marks = marks_of(db.session(), found[0].edition, Relation.OFFICE)
        sheets = db.session.scalars(select(ScoreSheet)).all()
        mark = marks[0]
        sheet = next(one for one in sheets if one.person_id == mark.expert)
        assert mark.points == float(sheet.points[mark.item])
        assert {one.expert for one in marks} == {one.person_id for one in sheets}
        assert all(one.cases == 1 and not one.unclear for one in items_of(marks))
        names = [one.person.name for one in sheets]
        # who left is not counted
        next(seat for seat in case(id_).seats if seat.person_id == mark.expert).left_at = sheet.handed_in_at
        db.session.flush()
        assert mark.expert not in {one.expert for one in marks_of(db.session(), found[0].edition, Relation.OFFICE)}
        db.session.rollback()
    page = enter("office").get(PAGE).text
    assert all(name in page for name in names)
    assert "样本少" in page
    assert "理解不一致</" not in page
    assert enter("office").get(f"{PAGE}?edition=999").status_code == 404


def test_the_auditor_reads_nothing_of_cases_whose_sheets_are_still_closed_to_auditors(app: Flask, enter: Enter) -> None:
    id_ = application_in(app, State.DECISION)
    with app.app_context():
        names = [one.person.name for one in db.session.scalars(select(ScoreSheet))]
    page = enter("auditor").get(PAGE).text
    assert "还没有可以统计的评审" in page
    assert not any(name in page for name in names)
    with app.app_context():
        case(id_).state = State.AWARDED
        db.session.commit()
    page = enter("auditor").get(PAGE).text
    assert all(name in page for name in names)


def test_nobody_else_opens_it(app: Flask, enter: Enter) -> None:
    id_ = application_in(app, State.NOTICE)
    with app.app_context():
        expert, district = seated(id_)[0], f"district-{case(id_).division}"
    for login in (expert, district, "approver", "admin"):
        assert enter(login).get(PAGE).status_code == 403, login


def test_an_open_round_teaches_nothing_yet(app: Flask, enter: Enter) -> None:
    application_in(app, State.REVIEW)
    assert "还没有可以统计的评审" in enter("office").get(PAGE).text


def test_the_figures_cost_a_fixed_number_of_queries(app: Flask) -> None:
    application_in(app, State.DECISION)
    with app.app_context():
        edition = editions_reviewed(db.session(), Relation.OFFICE)[0].edition
        assert edition.text
        with Counted() as sent:
            marks_of(db.session(), edition, Relation.OFFICE)
        assert sent.count == 3
