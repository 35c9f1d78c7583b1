"""The inbox: what the system told me, and what of it I have read."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from cellcert import clock, web
from cellcert.database import db
from cellcert.inbox.actions import mark_read
from cellcert.inbox.queries import messages, unread_elsewhere

bp = Blueprint("inbox", __name__)


@bp.get("/inbox")
@web.only()
def inbox() -> ResponseReturnValue:
    """The messages of the post one acts in, the newest first."""
    page, post_id = min(max(web.number("page") or 1, 1), 10_000), web.my_sign_in().post_id
    lines, pages = messages(db.session(), post_id, page)
    elsewhere = unread_elsewhere(db.session(), web.me().signatory, post_id)
    return render_template("inbox/inbox.html", lines=lines, page=page, pages=pages, elsewhere=elsewhere)


@bp.post("/inbox/read")
@web.only()
def read() -> ResponseReturnValue:
    """Mark one message as read, or all that were shown; what came meanwhile stays unread."""
    only = request.form.get("message", type=int)
    up_to = request.form.get("up_to", default=0, type=int)
    if max(abs(up_to), abs(only or 0)) <= web.LARGEST:
        mark_read(db.session(), web.my_sign_in().post_id, up_to=only or up_to, only=only, at=clock.now())
    page = max(request.form.get("page", default=1, type=int), 1)
    return web.done(
        url_for("inbox.inbox", page=page if page > 1 else None), None if only else gettext("已全部标为已读。")
    )
