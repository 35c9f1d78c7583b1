"""What ties a person to the unit of a case, so that the person must not judge it."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from cellcert.actors import Actor, Role
from cellcert.errors import N_
from cellcert.units.rules import name_key


class Tie(StrEnum):
    MEMBER = "member"
    EMPLOYER = "employer"
    HOST = "host"
    DIVISION = "division"
    MAIL = "mail"
    DECLARED = "declared"

    @property
    def label(self) -> str:
        return TIES[self]


TIES = {
    Tie.MEMBER: N_("本人属于申报单位"),
    Tie.EMPLOYER: N_("工作单位就是申报单位"),
    Tie.HOST: N_("工作单位是申报单位的依托单位"),
    Tie.DIVISION: N_("与申报单位同属地"),
    Tie.MAIL: N_("电子邮箱与申报单位同一域名"),
    Tie.DECLARED: N_("已声明利害关系或申请回避"),
}


@dataclass(frozen=True, slots=True)
class Applicant:
    """What of a unit may tie somebody to its case; names in their one spelling, ``mail`` the domain of its address."""

    unit_id: int
    name_key: str
    host_key: str
    mail: str
    division: str


def tie_between(actor: Actor, unit: Applicant, declared: Collection[int]) -> Tie | None:
    """The first thing that ties somebody to a unit; division and e-mail domain count for experts alone.

    A district's reviewer and an office of the same district may well share a domain.
    """
    employer = name_key(actor.employer)
    is_expert = actor.role is Role.EXPERT
    if unit.unit_id in actor.unit_ids:
        return Tie.MEMBER
    if employer and employer == unit.name_key:
        return Tie.EMPLOYER
    if employer and employer == unit.host_key:
        return Tie.HOST
    if is_expert and actor.division == unit.division:
        return Tie.DIVISION
    if is_expert and actor.mail and actor.mail == unit.mail:
        return Tie.MAIL
    return Tie.DECLARED if actor.person_id in declared else None
