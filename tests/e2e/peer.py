"""A peer that speaks in raw octets and reads strictly.

What it sends is what the test wrote, well-formed or not. What it reads must be a response as RFC 9112 has it, to the
octet: anything else raises NotHttp, so that no test passes over a message that a strict client would refuse.
"""
import dataclasses
import re
import select
import socket
import struct
import time

TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-5][0-9][0-9]) ([\t \x21-\x7e\x80-\xff]*)")
VALUE = re.compile(rb"(?:[\x21-\x7e\x80-\xff](?:[\t \x21-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?")
IMF_FIXDATE = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT")
LONGEST_HEAD = 256 * 1024


class NotHttp(AssertionError):
    """What came is no response."""


class Ended(NotHttp):
    """The connection ended (`how`: "closed" or "reset") before the message did; `seen` is what of it had come."""

    def __init__(self, how, seen):
        super().__init__(f"the connection was {how} inside a message, after {len(seen)} octets of it: {seen[:300]!r}")
        self.how = how
        self.seen = seen


@dataclasses.dataclass
class Response:
    status: int
    reason: str
    fields: list          # (name, value), as they came
    content: bytes = b""
    trailers: list = dataclasses.field(default_factory=list)
    framing: str = "none"  # none, length, chunked, close

    def all(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def get(self, name, default=None):
        """The value of a field that may be there once."""
        values = self.all(name)
        assert len(values) <= 1, f"{name} came {len(values)} times"
        return values[0] if values else default

    def members(self, name):
        """A list-valued field's members, in lower case."""
        return [member.strip().lower() for value in self.all(name) for member in value.split(",") if member.strip()]

    @property
    def text(self):
        return self.content.decode()


def request(target="/", *fields, method="GET", version="HTTP/1.1", host="example.com", content=None):
    """A well-formed request. `fields` are lines without CRLF; a str is Latin-1."""
    lines = [f"{method} {target} {version}"]
    if host is not None:
        lines.append(f"Host: {host}")
    lines += fields
    if content is not None:
        lines.append(f"Content-Length: {len(content)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (content or b"")


def chunked(*chunks, trailers=()):
    """Chunks as the chunked coding writes them, the last one included."""
    octets = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return octets + b"0\r\n" + b"".join(line.encode("latin-1") + b"\r\n" for line in trailers) + b"\r\n"


def parse_field_line(line):
    name, colon, value = line.partition(b":")
    if not colon or not TOKEN.fullmatch(name):
        raise NotHttp(f"no field line: {line!r}")
    value = value.strip(b" \t")
    if not VALUE.fullmatch(value):
        raise NotHttp(f"no field value: {line!r}")
    return name.decode(), value.decode("latin-1")


class Peer:
    """One connection. Every wait has a bound: `within`, in seconds."""

    def __init__(self, address, *, source=None, receive_buffer=None, within=10):
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self.socket.settimeout(within)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if receive_buffer is not None:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            if source is not None:
                self.socket.bind((source, 0))
            self.socket.connect(address)
        except BaseException:
            self.socket.close()
            raise
        self.within = within
        self.unread = bytearray()
        self.end = None  # "closed" or "reset", once it came

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Sending

    def send(self, octets):
        self.socket.settimeout(self.within)
        self.socket.sendall(octets)

    def ask(self, *arguments, **named):
        """Sends a request and reads its response."""
        self.send(request(*arguments, **named))
        return self.response(named.get("method", "GET"))

    def half_close(self):
        """A FIN: nothing more will be sent."""
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """An RST, as of a program that died with octets unread."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self):
        self.socket.close()

    # Receiving

    def readable(self, within):
        """Whether something (octets, or the end) comes within so many seconds."""
        if self.unread or self.end:
            return True
        poll = select.poll()  # select() knows no descriptor from 1024
        poll.register(self.socket, select.POLLIN)
        return bool(poll.poll(within * 1000))

    def _fill(self, within=None):
        """Reads more; False at the end."""
        if self.end:
            return False
        self.socket.settimeout(self.within if within is None else max(within, 0.001))
        try:
            octets = self.socket.recv(256 * 1024)
        except ConnectionResetError:
            self.end = "reset"
            return False
        if not octets:
            self.end = "closed"
            return False
        self.unread += octets
        return True

    def _line(self, seen):
        while (at := self.unread.find(b"\n")) < 0:
            if len(self.unread) > LONGEST_HEAD:
                raise NotHttp("a line without end")
            if not self._fill():
                raise Ended(self.end, bytes(seen) + bytes(self.unread))
        line = bytes(self.unread[: at + 1])
        del self.unread[: at + 1]
        seen += line
        if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
            raise NotHttp(f"a line does not end with CRLF, or has a bare CR: {line!r}")
        return line[:-2]

    def _octets(self, count, seen):
        while len(self.unread) < count:
            if not self._fill():
                raise Ended(self.end, bytes(seen) + bytes(self.unread))
        octets = bytes(self.unread[:count])
        del self.unread[:count]
        return octets

    def _field_lines(self, seen):
        lines = []
        while line := self._line(seen):
            lines.append(parse_field_line(line))
        return lines

    def head(self, method="GET"):
        """A response's status and fields; `framing` says how its content would come."""
        return self._head(method, bytearray())

    def _head(self, method, seen):
        line = self._line(seen)
        match = STATUS_LINE.fullmatch(line)
        if not match:
            raise NotHttp(f"no status line: {line!r}")
        response = Response(int(match[1]), match[2].decode("latin-1"), self._field_lines(seen))
        lengths = response.all("Content-Length")
        codings = response.all("Transfer-Encoding")
        if lengths and codings:
            raise NotHttp("both Content-Length and Transfer-Encoding")
        if len(lengths) > 1 or (lengths and not re.fullmatch("[0-9]{1,19}", lengths[0])):
            raise NotHttp(f"Content-Length: {lengths}")
        if codings and codings != ["chunked"]:
            raise NotHttp(f"Transfer-Encoding: {codings}")
        if response.status < 200 or response.status == 204:
            # RFC 9110 §8.6, RFC 9112 §6.1: neither field may be there.
            if lengths or codings:
                raise NotHttp(f"content in a {response.status}")
            if response.status < 200:
                return response
        # RFC 9110 §6.6.1: an origin with a clock dates what it sends.
        date = response.get("Date")
        if date is None or not IMF_FIXDATE.fullmatch(date):
            raise NotHttp(f"Date: {date}")
        if method == "HEAD" or response.status in (204, 304):
            response.framing = "none"
        elif codings:
            response.framing = "chunked"
        elif lengths:
            response.framing = "length"
        else:
            response.framing = "close"
        return response

    def response(self, method="GET", within=None):
        """The next response, whole. An interim one is a response of its own."""
        if within is not None:
            self.within = within
        seen = bytearray()
        response = self._head(method, seen)
        response.content = b"".join(self.pieces(response, seen))
        return response

    def _pieces_of(self, left, seen):
        """So many octets, as they come."""
        while left:
            if not self.unread and not self._fill():
                raise Ended(self.end, seen)
            piece = bytes(self.unread[:left])
            del self.unread[:left]
            left -= len(piece)
            yield piece

    def pieces(self, response, seen=b""):
        """The content that follows head(), as it comes; the trailers are in `response` afterwards."""
        if response.framing == "length":
            yield from self._pieces_of(int(response.get("Content-Length")), seen)
        elif response.framing == "chunked":
            while True:
                line = self._line(bytearray(seen))
                if not re.fullmatch(rb"[0-9A-Fa-f]{1,16}", line):
                    raise NotHttp(f"no chunk size: {line!r}")
                size = int(line, 16)
                if size == 0:
                    break
                yield from self._pieces_of(size, seen)
                if self._octets(2, seen) != b"\r\n":
                    raise NotHttp("a chunk is not followed by CRLF")
            response.trailers = self._field_lines(bytearray(seen))
        elif response.framing == "close":
            while self.unread or self._fill():
                piece = bytes(self.unread)
                self.unread.clear()
                yield piece
            if self.end != "closed":
                raise Ended(self.end, seen)

    def closed(self, within=5):
        """Whether the connection is closed by a FIN and without another octet."""
        return self.ended(within) == "closed"

    def ended(self, within=5):
        """How it ended: "closed" or "reset". None: it has not, within that time. Octets that were not expected raise."""
        until = time.monotonic() + within
        while not self.end and not self.unread and (left := until - time.monotonic()) > 0:
            try:
                self._fill(left)
            except TimeoutError:
                return None
        if self.unread:
            raise NotHttp(f"octets where the end was expected: {bytes(self.unread[:300])!r}")
        return self.end

    def rest(self, within=10):
        """Everything until the connection ends."""
        until = time.monotonic() + within
        while not self.end:
            if time.monotonic() > until:
                raise TimeoutError(f"the connection did not end; so far: {bytes(self.unread[:300])!r}")
            try:
                self._fill(until - time.monotonic())
            except TimeoutError:
                continue
        octets = bytes(self.unread)
        self.unread.clear()
        return octets


class Canned(Peer):
    """Reads responses out of octets that were recorded."""

    def __init__(self, octets):  # no socket
        self.unread = bytearray(octets)
        self.end = "closed"
        self.within = 0

    def close(self):
        pass


def parse_responses(octets, methods=()):
    """All responses in `octets`, which must be whole and nothing else; `methods` of their requests, GET beyond."""
    canned = Canned(octets)
    responses = []
    methods = list(methods)
    while canned.unread:
        response = canned.response(methods[0] if methods else "GET")
        if response.status >= 200 and methods:
            methods.pop(0)
        responses.append(response)
    return responses
