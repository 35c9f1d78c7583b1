"""The files a page of the self-assessment was sent with, where the browser has no script to upload them one by one."""

from datetime import datetime

from flask import request
from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from cellcert import language, web
from cellcert.assessment.queries import Assessment
from cellcert.assessment.rules import Place
from cellcert.assessment.steps import Step
from cellcert.criteria.text import Text
from cellcert.database import db
from cellcert.errors import Refusal
from cellcert.evidence.actions import attach
from cellcert.evidence.checking import check


def attach_posted(assessment: Assessment, step: Step, at: datetime) -> tuple[int, list[tuple[Place, Text]]]:
    """Attach the files of a posted page; how many, and why the others were not taken."""
    house, count, refused = web.house(), 0, []
    limits = house.library.programme.evidence
    for place in assessment.places(step):
        files: list[FileStorage] = [file for file in request.files.getlist(f"files.{place[1]}") if file.filename]
        for file in files if assessment.is_open(place) else []:
            name = file.filename or ""
            try:
                accepted = check(name, file.stream, limits, house.settings)
                attach(
                    db.session(), house.store, assessment.application, place[1], name, accepted,
                    house.library.programme, by=web.me(), at=at,
                )  # fmt: skip
                count += 1
            except Refusal as refusal:
                if refusal.status not in {413, 422, 429}:
                    raise
                refused.append((place, Text(language.sentence(refusal))))
        if request.form.get("do") == f"files.{place[1]}" and not files and assessment.is_open(place):
            refused.append((place, Text(gettext("还没有选择文件。请先选择，再按“上传并保存”。"))))
    return count, refused
