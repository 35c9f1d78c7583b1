"""Proposed by one person, approved by another, in force from midnight of its day; who has applied keeps what he had."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError, StatementError

from cellcert import clock
from cellcert.actors import Actor, Role
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.audit.models import AuditEvent
from cellcert.criteria.editions import all_in_force, fingerprint, in_force, keep_edition
from cellcert.criteria.marked import CriteriaFaults
from cellcert.criteria.models import Edition
from cellcert.criteria.states import EditionState
from cellcert.database import db
from cellcert.edition import actions
from cellcert.edition.history import categories
from cellcert.edition.rules import Standing
from cellcert.errors import NotAllowed, NotReady, Refusal
from cellcert.web import house
from tests.builders import application_in, city, sign_in
from tests.conftest import Build
from tests.edition.proposing import approved, in_days, new_text, proposed, today


def name_in_force(app: Flask, category: str = "mall") -> str:
    with app.app_context():
        return in_force(db.session(), house().library, category, on=today()).checklist.edition


def rows(app: Flask) -> tuple[int, int]:
    with app.app_context():
        count = select(func.count())
        events = db.session.scalar(count.select_from(AuditEvent)) or 0
        return db.session.scalar(count.select_from(Edition)) or 0, events


def test_the_folder_holds_until_an_edition_is_kept_and_looking_keeps_nothing(app: Flask) -> None:
    with app.app_context():
        library = house().library
        current = in_force(db.session(), library, "mall", on=today())
        assert current.edition is None
        assert current.sha256 == library.hash("mall") == fingerprint(library.source("mall"))
        assert db.session.scalar(select(func.count()).select_from(Edition)) == 0
        kept = keep_edition(db.session(), library, "mall", at=clock.now())
        assert kept.is_founding
        assert kept.in_force_from == today()
        assert in_force(db.session(), library, "mall", on=today()).edition is kept
        assert keep_edition(db.session(), library, "mall", at=clock.now()) is kept


def test_an_edition_comes_into_force_at_midnight_of_the_city(app: Flask) -> None:
    people = city(app)
    with time_machine.travel(datetime(2027, 5, 30, 9, tzinfo=UTC), tick=False):
        approved(app, proposed(app, people["office"], days=2), people["approver"])
        old = name_in_force(app)
        assert old != "2031.1"
    with time_machine.travel(datetime(2027, 5, 31, 15, 59, 59, tzinfo=UTC), tick=False):
        assert name_in_force(app) == old
    with time_machine.travel(datetime(2027, 5, 31, 16, 0, 0, tzinfo=UTC), tick=False):
        assert name_in_force(app) == "2031.1"
        with app.app_context():
            mall = next(one for one in categories(db.session(), house().library, on=today()) if one.key == "mall")
            stands = [(line.edition.edition, line.standing, line.until) for line in mall.lines]
        assert stands == [
            ("2031.1", Standing.IN_FORCE, None),
            (old, Standing.SUPERSEDED, datetime(2027, 5, 31, tzinfo=UTC).date()),
        ]


def test_a_running_application_keeps_its_edition(app: Flask) -> None:
    case = application_in(app, State.REVIEW, "mall")
    people = city(app)
    with app.app_context():
        before = db.session.get_one(Application, case).edition.sha256
    approved(app, proposed(app, people["office"]), people["approver"])
    assert name_in_force(app) == "2031.1"
    with app.app_context():
        assert db.session.get_one(Application, case).edition.sha256 == before


def test_nothing_in_the_folder_is_in_force_by_itself_once_an_edition_is_approved(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = city(app)
    approved(app, proposed(app, people["office"]), people["approver"])
    with app.app_context():
        changed = new_text("mall", "2040.1")
        monkeypatch.setattr(type(house().library), "source", lambda self, category: changed)
        assert in_force(db.session(), house().library, "mall", on=today()).checklist.edition == "2031.1"
        assert keep_edition(db.session(), house().library, "mall", at=clock.now()).edition == "2031.1"
        mall = next(one for one in categories(db.session(), house().library, on=today()) if one.key == "mall")
        assert mall.file_is_new


def test_the_office_proposes_and_another_person_approves(app: Flask) -> None:
    people = city(app)
    draft = proposed(app, people["office"])
    office = people["office"]
    same_person = Actor(office.person_id, office.name, Role.APPROVER)
    for by in (people["office"], people["auditor"], same_person):
        with app.app_context(), pytest.raises(NotAllowed):
            actions.approve(db.session(), house().library, db.session.get_one(Edition, draft), by=by, at=clock.now())
    for by in (people["approver"], people["auditor"]):
        with app.app_context(), pytest.raises(NotAllowed):
            actions.propose(
                db.session(), house().library, "park", new_text("park"), today(), "改", by=by, at=clock.now()
            )
    assert name_in_force(app) != "2031.1"
    approved(app, draft, people["approver"])
    with app.app_context():
        kinds = db.session.scalars(select(AuditEvent.kind).where(AuditEvent.object == f"edition:{draft}")).all()
    assert sorted(kinds) == ["approve-edition", "propose-edition"]


def test_a_refused_proposal_leaves_nothing_behind(app: Flask) -> None:
    people = city(app)
    draft = proposed(app, people["office"], days=5)
    before = rows(app)
    with app.app_context():
        founding = db.session.scalars(select(Edition.edition).where(Edition.state == EditionState.APPROVED)).one()
        library, same = house().library, house().library.source("mall")
    tries: list[tuple[str, str, int, str]] = [
        ("mall", new_text_in(app, "mall", "2031.2"), 9, "已有一份草案"),
        ("park", new_text_in(app, "park", "2031.1"), -1, "不能早于今天"),
    ]
    for category, text, days, sentence in tries:
        with app.app_context(), pytest.raises(NotReady, match=sentence):
            _propose(category, text, days, people["office"])
    assert rows(app) == before
    with app.app_context():
        found = db.session.get_one(Edition, draft)
        actions.withdraw(db.session(), library, found, "另有安排。", by=people["office"], at=clock.now())
        db.session.commit()
    approved(app, proposed(app, people["office"], edition="2031.5", days=6), people["approver"])
    before = rows(app)
    for text, days, sentence in (
        (same, 9, "完全相同"),
        (new_text_in(app, "mall", founding) + "\n# 改过\n", 9, "已经用过"),
        (new_text_in(app, "mall", "2031.3"), 6, "一天只能有一版"),
    ):
        with app.app_context(), pytest.raises(NotReady, match=sentence):
            _propose("mall", text, days, people["office"])
    with app.app_context(), pytest.raises(CriteriaFaults) as wrong:
        _propose("mall", new_text("mall", "2031.4").replace("category: mall", "category: park"), 9, people["office"])
    assert wrong.value.faults[0].line > 0
    assert rows(app) == before


def _propose(category: str, text: str, days: int, by: Actor) -> Edition:
    return actions.propose(db.session(), house().library, category, text, in_days(days), "改", by=by, at=clock.now())


def new_text_in(app: Flask, category: str, edition: str) -> str:
    with app.app_context():
        return new_text(category, edition)


def test_what_was_withdrawn_may_be_proposed_again_with_another_day(app: Flask) -> None:
    people = city(app)
    draft = proposed(app, people["office"], days=3)
    with app.app_context():
        found = db.session.get_one(Edition, draft)
        actions.withdraw(db.session(), house().library, found, "日期改动。", by=people["office2"], at=clock.now())
        db.session.commit()
    assert proposed(app, people["office"], days=4) == draft
    approved(app, draft, people["approver"])
    with app.app_context():
        found = db.session.get_one(Edition, draft)
        assert found.in_force_from == in_days(4)
        assert found.withdrawn_by is None
        assert found.withdrawn_because == ""


def test_an_approved_edition_is_taken_back_only_before_its_day_and_by_an_approver(app: Flask) -> None:
    people = city(app)
    draft = proposed(app, people["office"], days=3)
    approved(app, draft, people["approver"])

    def withdraw(by: Actor) -> None:
        with app.app_context():
            found = db.session.get_one(Edition, draft)
            actions.withdraw(db.session(), house().library, found, "有误。", by=by, at=clock.now())
            db.session.commit()

    with pytest.raises(NotAllowed):
        withdraw(people["office"])
    with time_machine.travel(clock.start_of(in_days(3), "Asia/Shanghai")), pytest.raises(NotReady, match="已经生效"):
        withdraw(people["approver"])
    withdraw(people["approver2"])
    with pytest.raises(NotReady, match="已经撤回"):
        withdraw(people["approver"])
    with time_machine.travel(clock.start_of(in_days(9), "Asia/Shanghai")):
        assert name_in_force(app) != "2031.1"


def test_a_draft_whose_day_has_passed_is_not_approved(app: Flask) -> None:
    people = city(app)
    draft = proposed(app, people["office"], days=1)
    with time_machine.travel(clock.start_of(in_days(2), "Asia/Shanghai")), pytest.raises(NotReady, match="已经过去"):
        approved(app, draft, people["approver"])


def test_every_category_is_looked_up_in_as_many_queries_as_one(app: Flask) -> None:
    from sqlalchemy import event

    people = city(app)
    for category in ("mall", "park", "agency"):
        approved(app, proposed(app, people["office"], category), people["approver"])
    with app.app_context():
        session, library, asked = db.session(), house().library, list[str]()
        session.connection()
        event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        assert set(all_in_force(session, library, on=today())) == {one.key for one in library.programme.categories}
        assert len(asked) == 1
        in_force(session, library, "mall", on=today())
        assert len(asked) == 2
        categories(session, library, on=today())
        assert len(asked) == 4


# what the database holds


def _edition(**values: object) -> Edition:
    at = clock.now()
    given = {"category": "mall", "edition": "9", "sha256": "9", "text": "x", "kept_at": at, "in_force_from": today()}
    return Edition(**given | values)


def test_the_database_keeps_two_persons_one_draft_and_one_edition_a_day(build_app: Build, both_databases: str) -> None:
    app = build_app(both_databases)
    people = city(app)
    at, office, approver = clock.now(), people["office"].signatory, people["approver"].signatory
    put = {"proposed_by": office, "proposed_at": at}
    signed = put | {"approved_by": approver, "approved_at": at}
    wrong: dict[str, list[Edition]] = {
        "the proposer approves": [_edition(**put, approved_by=office, approved_at=at)],
        "nobody approves": [_edition(**put)],
        "nobody proposes": [_edition(approved_by=approver, approved_at=at)],
        "a draft of nobody": [_edition(state="draft")],
        "a draft approved": [_edition(**signed, state="draft")],
        "withdrawn by nobody": [_edition(**put, state="withdrawn")],
        "founding, withdrawn": [_edition(state="withdrawn", withdrawn_by=office, withdrawn_at=at)],
        "in force and withdrawn": [_edition(**signed, withdrawn_by=office, withdrawn_at=at)],
        "an unknown state": [_edition(state="approvd")],
        "two on a day": [_edition(), _edition(sha256="8")],
        "two drafts": [_edition(**put, state="draft"), _edition(**put, state="draft", sha256="8")],
        "one text twice": [_edition(), _edition(in_force_from=in_days(1))],
        "no day": [_edition(in_force_from=None)],
    }
    for what, found in wrong.items():
        with app.app_context():
            db.session.add_all(found)
            try:
                db.session.flush()
            except (DBAPIError, StatementError, LookupError):
                db.session.rollback()
            else:
                pytest.fail(what)


def test_the_text_of_an_edition_never_changes(build_app: Build, both_databases: str) -> None:
    app = build_app(both_databases)
    with app.app_context():
        db.session.add(_edition())
        db.session.commit()
        for change in (
            *(update(Edition).values({name: "z"}) for name in ("category", "edition", "sha256", "text")),
            update(Edition).values(kept_at=clock.now()),
            delete(Edition),
        ):
            with pytest.raises(DBAPIError, match="never changes"):
                db.session.execute(change)
            db.session.rollback()


def test_of_two_who_approve_at_one_moment_one_is_told_it_is_done(build_app: Build, both_databases: str) -> None:
    app = build_app(both_databases)
    app.config["WTF_CSRF_ENABLED"] = False
    draft = proposed(app, city(app)["office"])
    clients = [app.test_client(), app.test_client()]
    for client, login in zip(clients, ("approver", "approver2"), strict=True):
        sign_in(client, login)
    begin, answers = threading.Barrier(2), list[int]()

    def approve(number: int) -> None:
        begin.wait()
        answers.append(clients[number].post(f"/editions/{draft}/approve").status_code)

    threads = [threading.Thread(target=approve, args=[number]) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers) == [303, 409]
    with app.app_context():
        events = select(func.count()).where(AuditEvent.object == f"edition:{draft}")
        assert db.session.scalar(events.where(AuditEvent.kind == "approve-edition")) == 1


def test_a_refusal_says_what_to_do_next(app: Flask) -> None:
    people = city(app)
    draft = proposed(app, people["office"])
    approved(app, draft, people["approver"])
    with pytest.raises(Refusal, match="返回查看最新状态"):
        approved(app, draft, people["approver2"])


def test_the_public_reads_the_edition_in_force_the_one_to_come_and_the_ones_before(app: Flask) -> None:
    people = city(app)
    coming = proposed(app, people["office"], days=30)
    approved(app, coming, people["approver"])
    public = app.test_client()
    now, later = public.get("/criteria/mall"), public.get(f"/criteria/mall/editions/{coming}")

    assert "2026.1 版" in now.text
    assert "2031.1 版将从" in now.text
    assert "现在还没有生效" in later.text
    with time_machine.travel(clock.now() + timedelta(days=31), tick=False):
        now, before = public.get("/criteria/mall"), public.get("/criteria/mall/editions/1")
    assert "2031.1 版" in now.text
    assert "已被新版取代" in before.text


def test_the_public_reads_no_draft(app: Flask) -> None:
    draft = proposed(app, city(app)["office"])

    assert app.test_client().get(f"/criteria/mall/editions/{draft}").status_code == 404
