"""Sheets too far apart are looked at once more: those items alone, beside what the others said, and nobody's name."""

import re
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from cellcert import clock
from cellcert.application.lifecycle import Relation, State
from cellcert.application.models import Application
from cellcert.checks import City, results_recompute
from cellcert.criteria.scorer import score
from cellcert.criteria.ways import Judged, YesNo
from cellcert.database import db
from cellcert.errors import NotReady
from cellcert.inbox.models import Message
from cellcert.review import actions
from cellcert.review.figures import editions_reviewed, marks_of
from cellcert.review.models import RoundResult, ScoreSheet, SecondRound
from cellcert.review.queries import reopenings_to_approve
from cellcert.review.rules import Discrepancy, to_settle, unexplained
from cellcert.web import house
from tests.builders import application_in, clerk_of, hidden
from tests.conftest import Build
from tests.review.cases import actor, case, checklist, form_of, full_marks, hand_in, keep_all, post_of, revision, seated
from tests.review.conftest import Enter

STRICT, MILD = "台账缺两个季度，现场也没有见到", "四个季度的台账都在"


@pytest.fixture
def apart(app: Flask) -> int:
    """A case whose three experts agree but in one item, where one gives nothing and says why; not yet closed."""
    id_ = application_in(app, State.REVIEW)
    with app.app_context():
        three_hand_in(id_)
        db.session.commit()
    return id_


def three_hand_in(id_: int) -> None:
    application = case(id_)
    for sheet in db.session.scalars(select(ScoreSheet)):
        db.session.delete(sheet)
    db.session.flush()
    marks, key = full_marks(application), item_of(application)
    for login in seated(id_):
        strict = login == seated(id_)[0]
        sheet = hand_in(application, login, marks | ({key: nothing(application)} if strict else {}))
        sheet.comments = {key: STRICT if strict else MILD}
    db.session.flush()


def item_of(application: Application) -> str:
    marks = full_marks(application)
    return next(
        item.key
        for item in checklist(application).items()
        if item.key in marks and isinstance(item.way, YesNo | Judged)
    )


def nothing(application: Application) -> Any:
    return False if isinstance(checklist(application).item(item_of(application)).way, YesNo) else Decimal(0)


def close(application: Application) -> RoundResult | SecondRound:
    found = actions.close_round(
        db.session(), application, checklist(application), revision(application), house().library.programme, False,
        by=actor("office"), at=clock.now(),
    )  # fmt: skip
    db.session.flush()
    return found


def open_second(id_: int) -> SecondRound:
    found = close(case(id_))
    assert isinstance(found, SecondRound)
    db.session.commit()
    return found


def again(application: Application, login: str, answers: dict[str, Any], reasons: dict[str, str]) -> ScoreSheet:
    by, at, list_, sent = actor(login), clock.now(), checklist(application), revision(application)
    actions.save_sheet(db.session(), application, list_, sent, answers, reasons, "", by=by, at=at)
    db.session.flush()
    return actions.hand_in(db.session(), application, list_, sent, by=by, at=at)


def sheet_of(application: Application, login: str) -> ScoreSheet:
    found = actions.my_sheet(db.session(), application, actor(login))
    assert found is not None
    return found


def test_closing_opens_a_second_round_for_what_lies_apart(app: Flask, apart: int, enter: Enter) -> None:
    office, path = enter("office"), f"/applications/{apart}/close-round"
    page = office.get(path).text
    assert "先自动开启第二轮评分" in page

    answer = office.post(path, data=hidden(page) | {"on_site": "no"}, follow_redirects=True)

    assert "有 1 项差异超过限度，已开启第二轮评分" in answer.text
    assert "正在进行第二轮评分" in answer.text
    with app.app_context():
        application = case(apart)
        second = actions.second_round(db.session(), application)
        assert application.state is State.REVIEW
        assert actions.keys_of(second) == [item_of(application)]
        assert db.session.scalars(select(RoundResult)).all() == []
        assert all(one.handed_in_at is None and one.blind for one in db.session.scalars(select(ScoreSheet)))
        told = db.session.scalars(select(Message).where(Message.subject == "有几项评分需要您再看一次")).all()
        assert len(told) == 3
        assert all(application.reference not in one.text for one in told)
    again_ = office.get(path).text
    assert "还有 3 位专家没有提交评分表" in again_


