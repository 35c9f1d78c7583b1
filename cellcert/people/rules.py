"""Which roles go together, what a good password is, when a session ends."""

import hashlib
import ipaddress
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from cellcert.actors import Role
from cellcert.errors import N_

PASSWORD_LEAST, PASSWORD_MOST = 10, 128
FAILURES_BEFORE_LOCK = 5
LOCK_FOR = timedelta(minutes=15)
INITIAL_PASSWORD_FOR = timedelta(days=7)
INVITATIONS_A_DAY = 20  # of one unit
INVITATIONS_TO_ONE = 5  # a day to one address, from all units: anybody can register one
INVITED_AS = {False: N_("经办人"), True: N_("负责人")}
STAFF = {Role.DISTRICT, Role.DEPARTMENT, Role.EXPERT, Role.OFFICE, Role.APPROVER, Role.ADMIN, Role.AUDITOR}
# 三员分立: one person may not hold two of these (GB/T 22239, least privilege)
APART = (
    {Role.ADMIN},
    {Role.AUDITOR},
    {Role.OFFICE, Role.APPROVER, Role.DISTRICT, Role.DEPARTMENT, Role.EXPERT, Role.APPLICANT},
)


def may_hold(roles: Sequence[Role]) -> bool:
    """Whether one person may hold these roles together (三员分立)."""
    return sum(1 for group in APART if group & set(roles)) <= 1


def may_grant(by: Role, role: Role) -> bool:
    """Whether a role may hand out another: a unit brings in its own people, everything else is the administrator's."""
    if by in {Role.PUBLIC, Role.APPLICANT}:
        return role is Role.APPLICANT
    return by in {Role.ADMIN, Role.SYSTEM} and role in STAFF | {Role.APPLICANT}


def login_fault(login: str) -> str | None:
    """What is wrong with a login name, or None."""
    if re.fullmatch(r"[a-z0-9][a-z0-9._\-]{2,39}", login):
        return None
    return N_("登录名用 3 至 40 个小写字母、数字、点、横线或下划线，以字母或数字开头。")


def password_fault(password: str, context: Sequence[str] = ()) -> str | None:
    """What is wrong with a new password, or None."""
    if len(password) < PASSWORD_LEAST:
        return N_("密码至少 10 个字符，建议用一句自己记得住的话。")
    if len(password) > PASSWORD_MOST:
        return N_("密码最多 128 个字符。")
    lowered = password.lower()
    if len(set(lowered)) < 4 or lowered in COMMON or lowered.rstrip("0123456789!@#") in COMMON:
        return N_("这个密码太常见，容易被猜到，请换一个。")
    if any(word and len(word) >= 4 and word.lower() in lowered for word in context):
        return N_("密码里不要包含登录名或本系统的名称。")
    return None


_OFTEN_CHOSEN = (
    "password passw0rd password1 qwertyuiop qwerty123456 1234567890 0123456789 12345678910 1q2w3e4r5t abcdefghij "
    "abc1234567 abcd123456 iloveyou1234 administrator welcome123 a1b2c3d4e5 woaini1314 woaini1314520 5201314520 "
    "zxcvbnm123 qazwsxedc 1qaz2wsx3edc admin123456 root123456 test123456 aa12345678 asd1234567 qwe1234567"
)
COMMON = frozenset(_OFTEN_CHOSEN.split())


def is_locked(locked_until: datetime | None, at: datetime) -> bool:
    """Whether sign-in is shut for now."""
    return locked_until is not None and at < locked_until


def token_hash(token: str) -> str:
    """What the database keeps of a session's name."""
    return hashlib.sha256(token.encode()).hexdigest()


def session_is_over(created: datetime, seen: datetime, at: datetime, *, idle: timedelta, absolute: timedelta) -> bool:
    """Whether a session has been idle or alive for too long."""
    return at - seen > idle or at - created > absolute


def initial_password_is_over(set_at: datetime | None, at: datetime) -> bool:
    """Whether a password that must be changed has waited too long for its owner."""
    return set_at is not None and at - set_at > INITIAL_PASSWORD_FOR


def failures_are_over(last: datetime, locked_until: datetime | None, at: datetime) -> bool:
    """Whether wrong passwords are old enough to be forgotten."""
    return not is_locked(locked_until, at) and at - last >= LOCK_FOR


def network_of(address: str | None) -> str:
    """The network an address belongs to: enough to count failures by, less than a trace of one computer."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    return str(ipaddress.ip_network(f"{found}/{24 if found.version == 4 else 64}", strict=False))
