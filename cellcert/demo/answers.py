"""Answer sheets of fictitious units: a good example of each category, and worse ones made from it."""

from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, cast

from cellcert.criteria import ways
from cellcert.criteria.fields import as_plain
from cellcert.criteria.reader import read_fields, read_source
from cellcert.criteria.schema import Checklist
from cellcert.criteria.scorer import experts_score

EXAMPLES = "examples"


def example(folder: Path, category: str) -> dict[str, Any]:
    """The city's example answers for a category: ``examples/<category>.yaml`` beside the checklists."""
    path = folder / EXAMPLES / f"{category}.yaml"
    return cast("dict[str, Any]", as_plain(read_fields(read_source(path), path.name).table))


def worse(checklist: Checklist, answers: Mapping[str, Any], rng: Random, chance: float) -> dict[str, Any]:
    """The same answers with some items a little worse, each with ``chance``."""
    sheet = deepcopy(dict(answers))
    given = sheet.setdefault("items", {})
    for item in checklist.items():
        if item.kind == "penalty" or item.required or item.gate or item.key not in given:
            continue
        if experts_score(item) and rng.random() < chance:
            given[item.key] = _weakened(item.way, given[item.key], rng)
    return sheet


def _weakened(way: ways.Way, answer: Any, rng: Random) -> Any:  # noqa: ANN401
    match way:
        case ways.YesNo():
            return False
        case ways.Choice(options=options):
            option = options[min(1, len(options) - 1)]
            if isinstance(option.points, ways.Range):
                return {"choice": option.key, "points": str(option.points.lowest)}
            return option.key
        case ways.Parts(parts=parts):
            part = rng.choice([part for part in parts if part.key in answer] or list(parts))
            return {**answer, part.key: _weakened(part.way, answer.get(part.key), rng)}
        case ways.Deductions(faults=faults):
            fault = next((fault for fault in faults if fault.lose is not None and fault.short is None), None)
            if fault is None:
                return answer
            if isinstance(fault.lose, ways.Range):
                return {**(answer or {}), fault.key: str(fault.lose.lowest)}
            return {**(answer or {}), fault.key: 1 if fault.each else True}
        case ways.AtLeast():
            return list(answer)[:-1]
        case ways.AnyOf(ways=alternatives):
            changed = {
                alt.key: _weakened(alt.way, answer.get(alt.key), rng)
                for alt in alternatives
                if alt.key in (answer or {})
            }
            return changed or answer
        case ways.Judged(points=points, step=step):
            lower = Decimal(str(answer or 0)) - step
            return str(max(Decimal(0), min(lower, points)))
        case _:
            return answer
