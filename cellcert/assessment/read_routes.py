"""The submitted answers, for everybody who may read them."""

from flask import render_template
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from cellcert import clock, web
from cellcert.application.lifecycle import Act, State, acts_open_to, is_open
from cellcert.assessment.booklet import booklet_of
from cellcert.assessment.opening import opened
from cellcert.assessment.print_pdf import print_application
from cellcert.assessment.queries import notes_of, revision_of
from cellcert.assessment.steps import steps
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.scorer import score as scored
from cellcert.database import db
from cellcert.errors import NotFound


def read(application_id: int) -> ResponseReturnValue:
    """What the unit submitted; the unit itself sees its draft before there is a submission."""
    application = web.load(application_id, Act.READ)
    number = web.number("revision")
    revision = revision_of(db.session(), application, number)
    if revision is None and (number is not None or application.state is not State.DRAFT):
        raise NotFound
    checklist, relation = checklist_of(application.edition), application.relation_to(web.me())
    if revision is None:
        draft = opened(application)
        answers, sheet = draft.answers, draft.sheet
        files = [file for rows in draft.files.values() for file in rows]
        listed = [{"id": file.id, "item": file.item, "name": file.name, "size": file.size} for file in files]
        notes = notes_of(db.session(), application)
    else:
        answers, sheet, listed = revision.answers, scored(checklist, revision.answers), revision.evidence
        notes = revision.sheet.get("notes", {})
    by_item: dict[str, list[dict[str, object]]] = {}
    for row in listed:
        by_item.setdefault(str(row["item"]), []).append(row)
    return render_template(
        "assessment/read.html",
        application=application,
        revision=revision,
        checklist=checklist,
        steps=steps(checklist),
        answers=answers,
        sheet=sheet,
        notes=notes,
        ledger=revision.sheet.get("ledger", {}) if revision else {},
        files=by_item,
        acts=acts_open_to(relation, application.state),
        may_open=is_open(Act.READ_EVIDENCE, relation, application.state),
        may_attach=is_open(Act.ATTACH, relation, application.state) and application.state is not State.DRAFT,
    )


def print(application_id: int) -> ResponseReturnValue:
    """The 申报书."""
    application = web.load(application_id, Act.READ)
    today = clock.day_of(clock.now(), web.zone())
    pdf = print_application(booklet_of(db.session(), application, web.house().library.programme, on=today))
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = (
        f'inline; filename="application-{application.reference or application.id}.pdf"'
    )
    response.headers["Cache-Control"] = "no-store"
    return response
