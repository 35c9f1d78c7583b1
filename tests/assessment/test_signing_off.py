"""The head confirms, the unit hands in; what comes back is mended beside what was sent, and nothing sent is lost."""

import re
from dataclasses import dataclass, replace
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application, Step
from cellcert.assessment import actions
from cellcert.assessment.models import Answer, Revision
from cellcert.assessment.queries import assessment_of, commitment_of
from cellcert.assessment.rules import manifest_hash
from cellcert.checks import City, revisions_are_frozen
from cellcert.database import db
from cellcert.errors import NotAllowed
from cellcert.evidence.models import Evidence
from cellcert.outbox.models import Job
from cellcert.people.models import Person, Post
from cellcert.web import house
from tests.builders import application_in, clerk_of, draft_to_sign, head_of, hidden, sign_in
from tests.conftest import Build
from tests.evidence.files import pdf, picture
from tests.print import looking


@dataclass(frozen=True)
class Ready:
    """A draft with everything in it but the commitment."""

    id: int
    clerk: str
    head: str

    @property
    def submit(self) -> str:
        return f"/applications/{self.id}/submit"


def filled(app: Flask) -> Ready:
    draft = draft_to_sign(app)
    return Ready(draft, clerk_of(app, draft), head_of(app, draft))


@pytest.fixture
def ready(app: Flask) -> Ready:
    return filled(app)


def post(client: FlaskClient, address: str, **given: str) -> TestResponse:
    return client.post(address, data=hidden(client.get(address).text) | given)


def state_of(app: Flask, application_id: int) -> State:
    with app.app_context():
        return db.session.get_one(Application, application_id).state


def change_something(app: Flask, ready: Ready) -> None:
    """A colleague changes one answer's words."""
    with app.app_context():
        row = db.session.scalars(select(Answer).where(Answer.kind == "item").order_by(Answer.id)).first()
        assert row is not None
        row.note = "后来补充的一句"
        db.session.commit()


# the commitment


def test_the_head_confirms_and_the_clerk_hands_in_on_both_databases(build_app: Build, both_databases: str) -> None:
    app = build_app(both_databases)
    app.config["WTF_CSRF_ENABLED"] = False
    ready = filled(app)
    clerk, head = app.test_client(), app.test_client()
    sign_in(clerk, ready.clerk)
    sign_in(head, ready.head)

    page = clerk.get(ready.submit).text
    assert "还要由单位负责人确认" in page
    assert 'value="submit"' not in page
    refused = post(clerk, ready.submit, do="submit", agreed="y")
    assert refused.status_code == 422
    assert "承诺书尚未确认" in refused.text

    confirmed = post(head, ready.submit, do="confirm", agreed="y")
    assert confirmed.location == ready.submit
    assert state_of(app, ready.id) is State.DRAFT
    assert "已于" in clerk.get(ready.submit).text

    handed = post(clerk, ready.submit, do="submit")
    assert handed.status_code == 303, handed.text
    receipt = clerk.get(handed.location).text
    with app.app_context():
        revision = db.session.scalars(select(Revision)).one()
        name = db.session.scalars(select(Person.name).where(Person.login == ready.head)).one()
        assert revision.sheet["commitment"]["name"] == name
        assert revision.sheet["commitment"]["way"] == "head"
        assert "本单位自愿申报“无废机关”" in revision.sheet["commitment"]["letter"][0]
        assert revision.manifest_hash == manifest_hash(revision.answers, revision.evidence, revision.sheet)
        mail = db.session.scalars(select(Job).where(Job.key.contains("submitted-1"))).first()
        assert mail is None or revision.manifest_hash[:16] in str(mail.data)
        application = db.session.get_one(Application, ready.id)
        for said in (name, str(application.reference), revision.manifest_hash, "个工作日"):
            assert said in receipt
        assert list(revisions_are_frozen(_city())) == []


def test_who_names_oneself_head_is_seen_beside_the_name_the_unit_registered(
    app: Flask, client: FlaskClient, ready: Ready
) -> None:
    sign_in(client, ready.clerk)
    with app.app_context():
        mine = db.session.scalars(select(Post).join(Person).where(Person.login == ready.clerk)).one()
        number, head, name = mine.id, db.session.get_one(Application, ready.id).unit.head, mine.person.name
    post(client, f"/colleagues/{number}/head")
    assert post(client, ready.submit, do="submit", agreed="y").status_code == 303
    page = client.get(f"/applications/{ready.id}/answers").text
    assert f"确认人：{name}" in page
    assert f"单位信息中的负责人是{head}，与确认人不是同一姓名" in page


