"""Saying no: every refusal and every fault undoes the request and is told in one sentence."""

from urllib.parse import urlsplit

from flask import Flask, Response, current_app, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import login_url
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.http import HTTP_STATUS_CODES

from cellcert import clock
from cellcert.actors import Role
from cellcert.audit.actions import record
from cellcert.criteria.marked import CriteriaFaults
from cellcert.database import begin_as_reader, db
from cellcert.errors import N_, Changed, NotFound, Refusal, TooLarge
from cellcert.language import sentence
from cellcert.repeats import SECRET_FIELDS
from cellcert.storage import ROOM, Full
from cellcert.web import login, me


def show_refusal(error: Refusal) -> ResponseReturnValue:
    """Undo the request's changes, remember the denial, and say why in one sentence."""
    db.session.rollback()
    actor = me()
    if error.status in {403, 404, 409} and actor.person_id is not None and not isinstance(error, Changed):
        begin_as_reader(False)
        record(
            db.session(), "denied", request.endpoint or request.path[:200], by=actor, at=clock.now(),
            method=request.method, status=error.status, **(request.view_args or {}),
        )  # fmt: skip
        db.session.commit()
    return _told(sentence(error), error.status)


def _show_http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    db.session.rollback()
    match error.code:
        case 405 if _is_api() and isinstance(error, MethodNotAllowed):
            allowed = {"Allow": ", ".join(sorted(error.valid_methods or ()))}
            return *_told(gettext("这个地址只能读取。"), 405), allowed
        case 404 | 405:
            return _told(sentence(NotFound()), 404)
        case 413:
            refusal: Refusal = TooLarge(N_("上传的内容太大。请压缩图片，或分几次上传。"))
        case 400 if isinstance(error, CSRFError):
            if (kept := _typed_here()) is not None:
                return _not_sent(kept, N_("页面已过期，内容没有提交。您填写的都还在这一页，请按“再次提交”。"), 400)
            refusal = Refusal(N_("页面已过期，内容没有提交。请返回上一页，刷新后再提交一次。"))
        case _:
            refusal = Refusal(N_("这个请求无法处理。请返回上一页重试。"))
    return _told(sentence(refusal), error.code or 400)


def _show_stale(_error: StaleDataError) -> ResponseReturnValue:
    return show_refusal(Changed())


def _show_busy(error: OperationalError) -> ResponseReturnValue:
    db.session.rollback()
    current_app.logger.error("database unavailable: %s", error)
    return *_told(gettext("系统繁忙，内容还没有保存。请一分钟后再提交一次。"), 503), {"Retry-After": "60"}


def _show_faulty_criteria(error: CriteriaFaults) -> ResponseReturnValue:
    """A category whose file in the folder is being mended and of which no edition is kept yet."""
    db.session.rollback()
    current_app.logger.error("a criteria file cannot be read: %s", error)
    return _told(gettext("评价标准文件正在修改，暂时不能显示。请稍后再来。"), 503)


def _show_full(error: OSError) -> ResponseReturnValue:
    """No room where an upload is put aside; any other fault of a file is a fault."""
    return show_refusal(Full()) if error.errno in ROOM else _show_fault(error)


def _show_fault(error: Exception) -> ResponseReturnValue:
    db.session.rollback()
    current_app.logger.exception("unexpected fault", exc_info=error)
    return _told(gettext("系统出现故障，已记录。您的操作没有生效，请稍后再试。"), 500)


def ask_to_sign_in() -> Response:
    """The way to the sign-in page; what was posted meanwhile waits on a page of its own."""
    if (kept := _typed_here()) is not None:
        message = N_("登录已失效，内容没有提交。您填写的都还在这一页：请先在新窗口登录，再回到这一页按“再次提交”。")
        return _not_sent(kept, message, 403)
    return make_response(redirect(login_url("people.sign_in", request.url)))


def _typed_here() -> list[tuple[str, str]] | None:
    """What a form of this site posted, but for secrets; None where a script posted it, which keeps it itself, or where
    another site may have made the form."""
    site, origin = request.headers.get("Sec-Fetch-Site"), urlsplit(request.headers.get("Origin", ""))
    is_own = site == "same-origin" if site else origin.netloc == request.host
    is_script = "X-Requested-With" in request.headers
    if request.method != "POST" or not is_own or is_script or request.endpoint == "people.sign_in":
        return None
    kept = [pair for pair in request.form.items(multi=True) if pair[0] not in SECRET_FIELDS - {"idempotency_key"}]
    return kept if any(name not in {"idempotency_key", "version"} for name, _value in kept) else None


def _not_sent(kept: list[tuple[str, str]], message: str, status: int) -> Response:
    had_files = any(file.filename for file in request.files.values())
    page = render_template(
        "errors/not_sent.html", message=message, kept=kept, had_files=had_files,
        sign_in=url_for("people.sign_in") if me().role is Role.PUBLIC else None,
    )  # fmt: skip
    return make_response(page, status)


def _is_api() -> bool:
    return request.path.startswith("/api/")


def _told(message: str, status: int) -> tuple[str | Response, int]:
    if _is_api():  # programs read RFC 9457, on whatever site they run
        problem = {"title": HTTP_STATUS_CODES.get(status, ""), "status": status, "detail": message}
        response: Response = jsonify(problem)
        response.content_type = "application/problem+json"
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response, status
    return render_template("errors/refusal.html", message=message, status=status), status


def init_app(app: Flask) -> None:
    """Let every refusal and fault of an application be told here."""
    login.unauthorized_handler(ask_to_sign_in)
    app.register_error_handler(Refusal, show_refusal)
    app.register_error_handler(HTTPException, _show_http)
    app.register_error_handler(StaleDataError, _show_stale)
    app.register_error_handler(OperationalError, _show_busy)
    app.register_error_handler(OSError, _show_full)
    app.register_error_handler(CriteriaFaults, _show_faulty_criteria)
    app.register_error_handler(Exception, _show_fault)
