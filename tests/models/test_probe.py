"""A field or a section declared in one place shows up everywhere, with no other edit."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from app import ROOT

pytestmark = pytest.mark.world  # the probe builds a demo world in a process of its own


@pytest.fixture(scope='module')
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the pages of a product with two more sections and one more column say."""
    folder = tmp_path_factory.mktemp('probe')
    command = [sys.executable, '-m', 'tests.models.probe', str(folder)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return found


def test_the_form_asks_for_it(said: dict[str, Any]) -> None:
    for words in ('曾用名', '个人特长', '特长名称', '外语能力', 'id="basic-former_name"', 'id="hobby-skill"'):
        assert words in said['form']
    for words in ('语种', '分数', 'name="tongue"'):
        assert words in said['modal']


def test_the_rules_want_what_is_marked_as_required(said: dict[str, Any]) -> None:
    assert '<a href="#hobby-skill">请填写特长名称</a>' in said['incomplete']


def test_it_is_saved_and_submitted(said: dict[str, Any]) -> None:
    assert (said['saved'], said['submitted']) == (302, 302)


def test_the_employer_sees_it_and_what_changed(said: dict[str, Any]) -> None:
    for words in ('曾用名', '旧名阿甲', '围棋五段', '葡萄牙语', '88'):
        assert words in said['view']
    for words in ('曾用名', '旧名阿甲', '特长名称', '围棋五段', '第 1 条 语种', '葡萄牙语'):
        assert words in said['progress']


def test_the_registration_form_prints_it(said: dict[str, Any]) -> None:
    printed = ''.join(said['pdf'].split())
    for words in ('曾用名', '旧名阿甲', '个人特长', '围棋五段', '外语能力', '语种', '葡萄牙语', '88'):
        assert words in printed


def test_the_export_carries_it(said: dict[str, Any]) -> None:
    sheets = said['sheets']
    assert '曾用名' in sheets['基本信息'][0]
    assert any('旧名阿甲' in row for row in sheets['基本信息'])
    assert sheets['个人特长'][0] == ['业务流水号', '申报人', '特长名称']
    assert any(row[2:] == ['葡萄牙语', '88'] for row in sheets['外语能力'])


def test_every_list_of_declarations_filters_by_it_and_the_csv_reads_it(said: dict[str, Any]) -> None:
    assert 'name="hobby_skill"' in said['list']
    assert '<option value="围棋五段"' in said['list']
    assert said['filtered'].count('<tr id=') <= 1
    head, row, *rest = said['csv']
    assert dict(zip(head, row, strict=True))['特长名称'] == '围棋五段'
    assert rest[0] == []
