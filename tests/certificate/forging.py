"""Twenty ways to make a false certificate out of a true one; each takes the true bytes and a folder to work in."""

import re
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path

from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import ByteStringObject, DictionaryObject, NameObject, StreamObject, TextStringObject

from cellcert import clock
from cellcert.certificate.signing import LocalSigner, make_local_key, sign
from cellcert.certificate.verifying import Verdict
from tests.print import looking

Forge = Callable[[bytes, Path], bytes]


def written(writer: PdfWriter) -> bytes:
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def anew(pdf: bytes) -> PdfWriter:
    return PdfWriter(clone_from=PdfReader(BytesIO(pdf)))


def behind(pdf: bytes) -> PdfWriter:
    """An incremental update: what was signed stays, byte for byte."""
    return PdfWriter(BytesIO(pdf), incremental=True)


def with_text(writer: PdfWriter) -> bytes:
    """Another page drawn where the certificate was."""
    page = writer.pages[0]
    drawn = StreamObject()
    drawn.set_data(b"q 1 1 1 rg 0 0 900 600 re f Q")
    page[NameObject("/Contents")] = writer._add_object(drawn)
    return written(writer)


def with_note(pdf: bytes, _: Path) -> bytes:
    writer = behind(pdf)
    writer.add_annotation(0, FreeText(text="Another name", rect=(300, 300, 600, 360), background_color="ffffff"))
    return written(writer)


def with_page(pdf: bytes, _: Path) -> bytes:
    writer = behind(pdf)
    writer.add_blank_page(842, 595)
    return written(writer)


def with_title(writer: PdfWriter) -> bytes:
    writer.add_metadata({"/Title": "Another"})
    return written(writer)


def with_credential(writer: PdfWriter) -> bytes:
    file = writer.root_object["/AF"][0].get_object()["/EF"]["/F"].get_object()  # type: ignore[index]
    file.set_data(file.get_data().replace(b'"total":', b'"total":9'))
    return written(writer)


def stripped(pdf: bytes, _: Path = Path()) -> bytes:
    writer = anew(pdf)
    for place, key in ((writer.root_object, "/AcroForm"), (writer.pages[0], "/Annots")):
        place.pop(NameObject(key), None)
    return written(writer)


def signed_again(pdf: bytes, folder: Path) -> bytes:
    key = make_local_key(folder / "other", "示例市“无废城市”办公室")
    return sign(stripped(pdf), LocalSigner(key), "“无废细胞”证书", clock.now())


def signed_twice(pdf: bytes, folder: Path) -> bytes:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers

    signer = LocalSigner(make_local_key(folder / "second")).opened()
    meta = signers.PdfSignatureMetadata(field_name="Second")
    return bytes(signers.sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)), meta, signer=signer).getbuffer())


def first_revision(pdf: bytes, _: Path) -> bytes:
    """As it came from the press, before it was signed."""
    return pdf[: pdf.index(b"%%EOF") + 6]


def signature_of_zeros(pdf: bytes, _: Path) -> bytes:
    found = re.search(rb"/Contents ?<([0-9a-fA-F]{1000,})>", pdf)
    assert found
    return pdf[: found.start(1)] + b"0" * len(found[1]) + pdf[found.end(1) :]


def other_range(pdf: bytes, _: Path) -> bytes:
    """The signature is said to cover less, and something is put where it no longer looks."""
    found = re.search(rb"/ByteRange ?\[([^\]]+)\]", pdf)
    assert found
    first, long, start, rest = (int(figure) for figure in found[1].split())
    put = b"\n% put between\n"
    figures = b"%d %d %d %d" % (first, long, start + len(put), rest)
    return (pdf[: found.start(1)] + figures.ljust(len(found[1])) + pdf[found.end(1) :])[:start] + put + pdf[start:]


def name_in_place(pdf: bytes, _: Path) -> bytes:
    """The name in the metadata, which are not compressed, by another as long."""
    title = re.search("<rdf:li[^>]*>([^<]*证书[^<]*)<".encode(), pdf)
    assert title
    return pdf[: title.start(1)] + "伪".encode() + pdf[title.start(1) + 3 :]


