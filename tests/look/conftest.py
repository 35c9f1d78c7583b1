"""The sample site, in process and behind a port for the browser."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.look.gallery import look
from tests.served import served


@pytest.fixture(scope="session")
def site() -> Flask:
    return look()


@pytest.fixture(scope="session")
def address(site: Flask) -> Iterator[str]:
    with served(site) as address:
        yield address
