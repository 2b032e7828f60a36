"""Who plays, and how they come to know each other: the operator, the invitation, the consent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import trio
from coachline_protocol.rows import Consent, Id

from demo.month import CLIENTS, TRAINER
from demo.person import Person
from demo.screen import Screen

ZONE = "Pacific/Auckland"
DEVICE = "phone"
VALID_HOURS = 30 * 24  # the month passes in seconds: an invitation for a week would be over before it is read

ALL = Consent(see_goals=True, set_goals="assign", see_progress=True, record_progress=True, see_presence=True)
CONSENTS: Final[Mapping[str, Consent]] = {
    "Ben": ALL,
    "Aroha": Consent(see_goals=True, set_goals="propose", see_progress=True, see_presence=True),
    "Tom": ALL,
    "Priya": Consent(see_goals=True, set_goals="assign", see_progress=True, see_presence=True),
    "Jonas": Consent(see_goals=True, set_goals="assign", see_progress=True, see_presence=True),
}
"""What each client consents to when the invitation is accepted."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody, and the trainer's conversation with each client."""

    trainer: Person
    clients: Mapping[str, Person]
    talks: Mapping[str, Id]

    @property
    def people(self) -> dict[str, Person]:
        """By name."""
        return {self.trainer.name: self.trainer, **self.clients}

    @property
    def names(self) -> dict[Id, str]:
        """By id."""
        return {person.id: name for name, person in self.people.items()}


def password_of(name: str) -> str:
    """Everybody's password; the server lives on loopback and not for long."""
    return f"{name} trains every other day"


async def come_together(people: Mapping[str, Person], nursery: trio.Nursery, screen: Screen, zone: str) -> Cast:
    """Sign the trainer in; have every client invited, join, and consent. The daemon is running; all live in `zone`."""
    trainer = people[TRAINER]
    await trainer.switch_on(nursery)
    trainer.id = await trainer.session.sign_in(trainer.handle, password_of(TRAINER), DEVICE)
    await trainer.until_synced()
    talks = {}
    for name in CLIENTS:
        client = people[name]
        made = await trainer.session.create_invitation("coaching", note=name, valid_hours=VALID_HOURS)
        await client.switch_on(nursery)
        client.id = await client.session.create_account(made.code, client.handle, name, password_of(name), zone, DEVICE)
        await client.until_synced()
        await client.session.accept_invitation(made.code, CONSENTS[name])
        talks[name] = await trainer.session.open_conversation(client.id)
        await client.until("the conversation is there", partial(client.items, talks[name]))
        screen.say(f"  {TRAINER} invites {name} ({made.code}); {name} joins and consents")
    return Cast(trainer, {name: people[name] for name in CLIENTS}, talks)
