"""The kinds of work that are measured. A row visits one contestant at a time with a fresh server and gives figures."""
import json
import re
import resource
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field

from busy import Busy
from processes import free_port
from documents import PAGES

IDLE_CONNECTIONS = 10_000
IDLE_TLS_CONNECTIONS = 2_000


@dataclass(frozen=True)
class Contestant:
    label: str             # as the table says it
    server: str            # who of Servers
    path: str = "/"
    fields: tuple = ()     # added to each request
    arguments: tuple = ()  # of the limit: what it answers


@dataclass(frozen=True)
class Column:
    key: str
    title: str
    digits: int = 0
    scale: float = 1.0


@dataclass(frozen=True)
class Reach:
    """What we want of `key`: `ours`, a contestant's label, over `against`: another's label, or "best" of the peers, or
    "" for the figure itself in the column's unit."""
    key: str
    ours: str
    against: str
    bound: str  # "<= 0.93"


@dataclass(frozen=True)
class Row:
    name: str
    title: str
    contestants: tuple
    visit: object  # (bench, contestant, running) -> figures
    columns: tuple
    reach: tuple = ()
    most_rounds: int = 100
    tls: bool = False


REQUESTS = (Column("processor_us", "µs of processor a request", 2), Column("per_second", "requests/s"), Column("p50_us", "p50 µs"),
            Column("p99_us", "p99 µs"), Column("peak", "peak MiB", 1, 1 / 1024))

# Of pipelined requests wrk notes one latency a batch, then corrects for pauses as if it had noted each: its percentiles
# are wrong, and often 0.
WITHOUT_LATENCY = tuple(column for column in REQUESTS if column.key not in ("p50_us", "p99_us"))


class Bench:
    """What a visit needs: the programs that make load."""

    def __init__(self, servers, visit, work, seconds):
        self.servers, self.visit_program, self.work, self.seconds = servers, visit, work, seconds
        (work / "pipelined.lua").write_text(PIPELINED)

    def run(self, row, contestant):
        with self.servers.start(contestant.server, free_port(), contestant.arguments, row.tls) as running:
            answered = running.wait_until_it_answers("/index.html")
            return row.visit(self, contestant, running, answered)

    def visit(self, running, path, count=1, connections=1, fields=()):
        command = [str(self.visit_program), "--port", str(running.port), "--path", path, "--count", str(count),
                   "--connections", str(connections)]
        for line in fields:
            command += ["--field", line]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=300)
        if done.returncode:
            raise SystemExit(f"bench: {' '.join(command)} failed; see what it said above")
        return json.loads(done.stdout)

    def wrk(self, running, path, connections, fields=(), script=None, arguments=(), seconds=None):
        seconds = seconds or self.seconds
        command = ["wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s", "--latency"]
        for line in fields:
            command += ["--header", line]
        if script:
            command += ["--script", str(self.work / script)]
        command += [f"{running.scheme}://127.0.0.1:{running.port}{path}", *arguments]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds + 60)
        if done.returncode:
            raise SystemExit(f"bench: {' '.join(command)} failed:\n{done.stderr}")
        return read_wrk(done.stdout)


# wrk calls `init` and `wrk.init` itself. The text is made once: wrk asks for it before each batch.
PIPELINED = """
local batch
request = function()
  if not batch then
    local one = {}
    for i = 1, 16 do one[i] = wrk.format("GET", wrk.path) end
    batch = table.concat(one)
  end
  return batch
end
"""

UNITS = {"us": 1, "ms": 1e3, "s": 1e6, "m": 60e6}


def read_wrk(text):
    def latency(percent):
        found = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s|m)$", text, re.M)  # none where nothing was answered
        return float(found[1]) * UNITS[found[2]] if found else 0.0

    requests = int(re.search(r"(\d+) requests in", text).group(1))
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    return {"requests": requests, "per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)),
            "p50_us": latency(50), "p99_us": latency(99),
            "errors": (int(wrong.group(1)) if wrong else 0) + (sum(map(int, errors.groups())) if errors else 0)}


def loaded(connections=64, fields=(), script=None):
    """Load by wrk for some seconds, after a warm-up."""
    def visit(bench, contestant, running, _answered):
        extra = (*contestant.fields, *fields)
        if running.scheme == "http":
            bench.visit(running, contestant.path, 2000, min(connections, 64), contestant.fields)
        else:
            bench.wrk(running, contestant.path, min(connections, 64), extra, seconds=1)
        before = running.processor_ns()
        figures = bench.wrk(running, contestant.path, connections, extra, script)
        spent = running.processor_ns() - before
        return figures | {"processor_us": spent / 1e3 / max(figures["requests"], 1), "peak": running.memory()["peak"]}
    return visit


