"""The edge of every request: who acts, in which language, what the page may do, and the one line that commits."""

import hashlib
import hmac
import importlib.metadata
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import ParamSpec, cast
from urllib.parse import urlsplit

from flask import Blueprint, Flask, abort, current_app, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import Babel, format_date, format_datetime, gettext
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from cellcert import clock
from cellcert.actors import PUBLIC, Actor, Role
from cellcert.application.lifecycle import Act, Relation
from cellcert.application.models import Application
from cellcert.audit.actions import record
from cellcert.audit.models import IdempotencyKey
from cellcert.config import Settings
from cellcert.criteria.library import Library
from cellcert.database import begin_as_reader, db
from cellcert.errors import N_, Changed, NotAllowed, NotFound, Refusal, TooLarge, Unusable
from cellcert.forms import StepUpForm
from cellcert.people.actions import confirm_password
from cellcert.people.models import Person, Post, SignIn
from cellcert.people.rules import session_is_over
from cellcert.storage import Store
from cellcert.units.models import Unit

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]

bp = Blueprint("web", __name__)
babel, csrf, login = Babel(), CSRFProtect(), LoginManager()

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; manifest-src 'self'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), payment=()",
}
SECRET_FIELDS = {"csrf_token", "idempotency_key", "password", "password_now", "password_new", "password_again"}


@dataclass(frozen=True, slots=True)
class House:
    """What the process was started with."""

    settings: Settings
    library: Library
    store: Store
    ring: Callable[[], None]  # wakes the worker after a commit


def house() -> House:
    """Settings, criteria, store and the worker's bell."""
    return cast(House, current_app.extensions["cellcert"])


def zone() -> str:
    """The city's time zone."""
    return house().library.programme.time_zone


class SignedIn(UserMixin):  # type: ignore[misc]
    """Flask-Login's user: one session on the server."""

    def __init__(self, token: str, sign_in: SignIn) -> None:
        self.token, self.sign_in = token, sign_in

    def get_id(self) -> str:
        return self.token


def token_hash(token: str) -> str:
    """What the database keeps of a session's name."""
    return hashlib.sha256(token.encode()).hexdigest()


@login.user_loader  # type: ignore[untyped-decorator]
def load_session(token: str) -> SignedIn | None:
    """The session of a cookie while it, its person and its post are alive."""
    found = db.session.scalar(
        select(SignIn)
        .where(SignIn.token_hash == token_hash(token), SignIn.ended_at.is_(None))
        .options(joinedload(SignIn.person).selectinload(Person.posts), joinedload(SignIn.post))
    )
    settings, at = house().settings, clock.now()
    if found is None or not found.person.active or found.post.ended_at is not None:
        return None
    idle, absolute = timedelta(minutes=settings.idle_minutes), timedelta(hours=settings.session_hours)
    if session_is_over(found.created_at, found.seen_at, at, idle=idle, absolute=absolute):
        return None
    if at - found.seen_at > timedelta(minutes=1):
        _touch(found, at)
    return SignedIn(token, found)


def _touch(sign_in: SignIn, at: datetime) -> None:
    """Keep a session alive; a page that only reads must not turn its own transaction into a writing one."""
    if request.method != "GET":
        sign_in.seen_at = at
        return
    begin_as_reader(False)
    try:
        with db.engine.begin() as connection:
            connection.execute(update(SignIn).where(SignIn.id == sign_in.id).values(seen_at=at))
    except OperationalError:
        current_app.logger.warning("session not touched: the database is busy")
    finally:
        begin_as_reader(True)


def me() -> Actor:
    """The person acting, or the public."""
    if "actor" not in g:
        signed_in = current_user if isinstance(current_user._get_current_object(), SignedIn) else None
        g.actor = signed_in.sign_in.post.actor(place_of(signed_in.sign_in.post)) if signed_in else PUBLIC
    return cast(Actor, g.actor)


def my_sign_in() -> SignIn:
    """The session of this request."""
    return cast(SignIn, current_user.sign_in)


def place_of(post: Post) -> str:
    """Where a post is held, in words."""
    programme = house().library.programme
    language = current_language()
    if post.division:
        return programme.division(post.division).name.text(language)
    if post.department:
        return programme.department(post.department).name.text(language)
    if post.unit_id:
        return db.session.scalar(select(Unit.name).where(Unit.id == post.unit_id)) or ""
    return ""


def only(*roles: Role) -> Callable[[View[P]], View[P]]:
    """Let signed-in people with one of ``roles`` through; none named means everybody signed in."""

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if me().role is Role.PUBLIC:
                return cast(ResponseReturnValue, login.unauthorized())
            if roles and me().role not in roles:
                raise NotAllowed(N_("您目前的身份是“{role}”，不能打开这个页面。"), role=me().role.label)
            return view(*args, **kwargs)

        return guarded

    return guard


