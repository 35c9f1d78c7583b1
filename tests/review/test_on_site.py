"""A visit on site: who goes and when, what is written on a phone, who signs, and what becomes of it."""

import json
import re
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Assignment
from cellcert.audit.models import AuditEvent
from cellcert.checks import City, history_gives_state, results_recompute
from cellcert.database import db
from cellcert.errors import Incomplete, NotReady, Unusable
from cellcert.inbox.models import Message
from cellcert.outbox.models import Job
from cellcert.people.models import Person
from cellcert.review import actions
from cellcert.review.models import OnSiteReport, RoundResult, ScoreSheet
from cellcert.review.site import records
from cellcert.review.site.ending import end_on_site
from cellcert.review.site.models import Visit, VisitFinding, VisitPhoto, VisitSignature
from cellcert.review.site.queries import visit_of
from cellcert.review.site.rules import Said, calendar_entry, fingerprint, read_line, read_said
from cellcert.web import house
from tests.builders import application_in, clerk_of, every_state, hidden
from tests.review.cases import actor, case, checklist, keep_all, revision, seated
from tests.review.conftest import Enter

DRAWN = "M10 10L60 90L120 30L180 100L240 40L300 120"
SCRIPT = {"X-Requested-With": "XMLHttpRequest"}


@pytest.fixture
def on_site(app: Flask) -> int:
    return application_in(app, State.ON_SITE)


def district_of(app: Flask, id_: int) -> str:
    with app.app_context():
        return f"district-{case(id_).division}"


def expert_of(app: Flask, id_: int) -> str:
    with app.app_context():
        return seated(id_)[0]


def ticks(page: str, name: str) -> dict[str, str]:
    """The answers a question offers, by label."""
    found = re.findall(rf'name="{name}" type="checkbox" value="([^"]+)"> <label for="[^"]+">([^<]+)<', page)
    return {label.strip(): value for value, label in found}


def tomorrow(days: int = 1) -> dict[str, str]:
    return {"day": (clock.now() + timedelta(days=days)).date().isoformat(), "hour": "09:30"}


def arrange(app: Flask, enter: Enter, id_: int, **other: Any) -> FlaskClient:
    """The office sends the managing body's reviewer and one expert; the reviewer leads."""
    office, path = enter("office"), f"/applications/{id_}/on-site/arrange"
    page = office.get(path).text
    with app.app_context():
        names = {
            login: db.session.scalars(select(Person.name).where(Person.login == login)).one()
            for login in (district_of(app, id_), seated(id_)[0])
        }
    offered = ticks(page, "team")
    team = [value for label, value in offered.items() if label.split("\u3000")[0] in names.values()]
    lead = next(value for label, value in offered.items() if label.startswith(names[district_of(app, id_)]))
    data = hidden(page) | tomorrow() | {"team": team, "lead": lead, "place": "示例路 1 号南门"} | other
    answer = office.post(path, data=data, follow_redirects=True)
    assert "已安排，并已通知申报单位和核查组" in answer.text, re.findall(
        r'class="wrong"[^>]*>([^<]+)|<li>([^<]+)</li>', answer.text
    )
    return office


def visit_in(id_: int) -> Visit:
    found = visit_of(db.session(), case(id_))
    assert found is not None
    return found


def things(page: str) -> list[str]:
    return re.findall(r'data-item="([^"]+)"', page)


def write(client: FlaskClient, id_: int, item: str, seen: int = 0, **said: str) -> Any:
    data = {"seen": str(seen)} | said
    return client.post(f"/applications/{id_}/on-site/items/{item}", data=data, headers=SCRIPT)


def write_all(client: FlaskClient, id_: int, **differs: str) -> list[str]:
    """Everything is as claimed, but what is named."""
    items = things(client.get(f"/applications/{id_}/on-site/visit").text)
    for item in items:
        said = (
            {"verdict": "differs", "what": differs[item], "suggestion": "扣 2 分"}
            if item in differs
            else {"verdict": "same"}
        )
        assert write(client, id_, item, **said).status_code == 200
    return items


def sign(client: FlaskClient, id_: int, side: str, name: str = "示例甲") -> Any:
    path = f"/applications/{id_}/on-site/sign"
    shown = re.findall(r'name="shown" type="hidden" value="([0-9a-f]{64})"', client.get(path).text)[0]
    return client.post(
        path, data={"do": f"sign-{side}", "name": name, "shown": shown, "line": DRAWN}, follow_redirects=True
    )


