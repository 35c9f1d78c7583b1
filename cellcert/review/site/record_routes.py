"""Pages of the record: on a phone that may lose its network, the signatures, the closing, the paper."""

from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask import Response, make_response, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime, gettext

from cellcert import clock, language, paths, web
from cellcert.application.lifecycle import Act, Relation, is_open
from cellcert.application.models import Application
from cellcert.criteria.scorer import score as scored_sheet
from cellcert.database import db
from cellcert.errors import N_, NotFound, NotReady, Refusal, Unusable
from cellcert.evidence.actions import Kept, keep
from cellcert.evidence.checking import check
from cellcert.evidence.routes import HANDED_OUT
from cellcert.evidence.rules import FILE_REFUSED, PICTURES, chosen_from, extension_of
from cellcert.forms import PostForm
from cellcert.review.pages import bp, files_shown, page, revision_shown
from cellcert.review.site import forms, records
from cellcert.review.site.actions import is_member
from cellcert.review.site.models import Visit, VisitFinding, VisitPhoto
from cellcert.review.site.paper import print_record
from cellcert.review.site.routes import names_shown, record_of, refuse_unread, things_to_visit
from cellcert.review.site.rules import TAKEN_FROM, VERDICTS, Line, Said, fingerprint, read_said

__all__ = ["bp"]


def _by_script() -> bool:
    return request.headers.get("X-Requested-With") == "XMLHttpRequest"


def _line(application: Application, visit: Visit, item: str) -> Line:
    _, there = things_to_visit(application, visit)
    line = next((one for one in there if one.key == item), None)
    if line is None:
        raise NotFound
    return line


def _who(application: Application, person_id: int, name: str) -> str:
    """A name, or that it is an expert's."""
    seated = {seat.person_id for seat in application.assignments}
    is_hidden = person_id in seated and person_id != web.me().person_id and not names_shown(application)
    return gettext("评审专家") if is_hidden else name


@bp.get("/on-site/visit")
def visit(application_id: int) -> ResponseReturnValue:
    """The record as the team fills it in, made to be kept on the phone."""
    application = web.load(application_id, Act.REPORT_ON_SITE)
    return _visit_page(application, records.going(db.session(), application, web.me()))


def _visit_page(
    application: Application,
    visit: Visit,
    collided: Mapping[str, tuple[Said, dict[str, Any]]] | None = None,
    refused: Mapping[str, tuple[Said, str]] | None = None,
) -> ResponseReturnValue:
    checklist, there = things_to_visit(application, visit)
    revision = revision_shown(application)
    scored = {one.key: one for one in scored_sheet(checklist, revision.answers).items}
    findings = {one.item: one for one in visit.findings}
    photos: dict[str, list[dict[str, Any]]] = {}
    for one in visit.photos:
        if one.removed_at is None:
            photos.setdefault(one.item, []).append(_photo(application.id, one))
    told = record_of(application, visit)
    shown = page(
        "on_site_visit", PostForm(None), application, visit=visit, lines=there, findings=findings, scored=scored,
        revision=revision, files=files_shown(application, revision), photos=photos, checklist=checklist,
        verdicts=VERDICTS, collided=collided or {}, refused=refused or {}, accept=_pictures(),
        who=lambda finding: _who(application, finding.by, finding.person.name),
        photo_key=lambda: str(uuid4()), left=sum(not one["verdict"] for one in told["items"]), me=web.me(),
    )  # fmt: skip
    answer = make_response(shown)
    answer.status_code = 409 if collided else 422 if refused else 200
    # the page installs a worker of our own, so that it opens again where there is no network
    answer.headers["Content-Security-Policy"] = f"{web.CSP}; worker-src 'self'"
    return answer


def _pictures() -> str:
    kinds = [kind for kind in web.house().library.programme.evidence.types if kind in PICTURES]
    return chosen_from(kinds)


