"""Editions with names nobody should give them, drafts that cannot be read any more, founders at one moment."""

import threading
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from cellcert import clock
from cellcert.criteria.commands import criteria
from cellcert.criteria.editions import keep_edition
from cellcert.criteria.library import Library
from cellcert.criteria.models import Edition
from cellcert.criteria.reader import CriteriaFaults, read_checklist, read_kept
from cellcert.criteria.states import EditionState
from cellcert.database import db
from cellcert.paths import shipped
from cellcert.web import house
from tests.builders import city, sign_in
from tests.conftest import Build
from tests.edition.proposing import in_days, new_text, proposed


def mall(edition: str) -> str:
    """The mall's file with its edition written so."""
    text = Library(shipped("criteria")).source("mall")
    return text.replace('edition: "2026.1"', f"edition: {edition}", 1)


@pytest.mark.parametrize("kind", ["pdf", "xlsx", "yaml"])
def test_a_chinese_edition_is_downloaded_under_a_name_every_server_can_send(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    text = mall("'2026年 \";第一版/..'")
    monkeypatch.setattr(Library, "source", lambda self, category: text)
    answer = client.get(f"/criteria/mall/checklist.{kind}")
    name = answer.headers["Content-Disposition"]

    assert answer.status_code == 200
    assert name.encode("latin-1")
    assert f"filename*=UTF-8''mall-2026%E5%B9%B4-%E7%AC%AC%E4%B8%80%E7%89%88-...{kind}" in name


@pytest.mark.parametrize("edition", ['"a\\0b"', '"2026\\n1"', '"a\\u202eb"', "x" * 41])
def test_an_edition_is_one_short_line(edition: str) -> None:
    with pytest.raises(CriteriaFaults, match="写在一行"):
        read_checklist(mall(edition), "mall.yaml")
    assert read_kept(mall(edition), "mall.yaml")  # one kept from earlier stays readable


def test_a_name_with_a_nul_is_refused_before_a_database_sees_it(build_app: Build, both_databases: str) -> None:
    app = build_app(both_databases)
    app.config["WTF_CSRF_ENABLED"] = False
    city(app)
    client = app.test_client()
    sign_in(client, "office")
    fields = {"source": "text", "text": mall('"a\\0b"'), "in_force_from": in_days(1).isoformat(), "reason": "改"}

    assert client.post("/editions/mall/propose", data=fields).status_code == 422


def test_a_draft_that_is_in_order_no_more_is_shown_and_not_approved(app: Flask, client: FlaskClient) -> None:
    office = city(app)["office"]
    proposed(app, office)
    with app.app_context():
        draft = Edition(
            category="park", edition="2031.9", sha256="0" * 64, text=new_text("park").replace("lead: ", "lead: no_"),
            kept_at=clock.now(), state=EditionState.DRAFT, in_force_from=in_days(3), proposed_by=office.person_id,
            proposed_at=clock.now(), reason="改",
        )  # fmt: skip
        db.session.add(draft)
        db.session.commit()
        number = draft.id
    sign_in(client, "approver")

    assert client.get(f"/editions/{number}").status_code == 200
    assert client.get(f"/editions/{number}/checklist").status_code == 409
    answer = client.post(f"/editions/{number}/approve")
    assert answer.status_code == 409
    assert "重新提交" in answer.text
    with app.app_context():
        assert db.session.get_one(Edition, number).state is EditionState.DRAFT


def test_of_many_who_need_the_founding_edition_at_one_moment_all_get_the_same(
    build_app: Build, both_databases: str
) -> None:
    app = build_app(both_databases)
    begin, found = threading.Barrier(4), list[int]()

    def need() -> None:
        with app.app_context():
            begin.wait()
            found.append(keep_edition(db.session(), house().library, "mall", at=clock.now()).id)
            db.session.commit()

    threads = [threading.Thread(target=need) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 4
    assert len(set(found)) == 1


def test_export_overwrites_no_criteria_file(tmp_path: Path) -> None:
    mine, link = tmp_path / "mine.yaml", tmp_path / "link.yaml"
    mine.write_text("by hand", encoding="utf-8")
    link.symlink_to(tmp_path / "elsewhere.yaml")
    for out in (mine, link):
        arguments = ["export", str(shipped("criteria") / "mall.yaml"), "--to", str(out)]
        assert CliRunner().invoke(criteria, arguments).exit_code == 2
    assert mine.read_text(encoding="utf-8") == "by hand"
    assert not (tmp_path / "elsewhere.yaml").exists()
