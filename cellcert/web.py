"""The edge of every request: who acts, what may be loaded, what every answer carries, and the line that commits."""

import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import wraps
from typing import ParamSpec, cast
from urllib.parse import urlsplit

from flask import Blueprint, Flask, abort, current_app, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value
from werkzeug.routing import IntegerConverter, Map
from werkzeug.wrappers import Response

from cellcert import clock, repeats
from cellcert.actors import PUBLIC, Actor, Role
from cellcert.application.lifecycle import Act, Relation, State, is_open
from cellcert.application.models import Application
from cellcert.config import Settings
from cellcert.criteria.library import Library
from cellcert.criteria.models import Edition
from cellcert.database import begin_as_reader, db
from cellcert.errors import N_, Changed, NotAllowed, NotFound, Refusal
from cellcert.forms import PostForm, StepUpForm, VersionedForm
from cellcert.inbox import queries as inbox
from cellcert.language import current_language, sentence
from cellcert.people.actions import confirm_password
from cellcert.people.models import Person, Post, SignIn
from cellcert.people.rules import session_is_over, token_hash
from cellcert.storage import Store
from cellcert.units.models import Unit

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]

bp = Blueprint("web", __name__)
csrf, login = CSRFProtect(), LoginManager()

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; "
    "manifest-src 'self'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), microphone=(), payment=()",
}
VERSION = importlib.metadata.version("cellcert")
LARGEST = 2**31 - 1  # of a whole number in PostgreSQL


@dataclass(frozen=True, slots=True)
class House:
    """What the process was started with."""

    settings: Settings
    library: Library
    store: Store
    ring: Callable[[], None]  # wakes the worker after a commit
    goes_there: Callable[[Session, Application, Actor], bool]  # whether somebody is of the team of the visit on site


def house() -> House:
    """Settings, criteria, store and the worker's bell."""
    return cast("House", current_app.extensions["cellcert"])


def zone() -> str:
    """The city's time zone."""
    return house().library.programme.time_zone


def last_day(limit: datetime) -> date:
    """The day a time limit includes: it ends at midnight."""
    return clock.day_of(limit - timedelta(microseconds=1), zone())


class RowNumber(IntegerConverter):
    """The number of a row in an address: one no database could hold is not found."""

    regex = "[0-9]{1,10}"

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=LARGEST)


class SignedIn(UserMixin):  # type: ignore[misc]
    """Flask-Login's user: one session on the server."""

    def __init__(self, token: str, sign_in: SignIn, unit: str = "") -> None:
        self.token, self.sign_in, self.unit = token, sign_in, unit

    def get_id(self) -> str:
        return self.token


# Asked by every request: statements put together once.
_SESSION = (
    select(SignIn, Unit.name)
    .join(SignIn.post)
    .outerjoin(Unit, Unit.id == Post.unit_id)
    .where(SignIn.token_hash == bindparam("token"), SignIn.ended_at.is_(None))
    .options(contains_eager(SignIn.post), joinedload(SignIn.person).joinedload(Person.posts))
)
_CASE = (
    select(Application)
    .where(Application.id == bindparam("application"))
    .options(
        joinedload(Application.unit),
        joinedload(Application.edition).load_only(Edition.category, Edition.edition, Edition.sha256),
    )
)
_CASE_WITH_SEATS = _CASE.options(joinedload(Application.assignments), joinedload(Application.conflicts))
# One at a time changes a case: who comes second sees what was done, and so asks for the seats after waiting.
_CASE_TO_CHANGE = _CASE.with_for_update(of=Application)
_CASE_WITH_SEATS_TO_CHANGE = _CASE_TO_CHANGE.options(
    selectinload(Application.assignments), selectinload(Application.conflicts)
)


@login.user_loader  # type: ignore[untyped-decorator]
def load_session(token: str) -> SignedIn | None:
    """The session of a cookie while it, its person and its post are alive; asked for by every request in one query."""
    row = db.session.execute(_SESSION, {"token": token_hash(token)}).unique().one_or_none()
    if row is None:
        return None
    found, unit = row
    set_committed_value(found.post, "person", found.person)  # the same one, which the post would look for
    settings, at = house().settings, clock.now()
    if not found.person.active or found.post.ended_at is not None:
        return None
    idle, absolute = timedelta(minutes=settings.idle_minutes), timedelta(hours=settings.session_hours)
    if session_is_over(found.created_at, found.seen_at, at, idle=idle, absolute=absolute):
        return None
    if at - found.seen_at > timedelta(minutes=1) and not _marked(_UNATTENDED):
        _touch(found, at)
    return SignedIn(token, found, unit or "")


