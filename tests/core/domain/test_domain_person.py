"""A person's stream: making the account, devices, the profile, invitations."""

from typing import Any, Literal

import pytest
from coachline_core.domain.person import HOUR_MS, RULES, PersonState, new_account, person_stream
from coachline_core.domain.streams import Changed, View
from coachline_protocol import ops
from coachline_protocol.codes import Refusal, RefusalCode
from coachline_protocol.rows import Device, Id, Listing, Message, Profile
from hypothesis import given
from hypothesis import strategies as st
from support.world import ADA, MAYA, NOW, PHONE, STRANGER, TOM, Kept, World, good, made

LAPTOP = made(91)


def code_of(outcome: ops.Body | Refusal) -> RefusalCode:
    assert isinstance(outcome, Refusal), outcome
    return outcome.code


def account(world: World, code: str, person: Id = TOM, **other: Any) -> ops.Body | Refusal:
    filled = {
        "handle": "tom@example.org",
        "display_name": "Tom",
        "password": "",
        "time_zone": "Europe/Berlin",
        "device": PHONE,
        "device_name": "Phone",
        **other,
    }
    return world.say(person, ops.AccountCreate(code=code, person=person, **filled))


def invite(world: World, person: Id, purpose: Literal["coaching", "account"], **other: Any) -> ops.InvitationMade:
    command = ops.InvitationCreate(id=world.fresh(), purpose=purpose, **other)
    return good(world.say(person, command), ops.InvitationMade)


# -- accounts


def test_a_trainers_code_makes_a_clients_account_and_waits_to_be_accepted() -> None:
    world = World().join(MAYA)
    code = world.invite(MAYA)
    signed_in = good(account(world, code, handle="Tom@Example.org"), ops.SignedIn)
    tom = world.person(TOM)
    assert (signed_in.person, signed_in.token) == (TOM, b"t" * 32)
    assert tom.profile is not None
    assert (tom.profile.handle, tom.profile.roles) == ("tom@example.org", ("client",))
    assert tom.devices[PHONE].name == "Phone"
    (invitation,) = world.person(MAYA).invitations.values()
    assert (invitation.state, invitation.person) == ("claimed", TOM)


def test_an_admins_code_makes_an_account_with_its_roles_and_is_used_up() -> None:
    world = World().join(ADA)
    made_code = invite(world, ADA, "account", roles=("trainer", "client", "trainer"))
    good(account(world, made_code.code), ops.SignedIn)
    assert world.person(TOM).has_role("trainer")
    (invitation,) = world.person(ADA).invitations.values()
    assert (invitation.state, invitation.person, invitation.roles) == ("accepted", TOM, ("client", "trainer"))


def test_a_code_nobody_made_is_not_found() -> None:
    assert code_of(account(World(), "no such code")) == RefusalCode.NOT_FOUND


def test_a_code_of_an_invitation_that_is_gone_is_not_found() -> None:
    world = World().join(MAYA)
    world.rows[person_stream(MAYA)] = {}
    code = world.invite(MAYA)
    world.states[person_stream(MAYA)] = PersonState(person_stream(MAYA))
    assert code_of(account(world, code)) == RefusalCode.NOT_FOUND


def test_a_code_makes_one_account_only() -> None:
    world = World().join(MAYA)
    code = world.invite(MAYA)
    good(account(world, code), ops.SignedIn)
    assert code_of(account(world, code, person=STRANGER, device=LAPTOP)) == RefusalCode.INVITATION_USED


def test_a_code_cannot_be_used_from_the_moment_it_expires() -> None:
    world = World().join(MAYA)
    made_code = invite(world, MAYA, "coaching", valid_hours=1)
    assert made_code.expires_at == NOW + HOUR_MS
    world.now = made_code.expires_at
    refusal = account(world, made_code.code)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.limit, refusal.actual) == (
        RefusalCode.INVITATION_EXPIRED,
        NOW + HOUR_MS,
        NOW + HOUR_MS,
    )


