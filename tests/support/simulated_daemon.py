"""The daemon of a universe, through all its lives on one disk."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import trio
from argon2 import PasswordHasher
from coachline_core.runtime.executor import InlineExecutor
from coachline_core.runtime.seams import Ids
from coachline_protocol.rows import Id, Role
from coachline_server.accounts import Accounts, NewAccount
from coachline_server.app import App
from coachline_server.backplane import Alone
from coachline_server.settings import PasswordHashing, Rates, Settings
from coachline_server.store.opening import open_store
from coachline_server.store.port import Append, Failed, Outcome, Store, StoreFull

if TYPE_CHECKING:
    from support.universe import Universe

T = TypeVar("T")
MANY: Final = 1_000_000
HASHING: Final = PasswordHashing(memory_kib=8, passes=1)
"""The least argon2 takes."""
SETTINGS: Final = Settings(host="server", port=8440, passwords=HASHING, rates=Rates(), max_out_bytes=80 * 1024)
"""The daemon's own limits, with which a universe must live; but for one: what may wait for a slow reader is a
twelfth of it, so that a short story reaches it."""
COUNTED: Final = ("coachline_swept_revisions_total", "coachline_crashes_total", "coachline_out_peak_bytes")
"""What is remembered of each life."""
SLOW_SECONDS: Final = 6.0
"""The longest that a slow disk takes for one sync."""
_HASHER: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Daemon:
    """Started, ended in every way, and its disk filled, copied and put back."""

    def __init__(self, world: "Universe") -> None:
        self._world = world
        self._disk = world.folder / "daemon 0"
        self._disk.mkdir()
        self._entropy = world.chances.entropy("daemon")
        self._ids = Ids(world.clock, self._entropy)
        self._delay = world.chances.delay("disk", 0.004, 1.0)
        self._syncing = world.chances.random("slow disk")
        self._life: trio.CancelScope | None = None
        self._stop = trio.Event()
        self._ended = trio.Event()
        self._app: App
        self._counted: dict[str, float] = {}
        self.lives = 0
        self.full = False
        """Whether its disk takes nothing more."""
        self.slow = False
        """Whether its disk takes seconds to sync."""
        self.backup: Path | None = None
        """The last one that was made."""
        self.restored = 0
        """How often one was put back."""
        self.store: Any = None

    @property
    def up(self) -> bool:
        """Whether it runs."""
        return self._life is not None

    @property
    def database(self) -> Path:
        """The SQLite file it serves from now."""
        return self._disk / "coachline.db"

    def prepare(self, people: Mapping[str, tuple[Role, ...]], password: str) -> None:
        """Make the accounts, as `coachlined user add` does."""
        store = self._open()
        accounts = Accounts(store, self._world.clock, self._ids, self._hash)
        for handle, roles in people.items():
            self._world.people[handle] = accounts.add(
                NewAccount(handle, handle.title(), "Europe/Berlin", roles, password)
            )
        store.close()

    # -- lives

    async def start(self) -> None:
        """Begin to serve from what is on the disk."""
        self.lives += 1
        self._stop, self._ended = trio.Event(), trio.Event()
        await self._world.nursery.start(self._live)

    async def crash(self, *, power: bool = False) -> None:
        """As kill −9: what is on the disk at this moment is what there is. `power`: nobody is told, links hang."""
        assert self._life is not None
        self._world.trace.note("daemon", "loses power" if power else "is killed")
        for wire in self._world.network.wires:
            if power:
                wire.half_open()
            else:
                wire.cut()
        # Copied before the tasks are cancelled: whatever their ends may still do, it does not happen.
        left, self._disk = self._disk, self._world.folder / f"daemon {self.lives}"
        shutil.copytree(left, self._disk)
        self._life.cancel()
        await self._ended.wait()

    async def stop(self) -> None:
        """As SIGTERM: drained and in order."""
        self._world.trace.note("daemon", "is asked to stop")
        self._stop.set()
        await self._ended.wait()

    # -- backups

    def back_up(self) -> None:
        """As `coachlined backup` does, while it runs."""
        number = 0 if self.backup is None else int(self.backup.suffix[1:]) + 1
        self.backup = self._world.folder / f"backup.{number}"
        self.store.backup(self.backup)

    def put_back(self) -> None:
        """The last backup takes the place of the database, as the handbook says it; the daemon must be down."""
        assert self.backup is not None
        for old in self._disk.glob(f"{self.database.name}*"):
            if old.suffix != ".lock":
                old.unlink()
        shutil.copy(self.backup, self.database)
        self.restored += 1

    def kept_messages(self) -> set[Id]:
        """The ids of all messages in the database; the daemon must be down."""
        store = self._open()
        world = self._world
        talks = [world.talk(*pair) for pair in world.pairs]
        kept = {m.id for talk in talks for m in store.messages(talk, before=None, after=0, limit=MANY)}
        store.close()
        return kept

    # -- what it counts

    def counted(self, metric: str) -> float:
        """The most that one life came to, over all labels."""
        self._count()
        return self._counted.get(metric, 0)

    def _count(self) -> None:
        values = dict.fromkeys(COUNTED, 0.0)
        for line in self._app.metrics.text().decode().splitlines():
            name, _, value = line.rpartition(" ")
            metric = name.partition("{")[0]
            if metric in values:
                values[metric] += float(value)
        self._counted = {metric: max(self._counted.get(metric, 0), value) for metric, value in values.items()}

    # -- inside

    def _open(self, *, serving: bool = False) -> Store:
        return open_store(f"sqlite:///{self.database}", self._disk / "key", serving=serving)

    def _commit(self, store: Store) -> Callable[[Sequence[Append]], list[Outcome]]:
        commit = store.commit

        def unless_full(appends: Sequence[Append]) -> list[Outcome]:
            return [Failed(StoreFull("no space left")) for _ in appends] if self.full else commit(appends)

        return unless_full

    async def _live(self, task_status: trio.TaskStatus[None]) -> None:
        world = self._world
        self.store = self._open(serving=True)
        self.store.begin_boot(self._disk / "boot", self._ids.new())
        self.store.commit = self._commit(self.store)
        self._app = App(
            SETTINGS,
            clock=world.clock,
            ids=self._ids,
            entropy=self._entropy,
            network=world.network.seen_from("server"),
            executor=_Disk(self._delay, self._sync_seconds),
            store=self.store,
            backplane=Alone(),
            log=world.log("daemon"),
            workers=_InlineWorkers(self._delay),
        )
        try:
            with trio.CancelScope() as self._life:
                async with self._app.running():
                    world.trace.note("daemon", "serves")
                    task_status.started()
                    await self._stop.wait()
            world.trace.note("daemon", "is gone")
        finally:
            self._count()
            self._life = None
            self.store.close()
            self._ended.set()

    def _sync_seconds(self) -> float:
        return self._syncing.uniform(0, SLOW_SECONDS) if self.slow else 0

    @staticmethod
    def _hash(password: str) -> str:
        return _HASHER.hash(password, salt=b"universe's salt.")


class _Disk(InlineExecutor):
    """Reads what is cached at once, and writes as fast as it syncs."""

    def __init__(self, delay: Callable[[], float], sync_seconds: Callable[[], float]) -> None:
        super().__init__(delay)
        self._turn = trio.StrictFIFOLock()
        self._sync_seconds = sync_seconds

    async def write(self, fn: Callable[[], T], *, then: Callable[[T], None] | None = None) -> T:
        async with self._turn:
            await trio.sleep(self._sync_seconds())
            return await super().write(fn, then=then)


class _InlineWorkers:
    """Computes on the event loop, and takes some virtual time for it."""

    def __init__(self, delay: Callable[[], float]) -> None:
        self._delay = delay

    async def run(self, fn: Callable[[], Any]) -> Any:
        await trio.sleep(self._delay())
        return fn()
