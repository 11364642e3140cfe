"""Table of the papers that can be printed: one row of ``REPORTS`` and one template for each (手册 第六章)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.account import Account
from models.application import Application, Party, Result, Stage
from models.approval import ApprovalDocument, Certificate
from models.base import now
from models.catalogue import Track
from models.fields import Field, Kind
from models.issued_paper import Printing
from models.notice import Phase
from models.payment import FeeOrder, OrderState
from models.review import MeetingState, ReviewMeeting
from models.sql import sent_keys
from models.statutory import SHIPPED, StatutoryNumber
from pdf_templates.contexts.approval import approval_document, certificate
from pdf_templates.contexts.declaration import commitment_paper, exceptional_paper, registration
from pdf_templates.contexts.fees import fee_notice
from pdf_templates.contexts.meetings import meeting_papers
from pdf_templates.contexts.notices import apart, notice_list, notice_report
from pdf_templates.contexts.shared import Context
from rules import access, approval, completeness, declaration, fees, notices, overview, review_desk, workdays
from rules.flow import questions
from rules.flow.table import FLOW
from rules.notices import Period
from rules.refusal import Refusal, Refused


@dataclass(frozen=True, slots=True)
class Subject:
    """Kind of row that a paper is about: its model, label, and the column ``key`` that paper prints as its number.

    ``reached`` maps the primary key of each declaration to its row; declarations without a row are left out.
    """

    model: Any
    label: str
    key: str
    reached: Callable[[Session, Sequence[Application]], Mapping[int, Any]] = lambda _session, _applications: {}

    def number(self, row: Any) -> str:
        """Return the value of ``key`` as text: a number that is never given to another row."""
        return str(getattr(row, self.key))

    def find(self, session: Session, number: str) -> Any:
        """Return the row with this number, or None."""
        column = getattr(self.model, self.key)
        try:
            value = column.type.python_type(number)
        except ValueError:
            return None
        return session.scalars(select(self.model).where(column == value)).first()


APPLICATION_SUBJECT = Subject(
    Application, '业务流水号', 'serial', lambda _session, rows: {each.id: each for each in rows}
)
ORDER_SUBJECT = Subject(FeeOrder, '缴费通知书号码', 'number', fees.orders_of)
MEETING_SUBJECT = Subject(ReviewMeeting, '会议编号', 'id')
DOCUMENT_SUBJECT = Subject(ApprovalDocument, '批件文号', 'number')
CERTIFICATE_SUBJECT = Subject(Certificate, '证书编号', 'number', approval.certificates_of)
SUBJECTS: Mapping[str, Subject] = {
    subject.model.__tablename__: subject
    for subject in (APPLICATION_SUBJECT, ORDER_SUBJECT, MEETING_SUBJECT, DOCUMENT_SUBJECT, CERTIFICATE_SUBJECT)
}

REACHED = (APPLICATION_SUBJECT, ORDER_SUBJECT, CERTIFICATE_SUBJECT)
"""Subjects that belong to one declaration; their papers are listed in its 报表列表."""

Opens = Callable[[Any], str]
"""Function of a subject that returns the reason why its paper cannot be printed yet, or '' where it can."""


def always(_subject: Any) -> str:
    """Return '': the paper can be printed at every stage."""
    return ''


def during(*stages: Stage) -> Opens:
    """Return an ``Opens`` that is open while the declaration is at one of these stages."""
    labels = '、'.join(stage.label for stage in Stage if stage in stages)
    return lambda application: '' if application.stage in stages else f'未开放，{labels}环节可打印'


def since(first: Stage) -> Opens:
    """Return an ``Opens`` that is open from a stage on."""
    reached = (first, *Stage.after(first))
    return lambda application: '' if application.stage in reached else f'未开放，{first.label}环节起可打印'


def unless(closed: Callable[[Any], bool], why: str) -> Opens:
    """Return an ``Opens`` that answers ``why`` for every subject for which ``closed`` is true."""
    return lambda subject: f'未开放，{why}' if closed(subject) else ''


def rejected_at(stage: Stage) -> Callable[[Any], bool]:
    """Return a test for a declaration that was rejected at a stage; a list published there is then void."""
    return lambda application: application.result == Result.FAILED and application.steps[-1].source == stage


def begun_at(stage: Stage) -> Callable[[Session, Any, Account], Mapping[str, Any]]:
    """Return a function that reads the account's unsent draft of the form for the result of a notice."""
    rows = [row for row in FLOW if row.source == stage and row.asks in (questions.PERIOD, questions.OBJECTION)]
    return lambda session, application, account: (
        review_desk.begun(session, rows, application, account) if application.stage == stage else {}
    )


