"""The worker's prints of an award letter: the letter, its certificates joined for the printer, and their ZIP."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from cellcert import clock, web
from cellcert.certificate.issuing import seal_png
from cellcert.certificate.letter import LetterFields, LetterLine, print_award_letter
from cellcert.certificate.letters.models import AwardLetter
from cellcert.certificate.letters.queries import named_in
from cellcert.certificate.models import Certificate
from cellcert.criteria.award_letter import filled
from cellcert.criteria.library import Library
from cellcert.criteria.programme import Programme
from cellcert.database import db, reading
from cellcert.inbox.actions import tell

LONGEST = 60  # characters of a unit's name in a file's name: some systems take no more than 255 bytes


def words_of(letter: AwardLetter, programme: Programme, count: int) -> dict[str, Any]:
    """Everything a letter says but its number, date and list: what is kept when it goes out."""
    look, authority = programme.award_letter, programme.authority
    values = {
        "batch": programme.batch(letter.batch).name.zh, "name": programme.short_name.zh, "count": count,
        "years": programme.validity.years,
    }  # fmt: skip
    return {
        "authority": authority.name.zh,
        "title": filled(look.title, **values),
        "recipient": look.recipient,
        "paragraphs": [filled(one, **values) for one in look.paragraphs],
        "closing": [filled(one, **values) for one in look.closing],
        "copies": look.copies,
        "contact": authority.phone,
        "seal_text": programme.certificate.seal_text or authority.name.zh,
    }


def letter_fields(
    letter: AwardLetter, said: Mapping[str, Any], certificates: Sequence[Certificate], library: Library
) -> LetterFields:
    """A letter as it is printed."""
    programme = library.programme
    return LetterFields(
        authority=said["authority"],
        number=letter.number or "",
        title=said["title"],
        recipient=said["recipient"],
        paragraphs=tuple(said["paragraphs"]),
        closing=tuple(said["closing"]),
        copies=said["copies"],
        contact=said["contact"],
        seal_text=said["seal_text"],
        seal_png=seal_png(library),
        sample=not programme.certificate.seal,
        on=letter.dated,
        draft=letter.issued_at is None,
        lines=tuple(
            LetterLine(
                unit=str(one.fields["unit_name"]),
                category=str(one.fields["category_name"]["zh"]),
                division=programme.division(str(one.fields["division"])).name.zh,
                serial=one.serial,
                level=str(one.fields["level_name"]["zh"]),
            )
            for one in certificates
        ),
    )


def make_letter(data: Mapping[str, object]) -> None:
    """Print one letter that went out, once. The worker commits."""
    session, number = db.session(), int(str(data["letter_id"]))
    with reading():
        letter = session.get_one(AwardLetter, number)
        is_printed = letter.sha256 is not None
        fields = letter_fields(letter, letter.said, named_in(session, letter), web.house().library)
        session.rollback()  # printing takes a moment: nobody waits for it at the database
    if is_printed:
        return
    sha256 = web.house().store.put(print_award_letter(fields))
    session.get_one(AwardLetter, number, with_for_update=True, populate_existing=True).sha256 = sha256


def make_files(data: Mapping[str, object]) -> None:
    """Join the certificates of one letter, once, and tell who asked. The worker commits."""
    session, number, store = db.session(), int(str(data["letter_id"])), web.house().store
    with reading():
        letter = session.get_one(AwardLetter, number)
        is_made, name, dated = letter.files_at is not None, letter.number or "", letter.dated
        made = [(one.serial, str(one.fields["unit_name"]), one.sha256) for one in named_in(session, letter)]
        session.rollback()  # joining takes a moment
    if is_made:
        return
    files = [(serial, unit, store.get(sha256)) for serial, unit, sha256 in made if sha256]
    printed = store.put(join(files, f"{name} 证书印制稿"))
    packed = store.put(pack(files, dated))
    letter = session.get_one(AwardLetter, number, with_for_update=True, populate_existing=True)
    if letter.files_at is not None:
        return  # another worker was quicker; the bytes are the same
    letter.print_sha256, letter.zip_sha256, letter.files_at = printed, packed, clock.now()
    if letter.asked_post is not None:
        where = web.public_url("award_letter.certificates", letter_id=number)
        text = f"{name}的 {len(files)} 张证书已全部制作完成，可下载印制稿和证书文件：{where}"
        tell(session, [letter.asked_post], f"{name}：证书已全部制作完成", text, at=clock.now())


def join(files: Sequence[tuple[str, str, bytes]], title: str) -> bytes:
    """One PDF for the printer, in the order given: the pages alone, without signatures and attachments."""
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import NameObject

    writer = PdfWriter()
    for serial, unit, pdf in files:
        for page in PdfReader(BytesIO(pdf)).pages:
            page.pop(NameObject("/Annots"), None)  # a signature does not outlive the joining
            writer.add_page(page)
        writer.add_outline_item(title=f"{serial} {unit}", page_number=len(writer.pages) - 1)
    writer.add_metadata({"/Title": title})
    writer.compress_identical_objects()
    whole = BytesIO()
    writer.write(whole)
    return whole.getvalue()


def pack(files: Sequence[tuple[str, str, bytes]], dated: date) -> bytes:
    """A ZIP of the signed files, named by place in the list, serial and unit; the same bytes every time."""
    whole = BytesIO()
    with ZipFile(whole, "w", ZIP_STORED) as archive:
        for at, (serial, unit, pdf) in enumerate(files, start=1):
            entry = ZipInfo(
                f"{at:03d}-{_plain(serial)}-{_plain(unit)[:LONGEST]}.pdf", (*dated.timetuple()[:3], 0, 0, 0)
            )
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, pdf)
    return whole.getvalue()


def _plain(name: str) -> str:
    """A name every system takes for a file, and none for a way to a folder."""
    return re.sub(r'[\x00-\x1f<>:"/\\|?*]+', "_", name).strip(" .")