def load(application_id: int, act: Act) -> Application:
    """The application for this act, or a refusal: sign-in, 404, 403, 409 as the permission matrix says."""
    if me().role is Role.PUBLIC and Relation.PUBLIC not in act.value.allow:
        abort(cast(Response, login.unauthorized()))
    application = db.session.scalar(
        select(Application)
        .where(Application.id == application_id)
        .options(
            joinedload(Application.unit),
            joinedload(Application.edition),
            selectinload(Application.assignments),
            selectinload(Application.conflicts),
        )
    )
    if application is None:
        raise NotFound
    application.permit(act, me())
    if act in {Act.READ, Act.READ_EVIDENCE} and application.awaits_declaration(me()):
        abort(redirect(url_for("review.score", application_id=application.id), 303))
    return application


def same_version(application: Application, shown: int | None) -> None:
    """Refuse when somebody changed the application after this page was shown."""
    if shown is not None and shown != application.version:
        raise Changed


def is_fresh() -> bool:
    """Whether the person proved the password recently enough to decide (step-up)."""
    limit = timedelta(minutes=house().library.programme.decision.step_up_minutes)
    return clock.now() - my_sign_in().confirmed_at <= limit


def proved(form: StepUpForm) -> bool:
    """Whether who decides proved the password recently, or just now in this form; asked before anything is changed."""
    if is_fresh() or confirm_password(db.session(), my_sign_in(), form.password.data or "", at=clock.now()):
        return True
    if (answered := g.pop("idempotency", None)) is not None:
        db.session.delete(answered)  # nothing was done under this key
    db.session.commit()  # the guess counts
    form.password.errors = [gettext("登录密码不正确，请重新输入。连续输错会暂停登录。")]
    return False


def done(location: str, message: str | None = None, tone: str = "success") -> ResponseReturnValue:
    """Commit what was done, remember the answer for a repeated form, and go on to a page that shows it."""
    answered: IdempotencyKey | None = g.get("idempotency")
    if answered is not None:
        answered.location, answered.message = location, message
    db.session.commit()
    house().ring()
    if message:
        flash(message, tone)
    return redirect(location, 303)


def local_target(target: str | None, fallback: str) -> str:
    """A path of this site to go on to; anything else becomes ``fallback``."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return fallback
    parts = urlsplit(target)
    clean = not parts.scheme and not parts.netloc and all(ord(char) > 31 for char in target)
    return target if clean else fallback


def public_url(endpoint: str, **values: object) -> str:
    """An address for mails, PDFs and QR codes: from the settings, never from the request (D-8)."""
    with current_app.test_request_context():
        return house().settings.public_base_url + url_for(endpoint, **values)  # type: ignore[arg-type]


# languages


def current_language() -> str:
    """``zh`` or ``en``."""
    return "en" if session.get("language") == "en" else "zh"


def _locale() -> str:
    return "en" if current_language() == "en" else "zh_Hans_CN"


def shown(value: object) -> str:
    """A text of the criteria or a marked sentence, in the reader's language (the ``t`` filter)."""
    if value is None or value == "":
        return ""
    if hasattr(value, "__html__"):  # made by a template, escaped and translated there
        return cast(str, value)
    if hasattr(value, "text"):
        return cast(str, value.text(current_language()))
    return cast(str, gettext(str(value)))


def sentence(refusal: Refusal) -> str:
    """A refusal in the reader's language."""
    values = {name: shown(value) if isinstance(value, str) else value for name, value in refusal.values.items()}
    return str(gettext(refusal.sentence)).format(**values)


@bp.get("/language/<language>")
def language(language: str) -> ResponseReturnValue:
    """Switch the language and stay on the page."""
    session["language"] = "en" if language == "en" else "zh"
    return redirect(local_target(request.args.get("next"), url_for("tally.progress")), 303)


@bp.get("/large-print/<int:on>")
def large_print(on: int) -> ResponseReturnValue:
    """Switch the large-print mode (长辈版) and stay on the page."""
    session["large_print"] = bool(on)
    return redirect(local_target(request.args.get("next"), url_for("tally.progress")), 303)


@bp.get("/accessibility")
def accessibility() -> ResponseReturnValue:
    """What these pages do for everybody, and whom to tell when they do not."""
    return render_template("accessibility.html")


# every request


def _is_static() -> bool:
    return request.endpoint in {"static", "bootstrap.static"}


def _begin() -> ResponseReturnValue | None:
    begin_as_reader(request.method in {"GET", "HEAD", "OPTIONS"})
    if request.method != "POST" or not (key := request.form.get("idempotency_key", "")):
        return None
    return _once(key[:80])


