"""Which file holds an installed font, asked of fontconfig here: starting ``fc-match`` takes longer than a page."""

import ctypes
from ctypes import POINTER, byref, c_char_p, c_int, c_void_p
from functools import cache
from typing import Any

_SIGNATURES: dict[str, tuple[Any, list[Any]]] = {
    "FcNameParse": (c_void_p, [c_char_p]),
    "FcConfigSubstitute": (c_int, [c_void_p, c_void_p, c_int]),
    "FcDefaultSubstitute": (None, [c_void_p]),
    "FcFontMatch": (c_void_p, [c_void_p, c_void_p, POINTER(c_int)]),
    "FcPatternGetString": (c_int, [c_void_p, c_char_p, c_int, POINTER(c_char_p)]),
    "FcPatternGetInteger": (c_int, [c_void_p, c_char_p, c_int, POINTER(c_int)]),
    "FcPatternDestroy": (None, [c_void_p]),
}


@cache
def font_file(pattern: str) -> tuple[bytes, int]:
    """The file, and which font in it, for ``pattern`` (``LXGW WenKai:bold``), as ``fc-match`` answers."""
    fc = _functions()
    wanted = fc["FcNameParse"](pattern.encode())
    fc["FcConfigSubstitute"](None, wanted, 0)
    fc["FcDefaultSubstitute"](wanted)
    found = fc["FcFontMatch"](None, wanted, byref(c_int()))
    file, index = c_char_p(), c_int()
    if not found or fc["FcPatternGetString"](found, b"file", 0, byref(file)) or file.value is None:
        raise FileNotFoundError(pattern)
    fc["FcPatternGetInteger"](found, b"index", 0, byref(index))
    answer = file.value, index.value & 0xFFFF  # above: which instance of a variable font
    fc["FcPatternDestroy"](found)
    fc["FcPatternDestroy"](wanted)
    return answer


@cache
def _functions() -> dict[str, Any]:
    library, found = ctypes.CDLL("libfontconfig.so.1"), {}
    for function, (result, arguments) in _SIGNATURES.items():
        found[function] = getattr(library, function)
        found[function].restype, found[function].argtypes = result, arguments
    return found
