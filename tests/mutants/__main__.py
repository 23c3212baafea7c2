"""The command line: `python -m tests.mutants [WORDS]`. Exit code 1 if a mutant survives or cannot be made.

Each process works on a copy of the tree. The tests run unbroken first, since a test that always fails notices nothing.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.listed import Mutant, Unusable, all_mutants
from tests.support.root import ROOT

TESTS_FAILED, NOTICED, SURVIVED = 1, "", "no test noticed"
SECONDS = 900


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("words", nargs="*", help="only mutants whose file or description contains one of these")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--skip-unbroken", action="store_true", help="do not run the unbroken tests first")
    given = parser.parse_args()
    chosen = [mutant for mutant in all_mutants() if _matches(mutant, given.words)]
    with copies(given.processes) as trees:
        if not given.skip_unbroken and not unbroken_pass(chosen, tree=trees[0], processes=given.processes):
            return 1
        failures = list(survivors(chosen, trees=trees))
    print(f"{len(chosen) - len(failures)} of {len(chosen)} mutants were noticed")
    return 1 if failures else 0


def survivors(chosen: list[Mutant], *, trees: list[Path]) -> Iterator[Mutant]:
    """Yield the mutants that no test noticed, or that cannot be made, and print each result as it comes."""
    free: SimpleQueue[Path] = SimpleQueue()
    for tree in trees:
        free.put(tree)
    with ThreadPoolExecutor(len(trees)) as pool:
        running = {pool.submit(_judge, mutant, free): mutant for mutant in chosen}
        for done in as_completed(running):
            mutant, complaint = running[done], done.result()
            print(
                f"{'ok  ' if complaint == NOTICED else 'FAIL'} {mutant.file}: {mutant.breaks} {complaint}", flush=True
            )
            if complaint != NOTICED:
                yield mutant


def unbroken_pass(chosen: list[Mutant], *, tree: Path, processes: int) -> bool:
    """Whether every named test passes without any edit."""
    named = sorted({test for mutant in chosen for test in mutant.tests})
    result = _pytest(tree, "-n", str(processes), *named)
    if result.returncode != 0:
        print(result.stdout[-5000:], "The tests fail without any mutant.", sep="\n")
    return result.returncode == 0


@contextmanager
def copies(count: int) -> Iterator[list[Path]]:
    """Yield this many copies of the tree, uncommitted changes included."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        trees = [Path(folder) / str(number) for number in range(count)]
        for tree in trees:
            for name in files:
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, tree / name)
            subprocess.run(["git", "init", "-q"], cwd=tree, check=True)  # some conventions ask git for the files
        yield trees


def _matches(mutant: Mutant, words: list[str]) -> bool:
    return not words or any(word in mutant.file or word in mutant.breaks for word in words)


def _judge(mutant: Mutant, free: SimpleQueue[Path]) -> str:
    tree = free.get()
    file = tree / mutant.file
    text = file.read_text(encoding="utf-8")
    try:
        file.write_text(mutant.applied_to(text), encoding="utf-8")
        result = _pytest(tree, "-x", *mutant.tests)
    except Unusable as reason:
        return str(reason)
    except subprocess.TimeoutExpired:
        return NOTICED  # the product hangs, and a person would see it
    finally:
        file.write_text(text, encoding="utf-8")
        free.put(tree)
    if result.returncode == TESTS_FAILED:
        return NOTICED
    return SURVIVED if result.returncode == 0 else f"pytest ended with {result.returncode}: {result.stdout[-800:]}"


def _pytest(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # Without the cache of bytecode: two edits of a file within a second may have the same size.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=line", *arguments]
    return subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )


if __name__ == "__main__":
    sys.exit(main())
