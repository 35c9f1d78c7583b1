"""The office's pages: what is in force, the folder's faults, propose, approve, take back; and the unit that adopts."""

import io
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.assessment.queries import answers_of
from cellcert.audit.models import AuditEvent
from cellcert.commands import found_editions
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.library import Library
from cellcert.criteria.marked import MAX_BYTES
from cellcert.criteria.models import Edition
from cellcert.criteria.states import EditionState
from cellcert.criteria.ways import YesNo
from cellcert.database import db
from cellcert.edition import actions
from cellcert.paths import criteria_folder
from cellcert.web import house
from tests.builders import application_in, city, clerk_of, hidden, sign_in
from tests.edition.proposing import founded, in_days, new_text, proposed, today


def text_in(app: Flask, category: str = "mall", edition: str = "2031.1") -> str:
    with app.app_context():
        return new_text(category, edition)


def fields(**given: str) -> dict[str, str]:
    return {"source": "text", "in_force_from": today().isoformat(), "reason": "按新文件调整分值。"} | given


def states(app: Flask) -> list[EditionState]:
    with app.app_context():
        return list(db.session.scalars(select(Edition.state).order_by(Edition.id)))


@pytest.fixture
def folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The city's folder, to be changed."""
    mine = tmp_path / "criteria"
    mine.mkdir()
    for file in criteria_folder().iterdir():
        (mine / file.name).symlink_to(file)
    monkeypatch.setattr(house_library(app), "folder", mine)
    return mine


def house_library(app: Flask) -> Library:
    with app.app_context():
        return house().library


def write(folder: Path, category: str, text: str) -> None:
    (folder / f"{category}.yaml").unlink()
    (folder / f"{category}.yaml").write_text(text, encoding="utf-8")


def test_the_way_of_an_edition_from_the_folder_to_the_public_page(
    app: Flask, client: FlaskClient, folder: Path
) -> None:
    application_in(app, State.DRAFT, "mall")
    write(folder, "mall", text_in(app))
    sign_in(client, "office")
    assert "有改动，未提交" in client.get("/editions").text
    page = client.get("/editions/mall/propose")
    assert "标准文件夹中的文件" in page.text
    sent = client.post("/editions/mall/propose", data=hidden(page.text) | fields(source="folder"))
    assert sent.status_code == 303
    assert "等待另一位审定人审定" in client.get(sent.location).text
    assert "2031.1" not in app.test_client().get("/criteria/mall").text

    approver = app.test_client()
    sign_in(approver, "approver")
    approve = f"{sent.location}/approve"
    page = approver.get(approve)
    assert page.text.index("谁会受影响") < page.text.index("审定通过")
    assert approver.post(approve, data=hidden(page.text)).status_code == 303
    assert "2031.1" in app.test_client().get("/criteria/mall").text
    assert "现行" in client.get(sent.location).text


def test_what_was_typed_stays_when_the_text_has_faults(app: Flask, client: FlaskClient) -> None:
    city(app)
    sign_in(client, "office")
    text = text_in(app).replace("points:", "pionts:", 3)
    refused = client.post("/editions/mall/propose", data=fields(text=text, reason="只改一处。"))
    assert refused.status_code == 422
    assert "第 " in refused.text
    assert "pionts" in refused.text
    assert "只改一处。" in refused.text
    assert today().isoformat() in refused.text
    assert states(app) == []


def test_a_waste_the_city_keeps_no_ledger_of_is_refused_when_the_draft_is_proposed(
    app: Flask, client: FlaskClient
) -> None:
    city(app)
    sign_in(client, "office")
    with app.app_context():
        text = new_text("agency").replace("ledger: recyclables.used", "ledger: moon_dust.used")
    assert "moon_dust" in text
    refused = client.post("/editions/agency/propose", data=fields(text=text, reason="改数据来源。"))
    assert refused.status_code == 422
    assert "没有“moon_dust”这种（组）废物" in refused.text
    assert states(app) == []


def test_a_faulty_upload_is_shown_to_be_put_right_on_the_page(app: Flask, client: FlaskClient) -> None:
    city(app)
    founded(app)
    sign_in(client, "office")
    text = text_in(app).replace("title:", "tittle:", 1).replace("\n", "\r\n")
    sent = {"file": (io.BytesIO(text.encode("utf-8-sig")), "mall.yaml")}
    refused = client.post("/editions/mall/propose", data=fields(source="file") | sent)
    assert refused.status_code == 422
    assert "tittle: " in refused.text
    mended = client.post("/editions/mall/propose", data=fields(text=text.replace("tittle:", "title:")))
    assert mended.status_code == 303
    with app.app_context():
        draft = db.session.scalars(select(Edition).where(Edition.state == EditionState.DRAFT)).one()
        assert "\r" not in draft.text


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (b"\xff\xfe\x00x", "另存为 UTF-8"),
        (b"x" * (MAX_BYTES + 1), "超过 2 MB"),
        (b"", "请选择要上传的文件"),
        (b"a: &b [*b, *b]", "别名"),
    ],
)
def test_what_is_no_criteria_file_is_refused_with_a_sentence(
    app: Flask, client: FlaskClient, sent: bytes, sentence: str
) -> None:
    city(app)
    sign_in(client, "office")
    given = {"file": (io.BytesIO(sent), "mall.yaml" if sent else "")}
    refused = client.post("/editions/mall/propose", data=fields(source="file") | given)
    refused.request.environ["wsgi.input"].close()  # the test's own copy of a large upload
    assert refused.status_code in {409, 422}
    assert sentence in refused.text


