"""The units of the package, and those that docs/operations.md shows, as systemd reads them: `systemd-analyze verify`, which
wants no running systemd."""
import re
import subprocess

import pytest

from conftest import PROGRAM, ROOT

UNITS = sorted((ROOT / "packaging").glob("*.service"))


def verify(*files):
    """What it says of these; it says something of others, too, that they refer to."""
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *files], capture_output=True, text=True,
                          timeout=60, check=False)
    names = {file.name for file in files}
    return done.returncode, [line for line in (done.stdout + done.stderr).splitlines() if any(name in line for name in names)]


def installed(unit, folder):
    """As it would be: the program is there."""
    copy = folder / unit.name
    copy.write_text(unit.read_text().replace("/usr/bin/cais", str(PROGRAM)))
    return copy


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_one(tmp_path, unit):
    assert verify(installed(unit, tmp_path)) == (0, [])


def test_the_socket_of_the_manual_is_one(tmp_path):
    text = (ROOT / "docs/operations.md").read_text()
    unit = re.search(r"^    # (\S+\.socket)\n((?:    .*\n)+)", text, re.M)
    socket = tmp_path / unit[1]
    socket.write_text(re.sub("^    ", "", unit[2], flags=re.M))
    service = installed(ROOT / "packaging" / unit[1].replace(".socket", ".service"), tmp_path)
    assert verify(socket, service) == (0, [])


def test_a_mistake_is_seen(tmp_path):
    """Of these tests."""
    unit = installed(UNITS[0], tmp_path)
    unit.write_text(unit.read_text().replace("NoNewPrivileges=", "NoNewPrivilege="))
    assert any("Unknown key" in line for line in verify(unit)[1])
