"""What is written on site: findings, photos, signatures, and the record they make."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.actors import Actor
from cellcert.application.actions import tell_unit
from cellcert.application.lifecycle import Act
from cellcert.application.models import Application
from cellcert.assessment.models import Revision
from cellcert.audit.actions import record
from cellcert.criteria.programme import Programme
from cellcert.errors import N_, Incomplete, NotFound, NotReady, TooLarge, Unusable
from cellcert.evidence.actions import Kept
from cellcert.evidence.rules import file_name
from cellcert.review.models import OnSiteReport
from cellcert.review.site.actions import is_member, refuse_settled
from cellcert.review.site.models import Visit, VisitFinding, VisitPhoto, VisitSignature
from cellcert.review.site.queries import visit_of
from cellcert.review.site.rules import KEY, Line, Said, fingerprint, read_line, taken

MOST_PHOTOS = 20  # of one item
MOST_SIGNATURES = 20


class Elsewhere(NotReady):
    """Somebody else wrote on this item meanwhile; nothing was overwritten."""

    def __init__(self, theirs: VisitFinding) -> None:
        super().__init__(N_("这一项刚被核查组其他成员改过。请对照两边的内容，再选用哪一份。"))
        self.theirs = theirs


def going(session: Session, application: Application, by: Actor) -> Visit:
    """The visit whose record this person may write (B19)."""
    application.permit(Act.REPORT_ON_SITE, by)
    visit = visit_of(session, application)
    if visit is None:
        raise NotReady(N_("还没有安排现场核查。请先确定核查组和时间。"))
    if not is_member(visit, by.person_id):
        raise NotReady(N_("您不在本案核查组中。需要参加的，请联系安排核查的人员。"))
    return visit


def note(
    session: Session, application: Application, line: Line, said: Said, seen: int, *, by: Actor, at: datetime
) -> VisitFinding:
    """Write what was found on an item; ``seen`` is the number of the finding the writer saw, 0 for none."""
    visit = going(session, application, by)
    finding = next((one for one in visit.findings if one.item == line.key), None)
    if finding is not None and said_in(finding) == said:
        return finding  # sent twice: a slow line
    refuse_settled(visit)
    if finding is None:
        if seen:
            raise NotReady(N_("这一项的内容对不上，请刷新页面。"))
        finding = VisitFinding(visit_id=visit.id, item=line.key, number=0)
        visit.findings.append(finding)
    elif finding.number != seen:
        raise Elsewhere(finding)
    finding.number += 1
    finding.verdict, finding.what, finding.suggestion = said.verdict, said.what, said.suggestion
    finding.checked, finding.passing = said.checked, said.passing
    finding.by, finding.at = by.signatory, at
    record(
        session, "note-on-site", f"application:{application.id}", by=by, at=at, item=line.key, number=finding.number,
        verdict=said.verdict,
    )  # fmt: skip
    session.flush()
    return finding


def said_in(finding: VisitFinding) -> Said:
    """A finding without who and when."""
    return Said(finding.verdict, finding.what, finding.suggestion, finding.checked, finding.passing)


def refuse_photo(visit: Visit, item: str, key: str) -> VisitPhoto | None:
    """The photo of this key if it is here; a refusal where none can be added."""
    if not KEY.fullmatch(key):
        raise Unusable(N_("这张照片没有编号，请刷新页面后重新选择。"))
    if there := next((one for one in visit.photos if one.key == key), None):
        return there
    refuse_settled(visit)
    if sum(one.item == item and one.removed_at is None for one in visit.photos) >= MOST_PHOTOS:
        raise TooLarge(N_("这一项已有 {most} 张照片。请删除不需要的，再添加。"), most=MOST_PHOTOS)
    return None


def add_photo(
    session: Session,
    application: Application,
    line: Line,
    key: str,
    name: str,
    kept: Kept,
    camera: datetime | None,
    phone: datetime | None,
    *,
    by: Actor,
    at: datetime,
) -> VisitPhoto:
    """Keep a photo once, with the time it was taken and how that is known."""
    visit = going(session, application, by)
    if there := refuse_photo(visit, line.key, key):
        return there
    if not kept.media_type.startswith("image/"):
        raise Unusable(N_("这里只能上传照片。"))
    moment, source = taken(camera, phone, at)
    photo = VisitPhoto(
        item=line.key, key=key, name=file_name(name, kept.extension), sha256=kept.sha256, media_type=kept.media_type,
        size=kept.size, thumb=kept.thumb, taken_at=moment, taken_from=source, by=by.signatory, at=at,
    )  # fmt: skip
    visit.photos.append(photo)
    record(session, "photo-on-site", f"application:{application.id}", by=by, at=at, item=line.key, sha256=kept.sha256)
    session.flush()
    return photo


def remove_photo(session: Session, application: Application, photo_id: int, *, by: Actor, at: datetime) -> VisitPhoto:
    """Take a photo out of the record."""
    visit = going(session, application, by)
    photo = next((one for one in visit.photos if one.id == photo_id and one.removed_at is None), None)
    if photo is None:
        raise NotFound
    refuse_settled(visit)
    photo.removed_at = at
    about = f"application:{application.id}"
    record(session, "remove-photo-on-site", about, by=by, at=at, item=photo.item, sha256=photo.sha256)
    return photo


def content(application: Application, visit: Visit, lines: Sequence[Line], revision: Revision) -> dict[str, Any]:
    """What is signed: the case, the team, every item with what was found, and the photos."""
    findings = {one.item: one for one in visit.findings}
    claimed = {one["key"]: one["points"] for one in revision.sheet["items"]}
    lead = visit.lead_id
    return {
        "reference": application.reference,
        "unit": application.unit.name,
        "category": application.category,
        "revision": revision.number,
        "starts_at": visit.starts_at.isoformat(),
        "place": visit.place,
        "team": [
            {"id": one.person_id, "name": one.person.name, "role": one.role.value, "leads": one.person_id == lead}
            for one in visit.members
        ],
        "items": [_told(line, findings.get(line.key), visit, claimed.get(line.key)) for line in lines],
    }  # fmt: skip


def _told(line: Line, finding: VisitFinding | None, visit: Visit, claimed: str | None) -> dict[str, Any]:
    said = said_in(finding) if finding else Said()
    return {
        "key": line.key, "number": line.number, "text": line.thing.text.zh, "claimed": claimed, "planned": line.planned,
        "of": line.item.sample.of.zh if line.item and line.item.sample else "",
        "verdict": said.verdict, "what": said.what, "suggestion": said.suggestion,
        "checked": said.checked, "passing": said.passing,
        "photos": [
            {"id": one.id, "sha256": one.sha256, "taken_at": one.taken_at.isoformat(), "taken_from": one.taken_from}
            for one in visit.photos
            if one.item == line.key and one.removed_at is None
        ],
    }  # fmt: skip


def sign(
    session: Session,
    application: Application,
    told: dict[str, Any],
    shown: str,
    side: str,
    name: str,
    title: str,
    line: str,
    *,
    by: Actor,
    at: datetime,
) -> VisitSignature:
    """Sign what is recorded, on the phone of the team (B19) or by the unit itself (B53); ``shown`` is what was read."""
    visit = _to_sign(session, application, by)
    if visit.is_closed:
        raise NotReady(N_("核查记录已经定稿，不能再更改。"))
    if fingerprint(told) != shown:
        raise NotReady(N_("核查记录刚有改动。请重新看过后再签字。"))
    _refuse_open(told)
    if not name:
        raise Unusable(N_("请写明签字人姓名。"))
    if len(visit.signatures) >= MOST_SIGNATURES:
        raise TooLarge(N_("签字次数太多，请打印记录，在纸上签字后上传。"))
    signature = VisitSignature(
        side="unit" if by.unit_id is not None else side, name=name, title=title, line=read_line(line),
        content_hash=shown, by=by.signatory, at=at,
    )  # fmt: skip
    visit.signatures.append(signature)
    record(session, "sign-on-site", f"application:{application.id}", by=by, at=at, side=signature.side, content=shown)
    return signature


def _to_sign(session: Session, application: Application, by: Actor) -> Visit:
    if by.unit_id is None:
        return going(session, application, by)
    application.permit(Act.ANSWER_VISIT, by)
    visit = visit_of(session, application)
    if visit is None:
        raise NotFound
    return visit


def _refuse_open(told: dict[str, Any]) -> None:
    if missing := [f"{one['number']} {one['text']}".strip() for one in told["items"] if not one["verdict"]]:
        raise Incomplete(missing)


def void_signatures(session: Session, application: Application, *, by: Actor, at: datetime) -> int:
    """Open a signed record again: who has signed signs again."""
    visit = going(session, application, by)
    if visit.is_closed:
        raise NotReady(N_("核查记录已经定稿，不能再更改。"))
    signed = visit.signed
    for one in signed:
        one.void_at = at
    if signed:
        record(session, "void-signatures", f"application:{application.id}", by=by, at=at, count=len(signed))
    return len(signed)


def state(session: Session, application: Application, text: str, *, by: Actor, at: datetime) -> None:
    """The unit's own words on the visit (B53); also after the record was closed, until the case goes on."""
    application.permit(Act.ANSWER_VISIT, by)
    visit = visit_of(session, application)
    if visit is None:
        raise NotReady(N_("还没有安排现场核查，安排后会通知您。"))
    if not text:
        raise Unusable(N_("请写明要说明的内容。"))
    if len(visit.statements) >= 10:
        raise TooLarge(N_("已说明 10 次。请联系安排核查的人员。"))
    visit.statements = [*visit.statements, {"text": text, "name": by.name, "at": at.isoformat()}]
    record(session, "state-on-site", f"application:{application.id}", by=by, at=at)


