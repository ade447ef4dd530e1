import pytest

from matching.engine import DEFAULT, Weights


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.1])
def test_a_weight_that_is_no_share_is_refused_by_name(value):
    with pytest.raises(ValueError, match="near"):
        Weights(near=value)


def test_weights_that_are_all_zero_are_refused():
    with pytest.raises(ValueError, match="All the weights of the parts are 0"):
        Weights(kind=0, text=0, theme=0, audience=0)


def test_shares_are_scaled_to_sum_to_1():
    weights = Weights(kind=4, text=3, theme=2, audience=1)

    assert weights.parts == pytest.approx(DEFAULT.parts)
    assert sum(weights.parts.values()) == pytest.approx(1)


def test_a_count_must_be_whole():
    with pytest.raises(ValueError, match="floor"):
        Weights(floor=2.5)
