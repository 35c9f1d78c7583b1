"""Which roles go together, what a good password is, when a session ends."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cellcert.actors import Role
from cellcert.errors import N_

PASSWORD_LEAST, PASSWORD_MOST = 10, 128
FAILURES_BEFORE_LOCK = 5
LOCK_FOR = timedelta(minutes=15)
STAFF = {Role.DISTRICT, Role.DEPARTMENT, Role.EXPERT, Role.OFFICE, Role.APPROVER, Role.ADMIN, Role.AUDITOR}
# 三员分立: one person may not hold two of these (GB/T 22239, least privilege)
APART = ({Role.ADMIN}, {Role.AUDITOR}, {Role.OFFICE, Role.APPROVER, Role.DISTRICT, Role.DEPARTMENT, Role.EXPERT, Role.APPLICANT})


def may_hold(roles: Sequence[Role]) -> bool:
    """Whether one person may hold these roles together (三员分立)."""
    return sum(1 for group in APART if group & set(roles)) <= 1


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


COMMON = frozenset(
    "password passw0rd password1 qwertyuiop qwerty123456 1234567890 0123456789 12345678910 1q2w3e4r5t abcdefghij "
    "abc1234567 abcd123456 iloveyou1234 administrator welcome123 a1b2c3d4e5 woaini1314 woaini1314520 5201314520 "
    "zxcvbnm123 qazwsxedc 1qaz2wsx3edc admin123456 root123456 test123456 aa12345678 asd1234567 qwe1234567".split()
)


def is_locked(locked_until: datetime | None, at: datetime) -> bool:
    """Whether sign-in is shut for now."""
    return locked_until is not None and at < locked_until


def session_is_over(created: datetime, seen: datetime, at: datetime, *, idle: timedelta, absolute: timedelta) -> bool:
    """Whether a session has been idle or alive for too long."""
    return at - seen > idle or at - created > absolute
