"""What each paper says: plain values out of its subjects. A template reads nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models.application import Application, Result, Stage
from models.approval import ApprovalDocument, ApprovalItem, Certificate
from models.base import now
from models.catalogue import Track
from models.declaration import Basic, ContinuingEducation, Education, Present, SelfEvaluation, Target
from models.material import Accepts
from models.notice import Phase
from models.payment import FeeOrder, OrderState
from models.review import ReviewSession, SessionItem
from models.section import SECTIONS
from models.terms import EDUCATION_KINDS, LEVELS
from pdf_templates import amounts, sections
from pdf_templates.engine import renderer
from rules import access, approval, ballots, declaration, fees, notices, overview, wordings, workdays
from rules.flow import rounds, workflow
from rules.refusal import Invalid, Refusal, Refused

Context = Mapping[str, object]
Given = Mapping[str, Any]
Make = Callable[[Session, Sequence[Any], Given], Context]


def applied(application: Application) -> dict[str, Any]:
    """Who applies for what: the head of every paper of one declaration."""
    basic, employer = Basic.of(application), application.employer
    return {
        'name': basic.name or '',
        'sex': basic.sex or '',
        'id_type': basic.id_type or '',
        'id_number': basic.id_number or '',
        'phone': basic.phone or '',
        'employer': employer.name if employer else '',
        'employer_code': employer.code if employer else '',
        'committee': application.committee.name if application.committee else '',
        'series': application.series,
        'level': application.level,
        'title': application.title,
        'speciality': application.speciality,
        'track': Track(application.track).label,
        'year': application.year or now().year,
        'serial': application.serial,
    }


def worded(session: Session, code: str, values: Given) -> list[str]:
    """The paragraphs of a paper's own text with its names filled in. Raises Refused where there is none."""
    body = wordings.in_force(session, code)
    if not body:
        raise Refused(Refusal('no_wording', f'尚未设置报表 {code} 的文本，请联系平台管理员在「文本设置」中新增'))
    return wordings.filled(body, values)


def _named(head: Given) -> dict[str, object]:
    """The head of a declaration by the names that a text may hold."""
    return {
        '申报人': head['name'], '姓名': head['name'], '单位': head['employer'], '评委会': head['committee'],
        '年度': head['year'], '系列': head['series'], '级别': head['level'], '资格名称': head['title'],
        '专业': head['speciality'],
    }  # fmt: skip


def _named_together(applications: Sequence[Application]) -> dict[str, object]:
    """The heads of several declarations by the same names, each with all the values that occur."""
    heads = [_named(applied(each)) for each in applications]
    occurring = {name: dict.fromkeys(str(head[name]) for head in heads if head[name] != '') for name in heads[0]}
    return {name: '、'.join(values) for name, values in occurring.items()}


def commitment(code: str) -> Make:
    """承诺书 of the declarant or of the employer."""

    def context(session: Session, applications: Sequence[Application], _given: Given) -> Context:
        head = applied(applications[0])
        return {**head, 'clauses': worded(session, code, _named(head))}

    return context


def exceptional(session: Session, applications: Sequence[Application], _given: Given) -> Context:
    """破格申报推荐表."""
    application = applications[0]
    head, target, evaluation = applied(application), Target.of(application), SelfEvaluation.of(application)
    present, schooling = Present.of(application), _schooling(application)
    return {
        **head,
        'photo': photo_of(application),
        'kind': target.exceptional_kind or '',
        'born': _month(Basic.of(application).born_on),
        'schooling': schooling,
        'present_title': present.present_title or '无',
        'obtained': _month(present.obtained_on),
        'subject': present.subject or '',
        'years': '' if present.years is None else f'{present.years}年',
        'ability': evaluation.ability or '',
        'achievement': evaluation.achievement or '',
        'works': [
            f'{section.about.label}：{each.name}'
            for section in SECTIONS
            if section.about.achievement
            for each in declaration.rows_of(application, section)
            if each.representative
        ],
        'notes': worded(session, 'exceptional', _named(head)),
    }


# --- the registration form -------------------------------------------------------------------------------------


def registration(session: Session, applications: Sequence[Application], _given: Given) -> Context:
    """情况登记表: every section of the declaration, and what was found and decided so far."""
    application = applications[0]
    return {
        **applied(application),
        'photo': photo_of(application),
        'sections': [
            sections.plain(section, declaration.rows_of(application, section))
            for section in SECTIONS
            if section.applies(application)
        ],
        'hours': _hours(application),
        'employer_opinion': _employer_opinion(application),
        'pre_notice': noticed(session, application, Phase.PRE),
        'post_notice': noticed(session, application, Phase.POST),
        'review': _review(session, application),
        'approval': _approval(application),
    }


