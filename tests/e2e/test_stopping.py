"""SIGTERM and SIGINT: what is in flight is finished, nothing else is waited for."""
import signal
import socket
import threading
import time

import pytest
from conftest import until
from peer import Ended, Peer, request

BOTH = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])


@BOTH
@pytest.mark.parametrize("workers", ["1", "3"])
def test_exits_0(cais, tmp_path, number, workers):
    with cais.serve(tmp_path, "--workers", workers) as server:
        assert server.ask("/").status == 200
        server.signal(number)
        assert server.exits() == 0


@BOTH
def test_at_once_after_the_start(cais, tmp_path, number):
    with cais.serve(tmp_path) as server:
        server.signal(number)
        assert server.exits() == 0


@BOTH
def test_what_is_in_flight_is_finished(cais, tmp_path, number):
    with cais.serve(tmp_path, "--echo", "/echo") as server, server.connect() as peer:
        peer.send(request("/echo?whole", "Content-Length: 10", method="POST") + b"01234")
        server.settle()
        server.signal(number)
        refused(server)
        peer.send(b"56789")
        response = peer.response()
        assert response.content == b"0123456789"
        assert response.members("Connection") == ["close"]
        assert peer.closed()
        assert server.exits() == 0


def refused(server):
    """Waits until nobody accepts any more."""
    def is_refused():
        try:
            Peer(server.addresses[0], within=1).close()
            return False
        except (ConnectionRefusedError, ConnectionResetError, TimeoutError):
            return True
    until(is_refused, what="the port is closed")


def test_a_streamed_answer_is_finished(cais, tmp_path):
    with cais.serve(tmp_path, "--echo", "/echo") as server, server.connect() as peer:
        peer.send(request("/echo", "Transfer-Encoding: chunked", method="POST") + b"5\r\nfirst\r\n")
        response = peer.head()
        pieces = peer.pieces(response)
        assert next(pieces) == b"first"
        server.signal(signal.SIGTERM)
        refused(server)
        peer.send(b"6\r\nsecond\r\n0\r\n\r\n")
        assert b"".join(pieces) == b"second"
        assert peer.ended()
        assert server.exits() == 0


def test_a_head_that_has_begun_is_answered(cais, tmp_path):
    with cais.serve(tmp_path, "--echo", "/echo") as server, server.connect() as peer:
        peer.send(request("/echo/late")[:-1])
        server.settle()
        server.signal(signal.SIGTERM)
        refused(server)
        peer.send(b"\n")
        response = peer.response()
        assert "/echo/late" in response.text
        assert response.members("Connection") == ["close"]
        assert server.exits() == 0


def test_idle_connections_do_not_delay(cais, tmp_path):
    with cais.serve(tmp_path, "--echo", "/echo", "--limit", "stop-time=60s") as server:
        peers = [server.connect() for _ in range(200)]
        try:
            for peer in peers:
                assert peer.ask("/echo").status == 200
            silent = server.connect()
            peers.append(silent)
            started = time.monotonic()
            server.signal(signal.SIGTERM)
            assert server.exits() == 0
            assert time.monotonic() - started < 9, "as if it waited for them"
            for peer in peers[:-1]:
                assert peer.closed()
        finally:
            for peer in peers:
                peer.close()


def test_the_queue_of_who_had_connected_is_emptied(cais, tmp_path):
    """Connections that the kernel had accepted get their answer, though the program had not looked at them yet."""
    with cais.serve(tmp_path, "--echo", "/echo", "--workers", "1") as server:
        peers = [server.connect() for _ in range(20)]
        try:
            server.signal(signal.SIGSTOP)
            until(lambda: state(server) == "T", what="it stands still")
            peers += [server.connect() for _ in range(100)]
            for peer in peers:
                peer.send(request("/echo"))
            server.signal(signal.SIGTERM)
            server.signal(signal.SIGCONT)
            for peer in peers:
                assert peer.response().status == 200
            assert server.exits() == 0
        finally:
            for peer in peers:
                peer.close()


def state(server):
    with open(f"/proc/{server.pid}/stat", encoding="ascii", errors="replace") as stat:
        return stat.read().rpartition(")")[2].split()[0]


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("workers", ["1", "8"])
def test_a_second_signal_exits_at_once(cais, tmp_path, second, workers):
    """Whichever loop it is that has something to finish."""
    with cais.serve(tmp_path, "--echo", "/echo", "--workers", workers, expect_status=128 + second) as server, \
            server.connect() as peer:
        peer.send(request("/echo?whole", "Content-Length: 10", method="POST") + b"01234")
        server.settle()
        server.signal(signal.SIGTERM)
        refused(server)
        server.signal(second)
        assert server.exits(5) == 128 + second
        assert peer.ended()


def test_stop_time_then_cut(cais, tmp_path):
    with cais.serve(tmp_path, "--echo", "/echo", "--limit", "stop-time=300ms") as server, server.connect() as peer:
        peer.send(request("/echo?whole", "Content-Length: 10", method="POST") + b"01234")
        server.settle()
        server.signal(signal.SIGTERM)
        assert server.exits() == 0
        server.reader.join(5)
        assert any("cut" in line for line in server.lines)
        with pytest.raises(Ended):
            peer.response()
            peer.response()


def test_signals_under_load(cais, tmp_path):
    """Whoever got an answer's first octet gets all of it."""
    with cais.serve(tmp_path, "--echo", "/echo", "--workers", "2") as server:
        torn = []
        answered = []
        content = b"x" * 50_000

        def client():
            while True:
                try:
                    peer = server.connect()
                except OSError:
                    return
                with peer:
                    try:
                        while True:
                            peer.send(request("/echo", method="POST", content=content))
                            response = peer.response()
                            assert response.content == content
                            answered.append(1)
                            if response.members("Connection") == ["close"]:
                                break
                    except Ended as end:
                        if end.seen:
                            torn.append(end)
                        return
                    except OSError:
                        return

        clients = [threading.Thread(target=client, daemon=True) for _ in range(8)]
        for each in clients:
            each.start()
        until(lambda: len(answered) > 100)
        server.signal(signal.SIGTERM)
        assert server.exits() == 0
        for each in clients:
            each.join(10)
        assert not torn


def test_the_port_is_free_for_the_next(cais, tmp_path):
    with cais.serve(tmp_path, "--echo", "/echo") as server:
        port = server.port
        with server.connect() as peer:
            assert peer.ask("/echo", "Connection: close").status == 200
            assert peer.closed()
    with cais.serve(tmp_path, listen=f"127.0.0.1:{port}") as server:
        assert server.ask("/").status == 200


def test_other_signals_that_do_not_end_it(cais, tmp_path):
    with cais.serve(tmp_path) as server:
        server.signal(signal.SIGPIPE)
        server.signal(signal.SIGUSR1)
        assert server.ask("/").status == 200
        with socket.create_connection(server.addresses[0]) as silent:
            silent.close()
        assert server.ask("/").status == 200