def period_of_notice(stage: Stage) -> Callable[[Session, Sequence[Application], Mapping[str, Any]], None]:
    """Return a function that stores the period of an issued list as the notice of each declaration on it.

    It raises Refused if a declaration has left the stage, since the list is rendered before the write transaction.
    """
    phase = overview.PHASES[stage]

    def record(session: Session, applications: Sequence[Application], given: Mapping[str, Any]) -> None:
        these = Application.id.in_(sent_keys(session, [each.id for each in applications]))
        locked = select(Application).where(these).order_by(Application.id).with_for_update(of=Application)
        session.scalars(locked.execution_options(populate_existing=True)).all()
        moved = next((each for each in applications if each.stage != stage), None)
        if moved is not None:
            raise Refused(
                Refusal('wrong_stage', f'{moved}已不在「{stage.label}」环节，名单没有保存，请返回列表重新勾选')
            )
        notices.record(session, phase, given['starts_on'], given['ends_on'], dict.fromkeys(applications, ''))

    return record


def _still_open(_session: Session, application: Application) -> bool:
    return application.stage in access.OPEN_TO_APPLICANT


def _incomplete(session: Session, application: Application) -> bool:
    """Return true if the applicant can edit the declaration and it lacks more than its signature and materials."""
    if application.stage not in access.OPEN_TO_APPLICANT:
        return False
    later = (completeness.COMMITMENT_PART, declaration.MATERIALS)
    return any(each.section not in later for each in completeness.list_problems(session, application, now().date()))


@dataclass(frozen=True, slots=True)
class Report:
    """Declaration of one paper; its template is ``<code>.html``.

    ``opens`` returns why it cannot be printed yet; ``draft`` is true while it prints as a draft only; ``concerns`` is
    true for declarations in whose 报表列表 it is listed. ``asks`` are fields to fill in before printing. ``apart``
    returns why several subjects cannot share one paper. ``begun`` returns answers that the account has typed in a form
    but not sent. ``undone`` is true once the paper no longer holds for a subject. ``records`` stores what an issued
    paper entails. ``official`` numbers pages as GB/T 9704 does. ``worded`` papers have a text in 文本设置.
    """

    code: str
    title: str
    belongs_to: str
    printed_by: tuple[Party, ...]
    opens: Opens
    context: Callable[[Session, Sequence[Any], Mapping[str, Any]], Context]
    subject: Subject = APPLICATION_SUBJECT
    asks: tuple[Field, ...] = ()
    apart: Callable[[Sequence[Any]], Refusal | None] = lambda _subjects: None
    begun: Callable[[Session, Any, Account], Mapping[str, Any]] = lambda _session, _subject, _account: {}
    undone: Callable[[Any], bool] = lambda _subject: False
    records: Callable[[Session, Sequence[Any], Mapping[str, Any]], None] = lambda _session, _subjects, _given: None
    draft: Callable[[Session, Any], bool] = lambda _session, _subject: False
    concerns: Callable[[Application], bool] = lambda _application: True
    official: bool = False
    worded: bool = True

    @property
    def template(self) -> str:
        """File name of the template in ``pdf_templates/``."""
        return f'{self.code}.html'

    def titled(self, context: Mapping[str, Any]) -> str:
        """Return the title; a title that begins with 年度 gets the year before it (2026年度…)."""
        return f'{context["year"]}{self.title}' if self.title.startswith('年度') else self.title


