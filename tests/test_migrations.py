"""Every migration goes up, down and up again with rows in every table, on both databases, and may be killed."""

import os
import random
import signal
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import CheckConstraint, Engine, MetaData, create_engine, insert, inspect, select, text

from cellcert import clock, migrate
from cellcert.actors import Role
from cellcert.application.lifecycle import State
from cellcert.application.models import Application, Conflict
from cellcert.audit.models import IdempotencyKey
from cellcert.certificate.letters.models import AwardLetter, AwardLetterLine
from cellcert.certificate.models import Certificate
from cellcert.criteria.models import Edition
from cellcert.database import Base, db, reading
from cellcert.decision.meeting_models import Meeting, MeetingCase, MeetingPack
from cellcert.decision.models import Exhibit, Objection, Statement
from cellcert.desk.models import CaseExport, SavedView
from cellcert.dispatch.reminders.models import Digest, Reminder
from cellcert.dispatch.supervision.models import (
    SupervisionCase,
    SupervisionFile,
    SupervisionLetter,
    SupervisionReport,
    SupervisionReview,
)
from cellcert.dispatch.targets.models import TargetFile, TargetReport
from cellcert.evidence.models import Redaction
from cellcert.people.models import Attempt, FailedSignIn, Invitation, Person, Post, SignIn
from cellcert.review.clarify_models import Clarification, ClarificationFile
from cellcert.review.models import CheckNote, OnSiteReport, Reopening, ScoreSheet, SecondRound
from cellcert.review.site.models import Visit, VisitFinding, VisitMember, VisitPhoto, VisitSignature
from cellcert.standing.models import CellReport, Declaration, RecheckDraw
from tests.builders import application_in, city, every_state
from tests.conftest import Build

Rows = Mapping[str, list[Any]]
# what a migration adds and fills in again each time it goes up; with what, a test of its own says
FILLED_IN = {
    "edition": {
        "state", "version", "in_force_from", "reason", "proposed_by", "proposed_at", "approved_by", "approved_at",
        "withdrawn_by", "withdrawn_at", "withdrawn_because",
    },
    "answer": {"carried_from"},
    "certificate": {"pinyin"},
    "evidence": {"caption", "position", "thumb", "carried_from"},
    "post": {"is_head"},
    "unit": {"contact_id", "host_key"},
    "score_sheet": {"blind"},
    "finding": {"answer"},
    "notice": {"digest", "pdf"},
    "objection": {"appeal", "secret", "passed_on", "letter"},
}  # fmt: skip
# tables a migration adds; going down takes their rows away
ADDED = {
    "supervision_case", "supervision_file", "supervision_letter", "supervision_report", "supervision_review",
    "award_letter", "award_letter_line", "check_note", "clarification", "clarification_file", "redaction",
    "invitation", "message", "reminder", "reminder_digest", "ledger_entry", "second_round", "meeting", "meeting_case",
    "meeting_pack", "attempt",
    "exhibit", "register_key", "statement", "visit", "visit_member", "visit_finding", "visit_photo", "visit_signature",
    "yearly_declaration", "cell_report", "recheck_draw", "unit_key", "saved_view", "case_export", "target_file",
    "target_report",
}  # fmt: skip
NEWEST_FIRST = [script.revision for script in ScriptDirectory.from_config(migrate.configuration()).walk_revisions()]


@pytest.fixture
def engine(both_databases: str) -> Iterator[Engine]:
    engine = create_engine(both_databases)
    yield engine
    engine.dispose()


