"""What is still missing before an application can be submitted, and which answers a return opens."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cellcert.criteria.schema import Checklist, Text
from cellcert.criteria.scorer import Sheet
from cellcert.criteria.text import figure
from cellcert.ledger.rules import Figures

Place = tuple[str, str]  # kind and key of an answer


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that must be there before submission."""

    kind: str
    key: str
    text: Text
    wants: str  # answer | evidence | reason | commitment


def gaps(checklist: Checklist, sheet: Sheet, with_evidence: Collection[str], committed: bool) -> list[Gap]:
    """Everything missing, in the order of the form: answers, the files of mandatory items, the commitment."""
    found = [Gap(missing.kind, missing.key, missing.text, "answer") for missing in sheet.missing]
    applies = {result.key for result in sheet.items if result.state != "not_applicable"}
    found += [
        Gap("item", item.key, item.text, "evidence")
        for item in checklist.items()
        if item.required and item.evidence and item.key in applies and item.key not in with_evidence
    ]
    if not committed:
        found.append(
            Gap("commitment", "commitment", Text("承诺书尚未确认", "The commitment is not confirmed yet"), "commitment")
        )
    return found


def differs(figures: Figures, indicator: str, key: str, given: object) -> bool:
    """Whether an input was typed otherwise than the unit's ledger says."""
    said = figures.get(indicator, {}).get(key)
    return said is not None and given is not None and Decimal(str(given)) != said.value


def unexplained(
    checklist: Checklist,
    figures: Figures,
    indicators: Mapping[str, Any],
    notes: Mapping[str, str],
    asked: Collection[Place],
) -> list[Gap]:
    """Figures typed otherwise than the ledger says, where the unit may and does not say why."""
    return [
        Gap(
            "indicator",
            indicator.key,
            Text(
                f"“{indicator.name}”有数据与固废台账不同，请说明原因",
                f"“{indicator.name.text('en')}” differs from the waste ledger: say why",
            ),
            "reason",
        )
        for indicator in checklist.indicators
        if ("indicator", indicator.key) in asked
        and not notes.get(f"indicator.{indicator.key}", "").strip()
        and any(
            differs(figures, indicator.key, key, given) for key, given in (indicators.get(indicator.key) or {}).items()
        )
    ]


def to_keep(figures: Figures, indicators: Mapping[str, Any]) -> dict[str, Any]:
    """What the ledger said when the answers were handed in, and where another figure was given."""
    return {
        indicator: {
            key: {
                "figure": figure(said.value),
                "missing": [list(month) for month in said.missing],
                "differs": differs(figures, indicator, key, (indicators.get(indicator) or {}).get(key)),
            }
            for key, said in inputs.items()
        }
        for indicator, inputs in figures.items()
    }


def manifest_hash(answers: Mapping[str, object], evidence: Iterable[Mapping[str, object]]) -> str:
    """One figure over everything that was submitted."""
    whole = {"answers": answers, "evidence": list(evidence)}
    plain = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(plain.encode()).hexdigest()
