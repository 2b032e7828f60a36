"""Who a session is: signing in and out, making an account."""

import ssl
from contextlib import suppress
from functools import partial

import trio
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.ops import (
    AccountCreate,
    Body,
    Empty,
    InvitationInspect,
    InvitationSeen,
    SignedIn,
    SignIn,
    SignOut,
)
from coachline_protocol.rows import Id

from coachline_core.client import facts
from coachline_core.client.cache import Cache
from coachline_core.client.channel import B, Channel, converse
from coachline_core.client.connecting import Connector
from coachline_core.client.errors import NotConnected, Refused, StorageFailed
from coachline_core.client.ownership import Owner
from coachline_core.client.secrets import Secrets
from coachline_core.client.values import ServerAddress
from coachline_core.runtime.executor import Executor
from coachline_core.runtime.link import LinkClosed
from coachline_core.runtime.seams import Ids, Network

GOODBYE_SECONDS = 5.0
"""How long signing out waits for the server to hear of it."""
DISK_SECONDS = 5.0
"""Before a disk that took nothing is tried again."""


class Accounts:
    """The part of a session that speaks before it is known. Methods raise Refused, NotConnected, StorageFailed."""

    _server: ServerAddress
    _tls: ssl.SSLContext | None
    _network: Network
    _cache: Cache
    _secrets: Secrets
    _executor: Executor
    _ids: Ids
    _owner: Owner
    _connector: Connector

    async def sign_in(self, handle: str, password: str, device_name: str) -> Id:
        """Get a token for this device; the session connects by itself then. Returns the person.

        Refused `conflict` if the cache is another person's: it holds what that one wrote. Open another file.
        """
        device, _ = await self._prepared()
        body = SignIn(handle=handle, password=password, device=device, device_name=device_name)
        return await self._signed_in(await self._briefly(body, SignedIn), handle)

    async def create_account(
        self, code: str, handle: str, display_name: str, password: str, time_zone: str, device_name: str
    ) -> Id:
        """Make an account with an invitation code and sign in to it. Returns the person."""
        device, person = await self._prepared()
        body = AccountCreate(
            code=code,
            person=person,
            handle=handle,
            display_name=display_name,
            password=password,
            time_zone=time_zone,
            device=device,
            device_name=device_name,
        )
        return await self._signed_in(await self._briefly(body, SignedIn), handle)

    async def inspect_invitation(self, code: str) -> InvitationSeen:
        """Who invites me, and to what. Works without an account."""
        return await self._briefly(InvitationInspect(code=code), InvitationSeen)

    async def sign_out(self) -> None:
        """Forget everything about this account on this device, unsent messages too. Told to the server if it can be
        heard; if not, the token that only this device had is gone all the same."""
        line = self._connector.line
        if line is not None:
            with trio.move_on_after(GOODBYE_SECONDS):
                with suppress(Refused, NotConnected):  # what counts happens here
                    await line.channel.ask(SignOut(id=self._ids.new()), Empty)
        try:
            await self._owner.do(partial(list, [facts.SignedOff()]))
        finally:
            # Last, because until then a welcome on its way might bring a fresh token; and even if the disk is full.
            await self._executor.write(self._secrets.forget)
            self._connector.restart("signed_out")

    async def _shut_out(self, token: bytes, *, wipe: bool) -> None:
        """The server does not take this token any more. Tried until the disk takes it: of a revoked device nothing
        stays. Its token goes last: if the device dies first, it is told again when it comes back."""
        while True:
            try:
                # Somebody may have signed in again meanwhile: what happens to an old token does not concern a new one.
                if await self._executor.read(self._secrets.load) == token:
                    if wipe:
                        await self._owner.do(partial(list, [facts.SignedOff()]))
                    await self._executor.write(lambda: self._forget(token))
                return
            except (StorageFailed, OSError):
                await trio.sleep(DISK_SECONDS)

    def _forget(self, token: bytes) -> None:
        if self._secrets.load() == token:
            self._secrets.forget()

    async def _prepared(self) -> tuple[Id, Id]:
        model = self._owner.model
        if model.prepared is None:
            made = facts.Prepared(device=self._ids.new(), person=self._ids.new())
            await self._owner.do(lambda: [] if model.prepared else [made])
        assert model.prepared is not None
        return model.prepared

    async def _signed_in(self, signed_in: SignedIn, handle: str) -> Id:
        whose = self._owner.model.person
        if whose not in (None, signed_in.person):
            raise Refused(Refusal(code=RefusalCode.CONFLICT, hint="the cache belongs to another person"))
        await self._executor.write(lambda: self._secrets.keep(signed_in.token))
        await self._owner.do(partial(list, [facts.SignedInAs(signed_in.person, handle)]))
        self._connector.restart(None)
        return signed_in.person

    async def _briefly(self, body: Body, kind: type[B]) -> B:
        """Ask one thing on a connection of its own: the server does not know us yet."""
        answers: list[B] = []

        async def conduct(channel: Channel) -> None:
            answers.append(await channel.ask(body, kind))

        try:
            await converse(self._network, self._server, self._tls, lambda _: None, conduct)
        except (LinkClosed, OSError, trio.TooSlowError) as error:
            if not answers:
                raise NotConnected(str(error) or "the server does not answer") from error
        if not answers:
            raise NotConnected("the connection ended before the answer")
        return answers[0]
