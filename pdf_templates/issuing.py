"""Issuing of papers: gather the data, render it, compute the code, store the paper, print it again unchanged.

The data that a template reads is stored with every issued paper. The code of a paper is a keyed hash over that data,
the revision and the date of printing: equal data on the same day give the same paper, and nobody can guess or forge
a code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from models.account import Account
from models.application import Application
from models.base import now
from models.issued_paper import IssuedPaper, Printing
from models.transaction import discarding, savepoint
from models.wording import Wording
from pdf_templates import sections
from pdf_templates.engine import renderer
from pdf_templates.engine.mark import Mark
from pdf_templates.reports import REACHED, REPORTS, Report, proposed
from ports import storage
from rules import access, validators
from rules.refusal import Refusal, Refused

PHOTO_SIZE = (295, 413)
"""Pixels of the photo as printed: one inch (一寸) at 300 dpi."""


@dataclass(frozen=True, slots=True)
class Press:
    """Settings of this installation that printing needs.

    ``address`` is the URL of the verification page up to the code; ``render`` is ``renderer.render_all`` or the
    ``render`` of a process pool.
    """

    font_dir: Path
    uploads: Path
    secret: str
    address: str
    render: Callable[..., bytes] = renderer.render_all

    def sealed(self, digest: str, revision: int, printed_on: date) -> str:
        """Return the code of a paper: sixteen letters and digits of a keyed hash (HMAC-SHA256)."""
        key = hashlib.sha256(b'issued papers\0' + self.secret.encode()).digest()
        seal = hmac.new(key, f'{digest}|{revision}|{printed_on}'.encode(), hashlib.sha256).digest()
        return base64.b32encode(seal[:10]).decode()


@dataclass(frozen=True, slots=True)
class Ready:
    """A paper with its data gathered. A draft is never issued and carries no code."""

    report: Report
    subjects: Sequence[Any]
    given: Mapping[str, Any]
    context: Mapping[str, Any]
    revision: int
    printed_on: date
    draft: bool

    @property
    def digest(self) -> str:
        """SHA-256 of everything the paper says except the date of printing."""
        return digest_of(self.report.code, self.context)


def digest_of(report: str, context: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a paper's data."""
    canonical = json.dumps([report, context], ensure_ascii=False, sort_keys=True, separators=(',', ':'))
    return hashlib.sha256(canonical.encode()).hexdigest()


def prepared(
    session: Session, report: Report, subjects: Sequence[Any], given: Mapping[str, Any], by: Account | None = None
) -> Ready:
    """Gather the data of a paper that the account ``by`` prints. Raises Refused where a rule of it is not met."""
    mixed = report.apart(subjects)
    if mixed:
        raise Refused(mixed)
    known = {**report.begun(session, subjects[0], by), **given} if by else given
    said = {**report.context(session, subjects, known), **_revisions(report, subjects)}
    context = json.loads(json.dumps(said, ensure_ascii=False, default=_kept))
    draft = any(report.draft(session, subject) for subject in subjects)
    return Ready(report, subjects, given, context, revision_of(subjects[0]), now().date(), draft)


def _kept(value: object) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f'a paper keeps plain values, not {type(value).__name__}')


def revision_of(subject: Any) -> int:
    """Return the number of the submission that a paper belongs to; for a draft, of the next one."""
    if not isinstance(subject, Application):
        return 0
    return subject.revision + (subject.stage in access.OPEN_TO_APPLICANT)


def _revisions(report: Report, subjects: Sequence[Any]) -> Mapping[str, Any]:
    """Return the submission of each of several subjects; that of one is the revision of the paper."""
    if len(subjects) < 2:
        return {}
    return {'revisions': {report.subject.number(each): revision_of(each) for each in subjects}}


NAMES, NUMBERS = ('name', 'payer', 'contact', 'recused'), ('id_number', 'phone', 'photo')
"""Keys of personal values that a preview hides: names except their first character; numbers and photos entirely."""


