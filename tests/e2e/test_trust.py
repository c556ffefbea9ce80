"""cais trust: the local authority and the stores of a user's browsers, in homes made for the test."""
import os
import pathlib
import re
import sqlite3
import stat
import subprocess

import pytest
from conftest import environment, is_root

PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", re.S)


class Home:
    """A user's home, and the state folder in it."""

    def __init__(self, cais, folder):
        self.cais, self.folder, self.state = cais, folder, folder / "state"
        folder.mkdir()

    def trust(self, *arguments, state=True, status=0, **variables):
        env = environment(HOME=str(self.folder), XDG_DATA_HOME=None, XDG_CONFIG_HOME=None, XDG_STATE_HOME=None, SUDO_USER=None)
        env.update(variables)
        run = self.cais.run("trust", *(["--state", self.state] if state else []), *arguments, env=env)
        assert run.returncode == status, run.stdout + run.stderr
        assert (run.stderr == "") == (status == 0)
        return run.stdout if status == 0 else run.stdout + run.stderr

    @property
    def root(self):
        return self.state / "authority/root.crt"

    @property
    def name(self):
        subject = subprocess.run(["openssl", "x509", "-in", self.root, "-noout", "-subject", "-nameopt", "multiline"],
                                 capture_output=True, text=True, check=True).stdout
        return re.search(r"commonName\s*=\s*(.*)", subject)[1]

    def files(self):
        """Everything in it, with its content."""
        return {path: path.read_bytes() if path.is_file() else None for path in sorted(self.folder.rglob("*"))}

    def database(self, name, password=None):
        """A new, empty one."""
        folder = self.folder / name
        folder.mkdir(parents=True)
        if password is None:
            certutil(folder, "-N", "--empty-password")
        else:
            (self.folder / "password").write_text(password + "\n")
            certutil(folder, "-N", "-f", self.folder / "password")
        return folder


def certutil(folder, *arguments):
    return subprocess.run(["certutil", "-d", f"sql:{folder}", *map(str, arguments)], stdin=subprocess.DEVNULL,
                          start_new_session=True, capture_output=True, text=True, check=True).stdout


def trusted(folder):
    """Names and trust of all that is in a database."""
    lines = certutil(folder, "-L").splitlines()[3:]
    return {name.strip(): trust for name, trust in (line.rstrip().rsplit(" ", 1) for line in lines if line.strip())}


@pytest.fixture
def home(cais, tmp_path):
    return Home(cais, tmp_path / "ana")


# What it does


def test_adds_once_and_removes(home):
    said = home.trust()
    database = home.folder / ".local/share/pki/nssdb"
    assert f"added to a new database, {database}" in said
    assert home.name in said
    fingerprint = subprocess.run(["openssl", "x509", "-in", home.root, "-noout", "-fingerprint", "-sha256"],
                                 capture_output=True, text=True, check=True).stdout.strip().split("=")[1]
    assert fingerprint in said.replace("\n        ", "")
    assert trusted(database) == {home.name: "C,,"}
    assert PEM.search(certutil(database, "-L", "-a", "-n", home.name).replace("\r", ""))[0] == home.root.read_text()

    before = home.files()
    assert f"is in {database}" in home.trust()
    assert home.files() == before

    assert f"removed from {database}" in home.trust("--remove")
    assert trusted(database) == {}
    assert f"is not in {database}" in home.trust("--remove")


def test_folders_and_files_are_private(home):
    home.trust()
    for path in home.folder.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode & 0o077 == 0 or path == home.root, f"{path} is {mode:o}"


def test_dry_run_changes_nothing_and_says_the_same(home):
    firefox = home.database(".mozilla/firefox/a.default")
    before = home.files()
    said = home.trust("--dry-run")
    assert home.files() == before
    assert f"would be made and added to {home.folder}/.local/share/pki/nssdb" in said
    assert f"would be added to {firefox}" in said

    home.trust()
    before = home.files()
    assert f"would be removed from {firefox}" in home.trust("--remove", "--dry-run")
    assert home.files() == before
    assert f"is in {firefox}" in home.trust("--dry-run")


def test_nothing_to_remove(home):
    assert "nothing to remove" in home.trust("--remove")
    assert home.files() == {}


def test_old_store_of_chromium_where_it_is(home):
    old = home.database(".pki/nssdb")
    home.trust()
    assert trusted(old) == {home.name: "C,,"}
    assert not (home.folder / ".local").exists()