def each_once(bench, contestant, running, _answered):
    """Many different pages, each asked for once: no cache of results can help."""
    before = running.processor_ns()
    got = bench.visit(running, contestant.path, PAGES, 8, contestant.fields)
    spent = running.processor_ns() - before
    return {"processor_us": spent / 1e3 / PAGES, "per_second": PAGES / got["seconds"], "p50_us": got["p50"], "p99_us": got["p99"],
            "size": got["bytes"] / PAGES, "errors": got["refused"], "peak": running.memory()["peak"]}


def idle(bench, contestant, running, _answered):
    """Connections that have asked once and wait. What the kernel keeps for a socket is the same for all, not counted."""
    limit = IDLE_CONNECTIONS + 1000
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < limit:
        raise SystemExit("bench: the idle row needs a limit of descriptors (ulimit -n) of at least %d" % limit)
    bench.visit(running, contestant.path, 200, 1)
    request = f"GET {contestant.path} HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n\r\n".encode()
    before = running.memory()
    peers = []
    try:
        for _ in range(IDLE_CONNECTIONS):
            peer = socket.create_connection(("127.0.0.1", running.port), timeout=10)
            peers.append(peer)
            peer.sendall(request)
            _receive_answer(peer)
        during = running.memory()
    finally:
        for peer in peers:
            peer.close()
    time.sleep(1)  # the row's definition: what is left a second after they closed
    after = running.memory()
    return {"bytes": (during["private"] - before["private"]) * 1024 / IDLE_CONNECTIONS,
            "bytes_pss": (during["pss"] - before["pss"]) * 1024 / IDLE_CONNECTIONS,
            "left": after["private"] - before["private"], "at_rest": before["private"]}


def idle_tls(bench, contestant, running, _answered):
    """The same with TLS, by fewer: each handshake takes the client longer than the server."""
    request = f"GET {contestant.path} HTTP/1.1\r\nHost: localhost:{running.port}\r\n\r\n".encode()
    peers = []

    def ask():
        peers.append(running.connect())
        peers[-1].sendall(request)
        _receive_answer(peers[-1])

    for _ in range(50):
        ask()
    while peers:
        peers.pop().close()
    time.sleep(0.2)
    before = running.memory()
    try:
        for _ in range(IDLE_TLS_CONNECTIONS):
            ask()
        during = running.memory()
    finally:
        for peer in peers:
            peer.close()
    time.sleep(1)  # the row's definition: what is left a second after they closed
    after = running.memory()
    return {"bytes": (during["private"] - before["private"]) * 1024 / IDLE_TLS_CONNECTIONS,
            "left": after["private"] - before["private"], "at_rest": before["private"]}


def resumed(bench, contestant, running, _answered):
    """Handshakes that resume the session of the one before, one at a time: each brings a request, and leaves with its
    ticket."""
    request = f"GET {contestant.path} HTTP/1.1\r\nHost: localhost:{running.port}\r\nConnection: close\r\n\r\n".encode()
    session, reused, spent, count = None, 0, 0, 600
    for number in range(count + 50):
        if number == 50:
            spent = running.processor_ns()
        with running.connect(session=session) as peer:
            peer.sendall(request)
            _receive_answer(peer)
            session, reused = peer.session, reused + peer.session_reused
    return {"processor_us": (running.processor_ns() - spent) / 1e3 / count, "share": 100 * reused / (count + 50)}


def _receive_answer(peer):
    got = b""
    while b"\r\n\r\n" not in got:
        got += peer.recv(65536)
    head, _, content = got.partition(b"\r\n\r\n")
    left = int(re.search(rb"(?i)\r\ncontent-length: *(\d+)", head).group(1)) - len(content)
    while left > 0:
        left -= len(peer.recv(65536))


def listing(bench, contestant, running, _answered):
    fields = ("Accept: text/html", *contestant.fields)
    bench.visit(running, "/1k.html", 100)
    # The first listing reads in that part of the program, which is no growth with the folder: two entries do it too.
    bench.visit(running, "/listing/", 2, 1, fields)
    figures = {}
    for count, times in ((10_000, 10), (100_000, 2)):
        running.forget_peak()
        before, spent = running.memory(), running.processor_ns()
        got = bench.visit(running, f"/listing/{count}/", times, 1, fields)
        spent = running.processor_ns() - spent
        figures |= {f"ms_{count}": got["p50"] / 1e3, f"first_ms_{count}": got["first_p50"] / 1e3,
                    f"processor_ms_{count}": spent / 1e6 / times, f"growth_{count}": running.memory()["peak"] - before["pss"],
                    f"size_{count}": got["bytes"] / times}
        figures["errors"] = figures.get("errors", 0) + got["refused"]
    return figures