def attach_scan(session: Session, application: Application, name: str, kept: Kept, *, by: Actor, at: datetime) -> None:
    """Keep the printed record as both sides signed it."""
    visit = going(session, application, by)
    if visit.is_closed:
        raise NotReady(N_("核查记录已经定稿，不能再更改。"))
    if kept.extension not in {"pdf", "jpg", "png", "webp"}:
        raise Unusable(N_("请上传签字记录的 PDF 或照片。"))
    visit.scan, visit.scan_name, visit.scan_type = kept.sha256, file_name(name, kept.extension), kept.media_type
    record(session, "scan-on-site", f"application:{application.id}", by=by, at=at, sha256=kept.sha256)


def close(
    session: Session,
    application: Application,
    told: dict[str, Any],
    unsigned_because: str,
    programme: Programme,
    *,
    by: Actor,
    at: datetime,
) -> Visit:
    """Close the record (B19): both sides signed on the glass or on paper, or why the unit did not is told."""
    visit = going(session, application, by)
    if visit.is_closed:
        raise NotReady(N_("核查记录已经定稿，不能再更改。"))
    _refuse_open(told)
    now = fingerprint(told)
    if any(one.content_hash != now for one in visit.signed):
        raise NotReady(N_("签字以后记录有改动。请作废签字，重新签字。"))
    sides = {one.side for one in visit.signed}
    if not visit.scan:
        if "team" not in sides:
            raise NotReady(N_("核查组还没有签字。请在手机上签字，或上传签字的纸质记录。"))
        if "unit" not in sides and not unsigned_because:
            raise NotReady(N_("申报单位还没有签字。请对方签字，或上传签字的纸质记录；拒绝签字的，请写明原因。"))
    visit.unsigned_because = "" if visit.scan or "unit" in sides else unsigned_because
    visit.record = told | {
        "content": now,
        "signatures": [
            {
                "side": one.side, "name": one.name, "title": one.title, "line": one.line, "by": one.by,
                "at": one.at.isoformat(),
            }
            for one in visit.signed
        ],
        "statements": visit.statements, "scan": visit.scan, "unsigned_because": visit.unsigned_because,
        "closed_at": at.isoformat(),
    }  # fmt: skip
    visit.record_hash, visit.closed_by, visit.closed_at = fingerprint(visit.record), by.signatory, at
    differs = [one for one in told["items"] if one["verdict"] == "differs"]
    text = "；".join(f"{one['number']} {one['what']}".strip() for one in differs)
    found = f"核查 {len(told['items'])} 项，{len(differs)} 项与申报不符" + (f"：{text}" if text else "") + "。"
    on = clock.day_of(min(visit.starts_at, at), programme.time_zone)
    report = OnSiteReport(application_id=application.id, visited_on=on.isoformat(), text=found, by=by.signatory, at=at)
    session.add(report)
    record(session, "close-on-site-record", f"application:{application.id}", by=by, at=at, sha256=visit.record_hash)
    more = "请登录后查看；有不同意见的，可在核查结束前补充说明。"
    told_unit = f"{application.unit.name}：\n现场核查记录已定稿。{found}\n{more}"
    tell_unit(session, application, f"visit-{visit.id}-closed", "现场核查记录已定稿", told_unit, at=at)
    return visit


def report_refused(session: Session, application: Application) -> None:
    """Refuse a report in plain words where a visit has its own record."""
    there = select(Visit.id).where(Visit.application_id == application.id, Visit.round == application.round)
    if session.scalar(there) is not None:
        raise NotReady(N_("本案已安排核查组，请核查组成员在“现场核查记录”页填写。"))
