#!/usr/bin/python3
"""Each header compiles alone, and twice."""
import sys

from compiling import Build, for_each, headers


def main():
    build = Build(sys.argv[1])

    def judge(header):
        arguments = build.arguments_that_see(header.rsplit("/", 1)[0])
        if not arguments:
            return f"{header}: no source of this build sees it"
        said = build.compile(arguments, f'#include "{header}"\n#include "{header}"\n')
        return said and f"{header} does not compile alone:\n{said}"

    wrong = for_each(judge, headers())
    print("\n".join(wrong) or f"{len(headers())} headers compile alone")
    sys.exit(bool(wrong))


main()