def _touch(sign_in: SignIn, at: datetime) -> None:
    """Keep a session alive; a page that only reads must not turn its own transaction into a writing one."""
    if not _reads():
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
        g.actor = _actor(signed_in) if signed_in else PUBLIC
    return cast("Actor", g.actor)


def _actor(signed_in: SignedIn) -> Actor:
    return signed_in.sign_in.post.actor(_place_of(signed_in), house().library.programme.review.public_mail)


def my_sign_in() -> SignIn:
    """The session of this request."""
    return cast("SignIn", current_user.sign_in)


def _place_of(signed_in: SignedIn) -> str:
    """Where the post of a session is held, in words."""
    programme, post = house().library.programme, signed_in.sign_in.post
    language = current_language()
    if post.division:
        return programme.division(post.division).name.text(language)
    if post.department:
        return programme.department(post.department).name.text(language)
    return signed_in.unit


def only(*roles: Role) -> Callable[[View[P]], View[P]]:
    """Let signed-in people with one of ``roles`` through; none named means everybody signed in."""

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if me().role is Role.PUBLIC:
                return cast("ResponseReturnValue", login.unauthorized())
            if roles and me().role not in roles:
                raise NotAllowed(N_("您目前的身份是“{role}”，不能打开这个页面。"), role=me().role.label)
            return view(*args, **kwargs)

        return guarded

    return guard


_READING: set[str] = set()
_UNATTENDED: set[str] = set()


def only_reads(view: View[P]) -> View[P]:
    """Mark a view that changes nothing, whatever is posted to it: it needs no token, and keeps no writer waiting."""
    _READING.add(f"{view.__module__}.{view.__name__}")
    return cast("View[P]", csrf.exempt(view))


def unattended(view: View[P]) -> View[P]:
    """Mark a view that an open page asks by itself: it keeps nobody's session alive."""
    _UNATTENDED.add(f"{view.__module__}.{view.__name__}")
    return view


def _marked(views: set[str]) -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return view is not None and f"{view.__module__}.{view.__name__}" in views


def _reads() -> bool:
    """Whether this request cannot change anything."""
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return True
    return _marked(_READING)


def load(application_id: int, act: Act, page: Act | None = None) -> Application:
    """The application for this act, or a refusal: sign-in, 404, 403, 409 as the permission matrix says.

    Whom the act is closed to is refused as the ``page``'s own act would be, where the page opens by another one.
    """
    if me().role is Role.PUBLIC and Relation.PUBLIC not in act.value.allow:
        abort(cast("Response", login.unauthorized()))
    # A unit has no seat on a case: its pages ask for none.
    has_seats, may_change = me().role is not Role.APPLICANT, request.method == "POST"
    with_seats = _CASE_WITH_SEATS_TO_CHANGE if may_change else _CASE_WITH_SEATS
    without = _CASE_TO_CHANGE if may_change else _CASE
    wanted = with_seats if has_seats else without
    application = db.session.scalars(wanted, {"application": application_id}).unique().one_or_none()
    if application is None:
        raise NotFound
    if page is not None and not is_open(act, application.relation_to(me()), application.state):
        application.permit(page, me())
    application.permit(act, me())
    if act in {Act.READ, Act.READ_EVIDENCE} and application.awaits_declaration(me()):
        abort(redirect(url_for("review.score", application_id=application.id), 303))
    if act is Act.READ and hides_unit(application):  # these pages are about the unit
        abort(redirect(url_for("review.score", application_id=application.id), 303))
    return application


def hides_unit(application: Application) -> bool:
    """Whether the reader knows the case by its number alone; who goes to the unit must know where to."""
    if not house().library.programme.review.blind_unit or application.relation_to(me()) is not Relation.EXPERT:
        return False
    if application.state is not State.ON_SITE:
        return True
    asked: dict[int, bool] = g.setdefault("goes_there", {})
    if application.id not in asked:
        asked[application.id] = house().goes_there(db.session(), application, me())
    return not asked[application.id]


