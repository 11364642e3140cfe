"""Public pages that check the code of a printed paper; no sign-in is needed."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from admin_views.framework import printing
from models import db
from models.application import Application
from models.payment import FeeOrder
from pdf_templates import issuing, verifying
from rules import access, validators

verify_pages = Blueprint('verify', __name__, url_prefix='/verify')

MOST_VERIFICATIONS, WITHIN = 30, 60.0
"""Number of codes that one IP address may verify, and the period in seconds."""
REMEMBERED = 10_000
"""IP addresses whose requests are counted; the address of the oldest request is removed first."""

_asked: OrderedDict[str, deque[float]] = OrderedDict()


def _too_often(address: str) -> bool:
    """Count a request of an IP address; return True if it exceeds the limit.

    Each process counts for itself: the limit protects from load, not from guessing.
    """
    moment, asked = time.monotonic(), _asked.setdefault(address, deque(maxlen=MOST_VERIFICATIONS))
    _asked.move_to_end(address)
    while len(_asked) > REMEMBERED:
        _asked.popitem(last=False)
    while asked and asked[0] < moment - WITHIN:
        asked.popleft()
    if len(asked) >= MOST_VERIFICATIONS:
        return True
    asked.append(moment)
    return False


@verify_pages.get('/')
def index() -> Any:
    """Show the form for a code, or redirect to the result if the code is given."""
    code = request.args.get('code', '').strip()[:40]
    if code:
        return redirect(url_for('verify.paper', code=code))
    return render_template('verify.html', verdict=None, code='')


@verify_pages.get('/<code>')
def paper(code: str) -> Response:
    """Show the result for the code of a printed paper; answer 429 to too many requests."""
    if _too_often(request.remote_addr or ''):
        page = render_template('verify.html', verdict=None, code='', problem='查询过于频繁，请一分钟后再试。')
        answer = make_response(page, 429)
        answer.headers['Retry-After'] = str(int(WITHIN))
        return answer
    verdict = verifying.verified(db.session(), code[:40], printing.press())
    facts = _facts(verdict) if verdict.paper else []
    return make_response(render_template('verify.html', verdict=verdict, facts=facts, code=issuing.spelled(code[:40])))


def _facts(verdict: verifying.Verification) -> list[tuple[str, str]]:
    """Return the facts of a genuine paper that the public may know; names are masked."""
    paper, report = verdict.paper, verdict.report
    assert paper is not None
    assert report is not None
    facts = [('报表', report.title)]
    for subject in verdict.subjects[:1]:
        number = report.subject.number(subject)
        count = len(verdict.subjects)
        facts.append((report.subject.label, number + (f' 等 {count} 项' if count > 1 else '')))
        facts += _of(subject) if count == 1 else []
    if paper.revision:
        facts.append(('提交次数', f'第 {paper.revision} 次'))
    first = paper.printings[0].at if paper.printings else None
    return [*facts, ('打印时间', f'{first:%Y-%m-%d %H:%M}' if first else f'{paper.printed_on}')]


def _of(subject: Any) -> list[tuple[str, str]]:
    application = subject if isinstance(subject, Application) else getattr(subject, 'application', None)
    if isinstance(application, Application):
        return [
            ('申报人', validators.name_masked(application.applicant_name)),
            ('资格名称', f'{application.title}（{application.speciality}）'),
            ('当前环节', access.stage_seen(None, application).label),
        ]
    if isinstance(subject, FeeOrder):
        return [('缴款人', validators.name_masked(subject.payer))]
    return [('名称', getattr(subject, 'title', None) or str(subject))]