PERIOD_AND_CONTACT = (
    Field('starts_on', '公示开始时间', Kind.DAY, required=True),
    Field('ends_on', '公示结束时间', Kind.DAY, required=True, help='至少覆盖 {notice_days} 个工作日'),
    Field('contact', '联系人', max_length=60, required=True, on_papers=True),
    Field('phone', '联系电话', max_length=30, required=True, check='phone'),
    Field('postcode', '邮政编码', max_length=6, required=True, check='postcode'),
)

_P = Party
REPORTS: Mapping[str, Report] = {
    report.code: report
    for report in (
        Report('commitment-personal', '广东省深圳市职称申报承诺书（个人）', '个人申报环节',
               (_P.APPLICANT, _P.EMPLOYER, _P.OFFICE), always, commitment_paper('commitment-personal'),
               draft=_incomplete),
        Report('registration', '专业技术资格评审申报人情况登记表', '个人申报',
               (_P.APPLICANT, _P.EMPLOYER), always, registration, draft=_still_open, worded=False),
        Report('exceptional', '深圳市职称破格申报推荐表', '个人申报环节',
               (_P.APPLICANT,), always, exceptional_paper, draft=_incomplete,
               concerns=lambda application: application.track == Track.EXCEPTIONAL),
        Report('commitment-employer', '广东省深圳市职称申报承诺书（单位）', '单位审核',
               (_P.EMPLOYER,), since(Stage.EMPLOYER_REVIEW), commitment_paper('commitment-employer')),
        Report('pre-notice-report', '广东省专业技术人员申报职称评前公示情况表', '单位评前公示',
               (_P.EMPLOYER,), since(Stage.PRE_NOTICE), notice_report('pre-notice-report', Phase.PRE),
               begun=begun_at(Stage.PRE_NOTICE)),
        Report('pre-notice-list', '年度推荐申报职称评审人员公示名单', '单位评前公示',
               (_P.EMPLOYER,), during(Stage.PRE_NOTICE), notice_list('pre-notice-list', Phase.PRE),
               asks=PERIOD_AND_CONTACT, apart=apart(Phase.PRE), records=period_of_notice(Stage.PRE_NOTICE),
               undone=rejected_at(Stage.PRE_NOTICE)),
        Report('fee-notice', '缴费通知书', '网上支付',
               (_P.APPLICANT, _P.EMPLOYER), unless(lambda order: order.state == OrderState.VOID, '缴费单已作废'),
               fee_notice, subject=ORDER_SUBJECT),
        Report('ballot-sheet', '表决票汇总', '专家评审',
               (_P.OFFICE,), unless(lambda meeting: meeting.state != MeetingState.CLOSED, '会议结束后可打印'),
               meeting_papers('ballot-sheet'), subject=MEETING_SUBJECT, worded=False),
        Report('session-minutes', '评审会议纪要', '专家评审',
               (_P.OFFICE,), unless(lambda meeting: meeting.state != MeetingState.CLOSED, '会议结束后可打印'),
               meeting_papers('session-minutes'), subject=MEETING_SUBJECT),
        Report('post-notice-list', '年度评审通过人员公示名单', '单位评后公示',
               (_P.EMPLOYER,), during(Stage.POST_NOTICE), notice_list('post-notice-list', Phase.POST),
               asks=PERIOD_AND_CONTACT, apart=apart(Phase.POST), records=period_of_notice(Stage.POST_NOTICE),
               undone=rejected_at(Stage.POST_NOTICE)),
        Report('post-notice-report', '广东省专业技术人员申报职称评后公示情况表', '单位评后公示',
               (_P.EMPLOYER,), since(Stage.POST_NOTICE), notice_report('post-notice-report', Phase.POST),
               begun=begun_at(Stage.POST_NOTICE)),
        Report('approval-document', '职称评审批件', '生成批件',
               (_P.OFFICE, _P.BUREAU), always, approval_document, subject=DOCUMENT_SUBJECT, official=True),
        Report('certificate', '职称证书', '制证',
               (_P.APPLICANT, _P.BUREAU), always, certificate, subject=CERTIFICATE_SUBJECT),
    )
}  # fmt: skip


