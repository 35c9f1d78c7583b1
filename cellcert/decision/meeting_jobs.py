"""The worker's part of a meeting: telling what it decided when the hour comes."""

from collections.abc import Mapping

from cellcert import clock, web
from cellcert.actors import SYSTEM
from cellcert.application.lifecycle import State
from cellcert.database import db
from cellcert.decision.meeting_acts import tell_those_who_decide
from cellcert.decision.meeting_models import Meeting
from cellcert.decision.telling import announce
from cellcert.errors import NotReady


def announce_when_due(data: Mapping[str, object]) -> None:
    """Tell a meeting's decisions if the hour still stands and has come; nothing decided, nothing told."""
    session, at, library = db.session(), clock.now(), web.house().library
    meeting = session.get(Meeting, data["meeting_id"], with_for_update=True, populate_existing=True)
    if meeting is None or meeting.announced_at is not None or meeting.announce_at is None or meeting.announce_at > at:
        return
    try:
        told = announce(session, meeting, library.programme, library.calendar, by=SYSTEM, at=at)
    except NotReady:
        meeting.announce_at = None  # another hour may be set
        text = f"{meeting.name}设定的公布时间已到，但没有已审定的申报，没有公布任何结果。"
        tell_those_who_decide(session, f"{meeting.name}：审定结果没有公布", text, at=at)
        return
    awarded = sum(one.state is State.NOTICE for one in told)
    text = f"{meeting.name}的审定结果已按设定的时间公布：进入公示 {awarded} 件，不予认定 {len(told) - awarded} 件。"
    tell_those_who_decide(session, f"{meeting.name}：审定结果已公布", text, at=at)
