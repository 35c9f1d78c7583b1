"""Fonts cut to a few characters, the fine lines, and the plain refusal of what no font has."""

from dataclasses import replace
from io import BytesIO

import pytest
from fontTools.ttLib import TTFont

from cellcert import press
from cellcert.press import Unprintable, harfbuzz, ornament
from cellcert.press.art import frame_svg
from cellcert.press.qr import runs
from cellcert.press.reference import FACES
from tests.press.examples import FIELDS, TEMPLATE


def test_a_font_is_cut_to_the_characters_asked_for() -> None:
    whole = harfbuzz.installed(FACES["kai"][2])
    cut = whole.subset("无废")
    small, read = TTFont(BytesIO(cut)), harfbuzz.read(cut)

    assert len(small.getGlyphOrder()) == 3
    assert "name" not in small
    assert read.glyph("国") is None
    for sign in "无废":
        old, new = whole.glyph(sign), read.glyph(sign)
        assert old is not None
        assert new is not None
        assert new.advance == old.advance == 1000


@pytest.mark.parametrize("face", FACES)
def test_every_face_has_the_characters_of_the_old_and_the_new_standard(face: str) -> None:
    whole = harfbuzz.installed(FACES[face][2])
    gb2312 = [bytes((high, low)).decode("gb2312") for high in range(0xB0, 0xD7) for low in range(0xA1, 0xFA)]

    assert [sign for sign in gb2312 + list("䶮㛃㙓") if whole.glyph(sign) is None] == []


def test_a_character_no_font_has_is_refused_by_name_and_not_printed_as_a_box() -> None:
    pressed = press.compile(TEMPLATE)

    with pytest.raises(Unprintable, match=r"U\+F1234"):
        pressed.print(replace(FIELDS, unit_name="示例\U000f1234厂"))


def test_a_longer_address_gets_a_larger_code_up_to_its_limit() -> None:
    sizes = [runs("https://cells.example.org/" + "x" * more)[0] for more in (0, 100, 300)]

    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]
    assert (sizes[0] - 8 - 17) % 4 == 0


def test_the_woven_lines_meet_at_the_ends_of_each_period() -> None:
    for thread in ornament.band(16, 9, 4, 0.4).split("M")[1:]:
        numbers = [float(part) for part in thread.replace("C", " ").split()]
        assert numbers[0] == 0
        assert numbers[-2] == 16
        assert numbers[1] == pytest.approx(numbers[-1], abs=0.011)


def test_the_frame_is_drawn_the_same_each_time_and_says_nothing() -> None:
    assert frame_svg() == frame_svg()
    assert "<text" not in frame_svg()
