"""Why something did not work, in one sentence that a person can act on. Pure."""

from typing import Final

from coachline_protocol.codes import Refusal, RefusalCode

from coachline_desktop.words import plural, say

REFUSALS: Final = {
    RefusalCode.TEXT_BLANK: "There is nothing in it yet.",
    RefusalCode.UNAUTHENTICATED: "Please sign in again.",
    RefusalCode.BAD_CREDENTIALS: "That name and password do not belong together.",
    RefusalCode.BAD_TOKEN: "This device was signed out. Please sign in again.",
    RefusalCode.NOT_FOUND: "That does not exist, or not any more.",
    RefusalCode.ROLE_REQUIRED: "Your account is not allowed to do that.",
    RefusalCode.NO_RELATIONSHIP: "You are not training together, or not any more.",
    RefusalCode.NOT_A_MEMBER: "You are not in this conversation any more.",
    RefusalCode.CONVERSATION_CLOSED: "This conversation has ended: you can read it, but not write in it.",
    RefusalCode.RELATIONSHIP_PAUSED: "The coaching is paused: goals can be set again when it is resumed.",
    RefusalCode.CONSENT_REQUIRED: "This client does not let you do that.",
    RefusalCode.NOT_YOURS: "That is not yours to change.",
    RefusalCode.WRONG_STATE: "That is not possible any more: it was decided, or is over.",
    RefusalCode.DATE_OUT_OF_RANGE: "That day is not possible here.",
    RefusalCode.TOO_MANY: "There are too many of these already.",
    RefusalCode.MALFORMED: "The server did not understand this: one of the two Coachlines is too old.",
    RefusalCode.UNKNOWN_OP: "The server cannot do this yet: it is older than this Coachline.",
    RefusalCode.RESET: "The server began anew with this; please try again.",
    RefusalCode.CONFLICT: "This cannot be done as it stands: something else was done under the same name.",
    RefusalCode.STALE: "It was changed on another device meanwhile. Please look again.",
    RefusalCode.TOO_OLD: "This waited too long to be sent. Please write it again.",
    RefusalCode.HANDLE_TAKEN: "Somebody has that name already. Please choose another.",
    RefusalCode.INVITATION_EXPIRED: "This invitation has expired. Ask for a new one.",
    RefusalCode.INVITATION_REVOKED: "This invitation was withdrawn. Ask for a new one.",
    RefusalCode.INVITATION_USED: "This invitation was used already. Ask for a new one.",
    RefusalCode.ALREADY_RELATED: "You train together already.",
    RefusalCode.OUT_OF_ORDER: "Waiting for an earlier message.",
    RefusalCode.BUSY: "The server is busy; it will be tried again.",
    RefusalCode.UNAVAILABLE: "The server cannot save anything just now; it will be tried again.",
    RefusalCode.DRAINING: "The server is restarting; it will be tried again.",
}

CONSENTS: Final = {
    "see_goals": "This client does not show you goals.",
    "set_goals": "You are not authorised to set goals for this client.",
    "see_progress": "This client does not show you progress.",
    "record_progress": "You are not authorised to enter progress for this client.",
    "see_presence": "This client does not show when he is online.",
}
"""By the permission that is missing."""
DAYS: Final = {
    "terms.start": "The first day has passed; choose today or later.",
    "terms.due": "The last day must not have passed, nor come before the first.",
    "effective": "Changes hold from today on, or later.",
    "day": "Progress is entered for today or a day of the last year, since the goal began.",
}
"""By the field whose day it is."""

REASONS: Final = {
    "unreachable": "The server cannot be reached.",
    "certificate": "The server's certificate is not to be trusted, so nothing was sent to it.",
    "no_reply": "The server does not answer.",
    "storage": "This computer's disk cannot be written.",
    "draining": "The server is restarting.",
    "slow_reader": "The connection is slow.",
    "silent": "The connection went silent.",
    "bad_token": "This device was signed out. Please sign in again.",
    "device_revoked": "This device was signed out from another one. Everything kept here was removed.",
    "account_disabled": "This account was closed by the operator.",
    "too_many_connections": "You are signed in on too many devices at once; this one stepped back.",
    "protocol_error": "This Coachline and the server do not understand each other: one of them is too old.",
    "too_large": "The server refused something too large.",
}
"""Sentences for `ConnectionState.reason`; a word that is not here needs none."""


def refusal(refused: Refusal) -> str:
    """Why the server, or a rule known here, says no."""
    match refused.code:
        case RefusalCode.TEXT_TOO_LONG if refused.limit is not None and refused.actual is not None:
            return say(
                "Too long: {actual} characters, and {limit} are allowed.", actual=refused.actual, limit=refused.limit
            )
        case RefusalCode.WEAK_PASSWORD if refused.limit is not None:
            return say("The password needs at least {limit} characters.", limit=refused.limit)
        case RefusalCode.WEAK_PASSWORD:
            return say("The password is too easy to guess.")
        case RefusalCode.RATE_LIMITED:
            return _patience(refused.retry_after_ms)
        case RefusalCode.CONSENT_REQUIRED if (missing := (refused.field or "").removeprefix("consent.")) in CONSENTS:
            return say(CONSENTS[missing])
        case RefusalCode.DATE_OUT_OF_RANGE if refused.limit is not None:
            return plural("That is longer than %n day.", "That is longer than %n days.", refused.limit)
        case RefusalCode.DATE_OUT_OF_RANGE if (of := refused.field or "") in DAYS:
            return say(DAYS[of])
        case RefusalCode.TOO_MANY if refused.limit is not None:
            return say("There are too many of these already: {limit} are allowed.", limit=refused.limit)
        case code if code in REFUSALS:
            return say(REFUSALS[code])
    if refused.field:
        return say("The server does not accept the {field}.", field=refused.field.replace("_", " "))
    return say("The server refused this ({code}).", code=refused.code.value)


def reason(word: str | None) -> str:
    """Why there is no connection; empty where nothing needs to be said."""
    return say(REASONS[word]) if word in REASONS else ""


def _patience(wait_ms: int | None) -> str:
    if not wait_ms:
        return say("That was a lot at once; it will be tried again shortly.")
    return plural(
        "That was a lot at once; again in %n second.",
        "That was a lot at once; again in %n seconds.",
        -(-wait_ms // 1000),
    )
