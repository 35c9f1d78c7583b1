"""Pages of award letters: the letters, one of them, its signature, its certificates."""

from io import BytesIO

from flask import Blueprint, current_app, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm.exc import StaleDataError

from cellcert import clock, web
from cellcert.actors import Role
from cellcert.certificate.letter import print_award_letter
from cellcert.certificate.letters import actions
from cellcert.certificate.letters.forms import BatchForm, LetterForm, SignForm
from cellcert.certificate.letters.models import AwardLetter
from cellcert.certificate.letters.printing import letter_fields, words_of
from cellcert.certificate.letters.queries import letters, making, named_in, waiting_awards, waiting_batches
from cellcert.certificate.letters.rules import list_seen, trouble
from cellcert.certificate.models import Certificate
from cellcert.database import db
from cellcert.errors import N_, Changed, NotAllowed, NotFound, NotReady
from cellcert.forms import PostForm, VersionedForm
from cellcert.people.models import Post
from cellcert.storage import Damaged

bp = Blueprint("award_letter", __name__, url_prefix="/award-letters")
HOUSE = {Role.OFFICE, Role.APPROVER}


def found_letter(letter_id: int, *, lock: bool = False) -> AwardLetter:
    """The letter of an address; a draft is nobody's but the office's and the approvers'."""
    letter = db.session.get(AwardLetter, letter_id, with_for_update=lock or None)
    if letter is None or (letter.issued_at is None and web.me().role not in HOUSE):
        raise NotFound
    return letter


def list_of(letter: AwardLetter) -> list[Certificate]:
    """Whom a letter names, or would name if it went out now."""
    if letter.issued_at is not None:
        return named_in(db.session(), letter)
    order = [category.key for category in web.house().library.programme.categories]
    return waiting_awards(db.session(), letter.batch, order)


