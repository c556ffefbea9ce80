"""`cais user` and `auth`, as people and their programs meet them: curl on one side, a terminal on the other."""
import base64
import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import termios

import pytest
from conftest import PROGRAM, environment, until
from peer import request

CONFIGURATION = """
state = "state"
user  = "{user}"

[auth]
realm = "the quay"

[[site]]
hosts  = ["*"]
listen = ["http://127.0.0.1:0"]
tls    = "off"

  [[site.route]]
  path  = "/"
  files = "www"

  [[site.route]]
  path  = "/team/"
  files = "www"
  auth  = {{ basic = ["@team"], bearer = ["@team"] }}

  [[site.route]]
  path  = "/digest/"
  files = "www"
  auth  = {{ digest = ["ana", "Jäsøn"] }}

  [[site.route]]
  path  = "/any/"
  files = "www"
  auth  = {{ digest = ["ana"], basic = ["@team"], bearer = ["ana"] }}
"""


class Site:
    """A folder with a configuration, its users, and perhaps a server."""

    def __init__(self, cais, folder):
        self.cais = cais
        self.folder = folder
        (folder / "www").mkdir()
        (folder / "www/index.html").write_text("inside\n")
        self.file = folder / "cais.toml"
        # One process, whoever runs the tests: another user could not read what pytest makes.
        self.file.write_text(CONFIGURATION.format(user="root" if os.geteuid() == 0 else "nobody"))

    @property
    def users(self):
        return self.folder / "state/users"

    def user(self, *arguments, password=None, status=0):
        """Runs `cais user`; gives what it printed."""
        done = subprocess.run([PROGRAM, "user", *arguments, "--config", self.file], env=environment(), capture_output=True, text=True,
                              input="" if password is None else password + "\n", timeout=30, check=False)
        assert done.returncode == status, done.stderr
        self.said = done.stderr
        return done.stdout

    @contextlib.contextmanager
    def serve(self, *options, **named):
        with self.cais.serve(self.file, *options, listen=None, **named) as server:
            self.server = server
            yield server

    def curl(self, path, *arguments):
        """The status and the content."""
        done = subprocess.run(["curl", "--silent", "--show-error", "--max-time", "30", "--write-out", "\n%{http_code}", *arguments,
                               f"http://127.0.0.1:{self.server.port}{path}"], capture_output=True, text=True, timeout=40, check=True)
        content, _, status = done.stdout.rpartition("\n")
        return int(status), content


@pytest.fixture
def site(cais, tmp_path):
    return Site(cais, tmp_path)


def test_basic_with_curl(site):
    site.user("add", "ana", "--group", "team", password="pässword: with spaces")
    site.user("add", "bob", password="secret")
    with site.serve():
        assert site.curl("/") == (200, "inside\n")
        assert site.curl("/team/")[0] == 401
        assert site.curl("/team/", "--basic", "--user", "ana:pässword: with spaces") == (200, "inside\n")
        assert site.curl("/team/", "--basic", "--user", "bob:secret")[0] == 403
        assert site.curl("/team/", "--basic", "--user", "ana:wrong")[0] == 401
        # Remembered: not even this makes her wait.
        assert site.curl("/team/", "--basic", "--user", "ana:pässword: with spaces", "--max-time", "0.9") == (200, "inside\n")


def test_challenges(site):
    with site.serve() as server:
        answer = server.ask("/any/")
        assert answer.status == 401
        digest, bearer, basic = answer.all("WWW-Authenticate")
        assert re.fullmatch(r'Digest realm="the quay", qop="auth", algorithm=SHA-256, nonce="[A-Za-z0-9+/=]+", charset=UTF-8, userhash=true', digest)
        assert bearer == 'Bearer realm="the quay"'
        assert basic == 'Basic realm="the quay", charset="UTF-8"'
        assert server.ask("/team/", "Authorization: Basic ???").status == 400


@pytest.mark.parametrize("name", ["ana", "Jäsøn"])
def test_digest_with_curl(site, name):
    site.user("add", name, "--digest", password="secret")
    assert "weaker" in site.said
    with site.serve():
        assert site.curl("/digest/", "--digest", "--user", f"{name}:secret") == (200, "inside\n")
        assert site.curl("/digest/?a=b&c", "--digest", "--user", f"{name}:secret") == (200, "inside\n")
        assert site.curl("/digest/", "--digest", "--user", f"{name}:wrong")[0] == 401


def test_digest_is_not_for_who_was_added_without(site):
    site.user("add", "ana", password="secret")
    assert "weaker" not in site.said
    assert "digest=" not in site.users.read_text()
    with site.serve():
        assert site.curl("/digest/", "--digest", "--user", "ana:secret")[0] == 401


