from __future__ import annotations

from dropout_lab.config.dropout_sites import inputs, sequence
from dropout_lab.config.model import CNN, MLP, RNN, Conv1D


def test_a_place_names_its_layers_with_their_shapes_as_far_as_they_are_known() -> None:
    assert inputs(MLP(hidden=(60, 30)), "both") == {"visible": ("inputs",), "hidden_1": (60,), "hidden_2": (30,)}
    assert inputs(MLP(hidden=(60, 30)), "visible", (8, 8, 1)) == {"visible": (64,)}
    net = CNN(filters=(4, 5), dense=(6,))
    assert inputs(net, "all") == {"conv_1": ("height", "width", 4), "conv_2": ("height", "width", 5), "dense_1": (6,)}
    assert inputs(net, "conv", (9, 6, 1)) == {"conv_1": (4, 3, 4), "conv_2": (2, 1, 5)}
    assert inputs(RNN(units=(4, 5)), "all") == {
        "visible": ("steps", "features"),
        "recurrent_1": ("steps", 4),
        "recurrent_2": (5,),
    }
    assert inputs(Conv1D(filters=(4, 5), pool=3), "sequence", (60,)) == {"conv_1": (20, 4), "conv_2": (6, 5)}


def test_there_is_no_layer_where_nothing_is_dropped_or_the_model_has_none() -> None:
    assert inputs(MLP(hidden=(4,)), "none") == inputs(RNN(units=(4,)), "dense") == {}


def test_a_pictures_lines_are_steps_and_so_are_the_numbers_of_a_tables_row() -> None:
    assert sequence((32, 16, 3)) == (32, 48)
    assert sequence((60,)) == (60, 1)
