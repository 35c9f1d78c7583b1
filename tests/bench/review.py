"""``review``: lists of 50 of 2,000 cases and a score sheet of 40 items beside bare Flask, on PostgreSQL."""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from sqlalchemy import event, select, text

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.assessment.queries import revision_of
from cellcert.criteria.editions import checklist_of
from cellcert.database import db
from cellcert.demo.city import PASSWORD, demo_code, found
from cellcert.demo.story import Story
from cellcert.people.actions import hash_password
from cellcert.people.models import Person
from cellcert.review import actions
from cellcert.review.own_sheet import own_sheet
from cellcert.review.sheet_fields import fields_of
from cellcert.web import house
from tests.bench import bare
from tests.bench.browser import Browser
from tests.bench.figures import goal, line, machine, middle, say
from tests.bench.floor import in_turn
from tests.bench.world import Place, opened, place, served, write_batch
from tests.builders import hidden
from tests.criteria import big
from tests.review.cases import full_marks

CASES, MINE, ITEMS = 2_000, 50, 40
LIST_FACTOR, LIST_MS = 4, 15
SHEET_FACTOR, SHEET_MS = 6, 30
SAVE_FACTOR, SAVE_MS = 4, 15
CPU_ROUNDS = 60
UNITS = """
INSERT INTO unit (name, name_key, code_state, credit_code, division, address, head, contact_name, contact_phone,
  contact_email, about, code_note, host_key, created_at)
SELECT '示例单位' || n, 'bench' || n, code_state, 'BENCH' || n, division, address, head, contact_name, contact_phone,
  contact_email, about, code_note, host_key, created_at FROM unit, generate_series(1, :count) n WHERE unit.id = :unit
"""
OTHERS = """
INSERT INTO application (unit_id, category, division, lead, batch, edition_id, state, version, revision, round,
  created_at, submitted_at, state_since, edited_at, reference)
SELECT u.id, a.category, a.division, a.lead, a.batch, a.edition_id, a.state, a.version, a.revision, a.round,
  a.created_at, a.submitted_at, a.state_since - (u.id || ' minutes')::interval, a.edited_at, 'B-' || u.id
FROM application a, unit u WHERE a.id = :case AND u.name_key LIKE 'bench%'
"""
NEXT = "SELECT a.id FROM application a WHERE a.reference LIKE 'B-%' ORDER BY a.id LIMIT :count"
REVISIONS = """
INSERT INTO revision (application_id, number, answers, evidence, manifest_hash, sheet, total, level, submitted_by,
  submitted_at)
SELECT a.id, r.number, r.answers, r.evidence, r.manifest_hash, r.sheet, r.total, r.level, r.submitted_by,
  r.submitted_at FROM revision r, application a WHERE r.application_id = :case AND a.reference LIKE 'B-%'
"""
SEATS = f"""
INSERT INTO assignment (application_id, round, person_id, assigned_by, assigned_at, due_at, declared_at, left_because)
SELECT a.id, s.round, s.person_id, s.assigned_by, s.assigned_at, s.due_at, s.declared_at, ''
FROM assignment s, ({NEXT}) a WHERE s.application_id = :case AND s.person_id = :person
"""
SHEETS = f"""
INSERT INTO score_sheet (application_id, round, revision, person_id, version, answers, comments, points, opinion,
  blind, saved_at)
SELECT a.id, s.round, s.revision, s.person_id, s.version, s.answers, s.comments, s.points, s.opinion, s.blind,
  s.saved_at FROM score_sheet s, ({NEXT}) a WHERE s.application_id = :case AND s.person_id = :person
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """The case whose sheet is filled in, and who fills it in."""

    case: int
    expert: str
    fields: dict[str, str | list[str]]

    @property
    def sheet(self) -> str:
        return f"/applications/{self.case}/score"


def main() -> None:
    say("the review beside bare Flask (PostgreSQL, 2 workers of 8 threads, one client, warm, in turn):")
    say("  the floor reads the same rows by plain SQL, without sign-in, rights, scoring, languages or layout; its save")
    say("  reads and writes the same rows as ours: the sheet, the key of the form, the trail and its head")
    with place("postgresql") as at:
        desk = _world(at)
        with (
            served(at, "tests.bench.serve", "cellcert", CELLCERT_WORKER_INSIDE="true") as ours,
            served(at, "tests.bench.serve", "cellcert", CELLCERT_WORKER_INSIDE="true") as office,
            served(at, "tests.bench.serve", "bare") as plain,
        ):
            ours.sign_in(desk.expert)
            office.sign_in("office")
            _beside(at, desk, ours, office, plain)
    machine()


def _world(at: Place) -> Desk:
    """A city of 2,000 cases with the experts; one expert sits on 50, each sheet filled in."""
    now = clock.now()
    write_batch(at, (now - timedelta(days=60)).date(), (now + timedelta(days=30)).date())
    (at.criteria / "factory.yaml").write_text(big.checklist(ITEMS, section=ITEMS), encoding="utf-8")
    with opened(at):
        session = db.session()
        city = found(session, house().library, house().store, hash_password(PASSWORD), 1, now=now)
        story = Story(
            session=session, library=city.library, store=city.store, cast=city.cast, category="factory",
            division=city.programme.divisions[0].key, unit_name="示例单位", credit_code=demo_code(1, "factory"),
            login="unit1", answers=big.answers(ITEMS), password_hash=city.password_hash, rng=Random(1),
            at=now - timedelta(days=3),
        )  # fmt: skip
        for _ in story.tell(State.REVIEW):
            session.commit()
        application = session.scalars(select(Application)).one()
        waiting = {seat.person_id for seat in application.seats if seat.is_open}
        waiting -= {sheet.person_id for sheet in actions.sheets_of(session, application)}
        person = session.get_one(Person, min(waiting))
        by, marks = person.open_posts[0].actor(), full_marks(application)
        revision, checklist = revision_of(session, application), checklist_of(application.edition)
        assert revision is not None
        actions.declare(session, application, by=by, at=now)
        words = dict.fromkeys(marks, "材料完整，与台账一致")
        actions.save_sheet(session, application, checklist, revision, marks, words, "总体良好", by=by, at=now)
        session.commit()
        values = {"count": CASES - 1, "unit": application.unit_id, "case": application.id, "person": person.id}
        for statement in (UNITS, OTHERS, REVISIONS):
            session.execute(text(statement), values)
        for statement in (SEATS, SHEETS):
            session.execute(text(statement), values | {"count": MINE - 1})
        session.commit()
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
        own = own_sheet(session, application, by=by, at=now)
        fields: dict[str, str | list[str]] = {}
        for item in own.judged:
            for name, value in fields_of(item.way, f"items.{item.key}", own.answers[item.key]):
                before = fields.get(name)
                fields[name] = value if before is None else [*(before if isinstance(before, list) else [before]), value]
            fields[f"comment.{item.key}"] = "材料完整，与台账一致"
        return Desk(application.id, person.login, fields)


def _beside(at: Place, desk: Desk, ours: Browser, office: Browser, plain: Browser) -> None:
    turn = iter(range(1_000_000))

    def save(browser: Browser, kept: dict[str, str]) -> None:
        """Forty scores, each comment another one than before; the session as it is once the next page has told
        "saved", or the messages of hundreds of saves would wait in it."""
        cookies = dict(browser.cookies)
        words = {name: f"第{next(turn)}次" for name in desk.fields if name.startswith("comment.")}
        new = kept | {"idempotency_key": uuid.uuid4().hex, "opinion": "总体良好", "do": "save"}
        answer = browser.post(desk.sheet, new | desk.fields | words)  # type: ignore[arg-type]
        assert answer.status == 303, answer.text[:2000]
        browser.cookies = cookies

    def floor_save() -> None:
        words = {name: f"第{next(turn)}次" for name in desk.fields if name.startswith("comment.")}
        answer = plain.post(
            f"/sheet/{desk.expert}/{desk.case + 1}",  # another of the expert's cases: what it writes no page could read
            {"key": uuid.uuid4().hex, "opinion": "好"} | desk.fields | words,  # type: ignore[arg-type]
        )
        assert answer.status == 303, answer.text

    token = {"csrf_token": hidden(ours.get(desk.sheet).text)["csrf_token"]}
    rows: list[tuple[str, str, Callable[[], object], Callable[[], object], float, float]] = [
        ("office: 50 of 2,000 cases", "/applications", lambda: plain.get("/cases/office"),
         lambda: office.get("/applications"), LIST_FACTOR, LIST_MS),
        ("expert: 50 cases", "/desk", lambda: plain.get(f"/mine/{desk.expert}"),
         lambda: ours.get("/desk"), LIST_FACTOR, LIST_MS),
        ("score sheet of 40 items", desk.sheet, lambda: plain.get(f"/sheet/{desk.expert}/{desk.case}"),
         lambda: ours.get(desk.sheet), SHEET_FACTOR, SHEET_MS),
        ("save of 40 scores", "", floor_save, lambda: save(ours, token), SAVE_FACTOR, SAVE_MS),
    ]  # fmt: skip
    for name, path, floor, page, factor, most in rows:
        bare_times, times = in_turn(floor, page)
        line(f"bare {name}", bare_times)
        sent, cpu, bare_cpu = _inside(at, desk, path)
        line(name, times, f"{sent} queries")
        ratio = middle(times) / middle(bare_times)
        say(f"  {ratio:.1f} × the floor; CPU {cpu:.1f} ms, {cpu / bare_cpu:.1f} × the floor's")
        goal(f"{name} ÷ floor", ratio, factor, " ×")
        goal(f"{name} p50", middle(times), most, " ms")


def _inside(at: Place, desk: Desk, path: str) -> tuple[int, float, float]:
    """The statements of a request and the processor time of it and of the floor's, asked in this process."""
    login = "office" if path == "/applications" else desk.expert
    with opened(at) as app:
        engine = db.engine
    client, floor = app.test_client(), bare.build(at.database).test_client()
    assert client.post("/sign-in", data={"login": login, "password": PASSWORD}).status_code == 303
    cookie = client.get_cookie("cellcert")
    assert cookie is not None
    signed_in = cookie.value
    turn = iter(range(1_000_000))

    def ask() -> None:
        if path:
            assert client.get(path).status_code == 200
            return
        words = {name: f"第{next(turn)}回" for name in desk.fields if name.startswith("comment.")}
        fields = {"idempotency_key": uuid.uuid4().hex, "opinion": "总体良好", "do": "save"} | desk.fields | words
        answer = client.post(desk.sheet, data=fields)
        assert answer.status_code == 303, answer.text
        client.set_cookie("cellcert", signed_in)

    def ask_floor() -> None:
        if path:
            where = {"/applications": "/cases/office", "/desk": f"/mine/{login}"}.get(
                path, f"/sheet/{login}/{desk.case}"
            )
            assert floor.get(where).status_code == 200
            return
        words = {name: f"第{next(turn)}回" for name in desk.fields if name.startswith("comment.")}
        fields = {"key": uuid.uuid4().hex, "opinion": "好"} | desk.fields | words
        assert floor.post(f"/sheet/{login}/{desk.case + 1}", data=fields).status_code == 303

    with _counted(engine) as sent:
        for _ in range(5):
            sent.clear()
            ask()
            ask_floor()
        count = len(sent)
    ours, plain = [], []
    for _ in range(CPU_ROUNDS):
        ours.append(_cpu(ask))
        plain.append(_cpu(ask_floor))
    engine.dispose()
    return count, middle(ours), middle(plain)


@contextmanager
def _counted(engine: object) -> Iterator[list[str]]:
    sent: list[str] = []

    def one(*given: object) -> None:
        sent.append(str(given[2]))

    event.listen(engine, "before_cursor_execute", one)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", one)


def _cpu(act: Callable[[], object]) -> float:
    start = time.process_time()
    act()
    return (time.process_time() - start) * 1000
