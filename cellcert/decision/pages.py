"""What every page of the decision shares: the blueprint, the proposal that waits."""

from flask import Blueprint

from cellcert.decision.models import Proposal
from cellcert.errors import N_, NotReady

bp = Blueprint("decision", __name__)


def waiting_or_refuse(proposal: Proposal | None) -> Proposal:
    """The proposal that waits, or the sentence that there is none."""
    if proposal is None:
        raise NotReady(N_("目前没有等待审定的建议。请刷新页面查看最新状态。"))
    return proposal
