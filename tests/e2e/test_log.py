"""The access log, through a running server."""
import json
import os
import re
import resource
import signal

import pytest
from conftest import until
from peer import request

COMMON = re.compile(r'(\S+) - (\S+) \[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000)\] "([^"]*)" (\d{3}) (\d+|-)')


@pytest.fixture
def log(tmp_path):
    return tmp_path / "access.log"


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "a.txt").write_text("0123456789")
    return folder


def test_common(cais, site, log):
    with cais.serve(site, "--log", "common", "--log-file", log, "--echo", "/echo", "--workers", "1") as server:
        assert server.ask("/a.txt?x=y").status == 200
        assert server.ask("/missing").status == 404
        assert server.ask("/a.txt", method="HEAD").status == 200
        assert server.ask("/echo", method="POST", content=b"x" * 1000).status == 200
        assert server.ask("/a.txt", version="HTTP/1.0").status == 200
    lines = [COMMON.fullmatch(line) for line in log.read_text().splitlines()]
    assert all(lines), log.read_text()
    assert [(line[1], line[4], line[5]) for line in lines] == [
        ("127.0.0.1", "GET /a.txt?x=y HTTP/1.1", "200"),
        ("127.0.0.1", "GET /missing HTTP/1.1", "404"),
        ("127.0.0.1", "HEAD /a.txt HTTP/1.1", "200"),
        ("127.0.0.1", "POST /echo HTTP/1.1", "200"),
        ("127.0.0.1", "GET /a.txt HTTP/1.0", "200")]
    assert [lines[number][6] for number in (0, 2, 3, 4)] == ["10", "-", "1000", "10"]


def test_combined(cais, site, log):
    with cais.serve(site, "--log", "combined", "--log-file", log, "--workers", "1") as server:
        assert server.ask("/a.txt", "Referer: http://example.com/x", 'User-Agent: me "quoted" \\').status == 200
        assert server.ask("/a.txt").status == 200
    first, second = log.read_text().splitlines()
    assert COMMON.match(first)
    assert first.endswith(r'"http://example.com/x" "me \"quoted\" \\"') or '"http://example.com/x"' in first
    assert first.count("\n") == 0
    assert second.endswith('"-" "-"')


def test_json(cais, site, log):
    with cais.serve(site, "--log", "json", "--log-file", log, "--echo", "/echo", "--workers", "1") as server:
        assert server.ask("/a.txt?x", "Referer: http://example.com/", "User-Agent: a\"b\\c\té").status == 200
        assert server.ask("/echo", method="POST", content=b"x" * 77).status == 200
    first, second = [json.loads(line) for line in log.read_text().splitlines()]
    assert list(first) == ["time", "peer", "user", "method", "target", "version", "host", "status", "sent", "received",
                           "duration_ms", "referer", "user_agent", "complete"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first["time"])
    assert (first["peer"], first["method"], first["target"], first["version"], first["host"], first["status"], first["sent"],
            first["complete"]) == ("127.0.0.1", "GET", "/a.txt?x", "HTTP/1.1", "example.com", 200, 10, True)
    assert first["referer"] == "http://example.com/"
    assert 'a"b\\c' in first["user_agent"]
    assert (second["received"], second["sent"]) == (77, 77)


def test_refusals_are_logged_too(cais, site, log):
    with cais.serve(site, "--log", "json", "--log-file", log, "--workers", "1") as server:
        for octets in (b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/2.0\r\n\r\n", b"\x16\x03\x01\r\n\r\n", b"GET /a\x01b HTTP/1.1\r\n\r\n"):
            with server.connect() as peer:
                peer.send(octets)
                peer.rest()
    assert [json.loads(line)["status"] for line in log.read_text().splitlines()] == [400, 505, 400, 400]


def test_a_line_holds_no_control_character(cais, site, log):
    """Nobody writes a second line, or to the terminal of who reads the log."""
    with cais.serve(site, "--log", "combined", "--log-file", log, "--workers", "1") as server:
        server.ask("/a\"b'\\", "User-Agent: é\x9b31m\xff", "Referer: \"\\\" 200 -")
        with server.connect() as peer:
            peer.send(b"GET /\x1b[31m HTTP/1.1\r\nHost: a\r\n\r\n")
            peer.rest()
    text = log.read_bytes()
    assert text.count(b"\n") == 2
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f-\xff]", text)


def test_a_password_is_not_logged(cais, site, log):
    with cais.serve(site, "--log", "combined", "--log-file", log, "--workers", "1") as server:
        server.ask("/a.txt", "Authorization: Basic dXNlcjpzZWNyZXQ=", "Referer: http://user:secret@example.com/")
        server.ask("http://user:secret@example.com/a.txt")
    assert "secret" not in log.read_text()


def test_an_exchange_that_was_torn_is_not_complete(cais, site, log):
    with cais.serve(site, "--log", "json", "--log-file", log, "--echo", "/echo", "--workers", "1") as server:
        with server.connect() as peer:
            peer.send(request("/echo", "Content-Length: 10", method="POST") + b"half")
            peer.half_close()
            peer.rest()
    assert json.loads(log.read_text())["complete"] is False


