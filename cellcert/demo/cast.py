"""The people of the fictitious city: at least two for every act that needs another person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sqlalchemy.orm import Session

from cellcert.actors import SYSTEM, Actor, Role
from cellcert.criteria.programme import Programme
from cellcert.people.actions import add_person, grant
from cellcert.people.models import Post

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
GIVEN = [
    "文静",
    "志强",
    "晓燕",
    "建国",
    "雅琴",
    "海涛",
    "明珠",
    "国栋",
    "丽华",
    "振华",
    "淑芬",
    "永康",
    "佳宁",
    "思远",
    "春梅",
    "学军",
    "若兰",
    "立新",
    "小龙",
    "玉洁",
]


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody who is not of a unit."""

    offices: Sequence[Post]
    approvers: Sequence[Post]
    admin: Post
    auditor: Post
    districts: Mapping[str, Post]
    departments: Mapping[str, Post]
    experts: Sequence[Post]

    @property
    def office(self) -> Actor:
        return self.offices[0].actor()

    @property
    def approver(self) -> Actor:
        return self.approvers[0].actor()

    @property
    def second_approver(self) -> Actor:
        return self.approvers[1].actor()


def name(rng: Random) -> str:
    """A name nobody in particular has."""
    return rng.choice(SURNAMES) + rng.choice(GIVEN)


def gather(session: Session, programme: Programme, password_hash: str, rng: Random, *, at: datetime) -> Cast:
    """Accounts for every role; all share one password, made for the demo alone."""

    def post(
        login: str, role: Role, division: str | None = None, department: str | None = None, employer: str = ""
    ) -> Post:
        person = add_person(
            session, login=login, name=name(rng), password_hash=password_hash, by=SYSTEM, at=at, employer=employer
        )
        return grant(session, person, role, by=SYSTEM, at=at, division=division, department=department)

    divisions = [division.key for division in programme.divisions]
    return Cast(
        offices=[post("office", Role.OFFICE), post("office2", Role.OFFICE)],
        approvers=[post("approver", Role.APPROVER), post("approver2", Role.APPROVER)],
        admin=post("admin", Role.ADMIN),
        auditor=post("auditor", Role.AUDITOR),
        districts={key: post(f"district-{key}", Role.DISTRICT, division=key) for key in divisions},
        departments={
            key: post(f"department-{key}", Role.DEPARTMENT, department=key)
            for key in dict.fromkeys(category.lead for category in programme.categories)
        },
        experts=[
            post(
                f"expert{number}",
                Role.EXPERT,
                division=divisions[-1] if number == 9 else None,
                employer=f"示例研究院{number}所",
            )
            for number in range(1, 10)
        ],
    )
