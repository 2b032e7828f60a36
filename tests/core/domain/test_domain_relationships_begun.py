"""Relationships begin only by the client accepting, with an invitation that is good."""

import pytest
from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import Consent, Id, Relationship
from support.world import ADA, DAY, MAYA, NOW, PHONE, TOM, ZOE, World, good

CONSENT = Consent(see_goals=True, set_goals="propose", see_presence=True)


def accept(world: World, client: Id, code: str) -> ops.Body | Refusal:
    return world.say(client, ops.InvitationAccept(id=world.fresh(), code=code, consent=CONSENT))


def refused(outcome: ops.Body | Refusal) -> RefusalCode:
    assert isinstance(outcome, Refusal), outcome
    return outcome.code


def claimed() -> tuple[World, str]:
    """Maya invited Tom, who made his account with the code and has not accepted yet."""
    world = World().join(MAYA, ZOE)
    code = world.invite(MAYA)
    command = ops.AccountCreate(
        code=code,
        person=TOM,
        handle="tom",
        display_name="Tom",
        password="",
        time_zone="UTC",
        device=PHONE,
        device_name="Phone",
    )
    good(world.say(TOM, command), ops.SignedIn)
    return world, code


def test_accepting_begins_the_relationship_with_the_clients_consent() -> None:
    world = World().join(MAYA, TOM)
    code = world.invite(MAYA)
    assert accept(world, TOM, code) == ops.Accepted(rev=2, trainer=MAYA)
    assert world.record(TOM).relationships == {
        MAYA: Relationship(rev=2, trainer=MAYA, client=TOM, state="active", since=NOW, consent=CONSENT, reach=2)
    }
    (step,) = world.record(TOM).steps.values()
    assert (step.rev, step.deed, step.by, step.trainer, step.at, step.consent) == (1, "begun", TOM, MAYA, NOW, CONSENT)
    (invitation,) = world.person(MAYA).invitations.values()
    assert (invitation.state, invitation.person) == ("accepted", TOM)


def test_who_made_an_account_with_the_code_accepts_it_even_after_it_expired() -> None:
    world, code = claimed()
    assert world.record(TOM).relationships == {}
    world.now += 30 * DAY
    good(accept(world, TOM, code), ops.Accepted)


def test_a_claimed_code_is_nobody_elses() -> None:
    world, code = claimed()
    assert refused(accept(world, ZOE, code)) == RefusalCode.INVITATION_USED


def test_a_claimed_code_can_still_be_revoked() -> None:
    world, code = claimed()
    (invitation,) = world.person(MAYA).invitations
    good(world.say(MAYA, ops.InvitationRevoke(id=world.fresh(), invitation=invitation)), ops.Changed)
    assert refused(accept(world, TOM, code)) == RefusalCode.INVITATION_REVOKED


def test_a_code_is_accepted_once() -> None:
    world = World().join(MAYA, TOM, ZOE)
    code = world.invite(MAYA)
    good(accept(world, TOM, code), ops.Accepted)
    assert refused(accept(world, ZOE, code)) == RefusalCode.INVITATION_USED


def test_an_expired_code_is_not_accepted() -> None:
    world = World().join(MAYA, TOM)
    code = world.invite(MAYA)
    world.now += 7 * DAY
    assert refused(accept(world, TOM, code)) == RefusalCode.INVITATION_EXPIRED


def test_a_code_nobody_made_is_not_found() -> None:
    assert refused(accept(World().join(TOM), TOM, "none")) == RefusalCode.NOT_FOUND


def test_nobody_coaches_himself() -> None:
    world = World().join(MAYA)
    assert refused(accept(world, MAYA, world.invite(MAYA))) == RefusalCode.INVALID


def test_a_code_for_an_account_begins_no_relationship() -> None:
    world = World().join(ADA, TOM)
    command = ops.InvitationCreate(id=world.fresh(), purpose="account")
    code = good(world.say(ADA, command), ops.InvitationMade).code
    assert refused(accept(world, TOM, code)) == RefusalCode.INVALID


def test_only_clients_are_coached() -> None:
    world = World().join(MAYA, ADA)
    assert refused(accept(world, ADA, world.invite(MAYA))) == RefusalCode.ROLE_REQUIRED


@pytest.mark.parametrize("state", ["active", "paused"])
def test_who_is_related_already_is_told_so_and_the_code_lives_on(state: str) -> None:
    world = World().join(MAYA, TOM, ZOE).relate(MAYA, TOM).set_relation(MAYA, TOM, state)
    code = world.invite(MAYA)
    assert refused(accept(world, TOM, code)) == RefusalCode.ALREADY_RELATED
    good(accept(world, ZOE, code), ops.Accepted)


def test_an_ended_relationship_can_begin_again() -> None:
    world = World().join(MAYA, TOM).relate(MAYA, TOM).set_relation(MAYA, TOM, "ended")
    good(accept(world, TOM, world.invite(MAYA)), ops.Accepted)
    assert world.record(TOM).active(MAYA)


def test_a_revocation_that_comes_between_is_seen() -> None:
    world = World().join(MAYA, TOM)
    code = world.invite(MAYA)
    decided = world.decide(world.envelope(TOM, ops.InvitationAccept(id=world.fresh(), code=code, consent=CONSENT)))
    (invitation,) = world.person(MAYA).invitations
    world.say(MAYA, ops.InvitationRevoke(id=world.fresh(), invitation=invitation))
    assert not world.commit(decided)
    assert refused(accept(world, TOM, code)) == RefusalCode.INVITATION_REVOKED


def test_a_change_of_the_clients_account_that_comes_between_is_seen() -> None:
    world = World().join(MAYA, TOM)
    command = ops.InvitationAccept(id=world.fresh(), code=world.invite(MAYA), consent=CONSENT)
    decided = world.decide(world.envelope(TOM, command))
    good(world.say(TOM, ops.ProfileSet(id=world.fresh(), base=1, display_name="Thomas")), ops.Changed)
    assert not world.commit(decided)
    good(world.say(TOM, command), ops.Accepted)
