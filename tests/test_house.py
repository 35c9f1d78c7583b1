"""What holds for the whole house: layers, who commits, what no file may say, what no request may do."""

import ast
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from cellcert import clock, paper
from cellcert.application.lifecycle import State
from cellcert.certificate.models import Certificate
from cellcert.database import db
from cellcert.decision.models import Notice, Objection
from cellcert.evidence.models import Evidence
from cellcert.people.models import Person
from tests.builders import every_state, sign_in, work

ROOT = Path(__file__).resolve().parent.parent
PYTHON = [*sorted((ROOT / "cellcert").rglob("*.py")), ROOT / "wsgi.py"]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PAGES = [file for file in TEMPLATES if "print" not in file.relative_to(ROOT).parts]

# who may commit, and why
COMMITTING = {
    "cellcert/web.py": "done(), a guess of the password",
    "cellcert/refusals.py": "a denial is remembered",
    "cellcert/commands.py": "the command line",
    "cellcert/people/commands.py": "the command line",
    "cellcert/certificate/commands.py": "the command line",
    "cellcert/dispatch/commands.py": "the command line",
    "cellcert/outbox/worker.py": "each piece of work",
    "cellcert/demo/bulk.py": "rows in portions",
    "cellcert/demo/walk.py": "plays the part of a route",
    "cellcert/people/routes.py": "a guess of the password counts, whatever comes next",
    "cellcert/people/pages.py": "an initial password is shown in the answer itself",
    "cellcert/tally/routes.py": "an export is remembered",
    "cellcert/desk/exporting.py": "how far a long list is",
}


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def calls(file: Path) -> list[tuple[str, ast.Call]]:
    """Every call of a file by its dotted name."""
    return [(ast.unparse(node.func), node) for node in ast.walk(tree(file)) if isinstance(node, ast.Call)]


# layers


def test_the_import_contracts_hold() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--config", "setup.cfg"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_only_the_edge_the_worker_and_commands_commit() -> None:
    found = {name(file) for file in PYTHON for called, _ in calls(file) if called.endswith(".commit")}
    assert found == set(COMMITTING)


def test_only_one_place_writes_a_state() -> None:
    wrote = {
        name(file)
        for file in PYTHON
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Assign | ast.AugAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if re.fullmatch(r"(self|application|found)\.state", ast.unparse(target))
    }
    assert wrote == {"cellcert/application/models.py"}


# what no file may say

FORBIDDEN: Mapping[str, Callable[[str, ast.Call], bool]] = {
    "yaml without a safe loader": lambda called, call: called in {"yaml.load", "yaml.unsafe_load", "yaml.full_load"},
    "pickle": lambda called, call: called.split(".")[0] in {"pickle", "shelve", "marshal"},
    "a shell": lambda called, call: called == "os.system" or any(
        word.arg == "shell" and ast.unparse(word.value) != "False" for word in call.keywords
    ),
    "code from text": lambda called, call: called in {"eval", "exec", "compile", "__import__"},
    "pictures of any format": lambda called, call: called.endswith("Image.open") and all(
        word.arg != "formats" for word in call.keywords
    ),
    "an address from the request": lambda called, call: any(word.arg == "_external" for word in call.keywords),
    "HTML made by hand": lambda called, call: called.split(".")[-1] in {"Markup", "render_template_string"},
    "a local clock": lambda called, call: called in {"datetime.utcnow", "date.today", "datetime.today", "time.time"},
}  # fmt: skip
# `_()` of the templates marks the sentences of the catalogue, as Jinja's own does; what stands in them is escaped
ALLOWED = {"HTML made by hand": {"cellcert/language.py"}}


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_no_file_uses(kind: str) -> None:
    found = [
        f"{name(file)}:{call.lineno} {called}"
        for file in PYTHON
        for called, call in calls(file)
        if FORBIDDEN[kind](called, call) and name(file) not in ALLOWED.get(kind, set())
    ]
    assert found == []


DRAWS = {
    "cellcert/review/drawing.py",  # experts by a seed, so that anybody can draw again
    "cellcert/standing/choosing.py",  # re-checks, in the same way
    "cellcert/tally/forecast.py",  # what may come, by a fixed seed
}


