"""Pages about people: coming in and going out, accounts and roles."""

from datetime import datetime, timedelta

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from wtforms import SelectChoice

from cellcert import clock, web
from cellcert.actors import PUBLIC, Actor, Role
from cellcert.database import db
from cellcert.errors import N_, NotFound, NotReady, Unusable
from cellcert.people import actions, unit_routes
from cellcert.people.attempts import TooMany, count_or_refuse, who_of
from cellcert.people.forms import (
    AccountForm,
    PasswordForm,
    ReasonForm,
    RegisterForm,
    RoleForm,
    SignInForm,
    SwitchForm,
)
from cellcert.people.models import Person, Post
from cellcert.people.pages import (
    add_person,
    begin_session,
    bp,
    empty_browser,
    end_role_page,
    enter,
    hash_now,
    post_named,
    show_initial,
)
from cellcert.people.queries import account_lines, person_with_login, post_used_last, posts_of
from cellcert.people.rules import initial_password_is_over, network_of
from cellcert.units.actions import register_unit
from cellcert.units.forms import at_field
from cellcert.units.queries import unit_by_code

__all__ = ["bp", "unit_routes"]  # what the application registers

OPEN_BEFORE_A_NEW_PASSWORD = {
    "people.password", "people.sign_out", "static", "bootstrap.static", "web.language", "web.large_print",
}  # fmt: skip
WRONG = N_("登录名或密码不正确。请核对大小写后再试。")
SHUT = N_("输错次数过多，请 15 分钟后再试。忘记密码请联系管理员重新发放。")


@bp.before_app_request
def ask_for_a_new_password() -> ResponseReturnValue | None:
    """A password somebody else has seen opens one page only."""
    if web.me().role is Role.PUBLIC or request.endpoint in OPEN_BEFORE_A_NEW_PASSWORD:
        return None
    return redirect(url_for("people.password")) if web.my_sign_in().person.must_change_password else None


# coming in and going out


@bp.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Come in with login name and password."""
    form = SignInForm()
    if request.method == "GET":
        form.next.data = web.local_target(request.args.get("next"), "")
    if not form.accepted():
        return render_template("people/sign_in.html", form=form), 422 if form.errors else 200
    login, network, at = form.login.data.lower(), network_of(request.remote_addr), clock.now()
    db_session = db.session()
    if not actions.count_attempt(db_session, login, network, at=at):
        form.form_errors.append(gettext(SHUT))
        return render_template("people/sign_in.html", form=form), 429
    found = person_with_login(db_session, login)
    password_hash = found.password_hash if found else None
    db_session.commit()  # the guess counts whatever comes next, and nobody waits for the hashing
    right = actions.password_matches(form.password.data, password_hash)
    person = person_with_login(db_session, login)
    if person is None or not right or not person.active:
        actions.remember_failure(db_session, person, login, network, at=at)
        db_session.commit()
        form.form_errors.append(gettext(WRONG))
        return render_template("people/sign_in.html", form=form), 422
    actions.forget_failures(db_session, login, network)
    post = post_used_last(db_session, person)
    if person.must_change_password and initial_password_is_over(person.password_set_at, at):
        form.form_errors.append(gettext("初始密码已过期。请联系管理员重新发放。"))
    elif post is None:
        form.form_errors.append(gettext("您的账号目前没有角色，不能进入。请联系管理员。"))
    else:
        begin_session(person, post)
        return web.done(web.local_target(form.next.data, url_for("desk.home")))
    return render_template("people/sign_in.html", form=form), 422


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session, on the server too."""
    if web.me().role is not Role.PUBLIC:
        actions.sign_out(db.session(), web.my_sign_in(), by=web.me(), at=clock.now())
    empty_browser()
    return web.done(url_for("people.sign_in"), gettext("您已退出登录。"))


