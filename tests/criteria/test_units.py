"""A formula adds like with like, and gives the unit its indicator states."""

import pytest

from cellcert.criteria.units import powers_of, unit_faults

UNITS = {
    "t": "t", "kg": "kg", "heads": "人", "thousands": "万人", "output": "万元", "rate": "%", "bins": "个", "days": "d",
    "area": "m2", "floor": "万平方米", "power": "kWh", "yearly": "t/年",
}  # fmt: skip


def said(formula: str, result: str) -> list[str]:
    return [fault.zh for fault in unit_faults(formula, UNITS, result)]


@pytest.mark.parametrize(
    ("formula", "result"),
    [
        ("t", "吨"),
        ("t + kg / 1000", "t"),
        ("t * 1000 + kg", "kg"),
        ("max(t - kg / 1000, 0)", "t"),
        ("abs(t - t) / t * 100", "%"),
        ("(1 - t / t) * 100", "%"),
        ("(1 - (t / heads) / (t / heads)) * 100", "%"),
        ("100 - t / t * 100", "%"),
        ("min(100, t / t * 100)", "%"),
        ("t / t * 100 * 0.6 + kg / kg * 100 * 0.4", "%"),
        ("t / t * 1000", "‰"),
        ("(t / t - kg / kg) * 100", "百分点"),
        ("t / t", "倍"),
        ("rate", "%"),
        ("rate + t / t * 100", "%"),
        ("rate * t / 100", "t"),
        ("t / output", "t/万元"),
        ("t / output * 1000", "kg/万元"),
        ("t / output / 10", "kg/元"),
        ("kg / (heads * days)", "kg/(人·d)"),
        ("kg / heads / days", "kg/人·天"),
        ("yearly * 1000 / heads / 365", "kg/(人·d)"),
        ("bins / heads * 10000", "个/万人"),
        ("bins / thousands", "个/万人"),
        ("power / area", "千瓦时/㎡"),
        ("area / floor / 100", "%"),
        ("kg * 1000 / t", ""),
        ("heads", "名"),
        ("7", "%"),
    ],
)
def test_like_is_added_to_like(formula: str, result: str) -> None:
    assert said(formula, result) == []


@pytest.mark.parametrize(
    ("formula", "result", "says"),
    [
        ("t + kg", "t", "请统一为一种单位，例如 kg / 1000"),
        ("kg - t", "kg", "请统一为一种单位，例如 t * 1000"),
        ("max(t, heads)", "t", "“t”（t）与“heads”（人）不能加减或比较，请统一为一种单位"),
        ("t + 5", "t", "请把这个数写成一项有单位的数据"),
        ("t / t", "%", "得到的是比值，而指标的单位是 %，请写 * 100"),
        ("t / t", "‰", "请写 * 1000"),
        ("rate + t / t", "%", "例如 t / t * 100"),
        ("rate * t", "t", "请写 / 100"),
        ("t / output", "kg/万元", "得到的是 t/万元，而指标的单位是 kg/万元，请写 * 1000"),
        ("bins / heads", "个/万人", "请写 * 10000"),
        ("bins / heads * 100", "%", "把单位写成 个/人"),
        ("kg * 1000 / heads", "g", "把单位写成 g/人"),
        ("kg * 1000 / thousands", "t", "把单位写成"),
        ("t / t", "t", "得到的是没有单位的数，而指标的单位是 t"),
        ("t", "t/", "单位“t/”看不懂"),
    ],
)
def test_what_is_unlike_is_named_with_what_to_write(formula: str, result: str, says: str) -> None:
    faults = said(formula, result)

    assert len(faults) == 1
    assert says in faults[0]


@pytest.mark.parametrize(
    "unit", ["t", "kg/(人·d)", "袋（次）", "件次", "万人次", "kg/（人·d）", "m²", "t/万元", "1/d", "元 / 人"]
)
def test_units_people_write_are_read(unit: str) -> None:
    assert powers_of(unit)


@pytest.mark.parametrize(
    "unit", ["/", "t//d", "t/", "(t", "t)", "m^x", "t·", "(" * 30 + "t" + ")" * 29, "字" * 61, "^2"]
)
def test_what_is_no_unit_is_said(unit: str) -> None:
    assert said("t", unit)