def scanned(pdf: bytes, _: Path) -> bytes:
    out = BytesIO()
    looking.picture(pdf, dpi=40).save(out, "PDF")
    return out.getvalue()


def other_signature(pdf: bytes, folder: Path) -> bytes:
    """The true signature of another file, moved here."""
    other = signed_again(pdf, folder)
    found, taken = (list(re.finditer(rb"/Contents ?<([0-9a-fA-F]{1000,})>", one))[-1] for one in (other, pdf))
    digits = taken[1][: len(found[1])].ljust(len(found[1]), b"0")
    return other[: found.start(1)] + digits + other[found.end(1) :]


def hidden_script(pdf: bytes, _: Path) -> bytes:
    writer = behind(pdf)
    script = {"/S": NameObject("/JavaScript"), "/JS": TextStringObject("app.alert('genuine');")}
    action = DictionaryObject({NameObject(key): value for key, value in script.items()})
    writer.root_object[NameObject("/OpenAction")] = writer._add_object(action)
    return written(writer)


def other_identity(pdf: bytes, _: Path) -> bytes:
    writer = anew(pdf)
    writer.root_object[NameObject("/Lang")] = TextStringObject("en")
    writer._ID = None
    writer._info_obj = None
    writer.root_object[NameObject("/Forged")] = ByteStringObject(b"1")
    return written(writer)


CHANGED, UNSIGNED = {Verdict.ALTERED}, {Verdict.UNSIGNED}
FORGERIES: Mapping[str, tuple[Forge, set[Verdict]]] = {
    "a byte behind the end": (lambda pdf, _: pdf + b"\n", CHANGED),
    "bytes behind the end": (lambda pdf, _: pdf + b"% harmless\n%%EOF\n", {*CHANGED, Verdict.UNREADABLE}),
    "a changed byte": (lambda pdf, _: pdf[:2000] + bytes([pdf[2000] ^ 1]) + pdf[2001:], {*CHANGED, Verdict.UNREADABLE}),
    "another text, written anew": (lambda pdf, _: with_text(anew(pdf)), CHANGED),
    "another text, put behind": (lambda pdf, _: with_text(behind(pdf)), CHANGED),
    "a name in the metadata": (name_in_place, CHANGED),
    "metadata put behind": (lambda pdf, _: with_title(behind(pdf)), CHANGED),
    "metadata written anew": (lambda pdf, _: with_title(anew(pdf)), CHANGED),
    "the credential, written anew": (lambda pdf, _: with_credential(anew(pdf)), CHANGED),
    "the credential, put behind": (lambda pdf, _: with_credential(behind(pdf)), CHANGED),
    "a note over the name": (with_note, CHANGED),
    "a page added": (with_page, CHANGED),
    "a script put behind": (hidden_script, CHANGED),
    "another identity": (other_identity, CHANGED),
    "a second signature": (signed_twice, CHANGED),
    "a signature of zeros": (signature_of_zeros, {*CHANGED, Verdict.UNREADABLE}),
    "a signature over less": (other_range, {*CHANGED, Verdict.UNREADABLE}),
    "the signature of another file": (other_signature, CHANGED),
    "signed again by somebody else": (signed_again, {Verdict.FOREIGN}),
    "the signature taken off": (stripped, UNSIGNED),
    "the page before it was signed": (first_revision, UNSIGNED),
    "a scan": (scanned, UNSIGNED),
    "half of it": (lambda pdf, _: pdf[: len(pdf) // 2], {Verdict.UNREADABLE, Verdict.UNSIGNED}),
    "nothing": (lambda _, __: b"", {Verdict.UNREADABLE}),
    "a picture": (lambda _, __: b"\x89PNG\r\n\x1a\n" + b"0" * 100, {Verdict.UNREADABLE}),
}  # fmt: skip
