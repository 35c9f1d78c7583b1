"""Hand in: what is missing, the commitment of the unit's head, and the receipt."""

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from cellcert import clock, language, web
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application
from cellcert.assessment import actions, asking
from cellcert.assessment.forms import AdoptForm, SubmitForm
from cellcert.assessment.opening import has_newer_edition, ledger_of, opened, sha256_in_force, window_of
from cellcert.assessment.queries import Assessment, commitment_of, revision_of
from cellcert.assessment.rules import Commitment, same_name
from cellcert.assessment.steps import numbers
from cellcert.database import db
from cellcert.errors import Changed, Incomplete, NotFound, NotReady
from cellcert.evidence.rules import SIGNED_LETTER
from cellcert.forms import PostForm
from cellcert.people.invitations import open_invitations
from cellcert.people.queries import acting_for, is_head
from cellcert.units.models import Unit


def submit(application_id: int) -> ResponseReturnValue:
    """What is still missing, the commitment, and the button that hands the application in."""
    application = web.load(application_id, Act.EDIT)
    assessment, form = opened(application), SubmitForm(version=application.version)
    commitment = commitment_of(web.house().library.programme, assessment)
    way, sentence, status = _way(application.unit, commitment), "", 200
    if request.method == "POST" and request.form.get("do") == "ask":
        return _ask(assessment)
    if request.method == "POST":
        try:
            if form.validate() and _is_answered(form, way, assessment, commitment):
                return _hand_in(application, form, way, commitment)
            status = 422
        except (Changed, Incomplete, NotReady) as refusal:
            db.session.rollback()
            sentence, status = language.sentence(refusal), refusal.status
            application = web.load(application_id, Act.EDIT)
            assessment = opened(application)
            commitment = commitment_of(web.house().library.programme, assessment)
            way = _way(application.unit, commitment)
            form.agreed.data = False
    form.version.data, form.seen.data = application.version, commitment.covers
    if way == "scan":
        code = commitment.code
        form.agreed.label.text = gettext("已核对：签字的承诺书上的校验码是 %(code)s，与现在的内容一致", code=code)
    programme = web.house().library.programme
    return render_template(
        "assessment/submit.html",
        a=assessment,
        application=application,
        form=form,
        way=way,
        commitment=commitment,
        heads=[person.name for person, post in acting_for(db.session(), application.unit_id) if post.is_head],
        invited=[one.email for one in open_invitations(db.session(), application.unit_id, clock.now()) if one.is_head],
        sentence=sentence,
        numbers=numbers(assessment.checklist),
        letter=programme.commitment.letter_for(programme.category(application.category).name),
        scans=assessment.files.get(SIGNED_LETTER, []),
        accept=",".join(f".{kind}" for kind in programme.evidence.types if kind in {"pdf", "jpg", "png", "webp"}),
        window=window_of(application),
        newer=has_newer_edition(application),
    ), status


def _ask(assessment: Assessment) -> ResponseReturnValue:
    """The head is told that only the word of the head is missing; asked again, nobody is told twice."""
    if not PostForm().accepted():
        abort(400)
    told = asking.ask_heads(db.session(), assessment, web.house().library.programme, by=web.me(), at=clock.now())
    there = url_for(".submit", application_id=assessment.application.id)
    if assessment.gaps:
        return web.done(there)  # which names what is missing
    return web.done(there, gettext("已通知负责人。") if told else gettext("负责人已收到通知，不重复发送。"))


def awaits_head(assessment: Assessment) -> bool:
    """Whether this person can only wait for the head to confirm what stands there now."""
    commitment = commitment_of(web.house().library.programme, assessment)
    return not commitment.stands and not _way(assessment.application.unit, commitment)


def _way(unit: Unit, commitment: Commitment) -> str:
    """How this person may confirm the commitment with the press that submits; empty: it stands, or others must."""
    ways = web.house().library.programme.commitment.ways
    if commitment.stands:
        return ""
    if "head" in ways and is_head(db.session(), web.me().person_id, unit.id):
        return "head"
    if "scan" in ways and commitment.scans:
        return "scan"
    return "name" if "name" in ways else ""


def _is_answered(form: SubmitForm, way: str, assessment: Assessment, commitment: Commitment) -> bool:
    """Whether everything the page asks beside the answers was given; says at each field what is missing."""
    if way and form.seen.data != commitment.covers:
        raise Changed
    if way and not form.agreed.data:
        form.agreed.errors = [gettext("请核对后勾选。")]
    if way == "name" and not same_name(form.head.data or "", assessment.application.unit.head):
        form.head.errors = [gettext("姓名与单位信息中的负责人不一致。请核对；负责人已变更的，请先更新单位信息。")]
    if assessment.untouched and request.form.get("do") != "confirm" and not form.untouched_because.data:
        form.untouched_because.errors = [gettext("请先补正；不需要改动的，写明原因。")]
    return not form.errors


def _hand_in(application: Application, form: SubmitForm, way: str, commitment: Commitment) -> ResponseReturnValue:
    web.same_version(application, form.version.data)
    session, at, programme, by = db.session(), clock.now(), web.house().library.programme, web.me()
    if way:
        actions.confirm_commitment(session, application, programme, way, name=form.head.data or "", by=by, at=at)
    if request.form.get("do") == "confirm" and (way or commitment.stands):
        if way == "head":
            asking.tell_confirmed(session, application, by=by, at=at)
        return web.done(url_for(".submit", application_id=application.id), gettext("承诺书已确认，可以提交了。"))
    current = sha256_in_force(application.category, at)
    actions.submit(
        session, application, programme, current, by=by, at=at, ledger=ledger_of(application),
        untouched_because=form.untouched_because.data or "",
    )  # fmt: skip
    return web.done(url_for(".receipt", application_id=application.id), gettext("申报已提交。"))


def move(application_id: int) -> ResponseReturnValue:
    """Take a draft whose batch is over into the one that is open."""
    application = web.load(application_id, Act.EDIT)
    if not AdoptForm().accepted():
        abort(400)
    batch = actions.change_batch(db.session(), application, web.house().library.programme, by=web.me(), at=clock.now())
    there = url_for(".edit", application_id=application.id)
    name = language.shown(batch.name)
    told = gettext("已转到%(batch)s，已填的内容都在。请核对数据是不是这一批次要求的年度。", batch=name)
    return web.done(there, told)


def receipt(application_id: int) -> ResponseReturnValue:
    """The receipt of the latest submission."""
    application = web.load(application_id, Act.READ)
    revision = revision_of(db.session(), application)
    if revision is None:
        raise NotFound
    library = web.house().library
    received = clock.day_of(revision.submitted_at, web.zone())
    waits = application.state in {State.SUBMITTED, State.PRELIMINARY}
    return render_template(
        "assessment/receipt.html",
        application=application,
        revision=revision,
        programme=library.programme,
        checked_by=library.calendar.add_working_days(received, library.programme.first_check.working_days)
        if waits
        else None,
    )
