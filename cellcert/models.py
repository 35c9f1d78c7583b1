"""Every table of the program: importing this fills the metadata."""

from cellcert.application import models as application
from cellcert.assessment import models as assessment
from cellcert.audit import models as audit
from cellcert.certificate import models as certificate
from cellcert.certificate.letters import models as award_letter
from cellcert.criteria import models as criteria
from cellcert.database import Base
from cellcert.decision import meeting_models as meeting
from cellcert.decision import models as decision
from cellcert.desk import models as desk
from cellcert.dispatch.reminders import models as reminders
from cellcert.dispatch.supervision import models as supervision
from cellcert.dispatch.targets import models as targets
from cellcert.evidence import models as evidence
from cellcert.inbox import models as inbox
from cellcert.ledger import models as ledger
from cellcert.outbox import models as outbox
from cellcert.people import models as people
from cellcert.review import clarify_models as clarify
from cellcert.review import models as review
from cellcert.review.site import models as site
from cellcert.standing import models as standing
from cellcert.units import models as units

metadata = Base.metadata

__all__ = [
    "application", "assessment", "audit", "award_letter", "certificate", "clarify", "criteria", "decision", "desk",
    "evidence", "inbox", "ledger", "meeting", "metadata", "outbox", "people", "reminders", "review", "site", "standing",
    "supervision", "targets", "units",
]  # fmt: skip
