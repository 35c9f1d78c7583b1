"""The permission matrix of record (docs/permission_matrix.json) against the gate, and against every page over HTTP."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from cellcert import clock
from cellcert.application.lifecycle import CODES, Act, Relation, State, permit
from cellcert.application.models import Application, Assignment
from cellcert.certificate.models import Certificate
from cellcert.database import db
from cellcert.decision.models import Objection
from cellcert.desk.routes import PLACES
from cellcert.errors import NotAllowed, NotFound, WrongState
from cellcert.evidence.models import Evidence
from cellcert.people.models import Person
from cellcert.review.models import Reopening, ScoreSheet
from tests.builders import clerk_of, every_state, sign_in, work

MATRIX: dict[str, Any] = json.loads(Path("docs/permission_matrix.json").read_text(encoding="utf-8"))
ROWS: Mapping[str, dict[str, Any]] = {row["id"]: row for row in MATRIX["actions"]}
CODE_OF = {state: code for code, state in CODES.items()}
OK = 200

# the matrix as it was first agreed: 60 actions by 12 roles by 15 states, all but A11 exactly as they were
FIRST_STATES = {"DR", "SU", "RT", "PR", "ER", "OS", "DE", "PN", "OB", "AW", "RJ", "WD", "EX", "RC", "RV"}
FIRST_ROLES = {"pub", "own", "oth", "dis", "di2", "exp", "ex2", "off", "apr", "adm", "aud", "sys"}
ADDED = {
    "A17",
    "B54",
    "B55",
    "B45",
    "B46",
    "B47",
    "B48",
    "B49",
    "B50",
    "B52",
    "B53",
    "B60",
    "B61",
    "B62",
    "A18",
    "B63",
    "B64",
    "B65",
}
FIRST_CELLS = 683
FIRST_DIGEST = "9b746a9e362cec2e91be3279a1b6dc0bf50fb05f55a2d634a624be271c0a7deb"


def cells_of(row: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {(role, state) for role, states in row["allow"].items() for state in states}


def expected(rows: set[str], role: str, state: str) -> int:
    """What the matrix's own rules say: 200, 404, 403 or 409; 302 to a guest who must sign in first."""
    allowed = {role_state for row in rows for role_state in cells_of(ROWS[row])}
    if (role, state) in allowed:
        return OK
    roles = {cell_role for cell_role, _ in allowed}
    if role == "pub" and "pub" not in roles:
        return 302
    reads = (role, state) in cells_of(ROWS["A03"]) or (role != "pub" and (role, state) in cells_of(ROWS["A01"]))
    if not reads:
        return 404
    return 409 if role in roles else 403


# the gate, every cell


def test_the_matrix_names_every_act_role_and_state_of_the_program() -> None:
    assert [act.id for act in Act if act.id not in ROWS] == []
    assert set(ROWS) == {act.id for act in Act}
    assert list(MATRIX["roles"]) == [relation.value for relation in Relation]
    assert list(MATRIX["states"]) == list(CODES)


@pytest.mark.parametrize("act", list(Act), ids=lambda act: f"{act.id}-{act.slug}")
def test_the_gate_gives_what_the_matrix_says(act: Act) -> None:
    wrong = []
    for relation in Relation:
        for code, state in CODES.items():
            should = expected({act.id}, relation.value, code)
            if (got := _gate(act, relation, state)) != (404 if should == 302 else should):
                wrong.append(f"{relation.value} {code}: {got}, the matrix says {should}")
    assert wrong == []


def _gate(act: Act, relation: Relation, state: State) -> int:
    try:
        permit(act, relation, state)
    except (NotFound, NotAllowed, WrongState) as refusal:
        return refusal.status
    return OK


def test_moves_lead_where_the_matrix_says() -> None:
    for act in Act:
        assert {CODE_OF[state] for state in act.value.to} == set(ROWS[act.id]["to"]), act.name