def test_until_then_it_can() -> None:
    world = World().join(MAYA)
    made_code = invite(world, MAYA, "coaching", valid_hours=1)
    world.now = made_code.expires_at - 1
    good(account(world, made_code.code), ops.SignedIn)


def test_a_person_id_is_used_once() -> None:
    world = World().join(MAYA, TOM)
    assert code_of(account(world, world.invite(MAYA))) == RefusalCode.CONFLICT


@pytest.mark.parametrize(
    ("field", "value"),
    [("handle", "to m"), ("display_name", " "), ("time_zone", "Europe/Atlantis"), ("device_name", "")],
)
def test_an_account_with_something_unusable_is_not_made_and_the_code_lives_on(field: str, value: str) -> None:
    world = World().join(MAYA)
    code = world.invite(MAYA)
    wrong: dict[str, Any] = {field: value}
    refusal = account(world, code, **wrong)
    assert isinstance(refusal, Refusal)
    assert refusal.field == field
    good(account(world, code), ops.SignedIn)


def test_two_who_use_one_code_at_once_end_with_one_account() -> None:
    world = World().join(MAYA)
    code = world.invite(MAYA)
    batches = [
        world.decide(
            world.envelope(
                person,
                ops.AccountCreate(
                    code=code,
                    person=person,
                    handle=person.hex(),
                    display_name="X",
                    password="",
                    time_zone="UTC",
                    device=device,
                    device_name="d",
                ),
            )
        )
        for person, device in ((TOM, PHONE), (STRANGER, LAPTOP))
    ]
    assert [world.commit(batch) for batch in batches] == [True, False]


# -- devices


def sign_in(world: World, device: Id = PHONE, name: str = "Phone") -> ops.Body | Refusal:
    return world.say(TOM, ops.SignIn(handle="t", password="", device=device, device_name=name))


def test_signing_in_adds_the_device() -> None:
    world = World().join(TOM)
    assert good(sign_in(world), ops.SignedIn).token == b"t" * 32
    assert world.person(TOM).devices == {PHONE: Device(rev=2, id=PHONE, name="Phone", created_at=NOW)}


def test_signing_in_again_changes_nothing_durable() -> None:
    world = World().join(TOM)
    sign_in(world)
    sign_in(world)
    assert world.person(TOM).rev == 2


def test_signing_in_under_another_name_renames_the_device() -> None:
    world = World().join(TOM)
    sign_in(world)
    world.now += 5
    sign_in(world, name="Tom's phone")
    assert world.person(TOM).devices[PHONE] == Device(rev=3, id=PHONE, name="Tom's phone", created_at=NOW)


def test_nobody_signs_in_to_an_account_that_is_not_there() -> None:
    assert code_of(sign_in(World())) == RefusalCode.NOT_FOUND


def test_a_device_needs_a_name() -> None:
    assert code_of(sign_in(World().join(TOM), name="")) == RefusalCode.TEXT_BLANK


def test_signing_out_revokes_this_device_and_signing_in_brings_it_back() -> None:
    world = World().join(TOM)
    sign_in(world)
    good(world.say(TOM, ops.SignOut(id=world.fresh())), ops.Empty)
    assert world.person(TOM).devices[PHONE].revoked_at == NOW
    sign_in(world)
    assert world.person(TOM).devices[PHONE].revoked_at is None


def test_another_device_is_revoked_once_and_then_it_is_so() -> None:
    world = World().join(TOM)
    sign_in(world, LAPTOP)
    first = world.say(TOM, ops.DeviceRevoke(id=world.fresh(), device=LAPTOP))
    again = world.say(TOM, ops.DeviceRevoke(id=world.fresh(), device=LAPTOP))
    assert first == again == ops.Changed(rev=3)
    assert world.person(TOM).rev == 3


def test_a_device_that_is_not_mine_is_not_found() -> None:
    world = World().join(TOM)
    assert code_of(world.say(TOM, ops.DeviceRevoke(id=world.fresh(), device=LAPTOP))) == RefusalCode.NOT_FOUND


# -- the profile


