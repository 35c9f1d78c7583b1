"""Two worlds that are equal but for one secret, and everything each person can get from the server in each (T-09)."""

import hashlib
import os
import secrets
import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import select

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.certificate.models import Certificate
from cellcert.database import db
from cellcert.decision import actions as decisions
from cellcert.decision import meeting_acts
from cellcert.decision.models import Notice, Objection
from cellcert.evidence.models import Evidence
from cellcert.outbox.models import Job
from cellcert.people.models import Person
from cellcert.review import actions as reviews
from cellcert.review import checking, clarify_acts
from cellcert.review.clarify_rules import Level
from cellcert.review.models import RoundResult, ScoreSheet
from cellcert.units.models import Unit
from cellcert.web import House, house
from tests.builders import sign_in
from tests.review import cases

NOBODY = "pub"


@dataclass(frozen=True, slots=True)
class Secret:
    """What the two worlds differ in, who must not know, and who may (or the comparison could not fail)."""

    name: str
    state: State
    tell: Callable[[int, bool], None]  # of the case, in the one world or in the other
    hidden_from: str
    known_to: str
    words: tuple[str, str]  # what a search might betray
    programme: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


# the six secrets


def _free_experts(case: Application) -> list[Person]:
    people = db.session.scalars(select(Person).where(Person.login.like("expert%")).order_by(Person.id)).all()
    taken = {seat.person_id for seat in case.assignments}
    free = [one for one in people if one.id not in taken and not case.is_conflicted(one.open_posts[0].actor())]
    return [one for one in free if not one.open_posts[0].categories or case.category in one.open_posts[0].categories]


def who_sits(case_id: int, other: bool) -> None:
    """The seat beside the others goes to one expert or to another."""
    case, at = cases.case(case_id), clock.now()
    person = _free_experts(case)[1 if other else 0]
    due = at + timedelta(days=10)
    reviews.assign(case, person.open_posts[0], due, by=cases.actor("office"), at=at, session=db.session())


def what_another_gave(case_id: int, other: bool) -> None:
    """One expert hands in full marks, or much less with other reasons."""
    case, at = cases.case(case_id), clock.now()
    answers = cases.full_marks(case)
    if other:
        answers = {key: False if answer is True else answer for key, answer in answers.items()}
    login = cases.waiting_experts(case_id)[-1]
    by, words = cases.actor(login), "资料不足，扣分。" if other else "资料齐全，满分。"
    reviews.declare(db.session(), case, by=by, at=at)
    checklist, revision = cases.checklist(case), cases.revision(case)
    reasons = dict.fromkeys(answers, words)
    reviews.save_sheet(db.session(), case, checklist, revision, answers, reasons, words, by=by, at=at)
    db.session.flush()
    reviews.hand_in(db.session(), case, checklist, revision, by=by, at=at)


def what_reviewers_note(case_id: int, other: bool) -> None:
    """A note beside a place and a message among reviewers say one thing or another."""
    case, at, words = cases.case(case_id), clock.now(), NOTES[other]
    by = cases.actor(f"district-{case.division}")
    key = next(iter(cases.checklist(case).items())).key
    checking.write_note(db.session(), case, ("item", key), words, by=by, at=at)
    library = house().library
    clarify_acts.say(
        db.session(), case, key, Level.REVIEWERS, words, library.programme, library.calendar, by=by, at=at
    )  # fmt: skip


def who_objected(case_id: int, other: bool) -> None:
    """The objection is one person's or another's."""
    objection = db.session.scalars(select(Objection).where(Objection.application_id == case_id)).one()
    objection.name, objection.contact = OBJECTORS[other], "0391-3333333" if other else "0391-2222222"


def what_is_decided(case_id: int, other: bool) -> None:
    """The case is agreed to be recognised or refused; with a meeting whose results are told later."""
    case, at, library = cases.case(case_id), clock.now(), house().library
    meeting_acts.open_meeting(
        db.session(), "审定会", clock.day_of(at, library.programme.time_zone), None, [case_id],
        by=cases.actor("office"), at=at,
    )  # fmt: skip
    result = db.session.scalars(select(RoundResult).where(RoundResult.application_id == case_id)).one()
    outcome, level = (State.REJECTED, None) if other else (State.NOTICE, result.level)
    proposal = decisions.propose(
        db.session(), case, outcome, level, DECISIONS[other], by=cases.actor("office"), at=at
    )  # fmt: skip
    decisions.approve(
        db.session(), case, proposal, True, "", library.programme, library.calendar, by=cases.actor("approver"), at=at
    )  # fmt: skip


def that_it_is_decided(case_id: int, other: bool) -> None:
    """The case is agreed upon and not told yet, or nobody has put it forward."""
    if other:
        what_is_decided(case_id, False)


def what_the_unit_is_called(case_id: int, other: bool) -> None:
    """The unit has one name or another."""
    unit = db.session.get_one(Unit, cases.case(case_id).unit_id)
    unit.name, unit.name_key = UNITS[other], UNITS[other]