def test_a_restart_does_not_make_digest_ask_again(site):
    site.user("add", "ana", "--digest", password="secret")
    with site.serve() as server, server.connect() as peer:
        peer.send(request("/digest/"))
        nonce = re.search(r'nonce="([^"]+)"', peer.response().get("WWW-Authenticate"))[1]
    import hashlib

    def sha256(text):
        return hashlib.sha256(text.encode()).hexdigest()

    a1, a2 = sha256("ana:the quay:secret"), sha256("GET:/digest/")
    response = sha256(f"{a1}:{nonce}:00000001:c:auth:{a2}")
    line = (f'Authorization: Digest username="ana", realm="the quay", nonce="{nonce}", uri="/digest/", algorithm=SHA-256, qop=auth, '
            f'nc=00000001, cnonce="c", response="{response}"')
    with site.serve() as server:
        answer = server.ask("/digest/", line)
        assert answer.status == 401
        assert answer.get("WWW-Authenticate").endswith("stale=true")
        wrong = server.ask("/digest/", line.replace(response, "0" * 64))
        assert "stale" not in wrong.get("WWW-Authenticate")


def test_bearer(site):
    site.user("add", "ana", "--group", "team", password="secret")
    token = site.user("token", "ana").strip()
    assert token not in site.users.read_text()
    with site.serve():
        assert site.curl("/team/", "--oauth2-bearer", token) == (200, "inside\n")
        assert site.curl("/any/", "--oauth2-bearer", token) == (200, "inside\n")
        site.user("token", "ana", "--revoke")
        assert site.curl("/team/", "--oauth2-bearer", token)[0] == 401


def test_any_way_will_do(site):
    site.user("add", "ana", "--digest", "--group", "team", password="secret")
    with site.serve():
        assert site.curl("/any/", "--anyauth", "--user", "ana:secret") == (200, "inside\n")
        assert site.curl("/any/", "--basic", "--user", "ana:secret") == (200, "inside\n")


def test_passwd_and_remove_count_with_the_next_request(site):
    site.user("add", "ana", "--group", "team", password="one")
    with site.serve() as server, server.connect() as peer:
        def status(password):
            peer.send(request("/team/", "Authorization: Basic " + base64.b64encode(f"ana:{password}".encode()).decode()))
            return peer.response().status

        assert [status("one"), status("one")] == [200, 200]
        site.user("passwd", "ana", password="two")
        assert status("one") == 401
        assert status("two") == 200
        assert "groups=team" in site.users.read_text()
        site.user("remove", "ana")
        assert status("two") == 401
        assert site.user("list") == ""


def test_groups_count_with_the_next_request(site):
    site.user("add", "ana", "--group", "editors", password="secret")
    with site.serve() as server, server.connect() as peer:
        def status():
            peer.send(request("/team/", "Authorization: Basic " + base64.b64encode(b"ana:secret").decode()))
            return peer.response().status

        assert status() == 403
        site.user("group", "ana", "--add", "team")
        assert status() == 200
        site.user("group", "ana", "--remove", "team", "--add", "a", "--add", "editors", "--remove", "editors", status=1)
        assert status() == 200
        site.user("group", "ana", "--remove", "team", "--remove", "editors", "--add", "a", "--add", "b")
        assert status() == 403
        assert site.user("list") == "ana  @a,@b  password\n"
        site.user("group", "ana", "--remove", "a", "--remove", "b")
        assert site.user("list") == "ana  -  password\n"


def test_groups_of_whom_nobody_asks_in_vain(site):
    done = site.cais.run("user", "group", "ana", "--config", site.file)
    assert done.returncode == 2
    assert "--add GROUP" in done.stderr
    assert not site.users.exists()


def test_the_access_log_has_the_name(site):
    site.user("add", "ana", "--group", "team", password="secret")
    log = site.folder / "access.log"
    with open(site.file, "a") as file:
        file.write(f'[log]\naccess = "common"\nfile = "{log}"\n')
    with site.serve("--workers", "1"):  # lines of several come in the order of their batches
        site.curl("/team/", "--user", "ana:secret")
        site.curl("/team/", "--user", "ana:wrong")
    lines = log.read_text().splitlines()
    assert re.search(r'^127\.0\.0\.1 - ana \[.*"GET /team/ HTTP/1\.1" 200', lines[0])
    assert re.search(r'^127\.0\.0\.1 - - \[.*"GET /team/ HTTP/1\.1" 401', lines[1])


def test_a_broken_file_lets_nobody_in_and_says_where(site):
    site.user("add", "ana", "--group", "team", password="secret")
    with open(site.users, "a") as file:
        file.write("bob groups=team password=secret\n")
    with site.serve() as server:
        assert site.curl("/team/", "--user", "bob:secret")[0] == 401
        server.says(r"users:2: the stored password is no PHC string")
        site.users.chmod(0o644)
        assert site.curl("/team/", "--user", "ana:secret")[0] == 500
        assert site.curl("/") == (200, "inside\n")
        site.users.chmod(0o600)
        assert site.curl("/team/", "--user", "ana:secret")[0] == 200
    assert "users:2: the stored password is no PHC string" in (site.user("list", status=1), site.said)[1]


# The command


def test_add_writes_one_line_that_nobody_else_can_read(site):
    site.user("add", "ana", "--group", "team", "--group", "editors", password="secret")
    assert f"state: {site.folder}/state ({site.file})" in site.said
    assert re.fullmatch(r"ana groups=team,editors password=\$argon2id\$v=19\$m=32768,t=3,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}\n", site.users.read_text())
    assert site.users.stat().st_mode & 0o777 == 0o600
    assert (site.folder / "state").stat().st_mode & 0o777 == 0o700
    assert sorted(os.listdir(site.folder / "state")) == ["users", "users.lock"]
    site.user("add", "bob", password="secret")
    assert site.user("list") == "ana  @team,@editors  password\nbob  -               password\n"


