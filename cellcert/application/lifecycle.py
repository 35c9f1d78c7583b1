"""Who may do what in which state: the whole workflow as one table, and the gate that reads it.

The table agrees cell by cell with ``docs/permission_matrix.json``; a test compares them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum

from cellcert.errors import N_, NotAllowed, NotFound, WrongState


class State(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    PRELIMINARY = "preliminary"
    REVIEW = "review"
    ON_SITE = "on_site"
    DECISION = "decision"
    NOTICE = "notice"
    OBJECTION = "objection"
    AWARDED = "awarded"
    RECHECK = "recheck"
    RECTIFYING = "rectifying"
    SUSPENDED = "suspended"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    REVOKED = "revoked"

    @property
    def label(self) -> str:
        return STATES[self][0]

    @property
    def tone(self) -> str:
        """How a page colours it: waiting, active, good, bad or ended."""
        return STATES[self][1]


STATES: Mapping[State, tuple[str, str]] = {
    State.DRAFT: (N_("草稿"), "waiting"),
    State.SUBMITTED: (N_("已提交"), "active"),
    State.RETURNED: (N_("补正"), "waiting"),
    State.PRELIMINARY: (N_("初审"), "active"),
    State.REVIEW: (N_("专家评审"), "active"),
    State.ON_SITE: (N_("现场核查"), "active"),
    State.DECISION: (N_("待审定"), "active"),
    State.NOTICE: (N_("公示"), "active"),
    State.OBJECTION: (N_("异议核查"), "waiting"),
    State.AWARDED: (N_("已认定"), "good"),
    State.RECHECK: (N_("复核"), "waiting"),
    State.RECTIFYING: (N_("限期整改"), "waiting"),
    State.SUSPENDED: (N_("暂停"), "bad"),
    State.REJECTED: (N_("不予认定"), "bad"),
    State.WITHDRAWN: (N_("撤回"), "ended"),
    State.EXPIRED: (N_("到期"), "ended"),
    State.REVOKED: (N_("撤销"), "bad"),
}


class Relation(StrEnum):
    """How the person acting stands to this application."""

    PUBLIC = "pub"
    OWN = "own"
    OTHER_UNIT = "oth"
    DISTRICT = "dis"
    OTHER_DISTRICT = "di2"
    DEPARTMENT = "dep"
    OTHER_DEPARTMENT = "de2"
    EXPERT = "exp"
    OTHER_EXPERT = "ex2"
    OFFICE = "off"
    APPROVER = "apr"
    ADMIN = "adm"
    AUDITOR = "aud"
    SYSTEM = "sys"

    @property
    def label(self) -> str:
        return RELATIONS[self]


RELATIONS: Mapping[Relation, str] = {
    Relation.PUBLIC: N_("公众"),
    Relation.OWN: N_("申报单位"),
    Relation.OTHER_UNIT: N_("其他单位"),
    Relation.DISTRICT: N_("属地审核员"),
    Relation.OTHER_DISTRICT: N_("其他属地审核员"),
    Relation.DEPARTMENT: N_("牵头部门审核员"),
    Relation.OTHER_DEPARTMENT: N_("其他部门审核员"),
    Relation.EXPERT: N_("本案专家"),
    Relation.OTHER_EXPERT: N_("其他专家"),
    Relation.OFFICE: N_("市办经办人"),
    Relation.APPROVER: N_("市办审定人"),
    Relation.ADMIN: N_("系统管理员"),
    Relation.AUDITOR: N_("审计员"),
    Relation.SYSTEM: N_("系统"),
}

States = frozenset[State]


def _in(codes: str) -> States:
    return frozenset(CODES[code] for code in codes.split())


CODES: Mapping[str, State] = dict(zip("DR SU RT PR ER OS DE PN OB AW RC RF SP RJ WD EX RV".split(), State, strict=True))
EVERY = frozenset(State)
SENT = EVERY - {State.DRAFT}
SHOWN = _in("PN OB AW RC RF SP EX RV")  # the public entry
HELD = _in("AW RC RF SP EX RV")  # a certificate exists or existed
TITLED = _in("AW RC RF SP")  # the title is held, if only suspended
JUDGED = _in("OS DE PN OB AW RJ RC RF SP RV")  # the round is closed
OBJECTED = _in("PN OB AW RJ DE RV")
RETURNED_ONCE = _in("RT SU PR ER OS DE PN OB AW RJ WD EX")
CHECKED = _in("PR ER OS DE PN OB AW RJ RC RF SP RV")

PUB, OWN, OTH, DIS, DI2, DEP, DE2, EXP, EX2, OFF, APR, ADM, AUD, SYS = Relation
SIGNED_IN = (OWN, OTH, DIS, DI2, DEP, DE2, EXP, EX2, OFF, APR, ADM, AUD)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: who may do it in which states, where it may lead."""

    id: str
    label: str
    allow: Mapping[Relation, States]
    to: States = frozenset()


