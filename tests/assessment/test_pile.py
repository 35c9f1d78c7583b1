"""Every prepared file at once: each goes where its name says, and one that stays outside is named."""

import sys
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.application.queries import last_return
from cellcert.assessment.steps import numbers
from cellcert.database import db
from cellcert.evidence import checking
from cellcert.evidence.actions import MEGABYTE
from cellcert.evidence.models import Evidence
from cellcert.web import house
from tests.builders import application_in, clerk_of, hidden, sign_in
from tests.evidence import files
from tests.statements import asked

NO_ROOM = "from cellcert.evidence.child import NO_ROOM; raise SystemExit(NO_ROOM)"


@pytest.fixture
def draft(app: Flask, client: FlaskClient) -> int:
    application_id = application_in(app, State.DRAFT)
    sign_in(client, clerk_of(app, application_id))
    with app.app_context():
        db.session.execute(update(Evidence).values(removed_at=func.current_timestamp()))
        db.session.commit()
    return application_id


def pile_of(application_id: int) -> str:
    return f"/applications/{application_id}/files"


def send(client: FlaskClient, application_id: int, *sent: tuple[str, bytes], item: str = "") -> TestResponse:
    form = hidden(client.get(pile_of(application_id)).text)
    posted = form | {"item": item, "files": [(BytesIO(data), name) for name, data in sent]}
    return client.post(pile_of(application_id), data=posted, content_type="multipart/form-data")


def there(app: Flask, application_id: int) -> set[tuple[str, str]]:
    """Item and name of every file."""
    with app.app_context():
        mine = select(Evidence.item, Evidence.name).where(
            Evidence.application_id == application_id, Evidence.removed_at.is_(None)
        )
        return {(item, name) for item, name in db.session.execute(mine)}


def test_each_file_goes_where_its_name_says_and_the_others_are_named(
    app: Flask, client: FlaskClient, draft: int
) -> None:
    sent = [
        ("1.1 1.2 合订本.pdf", files.pdf()),
        ("1.3 制度.jpg", files.picture()),
        ("实施方案（正式印发）.pdf", files.pdf(files.writer(2))),
        ("扫描件.pdf", files.pdf(files.writer(3))),
        ("1.1 脚本.pdf", files.pdf_with_javascript()),
        ("1.2 程序.exe", b"MZ"),
    ]
    answer = send(client, draft, *sent)
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "已上传 3 个文件。" in page
    assert "“扫描件.pdf”没有上传：从文件名看不出归到哪一项。" in page
    assert "“1.1 脚本.pdf”里有脚本（JavaScript）" in page
    assert "“1.2 程序.exe”的类型不能上传。" in page
    assert there(app, draft) == {
        ("leader", "1.1 1.2 合订本.pdf"),
        ("plan", "1.1 1.2 合订本.pdf"),
        ("plan", "实施方案（正式印发）.pdf"),
        ("rules", "1.3 制度.jpg"),
    }
    for row in ("1.1 1.2 合订本.pdf", "1.3 制度.jpg"):
        assert row in page.partition("已归到各项")[2]

    send(client, draft, ("扫描件.pdf", files.pdf(files.writer(3))), item="rules")
    assert ("rules", "扫描件.pdf") in there(app, draft)
    send(client, draft, ("随便.pdf", files.pdf(files.writer(4))), item="no_such_item")
    assert "随便.pdf" not in {name for _, name in there(app, draft)}
    assert "没有选择文件" in client.get(send(client, draft).location).text


def test_a_script_asks_before_it_sends_and_reads_no_endless_name(client: FlaskClient, draft: int) -> None:
    names = ["1.2 方案.pdf", "1.1、1.3.pdf", "不知道.pdf", "（" * 200_000]
    told = client.post(pile_of(draft), data=hidden(client.get(pile_of(draft)).text) | {"name": names}).get_json()
    assert told == {"places": dict(zip(names, (["plan"], ["leader", "rules"], [], []), strict=True))}


def test_what_would_be_too_much_stays_outside_and_the_rest_goes_in(app: Flask, client: FlaskClient, draft: int) -> None:
    send(client, draft, ("1.1 分工.pdf", files.pdf()))
    with app.app_context():
        most = house().library.programme.evidence.application_mb * MEGABYTE
        db.session.execute(update(Evidence).where(Evidence.removed_at.is_(None)).values(size=most - 10))
        db.session.commit()
    page = client.get(send(client, draft, ("1.2 方案.pdf", files.pdf(files.writer(2)))).location).text
    assert "证明材料总量超过" in page
    assert "已上传" not in page
    assert there(app, draft) == {("leader", "1.1 分工.pdf")}


def test_a_full_disk_is_said_once_and_nothing_is_lost(
    client: FlaskClient, draft: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "COMMAND", (sys.executable, "-c", NO_ROOM))
    sent = send(client, draft, ("1.1 分工.pdf", files.pdf()), ("1.2 方案.pdf", files.pdf(files.writer(2))))
    page = client.get(sent.location).text
    assert sent.status_code == 303
    assert page.count("系统的存储空间已满") == 1


def test_after_a_return_only_the_named_items_take_files(app: Flask, client: FlaskClient) -> None:
    application_id = application_in(app, State.RETURNED)
    sign_in(client, clerk_of(app, application_id))
    with app.app_context():
        returned = last_return(db.session.get_one(Application, application_id))
        assert returned is not None
        number = numbers(house().library.checklist("agency"))
        named = next(key for kind, key in returned.reasons if kind == "item")
        closed = next(key for key in number if ("item", key) not in returned.reasons)
    before = there(app, application_id)
    page = client.get(pile_of(application_id)).text
    assert f'value="{named}"' in page
    assert f'value="{closed}"' not in page
    sent = [(f"{number[key]} 补正.pdf", files.pdf(files.writer(row + 5))) for row, key in enumerate((named, closed))]
    assert f"“{sent[1][0]}”没有上传" in client.get(send(client, application_id, *sent).location).text
    assert there(app, application_id) - before == {(named, sent[0][0])}


def test_only_the_unit_sees_the_page_and_only_while_it_writes(app: Flask, client: FlaskClient, draft: int) -> None:
    stranger, office, handed_in = app.test_client(), app.test_client(), application_in(app, State.SUBMITTED, "mall")
    sign_in(stranger, clerk_of(app, handed_in))
    sign_in(office, "office")
    for one in (stranger, office):
        assert one.get(pile_of(draft)).status_code == 404
        assert one.post(pile_of(draft)).status_code == 404
    assert stranger.get(pile_of(handed_in)).status_code == 409


def test_thirty_files_cost_as_many_queries_as_three(app: Flask, client: FlaskClient, draft: int) -> None:
    send(client, draft, *((f"1.{n} 材料.pdf", files.pdf(files.writer(n))) for n in (1, 2, 3)))
    costs = []
    for copies in (0, 9):
        with app.app_context():
            rows = db.session.scalars(select(Evidence).where(Evidence.removed_at.is_(None))).all()
            for row in rows * copies:
                copy = {one.key: getattr(row, one.key) for one in Evidence.__table__.columns if one.key != "id"}
                db.session.add(Evidence(**copy | {"sha256": f"{len(db.session.new):064}"}))
            db.session.commit()
        with asked(app) as said:
            page = client.get(pile_of(draft)).text
        assert page.count("材料.pdf") >= 3 * (copies + 1)
        costs.append(len(said))
    assert costs[0] == costs[1]
