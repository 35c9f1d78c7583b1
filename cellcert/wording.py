"""Names of states in both languages, for sheets and files that are made without a request."""

from cellcert.application.lifecycle import State
from cellcert.criteria.text import Text

# as in the English catalogue; a test compares them
ENGLISH = {
    State.DRAFT: "Draft",
    State.SUBMITTED: "Submitted",
    State.RETURNED: "Returned for correction",
    State.PRELIMINARY: "First check",
    State.REVIEW: "Expert review",
    State.ON_SITE: "On-site check",
    State.DECISION: "Awaiting decision",
    State.NOTICE: "Public notice",
    State.OBJECTION: "Objection",
    State.AWARDED: "Awarded",
    State.RECHECK: "Re-check",
    State.RECTIFYING: "Rectifying",
    State.SUSPENDED: "Suspended",
    State.REJECTED: "Not recognised",
    State.WITHDRAWN: "Withdrawn",
    State.EXPIRED: "Expired",
    State.REVOKED: "Revoked",
}


def state_name(state: State) -> Text:
    """The state's name."""
    return Text(state.label, ENGLISH[state])
