"""The page that shows what an earlier application would give this draft, and the press that takes it."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from cellcert import clock, web
from cellcert.application.lifecycle import Act
from cellcert.application.models import Application
from cellcert.assessment.carry_actions import carry_over, refuse_handed_in
from cellcert.assessment.carry_queries import earlier_revision, offer
from cellcert.assessment.forms import CarryForm
from cellcert.assessment.models import Revision
from cellcert.assessment.opening import opened
from cellcert.assessment.steps import numbers
from cellcert.criteria.programme import Programme
from cellcert.database import db
from cellcert.errors import N_, Changed, NotReady, TooLarge


def carry(application_id: int) -> ResponseReturnValue:
    """Last year's answers: what would be taken, what not and why."""
    application = web.load(application_id, Act.EDIT)
    refuse_handed_in(application)
    revision = earlier_revision(db.session(), application)
    if revision is None:
        raise NotReady(N_("本单位这一类别以前没有提交过申报，没有可以沿用的答案。"))
    programme, assessment = web.house().library.programme, opened(application)
    found = offer(db.session(), assessment, revision, years_between(programme, revision, application))
    form, status = CarryForm(version=application.version), 422 if request.method == "POST" else 200
    if form.accepted():
        try:
            web.same_version(application, form.version.data)
            places, files = carry_over(
                db.session(), application, found, programme, files=form.files.data, by=web.me(), at=clock.now()
            )
            told = gettext("已沿用 %(count)s 处答案，请逐项核对。", count=places)
            if files:
                told += gettext("已沿用 %(count)s 个文件。", count=files)
            return web.done(url_for("assessment.edit", application_id=application_id), told)
        except (Changed, TooLarge) as refusal:
            status = web.show_in(form, refusal, application)
            assessment = opened(application)
            found = offer(db.session(), assessment, revision, years_between(programme, revision, application))
    return render_template(
        "assessment/carry.html",
        a=assessment,
        application=application,
        offer=found,
        form=form,
        numbers=numbers(assessment.checklist),
    ), status


def years_between(programme: Programme, revision: Revision, application: Application) -> int:
    """How many years later this application asks for its yearly figures."""
    opens = {batch.key: batch.opens.year for batch in programme.batches}
    before = opens.get(revision.application.batch, revision.submitted_at.year)
    return max(opens.get(application.batch, application.created_at.year) - before, 0)