def test_chance_is_for_the_demo_for_drawing_experts_and_for_what_may_come() -> None:
    """Secrets come from ``secrets``."""
    imports = re.compile(r"^\s*(import random|from random)", re.MULTILINE)
    found = {name(file) for file in PYTHON if imports.search(file.read_text(encoding="utf-8"))}
    assert {part for part in found if not part.startswith("cellcert/demo/")} == DRAWS


def test_no_file_names_a_foreign_host() -> None:
    """No CDN, no font host, no tracker: everything a page loads comes from this site."""
    kept = re.compile(r"https?://(www\.w3\.org|127\.0\.0\.1|localhost|beian\.)")
    files = [*TEMPLATES, *(ROOT / "cellcert/static").rglob("*.*"), *(ROOT / "templates").rglob("*.css")]
    found = [
        f"{name(file)}: {address}"
        for file in files
        if file.suffix in {".html", ".css", ".js", ".svg"}
        for address in re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", file.read_text(encoding="utf-8"))
        if not kept.match(address)
    ]
    assert found == []


# templates


class Inline(HTMLParser):
    """What the content security policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {key for key, _ in attrs}
        if tag == "style" or (tag == "script" and "src" not in names):
            self.found.append(f"<{tag}> line {self.getpos()[0]}")
        self.found += [
            f"{key}= line {self.getpos()[0]}" for key in names if key == "style" or re.fullmatch(r"on[a-z]+", key)
        ]
        self.found += [f"{key}={value}" for key, value in attrs if (value or "").lower().startswith("javascript:")]


def inline(html: str) -> list[str]:
    parser = Inline()
    parser.feed(html)
    return parser.found


def test_every_template_can_be_read(app: Flask) -> None:
    for file in TEMPLATES:
        if file in PAGES:
            app.jinja_env.get_template(str(file.relative_to(ROOT / "templates")))
        else:
            paper.environment().get_template(file.name)


def test_no_template_carries_script_or_style_or_trusts_text() -> None:
    wrong = []
    for file in PAGES:
        source = file.read_text(encoding="utf-8")
        plain = re.sub(r"\{[{%#].*?[}%#]\}", "", source, flags=re.DOTALL)
        wrong += [f"{name(file)}: {one}" for one in inline(plain)]
        wrong += [f"{name(file)}: {one}" for one in re.findall(r"\|\s*safe\b|\bMarkup\(|autoescape false", source)]
    assert wrong == []


# every route

PUBLIC, SWITCH, GUEST, HIDDEN = 200, 303, 302, 404  # a page, back to the page, to the sign-in, nothing to be seen
# what a stranger meets behind every page; a new one fails here until somebody has thought about it
OPEN_TO: Mapping[str, int] = {
    "assessment.guide": PUBLIC,
    "award_letter.index": PUBLIC,
    "assessment.guide_to": PUBLIC,
    "assessment.try_it": PUBLIC,
    "certificate.badge": PUBLIC,
    "certificate.data": PUBLIC,
    "certificate.download": PUBLIC,
    "certificate.entry": PUBLIC,
    "certificate.print_register": PUBLIC,
    "certificate.register": PUBLIC,
    "certificate.published_keys": PUBLIC,
    "certificate.verify": PUBLIC,
    "certificate.verify_serial": PUBLIC,
    "criteria.checklist": PUBLIC,
    "criteria.download": PUBLIC,
    "criteria.edition": PUBLIC,
    "criteria.index": PUBLIC,
    "decision.notice": PUBLIC,
    "decision.notices": PUBLIC,
    "decision.receipt": PUBLIC,
    "health.alive": PUBLIC,
    "health.ready": PUBLIC,
    "people.register": PUBLIC,
    "people.sign_in": PUBLIC,
    "static": PUBLIC,
    "tally.detail": PUBLIC,
    "tally.progress": PUBLIC,
    "targets.index": PUBLIC,
    "targets.sheet": PUBLIC,
    "targets.sheet_file": PUBLIC,
    "targets.target": PUBLIC,
    "tally.screen": PUBLIC,
    "tally.titles": PUBLIC,
    "api.criteria": PUBLIC,
    "api.described": PUBLIC,
    "api.description": PUBLIC,
    "api.feed": PUBLIC,
    "api.notice": PUBLIC,
    "api.notices": PUBLIC,
    "api.register": PUBLIC,
    "api.tally": PUBLIC,
    "api.cell": PUBLIC,
    "api.certificate": PUBLIC,
    "api.checklist": PUBLIC,
    "web.accessibility": PUBLIC,
    "decision.find_receipt": SWITCH,
    "decision.notice_pdf": 409,  # not printed yet
    "decision.answer_pdf": HIDDEN,  # for the browser that has the code
    "web.language": SWITCH,
    "web.large_print": SWITCH,
    "award_letter.letter": HIDDEN,  # a draft
    "award_letter.pdf": HIDDEN,
    "decision.object_to": HIDDEN,  # this application is on no notice
    "application.discard": GUEST,
    "application.start": GUEST,
    "application.withdraw": GUEST,
    "assessment.at_item": GUEST,
    "assessment.changes": GUEST,
    "assessment.carry": GUEST,
    "assessment.edit": GUEST,
    "assessment.news": GUEST,
    "assessment.pile": GUEST,
    "assessment.print": GUEST,
    "assessment.read": GUEST,
    "assessment.receipt": GUEST,
    "assessment.submit": GUEST,
    "supervision.approve": GUEST,
    "supervision.behind": GUEST,
    "supervision.case": GUEST,
    "supervision.close": GUEST,
    "supervision.file": GUEST,
    "supervision.index": GUEST,
    "supervision.pdf": GUEST,
    "supervision.raise_": GUEST,
    "supervision.report": GUEST,
    "award_letter.certificates": GUEST,
    "award_letter.certificates_pdf": GUEST,
    "award_letter.certificates_zip": GUEST,
    "award_letter.discard": GUEST,
    "award_letter.issue": GUEST,
    "certificate.award": GUEST,
    "certificate.correct": GUEST,
    "certificate.pdf": GUEST,
    "certificate.plaques": GUEST,
    "certificate.propose_correction": GUEST,
    "decision.answer_of": GUEST,
    "decision.approve": GUEST,
    "decision.ask_statement": GUEST,
    "decision.exhibit": GUEST,
    "decision.give_statement": GUEST,
    "decision.close_objections": GUEST,
    "decision.objections": GUEST,
    "decision.propose": GUEST,
    "decision.propose_closing": GUEST,
    "desk.case": GUEST,
    "desk.case_trail": GUEST,
    "desk.cases": GUEST,
    "desk.download_export": GUEST,
    "desk.exports": GUEST,
    "desk.print_cases": GUEST,
    "desk.home": GUEST,
    "desk.mail": GUEST,
    "desk.mails": GUEST,
    "desk.trail": GUEST,
    "edition.approve": GUEST,
    "edition.category": GUEST,
    "edition.checklist": GUEST,
    "edition.edition": GUEST,
    "edition.index": GUEST,
    "edition.propose": GUEST,
    "edition.text": GUEST,
    "edition.try_it": GUEST,
    "edition.withdraw": GUEST,
    "evidence.download": GUEST,
    "evidence.of_item": GUEST,
    "evidence.page": GUEST,
    "evidence.pages": GUEST,
    "evidence.remove": GUEST,
    "evidence.thumbnail": GUEST,
    "ledger.export": GUEST,
    "ledger.month": GUEST,
    "ledger.of_application": GUEST,
    "ledger.overview": GUEST,
    "ledger.read_in": GUEST,
    "ledger.template": GUEST,
    "panel.by_file": GUEST,
    "panel.drawing": GUEST,
    "panel.drawings": GUEST,
    "panel.drawn": GUEST,
    "panel.statistics": GUEST,
    "panel.template": GUEST,
    "meeting.announcement": GUEST,
    "meeting.approve": GUEST,
    "meeting.index": GUEST,
    "meeting.meeting": GUEST,
    "meeting.minutes": GUEST,
    "meeting.minutes_pdf": GUEST,
    "meeting.pack": GUEST,
    "meeting.pack_pdf": GUEST,
    "meeting.second_round": GUEST,
    "meeting.show": GUEST,
    "people.account": GUEST,
    "people.accounts": GUEST,
    "people.add_account": GUEST,
    "inbox.inbox": GUEST,
    "people.add_colleague": GUEST,
    "people.colleagues": GUEST,
    "people.hand_over": GUEST,
    "people.invite": GUEST,
    "people.join": 410,
    "people.leave": GUEST,
    "people.name_head": GUEST,
    "people.disable": GUEST,
    "people.end_colleague": GUEST,
    "people.end_role": GUEST,
    "people.password": GUEST,
    "people.reissue": GUEST,
    "people.switch": GUEST,
    "review.advise_against": GUEST,
    "review.ask_reopen": GUEST,
    "review.appointment": GUEST,
    "review.arrange_visit": GUEST,
    "review.assign": GUEST,
    "review.check": GUEST,
    "review.check_news": GUEST,
    "review.close_round": GUEST,
    "review.end_on_site": GUEST,
    "review.hand_in": GUEST,
    "review.next_expert": GUEST,
    "review.on_site": GUEST,
    "review.opinion": GUEST,
    "review.pass_on": GUEST,
    "review.print_check": GUEST,
    "review.question": GUEST,
    "review.question_file": GUEST,
    "review.questions": GUEST,
    "review.redaction": GUEST,
    "review.redactions": GUEST,
    "review.reopen": GUEST,
    "review.result": GUEST,
    "review.return_to_unit": GUEST,
    "review.score": GUEST,
    "review.score_workbook": GUEST,
    "review.score_table": GUEST,
    "review.score_news": GUEST,
    "review.print_score": GUEST,
    "review.sign_visit": GUEST,
    "review.step_down": GUEST,
    "review.visit": GUEST,
    "review.visit_photo": GUEST,
    "review.visit_record": GUEST,
    "review.visit_scan": GUEST,
    "review.visit_worker": GUEST,
    "standing.conclude_recheck": GUEST,
    "standing.declarations": GUEST,
    "standing.declare": GUEST,
    "standing.declared": GUEST,
    "standing.answer_report": GUEST,
    "standing.report_cell": PUBLIC,
    "standing.reported": HIDDEN,  # the number is none of a report
    "standing.drawn": GUEST,
    "standing.rechecks": GUEST,
    "standing.reports": GUEST,
    "standing.reports_of": GUEST,
    "standing.give_back": GUEST,
    "standing.open_recheck": GUEST,
    "standing.order_rectifying": GUEST,
    "standing.propose_revocation": GUEST,
    "standing.report_rectified": GUEST,
    "standing.resume": GUEST,
    "standing.revoke": GUEST,
    "standing.suspend": GUEST,
    "tally.board": GUEST,
    "tally.sheet": GUEST,
    "tally.workbook": GUEST,
    "targets.file": GUEST,
    "targets.read_in": GUEST,
    "targets.report": GUEST,
    "targets.row": GUEST,
    "targets.template": GUEST,
    "units.code": GUEST,
    "units.doubtful": GUEST,
    "units.mine": GUEST,
}


@pytest.fixture(scope="module")
def town(shared_app: Flask) -> Flask:
    """A city of every state with its certificates made; with CSRF as in life. No test changes a row, and says so."""
    every_state(shared_app)
    work(shared_app)
    shared_app.config["WTF_CSRF_ENABLED"] = True
    return shared_app


def addresses(app: Flask) -> list[tuple[Rule, str]]:
    """Each route with an address that leads somewhere."""
    with app.app_context():
        certificate = db.session.scalars(select(Certificate).where(Certificate.sha256.is_not(None))).first()
        assert certificate is not None
        values: dict[str, Any] = {
            "application_id": certificate.application_id,
            "certificate_id": certificate.id,
            "serial": certificate.serial,
            "ending": "csv",
            "evidence_id": _first(Evidence.id, Evidence.application_id == certificate.application_id),
            "number": 1,
            "notice_id": _first(Notice.id, Notice.application_id == certificate.application_id),
            "objection_id": _first(Objection.id),
            "receipt": _first(Objection.receipt),
            "exhibit_id": 1,
            "photo_id": 1,
            "person_id": _first(Person.id, Person.login == "office2"),
            "post_id": _first(Person.id, Person.login == "office2"),
            "edition_id": certificate.application.edition_id,
            "batch": certificate.application.batch,
            "category": certificate.application.category,
            "filename": "cellcert.css",
            "item": next(iter(app.extensions["cellcert"].library.checklist("agency").items())).key,
            "key": "leader",
            "part": "item",
            "kind": "pdf",
            "language": "zh",
            "letter_id": 1,
            "case_id": 1,
            "meeting_id": 1,
            "month": 1,
            "on": 0,
            "section": "check",
            "seq": 1,
            "sheet_id": 1,
            "reopening_id": 1,
            "invitation_id": 1,
            "token": "0" * 64,
            "unit_id": 1,
            "target": "straw",
            "report_id": 1,
            "draw_id": 1,
            "file_id": 1,
            "year": clock.now().year - 1,
            "day": "2026-01-01",
            "sha256": "0" * 64,
            "job_id": 1,
            "view_id": 1,
            "export_id": 1,
        }
    with app.test_request_context():
        return [
            (rule, url_for(rule.endpoint, **{key: values[key] for key in rule.arguments}))
            for rule in app.url_map.iter_rules()
            if rule.endpoint != "bootstrap.static"
        ]


def _first(column: Any, *where: Any) -> Any:
    return db.session.scalar(select(column).where(*where).limit(1))


def test_a_stranger_meets_what_is_written_here(town: Flask) -> None:
    met = {}
    for rule, address in addresses(town):
        if "GET" in (rule.methods or set()):
            answer = town.test_client().get(address)
            met[rule.endpoint] = answer.status_code
            answer.close()
    assert met == dict(OPEN_TO)


# what a post without a token may reach: it scores what was typed, looks at a file, and changes nothing
TOKENLESS = {"assessment.try_it", "certificate.verify", "edition.try_it"}


def test_every_post_without_a_token_is_refused(town: Flask) -> None:
    office = town.test_client()
    sign_in(office, "office")
    before = rows(town)
    for rule, address in addresses(town):
        if "POST" in (rule.methods or set()):
            for client in (office, town.test_client()):
                answer = client.post(address, data={"name": "x"})
                if rule.endpoint in TOKENLESS:
                    continue
                assert (rule.endpoint, answer.status_code) == (rule.endpoint, 400)
                assert "页面已过期" in answer.text
    assert rows(town) == before


def test_looking_changes_nothing_and_private_pages_are_not_kept(town: Flask) -> None:
    office = town.test_client()
    sign_in(office, "office")
    before = rows(town)
    for rule, address in addresses(town):
        if "GET" not in (rule.methods or set()) or rule.endpoint == "static":
            continue
        answer = office.get(address)
        assert answer.status_code < 500, address
        assert answer.headers["Cache-Control"] == "no-store", address
        assert "Cookie" in answer.headers["Vary"], address
        assert answer.headers["X-Content-Type-Options"] == "nosniff", address
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"], address
        if answer.mimetype == "text/html":
            assert inline(answer.text) == [], address
            assert not re.search(r"(src|action)=\"(https?:)?//", answer.text), address
        answer.close()
    assert rows(town) == before


def rows(app: Flask) -> Mapping[str, list[Any]]:
    """Every row but when somebody was last seen, how often, what was refused, and that something was exported."""
    with closing(sqlite3.connect(str(app.extensions["cellcert"].settings.database).removeprefix("sqlite:///"))) as file:
        tables = [table for (table,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {table: file.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
        kinds = "SELECT count(*) FROM audit_event WHERE kind NOT IN ('denied', 'export')"
        found["audit_event"] = file.execute(kinds).fetchall()
        found["sign_in"] = file.execute("SELECT id, ended_at FROM sign_in").fetchall()
    del found["audit_head"], found["attempt"]
    return found


def test_an_unknown_address_says_so_without_naming_anything(client: FlaskClient) -> None:
    for address in ("/.git/config", "/.env", "/nothing", "/applications/999999", "/notices/999999", "/register/x"):
        answer = client.get(address)
        assert answer.status_code in {302, 404}, address
        assert "Traceback" not in answer.text


def test_every_state_is_met_in_the_demo_city(app: Flask) -> None:
    assert set(every_state(app)) == set(State)
