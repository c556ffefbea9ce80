"""TLS as users' tools see it: openssl, curl, testssl, sslscan."""
import contextlib
import json
import os
import re
import select
import socket
import ssl
import subprocess
import xml.etree.ElementTree as xml

import pytest

from certificates import Authority, openssl
from conftest import environment, until

USER = 'user = "root"' if os.geteuid() == 0 else ""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """An authority and what it issued."""
    folder = tmp_path_factory.mktemp("certificates")
    authority = Authority(folder)
    return {
        "authority": authority,
        "ec": authority.issue("ec", "DNS:localhost,DNS:a.test,IP:127.0.0.1"),
        "rsa": authority.issue("rsa", "DNS:a.test", key="rsa"),
        "b": authority.issue("b", "DNS:b.test,DNS:*.b.test"),
    }


class Served:
    def __init__(self, server, made):
        self.server, self.made = server, made

    def s_client(self, *arguments, say="", name=None, within=20):
        """What openssl says of a connection, and its exit status."""
        done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{self.server.port}", "-CAfile", str(self.made["authority"].certificate),
                               *(["-servername", name] if name else ["-noservername"]), *map(str, arguments)],
                              input=say, capture_output=True, text=True, timeout=within)
        return done.stdout + done.stderr

    def curl(self, url, *arguments):
        """curl's exit status and what it says. {port} is ours; every name is here."""
        done = subprocess.run(["curl", "--silent", "--show-error", "--max-time", "20", "--noproxy", "*", "--cacert", str(self.made["authority"].certificate),
                               "--connect-to", f"::127.0.0.1:{self.server.port}", *map(str, arguments), url], capture_output=True, text=True, timeout=30)
        return done.returncode, done.stdout + done.stderr


@contextlib.contextmanager
def serving(cais, folder, made, sites, *options, **named):
    (folder / "www").mkdir(exist_ok=True)
    (folder / "www/index.html").write_text("<p>hello\n")
    (folder / "cais.toml").write_text(f'{USER}\nstate = "{folder}/state"\n' + sites.replace("FOLDER", str(folder)))
    with cais.serve_file(folder / "cais.toml", *options, **named) as server:
        yield Served(server, made)


def site(hosts, tls, more=""):
    return f"""
[[site]]
hosts  = {json.dumps(hosts)}
listen = ["https://127.0.0.1:0"]
tls    = {{ {tls} }}
{more}
  [[site.route]]
  path = "/"
  files = "FOLDER/www"

  [[site.route]]
  path = "/echo"
  echo = true
"""


@pytest.fixture(scope="module")
def simple(cais, made, tmp_path_factory):
    with serving(cais, tmp_path_factory.mktemp("simple"), made, site(["*"], made["ec"])) as served:
        yield served


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_page_with_curl(simple, version):
    assert simple.curl("https://localhost/", "--tls-max", version, f"--tlsv{version}") == (0, "<p>hello\n")


@pytest.mark.parametrize("version, text", [("-tls1", "TLS 1.0"), ("-tls1_1", "TLS 1.1")])
def test_old_versions_are_refused_and_the_log_says_which(cais, made, tmp_path, version, text):
    with serving(cais, tmp_path, made, site(["*"], made["ec"])) as served:
        assert "alert protocol version" in served.s_client(version, "-cipher", "ALL:@SECLEVEL=0")
        served.server.says(f"it offers {text} at most; TLS 1.2 and 1.3 are spoken here")


def test_alpn(simple):
    assert "ALPN protocol: http/1.1" in simple.s_client("-alpn", "h3,http/1.1")
    assert "No ALPN negotiated" in simple.s_client()
    assert "alert no application protocol" in simple.s_client("-alpn", "xyz")
    assert "alert no application protocol" in simple.s_client("-alpn", "acme-tls/1", name="a.test")


