from emotion.labelling.options import LabelOptions


def test_where_and_how_fast_it_runs_does_not_count_as_content() -> None:
    one = LabelOptions(archives=("a",), to="s", workers=1, ray="off")
    other = LabelOptions(archives=("b",), to="t", workers=8, gpus=2)
    assert one.content() == other.content()
    assert one.content() != LabelOptions(archives=("a",), to="s", since=1).content()
