"""What is counted of a network."""

from torch import nn

from penjing.inspection.counting import parameters_of


def test_parameters_are_those_of_weights_and_biases() -> None:
    assert parameters_of(nn.Linear(7, 5)) == 7 * 5 + 5


def test_shared_parameters_count_once() -> None:
    shared = nn.Linear(3, 3)
    assert parameters_of(nn.Sequential(shared, shared)) == 12
