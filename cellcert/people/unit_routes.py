"""Pages about the people of a unit: invite, add, end, lead, hand over, leave; and the link of an invitation."""

from flask import current_app, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from wtforms import SelectChoice

from cellcert import clock, web
from cellcert.actors import Role
from cellcert.application.queries import has_judged
from cellcert.database import db
from cellcert.errors import N_, NotFound, NotReady, Unusable
from cellcert.forms import PostForm
from cellcert.people import actions, invitations
from cellcert.people.forms import ColleagueForm, HandOverForm, InviteForm, JoinForm, LeaveForm
from cellcert.people.models import Invitation, Post
from cellcert.people.pages import (
    add_person,
    begin_session,
    bp,
    empty_browser,
    end_role_page,
    enter,
    hash_now,
    show_initial,
)
from cellcert.people.queries import acting_for
from cellcert.people.rules import INVITED_AS
from cellcert.units.forms import at_field
from cellcert.units.models import Unit


@bp.get("/colleagues")
@web.only(Role.APPLICANT)
def colleagues() -> ResponseReturnValue:
    """Who acts for one's unit, and who was asked to."""
    unit = _my_unit()
    return render_template(
        "people/colleagues.html", unit=unit, colleagues=acting_for(db.session(), unit.id), invited_as=INVITED_AS,
        invited=invitations.open_invitations(db.session(), unit.id, clock.now()),
        dead=invitations.dead_invitations(db.session(), unit.id, clock.now()),
    )  # fmt: skip


@bp.route("/colleagues/invite", methods=["GET", "POST"])
@web.only(Role.APPLICANT)
def invite() -> ResponseReturnValue:
    """Ask a colleague by mail; what is said afterwards is the same whether the address has an account or not."""
    unit, form = _my_unit(), InviteForm(duty=request.args.get("duty", "clerk"))
    if form.accepted():
        try:
            _invite(unit.id, form.email.data, is_head=form.is_head)
        except NotReady as refusal:
            db.session.rollback()
            at_field(form, refusal)
        else:
            return web.done(url_for("people.colleagues"), gettext("邀请邮件即将发往 %(to)s。", to=form.email.data))
    page = render_template("people/invite.html", form=form, unit=unit, days=_days())
    return page, 422 if form.errors else 200


@bp.post("/invitations/<int:invitation_id>/again")
@web.only(Role.APPLICANT)
def invite_again(invitation_id: int) -> ResponseReturnValue:
    """Send a new link; the old one stops working."""
    earlier = _invitation(invitation_id)
    _invite(earlier.unit_id, earlier.email, is_head=earlier.is_head)
    return web.done(
        url_for("people.colleagues"), gettext("新的邀请邮件即将发往 %(to)s，以前的链接失效。", to=earlier.email)
    )


@bp.post("/invitations/<int:invitation_id>/withdraw")
@web.only(Role.APPLICANT)
def withdraw_invitation(invitation_id: int) -> ResponseReturnValue:
    """Take an invitation back."""
    invitations.withdraw_invitation(db.session(), _invitation(invitation_id), by=web.me(), at=clock.now())
    return web.done(url_for("people.colleagues"), gettext("邀请已撤回，链接不能再使用。"))


@bp.route("/colleagues/new", methods=["GET", "POST"])
@web.only(Role.APPLICANT)
def add_colleague() -> ResponseReturnValue:
    """A colleague without mail. Only new accounts: nobody is drawn into a unit without knowing."""
    form, unit_id = ColleagueForm(), web.me().unit_id
    if form.accepted():
        initial = actions.initial_password()
        password_hash = hash_now(initial)
        try:
            person = add_person(form, password_hash, by=web.me(), must_change=True)
            actions.grant(
                db.session(), person, Role.APPLICANT, unit_id=unit_id, is_head=form.is_head, by=web.me(), at=clock.now()
            )
        except Unusable as refusal:
            db.session.rollback()
            at_field(form, refusal)
        else:
            return show_initial(person, initial, url_for("people.colleagues"))
    return render_template("people/add_colleague.html", form=form), 422 if form.errors else 200


@bp.route("/colleagues/<int:post_id>/end", methods=["GET", "POST"])
@web.only(Role.APPLICANT)
def end_colleague(post_id: int) -> ResponseReturnValue:
    """Somebody no longer acts for one's unit; what they answered for falls to who removes them."""
    post, unit = _colleague(post_id), _my_unit()
    mine = unit.contact_id == post.person_id

    def take_over() -> None:
        if mine:
            to = web.my_sign_in().post
            invitations.hand_over(db.session(), unit, to, with_contacts=True, by=web.me(), at=clock.now())

    return end_role_page(post, url_for("people.colleagues"), then=take_over, falls_to_me=mine)


@bp.route("/colleagues/<int:post_id>/head", methods=["GET", "POST"])
@web.only(Role.APPLICANT)
def name_head(post_id: int) -> ResponseReturnValue:
    """Say that somebody is the head of one's unit, or is no longer."""
    post, form = _colleague(post_id), PostForm()
    if form.accepted():
        invitations.name_head(db.session(), post, not post.is_head, by=web.me(), at=clock.now())
        return web.done(url_for("people.colleagues"), gettext("身份已更新。"))
    return render_template("people/name_head.html", post=post, form=form), 422 if form.errors else 200


