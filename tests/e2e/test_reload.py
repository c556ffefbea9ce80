"""A new configuration and a new program, without anybody noticing: snapshots, listeners, the control socket, upgrades,
two processes, and what systemd is told. README of the subject: docs/operations.md.

Most of it holds for one process and for two: `user = "root"` is one where root runs the tests."""
import contextlib
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import pytest

import peer as wire
from conftest import PROGRAM, ROOT, environment, until

LONG = "CAIS_LONG" in os.environ
HELLO = "hello, quay\n"


class Site:
    """A folder for everybody to read, a state, and the configuration that names them."""

    def __init__(self, folder, user):
        self.folder = folder
        self.user = user
        self.state = folder / "state"
        self.file = folder / "cais.toml"
        (folder / "www").mkdir()
        (folder / "www/index.html").write_text(HELLO)
        self.write()

    def write(self, *, root="www", listen=("127.0.0.1:0",), routes=(), keys="", state=None, workers=2, user=None, tls='"off"'):
        routes = [f'{{ path = "/", files = "{self.folder / root}" }}', *routes]
        # Put in its place whole: it may be read at any time.
        text = f'''state = "{state or self.state}"
workers = {workers}
user = "{user or self.user}"
{keys}
[[site]]
hosts = ["*"]
listen = {json.dumps(list(listen))}
tls = {tls}
https_redirect = false
route = [ {", ".join(routes)} ]
'''
        beside = self.file.with_suffix(".new")
        beside.write_text(text)
        beside.replace(self.file)

    def certificate(self):
        """Made once, its key for root alone; as `tls` wants it."""
        certificate, key = self.folder / "certificate.pem", self.folder / "key.pem"
        if not key.exists():
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
                           check=True, capture_output=True)
            key.chmod(0o600)
        return f'{{ certificate = "{certificate}", key = "{key}" }}'

    def other(self, name, content):
        """Another folder of pages."""
        folder = self.folder / name
        folder.mkdir()
        (folder / "index.html").write_text(content)
        return name


@contextlib.contextmanager
def open_folder():
    """A temporary one that any user may enter, which pytest's are not."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cais-reload-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        for pid in processes_of(folder / "cais.toml"):  # a successor, of a test that failed
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["one", "two"])
def site(request):
    """Served by one process, and by two."""
    with open_folder() as folder:
        yield Site(folder, "root" if request.param == "one" else "www-data")


@pytest.fixture
def one():
    with open_folder() as folder:
        yield Site(folder, "root")


@pytest.fixture
def two():
    with open_folder() as folder:
        yield Site(folder, "www-data")


def reload(cais, site, status=0):
    done = cais.run("reload", "--config", site.file)
    assert done.returncode == status, done.stderr
    return done.stderr


def ask(site, question, within=10):
    """On the control socket, as `cais reload` does."""
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(within)
        peer.connect(str(site.state / "control.sock"))
        peer.sendall(question)
        answer = b""
        while piece := peer.recv(65536):
            answer += piece
        return answer


def reload_often(site, times):
    """Without a process for each."""
    for _ in range(times):
        answer = json.loads(ask(site, b'{"command":"reload"}\n', 30))
        assert answer["done"], answer


def tree(pid):
    """A process and all below it."""
    found = [pid]
    with contextlib.suppress(OSError):  # it may end meanwhile
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += tree(int(child))
    return found


def newest(pids):
    """By when they began, since numbers are used again, and by number within a tick; one may end meanwhile."""
    began = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            began[pid] = int(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]), pid
    return max(began, key=began.get)


def serving(pid):
    """The process that answers: the newest child, or the one process."""
    return newest(children_of(pid) or [pid])


def children_of(pid):
    """Its own: below one that ends, the leak sanitizer starts what looks like a server."""
    with contextlib.suppress(OSError):
        return set(map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
    return set()


def holder(site):
    """The process that has the state: the one, or the parent. It may be about to write its number."""
    return int(until(lambda: (site.state / "lock").read_text(), what="somebody has the state"))


def status_of(pid, name):
    return re.search(rf"^{name}:\s*(.*)$", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M)[1]


def processes_of(file):
    """Every process that serves this configuration."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and str(file).encode() in (entry / "cmdline").read_bytes().split(b"\0"):
                if "State:\tZ" not in (entry / "status").read_text():
                    found.append(int(entry.name))
    return sorted(found)


