"""`coachlined init`: everything the daemon needs before its first start. What is there stays as it is."""

from collections.abc import Iterator
from pathlib import Path

from coachline_server.config import load, place
from coachline_server.data_folder import DataFolder
from coachline_server.exits import Exit, Stopped
from coachline_server.handbook import commented_file
from coachline_server.store.opening import open_store


def initialise(file: Path | None, data: Path | None) -> Iterator[str]:
    """Make what is missing; says a line for each, and the next command. Raises Stopped, StoreError."""
    found = place(file, data)
    elsewhere = data is not None and data.absolute() != found.parent
    if not found.exists():
        if not elsewhere and DataFolder(found.parent).make():
            yield _made_folder(found.parent)
        _write_new(found, str(data.absolute()) if elsewhere and data else None)
        yield f"Made the configuration {found}."
    configuration = load(found, {"data": data})
    folder = DataFolder(configuration.data)
    if folder.make():
        yield _made_folder(folder.path)
    new_key = not folder.key.exists()
    new_database = not folder.database.exists()
    open_store(folder.database_url, folder.key).close()
    if new_key:
        yield f"Made the key {folder.key}: without it the database cannot be read, so keep a copy elsewhere."
    if new_database:
        yield f"Made the database {folder.database}."
    if not (new_key or new_database):
        yield "Everything is there already; the database is up to date."
    flag = f"--config {found}" if data is None or file is not None else f"--data {data}"
    yield f"Next: coachlined user add HANDLE --role admin {flag}"


def _made_folder(path: Path) -> str:
    return f"Made the data folder {path}, for this user only."


def _write_new(file: Path, data: str | None) -> None:
    """The configuration file; `data` is named in it if it is another folder than the file's own."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as out:
            out.write(commented_file(data))
    except OSError as error:
        raise Stopped(Exit.USAGE, f"{file}: cannot be made: {error.strerror}.") from error
