"""Attach, hand out, take away: by whom, how, and at what cost."""

from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.application.queries import last_return
from cellcert.database import db
from cellcert.errors import NotAllowed, NotFound
from cellcert.evidence.actions import MEGABYTE, attach, keep, reuse
from cellcert.evidence.models import Evidence
from cellcert.evidence.queries import files_of
from cellcert.evidence.rules import accept
from cellcert.people.models import Person
from cellcert.web import house
from tests.builders import application_in, clerk_of, hidden, sign_in
from tests.conftest import Build
from tests.evidence import files
from tests.statements import asked


def upload(client: FlaskClient, application_id: int, item: str, *sent: tuple[str, bytes]) -> TestResponse:
    return client.post(
        f"/applications/{application_id}/evidence/{item}",
        data={"files": [(BytesIO(data), name) for name, data in sent]},
        content_type="multipart/form-data",
    )


def rows(app: Flask, application_id: int, item: str = "") -> list[Evidence]:
    with app.app_context():
        found = db.session.scalars(
            select(Evidence)
            .where(Evidence.application_id == application_id, Evidence.removed_at.is_(None))
            .order_by(Evidence.id)
        )
        return [row for row in found if not item or row.item == item]


@pytest.fixture
def draft(app: Flask, client: FlaskClient) -> int:
    application_id = application_in(app, State.DRAFT)
    sign_in(client, clerk_of(app, application_id))
    return application_id


def test_several_files_go_up_at_once_and_a_bad_one_does_not_cost_the_good(
    app: Flask, client: FlaskClient, draft: int
) -> None:
    answer = upload(client, draft, "plan", ("方案.pdf", files.pdf()), ("现场.jpg", files.picture()), ("坏.exe", b"MZ"))
    assert answer.status_code == 303
    page = client.get(client.get(answer.location).location).text
    assert "类型不能上传" in page
    assert {row.name for row in rows(app, draft, "plan")} == {"方案.pdf", "现场.jpg"}


def test_a_single_bad_file_is_refused_with_its_sentence(app: Flask, client: FlaskClient, draft: int) -> None:
    answer = upload(client, draft, "plan", ("坏.exe", b"MZ"))
    assert answer.status_code == 422
    assert "可以上传" in answer.text
    assert upload(client, draft, "plan").status_code == 422
    assert upload(client, draft, "no_such_item", ("a.pdf", files.pdf())).status_code == 404
    assert not rows(app, draft, "plan")


def test_a_file_is_handed_out_as_a_download_that_cannot_act(app: Flask, client: FlaskClient, draft: int) -> None:
    upload(client, draft, "plan", ("年度 方案.pdf", files.pdf()))
    (row,) = rows(app, draft, "plan")
    answer = client.get(f"/evidence/{row.id}")
    assert answer.status_code == 200
    assert answer.data == files.pdf() or answer.data.startswith(b"%PDF")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_same_file_sent_twice_is_one_file(app: Flask, client: FlaskClient, draft: int) -> None:
    before = len(rows(app, draft))
    for item in ("plan", "plan", "leader"):
        upload(client, draft, item, ("a.pdf", files.pdf()))
    assert len(rows(app, draft)) == before + 2


def test_damaged_bytes_are_never_handed_out(app: Flask, client: FlaskClient, draft: int) -> None:
    upload(client, draft, "plan", ("a.pdf", files.pdf()))
    (row,) = rows(app, draft, "plan")
    with app.app_context():
        house().store.path(row.sha256).write_bytes(b"%PDF-1.4 other")
    answer = client.get(f"/evidence/{row.id}")
    assert answer.status_code == 500
    assert "存档已损坏" in answer.text


