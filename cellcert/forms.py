"""The form every page's form is made of: Chinese messages, CSRF, and a key that makes a repeat harmless."""

import secrets
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, IntegerField, PasswordField, StringField, TelField, TextAreaField
from wtforms.meta import DefaultMeta
from wtforms.validators import Optional

from cellcert.language import current_language

_STRIPPED = (StringField, TextAreaField, EmailField, TelField)


def _new_key() -> str:
    return secrets.token_urlsafe(16)


class PostForm(FlaskForm):  # type: ignore[misc]
    """A form that is posted: carries an idempotency key."""

    idempotency_key = HiddenField(default=_new_key)

    class Meta:
        # WTForms keeps its catalogues; Flask-WTF reads the file anew for every request that shows or takes a form.
        get_translations = DefaultMeta.get_translations

        @property
        def locales(self) -> tuple[str, ...]:
            return (current_language(),)

        def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:  # noqa: ANN401
            filters = unbound_field.kwargs.get("filters", ())
            field_class = unbound_field.field_class
            if not filters and issubclass(field_class, _STRIPPED) and not issubclass(field_class, PasswordField):
                return unbound_field.bind(form=form, filters=[_strip], **options)
            return unbound_field.bind(form=form, **options)

    def accepted(self) -> bool:
        """True when this request posted the form and every field is valid."""
        return bool(request.method == "POST" and self.validate())


class VersionedForm(PostForm):
    """A form over an application: knows which version the person saw."""

    version = IntegerField(validators=[Optional()])


class StepUpForm(VersionedForm):
    """A decision: the password again when the last proof of it is old; the route checks."""

    password = PasswordField(_("登录密码"))


def _strip(value: Any) -> Any:  # noqa: ANN401
    return value.strip() if isinstance(value, str) else value