def test_the_first_agreed_matrix_has_not_changed() -> None:
    first = sorted(
        f"{row['id']} {role} {state}"
        for row in MATRIX["actions"]
        if row["id"] not in ADDED
        for role, state in cells_of(row)
        if role in FIRST_ROLES and state in FIRST_STATES
    )
    kept = [cell for cell in first if not cell.startswith("A11")]
    a11 = [cell for cell in first if cell.startswith("A11")]
    assert a11 == [f"A11 {role} {state}" for role in ("apr", "off") for state in ("AW", "DE", "OB", "RC")]
    assert len(kept) + 4 == FIRST_CELLS  # A11 began with DE and OB alone
    assert hashlib.sha256("\n".join(kept).encode()).hexdigest() == FIRST_DIGEST


# every page, every cell

# each page about one application, and the rows of the matrix that open it
READING: Mapping[str, set[str]] = {
    "assessment.edit": {"B01"},
    "assessment.news": {"B01"},
    "assessment.carry": {"B01"},
    "assessment.pile": {"B02"},
    "assessment.submit": {"B05", "B06"},
    "assessment.read": {"A03"},
    "assessment.changes": {"A03"},
    "assessment.receipt": {"A03"},
    "assessment.print": {"A03"},
    "desk.case": {"A03"},
    "desk.case_trail": {"A14"},
    "application.withdraw": {"B07"},
    "application.discard": {"B04"},
    "review.check": {"A09"},
    "review.pass_on": {"B11"},
    "review.check_news": {"A09"},
    "review.print_check": {"A09"},
    "review.question": {"A17"},
    "review.question_file": {"A17"},
    "review.questions": {"A17"},
    "review.redactions": {"B62"},
    "review.redaction": {"B62"},
    "review.return_to_unit": {"B10"},
    "review.advise_against": {"B12"},
    "review.opinion": {"B45"},
    "review.assign": {"A08"},
    "review.next_expert": {"B13"},
    "review.step_down": {"B14"},
    "review.score": {"A05"},
    "review.score_news": {"A05"},
    "review.score_table": {"A05"},
    "review.score_workbook": {"A05"},
    "review.print_score": {"A05"},
    "review.hand_in": {"B16"},
    "review.ask_reopen": {"B17"},
    "review.reopen": {"B44"},
    "review.close_round": {"B18"},
    "review.result": {"A07"},
    "review.on_site": {"A09"},
    "review.end_on_site": {"B20"},
    "review.arrange_visit": {"B52"},
    "review.appointment": {"B53"},
    "review.visit": {"B19"},
    "review.visit_worker": {"B19"},
    "review.sign_visit": {"B19"},
    "review.visit_photo": {"A04"},
    "review.visit_record": {"A03"},
    "review.visit_scan": {"A03"},
    "decision.propose": {"B21"},
    "decision.approve": {"B22"},
    "decision.object_to": {"B23"},
    "decision.objections": {"A13"},
    "decision.exhibit": {"A13"},
    "decision.answer_of": {"A13"},
    "decision.ask_statement": {"B60"},
    "decision.give_statement": {"B61"},
    "decision.propose_closing": {"B25"},
    "decision.close_objections": {"B26"},
    "meeting.second_round": {"A06"},
    "certificate.award": {"B27"},
    "certificate.propose_correction": {"B28"},
    "certificate.correct": {"B29"},
    "certificate.pdf": {"A15"},
    "certificate.entry": {"A01"},
    "certificate.verify_serial": {"A02"},
    "certificate.badge": {"A02"},
    "api.cell": {"A01"},
    "api.certificate": {"A02"},
    "evidence.download": {"A04"},
    "evidence.of_item": {"B02"},
    "evidence.remove": {"B03"},
    "evidence.page": {"A04"},
    "evidence.pages": {"A04"},
    "evidence.thumbnail": {"A04"},
    "ledger.of_application": {"A03"},
    "standing.open_recheck": {"B30"},
    "standing.conclude_recheck": {"B31"},
    "standing.order_rectifying": {"B46"},
    "standing.report_rectified": {"B47"},
    "standing.suspend": {"B48"},
    "standing.resume": {"B49"},
    "standing.propose_revocation": {"B32"},
    "standing.revoke": {"B33"},
    "standing.give_back": {"B34"},
    "standing.declare": {"B63"},
    "standing.declared": {"A03"},
    "standing.report_cell": {"B64"},
    "standing.reports_of": {"A18"},
    "standing.answer_report": {"B65"},
}
# what a POST does where it is not the row of the page itself
WRITING: Mapping[str, set[str]] = {
    "assessment.adopt": {"B01"},
    "assessment.save_place": {"B01"},
    "assessment.move": {"B01"},
    "review.start_check": {"B08"},
    "review.check": {"B09", "B45"},
    "review.save_check": {"B09", "B45"},
    "review.redact": {"B62"},
    "review.assign": {"B13"},
    "review.declare": {"B15"},
    "review.score": {"B15"},
    "review.save_score": {"B15"},
    "review.score_table": {"B15"},
    "review.on_site": {"B19"},
    "review.note_visit": {"B19"},
    "review.question": {"B54", "B55"},
    "review.add_visit_photo": {"B19"},
    "review.remove_visit_photo": {"B19"},
    "decision.take": {"B24"},
    "decision.add_to_appeal": {"B23"},
    "decision.add_to_statement": {"B61"},
    "evidence.arrange": {"B03"},
    "evidence.reuse": {"B02"},
    "evidence.upload": {"B02"},
    "evidence.part": {"B02"},
}
# the record of a visit and its script are only read: what they send has routes of its own
NOT_POSTED = {"review.visit", "review.visit_worker"}
WRITES = {row["id"] for row in MATRIX["actions"] if row["kind"] == "w"}
FREE = {"assessment.at_item"}  # leads on to assessment.edit or assessment.read, and refuses as those do
IN_STATE: Mapping[tuple[str, str], set[str]] = {
    ("review.check", "SU"): {"B08"},  # the page that starts the check
    ("review.on_site", "OS"): {"A09", "B19"},  # the page on which the record is written
}
NOT_THERE = {
    ("assessment.receipt", "DR"), ("assessment.changes", "DR"),  # nothing handed in
    ("certificate.pdf", "RV"),  # revoked before it was made
    ("decision.answer_of", "OB"),  # the objection is not answered yet
}  # fmt: skip
# where the table opens a page and a guard still holds it, or something better than a refusal is given
INSTEAD: Mapping[tuple[str, int], int] = {
    ("assessment.edit", 409): 303,  # the unit is led on to where it can read
    ("assessment.carry", OK): 409,  # handed in, or nothing was handed in earlier
    ("review.visit", OK): 409,  # nobody was sent yet
    ("review.sign_visit", OK): 409,
    ("review.visit_record", OK): 404,
    ("review.visit_scan", OK): 404,
    ("decision.answer_of", OK): 404,  # no letter was written
    ("evidence.remove", OK): 403,  # g8: the return did not name this item
    ("review.score_news", OK): 409,  # handed in: there is nothing to fill in
    ("review.score_table", OK): 409,
    ("review.score_workbook", OK): 409,
    ("meeting.second_round", OK): 409,  # there was none
    ("standing.answer_report", OK): 404,  # there is no report
    ("review.hand_in", OK): 409,  # g16: the sheet is not complete, or is handed in
}
DIFFERS = {"desk.case"}  # shows each relation something else in each state: opened in every cell
SLOW_TO_MAKE = {"assessment.print", "review.print_score", "review.print_check"}  # a PDF of many pages: printed once
ONE_OF_MANY = {"evidence_id", "certificate_id", "serial"}  # an address that names a thing of one application