NOTES = ("台账页码不连续，留意。", "现场与照片不一致，留意。")
OBJECTORS = ("赵示例甲", "钱示例乙")
DECISIONS = ("达到条件，建议认定。", "材料不足，建议不予认定。")
UNITS = ("示例秘密甲单位", "示例秘密乙单位")
TOGETHER = {"decision": {"announce": "together"}}
BLIND = {"review": {"blind_unit": True}}

SECRETS = {
    secret.name: secret
    for secret in (
        Secret("who sits", State.REVIEW, who_sits, "pub own oth dis di2 dep de2 exp adm aud", "off", ("expert", "某")),
        Secret(
            "what another gave", State.REVIEW, what_another_gave,
            "pub own oth dis di2 dep de2 exp ex2 off apr adm aud", "mine", ("满分", "扣分"),
        ),
        Secret("notes", State.PRELIMINARY, what_reviewers_note, "pub own oth di2 de2 ex2 adm", "dis", NOTES),
        Secret("who objected", State.OBJECTION, who_objected, "pub own oth dis di2 dep de2 ex2 adm", "off", OBJECTORS),
        Secret(
            "what is decided", State.DECISION, what_is_decided, "pub own oth dis di2 dep de2 exp ex2 adm aud", "off",
            DECISIONS, TOGETHER,
        ),
        Secret(
            "that it is decided", State.DECISION, that_it_is_decided, "pub own oth di2 de2 exp ex2 adm", "off",
            DECISIONS, TOGETHER,
        ),
        Secret("the unit's name", State.REVIEW, what_the_unit_is_called, "pub exp ex2", "off", UNITS, BLIND),
    )
}  # fmt: skip


# two worlds


class Worlds:
    """One city, told twice; both are read with the same cookies, at the same moment, with the same chance."""

    def __init__(self, app: Flask, folder: Path, case: int, secret: Secret) -> None:
        self.app, self.folder, self.case, self.secret = app, folder, case, secret
        self.file = Path(str(app.extensions["cellcert"].settings.database).removeprefix("sqlite:///"))
        self._change_programme()
        with app.app_context():
            self.logins = people_of(case, secret)
        self.cookies = {role: self._cookies(login) for role, login in self.logins.items()}
        self.addresses = list(addresses(app, case, secret.words, self.file))
        self._keep("base")
        for name, other in (("one", False), ("other", True)):
            self.enter("base")
            with app.app_context():
                secret.tell(case, other)
                db.session.commit()
            self._keep(name)

    def _change_programme(self) -> None:
        if not self.secret.programme:
            return
        kept: House = self.app.extensions["cellcert"]
        programme = kept.library.programme
        for part, to in self.secret.programme.items():
            programme = replace(programme, **{part: replace(getattr(programme, part), **to)})
        kept.library.__dict__["programme"] = programme  # where the cached property keeps it

    def _cookies(self, login: str) -> Mapping[str, str]:
        client = self.app.test_client()
        sign_in(client, login)
        name = self.app.config["SESSION_COOKIE_NAME"]
        cookie = client.get_cookie(name)
        assert cookie is not None
        return {name: cookie.value}

    def _keep(self, name: str) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        with closing(sqlite3.connect(self.file)) as file:
            file.execute("VACUUM INTO ?", [str(self.folder / f"{name}.db")])

    def enter(self, name: str) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        for suffix in ("-wal", "-shm"):
            self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)
        shutil.copy(self.folder / f"{name}.db", self.file)

    def read(self, world: str, role: str, wanted: Callable[[str], bool]) -> Mapping[str, bytes]:
        """Every answer to this person: status, headers and bytes."""
        self.enter(world)
        found: dict[str, bytes] = {}
        chance.is_still = True
        for address in self.addresses:
            if wanted(address):
                answer = self._client(role).get(address)
                head = "".join(f"{key}: {value}\n" for key, value in sorted(answer.headers) if key != "Date")
                found[address] = f"{answer.status_code}\n{head}\n".encode() + answer.data
                answer.close()
        chance.is_still = False
        return found

    def _client(self, role: str) -> FlaskClient:
        client = self.app.test_client()
        for name, value in self.cookies.get(role, {}).items():
            client.set_cookie(name, value)
        return client

    def mails(self, world: str) -> Mapping[str, list[str]]:
        """What waits in the outbox, by whom it is for."""
        self.enter(world)
        found: dict[str, list[str]] = {}
        with self.app.app_context():
            for job in db.session.scalars(select(Job).where(Job.kind == "mail").order_by(Job.id)):
                found.setdefault(str(job.data["to"]), []).append(str(sorted(job.data.items())))
        return found