def _city() -> City:
    return City(db.session(), house().library, house().store, clock.day_of(clock.now(), "Asia/Shanghai"))


def test_what_is_changed_after_the_head_confirmed_is_confirmed_anew(
    app: Flask, client: FlaskClient, ready: Ready
) -> None:
    sign_in(client, ready.head)
    post(client, ready.submit, do="confirm", agreed="y")
    change_something(app, ready)

    page = client.get(ready.submit).text
    assert "之后内容有改动，要重新确认" in page
    other = app.test_client()
    sign_in(other, ready.clerk)
    refused = post(other, ready.submit, do="submit", agreed="y")
    assert (refused.status_code, state_of(app, ready.id)) == (422, State.DRAFT)

    assert post(client, ready.submit, do="submit", agreed="y").location.endswith("/receipt")


def test_nobody_confirms_what_the_page_did_not_show(app: Flask, client: FlaskClient, ready: Ready) -> None:
    sign_in(client, ready.head)
    shown = hidden(client.get(ready.submit).text)
    change_something(app, ready)

    refused = client.post(ready.submit, data=shown | {"do": "submit", "agreed": "y"})

    assert (refused.status_code, state_of(app, ready.id)) == (409, State.DRAFT)
    assert "checked" not in re.findall('<input[^>]*name="agreed"[^>]*>', refused.text)[0]


def test_the_head_ticks_first(app: Flask, client: FlaskClient, ready: Ready) -> None:
    sign_in(client, ready.head)
    for do in ("submit", "confirm"):
        assert post(client, ready.submit, do=do).status_code == 422
    assert state_of(app, ready.id) is State.DRAFT


def test_a_clerk_cannot_confirm_in_the_heads_place(app: Flask, ready: Ready) -> None:
    with app.app_context():
        application = db.session.get_one(Application, ready.id)
        clerk = db.session.scalars(select(Post).join(Person).where(Person.login == ready.clerk)).one().actor()
        for way in ("head", "name", "word"):
            with pytest.raises(NotAllowed):
                actions.confirm_commitment(
                    db.session(), application, house().library.programme, way, by=clerk, at=clock.now()
                )  # fmt: skip
        assert db.session.scalars(select(Answer).where(Answer.kind == "commitment")).all() == []


def test_a_head_who_left_does_not_confirm(app: Flask, client: FlaskClient, ready: Ready) -> None:
    sign_in(client, ready.head)
    with app.app_context():
        db.session.execute(update(Post).where(Post.is_head).values(is_head=False))
        db.session.commit()
    assert "本单位还没有负责人账号" in client.get(ready.submit).text
    assert post(client, ready.submit, do="submit", agreed="y").status_code == 422


def test_the_clerk_is_told_that_the_head_is_waited_for_and_who_was_invited(
    app: Flask, client: FlaskClient, ready: Ready
) -> None:
    overview = f"/applications/{ready.id}/assessment"
    sign_in(client, ready.clerk)
    assert "等负责人确认承诺书" in client.get(overview).text
    with app.app_context():
        db.session.execute(update(Post).where(Post.is_head).values(is_head=False))
        db.session.commit()
    assert "/colleagues/invite?duty=head" in client.get(ready.submit).text
    post(client, "/colleagues/invite", email="head@example.com", duty="head")
    assert "已经邀请 head@example.com" in client.get(ready.submit).text


def test_the_head_may_hand_in_at_once(app: Flask, client: FlaskClient, ready: Ready) -> None:
    sign_in(client, ready.head)
    assert "可以提交" in client.get(f"/applications/{ready.id}/assessment").text


def upload(client: FlaskClient, ready: Ready, data: bytes, name: str) -> TestResponse:
    sent = {"files": [(BytesIO(data), name)], "next": ready.submit}
    return client.post(
        f"/applications/{ready.id}/evidence/signed-letter", data=sent, content_type="multipart/form-data"
    )


def test_the_signed_paper_stands_in_for_the_head(app: Flask, client: FlaskClient, ready: Ready) -> None:
    sign_in(client, ready.clerk)
    with app.app_context():
        programme, application = house().library.programme, db.session.get_one(Application, ready.id)
        code = commitment_of(programme, assessment_of(db.session(), application)).code
    letter = client.get(f"/applications/{ready.id}/application.pdf?part=letter").data
    assert looking.pages(letter) == 1
    for said in ("承诺书", code, "负责人（签字）", "申报单位（盖章）"):
        assert said in looking.text(letter)

    assert upload(client, ready, pdf(), "承诺书.pdf").location == ready.submit
    page = client.get(ready.submit).text
    assert code in page  # uploading the paper does not change what it was signed for
    assert post(client, ready.submit, do="submit").status_code == 422  # not compared yet
    handed = post(client, ready.submit, do="submit", agreed="y")
    assert handed.status_code == 303, handed.text
    with app.app_context():
        revision = db.session.scalars(select(Revision)).one()
        assert revision.sheet["commitment"]["way"] == "scan"
        assert [file["name"] for file in revision.evidence if file["item"] == "signed-letter"] == ["承诺书.pdf"]
    read = client.get(f"/applications/{ready.id}/answers").text
    assert "签字的承诺书已上传" in read
    assert code in read


