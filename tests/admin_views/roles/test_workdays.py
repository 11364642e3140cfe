"""工作日调整: the platform overrules the calendar, and periods of notice follow at once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from models import db
from models.audit import AuditLine
from models.base import now
from models.notice import WorkdayOverride
from rules import workdays
from tests.helpers.types import ClientOf


def overrides(app: Flask) -> workdays.Overrides:
    """The days overruled as the rules read them."""
    with app.app_context():
        return workdays.overrides(db.session())


def test_a_day_is_overruled_changed_and_given_back(app: Flask, client_of: ClientOf) -> None:
    client = client_of('pingtai1')
    monday = date(2024, 7, 1)
    assert workdays.last_notice_day(monday, overrides(app)) == date(2024, 7, 5)
    given = {'on': '2024-07-03', 'works': '0', 'reason': '台风停工'}
    assert client.post('/workdays/new/', data=given).status_code == 302
    assert workdays.last_notice_day(monday, overrides(app)) == date(2024, 7, 8)
    with app.app_context():
        key = db.session.scalars(select(WorkdayOverride.id)).one()
    client.post(f'/workdays/edit/?id={key}', data=given | {'on': '2024-07-06', 'works': '1'})
    assert workdays.last_notice_day(monday, overrides(app)) == date(2024, 7, 5)
    assert workdays.count_workdays(monday, date(2024, 7, 7), overrides(app)) == 6
    client.post(f'/workdays/delete/?id={key}')
    assert overrides(app) == {}
    with app.app_context():
        lines = list(db.session.scalars(select(AuditLine.details).where(AuditLine.event == 'workday')))
    assert lines == ['新增 2024-07-03 放假', '修改 2024-07-06 上班', '删除 2024-07-06 上班']


@pytest.mark.parametrize(
    ('given', 'sentence'),
    [
        ({'on': '', 'works': '1'}, '请填写日期'),
        ({'on': '2024-02-30', 'works': '1'}, '日期不正确'),
        ({'on': '2024-07-03', 'works': ''}, '请选择是否上班'),
        ({'on': '2024-07-03', 'works': '1', 'reason': '长' * 101}, '说明最多 100 字'),
    ],
)
def test_what_is_no_day_is_refused(app: Flask, client_of: ClientOf, given: dict[str, str], sentence: str) -> None:
    assert sentence in client_of('pingtai1').post('/workdays/new/', data=given).get_data(as_text=True)
    assert overrides(app) == {}


def test_a_day_is_overruled_once(client_of: ClientOf) -> None:
    client = client_of('pingtai1')
    given = {'on': '2024-07-03', 'works': '0'}
    client.post('/workdays/new/', data=given)
    assert '未保存：与已有记录重复' in client.post('/workdays/new/', data=given).get_data(as_text=True)


def test_the_page_warns_of_a_year_that_is_not_published(client_of: ClientOf) -> None:
    page = client_of('pingtai1').get('/workdays/').get_data(as_text=True)
    today = now().date()
    for year in (today.year, today.year + 1):
        warned = f'{year} 年的放假安排尚未公布，暂按周一至周五计算工作日' in page
        assert warned is not workdays.calendar_known(date(year, 1, 1))
        assert (f'{year} 年公布的安排' in page) is not warned


def test_an_unpublished_year_counts_monday_to_friday_and_says_so() -> None:
    first = date(2099, 9, 21)  # a Monday
    assert not workdays.calendar_known(first)
    assert workdays.last_notice_day(first, {}) == first + timedelta(4)
    assert workdays.last_notice_day(date(2099, 9, 28), {}) == date(2099, 10, 6)  # 1 to 3 October are holidays by law
    assert '2099 年的放假安排尚未公布' in workdays.doubt(date(2024, 1, 1), first)
    assert workdays.doubt(date(2024, 1, 1), date(2024, 12, 31)) == ''


def test_a_published_year_is_told_as_the_state_council_did() -> None:
    said = workdays.year_said(2024)
    assert said.doubt == ''
    assert ('春节', date(2024, 2, 10), date(2024, 2, 17)) in said.holidays
    assert ('国庆节', date(2024, 10, 1), date(2024, 10, 7)) in said.holidays
    assert {date(2024, 2, 4), date(2024, 2, 18), date(2024, 9, 29), date(2024, 10, 12)} <= set(said.made_up)
    assert workdays.year_said(2099).holidays == ()
