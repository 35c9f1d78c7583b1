"""Words in the reader's language: texts of the criteria, marked sentences, refusals, days and moments."""

from collections.abc import Callable
from datetime import date
from functools import cache, lru_cache, partial
from gettext import NullTranslations
from typing import cast

import flask_babel
from flask import Flask, has_request_context, session
from flask_babel import Babel, format_date, format_datetime, format_time, get_timezone, gettext
from markupsafe import Markup

from cellcert.errors import Refusal

babel = Babel()


def current_language() -> str:
    """``zh`` or ``en``."""
    return "en" if session.get("language") == "en" else "zh"


def shown(value: object) -> str:
    """A text of the criteria or a marked sentence, in the reader's language (the ``t`` filter)."""
    if value is None or value == "":
        return ""
    if hasattr(value, "__html__"):  # made by a template, escaped and translated there
        return cast("str", value)
    if hasattr(value, "text"):
        return cast("str", value.text(current_language()))
    return _translated(str(value))


def _translated(sentence: str) -> str:
    """What ``gettext`` says, without asking for the language, the context and the catalogue anew for every word."""
    if not has_request_context():
        return cast("str", gettext(sentence))
    return _catalogue(current_language()).gettext(sentence)


@cache
def _catalogue(_language: str) -> NullTranslations:
    """The words of the request's language, which is ``_language``."""
    return cast("NullTranslations", flask_babel.get_translations())


def words(sentence: str, /, **values: object) -> Markup:
    """``_()`` of the templates: a long page says some thousand words."""
    said = _marked(sentence, current_language()) if has_request_context() else Markup(gettext(sentence))  # noqa: S704
    return said % values if values or "%" in said else said


@lru_cache(maxsize=8192)
def _marked(sentence: str, language: str) -> Markup:
    return Markup(_catalogue(language).gettext(sentence))  # noqa: S704 - the templates' own words


def plain_points(value: object) -> str:
    """A figure as people write it: 6, 2.5, never 6.00 (the ``points`` filter)."""
    figure = str(value)
    return figure.rstrip("0").rstrip(".") if "." in figure else figure


def sentence(refusal: Refusal) -> str:
    """A refusal in the reader's language."""
    return str(gettext(refusal.sentence)).format(**{name: _said(value) for name, value in refusal.values.items()})


def _said(value: object) -> object:
    if isinstance(value, date):
        return format_date(value, "long")
    return shown(value) if isinstance(value, str) else value


def _once(write: Callable[..., str], value: date | None, form: str | None = None) -> str:
    """A day or an hour in the reader's language; a list of fifty rows has the same ones again and again."""
    return _written(write, value, form, current_language(), str(get_timezone())) if value else write(value, form)


@lru_cache(maxsize=4096)
def _written(write: Callable[..., str], value: date, form: str | None, _language: str, _zone: str) -> str:
    return str(write(value, form))


def _locale() -> str:
    return "en" if current_language() == "en" else "zh_Hans_CN"


def init_app(app: Flask, zone: str) -> None:
    """Give the templates of an application its languages, with moments in the city's time zone."""
    babel.init_app(app, locale_selector=_locale, timezone_selector=lambda: zone)
    app.add_template_filter(partial(_once, format_date), "dateformat")
    app.add_template_filter(partial(_once, format_time), "timeformat")
    app.add_template_filter(shown, "t")
    app.add_template_filter(plain_points, "points")
    app.add_template_filter(lambda day: format_date(day, "long") if day else "", "day")
    app.add_template_filter(lambda moment: format_datetime(moment, "medium") if moment else "", "moment")
