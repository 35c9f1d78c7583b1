"""The kinds of waste of a city, and inputs that come from a ledger."""

from pathlib import Path

import pytest

from cellcert.criteria.export.writer import written
from cellcert.criteria.library import Library
from cellcert.criteria.marked import CriteriaFaults
from cellcert.criteria.reader import read_checklist
from cellcert.criteria.wastes import read_wastes

CITY = Path("criteria")
KINDS = """kinds:
  - {key: red_mud, name: 赤泥, group: general, unit: t}
  - {key: waste_oil, name: 废矿物油, group: hazardous}
"""
CHECKLIST = """category: factory
edition: "1"
title: 工厂
lead: environment
indicators:
  rate:
    name: 利用率
    unit: "%"
    period: {PERIOD}
    inputs:
      used: {name: 利用量, unit: {UNIT}, ledger: {LEDGER}}
      made: {name: 产生量, unit: {UNIT}}
    formula: used / made * 100
sections:
  - key: one
    title: 一
    points: 10
    items:
      - {key: rate, text: 利用率, points: 10, score: {tiers: rate, steps: [{at_least: 50, points: 10}]}}
levels: [{key: pass, name: 合格, total: 5}]
"""


def file(ledger: str, period: str = "calendar_year", unit: str = "t") -> str:
    return CHECKLIST.replace("{LEDGER}", ledger).replace("{PERIOD}", period).replace("{UNIT}", unit)


def faults(text: str, known: set[str] | None = None) -> list[str]:
    with pytest.raises(CriteriaFaults) as found:
        read_checklist(text, "factory.yaml", wastes=known)
    return [fault.message.zh for fault in found.value.faults]


def test_a_group_stands_for_its_kinds_and_a_kind_for_itself(tmp_path: Path) -> None:
    path = tmp_path / "wastes.yaml"
    path.write_text(KINDS, encoding="utf-8")
    wastes = read_wastes(path)

    assert wastes.of("general") == {"red_mud"}
    assert wastes.of("waste_oil") == {"waste_oil"}
    assert wastes.of("food") == frozenset()
    assert wastes.name("red_mud").zh == "赤泥"
    assert wastes.name("hazardous").zh == "危险废物"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("  - {key: red_mud, name: 红泥, group: general}", "重复使用"),
        ("  - {key: mud, name: 赤泥, group: general}", "名称“赤泥”重复"),
        ("  - {key: general, name: 一般, group: general}", "一组废物的名称"),
        ("  - {key: oil, name: 油, group: dangerous}", "只能写"),
        ("  - {key: oil, name: 油, group: other, unit: kg}", "只能写 t"),
        ("  - {key: oil, group: other}", "缺少 name"),
        ("  - {key: oil, name: 油, group: other, colour: red}", "不认识“colour”"),
    ],
)
def test_every_fault_of_the_list_is_said_with_its_line(tmp_path: Path, line: str, fault: str) -> None:
    path = tmp_path / "wastes.yaml"
    path.write_text(KINDS + line + "\n", encoding="utf-8")

    with pytest.raises(CriteriaFaults) as found:
        read_wastes(path)

    assert any(fault in one.message.zh for one in found.value.faults)
    assert all(one.line >= 1 for one in found.value.faults)


def test_the_citys_own_list_and_checklists_agree() -> None:
    library = Library(CITY)
    assert library.check() == []
    assert CITY / "wastes.yaml" in library.paths()
    for category in library.programme.categories:
        checklist = library.checklist(category.key)
        assert any(one.ledger for indicator in checklist.indicators for one in indicator.inputs), category.key


def test_a_city_without_the_file_keeps_no_ledger(tmp_path: Path) -> None:
    library = Library(tmp_path)
    assert library.wastes is None


@pytest.mark.parametrize("ledger", ["general.used", "[general.used, red_mud.transferred]"])
def test_what_is_read_is_written_again(ledger: str) -> None:
    checklist = read_checklist(file(ledger), "factory.yaml", wastes={"general", "red_mud"})
    assert checklist.indicator("rate").inputs[0].ledger == tuple(ledger.strip("[]").split(", "))
    assert read_checklist(written(checklist), "factory.yaml") == checklist


def test_a_sum_nobody_keeps_is_a_fault() -> None:
    assert any("应当是“废物.数量”" in fault for fault in faults(file("general.burnt")))
    assert any("应当是“废物.数量”" in fault for fault in faults(file("general")))
    assert any("没有“red_mud”" in fault for fault in faults(file("red_mud.used"), {"general"}))
    assert any("写了两次" in fault for fault in faults(file("[general.used, general.used]")))


def test_a_ledger_needs_a_period_and_a_unit_of_mass() -> None:
    assert any("没有统计期" in fault for fault in faults(file("general.used", period="at_application")))
    assert any("台账按吨记" in fault for fault in faults(file("general.used", unit="件")))