def photo_of(application: Application) -> str:
    """The SHA-256 of the photo that was handed in; empty without one."""
    found = [each.file.sha256 for each in application.attachments if each.material.accepts == Accepts.PHOTO]
    return found[-1] if found else ''


def _hours(application: Application) -> list[dict[str, str]]:
    """Class hours by year and kind of subject, with the year's total."""
    totals: dict[int, dict[str, int]] = {}
    for row in ContinuingEducation.of(application):
        if row.year and row.subject_kind:
            of_year = totals.setdefault(row.year, dict.fromkeys(EDUCATION_KINDS, 0))
            of_year[row.subject_kind] = of_year.get(row.subject_kind, 0) + (row.hours or 0)
    return [
        {'year': str(year), **{kind: str(hours) for kind, hours in kinds.items()}, 'total': str(sum(kinds.values()))}
        for year, kinds in sorted(totals.items())
    ]


def _employer_opinion(application: Application) -> dict[str, Any]:
    """What the employer answered when it checked the declaration as it stands (手册 §3.2), question by question."""
    step = rounds.newest(application, Stage.EMPLOYER_REVIEW, 'approve')
    asked = workflow.TRANSITIONS[Stage.EMPLOYER_REVIEW, 'approve'].asks
    data = step.data if step else {}
    return {
        'texts': [(field.label, said(data[field.name])) for field in asked if data.get(field.name) not in (None, '')],
        'opinion': step.opinion if step else '',
        'on': step.at.date() if step else None,
        'by': step.actor_name if step else '',
    }


def said(value: Any) -> str:
    """An answer as a step keeps it: a text, yes or no, or rows of values."""
    if isinstance(value, bool):
        return '是' if value else '否'
    if isinstance(value, list):
        return '\n'.join('：'.join(map(str, row.values())) if isinstance(row, Mapping) else str(row) for row in value)
    return str(value)


def noticed(session: Session, application: Application, phase: Phase) -> dict[str, Any] | None:
    """Period and wording of a notice, once there is one."""
    notice = notices.notice_of(application, phase)
    if notice is None:
        return None
    return _published(session, notice.starts_on, notice.ends_on, notice.opinion)


def _published(session: Session, starts_on: date, ends_on: date, opinion: str) -> dict[str, Any]:
    return {
        'starts_on': starts_on,
        'ends_on': ends_on,
        'working_days': workdays.count_workdays(starts_on, ends_on, workdays.overrides(session)),
        'opinion': opinion,
    }


def _review(session: Session, application: Application) -> dict[str, Any] | None:
    """The committee's vote, once the office has released it."""
    step = rounds.newest(application, Stage.EXPERT_REVIEW, 'pass', 'reject')
    if step is None or application.stage in access.HIDDEN_UNTIL_RELEASED:
        return None
    held = session.scalars(
        select(ReviewSession)
        .join(SessionItem)
        .where(SessionItem.application_id == application.id)
        .order_by(ReviewSession.id.desc())
    ).first()
    data = step.data
    return {
        'session': data.get('session', ''),
        'held_on': held.held_on if held else step.at.date(),
        'members': str(len(held.seats)) if held else '',
        **{name: str(data.get(name, '')) for name in ('present', 'for', 'against', 'abstain')},
        'result': '通过' if step.action == 'pass' else '不通过',
    }


def _approval(application: Application) -> dict[str, Any] | None:
    step, item = rounds.newest(application, Stage.APPROVAL, 'approve'), application.approval_item
    if step is None or item is None:
        return None
    certificate = application.certificate
    return {
        'number': item.document.number,
        'opinion': step.opinion,
        'on': step.at.date(),
        'certificate': certificate.number if certificate else '',
        'result': Result(application.result).label if application.result else '',
    }


# --- notices ---------------------------------------------------------------------------------------------------


def apart(phase: Phase) -> Callable[[Sequence[Application]], Refusal | None]:
    """Why declarations cannot stand on one list: it names one year and, of what was reviewed, one committee."""

    def refusal(applications: Sequence[Application]) -> Refusal | None:
        years = sorted({str(each.year) for each in applications})
        committees = dict.fromkeys(str(each.committee or '') for each in applications)
        if len(years) > 1:
            return Refusal('two_years', f'所选人员分属 {"、".join(years)} 年度，请按年度分别打印')
        if phase == Phase.POST and len(committees) > 1:
            named = '、'.join(f'「{each}」' for each in committees)
            return Refusal('two_committees', f'所选人员分别由{named}评审，请返回列表，按评委会筛选后分别打印')
        return None

    return refusal


