"""Every report of full, minimal and extreme data: whole, within the page, in embedded fonts, numbered and marked."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pypdf
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from models.account import Account, Role
from models.application import Application, Stage
from models.approval import ApprovalDocument, ApprovalItem, Certificate
from models.base import now
from models.declaration import ContinuingEducation, Target
from models.fields import Field, Kind, fields_of
from models.payment import FeeItem, FeeOrder
from models.review import MeetingItem, ReviewMeeting
from models.section import SECTIONS
from models.wording import Wording
from pdf_templates import issuing
from pdf_templates.contexts.declaration import said
from pdf_templates.contexts.fees import fee_notice
from pdf_templates.engine import fonts, renderer
from pdf_templates.issuing import Press
from pdf_templates.reports import (
    APPLICATION_SUBJECT,
    CERTIFICATE_SUBJECT,
    DOCUMENT_SUBJECT,
    MEETING_SUBJECT,
    ORDER_SUBJECT,
    REPORTS,
    Report,
    Subject,
)
from rules import declaration
from rules.flow import doing
from rules.flow.table import TRANSITIONS
from tests.helpers.papers import FONTS, boxes, pages
from tests.helpers.types import Find, Who

RARE = '䶮㛃𬭎𠅤龑'

MANY = 30

Of = Callable[[Report], list[Any]]

Print = Callable[[Report, list[Any]], bytes]


@pytest.fixture
def printed(session: Session, press: Press) -> Print:
    """Print a report of subjects."""

    def make(report: Report, subjects: list[Any]) -> bytes:
        today = now().date()
        given = {
            'starts_on': today,
            'ends_on': today + timedelta(21),
            'contact': '李四',
            'phone': '0755-12345678',
            'postcode': '518000',
        }
        ready = issuing.prepared(session, report, subjects, given if report.asks else {})
        return issuing.rendered([(ready, '')], press)

    return make


def longest(field: Field) -> Any:
    """As much as a field takes."""
    match field.kind:
        case Kind.DAY:
            return date(2026, 12, 31)
        case Kind.WHOLE:
            return field.maximum or 99999
        case Kind.FLAG:
            return True
        case Kind.TICKS:
            return list(field.choices or ())
        case Kind.CHOICE if field.choices:
            return max(field.choices, key=len)
        case Kind.REFERENCE:
            return None
    length = field.max_length or 20
    return (RARE + '技术Technology，' * length)[: length - 1] + '终'


def fill(application: Application) -> None:
    """Every field as long as it may be, and thirty rows in every list."""
    for section in SECTIONS:
        rows = declaration.rows_of(application, section)
        if section.many:
            held = getattr(application, section.key())
            held[:] = [section() for _ in range(MANY)]
            rows = list(held)
        for number, row in enumerate(rows):
            for name, field in fields_of(section).items():
                if name == 'kind':
                    row.kind = list(field.choices or ())[number % len(field.choices or ())]
                elif field.kind is not Kind.REFERENCE:
                    setattr(row, name, longest(field))
            if isinstance(row, ContinuingEducation):
                row.year = 1990 + number


def bare(application: Application) -> None:
    """Without any file."""
    session = object_session(application)
    assert session is not None
    for attachment in application.attachments:
        session.delete(attachment)
    session.flush()
    session.expire(application, ['attachments'])


@pytest.fixture
def full(session: Session) -> Of:
    """What the demo world has."""

    def find(report: Report) -> list[Any]:
        if report.subject is APPLICATION_SUBJECT:
            passed = select(Application).where(Application.result == 'passed').order_by(Application.id)
            return [session.scalars(passed).first()]
        if report.subject is MEETING_SUBJECT:
            return [session.scalars(select(ReviewMeeting).where(ReviewMeeting.state == 'closed')).first()]
        return [session.scalars(select(report.subject.model)).first()]

    return find


@pytest.fixture
def minimal(session: Session) -> Of:
    """As little as there can be."""

    def make(report: Report) -> list[Any]:
        newcomer = session.scalars(select(Account).where(Account.username == 'geren1')).one()
        application = declaration.start_declaration(session, newcomer)
        committee = session.scalars(select(ReviewMeeting)).first().committee
        made = {
            APPLICATION_SUBJECT: application,
            ORDER_SUBJECT: FeeOrder(
                number='1' * 20,
                payer='甲',
                total_fen=1,
                created_at=now(),
                committee=committee,
                items=[FeeItem(application=application, amount_fen=1)],
            ),
            MEETING_SUBJECT: ReviewMeeting(committee=committee, name='会', held_on=date(2026, 1, 1), place='室'),
            DOCUMENT_SUBJECT: ApprovalDocument(
                number='甲〔2026〕1号', title='批件', year=2026, committee=committee, submitted_at=now()
            ),
            CERTIFICATE_SUBJECT: Certificate(
                number='1' * 16,
                application=application,
                holder='甲',
                series='',
                level='',
                title='',
                speciality='',
                passed_on=date(2026, 1, 1),
                issued_on=date(2026, 1, 1),
            ),
        }[report.subject]
        session.add_all([application, made])
        session.flush()
        return [made]

    return make


@pytest.fixture
def extreme(session: Session) -> Of:
    """As much as there can be: longest texts, thirty rows of everything, rare characters, no photo."""

    committee = session.scalars(select(ReviewMeeting)).first().committee

    def one(number: int) -> Application:
        found = session.scalars(select(Application).order_by(Application.id).offset(number)).first()
        found.applicant_name = (RARE * 12)[:58] + f'{number:02d}'
        found.title = found.speciality = found.series = '长' * 59 + '终'
        found.committee = committee  # a list of those who passed is of one
        found.employer = found.employer or session.scalars(select(Application)).first().employer
        found.employer.name = '深圳市前海深港现代服务业合作区' * 5 + f'Technology{found.employer.id}'
        return found

    def make(report: Report) -> list[Any]:
        committee.name = committee.office_name = committee.host_name = '深圳市电子信息工程高级职称评审委员会' * 5 + '长'
        several = [one(number) for number in range(MANY)]
        if report.subject is APPLICATION_SUBJECT and not report.asks:
            (application,) = session.scalars(select(Application).where(Application.stage == Stage.POST_NOTICE).limit(1))
            bare(application)
            fill(application)
            declaration.refresh(session, application, now().date())
            return [application]
        if report.subject is APPLICATION_SUBJECT:
            return several
        if report.subject is ORDER_SUBJECT:
            order = session.scalars(select(FeeOrder)).first()
            order.payer, order.total_fen, order.committee = '长' * 99 + '终', 2_000_000_000, committee
            held = {item.application_id for item in order.items}
            order.items += [FeeItem(application=each, amount_fen=1) for each in several if each.id not in held]
            session.flush()
            return [order]
        if report.subject is MEETING_SUBJECT:
            meeting = session.scalars(select(ReviewMeeting).where(ReviewMeeting.state == 'closed')).first()
            meeting.name = meeting.place = '长' * 99 + '终'
            held = {item.application_id for item in meeting.items}
            meeting.items += [MeetingItem(application=each) for each in several if each.id not in held]
            expert = session.scalars(select(Account).where(Account.role == Role.EXPERT)).first()
            expert.name = RARE * 12
            return [meeting]
        if report.subject is DOCUMENT_SUBJECT:
            document = session.scalars(select(ApprovalDocument)).first()
            document.title = '长' * 99 + '终'
            levels = ('正高级', '副高级', '中级')
            for number, each in enumerate(several):
                each.level = levels[number % 3]
                if each.approval_item is None:
                    session.add(ApprovalItem(application=each, document=document))
                else:
                    each.approval_item.document = document
            session.flush()
            return [document]
        certificate = session.scalars(select(Certificate)).first()
        certificate.holder = RARE * 12
        certificate.title = certificate.speciality = certificate.series = '长' * 59 + '终'
        bare(certificate.application)
        return [certificate]

    return make


@pytest.mark.parametrize('code', REPORTS)
@pytest.mark.parametrize('amount', ['full', 'minimal', 'extreme'])
def test_a_report_is_whole(
    code: str, amount: str, request: pytest.FixtureRequest, printed: Print, session: Session
) -> None:
    report = REPORTS[code]
    subjects = request.getfixturevalue(amount)(report)
    content = printed(report, subjects)
    texts = pages(content)
    reader = pypdf.PdfReader(io.BytesIO(content))
    assert reader.metadata is not None
    of_year = report.asks != ()  # the lists for public notice (手册 §6.6)
    year = (subjects[0].year or now().year) if of_year else ''
    assert reader.metadata.title == f'{year}{report.title}'
    assert reader.trailer['/Root']['/Lang'] == 'zh-CN'
    for number, (page, text) in enumerate(zip(reader.pages, texts, strict=True), 1):
        assert f'第{number}页共{len(texts)}页' in text
        for font in page['/Resources']['/Font'].values():
            assert '/FontFile2' in font['/FontDescriptor'], font['/BaseFont']
    draft = any(report.draft(session, subject) for subject in subjects)
    assert all(('草稿' in text) == draft for text in texts)
    assert all(bool(re.search('验证码[A-Z2-7]{4}(-[A-Z2-7]{4}){3}', text)) != draft for text in texts)
    assert fonts.missing_glyphs(''.join(texts)) == []
    for left, top, right, bottom, width, height in boxes(content):
        assert 10 < left < right < width - 10
        assert 10 < top < bottom < height - 10


def test_the_registration_form_holds_every_field_of_every_section(session: Session, full: Of, printed: Print) -> None:
    (application,) = subjects = full(REPORTS['registration'])
    fill(application)
    text = ''.join(pages(printed(REPORTS['registration'], subjects)))
    for section in SECTIONS:
        if not section.applies(application):
            continue
        assert section.about.label in text
        for row in declaration.rows_of(application, section)[:3]:
            for field in fields_of(section).values():
                if field.asked_of(row):
                    assert ''.join(field.label.split()) in text, (section, field.label)
    assert text.count('技术Technology，') > 10_000 // len('技术Technology，')


def test_long_tables_repeat_their_headings(session: Session, full: Of, printed: Print) -> None:
    (application,) = subjects = full(REPORTS['registration'])
    fill(application)
    seen = 0
    for text in pages(printed(REPORTS['registration'], subjects)):
        if re.search('1990|2000|2010', text) and '公需' in text and '完成继续教育任务情况' in text:
            assert '学习内容' in text
            seen += 1
    assert seen >= 1
    works = [text for text in pages(printed(REPORTS['registration'], subjects)) if '证明人' in text]
    assert len(works) > 3
    assert all('工作经历' in text and '主要专业技术工作内容' in text for text in works)


def test_what_the_registration_form_says_of_the_way(session: Session, full: Of, printed: Print) -> None:
    (application,) = subjects = full(REPORTS['registration'])
    text = ''.join(pages(printed(REPORTS['registration'], subjects)))
    certificate, document = application.certificate, application.approval_item.document
    for wanted in (
        application.serial,
        '单位审核意见',
        '评前公示',
        '评审委员会评审结果',
        '委员总数9',
        '评审结果通过',
        '评后公示',
        f'证书编号{certificate.number}',
        f'批件文号{document.number}',
        '公需科目学时',
        '合计学时',
    ):
        assert wanted in text


def test_the_words_of_a_list_hold_for_every_row(session: Session, printed: Print) -> None:
    waiting = select(Application).where(Application.stage == Stage.PRE_NOTICE, Application.employer_id == 1)
    first, second = session.scalars(waiting.order_by(Application.id).limit(2))
    first.speciality, second.speciality, second.series, second.level = '通信', '软件', '经济', '中级'
    session.add(Wording(code='pre-notice-list', version=9, body='甲{系列}乙{级别}丙{专业}丁{单位}戊{年度}己'))
    session.flush()
    text = ''.join(pages(printed(REPORTS['pre-notice-list'], [first, second])))
    assert f'甲工程技术、经济乙副高级、中级丙通信、软件丁{first.employer}戊{first.year}己' in text


def test_a_result_that_is_not_released_is_not_printed(application: Find, printed: Print) -> None:
    hidden = application(Stage.NOTICE_LAUNCH)
    assert '评审委员会评审结果' not in ''.join(pages(printed(REPORTS['registration'], [hidden])))
    released = application(Stage.POST_NOTICE)
    assert '评审委员会评审结果' in ''.join(pages(printed(REPORTS['registration'], [released])))


def test_the_employer_s_answers_are_printed_as_they_were_asked(
    session: Session,
    application: Find,
    account: Who,
    printed: Print,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = application(Stage.EMPLOYER_REVIEW, employer=1)
    key = (Stage.EMPLOYER_REVIEW, 'approve')
    asked = (Field('training', '继续教育审核意见', Kind.PARAGRAPH), Field('instead', '是否以考代评', Kind.FLAG))
    monkeypatch.setitem(TRANSITIONS, key, replace(TRANSITIONS[key], asks=asked))
    doing.perform(session, 'approve', found, account('guanli1'), data={'training': '已完成 90 学时。'})
    text = ''.join(pages(printed(REPORTS['registration'], [found])))
    assert '继续教育审核意见已完成90学时。' in text
    assert '是否以考代评' not in text
    assert said([{'year': 2025, 'result': '优秀'}, {'year': 2024, 'result': '称职'}]) == '2025：优秀\n2024：称职'
    assert said(False) == '否'


def test_an_opinion_on_what_the_declaration_said_before_is_not_printed(
    session: Session, application: Find, account: Who, printed: Print
) -> None:
    found, employer = application(Stage.PRE_NOTICE, employer=1), account('guanli1')

    def text() -> str:
        return ''.join(pages(printed(REPORTS['registration'], [found])))

    said = '已按规定完成本年度继续教育90学时'
    assert said in text()
    doing.perform(session, 'return', found, employer, data={'opinion': '请修改。'})
    assert said not in text()
    doing.perform(session, 'submit', found, found.applicant)
    assert said not in text()
    assert '审核意见年月日' in text()  # for the employer to decide, and to date


@pytest.mark.parametrize(
    ('fees', 'lines'),
    [
        ([('副高级', 580)], [('副高级', '580.00', '1', '580.00')]),
        (
            [('中级', 450), ('副高级', 580), ('中级', 450), ('中级', 225)],
            [('副高级', '580.00', '1', '580.00'), ('中级', '450.00', '2', '900.00'), ('中级', '225.00', '1', '225.00')],
        ),
    ],
    ids=['one', 'several'],
)
def test_a_fee_notice_multiplies_standard_and_number(
    session: Session, printed: Print, fees: list[tuple[str, int]], lines: list[tuple[str, str, str, str]]
) -> None:
    order = session.scalars(select(FeeOrder)).first()
    assert order is not None
    several = session.scalars(select(Application).order_by(Application.id).limit(len(fees))).all()
    for each, (level, _yuan) in zip(several, fees, strict=True):
        each.level = level
    order.items.clear()
    session.flush()
    order.items = [
        FeeItem(application=each, amount_fen=100 * yuan) for each, (_level, yuan) in zip(several, fees, strict=True)
    ]
    order.total_fen = sum(item.amount_fen for item in order.items)
    session.flush()
    context = fee_notice(session, [order], {})
    assert [tuple(row.values())[1:] for row in context['standards']] == lines
    text = ''.join(pages(printed(REPORTS['fee-notice'], [order])))
    assert '标准（元）数量金额（元）' in text
    for number, line in enumerate(lines, 1):
        assert f'{number}{order.committee}{"".join(line)}' in text
    assert f'合计（元）{order.total_fen / 100:,.2f}' in text


def test_a_fee_notice_from_before_prints_again(session: Session, font_dir: Path) -> None:
    order = session.scalars(select(FeeOrder)).first()
    assert order is not None
    kept = fee_notice(session, [order], {}) | {'printed_on': date(2025, 4, 3), 'draft': False}
    del kept['standards']
    assert order.items[0].application.serial in ''.join(
        pages(renderer.render('fee-notice.html', kept, title='缴费通知书', font_dir=font_dir))
    )


def test_a_photo_is_printed(full: Of, printed: Print) -> None:
    (application,) = subjects = full(REPORTS['registration'])
    first = pypdf.PdfReader(io.BytesIO(printed(REPORTS['registration'], subjects))).pages[0]
    assert len(first.images) == 1
    bare(application)
    content = printed(REPORTS['registration'], subjects)
    assert len(pypdf.PdfReader(io.BytesIO(content)).pages[0].images) == 0
    assert '照片' in pages(content)[0]


def test_the_exceptional_form_concerns_only_its_track(application: Find) -> None:
    report, found = REPORTS['exceptional'], application(Stage.EMPLOYER_REVIEW)
    assert not report.concerns(found)
    Target.of(found).track = found.track = 'exceptional'
    assert report.concerns(found)


def test_what_is_signed_before_submission_is_a_draft_until_all_is_filled_in(
    session: Session, application: Find, minimal: Of
) -> None:
    report = REPORTS['commitment-personal']
    (empty,) = minimal(report)
    assert report.draft(session, empty)
    correcting = application(Stage.CORRECTION)
    assert not report.draft(session, correcting)
    assert REPORTS['registration'].draft(session, correcting)


def test_the_approval_document_numbers_its_annex(session: Session, extreme: Of, printed: Print) -> None:
    text = ''.join(pages(printed(REPORTS['approval-document'], extreme(REPORTS['approval-document']))))
    assert '—1—' in text
    assert '—2—' in text
    assert text.count('序号姓名单位资格名称专业通过时间') > 3
    assert f'（共{MANY}人）' in text or f'（共{MANY + 1}人）' in text


def test_ten_thousand_names_print(session: Session, printed: Print, full: Of) -> None:
    """An annex of 10,000 names: no layout error, and every page under its heading."""
    from pdf_templates.engine import renderer

    row = {
        'name': '张三',
        'employer': '深圳市甲研究院',
        'title': '工程师',
        'speciality': '通信',
        'passed_on': '2026-01-01',
    }
    context = {
        'number': '甲',
        'title': '批件',
        'year': 2026,
        'committee': '评委会',
        'office': '办公室',
        'count': 10_000,
        'submitted_on': date(2026, 1, 1),
        'text': ['文'],
        'groups': [{'series': '工程', 'level': '中级', 'rows': [row] * 10_000}],
    }
    content = renderer.render('approval-document.html', context, title='批件', font_dir=FONTS, official=True)
    reader = pypdf.PdfReader(io.BytesIO(content))
    assert len(reader.pages) > 200
    assert '序号' in reader.pages[-1].extract_text()
    assert '10000' in reader.pages[-1].extract_text()


def test_a_new_section_prints_without_another_edit(
    session: Session, full: Of, printed: Print, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A section class that the form has never seen, held by no table of the tests."""
    from models.declaration import Award
    from models.section import About

    (application,) = subjects = full(REPORTS['registration'])
    fill(application)
    monkeypatch.setattr(Award, 'about', About(75, '新设的一节', '手册', achievement=True))
    text = ''.join(pages(printed(REPORTS['registration'], subjects)))
    assert '新设的一节' in text


def test_every_subject_is_named_by_its_number(full: Of) -> None:
    seen: set[Subject] = {report.subject for report in REPORTS.values()}
    assert seen == {APPLICATION_SUBJECT, ORDER_SUBJECT, MEETING_SUBJECT, DOCUMENT_SUBJECT, CERTIFICATE_SUBJECT}
    assert all(subject.number(full(report)[0]) for report in REPORTS.values() for subject in [report.subject])


@pytest.mark.parametrize('draft', [True, False])
def test_same_data_same_bytes(draft: bool, full: Of, minimal: Of, printed: Print) -> None:
    report = REPORTS['registration']
    subjects = (minimal if draft else full)(report)
    assert printed(report, subjects) == printed(report, subjects)
