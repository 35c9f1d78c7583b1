"""A city's folder: what is shipped is sound, and every fault of a broken copy is found."""

import hashlib
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cellcert.criteria.library import Library
from cellcert.criteria.reader import CriteriaFaults
from cellcert.paths import shipped


@pytest.fixture
def city(tmp_path: Path) -> Library:
    return Library(shutil.copytree(shipped("criteria"), tmp_path / "criteria"))


def edit(library: Library, name: str, old: str, new: str) -> None:
    path = library.folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_shipped_files_are_sound() -> None:
    assert Library(shipped("criteria")).check() == []


def test_every_category_has_its_checklist_and_lead(city: Library) -> None:
    for category in city.programme.categories:
        checklist = city.checklist(category.key)
        assert checklist.category == category.key
        assert city.programme.department(checklist.lead)


def test_a_file_is_read_once_and_pinned_by_its_bytes(city: Library) -> None:
    path = city.folder / "factory.yaml"

    assert city.checklist("factory") is city.checklist("factory")
    assert city.hash("factory") == hashlib.sha256(path.read_bytes()).hexdigest()
    assert city.source("factory").encode() == path.read_bytes()


def test_an_unknown_category_has_no_file(city: Library) -> None:
    for name in ("school", "../factory", "programme"):
        with pytest.raises(KeyError):
            city.checklist(name)


def test_the_programme_says_which_batch_is_open(city: Library) -> None:
    batch = city.programme.batch_on(date(2026, 7, 1))

    assert batch is not None
    assert batch is city.programme.batch(batch.key)
    assert city.programme.batch_on(date(1999, 1, 1)) is None
    assert city.programme.declaration.due_in(2027).year == 2027
    assert city.programme.review.discrepancy.item == Decimal(30)


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("factory.yaml", "lead: industry", "lead: industri", "是不是 industry？"),
        ("factory.yaml", "category: factory", "category: facttory", "是不是 factory？"),
        ("programme.yaml", "lead: commerce", "lead: trade", "lead 只能写"),
        ("programme.yaml", "combine: median", "combine: middle", "combine 只能写 median、mean、trimmed_mean"),
        ("programme.yaml", "closes: 2026-06-30", "closes: 2026-07-31", "与批次 2026-1 的日期重叠"),
        ("programme.yaml", '"03-31"', '"02-30"', "due 应当是"),
        ("programme.yaml", "{serial:04d}", "{number}", "必须有 {serial}"),
        ("programme.yaml", "grace_minutes", "grace_minute", "不认识“grace_minute”"),
        (
            "programme.yaml",
            "confirmed_by: [head, scan]",
            "confirmed_by: [head, fax]",
            "confirmed_by 只能写 head、scan、name",
        ),
        ("programme.yaml", "confirmed_by: [head, scan]", "confirmed_by: []", "confirmed_by"),
        ("programme.yaml", "申报“{category}”", "申报“{categori}”", "只能用 {category}"),
        ("programme.yaml", "申报“{category}”", "申报“{category”", "只能用 {category}"),
        ("programme.yaml", "count: 100", "count: 1000", "不到目标 1000"),
        ("plan.yaml", "direction: about", "direction: roughly", "direction 只能写"),
        ("plan.yaml", "[development_reform, ", "[development, ", "没有部门“development”"),
        ("calendar/2026.yaml", "year: 2026", "year: now", "year 应当是数"),
    ],
)
def test_a_broken_file_is_named_with_its_fault(city: Library, name: str, old: str, new: str, says: str) -> None:
    edit(city, name, old, new)
    faults = city.check()

    assert any(says in fault.message.zh for fault in faults), [str(fault) for fault in faults]
    assert {fault.file for fault in faults} >= {Path(name).name}


def test_a_category_without_a_file_is_a_fault(city: Library) -> None:
    (city.folder / "mall.yaml").unlink()

    assert [(fault.file, fault.line) for fault in city.check()] == [("mall.yaml", 1)]
    with pytest.raises(CriteriaFaults):
        city.checklist("mall")