def previewed(session: Session, report: Report, body: str, press: Press) -> bytes:
    """Render a paper with the text ``body`` from the newest real subject, its personal values hidden.

    Stores nothing. Raises Refused where no subject (declaration, order …) exists yet.
    """
    row = session.scalars(_example(report)).first()
    if row is None:
        raise Refused(Refusal('no_example', f'还没有可供预览的{report.subject.label}'))
    with discarding():
        version = session.scalar(select(func.max(Wording.version)).where(Wording.code == report.code)) or 0
        session.add(Wording(code=report.code, version=version + 1, body=body))
        session.flush()
        ready = prepared(session, report, [row], proposed(session, report, [row], now().date()) if report.asks else {})
    hidden = replace(ready, context=_hidden(ready.context), draft=True)
    return rendered([(hidden, '')], press)


def _example(report: Report) -> Select[Any]:
    model = report.subject.model
    query = select(model).order_by(model.id.desc())
    if model is Application:
        return query.where(Application.submitted_at.is_not(None))
    return query


def _hidden(context: Mapping[str, Any]) -> Any:
    """Return a paper's data with the names of persons masked and their numbers and photos removed."""
    named = {text: validators.name_masked(text) for text in _texts(context, NAMES)}
    named |= dict.fromkeys(_texts(context, NUMBERS), '')
    plain = json.dumps(context, ensure_ascii=False)
    for text in sorted(named, key=len, reverse=True):
        plain = plain.replace(json.dumps(text, ensure_ascii=False)[1:-1], named[text])
    return json.loads(plain)


