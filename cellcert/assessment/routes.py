"""The addresses of the stage; the overview of a self-assessment, and the way to its pages."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from cellcert import clock, web
from cellcert.application.lifecycle import Act, Relation, acts_open_to, is_open
from cellcert.assessment import (
    actions,
    carry_routes,
    guide_routes,
    pile_routes,
    place_routes,
    read_routes,
    submit_routes,
    trial_routes,
)
from cellcert.assessment.carry_queries import earlier_line
from cellcert.assessment.forms import AdoptForm
from cellcert.assessment.leading import go_on, last_saved, to_check
from cellcert.assessment.opening import has_newer_edition, opened, window_of
from cellcert.assessment.rules import WITH_FILES
from cellcert.assessment.section_routes import save_page, saved_words, section_page
from cellcert.assessment.steps import numbers, steps
from cellcert.criteria.editions import checklist_of, keep_edition
from cellcert.criteria.gains import gains
from cellcert.database import db
from cellcert.errors import NotFound
from cellcert.evidence.rules import SIGNED_LETTER

bp = Blueprint("assessment", __name__)
bp.add_url_rule("/guide", view_func=guide_routes.guide)
bp.add_url_rule("/guide/<category>", "guide_to", guide_routes.guide_to_category)
bp.add_url_rule("/criteria/<category>/try", view_func=trial_routes.try_it, methods=["GET", "POST"])
bp.add_url_rule("/applications/<int:application_id>/carry", view_func=carry_routes.carry, methods=["GET", "POST"])
bp.add_url_rule("/applications/<int:application_id>/files", view_func=pile_routes.pile, methods=["GET", "POST"])
bp.add_url_rule("/applications/<int:application_id>/submit", view_func=submit_routes.submit, methods=["GET", "POST"])
bp.add_url_rule("/applications/<int:application_id>/batch", view_func=submit_routes.move, methods=["POST"])
bp.add_url_rule("/applications/<int:application_id>/receipt", view_func=submit_routes.receipt)
bp.add_url_rule("/applications/<int:application_id>/answers", view_func=read_routes.read)
bp.add_url_rule("/applications/<int:application_id>/changes", view_func=read_routes.changes)
bp.add_url_rule(
    "/applications/<int:application_id>/assessment/places/<part>/<key>",
    view_func=place_routes.save_place,
    methods=["POST"],
)
bp.add_url_rule("/applications/<int:application_id>/assessment/places/<section>", view_func=place_routes.news)
bp.add_url_rule("/applications/<int:application_id>/application.pdf", view_func=read_routes.print)


@bp.route("/applications/<int:application_id>/assessment", methods=["GET", "POST"])
@bp.route("/applications/<int:application_id>/assessment/<section>", methods=["GET", "POST"])
def edit(application_id: int, section: str | None = None) -> ResponseReturnValue:
    """The task list, or one page of questions."""
    if section is None and request.method == "GET":
        return _overview(application_id)
    application = web.load(application_id, Act.EDIT)
    assessment = opened(application)
    step = next((step for step in assessment.steps if step.key == section), None)
    if step is None:
        raise NotFound
    if request.method == "GET":
        return section_page(assessment, step)
    return save_page(assessment, step)


@bp.get("/applications/<int:application_id>/assessment/at/<item>")
def at_item(application_id: int, item: str) -> ResponseReturnValue:
    """The page an item or a prerequisite stands on, opened there."""
    application = web.load(application_id, Act.READ)
    if item == SIGNED_LETTER:
        return redirect(url_for(".submit", application_id=application_id, _anchor="letter"), 303)
    step = next(
        (
            step
            for step in steps(checklist_of(application.edition))
            if any(key == item for kind, key in step.places if kind in WITH_FILES)
        ),
        None,
    )
    section, anchor = (step.key, f"item-{item}") if step else (None, None)
    return redirect(url_for(".edit", application_id=application_id, section=section, _anchor=anchor), 303)


def _overview(application_id: int) -> ResponseReturnValue:
    application = web.load(application_id, Act.READ, Act.EDIT)
    relation = application.relation_to(web.me())
    if not is_open(Act.EDIT, relation, application.state):
        if relation is not Relation.OWN:
            application.permit(Act.EDIT, web.me())
        return redirect(url_for(".read", application_id=application.id), 303)
    assessment = opened(application)
    last, earlier = last_saved(db.session(), assessment, web.me()), earlier_line(db.session(), application)
    following = go_on(assessment, last)
    if "begin" in request.args and following and not (assessment.rows or earlier):
        return redirect(url_for(".edit", application_id=application.id, section=following.key), 303)
    return render_template(
        "assessment/edit.html",
        a=assessment,
        last=last,
        said_when=saved_words,
        following=following,
        earlier=earlier,
        application=application,
        acts=acts_open_to(relation, application.state),
        sheet=assessment.sheet,
        numbers=numbers(assessment.checklist),
        gains=gains(assessment.checklist, assessment.answers)[:8] if assessment.returned is None else [],
        newer=has_newer_edition(application),
        adopt_form=AdoptForm(version=application.version),
        to_check=to_check(db.session(), assessment),
        window=window_of(application),
        awaiting_head=not assessment.gaps and submit_routes.awaits_head(assessment),
    )


@bp.post("/applications/<int:application_id>/adopt-edition")
def adopt(application_id: int) -> ResponseReturnValue:
    """Go over to the edition in force; answers stay."""
    application, form = web.load(application_id, Act.EDIT), AdoptForm()
    if not form.accepted():
        abort(400)
    web.same_version(application, form.version.data)
    at = clock.now()
    edition = keep_edition(db.session(), web.house().library, application.category, at=at)
    actions.adopt_edition(db.session(), application, edition, by=web.me(), at=at)
    back = url_for(".edit", application_id=application.id)
    return web.done(back, gettext("已改用新版标准，仍然适用的内容都已保留。请核对有变化的内容。"))
