"""cais check, and cais serve with a configuration: what a person is told, and that nothing is changed by asking."""
import os
import pwd
import re
import shutil
import stat
import subprocess

import pytest
from conftest import ROOT, environment
from test_cli import on_terminal


def write(folder, text, name="site.toml"):
    path = folder / name
    path.write_text(text)
    return path


def site(rest="", hosts='["*"]', tls='tls = "off"', route='[ { path = "/", files = "www" } ]'):
    return f"""[[site]]
hosts = {hosts}
{tls}
listen = ["127.0.0.1:0"]
route = {route}
{rest}"""


def served(text):
    """The same, for a server that keeps its state beside it and stays who it is."""
    return f'state = "state"\nuser = "{pwd.getpwuid(os.geteuid()).pw_name}"\n' + text


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "www").mkdir()
    (tmp_path / "www/index.html").write_text("hello\n")
    return tmp_path


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """A key, its certificate for example.com, one that has expired, and a key of nobody."""
    made = tmp_path_factory.mktemp("certificates")

    def run(*arguments):
        subprocess.run(["openssl", *arguments], cwd=made, check=True, capture_output=True)

    for name, days, kind in (("good", "30", "ec -pkeyopt ec_paramgen_curve:P-256"), ("other", "30", "ec -pkeyopt ec_paramgen_curve:P-384"),
                             ("rsa", "30", "rsa:2048"), ("ed", "30", "ed25519")):
        run("req", "-x509", "-newkey", *kind.split(), "-nodes", "-days", days, "-subj", "/CN=x",
            "-addext", "subjectAltName=DNS:example.com", "-keyout", f"{name}-key.pem", "-out", f"{name}.pem")
        (made / f"{name}-key.pem").chmod(0o600)
    return made


