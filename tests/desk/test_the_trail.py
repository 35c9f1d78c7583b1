"""The audit trail on a page."""

from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application
from cellcert.audit.models import AuditEvent
from cellcert.database import db
from cellcert.desk import rules
from tests.builders import application_in, sign_in
from tests.desk.conftest import Whole


def seated(whole: Whole, state: State) -> list[str]:
    with whole.app.app_context():
        return [seat.person.name for seat in db.session.get_one(Application, whole.ids[state]).seats]


def test_the_experts_of_an_open_round_are_no_names_to_the_auditor(whole: Whole) -> None:
    trail = f"/applications/{whole.ids[State.REVIEW]}/trail"
    page = whole.enter("auditor").get(trail).text

    assert "提交评分" in page
    assert [name for name in seated(whole, State.REVIEW) if name in page] == []
    assert any(name in whole.enter("office").get(trail).text for name in seated(whole, State.REVIEW))


def test_points_are_on_no_page_of_the_trail(whole: Whole) -> None:
    with whole.app.app_context():
        totals = {
            str(event.data["total"])
            for event in db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "hand-in"))
            if "total" in event.data
        }
    page = whole.enter("auditor").get(f"/audit?object=application:{whole.ids[State.REVIEW]}").text
    assert [total for total in totals if total in page] == []


def test_the_whole_trail_is_for_the_auditor(whole: Whole) -> None:
    assert whole.enter("auditor").get("/audit").status_code == 200
    assert whole.enter("office").get("/audit").status_code == 403
    assert whole.enter("admin").get("/audit").status_code == 403
    assert whole.clerk(State.AWARDED).get(f"/applications/{whole.ids[State.AWARDED]}/trail").status_code == 403


def test_older_events_follow_page_by_page_without_gap(whole: Whole) -> None:
    browser, seen, address = whole.enter("auditor"), [], "/audit"
    for _page in range(3):
        page = browser.get(address).text
        seen += [int(part.partition('"')[0]) for part in page.split('id="e')[1:]]
        address = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert seen == list(range(seen[0], seen[0] - 150, -1))


def test_a_changed_event_breaks_the_chain_in_sight(app: Flask, client: FlaskClient) -> None:
    application_in(app, State.SUBMITTED)
    sign_in(client, "auditor")
    assert "审计链完整" in client.get("/audit?check=chain").text
    with app.app_context():
        guards = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_event'")
        for guard in db.session.scalars(guards).all():  # as somebody would who has the file in hand
            db.session.execute(text(f"DROP TRIGGER {guard}"))
        db.session.execute(text("UPDATE audit_event SET actor = 'somebody else' WHERE seq = 3"))
        db.session.commit()
    page = client.get("/audit?check=chain").text

    assert "审计链有 1 处断裂" in page
    assert "audit_event 3: changed after it was written" in page


def test_every_kind_of_event_the_program_writes_has_words() -> None:
    written = set()
    for path in Path("cellcert").rglob("*.py"):
        source = path.read_text(encoding="utf-8").replace("\n", " ")
        for part in source.split("record(")[1:]:
            kind = part.partition(",")[2].lstrip().split(",")[0].strip()
            if kind.startswith('"'):
                written.add(kind.strip('"'))
    written -= {act.slug for act in Act}

    assert sorted(written - set(rules.KINDS)) == []


def test_every_event_of_a_whole_city_is_told_in_words(whole: Whole) -> None:
    with whole.app.app_context():
        kinds = set(db.session.scalars(select(AuditEvent.kind).distinct()))

    assert sorted(kinds - {act.slug for act in Act} - set(rules.KINDS)) == []
    assert len(kinds) >= 30
