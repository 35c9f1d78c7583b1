"""One's own unit, and the doubtful codes of a division."""

from flask import Flask
from sqlalchemy import event, select

from cellcert.actors import Role
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.criteria.models import Edition
from cellcert.database import db
from cellcert.units.models import Unit
from cellcert.units.queries import doubtful_units
from cellcert.units.rules import CodeState
from tests.people.arrivals import DOUBTFUL, NOW, VALID, VALID_TOO, a_unit, events, signed_in, somebody

CONTACTS = {
    "address": "示例路2号", "head": "示例丙", "contact_name": "示例丁", "contact_phone": "13900000000",
    "contact_email": "ding@example.com", "about": "造纸",
}  # fmt: skip
IDENTITY = {"name": "示例纸业有限公司", "code_kind": "own", "credit_code": VALID, "division": "jiefang"}


def the_unit(app: Flask, unit_id: int) -> Unit:
    with app.app_context():
        return db.session.get_one(Unit, unit_id)


def apply(app: Flask, unit_id: int) -> None:
    with app.app_context():
        edition = Edition(
            category="factory", edition="1", sha256="0" * 64, text="", kept_at=NOW, in_force_from=NOW.date()
        )
        db.session.add(edition)
        db.session.flush()
        db.session.add(
            Application(
                unit_id=unit_id,
                category="factory",
                division="jiefang",
                lead="industry",
                batch="2026-2",
                edition_id=edition.id,
                created_at=NOW,
                submitted_at=NOW,
                state_since=NOW,
                edited_at=NOW,
                state=State.SUBMITTED,
            )
        )
        db.session.commit()


def test_a_unit_that_has_not_applied_may_still_change_its_name_and_code(app: Flask) -> None:
    unit = a_unit(app)
    somebody(app, "lee", Role.APPLICANT, unit_id=unit)
    changed = IDENTITY | {"name": "示例造纸有限公司", "credit_code": VALID_TOO}
    answer = signed_in(app, "lee").post("/unit", data=changed | CONTACTS)

    assert answer.status_code == 303
    assert (the_unit(app, unit).name, the_unit(app, unit).credit_code) == ("示例造纸有限公司", VALID_TOO)
    assert the_unit(app, unit).head == "示例丙"
    assert events(app).count("unit-changed") == 2


def test_a_unit_that_has_applied_changes_its_contacts_only(app: Flask) -> None:
    unit = a_unit(app)
    somebody(app, "lee", Role.APPLICANT, unit_id=unit)
    apply(app, unit)
    client = signed_in(app, "lee")
    page = client.get("/unit")
    answer = client.post("/unit", data=IDENTITY | {"name": "示例造纸有限公司", "credit_code": VALID_TOO} | CONTACTS)

    assert 'name="credit_code"' not in page.text
    assert answer.status_code == 303
    assert (the_unit(app, unit).name, the_unit(app, unit).credit_code) == ("示例纸业有限公司", VALID)
    assert the_unit(app, unit).contact_name == "示例丁"


def test_saving_without_a_change_leaves_no_event(app: Flask) -> None:
    unit = a_unit(app, credit_code=DOUBTFUL, doubtful_accepted=True)
    somebody(app, "lee", Role.APPLICANT, unit_id=unit)
    same = {"address": "示例路1号", "head": "示例甲", "contact_name": "示例乙", "contact_phone": "0391-1234567"}
    answer = signed_in(app, "lee").post("/unit", data=IDENTITY | {"credit_code": DOUBTFUL} | same)

    assert answer.status_code == 303
    assert "unit-changed" not in events(app)
    assert the_unit(app, unit).code_state is CodeState.DOUBTFUL


def test_another_units_code_cannot_be_taken_over(app: Flask) -> None:
    unit = a_unit(app)
    a_unit(app, name="示例二厂", credit_code=VALID_TOO)
    somebody(app, "lee", Role.APPLICANT, unit_id=unit)
    answer = signed_in(app, "lee").post("/unit", data=IDENTITY | {"credit_code": VALID_TOO} | CONTACTS)

    assert answer.status_code == 422
    assert "已经注册" in answer.text
    assert "示例路2号" in answer.text
    assert the_unit(app, unit).credit_code == VALID


