"""Connections that ask again as soon as they are answered, and notice what went wrong: for what happens to requests while a
server takes a new configuration. A request fails where its connection ends before the answer does, where none can be
made, or where the answer is no 200; one that is answered with `Connection: close` has not failed."""
import re
import selectors
import socket
import threading
import time

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_CLOSE = re.compile(rb"(?i)\r\nconnection: *close")
LONGEST = 5  # seconds for an answer; then it has failed


class Busy:
    def __init__(self, port, path, connections):
        self.port, self.connections = port, connections
        self.request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
        self.answered = self.failed = 0
        self.worst = 0.0
        self.ending = False
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending = True
        self.thread.join()

    def _run(self):
        with selectors.DefaultSelector() as selector:
            for _ in range(self.connections):
                self._connect(selector)
            looked = time.perf_counter()
            while selector.get_map():
                for key, _ in selector.select(0.1):
                    self._read(selector, key.fileobj, key.data)
                now = time.perf_counter()
                if now - looked > 0.5:
                    looked = now
                    for key in list(selector.get_map().values()):
                        if now - key.data["asked"] > LONGEST:
                            self._fail(selector, key.fileobj)

    def _connect(self, selector):
        asked = time.perf_counter()
        try:
            peer = socket.create_connection(("127.0.0.1", self.port), timeout=LONGEST)
        except OSError:
            self.failed += 1
            return None if self.ending else self._connect(selector)
        peer.setblocking(False)
        state = {"asked": asked, "got": b""}
        selector.register(peer, selectors.EVENT_READ, state)
        self._ask(selector, peer, state, asked)
        return None

    def _ask(self, selector, peer, state, asked):
        state["asked"], state["got"] = asked, b""
        try:
            peer.send(self.request)
        except OSError:
            self._fail(selector, peer)

    def _leave(self, selector, peer):
        selector.unregister(peer)
        peer.close()

    def _fail(self, selector, peer):
        self.failed += 1
        self._leave(selector, peer)
        if not self.ending:
            self._connect(selector)

    def _read(self, selector, peer, state):
        try:
            piece = peer.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            return self._fail(selector, peer)
        state["got"] += piece
        head, end, content = state["got"].partition(b"\r\n\r\n")
        if not end or len(content) < int(_LENGTH.search(head).group(1)):
            return None
        now = time.perf_counter()
        self.worst = max(self.worst, now - state["asked"])
        self.answered += 1
        if not head.startswith(b"HTTP/1.1 200 "):
            self.failed += 1
        if self.ending or _CLOSE.search(head):
            self._leave(selector, peer)
            return None if self.ending else self._connect(selector)
        return self._ask(selector, peer, state, now)
