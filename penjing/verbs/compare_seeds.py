"""Groups of a comparison: runs of which the same was asked but for the seed, their means, and paired differences."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np

from penjing.evaluation.measured import measured_apart
from penjing.evaluation.record import Evaluation, mean_train_seconds, over_primary
from penjing.evaluation.scores import Difference
from penjing.evaluation.seeds import OverSeeds, paired
from penjing.findings import Finding
from penjing.run import Run
from penjing.settling import differences


class Scored(NamedTuple):
    """A run with its score."""

    run: Run
    evaluation: Evaluation

    @property
    def value(self) -> float:
        """The primary score, turned so that more is better."""
        primary = self.evaluation.scores.primary
        return primary.value if primary.higher_is_better else -primary.value


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Runs of which the same was asked, but for the seed."""

    name: str  # the settings by which it can be told from the others
    runs: tuple[str, ...]
    seeds: tuple[int, ...]
    mean: OverSeeds
    better_by: OverSeeds | None  # than the first group, over the seeds that both have; None for the first
    over_examples: Difference | None  # the same mean difference, with the interval of the choice of test examples
    settings: dict[str, tuple[Any, Any]]  # that differ: the first group's value, this one's
    apart: dict[str, tuple[Any, ...]]  # settings that were measured, and differ within the group: of each run
    train_seconds: float | None  # of one run, mean


def groups_of(scored: Sequence[Scored]) -> tuple[Group, ...]:
    """The groups, the first of which the others are held against.

    There are none where no two runs were asked to differ by their seed alone, nor where one seed comes twice: those are
    no two draws.
    """
    origins = [one.run.config.origins for one in scored]
    measured = {name for of_run in origins for name, choice in of_run.items() if choice.origin == "measured here"}
    together: dict[bytes, list[Scored]] = {}
    for one in scored:
        together.setdefault(_but_for_seed(one.run, measured), []).append(one)
    members = list(together.values())
    twice = any(len(_by_seed(of_one)) < len(of_one) for of_one in members)
    if twice or len(members) == len(scored):
        return ()
    names = _names([[one.run for one in of_one] for of_one in members])
    return tuple(_group(name, of_one, members[0]) for name, of_one in zip(names, members, strict=True))


def _but_for_seed(run: Run, measured: Collection[str]) -> bytes:
    """All that was asked for: what was measured in any of the runs counts only where this one was told it."""
    config = run.config
    settings = {
        name: choice.value
        for name, choice in config.origins.items()
        if name != "seed" and (name not in measured or choice.origin in ("typed", "file"))
    }
    return msgspec.json.encode([config.task, config.data_fingerprint, settings], order="sorted")


def _names(members: Sequence[Sequence[Run]]) -> list[str]:
    """By the model where that tells groups apart, else by all settings in which any differs, else by a run's folder.

    A setting that differs within a group names none.
    """
    runs = [of_one[0] for of_one in members]
    within = {"seed", *(key for of_one in members for key in measured_apart(of_one))}
    changed = {
        key: None
        for run in runs
        for key in differences(runs[0].config.origins, run.config.origins)
        if key not in within
    }
    for keys in (["model"], list(changed)):
        names = [", ".join(f"{key}={_value(run, key)}" for key in keys) for run in runs]
        if len(set(names)) == len(runs):
            return names
    return [str(run.path) for run in runs]


def _value(run: Run, key: str) -> Any:
    origins = run.config.origins
    return origins[key].value if key in origins else "-"


def _group(name: str, members: Sequence[Scored], first: Sequence[Scored]) -> Group:
    better_by = over_examples = None
    if members is not first and _same_examples([*members, *first]):
        better_by = paired(_by_seed(members), _by_seed(first))
        over_examples = _over_examples(members, first)
    changed = differences(first[0].run.config.origins, members[0].run.config.origins)
    apart, their_apart = (measured_apart([one.run for one in group]) for group in (members, first))
    return Group(
        name=name,
        runs=tuple(str(one.run.path) for one in members),
        seeds=tuple(one.run.config.seed for one in members),
        mean=over_primary([one.evaluation for one in members]),
        better_by=better_by,
        over_examples=over_examples,
        settings={key: pair for key, pair in changed.items() if key not in ("seed", *apart, *their_apart)},
        apart=apart,
        train_seconds=mean_train_seconds([one.evaluation for one in members]),
    )


def _same_examples(scored: Sequence[Scored]) -> bool:
    return len({one.evaluation.data_fingerprint for one in scored}) == 1


def _by_seed(members: Sequence[Scored]) -> Mapping[int, float]:
    return {one.run.config.seed: one.value for one in members}


def _over_examples(ours: Sequence[Scored], theirs: Sequence[Scored]) -> Difference | None:
    """Draw r of every run took the same examples: so the mean over seeds has a value in each draw, and can be paired.

    The seeds are those that both have, as in the difference that it stands beside.
    """
    both = _by_seed(ours).keys() & _by_seed(theirs).keys()
    if not both:
        return None
    (our_draws, our_mean), (their_draws, their_mean) = (
        _mean_draws([one for one in group if one.run.config.seed in both]) for group in (ours, theirs)
    )
    return Difference.of(our_mean - their_mean, our_draws - their_draws)


def _mean_draws(members: Sequence[Scored]) -> tuple[np.ndarray, float]:
    sign = 1.0 if members[0].evaluation.scores.primary.higher_is_better else -1.0
    draws = np.mean([one.evaluation.scores.draws for one in members], axis=0)
    return sign * draws, float(np.mean([one.value for one in members]))


def within_seeds(group: Group, first: Group, score: str) -> Finding | None:
    """Say so where a difference of means is no more than what seeds alone explain, or where none can tell."""
    found = group.better_by
    if found is None or found.is_clear or found.value == 0:
        return None
    few = f"{found.n} seed{'s' if found.n > 1 else ''}"
    return Finding(
        rule="difference-within-seeds",
        severity="note",
        what=f"{score} differs by {found.difference_text}, paired over {few}: "
        + ("one seed cannot tell" if found.n == 1 else "no more than seeds alone explain"),
        where=f"{group.name} less {first.name}",
        why="the same settings, trained with other seeds, could as well have put the other one in front.",
        try_=f"more seeds of each: penjing train DATA --model A,B --seeds {max(2 * found.n, 5)}",
        evidence={"seeds": found.n, "difference": found.value, "low": found.low, "high": found.high},
    )
