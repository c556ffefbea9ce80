"""A profile that guides the optimiser: a program that counts does each kind of work once, and what it counted is kept."""
import os
import shutil
import subprocess
import tempfile
from pathlib import Path


def build(top, output):
    """Builds the program that counts, and gives its path."""
    folder = top / "build/train"
    subprocess.run(["cmake", "--preset", "release", "-B", folder, "-DCAIS_PROFILE=record", "--log-level=WARNING"],
                   cwd=top, check=True, stdout=output)
    subprocess.run(["cmake", "--build", folder, "--target", "cais", "--", "--quiet"], check=True, stdout=output)
    return folder / "cais"


class Counts:
    """Used with `with`: programs started meanwhile leave their counts here. merge() makes one file of them."""

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="cais-train."))
        os.environ["LLVM_PROFILE_FILE"] = str(self.folder / "%p.profraw")
        return self

    def __exit__(self, *_):
        del os.environ["LLVM_PROFILE_FILE"]
        shutil.rmtree(self.folder, ignore_errors=True)

    def merge(self, target):
        counts = sorted(self.folder.glob("*.profraw"))
        if not counts:
            raise SystemExit("script/bench --train: the program left no counts; did it end by itself?")
        subprocess.run(["llvm-profdata-19", "merge", "--output", target, *counts], check=True)
