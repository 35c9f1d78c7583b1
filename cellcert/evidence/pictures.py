"""Pictures as evidence: opened as what they claim to be, drawn anew, without place, time and camera."""

import struct
from io import BytesIO

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from cellcert.errors import N_, Unusable

MOST_PIXELS = 40_000_000
FORMATS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}
BROKEN = (OSError, ValueError, SyntaxError, EOFError, OverflowError, struct.error, Image.DecompressionBombError)


def clean_picture(name: str, data: bytes, extension: str) -> bytes:
    """The picture encoded anew, upright and without metadata."""
    kind = FORMATS[extension]
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint, once imported, lets the whole process take torn pictures
    try:
        with Image.open(BytesIO(data), formats=[kind]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Unusable(N_("“{name}”的像素太多（超过 4000 万）。请缩小图片后再上传。"), name=name)
            picture.load()
            upright = ImageOps.exif_transpose(picture)
            return _encoded(upright, kind)
    except (UnidentifiedImageError, *BROKEN) as error:
        raise Unusable(N_("“{name}”不是完整的图片，打不开。请重新拍照或导出后再上传。"), name=name) from error


def _encoded(picture: Image.Image, kind: str) -> bytes:
    keeps = {"JPEG": ("L", "RGB"), "PNG": ("1", "L", "LA", "RGB", "RGBA"), "WEBP": ("RGB", "RGBA")}[kind]
    if picture.mode not in keeps:
        see_through = kind != "JPEG" and ("A" in picture.getbands() or "transparency" in picture.info)
        picture = picture.convert("RGBA" if see_through else "RGB")
    else:
        picture = picture.copy()
    # Pillow writes comments, profiles and text it finds in ``info`` back into the file.
    picture.info.clear()
    out = BytesIO()
    match kind:
        case "JPEG":
            picture.save(out, kind, quality=88, exif=b"")
        case "WEBP":
            picture.save(out, kind, quality=88, exif=b"", xmp=b"")
        case _:
            picture.save(out, kind)
    return out.getvalue()
