"""The worker's prints of the decision: a notice, the answer to an objection; printed once, stored, and never again."""

from collections.abc import Mapping
from datetime import datetime
from typing import TypedDict

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert import clock, web
from cellcert.application.lifecycle import State
from cellcert.criteria.library import Library
from cellcert.database import db, reading
from cellcert.decision.models import Notice, Objection
from cellcert.decision.notice_acts import letter_of
from cellcert.decision.notice_words import contact_of
from cellcert.outbox.actions import enqueue
from cellcert.outbox.models import Job
from cellcert.paper import chinese_date
from cellcert.press.official import OfficialLetter, print_letter


def make_notice(data: Mapping[str, object]) -> None:
    """Print one notice from the copy that is kept. The worker commits."""
    number = int(str(data["notice_id"]))
    with reading():
        notice = db.session.get_one(Notice, number)
        is_printed, letter = notice.pdf is not None, notice_letter(notice)
        db.session.rollback()  # printing takes a moment: nobody waits for it at the database
    if is_printed:
        return
    sha256 = web.house().store.put(print_letter(letter))
    db.session.get_one(Notice, number).pdf = sha256


def print_missing(session: Session, *, at: datetime) -> None:
    """Put down the printing of notices published before they were printed."""
    known = select(Job.key).where(Job.kind == "notice")
    for number in session.scalars(select(Notice.id).where(Notice.pdf.is_(None))).all():
        if f"notice:{number}" not in set(session.scalars(known)):
            enqueue(session, "notice", str(number), at=at, notice_id=number)


def notice_letter(notice: Notice) -> OfficialLetter:
    """A notice as a letter to everybody."""
    said = letter_of(notice, "zh")
    address = web.public_url("decision.notice", notice_id=notice.id)
    points = said["points"]
    return OfficialLetter(
        number="",
        title=str(said["title"]),
        recipient="",
        paragraphs=(str(said["opening"]), *points[:-1]),
        closing=(f"{points[-1]}网址：{address}",),
        on=notice.published_on,
        **issued(str(said["issuer"]), web.house().library),
    )


def make_answer(data: Mapping[str, object]) -> None:
    """Print the answer to one objection or appeal, and let it be mailed. The worker commits."""
    number = int(str(data["objection_id"]))
    with reading():
        objection = db.session.get_one(Objection, number)
        is_printed, letter = objection.letter is not None, answer_letter(objection)
        db.session.rollback()  # printing takes a moment: nobody waits for it at the database
    if is_printed:
        return
    sha256 = web.house().store.put(print_letter(letter))
    objection = db.session.get_one(Objection, number)
    objection.letter = sha256
    if not objection.appeal:
        enqueue(db.session(), "answered", str(number), at=clock.now(), objection_id=number)


def answer_letter(objection: Objection) -> OfficialLetter:
    """The answer as a letter to who raised it."""
    library, application = web.house().library, objection.application
    programme, zone = library.programme, library.programme.time_zone
    received, closed = clock.day_of(objection.received_at, zone), clock.day_of(objection.closed_at or clock.now(), zone)
    category, unit = programme.category(application.category).name.zh, application.unit.name
    about = f"您对{unit}拟认定为{category}的公示提出的异议"
    if objection.appeal:
        about = f"您单位对{category}申报审定结果提出的申诉"
    kind, outcome = "申诉" if objection.appeal else "异议", State(objection.outcome or "")
    return OfficialLetter(
        number="",
        title=f"关于{kind}的答复",
        recipient=objection.name,
        paragraphs=(
            f"{chinese_date(received)}收到{about}（受理编号 {objection.receipt}）。经核查并审定，现答复如下：",
            f"一、处理结果：{RESULTS[objection.appeal][outcome]}。",
            f"二、核查情况：{' '.join(objection.reply.split())}",
        ),
        closing=("感谢您对这项工作的关注和监督。",),
        contact="，".join(contact_of(programme.authority)),
        on=closed,
        **issued(programme.authority.name.zh, library),
    )


RESULTS: Mapping[bool, Mapping[State, str]] = {
    False: {
        State.NOTICE: "异议不成立，公示继续有效",
        State.DECISION: "异议部分成立，对该单位重新审定",
        State.REJECTED: "异议成立，对该单位不予认定",
    },
    True: {State.DECISION: "申诉成立，重新审定", State.REJECTED: "申诉不成立，维持不予认定"},
}


class Issued(TypedDict):
    """Who issues a letter, under which seal."""

    authority: str
    seal_text: str
    seal_png: bytes | None
    sample: bool


def issued(authority: str, library: Library) -> Issued:
    """The authority under its seal, as the programme has it today."""
    look = library.programme.certificate
    return {
        "authority": authority,
        "seal_text": look.seal_text or authority,
        "seal_png": (library.folder / look.seal).read_bytes() if look.seal else None,
        "sample": not look.seal,
    }