def test_every_request_has_its_line(cais, site, log):
    with cais.serve(site, "--log", "common", "--log-file", log, "--workers", "2") as server:
        peers = [server.connect() for _ in range(10)]
        for peer in peers:
            peer.send(b"".join(request(f"/{number}") for number in range(300)))
        for peer in peers:
            for _ in range(300):
                peer.response()
            peer.close()
    targets = re.findall(r'"GET /(\d+) HTTP', log.read_text())
    assert sorted(map(int, targets)) == sorted(list(range(300)) * 10)


def test_lines_come_without_a_stop(cais, site, log):
    with cais.serve(site, "--log", "common", "--log-file", log) as server:
        server.ask("/a.txt")
        until(lambda: "/a.txt" in log.read_text(), 5, "the line is written")


def test_the_file_is_appended_to(cais, site, log):
    log.write_text("before\n")
    with cais.serve(site, "--log-file", log) as server:
        server.ask("/a.txt")
    assert log.read_text().startswith("before\n")
    assert "/a.txt" in log.read_text()


def test_a_log_file_alone_means_common(cais, site, log):
    with cais.serve(site, "--log-file", log) as server:
        server.ask("/a.txt")
    assert COMMON.fullmatch(log.read_text().strip())


# Reopening


def test_sigusr1_opens_it_again(cais, site, log):
    with cais.serve(site, "--log", "common", "--log-file", log) as server:
        for turn in range(4):
            server.ask(f"/turn{turn}")
            old = log.with_suffix(f".{turn}")
            log.rename(old)
            server.signal(signal.SIGUSR1)
            until(log.exists, what="the file is there again")
    everything = "".join(path.read_text() for path in log.parent.glob("access.*"))
    assert re.findall(r"/(turn\d)", everything) and sorted(re.findall(r"/(turn\d)", everything)) == [f"turn{turn}" for turn in range(4)]


def test_sigusr1_under_load_loses_no_line(cais, site, log):
    total = 4000
    with cais.serve(site, "--log", "common", "--log-file", log, "--workers", "2") as server, server.connect() as peer:
        for number in range(0, total, 100):
            peer.send(b"".join(request(f"/n{number + offset}") for offset in range(100)))
            for _ in range(100):
                peer.response()
            if number % 400 == 0:
                log.rename(log.with_suffix(f".{number}"))
                server.signal(signal.SIGUSR1)
                until(log.exists)
    everything = "".join(path.read_text() for path in log.parent.glob("access.*"))
    assert sorted(map(int, re.findall(r"/n(\d+) ", everything))) == list(range(total))


def test_sigusr1_where_the_folder_is_gone_keeps_the_old_file(cais, site, tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    log = folder / "access.log"
    with cais.serve(site, "--log", "common", "--log-file", log) as server:
        server.ask("/before")
        folder.rename(tmp_path / "moved")
        server.signal(signal.SIGUSR1)
        server.says("warning: .*log")
        assert server.ask("/after").status == 404
    text = (tmp_path / "moved/access.log").read_text()
    assert "/before" in text and "/after" in text


def test_sigusr1_without_a_log(cais, site):
    with cais.serve(site) as server:
        server.signal(signal.SIGUSR1)
        assert server.ask("/a.txt").status == 200


# A disk that is full


def test_a_full_disk_does_not_stop_it(cais, site):
    with cais.serve(site, "--log", "combined", "--log-file", "/dev/full", "--workers", "1") as server, server.connect() as peer:
        padding = "p" * 4000
        for _ in range(500):
            assert peer.ask("/a.txt", f"User-Agent: {padding}").status == 200
        server.says("warning: .*log")
        before = server.processor_seconds()
        assert not peer.readable(1)
        assert server.processor_seconds() - before < 0.5


def test_a_full_file_system_limit_does_not_stop_it(cais, site, log):
    """RLIMIT_FSIZE: a write beyond it is SIGXFSZ, which would end a program that does not know of it."""
    with cais.serve(site, "--log", "combined", "--log-file", log,
                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))) as server:
        with server.connect() as peer:
            for _ in range(100):
                assert peer.ask("/a.txt", "User-Agent: " + "p" * 1000).status == 200
        server.says("warning: .*log")
        assert server.ask("/a.txt").status == 200


def test_a_pipe_that_nobody_reads_does_not_stop_it(cais, site):
    ours, theirs = os.pipe()
    with cais.serve(site, "--log", "combined", stdout=theirs) as server:
        os.close(theirs)
        with server.connect() as peer:
            for _ in range(400):
                assert peer.ask("/a.txt", "User-Agent: " + "p" * 4000).status == 200
        os.close(ours)
        assert server.ask("/a.txt").status == 200


# Where it is off


def test_off_where_it_is_no_terminal(cais, site, tmp_path):
    with open(tmp_path / "stdout", "wb") as stdout, cais.serve(site, stdout=stdout) as server:
        assert server.ask("/a.txt").status == 200
    assert (tmp_path / "stdout").read_bytes() == b""


def test_off_where_it_is_told(cais, site, log):
    with cais.serve(site, "--log", "off", "--log-file", log) as server:
        assert server.ask("/a.txt").status == 200
    assert not log.exists() or log.read_bytes() == b""


@pytest.mark.parametrize("form", ["common", "combined", "json"])
def test_to_standard_output_where_it_is_told(cais, site, tmp_path, form):
    with open(tmp_path / "stdout", "wb") as stdout, cais.serve(site, "--log", form, stdout=stdout) as server:
        assert server.ask("/a.txt").status == 200
    assert "/a.txt" in (tmp_path / "stdout").read_text()