def close(client: FlaskClient, id_: int, **said: str) -> Any:
    return client.post(f"/applications/{id_}/on-site/sign", data={"do": "close"} | said, follow_redirects=True)


# the appointment


def test_a_visit_is_proposed_to_the_unit_and_shown_on_every_desk(app: Flask, on_site: int, enter: Enter) -> None:
    office = arrange(app, enter, on_site, note="台账原件")

    clerk, district = clerk_of(app, on_site), district_of(app, on_site)
    for login in ("office", district, expert_of(app, on_site), clerk):
        assert "现场核查安排" in enter(login).get("/desk").text, login
    page = enter(clerk).get(f"/applications/{on_site}/on-site/appointment").text
    assert "示例路 1 号南门" in page
    assert "台账原件" in page
    assert "等申报单位确认" in page
    with app.app_context():
        told = db.session.scalars(select(Message).where(Message.application_id == on_site)).all()
        assert any("请登录后确认" in one.text for one in told)
        mails = [one.data for one in db.session.scalars(select(Job).where(Job.kind == "mail")) if "visit-" in one.key]
        to_unit = next(one for one in mails if one["key"].endswith("-unit"))
        assert "BEGIN:VCALENDAR" in to_unit["calendar"]
    assert "更改安排" in office.get(f"/applications/{on_site}/on-site").text


def test_the_unit_confirms_or_names_another_time_and_the_office_takes_it(
    app: Flask, on_site: int, enter: Enter
) -> None:
    office = arrange(app, enter, on_site)
    unit, path = enter(clerk_of(app, on_site)), f"/applications/{on_site}/on-site/appointment"

    bare = unit.post(path, data={"do": "other"} | tomorrow(5))
    assert "请写明改约的原因" in bare.text
    answer = unit.post(path, data={"do": "other", "because": "当天停电检修"} | tomorrow(5), follow_redirects=True)
    assert "等待对方确认" in answer.text
    page = office.get(f"/applications/{on_site}/on-site/arrange").text
    assert "当天停电检修" in page
    team = re.findall(
        r'checked="?[^ ]*"? [^>]*name="team"[^>]*value="(\d+)"|name="team" type="checkbox" value="(\d+)"', page
    )
    assert team
    with app.app_context():
        visit = visit_in(on_site)
        assert visit.standing == "other"
    arrange(app, enter, on_site, **tomorrow(5))
    with app.app_context():
        assert visit_in(on_site).standing == "agreed"

    arrange(app, enter, on_site, **tomorrow(6))
    with app.app_context():
        assert visit_in(on_site).standing == "proposed"
    assert "已确认现场核查时间" in unit.post(path, data={"do": "agree"}, follow_redirects=True).text
    with app.app_context():
        assert visit_in(on_site).standing == "agreed"
        subjects = set(db.session.scalars(select(Message.subject).where(Message.application_id == on_site)))
        assert {"申报单位希望改约现场核查时间", "申报单位已确认现场核查时间", "请参加现场核查"} <= subjects


def test_nobody_with_a_tie_is_offered_and_experts_are_the_offices_to_choose(
    app: Flask, on_site: int, enter: Enter
) -> None:
    with app.app_context():
        application = case(on_site)
        first, second = seated(on_site)[:2]
        tied, free = (db.session.scalars(select(Person).where(Person.login == one)).one() for one in (first, second))
        tied.employer, names = application.unit.name, (tied.name, free.name)
        db.session.commit()
    offered = ticks(enter("office").get(f"/applications/{on_site}/on-site/arrange").text, "team")
    assert not any(label.startswith(names[0]) for label in offered)
    assert any(label.startswith(names[1]) for label in offered)
    page = enter(district_of(app, on_site)).get(f"/applications/{on_site}/on-site/arrange").text
    assert not any(name in page for name in names)
    assert ticks(page, "team")


def test_neither_unit_nor_district_learns_who_the_experts_are(app: Flask, on_site: int, enter: Enter) -> None:
    arrange(app, enter, on_site)
    expert = expert_of(app, on_site)
    with app.app_context():
        name = db.session.scalars(select(Person.name).where(Person.login == expert)).one()
    write_all(enter(expert), on_site)
    sign(enter(expert), on_site, "team", name)
    district, unit = enter(district_of(app, on_site)), enter(clerk_of(app, on_site))
    for client, places in ((district, ("", "/visit", "/sign", "/arrange")), (unit, ("/appointment",))):
        for place in places:
            page = client.get(f"/applications/{on_site}/on-site{place}").text
            assert name not in page, place
    assert "评审专家" in district.get(f"/applications/{on_site}/on-site/sign").text
    assert name in enter("office").get(f"/applications/{on_site}/on-site").text


