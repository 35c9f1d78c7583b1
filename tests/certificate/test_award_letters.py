"""The awards of a batch go out in one letter, and one press makes all its certificates."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import func, select, update

from cellcert import clock, paper
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.certificate import actions as certificates
from cellcert.certificate.letters.models import AwardLetter, AwardLetterLine
from cellcert.certificate.letters.rules import next_number, trouble
from cellcert.certificate.models import Certificate
from cellcert.certificate.states import CertificateState
from cellcert.criteria.marked import CriteriaFaults
from cellcert.criteria.programme import read_programme_text
from cellcert.database import db
from cellcert.inbox.models import Message
from cellcert.outbox.models import Job, JobState
from cellcert.people.models import Post
from cellcert.web import house
from tests.builders import application_in, city, hidden, sign_in, work
from tests.certificate.batches import award_more, letter_out
from tests.statements import asked

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:pypdf")


@pytest.fixture
def batch(app: Flask) -> str:
    """Three awards of one batch in three categories; one certificate is made."""
    case = application_in(app, State.AWARDED)
    work(app)
    award_more(app, 2)
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        return db.session.get_one(Application, case).batch


def browser(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    sign_in(client, login)
    return client


def pages_of(pdf: bytes) -> list[str]:
    return ["".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]


def test_a_letter_is_prepared_by_one_and_let_out_by_another_and_then_is_everybodys(app: Flask, batch: str) -> None:
    office, approver, public = browser(app, "office"), browser(app, "approver"), app.test_client()
    begun = office.post("/award-letters", data={"batch": batch})
    path = begun.headers["Location"]
    draft = office.get(path).text
    assert "示例办〔2026〕1号" in draft
    assert public.get(path).status_code == public.get(f"{path}.pdf").status_code == 404
    assert "草稿" in pages_of(office.get(f"{path}.pdf").data)[0].replace("　", "")

    form = {"number": "示例办〔2026〕7号", "dated": "2026-11-20", "version": "1"}
    assert office.post(path, data=form).status_code == 303
    assert office.get(f"{path}/issue").status_code == 403
    assert approver.post(f"{path}/issue", data=hidden(approver.get(f"{path}/issue").text)).status_code == 303
    work(app)

    page, pdf = public.get(path).text, public.get(f"{path}.pdf")
    with app.app_context():
        units = [str(one.fields["unit_name"]) for one in db.session.scalars(select(Certificate))]
    said = "".join(pages_of(pdf.data))
    assert all(unit in page and unit in said for unit in units)
    assert "示例办〔2026〕7号" in said
    assert "一、无废机关（1个）" in said
    assert "抄送：" in said
    assert public.get(f"{path}.pdf").data == pdf.data
    assert "示例办〔2026〕7号" in public.get("/award-letters").text
    assert office.post(path, data=form | {"version": "9"}).status_code == 409  # nothing of it changes any more


def test_a_draft_is_told_once_to_those_who_sign_stands_on_their_desk_and_can_be_given_up(
    app: Flask, batch: str
) -> None:
    office, approver = browser(app, "office"), browser(app, "approver")
    path = office.post("/award-letters", data={"batch": batch}).headers["Location"]
    office.post(path, data={"number": "示例办〔2026〕8号", "dated": "2026-11-20", "version": "1"})
    assert approver.get("/desk", follow_redirects=True).text.count(f'href="{path}/issue"') >= 1
    with app.app_context():
        told = [one.subject for one in db.session.scalars(select(Message)) if "认定文件" in one.subject]
        approvers = db.session.scalar(select(func.count(Post.id)).where(Post.role == "approver"))
    assert len(told) == approvers

    page = office.get(f"{path}/discard").text
    assert "示例办〔2026〕8号" in page
    assert approver.post(f"{path}/discard").status_code == 403
    assert office.post(f"{path}/discard", data={"version": "1"}).status_code == 422  # somebody revised it meanwhile
    assert office.post(f"{path}/discard", data=hidden(page)).status_code == 303
    assert office.get(path).status_code == 404
    again = office.post("/award-letters", data={"batch": batch}).headers["Location"]
    assert "示例办〔2026〕1号" in office.get(again).text
    approver.post(f"{again}/issue", data=hidden(approver.get(f"{again}/issue").text))
    assert office.post(f"{again}/discard").status_code == 409
    assert again.removeprefix("http://localhost") in app.test_client().get("/award-letters").text
    assert "/award-letters" in app.test_client().get("/notices").text


def test_nobody_signs_another_list_than_was_read_nor_an_own_letter(app: Flask, batch: str) -> None:
    office, approver = browser(app, "office"), browser(app, "approver")
    path = office.post("/award-letters", data={"batch": batch}).headers["Location"]
    read = hidden(approver.get(f"{path}/issue").text)
    award_more(app, 1, named="后来的单位")

    refused = approver.post(f"{path}/issue", data=read)

    assert refused.status_code == 409
    assert "后来的单位1号" in refused.text
    with app.app_context():
        db.session.execute(update(AwardLetter).values(prepared_by=city(app)["approver"].person_id))
        db.session.commit()
    assert approver.post(f"{path}/issue", data=hidden(refused.text)).status_code == 403
    assert office.post("/award-letters", data={"batch": batch}).status_code == 422  # one draft of a batch at a time


def test_a_number_is_used_once_and_an_award_is_told_once(app: Flask, batch: str) -> None:
    letter_out(app)
    award_more(app, 1, named="下一份的单位")
    office = browser(app, "office")
    path = office.post("/award-letters", data={"batch": batch}).headers["Location"]
    assert "示例办〔2026〕2号" in office.get(path).text

    taken = office.post(path, data={"number": "示例办〔2026〕1号", "dated": "2026-11-20"})

    assert taken.status_code == 409
    assert "已经用过" in taken.text
    second = letter_out_of(app, path)
    with app.app_context():
        rows = select(Certificate).join(AwardLetterLine).where(AwardLetterLine.letter_id == second)
        assert [one.fields["unit_name"] for one in db.session.scalars(rows)] == ["下一份的单位1号"]


def letter_out_of(app: Flask, path: str) -> int:
    approver = browser(app, "approver")
    assert approver.post(f"{path}/issue", data=hidden(approver.get(f"{path}/issue").text)).status_code == 303
    return int(path.rsplit("/", 1)[1])


def test_one_press_makes_all_certificates_and_the_files_are_the_same_every_time(app: Flask, batch: str) -> None:
    path = f"/award-letters/{letter_out(app)}/certificates"
    office = browser(app, "office")
    assert office.post(path).status_code == 303
    waiting = office.get(path).text
    assert 'http-equiv="refresh"' in waiting
    assert 'max="3"' in waiting
    work(app)

    page, printed, packed = office.get(path).text, office.get(f"{path}.pdf"), office.get(f"{path}.zip")

    assert "refresh" not in page
    with app.app_context():
        rows = list(db.session.scalars(select(Certificate).join(AwardLetterLine).order_by(AwardLetterLine.position)))
        assert [one.state for one in rows] == [CertificateState.ISSUED] * 3
        originals = [house().store.get(one.sha256 or "") for one in rows]
        names = [(one.serial, str(one.fields["unit_name"])) for one in rows]
        told = db.session.scalar(select(func.count(Message.id)).where(Message.subject.contains("证书已全部制作完成")))
    assert told == 1
    for said, (serial, unit) in zip(pages_of(printed.data), names, strict=True):
        assert serial in said
        assert unit in said
    assert b"/ByteRange" not in printed.data  # no page claims a signature that does not cover it
    with ZipFile(BytesIO(packed.data)) as archive:
        assert archive.namelist() == [f"{at:03d}-{serial}-{unit}.pdf" for at, (serial, unit) in enumerate(names, 1)]
        assert [archive.read(name) for name in archive.namelist()] == originals
    office.post(path)  # pressed again, nothing is made again
    work(app)
    assert office.get(f"{path}.pdf").data == printed.data
    assert office.get(f"{path}.zip").data == packed.data


def test_what_stopped_is_named_with_what_to_do_and_goes_on_at_the_next_press(
    app: Flask, batch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/award-letters/{letter_out(app, pressed=True)}/certificates"
    office = browser(app, "office")
    with monkeypatch.context() as no_font:
        no_font.setattr("cellcert.certificate.issuing.print_certificate", _no_font)
        work(app)

    page = office.get(path).text
    assert page.count("没有字体能印 “𰻝”（U+30EDD）") == 2
    assert "继续制作" in page
    assert office.get(f"{path}.zip").status_code == 409
    with app.app_context():  # given up after the last try
        db.session.execute(update(Job).where(Job.kind == "certificate", Job.state == "due").values(state="dead"))
        db.session.commit()
    assert "不再重试" in office.get(path).text
    office.post(path)
    work(app)

    assert "没有做成的证书" not in office.get(path).text
    assert len(PdfReader(BytesIO(office.get(f"{path}.pdf").data)).pages) == 3
    with app.app_context():
        assert (
            db.session.scalar(select(func.count(Job.id)).where(Job.state != JobState.DONE, Job.kind != "notice")) == 0
        )


def _no_font(*_given: object) -> bytes:
    raise paper.Unprintable("𰻝")


def test_where_the_city_says_so_certificates_wait_for_their_letter(app: Flask) -> None:
    case, people = application_in(app, State.NOTICE), city(app)
    later = clock.now() + timedelta(days=40)
    with time_machine.travel(later), app.app_context():
        programme = house().library.programme
        waits = replace(programme, award_letter=replace(programme.award_letter, certificates="with_letter"))
        application = db.session.get_one(Application, case)
        made = certificates.award(db.session(), application, waits, by=people["approver2"], at=clock.now())
        db.session.commit()
        assert made.state is CertificateState.RESERVED
        assert db.session.scalar(select(func.count(Job.id)).where(Job.kind == "certificate")) == 0
    with time_machine.travel(later):
        letter_out(app, pressed=True)
        work(app)
    with app.app_context():
        assert db.session.scalars(select(Certificate.state)).all() == [CertificateState.ISSUED]
        assert db.session.scalars(select(AwardLetter.files_at)).one() is not None


def test_a_letter_of_three_hundred_asks_the_database_no_more_than_one_of_three(app: Flask, batch: str) -> None:
    path = f"/award-letters/{letter_out(app, pressed=True)}"
    office = browser(app, "office")
    counts = []
    for more in (0, 297):
        award_more(app, more, named="更多单位")
        with app.app_context():
            told = set(db.session.scalars(select(AwardLetterLine.application_id)))
            for at, one in enumerate(db.session.scalars(select(Certificate).order_by(Certificate.id)).all()):
                if one.application_id not in told:
                    line = AwardLetterLine(
                        letter_id=1, position=100 + at, certificate_id=one.id, application_id=one.application_id
                    )
                    db.session.add(line)
            db.session.commit()
        office.get(path)
        with asked(app) as heard:
            page = office.get(path).text
            office.get(f"{path}/certificates")
            office.get("/award-letters")
        counts.append(len(heard))
    assert "更多单位297号" in page
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("number: 第{serial}号", "number"),
        ("number: 焦办〔{year}〕号", "ordinal"),
        ("title: 关于{unit}的通知", "title"),
        ("paragraphs: ['{0.__class__}']", "paragraphs"),
        ("certificates: later", "certificates"),
    ],
)
def test_the_words_of_a_letter_name_only_what_there_is(wrong: str, said: str) -> None:
    from pathlib import Path

    source = Path("criteria/programme.yaml").read_text(encoding="utf-8")
    head, _, rest = source.partition("award_letter:")
    _, _, tail = rest.partition("\nevidence:")
    with pytest.raises(CriteriaFaults, match=said):
        read_programme_text(f"{head}award_letter:\n  {wrong}\nevidence:{tail}", "programme.yaml")


def test_numbers_run_on_over_those_that_are_taken() -> None:
    assert next_number("示办〔{year}〕{ordinal}号", 2026, {"示办〔2026〕1号", "示办〔2026〕2号"}) == "示办〔2026〕3号"
    assert next_number("", 2026, ()) is None


def test_an_unknown_trouble_names_what_the_administrator_needs() -> None:
    sentence, values = trouble("OperationalError: database is locked")
    assert "OperationalError" in sentence.format(**values)
    assert "locked" not in sentence.format(**values)
