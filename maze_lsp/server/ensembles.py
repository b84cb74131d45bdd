"""Several texts for one place, made at once: the best is inserted, proposed or answered, the others are a step away."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from maze_lsp.context.inplace import problems
from maze_lsp.errors import DocumentError, StaleError, UsageError, VerificationError
from maze_lsp.pipeline import Result
from maze_lsp.pipeline.ensemble import Candidate, Ranked, candidates, rank
from maze_lsp.provenance.record import Record
from maze_lsp.server.applying import apply_result, uncancelled
from maze_lsp.server.generation import Target
from maze_lsp.server.progress import Progress
from maze_lsp.server.proposals import Offer, Proposal
from maze_lsp.server.running import Answer, Running
from maze_lsp.server.targets import TITLES, arguments_of
from maze_lsp.server.watch import Watch
from maze_lsp.text import Span

if TYPE_CHECKING:
    from maze_lsp.server.session import MazeServer

_MOST_GROUPS = 16
MOST = 16
"""Candidates of one place."""


@dataclass(slots=True)
class _Kept:
    """A ledger in memory."""

    records: dict[str, tuple[Record, str]] = field(default_factory=dict)

    def append(self, record: Record, grammar: str = "") -> None:
        self.records[record.id] = record, grammar


@dataclass(slots=True)
class Group:
    """The candidates of one place, best first. `current`: the id of the one that is inserted or proposed."""

    id: str
    target: Target
    intent: str
    results: list[Result]
    watch: Watch
    kept: _Kept
    current: str = ""

    def index(self, id: str) -> int:
        return next(at for at, result in enumerate(self.results) if result.id == id)


class Ensembles:
    """The ensembles of one session. The methods are the work of a `Running` task; they raise MazeErrors."""

    def __init__(self, server: MazeServer) -> None:
        self._server = server
        self._groups: dict[str, Group] = {}

    def place_of(self, id: str) -> tuple[int, int] | None:
        """Which of how many candidates a generation is, from 1; None where there is no other."""
        group = self._of(id)
        return (group.index(id) + 1, len(group.results)) if group and len(group.results) > 1 else None

    async def generate(self, running: Running, arguments: dict[str, Any]) -> Answer:
        """Fill a hole by all models; `insert: false`: only answer the candidates."""
        count, insert = arguments.get("count", 0), arguments.get("insert", True)
        if type(count) is not int or not 0 <= count <= MOST or not isinstance(insert, bool):
            raise UsageError(f"`count` of maze.generateAll is a number up to {MOST}, `insert` true or false.")
        generations = self._server.generations
        target = await generations.wanted(arguments)
        watch = self._server.running.claim(running, target.document, target.hole.range)
        self._server.proposals.drop_at(target.document, target.hole.range)
        progress = Progress(
            self._server, f"Generating {TITLES[target.hole.kind]} with all models", running.token, running.cancel
        )
        progress.begin()
        self._server.status("generating")
        outcome = "nothing was inserted"
        try:
            kept = _Kept()
            ranked = await self._made(running, target, progress, kept, count or self._server.settings.ensemble)
            group = self._add(running, target, watch, ranked, kept)
            listed = {"candidates": [_listed(one) for one in ranked]}
            outcome = f"{len(group.results)} candidates"
            if not insert:
                words = f"{outcome}; none is inserted yet."
                return {"status": "candidates", "message": words, **listed}
            return {**await self._take(running, group, group.results[0]), **listed}
        finally:
            progress.end(outcome)
            target.document.watched.pop(running.id, None)

    async def use(self, running: Running, arguments: dict[str, Any]) -> Answer:
        """Put a candidate in the place of the one that stands there: `id`, or `step` places from it."""
        id, step = arguments.get("id"), arguments.get("step", 0)
        group = self._of(id) if isinstance(id, str) else None
        if group is None:
            raise DocumentError(f"There is no candidate `{id}`.", hint="It is too old, or of another session.")
        if type(step) is not int:
            raise UsageError("`step` of maze.useCandidate is a number.")
        assert isinstance(id, str)
        wanted = group.results[(group.index(id) + step) % len(group.results)]
        return await self._take(running, group, wanted)

    # ------------------------------------------------------------------ making them

    async def _made(
        self, running: Running, target: Target, progress: Progress, kept: _Kept, count: int
    ) -> list[Ranked]:
        server, generations = self._server, self._server.generations
        ledger = kept if target.review else await server.records.ledger()
        found: list[Candidate] = []

        def waiting(message: str) -> None:
            progress.report(message)
            server.status("starting", message)

        async with server.services.use(server.settings, waiting) as service:
            request = await generations.request_for(running, target)
            made = candidates(service, ledger, server.settings, request, min(count, MOST))
            async with aclosing(made) as all_of_them:
                async for one in all_of_them:
                    found.append(one)
                    progress.report(f"{len(found)} done")
        ranked = rank(found)
        if not any(one.candidate.result for one in ranked):
            error = ranked[0].candidate.error if ranked else None
            raise error or VerificationError("No candidate was made.")
        return ranked

    def _add(self, running: Running, target: Target, watch: Watch, ranked: list[Ranked], kept: _Kept) -> Group:
        results = [one.candidate.result for one in ranked if one.candidate.result]
        group = Group(running.id, target, running.intent, results, Watch(watch.range, watch.touched), kept)
        target.document.watched[_key(group)] = group.watch
        self._groups[group.id] = group
        while len(self._groups) > _MOST_GROUPS:
            oldest = self._groups.pop(next(iter(self._groups)))
            oldest.target.document.watched.pop(_key(oldest), None)
        return group

    def _of(self, id: str) -> Group | None:
        return next((one for one in self._groups.values() if any(id == result.id for result in one.results)), None)

    # ------------------------------------------------------------------ taking one

    async def _take(self, running: Running, group: Group, result: Result) -> Answer:
        if group.target.review:
            return self._proposed(group, result)
        try:
            return await uncancelled(self._inserted(running, group, result))
        finally:
            group.target.document.watched.pop(running.id, None)

    def _proposed(self, group: Group, result: Result) -> Answer:
        server, target = self._server, group.target
        if group.current and server.proposals.get(group.current) is None:
            raise StaleError("That text was accepted, rejected or lost its place.", hint="Generate again.")
        arguments = arguments_of(target.snapshot, target.hole, target.hole.range, server.client.encoding)
        record, grammar = group.kept.records.get(result.id, (None, ""))
        proposal = Proposal(
            target.document,
            target.snapshot,
            target.hole,
            group.intent,
            result,
            Offer(record, grammar),
            arguments,
            Watch(group.watch.range, group.watch.touched),
        )
        group.current = result.id
        return server.proposals.add(proposal)

    async def _inserted(self, running: Running, group: Group, result: Result) -> Answer:
        """One edit: at the hole, or in place of the candidate that stands there."""
        server, document, before = self._server, group.target.document, group.current
        if before == result.id:
            raise UsageError("That text stands there already.")
        running.text = result.text
        if not before:
            if running.watch is None:
                server.running.claim(running, document, group.watch.range)
            span = await apply_result(server, document, group.target.snapshot, group.watch, result)
        else:
            span = await self._replaced(running, group, result)
            document.spans.forget(before)
            await server.records.set_state(before, "rejected")
        group.current = result.id
        answer = server.generations.applied(group.target, group.intent, result, span)
        for other in group.results:
            if other.id != result.id and other.id != before:
                await server.records.set_state(other.id, "rejected")
        await server.records.set_state(result.id, "offered")
        return answer

    async def _replaced(self, running: Running, group: Group, result: Result) -> Span | None:
        document = group.target.document
        old = document.spans.get(group.current)
        if document.closed or old is None or document.spans.state(group.current) != "untouched":
            raise StaleError("The text that stands there was edited or removed.", hint="Generate again.")
        now = await document.snapshot()
        visible = replace(result, text=result.text.strip(), range=old.range)
        found = await asyncio.to_thread(problems, now, old.range, visible.text)
        if found:
            raise StaleError(f"The document changed, and that text no longer fits: {found[0]}")
        watch = self._server.running.claim(running, document, old.range)
        return await apply_result(self._server, document, now, watch, visible)


def _listed(one: Ranked) -> dict[str, Any]:
    candidate = one.candidate
    plain: dict[str, Any] = {"endpoint": candidate.endpoint, "seed": candidate.seed, "alike": one.alike}
    if candidate.result is None:
        return {**plain, "error": str(candidate.error)}
    record = candidate.result.record
    return {
        **plain,
        "id": record.id,
        "text": candidate.result.text,
        "model": record.model,
        "verdict": record.verdict,
        "ending": record.ending,
        "logprob": candidate.logprob,
        "tokens": record.tokens,
        "warnings": list(candidate.result.warnings),
    }


def _key(group: Group) -> str:
    return f"ensemble {group.id}"
