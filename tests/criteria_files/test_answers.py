"""The shipped checklists, scored against figures worked out by hand in the header of each answer sheet."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cellcert.criteria.fields import as_plain
from cellcert.criteria.library import Library
from cellcert.criteria.reader import read_fields
from cellcert.criteria.schema import Checklist
from cellcert.criteria.scorer import Sheet, score
from cellcert.paths import criteria_folder

SHEETS = sorted((Path(__file__).parent / "answers").glob("*.yaml"))
EXPECTED = re.compile(r"^# (total|level|barred): (\S+)$", re.MULTILINE)
WORKED = re.compile(r"^# (\w+) +(.+)$", re.MULTILINE)
RESULT = re.compile(r".*scaled to [^:]*: (?:\S+ → )?(\d+(?:\.\d+)?)|(?!.*scaled to).*?= (\d+(?:\.\d+)?)")


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(criteria_folder())


def checklist_of(library: Library, path: Path) -> Checklist:
    return library.checklist(path.stem.split("-")[0])


def answers(path: Path) -> dict[str, Any]:
    plain = as_plain(read_fields(path.read_text(encoding="utf-8"), path.name).table)
    assert isinstance(plain, dict)
    return plain


def scored(library: Library, path: Path) -> Sheet:
    return score(checklist_of(library, path), answers(path))


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.stem)
def test_a_sheet_scores_what_was_worked_out_by_hand(library: Library, path: Path) -> None:
    expected = dict(EXPECTED.findall(path.read_text(encoding="utf-8")))

    sheet = scored(library, path)

    assert sheet.total == Decimal(expected["total"]), sheet.reason
    assert (sheet.level.key if sheet.level else "none") == expected["level"]
    assert bool(sheet.barred) is (expected["barred"] == "yes"), sheet.barred


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.stem)
def test_a_sheet_leaves_nothing_unanswered(library: Library, path: Path) -> None:
    assert scored(library, path).missing == ()


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.stem)
def test_an_unanswered_sheet_scores_nothing_and_is_barred(library: Library, path: Path) -> None:
    sheet = score(checklist_of(library, path), {"facts": answers(path)["facts"]})

    assert sheet.level is None
    assert sheet.barred


def test_every_category_has_a_strong_a_borderline_and_a_barred_sheet(library: Library) -> None:
    wanted = {f"{c.key}-{kind}" for c in library.programme.categories for kind in ("strong", "borderline", "barred")}

    assert wanted <= {path.stem for path in SHEETS}


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.stem)
def test_each_section_worked_out_in_the_header_is_what_is_scored(library: Library, path: Path) -> None:
    """Lines such as ``# sorting 4 + 5 + 4 = 13 of 21, scaled to 25: 15.476 → 15.48``."""
    worked = dict(WORKED.findall(path.read_text(encoding="utf-8")))

    for section in scored(library, path).sections:
        if (found := RESULT.match(worked.get(section.key, ""))) is not None:
            assert section.points == Decimal(found[1] or found[2]), f"{section.key}: {section.reason.en}"


def test_a_mall_that_does_not_sort_has_a_total_of_nothing(library: Library) -> None:
    sheet = scored(library, next(path for path in SHEETS if path.stem == "mall-barred"))

    assert sheet.gates
    assert sum(section.points for section in sheet.sections) > 80


def test_a_borderline_agency_misses_by_less_than_a_point(library: Library) -> None:
    sheet = scored(library, next(path for path in SHEETS if path.stem == "agency-borderline"))

    assert Decimal(79) < sheet.total < Decimal(80)
    assert not sheet.barred
    assert sheet.level is None
