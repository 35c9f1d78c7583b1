"""The case page offers every act that has a page, and no page that is not there."""

import pytest
from flask import Flask
from sqlalchemy import select

from cellcert.application.lifecycle import Act, acts_open_to
from cellcert.application.models import Application
from cellcert.database import db
from cellcert.desk.routes import PLACES, is_posted
from tests.desk.conftest import Whole

# done for one objection, sheet or place among others, on the page of the act that stands here instead
INSIDE_ANOTHER_PAGE = {
    Act.ATTACH, Act.DETACH, Act.ASK_UNIT, Act.ASK_REOPEN, Act.REOPEN, Act.REMIND, Act.EXPIRE, Act.ANNOUNCE,
    Act.REPORT_CELL, Act.ANSWER_REPORT,
}  # fmt: skip


def test_every_act_with_a_page_of_its_own_is_offered(app: Flask) -> None:
    own_pages = {
        rule.endpoint.rpartition(".")[2] for rule in app.url_map.iter_rules() if rule.arguments == {"application_id"}
    }
    missing = [act for act in Act if act.id.startswith("B") and act.name.lower() in own_pages and act not in PLACES]

    assert missing == []


def test_every_act_somebody_can_do_is_offered_or_done_inside_another_page() -> None:
    doable = {act for act in Act if act.id.startswith("B") and act.value.allow}

    assert doable - set(PLACES) == INSIDE_ANOTHER_PAGE


@pytest.mark.parametrize("act", PLACES, ids=lambda act: act.name)
def test_the_place_of_an_act_exists_and_needs_the_application_alone(shared_app: Flask, act: Act) -> None:
    rules = list(shared_app.url_map.iter_rules(PLACES[act]))

    assert any(rule.arguments == {"application_id"} for rule in rules)


def test_only_acts_without_a_page_are_posted_from_the_case_page(app: Flask) -> None:
    with app.app_context():
        assert {act for act in PLACES if is_posted(act)} == {Act.START_CHECK}


def test_every_button_of_every_state_leads_to_a_page_that_opens(whole: Whole) -> None:
    with whole.app.app_context():
        divisions = {one.id: one.division for one in db.session.scalars(select(Application))}
        db.session.rollback()
    asked = 0
    for state, application_id in whole.ids.items():
        for login in ("office", "approver2", f"district-{divisions[application_id]}"):
            browser = whole.enter(login)
            page = browser.get(f"/applications/{application_id}")
            if page.status_code == 404:
                continue
            acts = page.text.partition('class="acts"')[2].partition("<h2>")[0]
            for address in (part.partition('"')[0] for part in acts.split('href="')[1:]):
                assert browser.get(address).status_code == 200, (state, login, address)
                asked += 1
    assert asked > 15


def test_a_button_is_never_offered_against_the_table(whole: Whole) -> None:
    from cellcert.application.lifecycle import Relation, State

    page = whole.case(whole.clerk(State.NOTICE), State.NOTICE)
    assert Act.WITHDRAW not in acts_open_to(Relation.OWN, State.NOTICE)
    assert "/withdraw" not in page
    assert "/withdraw" in whole.case(whole.clerk(State.REVIEW), State.REVIEW)
