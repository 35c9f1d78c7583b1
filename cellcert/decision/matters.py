"""What a proposal is about."""

from enum import StrEnum

from cellcert.errors import N_


class Matter(StrEnum):
    """What a proposal is about."""

    DECISION = "decision"
    OBJECTION = "objection"
    CORRECTION = "correction"
    REVOCATION = "revocation"

    @property
    def label(self) -> str:
        return {
            Matter.DECISION: N_("审定建议"),
            Matter.OBJECTION: N_("异议处理建议"),
            Matter.CORRECTION: N_("证书更正建议"),
            Matter.REVOCATION: N_("撤销建议"),
        }[self]
