"""The commands of `coachlined`. Each says with --help what it takes, and how it ends with its exit code."""

import json
import sys
from contextlib import closing
from enum import StrEnum
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated, NoReturn

import trio
import typer
from coachline_core.runtime.seams import Ids, SystemClock, SystemEntropy
from coachline_protocol import limits, ops
from coachline_protocol.rows import Role

from coachline_server import doctor as doctors
from coachline_server.accounts import Accounts, NewAccount, generated_password
from coachline_server.config import Configuration, Flags, load
from coachline_server.data_folder import DataFolder
from coachline_server.exits import Exit, Stopped
from coachline_server.initialise import initialise
from coachline_server.passwords import Passwords, WorkerThreads
from coachline_server.serve import serve as serve_until_told
from coachline_server.store.opening import open_store
from coachline_server.store.port import Store

EPILOG = "Exit codes: 0 done, 1 a defect, 2 usage or configuration, 3 address, 4 database or key, 5 refused."

app = typer.Typer(
    name="coachlined",
    help="The daemon that carries what coaches and clients say to each other.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
user = typer.Typer(help="Accounts; also while the daemon is running.", no_args_is_help=True, rich_markup_mode=None)
config = typer.Typer(help="The configuration.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(user, name="user")
app.add_typer(config, name="config")

ConfigFlag = Annotated[Path | None, typer.Option("--config", help="Configuration file.", metavar="FILE")]
DataFlag = Annotated[Path | None, typer.Option("--data", help="Data folder.", metavar="DIR")]
Handle = Annotated[str, typer.Argument(help="Handle or e-mail address.")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from the first line of stdin.")]
Generate = Annotated[bool, typer.Option("--generate", help="Make a password up and print it, once.")]


class RoleName(StrEnum):
    """The roles, as the command line takes them."""

    TRAINER = "trainer"
    CLIENT = "client"
    ADMIN = "admin"


class Purpose(StrEnum):
    """What an invitation leads to."""

    COACHING = "coaching"
    ACCOUNT = "account"


def configured(file: Path | None, data: Path | None, flags: Flags | None = None) -> Configuration:
    """The configuration a command works with. Raises Stopped."""
    return load(file, {"data": data, **(flags or {})})


def opened(configuration: Configuration) -> Store:
    """The store, which must have been made. Raises Stopped, StoreError."""
    folder = DataFolder(configuration.data)
    folder.must_be_made()
    return open_store(folder.database_url, folder.key)


def accounts(store: Store, configuration: Configuration) -> Accounts:
    """What an operator may do to accounts."""
    clock, entropy = SystemClock(), SystemEntropy()

    def hashed(password: str) -> str:
        hasher = Passwords(configuration.settings.passwords, entropy, WorkerThreads(1))
        return trio.run(hasher.hash, password)

    return Accounts(store, clock, Ids(clock, entropy), hashed)


@app.command()
def init(config: ConfigFlag = None, data: DataFlag = None) -> None:
    """Make the data folder, the configuration file, the key and the database; what is there stays."""
    for line in initialise(config, data):
        typer.echo(line)


@app.command()
def serve(
    config: ConfigFlag = None,
    data: DataFlag = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="TCP port; 0 lets the system choose.")] = None,
    admin_port: Annotated[int | None, typer.Option(help="TCP port for health and metrics.")] = None,
    dev: Annotated[bool, typer.Option("--dev", help="Detailed errors and logs for people.")] = False,
    ready_fd: Annotated[
        int | None, typer.Option(help="Write one line of JSON to this file descriptor when ready, and close it.")
    ] = None,
) -> None:
    """Serve until SIGTERM or SIGINT; a second one stops without draining, SIGHUP reads the certificate anew."""
    flags: Flags = {
        "listen.host": host,
        "listen.port": port,
        "admin.port": admin_port,
        "development.enabled": True if dev else None,
        "log.format": "console" if dev else None,
    }
    configuration = configured(config, data, flags)
    DataFolder(configuration.data).must_be_made()
    serve_until_told(configuration, ready_fd)


@user.command("add")
def user_add(
    handle: Annotated[str, typer.Argument(help="Handle or e-mail address.")],
    role: Annotated[
        list[RoleName] | None,
        typer.Option(help="May be given several times. Without it: admin for the first account, then client."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Display name; without it the handle.")] = None,
    zone: Annotated[str, typer.Option(help="IANA time zone.")] = "UTC",
    password_stdin: FromStdin = False,
    generate: Generate = False,
    config: ConfigFlag = None,
    data: DataFlag = None,
) -> None:
    """Make an account."""
    configuration = configured(config, data)
    with closing(opened(configuration)) as store:
        roles = _roles(role, first=not store.accounts())
        password = _password(password_stdin, generate)
        new = NewAccount(handle, name or handle, zone, roles, password)
        accounts(store, configuration).add(new)
    typer.echo(f"Made {handle} ({', '.join(roles)}).")
    if generate:
        typer.echo(f"Password, shown this once: {password}")


@user.command("list")
def user_list(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    config: ConfigFlag = None,
    data: DataFlag = None,
) -> None:
    """Show every account."""
    with closing(opened(configured(config, data))) as store:
        for account in store.accounts():
            person = store.person(account.person)
            roles = list(person.roles) if person else []
            shown = {"handle": account.handle, "roles": roles, "disabled": account.disabled}
            if as_json:
                typer.echo(json.dumps(shown))
            else:
                typer.echo(f"{account.handle}  {', '.join(roles)}{'  disabled' if account.disabled else ''}")


@user.command("disable")
def user_disable(handle: Handle, config: ConfigFlag = None, data: DataFlag = None) -> None:
    """Let an account sign in no more and sign its devices out. Nothing it wrote is lost."""
    _set_disabled(handle, True, configured(config, data))
    typer.echo(f"{handle} is disabled and signed out everywhere; `coachlined user enable` undoes it.")


@user.command("enable")
def user_enable(handle: Handle, config: ConfigFlag = None, data: DataFlag = None) -> None:
    """Let a disabled account sign in again."""
    _set_disabled(handle, False, configured(config, data))
    typer.echo(f"{handle} may sign in again.")


@user.command("password")
def user_password(
    handle: Handle,
    password_stdin: FromStdin = False,
    generate: Generate = False,
    config: ConfigFlag = None,
    data: DataFlag = None,
) -> None:
    """Set an account's password and sign its devices out."""
    configuration = configured(config, data)
    with closing(opened(configuration)) as store:
        changing = accounts(store, configuration)
        changing.find(handle)
        password = _password(password_stdin, generate)
        changing.set_password(handle, password)
    typer.echo(f"{handle} has a new password and is signed out everywhere.")
    if generate:
        typer.echo(f"Password, shown this once: {password}")


@app.command()
def invite(
    by: Annotated[str, typer.Option(help="Handle of who invites: a trainer for coaching, an admin for an account.")],
    purpose: Annotated[Purpose, typer.Option(help="What the code leads to.")] = Purpose.COACHING,
    role: Annotated[list[RoleName] | None, typer.Option(help="Roles of the account it makes; client.")] = None,
    hours: Annotated[int, typer.Option(help="How long the code is good for.", min=1, max=720)] = 168,
    note: Annotated[str, typer.Option(help="Whom it is meant for; only who invites sees it.")] = "",
    config: ConfigFlag = None,
    data: DataFlag = None,
) -> None:
    """Make a one-time invitation code and print it."""
    if len(note) > limits.NOTE_CHARACTERS:
        _refuse_usage(f"--note: {len(note)} characters are too many, the limit is {limits.NOTE_CHARACTERS}.")
    configuration = configured(config, data)
    with closing(opened(configuration)) as store:
        command = ops.InvitationCreate(
            id=Ids(SystemClock(), SystemEntropy()).new(),
            purpose=purpose.value,
            roles=_roles(role, first=False),
            note=note,
            valid_hours=hours,
        )
        made = accounts(store, configuration).invite(by, command)
    typer.echo(made.code)


@config.command("check")
def config_check(config: ConfigFlag = None, data: DataFlag = None) -> None:
    """Say whether the configuration is right, without touching anything else."""
    configuration = configured(config, data)
    if files := configuration.certificate_files:
        files.context()
    there = configuration.file.exists()
    typer.echo(f"{configuration.file}: right." if there else f"No {configuration.file}: everything is at its default.")
    typer.echo(f"Data folder: {configuration.data}.")


@app.command()
def doctor(config: ConfigFlag = None, data: DataFlag = None) -> None:
    """Look for what is wrong and say what to do about it. Changes nothing."""
    findings = list(doctors.examine(configured(config, data), SystemClock().now()))
    for finding in findings:
        typer.echo(str(finding))
    failed = [finding.about for finding in findings if finding.level == "fail"]
    if failed:
        raise Stopped(Exit.REFUSED, f"Not well: {', '.join(failed)}.")


@app.command()
def backup(
    path: Annotated[Path, typer.Argument(help="New file to write; must not exist.", metavar="PATH")],
    config: ConfigFlag = None,
    data: DataFlag = None,
) -> None:
    """Write a whole copy of the database, also while the daemon is running. The key file is not in it."""
    configuration = configured(config, data)
    if path.exists():
        raise Stopped(Exit.USAGE, f"{path}: is there already; name a new file.")
    with closing(opened(configuration)) as store:
        store.backup(path.absolute())
    key = DataFolder(configuration.data).key
    typer.echo(f"Wrote {path}. It cannot be read without {key}: keep a copy of that too, elsewhere.")


@app.command()
def version() -> None:
    """Print the version and the protocol."""
    typer.echo(f"coachlined {installed_version('coachline')}, protocol {limits.SUBPROTOCOL}")


def _set_disabled(handle: str, disabled: bool, configuration: Configuration) -> None:
    with closing(opened(configuration)) as store:
        accounts(store, configuration).set_disabled(handle, disabled)


def _roles(given: list[RoleName] | None, *, first: bool) -> tuple[Role, ...]:
    chosen = given or [RoleName.ADMIN if first else RoleName.CLIENT]
    return tuple(sorted({role.value for role in chosen}))


def _password(from_stdin: bool, generate: bool) -> str:
    if from_stdin and generate:
        _refuse_usage("--password-stdin and --generate do not go together.")
    if generate:
        return generated_password()
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        _refuse_usage("There is no terminal to ask for a password: give --password-stdin or --generate.")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _refuse_usage(sentence: str) -> NoReturn:
    raise Stopped(Exit.USAGE, sentence)