def test_the_folders_faults_are_shown_with_their_lines_and_what_holds_goes_on(
    app: Flask, client: FlaskClient, folder: Path
) -> None:
    application_in(app, State.DRAFT, "mall")
    write(folder, "mall", text_in(app).replace("points:", "pionts:", 1))
    sign_in(client, "office")
    assert "处问题" in client.get("/editions").text
    page = client.get("/editions/mall").text
    assert "第 " in page
    assert "pionts" in page
    assert 'value="folder"' not in client.get("/editions/mall/propose").text
    assert client.get("/criteria/mall").status_code == 200


def test_who_may_open_what(app: Flask) -> None:
    people = city(app)
    draft = proposed(app, people["office"])
    reading = ["/editions", "/editions/mall", f"/editions/{draft}", f"/editions/{draft}/checklist"]
    expected = {
        "office": [200, 200, 200, 200, 200, 403, 200],
        "approver": [200, 200, 200, 200, 403, 200, 200],
        "auditor": [200, 200, 200, 200, 403, 403, 403],
        "admin": [403] * 7,
        "expert1": [403] * 7,
    }
    acts = ["/editions/mall/propose", f"/editions/{draft}/approve", f"/editions/{draft}/withdraw"]
    for login, wanted in expected.items():
        client = app.test_client()
        sign_in(client, login)
        assert [client.get(address).status_code for address in (*reading, *acts)] == wanted, login
    client = app.test_client()
    sign_in(client, "office")
    assert client.get("/editions/nothing").status_code == 404
    assert client.get("/editions/99999").status_code == 404
    assert client.post(f"/editions/{draft}/approve").status_code == 403


def test_the_text_comes_back_byte_for_byte(app: Flask, client: FlaskClient) -> None:
    draft = proposed(app, city(app)["office"])
    sign_in(client, "approver")
    answer = client.get(f"/editions/{draft}/edition.yaml")
    assert answer.data.decode() == text_in(app)
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_an_old_page_does_not_approve_what_was_changed_meanwhile(app: Flask, client: FlaskClient) -> None:
    people = city(app)
    draft = proposed(app, people["office"], days=3)
    sign_in(client, "approver")
    seen = hidden(client.get(f"/editions/{draft}/approve").text)
    office = app.test_client()
    sign_in(office, "office")
    withdraw = f"/editions/{draft}/withdraw"
    assert office.post(withdraw, data=hidden(office.get(withdraw).text) | {"reason": "改日期。"}).status_code == 303
    assert proposed(app, people["office"], days=30) == draft
    refused = client.post(f"/editions/{draft}/approve", data=seen)
    assert refused.status_code == 409
    assert "已有变化" in refused.text
    assert client.post(f"/editions/{draft}/approve", data=hidden(refused.text)).status_code == 303


def test_a_draft_is_asked_to_adopt_and_told_what_to_look_at_again(app: Flask) -> None:
    draft = application_in(app, State.DRAFT, "mall")
    people, clerk = city(app), app.test_client()
    sign_in(clerk, clerk_of(app, draft))
    overview = f"/applications/{draft}/assessment"
    assert "评价标准已有新版" not in clerk.get(overview).text
    with app.app_context():
        application = db.session.get_one(Application, draft)
        checklist, rows = checklist_of(application.edition), answers_of(db.session(), application)
        asked = next(one for one in checklist.prerequisites if ("prerequisite", one.key) in rows)
        scored = next(
            one
            for one in checklist.items()
            if isinstance(one.way, YesNo) and (row := rows.get(("item", one.key))) and row.value is True
        )
        text = new_text("mall", "2031.1", **{asked.text.zh: f"{asked.text.zh}（新要求）"})
        at = text.index(f"key: {scored.key}\n")
        text = text[:at] + text[at:].replace("score: yes_no", "score: {judged: {step: 0.5}}", 1)
        actions.propose(
            db.session(), house().library, "mall", text, in_days(1), "改", by=people["office"], at=clock.now()
        )
        edition = db.session.scalars(select(Edition).where(Edition.edition == "2031.1")).one()
        actions.approve(db.session(), house().library, edition, by=people["approver"], at=clock.now())
        db.session.commit()
    assert "评价标准已有新版" not in clerk.get(overview).text, "not before its day"
    with app.app_context():
        edition = db.session.scalars(select(Edition).where(Edition.edition == "2031.1")).one()
        edition.in_force_from = today()
        db.session.commit()
    page = clerk.get(overview).text
    assert "评价标准已有新版" in page
    assert "评价标准已有新版" in clerk.get(f"/applications/{draft}/submit").text
    assert clerk.post(f"/applications/{draft}/adopt-edition", data=hidden(page)).status_code == 303
    page = clerk.get(overview).text
    assert "评价标准已有新版" not in page
    told = page[page.index("请核对以下 2 处") :]
    assert told.index("（新要求）") < told.index(f"item-{scored.key}")
    with app.app_context():
        application = db.session.get_one(Application, draft)
        assert application.edition.edition == "2031.1"
        after = answers_of(db.session(), application)
        assert ("item", scored.key) not in after, "a yes is no number of points"
        assert {place for place in rows if place not in after} == {("item", scored.key)}
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "adopt-edition")).one()
        assert event.data["gone"] == [f"item.{scored.key}"], "which, not what: the log is for ever"


def test_a_file_being_mended_takes_its_page_away_for_a_while_and_says_so(app: Flask, folder: Path) -> None:
    write(folder, "mall", "category: mall\nedition: [\n")
    page = app.test_client().get("/criteria/mall")

    assert page.status_code == 503
    assert "评价标准文件正在修改" in page.text


def test_a_service_that_starts_keeps_what_holds_so_that_a_file_changed_later_is_an_offer(
    app: Flask, folder: Path
) -> None:
    found_editions(app)
    write(folder, "mall", "category: mall\nedition: [\n")

    assert app.test_client().get("/criteria/mall").status_code == 200
    assert len(states(app)) == len(house_library(app).programme.categories)