@dataclass(frozen=True, slots=True)
class Case:
    """One application with an address for each page and a login for each relation."""

    state: State
    addresses: Mapping[str, str]
    logins: Mapping[str, str]


def test_every_page_about_an_application_is_in_the_table(app: Flask) -> None:
    about = {rule.endpoint for rule in app.url_map.iter_rules() if rule.arguments & (ONE_OF_MANY | {"application_id"})}
    assert about - FREE == set(READING) | set(WRITING)
    rows = set().union(*READING.values(), *WRITING.values())
    assert [act.name for act in PLACES if act.id not in rows] == []


@pytest.fixture
def cases(app: Flask) -> list[Case]:
    """The demo city of every state, with an expert's seat on every case, so that each relation has a person."""
    ids = every_state(app)
    work(app)
    clerks = {state: clerk_of(app, application_id) for state, application_id in ids.items()}
    with app.app_context():
        experts = list(db.session.scalars(select(Person).where(Person.login.like("expert%")).order_by(Person.id)))
        made = [_case(app, ids[state], clerks, experts) for state in State]
        db.session.commit()
    return made


def _case(app: Flask, application_id: int, clerks: Mapping[State, str], experts: list[Person]) -> Case:
    application = db.session.get_one(Application, application_id)
    state = application.state
    mine, division, lead = application.id, application.division, application.lead
    programme = app.extensions["cellcert"].library.programme
    seated = {seat.person_id for seat in application.seats if seat.is_open}
    declared = {seat.person_id for seat in application.seats if seat.declared_at}
    expert = next((one for one in experts if one.id in declared), None)
    if expert is None:
        expert, at = experts[0], clock.now()
        seat = Assignment(
            round=application.round, person_id=expert.id, assigned_by=1, assigned_at=at, due_at=at, declared_at=at
        )
        application.assignments.append(seat)
    pictured = update(Evidence).where(Evidence.application_id == mine).values(thumb=Evidence.sha256)
    db.session.execute(pictured)  # the demo's papers are no pictures
    sheet = db.session.scalar(
        select(ScoreSheet).where(ScoreSheet.application_id == mine, ScoreSheet.person_id == expert.id)
    )
    values = {
        "application_id": mine,
        "section": None,
        "item": next(iter(app.extensions["cellcert"].library.checklist(application.category).items())).key,
        "part": "item",
        "key": next(iter(app.extensions["cellcert"].library.checklist(application.category).items())).key,
        "sheet_id": sheet.id if sheet else 0,
        "reopening_id": _asked_to_reopen(sheet) if sheet else None,
        "report_id": 0,  # nobody reported anything; tests of their own do
        "objection_id": _one(Objection.id, Objection.application_id == mine) or 0,
        "exhibit_id": None,  # the demo's objection has no files; tests of their own ask for them
        "sha256": None,  # nobody was asked; tests of their own ask for files
        "photo_id": None,  # the demo sends nobody; tests of their own ask for them
        "evidence_id": _one(Evidence.id, Evidence.application_id == mine),
        "certificate_id": _one(Certificate.id, Certificate.application_id == mine),
        "number": 1,
        "serial": _one(Certificate.serial, Certificate.application_id == mine),
    }
    with app.test_request_context():
        addresses = dict(_addresses(app, values))
    return Case(
        state,
        addresses,
        {
            "own": clerks[state],
            "oth": next(login for key, login in clerks.items() if key is not state),
            "dis": f"district-{division}",
            "di2": f"district-{next(d.key for d in programme.divisions if d.key != division)}",
            "dep": f"department-{lead}",
            "de2": f"department-{next(c.lead for c in programme.categories if c.lead != lead)}",
            "exp": expert.login,
            "ex2": next(one.login for one in experts if one.id not in {expert.id, *seated}),
            "off": "office",
            "apr": "approver2",
            "adm": "admin",
            "aud": "auditor",
        },
    )


