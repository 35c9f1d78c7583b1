"""A small site of sample pages: our templates and static files, with the least an application must give them."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask, Response, flash, render_template, request
from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect, FlaskForm
from jinja2 import ChoiceLoader, FileSystemLoader
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    FileField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange

from cellcert.actors import Actor, Role
from cellcert.criteria.reader import read_checklist_file
from cellcert.criteria.schema import Checklist
from cellcert.criteria.text import Text
from cellcert.criteria.ways import is_computed
from cellcert.forms import VersionedForm
from cellcert.language import plain_points
from cellcert.paths import PACKAGE, shipped

HERE = Path(__file__).parent
AUTHORITY = SimpleNamespace(
    name=Text("示例市“无废城市”办公室", "Example Zero-Waste City Office"), phone="000-0000000", email="", address=""
)
PROGRAMME = SimpleNamespace(
    name=Text("示例市“无废细胞”认定", "Example zero-waste cell certification"), authority=AUTHORITY
)
EXPERT = Actor(1, "示例专家甲", Role.EXPERT, place="示例市专家库")
NOW = datetime(2026, 7, 20, 6, 5, tzinfo=UTC)


class UnitForm(FlaskForm):  # type: ignore[misc]
    name = StringField(
        "单位名称", [InputRequired("请填写单位名称，与营业执照一致。")], description="与营业执照或法人证书一致。"
    )
    credit_code = StringField("统一社会信用代码", [InputRequired("请填写代码。"), Length(18, 18, "应为18位，请核对。")])
    category = RadioField(
        "申报类别",
        [InputRequired("请选择一个类别。")],
        choices=[SelectChoice("factory", "无废工厂"), SelectChoice("community", "无废社区")],
    )
    division = SelectField("所在区县", choices=[SelectChoice("", "请选择"), SelectChoice("a", "示例区")])
    used = DecimalField("综合利用量", [NumberRange(0, 100, "请填写0到100之间的数。")], description="按年度台账填写。")
    since = DateField("成立日期")
    about = TextAreaField("单位简介", description="200字以内。")
    photo = FileField("现场照片", description="可用手机直接拍照。")
    agreed = BooleanField("本单位承诺以上内容真实、准确", [InputRequired("请阅读并勾选承诺。")])


class ReasonForm(VersionedForm):
    reason = TextAreaField("理由", [InputRequired("请写明理由。")], description="将写入会议纪要。")


def tasks() -> dict[str, Any]:
    flash("已保存，14:05。")
    steps = [
        ("基本信息", "#", ("已完成", "good"), None),
        ("单位情况", "#", ("已完成", "good"), "共 6 个问题"),
        ("指标数据", "#", ("还差 1 项", "waiting"), "一般工业固体废物综合利用率：缺少产生量"),
        ("自评打分", "#", ("进行中", "active"), "已答 21 / 32 项"),
        ("证明材料", "#", ("需补正", "bad"), "区县退回：利用合同不清晰，请重新上传"),
        ("核对并提交", None, ("尚未开放", "ended"), "前面各步完成后开放"),
    ]
    moves = [
        ("区县退回补正", NOW, "示例区审核员", "第 3.2 项利用合同第 2 页不清晰，请重新上传。"),
        ("提交申报", datetime(2026, 7, 12, 1, 30, tzinfo=UTC), "示例机械有限公司", None),
        ("开始填写", date(2026, 6, 30), "示例机械有限公司", None),
    ]
    return {
        "steps": [dict(zip(("title", "url", "state", "note"), step, strict=True)) for step in steps],
        "moves": [dict(zip(("what", "when", "who", "why"), move, strict=True)) for move in moves],
        "marks": [
            {"value": Decimal(80), "label": "合格线", "met": True},
            {"value": Decimal(90), "label": "示范线", "met": False},
        ],
    }


def form() -> dict[str, Any]:
    shown = UnitForm(data={"credit_code": "91410800", "used": Decimal("7240.5")}, meta={"csrf": False})
    shown.validate()
    return {"form": shown}


def queue() -> dict[str, Any]:
    rows = [
        ("示例机械有限公司 无废工厂", "示例区", date(2026, 7, 3), date(2026, 7, 17), True, "继续评分", "已评 12 项"),
        ("示例花园社区 无废社区", "示例县", date(2026, 7, 9), date(2026, 7, 24), False, "开始评分", None),
        ("示例购物中心 无废商场", "示例区", NOW, date(2026, 8, 4), False, "开始评分", None),
    ]
    names = ("what", "who", "since", "due", "late", "next", "note")
    return {"rows": [dict(zip(names, row, strict=True), url="#") for row in rows]}


def confirm() -> dict[str, Any]:
    return {"form": ReasonForm(version=3), "names": ["示例机械有限公司", "示例花园社区", "示例购物中心"]}


def public() -> dict[str, Any]:
    names = [("机关", 5, 30), ("园区", 1, 6), ("工厂", 3, 24), ("社区", 2, 24), ("景区", 1, 8), ("商场", 0, 8)]
    return {"parts": [dict(zip(("name", "reached", "share"), part, strict=True)) for part in names]}


ANSWERS: dict[str, Any] = {
    "yes_no": True,
    "choice": {"choice": "some", "points": Decimal("2.5")},
    "parts": {"plan": False, "people": "good", "records": Decimal("1.5")},
    "deductions": {"bin": Decimal(2), "sign": True},
    "at_least": ["a", "c"],
    "any_of": {"gain": True},
    "judged": Decimal("9"),
}


def sample_checklist() -> Checklist:
    """Every way to score, once."""
    return read_checklist_file(HERE / "criteria" / "sample.yaml")


def items() -> dict[str, Any]:
    reason = Text("综合利用率 72.40% 落在 70%–90% 档，得 6 分（满分 10 分）。", "72.40 %: 6 of 10 points.")
    results = {
        "tiers": SimpleNamespace(points=Decimal("6.00"), possible=Decimal(10), state="scored", reason=reason),
        "choice": SimpleNamespace(points=Decimal(0), possible=Decimal(5), state="missing", reason=None),
        "linear": SimpleNamespace(points=Decimal(0), possible=Decimal(10), state="not_applicable", reason=None),
    }
    files = [
        {"name": "2025年度固废台账（盖章版）.pdf", "url": "#", "thumb": None, "note": "1.2 MB", "remove": "#"},
        {"name": "分类投放点现场.jpg", "url": "#", "thumb": "/static/mark.svg", "note": "3.4 MB", "remove": None},
    ]
    return {"items": list(sample_checklist().items()), "answers": ANSWERS, "results": results, "files": files}


def refusal() -> dict[str, Any]:
    return {
        "status": 409,
        "message": "申报已提交，正在由示例区初审，内容不能再修改。",
        "next": "如需更正，请等待区县退回，或先撤回申报。",
        "action": ("#", "查看申报进度"),
    }


SAMPLES: dict[str, Callable[[], dict[str, Any]]] = {
    "tasks": tasks,
    "form": form,
    "queue": queue,
    "confirm": confirm,
    "public": public,
    "items": items,
    "errors/refusal": refusal,
}


def look() -> Flask:
    """The sample site; ``?en``, ``?large`` and ``?guest`` change who looks."""
    app = Flask("look", template_folder=str(HERE / "templates"), static_folder=str(PACKAGE / "static"))
    app.config.update(SECRET_KEY="look", BOOTSTRAP_SERVE_LOCAL=True, BABEL_DEFAULT_TIMEZONE="Asia/Shanghai")
    app.jinja_options = {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True}
    app.jinja_loader = ChoiceLoader([FileSystemLoader(HERE / "templates"), FileSystemLoader(shipped("templates"))])
    Bootstrap5(app)
    CSRFProtect(app)
    Babel(app, locale_selector=lambda: "en" if "en" in request.args else "zh_Hans_CN")

    def t(value: object) -> object:
        if value is None or hasattr(value, "__html__"):
            return "" if value is None else value
        return value.text("en" if "en" in request.args else "zh") if isinstance(value, Text) else str(value)

    app.add_template_filter(t, "t")
    app.add_template_filter(plain_points, "points")
    app.add_template_global(is_computed, "is_computed")
    for name in ("kept", "kept_with"):
        app.add_template_global(lambda write, *pieces: write(*pieces), name)

    @app.context_processor
    def given() -> dict[str, object]:
        places = (("/tasks", "我的案卷"), ("/queue", "待办"), ("/public", "进展"), ("/form", "资料"))
        return {
            "programme": PROGRAMME,
            "settings": SimpleNamespace(footer_icp="示例ICP备00000000号", footer_police=""),
            "me": None if "guest" in request.args else EXPERT,
            "posts": 2,
            "unread": lambda: 3,
            "language": "en" if "en" in request.args else "zh",
            "large_print": "large" in request.args,
            "version": "0.1.0",
            "nav": [(url, label, url == request.path) for url, label in places],
        }

    app.add_url_rule("/accessibility", "web.accessibility", lambda: render_template("accessibility.html"))
    for rule, endpoint in (
        ("/", "tally.progress"),
        ("/language/<language>", "web.language"),
        ("/large-print/<on>", "web.large_print"),
        ("/sign-in", "people.sign_in"),
        ("/sign-out", "people.sign_out"),
        ("/switch", "people.switch"),
        ("/inbox", "inbox.inbox"),
        ("/feed.atom", "api.feed"),
        ("/password", "people.password"),
    ):
        app.add_url_rule(rule, endpoint, lambda **_: "")

    @app.route("/<path:page>")
    def sample(page: str) -> str:
        return render_template(f"{page}.html", **SAMPLES[page]())

    @app.after_request
    def strict(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; script-src 'self'; style-src 'self'; "
            "img-src 'self' data:; font-src 'self'; form-action 'self'"
        )
        return response

    return app
