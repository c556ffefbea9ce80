"""TLS on a kernel that has it: what is sent is made by the kernel, and is what it would have been. `tests/kernel/run` runs
this where such a kernel is."""
import contextlib
import hashlib
import os
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import threading

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from conftest import cais, is_sanitized, until  # noqa: E402, F401
from test_tls import Conversation, made, serving, site  # noqa: E402, F401

LONG = 100 << 20
SUITES = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]
LINUX = tuple(map(int, os.uname().release.split(".")[:2]))


def counter(name):
    """One of the kernel's: Documentation/networking/tls.rst, Statistics."""
    text = pathlib.Path("/proc/net/tls_stat").read_text()
    return int(re.search(rf"^{name}\s+(\d+)", text, re.M)[1])


@contextlib.contextmanager
def connections_by_kernel(count):
    """So many more connections are sent on by the kernel within the block, and no record of theirs is damaged."""
    before = counter("TlsTxSw")
    yield
    assert counter("TlsTxSw") - before == count


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Files of all lengths that records have an edge at, by name, with their digests."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "www").mkdir()
    lengths = [0, 1, 9, 16383, 16384, 16385, 131071, 131072, 131073, 262143, 262144, 300001, 1 << 20, (1 << 20) + 1, (3 << 20) + 4097, LONG]
    for length in lengths:
        (folder / f"www/{length}.bin").write_bytes(os.urandom(length))
    (folder / "www/index.html").write_text("<p>hello\n")
    return folder


@pytest.fixture(scope="module")
def served(cais, made, files):  # noqa: F811
    with serving(cais, files, made, site(["*"], made["ec"]), "--workers", "2") as server:
        yield server


def digest(octets):
    return hashlib.sha256(octets).hexdigest()