def _photo(application_id: int, photo: VisitPhoto) -> dict[str, Any]:
    return {
        "id": photo.id,
        "key": photo.key,
        "thumb": url_for("review.visit_photo", application_id=application_id, photo_id=photo.id, small=1),
        "url": url_for("review.visit_photo", application_id=application_id, photo_id=photo.id),
        "when": format_datetime(photo.taken_at, "medium"),
        "source": gettext(TAKEN_FROM[photo.taken_from]),
    }


@bp.get("/on-site/worker.js")
def visit_worker(application_id: int) -> ResponseReturnValue:
    """The script that opens the record without a network; its address keeps it to the pages of this visit."""
    web.load(application_id, Act.REPORT_ON_SITE)
    return Response((paths.PACKAGE / "static" / "on_site_worker.js").read_bytes(), mimetype="text/javascript")


@bp.post("/on-site/items/<item>")
def note_visit(application_id: int, item: str) -> ResponseReturnValue:
    """Write down what was found on one item; what somebody else wrote meanwhile is shown and not overwritten."""
    application, me = web.load(application_id, Act.REPORT_ON_SITE), web.me()
    visit = records.going(db.session(), application, me)
    line = _line(application, visit, item)
    given = {name: request.form.get(name, "") for name in ("verdict", "what", "suggestion", "checked", "passing")}
    seen = request.form.get("seen", "0")
    try:
        said = read_said(given, line.planned)
        number = int(seen) if seen.isdecimal() and len(seen) < 9 else 0
        finding = records.note(db.session(), application, line, said, number, by=me, at=clock.now())
    except records.Elsewhere as elsewhere:
        theirs = _as_told(application, elsewhere.theirs)
        if _by_script():
            db.session.rollback()
            return {"conflict": theirs}, 409
        return _visit_page(application, visit, collided={item: (said, theirs)})
    except Unusable as refusal:
        if _by_script():
            db.session.rollback()
            return {"sentence": language.sentence(refusal)}, refusal.status
        typed = Said(given["verdict"], given["what"], given["suggestion"], None, None)
        return _visit_page(application, visit, refused={item: (typed, language.sentence(refusal))})
    told = _as_told(application, finding)
    onward = web.done(url_for(".visit", application_id=application_id, _anchor=f"item-{item}"))
    return told if _by_script() else onward


def _as_told(application: Application, finding: VisitFinding) -> dict[str, Any]:
    """A finding for the page's script."""
    return {
        "number": finding.number,
        "verdict": finding.verdict,
        "what": finding.what,
        "suggestion": finding.suggestion,
        "checked": finding.checked,
        "passing": finding.passing,
        "who": _who(application, finding.by, finding.person.name),
        "when": format_datetime(finding.at, "H:mm"),
    }


@bp.post("/on-site/items/<item>/photos")
def add_visit_photo(application_id: int, item: str) -> ResponseReturnValue:
    """Take in photos of one item; one sent twice is one photo."""
    application, me, at = web.load(application_id, Act.REPORT_ON_SITE), web.me(), clock.now()
    visit = records.going(db.session(), application, me)
    line, key = _line(application, visit, item), request.form.get("key", "")
    files = [file for file in request.files.getlist("photos") if file.filename]
    try:
        if not files:
            raise Unusable(N_("没有选择文件。请先选择，再上传。"))
        there = records.refuse_photo(visit, item, key)
        for place, file in enumerate([] if there else files[: records.MOST_PHOTOS]):
            kept, camera = _taken_in(file.filename or "", file.stream)
            application = web.load(application_id, Act.REPORT_ON_SITE)
            there = records.add_photo(
                db.session(), application, line, f"{key}-{place}" if place else key, file.filename or "", kept, camera,
                _phone_time(), by=me, at=at,
            )  # fmt: skip
    except Refusal as refusal:
        if not _by_script() or refusal.status not in {*FILE_REFUSED, 409}:
            raise
        db.session.rollback()
        return {"sentence": language.sentence(refusal)}, refusal.status
    told = _photo(application_id, there) if there else {}
    onward = web.done(url_for(".visit", application_id=application_id, _anchor=f"item-{item}"), gettext("照片已上传。"))
    return told if _by_script() else onward