def test_the_profile_changes_as_far_as_asked() -> None:
    world = World().join(TOM)
    change = ops.ProfileSet(
        id=world.fresh(), base=1, display_name=" Tom  B ", time_zone="UTC", receipts=False, picture=b"png"
    )
    assert world.say(TOM, change) == ops.Changed(rev=2)
    assert world.person(TOM).profile == Profile(
        rev=2,
        handle=TOM.hex(),
        display_name="Tom B",
        time_zone="UTC",
        roles=("client",),
        receipts=False,
        picture=b"png",
    )
    good(world.say(TOM, ops.ProfileSet(id=world.fresh(), base=2, picture=b"")), ops.Changed)
    after = world.person(TOM).profile
    assert after is not None
    assert (after.picture, after.display_name) == (None, "Tom B")


def test_a_profile_that_stays_as_it_is_takes_no_revision() -> None:
    world = World().join(TOM)
    assert world.say(TOM, ops.ProfileSet(id=world.fresh(), base=1, receipts=True)) == ops.Changed(rev=1)
    assert world.person(TOM).rev == 1


def test_a_change_that_stands_on_an_older_profile_is_stale() -> None:
    world = World().join(TOM)
    good(world.say(TOM, ops.ProfileSet(id=world.fresh(), base=1, display_name="One")), ops.Changed)
    refusal = world.say(TOM, ops.ProfileSet(id=world.fresh(), base=1, display_name="Two"))
    assert refusal == Refusal(code=RefusalCode.STALE, field="base", limit=2, actual=1)


@pytest.mark.parametrize("wrong", [{"display_name": "  "}, {"display_name": "x" * 81}, {"time_zone": "Mars/Olympus"}])
def test_a_profile_refuses_what_cannot_be_shown(wrong: dict[str, Any]) -> None:
    world = World().join(TOM)
    refusal = world.say(TOM, ops.ProfileSet(id=world.fresh(), base=1, **wrong))
    assert isinstance(refusal, Refusal)
    assert refusal.field == next(iter(wrong))


def test_without_an_account_there_is_no_profile() -> None:
    assert code_of(World().say(TOM, ops.ProfileSet(id=made(1), base=0))) == RefusalCode.NOT_FOUND


@pytest.mark.parametrize(
    "wrong", [{"handle": ""}, {"display_name": ""}, {"time_zone": "Nowhere"}], ids=lambda wrong: next(iter(wrong))
)
def test_an_account_made_by_hand_is_checked_as_well(wrong: dict[str, str]) -> None:
    right = {"handle": "t", "display_name": "T", "time_zone": "UTC"}
    refusal = new_account(**{**right, **wrong}, roles=["admin"])
    assert isinstance(refusal, Refusal)
    assert refusal.field == next(iter(wrong))


# -- invitations


@pytest.mark.parametrize(
    ("who", "purpose", "allowed"),
    [
        (MAYA, "coaching", True),
        (MAYA, "account", False),
        (ADA, "account", True),
        (ADA, "coaching", False),
        (TOM, "coaching", False),
        (TOM, "account", False),
    ],
)
def test_trainers_invite_clients_and_admins_make_accounts(
    who: Id, purpose: Literal["coaching", "account"], allowed: bool
) -> None:
    world = World().join(MAYA, ADA, TOM)
    outcome = world.say(who, ops.InvitationCreate(id=world.fresh(), purpose=purpose))
    assert isinstance(outcome, ops.InvitationMade) if allowed else code_of(outcome) == RefusalCode.ROLE_REQUIRED


def test_nobody_without_an_account_invites() -> None:
    outcome = World().say(MAYA, ops.InvitationCreate(id=made(1), purpose="coaching"))
    assert code_of(outcome) == RefusalCode.ROLE_REQUIRED


@pytest.mark.parametrize(
    ("who", "purpose", "roles"), [(MAYA, "coaching", ("trainer",)), (MAYA, "coaching", ()), (ADA, "account", ())]
)
def test_an_invitation_gives_only_the_roles_it_may(who: Id, purpose: Any, roles: Any) -> None:
    world = World().join(MAYA, ADA)
    outcome = world.say(who, ops.InvitationCreate(id=world.fresh(), purpose=purpose, roles=roles))
    assert isinstance(outcome, Refusal)
    assert outcome.field == "roles"


