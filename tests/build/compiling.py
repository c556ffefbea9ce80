"""Small sources compiled as the build would compile a file of one folder, from its compile_commands.json."""
import concurrent.futures
import json
import os
import shlex
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
SOURCES = TOP / "src"


class Build:
    def __init__(self, directory):
        self.directory = Path(directory).resolve()
        commands = json.loads((self.directory / "compile_commands.json").read_text())
        self.by_folder = {}
        for entry in commands:
            path = Path(entry["file"])
            if path.is_relative_to(SOURCES):
                self.by_folder.setdefault(path.parent.relative_to(SOURCES).as_posix(), _arguments(entry))

    def compile(self, arguments, text):
        """What the compiler says to this source; nothing where it is content."""
        done = subprocess.run([*arguments, "-fsyntax-only", "-x", "c++", "-"], input=text, capture_output=True, text=True,
                              cwd=self.directory)
        return "" if done.returncode == 0 else done.stderr or "it failed without a word"


def headers(folder="."):
    """Of one folder, or of all, as they are included: "http/fields.h"."""
    return sorted(path.relative_to(SOURCES).as_posix() for path in (SOURCES / folder).rglob("*.h"))


def for_each(function, items):
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return [answer for answer in pool.map(function, items) if answer]


def _arguments(entry):
    arguments = shlex.split(entry["command"])
    if Path(arguments[0]).name == "ccache":
        arguments = arguments[1:]
    kept = []
    skip = False
    for argument in arguments:
        if skip:
            skip = False
        elif argument in ("-o", "-MF", "-MT"):
            skip = True
        elif argument not in ("-c", "-MD", entry["file"]):
            kept.append(argument)
    return kept
