"""Keep-alive: notices a peer that fell silent without saying goodbye (mission rows C2, F1)."""

from __future__ import annotations

from typing import NoReturn

import trio

from .link import Link, LinkClosed


class Silence(LinkClosed):
    """Nothing was heard from the peer for the whole timeout."""


async def keep_alive(link: Link, *, every: float = 15, timeout: float = 30) -> NoReturn:
    """Ping every `every` seconds until the link ends or nothing at all was heard for `timeout` seconds.

    Any bytes count as a sign of life, not only pongs. Raises LinkClosed when the link ended, Silence (a
    LinkClosed) exactly `timeout` seconds after the last byte.
    """
    while True:
        await trio.sleep_until(min(trio.current_time() + every, link.last_heard + timeout))
        with trio.move_on_at(link.last_heard + timeout):
            await link.ping()
        if trio.current_time() >= link.last_heard + timeout:
            raise Silence(None, f"nothing heard for {timeout} s")
