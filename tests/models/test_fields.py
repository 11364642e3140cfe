"""A field is declared once and read everywhere."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.application import Stage
from models.catalogue import FeeStandard
from models.declaration import Basic, Project
from models.fields import Field, Kind, fields_of
from models.section import SECTIONS
from tests.helpers.types import Find


def test_fields_stand_in_the_order_of_declaration() -> None:
    assert list(fields_of(FeeStandard)) == ['level', 'track', 'amount_fen', 'in_force']
    assert list(fields_of(Basic))[:4] == ['name', 'sex', 'id_type', 'id_number']


def test_the_sections_stand_in_the_order_of_the_manual() -> None:
    assert [section.about.label for section in SECTIONS] == [
        '基本信息',
        '教育经历',
        '工作经历',
        '专业行业组织职务',
        '现职称及专业技术职务信息',
        '申报的职称信息',
        '专业实践能力考试成绩',
        '国内外进修情况',
        '完成继续教育任务情况',
        '业绩成果-项目情况',
        '业绩成果-获奖情况',
        '学术成果-论文、著作、技术分析报告等',
        '学术成果-专利及软件著作权',
        '个人自我评价',
        '工作负面情况说明',
        '申报下一环节信息',
    ]


@pytest.mark.parametrize(
    ('kind', 'value', 'shown'),
    [
        (Kind.TEXT, 'x', 'x'),
        (Kind.TEXT, None, ''),
        (Kind.FLAG, True, '是'),
        (Kind.FLAG, False, '否'),
        (Kind.DAY, date(2026, 1, 2), '2026-01-02'),
        (Kind.MOMENT, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), '2026-01-02 03:04'),
        (Kind.MONEY, 123456, '1,234.56'),
        (Kind.WHOLE, 0, '0'),
        (Kind.TICKS, ['甲', '乙'], '甲；乙'),
        (Kind.TICKS, [], ''),
    ],
)
def test_a_value_reads_as_its_kind(kind: Kind, value: Any, shown: str) -> None:
    assert Field('x', '项目', kind).shown(value) == shown


def test_a_field_of_a_kind_is_asked_of_that_kind_only() -> None:
    source = fields_of(Project)['source']
    assert source.asked_of(Project(kind='课题项目'))
    assert not source.asked_of(Project(kind='专业技术工作项目'))


@pytest.mark.parametrize(
    'statement',
    [
        "UPDATE application SET stage = 'nowhere' WHERE stage = 'payment'",
        "UPDATE application SET stage = 'closed' WHERE stage = 'payment'",
        "UPDATE application SET result = 'passed' WHERE stage = 'payment'",
        "UPDATE application SET submitted_at = NULL WHERE stage = 'payment'",
        "UPDATE application SET employer_id = NULL WHERE stage = 'payment'",
        "UPDATE fee_order SET state = 'paid' WHERE state = 'unpaid'",
        "UPDATE account SET committee_id = NULL WHERE role = 'office'",
        "UPDATE notice SET ends_on = '2000-01-01'",
    ],
)
def test_the_database_refuses_what_contradicts_itself(session: Session, application: Find, statement: str) -> None:
    application(Stage.PAYMENT)
    with pytest.raises(IntegrityError):
        session.execute(text(statement))