# the record


def test_what_the_criteria_send_somebody_to_see_is_on_the_page_and_what_was_asked_for(
    app: Flask, on_site: int, enter: Enter
) -> None:
    with app.app_context():
        items = list(checklist(case(on_site)).items())
        marked = {one.key for one in items if "site" in one.check}
        asked = next(one.key for one in items if "site" not in one.check and not one.applies_if)
    arrange(app, enter, on_site, asked=[asked])
    there = things(enter(district_of(app, on_site)).get(f"/applications/{on_site}/on-site/visit").text)
    assert asked in there
    assert set(there) & marked
    assert len(there) == len(set(there))


def test_only_the_team_writes(app: Flask, on_site: int, enter: Enter) -> None:
    with app.app_context():
        stranger = seated(on_site)[1]
    district = district_of(app, on_site)
    assert enter(district).get(f"/applications/{on_site}/on-site/visit").status_code == 409
    arrange(app, enter, on_site)
    item = things(enter(district).get(f"/applications/{on_site}/on-site/visit").text)[0]
    assert enter(stranger).get(f"/applications/{on_site}/on-site/visit").status_code == 409
    assert write(enter(stranger), on_site, item, verdict="same").status_code == 409
    assert write(enter(clerk_of(app, on_site)), on_site, item, verdict="same").status_code == 403
    assert write(enter(district), on_site, "no-such-item", verdict="same").status_code == 404


def test_two_who_write_on_one_item_see_both(app: Flask, on_site: int, enter: Enter) -> None:
    arrange(app, enter, on_site)
    district, expert = enter(district_of(app, on_site)), enter(expert_of(app, on_site))
    item = things(district.get(f"/applications/{on_site}/on-site/visit").text)[0]
    first = write(district, on_site, item, verdict="differs", what="两个投放点没有标志")
    assert first.json["number"] == 1
    again = write(district, on_site, item, verdict="differs", what="两个投放点没有标志")
    assert again.json["number"] == 1  # sent twice, written once

    answer = write(expert, on_site, item, verdict="same")
    assert answer.status_code == 409
    assert answer.json["conflict"]["what"] == "两个投放点没有标志"
    plain = expert.post(f"/applications/{on_site}/on-site/items/{item}", data={"seen": "0", "verdict": "same"})
    assert plain.status_code == 409
    assert "两个投放点没有标志" in plain.text
    assert "用我填的" in plain.text
    taken = write(expert, on_site, item, seen=1, verdict="same")
    assert taken.json["number"] == 2
    with app.app_context():
        assert [one.verdict for one in db.session.scalars(select(VisitFinding))] == ["same"]


def test_a_count_stays_within_its_bounds_and_a_difference_is_told(app: Flask, on_site: int, enter: Enter) -> None:
    arrange(app, enter, on_site)
    district = enter(district_of(app, on_site))
    page = district.get(f"/applications/{on_site}/on-site/visit").text
    counted = re.findall(r'id="([\w-]+)-passing"', page)[0]
    for checked, passing in (("5", "6"), ("1000", "1"), ("5", "-1"), ("x", "1"), ("5", "½")):
        answer = write(district, on_site, counted, verdict="same", checked=checked, passing=passing)
        assert answer.status_code == 422, (checked, passing)
        assert "合格数应是" in answer.json["sentence"]
    bare = write(district, on_site, counted, verdict="differs")
    assert "请写明哪里与申报不符" in bare.json["sentence"]
    assert write(district, on_site, counted, verdict="same", checked="5", passing="4").status_code == 200
    shown = district.get(f"/applications/{on_site}/on-site/visit").text
    assert re.search(rf'id="{counted}-passing"[^>]* value="4"', shown)


def photo(when: str | None = None) -> BytesIO:
    picture, exif, file = Image.new("RGB", (640, 480), "green"), Image.Exif(), BytesIO()
    if when:
        exif.get_ifd(0x8769)[0x9003] = when
    picture.save(file, "JPEG", exif=exif)
    file.seek(0)
    return file