def listening_inodes(pid):
    inodes = set()
    listening = {line.split()[9] for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:] if line.split()[3] == "0A"}
    for fd in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            if match := re.fullmatch(r"socket:\[(\d+)\]", os.readlink(f"/proc/{pid}/fd/{fd}")):
                if match[1] in listening:
                    inodes.add(match[1])
    return inodes


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# A new configuration


def test_takes_it_and_keeps_connections(cais, site):
    with cais.serve_file(site.file) as server, server.connect() as peer:
        assert peer.ask("/").text == HELLO
        site.write(root=site.other("fresh", "fresh\n"))
        said = reload(cais, site)
        assert "1 site" in said and str(site.file) in said and str(site.state) in said
        assert peer.ask("/").text == "fresh\n"  # on the connection that was there before


def test_sighup_does_it_too(cais, site):
    with cais.serve_file(site.file) as server:
        site.write(root=site.other("fresh", "fresh\n"))
        server.signal(signal.SIGHUP)
        server.says("reload: .*1 site, in use now")
        assert server.ask("/").text == "fresh\n"


@pytest.mark.parametrize("fault, said", [
    ("this is no toml", r"cais\.toml:4:\d+: error: "),
    ("unheard = 1", r"cais\.toml:4:1: error: unknown key `unheard`"),
    ("workers_ = 2", r"did you mean `workers`"),
])
def test_a_wrong_file_leaves_the_old_one(cais, site, fault, said):
    with cais.serve_file(site.file) as server:
        site.write(root=site.other("fresh", "fresh\n"), keys=fault)
        told = reload(cais, site, status=1)
        assert re.search(said, told)
        server.signal(signal.SIGHUP)
        server.says(said)
        server.says("goes on")
        assert server.ask("/").text == HELLO
        site.write(root="fresh")
        reload(cais, site)
        assert server.ask("/").text == "fresh\n"


def test_a_folder_that_is_not_there_leaves_the_old_one(cais, site):
    with cais.serve_file(site.file) as server:
        site.write(root="nowhere", listen=("127.0.0.1:0", f"127.0.0.1:{free_port()}"))
        assert "nowhere" in reload(cais, site, status=1)
        assert server.ask("/").text == HELLO
        site.file.unlink()
        server.signal(signal.SIGHUP)
        server.says("reload: .*cais.toml.*No such file")
        assert server.ask("/").text == HELLO


def test_listeners_come_stay_and_go(cais, site):
    ports = free_port(), free_port()
    site.write(listen=[f"127.0.0.1:{ports[0]}"])
    with cais.serve_file(site.file) as server:
        before = listening_inodes(serving(server.pid))
        with server.connect() as old:
            assert old.ask("/").text == HELLO
            site.write(listen=[f"127.0.0.1:{port}" for port in ports])
            reload(cais, site)
            assert before < listening_inodes(serving(server.pid))  # the same sockets, and more
            with wire.Peer(("127.0.0.1", ports[1])) as peer:
                assert peer.ask("/").text == HELLO
            site.write(listen=[f"127.0.0.1:{ports[1]}"])
            reload(cais, site)
            until(lambda: not before & listening_inodes(serving(server.pid)), what="the first listener is closed")

            def is_refused():
                with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", ports[0]), 5):
                    return False
                return True
            until(is_refused, what="nobody listens there any more")
            assert old.ask("/").status in (200, 421)  # who is connected lives on; the site may have no such address now
        with wire.Peer(("127.0.0.1", ports[1])) as peer:
            assert peer.ask("/").text == HELLO


def test_an_address_may_become_narrower(cais, one):
    port = free_port()
    one.write(listen=[f"0.0.0.0:{port}"], workers=1)
    with cais.serve_file(one.file) as server:
        one.write(listen=[f"127.0.0.1:{port}"], workers=1)
        reload(cais, one)
        with wire.Peer(("127.0.0.1", port)) as peer:
            assert peer.ask("/").text == HELLO
        assert server.process.poll() is None


def test_a_busy_port_leaves_the_old_ones(cais, site):
    with cais.serve_file(site.file) as server, socket.create_server(("127.0.0.1", 0)) as taken:
        before = listening_inodes(server.pid)
        site.write(listen=["127.0.0.1:0", f"127.0.0.1:{free_port()}", "127.0.0.1:%d" % taken.getsockname()[1]])
        assert "in use by another program" in reload(cais, site, status=1)
        assert listening_inodes(server.pid) == before
        assert server.ask("/").text == HELLO


