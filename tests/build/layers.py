#!/usr/bin/python3
"""Tries that an include across the layers does not compile: for each folder, a header of each folder that it may not use."""
import sys
from pathlib import Path

from compiling import Build, for_each, headers


def main():
    build = Build(sys.argv[1])
    allowed = table(build.directory / "tests/build/layers.txt")
    cases = []
    for folder in build.by_folder:
        layer = folder.split("/")[0]
        if layer not in allowed:
            continue
        # The same source with an include that is allowed must compile: or else it fails for another reason.
        for own in headers(folder)[:1] or ["base/text.h"]:
            cases.append((folder, own, True))
        others = {header.rsplit("/", 1)[0] for header in headers()}
        for other in sorted(others - {folder}):
            if other.split("/")[0] not in allowed[layer] and not folder.startswith(other + "/"):
                cases.append((folder, headers(other)[0], False))

    def judge(case):
        folder, header, good = case
        said = build.compile(build.by_folder[folder], f'#include "{header}"\nint main() {{}}\n')
        if good:
            return said and f"src/{folder} may include {header}, and it does not compile:\n{said}"
        if not said:
            return f"src/{folder} may not include {header}, and it compiles"
        return f"'{header}' file not found" not in said and f"src/{folder} with {header} fails, but for another reason:\n{said}"

    refused = sum(not good for _, _, good in cases)
    wrong = for_each(judge, cases)
    print("\n".join(wrong) or f"{refused} includes are refused, {len(cases) - refused} are allowed")
    if not refused or refused == len(cases):
        wrong.append("nothing was tried")
        print("nothing was tried: too few folders have sources")
    sys.exit(bool(wrong))


def table(path):
    rows = (line.split(":") for line in Path(path).read_text().splitlines())
    return {"base": set()} | {name: set(uses.split()) for name, uses in rows}


main()
