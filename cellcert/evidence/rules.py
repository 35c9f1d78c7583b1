"""Which files are accepted as evidence, and what is left of them: pure, so that it can run in a child process."""

import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath

import filetype

from cellcert.errors import N_, TooLarge, Unusable
from cellcert.evidence.office import check_office
from cellcert.evidence.pdf import check_pdf
from cellcert.evidence.pictures import clean_picture

MEGABYTE = 1024 * 1024
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
PICTURES = {"jpg", "png", "webp"}
OFFICE = {"docx", "xlsx"}
LONGEST_NAME = 120
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file that passed: its bytes as they are kept, and what they are."""

    data: bytes
    media_type: str
    extension: str


def accept(name: str, data: bytes, types: tuple[str, ...] | list[str], most_bytes: int) -> Accepted:
    """The file as it is kept, or a refusal that says what is wrong with it and what to do."""
    shown = _base(name)[:60] or name[:60]
    extension = extension_of(name)
    if extension not in types or extension not in MEDIA_TYPES:
        allowed = "、".join(types)
        raise Unusable(N_("“{name}”的类型不能上传。可以上传：{types}。"), name=shown, types=allowed)
    if not data:
        raise Unusable(N_("“{name}”是空文件。请重新选择。"), name=shown)
    if len(data) > most_bytes:
        most = most_bytes // MEGABYTE or 1
        raise TooLarge(N_("“{name}”超过 {most} MB。请压缩后再上传，或拆成几个文件。"), name=shown, most=most)
    if _kind(data) != ("zip" if extension in OFFICE else extension):
        sentence = N_("“{name}”的内容不是 {kind} 文件。请用原来的软件另存为 {kind}，再上传。")
        raise Unusable(sentence, name=shown, kind=extension.upper())
    if extension in PICTURES:
        data = clean_picture(shown, data, extension)
    elif extension in OFFICE:
        check_office(shown, data, extension)
    else:
        check_pdf(shown, data)
    return Accepted(data, MEDIA_TYPES[extension], extension)


def extension_of(name: str) -> str:
    """The extension in small letters, without the dot; jpeg is jpg."""
    extension = PurePosixPath(_base(name)).suffix.lstrip(".").lower()
    return "jpg" if extension in {"jpeg", "jpe"} else extension


def file_name(name: str, extension: str) -> str:
    """The name a file is kept and handed out under: no path, no control or direction marks, at most 120 characters."""
    base = _base(name)
    if PurePosixPath(base).suffix:
        base = base[: -len(PurePosixPath(base).suffix)]
    base = base.strip(" .")[: LONGEST_NAME - len(extension) - 1].strip(" .")
    if not base or base.lower() in DEVICES:
        base = f"材料 {base}".strip()
    return f"{base}.{extension}"


def _base(name: str) -> str:
    """The last part of the path in normal form, with only characters that can be seen."""
    plain = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    seen = "".join(" " if char.isspace() else char for char in plain)
    seen = "".join(char for char in seen if unicodedata.category(char)[0] != "C" and char not in '<>:"|?*')
    return " ".join(seen.split())


def _kind(data: bytes) -> str | None:
    """What the first bytes say; office files are all zip here, their manifest tells them apart."""
    if data[:4] == b"PK\x03\x04":
        return "zip"
    found = filetype.guess(data[:8192])
    return str(found.extension) if found is not None else None
