"""Anybody reports something about a cell; the office answers it, and the unit never learns who it was."""

import re
from dataclasses import replace

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from cellcert.application.lifecycle import State
from cellcert.application.models import Application, Step
from cellcert.certificate.models import Certificate
from cellcert.database import db
from cellcert.standing.models import CellReport
from tests.builders import application_in, clerk_of, hidden, sign_in

SAID = {"name": "示例甲", "contact": "13800000000", "text": "十一月三日上午，东门垃圾混装混运，未分类。"}


def post(client: FlaskClient, path: str, **fields: str) -> tuple[int, str, str]:
    answer = client.post(path, data=hidden(client.get(path).text) | fields)
    return answer.status_code, answer.headers.get("Location", ""), answer.text


def serial_of(app: Flask) -> str:
    with app.app_context():
        return db.session.scalars(select(Certificate.serial)).one()


def test_a_report_is_answered_with_a_recheck_and_its_author_stays_unknown_to_the_unit(
    app: Flask, client: FlaskClient
) -> None:
    case = application_in(app, State.AWARDED)
    path = f"/register/{serial_of(app)}"
    assert "反映这个单位的问题" in client.get(path).text
    assert post(client, f"{path}/report", text="脏")[0] == 422
    status, where, _ = post(client, f"{path}/report", **SAID)
    assert status == 303
    kept = client.get(where).text
    code = re.search(r"[A-Z2-7]{5}-[A-Z2-7]{5}", kept)
    assert code
    assert SAID["text"] not in kept
    assert SAID["name"] not in kept

    office = app.test_client()
    sign_in(office, "office")
    assert where.rpartition("/")[2] in office.get("/reports").text
    assert SAID["text"] in office.get(f"/applications/{case}/reports").text
    with app.app_context():
        answer = f"/applications/{case}/reports/{db.session.scalars(select(CellReport.id)).one()}"
    fields = {"outcome": "recheck", "reply": "已到现场核实，启动复核。"}
    assert post(office, answer, **fields)[0] == 422  # a re-check has its reason
    status, _, page = post(office, answer, **fields, told="据示例甲反映，分类不到位。")
    assert status == 409
    assert "请去掉反映人的姓名和联系方式" in page
    assert post(office, answer, **fields, told="分类投放不到位。")[0] == 303
    assert post(office, answer, **fields, told="分类投放不到位。")[0] == 409  # once

    with app.app_context():
        assert db.session.get_one(Application, case).state is State.RECHECK
        assert db.session.scalars(select(Step.reason).order_by(Step.id.desc())).first() == "分类投放不到位。"
    stranger = app.test_client()
    assert "已到现场核实" not in stranger.get(where).text
    assert post(stranger, where, code="AAAAA-AAAAA")[0] == 303
    assert "已到现场核实" not in stranger.get(where).text
    assert post(stranger, where, code=code[0])[0] == 303
    assert "已到现场核实" in stranger.get(where).text

    unit = app.test_client()
    sign_in(unit, clerk_of(app, case))
    assert unit.get(f"/applications/{case}/reports").status_code == 403
    for page_of_unit in (f"/applications/{case}", "/inbox"):
        assert SAID["name"] not in unit.get(page_of_unit).text


def test_one_address_reports_a_few_times_a_day_and_no_more(app: Flask, client: FlaskClient) -> None:
    application_in(app, State.AWARDED)
    house = app.extensions["cellcert"]
    limited = house.settings.model_copy(update={"objections_per_address": 1})
    app.extensions["cellcert"] = replace(house, settings=limited)
    path = f"/register/{serial_of(app)}/report"

    assert post(client, path, **SAID)[0] == 303
    status, _, page = post(client, path, **SAID)

    assert status == 429
    assert SAID["text"] in page