def test_remove_finds_what_an_earlier_chromium_read(home):
    home.trust()
    new = home.folder / ".local/share/pki/nssdb"
    old = home.database(".pki/nssdb")  # which from now on is what Chromium reads
    home.trust()
    assert trusted(new) == trusted(old) == {home.name: "C,,"}
    home.trust("--remove")
    assert trusted(new) == trusted(old) == {}


def test_xdg_data_home(home):
    home.trust(XDG_DATA_HOME=str(home.folder / "data"))
    assert trusted(home.folder / "data/pki/nssdb") == {home.name: "C,,"}


def test_each_profile_of_firefox(home):
    profiles = [home.database(f".mozilla/firefox/{name}") for name in ("a.default", "b.dev")]
    home.trust()
    assert [trusted(profile) for profile in profiles] == [{home.name: "C,,"}] * 2
    home.trust("--remove")
    assert [trusted(profile) for profile in profiles] == [{}] * 2


def test_other_certificates_stay(home, tmp_path):
    profile = home.database(".mozilla/firefox/a.default")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null",
                    "-out", tmp_path / "other.pem", "-subj", "/CN=other"], capture_output=True, check=True)
    certutil(profile, "-A", "-n", "other", "-t", "C,,", "-i", tmp_path / "other.pem")
    home.trust()
    assert trusted(profile) == {"other": "C,,", home.name: "C,,"}
    home.trust("--remove")
    assert trusted(profile) == {"other": "C,,"}


def test_trust_that_was_taken_away_comes_back(home):
    profile = home.database(".mozilla/firefox/a.default")
    home.trust()
    certutil(profile, "-M", "-n", home.name, "-t", ",,")
    assert f"added to {profile}" in home.trust()
    assert trusted(profile)[home.name] == "C,,"


# What it cannot


def test_primary_password(home):
    profile = home.database(".mozilla/firefox/a.default", password="open sesame 1")
    said = home.trust(status=1)
    assert f"cannot be added to {profile}" in said
    assert "primary password" in said
    assert trusted(profile) == {}  # certutil had put it there, untrusted
    assert trusted(home.folder / ".local/share/pki/nssdb") == {home.name: "C,,"}  # the others are done

    command = re.search(r"by hand: (.*)", said)[1] + f" -f {home.folder}/password"
    subprocess.run(["sh", "-c", command], check=True, stdin=subprocess.DEVNULL)
    assert f"is in {profile}" in home.trust()


def test_broken_database(home):
    profile = home.database(".mozilla/firefox/a.default")
    (profile / "cert9.db").write_bytes(b"no database" * 1000)
    said = home.trust(status=1)
    assert str(profile) in said and "database" in said
    assert trusted(home.folder / ".local/share/pki/nssdb") == {home.name: "C,,"}


def test_database_that_another_writes(home):
    profile = home.database(".mozilla/firefox/a.default")
    database = sqlite3.connect(profile / "cert9.db", isolation_level=None)
    database.execute("begin exclusive")
    said = home.trust(status=1)
    assert str(profile) in said
    database.execute("rollback")
    database.close()
    home.trust()
    assert trusted(profile) == {home.name: "C,,"}


def test_certutil_is_missing(home, tmp_path):
    (tmp_path / "bin").mkdir()
    for arguments in ([], ["--dry-run"]):
        said = home.trust(*arguments, status=1, PATH=str(tmp_path / "bin"))
        assert "libnss3-tools" in said
        assert "update-ca-certificates" in said or "The system" in said  # what can be said is said
    assert not (home.folder / ".local").exists()


def test_never_under_sudo(home):
    said = home.trust(status=1, SUDO_USER="ana")
    assert "without sudo" in said
    assert home.files() == {}


def test_home_of_another(home):
    if is_root():
        os.chown(home.folder, 12345, 12345)
        said = home.trust(status=1)
    else:
        said = home.trust(status=1, HOME="/")  # root's
    assert "another user's" in said
    assert home.files() == {}


def test_home_is_not_there(home):
    assert "HOME" in home.trust(status=1, HOME="/nowhere/at/all")
    assert "HOME" in home.trust(status=1, HOME="")


def test_broken_authority(home):
    home.trust()
    (home.state / "authority/root.pem").write_text("what?")
    said = home.trust(status=1)
    assert "root.pem" in said
    assert (home.state / "authority/root.pem").read_text() == "what?"


# The system's store


def test_system_store_is_one_command(home):
    said = home.trust()
    commands = re.findall(r"(?m)^    (\S.*)$", said)
    assert len(commands) == 1
    command = commands[0] if os.geteuid() == 0 else re.fullmatch(r"sudo sh -c '(.*)'", commands[0])[1]
    assert command == (f"install -D -m 644 {home.root} "
                       f"/usr/local/share/ca-certificates/{home.name.replace(' ', '-')}.crt && update-ca-certificates")
    assert "ca-certificates" in home.trust("--dry-run")


