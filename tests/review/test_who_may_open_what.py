"""Every page of the review, for every role: let through, 403, 404 or 409; and the queries behind the lists."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.database import db
from cellcert.demo.city import City
from cellcert.review import actions
from cellcert.review.my_cases import my_cases
from cellcert.review.queries import (
    candidates,
    open_rounds,
    reopenings_to_approve,
    round_progress,
    to_advise,
    to_check,
)
from cellcert.web import house
from tests import builders
from tests.builders import application_in, clerk_of
from tests.review.cases import Counted, actor, case, full_marks, hand_in, seated
from tests.review.conftest import Enter

ROLES = (
    "district", "other-district", "lead", "other-lead", "expert", "other-expert",
    "office", "approver", "admin", "auditor",
)  # fmt: skip

# page: {role: status} in the state where it belongs; who is not named meets 404 (may not read it) or 403
OPEN: dict[tuple[str, State], dict[str, int]] = {
    ("check", State.SUBMITTED): {"district": 200},
    ("check", State.PRELIMINARY): {"district": 200, "lead": 200, "office": 200, "approver": 200, "auditor": 200},
    ("pass-on", State.PRELIMINARY): {"district": 200},
    ("return", State.PRELIMINARY): {"district": 200},
    ("advise-against", State.PRELIMINARY): {"district": 200},
    ("opinion", State.PRELIMINARY): {"lead": 200},
    ("experts", State.REVIEW): {"office": 200, "approver": 200},
    ("score", State.REVIEW): {"expert": 200},
    ("step-down", State.REVIEW): {"expert": 200},
    ("close-round", State.REVIEW): {"office": 200},
    ("result", State.DECISION): {"office": 200, "approver": 200},
    ("on-site", State.ON_SITE): {
        "district": 200, "lead": 200, "expert": 200, "office": 200, "approver": 200, "auditor": 200,
    },
    ("end-on-site", State.ON_SITE): {"office": 200},
}  # fmt: skip
STRANGERS = {"other-district", "other-lead", "other-expert", "admin"}


@pytest.mark.parametrize("state", sorted({state for _page, state in OPEN}))
def test_every_page_opens_to_its_roles_only(app: Flask, state: State, enter: Enter) -> None:
    id_ = application_in(app, state)
    with app.app_context():
        logins = people_around(id_)
    for role in ROLES:
        browser = enter(logins[role]) if role in logins else None
        for (page, _state), open_to in OPEN.items():
            if _state is not state or browser is None:
                continue
            status = browser.get(f"/applications/{id_}/{page}").status_code
            if role in open_to:
                assert status == open_to[role], (page, role)
            elif role in STRANGERS:
                assert status == 404, (page, role)
            else:
                assert status in {403, 404, 409}, (page, role)
    for page, _state in OPEN:
        answer = app.test_client().get(f"/applications/{id_}/{page}")
        assert (answer.status_code, "/sign-in" in answer.location) == (302, True), page


def people_around(id_: int) -> dict[str, str]:
    application = case(id_)
    programme = house().library.programme
    other = next(division.key for division in programme.divisions if division.key != application.division)
    lead = next(category.lead for category in programme.categories if category.lead != application.lead)
    experts = seated(id_)
    found = {
        "district": f"district-{application.division}",
        "other-district": f"district-{other}",
        "lead": f"department-{application.lead}",
        "other-lead": f"department-{lead}",
        "other-expert": next(f"expert{n}" for n in range(1, 9) if f"expert{n}" not in experts),
        "office": "office",
        "approver": "approver",
        "admin": "admin",
        "auditor": "auditor",
    }
    if experts:
        found["expert"] = experts[-1]
    return found


def test_the_unit_never_opens_a_page_of_its_review(app: Flask, enter: Enter) -> None:
    id_ = application_in(app, State.REVIEW)
    clerk = enter(clerk_of(app, id_))
    for page in ("check", "pass-on", "return", "experts", "score", "close-round", "result", "on-site", "opinion"):
        assert clerk.get(f"/applications/{id_}/{page}").status_code in {403, 409}, page


def test_writing_asks_the_same_of_everybody(app: Flask, enter: Enter) -> None:
    id_ = application_in(app, State.REVIEW)
    for login in ("approver", "auditor", "admin", "department-commerce"):
        browser = enter(login)
        for page in ("check", "experts", "score", "declare", "hand-in", "close-round", "on-site", "start-check"):
            assert browser.post(f"/applications/{id_}/{page}").status_code in {403, 404, 409}, (login, page)
    with app.app_context():
        assert case(id_).state is State.REVIEW


def test_lists_ask_the_database_as_often_for_three_as_for_one(app: Flask) -> None:
    application_in(app, State.REVIEW)
    with app.app_context():
        first = queries_of(1)
        for number in (2, 3):
            tell(builders.the_city(), number)
        db.session.commit()
        assert queries_of(3) == first


def tell(city: City, number: int) -> None:
    division = city.programme.divisions[number].key
    story = city.story(number, "agency", division, clock.now() - builders.CLOSE * 60, 0.0)
    for _ in story.tell(State.REVIEW):
        db.session.flush()


def queries_of(cases: int) -> dict[str, int]:
    """How many statements each list sends."""
    db.session.commit()
    application = db.session.scalars(select(Application).order_by(Application.id)).first()
    assert application is not None
    busiest = max(everybody(), key=lambda expert: len(my_cases(db.session(), expert)))
    counts: dict[str, int] = {}
    lists: dict[str, Callable[[], object]] = {
        "to_check": lambda: to_check(db.session(), application.division),
        "to_advise": lambda: to_advise(db.session(), application.lead),
        "my_cases": lambda: my_cases(db.session(), busiest),
        "open_rounds": lambda: open_rounds(db.session()),
        "reopenings": lambda: reopenings_to_approve(db.session()),
        "round_progress": lambda: round_progress(db.session(), application),
        "candidates": lambda: candidates(db.session(), application),
    }
    for name, ask in lists.items():
        db.session.expire_all()
        _ = application.id, application.seats, application.conflicts, application.unit.name
        with Counted() as sent:
            ask()
        counts[name] = sent.count
    assert len(open_rounds(db.session())) == cases
    return counts


def everybody() -> list[int]:
    """Whoever sits on a case."""
    ids = db.session.scalars(select(Application.id)).all()
    return [actor(login).person_id or 0 for id_ in ids for login in seated(id_)]


def test_a_case_is_listed_with_how_far_it_is_scored(app: Flask) -> None:
    id_ = application_in(app, State.REVIEW)
    with app.app_context():
        application = case(id_)
        lines = [my_cases(db.session(), actor(login).person_id or 0)[0] for login in seated(id_)]
        assert sorted((line.scored == line.of, line.handed_in_at is not None) for line in lines) == [
            (False, False), (False, False), (True, True),
        ]  # fmt: skip
        waiting = [login for login, line in zip(seated(id_), lines, strict=True) if line.handed_in_at is None]
        sheet = hand_in(application, waiting[0], full_marks(application))
        assert actions.my_sheet(db.session(), application, actor(waiting[0])) is sheet
