"""What every application of a run would make alike, made once: compiled templates, and the builders of addresses.

A test builds an application of its own, but its templates and its rules are those of the one before. Nor does it wait
for the disk: no test cuts the power.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any

from flask import Flask
from flask.templating import Environment
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine, event
from werkzeug.routing import Rule

import cellcert.database  # noqa: F401  # its settings of a connection come first


class _Compiled(BytecodeCache):
    """The code of each template, for all environments that would compile it the same way."""

    def __init__(self) -> None:
        self.codes: dict[tuple[object, ...], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.codes.get(_way(bucket))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self.codes[_way(bucket)] = bucket.code


def _way(bucket: Bucket) -> tuple[object, ...]:
    it = bucket.environment
    return (
        bucket.key, bucket.checksum, it.autoescape is True, it.trim_blocks, it.lstrip_blocks,
        frozenset(it.extensions), frozenset(it.filters), getattr(it, "newstyle_gettext", None),
    )  # fmt: skip


_COMPILED = _Compiled()


class _Environment(Environment):
    def __init__(self, app: Flask, **options: Any) -> None:
        super().__init__(app, **options | {"bytecode_cache": _COMPILED})


_builders: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}


class _Rule(Rule):
    """A rule whose builder of addresses is compiled once; it is bound to each rule in turn."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (tuple(self._trace), repr(self.defaults), append_unknown)
        if key not in _builders:
            _builders[key] = super()._compile_builder(append_unknown)
        return _builders[key]


def share() -> None:
    """Let every application of this process share them."""
    Flask.jinja_environment = _Environment
    Flask.url_rule_class = _Rule
    event.listen(Engine, "connect", _do_not_wait)


@contextmanager
def waiting_for_the_disk() -> Iterator[None]:
    """Connections meanwhile are as those of a server."""
    event.remove(Engine, "connect", _do_not_wait)
    yield
    event.listen(Engine, "connect", _do_not_wait)


def _do_not_wait(connection: Any, _record: object) -> None:
    if type(connection).__module__.startswith("sqlite3"):
        connection.execute("PRAGMA synchronous=OFF")