def test_each_sees_the_others_points_and_reasons_without_names(app: Flask, apart: int, enter: Enter) -> None:
    with app.app_context():
        open_second(apart)
        logins = seated(apart)
        names = {login: post_of(login).person.name for login in logins}
        others = [item for item in full_marks(case(apart)) if item != item_of(case(apart))]
    for login in logins:
        page = enter(login).get(f"/applications/{apart}/score").text
        main = page[page.find("<main") :]
        assert main.count("另一位专家") == 2
        assert (STRICT in main, MILD in main) == (True, True)
        assert not any(name in main for name in names.values())
        assert re.findall(r'id="item-([^"]+)"', main) == [
            key for key in re.findall(r'id="item-([^"]+)"', main) if key not in others
        ]
    mild = enter(logins[1]).get(f"/applications/{apart}/score").text
    said = re.findall(r"另一位专家</dt><dd><strong>([\d.]+) 分", mild)
    assert said == sorted(said, key=Decimal)
    assert said[0] == "0"


def test_a_page_does_not_change_by_what_others_do_meanwhile(app: Flask, apart: int, enter: Enter) -> None:
    """Non-interference: the others' drafts and hand-ins of the second round show nowhere before it is closed."""
    with app.app_context():
        open_second(apart)
        first, second, third = seated(apart)
        key = item_of(case(apart))
    address = f"/applications/{apart}/score"
    secret = re.compile(r'name="(?:csrf_token|idempotency_key)" type="hidden" value="[^"]*"')

    def seen() -> list[str]:
        pages = [enter(third).get(address).text, enter(third).get("/desk").text]
        return [
            re.sub(r'(name="(?:csrf_token|idempotency_key)"[^>]*value=")[^"]*', r"\1", secret.sub("", page))
            for page in pages
        ]

    before = seen()
    with app.app_context():
        application = case(apart)
        again(application, first, full_marks(application), {key: "见到了补充材料"})
        again(application, second, {key: nothing(application)}, {key: "同意缺两个季度"})
        db.session.commit()
    assert seen() == before


def test_only_what_was_apart_may_change_and_only_with_a_reason(app: Flask, apart: int, inside: None) -> None:
    open_second(apart)
    application = case(apart)
    login, key = seated(apart)[0], item_of(application)
    elsewhere = next(one for one in full_marks(application) if one != key)
    by, at, list_, sent = actor(login), clock.now(), checklist(application), revision(application)
    before = dict(sheet_of(application, login).blind["answers"])
    actions.save_sheet(
        db.session(), application, list_, sent, {key: full_marks(application)[key]}, {elsewhere: "改", key: STRICT},
        "新", by=by, at=at,
    )  # fmt: skip
    db.session.flush()
    sheet = sheet_of(application, login)
    assert actions.plain(before | {key: full_marks(application)[key]}) == sheet.answers
    assert (elsewhere in sheet.comments, sheet.opinion) == (False, "")
    with pytest.raises(NotReady, match="请写明新的理由"):
        actions.hand_in(db.session(), application, list_, sent, by=by, at=at)
    assert sheet.handed_in_at is None

    again(application, login, full_marks(application), {key: "看到了补充的台账"})

    assert sheet.comments[key] == "看到了补充的台账"
    assert sheet.blind["comments"][key] == STRICT
    assert sheet.points[key] != sheet.blind["points"][key]


def test_who_keeps_the_points_keeps_the_reason(app: Flask, apart: int, inside: None) -> None:
    open_second(apart)
    application = case(apart)
    login, key = seated(apart)[0], item_of(application)
    sheet = again(application, login, {key: nothing(application)}, {})
    assert (sheet.comments[key], sheet.points, str(sheet.total)) == (
        STRICT, sheet.blind["points"], sheet.blind["total"],
    )  # fmt: skip


