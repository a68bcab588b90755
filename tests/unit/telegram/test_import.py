import subprocess
import sys


def test_aiogram_is_imported_only_by_those_who_ask_for_the_fake_bot_api() -> None:
    program = (
        "import sys, satchel.testing as testing\n"
        "before = 'aiogram' in sys.modules\n"
        "print(before, testing.FakeTelegram.__name__, 'aiogram' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.split() == ["False", "FakeTelegram", "True"]
