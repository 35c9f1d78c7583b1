"""Pages about units: one's own, and the doubtful codes of a division."""

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from cellcert import clock, language, web
from cellcert.actors import Role
from cellcert.application.queries import has_applied
from cellcert.database import db
from cellcert.errors import NotFound, NotReady, Unusable
from cellcert.units.actions import ask_for_the_code, change_contacts, confirm_code, rename_unit
from cellcert.units.forms import CodeForm, ContactForm, UnitForm, at_field
from cellcert.units.models import Unit
from cellcert.units.queries import doubtful_units

bp = Blueprint("units", __name__)


@bp.route("/unit", methods=["GET", "POST"])
@web.only(Role.APPLICANT)
def mine() -> ResponseReturnValue:
    """See and correct one's own unit."""
    session = db.session()
    unit = session.get_one(Unit, web.me().unit_id)
    fixed = has_applied(session, unit.id)
    form = ContactForm(obj=unit) if fixed and not unit.code_note else UnitForm(unit)
    if form.accepted():
        try:
            if isinstance(form, UnitForm):
                rename_unit(session, unit, **form.identity, fixed=fixed, by=web.me(), at=clock.now())
            change_contacts(session, unit, **form.contacts, by=web.me(), at=clock.now())
        except (Unusable, NotReady) as refusal:
            session.rollback()
            at_field(form, refusal)
        else:
            return web.done(url_for("units.mine"), gettext("单位信息已保存。"))
    place = language.shown(web.house().library.programme.division(unit.division).name)
    page = render_template("units/mine.html", unit=unit, form=form, fixed=fixed, place=place)
    return page, 422 if form.errors else 200


@bp.get("/units/doubtful")
@web.only(Role.DISTRICT)
def doubtful() -> ResponseReturnValue:
    """Units of one's division whose credit code has a wrong check digit."""
    return render_template("units/doubtful.html", units=doubtful_units(db.session(), web.me().division or ""))


@bp.route("/units/<int:unit_id>/code", methods=["GET", "POST"])
@web.only(Role.DISTRICT)
def code(unit_id: int) -> ResponseReturnValue:
    """Confirm a doubtful code, or ask the unit to correct it."""
    session = db.session()
    unit = session.get(Unit, unit_id)
    if unit is None or unit.division != web.me().division:
        raise NotFound
    form = CodeForm()
    if form.accepted():
        decide = confirm_code if form.verdict.data == "right" else ask_for_the_code
        decide(session, unit, reason=form.reason.data, by=web.me(), at=clock.now())
        told = gettext("已确认代码无误。") if decide is confirm_code else gettext("已请单位核对更正。")
        return web.done(url_for("units.doubtful"), told)
    return render_template("units/code.html", unit=unit, form=form), 422 if form.errors else 200