@pytest.mark.parametrize("convinced", [True, False])
def test_what_is_still_apart_is_settled_and_the_minutes_say_so(
    app: Flask, apart: int, convinced: bool, enter: Enter
) -> None:
    with app.app_context():
        open_second(apart)
        application = case(apart)
        key, logins = item_of(application), seated(apart)
        names = [post_of(login).person.name for login in logins]
        for login in logins:
            stays = login == logins[0] and not convinced
            answer = nothing(application) if stays else full_marks(application)[key]
            again(
                application, login, {key: answer}, {key: "看到了补充的台账"} if login == logins[0] and convinced else {}
            )
        found = close(application)
        assert isinstance(found, RoundResult)
        db.session.commit()
        assert application.state is State.DECISION
        assert [gap["key"] for gap in found.discrepancies if gap["key"]] == ([] if convinced else [key])
        line = next(line for line in found.sheet["items"] if line["key"] == key)
        assert Decimal(str(line["points"])) == checklist(application).item(key).points  # the median either way
        city = City(db.session(), house().library, house().store, clock.now().date())
        assert list(results_recompute(city)) == []
        edition = editions_reviewed(db.session(), Relation.OFFICE)[0].edition
        alone = [mark.points for mark in marks_of(db.session(), edition, Relation.OFFICE) if mark.item == key]
        assert sorted(alone)[0] == 0  # statistics ask how it was understood alone
        sheet = sheet_of(application, logins[1])
        other = next(one for one in sheet.answers if one != key)
        sheet.answers = {one: value for one, value in sheet.answers.items() if one != other}
        db.session.flush()
        assert "beyond its items" in next(fault for fault in results_recompute(city) if "second" in fault)
        db.session.rollback()
    page = enter("office").get(f"/applications/{apart}/result").text
    minutes = page[page.find("第二轮评分记录") : page.find("各专家评分</h2>")]
    assert ("看到了补充的台账" in minutes, "差异在限度内" in minutes) == (convinced, convinced)
    assert ("仍有差异，合并定分" in minutes) is not convinced
    assert not any(name in minutes for name in names)
    printed = PdfReader(BytesIO(enter("office").get(f"/meetings/second-round/{apart}.pdf").data))
    said = "".join(sheet.extract_text() for sheet in printed.pages)
    assert ("看到了补充的台账" in said) is convinced
    assert not any(name in said for name in names)
    with app.app_context():
        case(apart).state = State.AWARDED
        db.session.commit()
    unit = enter(clerk_of(app, apart)).get(f"/applications/{apart}/result").text
    assert "第二轮评分记录" in unit
    assert not any(name in unit[unit.find("<main") :] for name in names)


def test_nobody_reads_points_while_the_second_round_runs(app: Flask, apart: int, enter: Enter) -> None:
    with app.app_context():
        open_second(apart)
        district, outsider = f"district-{case(apart).division}", "expert9"
        if outsider in seated(apart):
            outsider = next(f"expert{n}" for n in range(1, 9) if f"expert{n}" not in seated(apart))
    for login in ("office", "approver", "auditor", district, outsider, clerk_of(app, apart)):
        browser = enter(login)
        assert browser.get(f"/applications/{apart}/result").status_code in {403, 404, 409}, login
        for page in ("", "/experts", "/close-round", "/trail"):
            text = browser.get(f"/applications/{apart}{page}").text
            assert STRICT not in text, (login, page)
            assert MILD not in text, (login, page)


def test_an_expert_called_in_for_one_who_left_scores_alone(app: Flask, apart: int, inside: None) -> None:
    second = open_second(apart)
    application, office, at = case(apart), actor("office"), clock.now()
    first, key = seated(apart)[0], item_of(application)
    new = next(f"expert{n}" for n in range(1, 9) if f"expert{n}" not in seated(apart))
    seat = next(one for one in application.seats if one.person.login == first)
    actions.replace(db.session(), application, seat, "出差", by=office, at=at)
    actions.assign(application, post_of(new), second.due_at, by=office, at=at, session=db.session())
    db.session.flush()
    for login in seated(apart)[:-1]:
        again(application, login, {key: full_marks(application)[key]}, {})
    with pytest.raises(NotReady, match="还有 1 位专家没有提交"):
        close(application)
    sheet = hand_in(application, new, full_marks(application))
    db.session.flush()
    assert sheet.blind == {}
    assert isinstance(close(application), RoundResult)


