"""Keep-alive: notices a peer that fell silent without saying goodbye (C8 of the protocol)."""

from __future__ import annotations

from typing import NoReturn

import trio

from .link import Link, LinkClosed


class Silence(LinkClosed):
    """Nothing was heard from the peer for the whole timeout."""


async def keep_alive(link: Link, *, every: float = 15, timeout: float = 30) -> NoReturn:
    """Ping when nothing was heard for `every` seconds, until that is so for `timeout` seconds or the link ends.

    Any bytes count as a sign of life, the peer's own pings too, so of two that keep one link alive the less patient
    pings for both. Raises LinkClosed when the link ended, Silence (a LinkClosed) exactly `timeout` seconds after the
    last byte.
    """
    while True:
        await trio.sleep_until(link.last_heard + every)
        if trio.current_time() < link.last_heard + every:
            continue  # something was heard meanwhile
        with trio.move_on_at(link.last_heard + timeout):
            await link.ping()
        if trio.current_time() >= link.last_heard + timeout:
            raise Silence(None, f"nothing heard for {timeout} s")
