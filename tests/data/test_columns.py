"""Columns: what the cells of a table are learned as, and which of them cannot be."""

import numpy as np
import pytest

from penjing.config import TargetType
from penjing.data.columns import Target, Wanted, target_of
from penjing.data.table import Table
from penjing.findings import Finding, PenjingError

INTEGERS = [str(i % 3) for i in range(20)]
FRACTIONS = [f"{i / 10}" for i in range(20)]
COMMAS = [cell.replace(".", ",") for cell in FRACTIONS]
CAPTIONS = [f"a photograph of no. {i}" for i in range(20)]


def learned(cells: list[str], kind: TargetType = "auto", *, comma: bool = False, wanted: str = "x") -> Target:
    """What is learned of a column that begins in line 2."""
    table = Table({"x": cells, "y": ["1"] * len(cells)}, list(range(2, 2 + len(cells))), has_decimal_commas=comma)
    return target_of(table, [], Wanted(wanted, kind), "t.csv")


def refused(cells: list[str], kind: TargetType = "auto", **more: bool) -> Finding:
    with pytest.raises(PenjingError) as caught:
        learned(cells, kind, **more)
    return caught.value.finding


@pytest.mark.parametrize(
    ("cells", "kind", "truth"),
    [
        (INTEGERS, "auto", "class"),
        (INTEGERS, "class", "class"),
        (INTEGERS, "number", "number"),
        (FRACTIONS, "auto", "number"),
        (FRACTIONS, "number", "number"),
        (FRACTIONS, "class", "class"),
        (["a|b", "b"], "auto", "labels"),
    ],
)
def test_cells_are_what_they_look_like_or_what_is_said(cells: list[str], kind: TargetType, truth: str) -> None:
    truths = learned(cells, kind).truths
    assert truths.kind == truth
    if truth == "number":
        assert (truths.values.dtype, truths.classes) == (np.float32, ("x",))
        assert truths.values == pytest.approx([float(cell) for cell in cells])
    if truth == "class":
        assert [truths.classes[value] for value in truths.values] == cells


def test_classes_of_integers_say_how_to_learn_numbers() -> None:
    assert "target_type=number" in learned(INTEGERS).truths.notes[0]
    assert "target_type" not in learned(["cat", "dog"]).truths.notes[0]
    assert "2 classes of numbers; " in learned(["0.5", "1.5"] * 5, "class").truths.notes[0]


def test_a_comma_is_that_of_a_number_only_where_it_does_not_cut_cells() -> None:
    assert learned(COMMAS, comma=True).truths.values == pytest.approx([float(cell) for cell in FRACTIONS])
    assert learned(["1.5", "2,5", "3"] * 7, comma=True).truths.kind == "number"
    assert refused(COMMAS).rule == "all-different"


@pytest.mark.parametrize("kind", ["auto", "number"])
@pytest.mark.parametrize("cells", [FRACTIONS, INTEGERS], ids=["fractions", "integers"])
def test_a_cell_that_is_no_number_is_named_with_its_line(cells: list[str], kind: TargetType) -> None:
    finding = refused([*cells[:7], "n/a", *cells[8:]], kind)
    assert (finding.rule, finding.where) == ("not-numbers", "t.csv, line 9")
    assert finding.what == "1 of 20 values of `x` are no numbers: `n/a`"
    assert finding.evidence == {"lines": [9]}


def test_words_are_no_numbers_even_where_that_is_said() -> None:
    assert refused(CAPTIONS, "number").rule == "not-numbers"


def test_words_that_numbers_stand_among_are_classes_where_that_is_said() -> None:
    assert learned([*INTEGERS, "n/a"], "class").truths.classes == ("0", "1", "2", "n/a")


def test_a_column_whose_cells_are_all_different_is_refused_from_some_rows_on() -> None:
    finding = refused(CAPTIONS)
    assert (finding.rule, finding.try_) == ("all-different", "target=y, of y")
    assert learned(CAPTIONS[:10]).truths.kind == "class"
    assert refused([*CAPTIONS[:18], *CAPTIONS[:2]]).rule == "all-different"  # nine in ten
    assert learned([*CAPTIONS[:17], *CAPTIONS[:3]]).truths.kind == "class"


def test_several_columns_are_no_single_number() -> None:
    with pytest.raises(PenjingError, match="no single number"):
        learned(["0", "1"], "number", wanted="x,y")
