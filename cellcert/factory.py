"""Put the application together: settings, extensions, blueprints, refusals."""

import importlib
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_bootstrap import Bootstrap5
from werkzeug.middleware.proxy_fix import ProxyFix

from cellcert import drawing, health, language, paths, refusals, web
from cellcert.config import BadSettings, Settings, make_data_folder, read_settings, secret_key
from cellcert.criteria.library import Library
from cellcert.database import ask_idle_connections, db
from cellcert.outbox.worker import Bell
from cellcert.review.site.queries import goes_there
from cellcert.storage.folder import FolderStore
from cellcert.storage.s3 import S3Store

STAGES = (
    "people", "inbox", "units", "criteria", "application", "ledger", "evidence", "assessment", "review", "decision",
    "certificate", "standing", "tally", "api", "edition", "desk",
)  # fmt: skip
MEGABYTE = 1024 * 1024


def build(settings: Settings | None = None) -> Flask:
    """The WSGI application of these settings, or of the environment."""
    settings = settings or read_settings()
    make_data_folder(settings)
    templates, static = str(paths.shipped("templates")), str(paths.PACKAGE / "static")
    app = Flask("cellcert", template_folder=templates, static_folder=static)
    bell = Bell()
    library = _library(settings)
    store = S3Store(settings) if settings.store else FolderStore(settings.data_folder / "blobs")
    app.config.update(
        SECRET_KEY=secret_key(settings),
        SQLALCHEMY_DATABASE_URI=settings.database,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings),
        MAX_CONTENT_LENGTH=(library.programme.evidence.file_mb * 4 + 2) * MEGABYTE,
        MAX_FORM_MEMORY_SIZE=4 * MEGABYTE,
        MAX_FORM_PARTS=5000,
        SESSION_COOKIE_NAME="__Host-cellcert" if settings.public_base_url.startswith("https://") else "cellcert",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.public_base_url.startswith("https://"),
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_hours),
        TRUSTED_HOSTS=[host.strip() for host in settings.trusted_hosts.split(",") if host.strip()] or None,
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as the session; a long form must not expire under the clerk
        BABEL_DEFAULT_LOCALE="zh_Hans_CN",
        BABEL_DEFAULT_TIMEZONE=library.programme.time_zone,
        BABEL_TRANSLATION_DIRECTORIES=str(paths.PACKAGE / "translations"),
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    app.jinja_options = {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True}
    app.extensions["cellcert"] = web.House(settings, library, store, bell.ring, goes_there)
    app.extensions["bell"] = bell
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies)  # type: ignore[method-assign]
    db.init_app(app)
    with app.app_context():
        ask_idle_connections(db.engine)
    Bootstrap5(app)
    language.init_app(app, library.programme.time_zone)
    drawing.init_app(app)
    web.init_app(app)
    refusals.init_app(app)
    app.register_blueprint(health.bp)
    importlib.import_module("cellcert.evidence.page_routes")
    importlib.import_module("cellcert.desk.list_routes")
    importlib.import_module("cellcert.desk.mail_routes")
    importlib.import_module("cellcert.tally.progress_routes")
    for stage in STAGES:
        app.register_blueprint(importlib.import_module(f"cellcert.{stage}.routes").bp)
    app.register_blueprint(importlib.import_module("cellcert.review.panel_routes").bp)
    app.register_blueprint(importlib.import_module("cellcert.certificate.letters.routes").bp)
    importlib.import_module("cellcert.dispatch.targets.table_routes")
    app.register_blueprint(importlib.import_module("cellcert.dispatch.targets.routes").bp)
    app.register_blueprint(importlib.import_module("cellcert.dispatch.supervision.routes").bp)
    importlib.import_module("cellcert.decision.meeting_paper_routes")
    app.register_blueprint(importlib.import_module("cellcert.decision.meeting_routes").bp)
    return app


def _library(settings: Settings) -> Library:
    """The criteria; production begins with every file in order, elsewhere a checklist may be in the making."""
    library = Library(Path(settings.criteria))
    is_strict = settings.profile == "production"
    if faults := library.check() if is_strict else library.faults(library.folder / "programme.yaml"):
        told = "\n".join(map(str, faults))
        raise BadSettings(f"CELLCERT_CRITERIA: {settings.criteria} cannot be used:\n{told}")
    return library


def _engine_options(settings: Settings) -> dict[str, object]:
    if settings.database.startswith("sqlite"):
        return {"connect_args": {"timeout": 30, "check_same_thread": False}}
    return {"pool_size": settings.threads, "max_overflow": 2, "pool_timeout": 5}