def test_a_photo_tells_when_it_was_taken_and_how_that_is_known(app: Flask, on_site: int, enter: Enter) -> None:
    arrange(app, enter, on_site)
    district, unit = enter(district_of(app, on_site)), enter(clerk_of(app, on_site))
    item = things(district.get(f"/applications/{on_site}/on-site/visit").text)[0]
    path = f"/applications/{on_site}/on-site/items/{item}/photos"

    def send(key: str, file: BytesIO, **other: str) -> Any:
        data = {"key": key, "photos": (file, "现场.jpg")} | other
        return district.post(path, data=data, headers=SCRIPT)

    camera = send("camera-0001", photo("2026:03:04 09:30:00"))
    assert "照片自带的拍摄时间" in camera.json["source"]
    phone = send("phone-0001", photo(), taken=str(int((clock.now() - timedelta(hours=3)).timestamp() * 1000)))
    assert "手机记录的时间" in phone.json["source"]
    ahead = send("ahead-0001", photo(), taken=str(int((clock.now() + timedelta(hours=3)).timestamp() * 1000)))
    assert "上传时间" in ahead.json["source"]
    assert send("camera-0001", photo("2026:03:04 09:30:00")).json["id"] == camera.json["id"]  # sent twice
    assert send("no", photo()).status_code == 422
    assert (
        district.post(path, data={"key": "text-00001", "photos": (BytesIO(b"x"), "a.txt")}, headers=SCRIPT).status_code
        == 422
    )
    with app.app_context():
        rows = db.session.scalars(select(VisitPhoto).order_by(VisitPhoto.id)).all()
        assert [one.taken_from for one in rows] == ["camera", "phone", "upload"]
        assert rows[0].taken_at == datetime.fromisoformat("2026-03-04T09:30:00+08:00")
        assert b"2026:03:04" not in house().store.get(rows[0].sha256)  # EXIF is gone: only the time was kept
    here = f"/applications/{on_site}/on-site/photos/{camera.json['id']}"
    shown = district.get(here)
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert unit.get(here).status_code == 404  # the record is not ready to be read yet
    assert district.post(f"{here}/remove").status_code == 303
    assert district.get(here).status_code == 404


# signing and closing


def test_both_sides_sign_on_the_glass_and_the_record_is_frozen(app: Flask, on_site: int, enter: Enter) -> None:
    arrange(app, enter, on_site)
    district = enter(district_of(app, on_site))
    early = close(district, on_site)
    assert "还差" in early.text
    items = write_all(district, on_site)
    assert "核查组还没有签字" in close(district, on_site).text
    sheet = f"/applications/{on_site}/on-site/sign"
    assert "签名太短" in district.post(
        sheet,
        data={
            "do": "sign-team", "name": "甲", "line": "M1 1L2 2",
            "shown": re.findall(r'value="([0-9a-f]{64})"', district.get(sheet).text)[0],
        },
    ).text  # fmt: skip
    assert "已签字" in sign(district, on_site, "team").text
    assert "申报单位还没有签字" in close(district, on_site).text
    assert "已签字" in sign(district, on_site, "unit", "示例陪同人").text
    locked = write(district, on_site, items[0], seen=1, verdict="unseen", what="锁着门")
    assert "已有人签字" in locked.text
    assert "现场核查记录已定稿" in close(district, on_site).text

    with app.app_context():
        visit = visit_in(on_site)
        assert fingerprint(visit.record) == visit.record_hash
        assert [one["side"] for one in visit.record["signatures"]] == ["team", "unit"]
        assert db.session.scalars(select(OnSiteReport).where(OnSiteReport.application_id == on_site)).one().text
        assert "现场核查记录已定稿" in set(db.session.scalars(select(Message.subject)))
    assert write(district, on_site, items[0], seen=1, verdict="unseen", what="锁着门").status_code == 409
    again = {"do": "sign-team", "name": "甲", "shown": "0" * 64, "line": DRAWN}
    assert "已经定稿" in district.post(f"/applications/{on_site}/on-site/sign", data=again).text
    unit = enter(clerk_of(app, on_site))
    assert unit.get(f"/applications/{on_site}/on-site/record.pdf").data[:4] == b"%PDF"
    added = unit.post(
        f"/applications/{on_site}/on-site/appointment",
        data={"do": "state", "text": "停电当天除外"},
        follow_redirects=True,
    )
    assert "停电当天除外" in added.text
    with app.app_context():
        assert fingerprint(visit_in(on_site).record) == visit_in(on_site).record_hash


