"""Photos of many phones: turned into JPEG where the decoder is installed, and told how to avoid where it is not."""

import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image

from cellcert.criteria.programme import EvidenceLimits
from cellcert.errors import Unusable
from cellcert.evidence import checking, rules
from cellcert.evidence.rules import chosen_from, taken
from tests.evidence import files

LIMITS = EvidenceLimits(20, 300, ("pdf", "jpg"))
AS_NOBODY = """
import os, sys
from cellcert.evidence import child
os.setuid(65534)
child.main()
"""


def photo(size: tuple[int, int] = (900, 600)) -> bytes:
    """A HEIC photo taken upright, with camera and place."""
    pillow_heif = pytest.importorskip("pillow_heif")
    picture = Image.new("RGB", size, "green")
    picture.paste("red", (0, 0, size[0], 50))  # at the top as stored; turned by EXIF it is at the right
    made = pillow_heif.from_pillow(picture)
    out = BytesIO()
    made.save(out, exif=files.exif(6).tobytes(), quality=50)
    return out.getvalue()


def of_size(width: int, height: int) -> bytes:
    """A small photo that says it is a large one."""
    data = bytearray(photo())
    for found in re.finditer(b"ispe....", bytes(data), re.DOTALL):
        data[found.end() : found.end() + 8] = struct.pack("!II", width, height)
    return bytes(data)


@pytest.fixture
def without_decoder(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    rules.opens_heic.cache_clear()
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    yield
    rules.opens_heic.cache_clear()


@pytest.mark.parametrize("name", ["IMG_1.HEIC", "现场.heif"])
def test_a_phone_photo_becomes_an_upright_jpeg_without_place_and_camera(app: Flask, name: str) -> None:
    data = photo()
    assert b"CAMERA-MAKER" in data
    accepted = checking.check(name, BytesIO(data), LIMITS, app.extensions["cellcert"].settings)
    assert (accepted.extension, accepted.media_type) == ("jpg", "image/jpeg")
    with Image.open(BytesIO(accepted.data), formats=["JPEG"]) as picture:
        assert picture.size == (600, 900)
        red, green, _blue = picture.convert("RGB").getpixel((590, 450))
        assert red > 200 > 100 > green
        assert not picture.getexif()
    assert b"CAMERA-MAKER" not in accepted.data
    assert accepted.thumb is not None


def test_the_decoder_also_works_in_a_child_that_is_not_root(monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    """Its thread counts against a limit that root does not have."""
    data = photo((60, 40))
    confined = AS_NOBODY.replace("os.setuid(65534)", "child.prepare('heic'); os.setuid(65534)")
    monkeypatch.setattr(checking, "COMMAND", (sys.executable, "-c", confined))
    try:
        subprocess.run([sys.executable, "-c", "import os; os.setuid(65534)"], check=True, capture_output=True)
    except subprocess.CalledProcessError:
        monkeypatch.undo()  # not root: the ordinary child is the test
    assert checking.check("a.heic", BytesIO(data), LIMITS, app.extensions["cellcert"].settings).extension == "jpg"


@pytest.mark.slow
def test_a_photo_of_the_largest_size_fits_into_the_child(app: Flask) -> None:
    data = photo((7000, 5600))
    accepted = checking.check("a.heic", BytesIO(data), LIMITS, app.extensions["cellcert"].settings)
    assert Image.open(BytesIO(accepted.data), formats=["JPEG"]).size == (5600, 7000)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (lambda: photo()[: len(photo()) * 2 // 3], "不是完整的图片"),
        (lambda: of_size(8000, 5100), "像素太多"),
        (files.picture, "内容不是 HEIC 文件"),
        (lambda: b"\0\0\0\x1cftypavif" + photo()[12:], "内容不是 HEIC 文件"),
    ],
    ids=["torn", "huge", "a JPEG", "AVIF"],
)
def test_what_is_no_whole_phone_photo_is_refused(app: Flask, data: object, sentence: str) -> None:
    made = data()  # type: ignore[operator]
    with pytest.raises(Unusable, match=sentence):
        checking.check("a.heic", BytesIO(made), LIMITS, app.extensions["cellcert"].settings)


def test_the_types_and_the_file_dialog_follow_the_decoder() -> None:
    pytest.importorskip("pillow_heif")
    assert taken(("pdf", "jpg")) == ["pdf", "jpg", "heic"]
    assert chosen_from(("pdf", "jpg")) == ".pdf,.jpg,.jpeg,.heic,.heif"
    assert taken(("pdf",)) == ["pdf"], "a city that takes no photos takes none of these"


@pytest.mark.usefixtures("without_decoder")
def test_without_the_decoder_the_sentence_says_what_to_do(app: Flask) -> None:
    assert taken(("pdf", "jpg", "heic")) == ["pdf", "jpg"]
    assert chosen_from(("pdf", "jpg")) == ".pdf,.jpg,.jpeg"
    with pytest.raises(Unusable, match="本系统打不开。请在手机相机的格式设置里选“兼容性最佳”"):
        checking.check("a.heic", BytesIO(b"x"), LIMITS, app.extensions["cellcert"].settings)
