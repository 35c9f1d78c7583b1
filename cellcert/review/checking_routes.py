"""What ends a first check, each on a page of its own: return, pass on, advise against; the department's opinion."""

from collections.abc import Mapping
from datetime import timedelta

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.wrappers import Response

from cellcert import clock, web
from cellcert.application.lifecycle import Act, State
from cellcert.assessment.rules import Place
from cellcert.database import db
from cellcert.errors import N_, Changed, Unusable
from cellcert.forms import PostForm
from cellcert.review import checking, forms, queries
from cellcert.review.check_page import check_of
from cellcert.review.check_print import check_printed
from cellcert.review.check_print import print_check as printed
from cellcert.review.check_routes import next_case
from cellcert.review.pages import bp, done_when, page
from cellcert.review.redacting import still_open, to_redact
from cellcert.review.rules import place_title


@bp.post("/start-check")
def start_check(application_id: int) -> ResponseReturnValue:
    """Take an application into the first check."""
    application = web.load(application_id, Act.START_CHECK)
    if not PostForm().accepted():
        raise Unusable(N_("这个请求无法处理。请返回上一页重试。"))
    checking.start_check(application, by=web.me(), at=clock.now())
    return web.done(url_for(".check", application_id=application_id), gettext("已开始初审。"))


@bp.route("/pass-on", methods=["GET", "POST"])
def pass_on(application_id: int) -> ResponseReturnValue:
    """Pass the application to the experts."""
    application = web.load(application_id, Act.PASS)
    onward = next_case(application_id)
    form, programme = forms.PassForm(), web.house().library.programme

    def act() -> None:
        checking.pass_on(db.session(), application, form.text.data, programme, by=web.me(), at=clock.now())

    if done_when(form, application, act):
        return web.done(onward[0], gettext("初审通过，已转入专家评审。") + onward[1])
    opinions, rule = queries.opinions_of(db.session(), application), programme.first_check.lead_opinion
    files = to_redact(db.session(), application) if programme.review.blind_unit else []
    return page(
        "pass_on", form, application, c=check_of(application), opinions=opinions, rule=rule, bare=still_open(files)
    )


@bp.route("/return", methods=["GET", "POST"])
def return_to_unit(application_id: int) -> ResponseReturnValue:
    """Send the application back: the places marked, or named here before the first check has begun."""
    application = web.load(application_id, Act.RETURN)
    onward = next_case(application_id)
    programme, c = web.house().library.programme, check_of(application)
    titles = {place: place_title(c.checklist, place) for place in c.asked}
    marked: Mapping[Place, str] | None = None
    if application.state is State.PRELIMINARY:
        found = c.findings
        marked = {
            place: found[place].reason for place in c.asked if place in found and found[place].verdict == "return"
        }
        form = forms.ReturnForm()
    else:
        form = forms.naming_form(titles)()

    def act() -> None:
        if (
            request.form.get("known", c.token) != c.token
        ):  # a colleague marked something since the page named the places
            raise Changed
        places = form.places if marked is None else marked
        reason, at = form.reason.data or "", clock.now()
        checking.return_to_unit(db.session(), application, places, reason, programme, by=web.me(), at=at)

    if done_when(form, application, act):
        return web.done(onward[0], gettext("已退回补正，并已通知申报单位。") + onward[1])
    last_day = clock.day_of(clock.now(), web.zone()) + timedelta(days=programme.first_check.correction_days)
    return page(
        "return", form, application, marked=marked, titles=titles, until=last_day, left=c.progress.left, known=c.token
    )


@bp.route("/advise-against", methods=["GET", "POST"])
def advise_against(application_id: int) -> ResponseReturnValue:
    """Do not recommend the application; the office decides."""
    application = web.load(application_id, Act.ADVISE_AGAINST)
    onward = next_case(application_id)
    form = forms.AgainstForm()

    def act() -> None:
        checking.advise_against(db.session(), application, form.text.data, by=web.me(), at=clock.now())

    if done_when(form, application, act):
        return web.done(onward[0], gettext("不予推荐的意见已提交市办审定。") + onward[1])
    return page("advise_against", form, application)


@bp.route("/opinion", methods=["GET", "POST"])
def opinion(application_id: int) -> ResponseReturnValue:
    """The lead department's opinion."""
    application = web.load(application_id, Act.GIVE_OPINION)
    onward = next_case(application_id)
    form, programme = forms.OpinionForm(), web.house().library.programme

    def act() -> None:
        in_favour, text = form.in_favour.data == "yes", form.text.data
        checking.give_opinion(db.session(), application, in_favour, text, programme, by=web.me(), at=clock.now())

    if done_when(form, application, act):
        return web.done(onward[0], gettext("部门意见已保存。") + onward[1])
    opinions = queries.opinions_of(db.session(), application)
    return page("opinion", form, application, opinions=opinions, c=check_of(application))


@bp.get("/check.pdf")
def print_check(application_id: int) -> ResponseReturnValue:
    """The first check on paper, with the opinions given so far."""
    application = web.load(application_id, Act.READ_NOTES)
    programme, today = web.house().library.programme, clock.day_of(clock.now(), web.zone())
    opinions = queries.opinions_of(db.session(), application)
    pdf = printed(check_printed(check_of(application), programme, opinions, on=today))
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="first-check-{application.reference}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response
