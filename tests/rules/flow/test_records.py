"""办理记录 as people read them: every answer under its label, every remark with its place, and to whom."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from models.application import Stage
from models.base import now
from models.declaration import Work
from rules import remarks, workdays
from rules.flow import bulk, records
from rules.flow.doing import perform
from rules.flow.questions import REVIEW as ASKED
from rules.flow.table import TRANSITIONS
from tests.helpers import passing
from tests.helpers.opinions import REVIEW
from tests.helpers.types import Find, Who


def test_what_the_employer_said_is_read_in_full_under_its_labels(
    session: Session, application: Find, account: Who
) -> None:
    waiting = application(Stage.EMPLOYER_REVIEW, employer=1)
    perform(session, 'approve', waiting, account('guanli1'), data=REVIEW)
    said = dict(records.list_records(account('guanli1'), waiting)[0].answers)
    assert list(said) == [field.label for field in ASKED]
    assert said['单位的综合评价'] == REVIEW['evaluation']
    assert said['单位年度考核情况'].startswith(f'{now().year - 1} 称职（合格）；')
    assert said['是否以考代评人员'] == '否'
    assert said['经办人联系电话'] == '075********89'


def a_month_of_notice() -> dict[str, Any]:
    """The period of a notice that began a month ago."""
    starts_on = now().date() - timedelta(30)
    return {'starts_on': starts_on, 'ends_on': workdays.last_notice_day(starts_on, {})}


@pytest.mark.parametrize('many', [False, True], ids=['one', 'many'])
def test_a_notice_keeps_its_period_and_wording_in_the_record(
    session: Session, application: Find, account: Who, many: bool
) -> None:
    waiting, row, data = application(Stage.PRE_NOTICE, employer=1), TRANSITIONS['pre_notice', 'approve'], {}
    passing.a_month(session)
    session.refresh(waiting)
    data = a_month_of_notice() | {'opinion': ''}
    if many:
        bulk.run(session, row, {waiting.id: waiting.version}, account('guanli1'), data)
    else:
        perform(session, 'approve', waiting, account('guanli1'), data=data)
    office = account(f'bangong{waiting.committee_id}')
    newest = records.list_records(office, waiting)[0]
    said = dict(newest.answers)
    assert (said['公示开始时间'], said['公示结束时间']) == (str(data['starts_on']), str(data['ends_on']))
    assert said['公示意见'].startswith(f'【{waiting.applicant_name}】同志')
    assert said['公示意见'] == newest.step.opinion == waiting.notices[0].opinion


def test_a_remark_stands_with_its_place_and_what_is_gone_with_what_is_known_of_it(
    session: Session, application: Find, account: Who
) -> None:
    waiting = application(Stage.EMPLOYER_REVIEW, employer=1)
    row = Work.of(waiting)[1]
    given = [
        remarks.stored_remark('basic..phone', '请填常用手机号'),
        remarks.stored_remark(f'work.{row.id}.started_on', '与社保不一致'),
    ]
    perform(session, 'return', waiting, account('guanli1'), data={'opinion': '请修改。', 'remarks': given})
    reader = waiting.applicant
    said = records.list_records(reader, waiting)[0]
    assert said.answers == (('原因', '请修改。'),)
    assert said.remarks == (('基本信息 · 联系电话', '请填常用手机号'), ('工作经历 · 第 2 条 开始时间', '与社保不一致'))
    session.delete(row)
    session.flush()
    session.expire(waiting)
    assert records.list_records(reader, waiting)[0].remarks[1] == ('工作经历 · 开始时间（已删去）', '与社保不一致')


def test_an_applicant_reads_what_is_said_to_them_and_nothing_between_offices(
    session: Session, application: Find, account: Who
) -> None:
    waiting = application(Stage.OFFICE_CONFIRMATION)
    office = account(f'bangong{waiting.committee_id}')
    perform(session, 'approve', waiting, office, data={'opinion': '内部意见'})
    own, theirs = records.list_records(waiting.applicant, waiting), records.list_records(office, waiting)
    assert len(own) == len(theirs)
    assert (own[0].says, theirs[0].answers) == (False, (('意见', '内部意见'),))
    evaluation = [dict(record.answers).get('单位的综合评价') for record in own]
    assert REVIEW['evaluation'] in evaluation


def test_no_result_is_read_before_it_is_released(session: Session, application: Find, account: Who) -> None:
    waiting = application(Stage.NOTICE_LAUNCH)
    own = records.list_records(waiting.applicant, waiting)
    assert all(record.step.source != Stage.EXPERT_REVIEW for record in own)
    assert records.list_review_results(session, waiting.applicant, waiting) == []
    office = account(f'bangong{waiting.committee_id}')
    result = dict(records.list_review_results(session, office, waiting))
    assert (result['评审结果'], date.fromisoformat(result['会议日期']) <= now().date()) == ('通过', True)
    assert set(result) == {'评审结果', '评审会议', '会议日期'}  # and no count of the votes
    perform(session, 'approve', waiting, office, data={'opinion': ''})
    assert dict(records.list_review_results(session, waiting.applicant, waiting))['评审结果'] == '通过'
