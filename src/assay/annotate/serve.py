"""Serve the page on this computer, until it is stopped or nobody uses it any more."""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from assay.annotate.app import make_app
from assay.annotate.desk import Desk
from assay.annotate.guard import Guard, Keys
from assay.errors import UsageError

LOOPBACK = "127.0.0.1"
_QUEUE = 128
_KEPT = 600
_GRACE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Doorway:
    """A bound socket on this computer, and the secrets of this start."""

    socket: socket.socket
    keys: Keys

    @property
    def address(self) -> str:
        """What to open; the token stands in the fragment, which no browser sends anywhere."""
        return f"http://{LOOPBACK}:{self.keys.port}/#{self.keys.token}"


def open_door(port: int, *, token: str, cookie: str) -> Doorway:
    """Binds a port of this computer; 0 takes a free one. Whoever calls before `serve` runs is kept waiting.

    The protocol is named, for asyncio sends small answers at once only over a socket that states TCP.

    Raises:
        UsageError: the port is taken, or may not be used.
    """
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((LOOPBACK, port))
        door.listen(_QUEUE)
    except (OSError, OverflowError) as error:
        door.close()
        said = error.strerror if isinstance(error, OSError) else "no such port"
        raise UsageError(f"port {port}: {said}", hint="leave --port away, and a free one is taken") from error
    return Doorway(socket=door, keys=Keys(token=token, cookie=cookie, port=door.getsockname()[1]))


def serve(desk: Desk, door: Doorway, *, idle: float) -> None:
    """Serves until the page or a signal asks to stop, or for `idle` seconds nobody asked for anything."""
    asyncio.run(_serve(desk, door, idle))


async def _serve(desk: Desk, door: Doorway, idle: float) -> None:
    watch = _Watch(asyncio.get_running_loop(), idle)
    app = Guard(make_app(desk, door.keys, watch.stop), door.keys, watch.touch)
    server = _Server(
        uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=_KEPT,
            timeout_graceful_shutdown=_GRACE,
        )
    )
    watch.on_end(server.end)
    await server.serve(sockets=[door.socket])


class _Watch:
    """Ends the server when nothing was asked for a while."""

    def __init__(self, loop: asyncio.AbstractEventLoop, idle: float) -> None:
        self._loop = loop
        self._idle = idle
        self._end: Callable[[], None] = lambda: None
        self._alarm = loop.call_later(idle, self.stop)

    def on_end(self, end: Callable[[], None]) -> None:
        """What ends the server."""
        self._end = end

    def touch(self) -> None:
        """Somebody asked for something."""
        self._alarm.cancel()
        self._alarm = self._loop.call_later(self._idle, self.stop)

    def stop(self) -> None:
        """Ends the server."""
        self._end()


class _Server(uvicorn.Server):
    """A server that ends quietly when it is told to: the work is saved, so being stopped is no failure."""

    def end(self) -> None:
        """Finishes what is being answered, then ends."""
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends; of a request that is cut off on the way, say a film that is only half read, nothing is reported."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Takes SIGINT and SIGTERM as the wish to end."""
        asked = (signal.SIGINT, signal.SIGTERM)
        before = {one: signal.signal(one, self.handle_exit) for one in asked}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)
