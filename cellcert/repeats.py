"""The same form sent again: it acts once, and every repeat gets the first answer (D-4)."""

import hashlib
import hmac
import json

from flask import flash, g, redirect, request, session
from flask.typing import ResponseReturnValue
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert  # what of it is used here, SQLite says in the same words

from cellcert import clock
from cellcert.actors import Actor
from cellcert.audit.models import IdempotencyKey
from cellcert.database import db
from cellcert.errors import N_, Unusable

# Asked by every form: statements put together once.
_TAKE = insert(IdempotencyKey).on_conflict_do_nothing().returning(IdempotencyKey.id)
_FIRST = select(IdempotencyKey.payload_hash, IdempotencyKey.location, IdempotencyKey.message).where(
    IdempotencyKey.actor == bindparam("actor"),
    IdempotencyKey.action == bindparam("action"),
    IdempotencyKey.key == bindparam("key"),
)
_ANSWER = update(IdempotencyKey).where(IdempotencyKey.id == bindparam("taken"))

SECRET_FIELDS = {"csrf_token", "idempotency_key", "password", "password_now", "password_new", "password_again"}


def first_answer(key: str, by: Actor) -> ResponseReturnValue | None:
    """The answer this form got before; None, and its key is taken in this transaction, when it is new."""
    actor = f"person:{by.person_id}" if by.person_id else f"public:{session.get('visitor', '')}"
    action = f"{request.endpoint}:{json.dumps(request.view_args, sort_keys=True)}"
    g.asked = actor, action, key, _payload_hash(), by.person_id
    return again()


def again() -> ResponseReturnValue | None:
    """The same once more, where the transaction that took the key was given up meanwhile."""
    if "asked" not in g:
        return None
    actor, action, key, digest, person_id = g.asked
    named = {"actor": actor, "action": action, "key": key}
    row = named | {"payload_hash": digest, "at": clock.now(), "person_id": person_id}
    if (taken := db.session.connection().execute(_TAKE, row).scalar()) is not None:
        g.once = taken
        return None
    first = db.session.execute(
        _FIRST, named
    ).one_or_none()  # the same form, sent at the same moment, has been waited for
    if first is None or not hmac.compare_digest(first.payload_hash, digest) or first.location is None:
        raise Unusable(N_("这张表单已经提交过一次，内容与这次不同。请重新打开页面再填写。"))
    if first.message:
        flash(first.message, "success")
    return redirect(first.location, 303)


def remember(location: str, message: str | None) -> None:
    """Keep the answer of this request for a repeat of its form."""
    if (taken := g.get("once")) is not None:
        answer = {"taken": taken, "location": location, "message": message}
        db.session.connection().execute(_ANSWER, answer)


def forget() -> None:
    """Let the form be sent again with its key: nothing was done under it."""
    if (taken := g.pop("once", None)) is not None:
        db.session.connection().execute(delete(IdempotencyKey).where(IdempotencyKey.id == taken))


def _payload_hash() -> str:
    payload = hashlib.sha256()
    for name, value in sorted(request.form.items(multi=True)):
        if name not in SECRET_FIELDS:
            payload.update(f"{name}={value}\0".encode())
    for name, file in sorted(request.files.items(multi=True), key=lambda pair: (pair[0], pair[1].filename or "")):
        payload.update(f"{name}:{file.filename}\0".encode())
        payload.update(file.stream.read())
        file.stream.seek(0)
    return payload.hexdigest()