def test_an_expert_goes_through_it_on_the_page(app: Flask, apart: int, enter: Enter) -> None:
    with app.app_context():
        open_second(apart)
        login, key = seated(apart)[0], item_of(case(apart))
        full = full_marks(case(apart))[key]
    browser, path = enter(login), f"/applications/{apart}/score"
    assert "第二轮：看其他专家的理由" in browser.get("/desk").text
    page = browser.get(path).text
    with app.app_context():
        scored = score(checklist(case(apart)), revision(case(apart)).answers)
        off = {line.key for line in scored.items if line.state == "not_applicable"}
        every = [item for item in checklist(case(apart)).items() if item.key not in off]
        computed = len(every) - len(full_marks(case(apart)))
    sent = hidden(page) | form_of(f"items.{key}", full) | {"do": "hand_in"}
    assert browser.post(path, data=sent).status_code == 303
    bare = browser.post(
        f"/applications/{apart}/hand-in", data=hidden(browser.get(f"/applications/{apart}/hand-in").text)
    )
    assert (bare.status_code, "请写明新的理由" in bare.text) == (409, True)
    page = browser.get(path).text
    sent = hidden(page) | form_of(f"items.{key}", full) | {f"comment.{key}": "看到了补充的台账", "do": "hand_in"}
    assert browser.post(path, data=sent).status_code == 303
    page = browser.get(f"/applications/{apart}/hand-in").text
    assert browser.post(f"/applications/{apart}/hand-in", data=hidden(page)).status_code == 303
    with app.app_context():
        sheet = sheet_of(case(apart), login)
        assert sheet.handed_in_at is not None
        assert sheet.total is not None
    done = browser.get(path).text
    assert "评分表已提交" in done
    assert done.count("您第一轮") == 1
    assert done.count("本项由指标数据自动计算") == computed


def test_agreement_closes_at_once_and_a_programme_may_have_no_second_round(
    build_app: Build, both_databases: str
) -> None:
    app = build_app(both_databases)
    id_ = application_in(app, State.REVIEW)
    with app.app_context():
        three_hand_in(id_)
        assert isinstance(close(case(id_)), SecondRound)
        db.session.rollback()
        three_hand_in(id_)
        object.__setattr__(house().library.programme.review, "second_days", 0)
        try:
            assert isinstance(close(case(id_)), RoundResult)
        finally:
            object.__setattr__(house().library.programme.review, "second_days", 5)
        db.session.rollback()


def test_a_total_too_far_apart_names_every_item_that_differs() -> None:
    points = {"a": [Decimal(1), Decimal(2)], "b": [Decimal(3), Decimal(3)], "c": [Decimal(1), Decimal(2)]}
    total = Discrepancy("", Decimal(60), Decimal(80), Decimal(10))
    item = Discrepancy("a", Decimal(1), Decimal(2), Decimal("0.5"))
    assert to_settle([total], points, {"a", "b"}) == ["a"]
    assert to_settle([item, total], points, {"a", "b", "c"}) == ["a"]
    assert to_settle([], points, {"a", "b", "c"}) == []


def test_a_change_wants_a_new_reason() -> None:
    blind = {"answers": {"a": True, "b": False}, "comments": {"a": "旧"}}
    assert unexplained(["a", "b"], {"a": True, "b": False}, {}, blind) == []
    assert unexplained(["a", "b"], {"a": False, "b": True}, {"a": "旧"}, blind) == ["a", "b"]
    assert unexplained(["a", "b"], {"a": False, "b": True}, {"a": "新", "b": "新"}, blind) == []


def test_what_was_asked_before_the_second_round_opens_no_sheet_of_it(app: Flask, apart: int, inside: None) -> None:
    application, at = case(apart), clock.now()
    sheet = actions.sheets_of(db.session(), application)[0]
    office, approver = actor("office"), actor("approver")
    asked = actions.ask_reopen(db.session(), application, sheet, "看错年份", by=office, at=at)
    close(application)
    for _ in "draft", "handed in again":
        assert reopenings_to_approve(db.session()) == []
        with pytest.raises(NotReady, match="申请不再有效"):
            actions.reopen(db.session(), application, asked, by=approver, at=clock.now())
        keep_all(application)
    asked = actions.ask_reopen(db.session(), application, sheet, "看错年份", by=office, at=clock.now())
    actions.reopen(db.session(), application, asked, by=approver, at=clock.now())
    assert sheet.handed_in_at is None
