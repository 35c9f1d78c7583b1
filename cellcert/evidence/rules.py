"""Which files are accepted as evidence, and what is left of them: pure, so that it can run in a child process."""

import importlib.util
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

import filetype

from cellcert.errors import N_, TooLarge, Unusable

MEGABYTE = 1024 * 1024
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
PICTURES = {"jpg", "png", "webp", "heic"}
KEPT_AS = {"heic": "jpg"}  # what not every reader can open
OFFICE = {"docx", "xlsx"}
NOT_REDACTED = N_("这份材料还没有遮盖，暂不能查看。属地初审人员或市办上传遮盖件、或确认无需遮盖后，才能查看。")
LONGEST_NAME = 120
MOST_PAGES = 300  # of one file shown as pictures
SIGNED_LETTER = "signed-letter"  # the place of the signed commitment: no key of a checklist has a hyphen
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
FILE_REFUSED = {413, 422, 429, 503, 507}  # statuses of the file or the store, not of the person or the moment
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # of office files with a password, and of those before 2007


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file that passed: its bytes as they are kept, and what they are."""

    data: bytes
    media_type: str
    extension: str
    thumb: bytes | None = None  # a small JPEG of a picture
    taken: str = ""  # when the camera says the picture was taken: 2027-03-04T09:30:00, with a zone if told


@cache
def opens_heic() -> bool:
    """Whether the decoder for the photos of many phones is installed (the extra ``heic``)."""
    return importlib.util.find_spec("pillow_heif") is not None


def taken(types: Sequence[str]) -> list[str]:
    """The types of the programme, and with JPG the photos that are turned into it, where they can be opened."""
    plain = [kind for kind in types if kind != "heic"]
    return [*plain, "heic"] if opens_heic() and "jpg" in plain else plain


def chosen_from(types: Sequence[str]) -> str:
    """What the browser's file dialog offers: every ending of the types."""
    others = {"jpg": ".jpg,.jpeg", "heic": ".heic,.heif"}
    return ",".join(others.get(kind, f".{kind}") for kind in taken(types))


def accept(name: str, data: bytes, types: Sequence[str], most_bytes: int) -> Accepted:
    """The file as it is kept, or a refusal that says what is wrong with it and what to do."""
    extension = recognise(name, data, types, most_bytes)
    return look_into(name, data, extension)


def extension_taken(name: str, types: Sequence[str]) -> str:
    """The extension of a name whose type can be uploaded."""
    shown, extension = shown_name(name), extension_of(name)
    if extension == "heic" and extension not in taken(types):
        sentence = N_("“{name}”是 HEIC 照片，本系统打不开。请在手机相机的格式设置里选“兼容性最佳”，或转成 JPG 再上传。")
        raise Unusable(sentence, name=shown)
    if extension not in taken(types) or KEPT_AS.get(extension, extension) not in MEDIA_TYPES:
        allowed = "、".join(types)
        raise Unusable(N_("“{name}”的类型不能上传。可以上传：{types}。"), name=shown, types=allowed)
    return extension


def refuse_too_large(name: str, size: int, most_bytes: int) -> None:
    """The bound of one file."""
    if size > most_bytes:
        most = most_bytes // MEGABYTE or 1
        raise TooLarge(N_("“{name}”超过 {most} MB。请压缩后再上传，或拆成几个文件。"), name=shown_name(name), most=most)


def recognise(name: str, data: bytes, types: Sequence[str], most_bytes: int) -> str:
    """The extension of a file whose name, size and first bytes agree; nothing of it is parsed yet."""
    shown, extension = shown_name(name), extension_taken(name, types)
    if not data:
        raise Unusable(N_("“{name}”是空文件。请重新选择。"), name=shown)
    refuse_too_large(name, len(data), most_bytes)
    if extension in OFFICE and data.startswith(COMPOUND):
        sentence = N_("“{name}”设有密码，或者是旧版 Office 格式。请取消密码，另存为 {kind}，再上传。")
        raise Unusable(sentence, name=shown, kind=extension.upper())
    if _kind(data) != ("zip" if extension in OFFICE else extension):
        sentence = N_("“{name}”的内容不是 {kind} 文件。请用原来的软件另存为 {kind}，再上传。")
        raise Unusable(sentence, name=shown, kind=extension.upper())
    return extension


def look_into(name: str, data: bytes, extension: str) -> Accepted:
    """Take a recognised file apart; hostile bytes reach a parser here and nowhere else."""
    # Imported where they are needed: a child process looks into one file and should start quickly.
    shown, thumb, taken = shown_name(name), None, ""
    if extension in PICTURES:
        from cellcert.evidence.pictures import clean_picture, when_taken

        taken = when_taken(data, extension)  # the cleaned picture does not tell it any more
        data, thumb = clean_picture(shown, data, extension)
    elif extension in OFFICE:
        from cellcert.evidence.office import check_office

        check_office(shown, data, extension)
    else:
        from cellcert.evidence.pdf import check_pdf

        check_pdf(shown, data)
    extension = KEPT_AS.get(extension, extension)
    return Accepted(data, MEDIA_TYPES[extension], extension, thumb, taken)


def extension_of(name: str) -> str:
    """The extension in small letters, without the dot; jpeg is jpg, heif is heic."""
    extension = PurePosixPath(_base(name)).suffix.lstrip(".").lower()
    return {"jpeg": "jpg", "jpe": "jpg", "heif": "heic"}.get(extension, extension)


def file_name(name: str, extension: str) -> str:
    """The name a file is kept and handed out under: no path, no control or direction marks, at most 120 characters."""
    base = _base(name)
    if PurePosixPath(base).suffix:
        base = base[: -len(PurePosixPath(base).suffix)]
    base = base.strip(" .")[: LONGEST_NAME - len(extension) - 1].strip(" .")
    if not base or base.lower() in DEVICES:
        base = f"材料 {base}".strip()
    return f"{base}.{extension}"


def shown_name(name: str) -> str:
    """The name a refusal calls the file by."""
    return _base(name)[:60] or name[:60]


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