def fetched(served, path, *arguments):
    """What curl got, octet by octet."""
    done = subprocess.run(["curl", "--silent", "--show-error", "--max-time", "300", "--noproxy", "*", "--cacert", str(served.made["authority"].certificate),
                           *arguments, f"https://localhost:{served.server.port}{path}"], capture_output=True, timeout=330)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Peer:
    """A client of Python's, whose records are read one by one."""

    def __init__(self, served, suite=None, receive_buffer=None):
        context = ssl.create_default_context(cafile=str(served.made["authority"].certificate))
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        below = socket.socket()
        if receive_buffer:
            below.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        below.settimeout(120)
        below.connect(("127.0.0.1", served.server.port))
        context.suppress_ragged_eofs = False
        self.socket = context.wrap_socket(below, server_hostname="localhost", suppress_ragged_eofs=False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def ask(self, path, *fields, method="GET"):
        self.socket.sendall("\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *fields, "", ""]).encode())

    def head(self):
        self.rest = b""
        while b"\r\n\r\n" not in self.rest:
            got = self.socket.recv(16384)
            assert got
            self.rest += got
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        return head.decode()

    def content(self, pause=None):
        head = self.head()
        assert head.startswith(("HTTP/1.1 200", "HTTP/1.1 206")), head
        left = int(re.search(r"content-length: (\d+)", head, re.I)[1]) - len(self.rest)
        assert left >= 0
        pieces = [self.rest]
        while left:
            if pause:
                pause()
            got = self.socket.recv(min(left, 65536))
            assert got
            pieces.append(got)
            left -= len(got)
        return b"".join(pieces)


def test_the_kernel_has_it():
    with socket.socket() as listener, socket.socket() as one:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        one.connect(listener.getsockname())
        one.setsockopt(socket.IPPROTO_TCP, 31, b"tls")  # TCP_ULP


@pytest.mark.parametrize("length", [0, 1, 9, 16383, 16384, 16385, 131071, 131072, 131073, 262143, 262144, 300001, 1 << 20, (1 << 20) + 1, (3 << 20) + 4097])
def test_every_length(served, files, length):
    with connections_by_kernel(1 if length >= 131072 else 0):
        assert digest(fetched(served, f"/{length}.bin")) == digest((files / f"www/{length}.bin").read_bytes())


@pytest.mark.parametrize("suite", SUITES)
def test_every_suite(served, files, suite):
    with connections_by_kernel(1):
        said = fetched(served, "/300001.bin", "--tls13-ciphers", suite)
    assert digest(said) == digest((files / "www/300001.bin").read_bytes())


def test_a_long_file(served, files):
    with connections_by_kernel(1):
        assert digest(fetched(served, f"/{LONG}.bin")) == digest((files / f"www/{LONG}.bin").read_bytes())


def test_tls_1_2_stays_with_openssl(served, files):
    with connections_by_kernel(0):
        assert digest(fetched(served, "/300001.bin", "--tls-max", "1.2")) == digest((files / "www/300001.bin").read_bytes())


def test_ranges(served, files):
    content = (files / f"www/{LONG}.bin").read_bytes()
    for first, last in ((0, 0), (1, 300000), (16383, 16384), (4095, 4095 + 131072), (LONG - 200001, LONG - 1)):
        assert fetched(served, f"/{LONG}.bin", "--range", f"{first}-{last}") == content[first:last + 1]
    assert content[1:5] in (said := fetched(served, f"/{LONG}.bin", "--range", "0-9,200000-400000")) and content[200000:400001] in said


def test_small_and_large_on_one_connection(served, files):
    """What follows the first long file on a connection is the kernel's, too."""
    names = ["9", "300001", "9", "0", "1048577", "16384", "1", "131072", "300001"]
    with connections_by_kernel(1), Peer(served) as peer:
        for name in names * 3:
            peer.ask(f"/{name}.bin")
            assert digest(peer.content()) == digest((files / f"www/{name}.bin").read_bytes()), name


def test_many_small_answers(served, files):
    with connections_by_kernel(1), Peer(served) as peer:
        peer.ask("/131072.bin")
        assert len(peer.content()) == 131072
        for _ in range(1000):
            peer.ask("/")
            assert peer.content() == b"<p>hello\n"
        # Sixteen at once: one gathered write.
        for _ in range(16):
            peer.ask("/")
        got = b""
        while got.count(b"<p>hello\n") < 16:
            got += peer.socket.recv(65536)


@pytest.mark.parametrize("name", ["300001", "1048577", str((3 << 20) + 4097)])
def test_rfc8446_6_1_the_end_is_said(served, files, name):
    """close_notify comes after all of the content: without it Python raises."""
    with connections_by_kernel(1), Peer(served) as peer:
        peer.ask(f"/{name}.bin", "Connection: close")
        assert digest(peer.content()) == digest((files / f"www/{name}.bin").read_bytes())
        assert peer.socket.recv(1) == b""


def read_late(served, content, lengths):
    """Asks for so much on a connection each, and reads nothing before the server has closed all that it could write whole.
    Gives the shortest length that it could not, and those that did not come whole."""
    until(lambda: counter("TlsCurrTxSw") == 0, 30, "connections end")
    with connections_by_kernel(len(lengths)), contextlib.ExitStack() as opened:
        peers = [opened.enter_context(Peer(served, receive_buffer=4096)) for _ in lengths]
        for peer, length in zip(peers, lengths):
            peer.ask(f"/{LONG}.bin", "Connection: close", f"Range: bytes=0-{length - 1}")
        # A connection is closed a second after all of it was written; who waits for room goes on waiting.
        seen = []
        while len(seen) < 30 or len(set(seen[-30:])) > 1:
            seen.append(counter("TlsCurrTxSw"))
            threading.Event().wait(0.1)

        def is_whole(peer, length):
            with contextlib.suppress(OSError, AssertionError):
                return peer.content() == content[:length] and peer.socket.recv(1) == b""
            return False
        cut = [length for peer, length in zip(peers, lengths) if not is_whole(peer, length)]
    assert 0 < seen[-1] < len(lengths), f"of {len(lengths)}, {seen[-1]} were not written: no edge"
    return lengths[-seen[-1]], cut


def test_readers_that_begin_after_the_server_has_closed(served, files):
    """What the kernel takes and has no room for in the socket's buffer, it loses with the socket. Of lengths so close to
    what the buffer takes, some fill it within their last record."""
    content = (files / f"www/{LONG}.bin").read_bytes()[:2_000_000]
    edge, cut = read_late(served, content, range(140_000, 1_000_000, 18_000))
    assert not cut
    _, cut = read_late(served, content, range(max(edge - 60_000, 140_000), edge + 20_000, 400))
    assert not cut


def test_a_reader_that_stops_and_goes_on(served, files):
    with connections_by_kernel(1), Peer(served, receive_buffer=16384) as peer:
        peer.ask(f"/{LONG}.bin", "Range: bytes=0-20000000")
        threading.Event().wait(2)
        assert digest(peer.content()) == digest((files / f"www/{LONG}.bin").read_bytes()[:20000001])


def test_a_client_that_half_closes_gets_the_file(served, files):
    """RFC 8446 §6.1: it may; the kernel takes only sockets whose both halves are open."""
    context = ssl.create_default_context(cafile=str(served.made["authority"].certificate))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with socket.create_connection(("127.0.0.1", served.server.port), timeout=60) as below:
        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                below.sendall(outgoing.read())
                incoming.write(below.recv(65536))
        client.write(b"GET /300001.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with contextlib.suppress(ssl.SSLError):
            client.unwrap()
        below.sendall(outgoing.read())
        below.shutdown(socket.SHUT_WR)
        while piece := below.recv(65536):
            incoming.write(piece)
        got = b""
        with contextlib.suppress(ssl.SSLError):
            while piece := client.read(65536):
                got += piece
        assert got.endswith((files / "www/300001.bin").read_bytes())


def test_a_file_that_becomes_shorter_is_cut_and_said_to_be(served, files):
    path = files / "www/shrinks.bin"
    path.write_bytes(os.urandom(30 << 20))
    with Peer(served, receive_buffer=8192) as peer:
        peer.ask("/shrinks.bin")
        peer.head()
        os.truncate(path, 1 << 20)
        with pytest.raises((ssl.SSLEOFError, ConnectionResetError)):
            while peer.socket.recv(65536):
                pass


def test_rfc8446_4_6_3_a_change_of_keys(served, files):
    """Each side's. Before Linux 6.14 the kernel has one key for good: who asks for another is left."""
    with connections_by_kernel(1), Conversation(served.server.port, "-tls1_3") as client:
        def ask(name, last):
            client.says(f"GET /{name} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            client.hears(last)
        ask("", b"<p>hello")
        client.says(b"GET /300001.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.hears((files / "www/300001.bin").read_bytes()[-100:])
        client.says(b"k\n")  # its own
        client.hears(b"KEYUPDATE")
        ask("", b"<p>hello")
        for _ in range(3):
            client.says(b"K\n")  # and ours
            client.hears(b"KEYUPDATE")
            client.says(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            if LINUX < (6, 14):
                assert client.process.wait(20) is not None
                break
            client.hears(b"<p>hello")


def test_many_at_once(served, files):
    want = digest((files / "www/3149825.bin").read_bytes())
    failed = []

    def one():
        for _ in range(3):
            if digest(fetched(served, "/3149825.bin")) != want:
                failed.append("differs")
    threads = [threading.Thread(target=one) for _ in range(8)]
    with connections_by_kernel(24):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failed


def test_nothing_is_left(served):
    until(lambda: counter("TlsCurrTxSw") == 0, 30, "connections end")
