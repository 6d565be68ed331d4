"""The light network beside others: all are measured, and the light one is held against each."""

from benchmarks import light


def test_each_network_is_trained_and_asked_in_turn() -> None:
    results, _ = light.measure(32, rounds=2)
    first, *others = results
    assert (first.network, first.trains_faster, first.answers_faster) == ("light", None, None)
    assert {"ResNet-18"} <= {one.network for one in others}
    for one in others:
        assert one.parameters > first.parameters
        assert one.trains_faster is not None
        assert one.answers_faster is not None
    resnet = others[0]
    assert resnet.macs > 5 * first.macs  # "a seventh of ResNet-18's cost", its file says
    assert min(one.pictures_per_second for one in results) > 0
    assert min(one.call_seconds for one in results) > 0
