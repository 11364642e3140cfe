"""Drawings of the flow: a table, a Mermaid diagram, and the thirteen steps of one declaration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.application import Stage
from rules.flow.table import PROGRESS
from rules.flow.transition import Transition


@dataclass(frozen=True, slots=True)
class ProgressStep:
    """One of the thirteen steps; ``state`` is done, now or todo."""

    number: int
    label: str
    state: str


def progress(stage: Stage, furthest: bool = False) -> list[ProgressStep]:
    """Return the thirteen steps with the present one marked; ``furthest`` marks all as done (办结)."""
    at = next(place for place, stages in enumerate(PROGRESS.values()) if stage in stages)
    return [
        ProgressStep(place + 1, label, 'done' if place < at or furthest else 'now' if place == at else 'todo')
        for place, label in enumerate(PROGRESS)
    ]


def flow_rows(flow: Sequence[Transition]) -> Iterator[tuple[str, ...]]:
    """Yield the flow as rows of text, headings first."""
    yield '环节', '操作', '下一环节', '办理方', '途径', '条件', '填写', '告知'
    for row in flow:
        yield (
            row.source.label,
            f'{row.label} ({row.action})',
            row.target.label if row.target else '（删除）',
            row.who,
            row.door,
            '、'.join(guard.label for guard in row.guards),
            '、'.join(field.label + ('*' if field.required else '') for field in row.asks),
            '、'.join(row.tells),
        )


def mermaid(flow: Sequence[Transition]) -> Iterator[str]:
    """Yield the lines of a Mermaid state diagram."""
    yield 'stateDiagram-v2'
    for stage in Stage:
        yield f'    {stage.value}: {stage.label}'
    yield f'    [*] --> {Stage.DRAFT}'
    for row in flow:
        yield f'    {row.source.value} --> {row.target.value if row.target else "[*]"}: {row.label}'
    yield f'    {Stage.CLOSED} --> [*]'
