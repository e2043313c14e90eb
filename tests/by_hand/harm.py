"""Harm to a cluster of three machines while it works: `make harm`, as root.

    python -m tests.by_hand.harm                             # all of them, to a labelling
    python -m tests.by_hand.harm --only cut slow
    python -m tests.by_hand.harm --search --only kill cut    # to a search
    python -m tests.by_hand.harm --serve                     # to the API, while a crawler sends it an archive

Each machine is a network namespace with an address of its own (machines.py); the head gives no work. When the work is
underway (harm_work.py), harm is done; what the command then says is shown, what was broken is mended, and the same
command is given again until it succeeds. Each time the result must equal that of an undisturbed run, and each
command must end with a sentence. Each harm has new machines; its seconds stand beside those of the undisturbed run.
"""

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.by_hand.harm_work import Labelling, Search, Serving, Work
from tests.by_hand.machines import Machines, Slow

AWAY = 150  # seconds that a machine is away: Ray gives one up that does not answer for one to two minutes
LATE = 15  # seconds in which who was away may still do what it must not
LONGEST = 600  # seconds after which a command that neither goes on nor ends is said to hang
COMMANDS = 3
DISK = 96 << 20


@dataclass(frozen=True)
class Job:
    """A command that runs on the head."""

    machines: Machines
    work: Work
    process: "subprocess.Popen[bytes]"
    to: Path
    log: Path

    def wait(self) -> None:
        """Until it is underway."""
        end = time.monotonic() + LONGEST
        while not self.work.is_underway(self.to, self.machines.workers[1].processes()):
            assert self.process.poll() is None, f"it ended before it was harmed: {self.log.read_text()}"
            assert time.monotonic() < end, f"it does not come so far: {self.log.read_text()}"
            time.sleep(0.05)

    def ends(self, seconds: float) -> bool:
        """Whether it ends in time."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def last_word(self) -> str:
        """How it ended, and its last line, which must be a sentence where it failed by itself."""
        text, status = self.log.read_text(errors="replace"), self.process.returncode
        lines = [line for line in text.splitlines() if line and line[0] != "["]  # those are Ray's
        last = lines[-1] if lines else "nothing"
        if "Traceback" in text or (status not in (0, -signal.SIGKILL) and not last.startswith("emotion: ")):
            raise AssertionError(f"it ended with {status} and without a sentence: {text[-1600:]}")
        return f"status {status}: {last}"


Harm = Callable[[Job], None]


def kill(job: Job) -> None:
    """A worker machine loses its power; another one comes."""
    job.machines.workers[1].kill()
    job.machines.join(job.machines.workers[1])


def lose(job: Job) -> None:
    """A worker machine loses its power, and none comes."""
    job.machines.workers[1].kill()


def pause(job: Job) -> None:
    """A worker machine stands still, and goes on later as if nothing had been."""
    victim = job.machines.workers[1]
    victim.signal(signal.SIGSTOP)
    job.ends(AWAY)
    victim.signal(signal.SIGCONT)


def cut(job: Job) -> None:
    """A worker machine loses its network, and has it again later."""
    victim = job.machines.workers[1]
    victim.cable("down")
    job.ends(AWAY)
    victim.cable("up")


def blink(job: Job) -> None:
    """The network is away for two seconds."""
    victim = job.machines.workers[1]
    victim.cable("down")
    time.sleep(2)
    victim.cable("up")


def slow(job: Job) -> None:
    """A worker machine has a tenth of its time until the job ends."""
    with Slow(job.machines.workers[1]):
        job.ends(LONGEST)


def ray(job: Job) -> None:
    """Ray ends on the head, and the command does not; all join the head that is started again."""
    job.machines.head.kill(spared=job.process.pid)
    assert job.work.patient or job.ends(LONGEST), "it hangs without Ray"
    join_again(job)


def head(job: Job) -> None:
    """The head loses its power, with the command and all that Ray knew; all join the one that is started again."""
    job.machines.head.kill()
    join_again(job)


def join_again(job: Job) -> None:
    """Start the head, and once the workers have seen that the old one is gone, let them join."""
    job.machines.start_head(job.process.pid)
    for worker in job.machines.workers:
        worker.wait_until_empty()
        job.machines.join(worker)
    job.machines.wait_for_all()
    job.work.prepare(job.machines, job.to)


def disk(job: Job) -> None:
    """The disk that is written to is full until the job has ended, or for a while where it waits."""
    filler = job.to.parent / "filler"
    fill(filler)
    if job.work.patient:
        job.ends(AWAY)
    else:
        assert job.ends(LONGEST), "it hangs without room"
    filler.unlink()


HARMS: dict[str, Harm | None] = {
    "none": None,
    **{harm.__name__: harm for harm in (kill, lose, pause, cut, blink, slow, ray, head, disk)},
}


def fill(filler: Path) -> None:
    """Until there is no room."""
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(1 << 12)):
                pass
        except OSError:
            return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(HARMS)[1:], default=list(HARMS)[1:])
    parser.add_argument("--tweets", type=int, default=60_000)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--search", action="store_true", help="harm a search, and no labelling")
    what.add_argument("--serve", action="store_true", help="harm the API, and no labelling")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="em", dir="/tmp"))  # the path of a socket may have 107 bytes
    work = work_of(asked, folder)
    failed: list[str] = []
    undisturbed = 0.0
    for name in ("none", *asked.only):
        tried = try_harm(name, work, folder)
        undisturbed = undisturbed or tried.seconds
        print(f"{name:<6} {tried.verdict:<7} {tried.seconds:6.1f} s, {tried.seconds / undisturbed:5.2f} times, "
              f"{len(tried.heard)} command(s)", flush=True)  # fmt: skip
        for line in tried.heard:
            print(f"       {line}", flush=True)
        if tried.verdict != "equal":
            failed.append(name)
    if failed:
        given = [f"--{what}" for what in ("search", "serve") if getattr(asked, what)]
        print("Again: python -m tests.by_hand.harm", *given, "--only", *failed, f"  What they left: {folder}")
    else:
        shutil.rmtree(folder)
    sys.exit(bool(failed))


def work_of(asked: argparse.Namespace, folder: Path) -> Work:
    if asked.search:
        return Search(folder)
    return Serving(folder, asked.tweets) if asked.serve else Labelling(folder, asked.tweets)


@dataclass(frozen=True)
class Tried:
    """What became of a harm: of the result, and what each command said last. `seconds` are those of all commands."""

    verdict: str
    seconds: float
    heard: list[str]


def try_harm(name: str, work: Work, folder: Path) -> Tried:
    """Do one harm, and go on until the work is done."""
    own = folder / name
    heard: list[str] = []
    with disk_for(own / "disk") as place, Machines(own) as machines:
        began = time.monotonic()
        seconds = 0.0
        try:
            while not seconds:
                assert len(heard) < COMMANDS, "it does not come to its end"
                work.prepare(machines, place / "made")
                job = begin(machines, work, place / "made", own / f"command-{len(heard) + 1}.log")
                if not heard and (harm := HARMS[name]):
                    job.wait()
                    harm(job)
                assert job.ends(LONGEST), "it hangs"
                heard.append(job.last_word())
                if job.process.returncode == 0:
                    seconds = time.monotonic() - began
            time.sleep(LATE if name in ("pause", "cut") else 0)
            work.end(machines)
            work.assert_equals(place / "made", folder / "undisturbed")
        except AssertionError as error:
            shutil.copytree(place, own / "left", ignore=shutil.ignore_patterns("filler"))
            return Tried(f"FAILED: {str(error)[:2000]}", time.monotonic() - began, heard)
    return Tried("equal", seconds, heard)


@contextmanager
def disk_for(place: Path) -> Iterator[Path]:
    """A small disk of its own, in memory."""
    place.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def begin(machines: Machines, work: Work, to: Path, log: Path) -> Job:
    """Start the command on the head."""
    command = [sys.executable, "-m", "emotion", *work.command(to, machines)]
    return Job(machines, work, machines.head.run(command, machines.environment, log), to, log)


if __name__ == "__main__":
    main()
