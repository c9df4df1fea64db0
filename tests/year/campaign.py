"""A year of a project through the real commands, its figures counted anew after each month.

python -m year.campaign [SEED [MONTHS [ITEMS]]]    ITEMS a month
"""

import random
import sys
import tempfile
import time
from pathlib import Path

from year.life import Life
from year.world import WrongError


def main(seed: int, months: int, items: int) -> int:
    """Lives it; prints what happened how often, and what is wrong."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        life = Life(Path(folder).resolve(), seed, months, items)
        wrong = 0
        try:
            life.live()
        except WrongError as error:
            wrong = 1
            print(error)
        typed = {who: life.world.typed[who] for who in sorted(life.world.typed)}
        print(f"{months} months, seed {seed}: {dict(life.world.counts)}")
        print(f"git typed: {typed}")
        print(f"{wrong} faults, {time.monotonic() - begun:.0f} s")
    return wrong


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    seed, months, items = (*given, *(random.randrange(1 << 30), 12, 20)[len(given) :])
    sys.exit(main(seed, months, items))
