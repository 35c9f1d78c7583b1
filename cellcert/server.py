"""Gunicorn with threads, and the worker inside one of its processes."""

import gc
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from cellcert.jobs import DAILY, HANDLERS
from cellcert.outbox.worker import start_inside
from cellcert.web import House

RARELY = 20_000, 10, 10  # objects: a page makes some ten thousand that go by themselves; Python looks at each 700


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn without a configuration file."""

    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self.app, self.options = app, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self.app


def run(app: Flask, host: str, port: int) -> None:
    """Serve until stopped."""
    house: House = app.extensions["cellcert"]
    settings = house.settings

    def after_fork(_worker: object) -> None:
        _fresh_connections(app)
        gc.freeze()  # the templates, the criteria and the code stay as long as the process
        gc.set_threshold(*RARELY)
        if settings.worker_inside:
            app.extensions["worker_stop"] = start_inside(app, HANDLERS, settings.data_folder, DAILY)

    options = {
        "bind": f"{host}:{port}",
        "workers": settings.workers,
        "threads": settings.threads,
        "worker_class": "gthread",
        "timeout": 60,
        "graceful_timeout": 20,
        "accesslog": None,
        "loglevel": "warning",
        "post_worker_init": after_fork,
        "proc_name": "cellcert",
    }
    Server(app, options).run()


def _fresh_connections(app: Flask) -> None:
    """A connection opened before the fork belongs to the parent."""
    from cellcert.database import db

    with app.app_context():
        for engine in db.engines.values():
            engine.dispose(close=False)