def people_of(case_id: int, secret: Secret) -> dict[str, str]:
    """A login for each relation to the case, chosen so that it is the same in both worlds."""
    case = cases.case(case_id)
    programme, seated = house().library.programme, cases.seated(case_id)
    others = [login for (login,) in db.session.execute(select(Person.login).where(Person.login.like("unit%")))]
    own = db.session.scalars(
        select(Person.login).where(Person.login.like("unit%"), Person.posts.any(unit_id=case.unit_id))
    )
    mine = set(own)
    waiting = cases.waiting_experts(case_id)
    found = {
        "own": sorted(mine)[0],
        "oth": next((login for login in others if login not in mine), ""),
        "dis": f"district-{case.division}",
        "di2": f"district-{next(one.key for one in programme.divisions if one.key != case.division)}",
        "dep": f"department-{case.lead}",
        "de2": f"department-{next(one.lead for one in programme.categories if one.lead != case.lead)}",
        "ex2": _free_experts(case)[-1].login,
        "off": "office2",
        "apr": "approver2",
        "adm": "admin",
        "aud": "auditor",
    }
    if seated:
        found["exp"] = next(login for login in seated if login != (waiting[-1] if waiting else ""))
        for seat in case.seats:
            seat.declared_at = seat.declared_at or clock.now()
    if waiting:
        found["mine"] = waiting[-1]
    db.session.commit()
    return {role: login for role, login in found.items() if login}


class Chance:
    """No chance: while pages are read every draw gives the same, so that none depends on what was asked before."""

    def __init__(self) -> None:
        self.drawn, self.is_still = 0, False

    def text(self, size: int | None = None) -> str:
        self.drawn += not self.is_still
        return hashlib.sha256(str(0 if self.is_still else self.drawn).encode()).hexdigest()[: 2 * (size or 16)]

    def some(self, size: int) -> bytes:
        return b"x" * size

    def below(self, _most: int) -> int:
        return 1

    def unique(self) -> uuid.UUID:
        return uuid.UUID(int=1)


chance = Chance()


def fix_chance(patch: pytest.MonkeyPatch) -> None:
    """Tokens and keys are drawn alike in both worlds, so that nothing need be taken out before comparing."""
    from cellcert.review.site import record_routes

    for name in ("token_urlsafe", "token_hex"):
        patch.setattr(secrets, name, chance.text)
    patch.setattr(secrets, "randbelow", chance.below)
    patch.setattr(os, "urandom", chance.some)
    patch.setattr(record_routes, "uuid4", chance.unique)


def addresses(app: Flask, case: int, words: Sequence[str], file: Path) -> Iterator[str]:
    """Every address of the house that can be read, about this case where it is about one; lists in each order."""
    with app.app_context():
        application = db.session.get_one(Application, case)
        values: dict[str, Any] = {
            "application_id": case,
            "evidence_id": _first(Evidence.id, Evidence.application_id == case),
            "certificate_id": _first(Certificate.id),
            "serial": _first(Certificate.serial),
            "notice_id": _first(Notice.id, Notice.application_id == case) or _first(Notice.id),
            "objection_id": _first(Objection.id, Objection.application_id == case),
            "receipt": _first(Objection.receipt, Objection.application_id == case),
            "sheet_id": _first(ScoreSheet.id, ScoreSheet.application_id == case),
            "person_id": _first(Person.id, Person.login == "office2"),
            "post_id": _first(Person.id, Person.login == "office2"),
            "edition_id": application.edition_id,
            "batch": application.batch,
            "category": application.category,
            "item": next(iter(cases.checklist(application).items())).key,
            "key": next(iter(cases.checklist(application).items())).key,
            "unit_id": application.unit_id,
            "year": clock.now().year,
            "filename": "cellcert.css", "part": "item", "kind": "pdf", "language": "zh", "section": "check",
            "ending": "csv",
            "token": "0" * 64, "day": "2026-01-01", "on": 0,
        }  # fmt: skip
    with app.test_request_context():
        found = [
            url_for(rule.endpoint, **{name: values.get(name) or 1 for name in rule.arguments})
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or set()) and rule.endpoint not in {"static", "bootstrap.static"}
        ]
    yield from dict.fromkeys(found)
    lists = ("/applications", "/register", "/notices", "/inbox", "/audit", "/accounts", "/meetings", "/verify")
    for path in lists:
        for word in words:
            yield f"{path}?q={word}&search={word}&serial={word}"
    for name, options in {
        "sort": ("oldest", "newest"), "order": ("oldest", "newest"), "state": tuple(State), "page": ("2",),
        "category": (application.category,), "division": (application.division,),
    }.items():  # fmt: skip
        for option in options:
            yield f"/applications?{name}={option}"
    for query in (f"object=application:{case}", "check=chain"):
        yield f"/audit?{query}"
    for query in ("revision=1", "part=letter"):
        yield f"/applications/{case}/answers?{query}"
    yield f"/applications/{case}/score?item={values['item']}"
    yield f"/applications/{case}/on-site/photos/1?small=1"


def _first(column: Any, *where: Any) -> Any:
    return db.session.scalar(select(column).where(*where).limit(1))


def differing(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> list[str]:
    """The addresses whose answers are not the same, each with where they part."""
    assert list(one) == list(other)
    wrong = []
    for address, first in one.items():
        second = other[address]
        if first != second:
            at = next((n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), 0)
            pieces = [text[max(at - 60, 0) : at + 80].decode(errors="replace") for text in (first, second)]
            wrong.append(f"{address}: " + " / ".join(repr(" ".join(piece.split())) for piece in pieces))
    return wrong