def fill(app: Flask) -> None:
    """A demo city of every state, and a row in each table the stories do not reach."""
    every_state(app)
    with app.app_context():
        session, at = db.session(), clock.now()
        post = session.scalars(select(Post).where(Post.role == Role.OFFICE)).first()
        sheet = session.scalars(select(ScoreSheet)).first()
        application = session.scalars(select(Application)).first()
        certificate = session.scalars(select(Certificate)).first()
        assert post is not None
        assert certificate is not None
        assert sheet is not None
        assert application is not None
        other = session.scalars(select(Person).where(Person.id != post.person_id)).first()
        assert other is not None
        session.add_all(
            [
                SignIn(
                    token_hash="0" * 64, person_id=post.person_id, post_id=post.id, created_at=at, seen_at=at,
                    confirmed_at=at,
                ),
                FailedSignIn(login="office", network="192.0.2.0", failures=3, last_at=at),
                IdempotencyKey(actor="public:", action="x", key="k", payload_hash="0", at=at),
                Conflict(application_id=application.id, person_id=other.id, reason="亲属", at=at),
                OnSiteReport(application_id=application.id, visited_on="2026-01-01", text="一致", by=other.id, at=at),
                SecondRound(
                    application_id=application.id, round=1, items=[], opened_by=other.id, opened_at=at, due_at=at
                ),
                CheckNote(
                    application_id=application.id, revision=1, kind="case", key="case", side="district", text="留意",
                    by=other.id, at=at,
                ),
                Clarification(
                    application_id=application.id, item="signs", role=Role.APPLICANT, level="unit", text="见附件",
                    by=other.id, at=at,
                    files=[
                        ClarificationFile(
                            name="a.pdf", sha256="0" * 64, media_type="application/pdf", size=1, added_at=at
                        )
                    ],
                ),
                _visit(application.id, other.id, at),
                Digest(
                    person_id=other.id, day=at.date(), at=at,
                    reminders=[
                        Reminder(
                            person_id=other.id, kind="expiry", about="certificate:1", due_on=at.date(), step=90,
                            text="到期",
                        )
                    ],
                ),
                Redaction(application_id=application.id, original="0" * 64, by=other.id, at=at),
                Declaration(
                    application_id=application.id, year=2026, complies={}, figures={}, saved_by=other.id, saved_at=at
                ),
                CellReport(application_id=application.id, receipt="FY", secret="0", text="混投", received_at=at),
                SavedView(person_id=other.id, name="逾期", asked="late=1", at=at),
                CaseExport(post_id=session.scalars(select(Post.id)).first(), kind="csv", asked="", asked_at=at),
                RecheckDraw(year=2027, seed=1, kept={}, drawn_by=other.id, drawn_at=at),
                Reopening(score_sheet_id=sheet.id, asked_by=other.id, asked_at=at, reason="漏评一项"),
                Attempt(kind="object", who="0", at=at),
                Statement(
                    application_id=application.id, question="请说明", asked_by=other.id, asked_at=at, due_on=at.date()
                ),
                Exhibit(
                    objection_id=session.scalars(select(Objection.id)).first(), name="a.pdf", sha256="0" * 64,
                    media_type="application/pdf", size=1, added_at=at,
                ),
                AwardLetter(
                    batch=application.batch, dated=at.date(), prepared_by=other.id, prepared_at=at,
                    lines=[
                        AwardLetterLine(
                            position=1, certificate=certificate, application_id=certificate.application_id
                        )
                    ],
                ),
                meeting := Meeting(name="审定会", held_on=at.date(), opened_by=other.id, opened_at=at),
                MeetingCase(meeting=meeting, application_id=application.id),
                TargetReport(
                    target="straw", period="2025", ends_on=at.date(), value=Decimal("93.5"), department="agriculture",
                    reported_by=other.id, reported_at=at,
                    files=[
                        TargetFile(name="a.pdf", sha256="0" * 64, media_type="application/pdf", size=1, added_at=at)
                    ],
                ),
                MeetingPack(meeting=meeting, post_id=post.id, asked_at=at, cases=[application.id], of=2),
                SupervisionReview(on=at.date(), at=at, figures=[], proposed=1),
                _supervised(other.id, at),
                Invitation(
                    unit_id=application.unit_id, email="a@example.com", is_head=True, nonce="0", token_hash="0" * 64,
                    invited_by=other.id, created_at=at, expires_at=at,
                ),
            ]
        )  # fmt: skip
        session.commit()


def _supervised(person_id: int, at: datetime) -> SupervisionCase:
    file = SupervisionFile(name="a.pdf", sha256="0" * 64, media_type="application/pdf", size=1)
    report = SupervisionReport(
        cause="台账不全", measures="逐户指导", done_by=at.date(), by=person_id, at=at, files=[file]
    )
    letter = SupervisionLetter(key="k", step=0, figures={}, proposed_at=at, reports=[report])
    return SupervisionCase(
        kind="division", subject="jiefang", measure="division_share", opened_at=at, changed_at=at, letters=[letter]
    )


def _visit(application_id: int, person_id: int, at: datetime) -> Visit:
    visit = Visit(
        application_id=application_id, round=1, starts_at=at, place="南门", lead_id=person_id, arranged_by=person_id,
        arranged_at=at,
    )  # fmt: skip
    visit.members = [VisitMember(person_id=person_id, role=Role.DISTRICT)]
    visit.findings = [VisitFinding(item="signs", by=person_id, at=at)]
    visit.photos = [
        VisitPhoto(
            item="signs", key="0" * 8, name="a.jpg", sha256="0" * 64, media_type="image/jpeg", size=1, taken_at=at,
            taken_from="upload", by=person_id, at=at,
        )
    ]  # fmt: skip
    visit.signatures = [
        VisitSignature(side="team", name="甲", line="M1 1L2 2", content_hash="0" * 64, by=person_id, at=at)
    ]
    return visit


