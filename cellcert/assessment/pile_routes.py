"""All prepared files at once: each goes to the questions its name tells."""

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from cellcert import clock, language, web
from cellcert.application.lifecycle import Act
from cellcert.assessment.opening import opened
from cellcert.assessment.page_files import Posted
from cellcert.assessment.queries import Assessment
from cellcert.assessment.rules import WITH_FILES, Place
from cellcert.assessment.sorting import keys_for, papers_of
from cellcert.assessment.steps import names, numbers
from cellcert.database import db
from cellcert.errors import Refusal
from cellcert.evidence.actions import Kept, attach, keep
from cellcert.evidence.checking import check
from cellcert.evidence.forms import UploadForm
from cellcert.evidence.rules import chosen_from, shown_name
from cellcert.storage import Away, Full


def pile(application_id: int) -> ResponseReturnValue:
    """Every file of the application by question, and room for all that were prepared."""
    assessment = opened(web.load(application_id, Act.ATTACH))
    if request.method == "POST":
        if not (form := UploadForm()).accepted():
            abort(400)
        if wanted := request.form.getlist("name"):
            return {"places": {name: _keys(assessment, name) for name in wanted[:200]}}
        _take_all(assessment)
        return web.done(web.local_target(form.next.data, url_for(".pile", application_id=application_id)))
    named, number = names(assessment.checklist), numbers(assessment.checklist)
    section = request.args.get("section")
    going = next((step for step in assessment.steps if step.key == section), None)
    return render_template(
        "assessment/pile.html",
        a=assessment,
        application=assessment.application,
        form=UploadForm(formdata=None, next=request.full_path),
        places=[(place, number.get(place[1], ""), named[place]) for place in _open(assessment)],
        example=next((number[key] for kind, key in _open(assessment) if kind == "item"), "1.1"),
        accept=chosen_from(web.house().library.programme.evidence.types),
        back=url_for(".edit", application_id=application_id, section=going.key if going else None),
    )


def _open(assessment: Assessment) -> list[Place]:
    """The questions that take files now, in the order of the pages."""
    every = [place for step in assessment.steps for place in assessment.places(step)]
    return [place for place in every if place[0] in WITH_FILES and assessment.is_open(place)]


def _keys(assessment: Assessment, name: str) -> list[str]:
    keys = {key for _, key in _open(assessment)}
    number = {key: one for key, one in numbers(assessment.checklist).items() if key in keys}
    papers = {key: texts for key, texts in papers_of(assessment.checklist).items() if key in keys}
    return keys_for(name, number, papers)


def _take_all(assessment: Assessment) -> None:
    """Check what was posted while nobody waits for the database, then attach it; each that stays outside is named."""
    house, posted, stored = web.house(), Posted(), list[tuple[list[Place], str, Kept]]()
    places, chosen = {place[1]: place for place in _open(assessment)}, request.form.get("item", "")
    sent = [(file.filename, file) for file in request.files.getlist("files") if file.filename]
    sorted_ = [(name, file, _keys(assessment, name) or [key for key in places if key == chosen]) for name, file in sent]
    application_id, limits = assessment.application.id, house.library.programme.evidence
    db.session.rollback()
    shut: Refusal | None = None
    for name, file, keys in sorted_:
        if not keys:
            flash(_homeless(name), "bad")
            continue
        wanted = [places[key] for key in keys]
        try:
            if shut is not None:
                raise shut  # asked once: each try may take a minute
            stored.append((wanted, name, keep(house.store, check(name, file.stream, limits, house.settings))))
        except Refusal as refusal:
            shut = refusal if isinstance(refusal, Away | Full) else None
            posted.refuse(wanted[0], refusal)
    application, at, taken = web.load(application_id, Act.ATTACH), clock.now(), set[int]()
    for row, (wanted, name, kept) in enumerate(stored):
        for place in wanted:
            try:
                attach(db.session(), application, place[1], name, kept, house.library.programme, by=web.me(), at=at)
                taken.add(row)
            except Refusal as refusal:
                posted.refuse(place, refusal)
    for sentence in dict.fromkeys(language.shown(message) for _, message in posted.refused):
        flash(sentence, "bad")
    if not sent:
        flash(gettext("没有选择文件。请先选择，再上传。"), "bad")
    if taken:
        flash(gettext("已上传 %(count)s 个文件。", count=len(taken)))


def _homeless(name: str) -> str:
    sentence: str = gettext(
        "“%(name)s”没有上传：从文件名看不出归到哪一项。请在文件名前写条目编号，或选择“没有编号的归到”，再上传。",
        name=shown_name(name),
    )
    return sentence
