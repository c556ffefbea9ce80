"""The command line, as a person meets it."""
import contextlib
import os
import pty
import re
import select
import signal
import socket
import subprocess

import pytest
from conftest import ADDRESS, PROGRAM, environment, has_ip6
from peer import Peer, request


@contextlib.contextmanager
def busy(address="127.0.0.1", port=0):
    """A port that another program listens at."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address, port))
        listener.listen(1)
        yield listener.getsockname()[1]


def free_port(*addresses):
    """A port that is free at all of them; another may take it in the meantime, which is unlikely."""
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(busy(addresses[0]))
        for address in addresses[1:]:
            stack.enter_context(busy(address, port))
        return port


class Terminal:
    """A pseudo terminal; `text` is what was written to it."""

    def __init__(self):
        self.ours, self.theirs = pty.openpty()
        self.text = ""

    def close_theirs(self):
        os.close(self.theirs)

    def wait_for(self, pattern, within=15):
        while not re.search(pattern, self.text):
            assert select.select([self.ours], [], [], within)[0], f"/{pattern}/ did not come; the terminal shows:\n{self.text}"
            try:
                self.text += os.read(self.ours, 4096).decode()
            except OSError:  # the other side is closed
                raise AssertionError(f"/{pattern}/ did not come; the terminal shows:\n{self.text}") from None

    def close(self):
        os.close(self.ours)


@contextlib.contextmanager
def on_terminal(arguments, *, env=None, out=True, err=True):
    """Runs the program on a terminal: (process, terminal)."""
    terminal = Terminal()
    process = subprocess.Popen([PROGRAM, *map(str, arguments)], stdin=terminal.theirs, start_new_session=True,
                               stdout=terminal.theirs if out else subprocess.DEVNULL,
                               stderr=terminal.theirs if err else subprocess.DEVNULL, env=env or environment(TERM="xterm-256color"))
    terminal.close_theirs()
    try:
        yield process, terminal
        if process.poll() is None:
            process.terminate()
        assert process.wait(20) == 0, terminal.text
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        terminal.close()


# What it says about itself


def test_version(cais):
    run = cais.run("--version")
    assert run.returncode == 0
    assert re.fullmatch(r"cais \d+\.\d+\.\d+\n", run.stdout)
    assert run.stderr == ""


@pytest.mark.parametrize("arguments", [["--help"], ["-h"]])
def test_help(cais, arguments):
    run = cais.run(*arguments)
    assert run.returncode == 0
    assert "serve" in run.stdout
    assert run.stderr == ""


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_of_serve_names_every_option(cais, flag):
    run = cais.run("serve", flag)
    assert run.returncode == 0
    for option in ("--listen", "--workers", "--log", "--log-file", "--no-listing", "--cors", "--spa", "--trace-method", "-q"):
        assert option in run.stdout
    assert run.stderr == ""


# A wrong command line: exit status 2, and the option at fault


@pytest.mark.parametrize("arguments, named", [
    ([], ""),
    (["sreve"], "sreve"),
    (["--frobnicate"], "--frobnicate"),
    (["serve", "--frobnicate"], "--frobnicate"),
    (["serve", "--listen"], "--listen"),
    (["serve", "--listen", "127.0.0.1"], "--listen"),
    (["serve", "--listen", "127.0.0.1:"], "--listen"),
    (["serve", "--listen", "127.0.0.1:65536"], "--listen"),
    (["serve", "--listen", "127.0.0.1:-1"], "--listen"),
    (["serve", "--listen", "127.0.0.1:http"], "--listen"),
    (["serve", "--listen", "::1:80"], "--listen"),
    (["serve", "--listen", "[::1]80"], "--listen"),
    (["serve", "--listen", "300.0.0.1:80"], "--listen"),
    (["serve", "--listen", "example.invalid:80"], "--listen"),
    (["serve", "--listen", "127.0.0.1:8080", "--listen", "127.0.0.1:8080"], "--listen"),
    (["serve", "--workers", "0"], "--workers"),
    (["serve", "--workers", "-1"], "--workers"),
    (["serve", "--workers", "two"], "--workers"),
    (["serve", "--workers", "1.5"], "--workers"),
    (["serve", "--workers"], "--workers"),
    (["serve", "--log", "loud"], "--log"),
    (["serve", "--log-file"], "--log-file"),
    (["serve", "--limit", "idle-time"], "--limit"),
    (["serve", "--limit", "idle-time=10"], "--limit"),
    (["serve", "--limit", "idle-time=soon"], "--limit"),
    (["serve", "--limit", "idle-time=0s"], "--limit"),
    (["serve", "--limit", "request-line=8"], "--limit"),
    (["serve", "--limit", "request-line=-8KiB"], "--limit"),
    (["serve", "--limit", "field-lines=1KiB"], "--limit"),
    (["serve", "--limit", "request-line=0B"], "--limit"),
    (["serve", "--limit", "fields=0B"], "--limit"),
    (["serve", "--limit", "field-lines=0"], "--limit"),
    (["serve", "--limit", "frobs=1"], "frobs"),
    (["serve", "--echo", "echo"], "--echo"),
    (["serve", ".", "other"], "other"),
])
def test_wrong_command_line(cais, arguments, named):
    run = cais.run(*arguments)
    assert run.returncode == 2
    assert run.stdout == ""
    assert named in run.stderr
    assert "--help" in run.stderr
    assert len(run.stderr.splitlines()) <= 3


# What cannot be served: exit status 1 and one clear line


def fails(cais, *arguments, cwd=None, before=()):
    run = cais.run("serve", *arguments, cwd=cwd, before=before)
    assert run.returncode == 1
    assert run.stdout == ""
    lines = run.stderr.splitlines()
    assert len(lines) == 1, run.stderr
    return lines[0]


def test_folder_that_is_not_there(cais, tmp_path):
    line = fails(cais, tmp_path / "missing", "--listen", "127.0.0.1:0")
    assert "missing" in line and "No such file" in line


def test_file_is_a_configuration(cais, tmp_path):
    (tmp_path / "file").write_text("x")
    run = cais.run("serve", tmp_path / "file")
    assert run.returncode == 1
    assert run.stdout == ""
    assert f"{tmp_path}/file:1:2: error: " in run.stderr


def test_folder_that_is_a_fifo(cais, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    assert "fifo" in fails(cais, tmp_path / "fifo", "--listen", "127.0.0.1:0")


def test_folder_in_a_file(cais, tmp_path):
    (tmp_path / "file").write_text("x")
    assert "file/x" in fails(cais, tmp_path / "file/x", "--listen", "127.0.0.1:0")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_busy_port(cais, tmp_path, workers):
    with busy() as port:
        line = fails(cais, tmp_path, "--listen", f"127.0.0.1:{port}", "--workers", workers)
        assert f"127.0.0.1:{port}" in line and "in use" in line


@pytest.mark.parametrize("workers", ["1", "2"])
def test_busy_port_of_another_cais(cais, tmp_path, workers):
    """Two of us share no port, though the loops of one do."""
    with cais.serve(tmp_path, "--workers", "2") as server:
        line = fails(cais, tmp_path, "--listen", f"127.0.0.1:{server.port}", "--workers", workers)
        assert "in use" in line
        assert server.ask("/").status == 200


def test_busy_port_at_the_second_address(cais, tmp_path):
    with busy("127.0.0.2") as port:
        line = fails(cais, tmp_path, "--listen", f"127.0.0.1:{port}", "--listen", f"127.0.0.2:{port}")
        assert f"127.0.0.2:{port}" in line


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_default_port_busy_at_either_address(cais, tmp_path, network, address, workers):
    if address == "::1" and not has_ip6():
        pytest.fail("this machine has no IPv6 loopback, which this test wants")
    at = f"[{address}]:8080" if ":" in address else f"{address}:8080"
    with cais.serve(tmp_path, listen=at, program=network.program) as server:
        line = fails(cais, tmp_path, "--workers", workers, before=network.of(server))
        assert "8080" in line and "in use" in line and address in line


def test_address_of_another_machine(cais, tmp_path):
    assert "192.0.2.1:8080" in fails(cais, tmp_path, "--listen", "192.0.2.1:8080")


def test_log_that_cannot_be_written(cais, tmp_path):
    line = fails(cais, tmp_path, "--listen", "127.0.0.1:0", "--log-file", tmp_path / "missing/log")
    assert "missing/log" in line


# Where it listens


def test_default_addresses(cais, tmp_path, network):
    addresses = [("127.0.0.1", 8080)] + ([("::1", 8080)] if has_ip6() else [])
    with cais.serve(tmp_path, listen=None, wait_for_addresses=len(addresses), program=network.program) as server:
        assert server.addresses == addresses
        for host, _ in addresses:
            url = f"http://[{host}]:8080/" if ":" in host else f"http://{host}:8080/"
            curl = [*network.of(server), "curl", "-sS", "--noproxy", "*", "--max-time", "20", "-o", "/dev/null", "-w", "%{http_code}", url]
            assert subprocess.run(curl, capture_output=True, text=True, check=True).stdout == "200"


def test_default_folder_is_the_current_one(cais, tmp_path):
    (tmp_path / "a.txt").write_text("here\n")
    port = free_port("127.0.0.1")
    process = subprocess.Popen([PROGRAM, "serve", "--listen", f"127.0.0.1:{port}"], cwd=tmp_path, stdin=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, env=environment())
    try:
        assert str(tmp_path).encode() in process.stderr.readline()
        assert b"http://" in process.stderr.readline()
        with Peer(("127.0.0.1", port)) as peer:
            assert peer.ask("/a.txt").content == b"here\n"
    finally:
        process.terminate()
        process.stderr.close()
        assert process.wait(20) == 0


def test_several_addresses(cais, tmp_path):
    more = ["--listen", "127.0.0.2:0"] + (["--listen", "[::1]:0"] if has_ip6() else [])
    with cais.serve(tmp_path, *more, "--workers", "2", wait_for_addresses=2) as server:
        assert [host for host, _ in server.addresses] == ["127.0.0.1", "127.0.0.2"]
        for number in range(2):
            with server.connect(number) as peer:
                assert peer.ask("/").status == 200
        if has_ip6():
            assert any("and 1 more" in line for line in server.lines)


@pytest.mark.parametrize("workers", ["1", "2", "5"])
def test_every_connection_is_served_whatever_the_workers(cais, tmp_path, workers):
    with cais.serve(tmp_path, "--echo", "/echo", "--workers", workers) as server:
        peers = [server.connect() for _ in range(60)]
        try:
            for peer in peers:
                peer.send(request("/echo"))
            assert all(peer.response().status == 200 for peer in peers)
        finally:
            for peer in peers:
                peer.close()


def test_echo_is_a_prefix_of_whole_segments(cais, tmp_path):
    with cais.serve(tmp_path, "--echo", "/echo") as server:
        assert [server.ask(target).status for target in ("/echo", "/echo/", "/echo/x", "/echo?x", "/echox", "/ech")] \
            == [200, 200, 200, 200, 404, 404]


# What it prints


def test_banner_is_short_and_plain_off_a_terminal(cais, tmp_path):
    with cais.serve(tmp_path) as server:
        assert server.ask("/").status == 200
    assert len(server.lines) <= 4
    assert str(tmp_path) in server.lines[0]
    assert not any("\x1b" in line for line in server.lines)


def test_banner_with_many_addresses_has_at_most_four_lines(cais, tmp_path):
    more = [word for number in range(2, 9) for word in ("--listen", f"127.0.0.{number}:0")]
    with cais.serve(tmp_path, *more) as server:
        assert server.ask("/").status == 200
    assert len(server.lines) <= 4


def test_banner_shows_no_control_character_of_a_folder(cais, tmp_path):
    folder = tmp_path / "a\x1b[31m\nb"
    folder.mkdir()
    with cais.serve(folder) as server:
        assert server.ask("/").status == 200
    assert len(server.lines) <= 4
    assert not any("\x1b" in line for line in server.lines)


@pytest.mark.parametrize("flag", ["-q", "--quiet"])
def test_quiet(cais, tmp_path, flag):
    port = free_port("127.0.0.1")
    with cais.serve(tmp_path, flag, listen=f"127.0.0.1:{port}", wait_for_addresses=0) as server:
        for _ in range(400):  # there is no banner to wait for
            with contextlib.suppress(ConnectionRefusedError), Peer(("127.0.0.1", port)) as peer:
                assert peer.ask("/").status == 200
                break
            select.select([], [], [], 0.02)
        else:
            pytest.fail("it does not listen")
    assert server.lines == []


def test_colour_on_a_terminal(tmp_path):
    with on_terminal(["serve", tmp_path, "--listen", "127.0.0.1:0"]) as (_, terminal):
        terminal.wait_for(r"http://127\.0\.0\.1:\d+[^\n]*\n.*\n")
    assert "\x1b[" in terminal.text
    assert len(terminal.text.splitlines()) <= 4


@pytest.mark.parametrize("changes, has_colour", [({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)])
def test_no_color(tmp_path, changes, has_colour):
    """https://no-color.org: an empty value says nothing."""
    env = environment(**{"TERM": "xterm", **changes})
    with on_terminal(["serve", tmp_path, "--listen", "127.0.0.1:0"], env=env) as (_, terminal):
        terminal.wait_for(r"http://127\.0\.0\.1:\d+")
    assert ("\x1b[" in terminal.text) == has_colour


