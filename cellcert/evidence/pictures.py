"""Pictures as evidence: opened as what they claim to be, drawn anew, without place, time and camera."""

import struct
from datetime import datetime
from io import BytesIO

from PIL import ExifTags, Image, ImageFile, ImageOps, UnidentifiedImageError

from cellcert.errors import N_, Unusable

MOST_PIXELS = 40_000_000
THUMB = (320, 320)
FORMATS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "heic": "HEIF"}
KEEPS = {"JPEG": ("L", "RGB"), "PNG": ("1", "L", "LA", "RGB", "RGBA"), "WEBP": ("RGB", "RGBA")}
BROKEN = (
    OSError,
    ValueError,
    RuntimeError,
    SyntaxError,
    EOFError,
    OverflowError,
    struct.error,
    Image.DecompressionBombError,
)


def clean_picture(name: str, data: bytes, extension: str) -> tuple[bytes, bytes]:
    """The picture encoded anew, upright and without metadata; and a small JPEG of it."""
    kind = FORMATS[extension]
    if kind == "HEIF":
        from pillow_heif import register_heif_opener

        register_heif_opener(thumbnails=False)
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint, once imported, lets the whole process take torn pictures
    try:
        with Image.open(BytesIO(data), formats=[kind]) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Unusable(N_("“{name}”的像素太多（超过 4000 万）。请缩小图片后再上传。"), name=name)
            opened.load()
            # Turned and converted in place where it can be: a large photo is held once, not three times.
            ImageOps.exif_transpose(opened, in_place=True)
            kind = "JPEG" if kind == "HEIF" else kind
            picture = _in_mode(opened, kind)
            return _encoded(picture, kind), _small(picture)
    except (UnidentifiedImageError, *BROKEN) as error:
        raise Unusable(N_("“{name}”不是完整的图片，打不开。请重新拍照或导出后再上传。"), name=name) from error


def when_taken(data: bytes, extension: str) -> str:
    """What the camera wrote about the time; empty where it wrote nothing that can be read."""
    if extension == "heic":
        from pillow_heif import register_heif_opener

        register_heif_opener(thumbnails=False)
    try:
        with Image.open(BytesIO(data), formats=[FORMATS[extension]]) as opened:
            told = opened.getexif().get_ifd(ExifTags.IFD.Exif)
        day, _, hour = str(told.get(ExifTags.Base.DateTimeOriginal, "")).strip("\0 ").partition(" ")
        written = (
            f"{day.replace(':', '-')}T{hour}{str(told.get(ExifTags.Base.OffsetTimeOriginal, '')).strip(chr(0) + ' ')}"
        )
        return datetime.fromisoformat(written).isoformat() if day and hour else ""
    except (UnidentifiedImageError, *BROKEN):
        return ""


def _in_mode(picture: Image.Image, kind: str) -> Image.Image:
    """The same picture in a mode its format keeps, and with nothing Pillow would write back into the file."""
    if picture.mode.startswith("I;16"):
        picture = picture.convert("L")
    if picture.mode not in KEEPS[kind]:
        see_through = kind != "JPEG" and ("A" in picture.getbands() or "transparency" in picture.info)
        picture = picture.convert("RGBA" if see_through else "RGB")
    picture.info.clear()  # comments, profiles and text
    return picture


def _encoded(picture: Image.Image, kind: str) -> bytes:
    out = BytesIO()
    match kind:
        case "JPEG":
            picture.save(out, kind, quality=85, exif=b"")
        case "WEBP":
            picture.save(out, kind, quality=85, method=2, exif=b"", xmp=b"")  # 40 MP: 7 s, by default 27
        case _:
            picture.save(out, kind)
    return out.getvalue()


def _small(picture: Image.Image) -> bytes:
    """A thumbnail on white paper."""
    small = picture.reduce(max(1, min(picture.size) // THUMB[0])) if picture.mode != "1" else picture.convert("L")
    small.thumbnail(THUMB)
    if "A" in small.getbands():
        small = small.convert("RGBA")
        paper = Image.new("RGB", small.size, "white")
        paper.paste(small, mask=small.getchannel("A"))
        small = paper
    out = BytesIO()
    small.convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()
