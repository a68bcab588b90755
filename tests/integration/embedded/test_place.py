"""Where the servers live: nothing that is not ours changes, and whoever runs them can get in."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from satchel.embedded import Engines, PostgresServer, ValkeyServer, binaries, place, start_engines
from satchel.embedded.place import engine_home, make_enterable, own_directory, reachable, server_user
from satchel.embedded.process import Claim
from satchel.errors import EngineFailed, PlaceRefused

NOBODY = pwd.getpwnam("nobody")


def _modes(path: Path) -> dict[Path, tuple[int, int]]:
    return {part: (part.stat().st_mode, part.stat().st_uid) for part in (path, *path.parents)}


@pytest.fixture
def narrow() -> Iterator[None]:
    """A umask that gives nothing to others."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A data directory where nobody but its owner can enter, such as root's home."""
    data_dir = tmp_path / "closed" / "data"
    data_dir.mkdir(parents=True)
    data_dir.parent.chmod(0o700)
    yield data_dir
    for name in ("postgres", "valkey"):
        home = engine_home(data_dir, name)
        if not home.is_relative_to(data_dir):
            shutil.rmtree(home.parent, ignore_errors=True)


def _owner(engines: Engines) -> set[int]:
    assert engines.postgres is not None
    assert engines.valkey is not None
    return {Path(f"/proc/{server.pid}").stat().st_uid for server in (engines.postgres, engines.valkey)}


def test_engines_run_where_their_user_cannot_enter_and_change_no_directory(closed: Path) -> None:
    before = _modes(closed)

    with start_engines(closed) as engines:
        owners = _owner(engines)

    user = server_user()
    assert _modes(closed) == before
    assert owners == {user.pw_uid if user is not None else os.geteuid()}
    assert 0 not in owners


def test_narrow_umask_keeps_nobody_out(engine_room: Path, tmp_path: Path, narrow: None) -> None:
    with start_engines(engine_room / tmp_path.name / "below" / "data") as engines:
        assert 0 not in _owner(engines)


def test_very_long_path_is_no_obstacle_to_sockets(engine_room: Path, tmp_path: Path) -> None:
    deep = engine_room / tmp_path.name / ("long-" * 30) / ("longer-" * 20)

    with start_engines(deep, postgres=False) as engines:
        assert engines.valkey is not None
        assert len(engines.valkey.url) < 100


def test_directories_that_are_made_may_be_entered_and_others_stay_as_they_are(tmp_path: Path, narrow: None) -> None:
    tmp_path.chmod(0o710)

    make_enterable(tmp_path / "a" / "b")

    modes = [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path, tmp_path / "a", tmp_path / "a" / "b")]
    assert modes == [0o710, 0o755, 0o755]


def test_reachable_looks_at_every_directory_above(engine_room: Path, tmp_path: Path) -> None:
    open_ = engine_room / tmp_path.name / "open"
    shut = engine_room / tmp_path.name / "shut"
    for path in (open_, shut):
        path.mkdir(parents=True)
    shut.chmod(0o700)

    assert reachable(open_ / "x", NOBODY) is True
    assert reachable(shut / "x" / "y", NOBODY) is False


@pytest.mark.parametrize("what", ["a link", "a file", "open to others"])
def test_place_that_is_not_private_is_refused(what: str, engine_room: Path, tmp_path: Path) -> None:
    home = engine_room / tmp_path.name / "home"
    home.parent.mkdir()
    if what == "a link":
        home.symlink_to(tmp_path)
    elif what == "a file":
        home.touch()
    else:
        own_directory(home).chmod(0o755)

    with pytest.raises(PlaceRefused):
        own_directory(home)


def test_binaries_are_copied_once_where_their_user_cannot_enter(
    engine_room: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, narrow: None
) -> None:
    public = engine_room / tmp_path.name
    monkeypatch.setattr(binaries, "PUBLIC_HOME", public)
    monkeypatch.setattr(place, "PUBLIC_HOME", public)
    monkeypatch.setattr(binaries, "enterable", lambda _: False)

    copied = binaries.valkey_server()
    made = copied.stat().st_mtime_ns

    assert binaries.valkey_server() == copied
    assert (copied.is_relative_to(public), copied.stat().st_mtime_ns, os.access(copied, os.X_OK)) == (True, made, True)
    assert reachable(copied, NOBODY)
    assert stat.S_IMODE(copied.stat().st_mode) & 0o555 == 0o555


@pytest.mark.parametrize("pid", ["1", str(2**22 - 1), "x", "cut off"])
def test_pid_file_of_a_crash_does_not_stop_the_next_start(pid: str, engine_room: Path, tmp_path: Path) -> None:
    server = PostgresServer(engine_room / tmp_path.name)
    server.start()
    server.kill()
    file = server.data_directory / "postmaster.pid"
    lines = file.read_text().splitlines()
    # After a restart of the machine the number may belong to any other program.
    file.write_text("" if pid == "cut off" else "\n".join([pid, *lines[1:]]) + "\n")

    server.start()

    assert server.owned
    server.stop()


def test_only_one_of_two_servers_of_a_directory_is_ours(engine_room: Path, tmp_path: Path) -> None:
    first, second = (ValkeyServer(engine_room / tmp_path.name) for _ in range(2))
    first.start()
    second.start()

    assert (first.owned, second.owned) == (True, False)
    second.stop()
    third = ValkeyServer(engine_room / tmp_path.name)
    third.start()
    assert third.owned is False
    first.stop()
    third.start()
    assert third.owned is True
    third.stop()


def test_claim_of_somebody_who_died_is_free(tmp_path: Path) -> None:
    code = f"from pathlib import Path; from satchel.embedded.process import Claim; c = Claim(Path({str(tmp_path)!r}))\n"
    code += "print(c.take(), flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stdin=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"True\n"
        claim = Claim(tmp_path)
        taken_while_held = claim.take()
        holder.send_signal(signal.SIGKILL)
        holder.wait()

        assert (taken_while_held, claim.take()) == (False, True)
        claim.release()


def test_claim_without_a_server_behind_it_is_told(tmp_path: Path) -> None:
    holder, other = Claim(tmp_path), Claim(tmp_path)
    holder.take()

    with pytest.raises(EngineFailed):
        other.settle(lambda: False, timeout_s=0.05)
    holder.release()


def test_server_that_outlived_its_holder_is_used(tmp_path: Path) -> None:
    claim = Claim(tmp_path)

    assert claim.settle(lambda: True, timeout_s=0.05) is False


def test_start_that_fails_tells_the_servers_own_last_words(engine_room: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineFailed, match=r"(?s)ended while starting.*nonsense"):
        ValkeyServer(engine_room / tmp_path.name, {"nonsense": "1"}).start()


def test_stopped_server_leaves_no_directory_of_sockets_and_starts_again(engine_room: Path) -> None:
    server = ValkeyServer(engine_room / "leaves-nothing")
    sockets = Path(server.url.removeprefix("unix://")).parent
    server.start()
    server.stop()
    left = sockets.exists()
    server.start()
    again = sockets.exists()
    server.stop()

    assert (left, again, sockets.exists()) == (False, True, False)
