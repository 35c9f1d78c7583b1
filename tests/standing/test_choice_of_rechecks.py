"""Re-checks are chosen by stated points and by a seed that anybody can draw again."""

from datetime import timedelta
from decimal import Decimal

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.audit.models import AuditEvent
from cellcert.certificate.models import Certificate
from cellcert.database import db
from cellcert.standing.choosing import Holder, choose, chosen_again, to_keep
from cellcert.standing.models import RecheckDraw
from tests.builders import application_in, hidden, sign_in

POINTS, SAMPLE = {"late": 2, "report": 2}, Decimal(20)
CITY = [Holder(number) for number in range(1, 11)]


def test_who_has_the_points_is_always_chosen_and_the_sample_comes_from_the_others() -> None:
    risky = Holder(11, ("late", "report"))
    found = choose([*CITY, Holder(12, ("late",)), risky], POINTS, 4, SAMPLE, 7)

    assert [one.application for one in found if one.by_risk] == [11]
    assert len(found) == 1 + 3  # 20 per cent of 12, rounded up
    assert 11 not in {one.application for one in found if not one.by_risk}


def test_a_seed_gives_the_same_sample_again_and_another_one_others() -> None:
    kept = to_keep(CITY, POINTS, 4, SAMPLE)
    first = choose(CITY, POINTS, 4, SAMPLE, 7)

    assert choose(CITY[::-1], POINTS, 4, SAMPLE, 7) == first == chosen_again(kept, 7)
    assert len({tuple(one.application for one in choose(CITY, POINTS, 4, SAMPLE, seed)) for seed in range(50)}) > 10


def test_who_was_looked_at_lately_is_not_drawn_by_chance_but_by_points() -> None:
    resting = [Holder(number, rests=True) for number in range(1, 11)]
    assert choose(resting, POINTS, 4, SAMPLE, 7) == []
    assert len(choose([*resting, Holder(11, ("late", "report"), rests=True)], POINTS, 4, SAMPLE, 7)) == 1


def test_a_draw_is_logged_before_it_is_seen_and_one_press_opens_it(app: Flask, client: FlaskClient) -> None:
    case = application_in(app, State.AWARDED)
    with app.app_context():
        certificate = db.session.scalars(select(Certificate)).one()
        certificate.awarded_on -= timedelta(days=400)
        db.session.commit()
    auditor = app.test_client()
    sign_in(auditor, "auditor")
    page = auditor.get("/rechecks").text
    assert "年度声明逾期" in page
    assert "抽取复核单位" not in page
    sign_in(client, "office")

    where = client.post("/rechecks", data=hidden(client.get("/rechecks").text)).headers["Location"]

    with app.app_context():
        made = db.session.scalars(select(RecheckDraw)).one()
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "draw-rechecks")).one()
        assert event.data["seed"] == made.seed
        assert db.session.get_one(Application, case).state is State.AWARDED  # nothing is opened yet
    assert client.post("/rechecks", data=hidden(client.get("/rechecks").text)).status_code == 409  # no second try
    assert auditor.post(where, data=hidden(auditor.get(where).text)).status_code == 200
    assert client.post(where, data=hidden(client.get(where).text)).status_code == 303

    with app.app_context():
        assert db.session.get_one(Application, case).state is State.RECHECK
        assert clock.now() >= db.session.scalars(select(RecheckDraw.opened_at)).one()
    assert "已启动复核" in auditor.get(where).text
