"""Asking again when the server says: not now."""

from typing import Final

import trio
from coachline_protocol.codes import Refusal
from coachline_protocol.ops import Body

from coachline_core.client.channel import B, Channel
from coachline_core.client.errors import Refused

UNNAMED_WAIT: Final = 1.0
"""Seconds before asking again where the server names no time."""


def wait_of(refusal: Refusal) -> float:
    """Seconds to wait before saying the same again."""
    return UNNAMED_WAIT if refusal.retry_after_ms is None else refusal.retry_after_ms / 1000


async def ask_patiently(channel: Channel, body: Body, kind: type[B]) -> B:
    """Ask, and again as long as the refusal is a retryable one. Raises Refused (for good) or NotConnected."""
    while True:
        try:
            return await channel.ask(body, kind)
        except Refused as refused:
            if not refused.refusal.code.retryable:
                raise
            await trio.sleep(wait_of(refused.refusal))
