"""The submitted answers, for everybody who may read them."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from cellcert import clock, web
from cellcert.application.lifecycle import Act, State, acts_open_to, is_open
from cellcert.assessment.booklet import booklet_of
from cellcert.assessment.models import Revision
from cellcert.assessment.opening import opened
from cellcert.assessment.print_pdf import print_application, print_letter
from cellcert.assessment.queries import revision_of, revisions_of
from cellcert.assessment.rules import Said, changed, code_of
from cellcert.assessment.steps import names, numbers, steps
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.scorer import score as scored
from cellcert.database import db
from cellcert.errors import NotFound
from cellcert.evidence.rules import SIGNED_LETTER


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
        listed, notes = draft.manifest, draft.notes
    else:
        answers, sheet, listed = revision.answers, scored(checklist, revision.answers), revision.evidence
        notes = revision.sheet.get("notes", {})
    promised = (revision.sheet.get("commitment") or {}) if revision else {}
    by_item: dict[str, list[dict[str, object]]] = {}
    for row in listed:
        by_item.setdefault(str(row["item"]), []).append(row)
    return render_template(
        "assessment/read.html",
        revisions=revisions_of(db.session(), application),
        code=code_of(promised["covers"]) if promised.get("covers") else "",
        signed=by_item.get(SIGNED_LETTER, []),
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


def changes(application_id: int) -> ResponseReturnValue:
    """What changed from one submission to the next; the unit also sees what it changed since the last one."""
    application = web.load(application_id, Act.READ)
    relation = application.relation_to(web.me())
    is_mine = is_open(Act.EDIT, relation, application.state) and application.revision > 0
    to = web.number("to")
    now = opened(application) if is_mine and to in {None, application.revision + 1} else None
    to = to or (application.revision + 1 if now else application.revision)
    first = web.number("from") or to - 1
    before, after = revision_of(db.session(), application, first), revision_of(db.session(), application, to)
    alone = application.revision == 1 and now is None and web.number("from") is None
    if (before is None and not alone) or (after is None and now is None):
        raise NotFound
    checklist = checklist_of(application.edition)
    said = Said(now.answers, now.notes, now.manifest) if now else _said(after)
    order = [place for step in steps(checklist) for place in step.places]
    return render_template(
        "assessment/changes.html",
        application=application,
        checklist=checklist,
        first=first,
        to=None if now else to,
        changes=[] if alone else changed(order, _said(before), said),
        alone=alone,
        names=names(checklist),
        numbers=numbers(checklist),
        revisions=revisions_of(db.session(), application),
        is_mine=is_mine,
        may_open=is_open(Act.READ_EVIDENCE, relation, application.state),
    )


def _said(revision: Revision | None) -> Said:
    return Said(revision.answers, revision.sheet.get("notes", {}), revision.evidence) if revision else Said({}, {}, [])


def print(application_id: int) -> ResponseReturnValue:
    """The 申报书: what was handed in, or for the unit what it works on; ``part=letter``: the page to sign alone."""
    application = web.load(application_id, Act.READ)
    number, relation = web.number("revision"), application.relation_to(web.me())
    is_working = number is None and is_open(Act.EDIT, relation, application.state)
    shown = opened(application) if is_working else revision_of(db.session(), application, number)
    if shown is None:
        raise NotFound
    today = clock.day_of(clock.now(), web.zone())
    booklet = booklet_of(application, web.house().library.programme, shown, on=today)
    if request.args.get("part") == "letter":
        pdf, name = print_letter(booklet), "commitment"
    else:
        pdf, name = print_application(booklet), "application"
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}-{application.reference or application.id}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response