def test_what_wants_a_restart_is_said(cais, site):
    with cais.serve_file(site.file) as server:
        site.write(workers=3, state=site.folder / "elsewhere", user="nobody")
        beside = site.folder / "asking.toml"  # the state that is asked is the old one
        beside.write_text(f'state = "{site.state}"\n')
        for _ in range(2):  # as long as it is so
            done = cais.run("reload", "--config", beside)
            assert done.returncode == 0
            for key in ("state", "user", "workers"):
                assert f"`{key}` has changed; that takes a restart" in done.stderr
        assert server.ask("/").text == HELLO


def test_the_log_changes_and_is_opened_again(cais, site):
    log, other = site.folder / "first.log", site.folder / "second.log"
    site.write(keys=f'[log]\naccess = "common"\nfile = "{log}"')
    with cais.serve_file(site.file) as server:
        server.ask("/one")
        until(lambda: "/one" in log.read_text(), what="it is logged")
        log.rename(site.folder / "kept.log")
        server.signal(signal.SIGHUP)
        server.says("in use now")
        until(log.exists, what="the log is opened again")
        server.ask("/two")
        until(lambda: "/two" in log.read_text(), what="it is logged there")
        site.write(keys=f'[log]\naccess = "json"\nfile = "{other}"')
        reload(cais, site)
        server.ask("/three")
        until(lambda: other.exists() and '"/three"' in other.read_text(), what="it is logged as JSON")
        other.rename(site.folder / "kept2.log")
        server.signal(signal.SIGUSR1)
        until(other.exists, what="SIGUSR1 opens it again")
    if site.user != "root":
        assert log.stat().st_uid == 0  # opened by the parent, so that the child need not be able to


def test_overlapping_reloads_fold_into_one(cais, site):
    with cais.serve_file(site.file) as server:
        site.write(root=site.other("fresh", "fresh\n"))
        askers = [subprocess.Popen([PROGRAM, "reload", "--config", site.file], stderr=subprocess.DEVNULL) for _ in range(24)]
        assert [asker.wait(30) for asker in askers] == [0] * len(askers)
        assert server.ask("/").text == "fresh\n"
        assert 1 <= sum("in use now" in line for line in server.lines) < len(askers)


def test_a_download_outlives_the_route_that_it_came_by(cais, site):
    size = (64 if LONG else 24) * 1024 * 1024
    seconds = 60 if LONG else 3
    (site.folder / "long").mkdir()
    octets = os.urandom(1024) * (size // 1024)
    (site.folder / "long/file.bin").write_bytes(octets)
    long_route = f'{{ path = "/long/", files = "{site.folder}/long" }}'
    site.write(routes=[long_route])
    with cais.serve_file(site.file) as server, server.connect() as peer:
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 256 * 1024)
        peer.send(wire.request("/long/file.bin"))
        head = peer.head()
        assert head.status == 200
        pieces = peer.pieces(head)
        content = bytearray(next(pieces))
        site.write()
        reload(cais, site)
        assert server.ask("/long/file.bin").status == 404
        began = time.monotonic()
        for i, piece in enumerate(pieces):
            content += piece
            # As slow as its reader.
            ahead = len(content) / size * seconds - (time.monotonic() - began)
            if ahead > 0.01:
                threading.Event().wait(min(ahead, 0.5))
            if i == 20:
                server.signal(signal.SIGUSR2)  # an upgrade under way does not cut it either
        assert bytes(content) == octets
        end_all(server, site)


class Figures:
    """What the processes of a server hold: descriptors, and KiB of memory that no other process shares with them."""

    # What is freed goes back at once, or nearly: a sanitizer would keep 256 MiB of it to find who uses it after all.
    environment = environment(ASAN_OPTIONS=environment()["ASAN_OPTIONS"] + ":quarantine_size_mb=8")

    def __init__(self, site):
        pids = processes_of(site.file)
        self.processes = len(pids)
        self.descriptors = sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in pids)
        texts = [pathlib.Path(f"/proc/{pid}/status").read_text() for pid in pids]
        self.memory = sum(int(figure) for text in texts for figure in re.findall(r"^RssAnon:\s*(\d+)", text, re.M))

    def __repr__(self):
        return f"{self.processes} processes, {self.descriptors} descriptors, {self.memory} KiB"

    @staticmethod
    def settled(site, before, memory):
        """Waits until there is no more of anything than before; of memory, so many KiB. Each of two workers may have
        the page open."""
        seen = []

        def is_settled():
            with contextlib.suppress(OSError):  # one may end meanwhile
                seen.append(now := Figures(site))
                return now.processes <= before.processes and now.descriptors <= before.descriptors + 2 and now.memory <= before.memory + memory
        try:
            until(is_settled, 10)
        except AssertionError:
            raise AssertionError(f"{before} before, {seen[-1]} now") from None


