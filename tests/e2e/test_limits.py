"""What one peer may take: each limit of `cais serve --help`, met and passed. Shrunk, so that nobody waits."""
import threading
import time

import pytest
from conftest import until
from peer import NotHttp, chunked, request

KIB = 1024
MIB = 1024 * 1024


def limits(**values):
    return [word for name, value in values.items() for word in ("--limit", f"{name.replace('_', '-')}={value}")]


@pytest.fixture(scope="module")
def server(cais, tmp_path_factory):
    """With the defaults."""
    with cais.serve(tmp_path_factory.mktemp("site"), "--echo", "/echo", "--workers", "1") as running:
        yield running


@pytest.fixture(scope="module")
def small(cais, tmp_path_factory):
    """With sizes so small that a test can stand on their border."""
    with cais.serve(tmp_path_factory.mktemp("site"), "--echo", "/echo", "--workers", "1",
                    *limits(request_line="100B", fields="200B", field_lines="5", buffered_content="1000B",
                            unread_content="1000B", requests="3")) as running:
        yield running


def refused(server, octets, status):
    with server.connect() as peer:
        peer.send(octets)
        response = peer.response()
        assert response.status == status
        assert response.members("Connection") == ["close"]
        assert peer.closed()


# Sizes of a head


def line_of(octets):
    """A request whose first line has so many octets."""
    shortest = len("GET /echo? HTTP/1.1")
    return request("/echo?" + "q" * (octets - shortest))


def test_request_line_414(small):
    with small.connect() as peer:
        peer.send(line_of(100))
        assert peer.response().status == 200
    refused(small, line_of(101), 414)


def test_request_line_default(server):
    with server.connect() as peer:
        peer.send(line_of(8 * KIB))
        assert peer.response().status == 200
    refused(server, line_of(8 * KIB + 1), 414)


def test_request_line_without_end_414(small, server):
    """What has come is enough to know."""
    refused(small, b"GET /" + b"a" * 200, 414)
    refused(server, b"A" * 9 * KIB, 414)


def fields_of(octets, lines=2):
    """A request whose field lines, with their ends, have so many octets together."""
    octets -= len("Host: example.com\r\n")
    each = octets // (lines - 1)
    sizes = [each] * (lines - 2) + [octets - each * (lines - 2)]
    return request("/echo", *("X: " + "x" * (size - 5) for size in sizes))


def test_fields_431(small):
    with small.connect() as peer:
        peer.send(fields_of(200))
        assert peer.response().status == 200
    refused(small, fields_of(201), 431)
    refused(small, fields_of(2000), 431)


def test_fields_default(server):
    with server.connect() as peer:
        for lines in (2, 50):
            peer.send(fields_of(64 * KIB, lines))
            assert peer.response().status == 200
    refused(server, fields_of(64 * KIB + 1), 431)
    refused(server, fields_of(64 * KIB + 1, 50), 431)


def test_fields_without_end_431(small, server):
    refused(small, b"GET / HTTP/1.1\r\nX: " + b"a" * 300, 431)
    refused(server, b"GET / HTTP/1.1\r\nX: " + b"a" * 65 * KIB, 431)


def test_field_lines_431(small):
    with small.connect() as peer:
        assert peer.ask("/echo", *["X: x"] * 4).status == 200
    refused(small, request("/echo", *["X: x"] * 5), 431)


def test_field_lines_default(server):
    with server.connect() as peer:
        assert peer.ask("/echo", *["X: x"] * 99).status == 200
    refused(server, request("/echo", *["X: x"] * 100), 431)


def test_trailers_are_bounded_as_fields_are(small):
    with small.connect() as peer:
        peer.send(request("/echo?whole", "Transfer-Encoding: chunked", method="POST")
                  + chunked(b"x", trailers=["X: x"] * 5))
        assert peer.response().status == 200
    for trailers in (["X: x"] * 6, ["X: " + "x" * 250]):
        with small.connect() as peer:
            peer.send(request("/echo?whole", "Transfer-Encoding: chunked", method="POST") + chunked(b"x", trailers=trailers))
            assert peer.response().status in (400, 413, 431)
            assert peer.closed()


# Content