def _taken_in(name: str, stream: Any, *, paper: bool = False) -> tuple[Kept, datetime | None]:  # noqa: ANN401
    """Check one file while no row is locked, and put it into the store; tells when a camera says it was taken."""
    db.session.rollback()
    house = web.house()
    if extension_of(name) not in PICTURES and not (paper and extension_of(name) == "pdf"):
        raise Unusable(N_("请上传签字记录的 PDF 或照片。") if paper else N_("这里只能上传照片。"))
    accepted = check(name, stream, house.library.programme.evidence, house.settings)
    camera = datetime.fromisoformat(accepted.taken) if accepted.taken else None
    if camera is not None and camera.tzinfo is None:  # a camera without a zone shows the time of the place
        camera = camera.replace(tzinfo=ZoneInfo(web.zone()))
    return keep(house.store, accepted), camera


def _phone_time() -> datetime | None:
    """When the phone took the photo over, by its own clock; what is no moment of these years says nothing."""
    told = request.form.get("taken", "")
    if not told.isdecimal() or len(told) != 13 or not 1_600_000_000_000 < int(told) < 4_000_000_000_000:
        return None
    return datetime.fromtimestamp(int(told) / 1000, UTC)


@bp.get("/on-site/photos/<int:photo_id>")
def visit_photo(application_id: int, photo_id: int) -> ResponseReturnValue:
    """A photo, or a small one of it."""
    application = web.load(application_id, Act.READ_EVIDENCE)
    photo = db.session.get(VisitPhoto, photo_id)
    if photo is None or photo.visit.application_id != application_id or photo.removed_at is not None:
        raise NotFound
    relation, state = application.relation_to(web.me()), application.state
    if relation is Relation.OWN:
        may_see = _may_sign(application, photo.visit)
    else:  # an expert who does not go judges what the unit handed in
        may_see = is_open(Act.READ_NOTES, relation, state) or is_member(photo.visit, web.me().person_id)
    if not may_see:
        raise NotFound
    small = photo.thumb if request.args.get("small") else None
    media_type = "image/jpeg" if small else photo.media_type
    return _handed_out(small or photo.sha256, media_type, photo.name)


def _handed_out(sha256: str, media_type: str, name: str) -> Response:
    data = web.house().store.get(sha256)
    response = send_file(BytesIO(data), media_type, as_attachment=True, download_name=name, etag=False)
    response.headers.update(HANDED_OUT)
    return response


@bp.post("/on-site/photos/<int:photo_id>/remove")
def remove_visit_photo(application_id: int, photo_id: int) -> ResponseReturnValue:
    """Take a photo out of the record."""
    application = web.load(application_id, Act.REPORT_ON_SITE)
    photo = records.remove_photo(db.session(), application, photo_id, by=web.me(), at=clock.now())
    here = url_for(".visit", application_id=application_id, _anchor=f"item-{photo.item}")
    answer = web.done(here, None if _by_script() else gettext("照片已删除。"))
    return {"removed": photo_id} if _by_script() else answer


# signatures


