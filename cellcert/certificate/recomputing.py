"""Does the credential of a certificate still follow from what is stored: the record, the criteria, answers, sheets?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert.application.models import Application
from cellcert.assessment.rules import manifest_hash
from cellcert.certificate.credential import figures
from cellcert.certificate.models import Certificate
from cellcert.criteria.editions import fingerprint
from cellcert.errors import N_
from cellcert.review.models import RoundResult
from cellcert.review.recomputing import recompute


@dataclass(frozen=True, slots=True)
class Line:
    """One fact: what the file says, and what was found."""

    name: str
    said: object
    found: object

    @property
    def same(self) -> bool:
        return self.said == self.found


def compared(session: Session, certificate: Certificate, said: Mapping[str, Any]) -> list[Line]:
    """Every fact of a credential beside what the record says and what computing it again gives."""
    return [*_printed(certificate, said), *_computed(session, certificate.application, said)]


def _printed(certificate: Certificate, said: Mapping[str, Any]) -> Iterator[Line]:
    kept = certificate.fields
    yield Line(N_("单位名称"), _at(said, "unit", "name"), kept["unit_name"])
    yield Line(N_("统一社会信用代码"), _at(said, "unit", "credit_code"), kept["credit_code"])
    yield Line(N_("类别"), _at(said, "category", "key"), kept["category"])
    yield Line(N_("等次"), _at(said, "level", "key"), kept["level"])
    yield Line(N_("认定日期"), _at(said, "awarded_on"), certificate.awarded_on.isoformat())
    yield Line(N_("有效期至"), _at(said, "valid_until"), certificate.valid_until.isoformat())
    yield Line(N_("标准版本"), _at(said, "criteria", "edition"), kept["edition"])


def _computed(session: Session, application: Application, said: Mapping[str, Any]) -> Iterator[Line]:
    yield Line(N_("标准全文的哈希"), _at(said, "criteria", "sha256"), fingerprint(application.edition.text))
    result = session.scalar(
        select(RoundResult).where(
            RoundResult.application_id == application.id, RoundResult.round == _at(said, "result", "round")
        )
    )
    again = recompute(session, result) if result is not None else None
    if again is None:
        yield Line(N_("评审结果"), _at(said, "result"), None)
        return
    revision = again.revision
    answers = manifest_hash(revision.answers, revision.evidence, revision.sheet)
    yield Line(N_("自评答案与证明材料清单的哈希"), _at(said, "result", "answers_sha256"), answers)
    found = figures(again.final)
    for name, key in FIGURES:
        yield Line(name, _at(said, "result", key), found[key])


FIGURES = (
    (N_("总分"), "total"),
    (N_("可得分"), "possible"),
    (N_("达到的等次"), "reached"),
    (N_("各部分得分"), "sections"),
    (N_("各项得分的哈希"), "items_sha256"),
)


def _at(said: object, *keys: str) -> object:
    """What stands there; nothing where the file has another form."""
    for key in keys:
        said = said.get(key) if isinstance(said, dict) else None
    return said
