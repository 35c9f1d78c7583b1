"""Two scorers agree on random checklists, and the figures behave as a person expects.

A failing message names the seed: ``random_checklist(Random(seed))`` and the sheets drawn after it are the case.
"""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any

import pytest

from cellcert.criteria.reader import read_checklist
from cellcert.criteria.schema import Checklist
from cellcert.criteria.scorer import score
from cellcert.criteria.sheet import Sheet
from tests.criteria.better import better_answers
from tests.criteria.filling import all_items, random_answers
from tests.criteria.naive import load_plain, naive_score
from tests.criteria.strategies import random_checklist, to_yaml

LISTS, SHEETS = 84, 10  # in each block: 10,080 sheets in all, half of them in every run and the rest in the drills
BLOCKS = [*range(6), *(pytest.param(block, marks=pytest.mark.slow) for block in range(6, 12))]


def figures(sheet: Sheet) -> dict[str, Any]:
    """What both must agree on."""
    return {
        "total": Fraction(sheet.total),
        "possible": Fraction(sheet.possible),
        "level": sheet.level.key if sheet.level else None,
        "barred": bool(sheet.barred),
        "gates": bool(sheet.gates),
        "bonus": Fraction(sheet.bonus),
        "penalties": Fraction(sheet.penalties),
        "sections": {s.key: (Fraction(s.points), Fraction(s.possible), s.floor_reached) for s in sheet.sections},
        "items": {i.key: (Fraction(i.points), Fraction(i.possible), i.state) for i in sheet.items},
        # An item of which a part is not answered is listed as well; it has points all the same.
        "missing": {m.key for m in sheet.missing if m.kind == "item" and sheet.item(m.key).state == "missing"},
    }


def naive_figures(plain: dict[str, Any], answers: dict[str, Any]) -> dict[str, Any]:
    result = naive_score(plain, answers)
    del result["base"]
    result["sections"] = {k: (s["points"], s["possible"], s["floor"]) for k, s in result["sections"].items()}
    result["items"] = {k: (i["points"], i["possible"], i["state"]) for k, i in result["items"].items()}
    counted = {item["key"] for section in plain["sections"] for item in section["items"]}
    result["missing"] = {k for k, row in result["items"].items() if k in counted and row[2] == "missing"}
    return result