@bp.route("/colleagues/hand-over", methods=["GET", "POST"])
@web.only(Role.APPLICANT)
def hand_over() -> ResponseReturnValue:
    """Another colleague answers for the unit's applications from now on."""
    unit, form = _my_unit(), HandOverForm()
    people = invitations.people_of(db.session(), unit.id)
    form.to.choices = [
        SelectChoice(post.id, f"{post.person.name}（{post.person.login}）")
        for post in people
        if post.person_id != unit.contact_id
    ]
    if form.accepted():
        to = next(post for post in people if post.id == form.to.data)
        invitations.hand_over(
            db.session(), unit, to, with_contacts=form.with_contacts.data, by=web.me(), at=clock.now()
        )
        return web.done(url_for("people.colleagues"), gettext("联系人现在是%(name)s。", name=to.person.name))
    now = next((post.person for post in people if post.person_id == unit.contact_id), None)
    return render_template("people/hand_over_work.html", unit=unit, form=form, now=now), 422 if form.errors else 200


@bp.route("/colleagues/leave", methods=["GET", "POST"])
@web.only(Role.APPLICANT)
def leave() -> ResponseReturnValue:
    """Act for one's unit no longer."""
    unit, post, form = _my_unit(), web.my_sign_in().post, LeaveForm()
    others = [other for other in invitations.people_of(db.session(), unit.id) if other.id != post.id]
    if unit.contact_id == post.person_id:
        form.to.choices = [SelectChoice(other.id, f"{other.person.name}（{other.person.login}）") for other in others]
    else:
        del form.to
    if form.accepted():
        to = next((other for other in others if "to" in form and other.id == form.to.data), None)
        try:
            invitations.leave(db.session(), post, to, by=web.me(), at=clock.now())
        except NotReady as refusal:
            db.session.rollback()
            at_field(form, refusal)
        else:
            empty_browser()
            return web.done(
                url_for("people.sign_in"), gettext("您已退出%(unit)s，不再代表该单位办理。", unit=unit.name)
            )
    return render_template("people/leave.html", unit=unit, form=form), 422 if form.errors else 200


# the link of an invitation


@bp.route("/join/<token>", methods=["GET", "POST"])
def join(token: str) -> ResponseReturnValue:
    """Opening shows the invitation, only posting accepts it: mail scanners open every link."""
    invitation = invitations.invitation_of(db.session(), token, at=clock.now())
    answer = make_response(
        _join_newly(token, invitation) if web.me().role is Role.PUBLIC else _join_as_myself(token, invitation)
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _join_as_myself(token: str, invitation: Invitation) -> ResponseReturnValue:
    form, person = PostForm(), web.my_sign_in().person
    if form.accepted():
        if has_judged(db.session(), person.id, invitation.unit_id):
            raise NotReady(
                N_("您参与了该单位在办申报的审核或评审，办结之前不能加入该单位。请告知邀请您的同事另请他人。")
            )
        post = invitations.accept(db.session(), token, person, at=clock.now())
        db.session.flush()
        enter(*actions.switch_post(db.session(), web.my_sign_in(), post, at=clock.now()))
        return web.done(url_for("desk.home"), gettext("您已加入%(unit)s。", unit=_unit_of(invitation).name))
    return _join_page(token, invitation, form)


def _join_newly(token: str, invitation: Invitation) -> ResponseReturnValue:
    form = JoinForm(email=invitation.email)
    if form.accepted():
        password_hash = hash_now(form.password_new.data)
        at = clock.now()
        try:
            person = add_person(form, password_hash, by=web.me(), must_change=False)
            post = invitations.accept(db.session(), token, person, at=at)
        except Unusable as refusal:
            db.session.rollback()
            at_field(form, refusal)
        else:
            begin_session(person, post)
            return web.done(
                url_for("desk.home"), gettext("注册成功，您已加入%(unit)s。", unit=_unit_of(invitation).name)
            )
    return _join_page(token, invitation, form)


def _join_page(token: str, invitation: Invitation, form: PostForm | JoinForm) -> ResponseReturnValue:
    page = render_template(
        "people/join.html", form=form, invitation=invitation, unit=_unit_of(invitation), token=token,
        role=INVITED_AS[invitation.is_head], person=None if web.me().role is Role.PUBLIC else web.my_sign_in().person,
    )  # fmt: skip
    return page, 422 if form.errors else 200


def _unit_of(invitation: Invitation) -> Unit:
    return db.session.get_one(Unit, invitation.unit_id)


def _my_unit() -> Unit:
    return db.session.get_one(Unit, web.me().unit_id)


def _colleague(post_id: int) -> Post:
    post = db.session.get(Post, post_id)
    if post is None or post.unit_id != web.me().unit_id or post.ended_at is not None:
        raise NotFound
    return post


def _invitation(invitation_id: int) -> Invitation:
    invitation = db.session.get(Invitation, invitation_id)
    if invitation is None or invitation.unit_id != web.me().unit_id:
        raise NotFound
    return invitation


def _invite(unit_id: int, email: str, *, is_head: bool) -> None:
    invitations.invite(
        db.session(), unit_id, email, is_head, secret_key=str(current_app.secret_key), days=_days(), by=web.me(),
        at=clock.now(),
    )  # fmt: skip


def _days() -> int:
    return web.house().settings.invitation_days