def start(bench, contestant, running, answered):
    return {"start_ms": answered * 1e3, "pss": running.memory()["pss"]}


RELOADS = 20
RELOAD_SIGNALS = {"cais_sites": signal.SIGHUP, "nginx": signal.SIGHUP, "h2o_master": signal.SIGHUP, "lighttpd": signal.SIGUSR1}


def reloaded(_bench, contestant, running, _answered):
    """A new configuration, the same as the old one, every 0.12 s under 64 busy connections."""
    processes = len(running.pids())
    with Busy(running.port, contestant.path, 64) as busy:
        time.sleep(0.5)  # of the load alone: what comes first is not the reloads' doing
        busy.worst, begun, failed = 0.0, busy.answered, busy.failed
        for _ in range(RELOADS):
            running.process.send_signal(RELOAD_SIGNALS[contestant.server])
            time.sleep(0.12)
        figures = {"errors_seen": busy.failed - failed, "answered": busy.answered - begun, "worst_ms": busy.worst * 1e3}
    time.sleep(1)  # the row's definition: what is left a second later
    return figures | {"left": len(running.pids()) - processes}


def _all(path, limits=()):
    """cais, the peers, and the limit with each of some arguments."""
    made = [Contestant(name, name, path) for name in ("cais", "nginx", "h2o", "lighttpd")]
    return tuple(made + [Contestant(label, "limit", path, arguments=tuple(arguments.split())) for label, arguments in limits])


def _peers(path):
    return tuple(Contestant(name, name, path) for name in ("cais", "nginx", "h2o", "lighttpd"))


