"""A session on the real world: the machine's clock, randomness and network, and threads for the disk."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from coachline_core.client.cache import Cache
from coachline_core.client.secrets import Secrets
from coachline_core.client.session import Session
from coachline_core.client.values import ServerAddress
from coachline_core.runtime.executor import ThreadExecutor
from coachline_core.runtime.seams import Ids, SystemClock, SystemEntropy, TcpNetwork


@asynccontextmanager
async def open_session(
    server: ServerAddress, *, cache: Cache, secrets: Secrets, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Session]:
    """A running session; it ends with the block. The cache's file is free again then."""
    clock, entropy = SystemClock(), SystemEntropy()
    async with ThreadExecutor(readers=1, at_thread_end=cache.close) as executor:
        session = Session(
            server,
            cache=cache,
            secrets=secrets,
            clock=clock,
            ids=Ids(clock, entropy),
            entropy=entropy,
            network=TcpNetwork(),
            executor=executor,
            tls=tls,
        )
        async with session.running():
            yield session