def test_who_signs_signs_what_was_shown(app: Flask, on_site: int, enter: Enter) -> None:
    arrange(app, enter, on_site)
    district, unit = enter(district_of(app, on_site)), enter(clerk_of(app, on_site))
    items = write_all(district, on_site)
    path = f"/applications/{on_site}/on-site/appointment"
    shown = re.findall(r'name="shown" type="hidden" value="([0-9a-f]{64})"', unit.get(path).text)[0]
    write(district, on_site, items[0], seen=1, verdict="differs", what="少两个桶")
    given = {"do": "sign", "name": "示例负责人", "shown": shown, "line": DRAWN}
    assert "核查记录刚有改动" in unit.post(path, data=given).text
    fresh = re.findall(r'name="shown" type="hidden" value="([0-9a-f]{64})"', unit.get(path).text)[0]
    assert "已签字" in unit.post(path, data=given | {"shown": fresh}, follow_redirects=True).text
    with app.app_context():
        assert [one.side for one in db.session.scalars(select(VisitSignature))] == ["unit"]
    opened = district.post(f"/applications/{on_site}/on-site/sign", data={"do": "void"}, follow_redirects=True)
    assert "签字已作废" in opened.text
    assert write(district, on_site, items[0], seen=2, verdict="same").status_code == 200
    with app.app_context():
        kinds = list(db.session.scalars(select(AuditEvent.kind)))
        assert kinds.count("sign-on-site") == 1
        assert kinds.count("void-signatures") == 1


def test_a_signed_paper_stands_for_both(app: Flask, on_site: int, enter: Enter) -> None:
    arrange(app, enter, on_site)
    district, path = enter(district_of(app, on_site)), f"/applications/{on_site}/on-site/sign"
    write_all(district, on_site)
    answer = district.post(path, data={"do": "scan", "file": (photo(), "签字记录.jpg")}, follow_redirects=True)
    assert "签字记录已上传" in answer.text
    assert "现场核查记录已定稿" in close(district, on_site).text
    assert enter(clerk_of(app, on_site)).get(f"/applications/{on_site}/on-site/scan").status_code == 200


def test_a_unit_that_does_not_sign_is_told_of_with_the_reason(app: Flask, on_site: int, enter: Enter) -> None:
    arrange(app, enter, on_site)
    district = enter(district_of(app, on_site))
    write_all(district, on_site)
    sign(district, on_site, "team")
    assert "现场核查记录已定稿" in close(district, on_site, unsigned_because="陪同人员拒绝签字").text
    with app.app_context():
        assert visit_in(on_site).record["unsigned_because"] == "陪同人员拒绝签字"


# what becomes of it


def judged_item(id_: int, there: list[str]) -> str:
    from cellcert.criteria.scorer import experts_score

    list_ = checklist(case(id_))
    return next(one.key for one in list_.items() if one.key in there and experts_score(one))


def closed_visit(app: Flask, enter: Enter, id_: int, what: str = "") -> str:
    arrange(app, enter, id_)
    district = enter(district_of(app, id_))
    there = things(district.get(f"/applications/{id_}/on-site/visit").text)
    with app.app_context():
        item = judged_item(id_, there)
    write_all(district, id_, **({item: what} if what else {}))
    sign(district, id_, "team")
    sign(district, id_, "unit")
    assert "已定稿" in close(district, id_).text
    return item


def test_the_case_does_not_go_on_before_the_record_is_closed(app: Flask, on_site: int, enter: Enter) -> None:
    arrange(app, enter, on_site)
    office = enter("office")
    page = office.get(f"/applications/{on_site}/end-on-site").text
    assert "现场核查记录还没有定稿" in page
    assert "已安排核查组" in enter(district_of(app, on_site)).post(
        f"/applications/{on_site}/on-site", data={"visited_on": "2026-01-01", "text": "一致"}
    ).text  # fmt: skip
    with app.app_context():
        application, programme, at = case(on_site), house().library.programme, clock.now()
        list_, by = checklist(application), actor("office")
        with pytest.raises(NotReady, match="还没有定稿"):
            end_on_site(db.session(), application, list_, programme, by=by, at=at)


def test_where_all_is_as_claimed_the_decision_follows(app: Flask, on_site: int, enter: Enter) -> None:
    closed_visit(app, enter, on_site)
    office, path = enter("office"), f"/applications/{on_site}/end-on-site"
    office.post(path, data=hidden(office.get(path).text))
    with app.app_context():
        assert case(on_site).state is State.DECISION