def tree(folder):
    """Everything in it, as it is: to see that nothing changed."""
    return {path: (path.lstat().st_mode, path.lstat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
            for path in sorted(folder.rglob("*"))}


# cais check


def test_good(cais, folder):
    before = tree(write(folder, 'state = "state"\n[log]\nfile = "access.log"\n' + site()).parent)
    run = cais.run("check", folder / "site.toml")
    assert run.returncode == 0
    assert run.stdout == f"{folder}/site.toml: good\n"
    assert run.stderr == ""
    assert tree(folder) == before


def test_quiet(cais, folder):
    run = cais.run("check", "-q", write(folder, site()))
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_every_mistake_at_once(cais, folder):
    write(folder, """stae = "state"
[limits]
fields = "64"
[[site]]
hosts = ["example.com:80"]
tls = "off"
[[site.route]]
path = "/a/"
files = "www"
[[site.route]]
path = "/a/"
files = "nowhere"
""")
    run = cais.run("check", "site.toml", cwd=folder)
    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr == """site.toml:1:1: error: unknown key `stae`
    1 | stae = "state"
      | ^^^^ did you mean `state`? (docs/configuration.md)
site.toml:3:10: error: `fields`: a size needs a unit, without a space before it: write it as 64KiB (B, KiB, MiB or GiB)
    3 | fields = "64"
      |          ^^^^
site.toml:5:10: error: a host has no port: `listen` says where the site is
    5 | hosts = ["example.com:80"]
      |          ^^^^^^^^^^^^^^^^
site.toml:11:8: error: two routes match the same: `/a/` stands at line 8 too
   11 | path = "/a/"
      |        ^^^^^
site.toml: 4 errors
"""


def test_warnings_alone_are_no_failure(cais, folder):
    run = cais.run("check", write(folder, site(route='[ { path = "/a//b", files = "www" } ]')))
    assert run.returncode == 0
    assert "warning: this route can never match" in run.stderr
    assert run.stdout == f"{folder}/site.toml: good, with 1 warning\n"


@pytest.mark.parametrize("name, what", [("nowhere.toml", "No such file or directory"), ("www", "it is a folder, not a file")])
def test_file_that_is_none(cais, folder, name, what):
    run = cais.run("check", folder / name)
    assert run.returncode == 1
    assert run.stderr == f"{folder}/{name}: error: {what}\n{folder}/{name}: 1 error\n"


def test_fifo_is_not_waited_for(cais, folder):
    os.mkfifo(folder / "fifo")
    assert cais.run("check", folder / "fifo").returncode == 1


def test_file_is_missing_on_the_command_line(cais):
    run = cais.run("check")
    assert run.returncode == 2
    assert "FILE" in run.stderr


def test_coloured_on_a_terminal_alone(cais, folder):
    write(folder, "stae = 1\n" + site())
    assert "\x1b" not in cais.run("check", folder / "site.toml", env=environment(TERM="xterm-256color")).stderr
    for changes, is_coloured in ({"TERM": "xterm-256color"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False):
        with on_terminal(["check", folder / "site.toml"], env=environment(**changes)) as (process, terminal):
            terminal.wait_for("1 error")
            assert process.wait(20) == 1
            assert ("\x1b[31merror:" in terminal.text) == is_coloured
            process.returncode = 0  # which on_terminal wants


# What is named


def said(cais, folder, text):
    """The lines that say something, without their excerpts."""
    run = cais.run("check", write(folder, text).name, cwd=folder)
    return [line for line in run.stderr.splitlines() if re.match(r"site\.toml:\d+:\d+: ", line)]


def test_folder_is_not_there(cais, folder):
    assert said(cais, folder, site(route='[ { path = "/", files = "nowhere" } ]')) == [
        "site.toml:5:33: error: nowhere: No such file or directory"]


def test_folder_is_a_file(cais, folder):
    assert said(cais, folder, site(route='[ { path = "/", files = "www/index.html" } ]')) == [
        "site.toml:5:33: error: www/index.html: this is a file, and the route is of a folder"]


def test_one_path_may_name_one_file(cais, folder):
    assert said(cais, folder, site(route='[ { path = "/a.html", files = "www/index.html" } ]')) == []


def test_relative_paths_begin_at_the_file(cais, folder, tmp_path_factory):
    write(folder, site())
    assert cais.run("check", folder / "site.toml", cwd=tmp_path_factory.mktemp("elsewhere")).returncode == 0


def test_user_is_not_there(cais, folder):
    assert said(cais, folder, 'user = "nobody-has-this"\n' + site()) == [
        "site.toml:1:8: error: there is no user `nobody-has-this` on this machine"]


WITH_AUTH = 'state = "state"\n' + site(route="""[
  { path = "/", files = "www", auth = { basic = ["ana", "@team", "bob"], bearer = "@nobodys" } },
  { path = "/a/", files = "www", auth = { digest = ["kim", "eve"] } } ]""")


def test_users_and_groups_that_are_not_there(cais, folder):
    """As far as anybody may know: a file that is not there, or that may not be read, says nothing."""
    assert said(cais, folder, WITH_AUTH) == []
    assert not (folder / "state").exists()
    for name, group in (("ana", "team"), ("kim", "other")):
        added = subprocess.run([cais.program, "user", "add", name, "--group", group, "--config", folder / "site.toml"], cwd=folder,
                               input="secret\n", text=True, capture_output=True, check=False)
        assert added.returncode == 0, added.stderr
    before = tree(folder)
    assert said(cais, folder, WITH_AUTH) == [
        "site.toml:7:66: warning: there is no user `bob`",
        "site.toml:7:83: warning: nobody is in the group `nobodys`",
        "site.toml:8:60: warning: there is no user `eve`"]
    run = cais.run("check", "site.toml", cwd=folder)
    assert run.returncode == 0
    assert "`cais user add bob` (docs/users.md)" in run.stderr
    assert {path: what for path, what in tree(folder).items() if path.name != "site.toml"} == \
        {path: what for path, what in before.items() if path.name != "site.toml"}
    (folder / "state/users").chmod(0o604)
    assert said(cais, folder, WITH_AUTH) == []


INTERNAL = 'state = "state"\n' + site(tls='tls = "internal"')


def test_local_authority(cais, folder):
    """Nothing where it is not there: it is made when a server first wants it."""
    assert said(cais, folder, INTERNAL) == []
    assert not (folder / "state").exists()
    made = cais.run("trust", "--state", folder / "state", env=environment(HOME=str(folder), SUDO_USER=None))
    authority, root = folder / "state/authority", folder / "state/authority/root.pem"
    assert root.exists(), made.stderr
    assert said(cais, folder, INTERNAL) == []
    root.chmod(0o604)
    others_may_use_it = "site.toml:4:7: error: state/authority: root.pem of the authority holds its key, and others may use it: chmod 600 it"
    line, = said(cais, folder, INTERNAL)
    assert line.startswith(others_may_use_it)
    assert said(cais, folder, INTERNAL.replace('"internal"', '"off"')) == []
    root.chmod(0o600)
    authority.chmod(0o707)
    line, = said(cais, folder, INTERNAL)
    assert line.startswith("site.toml:4:7: error: state/authority: others may put another root.pem into the authority's folder: chmod 700 it")
    authority.chmod(0o700)
    root.write_text("what?")
    line, = said(cais, folder, INTERNAL)
    assert "root.pem of the authority is no certificate with its key" in line
    root.unlink()
    root.mkdir()
    line, = said(cais, folder, INTERNAL)
    assert "root.pem of the authority is no regular file" in line
    root.rmdir()
    assert said(cais, folder, INTERNAL) == []


def test_state_that_may_not_be_read(cais, folder):
    """Whoever asks; root, who is refused nothing, asks as nobody."""
    secret = folder / "state/authority"
    secret.mkdir(parents=True)
    secret.chmod(0)
    write(folder, INTERNAL)
    as_nobody = ["setpriv", "--reuid=65534", "--clear-groups", "--inh-caps=-all"] if os.geteuid() == 0 else []
    for path in (folder, *folder.parents):
        if path.stat().st_uid == os.geteuid() and path.name.startswith("pytest-"):
            path.chmod(0o755)
    (folder).chmod(0o755)
    run = cais.run("check", folder / "site.toml", before=as_nobody)
    assert run.returncode == 1
    assert "state/authority: " in run.stderr and "Permission denied" in run.stderr
    secret.chmod(0o700)


def test_program_is_not_executable(cais, folder):
    hook = folder / "hook"
    hook.write_text("#!/bin/sh\n")
    hook.chmod(0o644)
    text = '[acme]\ndns = { run = ["./hook"] }\n' + site()
    assert said(cais, folder, text) == ["site.toml:2:16: error: ./hook: this may not be executed"]
    hook.chmod(0o755)
    assert said(cais, folder, text) == []


def test_log_without_a_folder(cais, folder):
    assert said(cais, folder, '[log]\nfile = "logs/access.log"\n' + site()) == [
        "site.toml:2:8: error: logs/: No such file or directory"]


TLS = 'tls = { certificate = "good.pem", key = "good-key.pem" }'


def with_certificates(folder, certificates):
    for path in certificates.iterdir():
        shutil.copy(path, folder)


def test_certificate_and_key(cais, folder, certificates):
    with_certificates(folder, certificates)
    assert said(cais, folder, site(tls=TLS, hosts='["example.com"]')) == []


def test_certificate_for_another_name(cais, folder, certificates):
    with_certificates(folder, certificates)
    assert said(cais, folder, site(tls=TLS, hosts='["example.com", "www.example.com"]')) == [
        "site.toml:2:25: warning: no certificate of this site is for `www.example.com`"]


def test_key_of_another_certificate(cais, folder, certificates):
    with_certificates(folder, certificates)
    line, = said(cais, folder, site(tls=TLS.replace("good-key", "other-key"), hosts='["example.com"]'))
    assert line.startswith("site.toml:3:23: error: good.pem: the key does not belong to")


@pytest.mark.parametrize("mode, is_refused", [(0o600, False), (0o640, False), (0o604, True), (0o601, True), (0o644, True)])
def test_key_that_others_may_read(cais, folder, certificates, mode, is_refused):
    with_certificates(folder, certificates)
    (folder / "good-key.pem").chmod(mode)
    lines = said(cais, folder, site(tls=TLS, hosts='["example.com"]'))
    assert lines == ([f"site.toml:3:41: error: good-key.pem: others have permissions for this key ({mode:04o})"] if is_refused else [])


@pytest.mark.parametrize("names, wrong", [
    (("good", "rsa", "ed"), {}),
    (("good", "other"), {1: "ECDSA"}),
    (("rsa", "good", "rsa"), {2: "RSA"}),
    (("ed", "ed", "good", "other"), {1: "EdDSA", 3: "ECDSA"})], ids=["three_kinds", "two_curves", "the_same_twice", "twice_two"])
def test_keys_of_one_kind(cais, folder, certificates, names, wrong):
    """What `check` refuses, `serve` refuses."""
    with_certificates(folder, certificates)
    chains, keys = (", ".join(f'"{name}{end}"' for name in names) for end in (".pem", "-key.pem"))
    tls = f"tls = {{ certificate = [{chains}], key = [{keys}] }}"
    columns = [match.start() + 1 for match in re.finditer(r'"\w+-key', tls)]
    assert said(cais, folder, site(tls=tls, hosts='["example.com"]')) == [
        f"site.toml:3:{columns[place]}: error: {names[place]}-key.pem: another key of this site is of the same kind, {kind}: one of them alone can be served"
        for place, kind in wrong.items()]
    if wrong:
        run = cais.run("serve", write(folder, served(site(tls=tls, hosts='["example.com"]'))), cwd=folder)
        assert run.returncode == 1 and "same kind" in run.stderr


def test_certificate_that_is_not_there_or_none(cais, folder, certificates):
    with_certificates(folder, certificates)
    assert said(cais, folder, site(tls=TLS.replace("good.pem", "nowhere.pem"), hosts='["example.com"]')) == [
        "site.toml:3:23: error: nowhere.pem: No such file or directory"]
    assert said(cais, folder, site(tls=TLS.replace("good.pem", "www/index.html"), hosts='["example.com"]')) == [
        "site.toml:3:23: error: www/index.html: this is no PEM: nothing in it says -----BEGIN"]


def test_client_authority_that_is_not_there(cais, folder, certificates):
    with_certificates(folder, certificates)
    tls = TLS.replace("}", ', clients = { authority = "nowhere.pem" } }')
    assert said(cais, folder, site(tls=tls, hosts='["example.com"]')) == [
        "site.toml:3:82: error: nowhere.pem: No such file or directory"]


def test_secret_in_a_file_that_others_may_read(cais, folder):
    (folder / "key").write_text("c2VjcmV0\n")
    (folder / "key").chmod(0o644)
    text = '[acme]\neab = { letsencrypt = { id = "me", key = "file:key" } }\n' + site()
    assert said(cais, folder, text) == ["site.toml:2:42: warning: `key`: others may read key"]
    (folder / "key").chmod(0o600)
    assert said(cais, folder, text) == []


def test_no_secret_is_shown(cais, folder):
    run = cais.run("check", write(folder, '[acme]\neab = { letsencrypt = { id = "me", key = "hush!hush" } }\n' + site()))
    assert run.returncode == 1
    assert "hush" not in run.stderr


# The examples


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.toml")), ids=lambda path: path.name)
def test_examples_are_good(cais, path):
    before = tree(ROOT / "examples")
    run = cais.run("check", path)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    assert tree(ROOT / "examples") == before


def test_the_documentation_has_the_limits_of_the_code(cais):
    text = (ROOT / "docs/configuration.md").read_text()
    limits = re.findall(r"^  ([a-z-]+) +(.*) \((\w+)\)$", cais.run("serve", "--help").stdout.partition("Limits")[2], re.M)
    assert len(limits) > 10
    for name, bounds, default in limits:
        assert f"| `{name}` | `{default}` | {bounds} |" in text


def test_the_documentation_has_every_key():
    """Whatever key the readers ask for stands in the reference."""
    text = (ROOT / "docs/configuration.md").read_text()
    readers = [*(ROOT / "src/server").glob("configuration*.cpp"), ROOT / "src/server/route.cpp", *(ROOT / "src/modules").glob("*/config.cpp")]
    asked = set()
    for path in readers:
        asked |= set(re.findall(r'\b(?:text|texts|path|paths|flag|number|size|duration|choice|table|tables|secret|has|read)\((?:\w+, )?"([a-z_]+)"',
                                path.read_text()))
    assert len(asked) > 30
    missing = {key for key in asked if not re.search(rf"\b{key}\b", text)}
    assert not missing


# cais serve with a configuration


def test_serves_a_configuration(cais, folder):
    with cais.serve(write(folder, served(site())), listen=None) as server:
        assert server.ask("/").content == b"hello\n"


@pytest.mark.parametrize("option, named", [
    (["--listen", "127.0.0.1:0"], "--listen"), (["--no-listing"], "--no-listing"), (["--cors"], "--cors"), (["--spa"], "--spa")])
def test_options_of_a_folder_are_refused(cais, folder, option, named):
    run = cais.run("serve", write(folder, site()), *option)
    assert run.returncode == 2
    assert run.stdout == ""
    assert named in run.stderr and "cais serve --help" in run.stderr


def test_other_options_count_instead_of_what_it_says(cais, folder):
    write(folder, served('[limits]\nrequest-line = "100B"\n' + site()))
    with cais.serve(folder / "site.toml", "--limit", "request-line=1KiB", "--log", "common", "--log-file", folder / "log",
                    listen=None) as server:
        assert server.ask("/" + "a" * 500).status == 404
    assert "404" in (folder / "log").read_text()


def test_wrong_file_is_not_served(cais, folder):
    run = cais.run("serve", write(folder, "stae = 1\n" + site()))
    assert run.returncode == 1
    assert "site.toml:1:1: error: unknown key `stae`" in run.stderr
    assert "http://" not in run.stderr


def test_warnings_are_said_and_it_is_served(cais, folder):
    text = site(route='[ { path = "/", files = "www" }, { path = "/a//b", respond = 204 } ]')
    with cais.serve(write(folder, served(text)), listen=None) as server:
        assert server.ask("/").status == 200
        server.says("warning: this route can never match")


def test_state_is_not_touched_by_check(cais, folder):
    write(folder, f'state = "{folder}/state"\n' + site())
    assert cais.run("check", folder / "site.toml").returncode == 0
    assert not (folder / "state").exists()
    (folder / "state").write_text("")
    run = cais.run("check", folder / "site.toml")
    assert run.returncode == 1 and "this is no folder" in run.stderr
    assert stat.S_ISREG((folder / "state").stat().st_mode)


def test_pages_that_are_named_are_there():
    sources = [*(ROOT / "src").rglob("*.cpp"), *(ROOT / "src").rglob("*.h")]
    pages = {page for path in sources for page in re.findall(r'"(docs/[a-z/_-]+\.md)"', path.read_text())}
    assert "docs/configuration.md" in pages
    assert all((ROOT / page).is_file() for page in pages), pages