def begin_upgrade(site):
    """Gives the process that it starts."""
    pid = holder(site)
    known = children_of(pid)
    os.kill(pid, signal.SIGUSR2)
    return until(lambda: children_of(pid) - known, 30, "an upgrade has begun").pop()


def upgrade(server, site):
    """Begins one; gives what the end of it is waited for with."""
    count = upgrades_of(server)
    begin_upgrade(site)
    return lambda: server.wait(lambda: upgrades_of(server) == count + 1, 30, "an upgrade is done")


def upgrades_of(server):
    """How many are done; successors say it where the first does."""
    return sum(bool(re.search(r"upgrade: (done|process \d+ serves now)", line)) for line in server.lines)


def end_all(server, site):
    """The one process has another number after an upgrade; two go with the parent."""
    if site.user == "root":
        assert server.exits() == 0
        os.kill(holder(site), signal.SIGTERM)
        until(lambda: not processes_of(site.file), what="all have ended")


def test_nothing_grows(cais, site, is_sanitized):
    plain, secure = free_port(), free_port()
    site.write(listen=[f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{secure}"], tls=site.certificate())
    with cais.serve_file(site.file, env=Figures.environment) as server:
        def reload_and_ask(times):
            for _ in range(times):
                reload_often(site, 1)
                server.ask("/")
        reload_and_ask(10)
        before = Figures(site)
        reload_and_ask(100)
        Figures.settled(site, before, 64 * 1024 if is_sanitized else 1024)
        for _ in range(5):
            upgrade(server, site)()
            reload_and_ask(10)
        Figures.settled(site, before, 64 * 1024 if is_sanitized else 1024)
        end_all(server, site)


# The control socket


@pytest.mark.parametrize("question, answer", [
    (b'{"command":"reload"}\n', b'{"done":true,'),
    (b'{"command":"unheard"}\n', b'{"done":false,'),
    (b"no JSON\n", b'{"done":false,'),
    (b"[]\n", b'{"done":false,'),
    (b'{"command":["reload"]}\n', b'{"done":false,'),
    (b"[" * 1000 + b"\n", b'{"done":false,'),
    (b"x" * 8192, b""),
])
def test_control_answers_one_line(cais, one, question, answer):
    with cais.serve_file(one.file):
        try:
            got = ask(one, question)
        except ConnectionResetError:
            got = b""  # it was not read to its end
        assert got.startswith(answer) and got.count(b"\n") == (1 if answer else 0)


def test_control_is_bounded_and_never_in_the_way(cais, one):
    with cais.serve_file(one.file) as server, contextlib.ExitStack() as stack:
        for _ in range(40):  # who connects and says nothing
            silent = stack.enter_context(socket.socket(socket.AF_UNIX))
            silent.connect(str(one.state / "control.sock"))
        assert server.ask("/").text == HELLO
        server.signal(signal.SIGHUP)
        server.says("in use now")


def test_control_is_for_its_user_and_root(cais, site):
    with cais.serve_file(site.file):
        path = site.state / "control.sock"
        assert path.stat().st_mode & 0o777 == 0o600
        assert site.state.stat().st_mode & 0o777 == 0o700
        assert path.stat().st_uid == pwd.getpwnam(site.user).pw_uid
        # Even where the folder would let somebody in, the server asks the kernel who it is.
        site.state.chmod(0o755)
        path.chmod(0o666)
        done = subprocess.run(["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", PROGRAM, "reload", "--config", site.file],
                              capture_output=True, text=True, timeout=20, env=environment())
        assert done.returncode == 1 and "without an answer" in done.stderr


def test_a_second_server_is_told_who_has_the_state(cais, site):
    with cais.serve_file(site.file) as server:
        done = cais.run("serve", site.file)
        assert done.returncode == 1
        assert f"another cais, process {server.pid}, uses it" in done.stderr
    assert not (site.state / "control.sock").exists()
    with cais.serve_file(site.file):  # and when it has ended, nothing is in the way
        pass


def test_a_stale_socket_is_no_hindrance(cais, one):
    with cais.serve_file(one.file, expect_status=-signal.SIGKILL) as server:
        os.kill(server.pid, signal.SIGKILL)
        server.process.wait()
        assert (one.state / "control.sock").exists()
    done = cais.run("reload", "--config", one.file)
    assert done.returncode == 1 and "no server runs" in done.stderr
    with cais.serve_file(one.file):
        reload(cais, one)


def test_a_folder_is_served_without_state(cais, tmp_path):
    with cais.serve(tmp_path, expect_status=-signal.SIGHUP) as server:
        server.signal(signal.SIGHUP)  # as any program
        assert server.exits() == -signal.SIGHUP


def test_a_folder_under_nohup_is_served_on(cais, tmp_path):
    with cais.serve(tmp_path, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) as server:
        server.signal(signal.SIGHUP)
        server.signal(signal.SIGUSR1)
        assert server.ask("/").status == 200
        assert server.process.poll() is None


# A new program


def successor_of(site, pid):
    """The process that has the state now."""
    until(lambda: holder(site) != pid, 20, "a successor serves")
    return holder(site)


def test_upgrade_of_one_process(cais, one):
    with cais.serve_file(one.file) as server:
        with server.connect() as idle, server.connect() as busy:
            assert idle.ask("/").text == HELLO
            assert busy.ask("/").text == HELLO
            before = listening_inodes(server.pid)
            server.signal(signal.SIGUSR2)
            server.says(r"upgrade: process \d+ serves now")
            successor = successor_of(one, server.pid)
            assert listening_inodes(successor) == before
            answer = busy.ask("/")  # a connection that was open: answered by the old one, which says that it is the last
            assert answer.text == HELLO and "close" in answer.members("Connection")
        assert server.exits() == 0
        assert server.ask("/").text == HELLO
        assert (one.state / "lock").read_text() == f"{successor}\n"
        reload(cais, one)
        os.kill(successor, signal.SIGTERM)
        until(lambda: not processes_of(one.file), what="the new one ends, too")
        server.expect_status = 0


def test_upgrade_of_two_processes_keeps_the_number(cais, two):
    with cais.serve_file(two.file) as server:
        (old,) = tree(server.pid)[1:]
        before = listening_inodes(old)
        server.signal(signal.SIGUSR2)
        server.says("upgrade: done")
        until(lambda: old not in tree(server.pid), what="the old child has ended")
        (new,) = tree(server.pid)[1:]
        assert listening_inodes(new) == before
        assert server.ask("/").text == HELLO
        reload(cais, two)


def test_signals_wait_for_one_that_starts(cais, one):
    with cais.serve_file(one.file) as server:
        for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
            successor = begin_upgrade(one)
            os.kill(successor, number)
            server.says(f"upgrade: process {successor} serves now", 20)
        assert server.exits() == 0
        # The last of them was told to upgrade before it served.
        server.wait(lambda: sum("serves now" in line for line in server.lines) == 4, 20, "it has done so")
        assert server.ask("/").text == HELLO
        os.kill(holder(one), signal.SIGTERM)
    until(lambda: not processes_of(one.file), what="all have ended")


def copy_of_the_program(folder):
    copy = folder / "cais"
    shutil.copy2(PROGRAM, copy)
    copy.chmod(0o755)
    return copy


@pytest.mark.parametrize("program, said", [
    ("#!/bin/sh\nexit 3\n", "exited with status 3"),
    ("no program at all", "cannot be started"),
    (None, "cannot be started"),
])
def test_a_program_that_does_not_start_leaves_the_old_one(cais, site, program, said):
    copy = copy_of_the_program(site.folder)
    with cais.serve_file(site.file, program=copy) as server:
        pids = tree(server.pid)
        copy.unlink()
        if program is not None:
            copy.write_text(program)
            copy.chmod(0o755)
        server.signal(signal.SIGUSR2)
        server.says(f"upgrade: .*{said}.*this one goes on")
        assert tree(server.pid) == pids
        assert server.ask("/").text == HELLO
        copy.unlink(missing_ok=True)
        shutil.copy2(PROGRAM, copy)
        server.signal(signal.SIGUSR2)
        until(lambda: set(processes_of(site.file)) - set(pids), what="the next one is taken")
        until(lambda: server.ask("/").text == HELLO)
        for pid in processes_of(site.file):
            if pid != server.pid:
                os.kill(pid, signal.SIGTERM) if site.user == "root" else None
    until(lambda: not processes_of(site.file), what="all have ended")


def test_a_wrong_file_stops_an_upgrade(cais, site):
    with cais.serve_file(site.file) as server:
        pids = tree(server.pid)
        site.write(keys="unheard = 1")
        server.signal(signal.SIGUSR2)
        server.says("upgrade: .*this one goes on")
        server.says("unknown key `unheard`")
        assert tree(server.pid) == pids
        assert server.ask("/").text == HELLO


def test_at_most_four_old_ones(cais, two):
    (two.folder / "www/large").write_bytes(bytes(64 * 1024 * 1024))
    two.write(keys='[limits]\nstop-time = "1s"\nsend-time = "60s"\nsend-rate = "0B"')
    with cais.serve_file(two.file) as server, contextlib.ExitStack() as stack:
        def is_busy(pid):
            return any(os.readlink(f"/proc/{pid}/fd/{fd}").endswith("/large") for fd in os.listdir(f"/proc/{pid}/fd"))

        def keep_busy():
            """For a moment the one before may still accept."""
            peer = stack.enter_context(server.connect())
            peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            peer.send(wire.request("/large"))
            assert peer.head().status == 200
            with contextlib.suppress(OSError):
                return is_busy(serving(server.pid))

        old = []
        for _ in range(6):
            until(keep_busy, what="the newest has something to finish")
            old.append(serving(server.pid))
            upgrade(server, two)()
        server.says("told to stop")
        until(lambda: children_of(server.pid) == {*old[-4:], serving(server.pid)}, 20, f"four of {old} are left")
        server.stop(30)


# Two processes


def test_the_child_cannot_come_back(cais, two):
    with cais.serve_file(two.file) as server:
        (child,) = tree(server.pid)[1:]
        uid = str(pwd.getpwnam("www-data").pw_uid)
        assert status_of(child, "Uid").split() == [uid] * 4
        assert set(status_of(child, "Gid").split()) == {str(pwd.getpwnam("www-data").pw_gid)}
        for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            assert int(status_of(child, kind), 16) == 0, kind
        assert status_of(child, "NoNewPrivs") == "1"
        assert status_of(server.pid, "Uid").split() == ["0"] * 4
        # The parent has no connection of anybody, only its listeners, and the channel.
        with server.connect() as peer:
            peer.ask("/")
            ports = [line.split()[1] for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()]
            assert ports and len(listening_inodes(server.pid)) == len(listening_inodes(child))
            local = {os.readlink(f"/proc/{server.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{server.pid}/fd")}
            mine = [line.split()[9] for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:] if line.split()[3] == "01"]
            assert not any(f"socket:[{inode}]" in local for inode in mine)


# Of linux/capability.h; the same as in packaging/cais-sites.service.
CAPABILITIES = {"CHOWN": 0, "DAC_OVERRIDE": 1, "DAC_READ_SEARCH": 2, "FOWNER": 3, "KILL": 5, "SETGID": 6, "SETUID": 7, "SETPCAP": 8,
                "NET_BIND_SERVICE": 10}


def test_the_parent_keeps_what_it_needs(cais, two):
    most = sum(1 << number for number in CAPABILITIES.values()) & int(status_of("self", "CapPrm"), 16)
    unit = (ROOT / "packaging/cais-sites.service").read_text()
    named = re.search(r"^CapabilityBoundingSet=(.*)$", unit, re.M)[1].split()
    assert sorted(named) == sorted("CAP_" + name for name in CAPABILITIES)

    def holds():
        assert {kind: int(status_of(server.pid, kind), 16) for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {
            "CapInh": 0, "CapPrm": most, "CapEff": most, "CapBnd": most, "CapAmb": 0}
    # Another user's, and closed to others.
    logs = two.folder / "logs"
    logs.mkdir(0o700)
    shutil.chown(logs, "www-data", "www-data")
    two.write(keys=f'[log]\naccess = "common"\nfile = "{logs}/access.log"')
    with cais.serve_file(two.file) as server:
        holds()
        (logs / "access.log").rename(logs / "old.log")
        server.signal(signal.SIGUSR1)
        until((logs / "access.log").exists, what="the log is opened again")
        (child,) = tree(server.pid)[1:]
        os.kill(child, signal.SIGKILL)
        server.says("another is started in")
        until(lambda: child not in tree(server.pid) and len(tree(server.pid)) == 2, what="another one serves")
        upgrade(server, two)()
        holds()
        assert server.ask("/").text == HELLO
        reload(cais, two)


def test_a_key_that_only_root_may_read(cais, two):
    port = free_port()
    two.write(listen=[f"https://127.0.0.1:{port}"], tls=two.certificate())
    with cais.serve_file(two.file, wait_for_addresses=0) as server:
        server.says(f"https://127.0.0.1:{port}")

        def ask():
            return subprocess.run(["curl", "-s", "--cacert", two.folder / "certificate.pem", "--connect-to", f"localhost:443:127.0.0.1:{port}",
                                   "https://localhost/"], capture_output=True, text=True, timeout=20).stdout
        assert ask() == HELLO
        two.write(root=two.other("fresh", "fresh\n"), listen=[f"https://127.0.0.1:{port}"], tls=two.certificate())
        reload(cais, two)
        assert ask() == "fresh\n"
        (two.folder / "key.pem").chmod(0o604)
        assert "permission" in reload(cais, two, status=1)
        assert ask() == "fresh\n"


def test_a_configuration_that_only_root_may_read(cais, two):
    two.file.chmod(0o600)
    with cais.serve_file(two.file) as server:
        assert server.ask("/").text == HELLO
        two.write(root=two.other("fresh", "fresh\n"))
        two.file.chmod(0o600)
        reload(cais, two)
        assert server.ask("/").text == "fresh\n"


def test_a_child_that_dies_is_replaced(cais, two):
    with cais.serve_file(two.file) as server:
        for _ in range(2):
            (child,) = tree(server.pid)[1:]
            os.kill(child, signal.SIGKILL)
            server.says(rf"the process that serves, {child}, was ended by signal 9; another is started in")
            assert server.ask("/", host="a").text == HELLO  # it waits in the socket that the parent holds
            until(lambda: child not in tree(server.pid) and len(tree(server.pid)) == 2, what="another one serves")
        reload(cais, two)


def test_a_parent_that_dies_ends_its_child(cais, two):
    with cais.serve_file(two.file, expect_status=-signal.SIGKILL) as server:
        (child,) = tree(server.pid)[1:]
        os.kill(server.pid, signal.SIGKILL)
        server.process.wait()
        until(lambda: not pathlib.Path(f"/proc/{child}").exists() or status_of(child, "State")[0] == "Z", what="it ends")


def test_sigterm_lets_what_is_in_flight_end(cais, two):
    (two.folder / "www/large").write_bytes(bytes(32 * 1024 * 1024))
    with cais.serve_file(two.file) as server, server.connect() as peer:
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        peer.send(wire.request("/large"))
        head = peer.head()
        server.signal(signal.SIGTERM)
        assert sum(len(piece) for piece in peer.pieces(head)) == 32 * 1024 * 1024
        assert server.exits() == 0


def test_a_second_sigterm_ends_it_at_once(cais, two):
    (two.folder / "www/large").write_bytes(bytes(32 * 1024 * 1024))
    with cais.serve_file(two.file, expect_status=128 + signal.SIGTERM) as server, server.connect() as peer:
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.send(wire.request("/large"))
        assert peer.head().status == 200
        server.signal(signal.SIGTERM)
        until(lambda: not listening_inodes(server.pid), what="it has heard the first")
        server.signal(signal.SIGTERM)
        assert server.exits() == 128 + signal.SIGTERM
        until(lambda: not processes_of(two.file), what="the child has ended, too")


@pytest.mark.parametrize("user", ["no-such-user"])
def test_a_user_that_is_not_there(cais, one, user):
    one.write(user=user)
    done = cais.run("serve", one.file)
    assert done.returncode == 1 and user in done.stderr


def test_root_that_stays_root_is_said(cais, one, tmp_path):
    with cais.serve_file(one.file) as server:
        server.says("stays root")
    with cais.serve(tmp_path) as server:
        assert server.lines[0].endswith(f"{tmp_path}, as root")
        assert len(server.lines) <= 4


# What the service manager is told, and hands in


class Manager:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, name):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + name[1:] if name.startswith("@") else name)
        self.socket.settimeout(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def hears(self):
        return dict(line.split("=", 1) for line in self.socket.recv(4096).decode().splitlines())


@pytest.mark.parametrize("is_abstract", [False, True], ids=["path", "abstract"])
def test_sd_notify(cais, site, is_abstract):
    name = f"@cais-test-{os.getpid()}" if is_abstract else str(site.folder / "notify.sock")
    with Manager(name) as manager, cais.serve_file(site.file, env=environment(NOTIFY_SOCKET=name)) as server:
        assert manager.hears()["READY"] == "1"
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        reload(cais, site)
        reloading = manager.hears()
        assert reloading["RELOADING"] == "1"
        assert before <= int(reloading["MONOTONIC_USEC"]) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        assert manager.hears()["READY"] == "1"
        site.write(keys="unheard = 1")
        reload(cais, site, status=1)
        assert manager.hears()["RELOADING"] == "1"
        assert "failed" in manager.hears()["STATUS"]
        server.signal(signal.SIGTERM)
        assert manager.hears() == {"STOPPING": "1"}
        server.exits()


def test_sd_notify_of_an_upgrade_names_the_new_process(cais, one):
    name = str(one.folder / "notify.sock")
    with Manager(name) as manager, cais.serve_file(one.file, env=environment(NOTIFY_SOCKET=name)) as server:
        assert manager.hears()["READY"] == "1"
        server.signal(signal.SIGUSR2)
        heard = manager.hears()
        while "MAINPID" not in heard:
            heard = manager.hears()
        successor = successor_of(one, server.pid)
        assert int(heard["MAINPID"]) == successor
        assert server.exits() == 0
        os.kill(successor, signal.SIGTERM)
        until(lambda: not processes_of(one.file), what="it has ended")


def activated(port, *arguments, ports=()):
    listen = [f"--listen=127.0.0.1:{one}" for one in (port, *ports)]
    return subprocess.Popen(["systemd-socket-activate", *listen, PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True, env=environment())


@pytest.mark.parametrize("what", ["configuration", "folder"])
def test_socket_activation(site, what):
    port, other = free_port(), free_port()
    site.write(listen=[f"127.0.0.1:{port}"])
    arguments = ["serve", site.file] if what == "configuration" else ["serve", site.folder / "www"]
    process = activated(port, *arguments, ports=[other] if what == "configuration" else [])
    try:
        assert "Listening on" in process.stderr.readline()
        with wire.Peer(("127.0.0.1", port)) as peer:  # which starts it
            assert peer.ask("/").text == HELLO
        said = ""
        while "http://" not in (line := process.stderr.readline()):
            said += line
        assert str(port) in line
        if what == "configuration":
            assert f"127.0.0.1:{other} was handed in, and no site listens there" in said
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()


def test_a_socket_that_was_handed_in_is_not_shut(cais, one):
    """Whoever handed it in listens on, for the next one."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        one.write(listen=[f"127.0.0.1:{port}"])
        script = ("import os, sys; os.dup2(int(sys.argv[1]), 3); os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1'); "
                  "os.execv(sys.argv[2], sys.argv[2:])")
        for _ in range(2):
            process = subprocess.Popen(["/usr/bin/python3", "-c", script, str(listener.fileno()), PROGRAM, "serve", one.file], pass_fds=[listener.fileno()],
                                       stderr=subprocess.DEVNULL, env=environment())
            try:
                with wire.Peer(("127.0.0.1", port)) as peer:
                    assert peer.ask("/").text == HELLO
                process.send_signal(signal.SIGTERM)
                assert process.wait(10) == 0
            finally:
                process.kill()


# All of it under load


def run_wrk(url, connections=32):
    """Until SIGINT."""
    return subprocess.Popen(["wrk", "-t1", f"-c{connections}", "-d300s", url], stdout=subprocess.PIPE, text=True)


def connections_at(port):
    lines = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(line[1].endswith(f":{port:04X}") and line[3] == "01" for line in lines)


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def failures(output):
    """What wrk says of answers that did not come, or were no 2xx."""
    return [line for line in output.splitlines() if "Socket errors" in line or "Non-2xx" in line]


def test_under_load_nothing_fails(cais, site, is_sanitized):
    reloads, upgrades = 100, 5
    plain, secure = free_port(), free_port()
    site.write(listen=[f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{secure}"], tls=site.certificate())
    with cais.serve_file(site.file, env=Figures.environment) as server:
        def begin_load():
            loads = [run_wrk(f"http://127.0.0.1:{plain}/"), run_wrk(f"https://127.0.0.1:{secure}/")]
            until(lambda: min(connections_at(plain), connections_at(secure)) >= 32, 30, "the load has begun")
            return loads

        def end_load(loads, least):
            serves = serving(holder(site))  # so that it, too, has been seen at work
            began = processor_seconds(serves)
            until(lambda: processor_seconds(serves) > began + 0.5, 60, "it is busy")
            for load in loads:
                assert load.poll() is None
                load.send_signal(signal.SIGINT)
                output, _ = load.communicate(timeout=30)
                assert not failures(output), output
                assert int(re.search(r"(\d+) requests in", output)[1]) > least

        rest = Figures(site)
        loads = begin_load()
        reload_often(site, 10)  # what is kept for later is there then
        end_load(loads, 100)
        Figures.settled(site, rest, 64 * 1024)
        before = Figures(site)
        loads = begin_load()
        for _ in range(upgrades):
            reload_often(site, reloads // upgrades)
            is_done = upgrade(server, site)
            reload(cais, site)  # while it is under way
            is_done()
        end_load(loads, 1000)
        Figures.settled(site, before, 64 * 1024 if is_sanitized else 4096)
        end_all(server, site)