WORDINGS: Mapping[str, str] = {report.code: report.title for report in REPORTS.values() if report.worded}
"""Titles of the papers with a text in 文本设置, by code."""


def refusal(report: Report, subject: Any, account: Account) -> Refusal | None:
    """Return why the account cannot print a paper of a subject, or None. The caller has checked that it sees it."""
    if not any(access.speaks_for(party, account, subject, now().date()) for party in report.printed_by):
        return Refusal('not_yours', f'《{report.title}》由{"、".join(report.printed_by)}打印')
    closed = report.opens(subject)
    return Refusal('not_open', closed) if closed else None


@dataclass(frozen=True, slots=True)
class Offer:
    """Line of 报表列表: a paper, its subject (None before it exists) and its state."""

    report: Report
    subject: Any
    refusal: Refusal | None
    draft: bool
    printed_at: datetime | None

    @property
    def state(self) -> str:
        """打印状态 in the manual's words (手册 §6.1.1.1)."""
        if self.printed_at:
            return '已打印'
        return '未打印（未开放）' if self.refusal or self.draft else '未打印（已开放打印）'


def list_offers(session: Session, application: Application, account: Account) -> list[Offer]:
    """List the papers of a declaration that the account prints now or later, with refusal and last printing."""
    offers = []
    for report in REPORTS.values():
        if report.asks or not report.concerns(application):
            continue
        subject = report.subject.reached(session, [application]).get(application.id)
        if subject is None and not _would_print(report, account, application):
            continue
        offer = offer_of(session, report, subject, account)
        if offer.refusal is None or offer.refusal.code != 'not_yours':
            offers.append(offer)
    return offers


def _would_print(report: Report, account: Account, application: Application) -> bool:
    """Return true if the account will print the paper once its subject exists."""
    party = access.party_of(account, application, now().date())
    return report.subject in REACHED and party in report.printed_by


def refuse_missing_subject(report: Report) -> Refusal:
    """Return the refusal of a paper whose subject does not exist yet."""
    return Refusal('not_open', f'未开放，尚无{report.subject.label}')


def offer_of(session: Session, report: Report, subject: Any, account: Account) -> Offer:
    """Return the line of 报表列表 for a paper and one subject, which may be None."""
    if subject is None:
        return Offer(report, None, refuse_missing_subject(report), False, None)
    why = refusal(report, subject, account)
    return Offer(
        report, subject, why, not why and report.draft(session, subject), last_printed(session, report, subject)
    )


def last_printed(session: Session, report: Report, subject: Any) -> datetime | None:
    """Return the moment when a paper of a subject was last printed, or None."""
    of = report.subject
    return session.scalar(
        select(func.max(Printing.at)).where(
            Printing.kind == of.model.__tablename__,
            Printing.number == of.number(subject),
            Printing.report == report.code,
        )
    )


def asked_of(session: Session, report: Report, applications: Sequence[Application]) -> Sequence[Field]:
    """Return the fields to fill in before printing; their help names the longest notice period of the declarations."""
    numbers = dict(SHIPPED)
    if report.asks and applications:
        numbers[StatutoryNumber.NOTICE_DAYS] = notices.longest_days(session, applications)
    return [field.under(numbers) for field in report.asks]


def proposed(session: Session, report: Report, applications: Sequence[Application], on: date) -> dict[str, object]:
    """Return proposed answers to ``asks``: the period and the employer's contacts; {} for other questions.

    The period is the stored one if all declarations share one, else the shortest one that begins on the day ``on``.
    """
    names, employer = {field.name for field in report.asks}, applications[0].employer
    if 'starts_on' not in names or employer is None:
        return {}
    phase = overview.PHASES.get(Stage(applications[0].stage))
    period = notices.shared(applications, phase) if phase else None
    period = period or Period(
        on, workdays.last_notice_day(on, workdays.overrides(session), notices.longest_days(session, applications))
    )
    return {
        **period._asdict(),
        'contact': employer.contact,
        'phone': employer.phone,
        'postcode': employer.postcode,
    }