@pytest.mark.parametrize("size, status", [(1000, 200), (1001, 413)])
@pytest.mark.parametrize("form", ["length", "chunked"])
def test_buffered_content_413(small, size, status, form):
    with small.connect() as peer:
        if form == "length":
            peer.send(request("/echo?whole", method="POST", content=b"x" * size))
        else:
            peer.send(request("/echo?whole", "Transfer-Encoding: chunked", method="POST") + chunked(*[b"x" * 13] * (size // 13), b"y" * (size % 13 or 13)))
        assert peer.response().status == (status if form == "length" or size % 13 else 413)


def test_buffered_content_default(server):
    with server.connect() as peer:
        assert len(peer.ask("/echo?whole", method="POST", content=b"x" * MIB).content) == MIB
    with server.connect() as peer:
        # It is known from the head alone.
        peer.send(request("/echo?whole", f"Content-Length: {MIB + 1}", method="POST"))
        assert peer.response().status == 413
        assert peer.closed()


@pytest.mark.parametrize("size, goes_on", [(1000, True), (100_000, False)])
def test_unread_content_is_read_off_or_the_connection_closes(small, size, goes_on):
    with small.connect() as peer:
        peer.send(request("/echo?ignore", f"Content-Length: {size}", method="POST"))
        response = peer.response()
        assert (response.members("Connection") != ["close"]) == goes_on
        if goes_on:
            peer.send(b"x" * size + request("/echo"))
            assert peer.response().status == 200
        else:
            assert peer.ended()


def test_unread_time_then_closed(cais, tmp_path):
    with cais.serve(tmp_path, "--echo", "/echo", *limits(unread_time="200ms")) as server, server.connect() as peer:
        peer.send(request("/echo?ignore", "Content-Length: 1000", method="POST") + b"x" * 10)
        assert peer.response().status == 200
        assert peer.ended()


def test_requests_on_one_connection(small):
    with small.connect() as peer:
        assert [peer.ask("/echo").members("Connection") for _ in range(3)] == [[], [], ["close"]]
        assert peer.closed()


# Time. The other side's patience is what is measured: that something ends, never how long it took.


@pytest.fixture(scope="module")
def hasty(cais, tmp_path_factory):
    with cais.serve(tmp_path_factory.mktemp("site"), "--echo", "/echo", "--workers", "1",
                    *limits(head_time="300ms", idle_time="400ms", content_rate="1KiB", content_time="500ms",
                            send_time="500ms", unread_time="200ms")) as running:
        yield running


@pytest.mark.parametrize("octets", [b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"\r\nG"])
def test_head_time_408(hasty, octets):
    with hasty.connect() as peer:
        peer.send(octets)
        assert peer.response().status == 408
        assert peer.closed()


def trickle(peer):
    """An octet at a time, until there is an answer."""
    for _ in range(400):
        if peer.readable(0.02):
            break
        peer.send(b"x")


def test_head_time_is_not_extended_by_trickling(hasty):
    with hasty.connect() as peer:
        peer.send(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
        trickle(peer)
        assert peer.response().status == 408
        assert peer.ended()


def test_head_time_starts_again_with_each_request(hasty):
    with hasty.connect() as peer:
        for _ in range(3):
            peer.send(request("/echo")[:-1])
            assert not peer.readable(0.15)
            peer.send(b"\n")
            assert peer.response().status == 200


def test_head_time_after_a_request(hasty):
    with hasty.connect() as peer:
        peer.send(request("/echo") + b"GET /")
        assert peer.response().status == 200
        assert peer.response().status == 408
        assert peer.closed()


def test_head_time_empty_line_is_no_request(hasty):
    with hasty.connect() as peer:
        peer.send(b"\r\n")
        assert peer.closed()


def test_idle_time_then_closed_in_silence(hasty):
    with hasty.connect() as peer:
        assert peer.ask("/echo").status == 200
        assert peer.closed()


def test_idle_time_of_who_never_asked(hasty):
    with hasty.connect() as peer:
        assert peer.closed(within=15)


def test_idle_time_starts_again_with_each_request(hasty):
    with hasty.connect() as peer:
        for _ in range(4):
            assert not peer.readable(0.2)
            assert peer.ask("/echo").status == 200


@pytest.mark.parametrize("framing", ["Content-Length: 1000000", "Transfer-Encoding: chunked"])
def test_content_time_408_where_nothing_comes(hasty, framing):
    with hasty.connect() as peer:
        peer.send(request("/echo?whole", framing, method="POST"))
        assert peer.response().status == 408
        assert peer.closed()


def test_content_rate_408_where_it_trickles(hasty):
    with hasty.connect() as peer:
        peer.send(request("/echo?whole", "Content-Length: 1000000", method="POST"))
        trickle(peer)
        assert peer.response().status == 408
        assert peer.ended()


def test_content_rate_is_enough(hasty):
    """Slower than any network, but above the rate for twice the time over which it is measured."""
    with hasty.connect() as peer:
        peer.send(request("/echo?whole", "Content-Length: 20000", method="POST"))
        for _ in range(20):
            assert not peer.readable(0.05)
            peer.send(b"x" * 1000)
        assert len(peer.response().content) == 20000


def test_content_rate_where_it_streams_ends_the_answer(hasty):
    with hasty.connect() as peer:
        peer.send(request("/echo", "Content-Length: 1000", method="POST") + b"x" * 10)
        with pytest.raises(NotHttp):
            peer.response()


def blocked_sender(server, size=64 * MIB):
    """A peer that sends and never reads: its echo fills every buffer between, then the program waits for it."""
    peer = server.connect(receive_buffer=4096)
    failures = []
    sending = peer.socket.dup()  # with a time limit of its own
    sending.settimeout(30)

    def send():
        try:
            with sending:
                sending.sendall(request("/echo", f"Content-Length: {size}", method="POST"))
                for _ in range(size // 65536):
                    sending.sendall(b"x" * 65536)
        except OSError as failure:
            failures.append(failure)

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    return peer, thread, failures


def test_send_time_cuts_who_takes_nothing(hasty):
    peer, thread, failures = blocked_sender(hasty)
    with peer:
        thread.join(20)
        assert not thread.is_alive()
        assert failures and not isinstance(failures[0], TimeoutError)
        # What it had not taken is dropped, not delivered as if it were whole.
        with pytest.raises(NotHttp):
            peer.response()


def test_send_rate_cuts_who_takes_too_little(cais, tmp_path):
    """A few octets now and then do not keep it."""
    with cais.serve(tmp_path, "--echo", "/echo", "--workers", "1",
                    *limits(send_time="1s", send_rate="64MiB", send_rate_time="500ms")) as server:
        peer, thread, failures = blocked_sender(server)
        with peer:
            for _ in range(1000):
                if failures:
                    break
                peer.socket.settimeout(1)
                try:
                    if not peer.socket.recv(4096):
                        break
                except OSError:
                    break
                thread.join(0.01)
            thread.join(20)
            assert failures and not isinstance(failures[0], TimeoutError)


def test_a_slow_reader_above_the_rate_gets_everything(hasty):
    size = 8 * MIB
    peer, thread, failures = blocked_sender(hasty, size)
    with peer:
        response = peer.head()
        got = 0
        for piece in peer.pieces(response):
            got += len(piece)
            if got < MIB:
                thread.join(0.01)
        assert got == size
        thread.join(10)
        assert not failures


# Connections


def test_too_many_connections_wait_and_are_then_served(cais, tmp_path):
    with cais.serve(tmp_path, "--echo", "/echo", "--workers", "1", *limits(connections="2")) as server:
        first, second, third = (server.connect() for _ in range(3))
        with first, second, third:
            assert first.ask("/echo/1").status == 200
            assert second.ask("/echo/2").status == 200
            third.send(request("/echo/3"))
            server.says("warning: .*connections")
            assert not third.readable(0.1)
            # Who is connected goes on being served.
            assert first.ask("/echo/1").status == 200
            second.close()
            assert "/echo/3" in third.response().text
            fourth = server.connect()
            with fourth:
                fourth.send(request("/echo/4"))
                assert not fourth.readable(0.1)
                third.reset()
                assert "/echo/4" in fourth.response().text


def test_waiting_for_a_place_costs_no_processor(cais, tmp_path):
    with cais.serve(tmp_path, "--echo", "/echo", "--workers", "1", *limits(connections="1")) as server:
        with server.connect() as first, server.connect() as second:
            assert first.ask("/echo").status == 200
            second.send(request("/echo"))
            server.says("warning: .*connections")
            before = server.processor_seconds()
            assert not second.readable(1.5)
            assert server.processor_seconds() - before < 0.5
            first.close()
            assert second.response().status == 200


def test_memory_of_what_waits_in_a_head_is_bounded(server, is_sanitized):
    """Two hundred peers that each stop short of the end of the largest head."""
    octets = fields_of(64 * KIB)[:-2]
    assert server.ask("/echo").status == 200
    server.forget_peak()
    before = server.status("VmHWM")
    peers = [server.connect() for _ in range(200)]
    try:
        for peer in peers:
            peer.send(octets)
        server.settle()
        # KiB: a head and what is kept of it, not a multiple.
        assert server.status("VmHWM") - before < 200 * (1024 if is_sanitized else 400)
        for peer in peers:
            peer.send(b"\r\n")
        for peer in peers:
            assert peer.response().status == 200
    finally:
        for peer in peers:
            peer.close()
    until(lambda: server.connections() < 20, what="the connections are closed")


def test_the_clock_of_one_peer_is_not_anothers(hasty):
    with hasty.connect() as slow, hasty.connect() as quick:
        slow.send(b"GET /")
        for _ in range(10):
            assert quick.ask("/echo").status == 200
        assert slow.response().status == 408
        started = time.monotonic()
        assert quick.closed()
        assert time.monotonic() - started < 5
