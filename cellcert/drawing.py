"""How pages are drawn, where the usual way takes too long for a page of hundreds of items."""

from types import MethodType
from typing import Any, cast

from flask import Flask
from jinja2.runtime import Context, Macro
from jinja2.utils import internalcode
from markupsafe import Markup

from cellcert.language import current_language, words

AT_ONCE = {Macro, MethodType}
MOST_KEPT = 10_000
LONGEST = 4000  # characters of the values; nobody's long text fills the memory
Key = tuple[str, str, int, int, str]
_kept: dict[Key, tuple[object, object, Markup]] = {}


class Direct(Context):
    """Calls macros, methods and what is named here at once; anything else is asked first what it wants to be given.

    No template here is given globals of its own, so an imported one need not look for them, name by name.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.globals_keys = set()

    @internalcode
    def call(__self, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401, N805 - as in Jinja
        if type(__obj) in AT_ONCE or __obj in (words, kept, kept_with):
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
            return __obj(*args, **kwargs)
        return super().call(__obj, *args, **kwargs)


def kept(write: Macro, what: object, whole: object = None, *values: object) -> Markup:
    """What a macro says of a piece of an edition (of ``whole``) and of plain values, written once for each language.

    Pieces of editions do not change, and the same values give the same words. Each piece is kept alive with its
    words, so that its id stays its own.
    """
    told = repr(values) if values else ""
    given = (what, *values) if whole is None else (what, whole, *values)
    if len(told) > LONGEST:
        return cast("Markup", write(*given))
    key = (current_language(), write.name, id(what), id(whole), told)
    if (found := _kept.get(key)) is not None:
        return found[2]
    return _keep(key, what, whole, write(*given))


def kept_with(write: Macro, what: object, *values: object) -> Markup:
    """The same for a piece that needs no whole."""
    return kept(write, what, None, *values)


def _keep(key: Key, what: object, whole: object, said: str) -> Markup:
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    _kept[key] = (what, whole, drawn := cast("Markup", said))
    return drawn  # not read back: another thread may have emptied the store meanwhile


def init_app(app: Flask) -> None:
    """Let an application draw its templates this way."""
    app.jinja_env.context_class = Direct
    app.add_template_global(words, "_")
    app.add_template_global(words, "gettext")
    app.add_template_global(kept, "kept")
    app.add_template_global(kept_with, "kept_with")
