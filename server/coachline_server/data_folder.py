"""The data folder: what lies in it, how it is made, and who may look into it."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from coachline_server.exits import Exit, Stopped

FOLDER_MODE: Final = 0o700
FOR_OTHERS: Final = 0o077
"""Mode bits that let anybody but the owner in."""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Everything the daemon keeps lies in here; whoever has database and key can read everything."""

    path: Path

    @property
    def database(self) -> Path:
        return self.path / "coachline.sqlite3"

    @property
    def database_url(self) -> str:
        """The database as `open_store` takes it."""
        return f"sqlite:///{quote(str(self.database.absolute()))}"

    @property
    def key(self) -> Path:
        return self.path / "coachline.key"

    @property
    def boot(self) -> Path:
        """Tells a restored backup from the database that was last served."""
        return self.path / "coachline.boot"

    def make(self) -> bool:
        """Make the folder, for its owner only; False if it was there and holds something. Raises Stopped."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if next(self.path.iterdir(), None) is not None:
                return False  # somebody else's folder perhaps: `doctor` says if it is too open
            self.path.chmod(FOLDER_MODE)
        except FileExistsError:
            raise Stopped(Exit.USAGE, f"{self.path}: is a file; the data folder must be a folder.") from None
        except OSError as error:
            raise Stopped(Exit.USAGE, f"{self.path}: cannot be made: {error.strerror}.") from error
        return True

    def must_be_made(self) -> None:
        """Raises Stopped unless `init` was here, and what it made is not empty: nothing is made anew in its place."""
        if self.database.exists() and not self.database.stat().st_size:
            raise Stopped(Exit.DATABASE, f"The database {self.database} is empty: put a backup back.")
        if not self.database.exists():
            raise Stopped(
                Exit.DATABASE,
                f"{self.database}: there is no database; `coachlined init --data {self.path}` makes a new one.",
            )


def open_to_others(path: Path) -> int | None:
    """The mode of a file or folder that others than its owner can look into; None if nobody can."""
    mode = stat.S_IMODE(path.stat().st_mode)
    return mode if os.name == "posix" and mode & FOR_OTHERS else None