@bp.route("/switch", methods=["GET", "POST"])
@web.only()
def switch() -> ResponseReturnValue:
    """Go on in another of one's posts."""
    here = web.my_sign_in()
    held = {line.id: line for line in posts_of(db.session(), here.person) if line.ended is None}
    form = SwitchForm(post=here.post_id)
    form.post.choices = [SelectChoice(line.id, post_named(line)) for line in held.values()]
    if form.accepted():
        post = next(post for post in here.person.open_posts if post.id == form.post.data)
        enter(*actions.switch_post(db.session(), here, post, at=clock.now()))
        told = gettext("现在的身份：%(post)s。", post=post_named(held[post.id]))
        return web.done(url_for("desk.home"), told)
    return render_template("people/switch.html", form=form), 422 if form.errors else 200


@bp.route("/password", methods=["GET", "POST"])
@web.only()
def password() -> ResponseReturnValue:
    """Change one's password; every session ends and this browser gets a new one."""
    db_session, person, at = db.session(), web.my_sign_in().person, clock.now()
    form = PasswordForm(person.login)
    forced = person.must_change_password
    if not form.accepted():
        return render_template("people/password.html", form=form, forced=forced), 422 if form.errors else 200
    login, network, password_hash = person.login, network_of(request.remote_addr), person.password_hash
    if not actions.count_attempt(db_session, login, network, at=at):
        form.password_now.errors.append(gettext(SHUT))
        return render_template("people/password.html", form=form, forced=forced), 429
    db_session.commit()
    right = actions.password_matches(form.password_now.data, password_hash)
    new_hash = actions.hash_password(form.password_new.data) if right else ""
    if not right:
        actions.remember_failure(db_session, person, login, network, at=at)
        db_session.commit()
        form.password_now.errors.append(gettext("当前密码不正确。"))
        return render_template("people/password.html", form=form, forced=forced), 422
    actions.forget_failures(db_session, login, network)
    actions.change_password(db_session, person, new_hash, by=web.me(), at=at)
    begin_session(person, web.my_sign_in().post)
    return web.done(url_for("desk.home"), gettext("密码已修改，其他设备上的登录已退出。"))


@bp.route("/register-account", methods=["GET", "POST"])
def register() -> ResponseReturnValue:
    """An applicant registers oneself and the unit, and is in."""
    if web.me().role is not Role.PUBLIC:
        return redirect(url_for("desk.home"))
    form = RegisterForm()
    if form.accepted():
        db_session, at = db.session(), clock.now()
        password_hash = hash_now(form.password_new.data)
        try:
            _count_registration(at)
            person = add_person(form, password_hash, by=PUBLIC, must_change=False)
            themselves = Actor(person.id, person.name, Role.APPLICANT)
            unit = register_unit(db_session, **form.identity, **form.contacts, by=themselves, at=at)
            post = actions.grant(
                db_session, person, Role.APPLICANT, unit_id=unit.id, is_head=form.is_head.data, by=PUBLIC, at=at
            )
        except Unusable as refusal:
            db_session.rollback()
            at_field(form, refusal)
        except TooMany as refusal:
            status = web.show_in(form, refusal)
            return render_template("people/register.html", form=form), status
        else:
            begin_session(person, post)
            there = web.local_target(request.args.get("next"), url_for("desk.home"))
            return web.done(there, gettext("注册成功，登录名是 %(login)s。现在可以开始申报。", login=person.login))
    return render_template("people/register.html", form=form), 422 if form.errors else 200


def _count_registration(at: datetime) -> None:
    """A bound per address and hour."""
    who, most = who_of(str(current_app.secret_key), request.remote_addr), web.house().settings.registrations_per_address
    count_or_refuse(db.session(), "register", who, most, timedelta(hours=1), at=at)


# accounts, for the administrator


@bp.get("/accounts")
@web.only(Role.ADMIN)
def accounts() -> ResponseReturnValue:
    """All accounts, with search."""
    search, page = request.args.get("q", "").strip()[:100], max(web.number("page") or 1, 1)
    lines, pages = account_lines(db.session(), search, min(page, 10_000))
    return render_template("people/accounts.html", lines=lines, page=page, pages=pages, search=search, named=post_named)


