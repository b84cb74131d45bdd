"""Start vLLM as maze-lsp wants it: backend `guidance`, prefix cache, and nobody in without the key.

    VLLM_API_KEY=… MAZE_MODEL=Qwen/Qwen2.5-Coder-7B python vllm_command.py

| variable | meaning | default |
|---|---|---|
| VLLM_API_KEY | the key that clients send; 16 characters at least | must be set |
| MAZE_MODEL | a model's id or folder | must be set |
| MAZE_MODEL_NAME | the name under which it is served | as MAZE_MODEL |
| MAZE_CONTEXT | tokens of context | 16384 |
| MAZE_GPUS | GPUs of this machine to spread the model over | 1 |
| MAZE_HOST, MAZE_PORT | where to listen | 0.0.0.0, 8000 |
| MAZE_VLLM_ARGUMENTS | more arguments for vLLM, as in a shell | none |

Standard library only; used by modal_app.py and runpod/Dockerfile.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from only_with_key import KEY, checked_key


def command(environment: Mapping[str, str]) -> list[str]:
    """The arguments behind the interpreter. Raises ValueError where something is missing or wrong."""
    checked_key(environment.get(KEY, ""))
    model = environment.get("MAZE_MODEL", "").strip()
    if not model:
        raise ValueError("MAZE_MODEL must be set: a model's id, or a folder")
    return [
        *("-m", "vllm.entrypoints.openai.api_server"),
        *("--model", model),
        *("--served-model-name", environment.get("MAZE_MODEL_NAME", "").strip() or model),
        *("--host", environment.get("MAZE_HOST", "0.0.0.0"), "--port", str(_whole(environment, "MAZE_PORT", 8000))),
        *("--max-model-len", str(_whole(environment, "MAZE_CONTEXT", 16384))),
        *("--tensor-parallel-size", str(_whole(environment, "MAZE_GPUS", 1))),
        *("--structured-outputs-config", json.dumps({"backend": "guidance"})),
        *("--enable-prefix-caching", "--middleware", "only_with_key.OnlyWithKey"),
        *shlex.split(environment.get("MAZE_VLLM_ARGUMENTS", "")),
    ]


def _whole(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, "").strip()
    if text and not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ValueError(f"{name} must be a whole number above 0, and is `{text}`")
    return int(text) if text else default


def main() -> None:
    try:
        arguments = command(os.environ)
    except ValueError as error:
        sys.exit(str(error))
    here = str(Path(__file__).resolve().parent)
    path = os.pathsep.join(part for part in (here, os.environ.get("PYTHONPATH", "")) if part)
    os.execve(sys.executable, [sys.executable, *arguments], {**os.environ, "PYTHONPATH": path})


if __name__ == "__main__":
    main()
