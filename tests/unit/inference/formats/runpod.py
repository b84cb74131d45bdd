"""RunPod's serverless endpoints: a job, whose output is asked for until it has ended."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tests.unit.inference.fake import vllm_events
from tests.unit.inference.formats import Pieces, Wire

JOB = "job-1"
ANSWERS = {
    "/run": {"id": JOB, "status": "IN_QUEUE"},
    f"/cancel/{JOB}": {"id": JOB, "status": "CANCELLED"},
    "/health": {"jobs": {"inProgress": 1, "inQueue": 2}, "workers": {"idle": 1}},
}


def answer(status: str, *outputs: Any) -> dict[str, Any]:
    return {"status": status, "stream": [{"metrics": {}, "output": output} for output in outputs]}


def pieces(texts: Sequence[str]) -> Pieces:
    """vLLM's worker puts out the lines of an event stream."""
    outputs = [line + "\n\n" for line in vllm_events(*texts).decode().split("\n\n") if line]
    return [("".join(texts), json.dumps(answer("COMPLETED", *outputs), ensure_ascii=False).encode())]


WIRES = [Wire("runpod", f"/stream/{JOB}", pieces, "application/json", ANSWERS, error=None, acts=True)]
