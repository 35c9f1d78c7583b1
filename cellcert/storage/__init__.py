"""Bytes by their SHA-256: written whole or not at all, never changed; in a local folder or in an S3 bucket."""

import errno
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from cellcert.errors import N_, Refusal

ROOM = {errno.ENOSPC, errno.EDQUOT}


class Damaged(Exception):
    """The stored bytes are missing or no longer what was stored."""


class Away(Refusal):
    """The store does not answer: nothing was written, and nothing can be read until it is back."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            N_("存放文件的系统暂时连接不上，请几分钟后再试。您填写的内容不受影响；一直不行，请告知系统管理员。")
        )


class Full(Refusal):
    """No room is left on the disk; what was begun is taken back."""

    status = 507

    def __init__(self) -> None:
        super().__init__(N_("系统的存储空间已满，这次没有保存。请告知系统管理员，腾出空间后再试。"))


class Store(Protocol):
    """What holds the bytes of evidence and certificates."""

    def put(self, data: bytes) -> str:
        """Store bytes and return their name; safe to repeat, and mends a copy that was damaged."""

    def get(self, sha256: str) -> bytes:
        """The bytes, checked against their name: wrong bytes are never handed out."""


@contextmanager
def room() -> Iterator[None]:
    """A disk without room is a refusal with a sentence, not a fault of the program."""
    try:
        yield
    except OSError as error:
        if error.errno in ROOM:
            raise Full from error
        raise


def named(sha256: str) -> str:
    """A name that is a SHA-256 and can be no path."""
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise ValueError("not a SHA-256")
    return sha256


def whole(sha256: str, data: bytes) -> bytes:
    """The bytes, when they are those of the name."""
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Damaged(f"{sha256}: the bytes have changed")
    return data