def _asked_to_reopen(sheet: ScoreSheet) -> int:
    reopening = Reopening(sheet=sheet, asked_by=sheet.person_id, asked_at=clock.now(), reason="漏评一项")
    db.session.add(reopening)
    db.session.flush()
    return reopening.id


def _one(column: Any, where: Any) -> Any:
    return db.session.scalar(select(column).where(where).limit(1))


def _addresses(app: Flask, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    from flask import url_for

    for rule in app.url_map.iter_rules():
        if rule.endpoint in set(READING) | set(WRITING) and all(values[name] is not None for name in rule.arguments):
            yield rule.endpoint, url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})


@pytest.mark.timeout(600)
def test_every_page_opens_to_whom_the_matrix_names_and_to_nobody_else(app: Flask, cases: list[Case]) -> None:
    """Each page in each state it opens in, and for each relation; and each kind of refusal for each page and relation.

    The gate is asked about every cell above, and the drill below opens every cell.
    """
    kinds: set[tuple[object, ...]] = set()
    asked = []
    for case in cases:
        for method, endpoint, role, should in _asked(case):
            found = set(_kinds(case, endpoint, role)) if should == OK else {(method, endpoint, role, should)}
            if not found <= kinds:
                kinds |= found
                asked.append((case, method, endpoint, role, should))
    _knock(app, asked)


