"""Notices and awards as an Atom feed (RFC 4287)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

ATOM = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One notice or award; ``key`` never changes, whatever the address of the site."""

    key: str
    title: str
    summary: str
    url: str
    at: datetime
    kind: str


def atom(
    programme: str, title: str, author: str, urls: tuple[str, str], entries: Sequence[FeedEntry], since: datetime
) -> str:
    """The feed as text, the newest first; ``urls`` are its own and its page's, ``since`` counts where it is empty."""
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed", {"xml:lang": "zh-CN"})
    own, page = urls
    found = sorted(entries, key=lambda entry: (entry.at, entry.key), reverse=True)
    _text(feed, "id", _id(programme, "feed"))
    _text(feed, "title", title)
    _text(feed, "updated", _moment(max((entry.at for entry in found), default=since)))
    _text(_text(feed, "author"), "name", author)
    _text(feed, "link", rel="self", type="application/atom+xml", href=own)
    _text(feed, "link", rel="alternate", type="text/html", href=page)
    for entry in found:
        line = _text(feed, "entry")
        _text(line, "id", _id(programme, entry.key))
        _text(line, "title", entry.title)
        _text(line, "updated", _moment(entry.at))
        _text(line, "published", _moment(entry.at))
        _text(line, "link", rel="alternate", type="text/html", href=entry.url)
        _text(line, "category", term=entry.kind)
        _text(line, "summary", entry.summary)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(feed, encoding="unicode") + "\n"


def _id(programme: str, key: str) -> str:
    return uuid5(NAMESPACE_URL, f"cellcert:{programme}:{key}").urn


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _text(within: ET.Element, name: str, said: str = "", **attributes: str) -> ET.Element:
    made = ET.SubElement(within, f"{{{ATOM}}}{name}", attributes)
    made.text = "".join(sign for sign in said if sign.isprintable()) or None  # XML has no control signs
    return made
