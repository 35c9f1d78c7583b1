"""Counts of past days come from the history alone, the same on the page, in the curve and in the recount."""

import re
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Step
from cellcert.certificate.models import Certificate
from cellcert.database import db
from cellcert.tally.course import course, reached_on, told_cases
from cellcert.tally.forecast import forecast, learn
from cellcert.tally.queries import tally, waiting
from cellcert.tally.replay import Told, recount
from cellcert.tally.rules import behind, month_ends
from cellcert.web import house
from tests.builders import every_state
from tests.conftest import Build

ZONE = "Asia/Shanghai"


def test_every_day_since_the_first_step_counts_as_the_history_says(build_app: Build, both_databases: str) -> None:
    app = build_app(both_databases)
    every_state(app)
    with app.app_context():
        session, programme, today = db.session(), house().library.programme, clock.day_of(clock.now(), ZONE)
        told = told_cases(session)
        first = clock.day_of(min(case.moves[0][0] for case in told), ZONE)
        days = [first + timedelta(days=number) for number in range((today - first).days + 1)]
        curve = [point.count for point in reached_on(session, days, ZONE)]
        again = [recount(told, day, clock.end_of(day, ZONE)) for day in days]
        faults = {
            day: told.differs_from(tally(session, programme, day, clock.end_of(day, ZONE)))
            for day, told in zip(days, again, strict=True)
        }

        assert {day: fault for day, fault in faults.items() if fault} == {}
        assert curve == [len(told.units) for told in again]
        assert max(curve) > curve[0]
        assert again[-1].differs_from(tally(session, programme, today)) == []
        assert {line.state for line in waiting(session, clock.now())} >= {"submitted", "review", "notice"}
        assert tally(session, programme, today, named=True).awards
        db.session.rollback()


def test_a_suspended_title_counts_on_the_days_before(app: Flask) -> None:
    suspended = every_state(app)[State.SUSPENDED]
    with app.app_context():
        session, programme = db.session(), house().library.programme
        steps = session.scalars(select(Step).where(Step.application_id == suspended).order_by(Step.id)).all()
        serial = session.scalars(select(Certificate.serial).where(Certificate.application_id == suspended)).one()
        given, gone = (clock.day_of(step.at, ZONE) for step in (next(s for s in steps if s.act == "AWARD"), steps[-1]))
        held = [
            serial in {one.serial for one in tally(session, programme, day, clock.end_of(day, ZONE), named=True).awards}
            for day in (given - timedelta(days=1), given, gone)
        ]
        db.session.rollback()

    assert held == [False, True, False]


def test_the_page_of_a_past_day_shows_its_figures_and_every_link_leads_to_as_many_titles(
    app: Flask, client: FlaskClient
) -> None:
    every_state(app)
    page = client.get("/progress").text
    links = {
        (link.replace("&amp;", "&"), int(count))
        for link, count in re.findall(r'<td class="number[^"]*"><a href="(/progress/titles[^"]*)">(\d+)</a>', page)
    }

    assert len(links) > 5
    for link, count in links:
        assert f"共 {count} 个" in client.get(link).text, link
    before = client.get("/progress", query_string={"on": "2020-01-01"}).text
    assert "0 个单位持有有效称号" in before
    assert "<table" in before


@pytest.mark.parametrize(("asked", "said"), [("gestern", "不是日期"), ("2999-01-01", "还没有到")])
def test_what_is_no_past_day_is_said_at_the_field_and_kept(client: FlaskClient, asked: str, said: str) -> None:
    page = client.get("/progress", query_string={"on": asked}).text

    assert said in page
    assert f'value="{asked}"' in page
    assert (
        client.get("/progress/titles", query_string={"on": asked, "year": "x", "category": "none"}).status_code == 200
    )


def test_the_pages_take_as_many_queries_for_one_case_as_for_many(app: Flask, client: FlaskClient) -> None:
    def asked(address: str) -> int:
        app.extensions.pop("cellcert.tally", None)
        sent: list[str] = []

        def hear(*given: object) -> None:
            sent.append(str(given[2]))

        with app.app_context():
            event.listen(db.engine, "before_cursor_execute", hear)
            client.get(address)
            event.remove(db.engine, "before_cursor_execute", hear)
        return len([statement for statement in sent if statement.startswith(("SELECT", "WITH"))])

    addresses = ("/progress", "/progress?on=2026-06-01", "/progress/titles", "/progress/screen")
    empty = [asked(address) for address in addresses]
    every_state(app)
    full = [asked(address) for address in addresses]

    assert full == empty


