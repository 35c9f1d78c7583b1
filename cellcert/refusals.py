"""Saying no: every refusal and every fault undoes the request and is told in one sentence."""

from flask import Flask, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from cellcert import clock
from cellcert.audit.actions import record
from cellcert.criteria.marked import CriteriaFaults
from cellcert.database import begin_as_reader, db
from cellcert.errors import N_, Changed, NotFound, Refusal, TooLarge
from cellcert.language import sentence
from cellcert.storage import ROOM, Full
from cellcert.web import me


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
        case 404 | 405:
            return _told(sentence(NotFound()), 404)
        case 413:
            refusal: Refusal = TooLarge(N_("上传的内容太大。请压缩图片，或分几次上传。"))
        case 400 if isinstance(error, CSRFError):
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


def _told(message: str, status: int) -> tuple[str, int]:
    return render_template("errors/refusal.html", message=message, status=status), status


def init_app(app: Flask) -> None:
    """Let every refusal and fault of an application be told here."""
    app.register_error_handler(Refusal, show_refusal)
    app.register_error_handler(HTTPException, _show_http)
    app.register_error_handler(StaleDataError, _show_stale)
    app.register_error_handler(OperationalError, _show_busy)
    app.register_error_handler(OSError, _show_full)
    app.register_error_handler(CriteriaFaults, _show_faulty_criteria)
    app.register_error_handler(Exception, _show_fault)