def test_a_reviewer_confirms_a_doubtful_code_with_a_reason(app: Flask) -> None:
    unit = a_unit(app, credit_code=DOUBTFUL, doubtful_accepted=True)
    reviewer = somebody(app, "wang", Role.DISTRICT, division="jiefang")
    client = signed_in(app, "wang")
    assert DOUBTFUL in client.get("/units/doubtful").text
    assert client.post(f"/units/{unit}/code", data={"verdict": "right", "reason": ""}).status_code == 422
    assert client.post(f"/units/{unit}/code", data={"verdict": "right", "reason": "已查看证书"}).status_code == 303

    found = the_unit(app, unit)
    assert (found.code_state, found.code_confirmed_by) == (CodeState.CONFIRMED, reviewer)
    assert events(app)[-1] == "code-confirmed"
    assert DOUBTFUL not in client.get("/units/doubtful").text
    assert client.post(f"/units/{unit}/code", data={"verdict": "right", "reason": "再来"}).status_code == 409


def test_a_unit_asked_about_its_code_may_correct_it_even_after_applying(app: Flask) -> None:
    unit = a_unit(app, credit_code=DOUBTFUL, doubtful_accepted=True)
    somebody(app, "wang", Role.DISTRICT, division="jiefang")
    somebody(app, "lee", Role.APPLICANT, unit_id=unit)
    apply(app, unit)
    signed_in(app, "wang").post(f"/units/{unit}/code", data={"verdict": "ask", "reason": "末位应为 N"})
    client = signed_in(app, "lee")
    assert "末位应为 N" in client.get("/unit").text
    renamed = client.post("/unit", data=IDENTITY | {"name": "另一个名称", "credit_code": VALID} | CONTACTS)
    assert renamed.status_code == 422
    assert "不能自行修改" in renamed.text
    assert client.post("/unit", data=IDENTITY | CONTACTS).status_code == 303

    found = the_unit(app, unit)
    assert (found.name, found.credit_code, found.code_state, found.code_note) == (
        IDENTITY["name"],
        VALID,
        CodeState.VALID,
        "",
    )


def test_a_reviewer_sees_the_own_division_only(app: Flask) -> None:
    unit = a_unit(app, credit_code=DOUBTFUL, doubtful_accepted=True, division="boai")
    somebody(app, "wang", Role.DISTRICT, division="jiefang")
    client = signed_in(app, "wang")

    assert DOUBTFUL not in client.get("/units/doubtful").text
    assert client.get(f"/units/{unit}/code").status_code == 404
    assert client.post(f"/units/{unit}/code", data={"verdict": "right", "reason": "x"}).status_code == 404
    assert the_unit(app, unit).code_state is CodeState.DOUBTFUL


def test_a_reviewer_does_not_confirm_the_own_unit(app: Flask) -> None:
    unit = a_unit(app, credit_code=DOUBTFUL, doubtful_accepted=True)
    somebody(app, "wang", Role.DISTRICT, Role.APPLICANT, division="jiefang", unit_id=unit)

    answer = signed_in(app, "wang").post(f"/units/{unit}/code", data={"verdict": "right", "reason": "x"})
    assert answer.status_code == 403
    assert the_unit(app, unit).code_state is CodeState.DOUBTFUL


def test_the_list_of_doubtful_units_is_one_query(app: Flask) -> None:
    for number, code in enumerate([DOUBTFUL, "91350211M0000XUF46", "91350203M0001FUE2P"]):
        a_unit(app, name=f"示例{number}厂", credit_code=code, doubtful_accepted=True)
    asked: list[object] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        assert len(doubtful_units(db.session(), "jiefang")) == 3
    assert [str(one).split()[0] for one in asked] == ["BEGIN", "SELECT"]


def test_a_unit_is_kept_once_in_the_database(app: Flask) -> None:
    a_unit(app)
    with app.app_context():
        assert db.session.scalars(select(Unit.credit_code)).all() == [VALID]
