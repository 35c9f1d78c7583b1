"""The few links of the header, by role."""

from flask import current_app, request, url_for
from flask_babel import gettext

from cellcert.actors import Actor, Role
from cellcert.errors import N_

PUBLIC_LINKS = [
    ("tally.progress", N_("创建进展")),
    ("criteria.index", N_("评价标准")),
    ("certificate.register", N_("认定名录")),
    ("decision.notices", N_("公示公告")),
    ("certificate.verify", N_("证书查验")),
]
LINKS: dict[Role, list[tuple[str, str]]] = {
    Role.PUBLIC: PUBLIC_LINKS,
    Role.APPLICANT: [
        ("desk.home", N_("我的申报")),
        ("ledger.overview", N_("固废台账")),
        ("units.mine", N_("单位信息")),
        ("decision.notices", N_("公示公告")),
    ],
    Role.DISTRICT: [
        ("desk.home", N_("我的待办")),
        ("desk.cases", N_("全部申报")),
        ("units.doubtful", N_("单位核实")),
        ("supervision.index", N_("督办")),
    ],
    Role.DEPARTMENT: [
        ("desk.home", N_("我的待办")),
        ("desk.cases", N_("全部申报")),
        ("targets.index", N_("计划目标")),
        ("supervision.index", N_("督办")),
    ],
    Role.EXPERT: [("desk.home", N_("我的评审"))],
    Role.OFFICE: [
        ("desk.home", N_("工作台")),
        ("desk.cases", N_("全部申报")),
        ("meeting.index", N_("审定会")),
        ("award_letter.index", N_("认定文件")),
        ("tally.board", N_("进度统计")),
        ("targets.index", N_("计划目标")),
        ("supervision.index", N_("督办")),
        ("edition.index", N_("评价标准")),
        ("desk.mails", N_("邮件记录")),
    ],
    Role.APPROVER: [
        ("desk.home", N_("工作台")),
        ("desk.cases", N_("全部申报")),
        ("meeting.index", N_("审定会")),
        ("award_letter.index", N_("认定文件")),
        ("tally.board", N_("进度统计")),
        ("targets.index", N_("计划目标")),
        ("supervision.index", N_("督办")),
        ("edition.index", N_("评价标准")),
    ],
    Role.ADMIN: [("people.accounts", N_("账号管理")), ("desk.mails", N_("邮件记录"))],
    Role.AUDITOR: [
        ("desk.home", N_("工作台")),
        ("desk.cases", N_("全部申报")),
        ("desk.trail", N_("审计记录")),
        ("supervision.index", N_("督办")),
        ("desk.mails", N_("邮件记录")),
    ],
}


def navigation(actor: Actor) -> list[tuple[str, str, bool]]:
    """``(url, label, is_current)`` for the header."""
    return [
        (url_for(endpoint), gettext(label), request.endpoint == endpoint)
        for endpoint, label in LINKS.get(actor.role, PUBLIC_LINKS)
        if endpoint != "ledger.overview" or current_app.extensions["cellcert"].library.has_wastes
    ]
