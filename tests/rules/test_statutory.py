"""法定数字: written once, set by a call from a day on, and never turned against what already runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from models.application import Application, Stage
from models.base import at, now
from models.catalogue import CallNumber
from models.declaration import ContinuingEducation
from models.notice import Phase
from models.section import SECTIONS
from models.statutory import SHIPPED, StatutoryNumber, numeral, with_numbers
from pdf_templates.reports import REPORTS
from rules import completeness, hints, notices, overview, statutory, workdays
from rules.flow import asking
from rules.flow.doing import perform
from rules.flow.table import FLOW, TRANSITIONS
from rules.flow.transition import Lookups
from rules.refusal import Refused
from tests.helpers import passing
from tests.helpers.opinions import REVIEW
from tests.helpers.types import Find, Who

N = StatutoryNumber
ROOT = Path(__file__).parents[2]


def set_by_call(session: Session, application: Application, number: StatutoryNumber, value: int, day: date) -> None:
    """Let the call of a declaration set a number from a day on."""
    assert application.offering is not None
    session.add(CallNumber(call_id=application.offering.call_id, number=number, value=value, effective_on=day))
    session.flush()


@contextmanager
def on(day: date) -> Iterator[None]:
    """Let it be noon of a day."""
    with at(passing.noon(day)):
        yield


def test_the_shipped_numbers_are_those_of_the_regulations() -> None:
    assert {number.value: number.shipped for number in N} == {
        'notice_days': 5,
        'evaluation_length': 150,
        'general_hours': 30,
        'speciality_hours': 42,
        'optional_hours': 18,
        'representative_works': 3,
    }
    assert all(number.least <= number.shipped <= number.most and number.source and number.unit for number in N)


@pytest.mark.parametrize(
    ('number', 'words'), [(3, '三'), (5, '五'), (10, '十'), (15, '十五'), (20, '二十'), (42, '四十二'), (150, '150')]
)
def test_a_number_in_running_text(number: int, words: str) -> None:
    assert numeral(number) == words


def test_texts_name_no_number_that_does_not_exist() -> None:
    texts = [section.about.hint for section in SECTIONS]
    texts += [field.help for row in FLOW for field in row.asks]
    texts += [field.help for report in REPORTS.values() for field in report.asks]
    assert not [text for text in texts if '{' in with_numbers(text, SHIPPED)]
    assert with_numbers('{notice_days}、{notice_days_in_words}', SHIPPED) == '5、五'


def test_no_other_place_writes_them_down() -> None:
    """What a notice of the city changes stands in models/statutory.py alone."""
    spelled = re.compile(r'[0-9五三] ?个?工作日|150 ?字|min_length=150|30 学时|42 学时|18 学时|三个代表作')
    rooms = ('models', 'rules', 'pdf_templates', 'admin_views', 'templates', 'data/wordings', 'static/js')
    files = [file for room in rooms for end in ('py', 'html', 'txt', 'js') for file in (ROOT / room).rglob(f'*.{end}')]
    found = [f'{file}: {line}' for file in files for line in file.read_text().splitlines() if spelled.search(line)]
    assert found == []


def test_a_draft_is_judged_by_the_numbers_of_today(session: Session, application: Find) -> None:
    draft, tomorrow = application(Stage.DRAFT), now().date() + timedelta(1)
    assert draft.offering is not None
    assert statutory.numbers_of(session, draft) == SHIPPED
    set_by_call(session, draft, N.GENERAL_HOURS, 60, tomorrow)
    assert statutory.numbers_of(session, draft)[N.GENERAL_HOURS] == 30
    with on(tomorrow):
        assert statutory.numbers_of(session, draft) == {**SHIPPED, N.GENERAL_HOURS: 60}


def test_another_call_keeps_its_own_numbers(session: Session, application: Find) -> None:
    draft, tomorrow = application(Stage.DRAFT), now().date() + timedelta(1)
    set_by_call(session, draft, N.GENERAL_HOURS, 60, tomorrow)
    assert draft.offering is not None
    assert statutory.of_call(session, draft.offering.call_id + 1, tomorrow) == SHIPPED
    assert statutory.of_call(session, None, tomorrow) == SHIPPED


@pytest.mark.parametrize(
    'stage', [Stage.CORRECTION, Stage.EMPLOYER_REVIEW, Stage.PRE_NOTICE, Stage.PAYMENT, Stage.POST_NOTICE, Stage.CLOSED]
)
def test_what_was_submitted_keeps_the_numbers_of_that_day(session: Session, application: Find, stage: Stage) -> None:
    running, tomorrow = application(stage), now().date() + timedelta(1)
    for number in N:
        set_by_call(session, running, number, number.most, tomorrow)
    with on(tomorrow + timedelta(30)):
        assert statutory.numbers_of(session, running) == SHIPPED


def test_a_correction_counts_from_the_first_submission(session: Session, application: Find) -> None:
    """The number came between its first and its second submission."""
    running = application(Stage.EMPLOYER_REVIEW)
    first = min(revision.at for revision in running.revisions).date()
    set_by_call(session, running, N.GENERAL_HOURS, 31, first)
    set_by_call(session, running, N.SPECIALITY_HOURS, 43, first + timedelta(1))
    numbers = statutory.numbers_of(session, running)
    assert (numbers[N.GENERAL_HOURS], numbers[N.SPECIALITY_HOURS]) == (31, 42)


def test_class_hours_are_checked_and_hinted_by_the_number_of_the_call(session: Session, application: Find) -> None:
    draft, tomorrow = application(Stage.DRAFT), now().date() + timedelta(1)
    set_by_call(session, draft, N.GENERAL_HOURS, 60, tomorrow)
    for row in list(ContinuingEducation.of(draft)):
        session.delete(row)
    session.add(ContinuingEducation(application_id=draft.id, year=2025, subject_kind='公需', content='课', hours=30))
    session.flush()
    session.expire(draft, ['continuing_education'])
    with on(tomorrow):
        found = completeness.list_problems(session, draft, tomorrow)
        told = hints.hints(draft, tomorrow, statutory.numbers_of(session, draft))
    assert '2025 年公需科目还差 30 学时' in [problem.sentence for problem in found]
    assert '2025 年：公需 30 / 60，专业 0 / 42，选修 0 / 18，共 30 学时' in [hint.sentence for hint in told]


def test_a_notice_covers_the_days_of_its_own_call(session: Session, application: Find, account: Who) -> None:
    passing.a_month(session)
    waiting, today = application(Stage.PRE_NOTICE, employer=1), now().date()
    first = min(revision.at for revision in waiting.revisions).date()
    set_by_call(session, waiting, N.NOTICE_DAYS, 7, first)
    session.expire(waiting)
    starts_on = waiting.entered_at.date()
    days = {'starts_on': starts_on, 'ends_on': workdays.last_notice_day(starts_on, {})}
    notices.lapse(session, [waiting])
    session.expire(waiting)
    row, lookups = TRANSITIONS[Stage.PRE_NOTICE, 'approve'], Lookups(session)
    refusal = asking.refusal_of(lookups, row, waiting, account('guanli1'), today, days)
    assert refusal is not None
    assert refusal.sentence.startswith('公示时间不能少于 7 个工作日，现为 5 个')
    asked = {field.name: field for field in row.asked_of(waiting, lookups.numbers(waiting))}
    assert asked['ends_on'].help == '至少覆盖 7 个工作日，结束后方可通过'
    assert notices.longest_days(session, [waiting, application(Stage.POST_NOTICE)]) == 7


def test_a_published_notice_does_not_become_too_short(session: Session, application: Find) -> None:
    published = application(Stage.PRE_NOTICE, employer=1)
    starts_on = published.entered_at.date()
    notices.record(session, Phase.PRE, starts_on, workdays.last_notice_day(starts_on, {}), {published: ''})
    set_by_call(session, published, N.NOTICE_DAYS, 9, now().date() + timedelta(1))
    with on(now().date() + timedelta(2)):
        due = overview.notices_due(session, Application.id == published.id, {})
        assert [(each.short, each.short_of) for each in due] == [(0, ''), (0, '')]


def test_the_evaluation_is_as_long_as_its_call_wants(session: Session, application: Find) -> None:
    review = TRANSITIONS[Stage.EMPLOYER_REVIEW, 'approve']
    waiting = application(Stage.EMPLOYER_REVIEW)
    asked = {field.name: field for field in review.asked_of(waiting, Lookups(session).numbers(waiting))}
    assert (asked['evaluation'].min_length, asked['evaluation'].max_length) == (150, 500)
    first = min(revision.at for revision in waiting.revisions).date()
    set_by_call(session, waiting, N.EVALUATION_LENGTH, 20, first)
    asked = {field.name: field for field in review.asked_of(waiting, Lookups(session).numbers(waiting))}
    assert asked['evaluation'].min_length == 20
    assert statutory.lowest_of_all(session)[N.EVALUATION_LENGTH] == 20


@pytest.mark.parametrize(
    ('number', 'value', 'later', 'fields'),
    [
        (N.NOTICE_DAYS, 7, 1, set()),
        (N.NOTICE_DAYS, 4, 1, {'value'}),
        (N.EVALUATION_LENGTH, 501, 1, {'value'}),
        (N.GENERAL_HOURS, 60, 0, {'effective_on'}),
        (N.GENERAL_HOURS, 60, -9, {'effective_on'}),
    ],
)
def test_a_change_takes_effect_later_and_within_bounds(
    number: StatutoryNumber, value: int, later: int, fields: set[str]
) -> None:
    today = now().date()
    assert set(statutory.amendment_problem(number, value, today + timedelta(later), today)) == fields


def test_the_product_always_says_how_many_days(session: Session) -> None:
    """A default of the shipped number is for tests alone."""
    asked = re.compile(r'\b(?:last_notice_day|period_problem|shortened|described)\(([^()]|\([^()]*\))*\)')
    for room in ('rules', 'pdf_templates', 'admin_views'):
        for file in (ROOT / room).rglob('*.py'):
            for call in asked.finditer(file.read_text()):
                if 'notices.' in call[0] or 'workdays.' in call[0]:
                    assert 'days' in call[0].replace('workdays', ''), f'{file}: {call[0]}'


def test_answers_are_refused_by_the_number_of_each_call(session: Session, application: Find, account: Who) -> None:
    waiting = application(Stage.EMPLOYER_REVIEW, employer=1)
    first = min(revision.at for revision in waiting.revisions).date()
    set_by_call(session, waiting, N.EVALUATION_LENGTH, 500, first)
    with pytest.raises(Refused) as refused:
        perform(session, 'approve', waiting, account('guanli1'), data=dict(REVIEW))
    assert '不少于 500 字' in str(vars(refused.value))
