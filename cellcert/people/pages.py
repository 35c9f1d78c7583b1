"""What the pages about people share: a session begins, an account is added, a post ends, a password is shown once."""

from collections.abc import Callable

from flask import Blueprint, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import login_user, logout_user

from cellcert import clock, language, web
from cellcert.actors import Actor, Role
from cellcert.database import db
from cellcert.people import actions
from cellcert.people.forms import AccountForm, ColleagueForm, JoinForm, ReasonForm, RegisterForm
from cellcert.people.models import Person, Post, SignIn
from cellcert.people.queries import PostLine, posts_of
from cellcert.people.rules import network_of

bp = Blueprint("people", __name__)

KEPT_BY_THE_BROWSER = ("language", "large_print")  # whoever signs in or out: no secrets


def begin_session(person: Person, post: Post) -> None:
    """Open a session under a new name; the old one, and what the browser kept for it, are gone."""
    if web.me().role is not Role.PUBLIC:
        web.my_sign_in().ended_at = clock.now()
    network, browser = network_of(request.remote_addr), request.headers.get("User-Agent", "")
    enter(*actions.open_session(db.session(), person, post, at=clock.now(), network=network, browser=browser))


def enter(token: str, row: SignIn) -> None:
    """Give the browser the name of a session."""
    empty_browser()
    login_user(web.SignedIn(token, row))


def empty_browser() -> None:
    """Take everything out of the browser's cookie but what is no secret; also the name of the session."""
    kept = {key: session[key] for key in KEPT_BY_THE_BROWSER if key in session}
    logout_user()
    session.clear()
    session.update(kept)


def hash_now(password: str) -> str:
    """The hash of a password, made while no transaction is open."""
    db.session.rollback()  # the sign-in was read: no transaction may be open while the processor is busy
    return actions.hash_password(password)


def add_person(
    form: RegisterForm | ColleagueForm | AccountForm | JoinForm,
    password_hash: str,
    *,
    by: Actor,
    must_change: bool,
    employer: str = "",
) -> Person:
    """The account a form describes."""
    return actions.add_person(
        db.session(), login=form.login.data, name=form.person_name.data, password_hash=password_hash,
        phone=form.phone.data, email=form.email.data or "", employer=employer, must_change=must_change,
        by=by, at=clock.now(),
    )  # fmt: skip


def end_role_page(
    post: Post, back: str, then: Callable[[], None] = lambda: None, *, falls_to_me: bool = False
) -> ResponseReturnValue:
    """Confirm that a post ends; ``then`` does what goes with it."""
    line = next(line for line in posts_of(db.session(), post.person) if line.id == post.id)
    form = ReasonForm()
    if form.accepted():
        actions.end_role(db.session(), post, reason=form.reason.data, by=web.me(), at=clock.now())
        then()
        return web.done(back, gettext("角色已结束，相关登录已退出。"))
    page = render_template(
        "people/end_role.html", person=post.person, named=post_named(line), form=form, back=back, mine=falls_to_me
    )
    return page, 422 if form.errors else 200


def show_initial(person: Person, initial: str, back: str) -> ResponseReturnValue:
    """Show the initial password in this one answer: not in a cookie, not in a row, not in an address."""
    db.session.commit()
    return render_template("people/hand_over.html", person=person, initial=initial, back=back)


def post_named(line: PostLine) -> str:
    """A post in words: the role, and where."""
    programme = web.house().library.programme
    place = line.unit
    if line.division:
        place = language.shown(programme.division(line.division).name)
    if line.department:
        place = language.shown(programme.department(line.department).name)
    role = gettext(line.role.label)
    return f"{role} · {place}" if place else role