def test_each_name_has_its_certificate(cais, made, tmp_path):
    both = f'certificate = ["{made["ec"].certificate}", "{made["rsa"].certificate}"], key = ["{made["ec"].key}", "{made["rsa"].key}"]'
    with serving(cais, tmp_path, made, site(["a.test"], both) + site(["b.test", "*.b.test"], made["b"])) as served:
        def presented(*arguments, **named):
            return re.search(r"subject=(.*)", served.s_client(*arguments, **named))[1]
        # Two sites with port 0 share the address.
        assert presented(name="a.test") == "CN = ec"
        assert presented("-sigalgs", "rsa_pss_rsae_sha256", name="a.test") == "CN = rsa"
        assert presented(name="b.test") == "CN = b"
        assert presented(name="x.b.test") == "CN = b"
        assert presented(name="unknown.test") == presented() == "CN = ec"  # the first site's, never a failed handshake
        # … and its requests are told that they are at the wrong place.
        assert served.curl("https://unknown.test/", "--insecure", "--write-out", "%{http_code}")[1].endswith("421")
        assert served.curl("https://x.b.test/") == (0, "<p>hello\n")


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_sessions_resume_at_every_worker(cais, made, tmp_path, version):
    with serving(cais, tmp_path, made, site(["*"], made["ec"]), "--workers", "4") as served:
        kept = tmp_path / "session"
        asked = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        # Until it is ended by the server, so that tickets are read.
        assert "\nNew, " in served.s_client(version, "-sess_out", kept, "-ign_eof", say=asked, name="localhost")
        for _ in range(12):
            assert "\nReused, " in served.s_client(version, "-sess_in", kept, "-ign_eof", say=asked, name="localhost")


