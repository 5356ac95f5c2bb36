"""What a live process needs: load a bundle with the ONNX engine and code messages one by one.

Runs in a process of its own and writes one line of JSON; imports nothing of torch.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from bot.domain.layout import load_transcript
from bot.domain.window import windows
from bot.inference.bundle import load_bundle
from bot.inference.open import open_engine


def live(bundle: Path, file: Path, messages: int, threads: int) -> dict[str, float | int | bool]:
    """Code the first `messages` of `file`; return the peak of memory and the pace.

    `peak_mb` is the largest resident set of this process so far, in MB (10^6 bytes);
    `torch` tells whether anything loaded it after all.
    """
    loaded = load_bundle(bundle)
    encoder = loaded.encoder()
    engine = open_engine(loaded, "onnx", "cpu", threads)
    limit = loaded.manifest.spec.window
    talk = [w for d in load_transcript(file).discussions for w in windows(d, limit)][:messages]
    start = time.perf_counter()
    for window in talk:
        engine.score([encoder.encode(window)])
    seconds = time.perf_counter() - start
    return {
        "peak_mb": peak_bytes() / 1e6,
        "messages": len(talk),
        "messages_per_second": len(talk) / seconds,
        "torch": "torch" in sys.modules,
    }


def peak_bytes() -> int:
    """Return the largest resident set of this process so far, in bytes."""
    status = Path("/proc/self/status")
    if status.is_file():
        # Not getrusage: on Linux its peak starts with that of the process that started us.
        lines = status.read_text(encoding="ascii").splitlines()
        return int(next(x for x in lines if x.startswith("VmHWM")).split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


if __name__ == "__main__":
    path, file, messages, threads = sys.argv[1:]
    sys.stdout.write(json.dumps(live(Path(path), Path(file), int(messages), int(threads))) + "\n")
