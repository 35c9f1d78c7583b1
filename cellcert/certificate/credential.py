"""The facts of an award for machines: a JSON file inside the certificate, the same bytes every time."""

import hashlib
import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from sqlalchemy.orm import Session

from cellcert.application.models import Application
from cellcert.certificate.models import Certificate
from cellcert.criteria.sheet import Sheet, as_json_number
from cellcert.press import Attached
from cellcert.review.recomputing import result_of, revision_of

NAME, ABOUT = "credential.json", "认定信息（机器可读）"
FORMAT = "cellcert-credential/1"
MOST_BYTES = 200_000


def result_kept(session: Session, application: Application) -> dict[str, Any] | None:
    """What the award stands on, kept with the certificate: where to find it again, and its figures."""
    result = result_of(session, application)
    if result is None:
        return None
    revision = revision_of(session, application, result.revision)
    if revision is None:
        return None
    where = {"revision": result.revision, "round": result.round, "combine": result.combine}
    return where | {"answers_sha256": revision.manifest_hash} | kept_figures(result.sheet)


def figures(sheet: Sheet) -> dict[str, Any]:
    """The figures of a sheet that a credential has; single items only as a hash, their points are nobody else's."""
    return kept_figures({
        "total": as_json_number(sheet.total),
        "possible": as_json_number(sheet.possible),
        "level": sheet.level.key if sheet.level else None,
        "sections": [{"key": one.key, "points": as_json_number(one.points)} for one in sheet.sections],
        "items": [{"key": one.key, "points": as_json_number(one.points)} for one in sheet.items],
    })  # fmt: skip


def kept_figures(sheet: Mapping[str, Any]) -> dict[str, Any]:
    """The same of a sheet as it is stored."""
    items = {one["key"]: one["points"] for one in sheet["items"]}
    return {
        "total": sheet["total"],
        "possible": sheet["possible"],
        "reached": sheet["level"],
        "sections": {one["key"]: one["points"] for one in sheet["sections"]},
        "items_sha256": hashlib.sha256(_canonical(items)).hexdigest(),
    }


def credential(certificate: Certificate, verify_url: str) -> Attached:
    """The file of one certificate."""
    kept = certificate.fields
    said = {
        "format": FORMAT,
        "number": certificate.serial,
        "unit": {"name": kept["unit_name"], "credit_code": kept["credit_code"]},
        "category": {"key": kept["category"], **kept["category_name"]},
        "level": {"key": kept["level"], **kept["level_name"]},
        "division": kept["division"],
        "authority": kept["authority"],
        "awarded_on": certificate.awarded_on.isoformat(),
        "valid_until": certificate.valid_until.isoformat(),
        "criteria": {"edition": kept["edition"], "sha256": kept["edition_sha256"]},
        "result": kept.get("result"),
        "verify": verify_url,
    }
    return Attached(NAME, ABOUT, _canonical(said), certificate.reserved_at)


def read_credential(pdf: bytes) -> dict[str, Any] | None:
    """The credential inside a PDF anybody may have made; None where there is none to read."""
    from pypdf import PdfReader

    try:
        (data,) = PdfReader(BytesIO(pdf)).attachments[NAME]
        said = json.loads(data) if len(data) <= MOST_BYTES else None
    except (Exception, RecursionError):  # a hostile file may fail anywhere in the reader
        return None
    return said if isinstance(said, dict) and said.get("format") == FORMAT else None


def _canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