def _once(key: str) -> ResponseReturnValue | None:
    """The same form again gives the first answer; another content under its key is refused (D-4)."""
    actor = f"person:{me().person_id}" if me().person_id else f"public:{session.get('visitor', '')}"
    action = f"{request.endpoint}:{json.dumps(request.view_args, sort_keys=True)}"
    digest = _payload_hash()
    mine = select(IdempotencyKey).where(
        IdempotencyKey.actor == actor, IdempotencyKey.action == action, IdempotencyKey.key == key
    )
    if (first := db.session.scalar(mine)) is None:
        row = IdempotencyKey(
            actor=actor, action=action, key=key, payload_hash=digest, at=clock.now(), person_id=me().person_id
        )
        db.session.add(row)
        try:
            db.session.flush()
        except IntegrityError:  # the same form, at the same moment, was first
            db.session.rollback()
            g.pop("actor", None)
            first = db.session.scalar(mine)
        else:
            g.idempotency = row
            return None
    if first is None or not hmac.compare_digest(first.payload_hash, digest) or first.location is None:
        raise Unusable(N_("这张表单已经提交过一次，内容与这次不同。请重新打开页面再填写。"))
    if first.message:
        flash(first.message, "success")
    return redirect(first.location, 303)


def _payload_hash() -> str:
    payload = hashlib.sha256()
    for name, value in sorted(request.form.items(multi=True)):
        if name not in SECRET_FIELDS:
            payload.update(f"{name}={value}\0".encode())
    for name, file in sorted(request.files.items(multi=True), key=lambda pair: (pair[0], pair[1].filename or "")):
        payload.update(f"{name}:{file.filename}\0".encode())
        payload.update(file.stream.read())
        file.stream.seek(0)
    return payload.hexdigest()


def _finish(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if house().settings.public_base_url.startswith("https://"):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if _is_static():
        return response
    if me().role is not Role.PUBLIC or request.method == "POST":
        response.headers["Cache-Control"] = "no-store"
    response.vary.add("Cookie")
    return response


# refusals


def show_refusal(error: Refusal) -> ResponseReturnValue:
    """Undo the request's changes, remember the denial, and say why in one sentence."""
    db.session.rollback()
    actor = me()
    if error.status in {403, 404, 409} and actor.person_id is not None and not isinstance(error, Changed):
        begin_as_reader(False)
        record(
            db.session(), "denied", request.endpoint or request.path[:200], by=actor, at=clock.now(),
            method=request.method, status=error.status, **(request.view_args or {}),
        )  # fmt: skip
        db.session.commit()
    return render_template("errors/refusal.html", message=sentence(error), status=error.status), error.status


def _show_http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    db.session.rollback()
    match error.code:
        case 404 | 405:
            return render_template("errors/refusal.html", message=sentence(NotFound()), status=404), 404
        case 413:
            refusal: Refusal = TooLarge(N_("上传的内容太大。请压缩图片，或分几次上传。"))
        case 400 if isinstance(error, CSRFError):
            refusal = Refusal(N_("页面已过期，内容没有提交。请返回上一页，刷新后再提交一次。"))
        case _:
            refusal = Refusal(N_("这个请求无法处理。请返回上一页重试。"))
    status = error.code or 400
    return render_template("errors/refusal.html", message=sentence(refusal), status=status), status


def _show_stale(_error: StaleDataError) -> ResponseReturnValue:
    return show_refusal(Changed())


def _show_busy(error: OperationalError) -> ResponseReturnValue:
    db.session.rollback()
    current_app.logger.error("database unavailable: %s", error)
    message = gettext("系统繁忙，内容还没有保存。请一分钟后再提交一次。")
    return render_template("errors/refusal.html", message=message, status=503), 503, {"Retry-After": "60"}


def _show_fault(error: Exception) -> ResponseReturnValue:
    db.session.rollback()
    current_app.logger.exception("unexpected fault", exc_info=error)
    message = gettext("系统出现故障，已记录。您的操作没有生效，请稍后再试。")
    return render_template("errors/refusal.html", message=message, status=500), 500


def _context() -> dict[str, object]:
    from cellcert.navigation import navigation

    actor = me()
    return {
        "programme": house().library.programme,
        "settings": house().settings,
        "me": None if actor.role is Role.PUBLIC else actor,
        "posts": len(my_sign_in().person.open_posts) if actor.role is not Role.PUBLIC else 0,
        "language": current_language(),
        "large_print": bool(session.get("large_print")),
        "version": importlib.metadata.version("cellcert"),
        "nav": navigation(actor),
        "zone": zone(),
    }


def init_app(app: Flask) -> None:
    """Tie the edge to an application."""
    babel.init_app(app, locale_selector=_locale, timezone_selector=lambda: zone())
    csrf.init_app(app)
    login.init_app(app)
    login.login_view = "people.sign_in"
    login.session_protection = None
    login.login_message = None
    app.before_request(_begin)
    app.after_request(_finish)
    app.context_processor(_context)
    app.add_template_filter(shown, "t")
    app.add_template_filter(lambda day: format_date(day, "long") if day else "", "day")
    app.add_template_filter(lambda moment: format_datetime(moment, "medium") if moment else "", "moment")
    app.register_error_handler(Refusal, show_refusal)
    app.register_error_handler(HTTPException, _show_http)
    app.register_error_handler(StaleDataError, _show_stale)
    app.register_error_handler(OperationalError, _show_busy)
    app.register_error_handler(Exception, _show_fault)
    app.register_blueprint(bp)
