"""The files a page of the self-assessment was sent with, where the browser has no script to upload them one by one.

In two steps: they are looked into and stored while nobody waits for the database, and attached once the case is locked.
"""

from dataclasses import dataclass, field
from datetime import datetime

from flask import request
from flask_babel import gettext

from cellcert import language, web
from cellcert.assessment.queries import Assessment
from cellcert.assessment.rules import Place
from cellcert.assessment.steps import Step
from cellcert.criteria.text import Text
from cellcert.database import db
from cellcert.errors import Refusal
from cellcert.evidence.actions import Kept, attach, keep
from cellcert.evidence.checking import check
from cellcert.evidence.rules import FILE_REFUSED
from cellcert.storage import Away, Full


@dataclass(slots=True)
class Posted:
    """The files of a posted page that passed, and why the others did not."""

    stored: list[tuple[Place, str, Kept]] = field(default_factory=list)
    refused: list[tuple[Place, Text]] = field(default_factory=list)
    was_unlocked: bool = False  # the transaction was given up meanwhile: load the case again

    def refuse(self, place: Place, refusal: Refusal) -> None:
        if refusal.status not in FILE_REFUSED:
            raise refusal
        self.refused.append((place, Text(language.sentence(refusal))))


def checked_posted(assessment: Assessment, step: Step) -> Posted:
    """Look into the files of a posted page and store the good ones; gives up the transaction if there are any."""
    house, posted = web.house(), Posted()
    limits = house.library.programme.evidence
    sent = [
        (place, file)
        for place in assessment.places(step)
        if assessment.is_open(place)
        for file in request.files.getlist(f"files.{place[1]}")
        if file.filename
    ]
    for place in assessment.places(step):
        if request.form.get("do") == f"files.{place[1]}" and place not in dict(sent) and assessment.is_open(place):
            posted.refused.append((place, Text(gettext("还没有选择文件。请先选择，再按“上传并保存”。"))))
    if sent:
        db.session.rollback()
        posted.was_unlocked = True
    shut: Refusal | None = None
    for place, file in sent:
        name = file.filename or ""
        try:
            if shut is not None:
                raise shut  # asked once: each try may take a minute
            posted.stored.append((place, name, keep(house.store, check(name, file.stream, limits, house.settings))))
        except Refusal as refusal:
            shut = refusal if isinstance(refusal, Away | Full) else None
            posted.refuse(place, refusal)
    return posted


def attach_posted(assessment: Assessment, posted: Posted, at: datetime) -> int:
    """Attach what passed to the places that are still open; how many. What is too much joins the refused."""
    programme, count = web.house().library.programme, 0
    for place, name, kept in posted.stored:
        try:
            attach(db.session(), assessment.application, place[1], name, kept, programme, by=web.me(), at=at)
            count += 1
        except Refusal as refusal:
            posted.refuse(place, refusal)
    return count
