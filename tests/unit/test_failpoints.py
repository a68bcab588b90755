import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from satchel import failpoints
from satchel.errors import FailpointWrong
from satchel.failpoints import FailpointReached, arm, armed, intercept, reach

PROGRAM = """
from satchel.failpoints import VARIABLE, arm, reach
import os
arm(os.environ[VARIABLE])
for number in range(1, 4):
    print(number, flush=True)
    reach("commit.before_send")
"""


def _run(specification: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, failpoints.VARIABLE: specification}
    return subprocess.Popen([sys.executable, "-c", PROGRAM], env=environment, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def unarmed() -> Iterator[None]:
    """Whatever a test arms is gone after it."""
    with intercept(None):
        yield


def test_nothing_happens_when_nothing_is_armed(unarmed: None) -> None:
    arm("")

    reach("commit.before_send")
    assert not armed()


def test_raise_strikes_once_at_the_first_time(unarmed: None) -> None:
    arm("commit.before_send:raise")

    with pytest.raises(FailpointReached, match=r"commit\.before_send"):
        reach("commit.before_send")
    reach("commit.before_send")


def test_raise_strikes_at_the_named_time_of_the_named_place(unarmed: None) -> None:
    arm("commit.before_send:raise@2, commit.after_reply:raise@1")

    reach("commit.before_send")
    with pytest.raises(FailpointReached):
        reach("commit.after_reply")
    with pytest.raises(FailpointReached):
        reach("commit.before_send")


def test_kill_ends_the_process_at_once() -> None:
    process = _run("commit.before_send:kill@2")

    output, _ = process.communicate(timeout=30)
    assert (process.returncode, output.split()) == (-signal.SIGKILL, ["1", "2"])


def test_pause_stops_the_process_until_it_is_told_to_go_on() -> None:
    process = _run("commit.before_send:pause@1")

    _, status = os.waitpid(process.pid, os.WUNTRACED)
    os.kill(process.pid, signal.SIGCONT)
    output, _ = process.communicate(timeout=30)
    assert os.WIFSTOPPED(status)
    assert (process.returncode, output.split()) == (0, ["1", "2", "3"])


@pytest.mark.parametrize(
    "specification",
    [
        "commit.before_send",
        "commit.before_send:explode",
        "commit.before_send:kill@0",
        "commit.before_send:kill@",
        "commit.before_send:kill@-1",
        "no.such_place:kill",
        "commit.before_send:kill,",
    ],
)
def test_wrong_specification_names_the_variable(unarmed: None, specification: str) -> None:
    with pytest.raises(FailpointWrong, match="SATCHEL_FAILPOINT: "):
        arm(specification)

    assert not armed()


def test_wrong_specification_is_one_clear_line_at_start() -> None:
    environment = {**os.environ, failpoints.VARIABLE: "commit.before_send:explode"}

    done = subprocess.run(
        [sys.executable, "-m", "satchel", "token"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("satchel: SATCHEL_FAILPOINT: expected name:kill|pause|raise@n")
    assert len(done.stderr.splitlines()) == 1


def test_interceptor_sees_every_place_and_leaves_nothing_behind(unarmed: None) -> None:
    seen: list[str] = []

    with intercept(seen.append):
        reach("commit.before_send")
        reach("push.after_commit")
    reach("settle.before_send")
    assert seen == ["commit.before_send", "push.after_commit"]