def test_path_that_a_shell_would_take_apart(cais, tmp_path):
    home = Home(cais, tmp_path / "it's $HOME")
    said = home.trust()
    assert trusted(home.folder / ".local/share/pki/nssdb") == {home.name: "C,,"}
    command = re.findall(r"(?m)^    (\S.*)$", said)[0]
    command = command.removeprefix("sudo ").replace("update-ca-certificates", "true")
    command = command.replace("/usr/local/share/ca-certificates", str(tmp_path / "additions"))
    subprocess.run(["sh", "-c", command], check=True)
    assert [path.read_text() for path in (tmp_path / "additions").iterdir()] == [home.root.read_text()]


# The authority of another machine


def test_root_of_another(cais, home, tmp_path):
    other = Home(cais, tmp_path / "other")
    other.trust()
    said = home.trust(other.root, state=False)
    assert other.name in said
    assert trusted(home.folder / ".local/share/pki/nssdb") == {other.name: "C,,"}
    assert not home.state.exists()
    home.trust(other.root, "--remove", state=False)
    assert trusted(home.folder / ".local/share/pki/nssdb") == {}


@pytest.mark.parametrize("extensions", [
    ["basicConstraints=critical,CA:TRUE"],
    ["basicConstraints=critical,CA:TRUE", "nameConstraints=permitted;DNS:lan,permitted;IP:10.0.0.0/255.0.0.0"],
    ["basicConstraints=critical,CA:TRUE", "nameConstraints=critical,permitted;DNS:lan"],
    ["basicConstraints=critical,CA:TRUE", "nameConstraints=critical,permitted;IP:10.0.0.0/255.0.0.0"],
    ["basicConstraints=critical,CA:TRUE", "nameConstraints=critical,permitted;DNS:lan,permitted;DNS:com,permitted;IP:10.0.0.0/255.0.0.0"],
    ["basicConstraints=critical,CA:TRUE", "nameConstraints=critical,permitted;DNS:lan,permitted;IP:10.0.0.0/254.0.0.0"],
    ["basicConstraints=critical,CA:TRUE", "nameConstraints=critical,permitted;DNS:lan,permitted;IP:0.0.0.0/0.0.0.0"],
    ["basicConstraints=critical,CA:TRUE", "nameConstraints=critical,excluded;DNS:com,excluded;IP:0.0.0.0/0.0.0.0"],
    ["basicConstraints=critical,CA:FALSE", "nameConstraints=critical,permitted;DNS:lan,permitted;IP:10.0.0.0/255.0.0.0"],
])
def test_root_that_could_vouch_for_the_web_is_refused(home, tmp_path, extensions):
    wide = tmp_path / "wide.crt"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null",
                    "-out", wide, "-subj", "/CN=wide", "-config", "/dev/null", *sum((["-addext", one] for one in extensions), [])],
                   capture_output=True, check=True)
    assert "no " in home.trust(wide, state=False, status=1)
    assert home.files() == {}


def test_file_that_is_no_certificate(home, tmp_path):
    (tmp_path / "x").write_text("x")
    assert "no certificate" in home.trust(tmp_path / "x", state=False, status=1)
    assert "cannot be read" in home.trust(tmp_path / "y", state=False, status=1)


def test_state_of_a_configuration(home, tmp_path):
    (tmp_path / "cais.toml").write_text(f'state = "{home.state}"\nuser = "root"\n')
    run = home.cais.run("trust", "--config", tmp_path / "cais.toml", env=environment(HOME=str(home.folder), XDG_DATA_HOME=None))
    assert run.returncode == 0, run.stderr
    assert run.stderr == f"state: {home.state} ({tmp_path}/cais.toml)\n"
    assert trusted(home.folder / ".local/share/pki/nssdb") == {home.name: "C,,"}


def test_root_makes_no_authority_for_another(home, tmp_path):
    (tmp_path / "cais.toml").write_text(f'state = "{home.state}"\nuser = "www-data"\n')
    run = home.cais.run("trust", "--config", tmp_path / "cais.toml", env=environment(HOME=str(home.folder), XDG_DATA_HOME=None))
    if not is_root():  # whose server becomes nobody else: what it makes is its own
        assert run.returncode == 0, run.stderr
        assert home.root.exists()
        return
    assert run.returncode == 1
    assert "root must not make it for another user" in run.stderr
    assert home.files() == {}


def test_file_and_state_are_two_authorities(home, tmp_path):
    home.trust(tmp_path / "x", status=2)
