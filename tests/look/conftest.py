"""The sample site, in process and behind a port for the browser."""

from collections.abc import Iterator
from threading import Thread

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.look.gallery import look


@pytest.fixture(scope="session")
def site() -> Flask:
    return look()


@pytest.fixture(scope="session")
def address(site: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, site, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