@pytest.mark.parametrize(
    ("login", "status"),
    [
        ("", 302),
        ("other", 404),
        ("district-jiefang", 404),
        ("expert1", 404),
        ("auditor", 404),
        ("admin", 404),
        ("office", 404),
    ],
)
def test_nobody_else_sees_the_files_of_a_draft(
    app: Flask, draft: int, client: FlaskClient, login: str, status: int
) -> None:
    upload(client, draft, "plan", ("a.pdf", files.pdf()))
    (row,) = rows(app, draft, "plan")
    stranger = app.test_client()
    if login == "other":
        login = clerk_of(app, application_in(app, State.DRAFT, "mall"))
    if login:
        sign_in(stranger, login)
    assert stranger.get(f"/evidence/{row.id}").status_code == status
    assert stranger.get("/evidence/999999").status_code == status
    assert upload(stranger, draft, "plan", ("a.pdf", files.pdf())).status_code in ({302} if not login else {403, 404})
    assert stranger.post(f"/evidence/{row.id}/remove").status_code in ({302} if not login else {403, 404})


def test_a_file_is_taken_away_after_a_question(app: Flask, client: FlaskClient, draft: int) -> None:
    upload(client, draft, "plan", ("a.pdf", files.pdf()))
    (row,) = rows(app, draft, "plan")
    page = client.get(f"/evidence/{row.id}/remove")
    assert "a.pdf" in page.text
    assert rows(app, draft, "plan")
    assert client.post(f"/evidence/{row.id}/remove", data=hidden(page.text)).status_code == 303
    assert not rows(app, draft, "plan")
    assert client.get(f"/evidence/{row.id}").status_code == 404


def test_after_a_return_only_the_named_items_take_files(app: Flask, client: FlaskClient) -> None:
    application_id = application_in(app, State.RETURNED)
    sign_in(client, clerk_of(app, application_id))
    with app.app_context():
        returned = last_return(db.session.get_one(Application, application_id))
        assert returned is not None
        named = {key for kind, key in returned.reasons if kind == "item"}
        division = db.session.get_one(Application, application_id).division
        checklist = house().library.checklist("agency")
    closed = next(item.key for item in checklist.items() if item.key not in named)
    assert upload(client, application_id, closed, ("a.pdf", files.pdf())).status_code == 403
    before = {row.id for row in rows(app, application_id)}
    assert upload(client, application_id, named.pop(), ("a.pdf", files.pdf())).status_code == 303

    (new,) = {row.id for row in rows(app, application_id)} - before
    reviewer = app.test_client()
    sign_in(reviewer, f"district-{division}")
    assert reviewer.get(f"/evidence/{min(before)}").status_code == 200
    assert reviewer.get(f"/evidence/{new}").status_code == 404, "not handed in yet"


def test_the_action_itself_refuses_a_place_the_return_did_not_name(app: Flask) -> None:
    application_id = application_in(app, State.RETURNED)
    login = clerk_of(app, application_id)
    before = len(rows(app, application_id))
    with app.app_context():
        application = db.session.get_one(Application, application_id)
        person = db.session.scalars(select(Person).where(Person.login == login)).one()
        returned, store, programme = last_return(application), house().store, house().library.programme
        closed = next(
            item.key
            for item in house().library.checklist("agency").items()
            if returned and ("item", item.key) not in returned.reasons
        )
        accepted = accept("a.pdf", files.pdf(), ["pdf"], 1_000_000)
        for item, refusal in ((closed, NotAllowed), ("no-such-item", NotFound)):
            with pytest.raises(refusal):
                attach(
                    db.session(), application, item, "a.pdf", keep(store, accepted), programme,
                    by=person.open_posts[0].actor(), at=clock.now(),
                )  # fmt: skip
        db.session.commit()
    assert len(rows(app, application_id)) == before


def test_nine_files_cost_as_many_queries_as_two(app: Flask, client: FlaskClient, draft: int) -> None:
    costs = []
    for sent in (2, 7):  # each is really checked, in a process of its own
        for number in range(sent):
            upload(client, draft, "plan", (f"{sent}-{number}.pdf", files.pdf(files.writer(sent + number))))
        with asked(app) as said:
            page = client.get(f"/applications/{draft}/assessment/organisation")
            client.get(f"/applications/{draft}/answers")
        assert page.text.count("/evidence/") >= sent
        costs.append(len(said))
    assert costs[0] == costs[1]


