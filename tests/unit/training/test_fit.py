"""The loop: it learns, it repeats itself to the bit, and it keeps the best epoch."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from tokenizers import Tokenizer
from torch import Tensor

from bot.encoding.encode import Encoder
from bot.encoding.spec import Architecture
from bot.inference.weights import Network
from tests.unit.training.tiny_study import tiny_base, tiny_records, tiny_settings
from training import example
from training import fit as loop
from training.base import BaseModel, find_base
from training.build import build_network, encoder_spec
from training.data import encode_all, examples, training_units
from training.determinism import reproducible
from training.example import Example, loss_and_hits
from training.fit import Fit, TrainingError, fit, judge
from training.presets import Settings
from training.split import SplitBy, split

LABELS = ("CR", "AG", "Q")
Weights = dict[str, Tensor]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> BaseModel:
    return find_base(str(tiny_base(tmp_path_factory.mktemp("fit") / "base")))


class Run:
    """A run on the tiny study: its network, what fit gave, and the weights after each epoch."""

    def __init__(
        self,
        base: BaseModel,
        settings: Settings,
        groups: int,
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        records = tiny_records(groups)
        parts = split(records, SplitBy.GROUP, 0)
        encoder = Encoder(Tokenizer.from_str(base.tokenizer_json), encoder_spec(settings, base))
        inputs = encode_all(records, encoder)
        self.units = training_units(parts.train, inputs, LABELS, settings)
        self.validation = examples(parts.validation, inputs, LABELS)
        self.after: list[Weights] = []
        self.calls: list[tuple[str, int, int]] = []
        with reproducible(settings.seed, 1):
            self.network = build_network(base, len(LABELS), settings)
            self.start = weights(self.network)

            def told(text: str, done: int, total: int) -> None:
                self.calls.append((text, done, total))
                if text.endswith("right"):
                    self.after.append(weights(self.network))
                progress(text)

            self.fit: Fit = fit(self.network, self.units, self.validation, settings, told)


def weights(network: Network) -> Weights:
    return {name: value.clone() for name, value in network.state_dict().items()}


def same(one: Weights, other: Weights) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[n], other[n]) for n in one)


@pytest.fixture(params=list(Architecture), ids=str)
def settings(request: pytest.FixtureRequest) -> Settings:
    return tiny_settings(request.param)


def test_it_learns_what_can_be_learned(base, settings):
    run = Run(base, replace(settings, epochs=12), 16)
    curve = run.fit.epochs
    assert curve[run.fit.best - 1].validation_accuracy >= 0.9
    assert curve[-1].train_loss < curve[0].train_loss / 2
    assert judge(run.network, run.validation)[1] == curve[run.fit.best - 1].validation_accuracy
    assert not run.network.training
    assert not run.fit.interrupted


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(base, settings):
    short = replace(settings, epochs=1)
    one, again = Run(base, short, 4), Run(base, short, 4)
    other = Run(base, replace(short, seed=1), 4)
    assert same(weights(one.network), weights(again.network))
    assert one.fit.epochs[0].train_loss == again.fit.epochs[0].train_loss
    assert not same(weights(one.network), weights(other.network))


def test_frozen_word_vectors_stay_and_the_rest_learns(base, settings):
    run = Run(base, replace(settings, epochs=1, freeze_words=True), 4)
    changed = {n for n, v in weights(run.network).items() if not torch.equal(v, run.start[n])}
    assert not any("word_embeddings" in name for name in changed)
    assert any("position_embeddings" in name for name in changed)


def test_the_best_epoch_remains_and_of_equals_the_earlier(base, monkeypatch):
    accuracies = iter([0.2, 0.9, 0.9, 0.5])
    monkeypatch.setattr(loop, "judge", lambda *_: (1.0, next(accuracies)))
    run = Run(base, tiny_settings(Architecture.THREAD, epochs=4), 4)
    assert run.fit.best == 2
    assert len(run.fit.epochs) == 4
    assert same(weights(run.network), run.after[1])
    assert not same(run.after[1], run.after[2])


def test_what_is_judged_and_kept_is_the_mean_of_the_last_weights(base):
    run = Run(base, tiny_settings(Architecture.THREAD, epochs=2, average=True), 4)
    plain = Run(base, tiny_settings(Architecture.THREAD, epochs=2), 4)
    assert run.fit.epochs[0].train_loss == plain.fit.epochs[0].train_loss  # it learns alike
    assert not same(weights(run.network), run.after[run.fit.best - 1])  # not the last step's
    assert judge(run.network, run.validation) == (
        run.fit.epochs[run.fit.best - 1].validation_loss,
        run.fit.epochs[run.fit.best - 1].validation_accuracy,
    )


def test_unjudged_the_last_epoch_is_kept(base):
    run = Run(base, tiny_settings(Architecture.THREAD, epochs=2), 4)
    with reproducible(0, 1):
        network = build_network(base, len(LABELS), tiny_settings(Architecture.THREAD))
        unjudged = fit(
            network, run.units, (), tiny_settings(Architecture.THREAD, epochs=2), lambda *_: None
        )
    assert unjudged.best == 2
    assert same(weights(network), run.after[1])


def test_accuracy_chooses_and_not_the_loss(base, monkeypatch):
    judged = iter([(0.1, 0.5), (9.0, 0.6)])
    monkeypatch.setattr(loop, "judge", lambda *_: next(judged))
    assert Run(base, tiny_settings(Architecture.THREAD, epochs=2), 4).fit.best == 2


def interrupt_at(text: str) -> Callable[[str], None]:
    def progress(told: str) -> None:
        if told.startswith(text):
            raise KeyboardInterrupt

    return progress


def test_ctrl_c_keeps_the_best_so_far(base, settings):
    run = Run(base, settings, 4, interrupt_at("epoch 2 of"))
    assert run.fit.interrupted
    assert run.fit.best == len(run.fit.epochs) == 1
    assert same(weights(run.network), run.after[0])
    assert not run.network.training


def test_ctrl_c_before_an_epoch_was_judged_is_an_error(base):
    with pytest.raises(TrainingError, match="interrupted before the first epoch was judged"):
        Run(base, tiny_settings(Architecture.THREAD), 4, interrupt_at("epoch 1 of"))


@pytest.mark.parametrize(("copy", "kept"), [(1, None), (2, 1)])
def test_ctrl_c_while_the_best_weights_are_copied_keeps_whole_ones(base, monkeypatch, copy, kept):
    judged = iter([(1.0, 0.5), (1.0, 0.6)])
    monkeypatch.setattr(loop, "judge", lambda *_: next(judged))
    copies = iter(range(1, 9))
    real = loop._copy

    def interrupted(network: Network) -> Weights:
        if next(copies) == copy:
            raise KeyboardInterrupt
        return real(network)

    monkeypatch.setattr(loop, "_copy", interrupted)
    settings = tiny_settings(Architecture.THREAD, epochs=2)
    if kept is None:
        with pytest.raises(TrainingError, match="nothing to keep"):
            Run(base, settings, 4)
    else:
        run = Run(base, settings, 4)
        assert (run.fit.best, run.fit.interrupted) == (kept, True)
        assert same(weights(run.network), run.after[0])


def test_a_loss_that_is_no_number_is_an_error(base, settings):
    wild = replace(settings, learning_rate=1e30, head_learning_rate=1e30)
    with pytest.raises(TrainingError, match=r"not a number in epoch 1: lower the .*now 1e\+30"):
        Run(base, wild, 4)


def test_the_progress_counts_the_steps_of_the_whole_run(base):
    run = Run(base, tiny_settings(Architecture.THREAD, epochs=2, step=2), 4)
    steps = -(-len(run.units) // 2)
    done = [call[1] for call in run.calls if " of " in call[0]]
    assert done == list(range(1, 2 * steps + 1))
    assert {call[2] for call in run.calls} == {2 * steps}


def test_memory_saving_passes_of_a_pair_step_give_the_same_weights(base, monkeypatch):
    # Without dropout, whose masks would be drawn for other batches.
    quiet = replace(
        base,
        config=type(base.config)(
            **{
                **base.config.to_dict(),
                "hidden_dropout_prob": 0.0,
                "attention_probs_dropout_prob": 0.0,
            }
        ),
    )
    settings = tiny_settings(Architecture.PAIR, epochs=1, learning_rate=1e-4)
    whole = Run(quiet, settings, 4)
    monkeypatch.setattr(example, "_PASS_TOKENS", 100)
    cut = Run(quiet, settings, 4)
    assert cut.fit.epochs[0].train_loss == pytest.approx(whole.fit.epochs[0].train_loss, rel=1e-4)


def test_a_weight_counts_as_often_as_a_repetition(base):
    run = Run(base, tiny_settings(Architecture.PAIR, epochs=1), 4)
    one, two = (unit[0] for unit in run.units[:2])
    weighed = loss_and_hits(torch.tensor([[2.0, 0, 0], [0, 1.0, 0]]), [replace(one, weight=3), two])
    repeated = loss_and_hits(torch.tensor([[2.0, 0, 0]] * 3 + [[0, 1.0, 0]]), [*[one] * 3, two])
    assert [float(x) for x in weighed] == pytest.approx([float(x) for x in repeated])


def test_judging_takes_every_example_once_whatever_its_weight(base):
    run = Run(base, tiny_settings(Architecture.THREAD, epochs=1), 4)
    heavy = [Example(e.input, e.label, n) for n, e in enumerate(run.validation, start=1)]
    assert judge(run.network, heavy) == judge(run.network, run.validation)
