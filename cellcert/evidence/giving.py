"""What a reader gets of a file: the file, or what was made of it for those who must not learn the unit."""

from dataclasses import dataclass
from pathlib import PurePath
from typing import Protocol

from cellcert import web
from cellcert.application.models import Application
from cellcert.database import db
from cellcert.errors import NotReady
from cellcert.evidence.models import Redaction
from cellcert.evidence.queries import redactions_of
from cellcert.evidence.rules import MEDIA_TYPES, NOT_REDACTED

ENDINGS = {media_type: f".{extension}" for extension, media_type in MEDIA_TYPES.items()}


class Stored(Protocol):
    """A file as its row names it."""

    @property
    def sha256(self) -> str: ...
    @property
    def media_type(self) -> str: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Given:
    """Bytes with the name they are handed out under; ``is_copy``: they are not what the unit handed in."""

    sha256: str
    media_type: str
    thumb: str | None
    name: str
    is_copy: bool = False


def given(application: Application, file: Stored, thumb: str | None, neutral: str) -> Given:
    """What this reader gets; refused (409) to whom the unit is unknown while nobody has redacted the file.

    ``neutral`` is the name, without an ending, for who must not learn the unit.
    """
    if not web.hides_unit(application):
        return Given(file.sha256, file.media_type, thumb, file.name)
    copy = redactions_of(db.session(), application).get(file.sha256)
    if copy is None:
        raise NotReady(NOT_REDACTED)
    return redacted(copy, file, thumb, neutral)


def redacted(copy: Redaction, file: Stored, thumb: str | None, neutral: str) -> Given:
    """A redacted copy, or the file as somebody confirmed it; its own name may tell who it is from."""
    if copy.sha256 is None or copy.media_type is None:
        return Given(file.sha256, file.media_type, thumb, neutral + PurePath(file.name).suffix)
    return Given(copy.sha256, copy.media_type, copy.thumb, neutral + ENDINGS.get(copy.media_type, ""), is_copy=True)
