"""The ONNX engine against the Hugging Face pipeline: same texts, same threads, in turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from transformers import AutoTokenizer, BertForSequenceClassification, pipeline

from bench.texts import Shape, TextMaker
from bot.domain.window import Window
from bot.encoding.inputs import PairInput
from bot.encoding.render import pair_text
from bot.inference.bundle import Bundle
from bot.inference.engine import EngineError
from bot.inference.open import open_engine
from bot.inference.weights import load_network
from training.base import BaseModel

TOGETHER = 16
"""Messages scored at once where a busy session is timed."""

Work = Callable[[Sequence[Window]], object]
Tick = Callable[[], None]


class Race:
    """The contestants, loaded; texts go in and probabilities come out, for each of them."""

    def __init__(self, base: BaseModel, pair: Bundle, thread: Bundle, threads: int) -> None:
        network = load_network(pair)
        if not isinstance(network, BertForSequenceClassification):
            raise EngineError("the pair bundle of the benchmark holds no pair: report this.")
        self._tokenizer = AutoTokenizer.from_pretrained(base.folder)
        self._pipeline: Any = pipeline(
            "text-classification", model=network, tokenizer=self._tokenizer, device="cpu"
        )
        self._pair = pair.encoder(), open_engine(pair, "onnx", "cpu", threads)
        self._thread = thread.encoder(), open_engine(thread, "onnx", "cpu", threads)
        self._texts = TextMaker(pair.tokenizer())

    def close(self) -> None:
        """Close the engines."""
        self._pair[1].close()
        self._thread[1].close()

    def pair(self, shape: Shape, rounds: int, tick: Tick) -> dict[str, dict[str, float]]:
        """Time `pair` on new windows of `shape`, one at a time."""
        seconds = _Seconds()
        for _ in range(rounds):
            one, other = self._new(shape), self._new(shape)
            self._check_tokens(one, shape)
            seconds.take("pipeline", self._run_pipeline, [one], [other])
            seconds.take(f"pair_{shape.tokens}", partial(self._score, self._pair), [one], [other])
            tick()
        return seconds.ratios("pipeline")

    def thread(self, shape: Shape, rounds: int, tick: Tick) -> dict[str, dict[str, float]]:
        """Time `thread` on windows that the pipeline reads as pairs of `shape.tokens` tokens.

        Warm: the discussion goes on, one of its messages is new. Cold: no text was met
        before. Together: `TOGETHER` new messages of a warm discussion wait; time per message.
        """
        seconds = _Seconds()
        score = partial(self._score, self._thread)
        for _ in range(rounds):
            one, other = self._new(shape), self._new(shape)
            talk = self._texts.talk(shape, 2 * TOGETHER + 3)
            score(talk[:1])
            seconds.take("pipeline", self._run_pipeline, talk[1:2], talk[2:3])
            seconds.take("thread_warm", score, talk[1:2], talk[2:3])
            seconds.take("thread_cold", score, [one], [other])
            seconds.take("thread_together", score, talk[3 : 3 + TOGETHER], talk[3 + TOGETHER :])
            tick()
        return seconds.ratios("pipeline")

    def _new(self, shape: Shape) -> Window:
        return self._texts.talk(shape, 1)[0]

    @staticmethod
    def _score(contestant: tuple[Any, Any], windows: Sequence[Window]) -> object:
        encoder, engine = contestant
        return engine.score([encoder.encode(window) for window in windows])

    def _run_pipeline(self, windows: Sequence[Window]) -> object:
        texts = [_sentences(window) for window in windows]
        return self._pipeline(texts, truncation=True, max_length=512, batch_size=1)

    def _check_tokens(self, window: Window, shape: Shape) -> None:
        ours = self._pair[0].encode(window)
        theirs = self._tokenizer(**_sentences(window), truncation=True, max_length=512)
        same = isinstance(ours, PairInput) and list(ours.ids) == list(theirs["input_ids"])
        if not same or ours.tokens != shape.tokens:
            raise EngineError(
                f"the pipeline reads {len(theirs['input_ids'])} tokens and our encoder "
                f"{ours.tokens}, the race is over {shape.tokens}: they do not run the same."
            )


class _Seconds:
    """Seconds a message of each contestant, round by round."""

    def __init__(self) -> None:
        self._taken: dict[str, list[float]] = {}

    def take(self, name: str, work: Work, first: Sequence[Window], timed: Sequence[Window]) -> None:
        """Run `work` on `first`, then on `timed`, and note the seconds a message of the latter.

        The first call after another contestant's finds the caches cold and that one's threads
        still spinning, which no live process meets: it is not counted, for anybody.
        """
        work(first)
        start = time.perf_counter()
        work(timed)
        took = (time.perf_counter() - start) / len(timed)
        self._taken.setdefault(name, []).append(took)

    def ratios(self, base: str) -> dict[str, dict[str, float]]:
        """Return how many times as fast as `base` the others are, by best and median times."""
        slow = self._taken[base]
        return {
            name: {
                "ratio_min": min(slow) / min(taken),
                "ratio_median": statistics.median(slow) / statistics.median(taken),
                "ms_min": min(taken) * 1e3,
                "ms_median": statistics.median(taken) * 1e3,
                "pipeline_ms_min": min(slow) * 1e3,
                "pipeline_ms_median": statistics.median(slow) * 1e3,
            }
            for name, taken in self._taken.items()
            if name != base
        }


def _sentences(window: Window) -> dict[str, str]:
    earlier = [message.text for message in window.messages]
    first, second = pair_text(window.scenario.text, earlier, window.target.text)
    return {"text": first, "text_pair": second}
