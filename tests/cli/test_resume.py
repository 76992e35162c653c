"""``earmark tag --resume``: going on where the last run ended, however it ended."""

from __future__ import annotations

from pathlib import Path

import calibrated
import placeholder
import pytest

from earmark import ontology
from earmark.cli.resume import done
from earmark.errors import UsageError

from .conftest import Program

FORMATS = ["jsonl", "csv"]


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("events", [True, False])
def test_cut_anywhere_it_is_completed_to_the_same_file(
    earmark: Program, recordings: Path, suffix: str, events: bool
) -> None:
    output = Path(f"out.{suffix}")
    args = ["tag", "recordings", "-o", output, *(["--events", "-t", "0.99"] if events else [])]
    earmark(*args)
    whole = output.read_bytes()
    for cut in sorted({*range(0, len(whole), len(whole) // 7 + 1), 1, 5, len(whole) - 1}):
        output.write_bytes(whole[:cut])
        earmark(*args, "--resume")
        assert output.read_bytes() == whole, cut


@pytest.mark.parametrize("suffix", FORMATS)
def test_what_is_done_is_not_done_again(earmark: Program, recordings: Path, suffix: str) -> None:
    output = f"out.{suffix}"
    earmark("tag", "recordings/a.wav", "recordings/b.wav", "-o", output)
    outcome = earmark("tag", "recordings", "-o", output, "--resume")
    assert outcome.err.startswith("read 1 recording, ")
    assert "; 2 were done before" in outcome.err
    expected = earmark("tag", "recordings", "--format", suffix).out
    assert Path(output).read_text(encoding="utf-8") == expected


@pytest.mark.parametrize("suffix", FORMATS)
def test_with_nothing_there_it_just_begins(earmark: Program, recordings: Path, suffix: str) -> None:
    output = f"out.{suffix}"
    outcome = earmark("tag", "recordings", "-o", output, "--resume")
    assert outcome.code == 1  # for the one that is no recording
    assert Path(output).read_text() == earmark("tag", "recordings", "--format", suffix).out


@pytest.mark.parametrize("suffix", FORMATS)
def test_another_question_or_another_tagger_is_not_mixed_in(
    earmark: Program, recordings: Path, suffix: str
) -> None:
    output = Path(f"out.{suffix}")
    earmark("tag", "recordings", "-o", output)
    whole = output.read_bytes()
    outcome = earmark("tag", "recordings", "-o", output, "--resume", "--events")
    assert outcome.code == 2
    assert "out." in outcome.err
    output.write_bytes(whole.replace(b"placeholder 1.0", b"compact 0.9"))
    outcome = earmark("tag", "recordings", "-o", output, "--resume")
    assert outcome.code == 2
    assert "was made by compact 0.9, not by placeholder 1.0" in outcome.err


@pytest.mark.parametrize(
    ("format", "content", "message"),
    [
        ("jsonl", b"notes\n", "line 1 is no line of `earmark tag`"),
        ("jsonl", b'{"a": 1}\n', "line 1 is no line"),
        ("jsonl", b"[1]\n", "line 1 is no line"),
        ("csv", b"a,b\n1,2\n", "has columns a,b and not source,duration"),
        ("csv", b"some notes", "has columns some notes and not"),
        ("csv", b"source,duration,id,label,score,model\n1,2\n", "line 2 is no row"),
    ],
)
def test_files_of_others_are_left_alone(
    tmp_path: Path, format: str, content: bytes, message: str
) -> None:
    path = tmp_path / "notes"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=message):
        done(path, format=format, model="m", events=False)  # type: ignore[arg-type]
    assert path.read_bytes() == content


def test_a_source_whose_name_has_a_line_break_in_csv(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    head = "source,duration,id,label,score,model\n"
    row = '"a\nb.wav",1.000,/m/0,"Gunshot, gunfire",0.5,m\n'
    path.write_text(head + row)
    found = done(path, format="csv", model="m", events=False)
    assert (found.sources, found.keep) == ({"a\nb.wav"}, len(head + row))
    path.write_text(head + row + '"a\n')
    found = done(path, format="csv", model="m", events=False)
    assert (found.sources, found.keep) == (set(), len(head))


@pytest.mark.parametrize("suffix", FORMATS)
def test_rows_with_and_without_probabilities_are_not_mixed(
    earmark: Program, recordings: Path, tmp_path: Path, suffix: str
) -> None:
    labels = [(label.id, label.name) for label in ontology.labels()]
    folder = placeholder.build(tmp_path / "calibrated", labels=labels)
    output = Path(f"out.{suffix}")
    args = ["tag", "recordings", "-m", folder, "-o", output]
    earmark(*args)
    calibrated.calibrate(folder)
    assert earmark(*args, "--resume").code == 2
    earmark(*args)
    whole = output.read_bytes()
    assert b"probability" in whole
    output.write_bytes(whole[: len(whole) // 2])
    earmark(*args, "--resume")
    assert output.read_bytes() == whole
    (folder / "calibration.csv").unlink()
    outcome = earmark(*args, "--resume")
    assert outcome.code == 2
    assert "out." in outcome.err