def differences(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
    """Where two results part, for the message of a failing test."""
    found: dict[str, Any] = {}
    for name, left in a.items():
        right = b[name]
        if left != right:
            rows = isinstance(left, dict)
            found[name] = (
                {k: (v, right.get(k)) for k, v in left.items() if v != right.get(k)} if rows else (left, right)
            )
    return found


def lists(block: int, count: int = LISTS, stride: int = 1) -> Iterator[tuple[int, Random, dict[str, Any], Checklist]]:
    """The checklists of a block; their rng goes on to draw the sheets."""
    for seed in range(block * LISTS, block * LISTS + count, stride):
        plain, checklist, state = _list(seed)
        rng = Random()
        rng.setstate(state)
        yield seed, rng, plain, checklist


@cache
def _list(seed: int) -> tuple[dict[str, Any], Checklist, Any]:
    rng = Random(seed)
    source = random_checklist(rng, scale=rng.choice([1, 1, 1, 1, 2]))
    return load_plain(source), read_checklist(source, "factory.yaml"), rng.getstate()


def read_again(plain: dict[str, Any]) -> tuple[dict[str, Any], Checklist]:
    """A changed file, through its text."""
    source = to_yaml(plain)
    return load_plain(source), read_checklist(source, "factory.yaml")


def met_exactly(plain: dict[str, Any], result: dict[str, Any], missed: Decimal) -> dict[str, Any]:
    """The file whose only level asks just what this sheet has (and ``missed``), in total and in its floors."""
    level = {"key": "just", "name": "刚好", "total": decimal(result["total"]) + missed}
    sections = []
    for section in plain["sections"]:
        points, possible = result["sections"][section["key"]][:2]
        share = points * 100 / possible if possible else Fraction(0)
        floor = decimal(share) if (share * 100).denominator == 1 else None
        exact = {} if floor is None else {"floor": f"{min(floor + missed, Decimal(100)):f}%"}
        sections.append({key: value for key, value in section.items() if key != "floor"} | exact)
    return plain | {"sections": sections, "levels": [level]}


def decimal(value: Fraction) -> Decimal:
    """Exactly; the value ends."""
    return Decimal(value.numerator) / Decimal(value.denominator)


def reach(plain: dict[str, Any]) -> Decimal:
    """The highest total a level may ask for."""
    most = sum((section["points"] for section in plain["sections"]), Decimal(0))
    most += (plain.get("bonus") or {"cap": Decimal(0)})["cap"]
    return min(most, plain.get("total_cap", most))  # type: ignore[no-any-return]


@pytest.mark.parametrize("block", BLOCKS)
def test_both_scorers_agree_on_every_figure(block: int) -> None:
    found = {}
    for seed, rng, plain, checklist in lists(block):
        for number in range(SHEETS):
            answers = random_answers(rng, plain)
            expected = naive_figures(plain, answers)
            if unlike := differences(expected, figures(score(checklist, answers))):
                found[f"seed {seed}, sheet {number}"] = unlike
    assert not found


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("missed", ["0", "0.01"])
def test_both_agree_exactly_at_the_level_and_the_floors(block: int, missed: str) -> None:
    met = 0
    for seed, rng, plain, _ in lists(block, stride=6):
        answers = random_answers(rng, plain, "complete")
        result = naive_figures(plain, answers)
        if not 0 < result["total"] <= reach(plain) - Decimal(missed):
            continue
        exact, checklist = read_again(met_exactly(plain, result, Decimal(missed)))
        sheet = score(checklist, answers)
        assert not differences(naive_figures(exact, answers), figures(sheet)), f"seed {seed}"
        assert sheet.level is None or missed == "0", f"seed {seed}: {sheet.total} does not reach what is asked"
        met += sheet.level is not None
    assert met or missed != "0"


def test_the_random_files_use_the_whole_language() -> None:
    seen: Counter[str] = Counter()

    def look(node: Any, path: str, depth: int) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                seen[key] += 1
                seen[f"{path}.{key}"] += 1
                if key in ("parts", "any_of", "shortfall", "tiers", "choice"):
                    seen[f"{key}@{depth}"] += 1
                look(value, key, depth + (key in ("parts", "any_of")))
        elif isinstance(node, list):
            for row in node:
                look(row, path, depth)
        elif isinstance(node, str):
            seen[f"{path}: {node}"] += 1

    results: Counter[Any] = Counter()
    for _, rng, plain, checklist in lists(0):
        look(plain, "", 0)
        for mood in ("strong", "complete", "limits", "partial", "odd"):
            sheet = score(checklist, random_answers(rng, plain, mood))
            results.update(item.state for item in sheet.items)
            results.update([f"floor {section.floor_reached}" for section in sheet.sections])
            results.update(["level" if sheet.level else "no level", *("barred" for _ in sheet.barred[:1])])
            results.update(["gate" for _ in sheet.gates] + ["bonus" for _ in [1] if sheet.bonus])
            results.update(["empty full" for indicator in sheet.indicators if indicator.full])
    words = (
        "yes_no choice parts tiers linear shortfall deductions of any_of judged cap otherwise short direction each most"
    )
    words += " applies_if veto_if unless required gate floor zeros sum bonus penalties total_cap plausible places whole"
    words += " year period sample section points model at_most below above step lose not_applicable"
    asked = {word for word in words.split() if f"score: {word}" not in seen and not seen[word]}
    more = ["parts@2", "any_of@1", "shortfall@2", "deductions.shortfall", "deductions.applies_if", "parts.applies_if"]
    more += ["indicators.applies_if", "prerequisites.applies_if", "empty: full", "lose: all", "period: calendar_year"]
    more += [f"not_applicable: {mode}" for mode in ("section", "total", "full")]
    more += [f"part: {part}" for part in ("full", "started", "proportional")]
    indicators = [row for _, _, plain, _ in lists(0, 30) for row in plain["indicators"].values()]
    assert any("applies_if" in row for row in indicators)
    more.remove("indicators.applies_if")
    assert asked | {word for word in more if not seen[word]} == set()
    states = {"scored", "missing", "not_applicable", "no_value", "floor True", "floor False", "floor None"}
    assert states | {"level", "no level", "barred", "gate", "bonus", "empty full"} <= set(results)


@pytest.mark.parametrize("block", BLOCKS)
def test_points_stay_between_nothing_and_what_is_possible(block: int) -> None:
    for seed, rng, plain, checklist in lists(block, stride=3):
        penalties = {item.key for item in checklist.penalties}
        for _ in range(3):
            sheet = score(checklist, random_answers(rng, plain))
            for item in sheet.items:
                if item.key in penalties:
                    assert item.points <= 0 == item.possible, f"seed {seed}: {item.key}"
                else:
                    assert 0 <= item.points <= item.possible, f"seed {seed}: {item.key}"
            assert all(0 <= section.points <= section.possible for section in sheet.sections), f"seed {seed}"
            assert 0 <= sheet.total <= reach(plain), f"seed {seed}"


@pytest.mark.parametrize("block", BLOCKS)
def test_the_order_of_items_and_sections_changes_no_figure(block: int) -> None:
    for seed, rng, plain, checklist in lists(block, stride=6):
        answers = random_answers(rng, plain)
        mixed = plain | {
            "sections": [section | {"items": shuffled(rng, section["items"])} for section in plain["sections"]]
        }
        mixed["sections"] = shuffled(rng, mixed["sections"])
        for name in ("bonus", "penalties"):
            if name in plain:
                mixed[name] = plain[name] | {"items": shuffled(rng, plain[name]["items"])}
        _, other = read_again(mixed)
        assert not differences(figures(score(checklist, answers)), figures(score(other, answers))), f"seed {seed}"


def shuffled(rng: Random, rows: list[Any]) -> list[Any]:
    return rng.sample(rows, len(rows))


@pytest.mark.parametrize("block", BLOCKS)
def test_better_answers_never_lower_an_item_a_section_the_total_or_the_level(block: int) -> None:
    """The exceptions a rule makes are listed where better answers are drawn: better.better_answers."""
    tried = 0
    for seed, rng, plain, checklist in lists(block, stride=3):
        answers = random_answers(rng, plain, "complete")
        before = score(checklist, answers)
        for what, better in better_answers(rng, plain, answers):
            after, tried = score(checklist, better), tried + 1
            named = f"seed {seed}: {what}"
            moved = [
                (a.key, a.points, b.points)
                for a, b in zip(before.items, after.items, strict=True)
                if b.points < a.points
            ]
            assert not moved, f"{named}: {moved}"
            assert all(b.points >= a.points for a, b in zip(before.sections, after.sections, strict=True)), named
            assert after.total >= before.total, named
            assert len(after.barred) <= len(before.barred), named
            assert rank(checklist, after) >= rank(checklist, before), named
    assert tried > 100


def rank(checklist: Checklist, sheet: Sheet) -> int:
    return len(checklist.levels) - checklist.levels.index(sheet.level) if sheet.level else 0


@pytest.mark.parametrize("block", BLOCKS)
def test_what_leaves_the_sheet_leaves_the_scale_as_it_is(block: int) -> None:
    """Everything that applies earns full: so does the sheet, whatever does not apply."""
    full = 0
    for seed, rng, plain, checklist in lists(block):
        answers = random_answers(rng, plain, "strong")
        sheet = score(checklist, answers)
        assert sheet.possible == checklist.points, f"seed {seed}"
        items = {item.key: item for item in sheet.items}
        counted = [items[item.key] for section in checklist.sections for item in section.items]
        if any(item.points < item.possible for item in counted) or not any(item.possible for item in counted):
            continue
        full += any(item.state == "not_applicable" for item in counted)
        assert all(section.points == section.possible for section in sheet.sections), f"seed {seed}"
        total = checklist.points + sheet.bonus - sheet.penalties
        assert sheet.total == min(total, checklist.total_cap or total), f"seed {seed}"
    assert full > 5


@pytest.mark.parametrize("block", BLOCKS)
def test_a_veto_bars_but_never_changes_the_total(block: int) -> None:
    for seed, rng, plain, checklist in lists(block, stride=6):
        answers = random_answers(rng, plain)
        sheet = score(checklist, answers)
        prerequisite = {"key": "lawless", "text": "守法", "unless": "1 < 2"}
        vetoed = plain | {"prerequisites": [*(plain.get("prerequisites") or []), prerequisite]}
        barred = score(read_again(vetoed)[1], answers)
        assert barred.barred, f"seed {seed}"
        assert barred.level is None, f"seed {seed}"
        free = {name: value for name, value in plain.items() if name != "prerequisites"}
        free["sections"] = [section | {"items": harmless(section["items"])} for section in plain["sections"]]
        for name in ("bonus", "penalties"):
            if name in plain:
                free[name] = plain[name] | {"items": harmless(plain[name]["items"])}
        freed = score(read_again(free)[1], answers | {"prerequisites": {}})
        assert not freed.barred, f"seed {seed}"
        for other in (barred, freed):
            same = {"barred", "level"}
            assert set(differences(figures(sheet), figures(other))) <= same, f"seed {seed}"


def harmless(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in item.items() if name not in ("veto_if", "required")} for item in items]