def rows_of(engine: Engine) -> Rows:
    """Every row of every table as the database has it."""
    metadata = MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        return {
            table.name: sorted(
                repr(tuple(row))
                for row in connection.execute(
                    select(*(column for column in table.c if column.name not in FILLED_IN.get(table.name, ())))
                )
            )
            for table in metadata.sorted_tables
            if table.name not in {"alembic_version", *ADDED}
        }


def schema_of(engine: Engine) -> Mapping[str, object]:
    """Tables, columns, constraints and triggers as the database has them."""
    inspector = inspect(engine)
    schema: dict[str, object] = {}
    for name in inspector.get_table_names():
        columns = [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in inspector.get_columns(name)]
        checks = sorted((str(c["name"]), c["sqltext"]) for c in inspector.get_check_constraints(name))
        indexes = sorted((str(i["name"]), i["unique"], tuple(i["column_names"])) for i in inspector.get_indexes(name))
        uniques = sorted((str(u["name"]), tuple(u["column_names"])) for u in inspector.get_unique_constraints(name))
        keys = sorted((str(k["name"]), tuple(k["constrained_columns"])) for k in inspector.get_foreign_keys(name))
        schema[name] = (columns, checks, indexes, uniques, keys)
    with engine.connect() as connection:
        schema["triggers"] = sorted(connection.execute(text(_TRIGGERS[engine.dialect.name])).scalars())
    return schema


_TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
}


def copy_rows(app: Flask, engine: Engine) -> None:
    """The same rows in another database."""
    with app.app_context(), reading(), engine.begin() as target:
        for table in Base.metadata.sorted_tables:
            rows = [dict(row._mapping) for row in db.session.execute(select(table))]
            target.execute(insert(table), rows)


def test_every_revision_goes_down_and_up_again_without_losing_a_row(
    build_app: Build, sqlite_url: str, engine: Engine
) -> None:
    app = build_app(sqlite_url)
    fill(app)
    if engine.dialect.name != "sqlite":
        copy_rows(app, engine)
    before, schema = rows_of(engine), schema_of(engine)
    assert [name for name, rows in before.items() if not rows] == []
    assert set(inspect(engine).get_table_names()) >= ADDED

    for newer, older in pairwise(NEWEST_FIRST):
        migrate.downgrade(engine, older)
        assert rows_of(engine) == before, f"{newer} down"
    for revision in reversed(NEWEST_FIRST[:-1]):
        migrate.upgrade(engine, revision)
        assert rows_of(engine) == before, f"{revision} up"

    assert schema_of(engine) == schema
    assert migrate.is_current(engine)


def test_a_ledger_in_kilograms_becomes_one_in_grams_and_back(
    build_app: Build, both_databases: str, engine: Engine
) -> None:
    number = application_in(build_app(both_databases), State.DRAFT, "factory")
    weights = text("SELECT generated, used FROM ledger_entry ORDER BY id")
    assert number
    with engine.connect() as connection:
        grams = connection.execute(weights).all()
    migrate.downgrade(engine, "0010")
    with engine.connect() as connection:
        kilograms = connection.execute(weights).all()
    assert [(made * 1000, used * 1000) for made, used in kilograms] == grams
    migrate.upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(weights).all() == grams
        assert set(connection.execute(text("SELECT dumped, measure FROM ledger_entry"))) == {(0, "t")}


def test_editions_that_were_applied_under_become_founding_ones(engine: Engine) -> None:
    """Of several kept on one day the last stays in force, and each has a day of its own."""
    migrate.downgrade(engine, "0002")
    kept = [
        ("park", "1", "2026-03-01 09:00:00"),
        ("mall", "1", "2026-05-04 09:00:00"),
        ("mall", "2", "2026-05-05 09:00:00"),
        ("mall", "3", "2026-05-05 11:00:00"),
        ("mall", "4", "2026-05-05 10:00:00"),
    ]
    with engine.begin() as connection:
        for number, (category, edition, at) in enumerate(kept, 1):
            connection.execute(
                text(
                    "INSERT INTO edition (id, category, edition, sha256, text, kept_at) "
                    "VALUES (:id, :category, :edition, :sha256, 'x', :at)"
                ),
                {"id": number, "category": category, "edition": edition, "sha256": f"{number:064}", "at": at},
            )
    migrate.upgrade(engine)
    with engine.connect() as connection:
        days = connection.execute(
            text("SELECT category, edition, in_force_from, state, proposed_by, version FROM edition ORDER BY id")
        ).all()
    assert [(category, edition, str(day)) for category, edition, day, *_ in days] == [
        ("park", "1", "2026-03-01"),
        ("mall", "1", "2026-05-02"),
        ("mall", "2", "2026-05-03"),
        ("mall", "3", "2026-05-05"),
        ("mall", "4", "2026-05-04"),
    ]
    assert {tuple(rest) for _, _, _, *rest in days} == {("approved", None, 1)}


