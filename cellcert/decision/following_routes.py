"""Pages for who objected: follow it by number and code, add files, read the answer; nothing shows to others."""

import unicodedata
from datetime import timedelta

from flask import current_app, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from cellcert import clock, web
from cellcert.application.lifecycle import Act, is_open
from cellcert.application.models import Application
from cellcert.database import db
from cellcert.decision.exhibits import exhibits_of
from cellcert.decision.models import Objection
from cellcert.decision.notice_routes import stored_pdf
from cellcert.decision.objecting_forms import CodeForm
from cellcert.decision.objecting_routes import OUTCOME_WORDS
from cellcert.decision.objecting_rules import RECEIPT, code_hash, code_of
from cellcert.decision.pages import bp
from cellcert.errors import N_, NotFound, NotReady
from cellcert.evidence.forms import UploadForm
from cellcert.evidence.rules import chosen_from
from cellcert.people.attempts import TooMany, count_or_refuse, refuse_more, who_of

HOUR = timedelta(hours=1)
MOST_FOLLOWED = 5  # in one browser


@bp.get("/objections")
def find_receipt() -> ResponseReturnValue:
    """The way to an objection for whom kept its number and code; whether there is one is told to who has both."""
    typed = unicodedata.normalize("NFKC", request.args.get("receipt", "")).strip().upper()
    if not RECEIPT.fullmatch(typed):
        flash(gettext("没有这个受理编号。请核对字母和数字，例如 %(example)s。", example="YY20270301-0A1B2C3D"), "bad")
        return redirect(url_for(".notices"), 303)
    return redirect(url_for(".receipt", receipt=typed), 303)


@bp.route("/objections/<receipt>", methods=["GET", "POST"])
def receipt(receipt: str) -> ResponseReturnValue:
    """What an objector keeps: number and code, how far it is, the answer; nothing of who it was or what was written."""
    if not RECEIPT.fullmatch(receipt):
        raise NotFound
    objection, form, status = _found(receipt), CodeForm(), 200
    if form.accepted():
        try:
            if _guessed(receipt, objection, form.code.data):
                return web.done(url_for(".receipt", receipt=receipt))
            wrong = gettext("编号或查询码不正确。请核对后重新输入。")
            return web.done(url_for(".receipt", receipt=receipt), wrong, "bad")  # the guess counts
        except TooMany as refusal:
            status = web.show_in(form, refusal)
    if not _is_opened(receipt, objection):
        return _private(render_template("decision/follow.html", receipt=receipt, form=form), status)
    assert objection is not None
    library, relation = web.house().library, objection.application.relation_to(web.me())
    received = clock.day_of(objection.received_at, web.zone())
    return _private(
        render_template(
            "decision/receipt.html",
            objection=objection,
            code=_own_code(receipt, objection),
            due=library.calendar.add_working_days(received, library.programme.notice.answer_days),
            outcomes=OUTCOME_WORDS,
            exhibits=exhibits_of(db.session(), [objection]),
            may_add=objection.secret
            and objection.closed_at is None
            and is_open(Act.OBJECT, relation, objection.application.state),
            upload_form=UploadForm(formdata=None),
            accept=chosen_from(library.programme.evidence.types),
        ),
        200,
    )


@bp.get("/objections/<receipt>/answer.pdf")
def answer_pdf(receipt: str) -> ResponseReturnValue:
    """The answer letter, for who raised it."""
    objection = opened_or_refuse(receipt)
    if objection.letter is None:
        raise NotReady(N_("答复函还在制作，请稍后刷新。") if objection.closed_at else N_("异议还没有办结。"))
    return _private(stored_pdf(objection.letter, f"answer-{receipt}.pdf"), 200)


def opened_or_refuse(receipt: str) -> Objection:
    """The objection this browser has opened with its code; any other is not there."""
    objection = _found(receipt)
    if objection is None or not objection.secret or not _is_opened(receipt, objection):
        raise NotFound
    return objection


def _found(receipt: str) -> Objection | None:
    rows = select(Objection).where(Objection.receipt == receipt, Objection.appeal.is_(False))
    return db.session.scalar(rows.options(joinedload(Objection.application).joinedload(Application.unit)))


def _guessed(receipt: str, objection: Objection | None, code: str) -> bool:
    """Whether the code is the right one; a wrong one is counted, and after many none is looked at."""
    who, most = who_of(str(current_app.secret_key), request.remote_addr), web.house().settings.codes_per_address
    refuse_more(db.session(), "code", who, most, HOUR, at=clock.now())
    if objection is not None and objection.secret and code_hash(receipt, code) == objection.secret:
        session["followed"] = [*session.get("followed", []), receipt][-MOST_FOLLOWED:]
        return True
    count_or_refuse(db.session(), "code", who, most, HOUR, at=clock.now())
    return False


def _is_opened(receipt: str, objection: Objection | None) -> bool:
    """Whether this browser raised the objection, or has its code; those from before codes show how far they are."""
    if objection is None:
        return False
    return not objection.secret or receipt in session.get("followed", []) or bool(_own_code(receipt, objection))


def _own_code(receipt: str, objection: Objection) -> str:
    """The code, told again to the browser that raised the objection."""
    if "visitor" not in session:
        return ""
    code = code_of(str(current_app.secret_key), session["visitor"], receipt)
    return code if objection.secret == code_hash(receipt, code) else ""


def _private(content: object, status: int) -> Response:
    response = make_response(content, status)
    response.headers["Cache-Control"] = "no-store"
    return response
