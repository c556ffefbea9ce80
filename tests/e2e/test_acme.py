"""Certificates by themselves (RFC 8555, 8737, 8738, 9773), against Debian's pebble with its validation on."""
import contextlib
import datetime
import os
import pathlib
import pwd
import random
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile

import pytest

import conftest
import pebble as authority
from conftest import until


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """What costs time to make and keeps nothing: the HTTPS of authorities, and DNS."""
    folder = tmp_path_factory.mktemp("authority")
    dns = authority.Dns(folder)
    yield folder, authority.Https(folder), dns
    authority.ended(dns.process)


class Place:
    """A folder with a configuration, and the ports that its server and its authority know of each other."""

    def __init__(self, folder, shared, user="root"):
        self.folder = folder
        self.user = user
        _, self.https, self.dns = shared
        self.ca = self.https.ca
        self.http_port, self.tls_port = authority.free_port(), authority.free_port()
        self.state = folder / "state"
        self.file = folder / "cais.toml"
        (folder / "www").mkdir()
        (folder / "www/index.html").write_text("hello")
        self.running = contextlib.ExitStack()

    def pebble(self, **named):
        named = {"http_port": self.http_port, "tls_port": self.tls_port, **named}
        started = authority.Pebble(self.folder, self.https, self.dns, **named)
        self.running.callback(started.stop)
        return started

    def front(self, pebble, **named):
        front = authority.Front(pebble, **named)
        self.running.callback(front.stop)
        return front

    def configure(self, directories, hosts, *, acme="", plain=True, tls=True, site=""):
        listen = [f"http://127.0.0.1:{self.http_port}"] * plain + [f"https://127.0.0.1:{self.tls_port}"] * tls
        quoted = ", ".join(f'"{one}"' for one in ([directories] if isinstance(directories, str) else directories))
        self.file.write_text(f"""
state = "{self.state}"
workers = 1
user = "{self.user}"

[acme]
directory = [{quoted}]
ca = "{self.ca}"
{acme}

[[site]]
hosts = {list(hosts)!r}
listen = {listen!r}
{site}
route = [ {{ path = "/", files = "{self.folder}/www" }} ]
""".replace("'", '"'))
        return self.file

    def certificates(self):
        folder = self.state / "acme/certificates"
        return sorted(folder.iterdir()) if folder.exists() else []

    def handshake(self, name, root=None):
        """Asks over TLS; gives the certificate's serial number and the answer's status line."""
        context = ssl.create_default_context(cafile=root) if root else ssl._create_unverified_context()
        with socket.create_connection(("127.0.0.1", self.tls_port), 10) as plain:
            with context.wrap_socket(plain, server_hostname=name) as stream:
                stream.sendall(f"GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
                answer = b""
                while piece := stream.recv(4096):
                    answer += piece
                der = stream.getpeercert(binary_form=True)
        return serial_of(der), answer.partition(b"\r\n")[0].decode()


def serial_of(der):
    pem = ssl.DER_cert_to_PEM_cert(der)
    return subprocess.run(["openssl", "x509", "-noout", "-serial"], input=pem, capture_output=True, text=True, check=True,
                          timeout=20).stdout.strip()


@pytest.fixture
def place(tmp_path, shared):
    made = Place(tmp_path, shared)
    with made.running:
        yield made


@pytest.fixture
def apart(shared):
    """Served by two processes: a folder that anybody may enter, and root's files in it for root alone."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cais-acme-", dir="/tmp"))
    folder.chmod(0o755)
    made = Place(folder, shared, "www-data")
    made.ca = folder / "ca.pem"
    shutil.copyfile(made.https.ca, made.ca)
    made.ca.chmod(0o600)
    try:
        with made.running:
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["one", "two"])
def either(request):
    """Served by one process, and by two."""
    return request.getfixturevalue("place" if request.param == "one" else "apart")


def serve(cais, place, **named):
    return cais.serve(place.file, listen=None, **{"wait_for_addresses": 0, **named})


def issued(server, name, within=30):
    server.says(rf"info: certificate for {name}: issued by Pebble", within)


CASES = {
    "http_01": dict(hosts=["a.example"], tls=True),
    "tls_alpn_01": dict(hosts=["a.example"], plain=False),
    "several_names": dict(hosts=["a.example", "b.example", "c.example"]),
    "rfc8738_address_by_http_01": dict(hosts=["127.0.0.1"]),
    "rfc8738_address_by_tls_alpn_01": dict(hosts=["127.0.0.1"], plain=False),
}


@pytest.mark.parametrize("name", CASES)
def test_a_certificate_is_obtained_and_served(cais, place, name):
    pebble = place.pebble()
    case = CASES[name]
    place.configure(pebble.directory, **case)
    with serve(cais, place) as server:
        for host in case["hosts"]:
            issued(server, host)
        root = pebble.root(place.folder)
        for host in case["hosts"]:
            assert place.handshake(host, root)[1] == "HTTP/1.1 200 OK"
    for file in place.certificates():
        assert file.stat().st_mode & 0o777 == 0o600
    assert (place.state / "acme").stat().st_mode & 0o777 == 0o700
    assert not list((place.state / "acme/orders").iterdir())


def test_rfc8555_8_4_a_wildcard_by_dns_01(cais, place):
    pebble = place.pebble()
    place.configure(pebble.directory, ["*.w.example", "w.example"], acme=f'dns = {{ run = ["{place.dns.hook}"] }}')
    with serve(cais, place) as server:
        issued(server, r"\*\.w\.example")
        issued(server, "w.example")
        root = pebble.root(place.folder)
        assert place.handshake("any.w.example", root)[1] == "HTTP/1.1 200 OK"
    ours = [call for call in place.dns.asked() if call[1] == "_acme-challenge.w.example."]
    assert [call[0] for call in ours] == ["present", "cleanup"]
    assert ours[0][2] == ours[1][2]


def test_a_program_that_fails_is_told_of(cais, place):
    pebble = place.pebble()
    hook = place.folder / "hook"
    hook.write_text("#!/bin/sh\necho no such zone: $2\nexit 3\n")
    hook.chmod(0o755)
    place.configure(pebble.directory, ["*.w.example"], acme=f'dns = {{ run = ["{hook}"] }}')
    with serve(cais, place) as server:
        server.says(r"status 3 and said: no such zone: _acme-challenge\.w\.example\..*; there is none yet; next try in \d")


def test_rfc8555_7_3_4_external_account_binding(cais, place):
    pebble = place.pebble(external=True)
    account = f'eab = {{ "{pebble.directory}" = {{ id = "kid-1", key = "{authority.ACCOUNTS["kid-1"]}" }} }}'
    place.configure(pebble.directory, ["a.example"], acme=account)
    with serve(cais, place) as server:
        issued(server, "a.example")


def test_rfc8555_7_3_4_an_account_that_is_wanted_and_missing(cais, place):
    pebble = place.pebble(external=True)
    place.configure(pebble.directory, ["a.example"])
    with serve(cais, place) as server:
        server.says(r"wants an external account; give `acme\.eab` what it handed out")


def test_rfc8555_6_5_bad_nonces(cais, place):
    pebble = place.pebble(nonce_reject=60)
    place.configure(pebble.directory, ["a.example"])
    with serve(cais, place) as server:
        issued(server, "a.example", 60)


def test_profiles_of_the_directory(cais, place):
    front = place.front(place.pebble())
    place.configure(front.directory, ["a.example"], acme='profile = "shortlived"')
    with serve(cais, place) as server:
        issued(server, "a.example")


def test_a_profile_that_the_authority_does_not_have(cais, place):
    front = place.front(place.pebble())
    place.configure(front.directory, ["a.example"], acme='profile = "short"')
    with serve(cais, place) as server:
        server.says(r"has no profile `short`; there is: classic, shortlived")


def test_renewal_at_two_thirds_of_the_lifetime(cais, place):
    pebble = place.pebble(lifetime=12)
    place.configure(pebble.directory, ["a.example"])
    with serve(cais, place) as server:
        issued(server, "a.example")
        first = place.handshake("a.example")[0]
        until(lambda: place.handshake("a.example")[0] != first, 40, "another certificate is served")
        count = sum("issued by Pebble" in line for line in server.lines)
        assert count == 2


def test_rfc9773_renewal_when_the_authority_asks_for_it(cais, place):
    front = place.front(place.pebble(lifetime=600))
    place.configure(front.directory, ["a.example"])
    now = datetime.datetime.now(datetime.timezone.utc)
    stamp = lambda hours: (now + datetime.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    front.window = (stamp(1), stamp(2), 1)
    with serve(cais, place) as server:
        issued(server, "a.example")
        first = place.handshake("a.example")[0]
        with front.changed:
            assert front.changed.wait_for(lambda: len(front.asked) >= 2, 20)  # it asks, as Retry-After says
        assert place.handshake("a.example")[0] == first
        front.window = (stamp(-2), stamp(-1), 1)
        server.says("asks for its renewal; it comes at", 30)
        until(lambda: place.handshake("a.example")[0] != first, 30, "another certificate is served")
        assert "." in front.asked[0]


def test_an_authority_that_is_down_at_the_start(cais, place):
    port = authority.free_port()
    place.configure(f"https://127.0.0.1:{port}/dir", ["a.example"])
    with serve(cais, place) as server:
        server.says(r"connect to 127\.0\.0\.1:\d+: connect: Connection refused.*; there is none yet; next try in \d+ s, at 20")
        with pytest.raises(ssl.SSLError):
            place.handshake("a.example")
        server.says(r"a\.example.*no certificate|certificate.*a\.example.*yet")
        place.pebble(port=port)
        issued(server, "a.example", 40)


def test_the_old_certificate_stays_through_a_failure(cais, place):
    port = authority.free_port()
    pebble = place.pebble(port=port, lifetime=24)
    place.configure(pebble.directory, ["a.example"])
    with serve(cais, place) as server:
        issued(server, "a.example")
        first = place.handshake("a.example")[0]
        pebble.stop()
        server.says(r"Connection refused.*; the one of before stays, until 20\S+; next try in \d+ s", 60)
        assert place.handshake("a.example")[0] == first
        place.pebble(port=port, lifetime=24)  # which has forgotten us, and our account
        until(lambda: place.handshake("a.example")[0] != first, 30, "another certificate is served")


def test_another_authority_when_the_first_is_down(cais, place):
    pebble = place.pebble()
    place.configure([f"https://127.0.0.1:{authority.free_port()}/dir", pebble.directory], ["a.example"])
    with serve(cais, place) as server:
        issued(server, "a.example")


def test_an_authority_that_is_not_believed(cais, place, tmp_path):
    pebble = place.pebble()
    (tmp_path / "other").mkdir()
    place.configure(pebble.directory, ["a.example"])
    text = place.file.read_text().replace(str(place.https.ca), str(authority.Https(tmp_path / "other").ca))
    place.file.write_text(text)
    with serve(cais, place) as server:
        server.says(r"certificate for a\.example: read the directory at https://.*certificate")
    assert not any("certificates" in str(file) for file in place.certificates())


def test_an_order_that_becomes_invalid(cais, place):
    pebble = place.pebble(http_port=authority.free_port(), tls_port=authority.free_port())
    place.configure(pebble.directory, ["a.example"])
    with serve(cais, place) as server:
        server.says(r"http-01 for a\.example: .* did not see that the name is ours: .*; tls-alpn-01 for a\.example: .* did "
                    r"not see that the name is ours: .*; there is none yet; next try in \d+ s", 30)


def test_retry_after_is_kept_to(cais, place):
    front = place.front(place.pebble())
    asked = []

    def refuse(path):
        if path != "/order-plz":
            return None
        asked.append(path)
        return 429, {"type": "urn:ietf:params:acme:error:rateLimited", "detail": "too many\nfor today"}, 3600

    front.refuse = refuse
    place.configure(front.directory, ["a.example"])
    with serve(cais, place) as server:
        server.says(r"answered 429: too many\\x0afor today \(rateLimited\); there is none yet; next try in \d+ min")
    assert len(asked) == 1


def test_what_was_saved_is_served_though_the_authority_is_gone(cais, place):
    pebble = place.pebble()
    place.configure(pebble.directory, ["a.example"])
    with serve(cais, place) as server:
        issued(server, "a.example")
        first = place.handshake("a.example")[0]
        root = pebble.root(place.folder)
    pebble.stop()
    with serve(cais, place):
        until(lambda: listens(place.tls_port))
        assert place.handshake("a.example", root) == (first, "HTTP/1.1 200 OK")


def test_tokens_are_answered_before_authentication_and_redirects(cais, place):
    pebble = place.pebble()
    place.configure(pebble.directory, ["a.example"])
    place.file.write_text(place.file.read_text().replace("files =", 'methods = ["PUT"], files ='))
    with serve(cais, place) as server:
        issued(server, "a.example")
    assert "http-01" in place.certificates()[0].read_text()


def test_cert_list_and_renew(cais, place):
    pebble = place.pebble()
    place.configure(pebble.directory, ["a.example", "b.example"])
    none = cais.run("cert", "list", "--config", place.file)
    assert none.returncode == 0 and "none yet: " + pebble.directory in none.stdout
    assert not place.state.exists()
    assert cais.run("cert", "renew", "a.example", "--config", place.file).returncode == 1  # no server runs
    with serve(cais, place) as server:
        issued(server, "a.example")
        issued(server, "b.example")
        first, other = place.handshake("a.example")[0], place.handshake("b.example")[0]
        renewed = cais.run("cert", "renew", "A.example", "--config", place.file)
        assert renewed.returncode == 0 and "issued by Pebble" in renewed.stdout, renewed.stderr
        assert place.handshake("a.example")[0] != first  # at once: it is served when the command returns
        assert place.handshake("b.example")[0] == other
        wrong = cais.run("cert", "renew", "c.example", "--config", place.file)
        assert wrong.returncode == 1 and "no site gets a certificate for `c.example`" in wrong.stderr
        pebble.stop()
        failed = cais.run("cert", "renew", "a.example", "--config", place.file)
        assert failed.returncode == 1 and "Connection refused" in failed.stderr
    listed = cais.run("cert", "list", "--config", place.file).stdout.splitlines()
    assert listed[0].split() == ["NAMES", "ISSUER", "DAYS", "LEFT", "FROM"]
    assert [line.split()[0] for line in listed[1:]] == ["a.example", "b.example"]
    assert all(line.endswith(pebble.directory) and "Pebble Intermediate CA" in line for line in listed[1:])


def reload(cais, place):
    done = cais.run("reload", "--config", place.file)
    assert done.returncode == 0, done.stderr


def test_a_reload_brings_names_and_takes_them_away(cais, either):
    pebble = either.pebble(lifetime=15)
    either.configure(pebble.directory, ["a.example", "b.example"])
    with serve(cais, either) as server:
        issued(server, "a.example")
        issued(server, "b.example")
        first, gone = either.handshake("a.example")[0], either.handshake("b.example")[0]
        (file,) = [file for file in either.certificates() if file.stem == "b.example"]
        saved = file.read_bytes()
        told = len(server.lines)
        either.configure(pebble.directory, ["a.example", "c.example"])
        reload(cais, either)
        issued(server, "c.example")
        assert either.handshake("c.example", pebble.root(either.folder))[1] == "HTTP/1.1 200 OK"
        assert either.handshake("a.example")[0] == first  # one that stays is the same
        assert either.handshake("b.example")[0] != gone
        asked = cais.run("cert", "renew", "b.example", "--config", either.file)
        assert asked.returncode == 1 and "no site gets a certificate for `b.example`" in asked.stderr
        until(lambda: either.handshake("a.example")[0] != first, 40, "one that stays is renewed")
        assert file.read_bytes() == saved and not any("b.example" in line for line in server.lines[told:])
        # It is served again from the first handshake on, and then renewed.
        either.configure(pebble.directory, ["a.example", "b.example"])
        reload(cais, either)
        assert either.handshake("b.example")[1] == "HTTP/1.1 200 OK"
        until(lambda: either.handshake("b.example")[0] not in (first, gone), 40, "it is served, and renewed")
        assert file.read_bytes() != saved


def test_a_reload_brings_the_first_name(cais, either):
    pebble = either.pebble()
    either.configure(pebble.directory, ["a.example"], tls=False, site='tls = "off"')
    with serve(cais, either, wait_for_addresses=1) as server:
        assert not (either.state / "acme").exists()
        either.configure(pebble.directory, ["a.example"])
        reload(cais, either)
        issued(server, "a.example")
        assert either.handshake("a.example", pebble.root(either.folder))[1] == "HTTP/1.1 200 OK"
        either.configure(pebble.directory, ["a.example"], tls=False, site='tls = "off"')
        reload(cais, either)
        until(lambda: not listens(either.tls_port), what="nobody listens there any more")


def test_what_cannot_be_read_of_the_authority_leaves_the_old_configuration(cais, apart):
    pebble = apart.pebble()
    apart.configure(pebble.directory, ["a.example"])
    with serve(cais, apart) as server:
        issued(server, "a.example")
        first = apart.handshake("a.example")
        apart.ca.unlink()
        done = cais.run("reload", "--config", apart.file)
        assert done.returncode == 1 and str(apart.ca) in done.stderr
        assert apart.handshake("a.example") == first


# Two processes


def owned_by(place):
    """Everything in the state folder with its user and mode."""
    names = {pwd.getpwuid(one.lstat().st_uid).pw_name for one in [place.state, *place.state.rglob("*")]}
    for one in [place.state, *place.state.rglob("*")]:
        assert one.lstat().st_mode & 0o077 == 0, one
    return names


def test_two_processes_obtain_renew_and_upgrade(cais, apart):
    pebble = apart.pebble(lifetime=12)
    apart.configure(pebble.directory, ["a.example"])
    with serve(cais, apart) as server:
        issued(server, "a.example")
        first = apart.handshake("a.example", pebble.root(apart.folder))[0]
        assert owned_by(apart) == {"www-data"}
        until(lambda: apart.handshake("a.example")[0] != first, 40, "another certificate is served")
        server.signal(signal.SIGUSR2)
        server.says("upgrade: done")
        second = apart.handshake("a.example")[0]
        until(lambda: apart.handshake("a.example")[0] != second, 40, "the new program renews it, too")
        third = apart.handshake("a.example")[0]
        renewed = cais.run("cert", "renew", "a.example", "--config", apart.file)
        assert renewed.returncode == 0, renewed.stderr
        assert apart.handshake("a.example")[0] != third
        assert owned_by(apart) == {"www-data"}


def children_of(pid):
    text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(one) for one in text.split()]


def test_two_processes_killed_at_any_step_leave_a_state_that_can_be_used(cais, apart):
    front = apart.front(apart.pebble(lifetime=120))
    front.window = ("2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z", 1)  # renewals without end
    apart.configure(front.directory, ["a.example"])
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    for _ in range(100 if os.environ.get("CAIS_LONG") else 8):
        server = conftest.Server([apart.file], wait_for_addresses=1)
        try:
            if apart.certificates():  # what is there is served, at once
                assert apart.handshake("a.example")[1] == "HTTP/1.1 200 OK"
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.process.wait(chance.uniform(0, 2))
            assert server.process.poll() is None, "\n".join(server.lines)
        finally:
            children = children_of(server.pid)
            for pid in chance.sample([server.pid, *children], 1 + len(children)):  # in any order
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            server.kill()
            until(lambda: not any(pathlib.Path(f"/proc/{pid}").exists() for pid in children), what="all have ended")
        for file in apart.certificates():
            if not file.name.startswith("."):
                is_usable(file)
        assert not any("cannot be used" in line for line in server.lines), server.lines
        assert owned_by(apart) == {"www-data"}
    with serve(cais, apart) as server:
        issued(server, "a.example")
        is_usable(apart.state / "acme/certificates/a.example.pem")


def listens(port):
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True


def is_usable(file):
    """Its key is that of its certificate, and what follows is a chain: OpenSSL takes nothing else."""
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(file)


def test_kill_at_any_step_leaves_a_state_that_can_be_used(cais, place):
    front = place.front(place.pebble(lifetime=120))
    front.window = ("2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z", 1)  # renewals without end
    names = ["a.example", "b.example"]
    place.configure(front.directory, names)
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    times = 200 if os.environ.get("CAIS_LONG") else 20
    for i in range(times):
        server = conftest.Server([place.file], wait_for_addresses=0)
        saved = {file.stem for file in place.certificates() if file.suffix == ".pem"}
        try:
            until(lambda: listens(place.tls_port), 20)
            for name in saved & set(names):  # what is there is served, at once
                assert place.handshake(name)[1] == "HTTP/1.1 200 OK"
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.process.wait(chance.uniform(0, 2.5))
            assert server.process.poll() is None, "\n".join(server.lines)
        finally:
            server.kill()
        for file in place.certificates():
            if not file.name.startswith("."):
                is_usable(file)
        assert not any("cannot be used" in line for line in server.lines), server.lines
    assert {file.stem for file in place.certificates() if file.suffix == ".pem"} == set(names)
    with serve(cais, place) as server:
        for name in names:
            issued(server, name)
            is_usable(place.state / f"acme/certificates/{name}.pem")
        assert not [file for file in place.certificates() if file.name.startswith(".")]
