"""The first screens: from nobody to an account that is signed in on this computer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from coachline_core.client import Cache, NotConnected, Refused, ServerAddress, Session, StorageFailed, open_session
from coachline_core.domain.text import valid_zone
from coachline_core.runtime.seams import Clock
from coachline_protocol.codes import RefusalCode

from coachline_desktop import explain, hosting, intents, present, present_goals
from coachline_desktop.aside import aside
from coachline_desktop.keeping import secrets_for
from coachline_desktop.painter import Painter
from coachline_desktop.places import Account, Places, parse_server
from coachline_desktop.present import Known
from coachline_desktop.screen import Desk
from coachline_desktop.state import AppState, FirstRun, Notice
from coachline_desktop.words import say

FIELDS = {
    RefusalCode.BAD_CREDENTIALS: "password",
    RefusalCode.WEAK_PASSWORD: "password",
    RefusalCode.HANDLE_TAKEN: "handle",
    RefusalCode.INVITATION_EXPIRED: "code",
    RefusalCode.INVITATION_REVOKED: "code",
    RefusalCode.INVITATION_USED: "code",
    RefusalCode.NOT_FOUND: "code",
}
"""Which field of the form a refusal is about, where it does not say so itself."""


class Problem(Exception):
    """What went wrong, in words, and the field of the form it is about."""

    def __init__(self, words: str, field: str = "") -> None:
        super().__init__(words)
        self.words, self.field = words, field


class Welcome:
    """One stay on the first screens."""

    def __init__(self, painter: Painter, desk: Desk, places: Places, clock: Clock, *, keyring_there: bool) -> None:
        self._painter, self._desk, self._places, self._clock = painter, desk, places, clock
        self._keyring_there = keyring_there

    async def until_signed_in(self, wants: AsyncIterator[object], *, server: str, problem: str) -> Account:
        """Who signed in at last. The session is closed again; its cache and token are where `Places` says."""
        before = self._painter.state
        first = FirstRun(server=server, can_host=hosting.can_host(), problem=problem)
        fresh = AppState(settings=before.settings, secrets_notice=before.secrets_notice)
        self._painter.change(**{name: getattr(fresh, name) for name in AppState.__slots__} | {"first_run": first})
        async for want in wants:
            account = await self._attempt(want)
            if account is not None:
                await aside(partial(self._places.keep, account))
                self._painter.change(first_run=FirstRun())
                return account
        raise AssertionError("the window is gone before the program")

    async def _attempt(self, want: object) -> Account | None:
        try:
            return await self._do(want)
        except Problem as problem:
            self._show(problem=problem.words, problem_field=problem.field)
        except Refused as refused:
            field = FIELDS.get(refused.refusal.code, refused.refusal.field or "")
            self._show(problem=explain.refusal(refused.refusal), problem_field=_on_form(field))
        except NotConnected:
            self._show(problem=explain.reason("unreachable"), problem_field="server")
        except (StorageFailed, OSError):
            self._show(problem=explain.reason("storage"))
        except hosting.HostingFailed as failed:
            self._show(problem=say("The server could not be started: {why}", why=str(failed)[-300:]))
        finally:
            self._show(busy="")
        return None

    async def _do(self, want: object) -> Account | None:
        match want:
            case intents.SignIn():
                return await self._sign_in(want)
            case intents.LookUpCode():
                await self._look_up(want)
            case intents.ForgetOffer():
                self._show(offer=None, problem="")
            case intents.Join():
                return await self._join(want)
            case intents.HostServer():
                return await self._host(want)
            case intents.DismissNotice(notice):
                self._painter.dismiss(notice)
            case intents.ChangeSettings():
                settings = want.on(self._painter.state.settings)
                self._desk.keep_settings(settings)
                self._painter.change(settings=settings)
        return None

    async def _sign_in(self, want: intents.SignIn) -> Account:
        account = _account(_server(want.server), want.handle)
        self._show(busy=say("Signing in…"), problem="", problem_field="")
        async with opened(account, self._places, keyring_there=self._keyring_there) as session:
            await session.sign_in(want.handle.strip(), want.password, self._desk.device_name())
        return account

    async def _look_up(self, want: intents.LookUpCode) -> None:
        account = _account(_server(want.server), "")
        self._show(busy=say("Looking up the code…"), problem="", problem_field="", server=want.server)
        async with opened(account, self._places, keyring_there=False) as session:
            seen = await session.inspect_invitation(want.code.strip())
            known = Known(self._clock.now(), ZoneInfo(self._zone()), session.connection)
        self._show(offer=present.offer(known, want.code.strip(), seen))

    async def _join(self, want: intents.Join) -> Account:
        account = _account(_server(want.server), want.handle)
        self._show(busy=say("Making your account…"), problem="", problem_field="")
        async with opened(account, self._places, keyring_there=self._keyring_there) as session:
            await session.create_account(
                want.code, want.handle.strip(), want.name.strip(), want.password, self._zone(), self._desk.device_name()
            )
            if want.consent is not None:
                await self._accept(session, want)
        return account

    async def _accept(self, session: Session, want: intents.Join) -> None:
        """The account is there already: what goes wrong now is said beside it, and can be done from People."""
        assert want.consent is not None
        try:
            await session.accept_invitation(want.code, present_goals.consent(want.consent))
        except (Refused, NotConnected) as error:
            why = explain.refusal(error.refusal) if isinstance(error, Refused) else explain.reason("no_reply")
            words = say("Your account is made, but your coach's invitation could not be accepted yet: {why}", why=why)
            self._painter.notice(Notice(self._painter.next_key(), words, "warning"))

    async def _host(self, want: intents.HostServer) -> Account:
        self._show(busy=say("Making your server…"), problem="", problem_field="")
        data = self._places.hosted
        handle = want.handle.strip()
        await hosting.prepare(data, name=want.name.strip(), handle=handle, password=want.password, zone=self._zone())
        async with hosting.own_server(data, 0) as port:
            account = Account("127.0.0.1", port, tls=False, handle=handle, hosted=True)
            async with opened(account, self._places, keyring_there=self._keyring_there) as session:
                await session.sign_in(handle, want.password, self._desk.device_name())
        return account

    def _zone(self) -> str:
        zone = self._desk.zone()
        return zone if valid_zone(zone) else "UTC"

    def _show(self, **fields: Any) -> None:
        first = replace(self._painter.state.first_run, **fields)
        self._painter.change(first_run=first)


@asynccontextmanager
async def opened(account: Account, places: Places, *, keyring_there: bool) -> AsyncIterator[Session]:
    """A running session of an account, on its files. Raises NewerCache, OSError, sqlite3.Error."""
    cache = await aside(lambda: _open_cache(places.cache(account)))
    secrets = secrets_for(account, places, keyring_there=keyring_there)
    async with open_session(account.server, cache=cache, secrets=secrets) as session:
        yield session


def _open_cache(file: Path) -> Cache:
    cache = Cache(file)
    cache.close()  # this thread's connection: the session reads and writes on threads of its own
    return cache


def _server(text: str) -> ServerAddress:
    server = parse_server(text)
    if server is None:
        raise Problem(say("That is no address of a server, such as chat.example or chat.example:8440."), "server")
    return server


def _account(server: ServerAddress, handle: str) -> Account:
    return Account(server.host, server.port, server.tls, handle.strip())


def _on_form(field: str) -> str:
    """The form's name for a field of a request."""
    return {"display_name": "name"}.get(field, field if field in ("handle", "password", "code") else "")
