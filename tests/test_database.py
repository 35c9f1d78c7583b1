"""What the database promises: how it is opened, one effect for one form, no lost update, a chain nobody bends."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application, Step
from cellcert.audit.models import AuditEvent, IdempotencyKey
from cellcert.audit.queries import chain_faults
from cellcert.checks import CHECKS, City, check_all
from cellcert.database import begin_as_reader, db, write_now
from cellcert.storage.folder import FolderStore
from cellcert.web import house
from tests.builders import application_in, clerk_of, every_state, sign_in, work
from tests.conftest import Build
from tests.made_once import waiting_for_the_disk

THREADS = 8


def twin(app: Flask, client: FlaskClient) -> FlaskClient:
    """A second browser window of the same session."""
    other = app.test_client()
    cookie = client.get_cookie("cellcert")
    assert cookie is not None
    other.set_cookie("cellcert", cookie.value)
    return other


# how it is opened


def test_a_live_sqlite_connection_is_durable_and_strict(app: Flask) -> None:
    with waiting_for_the_disk(), app.app_context(), db.engine.connect() as connection:
        pragmas = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30000}


def test_who_writes_says_so_before_the_transaction_and_who_reads_does_not(app: Flask, client: FlaskClient) -> None:
    application_id = application_in(app, State.SUBMITTED)
    sign_in(client, clerk_of(app, application_id))
    begun: list[str] = []
    with app.app_context():
        engine = db.engine

    @event.listens_for(engine, "before_cursor_execute")
    def _remember(_c: object, _cursor: object, statement: str, _p: object, _context: object, _many: bool) -> None:
        if statement.startswith("BEGIN"):
            begun.append(statement)

    client.get(f"/applications/{application_id}/withdraw")
    assert set(begun) == {"BEGIN"}
    begun.clear()
    assert client.post(f"/applications/{application_id}/withdraw", data={"reason": "改期"}).status_code == 303
    assert begun[0] == "BEGIN IMMEDIATE"
    assert "BEGIN" not in begun


# one effect for one form (D-4)


@pytest.fixture
def submitted(build_app: Build, both_databases: str) -> tuple[Flask, FlaskClient, int]:
    """A submitted application and its clerk, on each database."""
    app = build_app(both_databases)
    app.config["WTF_CSRF_ENABLED"] = False
    application_id = application_in(app, State.SUBMITTED)
    client = app.test_client()
    sign_in(client, clerk_of(app, application_id))
    return app, client, application_id


def test_the_same_form_posted_eight_times_at_once_acts_once(submitted: tuple[Flask, FlaskClient, int]) -> None:
    app, client, application_id = submitted
    ready = Barrier(THREADS)
    form = {"idempotency_key": "one-form", "reason": "单位改期申报"}

    def post(window: FlaskClient) -> tuple[int, str | None]:
        ready.wait()
        answer = window.post(f"/applications/{application_id}/withdraw", data=form)
        return answer.status_code, answer.headers.get("Location")

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(post, [twin(app, client) for _ in range(THREADS)]))

    assert len(set(answers)) == 1
    assert answers[0][0] == 303
    with app.app_context():
        steps = select(func.count()).select_from(Step).where(Step.act == "WITHDRAW")
        events = select(func.count()).select_from(AuditEvent).where(AuditEvent.kind == "withdraw")
        assert (db.session.scalar(steps), db.session.scalar(events)) == (1, 1)
        assert db.session.scalar(select(func.count()).select_from(IdempotencyKey)) == 1


def test_another_content_under_the_same_key_is_refused(submitted: tuple[Flask, FlaskClient, int]) -> None:
    app, client, application_id = submitted
    address = f"/applications/{application_id}/withdraw"
    first = client.post(address, data={"idempotency_key": "one-form", "reason": "单位改期申报"})
    again = client.post(address, data={"idempotency_key": "one-form", "reason": "单位改期申报"})
    other = client.post(address, data={"idempotency_key": "one-form", "reason": "另一个理由"})

    assert (first.status_code, again.status_code, other.status_code) == (303, 303, 422)
    assert again.headers["Location"] == first.headers["Location"]
    with app.app_context():
        assert db.session.scalars(select(Step.reason).where(Step.act == "WITHDRAW")).all() == ["单位改期申报"]


def test_a_form_over_an_older_version_changes_nothing_and_keeps_what_was_typed(app: Flask, client: FlaskClient) -> None:
    application_id = application_in(app, State.DECISION)
    sign_in(client, "office")
    with app.app_context():
        version = db.session.get_one(Application, application_id).version
    form = {"outcome": "reject", "reason": "这句话不能丢失", "version": str(version - 1)}

    answer = client.post(f"/applications/{application_id}/decision", data=form)

    assert answer.status_code == 409
    assert "这句话不能丢失" in answer.text
    with app.app_context():
        assert db.session.get_one(Application, application_id).version == version


def test_of_two_who_saw_the_same_version_one_acts(submitted: tuple[Flask, FlaskClient, int]) -> None:
    app, client, application_id = submitted
    ready = Barrier(2)

    def post(number: int) -> int:
        window = twin(app, client)
        ready.wait()
        form = {"idempotency_key": f"window-{number}", "reason": f"窗口{number}"}
        return window.post(f"/applications/{application_id}/withdraw", data=form).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(post, range(2))) == [303, 409]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Step).where(Step.act == "WITHDRAW")) == 1
        assert chain_faults(db.session()) == []


def test_a_row_written_at_once_is_refused_when_somebody_changed_it_meanwhile(
    submitted: tuple[Flask, FlaskClient, int],
) -> None:
    app, _client, application_id = submitted
    with app.app_context():
        application = db.session.get_one(Application, application_id)
        before, at = application.version, clock.now()
        write_now(db.session(), application, edited_at=at)
        db.session.commit()
        assert (application.version, application.edited_at) == (before + 1, at)
        db.session.execute(update(Application).values(version=99), execution_options={"synchronize_session": False})
        with pytest.raises(StaleDataError):
            write_now(db.session(), application, edited_at=at)


# the chain


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_event SET actor = '别人'", "DELETE FROM audit_event WHERE seq = 3"]
)
def test_an_audit_event_can_neither_be_changed_nor_removed(
    build_app: Build, both_databases: str, statement: str
) -> None:
    app = build_app(both_databases)
    application_in(app, State.SUBMITTED)
    with app.app_context():
        assert chain_faults(db.session()) == []
        with pytest.raises(DBAPIError, match="only ever added"):
            db.session.execute(text(statement))
        db.session.rollback()
        assert chain_faults(db.session()) == []


# what ``cellcert check`` finds

Seed = Callable[[sqlite3.Connection, Path], object]


def sql(*statements: str) -> Seed:
    def seed(city: sqlite3.Connection, _blobs: Path) -> None:
        for statement in statements:
            assert city.execute(statement).rowcount != 0, f"nothing to break: {statement}"

    return seed


def bytes_of(query: str, damage: Callable[[Path], object]) -> Seed:
    def seed(city: sqlite3.Connection, blobs: Path) -> None:
        (sha256,) = city.execute(query).fetchone()
        damage(blobs / sha256[:2] / sha256)

    return seed


def _overwrite(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b" ")


OPEN_UPDATE, OPEN_DELETE = "DROP TRIGGER audit_event_no_update", "DROP TRIGGER audit_event_no_delete"
A_PDF = "SELECT sha256 FROM certificate WHERE sha256 <> ''"
A_CERTIFICATE = "(SELECT min(id) FROM certificate)"
AWARDED = "(SELECT id FROM application WHERE state = 'awarded')"
FAULTS: Mapping[str, Seed] = {
    "history_gives_state: a state set by hand": sql("UPDATE application SET state = 'on_site' WHERE state = 'review'"),
    "history_gives_state: a step removed": sql("DELETE FROM step WHERE act = 'PASS'"),
    "history_gives_state: a step that cannot be": sql("UPDATE step SET act = 'RETURN' WHERE act = 'PASS'"),
    "one_live_certificate: a title without one": sql(
        f"UPDATE certificate SET state = 'revoked', end_reason = 'x' WHERE application_id = {AWARDED}"
    ),
    "one_live_certificate: one without a title": sql(
        "UPDATE certificate SET state = 'issued', sha256 = 'x' WHERE state IN ('revoked', 'voided')"
    ),
    "one_live_certificate: two at once": sql(
        "DROP INDEX uq_certificate_live",
        "INSERT INTO certificate (application_id, serial, year, ordinal, token, state, fields, pinyin, awarded_on,"
        " valid_until, reserved_at, end_reason) SELECT application_id, 'twice', year, 900, 'twice', 'reserved', fields,"
        f" pinyin, awarded_on, valid_until, reserved_at, '' FROM certificate WHERE application_id = {AWARDED}",
    ),
    "serials_are_complete: a number lost": sql("UPDATE serial_counter SET last = last + 1"),
    "serials_are_complete: a certificate removed": sql("DELETE FROM certificate WHERE ordinal = 1"),
    "certificates_are_stored: a PDF gone": bytes_of(A_PDF, Path.unlink),
    "certificates_are_stored: a PDF changed": bytes_of(A_PDF, _overwrite),
    **{
        f"letters_are_stored: {what} gone": sql(
            "INSERT INTO award_letter (version, batch, number, dated, prepared_by, prepared_at, issued_by, issued_at,"
            f" said, {column}) SELECT 1, '1', '一号', awarded_on, 1, reserved_at, 2, reserved_at, '{{}}', '{'0' * 64}'"
            f" FROM certificate WHERE id = {A_CERTIFICATE}"
        )
        for what, column in (("its PDF", "sha256"), ("its print file", "print_sha256"), ("its ZIP", "zip_sha256"))
    },
    "certificates_are_found: its keys lost": sql(f"DELETE FROM register_key WHERE certificate_id = {A_CERTIFICATE}"),
    "certificates_are_found: one part of its name lost": sql(
        f"DELETE FROM register_key WHERE certificate_id = {A_CERTIFICATE} AND key = (SELECT max(key) FROM register_key"
        f" WHERE certificate_id = {A_CERTIFICATE})"
    ),
    "certificates_are_found: one part of its pinyin lost": sql(
        f"DELETE FROM register_key WHERE certificate_id = {A_CERTIFICATE} AND key ="
        f" (SELECT replace(pinyin, ' ', '') FROM certificate WHERE id = {A_CERTIFICATE})"
    ),
    "revisions_are_frozen: an answer changed": sql("UPDATE revision SET answers = replace(answers, 'true', 'false')"),
    "revisions_are_frozen: a file slipped out": sql("UPDATE revision SET evidence = '[]'"),
    "revisions_are_frozen: a total changed": sql("UPDATE revision SET total = total + 1 WHERE id = 1"),
    "results_recompute: a total changed": sql("UPDATE round_result SET total = total + 1 WHERE id = 1"),
    "results_recompute: a sheet handed in late": sql(
        "UPDATE score_sheet SET handed_in_at = '2099-01-01 00:00:00.000000' WHERE id ="
        " (SELECT min(id) FROM score_sheet WHERE application_id IN (SELECT application_id FROM round_result))"
    ),
    "editions_are_whole: a word changed": sql(
        "DROP TRIGGER edition_no_update", "UPDATE edition SET text = text || ' '"
    ),
    "editions_are_whole: another name": sql("DROP TRIGGER edition_no_update", "UPDATE edition SET edition = '1'"),
    "editions_are_whole: one person for both": sql("UPDATE edition SET proposed_by = 1, approved_by = 1"),
    "editions_are_whole: an edition gone": sql("UPDATE application SET edition_id = 9999"),
    "nobody_judges_own_case: an expert with a conflict": sql(
        "INSERT INTO conflict (application_id, person_id, reason, at) SELECT application_id, person_id, '亲属',"
        " saved_at FROM score_sheet WHERE handed_in_at IS NOT NULL LIMIT 1"
    ),
    "nobody_judges_own_case: one person for both": sql(
        "UPDATE proposal SET settled_by = proposed_by WHERE settled_by IS NOT NULL"
    ),
    "awards_follow_notices: a notice cut short": sql("UPDATE notice SET ends_on = date(published_on, '+1 day')"),
    "awards_follow_notices: an award before the end": sql(
        "UPDATE step SET at = (SELECT published_at FROM notice WHERE notice.application_id = step.application_id)"
        " WHERE act = 'AWARD'"
    ),
    "awards_follow_notices: an open objection": sql(
        f"UPDATE objection SET application_id = {AWARDED}, received_at = '2020-01-01 00:00:00.000000'"
    ),
    "notices_are_kept: another text": sql(f"UPDATE notice SET digest = '{'0' * 64}' WHERE id = 1"),
    "visit_records_are_kept: another record": sql(
        "INSERT INTO visit (application_id, round, version, starts_at, place, note, lead_id, asked, standing,"
        " other_because, arranged_by, arranged_at, statements, scan, scan_name, scan_type, unsigned_because, record,"
        " record_hash, closed_at) SELECT id, 99, 1, state_since, '', '', 1, '[]', 'agreed', '', 1, state_since, '[]',"
        " '', '', '', '', '{}', 'x', state_since FROM application WHERE state = 'on_site' LIMIT 1"
    ),
    "counts_agree: a title the count has lost": sql(
        f"UPDATE certificate SET state = 'superseded' WHERE application_id = {AWARDED}"
    ),
    "counts_agree: one counted that is suspended": sql(
        "UPDATE application SET state = 'awarded' WHERE state = 'suspended'"
    ),
    "counts_agree: a case counted in another state": sql(
        "UPDATE application SET state = 'review' WHERE state = 'notice'"
    ),
    "counts_agree: a certificate said to have ended": sql(
        f"UPDATE certificate SET ended_at = reserved_at WHERE application_id = {AWARDED}"
    ),
    "supervision_is_in_order: a letter nobody approved": sql(
        "INSERT INTO supervision_case (id, version, kind, subject, measure, part, opened_at, changed_at, closing)"
        " SELECT 1, 1, 'division', 'jiefang', 'division_share', '', state_since, state_since, '' FROM application"
        " LIMIT 1",
        "INSERT INTO supervision_letter (case_id, key, step, figures, proposed_at, because, settled_by, settled_at,"
        " approved, remark, number, said, told) SELECT 1, 'k', 0, '{}', opened_at, '', 1, opened_at, 1, '', 'n', '{}',"
        " '[]' FROM supervision_case",
    ),
    "evidence_is_stored: a file gone": bytes_of("SELECT sha256 FROM evidence", Path.unlink),
    "evidence_is_stored: a file changed": bytes_of("SELECT sha256 FROM evidence", _overwrite),
    "targets_are_as_reported: another value": sql("UPDATE target_report SET value = value + 1 WHERE id = 1"),
    "targets_are_as_reported: confirmed by nobody": sql(
        "UPDATE target_report SET outcome = 'confirmed', settled_by = 1, settled_at = reported_at WHERE outcome IS NULL"
    ),
    "targets_are_as_reported: a file gone": bytes_of("SELECT sha256 FROM target_file", Path.unlink),
    "chain_is_whole: an event changed": sql(OPEN_UPDATE, "UPDATE audit_event SET actor = '别人' WHERE seq = 9"),
    "chain_is_whole: an event removed": sql(OPEN_DELETE, "DELETE FROM audit_event WHERE seq = 9"),
    "chain_is_whole: the end cut off": sql(
        OPEN_DELETE, "DELETE FROM audit_event WHERE seq = (SELECT max(seq) FROM audit_event)"
    ),
    "work_is_not_late: work given up": sql("UPDATE job SET state = 'dead' WHERE id = 1"),
    "database_is_sound: a row without its parent": sql("UPDATE evidence SET application_id = 9999 WHERE id = 1"),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Path:
    """A sound city of every state with its certificates made: a folder to copy."""
    from cellcert.config import Settings
    from cellcert.factory import build

    folder = tmp_path_factory.mktemp("whole")
    shutil.copy(migrated_file, folder / "cellcert.db")
    app = build(Settings(data_folder=folder, secret_key="k" * 40, worker_inside=False))
    every_state(app)
    work(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    return folder


@pytest.fixture
def broken(whole: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "city"
    shutil.copytree(whole, folder)
    return folder


def test_every_check_has_a_seeded_fault() -> None:
    """``counts_agree`` compares two ways of counting the same rows: no row can be wrong for one alone."""
    assert {name.split(":")[0] for name in FAULTS} == set(CHECKS)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_checks_find(build_app: Build, broken: Path, fault: str) -> None:
    with closing(sqlite3.connect(broken / "cellcert.db")) as city:
        city.execute("PRAGMA ignore_check_constraints = ON")
        FAULTS[fault](city, broken / "blobs")
        city.commit()
    app = build_app(f"sqlite:///{broken / 'cellcert.db'}")
    with app.app_context():
        begin_as_reader(True)
        today = clock.day_of(clock.now(), house().library.programme.time_zone)
        found = CHECKS[fault.split(":", maxsplit=1)[0]](
            City(db.session(), house().library, FolderStore(broken / "blobs"), today)
        )
        assert list(found) != []


def test_a_sound_city_has_no_fault(build_app: Build, broken: Path) -> None:
    app = build_app(f"sqlite:///{broken / 'cellcert.db'}")
    with app.app_context():
        today = clock.day_of(clock.now(), house().library.programme.time_zone)
        found = check_all(City(db.session(), house().library, FolderStore(broken / "blobs"), today))
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_the_command_says_each_fault_and_fails(broken: Path) -> None:
    def check() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cellcert", "check", "--data", str(broken)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert check().returncode == 0
    with closing(sqlite3.connect(broken / "cellcert.db")) as city:
        city.execute("UPDATE serial_counter SET last = last + 1")
        city.commit()
    told = check()
    assert told.returncode == 1
    assert "FAIL serials are complete" in told.stdout
    assert told.stderr == ""


def test_a_connection_the_server_forgot_while_it_lay_idle_is_replaced_unseen(
    build_app: Build, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = build_app(postgresql_url)
    client = app.test_client()
    assert client.get("/register").status_code == 200
    with psycopg.connect(postgresql_url.replace("postgresql+psycopg:", "postgresql:")) as another:
        another.execute(  # as when the server starts anew
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    monkeypatch.setattr("cellcert.database.JUST_NOW", 0.0)
    assert client.get("/register").status_code == 200
