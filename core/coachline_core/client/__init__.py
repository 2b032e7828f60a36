"""The headless client session: sign in, sync, cache, outbox; no window.

What a program is written against: `open_session` (or `Session`, to pass in clock, network and the rest), the values
it shows and the exceptions its methods raise.
"""

from coachline_core.client.cache import Cache, NewerCache
from coachline_core.client.errors import NotConnected, Refused, SignedOut, StorageFailed
from coachline_core.client.opening import open_session
from coachline_core.client.secrets import FileSecrets, Secrets
from coachline_core.client.session import Session
from coachline_core.client.values import (
    ConnectionChanged,
    ConnectionState,
    ConversationChanged,
    ConversationsChanged,
    Failed,
    PeopleChanged,
    PresenceChanged,
    Record,
    RecordChanged,
    ServerAddress,
    Summary,
    TemplatesChanged,
    TypingChanged,
    Update,
    ViewingChanged,
)

__all__ = [
    "Cache",
    "ConnectionChanged",
    "ConnectionState",
    "ConversationChanged",
    "ConversationsChanged",
    "Failed",
    "FileSecrets",
    "NewerCache",
    "NotConnected",
    "PeopleChanged",
    "PresenceChanged",
    "Record",
    "RecordChanged",
    "Refused",
    "Secrets",
    "ServerAddress",
    "Session",
    "SignedOut",
    "StorageFailed",
    "Summary",
    "TemplatesChanged",
    "TypingChanged",
    "Update",
    "ViewingChanged",
    "open_session",
]
