"""HTTPS under the local authority: `cais serve DIR --tls internal`, `tls = "internal"`, and browsers after `cais trust`."""
import os
import re
import shutil
import signal
import socket
import ssl
import stat
import subprocess

import pytest
from browser import Browser, BrowserError
from conftest import START_LIMIT, environment, has_ip6, until

PAGE = "<!DOCTYPE html><title>here</title><p>hello"


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text(PAGE)
    return folder


class Local:
    """What a test needs of one state folder."""

    def __init__(self, cais, site, folder):
        self.cais, self.site, self.state = cais, site, folder / "state"

    @property
    def root(self):
        return self.state / "authority/root.crt"

    def serve(self, *options, **named):
        return self.cais.serve(self.site, "--tls", "internal", "--state", self.state, *options, **named)

    def curl(self, url, *options, before=()):
        run = subprocess.run([*before, "curl", "-sS", "--noproxy", "*", "--max-time", "20", "--cacert", self.root, *options, url],
                             capture_output=True, text=True, check=False)
        return run.returncode, run.stdout + run.stderr

    def certificate(self, server, address=0, name="localhost"):
        """The certificate that is presented, checked by OpenSSL; as text and PEM."""
        context = ssl.create_default_context(cafile=self.root)
        context.check_hostname = False
        with socket.create_connection(server.addresses[address], 10) as plain, context.wrap_socket(plain, server_hostname=name) as secure:
            pem = ssl.DER_cert_to_PEM_cert(secure.getpeercert(binary_form=True))
        text = subprocess.run(["openssl", "x509", "-noout", "-text"], input=pem, capture_output=True, text=True, check=True).stdout
        return text, pem


@pytest.fixture
def local(cais, site, tmp_path):
    return Local(cais, site, tmp_path)


def hosts():
    return ["localhost", "127.0.0.1"] + (["[::1]"] if has_ip6() else [])


def test_every_name_of_loopback(local):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    options = ["--listen", f"[::1]:{port}"] if has_ip6() else []
    with local.serve(*options, listen=f"127.0.0.1:{port}") as server:
        for host in hosts():
            assert local.curl(f"https://{host}:{server.port}/") == (0, PAGE)


def test_what_it_prints(local):
    with local.serve() as server:
        assert f"  https://localhost:{server.port}" in server.lines
        server.says(r"info: made a local authority in .*/state/authority; .*cais trust")
    with local.serve() as server:
        assert not any("made a local authority" in line for line in server.lines)


def test_port_8443_unless_told(local, network):
    with local.serve(listen=None, program=network.program) as server:
        assert server.addresses == [("127.0.0.1", 8443)]
        assert sum("https://localhost:8443" in line for line in server.lines) == 1
        for host in hosts():
            assert local.curl(f"https://{host}:8443/", before=network.of(server)) == (0, PAGE)


def test_port_8443_is_somebody_elses(local, network):
    """Another program at one of the two is an error, and leaves nothing behind."""
    with local.serve(listen=None, program=network.program) as server:
        run = local.cais.run("serve", local.site, "--tls", "internal", "--state", local.state, before=network.of(server))
    assert run.returncode == 1
    assert "127.0.0.1:8443" in run.stderr and "in use" in run.stderr


def test_root_is_strict_and_kept_private(local):
    with local.serve() as server:
        _, pem = local.certificate(server)
    verify = subprocess.run(["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "localhost",
                             "-CAfile", local.root], input=pem, capture_output=True, text=True, check=False)
    assert verify.returncode == 0, verify.stderr
    folder = local.state / "authority"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "root.pem").stat().st_mode) == 0o600
    assert sorted(path.name for path in folder.iterdir()) == ["root.crt", "root.pem"]


def test_stolen_key_cannot_vouch_for_the_web(local, tmp_path):
    with local.serve():
        pass
    root = local.state / "authority/root.pem"
    (tmp_path / "names").write_text("basicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectKeyIdentifier=hash\n"
                                    "authorityKeyIdentifier=keyid\nsubjectAltName=critical,DNS:example.com\n")
    subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", tmp_path / "key",
                    "-out", tmp_path / "request", "-subj", "/"], capture_output=True, check=True)
    subprocess.run(["openssl", "x509", "-req", "-in", tmp_path / "request", "-CA", root, "-CAkey", root, "-days", "7",
                    "-extfile", tmp_path / "names", "-out", tmp_path / "stolen.pem"], capture_output=True, check=True)
    verify = subprocess.run(["openssl", "verify", "-CAfile", local.root, tmp_path / "stolen.pem"], capture_output=True, text=True, check=False)
    assert verify.returncode != 0
    assert "permitted subtree violation" in verify.stderr