@bp.route("/on-site/sign", methods=["GET", "POST"])
def sign_visit(application_id: int) -> ResponseReturnValue:
    """Read the whole record on the team's phone and sign on the glass; then close it, or sign on paper."""
    application, me, at = web.load(application_id, Act.REPORT_ON_SITE), web.me(), clock.now()
    session, programme = db.session(), web.house().library.programme
    visit = records.going(session, application, me)
    told = record_of(application, visit)
    doing = request.form.get("do", "") if request.method == "POST" else ""
    signing = {
        side: forms.SignForm() if doing == f"sign-{side}" else forms.SignForm(None, data={"name": name})
        for side, name in (("team", me.name), ("unit", ""))
    }
    scan = forms.ScanForm() if doing == "scan" else forms.ScanForm(None)
    closing = forms.CloseForm() if doing == "close" else forms.CloseForm(None)
    opening = PostForm() if doing == "void" else PostForm(None)
    here = url_for(".sign_visit", application_id=application_id)
    form: PostForm = {"scan": scan, "close": closing, "void": opening}.get(doing) or signing.get(
        doing.removeprefix("sign-"), opening
    )
    try:
        if form.accepted():
            match doing:
                case "sign-team" | "sign-unit":
                    given, side = signing[doing.removeprefix("sign-")], doing.removeprefix("sign-")
                    records.sign(
                        session, application, told, given.shown.data or "", side, given.name.data,
                        given.title.data or "", given.line.data or "", by=me, at=at,
                    )  # fmt: skip
                    return web.done(here, gettext("已签字。"))
                case "void":
                    records.void_signatures(session, application, by=me, at=at)
                    back = url_for(".visit", application_id=application_id)
                    return web.done(back, gettext("签字已作废，可以继续修改。改完后须重新签字。"))
                case "scan":
                    file = request.files.get("file")
                    if file is None or not file.filename:
                        raise Unusable(N_("没有选择文件。请先选择，再上传。"))
                    kept, _ = _taken_in(file.filename, file.stream, paper=True)
                    application = web.load(application_id, Act.REPORT_ON_SITE)
                    records.attach_scan(session, application, file.filename, kept, by=me, at=at)
                    return web.done(here, gettext("签字记录已上传。"))
                case "close":
                    because = closing.unsigned_because.data or ""
                    records.close(session, application, told, because, programme, by=me, at=at)
                    onward = url_for(".on_site", application_id=application_id)
                    return web.done(onward, gettext("现场核查记录已定稿，并已通知申报单位。"))
    except (NotReady, Unusable, Refusal) as refusal:
        if refusal.status in {403, 404}:
            raise
        form.status = web.show_in(form, refusal)
        application = web.load(application_id, Act.REPORT_ON_SITE)
        visit = records.going(db.session(), application, me)
        told = record_of(application, visit)
    shown = visit.record["content"] if visit.is_closed else fingerprint(told)
    for side, one in signing.items():
        one["name"].id, one["title"].id = f"{side}-name", f"{side}-title"  # two forms on one page
        one.shown.data, one.line.data, one.shown.raw_data, one.line.raw_data = shown, "", None, None
    missing = [one for one in told["items"] if not one["verdict"]]
    return page(
        "on_site_sign", form, application, visit=visit, told=told, signing=signing, scan=scan, closing=closing,
        opening=opening, missing=missing, names=names_shown(application), mine=me.person_id,
    )  # fmt: skip


# paper


def _may_sign(application: Application, visit: Visit) -> bool:
    """Whether the unit may read the record: once every item has its finding."""
    told = record_of(application, visit)
    return visit.is_closed or all(one["verdict"] for one in told["items"])


@bp.get("/on-site/record.pdf")
def visit_record(application_id: int) -> ResponseReturnValue:
    """The record on paper: to be signed, or as it was closed."""
    application = web.load(application_id, Act.READ)
    visit = refuse_unread(application)
    if application.relation_to(web.me()) is Relation.OWN and not _may_sign(application, visit):
        raise NotFound
    told = record_of(application, visit)
    pdf = print_record(application, visit, told, web.house().library.programme, names=names_shown(application))
    name = f"现场核查记录 {application.reference}.pdf"
    return send_file(BytesIO(pdf), "application/pdf", as_attachment=False, download_name=name, etag=False)


@bp.get("/on-site/scan")
def visit_scan(application_id: int) -> ResponseReturnValue:
    """The printed record as it was signed."""
    application = web.load(application_id, Act.READ)
    visit = refuse_unread(application)
    if not visit.scan or (application.relation_to(web.me()) is Relation.OWN and not visit.is_closed):
        raise NotFound
    return _handed_out(visit.scan, visit.scan_type, visit.scan_name)