def test_a_signed_paper_that_is_taken_away_counts_no_more(app: Flask, client: FlaskClient, ready: Ready) -> None:
    sign_in(client, ready.clerk)
    upload(client, ready, picture(), "承诺书.jpg")
    with app.app_context():
        application = db.session.get_one(Application, ready.id)
        clerk = db.session.scalars(select(Post).join(Person).where(Person.login == ready.clerk)).one().actor()
        programme = house().library.programme
        actions.confirm_commitment(db.session(), application, programme, "scan", by=clerk, at=clock.now())
        scan = db.session.scalars(select(Evidence).where(Evidence.item == "signed-letter")).one().id
        db.session.commit()
    assert "已上传" in client.get(ready.submit).text
    removed = post(client, f"/evidence/{scan}/remove")
    assert client.get(removed.location).location == f"{ready.submit}#letter"
    assert post(client, ready.submit, do="submit").status_code == 422
    assert state_of(app, ready.id) is State.DRAFT


def test_the_name_is_typed_only_where_the_programme_allows_it(app: Flask, client: FlaskClient, ready: Ready) -> None:
    sign_in(client, ready.clerk)
    assert 'name="head"' not in client.get(ready.submit).text
    programme = house_of(app).library.programme
    vars(house_of(app).library)["programme"] = replace(
        programme, commitment=replace(programme.commitment, ways=("name",))
    )
    for given in ({}, {"head": "别人", "agreed": "y"}):
        assert post(client, ready.submit, do="submit", **given).status_code == 422
    with app.app_context():
        name = db.session.get_one(Application, ready.id).unit.head
    assert post(client, ready.submit, do="submit", head=name, agreed="y").status_code == 303


def house_of(app: Flask):  # noqa: ANN201
    with app.app_context():
        return house()


# late


def closed_batch(app: Flask) -> str:
    today = clock.day_of(clock.now(), "Asia/Shanghai")
    return next(batch.key for batch in house_of(app).library.programme.batches if batch.closes < today)


def test_a_late_draft_says_what_is_kept_and_goes_on_in_the_next_batch(
    app: Flask, client: FlaskClient, ready: Ready
) -> None:
    with app.app_context():
        db.session.get_one(Application, ready.id).batch = closed_batch(app)
        db.session.commit()
    sign_in(client, ready.head)
    for address in (ready.submit, f"/applications/{ready.id}/assessment"):
        page = client.get(address).text
        assert "本批次已经截止" in page
        assert "已填的内容和材料都会保留" in page
    late = client.post(ready.submit, data=hidden(client.get(ready.submit).text) | {"do": "submit", "agreed": "y"})
    assert (late.status_code, state_of(app, ready.id)) == (409, State.DRAFT) or late.status_code == 422

    moved = client.post(f"/applications/{ready.id}/batch")
    assert moved.status_code == 303
    with app.app_context():
        assert db.session.get_one(Application, ready.id).batch != closed_batch(app)
        answers = len(db.session.scalars(select(Answer)).all())
    assert answers > 20
    assert post(client, ready.submit, do="submit", agreed="y").status_code == 303


def test_a_draft_whose_batch_is_open_stays_in_it(app: Flask, client: FlaskClient, ready: Ready) -> None:
    sign_in(client, ready.clerk)
    page = client.get(ready.submit).text
    assert re.search(r"(还有 \d+ 天|今天是最后一天)，.*24:00 截止；截止后 15 分钟内仍可提交", page)
    assert client.post(f"/applications/{ready.id}/batch").status_code == 409


# returned


def mend(app: Flask, application_id: int, note: str) -> str:
    """Say something at the place the return names."""
    with app.app_context():
        application = db.session.get_one(Application, application_id)
        assessment = assessment_of(db.session(), application)
        place = next(place for _step, place in assessment.untouched)
        clerk = db.session.scalars(select(Post).where(Post.unit_id == application.unit_id)).first()
        assert clerk is not None
        actions.save_answers(
            db.session(), application, {place: assessment.value(place)}, {place: note}, by=clerk.actor(), at=clock.now()
        )
        db.session.commit()
        return place[1]


