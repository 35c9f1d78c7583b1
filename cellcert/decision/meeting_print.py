"""A meeting on paper: its pack, made in pieces that are joined, and its minutes."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

from cellcert.paper import render, to_pdf

STYLES = ("print.css", "meeting.css")


def print_summary(title: str, held_on: date, made: str, groups: Sequence[Any]) -> bytes:
    """The first piece: one table of every case."""
    html = render("meeting_summary.html", title=title, held_on=held_on, made=made, groups=groups)
    return to_pdf(html, *STYLES, "meeting_piece.css")


def print_cases(title: str, cases: Sequence[Any]) -> bytes:
    """A piece of some cases, each beginning a page."""
    return to_pdf(render("meeting_cases.html", title=title, cases=cases), *STYLES, "meeting_piece.css")


def print_minutes(minutes: Any) -> bytes:  # noqa: ANN401
    """The minutes of a meeting."""
    return to_pdf(render("meeting_minutes.html", m=minutes), *STYLES)


def print_second_round(values: Any) -> bytes:  # noqa: ANN401
    """The minutes of one case's second round."""
    return to_pdf(render("second_round.html", s=values), *STYLES)


def join(pieces: Sequence[bytes], title: str, note: str) -> tuple[bytes, int]:
    """One PDF with the bookmarks of its pieces, every page numbered through; and how many pages it has."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter()
    for piece in pieces:
        writer.append(BytesIO(piece), import_outline=True)
    count = len(writer.pages)
    feet = PdfReader(BytesIO(to_pdf(render("meeting_feet.html", title=title, note=note, count=count), *STYLES)))
    for page, foot in zip(writer.pages, feet.pages, strict=True):
        page.merge_page(foot)
    writer.add_metadata({"/Title": title})
    writer.compress_identical_objects()
    whole = BytesIO()
    writer.write(whole)
    return whole.getvalue(), count