def test_certificate_lasts_for_days_and_is_nowhere(local):
    with local.serve() as server:
        first, _ = local.certificate(server)
        serial = re.search(r"Serial Number:\s+(\S+)", first)[1]
        assert len(serial.split(":")) == 20
    with local.serve() as server:
        second, _ = local.certificate(server)
    assert serial not in second  # another one: none was kept
    begin, end = (ssl.cert_time_to_seconds(re.search(rf"Not {when}\s*: (.*)", first)[1]) for when in ("Before", "After"))
    days = (end - begin) / 86400
    assert 7 <= days < 7.1


def test_two_that_start_at_once_have_one_authority(local):
    with local.serve() as one, local.serve() as two:
        for server in (one, two):
            assert local.curl(f"https://localhost:{server.port}/") == (0, PAGE)


@pytest.mark.parametrize("seen", ["", "authority", "authority/root.pem", "authority/root.crt"])
def test_kill_9_at_the_start_leaves_what_can_be_used(local, seen):
    folder = local.state / "authority"
    for _ in range(5):
        process = subprocess.Popen([local.cais.program, "serve", local.site, "--tls", "internal", "--state", local.state, "--listen", "127.0.0.1:0"],
                                   stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
        until((local.state / seen).exists, START_LIMIT)
        process.send_signal(signal.SIGKILL)
        process.wait()
        pem = folder / "root.pem"
        assert not pem.exists() or all(word in pem.read_text() for word in ("BEGIN CERTIFICATE", "END PRIVATE KEY"))
        with local.serve() as server:
            assert local.curl(f"https://localhost:{server.port}/") == (0, PAGE)
            assert sorted(path.name for path in folder.iterdir()) == ["root.crt", "root.pem"]
        shutil.rmtree(local.state)


def test_key_that_others_may_read_is_refused(local):
    with local.serve():
        pass
    (local.state / "authority/root.pem").chmod(0o604)
    run = local.cais.run("serve", local.site, "--tls", "internal", "--state", local.state, "--listen", "127.0.0.1:0")
    assert run.returncode == 1
    assert "authority" in run.stderr and "chmod 600" in run.stderr


@pytest.mark.parametrize("arguments, named", [
    (["--tls", "auto"], "--tls"),
    (["--tls"], "--tls"),
    (["--state", "x"], "--tls"),
    (["--tls", "internal", "--listen", "127.0.0.1:80"], "port 80"),
])
def test_wrong_command_line(cais, arguments, named):
    run = cais.run("serve", ".", *arguments)
    assert run.returncode == 2
    assert named in run.stderr


def test_sites_of_a_configuration(local, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    (tmp_path / "cais.toml").write_text(f'''
state = "{local.state}"
user = "root"
[[site]]
hosts = ["nas.lan", "*.dev.lan"]
listen = ["127.0.0.1:{port}"]
tls = "internal"
route = [ {{ path = "/", respond = {{ status = 200, content = "nas" }} }} ]
[[site]]
hosts = ["*"]
listen = ["127.0.0.1:{port}"]
tls = "internal"
route = [ {{ path = "/", respond = {{ status = 200, content = "all" }} }} ]
''')
    with local.cais.serve(tmp_path / "cais.toml", listen=None) as server:
        for name, want in (("nas.lan", "nas"), ("www.dev.lan", "nas"), ("localhost", "all")):
            assert local.curl(f"https://{name}:{port}/", "--resolve", f"{name}:{port}:127.0.0.1") == (0, want)
        assert local.curl(f"https://127.0.0.1:{port}/") == (0, "all")
        # Of a name that nobody can vouch for there is a handshake all the same, and its client refuses.
        status, said = local.curl(f"https://example.com:{port}/", "--resolve", f"example.com:{port}:127.0.0.1")
        assert status == 60, said
        assert server.process.poll() is None


def test_reload_brings_a_certificate_for_a_new_host(local, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]

    def write(*hosts):
        (tmp_path / "cais.toml").write_text(f'''
state = "{local.state}"
user = "root"
[[site]]
hosts = [{", ".join(f'"{host}"' for host in hosts)}]
listen = ["127.0.0.1:{port}"]
tls = "internal"
route = [ {{ path = "/", respond = {{ status = 200, content = "ok" }} }} ]
''')

    write("one.lan")
    with local.cais.serve(tmp_path / "cais.toml", listen=None):
        ask = lambda name: local.curl(f"https://{name}:{port}/", "--resolve", f"{name}:{port}:127.0.0.1")  # noqa: E731
        assert ask("one.lan") == (0, "ok")
        assert ask("two.lan")[0] == 60
        write("one.lan", "two.lan")
        reload = local.cais.run("reload", "--config", tmp_path / "cais.toml")
        assert reload.returncode == 0, reload.stderr
        assert ask("one.lan") == (0, "ok")
        assert ask("two.lan") == (0, "ok")


def test_cert_list_asks_the_server_that_has_them(local, tmp_path):
    file = tmp_path / "cais.toml"

    def write(*hosts):
        file.write_text(f'state = "{local.state}"\nuser = "root"\n' + "".join(f'''
[[site]]
hosts = ["{host}", "*.{host}"]
listen = ["127.0.0.1:0"]
tls = "internal"
route = [ {{ path = "/", respond = 204 }} ]
''' for host in hosts))

    def listed():
        run = local.cais.run("cert", "list", "--config", file)
        assert run.returncode == 0, run.stderr
        lines = [re.fullmatch(r"(\S+ \S+)  our local authority  (\S+) +(.*)", line).groups() for line in run.stdout.splitlines()[1:]]
        return {hosts: (days, where) for hosts, days, where in lines}

    write("a.lan", "b.lan")
    absent = listed()
    assert set(absent) == {"a.lan *.a.lan", "b.lan *.b.lan"}
    assert all(days == "-" and where.startswith("made when a server starts (") for days, where in absent.values())
    assert not local.state.exists()
    with local.cais.serve_file(file):
        there = ("6", "the server's memory (`cais trust`)")  # seven days, less what has gone
        assert listed() == {"a.lan *.a.lan": there, "b.lan *.b.lan": there}
        write("b.lan", "c.lan")
        assert listed() == {"b.lan *.b.lan": there, "c.lan *.c.lan": ("-", "made when the server takes this configuration (`cais reload`)"),
                            "a.lan *.a.lan": ("6", "the server's memory (no site wants it)")}
        assert local.cais.run("reload", "--config", file).returncode == 0
        assert listed() == {"b.lan *.b.lan": there, "c.lan *.c.lan": there}
    days, where = listed()["b.lan *.b.lan"]
    assert (days, where) == ("-", f"made when a server starts (no server runs with the state {local.state})")


@pytest.mark.parametrize("host, hint", [("example.com", "localhost"), ("8.8.8.8", "private"), ("nas", "localhost"), ("*.lan", "one label")])
def test_other_names_are_errors_of_check(cais, tmp_path, host, hint):
    (tmp_path / "cais.toml").write_text(f'[[site]]\nhosts = ["{host}"]\ntls = "internal"\nroute = [{{ path = "/", respond = {{ status = 204 }} }}]\n')
    run = cais.run("check", tmp_path / "cais.toml")
    assert run.returncode == 1
    said = run.stdout + run.stderr
    assert "cais.toml:2:" in said and f"`{host}`" in said and hint in said


# Chromium, in a home of its own


def opens(browser, url):
    """What a person sees there: the page's text, or why Chromium warns."""
    page = browser.open("about:blank")
    try:
        page.go(url)
    except BrowserError as error:
        return re.search(r"net::\w+", str(error))[0]
    return page.evaluate("document.body.innerText")


def test_chromium_warns_until_it_was_told_and_then_opens(local, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    env = environment(HOME=str(home), XDG_DATA_HOME=None, XDG_CONFIG_HOME=None, XDG_STATE_HOME=None, XDG_CACHE_HOME=None, SUDO_USER=None)
    trust = lambda *arguments: subprocess.run([local.cais.program, "trust", "--state", local.state, *arguments],  # noqa: E731
                                              env=env, check=True, capture_output=True)
    with local.serve() as server:
        urls = [f"https://{host}:{server.port}/" for host in ("localhost", "127.0.0.1")]
        with Browser(tmp_path, env=env) as browser:
            assert [opens(browser, url) for url in urls] == ["net::ERR_CERT_AUTHORITY_INVALID"] * 2
        trust()
        with Browser(tmp_path, env=env) as browser:
            assert [opens(browser, url) for url in urls] == ["hello"] * 2
        trust("--remove")
        with Browser(tmp_path, env=env) as browser:
            assert opens(browser, urls[0]) == "net::ERR_CERT_AUTHORITY_INVALID"
    assert not os.path.exists(home / ".pki")
