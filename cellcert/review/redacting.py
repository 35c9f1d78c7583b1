"""Redacted copies (遮盖件): what experts see of a file where the programme hides the unit from them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert.actors import Actor
from cellcert.application.lifecycle import Act
from cellcert.application.models import Application
from cellcert.audit.actions import record
from cellcert.criteria.programme import Programme
from cellcert.errors import N_, NotFound, NotReady, Unusable
from cellcert.evidence.actions import Kept
from cellcert.evidence.models import Evidence, Redaction
from cellcert.evidence.queries import all_files, redactions_of
from cellcert.evidence.rules import SIGNED_LETTER
from cellcert.review.clarify_models import Clarification, ClarificationFile
from cellcert.review.clarify_rules import Level

NAMED = 5  # files a refusal names


@dataclass(frozen=True, slots=True)
class ToRedact:
    """One file experts may open: at which places it stands, and what was made of it."""

    file: Evidence | ClarificationFile
    places: tuple[str, ...]
    redaction: Redaction | None

    @property
    def sha256(self) -> str:
        return self.file.sha256

    @property
    def name(self) -> str:
        return self.file.name

    @property
    def answers(self) -> bool:
        """Whether it came with an answer to a question."""
        return isinstance(self.file, ClarificationFile)


def to_redact(session: Session, application: Application) -> list[ToRedact]:
    """Every file experts may open, each once; the signed letter is none of them. Three queries, however many files."""
    done = redactions_of(session, application)
    files: dict[str, Evidence | ClarificationFile] = {}
    places: dict[str, list[str]] = {}
    for file in all_files(session, application):
        if file.item != SIGNED_LETTER:
            files.setdefault(file.sha256, file)
            places.setdefault(file.sha256, []).append(file.item)
    answered = select(ClarificationFile, Clarification.item).join(
        Clarification, Clarification.id == ClarificationFile.clarification_id
    )
    mine = Clarification.application_id == application.id, Clarification.level != Level.OFFICE.value
    for answer, item in session.execute(answered.where(*mine).order_by(ClarificationFile.id)):
        files.setdefault(answer.sha256, answer)
        places.setdefault(answer.sha256, []).append(item)
    return [ToRedact(file, tuple(dict.fromkeys(places[sha256])), done.get(sha256)) for sha256, file in files.items()]


def still_open(files: Sequence[ToRedact]) -> list[ToRedact]:
    """The files experts cannot open yet."""
    return [one for one in files if one.redaction is None]


def refuse_unredacted(session: Session, application: Application, programme: Programme) -> None:
    """Where experts must not learn the unit, a case goes to them with every file redacted or confirmed."""
    if not programme.review.blind_unit:
        return
    if left := still_open(to_redact(session, application)):
        names = "、".join(f"“{one.name}”" for one in left[:NAMED])
        raise NotReady(
            N_("还有 {count} 个文件没有遮盖件，也没有确认无需遮盖：{names}{more}。请先在“遮盖材料”页逐个办理。"),
            count=len(left), names=names, more="……" if len(left) > NAMED else "",
        )  # fmt: skip


def redact(
    session: Session,
    application: Application,
    sha256: str,
    kept: Kept,
    programme: Programme,
    *,
    by: Actor,
    at: datetime,
) -> Redaction:
    """Keep a redacted copy of a file (B62); a newer one takes its place."""
    file = _permitted(session, application, programme, by).get(sha256)
    if file is None:
        raise NotFound
    if kept.sha256 == sha256:
        raise Unusable(N_("上传的就是原件。请上传遮盖后的文件；内容看不出单位的，请勾选“无需遮盖”。"))
    row = file.redaction or Redaction(application_id=application.id, original=sha256)
    row.sha256, row.media_type, row.size, row.thumb = kept.sha256, kept.media_type, kept.size, kept.thumb
    row.by, row.at = by.signatory, at
    session.add(row)
    record(session, Act.REDACT.slug, f"application:{application.id}", by=by, at=at, original=sha256, sha256=kept.sha256)
    return row


def confirm_plain(
    session: Session,
    application: Application,
    wanted: Collection[str],
    programme: Programme,
    *,
    by: Actor,
    at: datetime,
) -> int:
    """Confirm that nothing in these files tells the unit (B62): experts get them as they are, under a neutral name."""
    files = _permitted(session, application, programme, by)
    chosen = [files[sha256] for sha256 in wanted if sha256 in files]
    if not chosen:
        raise Unusable(N_("没有勾选文件。请先勾选内容看不出单位的文件，再确认。"))
    for one in chosen:
        row = one.redaction or Redaction(application_id=application.id, original=one.sha256)
        row.sha256 = row.media_type = row.size = row.thumb = None
        row.by, row.at = by.signatory, at
        session.add(row)
    originals = [one.sha256 for one in chosen]
    record(session, Act.REDACT.slug, f"application:{application.id}", by=by, at=at, nothing_to_redact=originals)
    return len(chosen)


def _permitted(session: Session, application: Application, programme: Programme, by: Actor) -> dict[str, ToRedact]:
    application.permit(Act.REDACT, by)
    if not programme.review.blind_unit:
        raise NotReady(N_("本方案不对专家隐去单位名称，材料不用遮盖。"))
    return {one.sha256: one for one in to_redact(session, application)}