ROWS = (
    Row("1k", "1 KiB file, kept alive, 64 connections", _all("/1k.html", [("limit", "--size 1024")]), loaded(), REQUESTS,
        (Reach("processor_us", "cais", "best", "<= 0.93"), Reach("processor_us", "cais", "limit", "<= 1.15"))),
    Row("10k", "10 KiB file, kept alive, 64 connections", _all("/10k.html", [("limit", "--size 10240")]), loaded(), REQUESTS,
        (Reach("processor_us", "cais", "best", "<= 0.88"), Reach("processor_us", "cais", "limit", "<= 1.15"))),
    Row("100k", "100 KiB file, kept alive, 64 connections",
        _all("/100k.html", [("limit", "--size 102400 --sendfile"), ("limit, copying", "--size 102400")]), loaded(), REQUESTS,
        (Reach("processor_us", "cais", "best", "<= 0.95"), Reach("per_second", "cais", "best", ">= 1.0"),
         Reach("processor_us", "cais", "limit", ""))),
    Row("pipelined", "1 KiB, pipelined × 16, 64 connections",
        _all("/1k.html", [("limit", "--size 1024")]), loaded(script="pipelined.lua"), WITHOUT_LATENCY,
        (Reach("per_second", "cais", "best", ">= 3.5"), Reach("processor_us", "cais", "limit", ""))),
    Row("close", "1 KiB, a new connection each request, 64 at once",
        _all("/1k.html", [("limit", "--size 1024 --close")]), loaded(fields=("Connection: close",)), REQUESTS,
        (Reach("processor_us", "cais", "best", "<= 0.9"), Reach("per_second", "cais", "best", ">= 0.9"),
         Reach("processor_us", "cais", "limit", ""))),
    Row("idle", "idle kept-alive connections, 10,000 after one request each", _all("/1k.html"), idle,
        (Column("bytes", "bytes each"), Column("left", "KiB left a second after closing"), Column("at_rest", "KiB private at rest")),
        (Reach("bytes", "cais", "nginx", "<= 0.85"), Reach("left", "cais", "", "<= 1024")), most_rounds=3),
    Row("compress", "100 KiB HTML compressed on the fly, 8 connections, each page asked once",
        (Contestant("cais gzip", "cais", "/pages/*.html", ("Accept-Encoding: gzip",)),
         Contestant("cais zstd", "cais", "/pages/*.html", ("Accept-Encoding: zstd",)),
         Contestant("cais br", "cais", "/pages/*.html", ("Accept-Encoding: br",)),
         Contestant("nginx gzip 6", "nginx", "/gzip6/pages/*.html", ("Accept-Encoding: gzip",)),
         Contestant("nginx gzip 1", "nginx", "/gzip1/pages/*.html", ("Accept-Encoding: gzip",)),
         Contestant("h2o gzip 6", "h2o", "/gzip6/pages/*.html", ("Accept-Encoding: gzip",))),
        each_once, (*REQUESTS, Column("size", "octets an answer")),
        (Reach("per_second", "cais gzip", "nginx gzip 6", ">= 3"), Reach("per_second", "cais gzip", "nginx gzip 1", ""),
         Reach("size", "cais gzip", "nginx gzip 1", "<= 1.0"), Reach("per_second", "cais zstd", "nginx gzip 6", ">= 4"),
         Reach("size", "cais zstd", "nginx gzip 6", "< 1.0")), most_rounds=5),
    Row("again", "the same 100 KiB HTML again, gzip, 8 connections",
        (Contestant("cais", "cais", "/again/page.html", ("Accept-Encoding: gzip",)),
         Contestant("nginx gzip_static", "nginx", "/static/page.html", ("Accept-Encoding: gzip",))),
        loaded(connections=8), REQUESTS, (Reach("per_second", "cais", "nginx gzip_static", ">= 1.1"),)),
    Row("listing", "a folder listed as HTML", _all(""), listing,
        (Column("ms_10000", "ms, 10,000 entries", 1), Column("first_ms_10000", "first octet, ms", 1), Column("growth_10000", "KiB grown"),
         Column("size_10000", "octets"), Column("ms_100000", "ms, 100,000 entries", 1), Column("growth_100000", "KiB grown, 100,000")),
        # H2O prints neither sizes nor times.
        (Reach("ms_10000", "cais", "nginx", "<= 0.85"), Reach("first_ms_10000", "cais", "", "<= 5"),
         Reach("growth_10000", "cais", "", "<= 1024"), Reach("growth_100000", "cais", "", "<= 1024")), most_rounds=5),
    Row("https-1k", "https, 1 KiB file, kept alive, 64 connections", _peers("/1k.html"), loaded(), REQUESTS,
        (Reach("processor_us", "cais", "best", "<= 0.95"),), tls=True),
    Row("https-1m", "https, 1 MiB file, kept alive, 16 connections", _peers("/1m.html"), loaded(connections=16), REQUESTS,
        (Reach("processor_us", "cais", "best", "<= 1.0"), Reach("per_second", "cais", "best", ">= 1.0")), tls=True),
    Row("handshake", "full handshakes (P-256, TLS 1.3), each with one request of 1 KiB, 64 at once", _peers("/1k.html"),
        loaded(fields=("Connection: close",)), REQUESTS, (Reach("processor_us", "cais", "best", "<= 1.0"),), tls=True),
    Row("resumed", "resumed handshakes, each with one request of 1 KiB, one at a time", _peers("/1k.html"), resumed,
        (Column("processor_us", "µs of processor", 1), Column("share", "% resumed")), (Reach("processor_us", "cais", "best", ""),),
        most_rounds=5, tls=True),
    Row("https-idle", "idle connections with TLS, 2,000 after one request each", _peers("/1k.html"), idle_tls,
        (Column("bytes", "bytes each"), Column("left", "KiB left a second after closing"), Column("at_rest", "KiB private at rest")),
        (Reach("bytes", "cais", "nginx", "<= 0.8"), Reach("left", "cais", "", "<= 1024")), most_rounds=3, tls=True),
    Row("start", "start to the first answer, and memory at rest", _all("/index.html"), start,
        (Column("start_ms", "ms", 2), Column("pss", "Pss MiB", 1, 1 / 1024)),
        (Reach("start_ms", "cais", "lighttpd", "<= 1.25"), Reach("pss", "cais", "", "<= 6"))),
    Row("reload", "20 reloads 0.12 s apart, 1 KiB file, 64 busy connections",
        tuple(Contestant(label, server, "/1k.html") for label, server in
              (("cais", "cais_sites"), ("nginx", "nginx"), ("h2o", "h2o_master"), ("lighttpd", "lighttpd"))), reloaded,
        (Column("errors_seen", "failed requests"), Column("worst_ms", "worst answer, ms", 1), Column("left", "processes left after 1 s"),
         Column("answered", "answered")),
        (Reach("errors_seen", "cais", "", "<= 0"), Reach("worst_ms", "cais", "", "<= 10"), Reach("left", "cais", "", "<= 0")), most_rounds=5),
)
