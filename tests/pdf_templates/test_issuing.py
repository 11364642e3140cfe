"""Issued papers: sealed, printed again as they were, verified; and no code that can be guessed or made up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from models.account import Account
from models.application import Application, Stage
from models.base import LOCAL_ZONE, at, now
from models.declaration import Basic
from models.issued_paper import IssuedPaper, Printing
from models.notice import Notice, Phase
from models.wording import Wording
from pdf_templates import issuing, verifying
from pdf_templates.issuing import Press
from pdf_templates.reports import REPORTS
from pdf_templates.verifying import Standing
from rules import notices, workdays
from rules.flow.doing import perform
from rules.refusal import Refused
from tests.helpers.declarations import signed
from tests.helpers.papers import pages
from tests.helpers.types import Find, Who

REGISTRATION = REPORTS['registration']


@pytest.fixture
def issue(session: Session, press: Press) -> Callable[..., IssuedPaper]:
    """Print a report of a declaration and keep it."""

    def make(application: Application, code: str = 'registration') -> IssuedPaper:
        ready = issuing.prepared(session, REPORTS[code], [application], {})
        paper = issuing.keep_issued_paper(session, ready, None, press)
        assert paper is not None
        return paper

    return make


def test_a_paper_prints_again_as_it_was(
    session: Session, application: Find, issue: Callable[..., IssuedPaper], press: Press
) -> None:
    found = application(Stage.POST_NOTICE)
    ready = issuing.prepared(session, REGISTRATION, [found], {})
    first = issuing.rendered([(ready, '')], press)
    paper = issue(found)
    Basic.of(found).name = '改名'
    with at(now() + timedelta(400)):
        assert issuing.reprinted(paper, press) == first
        changed = issuing.prepared(session, REGISTRATION, [found], {})
        assert issuing.rendered([(changed, '')], press) != first


def test_a_paper_whose_photo_is_gone_is_not_printed_again_without_it(
    application: Find, issue: Callable[..., IssuedPaper], press: Press, tmp_path: Path
) -> None:
    paper = issue(application(Stage.POST_NOTICE))
    with pytest.raises(Refused, match='照片'):
        issuing.reprinted(paper, replace(press, uploads=tmp_path))


def test_wording_is_pinned_by_the_paper(
    session: Session, application: Find, issue: Callable[..., IssuedPaper], press: Press
) -> None:
    found = application(Stage.POST_NOTICE)
    paper = issue(found, 'commitment-employer')
    before = issuing.reprinted(paper, press)
    session.add(Wording(code='commitment-employer', version=2, body='全新的承诺。\n申报人{申报人}已知悉。'))
    session.flush()
    assert issuing.reprinted(paper, press) == before
    text = ''.join(pages(issuing.reprinted(issue(found, 'commitment-employer'), press)))
    assert f'申报人{found.applicant_name}已知悉。' in text


def test_the_same_data_on_the_same_day_is_the_same_paper(
    session: Session, application: Find, issue: Callable[..., IssuedPaper], press: Press
) -> None:
    found = application(Stage.POST_NOTICE)
    first, again = issue(found), issue(found)
    assert first is again
    assert session.scalar(select(func.count()).select_from(Printing).where(Printing.paper_id == first.id)) == 2
    with at(now() + timedelta(1)):
        tomorrow = issue(found)
    assert tomorrow.code != first.code
    assert verifying.verified(session, first.code, press).standing is Standing.CURRENT


def test_a_genuine_code_is_recognised_however_it_is_typed(
    session: Session, application: Find, issue: Callable[..., IssuedPaper], press: Press
) -> None:
    paper = issue(application(Stage.POST_NOTICE))
    for typed in (paper.code, paper.code.lower(), issuing.spelled(paper.code), f' {paper.code} '):
        assert verifying.verified(session, typed, press).standing is Standing.CURRENT


def test_a_change_makes_a_paper_superseded(
    session: Session,
    application: Find,
    account: Who,
    issue: Callable[..., IssuedPaper],
    press: Press,
) -> None:
    found = application(Stage.EMPLOYER_REVIEW, employer=1)
    paper = issue(found)
    perform(session, 'return', found, account('guanli1'), data={'opinion': '请改'})
    assert verifying.verified(session, paper.code, press).standing is Standing.SUPERSEDED
    perform(session, 'submit', found, found.applicant)
    verdict = verifying.verified(session, paper.code, press)
    assert '现为第 2 次' in verdict.sentence
    newer = issue(found)
    assert verifying.verified(session, newer.code, press).standing is Standing.CURRENT


def test_a_newer_print_with_other_content_supersedes(
    session: Session,
    application: Find,
    account: Who,
    issue: Callable[..., IssuedPaper],
    press: Press,
) -> None:
    found = application(Stage.NOTICE_LAUNCH, committee=1)
    paper = issue(found)
    perform(session, 'approve', found, account('bangong1'))  # releases the result
    assert verifying.verified(session, paper.code, press).standing is Standing.CURRENT
    newer = issue(found)
    assert verifying.verified(session, paper.code, press).standing is Standing.SUPERSEDED
    assert verifying.verified(session, newer.code, press).standing is Standing.CURRENT


def returned(session: Session, declared: Application, by: Account) -> None:
    """Send a declaration back."""
    perform(session, 'return', declared, by, data={'opinion': '请改'})


def rejected(session: Session, declared: Application, by: Account) -> None:
    """Turn a declaration down: an objection was found true."""
    signed(session, declared, by)
    session.expire(declared)
    kept = notices.notice_of(declared, Phase.PRE)
    assert kept is not None
    data = {'starts_on': kept.starts_on, 'ends_on': kept.ends_on, 'opinion': '查实举报'}
    perform(session, 'reject', declared, by, data=data)


def submitted_anew(session: Session, declared: Application, by: Account) -> None:
    """Send a declaration back and have it submitted unchanged."""
    returned(session, declared, by)
    perform(session, 'submit', declared, declared.applicant)


def passed(session: Session, declared: Application, by: Account) -> None:
    """Record that nobody objected."""
    signed(session, declared, by)
    session.expire(declared)
    kept = notices.notice_of(declared, Phase.PRE)
    assert kept is not None
    with at(datetime.combine(kept.ends_on, time(9), LOCAL_ZONE) + timedelta(1)):
        perform(session, 'approve', declared, by, data={'starts_on': kept.starts_on, 'ends_on': kept.ends_on})


@pytest.mark.parametrize(('number', 'count'), [(0, 1), (0, 2), (1, 2)])
@pytest.mark.parametrize(('act', 'gone'), [(returned, True), (submitted_anew, True), (rejected, True), (passed, False)])
def test_a_list_is_superseded_by_what_becomes_of_anyone_on_it(
    session: Session,
    account: Who,
    press: Press,
    act: Callable[[Session, Application, Account], None],
    gone: bool,
    number: int,
    count: int,
) -> None:
    by, today = account('guanli1'), now().date()
    waiting = select(Application).where(Application.stage == Stage.PRE_NOTICE, Application.employer_id == 1)
    listed = list(session.scalars(waiting.order_by(Application.id).limit(count)))
    given = {
        'starts_on': today,
        'ends_on': workdays.last_notice_day(today, {}),
        'contact': '王芳',
        'phone': '0755-23456789',
        'postcode': '518057',
    }
    ready = issuing.prepared(session, REPORTS['pre-notice-list'], listed, given)
    paper = issuing.keep_issued_paper(session, ready, by, press)
    assert paper is not None
    act(session, listed[number], by)
    verdict = verifying.verified(session, paper.code, press)
    assert verdict.standing is (Standing.SUPERSEDED if gone else Standing.CURRENT)
    if gone and count > 1:
        said = '此报表所列 2 人中有 1 人的申报已退回、修改或登记为不通过，内容与平台记录不再一致。'
        assert verdict.sentence == said


def test_a_list_keeps_its_period_when_it_is_issued_and_not_before(
    session: Session, account: Callable[[str], Account], press: Press
) -> None:
    by, today = account('guanli1'), now().date()
    waiting = select(Application).where(Application.stage == Stage.PRE_NOTICE, Application.employer_id == 1)
    listed = list(session.scalars(waiting.order_by(Application.id).limit(2)))
    session.execute(delete(Notice))
    session.expire_all()
    period = (today, workdays.last_notice_day(today, {}))
    given = {
        'starts_on': period[0],
        'ends_on': period[1],
        'contact': '王芳',
        'phone': '0755-23456789',
        'postcode': '518057',
    }
    ready = issuing.prepared(session, REPORTS['pre-notice-list'], listed, given)
    assert session.scalars(select(Notice)).all() == []
    issuing.keep_issued_paper(session, ready, by, press)
    kept = [notices.notice_of(each, Phase.PRE) for each in listed]
    assert [(each.starts_on, each.ends_on) for each in kept if each] == [period, period]
    assert len(session.scalars(select(Notice)).all()) == 2


def test_a_paper_of_a_removed_draft_is_superseded(
    session: Session, application: Find, issue: Callable[..., IssuedPaper], press: Press
) -> None:
    """Its number is never given out again, so that no other declaration takes the paper over."""
    found = application(Stage.CORRECTION)
    paper = issue(found, 'commitment-personal')
    session.execute(Printing.__table__.update().values(number='0039999010100000000'))
    session.expire_all()
    assert '删除' in verifying.verified(session, paper.code, press).sentence


@pytest.mark.parametrize('code', ['', 'A', 'AAAAAAAAAAAAAAAA', '验证码', '%', "' OR 1=1 --", 'A' * 5000])
def test_what_was_never_issued_is_forged(session: Session, press: Press, code: str) -> None:
    assert verifying.verified(session, code, press).standing is Standing.FORGED


def test_a_record_that_was_tampered_with_proves_nothing(
    session: Session, application: Find, issue: Callable[..., IssuedPaper], press: Press
) -> None:
    paper = issue(application(Stage.POST_NOTICE))
    paper.context = {**paper.context, 'name': '李鬼'}
    assert verifying.verified(session, paper.code, press).standing is Standing.FORGED


def test_a_code_needs_the_key(
    session: Session, application: Find, issue: Callable[..., IssuedPaper], press: Press
) -> None:
    paper = issue(application(Stage.POST_NOTICE))
    other = replace(press, secret='guessed')
    assert other.sealed(paper.digest, paper.revision, paper.printed_on) != paper.code
    assert verifying.verified(session, paper.code, other).standing is Standing.FORGED


def test_a_draft_is_never_issued(session: Session, application: Find, press: Press) -> None:
    ready = issuing.prepared(session, REGISTRATION, [application(Stage.CORRECTION)], {})
    assert ready.draft
    assert issuing.keep_issued_paper(session, ready, None, press) is None
    assert session.scalar(select(func.count()).select_from(IssuedPaper)) == 0
    text = ''.join(pages(issuing.rendered([(ready, '')], press)))
    assert '草稿' in text
    assert '验证码' not in text


def test_a_merged_document_holds_every_paper_under_its_name(session: Session, application: Find, press: Press) -> None:
    import io

    import pypdf

    found = [application(Stage.POST_NOTICE), application(Stage.CORRECTION), application(Stage.CLOSED)]
    ready = [issuing.prepared(session, REGISTRATION, [each], {}) for each in found]
    content = issuing.rendered(
        [(each, f'{row.applicant_name} {row.serial}') for each, row in zip(ready, found, strict=True)], press
    )
    reader = pypdf.PdfReader(io.BytesIO(content))
    tops = [each for each in reader.outline if not isinstance(each, list)]
    assert [top.title for top in tops] == [f'{row.applicant_name} {row.serial}' for row in found]
    starts = [reader.get_destination_page_number(top) for top in tops]
    texts = pages(content)
    for start, stop, row, each in zip(starts, [*starts[1:], len(texts)], found, ready, strict=True):
        for number, text in enumerate(texts[start:stop], 1):
            assert f'第{number}页共{stop - start}页' in text
            assert ('草稿' in text) == each.draft
            assert (row.serial in text) or each.draft
