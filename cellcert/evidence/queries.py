"""Whether a file of an application was ever given to its reviewers."""

from cellcert.application.lifecycle import Relation, State
from cellcert.application.models import Application
from cellcert.application.queries import HANDED_IN
from cellcert.evidence.models import Evidence


def was_submitted(application: Application, evidence: Evidence) -> bool:
    """Whether the file was there when the unit submitted."""
    return any(
        evidence.uploaded_at <= step.at and (evidence.removed_at is None or evidence.removed_at > step.at)
        for step in application.history
        if step.act in HANDED_IN
    )


def is_shown(application: Application, evidence: Evidence, relation: Relation) -> bool:
    """Whether this reader may know the file: what was submitted, or what the unit works on."""
    if was_submitted(application, evidence):
        return True
    if evidence.removed_at is not None:
        return False
    return relation is Relation.OWN or application.state is not State.RETURNED
