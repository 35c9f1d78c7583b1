"""Names of states in both languages, for sheets and files that are made without a request."""

from cellcert.application.lifecycle import State
from cellcert.criteria.text import Text

ENGLISH = {
    State.DRAFT: "draft",
    State.SUBMITTED: "submitted",
    State.RETURNED: "returned for correction",
    State.PRELIMINARY: "first check",
    State.REVIEW: "expert review",
    State.ON_SITE: "on-site check",
    State.DECISION: "awaiting decision",
    State.NOTICE: "public notice",
    State.OBJECTION: "objection",
    State.AWARDED: "awarded",
    State.RECHECK: "re-check",
    State.RECTIFYING: "rectifying",
    State.SUSPENDED: "suspended",
    State.REJECTED: "not recognised",
    State.WITHDRAWN: "withdrawn",
    State.EXPIRED: "expired",
    State.REVOKED: "revoked",
}


def state_name(state: State) -> Text:
    """The state's name."""
    return Text(state.label, ENGLISH[state])
