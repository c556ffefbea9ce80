#!/usr/bin/python3
"""How the text of the tree is kept: what a reader would stumble over, and no compiler says."""
import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
OURS = ("src", "tests", "fuzz", "bench", "script", "cmake", "packaging", "docs", "examples")
TEXT = {".h", ".cpp", ".c", ".py", ".txt", ".cmake", ".md", ".ts", ".js", ".css", ".html", ""}
CODE = {".h", ".cpp", ".c"}
MANY_LINES = 700

UNDONE = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX)\b")
MACHINE = re.compile(r"(?<![\w.$-])/(?:root|work)/\w")  # a path of somebody's machine
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def main():
    wrong, warnings = [], []
    for path in files():
        name = path.relative_to(TOP).as_posix()
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue  # an input of a fuzz target, an image
        lines = text.splitlines()
        if path.suffix in CODE | {".py"} and len(lines) > MANY_LINES:
            warnings.append(f"{name}: {len(lines)} lines; is it still one idea?")
        for number, line in enumerate(lines, 1):
            for what in line_mistakes(path, line):
                wrong.append(f"{name}:{number}: {what}")
        wrong += [f"{name}: {what}" for what in file_mistakes(path, text)]

    for warning in warnings:
        print("warning:", warning)
    print("\n".join(wrong) or "nothing to say")
    sys.exit(bool(wrong))


def files():
    for folder in OURS:
        for path in sorted((TOP / folder).rglob("*")):
            inside = path.relative_to(TOP).parts
            if path.is_file() and path.suffix in TEXT and "conformance" not in inside and inside[:2] != ("fuzz", "corpus"):
                yield path


def line_mistakes(path, line):
    if UNDONE.search(line):
        yield "something is left to do: an issue holds that, not the code"
    if MACHINE.search(line) or str(TOP) + "/" in line:
        yield "a path of one machine"
    if path.suffix in CODE | {".py", ""} and line != line.rstrip():
        yield "white space at the end"
    if path.suffix in CODE:
        if "\t" in line:
            yield "a tab"
        include = INCLUDE.match(line)
        if include and path.is_relative_to(TOP / "src") and not well_named(include.group(1)):
            yield f'"{include.group(1)}" is not named from src: a way around the layers'


def well_named(include):
    """As "folder/name.h"; what a build generates need not be there."""
    return "/" in include and ".." not in include.split("/")


def file_mistakes(path, text):
    if path.suffix == ".h":
        if text.count("#pragma once") != 1:
            yield "a header needs one `#pragma once`"
        if not text.startswith("//"):
            yield "a header begins with what it is"
    if text.startswith("#!") and "python" in text.splitlines()[0] and not text.startswith("#!/usr/bin/python3\n"):
        yield "a script of ours starts with #!/usr/bin/python3: the one that has Debian's modules"
    if text and not text.endswith("\n"):
        yield "no newline at the end"


main()