def test_what_differs_goes_back_to_the_experts_for_that_item_alone(app: Flask, on_site: int, enter: Enter) -> None:
    item = closed_visit(app, enter, on_site, "两个投放点没有标志")
    office, path = enter("office"), f"/applications/{on_site}/end-on-site"
    page = office.get(path).text
    assert "请专家再看一次的项目" in page
    answer = office.post(path, data=hidden(page), follow_redirects=True)
    assert "已请专家再看一次" in answer.text
    with app.app_context():
        application = case(on_site)
        assert application.state is State.REVIEW
        before = actions.sheets_of(db.session(), application, application.round - 1)
        now = actions.sheets_of(db.session(), application)
        assert actions.keys_of(actions.second_round(db.session(), application)) == [item]
        assert sorted(one.person_id for one in now) == sorted(one.person_id for one in before)
        assert all(one.handed_in_at is None and one.blind["points"] for one in now)
        assert all(one.handed_in_at is not None for one in before)  # the closed round stays as it was
        keep_all(application)
        actions.close_round(
            db.session(), application, checklist(application), revision(application), house().library.programme, True,
            by=actor("office"), at=clock.now(),
        )  # fmt: skip
        db.session.commit()
        assert application.state is State.DECISION  # nobody goes there twice
        assert len(db.session.scalars(select(RoundResult).where(RoundResult.application_id == on_site)).all()) == 2
        city = City(db.session(), house().library, house().store, clock.now().date())
        assert [*results_recompute(city), *history_gives_state(city)] == []
        assert db.session.scalars(select(ScoreSheet).where(ScoreSheet.application_id == on_site)).all()
        assert db.session.scalars(select(Assignment).where(Assignment.application_id == on_site)).all()


# rules


def test_a_line_is_a_path_and_nothing_else() -> None:
    assert read_line(DRAWN) == DRAWN
    for bad in ("", "M1 1", 'M1 1L2 2L3 3L4 4L5 5"/><script>', "M1 1L700 2L3 3L4 4L5 5", "M1 1" + "L2 2" * 6000):
        with pytest.raises(Unusable):
            read_line(bad)


def test_a_finding_says_why() -> None:
    assert read_said({"verdict": "same", "passing": "3", "checked": "5"}, None) == Said("same")
    assert read_said({"verdict": "same", "passing": "3", "checked": "5"}, 5) == Said("same", checked=5, passing=3)
    with pytest.raises(Unusable, match="为什么未能查看"):
        read_said({"verdict": "unseen"}, None)
    with pytest.raises(Unusable):
        read_said({"verdict": "better"}, None)


def test_a_calendar_entry_has_no_line_longer_than_75_bytes_and_escapes_what_it_must() -> None:
    at = clock.now()
    told = calendar_entry("a@b", at, "现场核查：" + "示例单位" * 20, "南门; 二楼, 东", at)
    assert all(len(line.encode()) <= 75 for line in told.split("\r\n"))
    assert "南门\\; 二楼\\, 东" in told.replace("\r\n ", "")


def test_a_record_cannot_be_signed_before_it_is_whole(app: Flask, on_site: int, enter: Enter) -> None:
    arrange(app, enter, on_site)
    with app.app_context():
        application, by = case(on_site), actor(district_of(app, on_site))
        told: dict[str, Any] = {"items": [{"key": "a", "number": "1", "text": "标志", "verdict": ""}]}
        with pytest.raises(Incomplete):
            records.sign(
                db.session(), application, told, fingerprint(told), "team", "甲", "", DRAWN, by=by, at=clock.now()
            )
        assert json.loads(json.dumps(told)) == told


def test_the_demo_city_has_a_visit_that_is_over_and_one_to_come(app: Flask) -> None:
    ids = every_state(app)
    with app.app_context():
        over, coming = db.session.scalars(select(Visit).order_by(Visit.starts_at)).all()

        assert (over.application_id, coming.application_id) == (ids[State.DECISION], ids[State.ON_SITE])
        assert over.starts_at < clock.now() < coming.starts_at
        assert {one["verdict"] for one in over.record["items"]} == {"same", "unseen"}
        assert {one["side"] for one in over.record["signatures"]} == {"team", "unit"}
        assert (coming.standing, coming.is_closed) == ("agreed", False)