def notice_list(code: str, phase: Phase) -> Make:
    """公示名单 put up at the employer."""

    def context(session: Session, applications: Sequence[Application], given: Given) -> Context:
        overruled = workdays.overrides(session)
        starts_on, ends_on = given['starts_on'], given['ends_on']
        last = notices.last_ready(applications, phase)
        early = notices.backdated(last, notices.notice_of(last, phase), starts_on)
        short = notices.period_problem(starts_on, ends_on, overruled)
        if early or short:
            raise Invalid(({'starts_on': f'{last}：{early}'} if early else {}) | ({'ends_on': short} if short else {}))
        head, employer = applied(applications[0]), applications[0].employer
        working_days = workdays.count_workdays(starts_on, ends_on, overruled)
        period = {'公示开始': renderer.day(starts_on), '公示结束': renderer.day(ends_on), '工作日': working_days}
        return {
            'year': head['year'],
            'employer': head['employer'],
            'preface': worded(session, code, {**_named_together(applications), **period, '人数': len(applications)}),
            'rows': [_listed(application) for application in applications],
            'contact': given['contact'],
            'phone': given['phone'],
            'postcode': given['postcode'],
            'address': employer.address if employer else '',
        }

    return context


def notice_report(code: str, phase: Phase) -> Make:
    """公示情况表 of one declaration; it is signed and handed in before the result is recorded (手册 §3.2.10–11)."""

    def context(session: Session, applications: Sequence[Application], given: Given) -> Context:
        application = applications[0]
        head, under_way = applied(application), overview.PHASES.get(Stage(application.stage)) == phase
        entered = _entered(session, application, phase, given) if under_way else None
        return {
            **head,
            'present_title': Present.of(application).present_title or '无',
            'phase': phase.label,
            'notice': entered or noticed(session, application, phase),
            'published': worded(session, code, _named(head)),
        }

    return context


def _entered(session: Session, application: Application, phase: Phase, begun: Given) -> dict[str, Any]:
    """A result that is not recorded yet: the period as it was typed, else as the list was printed, and its wording."""
    starts_on, ends_on = begun.get('starts_on'), begun.get('ends_on')
    if not (starts_on and ends_on and starts_on <= ends_on):
        kept = notices.notice_of(application, phase)
        starts_on, ends_on = (kept.starts_on, kept.ends_on) if kept else (None, None)
    if starts_on is None or ends_on is None:
        return {'starts_on': None, 'opinion': begun.get('opinion', '')}
    worded = notices.wording(application, starts_on, ends_on, phase)
    return _published(session, starts_on, ends_on, begun.get('opinion', worded))


def _listed(application: Application) -> dict[str, str]:
    basic = Basic.of(application)
    return {
        'name': application.applicant_name,
        'sex': basic.sex or '',
        'birth': _month(basic.born_on),
        'education': _schooling(application),
        'present_title': Present.of(application).present_title or '无',
        'series': application.series,
        'level': application.level,
        'title': application.title,
        'speciality': application.speciality,
        'track': Track(application.track).label,
    }


def _month(day: date | None) -> str:
    return f'{day:%Y年%m月}' if day else ''


def _schooling(application: Application) -> str:
    """The schooling that the declaration rests on, else the last one."""
    held = Education.of(application)
    found = [row.schooling for row in held if row.used_here] or [row.schooling for row in held]
    return found[-1] or '' if found else ''


# --- orders, sessions, documents, certificates -----------------------------------------------------------------


def fee_notice(session: Session, orders: Sequence[FeeOrder], _given: Given) -> Context:
    """缴费通知书 of one declaration, or of several paid together."""
    order = orders[0]
    due = fees.due_on(session, order)
    warning = fees.warning(order, due, now().date())
    named = {'缴款人': order.payer, '金额': f'{order.total_fen / 100:,.2f}'}
    return {
        'number': order.number,
        'host': order.committee.host_name,
        'host_code': order.committee.host_code,
        'payer': order.payer,
        'phone': order.phone,
        'state': OrderState(order.state).label,
        'created_on': order.created_at.date(),
        'due_on': due,
        'standards': _standards(order),
        'rows': [
            {
                'serial': item.application.serial,
                'name': item.application.applicant_name,
                'applied': f'{item.application.title}（{item.application.speciality}）',
                'level': item.application.level,
                'amount': f'{item.amount_fen / 100:,.2f}',
            }
            for item in sorted(order.items, key=lambda each: each.id)
        ],
        'total': f'{order.total_fen / 100:,.2f}',
        'capitals': amounts.capitals(order.total_fen),
        'notes': [*([warning] if warning else []), *worded(session, 'fee-notice', named)],
    }


