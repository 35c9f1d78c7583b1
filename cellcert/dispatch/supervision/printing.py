"""The worker's part: a letter that went out is printed, kept, and sent to whom it is for, once."""

from collections.abc import Mapping

from cellcert import clock, web
from cellcert.certificate.issuing import seal_png
from cellcert.certificate.letter import LetterFields, print_award_letter
from cellcert.criteria.library import Library
from cellcert.database import db, reading
from cellcert.dispatch.supervision.models import SupervisionLetter
from cellcert.dispatch.supervision.queries import posts_of
from cellcert.dispatch.supervision.words import words_of
from cellcert.inbox.actions import tell
from cellcert.outbox.actions import enqueue


def print_supervision(letter: SupervisionLetter, library: Library) -> bytes:
    """A letter on paper; of one not approved, what it would be today."""
    programme = library.programme
    dated = letter.dated or clock.day_of(clock.now(), programme.time_zone)
    said = letter.said or words_of(letter, programme, dated)
    return print_award_letter(
        LetterFields(
            authority=said["authority"],
            number=letter.number or "",
            title=said["title"],
            recipient=said["recipient"],
            paragraphs=tuple(said["paragraphs"][:-1]),
            closing=tuple(said["paragraphs"][-1:]),
            copies=said["copies"],
            contact=said["contact"],
            seal_text=said["seal_text"],
            seal_png=seal_png(library),
            sample=not programme.certificate.seal,
            on=dated,
            draft=not letter.approved,
        )
    )


def send_letter(data: Mapping[str, object]) -> None:
    """Print one letter and send it. The worker commits: printed, told and put in the outbox together, or not at all."""
    session, number, library = db.session(), int(str(data["letter_id"])), web.house().library
    with reading():
        letter = session.get_one(SupervisionLetter, number)
        is_sent = letter.sent_at is not None
        pdf = b"" if is_sent else print_supervision(letter, library)
        session.rollback()  # storing takes a moment
    if is_sent:
        return
    sha256 = web.house().store.put(pdf)
    letter = session.get_one(SupervisionLetter, number, with_for_update=True, populate_existing=True)
    if letter.sent_at is not None:
        return  # another worker was quicker; the bytes are the same
    at, case, said = clock.now(), letter.case, letter.said
    letter.sha256, letter.sent_at = sha256, at
    posts = posts_of(session, case.matter)
    letter.told = [post.person.name for post in posts]
    where = web.public_url("supervision.case", case_id=case.id)
    subject = f"{library.programme.supervision.rungs[letter.step].name.zh}：{said['title']}"
    text = f"{letter.number}\n{said['paragraphs'][0]}\n请于 {said['due_on']} 前反馈。文件和反馈入口：{where}"
    tell(session, [post.id for post in posts], subject, text, at=at)
    for person_id, to in {post.person_id: post.person.email for post in posts if post.person.email}.items():
        key = f"supervision-{letter.id}-{person_id}"
        enqueue(session, "mail", key, at=at, key=key, to=to, subject=subject, text=text)
