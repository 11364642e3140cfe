"""审计记录: every event in Chinese words, in the list, its filter and its export."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from models import db
from models.audit import AuditEvent, AuditLine
from tests.helpers.exports import exported
from tests.helpers.types import ClientOf

ROOT = Path(__file__).parents[3]


def lines_of_every_event(app: Flask) -> None:
    """Write one line for each event."""
    with app.app_context():
        db.session.add_all(AuditLine(event=event, details='甲') for event in AuditEvent)
        db.session.commit()


def test_the_list_its_filter_and_its_export_show_the_words(app: Flask, client_of: ClientOf) -> None:
    lines_of_every_event(app)
    client = client_of('pingtai1')
    page = client.get('/audit/?page_size=100').get_data(as_text=True)
    assert [event.label for event in AuditEvent if f'>{event.label}<' not in page] == []
    assert [event.value for event in AuditEvent if f'>{event.value}<' in page] == []
    export = str(exported(client, '/audit/export/csv/'))
    assert [event.label for event in AuditEvent if event.label not in export] == []
    assert not re.search('sign_in|see_whole|collective_order|call_number', export)
    narrowed = str(exported(client, '/audit/export/csv/?event=see_whole'))
    assert '筛选：事件=查看完整信息' in narrowed


def test_labels_are_all_different() -> None:
    assert len({event.label for event in AuditEvent}) == len(AuditEvent)


def test_no_other_event_can_be_written(app: Flask) -> None:
    with app.app_context():
        db.session.add(AuditLine(event='see_hole', details='甲'))
        with pytest.raises(IntegrityError):
            db.session.commit()
        db.session.rollback()
        assert db.session.scalar(select(func.count()).where(AuditLine.event == 'see_hole')) == 0


def test_who_writes_a_line_names_the_event_by_its_key() -> None:
    """A name that the table lacks is an AttributeError, which the type checker tells before."""
    called = re.compile(r'\baudit\(\s*(?!event: )([\w.]+|[\'"]\w*)')
    given = [
        (file.name, found)
        for file in (ROOT / 'admin_views').rglob('*.py')
        for found in called.findall(file.read_text())
    ]
    assert [each for each in given if not re.match(r'AuditEvent\.[A-Z_]+|rate_limits\.', each[1])] == []
    named = [found.split('.')[1] for _file, found in given if found.startswith('AuditEvent.')]
    assert set(named) <= set(AuditEvent.__members__)
