"""How often anybody may do what needs no signing in: counted per address or per thing, for a while (g17)."""

import hashlib
import hmac
import ipaddress
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from cellcert.errors import N_, Refusal
from cellcert.people.models import Attempt

KEPT = timedelta(days=2)


class TooMany(Refusal):
    """Often enough for now; what was typed stays on the page."""

    status = 429


def who_of(key: str, address: str | None) -> str:
    """One computer, or one IPv6 network, as a hash that tells nobody which; the same for as long as the key."""
    try:
        found = ipaddress.ip_address(address or "")
        if found.version == 6 and found.ipv4_mapped:  # how a server that listens to both writes the shorter ones
            found = found.ipv4_mapped
        named = str(found if found.version == 4 else ipaddress.ip_network(f"{found}/64", strict=False))
    except ValueError:
        named = ""
    return hmac.new(key.encode(), f"attempt {named}".encode(), hashlib.sha256).hexdigest()[:32]


def count_or_refuse(session: Session, kind: str, who: str, most: int, within: timedelta, *, at: datetime) -> None:
    """Count one more, unless there were ``most`` within the time; 0 means any number."""
    if not most:
        return
    refuse_more(session, kind, who, most, within, at=at)
    session.add(Attempt(kind=kind, who=who, at=at))


def refuse_more(session: Session, kind: str, who: str, most: int, within: timedelta, *, at: datetime) -> None:
    """Refuse where the number is reached; nothing is counted."""
    if most and counted(session, kind, who, within, at=at) >= most:
        hours = round(within / timedelta(hours=1))
        raise TooMany(
            N_("{hours} 小时内提交的次数已到上限（{most} 次）。填写的内容还在，请稍后再提交，或直接联系主管部门。"),
            hours=hours, most=most,
        )  # fmt: skip


def counted(session: Session, kind: str, who: str, within: timedelta, *, at: datetime) -> int:
    """How often it was done within the time."""
    mine = Attempt.kind == kind, Attempt.who == who, Attempt.at > at - within
    return session.scalar(select(func.count()).select_from(Attempt).where(*mine)) or 0


def forget_old_attempts(session: Session, at: datetime) -> None:
    """Nothing is kept longer than it counts."""
    session.execute(delete(Attempt).where(Attempt.at < at - KEPT))