def test_keyboard_stops_it(tmp_path):
    with on_terminal(["serve", tmp_path, "--listen", "127.0.0.1:0"]) as (process, terminal):
        terminal.wait_for("Ctrl")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_log_on_a_terminal_is_common(tmp_path):
    with on_terminal(["serve", tmp_path, "--listen", "127.0.0.1:0"]) as (_, terminal):
        terminal.wait_for(ADDRESS.pattern)
        port = int(ADDRESS.search(terminal.text)[3])
        with Peer(("127.0.0.1", port)) as peer:
            assert peer.ask("/missing").status == 404
        terminal.wait_for(r'127\.0\.0\.1 - - \[[^]]+\] "GET /missing HTTP/1\.1"[^\n]* 404')


@pytest.mark.parametrize("name, content, options, want", [
    ("a.html", b"<p>Ol\xc3\xa1", [], "data:text/html;charset=utf-8,%3Cp%3EOl%C3%A1"),
    ("a.png", bytes(9), [], "data:image/png;base64,AAAAAAAAAAAA"),
    ("nothing", b"", [], "data:application/octet-stream,"),
    ("a.txt", b"a b", ["--type", "TEXT/plain; charset=US-ASCII"], "data:,a%20b"),
    ("a.txt", b"hello-world's#", ["--type", "a/b"], "data:a/b,hello-world%27s%23"),
])
def test_data(cais, tmp_path, name, content, options, want):
    (tmp_path / name).write_bytes(content)
    told = cais.run("data", tmp_path / name, *options)
    assert (told.returncode, told.stdout, told.stderr) == (0, want + "\n", "")