def test_an_invitation_keeps_its_makers_note() -> None:
    world = World().join(MAYA)
    invite(world, MAYA, "coaching", note="for To\u0308m")
    invite(world, MAYA, "coaching", note="  ")
    assert [row.note for row in world.person(MAYA).invitations.values()] == ["for Töm", ""]


def test_a_note_that_cannot_be_kept_is_refused() -> None:
    world = World().join(MAYA)
    outcome = world.say(MAYA, ops.InvitationCreate(id=world.fresh(), purpose="coaching", note="a\0"))
    assert isinstance(outcome, Refusal)
    assert outcome.field == "note"


def revoke(world: World, code: str, by: Id = MAYA) -> ops.Body | Refusal:
    found = world.invitation(code)
    assert found is not None
    return world.say(by, ops.InvitationRevoke(id=world.fresh(), invitation=found[1]))


def test_a_revoked_code_makes_no_account_and_revoking_again_is_already_so() -> None:
    world = World().join(MAYA)
    code = world.invite(MAYA)
    assert revoke(world, code) == ops.Changed(rev=3)
    assert revoke(world, code) == ops.Changed(rev=3)
    assert code_of(account(world, code)) == RefusalCode.INVITATION_REVOKED


def test_an_accepted_invitation_cannot_be_revoked() -> None:
    world = World().join(ADA)
    code = invite(world, ADA, "account").code
    account(world, code)
    assert code_of(revoke(world, code, by=ADA)) == RefusalCode.INVITATION_USED


def test_somebody_elses_invitation_is_not_found() -> None:
    world = World().join(MAYA, ADA)
    assert code_of(revoke(world, world.invite(MAYA), by=ADA)) == RefusalCode.NOT_FOUND


# -- the stream


def test_a_persons_stream_is_told_and_shown_to_that_person_only() -> None:
    world = World().join(TOM)
    tom = world.person(TOM)
    listing = Listing(rev=2, conversation=made(7), kind="direct", other=MAYA)
    assert RULES.audience(tom) == (TOM,)
    assert RULES.audience(world.person(MAYA)) == ()
    assert RULES.visible(tom, TOM, listing)
    assert not RULES.visible(tom, MAYA, listing)


def test_a_command_of_another_kind_of_stream_is_a_defect() -> None:
    world, stream = World(), person_stream(TOM)
    envelope = world.envelope(TOM, ops.MessagePost(id=made(1), conversation=made(2), text="x"))
    with pytest.raises(TypeError, match="not at home"):
        RULES.decide(View({stream: world.state(stream)}), stream, envelope)


def test_a_row_of_another_kind_of_stream_is_a_defect() -> None:
    message = Message(rev=1, seq=1, id=made(1), author=TOM, text="x", at=NOW)
    with pytest.raises(TypeError, match="Message"):
        RULES.evolve(RULES.empty(person_stream(TOM)), message)


def test_an_account_is_restored_to_what_it_was() -> None:
    world = World().join(MAYA)
    world.invite(MAYA)
    kept = Kept(rev=2, rows=tuple(world.rows[person_stream(MAYA)].values()))
    assert RULES.restore(person_stream(MAYA), kept) == world.person(MAYA)


@given(st.permutations(range(4)))
def test_rows_may_come_in_any_order_and_the_state_is_the_same(order: list[int]) -> None:
    world = World().join(MAYA)
    code = world.invite(MAYA)
    revoke(world, code)
    sign_in(world.join(TOM))
    rows = [row for changed in world.commits for row in changed.rows if changed.stream == person_stream(MAYA)]
    rows.append(Listing(rev=4, conversation=made(7), kind="direct", other=TOM))
    state = RULES.empty(person_stream(MAYA))
    for index in order:
        state = RULES.evolve(state, rows[index])
    world.put(Changed(person_stream(MAYA), 3, 4, (rows[-1],)))
    assert state == world.person(MAYA)
