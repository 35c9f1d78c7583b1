"""What the API tells of each thing, field by field; the schemas of ``openapi.py`` describe the same."""

from collections.abc import Mapping
from typing import Any

from cellcert.certificate.queries import Entry
from cellcert.certificate.rules import counts
from cellcert.criteria.editions import Current
from cellcert.criteria.programme import Category
from cellcert.criteria.text import Text
from cellcert.decision.queries import NoticeLine
from cellcert.tally.rules import Tally, TallyLine


def text(words: Text) -> dict[str, str]:
    """Both languages; English is empty where none was written."""
    return {"zh": words.zh, "en": words.en}


def tally(figures: Tally) -> dict[str, Any]:
    """Progress to the target on a day: units with a title in force, and what is under way."""
    return {
        "as_of": figures.on.isoformat(),
        "target": figures.target,
        "target_by": figures.by.isoformat(),
        "reached": figures.reached,
        "missing": figures.missing,
        "categories": [_line(line) for line in figures.categories],
        "divisions": [_line(line) for line in figures.divisions],
    }


def _line(line: TallyLine) -> dict[str, Any]:
    return {
        "key": line.key, "name": text(line.name), "share": line.share, "under_way": line.running,
        "awarded": line.awarded,
    }  # fmt: skip


TALLY_COLUMNS = ("as_of", "part", "key", "name", "share", "under_way", "awarded")


def tally_rows(figures: Tally) -> list[dict[str, Any]]:
    """The tally as a table: the whole city, then each category and division."""
    parts = (("category", figures.categories), ("division", figures.divisions))
    rows = [
        {"part": part, "key": line.key, "name": line.name.zh, "share": line.share, "under_way": line.running,
         "awarded": line.awarded}
        for part, lines in parts
        for line in lines
    ]  # fmt: skip
    whole = {
        "part": "city", "key": "", "name": "", "share": figures.target, "awarded": figures.reached,
        "under_way": sum(line.running for line in figures.categories),
    }  # fmt: skip
    return [{"as_of": figures.on.isoformat(), **row} for row in (whole, *rows)]


def standing(line: Entry, successor: str | None) -> dict[str, Any]:
    """What a certificate is worth now."""
    return {
        "serial": line.serial,
        "status": line.status.value,
        "is_in_force": counts(line.status),
        "awarded_on": line.awarded_on.isoformat(),
        "valid_until": line.valid_until.isoformat(),
        "end_reason": line.end_reason or None,
        "successor": successor,
    }


NOTICE_COLUMNS = (
    "id", "reference", "unit", "category", "division", "level_name", "published_on", "ends_on", "state", "url",
)  # fmt: skip


def notice(line: NoticeLine, url: str) -> dict[str, Any]:
    """A public notice in the words that were published, and how its case stands."""
    return {
        "id": line.notice_id,
        "reference": line.reference,
        "unit": line.unit,
        "category": line.category,
        "category_name": line.category_name.zh,
        "division": line.division,
        "division_name": line.division_name.zh,
        "level_name": line.level_name.zh,
        "published_on": line.published_on.isoformat(),
        "ends_on": line.ends_on.isoformat(),
        "state": line.state.value,
        "url": url,
    }


CRITERIA_COLUMNS = ("category", "title", "edition", "lead", "in_force_from", "sha256", "url")


def checklist(category: Category, current: Current, urls: Mapping[str, str]) -> dict[str, Any]:
    """The edition of a checklist in force, and where its text is."""
    edition = current.edition
    return {
        "category": category.key,
        "name": text(category.name),
        "title": current.checklist.title.zh,
        "edition": current.checklist.edition,
        "lead": current.checklist.lead,
        "in_force_from": edition.in_force_from.isoformat() if edition else None,
        "sha256": current.sha256,
        **urls,
    }