def _texts(value: Any, names: Sequence[str], name: str = '') -> Iterator[str]:
    """Yield every non-empty text under one of these keys, at any depth."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _texts(each, names, key)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, names, name)
    elif isinstance(value, str) and value and name in names:
        yield value


def rendered(papers: Sequence[tuple[Ready, str]], press: Press) -> bytes:
    """Render papers of one report as one PDF with a bookmark for each. Raises Refused where rendering fails."""
    report = papers[0][0].report
    try:
        made = [_laid_out(ready, name, press) for ready, name in papers]
        return press.render(
            report.template,
            made,
            title=report.titled(papers[0][0].context),
            font_dir=press.font_dir,
            official=report.official,
        )
    except renderer.RenderError as error:
        raise Refused(Refusal('not_rendered', f'《{report.title}》未能生成：{error}')) from error


def _laid_out(ready: Ready, name: str, press: Press) -> renderer.Paper:
    number = ready.report.subject.number(ready.subjects[0])
    code = '' if ready.draft else press.sealed(ready.digest, ready.revision, ready.printed_on)
    return _paper(
        ready.report,
        ready.context,
        name,
        _numbered(ready.report, number, len(ready.subjects)),
        press,
        revision=ready.revision,
        printed_on=ready.printed_on,
        code=code,
        address=press.address,
    )


def _numbered(report: Report, number: str, count: int) -> str:
    return f'{report.subject.label} {number}' + (f' 等 {count} 项' if count > 1 else '')


def _paper(
    report: Report,
    context: Mapping[str, Any],
    name: str,
    numbered: str,
    press: Press,
    *,
    revision: int,
    printed_on: date,
    code: str,
    address: str,
) -> renderer.Paper:
    shown = {**context, 'printed_on': printed_on, 'draft': not code}
    if 'photo' in context:
        shown['photo'] = _photo(press.uploads, context['photo'])
    if 'sections' in context:
        shown['sections'] = [sections.laid_out(each) for each in context['sections']]
    times = f'第 {revision} 次提交　' if revision else ''
    lines = (numbered, f'{times}打印日期 {printed_on}')
    mark = Mark(lines, spelled(code), address + code) if code else None
    return renderer.Paper(name, shown, mark)


def spelled(code: str) -> str:
    """Return a code as papers print it, in groups of four: ABCD-EFGH-…."""
    return '-'.join(code[start : start + 4] for start in range(0, len(code), 4))


def _photo(uploads: Path, sha256: str) -> str:
    """Return the photo as a small JPEG in base64, or '' without one. Encoding it again drops its metadata."""
    path = storage.stored_path(uploads, sha256)
    if not sha256 or not path.exists():
        return ''
    with Image.open(path) as image:
        small = image.convert('RGB')
        small.thumbnail(PHOTO_SIZE)
        drawn = io.BytesIO()
        small.save(drawn, 'JPEG', quality=88)
    return base64.b64encode(drawn.getvalue()).decode()


def keep_issued_paper(session: Session, ready: Ready, account: Account | None, press: Press) -> IssuedPaper | None:
    """Store an issued paper, the records of its report, and who printed it; return None for a draft.

    The caller commits.
    """
    if ready.draft:
        return None
    ready.report.records(session, ready.subjects, ready.given)
    code = press.sealed(ready.digest, ready.revision, ready.printed_on)
    paper = _issued(session, ready, code, press.address)
    of = ready.report.subject
    moment = now()
    session.add_all(
        Printing(
            report=ready.report.code,
            kind=of.model.__tablename__,
            number=of.number(subject),
            at=moment,
            account_id=account.id if account else None,
            paper=paper,
        )
        for subject in ready.subjects
    )
    session.flush()
    return paper


def _issued(session: Session, ready: Ready, code: str, address: str) -> IssuedPaper:
    known = select(IssuedPaper).where(IssuedPaper.code == code)
    found = session.scalars(known).first()
    if found is not None:
        return found
    try:
        with savepoint(session):
            paper = IssuedPaper(
                code=code,
                report=ready.report.code,
                revision=ready.revision,
                printed_on=ready.printed_on,
                digest=ready.digest,
                address=address,
                context=dict(ready.context),
            )
            session.add(paper)
        return paper
    except IntegrityError:  # another request has stored the same paper at the same time
        return session.scalars(known).one()


def list_issued_papers(session: Session, application: Application, account: Account) -> list[IssuedPaper]:
    """List the issued papers of a declaration that the account may print, newest first."""
    today = now().date()
    found: list[IssuedPaper] = []
    for of in REACHED:
        subject = of.reached(session, [application]).get(application.id)
        if subject is None:
            continue
        own = (Printing.kind == of.model.__tablename__) & (Printing.number == of.number(subject))
        mine = [
            report.code
            for report in REPORTS.values()
            if any(access.speaks_for(party, account, subject, today) for party in report.printed_by)
        ]
        of_it = IssuedPaper.id.in_(select(Printing.paper_id).where(own))
        query = select(IssuedPaper).where(of_it, IssuedPaper.report.in_(mine))
        found += session.scalars(query.options(selectinload(IssuedPaper.printings)))
    return sorted(found, key=lambda paper: -paper.id)


def note_again(session: Session, paper: IssuedPaper, account: Account) -> None:
    """Record that the account printed an issued paper again; the caller commits."""
    subjects = dict.fromkeys((printing.kind, printing.number) for printing in paper.printings)
    moment = now()
    session.add_all(
        Printing(report=paper.report, kind=kind, number=number, at=moment, account_id=account.id, paper_id=paper.id)
        for kind, number in subjects
    )


def reprinted(paper: IssuedPaper, press: Press) -> bytes:
    """Render an issued paper from its stored data. Raises Refused where its report or its photo no longer exists."""
    report = REPORTS.get(paper.report)
    if report is None:
        raise Refused(Refusal('no_report', f'已没有报表 {paper.report}'))
    photo = paper.context.get('photo')
    if photo and not storage.stored_path(press.uploads, photo).exists():
        raise Refused(Refusal('photo_gone', '存储中已没有这份报表的照片，不能原样重印'))
    numbers = list(dict.fromkeys(printing.number for printing in paper.printings))
    numbered = _numbered(report, numbers[0], len(numbers))
    made = _paper(
        report,
        paper.context,
        '',
        numbered,
        press,
        revision=paper.revision,
        printed_on=paper.printed_on,
        code=paper.code,
        address=paper.address,
    )
    try:
        return press.render(
            report.template,
            [made],
            title=report.titled(paper.context),
            font_dir=press.font_dir,
            official=report.official,
        )
    except renderer.RenderError as error:
        raise Refused(Refusal('not_rendered', f'《{report.title}》未能生成：{error}')) from error
