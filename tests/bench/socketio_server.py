"""Reference: what a Python team would otherwise build. python-socketio on uvicorn, SQLAlchemy on SQLite.

    python -m bench.socketio_server DATABASE READY_FD

The work of a message is ours: the caller is known by a token, may write to the conversation, the text is checked, a
message said again is answered as the first time, it takes the next seq and is committed with fsync (WAL, FULL) before
anybody hears of it; *delivered* is kept and told to the sender. `GET /messages` is for who polls.
"""

# mypy: allow-subclassing-any
# SQLAlchemy is not installed where the types are checked, so its declarative base is of unknown type.

from __future__ import annotations

import json
import socket
import sys
import time
import unicodedata
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import parse_qs

import socketio
import uvicorn
from sqlalchemy import Engine, ForeignKey, UniqueConstraint, create_engine, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

T = TypeVar("T")

TEXT_CHARACTERS = 5_000


class Base(DeclarativeBase):
    """Declares the tables."""


class Account(Base):
    """Who a token belongs to."""

    __tablename__ = "account"
    token: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(unique=True)


class Member(Base):
    """Who is in a conversation, and how far their device has come."""

    __tablename__ = "member"
    conversation: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("account.person"), primary_key=True)
    delivered: Mapped[int] = mapped_column(default=0)


class Conversation(Base):
    """Where a conversation stands."""

    __tablename__ = "conversation"
    id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(default=0)


class Message(Base):
    """One message."""

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("conversation", "seq"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    conversation: Mapped[str]
    seq: Mapped[int]
    author: Mapped[str]
    text: Mapped[str]
    at: Mapped[int]


def open_database(file: str) -> Engine:
    """The database, every commit synced as ours is."""
    engine = create_engine(f"sqlite:///{file}", connect_args={"check_same_thread": False})

    def prepare(connection: Any, _: Any) -> None:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "busy_timeout = 5000", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", prepare)
    Base.metadata.create_all(engine)
    return engine


class Chat:
    """The handlers. The database is asked on the event loop: on one core a thread beside it does no more."""

    def __init__(self, engine: Engine, server: Any) -> None:
        self._engine = engine
        self._server = server
        server.on("connect", self.connect)
        server.on("post", self.post)
        server.on("delivered", self.delivered)

    async def connect(self, sid: str, _: Any, auth: dict[str, str]) -> None:
        person = self._query(lambda session: _person(session, auth["token"]))
        if person is None:
            raise socketio.exceptions.ConnectionRefusedError("unknown token")
        await self._server.save_session(sid, {"person": person})
        await self._server.enter_room(sid, person)

    async def post(self, sid: str, said: dict[str, str]) -> dict[str, Any]:
        author = (await self._server.get_session(sid))["person"]
        text = unicodedata.normalize("NFC", said["text"])
        if not text.strip() or len(text) > TEXT_CHARACTERS:
            return {"error": "text"}
        stored = self._query(lambda session: _store(session, author, said["id"], said["conversation"], text))
        if stored is None:
            return {"error": "not a member"}
        row, others = stored
        for other in others:
            await self._server.emit("message", row, room=other)
        return {"seq": row["seq"], "at": row["at"]}

    async def delivered(self, sid: str, said: dict[str, Any]) -> None:
        person = (await self._server.get_session(sid))["person"]
        others = self._query(lambda session: _deliver(session, person, said["conversation"], said["seq"]))
        told = {"conversation": said["conversation"], "person": person, "delivered": said["seq"]}
        for other in others:
            await self._server.emit("cursor", told, room=other)

    async def polled(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        """What came after a seq."""
        return self._query(lambda session: _after(session, query["conversation"][0], int(query["after"][0])))

    def _query(self, work: Callable[[Session], T]) -> T:
        with Session(self._engine) as session:
            return work(session)


def _person(session: Session, token: str) -> str | None:
    account = session.get(Account, token)
    return None if account is None else account.person


def _store(
    session: Session, author: str, id: str, conversation: str, text: str
) -> tuple[dict[str, Any], list[str]] | None:
    if session.get(Member, (conversation, author)) is None:
        return None
    row = session.get(Message, id)
    if row is None:
        at = session.get(Conversation, conversation)
        at.seq += 1
        row = Message(
            id=id, conversation=conversation, seq=at.seq, author=author, text=text, at=time.time_ns() // 10**6
        )
        session.add(row)
    shown = _shown(row)
    others = _others(session, conversation, author)
    session.commit()
    return shown, others


def _deliver(session: Session, person: str, conversation: str, seq: int) -> list[str]:
    member = session.get(Member, (conversation, person))
    if member is None or member.delivered >= seq:
        return []
    member.delivered = seq
    others = _others(session, conversation, person)
    session.commit()
    return others


def _after(session: Session, conversation: str, seq: int) -> list[dict[str, Any]]:
    found = select(Message).where(Message.conversation == conversation, Message.seq > seq).order_by(Message.seq)
    return [_shown(row) for row in session.scalars(found.limit(200))]


def _others(session: Session, conversation: str, person: str) -> list[str]:
    found = select(Member.person).where(Member.conversation == conversation, Member.person != person)
    return list(session.scalars(found))


def _shown(row: Message) -> dict[str, Any]:
    return {
        "id": row.id,
        "conversation": row.conversation,
        "seq": row.seq,
        "author": row.author,
        "text": row.text,
        "at": row.at,
    }


def application(database: str) -> Any:
    """The whole program, as uvicorn runs it."""
    server = socketio.AsyncServer(async_mode="asgi")
    chat = Chat(open_database(database), server)

    async def polling(scope: dict[str, Any], receive: Any, send: Any) -> None:
        found = await chat.polled(parse_qs(scope["query_string"].decode()))
        body = json.dumps(found, separators=(",", ":")).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return socketio.ASGIApp(server, other_asgi_app=polling)


def main(database: str, ready_fd: str) -> None:
    """Serve until the process is ended."""
    program = application(database)
    listening = socket.create_server(("127.0.0.1", 0), backlog=4096)
    with open(int(ready_fd), "w", encoding="utf-8") as out:
        out.write(json.dumps({"port": listening.getsockname()[1]}) + "\n")
    config = uvicorn.Config(program, log_level="warning", access_log=False, lifespan="off")
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(*sys.argv[1:])