@bp.route("/accounts/new", methods=["GET", "POST"])
@web.only(Role.ADMIN)
def add_account() -> ResponseReturnValue:
    """Add an account with its first role and an initial password nobody chose."""
    form = AccountForm()
    if form.accepted():
        initial = actions.initial_password()
        password_hash = hash_now(initial)
        try:
            person = add_person(form, password_hash, by=web.me(), must_change=True, employer=form.employer.data)
            _grant(person, form)
        except Unusable as refusal:
            db.session.rollback()
            at_field(form, refusal)
        else:
            return show_initial(person, initial, url_for("people.accounts"))
    return render_template("people/add_account.html", form=form), 422 if form.errors else 200


@bp.route("/accounts/<int:person_id>", methods=["GET", "POST"])
@web.only(Role.ADMIN)
def account(person_id: int) -> ResponseReturnValue:
    """One account and its roles; grant another."""
    person = _account(person_id)
    form = RoleForm()
    if form.accepted():
        try:
            _grant(person, form)
        except (Unusable, NotReady) as refusal:
            db.session.rollback()
            at_field(form, refusal)
        else:
            return web.done(url_for("people.account", person_id=person_id), gettext("角色已授予。"))
    roles = posts_of(db.session(), person)
    is_me = person_id == web.me().person_id
    page = render_template("people/account.html", person=person, roles=roles, form=form, named=post_named, is_me=is_me)
    return page, 422 if form.errors else 200


@bp.route("/accounts/<int:person_id>/roles/<int:post_id>/end", methods=["GET", "POST"])
@web.only(Role.ADMIN)
def end_role(person_id: int, post_id: int) -> ResponseReturnValue:
    """Take a role away."""
    post = db.session.get(Post, post_id)
    if post is None or post.person_id != person_id or post.ended_at is not None:
        raise NotFound
    return end_role_page(post, url_for("people.account", person_id=person_id))


@bp.route("/accounts/<int:person_id>/disable", methods=["GET", "POST"])
@web.only(Role.ADMIN)
def disable(person_id: int) -> ResponseReturnValue:
    """Shut an account."""
    person, form, back = _account(person_id), ReasonForm(), url_for("people.account", person_id=person_id)
    if form.accepted():
        actions.disable(db.session(), person, reason=form.reason.data, by=web.me(), at=clock.now())
        return web.done(back, gettext("账号已停用，正在进行的登录已退出。"))
    return render_template("people/disable.html", person=person, form=form, back=back), 422 if form.errors else 200


@bp.post("/accounts/<int:person_id>/enable")
@web.only(Role.ADMIN)
def enable(person_id: int) -> ResponseReturnValue:
    """Open a shut account."""
    actions.enable(db.session(), _account(person_id), by=web.me(), at=clock.now())
    return web.done(url_for("people.account", person_id=person_id), gettext("账号已恢复。"))


@bp.route("/accounts/<int:person_id>/password", methods=["GET", "POST"])
@web.only(Role.ADMIN)
def reissue(person_id: int) -> ResponseReturnValue:
    """Hand out a new initial password to somebody who forgot theirs."""
    person, back = _account(person_id), url_for("people.account", person_id=person_id)
    if request.method == "GET":
        return render_template("people/reissue.html", person=person, back=back)
    initial = actions.initial_password()
    password_hash = hash_now(initial)
    actions.reissue_password(db.session(), person, password_hash, by=web.me(), at=clock.now())
    return show_initial(person, initial, back)


def _account(person_id: int) -> Person:
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound
    return person


def _grant(person: Person, form: AccountForm | RoleForm) -> Post:
    role, unit = Role(form.role.data), None
    if role is Role.APPLICANT and (unit := unit_by_code(db.session(), form.unit_code.data)) is None:
        raise UnitUnknown
    unit_id = unit.id if unit else None
    return actions.grant(db.session(), person, role, **form.place, unit_id=unit_id, by=web.me(), at=clock.now())


class UnitUnknown(Unusable):
    field = "unit_code"

    def __init__(self) -> None:
        super().__init__(N_("没有使用这个代码的单位。请核对代码，或请单位先自行注册。"))
