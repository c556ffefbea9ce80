"""Client certificates: who gets in by one, who does not, and that no other door leads to the same room."""
import contextlib
import json
import re
import signal
import ssl
import subprocess

import pytest

import peer as wire
from certificates import Authority, openssl
from conftest import environment
from test_tls import USER, Served, site

CLIENT = ["extendedKeyUsage = clientAuth"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The authority of the server's certificate, the one of clients, and what each issued."""
    folder = tmp_path_factory.mktemp("client-certificates")
    authority, clients = Authority(folder), Authority(folder, "clients")
    return {
        "authority": authority,
        "clients": clients,
        "server": authority.issue("server", "DNS:open.test,DNS:closed.test,DNS:either.test,DNS:other.test,DNS:localhost"),
        "ana": clients.issue("ana", "", more=CLIENT, subject="/O=Quay/CN=Ana"),
        "ben": clients.issue("ben", "", more=CLIENT, subject="/O=Quay/CN=Ben"),
        "eve": authority.issue("eve", "", more=CLIENT, subject="/O=Quay/CN=Ana"),  # Ana's name, by another authority
        "web": clients.issue("web", "", more=["extendedKeyUsage = serverAuth"], subject="/O=Quay/CN=Ana"),  # for servers alone
    }


def clients(authority, verify):
    return f'clients = {{ authority = "{authority}", verify = "{verify}" }}'


def auth(*who):
    """A route of its own that lets these in."""
    return f"""
  [[site.route]]
  path = "/team/"
  files = "FOLDER/www"
  auth = {{ certificate = {json.dumps(who)} }}
"""


def asking(name, made, verify, authority=None, who=("CN=Ana,O=Quay",)):
    """A site that asks its clients for certificates."""
    return site([name], f'{made["server"]}, {clients(authority or made["clients"].certificate, verify)}') + auth(*who)


def write(folder, sites):
    (folder / "www").mkdir(exist_ok=True)
    (folder / "www/index.html").write_text("<p>hello\n")
    # Put in its place whole: it may be read at any time.
    beside = folder / "cais.new"
    beside.write_text(f'{USER}\nstate = "{folder}/state"\n[log]\naccess = "common"\nfile = "{folder}/access.log"\n' + sites.replace("FOLDER", str(folder)))
    return beside.rename(folder / "cais.toml")


@contextlib.contextmanager
def serving(cais, folder, made, sites, *options):
    with cais.serve_file(write(folder, sites), *options) as server:
        yield Served(server, made)


def shows(pair):
    """curl's way to show a certificate; None: none."""
    return () if pair is None else ("--cert", pair.certificate, "--key", pair.key)


def logged(folder):
    """(user, target, status) of each line of the access log."""
    return [re.fullmatch(r'\S+ - (\S+) \[[^]]*\] "GET (\S+) HTTP/1\.[01]" (\d+) \S+', line).groups() for line in (folder / "access.log").read_text().splitlines()]


REFUSED = None  # in the handshake


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("verify, shown, status", [
    ("required", "ana", 200), ("required", "ben", 403), ("required", None, REFUSED), ("required", "eve", REFUSED), ("required", "web", REFUSED),
    ("optional", "ana", 200), ("optional", "ben", 403), ("optional", None, 403), ("optional", "eve", REFUSED), ("optional", "web", REFUSED)])
def test_who_gets_in(cais, made, tmp_path, version, verify, shown, status):
    with serving(cais, tmp_path, made, asking("closed.test", made, verify), "--workers", "1") as served:
        exit_status, said = served.curl("https://closed.test/team/", *shows(made.get(shown)), "--tls-max", version, "--write-out", "%{http_code}")
    if status is REFUSED:
        assert exit_status != 0 and "hello" not in said
        assert not (tmp_path / "access.log").exists() or logged(tmp_path) == []
    else:
        assert (exit_status, said[-3:]) == (0, str(status))
        assert logged(tmp_path) == [("Ana" if status == 200 else "-", "/team/", str(status))]


def test_every_way_to_name_a_certificate(cais, made, tmp_path):
    digest = openssl("x509", "-in", made["ana"].certificate, "-noout", "-fingerprint", "-sha256").strip().partition("=")[2]
    sites = "".join(asking(name, made, "required", who=who) for name, who in (
        ("open.test", ["CN=Ana,O=Quay"]), ("closed.test", [f"sha256:{digest}"]), ("either.test", ["Ana"]), ("other.test", ["@team"])))
    with serving(cais, tmp_path, made, sites, "--workers", "1") as served:
        def statuses(who):
            return [served.curl(f"https://{name}.test/team/", *shows(made[who]), "--write-out", "%{http_code}")[1][-3:] for name in ("open", "closed", "either", "other")]
        assert statuses("ana") == ["200", "200", "403", "403"]  # there is no user of that name
        subprocess.run([cais.program, "user", "add", "Ana", "--group", "team", "--config", tmp_path / "cais.toml"], input=b"quay and ships\n",
                       env=environment(), check=True, capture_output=True, timeout=60)
        assert statuses("ana") == ["200"] * 4
        assert statuses("ben") == ["403"] * 4
    assert [user for user, _, status in logged(tmp_path) if status == "200"] == ["Ana"] * 6


# An authority that cannot be read


UNREADABLE = {
    "missing": (lambda path, made: None, "No such file or directory"),
    "a_folder": (lambda path, made: path.mkdir(), None),
    "empty": (lambda path, made: path.write_text(""), None),
    "no_pem": (lambda path, made: path.write_text("none\n"), None),
    "a_key": (lambda path, made: path.write_text(made["ana"].key.read_text()), None),
    "cut_short": (lambda path, made: path.write_text(made["clients"].certificate.read_text() + made["clients"].certificate.read_text()[:200]), None),
}


@pytest.mark.parametrize("verify", ["required", "optional"])
@pytest.mark.parametrize("how", UNREADABLE)
def test_an_authority_that_cannot_be_read_closes_all(cais, made, tmp_path, how, verify):
    """Nothing is served rather than everybody let in; and a running server goes on as it was."""
    make, why = UNREADABLE[how]
    make(tmp_path / "unreadable.pem", made)
    wrong = asking("closed.test", made, verify, authority=tmp_path / "unreadable.pem")
    write(tmp_path, wrong)
    checked = cais.run("check", tmp_path / "cais.toml")
    assert checked.returncode == 1
    assert re.search(r"cais\.toml:\d+:\d+: error: .*unreadable\.pem", checked.stderr) and (why or "") in checked.stderr
    started = cais.run("serve", tmp_path / "cais.toml")
    assert started.returncode == 1 and "unreadable.pem" in started.stderr

    with serving(cais, tmp_path, made, asking("closed.test", made, "required")) as served:
        write(tmp_path, wrong)
        served.server.signal(signal.SIGHUP)
        served.server.says("unreadable.pem")
        assert served.curl("https://closed.test/team/", *shows(made["ana"])) == (0, "<p>hello\n")
        assert served.curl("https://closed.test/team/")[0] != 0


# Sessions


def request(host, target="/team/"):
    return f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"


def keep(served, version, kept, name, pair=None):
    """A ticket of that site, got with or without a certificate; it is one, since it is taken there."""
    shown = () if pair is None else ("-cert", pair.certificate, "-key", pair.key)
    # Until it is ended by the server, so that tickets are read.
    assert "\nNew, " in served.s_client(version, *shown, "-sess_out", kept, "-ign_eof", say=request(name, "/"), name=name)
    assert "\nReused, " in served.s_client(version, "-sess_in", kept, "-ign_eof", say=request(name, "/"), name=name)


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_a_session_keeps_who_it_is(cais, made, tmp_path, version):
    with serving(cais, tmp_path, made, asking("closed.test", made, "required")) as served:
        keep(served, version, tmp_path / "session", "closed.test", made["ana"])
        said = served.s_client(version, "-sess_in", tmp_path / "session", "-ign_eof", say=request("closed.test"), name="closed.test")
        assert "\nReused, " in said and "<p>hello" in said
    assert ("Ana", "/team/", "200") in logged(tmp_path)


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("of, pair", [("open.test", None), ("either.test", None), ("either.test", "ana"), ("other.test", "eve"), ("", None)],
                         ids=["nobody_is_asked", "nothing_was_shown", "shown_where_it_is_optional", "another_authority", "the_default_site"])
def test_a_session_of_another_site_is_no_way_in(cais, made, tmp_path, version, of, pair):
    sites = (site(["*"], str(made["server"])) + site(["open.test"], str(made["server"])) + asking("closed.test", made, "required")
             + asking("either.test", made, "optional") + asking("other.test", made, "required", authority=made["authority"].certificate))
    with serving(cais, tmp_path, made, sites) as served:
        keep(served, version, tmp_path / "session", of or "unknown.test", made.get(pair))
        said = served.s_client(version, "-sess_in", tmp_path / "session", "-ign_eof", say=request("closed.test"), name="closed.test")
        assert "Reused" not in said and "HTTP/1.1" not in said
        assert ("alert certificate required" if version == "-tls1_3" else "alert handshake failure") in said
    assert "/team/" not in (tmp_path / "access.log").read_text()


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_a_session_ends_with_the_rules_that_it_was_made_under(cais, made, tmp_path, version):
    """After a reload that trusts another authority, who was let in by the old one shows a certificate again."""
    with serving(cais, tmp_path, made, asking("closed.test", made, "required")) as served:
        keep(served, version, tmp_path / "session", "closed.test", made["ana"])
        write(tmp_path, asking("closed.test", made, "required", authority=made["authority"].certificate))
        assert cais.run("reload", "--config", tmp_path / "cais.toml").returncode == 0
        said = served.s_client(version, "-sess_in", tmp_path / "session", "-ign_eof", say=request("closed.test"), name="closed.test")
        assert "Reused" not in said and "HTTP/1.1" not in said
        assert served.curl("https://closed.test/team/", *shows(made["ana"]))[0] != 0
        assert served.curl("https://closed.test/team/", *shows(made["eve"])) == (0, "<p>hello\n")


# The handshake of one name, the request of another: RFC 9110 §7.4, §15.5.20


class Secure(wire.Peer):
    """A peer over TLS."""

    def __init__(self, address, made, name, pair=None):
        super().__init__(address)
        context = ssl.create_default_context(cafile=str(made["authority"].certificate))
        context.check_hostname = False
        if pair is not None:
            context.load_cert_chain(pair.certificate, pair.key)
        self.socket = context.wrap_socket(self.socket, server_hostname=name)


@pytest.fixture(scope="module")
def four(cais, made, tmp_path_factory):
    """Each site with rules of its own; the default one has those of open.test."""
    sites = (site(["*"], str(made["server"])) + site(["open.test"], str(made["server"])) + asking("closed.test", made, "required")
             + asking("either.test", made, "optional") + asking("other.test", made, "required"))
    with serving(cais, tmp_path_factory.mktemp("four"), made, sites, "--workers", "1") as served:
        yield served


@pytest.mark.parametrize("form", ["host", "absolute"])
@pytest.mark.parametrize("inside, other, status", [
    ("open.test", "closed.test", 421), ("open.test", "either.test", 421), ("either.test", "closed.test", 421), ("closed.test", "open.test", 421),
    ("closed.test", "either.test", 421), ("unknown.test", "closed.test", 421), (None, "closed.test", 421), ("closed.test", "unknown.test", 421),
    ("closed.test", "CLOSED.test.", 200), ("closed.test", "other.test", 200), ("open.test", "unknown.test", 200), (None, "open.test", 200)])
def test_rfc9110_7_4_another_site_on_a_kept_connection(four, made, inside, other, status, form):
    """The same rules are the same handshake; others are sent away, whatever was answered before."""
    with Secure(four.server.addresses[0], made, inside, made["ana"]) as peer:
        first = inside or "unknown.test"
        assert [peer.ask("/", host=first).status for _ in range(2)] == [200, 200]
        answer = peer.ask("/", host=other) if form == "host" else peer.ask(f"https://{other}/", host=first)
        assert answer.status == status
        if status == 421:
            assert answer.get("Connection") == "close"
            assert peer.closed()
        else:
            assert peer.ask("/", host=first).status == 200


def test_a_request_without_a_name_is_for_the_default_site(four, made):
    with Secure(four.server.addresses[0], made, "closed.test", made["ana"]) as peer:
        assert peer.ask("/", host=None, version="HTTP/1.0").status == 421
    with Secure(four.server.addresses[0], made, "open.test") as peer:
        assert peer.ask("/", host=None, version="HTTP/1.0").status == 200


def test_a_default_site_that_asks(cais, made, tmp_path):
    """Its rules hold for every name that no site has, and for none."""
    sites = site(["*"], f'{made["server"]}, {clients(made["clients"].certificate, "required")}') + site(["open.test"], str(made["server"]))
    with serving(cais, tmp_path, made, sites) as served:
        for arguments in ({"name": "unknown.test"}, {"name": None}):
            said = served.s_client("-tls1_3", "-ign_eof", say=request("unknown.test", "/"), **arguments)
            assert "alert certificate required" in said and "HTTP/1.1" not in said
        with Secure(served.server.addresses[0], made, "open.test") as peer:
            assert peer.ask("/", host="unknown.test").status == 421
        with Secure(served.server.addresses[0], made, None, made["ana"]) as peer:
            assert peer.ask("/", host="unknown.test").status == 200


def test_a_curl_that_reuses_its_connection_is_sent_to_another(four, made):
    """What a browser does with two names at one address: it coalesces, gets 421, and asks again by a connection of its own."""
    closed = four.curl("https://open.test/", "--header", "Host: closed.test", "--write-out", "%{http_code}")[1]
    assert closed.endswith("421")
    assert four.curl("https://closed.test/team/", *shows(made["ana"])) == (0, "<p>hello\n")
