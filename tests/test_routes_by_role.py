"""Every route that is not about one application × every role; those about one are in ``test_permissions``."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import pytest
from flask import Flask, url_for
from werkzeug.routing import Rule

from cellcert import clock, health
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.database import db
from tests.builders import application_in, clerk_of, sign_in
from tests.test_permissions import FREE, MATRIX, READING, WRITING

EVERYBODY, SIGNED_IN = "pub own dis dep exp off apr adm aud", "own dis dep exp off apr adm aud"
# who is let in; everybody else is refused, whatever the address names. A new route fails until somebody has thought
# about it: each name stands for one route, and for no other
LET_IN: Mapping[str, str] = {
    "api.criteria": EVERYBODY,
    "api.checklist": EVERYBODY,
    "api.described": EVERYBODY,
    "api.description": EVERYBODY,
    "api.feed": EVERYBODY,
    "api.notice": EVERYBODY,
    "api.notices": EVERYBODY,
    "api.register": EVERYBODY,
    "api.tally": EVERYBODY,
    "application.start": "own",
    "assessment.guide": EVERYBODY,
    "assessment.guide_to": EVERYBODY,
    "assessment.try_it": EVERYBODY,
    "award_letter.certificates": "off apr",
    "award_letter.certificates_pdf": "off apr",
    "award_letter.certificates_zip": "off apr",
    "award_letter.discard": "off",
    "award_letter.index": EVERYBODY,
    "award_letter.issue": "apr",
    "award_letter.letter": EVERYBODY,
    "award_letter.pdf": EVERYBODY,
    "certificate.data": EVERYBODY,
    "certificate.download": EVERYBODY,
    "certificate.plaques": "off apr",
    "certificate.print_register": EVERYBODY,
    "certificate.register": EVERYBODY,
    "certificate.published_keys": EVERYBODY,
    "certificate.verify": EVERYBODY,
    "criteria.checklist": EVERYBODY,
    "criteria.download": EVERYBODY,
    "criteria.edition": EVERYBODY,
    "criteria.index": EVERYBODY,
    "decision.add_to_objection": EVERYBODY,  # with the code
    "decision.answer_pdf": EVERYBODY,  # with the code
    "decision.find_receipt": EVERYBODY,
    "decision.notice": EVERYBODY,
    "decision.notice_pdf": EVERYBODY,
    "decision.notices": EVERYBODY,
    "decision.receipt": EVERYBODY,
    "desk.ask_export": "dis dep off apr aud",
    "desk.cases": "dis dep off apr aud",
    "desk.download_export": "dis dep off apr aud",
    "desk.exports": "dis dep off apr aud",
    "desk.forget_view": "dis dep off apr aud",
    "desk.print_cases": "dis dep off apr aud",
    "desk.save_view": "dis dep off apr aud",
    "desk.home": SIGNED_IN,
    "desk.mail": "off adm aud",
    "desk.mails": "off adm aud",
    "desk.trail": "aud",
    "edition.approve": "apr",
    "edition.category": "off apr aud",
    "edition.checklist": "off apr aud",
    "edition.edition": "off apr aud",
    "edition.index": "off apr aud",
    "edition.propose": "off",
    "edition.text": "off apr aud",
    "edition.try_it": "off apr aud",
    "edition.withdraw": "off apr",
    "health.alive": EVERYBODY,
    "health.ready": EVERYBODY,
    "inbox.inbox": SIGNED_IN,
    "inbox.read": SIGNED_IN,
    "ledger.export": "own",
    "ledger.month": "own",
    "ledger.overview": "own",
    "ledger.read_in": "own",
    "ledger.template": "own",
    "meeting.announcement": "off apr",
    "meeting.approve": "apr",
    "meeting.index": "off apr",
    "meeting.meeting": "off apr",
    "meeting.minutes": "off apr",
    "meeting.minutes_pdf": "off apr",
    "meeting.pack": "off apr",
    "meeting.pack_pdf": "off apr",
    "meeting.propose": "off",
    "meeting.put_before": "off",
    "meeting.show": "off apr",
    "panel.by_file": "off",
    "panel.drawing": "off",
    "panel.drawings": "off apr aud",
    "panel.drawn": "off apr aud",
    "panel.statistics": "off aud",
    "panel.template": "off",
    "people.account": "adm",
    "people.accounts": "adm",
    "people.add_account": "adm",
    "people.add_colleague": "own",
    "people.colleagues": "own",
    "people.disable": "adm",
    "people.enable": "adm",
    "people.end_colleague": "own",
    "people.end_role": "adm",
    "people.hand_over": "own",
    "people.invite": "own",
    "people.invite_again": "own",
    "people.join": EVERYBODY,  # with the token
    "people.leave": "own",
    "people.name_head": "own",
    "people.password": SIGNED_IN,
    "people.register": EVERYBODY,
    "people.reissue": "adm",
    "people.sign_in": EVERYBODY,
    "people.sign_out": EVERYBODY,
    "people.switch": SIGNED_IN,
    "people.withdraw_invitation": "own",
    "standing.declarations": "off apr aud",
    "standing.drawn": "off apr aud",
    "standing.rechecks": "off apr aud",
    "standing.reported": EVERYBODY,  # with the code
    "standing.reports": "off apr aud",
    "static": EVERYBODY,
    "supervision.approve": "off apr",
    "supervision.behind": "off apr aud",
    "supervision.case": "dis dep off apr aud",
    "supervision.close": "off",
    "supervision.file": "dis dep off apr aud",
    "supervision.index": "dis dep off apr aud",
    "supervision.pdf": "dis dep off apr aud",
    "supervision.raise_": "off",
    "supervision.report": "dis dep",
    "supervision.review": "off",
    "tally.board": "off apr aud",
    "tally.detail": EVERYBODY,
    "tally.progress": EVERYBODY,
    "tally.screen": EVERYBODY,
    "tally.sheet": "off apr aud",
    "tally.titles": EVERYBODY,
    "tally.workbook": "off apr aud",
    "targets.add_files": "dep off",
    "targets.file": "dep off apr aud",
    "targets.index": EVERYBODY,
    "targets.read_in": "dep off",
    "targets.report": "dep off",
    "targets.row": "dep off apr aud",
    "targets.sheet": EVERYBODY,
    "targets.sheet_file": EVERYBODY,
    "targets.target": EVERYBODY,
    "targets.template": "dep off",
    "units.code": "dis",
    "units.doubtful": "dis",
    "units.mine": "own",
    "web.accessibility": EVERYBODY,
    "web.language": EVERYBODY,
    "web.large_print": EVERYBODY,
}
FORGIVEN = {"bootstrap.static"}  # nothing of ours


def routes(app: Flask) -> Iterator[Rule]:
    """The routes that are not about one application."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in {*READING, *WRITING, *FREE, *FORGIVEN}:
            yield rule