def test_a_discarded_draft_takes_its_answers_and_files_along(app: Flask, client: FlaskClient, draft: int) -> None:
    upload(client, draft, "plan", ("a.pdf", files.pdf()))
    page = client.get(f"/applications/{draft}/discard")
    assert client.post(f"/applications/{draft}/discard", data=hidden(page.text)).status_code == 422
    answer = client.post(f"/applications/{draft}/discard", data=hidden(page.text) | {"sure": "y"})
    assert answer.status_code == 303
    with app.app_context():
        assert db.session.get(Application, draft) is None
    assert not rows(app, draft)


def press(client: FlaskClient, page: str, address: str, **typed: object) -> TestResponse:
    return client.post(address, data=hidden(client.get(page).text) | typed)


def test_files_of_an_item_get_captions_and_an_order(app: Flask, client: FlaskClient, draft: int) -> None:
    upload(client, draft, "plan", *((f"{n}.pdf", files.pdf(files.writer(n))) for n in (1, 2, 3)))
    first, second, third = (row.id for row in rows(app, draft, "plan"))
    page, to = f"/applications/{draft}/evidence/plan", f"/applications/{draft}/evidence/plan/arrange"
    captions = {
        f"caption.{first}": "第一页\r\n 盖章",
        f"caption.{second}": "长" * 500,
        "caption.x": "",
        "caption.99999": "",
    }
    assert press(client, page, to, do=f"up.{third}", **captions).status_code == 303
    with app.app_context():
        kept = files_of(db.session(), db.session.get_one(Application, draft), "plan")
        assert [row.id for row in kept] == [first, third, second]
        assert [row.caption for row in kept] == ["第一页 盖章", "", "长" * 120]
    press(client, page, to, do=f"down.{first}")
    press(client, page, to, do=f"up.{third}")  # at the top already
    text = client.get(f"/applications/{draft}/assessment/organisation").text
    assert text.index(f"/evidence/{third}") < text.index(f"/evidence/{first}") < text.index(f"/evidence/{second}")
    assert "第一页 盖章" in text
    assert press(client, page, to, do="up.99999").status_code == 404


def test_one_file_stands_for_several_items_and_counts_once(app: Flask, client: FlaskClient, draft: int) -> None:
    upload(client, draft, "plan", ("方案.pdf", files.pdf(files.writer(7))))
    (row,) = rows(app, draft, "plan")
    page = f"/applications/{draft}/evidence/leader"
    assert "方案.pdf" in client.get(page).text
    before = {row.id for row in rows(app, draft, "leader")}
    for _twice in range(2):
        assert press(client, page, f"{page}/reuse", file=str(row.id)).status_code == 303
    (new,) = [one for one in rows(app, draft, "leader") if one.id not in before]
    assert (new.sha256, new.name) == (row.sha256, row.name)
    assert press(client, page, f"{page}/reuse").status_code == 422
    client.post(f"/evidence/{row.id}/remove", data=hidden(client.get(f"/evidence/{row.id}/remove").text))
    assert client.get(f"/evidence/{new.id}").data == files.pdf(files.writer(7))


def test_a_file_of_another_application_is_never_taken_over(app: Flask, client: FlaskClient, draft: int) -> None:
    other = application_in(app, State.SUBMITTED, "mall")
    (foreign, *_more) = rows(app, other)
    before = len(rows(app, draft))
    page = f"/applications/{draft}/evidence/leader"
    assert press(client, page, f"{page}/reuse", file=str(foreign.id)).status_code == 422
    assert len(rows(app, draft)) == before
    login = clerk_of(app, draft)
    with app.app_context():
        application, file = db.session.get_one(Application, draft), db.session.get_one(Evidence, foreign.id)
        actor = db.session.scalars(select(Person).where(Person.login == login)).one().open_posts[0].actor()
        with pytest.raises(NotFound):
            reuse(db.session(), application, [file], "leader", by=actor, at=clock.now())


