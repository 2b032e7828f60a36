"""What a session knows, read at one moment for whoever shows it. Needs no widget and waits for nothing."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from coachline_core.client import Session
from coachline_core.domain.text import valid_zone
from coachline_protocol.rows import Time

from coachline_desktop.memory import Memory
from coachline_desktop.present import Known


def read(session: Session, now: Time, retry_in: float, memory: Memory) -> Known:
    """All of it. `retry_in`: seconds from now to the next attempt to connect, if one is due.

    What did not change since the last look is the same object, so that what follows from it is found in `memory`.
    """
    state = session.connection
    if state.retry_in is not None:
        state = replace(state, retry_in=retry_in)
    profile, summaries, people = session.profile(), session.conversations(), session.people()
    zone = profile.time_zone if profile is not None and valid_zone(profile.time_zone) else "UTC"
    return Known(
        now_ms=now,
        zone=ZoneInfo(zone),
        connection=state,
        person=session.person,
        profile=profile,
        summaries=summaries,
        people=memory.same("people", {person.id: person for person in people}),
        presences={one.id: told for one in people if (told := session.presence(one.id)) is not None},
        typing={summary.conversation: session.typing_in(summary.conversation) for summary in summaries},
        viewing={summary.conversation: session.viewing_in(summary.conversation) for summary in summaries},
        relationships=session.relationships(),
        invitations=session.invitations(),
        records=tuple(memory.same(record.client, record) for record in session.records()),
        hides_records=session.hides_records,
        memory=memory,
    )
