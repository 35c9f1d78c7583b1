"""Hand in: what is missing, the commitment, and the receipt."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from cellcert import clock, language, web
from cellcert.application.lifecycle import Act
from cellcert.application.models import Application
from cellcert.assessment import actions
from cellcert.assessment.booklet import commitment
from cellcert.assessment.forms import SubmitForm
from cellcert.assessment.opening import has_newer_edition, last_day_of, ledger_of, opened, sha256_in_force
from cellcert.assessment.queries import COMMITMENT, revision_of
from cellcert.assessment.steps import numbers
from cellcert.database import db
from cellcert.errors import Incomplete, NotFound, NotReady


def submit(application_id: int) -> ResponseReturnValue:
    """What is still missing, the commitment, and the button that hands the application in."""
    application = web.load(application_id, Act.EDIT)
    assessment = opened(application)
    form = SubmitForm(version=application.version)
    sentence, status = "", 200
    if form.accepted():
        if (form.head.data or "").replace(" ", "") != application.unit.head.replace(" ", ""):
            form.head.errors = [gettext("姓名与单位信息中的负责人不一致。请核对；负责人已变更的，请先更新单位信息。")]
            status = 422
        else:
            try:
                return _hand_in(application, form)
            except (Incomplete, NotReady) as refusal:
                db.session.rollback()
                sentence, status = language.sentence(refusal), refusal.status
                application = web.load(application_id, Act.EDIT)
                assessment = opened(application)
    elif request.method == "POST":
        status = 422
    form.version.data = application.version
    programme = web.house().library.programme
    return render_template(
        "assessment/submit.html",
        a=assessment,
        application=application,
        form=form,
        sentence=sentence,
        numbers=numbers(assessment.checklist),
        letter=commitment(programme.category(application.category).name),
        until=last_day_of(application),
        newer=has_newer_edition(application),
    ), status


def _hand_in(application: Application, form: SubmitForm) -> ResponseReturnValue:
    web.same_version(application, form.version.data)
    at, programme, by = clock.now(), web.house().library.programme, web.me()
    confirmed = {"head": form.head.data, "at": at.isoformat()}
    actions.save_answers(db.session(), application, {COMMITMENT: confirmed}, by=by, at=at)
    db.session.flush()
    current = sha256_in_force(application.category, at)
    actions.submit(db.session(), application, programme, current, by=by, at=at, ledger=ledger_of(application))
    return web.done(url_for(".receipt", application_id=application.id), gettext("申报已提交。"))


def receipt(application_id: int) -> ResponseReturnValue:
    """The receipt of the latest submission."""
    application = web.load(application_id, Act.READ)
    revision = revision_of(db.session(), application)
    if revision is None:
        raise NotFound
    programme = web.house().library.programme
    return render_template("assessment/receipt.html", application=application, revision=revision, programme=programme)
