from emotion.text.memo import LONGEST, Memo


def test_the_function_is_called_once_a_key() -> None:
    calls: list[str] = []
    memo = Memo(lambda key: calls.append(key) or key.upper())  # type: ignore[func-returns-value]
    assert [memo["a"], memo["a"], memo["b"]] == ["A", "A", "B"]
    assert calls == ["a", "b"]


def test_memory_is_bounded_and_what_is_met_again_stays() -> None:
    calls: list[str] = []
    memo = Memo(lambda key: calls.append(key) or len(key), limit=10)  # type: ignore[func-returns-value]
    for i in range(1000):
        assert memo[f"key{i}"] == len(f"key{i}")
        assert memo["often"] == 5
        assert len(memo) + len(memo._old) <= 20
    assert calls.count("often") == 1


def test_long_and_passing_keys_are_not_kept() -> None:
    memo = Memo(len, passing=("@",))
    assert [memo["x" * (LONGEST + 1)], memo["@ann"]] == [LONGEST + 1, 4]
    assert len(memo) == 0