@pytest.mark.parametrize("arguments, password, said", [
    (["add", "ana"], "other", "`ana` is there already"),
    (["add", "a:b"], "secret", "cannot be a user's name"),
    (["add", "bob", "--group", "@team"], "secret", "`@team` cannot be a group's name"),
    (["add", "bob"], None, "one line of standard input is wanted"),
    (["add", "bob"], "", "the password is refused: it is empty"),
    (["add", "bob"], "x" * 1025, "longer than 1024 octets"),
    (["add", "bob"], "a\tb", "control character"),
    (["passwd", "bob"], "secret", "there is no user `bob`"),
    (["remove", "bob"], None, "there is no user `bob`"),
    (["group", "bob", "--add", "team"], None, "there is no user `bob`"),
    (["group", "ana", "--add", "team", "--add", "@staff"], None, "`@staff` cannot be a group's name"),
    (["group", "ana", "--add", "team", "--remove", "nobodys"], None, "`ana` is not in the group `nobodys`"),
    (["group", "ana", "--add", "team", "--remove", "team"], None, "`team` is to be added and removed"),
    (["group", "ana", *(word for i in range(65) for word in ("--add", f"g{i}"))], None, "at most 64 groups"),
    (["token", "bob"], None, "there is no user `bob`"),
])
def test_what_is_refused_changes_nothing(site, arguments, password, said):
    site.user("add", "ana", password="secret")
    before = site.users.read_text()
    site.user(*arguments, password=password, status=1)
    assert said in site.said
    assert site.users.read_text() == before


def test_a_password_is_no_argument(cais, tmp_path):
    done = cais.run("user", "add", "ana", "secret", cwd=tmp_path)
    assert done.returncode == 2


def test_many_at_once_lose_nothing(site):
    names = [f"user{number}" for number in range(8)]
    commands = [subprocess.Popen([PROGRAM, "user", "add", name, "--config", site.file], env=environment(), stdin=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL) for name in names]
    for command in commands:
        command.communicate(b"secret\n", timeout=60)
        assert command.returncode == 0
    assert sorted(line.split()[0] for line in site.users.read_text().splitlines()) == names


def test_the_configuration_here_is_taken_only_if_nobody_else_could_write_it(site):
    def run(**named):
        return subprocess.run([PROGRAM, "user", "list"], cwd=site.folder, capture_output=True, text=True, timeout=30, check=False,
                              env=environment(XDG_STATE_HOME=str(site.folder / "xdg")), **named)

    assert f"({site.file})" in run().stderr
    site.file.chmod(0o666)
    assert "cais.toml is not used: others may write it" in run().stderr


class Typing:
    """`cais user` on a terminal, and what a person sees there."""

    def __init__(self, site, *arguments):
        self.ours, theirs = pty.openpty()
        self.theirs = theirs
        self.before = termios.tcgetattr(theirs)
        self.shown = ""
        self.process = subprocess.Popen([PROGRAM, "user", *arguments, "--config", site.file], env=environment(), stdin=theirs, stdout=theirs,
                                        stderr=theirs, start_new_session=True)

    def type(self, after, text):
        """Waits for `after`, and until the terminal shows nothing of what is typed."""
        while after not in self.shown:
            assert select.select([self.ours], [], [], 20)[0], self.shown
            self.shown += os.read(self.ours, 4096).decode()
        until(lambda: not termios.tcgetattr(self.theirs)[3] & termios.ECHO, what="the echo is off")
        self.shown = self.shown.partition(after)[2]
        os.write(self.ours, text.encode())

    def ends(self):
        status = self.process.wait(20)
        while select.select([self.ours], [], [], 0)[0]:
            self.shown += os.read(self.ours, 4096).decode()
        assert termios.tcgetattr(self.theirs) == self.before, "the terminal is as it was"
        os.close(self.ours)
        os.close(self.theirs)
        return status


def test_on_a_terminal_it_is_asked_twice_and_not_shown(site):
    typing = Typing(site, "add", "ana")
    typing.type("Password for ana: ", "secret\n")
    typing.type("Once more: ", "secret\n")
    assert typing.ends() == 0
    assert "secret" not in typing.shown
    assert site.user("list") == "ana  -  password\n"


def test_on_a_terminal_two_that_differ_are_refused(site):
    typing = Typing(site, "add", "ana")
    typing.type("Password for ana: ", "secret\n")
    typing.type("Once more: ", "Secret\n")
    assert typing.ends() == 1
    assert "the two are not the same" in typing.shown
    assert not site.users.exists() or site.users.read_text() == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_on_a_terminal_giving_up_gives_the_terminal_back(site, number):
    typing = Typing(site, "add", "ana")
    typing.type("Password for ana: ", "sec")
    typing.process.send_signal(number)
    assert typing.ends() == -number
