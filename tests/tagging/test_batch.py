"""Many recordings in one run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from earmark.audio import Skipped, Source
from earmark.errors import AudioError, ModelError
from earmark.tagging import process

Heard = Callable[[float, float | None], None]


def sources(count: int) -> list[Source]:
    return [Source.of(b"", name=str(number)) for number in range(count)]


@pytest.mark.parametrize("jobs", [1, 3])
def test_results_come_in_order_whoever_is_first(jobs: int) -> None:
    def work(source: Source, heard: Heard) -> str:
        time.sleep(0.02 if source.name in ("0", "4") else 0)
        return source.name

    found = list(process(sources(9), work, jobs=jobs))
    assert found == [str(number) for number in range(9)]


@pytest.mark.parametrize("jobs", [1, 3])
def test_what_fails_is_skipped_with_its_reason(jobs: int) -> None:
    def work(source: Source, heard: Heard) -> str:
        if source.name == "1":
            raise AudioError(source.name, "is empty")
        if source.name == "2":
            raise ZeroDivisionError("division by zero")
        return source.name

    given: list[Source | Skipped] = [*sources(4), Skipped("5", "is a device")]
    assert list(process(given, work, jobs=jobs)) == [
        "0",
        Skipped("1", "is empty"),
        Skipped(
            "2",
            "earmark itself fails on it (ZeroDivisionError: division by zero): please report it",
        ),
        "3",
        Skipped("5", "is a device"),
    ]


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_bad_model_ends_the_run(jobs: int) -> None:
    def work(source: Source, heard: Heard) -> str:
        raise ModelError("weights are bad")

    with pytest.raises(ModelError, match="weights are bad"):
        list(process(sources(4), work, jobs=jobs))


@pytest.mark.parametrize("jobs", [1, 2])
def test_sources_are_read_no_further_than_needed(jobs: int) -> None:
    taken: list[str] = []

    def endless() -> Iterator[Source]:
        for source in sources(1000):
            taken.append(source.name)
            yield source

    results = process(endless(), lambda source, heard: source.name, jobs=jobs)
    assert next(results) == "0"
    assert len(taken) <= 2 * jobs + 1


def test_jobs_run_at_once_and_the_listener_hears_them_all() -> None:
    together = threading.Barrier(3)
    heard_of: list[tuple[str, float, float | None]] = []

    def work(source: Source, heard: Heard) -> str:
        together.wait(timeout=10)
        heard(1.0, 2.0)
        return source.name

    list(
        process(
            sources(3),
            work,
            jobs=3,
            listener=lambda source, *told: heard_of.append((source.name, *told)),
        )
    )
    assert sorted(heard_of) == [("0", 1.0, 2.0), ("1", 1.0, 2.0), ("2", 1.0, 2.0)]


def test_leaving_early_stops_the_threads() -> None:
    before = set(threading.enumerate())

    def work(source: Source, heard: Heard) -> str:
        for second in range(10_000 if source.name != "0" else 0):
            heard(float(second), None)
            time.sleep(0.001)
        return source.name

    results = process(sources(6), work, jobs=2)
    assert next(results) == "0"
    begun = time.monotonic()
    results.close()  # type: ignore[attr-defined]
    assert time.monotonic() - begun < 2
    assert set(threading.enumerate()) <= before