def _row(id: str, label: str, to: str = "", /, **allow: str | States) -> Rule:
    named = {Relation[name]: states if isinstance(states, frozenset) else _in(states) for name, states in allow.items()}
    return Rule(id, label, named, _in(to))


def _all(relations: tuple[Relation, ...], states: States) -> dict[str, States]:
    return {relation.name: states for relation in relations}


class Act(Enum):
    """Every act on an application. ``label`` completes the sentence “不能……”."""

    # fmt: off
    # reading
    SEE_ENTRY = _row("A01", N_("查看公开信息"), **_all((PUB, *SIGNED_IN), SHOWN))
    VERIFY = _row("A02", N_("查验证书"), **_all((PUB, *SIGNED_IN), HELD))
    READ = _row("A03", N_("查看申报"), OWN=EVERY, **_all((DIS, DEP, OFF, APR, AUD), SENT), EXPERT="ER OS DE RC RF")
    READ_EVIDENCE = _row(
        "A04", N_("查看证明材料"), OWN=EVERY, **_all((DIS, DEP, OFF, APR), SENT), EXPERT="ER OS DE RC RF",
    )
    READ_OWN_SCORE = _row("A05", N_("查看本人评分"), EXPERT="ER OS DE RC RF")
    READ_SCORES = _row("A06", N_("查看各专家评分"), OFFICE=JUDGED, APPROVER=JUDGED, AUDITOR="AW RJ RV")
    READ_TOTALS = _row(
        "A07", N_("查看评审结果"), OWN="PN OB AW RJ EX RC RF SP RV", DISTRICT="PN OB AW RJ RC RF SP",
        DEPARTMENT="PN OB AW RJ RC RF SP", EXPERT="PN OB AW RJ", OFFICE=JUDGED, APPROVER=JUDGED,
        AUDITOR="PN OB AW RJ EX RC RF SP RV",
    )
    READ_EXPERTS = _row(
        "A08", N_("查看专家名单"), OFFICE=JUDGED | _in("ER"), APPROVER=JUDGED | _in("ER"), AUDITOR="AW RJ RV",
    )
    READ_NOTES = _row("A09", N_("查看初审记录"), **_all((DIS, DEP, OFF, APR, AUD), CHECKED))
    READ_RETURN = _row("A10", N_("查看补正意见"), **_all((OWN, DIS, DEP, OFF, APR, AUD), RETURNED_ONCE))
    READ_PROPOSAL = _row("A11", N_("查看拟定意见"), OFFICE="DE OB AW RC RF SP", APPROVER="DE OB AW RC RF SP")
    READ_OBJECTOR = _row("A12", N_("查看异议人信息"), **_all((OFF, APR, AUD), OBJECTED))
    READ_OBJECTION = _row("A13", N_("查看异议"), **_all((OWN, OFF, APR, AUD), OBJECTED))
    READ_TRAIL = _row("A14", N_("查看审计记录"), **_all((OFF, APR, AUD), SENT))
    READ_CERTIFICATE = _row("A15", N_("下载证书"), **_all((OWN, OFF, APR), HELD))
    EXPORT = _row("A16", N_("导出"), **_all((DIS, DEP, OFF, APR, AUD), SENT))
    READ_CLARIFICATIONS = _row(
        "A17", N_("查看询问和答复"), **_all((OWN, DIS, DEP, OFF, APR, AUD), SENT), EXPERT="ER OS DE RC RF",
    )
    READ_REPORTS = _row("A18", N_("查看对认定单位的反映"), **_all((OFF, APR, AUD), HELD))
    # the unit
    EDIT = _row("B01", N_("填写申报"), OWN="DR RT")
    ATTACH = _row("B02", N_("上传证明材料"), OWN="DR RT RC RF")
    DETACH = _row("B03", N_("删除证明材料"), OWN="DR RT")
    DISCARD = _row("B04", N_("删除草稿"), OWN="DR")
    SUBMIT = _row("B05", N_("提交申报"), "SU", OWN="DR")
    RESUBMIT = _row("B06", N_("重新提交"), "SU", OWN="RT")
    WITHDRAW = _row("B07", N_("撤回申报"), "WD", OWN="DR SU RT PR ER OS DE")
    # first check
    START_CHECK = _row("B08", N_("开始初审"), "PR", DISTRICT="SU")
    NOTE = _row("B09", N_("填写初审记录"), DISTRICT="PR")
    RETURN = _row("B10", N_("退回补正"), "RT", DISTRICT="SU PR")
    PASS = _row("B11", N_("初审通过"), "ER", DISTRICT="PR")
    ADVISE_AGAINST = _row("B12", N_("提出不予推荐意见"), "DE", DISTRICT="PR")
    REDACT = _row("B62", N_("遮盖证明材料"), DISTRICT="PR ER RC", OFFICE="ER RC")
    GIVE_OPINION = _row("B45", N_("填写部门意见"), DEPARTMENT="PR ER")
    ASK_UNIT = _row(
        "B54", N_("询问申报单位"), DISTRICT="PR ER OS", DEPARTMENT="PR ER OS", EXPERT="ER", OFFICE="PR ER OS"
    )
    ANSWER_UNIT = _row("B55", N_("答复询问"), OWN="PR ER OS")
    # experts
    ASSIGN = _row("B13", N_("指派专家"), OFFICE="ER RC")
    STEP_DOWN = _row("B14", N_("申请回避"), EXPERT="ER OS RC")
    SCORE = _row("B15", N_("评分"), EXPERT="ER RC")
    HAND_IN = _row("B16", N_("提交评分"), EXPERT="ER RC")
    ASK_REOPEN = _row("B17", N_("申请重开评分"), EXPERT="ER RC", OFFICE="ER RC")
    REOPEN = _row("B44", N_("批准重开评分"), APPROVER="ER RC")
    CLOSE_ROUND = _row("B18", N_("结束评审"), "OS DE", OFFICE="ER")
    REPORT_ON_SITE = _row("B19", N_("提交现场核查记录"), DISTRICT="OS", DEPARTMENT="OS", EXPERT="OS")
    ARRANGE_VISIT = _row("B52", N_("安排现场核查"), DISTRICT="OS", OFFICE="OS")
    ANSWER_VISIT = _row("B53", N_("答复现场核查安排"), OWN="OS")
    END_ON_SITE = _row("B20", N_("结束现场核查"), "DE ER", OFFICE="OS")
    # decision
    PROPOSE = _row("B21", N_("提出审定建议"), OFFICE="DE")
    APPROVE = _row("B22", N_("审定"), "PN RJ", APPROVER="DE")
    ANNOUNCE = _row("B50", N_("公布审定结果"), "PN RJ", APPROVER="DE", SYSTEM="DE")
    OBJECT = _row("B23", N_("提出异议"), OWN="PN OB RJ", **_all((PUB, OTH, DIS, DI2, DEP, DE2, EXP, EX2), _in("PN OB")))
    TAKE_OBJECTION = _row("B24", N_("受理异议"), "OB", OFFICE="PN RJ")
    PROPOSE_CLOSING = _row("B25", N_("提出异议处理意见"), OFFICE="OB")
    CLOSE_OBJECTION = _row("B26", N_("审定异议处理意见"), "PN DE RJ", APPROVER="OB")
    ASK_STATEMENT = _row("B60", N_("请申报单位说明情况"), OFFICE="OB")
    GIVE_STATEMENT = _row("B61", N_("说明情况"), OWN="OB")
    AWARD = _row("B27", N_("确认认定"), "AW", APPROVER="PN")
    # after the award
    PROPOSE_CORRECTION = _row("B28", N_("提出证书更正"), OFFICE="AW")
    CORRECT = _row("B29", N_("批准证书更正"), "AW", APPROVER="AW")
    OPEN_RECHECK = _row("B30", N_("启动复核"), "RC", OFFICE="AW", SYSTEM="AW")
    CONCLUDE_RECHECK = _row("B31", N_("审定复核结论"), "AW RV", APPROVER="RC")
    ORDER_RECTIFYING = _row("B46", N_("责令限期整改"), "RF", APPROVER="RC")
    REPORT_RECTIFIED = _row("B47", N_("提交整改报告"), "RC", OWN="RF")
    SUSPEND = _row("B48", N_("暂停称号"), "SP", APPROVER="RC RF")
    RESUME = _row("B49", N_("恢复称号"), "AW", APPROVER="SP")
    PROPOSE_REVOCATION = _row("B32", N_("提出撤销建议"), OFFICE="AW RC RF SP")
    REVOKE = _row("B33", N_("审定撤销"), "RV", APPROVER="AW RC RF SP")
    GIVE_BACK = _row("B34", N_("交回称号"), "RV", OWN="AW RC RF SP")
    EXPIRE = _row("B35", N_("到期处理"), "EX", SYSTEM="RT AW RC RF SP")
    DECLARE = _row("B63", N_("提交年度声明"), OWN=TITLED)
    REPORT_CELL = _row("B64", N_("反映认定单位的问题"), **_all((PUB, OTH, DIS, DI2, DEP, DE2, EXP, EX2), TITLED))
    ANSWER_REPORT = _row("B65", N_("答复对认定单位的反映"), OFFICE=HELD)
    REMIND = _row(
        "B36", N_("发送提醒"), DISTRICT="RT PR", OFFICE="RT PR ER OS DE OB AW RC RF SP",
        SYSTEM="DR RT PR ER OS DE PN OB AW RC RF SP",
    )
    # nobody, ever
    CHANGE_ANSWER = _row("B37", N_("修改已提交的内容"))
    CHANGE_TRAIL = _row("B38", N_("修改审计记录"))
    DELETE_SUBMITTED = _row("B39", N_("删除已提交的申报"))
    SET_STATE = _row("B40", N_("直接改变状态"))
    CHOOSE_SERIAL = _row("B41", N_("指定证书编号"))
    SHORTEN_NOTICE = _row("B42", N_("缩短公示"))
    SEE_OPEN_VOTE = _row("B43", N_("在评审结束前查看评分"))
    # fmt: on

    @property
    def id(self) -> str:
        return self.value.id

    @property
    def label(self) -> str:
        return self.value.label

    @property
    def slug(self) -> str:
        """The act's name in an address."""
        return self.name.lower().replace("_", "-")

    @property
    def moves(self) -> bool:
        """Whether the act changes the state."""
        return bool(self.value.to)