def _standards(order: FeeOrder) -> list[dict[str, str]]:
    """What the order asks for by level: standard × number = amount."""
    counted = Counter((item.application.level, item.amount_fen) for item in order.items)
    ranks = {level: rank for rank, level in enumerate(LEVELS)}
    return [
        {
            'committee': order.committee.name,
            'level': level,
            'standard': f'{fen / 100:,.2f}',
            'number': str(number),
            'amount': f'{fen * number / 100:,.2f}',
        }
        for (level, fen), number in sorted(
            counted.items(), key=lambda each: (ranks.get(each[0][0], -1), each[0][1]), reverse=True
        )
    ]


def session_papers(code: str) -> Make:
    """What is kept of a session: the votes counted (表决票汇总), or what was done (会议纪要)."""

    def context(session: Session, meetings: Sequence[ReviewSession], _given: Given) -> Context:
        meeting = meetings[0]
        came, needed = ballots.quorum(meeting)
        items = [_counted(item) for item in sorted(meeting.items, key=lambda each: each.id)]
        passed = sum(item['result'] == '通过' for item in items)
        names = {'评委会': meeting.committee.name, '会议': meeting.name, '人数': len(items), '通过人数': passed}
        return {
            'committee': meeting.committee.name,
            'office': meeting.committee.office_name,
            'meeting': meeting.name,
            'held_on': meeting.held_on,
            'place': meeting.place,
            'called': len(meeting.seats),
            'came': came,
            'needed': needed,
            'seats': [
                {
                    'name': seat.expert.name,
                    'employer': str(seat.expert.employer or ''),
                    'role': '主任委员' if seat.chair else '委员',
                    'present': '到会' if seat.present else '缺席',
                    'sign': '',
                }
                for seat in sorted(meeting.seats, key=lambda each: (not each.chair, each.id))
            ],
            'items': items,
            'passed': passed,
            'failed': len(items) - passed,
            'text': worded(session, code, names) if code == 'session-minutes' else [],
        }

    return context


def _counted(item: SessionItem) -> dict[str, Any]:
    application, tally = item.application, ballots.tally(item)
    recused = [seat.expert.name for seat in ballots.withdrawn(item)]
    return {
        'serial': application.serial,
        'name': application.applicant_name,
        'employer': str(application.employer or ''),
        'applied': f'{application.title}（{application.speciality}）',
        'present': str(tally.present),
        'for': str(tally.in_favour),
        'against': str(tally.against),
        'abstain': str(tally.abstained),
        'result': '通过' if tally.passed else '不通过',
        'recused': '、'.join(recused) or '无',
        'comments': sorted({ballot.comment.rstrip('。') for ballot in item.ballots if ballot.comment}),
    }


def approval_document(session: Session, documents: Sequence[ApprovalDocument], _given: Given) -> Context:
    """批件 with its annex by series and level."""
    document = documents[0]
    listed = session.scalars(
        select(Application)
        .join(ApprovalItem, ApprovalItem.application_id == Application.id)
        .where(ApprovalItem.document_id == document.id)
        .options(joinedload(Application.employer))
        .order_by(Application.id)
    ).all()
    passed = approval.passed_on(session, listed)
    groups: dict[tuple[str, int], list[dict[str, str]]] = {}
    for application in listed:
        key = (application.series, -LEVELS.index(application.level))
        groups.setdefault(key, []).append(
            {
                'name': application.applicant_name,
                'employer': str(application.employer or ''),
                'title': application.title,
                'speciality': application.speciality,
                'passed_on': f'{passed[application.id]:%Y-%m-%d}' if application.id in passed else '',
            }
        )
    names = {'评委会': document.committee.name, '年度': document.year, '人数': len(listed)}
    return {
        'number': document.number,
        'title': document.title,
        'year': document.year,
        'committee': document.committee.name,
        'office': document.committee.office_name,
        'submitted_on': document.submitted_at.date(),
        'count': len(listed),
        'text': worded(session, 'approval-document', names),
        'groups': [
            {'series': series, 'level': LEVELS[-level], 'rows': groups[series, level]}
            for series, level in sorted(groups)
        ],
    }


def certificate(session: Session, certificates: Sequence[Certificate], _given: Given) -> Context:
    """职称证书; it says what the certificate itself keeps."""
    kept = certificates[0]
    basic = Basic.of(kept.application)
    item = kept.application.approval_item
    return {
        'number': kept.number,
        'photo': photo_of(kept.application),
        'name': kept.holder,
        'sex': basic.sex or '',
        'id_number': basic.id_number or '',
        'series': kept.series,
        'level': kept.level,
        'title': kept.title,
        'speciality': kept.speciality,
        'obtained_by': '评审',
        'passed_on': kept.passed_on,
        'issued_on': kept.issued_on,
        'committee': item.document.committee.name if item else '',
        'document': item.document.number if item else '',
        'text': worded(session, 'certificate', {'姓名': kept.holder, '资格名称': kept.title}),
    }
