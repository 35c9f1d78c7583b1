"""Small fonts out of large ones: HarfBuzz takes a few characters out of a font in a quarter of a millisecond."""

import ctypes
from collections.abc import Iterable
from ctypes import POINTER, byref, c_char_p, c_int, c_uint, c_void_p
from dataclasses import dataclass
from functools import cache
from typing import Any

from cellcert.press.fontconfig import font_file

NO_HINTS, NO_SUBROUTINES = 0x1, 0x4  # hb_subset_flags_t
DROPPED = 3  # hb_subset_sets_t: tables to leave out
# What only shaping and font menus need; a font in a PDF is addressed by glyph.
UNUSED = ("GSUB", "GPOS", "GDEF", "BASE", "vhea", "vmtx", "VORG", "name", "OS/2", "post", "meta", "gasp")

_SIGNATURES: dict[str, dict[str, tuple[Any, list[Any]]]] = {
    "libharfbuzz.so.0": {
        "hb_blob_create_from_file_or_fail": (c_void_p, [c_char_p]),
        "hb_blob_create": (c_void_p, [c_char_p, c_uint, c_int, c_void_p, c_void_p]),
        "hb_blob_get_data": (c_void_p, [c_void_p, POINTER(c_uint)]),
        "hb_blob_destroy": (None, [c_void_p]),
        "hb_face_create": (c_void_p, [c_void_p, c_uint]),
        "hb_face_destroy": (None, [c_void_p]),
        "hb_face_get_upem": (c_uint, [c_void_p]),
        "hb_face_reference_blob": (c_void_p, [c_void_p]),
        "hb_font_create": (c_void_p, [c_void_p]),
        "hb_font_destroy": (None, [c_void_p]),
        "hb_font_get_nominal_glyph": (c_int, [c_void_p, c_uint, POINTER(c_uint)]),
        "hb_font_get_glyph_h_advance": (c_int, [c_void_p, c_uint]),
        "hb_set_add": (None, [c_void_p, c_uint]),
        "hb_tag_from_string": (c_uint, [c_char_p, c_int]),
    },
    "libharfbuzz-subset.so.0": {
        "hb_subset_input_create_or_fail": (c_void_p, []),
        "hb_subset_input_destroy": (None, [c_void_p]),
        "hb_subset_input_unicode_set": (c_void_p, [c_void_p]),
        "hb_subset_input_set": (c_void_p, [c_void_p, c_uint]),
        "hb_subset_input_set_flags": (None, [c_void_p, c_uint]),
        "hb_subset_or_fail": (c_void_p, [c_void_p, c_void_p]),
    },
}


class NoHarfBuzz(Exception):
    """The system has no HarfBuzz that can subset."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """A glyph of a font and how far the next one stands, in thousandths of the type size."""

    number: int
    advance: float


class Face:
    """One font, read where it lies; kept open."""

    def __init__(self, blob: int, index: int = 0) -> None:
        self._hb = _functions()
        self._face = self._hb["hb_face_create"](blob, index)
        self._hb["hb_blob_destroy"](blob)
        self._font = self._hb["hb_font_create"](self._face)
        self._thousandths = 1000 / self._hb["hb_face_get_upem"](self._face)

    def __del__(self) -> None:
        if hasattr(self, "_font"):
            self._hb["hb_font_destroy"](self._font)
            self._hb["hb_face_destroy"](self._face)

    def glyph(self, sign: str) -> Glyph | None:
        """The glyph of one character, if the font has it."""
        number = c_uint()
        if not self._hb["hb_font_get_nominal_glyph"](self._font, ord(sign), byref(number)):
            return None
        advance = self._hb["hb_font_get_glyph_h_advance"](self._font, number)
        return Glyph(number.value, advance * self._thousandths)

    def subset(self, signs: Iterable[str], *, for_layout: bool = False) -> bytes:
        """A font of these characters alone; ``for_layout`` keeps what shaping needs."""
        hb = self._hb
        wanted = hb["hb_subset_input_create_or_fail"]()
        characters = hb["hb_subset_input_unicode_set"](wanted)
        for sign in signs:
            hb["hb_set_add"](characters, ord(sign))
        hb["hb_subset_input_set_flags"](wanted, NO_SUBROUTINES if for_layout else NO_SUBROUTINES | NO_HINTS)
        if not for_layout:
            dropped = hb["hb_subset_input_set"](wanted, DROPPED)
            for tag in UNUSED:
                hb["hb_set_add"](dropped, hb["hb_tag_from_string"](tag.encode(), 4))
        small = hb["hb_subset_or_fail"](self._face, wanted)
        hb["hb_subset_input_destroy"](wanted)
        blob, length = hb["hb_face_reference_blob"](small), c_uint()
        data = ctypes.string_at(hb["hb_blob_get_data"](blob, byref(length)), length.value)
        hb["hb_blob_destroy"](blob)
        hb["hb_face_destroy"](small)
        return data


def read(data: bytes) -> Face:
    """The font in ``data``."""
    return Face(_functions()["hb_blob_create"](data, len(data), 0, None, None))  # 0: HarfBuzz makes a copy


@cache
def installed(pattern: str) -> Face:
    """The installed font that fontconfig gives for ``pattern`` (``LXGW WenKai:bold``)."""
    file, index = font_file(pattern)
    blob = _functions()["hb_blob_create_from_file_or_fail"](file)
    if not blob:
        raise FileNotFoundError(file.decode(errors="replace"))
    return Face(blob, index)


@cache
def _functions() -> dict[str, Any]:
    found = {}
    for name, signatures in _SIGNATURES.items():
        try:
            library = ctypes.CDLL(name)
        except OSError as error:
            raise NoHarfBuzz(name) from error
        for function, (result, arguments) in signatures.items():
            found[function] = getattr(library, function)
            found[function].restype, found[function].argtypes = result, arguments
    return found