def is_open(act: Act, relation: Relation, state: State) -> bool:
    """Whether the table has this cell."""
    return state in act.value.allow.get(relation, frozenset())


def permit(act: Act, relation: Relation, state: State) -> None:
    """Let the act through, or refuse: unknown to whom may not read, 403 in the wrong role, 409 in the wrong state."""
    if is_open(act, relation, state):
        return
    if not (is_open(Act.READ, relation, state) or (relation is not PUB and is_open(Act.SEE_ENTRY, relation, state))):
        raise NotFound
    if relation not in act.value.allow:
        raise NotAllowed(N_("您目前的身份是“{role}”，不能{act}。"), role=relation.label, act=act.label)
    raise WrongState(act.label, state.label)


def state_after(act: Act, relation: Relation, state: State, to: State | None = None) -> State:
    """The state the act leads to; ``to`` chooses where a row leads to several."""
    permit(act, relation, state)
    if to is None and len(act.value.to) == 1:
        (to,) = act.value.to
    if to not in act.value.to:
        raise ValueError(f"{act.name} leads to {sorted(act.value.to)}, not to {to}")
    return to


def acts_open_to(relation: Relation, state: State) -> list[Act]:
    """The buttons to show: writing acts this person can do now."""
    return [act for act in Act if act.id.startswith("B") and is_open(act, relation, state)]