@bp.route("", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """The letters that went out, for everybody; the office begins one for a batch."""
    me, form, status = web.me(), BatchForm(), 200
    if request.method == "POST" and me.role is Role.PUBLIC:
        return web.login.unauthorized()  # type: ignore[no-any-return]
    if request.method == "POST" and me.role is not Role.OFFICE:
        raise NotAllowed(N_("您目前的身份是“{role}”，不能打开这个页面。"), role=me.role.label)
    lines = letters(db.session(), drafts=me.role in HOUSE)
    waiting = waiting_batches(db.session()) if me.role in HOUSE else {}
    in_draft = {line.letter.batch for line in lines if line.letter.issued_at is None}
    form.offer({batch: count for batch, count in waiting.items() if batch not in in_draft})
    if form.accepted():
        at, programme = clock.now(), web.house().library.programme
        try:
            letter = actions.prepare(
                db.session(), form.batch.data, programme, by=me, at=at, on=clock.day_of(at, web.zone())
            )
            if letter.number:
                _tell_approvers(letter)
            return web.done(url_for(".letter", letter_id=letter.id), gettext("已拟认定文件，请核对文号、日期和名单。"))
        except NotReady as refusal:
            status = web.show_in(form, refusal)
    return render_template(
        "award_letter/index.html", lines=lines, waiting=waiting, form=form, may_prepare=me.role is Role.OFFICE,
        is_house=me.role in HOUSE,
    ), 422 if form.errors and status == 200 else status  # fmt: skip


@bp.route("/<int:letter_id>", methods=["GET", "POST"])
def letter(letter_id: int) -> ResponseReturnValue:
    """One letter with its list; the office gives a draft its number and date."""
    me = web.me()
    if request.method == "POST" and me.role is Role.PUBLIC:
        return web.login.unauthorized()  # type: ignore[no-any-return]
    found, status = found_letter(letter_id, lock=request.method == "POST"), 200
    if request.method == "POST" and me.role is not Role.OFFICE:
        raise NotAllowed(N_("您目前的身份是“{role}”，不能打开这个页面。"), role=me.role.label)
    form = LetterForm(obj=found, version=found.version) if request.method == "GET" else LetterForm()
    if form.accepted():
        try:
            if form.version.data is not None and form.version.data != found.version:
                raise Changed
            had_number = found.number is not None
            actions.revise(db.session(), found, form.number.data, form.dated.data, by=me, at=clock.now())
            if not had_number:
                _tell_approvers(found)
            return web.done(url_for(".letter", letter_id=letter_id), gettext("文号和日期已保存。"))
        except (Changed, NotReady) as refusal:
            status = web.show_in(form, refusal)
            form.version.data, form.version.raw_data = found_letter(letter_id).version, None
    found = found_letter(letter_id)
    certificates, programme = list_of(found), web.house().library.programme
    return render_template(
        "award_letter/letter.html",
        letter=found,
        said=found.said or words_of(found, programme, len(certificates)),
        groups=_by_category(certificates),
        count=len(certificates),
        form=form,
        is_house=me.role in HOUSE,
        may_revise=me.role is Role.OFFICE and found.issued_at is None,
        may_issue=me.role is Role.APPROVER and found.issued_at is None and found.prepared_by != me.person_id,
        address=web.public_url("award_letter.letter", letter_id=letter_id),
    ), 422 if form.errors and status == 200 else status


def _tell_approvers(letter: AwardLetter) -> None:
    """Once, when a draft has all it needs to be signed."""
    programme = web.house().library.programme
    batch, where = programme.batch(letter.batch).name.zh, web.public_url("award_letter.issue", letter_id=letter.id)
    subject = f"{batch}的认定文件待签发"
    text = f"{batch}的认定文件 {letter.number} 已拟好，请核对名单后签发：{where}"
    actions.tell_approvers(db.session(), letter, subject, text, at=clock.now())


def _by_category(certificates: list[Certificate]) -> dict[str, list[Certificate]]:
    groups: dict[str, list[Certificate]] = {}
    for one in certificates:
        groups.setdefault(str(one.fields["category"]), []).append(one)
    return groups


@bp.get("/<int:letter_id>.pdf")
def pdf(letter_id: int) -> ResponseReturnValue:
    """The letter as it went out; of a draft, what it would be."""
    found, library = found_letter(letter_id), web.house().library
    if found.issued_at is None:
        certificates = list_of(found)
        fields = letter_fields(found, words_of(found, library.programme, len(certificates)), certificates, library)
        db.session.rollback()  # printing takes a moment: nobody waits for it at the database
        response = send_file(BytesIO(print_award_letter(fields)), "application/pdf", download_name="draft.pdf")
        response.headers["Cache-Control"] = "no-store"
        return response
    if found.sha256 is None:
        raise NotReady(N_("认定文件正在生成，请稍后刷新。"))
    return _kept(found.sha256, "application/pdf", f"{found.number}.pdf")


def _kept(sha256: str, kind: str, name: str) -> ResponseReturnValue:
    db.session.rollback()  # reading may take a moment: nobody waits for it at the database
    try:
        data = web.house().store.get(sha256)
    except Damaged as error:
        current_app.logger.exception("stored file %s", sha256)
        raise NotReady(N_("文件与记录不一致，已停止下载。请联系系统管理员从备份恢复。")) from error
    return send_file(BytesIO(data), kind, download_name=name, as_attachment="inline" not in request.args)


@bp.route("/<int:letter_id>/issue", methods=["GET", "POST"])
@web.only(Role.APPROVER)
def issue(letter_id: int) -> ResponseReturnValue:
    """Another person than the author lets the letter out, each unit by name."""
    found, status = found_letter(letter_id, lock=request.method == "POST"), 200
    if found.issued_at is not None:
        raise NotReady(N_("认定文件已印发，不能再改。"))
    certificates, programme = list_of(found), web.house().library.programme
    said = words_of(found, programme, len(certificates))
    form = SignForm(version=found.version, seen=list_seen(one.id for one in certificates))
    if form.accepted() and web.proved(form):
        try:
            if form.version.data is not None and form.version.data != found.version:
                raise Changed
            actions.issue_letter(
                db.session(), found, certificates, said, form.seen.data or "", by=web.me(), at=clock.now()
            )
            told = gettext(
                "认定文件 %(number)s 已印发，共 %(count)s 个单位。", number=found.number, count=len(certificates)
            )
            return web.done(url_for(".letter", letter_id=letter_id), told)
        except (Changed, NotReady, NotAllowed, StaleDataError) as refusal:
            status = web.show_in(form, refusal if not isinstance(refusal, StaleDataError) else Changed())
            found = found_letter(letter_id)
            certificates = list_of(found)
            form.version.data, form.version.raw_data = found.version, None
            form.seen.data, form.seen.raw_data = list_seen(one.id for one in certificates), None
    return render_template(
        "award_letter/issue.html", letter=found, said=said, certificates=certificates, form=form,
        mine=found.prepared_by == web.me().person_id, fresh=web.is_fresh(),
    ), 422 if form.errors and status == 200 else status  # fmt: skip


@bp.route("/<int:letter_id>/discard", methods=["GET", "POST"])
@web.only(Role.OFFICE)
def discard(letter_id: int) -> ResponseReturnValue:
    """The office gives a draft up."""
    found = found_letter(letter_id, lock=request.method == "POST")
    if found.issued_at is not None:
        raise NotReady(N_("认定文件已印发，不能作废草稿。"))
    form, programme = VersionedForm(version=found.version), web.house().library.programme
    if form.accepted():
        try:
            if form.version.data is not None and form.version.data != found.version:
                raise Changed
            actions.discard(db.session(), found, by=web.me(), at=clock.now())
            return web.done(url_for(".index"), gettext("草稿已作废。这些认定可以写进另一份认定文件。"))
        except (Changed, NotReady) as refusal:
            web.show_in(form, refusal)
            form.version.data, form.version.raw_data = found.version, None
    return render_template(
        "award_letter/discard.html", letter=found, batch=programme.batch(found.batch), form=form
    ), 422 if form.errors else 200  # fmt: skip


# its certificates


@bp.route("/<int:letter_id>/certificates", methods=["GET", "POST"])
@web.only(Role.OFFICE, Role.APPROVER)
@web.unattended
def certificates(letter_id: int) -> ResponseReturnValue:
    """One press has all certificates of a letter made; how far they are, what stopped, and the files to download."""
    found, form = found_letter(letter_id, lock=request.method == "POST"), PostForm()
    if form.accepted():
        post = db.session.get_one(Post, web.my_sign_in().post_id)
        actions.ask_for_certificates(db.session(), found, post, at=clock.now())
        return web.done(url_for(".certificates", letter_id=letter_id), gettext("正在制作证书。完成后会给您发消息。"))
    how = making(db.session(), found)
    return render_template(
        "award_letter/certificates.html", letter=found, making=how, form=form,
        troubles=[(one, *trouble(one.error)) for one in how.troubles],
        at_award=web.house().library.programme.award_letter.certificates == "at_award",
    )  # fmt: skip


@bp.get("/<int:letter_id>/certificates.pdf")
@web.only(Role.OFFICE, Role.APPROVER)
def certificates_pdf(letter_id: int) -> ResponseReturnValue:
    """All certificates in the order of the list, for the printer."""
    found = found_letter(letter_id)
    if found.print_sha256 is None:
        raise NotReady(N_("证书还没有全部制作完成，请先在“证书制作”页面办理。"))
    return _kept(found.print_sha256, "application/pdf", f"{found.number}-certificates.pdf")


@bp.get("/<int:letter_id>/certificates.zip")
@web.only(Role.OFFICE, Role.APPROVER)
def certificates_zip(letter_id: int) -> ResponseReturnValue:
    """The signed certificates as a ZIP."""
    found = found_letter(letter_id)
    if found.zip_sha256 is None:
        raise NotReady(N_("证书还没有全部制作完成，请先在“证书制作”页面办理。"))
    return _kept(found.zip_sha256, "application/zip", f"{found.number}-certificates.zip")
