"""Whether a figure reaches what it must, and whether its interval settles that."""

OPEN = "; the interval does not settle it"


def goal_of(words: str) -> float:
    """The figure at the end of a goal's words: `accuracy 0.985`, `0.3 s`."""
    numbers = [word for word in words.split() if word.replace(".", "", 1).isdigit()]
    return float(numbers[-1])


def judged(value: float, goal: float, interval: tuple[float, float] | None = None, *, at_most: bool = False) -> str:
    """`reached` or `**not reached**`, and whether the interval leaves it open.

    Args:
        value: what was measured.
        goal: what it must reach; so far as `value` equals it, it is reached.
        interval: of the value; None where it has none.
        at_most: smaller is better.
    """
    sign = -1 if at_most else 1
    reached = sign * value >= sign * goal
    verdict = "reached" if reached else "**not reached**"
    if interval is None:
        return verdict
    ends = [sign * end >= sign * goal for end in interval]
    return verdict if all(ends) or not any(ends) else verdict + OPEN
