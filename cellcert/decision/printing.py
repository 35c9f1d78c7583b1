"""The worker's prints of the decision: a notice, the answer to an objection; printed once, stored, and never again."""

from collections.abc import Mapping
from typing import TypedDict

from cellcert import web
from cellcert.criteria.library import Library
from cellcert.database import db, reading
from cellcert.decision.models import Notice
from cellcert.decision.notice_acts import letter_of
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


def notice_letter(notice: Notice) -> OfficialLetter:
    """A notice as a letter to everybody."""
    said = letter_of(notice, "zh")
    address = web.public_url("decision.notice", notice_id=notice.id)
    points = said["points"]
    return OfficialLetter(
        number="",
        title=str(said["title"]),
        recipient="",
        paragraphs=(str(said["opening"]), *(str(point) for point in (points if isinstance(points, list) else []))),
        closing=(f"在线提出异议的网址：{address}", "特此公示。"),
        contact=str(said["contact"]),
        on=notice.published_on,
        **issued(str(said["issuer"]), web.house().library),
    )


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