def test_the_quota_of_an_application_is_exact(app: Flask, client: FlaskClient, draft: int) -> None:
    upload(client, draft, "leader", ("long.pdf", files.pdf(files.writer(3))))
    data = files.pdf()
    with app.app_context():
        library = house().library
        file = db.session.scalars(select(Evidence).where(Evidence.application_id == draft)).one()
        file.size = library.programme.evidence.application_mb * MEGABYTE - len(data)
        db.session.commit()
    upload(client, draft, "plan", ("a.pdf", data))
    assert len(rows(app, draft, "plan")) == 1
    answer = upload(client, draft, "plan", ("b.pdf", files.pdf(files.writer(2))))
    assert answer.status_code == 413
    assert "总量超过 300 MB" in answer.text
    page = f"/applications/{draft}/evidence/leader"
    (row,) = rows(app, draft, "plan")
    assert press(client, page, f"{page}/reuse", file=str(row.id)).status_code == 303, "the same bytes cost nothing"


def test_a_picture_has_a_thumbnail_of_our_own_drawing(app: Flask, client: FlaskClient, draft: int) -> None:
    upload(
        client, draft, "plan", ("现场.jpg", files.picture(size=(900, 600), exif=files.exif(6))), ("a.pdf", files.pdf())
    )
    picture, paper = rows(app, draft, "plan")
    answer = client.get(f"/evidence/{picture.id}/thumbnail")
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    with Image.open(BytesIO(answer.data)) as small:
        assert small.size == (213, 320)
        assert not small.getexif()
    assert client.get(f"/evidence/{paper.id}/thumbnail").status_code == 404
    assert f"/evidence/{picture.id}/thumbnail" in client.get(f"/applications/{draft}/assessment/organisation").text


def test_a_script_gets_the_list_or_the_sentence(app: Flask, client: FlaskClient, draft: int) -> None:
    def send(name: str, data: bytes) -> TestResponse:
        return client.post(
            f"/applications/{draft}/evidence/plan",
            data={"files": (BytesIO(data), name)},
            headers={"X-Requested-With": "XMLHttpRequest"},
        )

    answer = send("a.pdf", files.pdf())
    assert answer.status_code == 200
    assert "a.pdf" in answer.get_json()["files"]
    answer = send("a.exe", b"MZ")
    assert (answer.status_code, "类型不能上传" in answer.get_json()["refused"]) == (422, True)
    assert send("a.pdf", b"%PDF-1.4").get_json()["refused"].startswith("“a.pdf”的 PDF 结构不完整")


def test_what_was_handed_in_is_neither_captioned_nor_moved_later(app: Flask, client: FlaskClient) -> None:
    application_id = application_in(app, State.SUBMITTED)
    sign_in(client, clerk_of(app, application_id))
    row = rows(app, application_id)[0]
    answer = client.post(f"/applications/{application_id}/evidence/{row.item}/arrange", data={f"caption.{row.id}": "x"})
    assert answer.status_code == 409


def test_both_databases_keep_order_captions_and_the_quota(build_app: Build, both_databases: str) -> None:
    app = build_app(both_databases)
    app.config["WTF_CSRF_ENABLED"] = False
    application_id, client = application_in(app, State.DRAFT), app.test_client()
    sign_in(client, clerk_of(app, application_id))
    upload(client, application_id, "plan", ("a.pdf", files.pdf()), ("b.jpg", files.picture()))
    first, second = (row.id for row in rows(app, application_id, "plan"))
    page = f"/applications/{application_id}/evidence/plan"
    press(client, page, f"{page}/arrange", do=f"down.{first}", **{f"caption.{first}": "方案"})
    other = f"/applications/{application_id}/evidence/leader"
    press(client, other, f"{other}/reuse", file=[str(first), str(second)])
    with app.app_context():
        application = db.session.get_one(Application, application_id)
        assert [(row.name, row.caption) for row in files_of(db.session(), application, "plan")] == [
            ("b.jpg", ""), ("a.pdf", "方案"),
        ]  # fmt: skip
        for row in files_of(db.session(), application, "leader"):
            row.size = library_quota(app) // 2
        for row in files_of(db.session(), application, "plan"):
            row.size = library_quota(app) // 2
        db.session.commit()
    assert upload(client, application_id, "plan", ("c.pdf", files.pdf(files.writer(2)))).status_code == 413


def library_quota(app: Flask) -> int:
    return int(app.extensions["cellcert"].library.programme.evidence.application_mb) * MEGABYTE
