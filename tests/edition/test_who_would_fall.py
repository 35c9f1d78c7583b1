"""Every holder and running application of a category, scored again on real databases."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application, Assignment
from cellcert.assessment.models import Answer, Revision
from cellcert.certificate.models import Certificate
from cellcert.criteria.schema import Checklist, Prerequisite
from cellcert.criteria.text import Text
from cellcert.database import Base, db
from cellcert.demo.city import demo_code
from cellcert.edition.commands import diff
from cellcert.edition.queries import Falls, who_would_fall
from cellcert.paths import criteria_folder
from cellcert.review.models import RoundResult, ScoreSheet
from cellcert.web import house
from tests.builders import _kept, _once, application_in, city, work
from tests.conftest import Build
from tests.load import quickest

OTHER_KIND = "community"


def found(app: Flask) -> None:
    """A holder, a case before its experts and one on notice, a draft, one that ended, a holder of another category."""
    db.session.rollback()  # the stories are told in sessions of their own
    city(app)
    for state in (State.AWARDED, State.SUBMITTED, State.NOTICE, State.DRAFT, State.REJECTED):
        application_in(app, state)
    application_in(app, State.AWARDED, OTHER_KIND)


@pytest.fixture
def towns(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        _once(_kept() / "towns", lambda: found(app))
        yield app
        db.session.rollback()


def asked(new: Checklist, category: str = "agency", on: date | None = None) -> Falls:
    db.session.expire_all()
    return who_would_fall(db.session(), new, category, on=on or clock.day_of(clock.now(), "Asia/Shanghai"))


def today_s() -> Checklist:
    return house().library.checklist("agency")


def out_of_reach(checklist: Checklist) -> Checklist:
    """The same list, but every level asks for all the points there are."""
    most = checklist.points + (checklist.bonus.cap if checklist.bonus else 0)
    return replace(checklist, levels=tuple(replace(level, total=most) for level in checklist.levels))


def barred(checklist: Checklist) -> Checklist:
    fresh = Prerequisite("brand_new", Text("新增的否决项"))
    return replace(checklist, prerequisites=(*checklist.prerequisites, fresh))


def test_under_the_same_rules_nobody_falls(towns: Flask) -> None:
    falls = asked(today_s())

    assert (falls.holders, falls.running, falls.drafts, falls.unaffected) == ((), (), 0, 4)
    assert falls.affected == 0


def test_on_postgresql_the_same_people_fall(build_app: Build, postgresql_url: str) -> None:
    app = build_app(postgresql_url)
    for state in (State.AWARDED, State.SUBMITTED):
        application_in(app, state)
    with app.app_context():
        falls = asked(barred(today_s()))

    assert (len(falls.holders), len(falls.running), falls.unaffected) == (1, 1, 0)
    assert (falls.holders[0].judged, falls.running[0].judged) == (True, False)


def test_holders_and_running_cases_fall_with_what_it_costs_them(towns: Flask) -> None:
    falls = asked(out_of_reach(today_s()))

    assert [case.state for case in falls.holders] == [State.AWARDED]
    assert {case.state for case in falls.running} <= {State.SUBMITTED, State.NOTICE}
    assert falls.running
    holder = falls.holders[0]
    assert holder.serial
    assert holder.judged
    assert holder.restated.before is not None
    assert holder.restated.before.level is not None
    assert holder.restated.after.level is None
    assert holder.restated.certain
    assert "总分" in holder.restated.costs[0].text.zh


def test_what_was_decided_by_experts_is_recomputed_exactly(towns: Flask) -> None:
    falls = asked(out_of_reach(today_s()))
    results = {row.application_id: row for row in db.session.scalars(select(RoundResult))}
    revisions = {row.application_id: row for row in db.session.scalars(select(Revision))}

    for case in (*falls.holders, *falls.running):
        before = case.restated.before
        assert before is not None
        stored = results[case.application_id] if case.judged else revisions[case.application_id]
        assert (before.total, before.level.key if before.level else None) == (stored.total, stored.level)
    assert {case.state for case in falls.running if not case.judged} <= {State.SUBMITTED}


def test_a_new_prerequisite_makes_nobody_fall_for_certain(towns: Flask) -> None:
    falls = asked(barred(today_s()))

    assert len(falls.holders) == 1
    assert not any(case.restated.certain for case in (*falls.holders, *falls.running))
    assert falls.holders[0].restated.costs[0].text.zh == "前置条件无法判定：新增的否决项"


def test_drafts_are_counted_and_not_named(towns: Flask) -> None:
    sent = db.session.scalars(select(Revision).order_by(Revision.id)).first()
    draft = db.session.scalar(select(Application).where(Application.state == State.DRAFT))
    assert sent is not None
    assert draft is not None
    kinds = {"facts": "fact", "indicators": "indicator", "prerequisites": "prerequisite", "items": "item"}
    for row in db.session.scalars(select(Answer).where(Answer.application_id == draft.id)):
        db.session.delete(row)
    db.session.flush()
    owner = db.session.scalars(select(Answer.saved_by)).first()
    assert owner is not None
    for group, kind in kinds.items():
        for key, value in sent.answers[group].items():
            db.session.add(
                Answer(application_id=draft.id, kind=kind, key=key, value=value, saved_by=owner, saved_at=clock.now())
            )
    db.session.flush()
    falls = asked(barred(today_s()))

    assert falls.drafts == 1
    assert draft.id not in {case.application_id for case in falls.running}


def test_a_title_that_ran_out_is_no_longer_looked_at(towns: Flask) -> None:
    until = db.session.scalars(
        select(Certificate.valid_until).join(Certificate.application).where(Application.category == "agency")
    ).one()

    assert len(asked(barred(today_s()), on=until).holders) == 1
    assert asked(barred(today_s()), on=until + timedelta(days=1)).holders == ()


def copied(row: Any, **other: object) -> Any:
    """A new row like this one."""
    kept = {c.key: getattr(row, c.key) for c in inspect(type(row)).column_attrs if c.key not in {"id", "version"}}
    return type(row)(**(kept | other))


def multiply(session: Session, application: Application, times: int) -> None:
    """More units with the same answers, sheets and certificate."""

    def of(model: type[Base]) -> list[Any]:
        return list(session.scalars(select(model).where(model.application_id == application.id)))  # type: ignore[attr-defined]

    rows = [row for model in (Revision, RoundResult, ScoreSheet, Assignment) for row in of(model)]
    titles = of(Certificate)
    for number in range(5000 + application.id * 1000, 5000 + application.id * 1000 + times):
        unit = copied(
            application.unit, credit_code=demo_code(number, "agency"), name=f"示例{number}", name_key=f"示例{number}"
        )
        session.add(unit)
        session.flush()
        case = copied(application, unit_id=unit.id, reference=f"R{number}")
        session.add(case)
        session.flush()
        session.add_all(copied(row, application_id=case.id) for row in rows)
        session.add_all(
            copied(title, application_id=case.id, serial=f"S{number}", ordinal=number, token=f"t{number}")
            for title in titles
        )
    session.flush()


def test_six_queries_for_few_and_for_three_hundred_within_seconds(app: Flask) -> None:
    for state in (State.AWARDED, State.REVIEW):
        application_in(app, state)
    with app.app_context():
        new = barred(today_s())
        sent: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
        few = asked(new)
        for_few = len([one for one in sent if one.startswith("SELECT")])
        for application in db.session.scalars(select(Application)).all():
            multiply(db.session(), application, 149)
        many: list[Falls] = []

        def ask() -> None:
            db.session.expunge_all()
            sent.clear()
            many.append(asked(new))

        took = quickest(ask, 9)
        db.session.rollback()

    assert len([one for one in sent if one.startswith("SELECT")]) == for_few == 6
    assert (few.affected, many[0].affected) == (2, 300)
    assert took < 9


def test_the_command_says_what_changes_and_who_would_fall(app: Flask, tmp_path: Path, monkeypatch: Any) -> None:
    application_in(app, State.AWARDED)
    work(app)
    source = Path(house_file(app))
    text = source.read_text(encoding="utf-8")
    assert "prerequisites:\n" in text
    new = tmp_path / "agency.yaml"
    new.write_text(
        text.replace("prerequisites:\n", "prerequisites:\n  - {key: brand_new, text: 新增的否决项}\n"), "utf-8"
    )
    monkeypatch.setenv("CELLCERT_DATA_FOLDER", str(tmp_path))
    monkeypatch.setenv("CELLCERT_SECRET_KEY", "k" * 40)
    plain = CliRunner().invoke(diff, [str(source), str(new)])
    whole = CliRunner().invoke(diff, [str(source), str(new), "--holders"])
    as_json = CliRunner().invoke(diff, [str(source), str(new), "--holders", "--json", "--lang", "en"])

    assert (plain.exit_code, plain.output) == (0, "新增前置条件“新增的否决项”\n")
    assert whole.exit_code == 0, whole.output
    assert "前置条件无法判定：新增的否决项" in whole.output
    found = json.loads(as_json.output, parse_float=Decimal)
    assert [(one["kind"], one["key"]) for one in found["differences"]] == [("added", "brand_new")]
    assert len(found["falls"]["holders"]) == 1
    assert found["falls"]["holders"][0]["certain"] is False


def test_who_would_fall_without_a_database_is_a_sentence(tmp_path: Path, monkeypatch: Any) -> None:
    file = str(criteria_folder() / "agency.yaml")
    monkeypatch.setenv("CELLCERT_DATA_FOLDER", str(tmp_path))
    monkeypatch.setenv("CELLCERT_SECRET_KEY", "k" * 40)
    monkeypatch.delenv("CELLCERT_DATABASE_URL", raising=False)
    result = CliRunner().invoke(diff, [file, file, "--holders"])

    assert (result.exit_code, isinstance(result.exception, SystemExit)) == (1, True)
    assert "没有可用的城市数据库" in result.output


def house_file(app: Flask) -> Path:
    with app.app_context():
        return house().library.folder / "agency.yaml"


def test_differences_of_files_need_no_application(tmp_path: Path) -> None:
    import subprocess
    import sys

    file = str(criteria_folder() / "agency.yaml")
    code = (
        "import sys; sys.argv = ['cellcert', 'criteria', 'diff', *sys.argv[1:]]\n"
        "from cellcert.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "assert not {'flask', 'sqlalchemy', 'weasyprint'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, file, file], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout == "两个文件内容相同\n"
