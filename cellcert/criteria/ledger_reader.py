"""Which sums of the unit's waste ledger an input is: ``ledger: general.used``."""

import re
from collections.abc import Collection, Mapping
from decimal import Decimal

from cellcert.criteria.fields import Fields, repeated
from cellcert.criteria.marked import Scalar
from cellcert.criteria.schema import Period
from cellcert.criteria.text import Text

# what a line of a ledger says of a kind in a month, in tonnes
COLUMNS: Mapping[str, Text] = {
    "generated": Text("产生量", "Generated"),
    "used": Text("利用量", "Used"),
    "used_from_storage": Text("其中利用往年贮存量", "Used from earlier storage"),
    "stored": Text("贮存量", "Stored"),
    "disposed": Text("处置量", "Disposed of"),
    "disposed_from_storage": Text("其中处置往年贮存量", "Disposed of from earlier storage"),
    "dumped": Text("倾倒丢弃量", "Dumped or discarded"),
    "transferred": Text("转移量", "Handed over"),
}
# how many of an input's unit make a tonne
IN_A_TONNE: Mapping[str, Decimal] = {
    "t": Decimal(1), "吨": Decimal(1), "kg": Decimal(1000), "千克": Decimal(1000), "公斤": Decimal(1000),
    "万吨": Decimal("0.0001"), "万t": Decimal("0.0001"),
}  # fmt: skip
SUM = re.compile(r"([a-z][a-z0-9_]{0,59})\.([a-z_]+)\Z")


def read_sums(row: Fields, period: Period | None, unit: str, known: Collection[str] | None) -> tuple[str, ...]:
    """``ledger: general.used``, or a list of such to be added up; ``known``: what the list of wastes has."""
    node = row.node("ledger")
    if node is None:
        return ()
    written = [node] if isinstance(node, Scalar) else list(row.row("ledger"))
    sums = tuple(one.value.strip() if isinstance(one, Scalar) else "" for one in written)
    for one in sums:
        match = SUM.match(one)
        if match is None or match[2] not in COLUMNS:
            columns = "、".join(COLUMNS)
            row.fault(
                "ledger",
                f"ledger“{one}”应当是“废物.数量”，例如 general.used；数量有 {columns}",
                f"ledger “{one}” must be “waste.quantity” such as general.used; quantities are {', '.join(COLUMNS)}",
            )
        elif known is not None and match[1] not in known:
            row.fault(
                "ledger",
                f"wastes.yaml 里没有“{match[1]}”这种（组）废物，请改成其中的 key 或组",
                f"wastes.yaml has no “{match[1]}”; write a kind or a group of it",
            )
    for twice in repeated(sums):
        row.fault("ledger", f"“{twice}”写了两次，请删去一个", f"“{twice}” stands twice; remove one")
    if period is None:
        row.fault(
            "ledger",
            "申报时的数据没有统计期，不能取自台账；请删去 ledger，或把 period 改成年份",
            "what is counted at application has no period, so it cannot come from a ledger; remove it or give years",
        )
    if unit not in IN_A_TONNE:
        row.fault(
            "ledger",
            f"台账按吨记，本数据的单位是“{unit}”；请用 t、kg 或 万吨，或删去 ledger",
            f"a ledger is kept in tonnes, this input in “{unit}”; use t, kg or 万吨, or remove ledger",
        )
    return sums
