"""The daemon as an operator runs it: set up, served, stopped, killed, started again; nothing is lost or told."""

import signal
import ssl
from pathlib import Path

import pytest
import trio
import trustme
from coachline_core.runtime.link import LinkClosed
from coachline_protocol import ops
from coachline_protocol.codes import CloseCode
from coachline_protocol.rows import Id
from support.process import CLIENT_PASSWORD, Speaker, coachlined, joined, new_id, serving

PASSWORD = "correct horse battery staple"
BODY = "squats went up by a few kilos today"


async def signed_in(speaker: Speaker, device: Id) -> tuple[ops.SignedIn, ops.Welcome]:
    """The trainer, on a device."""
    sign_in = ops.SignIn(handle="maya@example.org", password=PASSWORD, device=device, device_name="phone")
    token = await speaker.ask(sign_in, ops.SignedIn)
    return token, await speaker.ask(ops.Hello(token=token.token, client="test"), ops.Welcome)


async def to_the_end(speaker: Speaker) -> None:
    """Hear everything there is to hear. Raises LinkClosed."""
    while True:
        await speaker.hear()


async def test_what_was_acknowledged_outlives_kill_and_the_log_tells_nothing(data: Path) -> None:
    device = new_id()
    async with serving(data, COACHLINE_LOG_LEVEL="debug") as first:
        async with first.connected() as maya, first.connected() as tom:
            signed, before = await signed_in(maya, device)
            # The operator's commands work beside the daemon that serves.
            invited = await trio.to_thread.run_sync(
                lambda: coachlined("invite", "--by", "maya@example.org", "--data", data)
            )
            assert invited.returncode == 0, invited.stderr
            code = invited.stdout.strip()
            conversation = await joined(tom, code)
            await tom.ask(ops.MessagePost(id=new_id(), conversation=conversation, text=BODY), ops.Posted)
        first.process.send_signal(signal.SIGKILL)
        assert await first.ended() == -signal.SIGKILL
        said = first.log.read_text(encoding="utf-8")
    secrets = (BODY, PASSWORD, CLIENT_PASSWORD, code, signed.token.hex(), repr(signed.token)[2:-1])
    assert [secret for secret in secrets if secret in said] == []
    assert "ready" in {line["event"] for line in first.lines}

    async with serving(data) as second:
        async with second.connected() as maya:
            welcome = await maya.ask(ops.Hello(token=signed.token, client="test"), ops.Welcome)
            assert welcome.epoch == before.epoch
            page = await maya.ask(ops.History(conversation=conversation), ops.Messages)
            assert BODY in [message.text for message in page.messages]
            # Told to stop: every client is told when to come back, and the daemon leaves in order.
            second.process.send_signal(signal.SIGTERM)
            with pytest.raises(LinkClosed) as closed:
                await to_the_end(maya)
            assert closed.value.code == CloseCode.DRAINING
            (closing,) = (told.body for told in maya.events if told.name == "closing")
            assert isinstance(closing, ops.Closing)
        assert await second.ended() == 0
        assert second.lines[-1]["event"] == "stopped"


async def test_health_and_metrics_are_answered_and_a_second_daemon_is_not_let_in(data: Path) -> None:
    async with serving(data) as daemon:
        assert await daemon.probe("/livez") == (200, "alive\n")
        assert await daemon.probe("/readyz") == (200, "ready\n")
        async with daemon.connected() as maya:
            await signed_in(maya, new_id())
            status, metrics = await daemon.probe("/metrics")
        assert status == 200
        assert "\ncoachline_connections 1.0\n" in metrics

        def beside() -> tuple[int, str]:
            done = coachlined("serve", "--port", "0", "--admin-port", "0", "--data", data)
            return done.returncode, done.stderr

        code, sentence = await trio.to_thread.run_sync(beside)
        assert code == 4
        assert sentence == f"Another coachlined serves from {data / 'coachline.sqlite3'}: stop it first.\n"
        daemon.process.send_signal(signal.SIGINT)
        daemon.process.send_signal(signal.SIGINT)
        assert await daemon.ended() == 0


def issue(authority: trustme.CA, folder: Path) -> None:
    """A fresh certificate for localhost, where the daemon looks for it."""
    issued = authority.issue_cert("localhost")
    (folder / "chain.pem").write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    (folder / "key.pem").write_bytes(issued.private_key_pem.bytes())


async def test_tls_by_certificate_files_which_can_be_exchanged(data: Path) -> None:
    authority, other = trustme.CA(), trustme.CA()
    trusting, suspicious = ssl.create_default_context(), ssl.create_default_context()
    authority.configure_trust(trusting)
    other.configure_trust(suspicious)
    issue(authority, data)
    flags = {"COACHLINE_TLS_CERTIFICATE": "chain.pem", "COACHLINE_TLS_KEY": "key.pem"}
    async with serving(data, **flags) as daemon:
        async with daemon.connected(trusting) as maya:
            await signed_in(maya, new_id())
        with pytest.raises(ssl.SSLCertVerificationError):
            async with daemon.connected(suspicious):
                pass
        issue(other, data)
        daemon.process.send_signal(signal.SIGHUP)
        await daemon.logged("certificate read anew")
        async with daemon.connected(suspicious) as maya:
            await signed_in(maya, new_id())
        (data / "key.pem").write_text("nonsense")
        daemon.process.send_signal(signal.SIGHUP)
        assert "not a certificate chain" in (await daemon.logged("certificate not read anew"))["reason"]
        async with daemon.connected(suspicious) as maya:
            await signed_in(maya, new_id())
