"""What became of a title, in words for everybody: neither who nor why, both may name people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Step
from cellcert.errors import N_

TOLD: Mapping[tuple[Act, State], str] = {
    (Act.AWARD, State.AWARDED): N_("认定为无废细胞"),
    (Act.CORRECT, State.AWARDED): N_("更正证书，换发新证书，称号不变"),
    (Act.OPEN_RECHECK, State.RECHECK): N_("启动复核，复核期间称号仍然有效"),
    (Act.CONCLUDE_RECHECK, State.AWARDED): N_("复核通过，称号保留"),
    (Act.CONCLUDE_RECHECK, State.REVOKED): N_("复核没有通过，称号撤销"),
    (Act.ORDER_RECTIFYING, State.RECTIFYING): N_("责令限期整改，整改期间称号仍然有效"),
    (Act.REPORT_RECTIFIED, State.RECHECK): N_("单位提交了整改报告，继续复核"),
    (Act.SUSPEND, State.SUSPENDED): N_("称号暂停，暂停期间不得使用证书"),
    (Act.RESUME, State.AWARDED): N_("称号恢复"),
    (Act.REVOKE, State.REVOKED): N_("称号撤销"),
    (Act.GIVE_BACK, State.REVOKED): N_("单位交回称号"),
    (Act.EXPIRE, State.EXPIRED): N_("有效期届满，称号结束"),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened to a title."""

    what: str
    when: datetime


def story_of(history: Iterable[Step]) -> list[Moment]:
    """What happened to a title since the award, newest first."""
    told = [Moment(TOLD[Act[step.act], step.after], step.at) for step in history if (Act[step.act], step.after) in TOLD]
    return told[::-1]