def test_going_down_keeps_what_somebody_applied_under_and_drops_what_was_only_proposed(
    build_app: Build, both_databases: str, engine: Engine
) -> None:
    app = build_app(both_databases)
    people = city(app)
    office, approver = people["office"].signatory, people["approver"].signatory
    with app.app_context():
        session, at = db.session(), clock.now()
        row = {"category": "mall", "text": "x", "kept_at": at, "proposed_by": office, "proposed_at": at}
        founding = Edition(
            category="mall", edition="1", sha256="1", text="x", kept_at=at, in_force_from=clock.day_of(at, "UTC")
        )
        later = clock.day_of(at + timedelta(days=9), "UTC")
        session.add_all(
            [
                founding,
                Edition(**row, edition="2", sha256="2", state="draft", in_force_from=later),
                Edition(
                    **row, edition="3", sha256="3", state="approved", in_force_from=later, approved_by=approver,
                    approved_at=at,
                ),
                Edition(
                    **row, edition="4", sha256="4", state="withdrawn", in_force_from=later, withdrawn_by=office,
                    withdrawn_at=at,
                ),
            ]
        )  # fmt: skip
        session.commit()
        session.close()
    migrate.downgrade(engine, "0002")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT edition FROM edition WHERE category = 'mall'")).scalars().all() == ["1"]


def test_the_first_revision_leaves_nothing_when_it_goes_down(engine: Engine) -> None:
    schema = schema_of(engine)

    migrate.downgrade(engine, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}

    migrate.upgrade(engine)
    assert schema_of(engine) == schema


def test_the_migrations_give_the_models(engine: Engine) -> None:
    import cellcert.models  # noqa: F401  # every table

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
    inspector = inspect(engine)
    for table in Base.metadata.sorted_tables:
        named = {str(check["name"]) for check in inspector.get_check_constraints(table.name)}
        meant = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
        assert named == meant, table.name


@pytest.mark.parametrize("way", ["up", "down"])
def test_killed_in_the_middle_the_schema_is_the_old_or_the_new(tmp_path: Path, migrated_file: Path, way: str) -> None:
    """Five kills each way at random moments; then the way can be gone to its end."""
    whole = create_engine(f"sqlite:///{migrated_file}")
    new = schema_of(whole)
    whole.dispose()
    started = time.monotonic()
    _go(tmp_path / "measure.db", migrated_file, way, kill_after=None)
    lasts = time.monotonic() - started
    rng = random.Random(8)
    for number in range(5):
        file = tmp_path / f"{number}.db"
        engine = _go(file, migrated_file, way, kill_after=rng.uniform(0, lasts))
        tables = set(inspect(engine).get_table_names()) - {"alembic_version"}
        assert not tables or schema_of(engine) == new
        migrate.upgrade(engine)
        assert schema_of(engine) == new
        engine.dispose()


def _go(file: Path, migrated: Path, way: str, kill_after: float | None) -> Engine:
    """Migrate in a child and kill it after so many seconds."""
    if way == "down":
        file.write_bytes(migrated.read_bytes())
    child = os.fork()
    if child == 0:
        try:
            engine = create_engine(f"sqlite:///{file}")
            migrate.upgrade(engine) if way == "up" else migrate.downgrade(engine, "base")
        finally:
            os._exit(0)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return create_engine(f"sqlite:///{file}")


def test_going_down_leaves_a_second_round_as_if_it_had_not_been_opened(
    build_app: Build, both_databases: str, engine: Engine
) -> None:
    app = build_app(both_databases)
    id_ = application_in(app, State.REVIEW)
    with app.app_context():
        sheet = db.session.scalars(select(ScoreSheet).where(ScoreSheet.handed_in_at.is_not(None))).one()
        before = (sheet.answers, sheet.comments, sheet.points, sheet.total)
        sheet.blind = {
            "answers": sheet.answers, "comments": sheet.comments, "points": sheet.points, "total": str(sheet.total),
            "hundredths": int((sheet.total or 0) * 100),
        }  # fmt: skip
        sheet.answers, sheet.comments, sheet.points, sheet.total, sheet.handed_in_at = {}, {}, {}, None, None
        at = clock.now()
        db.session.add(SecondRound(application_id=id_, round=1, items=[], opened_by=1, opened_at=at, due_at=at))
        db.session.commit()
        db.session.remove()

    migrate.downgrade(engine, "0009")
    migrate.upgrade(engine)

    with app.app_context():
        again = db.session.scalars(select(ScoreSheet).where(ScoreSheet.handed_in_at.is_not(None))).one()
        assert (again.answers, again.comments, again.points, again.total, again.blind) == (*before, {})
        assert db.session.scalars(select(SecondRound)).all() == []