@pytest.mark.parametrize("block", BLOCKS)
def test_bonus_lifts_the_total_but_no_floor_and_no_veto(block: int) -> None:
    lifted = 0
    for seed, rng, plain, checklist in lists(block):
        if "bonus" not in plain:
            continue
        answers = random_answers(rng, plain, "strong" if rng.random() < 0.5 else "complete")
        keys = {item["key"] for item in plain["bonus"]["items"]}
        without = {key: value for key, value in answers["items"].items() if key not in keys}
        more = score(checklist, answers)
        less = score(checklist, answers | {"items": without})
        lifted += more.total > less.total
        assert more.sections == less.sections, f"seed {seed}"
        assert {reason.zh for reason in more.barred} == {reason.zh for reason in less.barred}, f"seed {seed}"
        assert more.total - less.total <= plain["bonus"]["cap"], f"seed {seed}"
    assert lifted


def test_a_file_keeps_its_figures_when_it_is_written_again() -> None:
    for seed, rng, plain, checklist in lists(0, 30):
        again, other = read_again(plain)
        assert again == plain, f"seed {seed}"
        assert other == checklist, f"seed {seed}"
        assert [item["key"] for item in all_items(plain)] == [item.key for item in checklist.items()]
        assert score(other, random_answers(rng, plain)), f"seed {seed}"
