"""How fast the page answers a key in a batch of 5,000 items, measured in the browser: `python tests/bench/page.py`."""

import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import CDPSession, Page, sync_playwright

from browsing import BROWSER, FLAGS, MISSING, make_project, reference_files, serving, task_files

ITEMS, STEPS = 5_000, 300
MEASURE = """
window.waits = [];
addEventListener('keydown', (event) => {
  const pressed = event.timeStamp;
  requestAnimationFrame(() => { const port = new MessageChannel(); port.port1.onmessage = () => window.waits.push(performance.now() - pressed); port.port2.postMessage(0); });
}, true);
"""


def _heap(session: CDPSession) -> float:
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 2**20


def _label(page: Page, number: int) -> None:
    for key in ("2", "3", "1", "Enter"):
        page.keyboard.press(key)
    page.locator("#where").filter(has_text=f"Item {number} of").wait_for()


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def measure() -> dict[str, float]:
    """Milliseconds from a key to the frame after it, and mebibytes of the page's heap at the start and at the end."""
    texts = {f"i{n:04}": {"text": f"message {n} about Larkspur Sync and the Tern Router. " * 8} for n in range(ITEMS)}
    schema = reference_files()["schemas/triage.yaml"].decode()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = make_project(Path(folder), task_files("triage", schema, texts))
        with serving(root, "triage", "--as", "ada") as served:
            page = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS).new_page()
            page.add_init_script(MEASURE)
            page.goto(served.address)
            page.locator("#where").filter(has_text="Item 1 of").wait_for()
            session = page.context.new_cdp_session(page)
            for number in range(2, 22):
                _label(page, number)
            start, nodes = _heap(session), page.locator("*").count()
            page.evaluate("window.waits.length = 0")
            for number in range(22, 22 + STEPS):
                _label(page, number)
            waits = page.evaluate("window.waits")
            return {
                "keys": len(waits),
                "median_ms": round(statistics.median(waits), 1),
                "p95_ms": round(_p95(waits), 1),
                "worst_ms": round(max(waits), 1),
                "heap_start_mib": round(start, 2),
                "heap_end_mib": round(_heap(session), 2),
                "elements_start": nodes,
                "elements_end": page.locator("*").count(),
            }


if __name__ == "__main__":
    print(MISSING or "\n".join(f"{name:>16}  {value}" for name, value in measure().items()))