class Conversation:
    """openssl s_client with somebody at its keyboard: a line that begins with K, k or R is a command."""

    def __init__(self, port, *arguments):
        self.process = subprocess.Popen(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-noservername", *arguments],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.said = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def says(self, text):
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def hears(self, text):
        while text not in self.said:
            assert select.select([self.process.stdout], [], [], 10)[0], self.said
            piece = os.read(self.process.stdout.fileno(), 65536)
            assert piece, self.said
            self.said += piece
        self.said = self.said.partition(text)[2]


def test_what_is_asked_after_a_change_of_keys(simple):
    """RFC 8446 §4.6.3; openssl's `K` asks for ours, too."""
    with Conversation(simple.server.port, "-tls1_3") as client:
        for command in (b"K\n", b"k\n", b"K\n"):
            client.says(command)
            client.hears(b"KEYUPDATE")
            client.says(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            client.hears(b"<p>hello")


def test_no_renegotiation(simple):
    with Conversation(simple.server.port, "-tls1_2") as client:
        client.hears(b"Secure Renegotiation IS supported")  # RFC 5746: that we know of the attack
        client.says(b"R\n")
        client.hears(b"no renegotiation")


def test_plain_http_gets_a_readable_400(cais, made, tmp_path):
    with serving(cais, tmp_path, made, site(["*"], made["ec"])) as served, served.server.connect() as peer:
        peer.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = peer.response()
        assert answer.status == 400 and "HTTPS" in answer.text
        assert peer.closed(within=5)
        served.server.says("it speaks HTTP without TLS")


def test_a_slow_handshake_ends(cais, made, tmp_path):
    with serving(cais, tmp_path, made, site(["*"], made["ec"]), "--limit", "tls-handshake=300ms") as served:
        with served.server.connect() as peer:
            peer.send(b"\x16\x03\x01")
            assert peer.closed(within=10)
        served.server.says("the handshake took too long")
        assert served.curl("https://localhost/")[0] == 0


def test_a_key_that_others_may_read_is_refused(cais, made, tmp_path):
    pair = made["authority"].issue("loose")
    pair.key.chmod(0o644)
    (tmp_path / "www").mkdir()
    (tmp_path / "cais.toml").write_text(f'{USER}\nstate = "{tmp_path}/state"\n' + site(["*"], pair).replace("FOLDER", str(tmp_path)))
    done = cais.run("serve", tmp_path / "cais.toml")
    assert done.returncode == 1 and "loose-key.pem" in done.stderr
    pair.key.chmod(0o640)  # as Debian's ssl-cert has it
    with serving(cais, tmp_path, made, site(["*"], pair)) as served:
        assert served.curl("https://localhost/") == (0, "<p>hello\n")


def test_a_cut_is_no_end(simple):
    """Octets that end without close_notify may have been cut by anybody: content without its end is no request."""
    context = ssl.create_default_context(cafile=str(simple.made["authority"].certificate))
    with socket.create_connection(("127.0.0.1", simple.server.port), timeout=10) as below:
        with context.wrap_socket(below, server_hostname="localhost") as peer:
            peer.sendall(b"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
            peer.setblocking(True)
            socket.socket.shutdown(peer, socket.SHUT_WR)
            answer = b""
            with contextlib.suppress(OSError):
                while piece := peer.recv(4096):
                    answer += piece
            assert not answer.endswith(b"0\r\n\r\n")  # what was echoed never comes to its end


def test_records_that_are_none_end_with_an_alert(simple):
    """RFC 8446 §5.2: a record that does not decrypt."""
    context = ssl.create_default_context(cafile=str(simple.made["authority"].certificate))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with socket.create_connection(("127.0.0.1", simple.server.port), timeout=10) as peer:
        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                peer.sendall(outgoing.read())
                incoming.write(peer.recv(65536))
        peer.sendall(outgoing.read())
        client.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        record = bytearray(outgoing.read())
        record[-1] ^= 1
        peer.sendall(record)
        with pytest.raises(ssl.SSLError, match="BAD_RECORD_MAC|bad record mac"):
            while True:
                got = peer.recv(65536)
                assert got
                incoming.write(got)
                with contextlib.suppress(ssl.SSLWantReadError):
                    assert not client.read()


def test_a_long_file_with_the_kernel_s_tls_or_without(cais, made, tmp_path):
    """Whether this kernel has it is for tests/kernel; here nobody may see a difference."""
    content = os.urandom((3 << 20) + 4097)
    with serving(cais, tmp_path, made, site(["*"], made["ec"])) as served:
        (tmp_path / "www/long.bin").write_bytes(content)
        for options in ([], ["--tls-max", "1.2"], ["--range", "1-300000"]):
            got = tmp_path / "got"
            assert served.curl("https://localhost/long.bin", *options, "--output", got) == (0, "")
            assert got.read_bytes() == (content[1:300001] if "--range" in options else content)


def test_idle_connections_are_small(cais, made, tmp_path, is_sanitized):
    context = ssl.create_default_context(cafile=str(made["authority"].certificate))
    count = 300
    # Under a sanitizer what was freed would be kept, too, and each allocation has some octets beside it.
    env, most = environment(), 8000
    if is_sanitized:
        env, most = environment(ASAN_OPTIONS="detect_leaks=1:abort_on_error=0:quarantine_size_mb=1:thread_local_quarantine_size_kb=64"), 28000
    with serving(cais, tmp_path, made, site(["*"], made["ec"]), "--workers", "1", env=env) as served:
        def peer():
            one = context.wrap_socket(socket.create_connection(("127.0.0.1", served.server.port), timeout=10), server_hostname="localhost")
            one.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert one.recv(4096)
            return one
        for _ in range(20):
            peer().close()
        before = served.server.status("RssAnon")
        peers = [peer() for _ in range(count)]
        grown = served.server.status("RssAnon") - before
        for one in peers:
            one.close()
        assert grown * 1024 / count < most, f"{grown} KiB for {count}"


def test_stapling(cais, made, tmp_path):
    """With `openssl ocsp` as responder: good, then revoked; nothing while nobody answers."""
    authority = Authority(tmp_path, "stapling")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    pair = authority.issue("stapled", more=[f"authorityInfoAccess = OCSP;URI:http://127.0.0.1:{port}"], with_chain=True)
    serial = openssl("x509", "-in", pair.certificate, "-noout", "-serial").strip().partition("=")[2]
    index = tmp_path / "index.txt"
    index.write_text(f"V\t400101000000Z\t\t{serial}\tunknown\t/CN=stapled\n")

    @contextlib.contextmanager
    def responder():
        process = subprocess.Popen(["openssl", "ocsp", "-index", index, "-port", str(port), "-rsigner", authority.certificate, "-rkey", authority.pair.key,
                                    "-CA", authority.certificate, "-ndays", "1"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            assert select.select([process.stdout], [], [], 10)[0]  # it says that it waits
            yield
        finally:
            process.kill()
            process.wait()

    with serving(cais, tmp_path, made, site(["*"], pair)) as served:
        served.server.says("asking http://127.0.0.1:.* about the certificate of CN=stapled: .*nothing new is stapled")
        assert "OCSP response: no response sent" in served.s_client("-status", name="localhost")
    with responder(), serving(cais, tmp_path, made, site(["*"], pair)) as served:
        said = until(lambda: (text := served.s_client("-status", name="localhost")) and "Cert Status" in text and text, 20, "it staples")
        assert "Cert Status: good" in said
        assert "OCSP response" not in served.s_client(name="localhost")  # who did not ask
        index.write_text(f"R\t400101000000Z\t250101000000Z\t{serial}\tunknown\t/CN=stapled\n")
    with responder(), serving(cais, tmp_path, made, site(["*"], pair)) as served:
        served.server.says("the certificate of CN=stapled was revoked")
        assert "Cert Status: revoked" in served.s_client("-status", name="localhost")


# Programs that look for what is wrong with a server

ALLOWED = {"engine_problem", "BREACH"}


@pytest.fixture(scope="module")
def scanned(cais, made, tmp_path_factory):
    """As a careful operator has it: HSTS, RSA beside ECDSA, certificates of 90 days with the address of a list of revoked ones."""
    folder = tmp_path_factory.mktemp("scanned")
    more = ["crlDistributionPoints = URI:http://127.0.0.1:1/list.crl"]
    ec = made["authority"].issue("scanned-ec", "DNS:localhost,IP:127.0.0.1", more=more, with_chain=True)
    rsa = made["authority"].issue("scanned-rsa", "DNS:localhost,IP:127.0.0.1", key="rsa", more=more, with_chain=True)
    tls = f'certificate = ["{ec.certificate}", "{rsa.certificate}"], key = ["{ec.key}", "{rsa.key}"]'
    with serving(cais, folder, made, site(["*"], tls, 'hsts = "180d"')) as served:
        yield served


def what_testssl_finds(scanned, report, *options):
    subprocess.run(["testssl", "--quiet", "--color", "0", "--warnings", "off", "--nodns", "none", "--ip", "127.0.0.1", "--add-ca", str(scanned.made["authority"].certificate),
                    *options, "--jsonfile", str(report), f"https://localhost:{scanned.server.port}"], stdin=subprocess.DEVNULL, capture_output=True, timeout=280)
    return json.loads(report.read_text())


def test_testssl_finds_nothing(scanned, tmp_path):
    findings = what_testssl_finds(scanned, tmp_path / "report.json")
    assert len(findings) > 100, findings
    # testssl resumes with what `s_client </dev/null` stored, which ends, one time in seven with any server, before the
    # ticket of TLS 1.3 has reached it: that finding, and no other, is asked for again until it is an answer.
    for repeat in range(10):
        if all(one["id"] != "sessionresumption_ticket" or one["severity"] != "WARN" for one in findings):
            break
        again = what_testssl_finds(scanned, tmp_path / f"again-{repeat}.json", "--server-defaults")
        findings = [one for one in findings if one["id"] != "sessionresumption_ticket"]
        findings += [one for one in again if one["id"] == "sessionresumption_ticket"]
    assert [one["finding"] for one in findings if one["id"] == "sessionresumption_ticket"] == ["supported"]
    bad = [(one["id"], one["severity"], one["finding"]) for one in findings
           if one["severity"] in ("LOW", "MEDIUM", "HIGH", "CRITICAL", "FATAL", "WARN") and one["id"].split(" ")[0] not in ALLOWED and not one["id"].startswith("cert_")]
    assert not bad


def test_sslscan_finds_nothing(scanned):
    done = subprocess.run(["sslscan", "--xml=-", "--no-colour", f"127.0.0.1:{scanned.server.port}"], capture_output=True, text=True, timeout=120)
    result = xml.fromstring(done.stdout).find("ssltest")
    enabled = {(one.get("type"), one.get("version")) for one in result.findall("protocol") if one.get("enabled") == "1"}
    assert enabled == {("tls", "1.2"), ("tls", "1.3")}
    ciphers = result.findall("cipher")
    assert ciphers
    for cipher in ciphers:
        assert cipher.get("cipher").startswith(("TLS_", "ECDHE-")), xml.tostring(cipher)
        assert "GCM" in cipher.get("cipher") or "POLY1305" in cipher.get("cipher"), xml.tostring(cipher)
        assert cipher.get("strength") in ("strong", "acceptable"), xml.tostring(cipher)
    for name, attribute, value in (("compression", "supported", "0"), ("heartbleed", "vulnerable", "0")):
        assert all(one.get(attribute) == value for one in result.findall(name)), done.stdout
