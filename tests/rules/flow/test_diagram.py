"""The flow as people read it."""

from __future__ import annotations

import pytest

from models.application import Stage
from rules.flow import diagram
from rules.flow.table import FLOW, PROGRESS


def test_the_table_has_a_line_for_every_transition() -> None:
    heading, *lines = diagram.flow_rows(FLOW)
    assert heading == ('环节', '操作', '下一环节', '办理方', '途径', '条件', '填写', '告知')
    assert [(line[0], line[1], line[2], line[3]) for line in lines] == [
        (row.source.label, f'{row.label} ({row.action})', row.target.label if row.target else '（删除）', row.who)
        for row in FLOW
    ]


def test_the_diagram_names_every_stage_and_draws_every_transition() -> None:
    lines = list(diagram.mermaid(FLOW))
    assert lines[0] == 'stateDiagram-v2'
    assert lines[1 : 1 + len(Stage)] == [f'    {stage.value}: {stage.label}' for stage in Stage]
    assert (lines[1 + len(Stage)], lines[-1]) == ('    [*] --> draft', '    closed --> [*]')
    drawn = lines[2 + len(Stage) : -1]
    assert drawn == [f'    {row.source} --> {row.target or "[*]"}: {row.label}' for row in FLOW]


@pytest.mark.parametrize('stage', Stage)
def test_progress_is_done_before_the_present_step_and_still_to_do_after_it(stage: Stage) -> None:
    steps = diagram.progress(stage)
    at = [step.state for step in steps].index('now')
    assert [step.label for step in steps] == list(PROGRESS)
    assert stage in PROGRESS[steps[at].label]
    assert [step.state for step in steps] == ['done'] * at + ['now'] + ['todo'] * (len(steps) - at - 1)


def test_at_the_very_end_every_step_is_done() -> None:
    assert {step.state for step in diagram.progress(Stage.CLOSED, furthest=True)} == {'done'}
