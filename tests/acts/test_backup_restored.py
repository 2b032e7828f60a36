"""A backup is put back while clients hold more than it does."""

from support.stage import Stage, play


@play()
async def test_backup_restored_under_connected_clients(stage: Stage) -> None:
    """Everybody drops what the backup does not know, even where the counting has caught up, and keeps what was
    never sent. [S4] [H4]"""
    maya, ben = await stage.coached_pair()
    await ben.signs_in_on("laptop")
    await maya.phone.says("In the backup")
    await ben.phone.sees("In the backup")
    await ben.laptop.sees("In the backup")
    stage.backup_made()

    await maya.phone.says("Not in the backup", "Nor this")
    await ben.phone.sees("Not in the backup", "Nor this")
    await ben.laptop.closes()
    await ben.phone.loses_network()

    await stage.daemon_killed()
    stage.backup_restored()
    await ben.phone.says("Never sent before")
    await stage.daemon_starts()

    await maya.phone.is_up_to_date()
    again = ["Said after all", "And this", "And that"]
    await maya.phone.says(*again)
    await maya.phone.sees("In the backup", *again)
    await ben.phone.finds_network()
    await ben.laptop.opens()
    for device in (maya.phone, ben.phone, ben.laptop):
        await device.sees("In the backup", *again, "Never sent before")
        assert device.texts() == ["In the backup", *again, "Never sent before"]
    await maya.phone.says("A new line")
    await ben.laptop.sees("In the backup", *again, "Never sent before", "A new line")