def test_what_was_returned_is_mended_beside_what_was_sent_and_both_stay(app: Flask, client: FlaskClient) -> None:
    returned = application_in(app, State.RETURNED, "factory")
    submit, changes = f"/applications/{returned}/submit", f"/applications/{returned}/changes"
    sign_in(client, head_of(app, returned))
    assert "没有不同" in client.get(changes).text
    assert "还没有补正" in client.get(submit).text

    item = mend(app, returned, "已补盖公章")
    shown = client.get(changes).text
    assert f'id="item.{item}"' in shown
    assert shown.count('class="beside"') == 1
    section = client.get(client.get(f"/applications/{returned}/assessment/at/{item}").location).text
    assert "退回时" in section
    assert "都补正了，去核对并提交" in section
    assert post(client, submit, do="submit", agreed="y").status_code == 303

    both = client.get(f"/applications/{returned}/answers").text
    with app.app_context():
        revisions = db.session.scalars(select(Revision).order_by(Revision.number)).all()
        assert [one.number for one in revisions] == [1, 2]
        for one in revisions:
            assert one.manifest_hash[:16] in both
    for reader in (head_of(app, returned), "district-" + division(app, returned)):
        sign_in(client, reader)
        between = client.get(changes).text
        assert "已补盖公章" in between
        assert "已补盖公章" not in client.get(f"/applications/{returned}/answers?revision=1").text
        assert "已补盖公章" in client.get(f"/applications/{returned}/answers?revision=2").text
    first = looking.text(client.get(f"/applications/{returned}/application.pdf?revision=1").data)
    assert revisions[0].manifest_hash[:16] in first
    assert "已补盖公章" not in first
    with app.app_context():
        assert list(revisions_are_frozen(_city())) == []


def division(app: Flask, application_id: int) -> str:
    with app.app_context():
        return db.session.get_one(Application, application_id).division


def test_a_named_place_nobody_touched_wants_a_reason(app: Flask, client: FlaskClient) -> None:
    returned = application_in(app, State.RETURNED, "factory")
    submit = f"/applications/{returned}/submit"
    sign_in(client, head_of(app, returned))

    refused = post(client, submit, do="submit", agreed="y")
    assert (refused.status_code, state_of(app, returned)) == (422, State.RETURNED)
    assert "不需要改动的，写明原因" in refused.text

    given = post(client, submit, do="submit", agreed="y", untouched_because="台账原已注明年度，见第二页")
    assert given.status_code == 303, given.text
    with app.app_context():
        step = db.session.scalars(select(Step).where(Step.act == "RESUBMIT")).one()
        assert step.reason == "台账原已注明年度，见第二页"


def test_strangers_and_drafts_stay_out_of_the_comparison(app: Flask, client: FlaskClient, ready: Ready) -> None:
    changes = f"/applications/{ready.id}/changes"
    sign_in(client, ready.clerk)
    assert client.get(changes).status_code == 404  # nothing was handed in
    submitted = application_in(app, State.SUBMITTED, "mall")
    for address in (f"/applications/{submitted}/changes", f"/applications/{submitted}/application.pdf?revision=1"):
        assert client.get(address).status_code == 404  # another unit's
    sign_in(client, clerk_of(app, submitted))
    assert "只提交过一次" in client.get(f"/applications/{submitted}/changes").text
    for query in ("?to=2", "?from=1&to=9", "?from=0&to=1", "?from=-3"):
        assert client.get(f"/applications/{submitted}/changes{query}").status_code == 404


def test_a_changed_revision_is_found(app: Flask, client: FlaskClient, ready: Ready) -> None:
    sign_in(client, ready.head)
    assert post(client, ready.submit, do="submit", agreed="y").status_code == 303
    with app.app_context():
        for part in ("notes", "commitment", "ledger"):
            revision = db.session.scalars(select(Revision)).one()
            revision.sheet = revision.sheet | {part: {"changed": "later"}}
            db.session.flush()
            assert any("changed after submission" in fault for fault in revisions_are_frozen(_city())), part
            db.session.rollback()
        revision = db.session.scalars(select(Revision)).one()
        revision.sheet = revision.sheet | {"notes": {"item.a": "b"}}
        revision.manifest_hash = manifest_hash(revision.answers, revision.evidence, revision.sheet)
        db.session.flush()
        assert any("not the one its submission recorded" in fault for fault in revisions_are_frozen(_city()))
        db.session.rollback()
        db.session.execute(update(Evidence).values(sha256="0" * 64))
        assert any("another one" in fault for fault in revisions_are_frozen(_city()))
