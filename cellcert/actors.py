"""Roles, and who a person is while acting: the words every stage shares."""

from dataclasses import dataclass
from enum import StrEnum

from cellcert.errors import N_, NotAllowed


class Role(StrEnum):
    """What a post lets a person do."""

    APPLICANT = "applicant"
    DISTRICT = "district"
    DEPARTMENT = "department"
    EXPERT = "expert"
    OFFICE = "office"
    APPROVER = "approver"
    ADMIN = "admin"
    AUDITOR = "auditor"
    PUBLIC = "public"
    SYSTEM = "system"

    @property
    def label(self) -> str:
        return ROLE_LABELS[self]


ROLE_LABELS = {
    Role.APPLICANT: N_("申报单位"),
    Role.DISTRICT: N_("属地审核员"),
    Role.DEPARTMENT: N_("部门审核员"),
    Role.EXPERT: N_("评审专家"),
    Role.OFFICE: N_("市办经办人"),
    Role.APPROVER: N_("市办审定人"),
    Role.ADMIN: N_("系统管理员"),
    Role.AUDITOR: N_("审计员"),
    Role.PUBLIC: N_("公众"),
    Role.SYSTEM: N_("系统"),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """A person acting in one role; ``unit_ids`` are all units the person belongs to, whatever the role now."""

    person_id: int | None
    name: str
    role: Role
    unit_id: int | None = None
    division: str | None = None
    department: str | None = None
    unit_ids: frozenset[int] = frozenset()
    employer: str = ""
    mail: str = ""  # domain of the e-mail address, where it tells whose it is
    place: str = ""

    @property
    def signatory(self) -> int:
        """The person who answers for an act; the public and the system cannot."""
        if self.person_id is None:
            raise NotAllowed(N_("请先登录。"))
        return self.person_id


SYSTEM = Actor(None, "系统", Role.SYSTEM)
PUBLIC = Actor(None, "公众", Role.PUBLIC)