def test_data_of_standard_input(cais, tmp_path):
    (tmp_path / "a.txt").write_text("Hi")
    with open(tmp_path / "a.txt", "rb") as file:
        told = subprocess.run([cais.program, "data", "-"], stdin=file, capture_output=True, text=True, timeout=20, check=False)
    assert (told.returncode, told.stdout) == (0, "data:application/octet-stream,Hi\n")


@pytest.mark.parametrize("arguments, status, said", [
    (["missing"], 1, "No such file"),
    (["."], 1, "regular file"),
    (["large"], 1, "may hold|large"),
    ([], 2, "FILE"),
    (["a.txt", "--type", "text"], 2, "text is no media type"),
    (["a.txt", "--type", 'text/plain;a="b,c"'], 1, "cannot carry"),
])
def test_data_that_cannot_be(cais, tmp_path, arguments, status, said):
    (tmp_path / "a.txt").write_text("Hi")
    with open(tmp_path / "large", "wb") as file:
        file.truncate(13 << 20)
    told = cais.run("data", *arguments, cwd=tmp_path)
    assert told.returncode == status
    assert told.stdout == ""
    assert re.search(said, told.stderr), told.stderr


def test_data_says_that_nobody_could_be_told(cais, tmp_path):
    (tmp_path / "a.txt").write_text("Hi")
    with open("/dev/full", "wb") as full:
        told = subprocess.run([cais.program, "data", tmp_path / "a.txt"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=20, check=False)
    assert told.returncode == 1
    assert "standard output" in told.stderr