def test_a_case_that_moves_is_on_the_kept_page_at_once(app: Flask, client: FlaskClient) -> None:
    assert "0 个单位持有有效称号" in client.get("/progress").text
    every_state(app)
    assert "0 个单位持有有效称号" not in client.get("/progress").text


def test_the_longest_and_the_middle_wait_are_told(app: Flask) -> None:
    every_state(app)
    with app.app_context():
        at = clock.now() + timedelta(days=10)
        lines = {line.state: line for line in waiting(db.session(), at)}
        db.session.rollback()

    assert lines["review"].count == 1
    assert 10 <= lines["review"].median == lines["review"].oldest
    assert "draft" not in lines


def test_too_few_cases_give_no_forecast_and_a_sentence(app: Flask, client: FlaskClient) -> None:
    every_state(app)
    with app.app_context():
        programme = house().library.programme
        today = clock.day_of(clock.now(), ZONE)
        assert course(db.session(), programme, tally(db.session(), programme, today)).forecast is None
        db.session.rollback()
    assert "暂不预测" in client.get("/progress").text


# the forecast on worlds whose truth is known

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
SEEN, ALL = 240, 480  # days


def world(seed: int) -> list[Told]:
    """Cases handed in by chance; each waits, is judged, and most are awarded."""
    rng, cases = Random(seed), []
    at, pace = 0.0, rng.uniform(1.5, 4.0)
    while (at := at + rng.expovariate(1 / pace)) < ALL:
        moves, moment = [(BEGIN + timedelta(days=at), State.SUBMITTED)], at
        for state, days in ((State.PRELIMINARY, 5), (State.REVIEW, 10), (State.DECISION, 25), (State.NOTICE, 5)):
            moment += rng.gammavariate(3, days / 3)
            moves.append((BEGIN + timedelta(days=moment), state))
        moment += 8
        moves.append((BEGIN + timedelta(days=moment), State.AWARDED if rng.random() < 0.8 else State.REJECTED))
        cases.append(Told(len(cases), "agency", "here", moves))
    return cases


def awarded(cases: list[Told], until: datetime) -> int:
    return sum(any(at < until and state is State.AWARDED for at, state in case.moves) for case in cases)


def test_the_truth_lies_within_the_band_about_as_often_as_it_says() -> None:
    on, seen = (BEGIN + timedelta(days=SEEN)).date(), BEGIN + timedelta(days=SEEN + 1)
    opens = [on + timedelta(days=number) for number in range(1, ALL - SEEN)]
    within = 0
    for seed in range(16):
        cases = world(seed)
        past = learn(cases, seen, 180, seen - timedelta(days=180))
        day = on + timedelta(days=90)
        found = forecast(past, awarded(cases, seen), 100, on, [day], opens, runs=60)
        truth = awarded(cases, datetime.combine(day, datetime.max.time(), UTC))
        within += found.last.low <= truth <= found.last.high

    assert 10 <= within <= 16  # of sixteen, 12.8 expected


def test_the_same_history_gives_the_same_forecast_and_cases_that_wait_are_not_forgotten() -> None:
    on, seen = (BEGIN + timedelta(days=SEEN)).date(), BEGIN + timedelta(days=SEEN + 1)
    past = learn(world(1), seen, 180, seen - timedelta(days=180))
    one, other = (forecast(past, 50, 100, on, [on + timedelta(days=60)], [], runs=40) for _ in range(2))

    assert one == other
    assert 50 < one.last.middle <= 50 + len(past.running)  # no batch is open: the cases under way alone


def test_who_is_farthest_from_the_share_comes_first(app: Flask) -> None:
    with app.app_context():
        lines = tally(db.session(), house().library.programme, date(2026, 6, 1)).divisions
        db.session.rollback()

    assert [line.missing for line in behind(lines)] == sorted((line.share for line in lines), reverse=True)
    assert month_ends(date(2026, 1, 15), date(2026, 3, 10)) == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 10)]