def test_every_route_says_who_is_let_in(app: Flask) -> None:
    assert {rule.endpoint for rule in routes(app)} == set(LET_IN)


def test_each_role_is_let_in_where_it_is_written_and_refused_everywhere_else(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "STARTED", clock.now())  # the story's letters wait for a worker; that is not late yet
    case = application_in(app, State.NOTICE)
    clerk = clerk_of(app, case)
    with app.app_context():
        application = db.session.get_one(Application, case)
        values: dict[str, Any] = {
            "edition_id": application.edition_id, "batch": application.batch, "category": application.category,
            "language": "zh", "kind": "yaml", "on": 0, "token": "0" * 64, "year": 2026, "filename": "cellcert.css",
            "receipt": "YY20260101-00000000", "ending": "csv",
        }  # fmt: skip
        logins = {
            "own": clerk, "dis": f"district-{application.division}", "off": "office", "apr": "approver",
            "dep": f"department-{application.lead}", "exp": "expert1", "adm": "admin", "aud": "auditor",
        }  # fmt: skip
    clients = {role: app.test_client() for role in EVERYBODY.split()}
    for role, login in logins.items():
        sign_in(clients[role], login)
    with app.test_request_context():
        addresses = [
            (rule, url_for(rule.endpoint, **{name: values.get(name, 1) for name in rule.arguments}))
            for rule in routes(app)
            if rule.endpoint != "people.sign_out"
        ]
    before, wrong = rows(app), []
    for rule, address in addresses:
        let_in = LET_IN[rule.endpoint].split()
        for role in ("pub",) if let_in == EVERYBODY.split() else clients:
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                if method == "POST" and role in let_in:
                    continue  # what those may do is told elsewhere
                answer = clients[role].open(address, method=method)
                asks = answer.status_code == 302 and "/sign-in" in answer.headers["Location"]
                refused = asks if role == "pub" else answer.status_code == 403
                if refused is (role in let_in) or answer.status_code >= 500:
                    wrong.append(f"{method} {rule.endpoint} {role}: {answer.status_code}")
                answer.close()
    assert wrong == []
    assert rows(app) == before


def test_the_matrix_says_who_is_let_in_to_award_letters_and_supervision() -> None:
    said = {
        route: EVERYBODY if row["who"] == "everyone" else row["who"]
        for row in MATRIX["globals"]
        for route in row.get("routes", ())
    }
    assert said == {route: who for route, who in LET_IN.items() if route.startswith(("award_letter.", "supervision."))}
    assert MATRIX["counts"]["globals"] == len(MATRIX["globals"])


def rows(app: Flask) -> Mapping[str, list[Any]]:
    """Every row but what was seen, refused or fetched."""
    file = str(app.extensions["cellcert"].settings.database).removeprefix("sqlite:///")
    with closing(sqlite3.connect(file)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = [name for name in tables if name not in {"audit_event", "audit_head", "sign_in"}]
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in kept}
