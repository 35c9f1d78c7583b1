"""What is still missing before an application can be submitted, and which answers a return opens."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from cellcert.criteria.schema import Checklist, Text
from cellcert.criteria.scorer import Sheet

Place = tuple[str, str]  # kind and key of an answer


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that must be there before submission."""

    kind: str
    key: str
    text: Text
    wants: str  # answer | evidence | commitment


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


def manifest_hash(answers: Mapping[str, object], evidence: Iterable[Mapping[str, object]]) -> str:
    """One figure over everything that was submitted."""
    whole = {"answers": answers, "evidence": list(evidence)}
    plain = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(plain.encode()).hexdigest()