def number(name: str) -> int | None:
    """A whole number of the address's query; what is none, or larger than any here, counts as not given."""
    given = request.args.get(name, type=int)
    return given if given is not None and abs(given) <= LARGEST else None


def version_of(application: Application) -> int:
    """What a form remembers of the application, to notice what changed meanwhile.

    A unit that is not writing is told by the steps alone: the row's own count rises with what is proposed about it.
    """
    if me().role is not Role.APPLICANT or application.state in {State.DRAFT, State.RETURNED}:
        return application.version
    return len(application.history)


def same_version(application: Application, shown: int | None) -> None:
    """Refuse when somebody changed the application after this page was shown."""
    if shown is not None and shown != version_of(application):
        raise Changed


def show_in(form: PostForm, refusal: Refusal, application: Application | None = None) -> int:
    """Show a refusal above what was typed; on a change by others the form goes on from the new version."""
    db.session.rollback()
    form.form_errors.append(sentence(refusal))
    if isinstance(refusal, Changed) and application is not None and isinstance(form, VersionedForm):
        form.version.data, form.version.raw_data = version_of(application), None
    return refusal.status


def is_fresh() -> bool:
    """Whether the person proved the password recently enough to decide (step-up)."""
    limit = timedelta(minutes=house().library.programme.decision.step_up_minutes)
    return clock.now() - my_sign_in().confirmed_at <= limit


def proved(form: StepUpForm) -> bool:
    """Whether who decides proved the password recently, or just now in this form; asked before anything is changed."""
    if is_fresh() or confirm_password(db.session(), my_sign_in(), form.password.data or "", at=clock.now()):
        return True
    repeats.forget()
    db.session.commit()  # the guess counts
    form.password.errors = [gettext("登录密码不正确，请重新输入。连续输错会暂停登录。")]
    return False


def done(location: str, message: str | None = None, tone: str = "success") -> ResponseReturnValue:
    """Commit what was done, remember the answer for a repeated form, and go on to a page that shows it."""
    repeats.remember(location, message)
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


# what a visitor may switch


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
    begin_as_reader(_reads())
    if _is_too_much():
        abort(413)
    if _has_nul():
        abort(400)
    if _reads() or request.method != "POST" or not (key := request.form.get("idempotency_key", "")):
        return None
    return repeats.first_answer(key[:80], me())


def _is_too_much() -> bool:
    """The bounds of forms, kept here for plain ones: too long a one reads as empty, a million fields take seconds."""
    if request.mimetype != "application/x-www-form-urlencoded":
        return False
    if request.content_length is None:
        return "Transfer-Encoding" in request.headers  # no browser sends a plain form without its length
    config = current_app.config
    if request.content_length > config["MAX_FORM_MEMORY_SIZE"]:
        return True
    return bool(request.get_data().count(b"&") >= config["MAX_FORM_PARTS"])


def _has_nul() -> bool:
    """A sign nobody types and PostgreSQL does not keep."""
    typed = (text for pair in (*request.args.items(multi=True), *request.form.items(multi=True)) for text in pair)
    return "\0" in request.path or any("\0" in text for text in typed)


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


def _unread() -> int:
    """Messages not read yet, counted once for the page that shows the number."""
    if "unread" not in g:
        g.unread = inbox.unread(db.session(), my_sign_in().post_id) if me().role is not Role.PUBLIC else 0
    return cast("int", g.unread)


def _context() -> dict[str, object]:
    from cellcert.navigation import navigation

    actor = me()
    return {
        "programme": house().library.programme,
        "settings": house().settings,
        "me": None if actor.role is Role.PUBLIC else actor,
        "unread": _unread,
        "posts": len(my_sign_in().person.open_posts) if actor.role is not Role.PUBLIC else 0,
        "language": current_language(),
        "large_print": bool(session.get("large_print")),
        "version": VERSION,
        "nav": navigation(actor),
        "zone": zone(),
    }


def init_app(app: Flask) -> None:
    """Tie the edge to an application."""
    app.url_map.converters["int"] = RowNumber
    csrf.init_app(app)
    login.init_app(app)
    login.login_view = "people.sign_in"
    login.session_protection = None
    login.login_message = None
    app.before_request(_begin)
    app.after_request(_finish)
    app.context_processor(_context)
    app.add_template_global(hides_unit)
    app.register_blueprint(bp)
