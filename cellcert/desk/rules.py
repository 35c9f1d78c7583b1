"""What a desk may tell whom, what is to be done next, and how long something has waited."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from cellcert.actors import Role
from cellcert.application.lifecycle import Act, Relation, State, is_open
from cellcert.decision.matters import Matter
from cellcert.errors import N_

# a reason is read by those who may read where it was written; one not named here is for every reader of the case
REASONS: Mapping[str, Act] = {
    Act.RETURN.name: Act.READ_RETURN,
    Act.PASS.name: Act.READ_NOTES,
    Act.ADVISE_AGAINST.name: Act.READ_NOTES,
    Act.CLOSE_OBJECTION.name: Act.READ_OBJECTION,
    "TAKE_OBJECTION": Act.READ_OBJECTION,
    "STEP_DOWN": Act.READ_EXPERTS,
    "REPLACE": Act.READ_EXPERTS,
    "ASK_REOPEN": Act.READ_EXPERTS,
    "REOPEN": Act.READ_EXPERTS,
    **{f"{verb}_{matter.name}": Act.READ_PROPOSAL for verb in ("PROPOSE", "DECLINE") for matter in Matter},
}
# these act where someone else's proposal waits, and only then
ANSWERS: Mapping[Act, Matter] = {
    Act.APPROVE: Matter.DECISION,
    Act.CLOSE_OBJECTION: Matter.OBJECTION,
    Act.CORRECT: Matter.CORRECTION,
    Act.REVOKE: Matter.REVOCATION,
}
PROPOSES: Mapping[Act, Matter] = {
    Act.PROPOSE: Matter.DECISION,
    Act.PROPOSE_CLOSING: Matter.OBJECTION,
    Act.PROPOSE_CORRECTION: Matter.CORRECTION,
    Act.PROPOSE_REVOCATION: Matter.REVOCATION,
}
# what carries the case on; the first that is open is the page's primary action
NEXT = (
    Act.EDIT, Act.START_CHECK, Act.NOTE, Act.GIVE_OPINION, Act.CLOSE_ROUND, Act.ASSIGN, Act.SCORE, Act.REPORT_ON_SITE,
    Act.ANSWER_VISIT, Act.ANSWER_UNIT, Act.END_ON_SITE, Act.PROPOSE, Act.APPROVE, Act.CLOSE_OBJECTION,
    Act.TAKE_OBJECTION, Act.PROPOSE_CLOSING, Act.AWARD, Act.GIVE_STATEMENT, Act.CORRECT, Act.REVOKE,
    Act.CONCLUDE_RECHECK, Act.RESUME, Act.REPORT_RECTIFIED,
    Act.DECLARE,
)  # fmt: skip
WAITING: Mapping[State, str] = {
    State.DRAFT: N_("尚未提交。"),
    State.SUBMITTED: N_("已提交，等待属地初审。"),
    State.RETURNED: N_("已退回，请申报单位在期限前补正并重新提交。"),
    State.PRELIMINARY: N_("属地正在初审。"),
    State.REVIEW: N_("专家正在评审。"),
    State.ON_SITE: N_("正在进行现场核查。"),
    State.DECISION: N_("评审已结束，等待审定。"),
    State.NOTICE: N_("正在公示。公示期满无异议的，予以认定。"),
    State.OBJECTION: N_("收到异议，正在核查。"),
    State.AWARDED: N_("已认定为无废细胞。"),
    State.RECHECK: N_("正在复核，称号仍然有效。"),
    State.RECTIFYING: N_("请申报单位完成整改并提交整改报告。"),
    State.SUSPENDED: N_("称号已暂停。"),
    State.REJECTED: N_("本次不予认定。"),
    State.WITHDRAWN: N_("申报单位已撤回。"),
    State.EXPIRED: N_("已到期。"),
    State.REVOKED: N_("称号已撤销。"),
}
STAGES: tuple[tuple[str, frozenset[State]], ...] = (
    (N_("填写申报并提交"), frozenset({State.DRAFT, State.RETURNED})),
    (N_("属地初审"), frozenset({State.SUBMITTED, State.PRELIMINARY})),
    (N_("专家评审"), frozenset({State.REVIEW, State.ON_SITE})),
    (N_("审定"), frozenset({State.DECISION})),
    (N_("公示"), frozenset({State.NOTICE, State.OBJECTION})),
    (N_("认定发证"), frozenset({State.AWARDED, State.RECHECK, State.RECTIFYING, State.SUSPENDED})),
)
# events of the trail that are not acts on an application
KINDS: Mapping[str, str] = {
    "account-added": N_("添加账号"),
    "adopt-edition": N_("改用新版标准"),
    "change-batch": N_("转到新批次"),
    "confirm-commitment": N_("确认承诺书"),
    "announce-meeting": N_("公布审定会结果"),
    "approve-decision": N_("审定，待公布"),
    "approve-edition": N_("审定评价标准"),
    "close-on-site-record": N_("现场核查记录定稿"),
    "note-on-site": N_("填写现场核查记录"),
    "photo-on-site": N_("添加现场照片"),
    "remove-photo-on-site": N_("删除现场照片"),
    "scan-on-site": N_("上传签字记录"),
    "sign-on-site": N_("在现场核查记录上签字"),
    "state-on-site": N_("对现场核查补充说明"),
    "void-signatures": N_("作废现场签字"),
    "add-exhibit": N_("上传异议材料"),
    "appeal": N_("提出申诉"),
    "arrange": N_("整理材料"),
    "carry": N_("沿用以前的答案"),
    "confirm-carried": N_("核对沿用的答案"),
    "code-confirmed": N_("确认信用代码"),
    "code-questioned": N_("要求核对信用代码"),
    "assign-by-file": N_("按文件指派专家"),
    "draw-anew": N_("换种子重新抽取专家"),
    "draw-experts": N_("抽取专家"),
    "declare": N_("声明无利害关系"),
    "draw-rechecks": N_("抽取复核单位"),
    "open-drawn": N_("启动抽取的复核"),
    "answer-report": N_("答复对认定单位的反映"),
    "report-cell": N_("反映认定单位的问题"),
    "declare-year": N_("提交年度声明"),
    "fill-in-declaration": N_("填写年度声明"),
    "decline-correction": N_("退回证书更正建议"),
    "decline-decision": N_("退回审定建议"),
    "decline-objection": N_("退回异议处理建议"),
    "decline-revocation": N_("退回撤销建议"),
    "denied": N_("拒绝访问"),
    "disabled": N_("停用账号"),
    "enabled": N_("启用账号"),
    "issue": N_("签发证书"),
    "discard-letter": N_("作废认定文件草稿"),
    "issue-letter": N_("签发认定文件"),
    "supervision-review": N_("进行进展评估"),
    "propose-supervision": N_("提出督办文件"),
    "approve-supervision": N_("审批印发督办文件"),
    "decline-supervision": N_("决定不印发督办文件"),
    "answer-supervision": N_("提交督办整改报告"),
    "close-supervision": N_("督办结案"),
    "report-target": N_("填报目标完成值"),
    "add-target-file": N_("上传目标完成值的佐证材料"),
    "confirm-target": N_("确认目标完成值"),
    "return-target": N_("退回目标完成值"),
    "locked": N_("登录暂停"),
    "ledger-imported": N_("导入固废台账"),
    "ledger-month": N_("填写固废台账"),
    "make-certificates": N_("制作一批证书"),
    "mail-again": N_("重发邮件"),
    "meeting-cases": N_("列入审定会清单"),
    "meeting-minutes": N_("填写审定会记录"),
    "meeting-pack": N_("生成审定会材料"),
    "object": N_("提出异议"),
    "open-meeting": N_("安排审定会"),
    "open-second-round": N_("开启第二轮评分"),
    "password-changed": N_("修改密码"),
    "password-reissued": N_("重置密码"),
    "export": N_("导出"),
    "extend-seat": N_("延长评分期限"),
    "handed-over": N_("交接联系人"),
    "head-named": N_("更改负责人"),
    "invitation-accepted": N_("接受邀请"),
    "invitation-withdrawn": N_("撤回邀请"),
    "invited": N_("邀请同事"),
    "left": N_("退出单位"),
    "prepare-letter": N_("拟认定文件"),
    "propose-correction": N_("提出证书更正建议"),
    "propose-decision": N_("提出审定建议"),
    "propose-edition": N_("提交评价标准草案"),
    "propose-objection": N_("提出异议处理建议"),
    "propose-revocation": N_("提出撤销建议"),
    "replace": N_("更换专家"),
    "revise-letter": N_("修改认定文件的文号或日期"),
    "role-ended": N_("结束角色"),
    "role-granted": N_("授予角色"),
    "set-announcement": N_("设定公布时间"),
    "sign-in-failed": N_("登录失败"),
    "signed-in": N_("登录"),
    "signed-out": N_("退出登录"),
    "start": N_("新建申报"),
    "unit-changed": N_("修改单位信息"),
    "unit-registered": N_("登记单位"),
    "withdraw-edition": N_("撤回评价标准"),
}
ENDED = frozenset({State.REJECTED, State.WITHDRAWN, State.EXPIRED, State.REVOKED})


@dataclass(frozen=True, slots=True)
class Stage:
    """One line of the way to the certificate: its state as ``(label, tone)``, whether it is the present one."""

    title: str
    state: tuple[str, str] | None
    is_now: bool


def stages(state: State) -> list[Stage]:
    """The way of a running application: what is done, where it stands, what is to come; none once it has ended."""
    if state in ENDED:
        return []
    now = next(at for at, (_, states) in enumerate(STAGES) if state in states)
    here = N_("进行中") if state.label in STAGES[now][0] else state.label
    marks: list[tuple[str, str] | None] = [
        *[(N_("已完成"), "good")] * now, (here, state.tone), *[None] * (len(STAGES) - now - 1),
    ]  # fmt: skip
    return [Stage(title, mark, at == now) for at, ((title, _), mark) in enumerate(zip(STAGES, marks, strict=True))]


def may_read_reason(act: str, relation: Relation, state: State) -> bool:
    """Whether the reason of a past act is for this reader."""
    return is_open(REASONS.get(act, Act.READ), relation, state)


def may_know_who(role: Role, relation: Relation, state: State) -> bool:
    """Whether this reader learns the name of who acted in a role; else the role alone is said."""
    if role in {Role.SYSTEM, Role.PUBLIC}:
        return False
    if relation is Relation.OWN:
        return role is Role.APPLICANT
    if role is Role.EXPERT:
        return is_open(Act.READ_EXPERTS, relation, state)
    return relation is not Relation.EXPERT or role in {Role.APPLICANT, Role.DISTRICT}


def what_was_done(act: str, relation: Relation, state: State) -> str:
    """A past act in words; who may not read the first check learns only that it ended."""
    if act in {Act.PASS.name, Act.ADVISE_AGAINST.name} and not is_open(Act.READ_NOTES, relation, state):
        return N_("初审结束")
    return Act[act].label if act in Act.__members__ else act


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides whether an open act has something to act on."""

    waiting: Collection[Matter] = ()  # matters with a proposal that nobody has answered
    told_later: bool = False  # decided, and not told yet
    untaken: int = 0  # objections nobody has taken in hand
    notice_over: bool = False
    may_ask: bool = False  # objections are in hand about which the unit was not asked
    is_asked: bool = False  # the unit, and has not answered
    is_questioned: bool = False  # the unit, about a place
    may_object: bool = False  # the notice runs, or the time to appeal against a rejection
    round_ready: bool = False  # enough experts, and all have handed in
    handed_in: bool = False  # the reader's own sheet
    department_spoke: bool = False
    hides_unit: bool = False  # from the experts


def worth_offering(act: Act, facts: Facts) -> bool:
    """Whether an open act would find something to act on."""
    found = {
        **{answer: matter in facts.waiting for answer, matter in ANSWERS.items()},
        **{proposal: matter not in facts.waiting for proposal, matter in PROPOSES.items()},
        Act.PROPOSE: Matter.DECISION not in facts.waiting and not facts.told_later,
        Act.OBJECT: facts.may_object,
        Act.TAKE_OBJECTION: facts.untaken > 0,
        Act.ASK_STATEMENT: facts.may_ask,
        Act.GIVE_STATEMENT: facts.is_asked,
        Act.ANSWER_UNIT: facts.is_questioned,
        Act.AWARD: facts.notice_over and not facts.untaken,
        Act.CLOSE_ROUND: facts.round_ready,
        Act.SCORE: not facts.handed_in,
        Act.HAND_IN: not facts.handed_in,
        Act.GIVE_OPINION: not facts.department_spoke,
        Act.REDACT: facts.hides_unit,
    }
    return found.get(act, True)


def primary(acts: Iterable[Act]) -> Act | None:
    """The act that carries the case on."""
    offered = set(acts)
    return next((act for act in NEXT if act in offered), None)
