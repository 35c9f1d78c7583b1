"""The number a letter is given, what its list was when somebody looked at it, what to do when work failed."""

import hashlib
import re
from collections.abc import Collection, Iterable

from cellcert.criteria.award_letter import filled
from cellcert.errors import N_


def next_number(pattern: str, year: int, taken: Collection[str]) -> str | None:
    """The first number of the pattern that no letter has; none where the programme has no pattern."""
    if not pattern:
        return None
    ordinal = 1
    while (number := filled(pattern, year=year, ordinal=ordinal)) in taken:
        ordinal += 1
    return number


def list_seen(certificate_ids: Iterable[int]) -> str:
    """A short name for exactly this list, so that nobody signs another one than was read."""
    return hashlib.sha256(",".join(map(str, certificate_ids)).encode()).hexdigest()[:16]


TROUBLES = {
    "Unprintable": N_("没有字体能印 {signs}。请系统管理员安装含有这些字的字体，再按“继续制作”。"),
    "Full": N_("系统的存储空间已满。请系统管理员腾出空间，再按“继续制作”。"),
    "Away": N_("存放文件的系统暂时连接不上。恢复后会自动继续，也可以按“继续制作”。"),
    "PermissionError": N_("系统不能使用签名密钥。请系统管理员核对密钥文件的权限，再按“继续制作”。"),
    "FileNotFoundError": N_("系统没有找到签名密钥或模板文件。请系统管理员补上后，再按“继续制作”。"),
}
OTHER = N_("制作没有成功（{error}）。请把这一行告知系统管理员，处理后再按“继续制作”。")


def trouble(error: str) -> tuple[str, dict[str, str]]:
    """What to do about a piece of work that failed: a sentence, and what stands in its places."""
    kind = error.partition(":")[0]
    signs = "、".join(re.findall(r"“.”（U\+[0-9A-F]{4,6}）", error))
    return TROUBLES.get(kind, OTHER), {"signs": signs, "error": kind}