def _kinds(case: Case, endpoint: str, role: str) -> Iterator[tuple[object, ...]]:
    if endpoint in SLOW_TO_MAKE:
        yield (endpoint,)
    elif endpoint in DIFFERS:
        yield endpoint, role, case.state
    else:
        yield endpoint, role
        yield endpoint, case.state


@pytest.mark.slow  # what the test above opens, for every relation in every state: 21,000 requests
@pytest.mark.timeout(900)
@pytest.mark.parametrize("code", CODES)
def test_every_page_in_every_state_for_everybody(app: Flask, cases: list[Case], code: str) -> None:
    _knock(app, [(case, *asked) for case in cases if CODE_OF[case.state] == code for asked in _asked(case)])


def _knock(app: Flask, asked: list[tuple[Case, str, str, str, int]]) -> None:
    """Ask for each page; then nothing may have changed but one ``denied`` event for each refusal."""
    clients: dict[str, FlaskClient] = {}
    for login in {login for case, *_ in asked for login in case.logins.values()}:
        sign_in(clients.setdefault(login, app.test_client()), login)
    file = str(app.extensions["cellcert"].settings.database).removeprefix("sqlite:///")
    before, events, refused, wrong = _rows(file), _events(file), 0, []
    for case, method, endpoint, role, should in asked:
        client = clients[case.logins[role]] if role != "pub" else app.test_client()
        answer = client.open(case.addresses[endpoint], method=method)
        refused += role != "pub" and answer.status_code in {403, 404, 409}
        if answer.status_code not in {should, INSTEAD.get((endpoint, should)) if method == "GET" else None}:
            wrong.append(f"{method} {endpoint} {role} {CODE_OF[case.state]}: {answer.status_code}, not {should}")
    if wrong:
        pytest.fail(f"{len(wrong)} cells differ:\n" + "\n".join(wrong))
    assert _rows(file) == before
    assert _events(file) == events + refused


def _asked(case: Case) -> Iterator[tuple[str, str, str, int]]:
    """Every cell of reading; every denied cell of writing."""
    code = CODE_OF[case.state]
    for role in ("pub", *case.logins):
        for endpoint, rows in READING.items():
            if endpoint in case.addresses and (endpoint, code) not in NOT_THERE:
                yield "GET", endpoint, role, expected(IN_STATE.get((endpoint, code), rows), role, code)
        for endpoint, rows in WRITING.items():
            if endpoint in case.addresses and (should := expected(rows, role, code)) != OK:
                yield "POST", endpoint, role, should
        for endpoint, rows in READING.items():
            should = expected(rows, role, code)
            if (
                should != OK
                and rows <= WRITES
                and endpoint in case.addresses
                and endpoint not in {*WRITING, *NOT_POSTED}
            ):
                yield "POST", endpoint, role, should


def _rows(file: str) -> Mapping[str, list[Any]]:
    with closing(sqlite3.connect(file)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = [name for name in tables if name not in {"attempt", "audit_event", "audit_head", "sign_in"}]
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in kept}


def _events(file: str) -> int:
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("SELECT count(*) FROM audit_event").fetchone()[0])
