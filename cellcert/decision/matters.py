"""What a proposal is about."""

from enum import StrEnum

from cellcert.application.lifecycle import State
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

    def says(self, outcome: State) -> str:
        """What is proposed, in words; the state it leads to alone would not tell."""
        return {
            (Matter.DECISION, State.NOTICE): N_("予以认定"),
            (Matter.OBJECTION, State.NOTICE): N_("异议不成立，恢复公示"),
            (Matter.OBJECTION, State.DECISION): N_("重新审定"),
            (Matter.CORRECTION, State.AWARDED): N_("更正证书上的单位名称"),
            (Matter.REVOCATION, State.REVOKED): N_("撤销称号"),
        }.get((self, outcome), outcome.label)
