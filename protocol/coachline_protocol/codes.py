"""The closed sets of refusal and close codes, each with whose fault it is and what to do next."""

from enum import IntEnum, StrEnum
from typing import Any

import msgspec

from coachline_protocol.rows import Count


class RefusalCode(StrEnum):
    """Why a request was not done. `retryable` says whether the same request may succeed later as it is."""

    # the sender's frame or body
    MALFORMED = "malformed"
    UNKNOWN_OP = "unknown_op"
    INVALID = "invalid"
    TEXT_BLANK = "text_blank"
    TEXT_TOO_LONG = "text_too_long"
    WEAK_PASSWORD = "weak_password"
    # who is asking
    UNAUTHENTICATED = "unauthenticated"
    BAD_CREDENTIALS = "bad_credentials"
    BAD_TOKEN = "bad_token"
    NOT_FOUND = "not_found"
    ROLE_REQUIRED = "role_required"
    NO_RELATIONSHIP = "no_relationship"
    RELATIONSHIP_PAUSED = "relationship_paused"
    CONSENT_REQUIRED = "consent_required"
    NOT_YOURS = "not_yours"
    NOT_A_MEMBER = "not_a_member"
    CONVERSATION_CLOSED = "conversation_closed"
    # the state of things
    CONFLICT = "conflict"
    STALE = "stale"
    TOO_OLD = "too_old"
    WRONG_STATE = "wrong_state"
    DATE_OUT_OF_RANGE = "date_out_of_range"
    TOO_MANY = "too_many"
    HANDLE_TAKEN = "handle_taken"
    INVITATION_EXPIRED = "invitation_expired"
    INVITATION_REVOKED = "invitation_revoked"
    INVITATION_USED = "invitation_used"
    ALREADY_RELATED = "already_related"
    RESET = "reset"
    # not now
    OUT_OF_ORDER = "out_of_order"
    RATE_LIMITED = "rate_limited"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    DRAINING = "draining"

    @property
    def retryable(self) -> bool:
        """Whether the same request, unchanged, may be said again later."""
        return self in _RETRYABLE


_RETRYABLE = frozenset(
    {
        RefusalCode.OUT_OF_ORDER,
        RefusalCode.RATE_LIMITED,
        RefusalCode.BUSY,
        RefusalCode.UNAVAILABLE,
        RefusalCode.DRAINING,
    }
)


class CloseCode(IntEnum):
    """Why a connection ended. 4000–4499: come back; 4500–4999: do not, until a person has done something."""

    NORMAL = 1000
    GOING_AWAY = 1001
    # reconnect
    DRAINING = 4000
    SLOW_READER = 4001
    SILENT = 4002
    HANDSHAKE_TIMEOUT = 4003
    INTERNAL_ERROR = 4004
    OVERLOADED = 4005
    # give up until somebody acts
    PROTOCOL_ERROR = 4500
    TOO_LARGE = 4501
    SIGNED_OUT = 4502
    DEVICE_REVOKED = 4503
    TOO_MANY_CONNECTIONS = 4504
    ACCOUNT_DISABLED = 4505

    @property
    def reconnect(self) -> bool:
        """Whether a client should come back by itself."""
        return self < 4500


class Refusal(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Why a request was not done: the code, the field at fault, the limit and the actual value."""

    code: RefusalCode
    field: str | None = None
    """Dotted path in the body, such as `rows[0].text`."""
    limit: Count | None = None
    actual: Count | None = None
    """The limit a length or number is beyond; and, for a length, the actual one."""
    retry_after_ms: Count | None = None
    hint: str | None = None
    """One English sentence for whoever reads a log; a program decides by the code."""

    def details(self) -> dict[str, Any]:
        """The refusal as the details map of its frame, without the code."""
        full: dict[str, Any] = msgspec.to_builtins(self)
        del full["code"]
        return full


class ProtocolError(Exception):
    """Base of the two kinds of protocol violation: theirs and ours."""


class RemoteProtocolError(ProtocolError):
    """The peer broke the protocol; the connection is closed with `close_code`."""

    def __init__(self, message: str, *, close_code: CloseCode = CloseCode.PROTOCOL_ERROR) -> None:
        super().__init__(message)
        self.close_code = close_code


class LocalProtocolError(ProtocolError):
    """This program tried to say what the protocol does not allow now: a defect on this side."""
