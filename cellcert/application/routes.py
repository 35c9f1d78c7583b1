"""Start an application, take it back, throw a draft away."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from cellcert import clock, language, web
from cellcert.actors import Role
from cellcert.application import actions
from cellcert.application.forms import DiscardForm, StartForm, WithdrawForm
from cellcert.application.lifecycle import Act
from cellcert.application.models import Application
from cellcert.application.queries import running
from cellcert.criteria.editions import all_in_force, in_force, keep_edition
from cellcert.database import db
from cellcert.errors import Changed, NotFound, NotReady
from cellcert.units.models import Unit

bp = Blueprint("application", __name__)


@bp.route("/apply", methods=["GET", "POST"])
@web.only(Role.APPLICANT)
def start() -> ResponseReturnValue:
    """Choose a category, check oneself against who may apply, begin."""
    form = StartForm()
    key = form.category.data or request.args.get("category")
    library, at = web.house().library, clock.now()
    unit = db.session.get_one(Unit, web.me().unit_id)
    today = clock.day_of(at, web.zone())
    batch = library.programme.batch_on(today)
    if key is None:
        current = all_in_force(db.session(), library, on=today)
        lists = [(category, current[category.key].checklist) for category in library.programme.categories]
        return render_template("application/start.html", lists=lists, batch=batch, unit=unit)
    if key not in {category.key for category in library.programme.categories}:
        raise NotFound
    sentence, status = "", 200
    if form.accepted():
        try:
            edition = keep_edition(db.session(), library, key, at=at)
            application = actions.start(db.session(), unit, edition, library.programme, by=web.me(), at=at)
        except NotReady as refusal:
            db.session.rollback()
            sentence, status = language.sentence(refusal), refusal.status
            unit = db.session.get_one(Unit, web.me().unit_id)
        else:
            there = url_for("assessment.edit", application_id=application.id, begin="yes")
            return web.done(there, gettext("草稿已建立。按顺序填写，随时可以保存。"))
    elif request.method == "POST":
        status = 422
    form.category.data = key
    checklist = in_force(db.session(), library, key, on=today).checklist
    return render_template(
        "application/begin.html",
        form=form,
        category=library.programme.category(key),
        checklist=checklist,
        department=library.programme.department(checklist.lead),
        batch=batch,
        unit=unit,
        mine=running(db.session(), unit.id, key),
        sentence=sentence,
    ), status


@bp.route("/applications/<int:application_id>/withdraw", methods=["GET", "POST"])
def withdraw(application_id: int) -> ResponseReturnValue:
    """Take the application back before a decision."""
    application = web.load(application_id, Act.WITHDRAW)
    form, status = WithdrawForm(version=web.version_of(application)), 422 if request.method == "POST" else 200
    if form.accepted():
        try:
            web.same_version(application, form.version.data)
            actions.withdraw(application, form.reason.data or "", by=web.me(), at=clock.now())
            return web.done(url_for("desk.home"), gettext("申报已撤回，内容留作查阅。"))
        except Changed as changed:
            status = web.show_in(form, changed, application)
    page = render_template("application/withdraw.html", form=form, application=application, name=_name(application))
    return page, status


@bp.route("/applications/<int:application_id>/discard", methods=["GET", "POST"])
def discard(application_id: int) -> ResponseReturnValue:
    """Delete a draft that was never submitted."""
    application = web.load(application_id, Act.DISCARD)
    form, status = DiscardForm(version=web.version_of(application)), 422 if request.method == "POST" else 200
    if form.accepted():
        try:
            web.same_version(application, form.version.data)
            actions.discard(db.session(), application, by=web.me(), at=clock.now())
            return web.done(url_for("desk.home"), gettext("草稿已删除。"))
        except Changed as changed:
            status = web.show_in(form, changed, application)
    page = render_template("application/discard.html", form=form, application=application, name=_name(application))
    return page, status


def _name(application: Application) -> str:
    category = web.house().library.programme.category(application.category).name
    return f"{application.unit.name} {category.text(language.current_language())} {application.reference or ''}".strip()
