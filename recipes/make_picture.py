"""Draw what a command shows on a terminal: the picture in README.md.

    python -m recipes.make_picture docs/images/tag.svg earmark tag examples/street.flac --events

The command runs on a terminal of its own, 88 columns wide; rich draws what it writes to stdout,
with its colours. Nothing in the picture is made up, and nothing in it is fetched from elsewhere.
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import shlex
import struct
import subprocess
import sys
import termios
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

__all__ = ["draw", "shown"]

COLUMNS = 88

# Background and foreground, then black, red, green, yellow, blue, magenta, cyan, white, and bright.
THEME = TerminalTheme(
    (24, 27, 33),
    (215, 219, 226),
    [
        (48, 54, 64),
        (230, 110, 110),
        (130, 200, 130),
        (225, 190, 110),
        (110, 160, 235),
        (190, 140, 220),
        (86, 200, 205),
        (215, 219, 226),
    ],
    [
        (98, 106, 120),
        (240, 140, 140),
        (160, 220, 160),
        (240, 210, 140),
        (140, 180, 245),
        (210, 170, 235),
        (130, 225, 230),
        (245, 247, 250),
    ],
)

# Like rich's own frame, without the fonts that it would have a reader's browser fetch.
FRAME = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
  font-variant-east-asian: full-width;
}}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})"
  clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def shown(command: list[str]) -> str:
    """Run a command on a terminal and return what it wrote to stdout, colours and all."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen(command, stdout=theirs, env=environment) as process:
        os.close(theirs)
        written = io.BytesIO()
        while piece := _read(ours):
            written.write(piece)
    os.close(ours)
    if process.returncode:
        raise SystemExit(f"{shlex.join(command)} exits with {process.returncode}")
    return written.getvalue().decode().replace("\r\n", "\n")


def draw(command: list[str], output: str) -> str:
    """Return the SVG of a prompt, the command and its output."""
    console = Console(
        record=True,
        width=COLUMNS,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
    )
    prompt = Text.assemble(("$ ", "bright_black"), (shlex.join(command), "bold"))
    console.print(prompt)
    console.print()
    console.print(Text.from_ansi(output.rstrip("\n")))
    return console.export_svg(title="earmark", theme=THEME, code_format=FRAME, unique_id="earmark")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # what Linux says when the other end is closed
        return b""


def main() -> None:
    """Draw one command."""
    if len(sys.argv) < 3:
        raise SystemExit("usage: python -m recipes.make_picture PICTURE.svg COMMAND ...")
    path, command = Path(sys.argv[1]), sys.argv[2:]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(draw(command, shown(command)), encoding="utf-8")


if __name__ == "__main__":
    main()
