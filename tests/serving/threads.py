"""The service behind a real port, in a thread of this process."""

from __future__ import annotations

import socket
import threading
import time

import uvicorn

from earmark.serving.app import create_app
from earmark.serving.running import configure
from earmark.serving.settings import ServeSettings


class Running:
    """A service in a thread."""

    def __init__(self, settings: ServeSettings) -> None:
        self.app = create_app(settings)
        self.server = uvicorn.Server(configure(self.app, settings))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.server.run, args=([self.listener],))
        self.thread.start()
        while not self.server.started:
            assert self.thread.is_alive()
            time.sleep(0.01)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(30)
        self.listener.close()
