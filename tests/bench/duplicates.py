"""`make bench`: what finding duplicates costs, in seconds of processor time, on synthetic and seeded texts."""

import random
import time

import orjson

from assay.core.elements import content_digest
from assay.quality.duplicate_items import near_pairs, shown_content

WORDS = 5_000
TEMPLATE = "please write a short and friendly reply to customer {} who asked for a refund of an order that came late"


def main() -> None:
    """Prints a line for each kind of pool."""
    rng = random.Random(1)
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 9))) for _ in range(WORDS)]
    texts = [" ".join(rng.choices(words, k=rng.randint(5, 25))) for _ in range(100_000)]
    raw = [orjson.dumps({"text": f"{text} {at}"}) for at in range(10) for text in texts]
    before = time.process_time()
    for one in raw:
        content_digest(one)
    print(f"exact duplicates, {len(raw):,} items: {time.process_time() - before:.1f} s")
    for at in range(0, len(texts), 20):
        texts[at] = f"{texts[at - 1]}."
    pools = {
        "short texts, one in 20 near another": texts,
        "one text": [TEMPLATE] * len(texts),
        "one template": [TEMPLATE.format(number) for number in range(len(texts))],
    }
    for name, pool in pools.items():
        before = time.process_time()
        found = sum(1 for _ in near_pairs(enumerate(shown_content({"text": text}, ()) for text in pool), 0.9))
        print(f"near duplicates, {len(pool):,} items, {name}: {found:,} in {time.process_time() - before:.1f} s")


if __name__ == "__main__":
    main()
