"""Printing a paper so that it can be proved: made of kept data, sealed by a code, printed again as it was, verified.

The data that a template reads is kept with every issued paper. Its code is a keyed hash over that data, the revision
and the date on the paper: the same data on the same day is the same paper, and no code can be guessed or made up.
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
from enum import StrEnum
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from models.account import Account
from models.application import Application
from models.base import now
from models.record import IssuedPaper, Printing, Wording
from models.transaction import discarding, savepoint
from pdf_templates.engine import renderer
from pdf_templates.reports import REACHED, REPORTS, SUBJECTS, Report, proposed
from ports import storage
from rules import access, validators
from rules.refusal import Refusal, Refused

PHOTO_SIZE = (295, 413)
"""Pixels of the photo as printed: one inch (一寸) at 300 dpi."""


@dataclass(frozen=True, slots=True)
class Press:
    """What printing needs of its surroundings.

    ``address`` is where codes are verified, up to the code; ``render`` makes documents here or in another process.
    """

    font_dir: Path
    uploads: Path
    secret: str
    address: str
    render: Callable[..., bytes] = renderer.render_all

    def sealed(self, digest: str, revision: int, printed_on: date) -> str:
        """The code of a paper: sixteen letters and digits out of eighty bits."""
        key = hashlib.sha256(b'issued papers\0' + self.secret.encode()).digest()
        seal = hmac.new(key, f'{digest}|{revision}|{printed_on}'.encode(), hashlib.sha256).digest()
        return base64.b32encode(seal[:10]).decode()


@dataclass(frozen=True, slots=True)
class Ready:
    """A paper whose data is gathered; a draft is never issued and carries no code."""

    report: Report
    subjects: Sequence[Any]
    given: Mapping[str, Any]
    context: Mapping[str, Any]
    revision: int
    printed_on: date
    draft: bool

    @property
    def digest(self) -> str:
        """The checksum of everything the paper says but the date of printing."""
        return digest_of(self.report.code, self.context)


def digest_of(report: str, context: Mapping[str, Any]) -> str:
    """The checksum of a paper's data."""
    canonical = json.dumps([report, context], ensure_ascii=False, sort_keys=True, separators=(',', ':'))
    return hashlib.sha256(canonical.encode()).hexdigest()


def prepared(
    session: Session, report: Report, subjects: Sequence[Any], given: Mapping[str, Any], by: Account | None = None
) -> Ready:
    """Gather what a paper says, printed ``by`` an account. Raises Refused where a rule of the paper is not met."""
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
    """The submission that a paper belongs to; before it, the one to come."""
    if not isinstance(subject, Application):
        return 0
    return subject.revision + (subject.stage in access.OPEN_TO_APPLICANT)


def _revisions(report: Report, subjects: Sequence[Any]) -> Mapping[str, Any]:
    """The submission of each of several subjects, kept with the paper; that of one is the paper's own."""
    if len(subjects) < 2:
        return {}
    return {'revisions': {report.subject.number(each): revision_of(each) for each in subjects}}


NAMES, NUMBERS = ('name', 'payer', 'contact', 'recused'), ('id_number', 'phone', 'photo')
"""What a preview hides of people: names but for their first character, and the rest wholly."""


def previewed(session: Session, report: Report, body: str, press: Press) -> bytes:
    """How a paper would read with another text, out of a real declaration (or order …) whose person is hidden.

    Nothing of it is kept. Raises Refused where there is nothing yet that the paper
    could be about.
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
    """A paper's data without its people, wherever their names and numbers stand."""
    named = {text: validators.name_masked(text) for text in _texts(context, NAMES)}
    named |= dict.fromkeys(_texts(context, NUMBERS), '')
    plain = json.dumps(context, ensure_ascii=False)
    for text in sorted(named, key=len, reverse=True):
        plain = plain.replace(json.dumps(text, ensure_ascii=False)[1:-1], named[text])
    return json.loads(plain)


def _texts(value: Any, names: Sequence[str], name: str = '') -> Iterator[str]:
    """Every text under one of these names, at whatever depth."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _texts(each, names, key)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, names, name)
    elif isinstance(value, str) and value and name in names:
        yield value


def rendered(papers: Sequence[tuple[Ready, str]], press: Press) -> bytes:
    """One PDF of papers of the same report, each named among the bookmarks. Raises Refused where it cannot be made."""
    report = papers[0][0].report
    try:
        made = [_laid_out(ready, name, press) for ready, name in papers]
        return press.render(
            report.template, made, title=report.titled(papers[0][0].context), font_dir=press.font_dir,
            official=report.official,
        )  # fmt: skip
    except renderer.RenderError as error:
        raise Refused(Refusal('not_rendered', f'《{report.title}》未能生成：{error}')) from error


def _laid_out(ready: Ready, name: str, press: Press) -> renderer.Paper:
    number = ready.report.subject.number(ready.subjects[0])
    code = '' if ready.draft else press.sealed(ready.digest, ready.revision, ready.printed_on)
    return _paper(ready.report, ready.context, name, _numbered(ready.report, number, len(ready.subjects)), press,
                  revision=ready.revision, printed_on=ready.printed_on, code=code, address=press.address)  # fmt: skip


def _numbered(report: Report, number: str, count: int) -> str:
    return f'{report.subject.label} {number}' + (f' 等 {count} 项' if count > 1 else '')


def _paper(
    report: Report, context: Mapping[str, Any], name: str, numbered: str, press: Press, *, revision: int,
    printed_on: date, code: str, address: str,
) -> renderer.Paper:  # fmt: skip
    shown = {**context, 'printed_on': printed_on, 'draft': not code}
    if 'photo' in context:
        shown['photo'] = _photo(press.uploads, context['photo'])
    times = f'第 {revision} 次提交　' if revision else ''
    lines = (numbered, f'{times}打印日期 {printed_on}')
    mark = renderer.Mark(lines, spelled(code), address + code) if code else None
    return renderer.Paper(name, shown, mark)


def spelled(code: str) -> str:
    """A code as it is printed, in groups of four."""
    return '-'.join(code[start : start + 4] for start in range(0, len(code), 4))


def _photo(uploads: Path, sha256: str) -> str:
    """The photo made anew as a small JPEG, so that nothing but its pixels gets into the paper; empty without one."""
    path = storage.path_of(uploads, sha256)
    if not sha256 or not path.exists():
        return ''
    with Image.open(path) as image:
        small = image.convert('RGB')
        small.thumbnail(PHOTO_SIZE)
        drawn = io.BytesIO()
        small.save(drawn, 'JPEG', quality=88)
    return base64.b64encode(drawn.getvalue()).decode()


def keep(session: Session, ready: Ready, account: Account | None, press: Press) -> IssuedPaper | None:
    """Keep an issued paper, what follows from it and who printed it; a draft leaves no trace. The caller commits."""
    if ready.draft:
        return None
    ready.report.records(session, ready.subjects, ready.given)
    code = press.sealed(ready.digest, ready.revision, ready.printed_on)
    paper = _issued(session, ready, code, press.address)
    of = ready.report.subject
    moment = now()
    session.add_all(
        Printing(
            report=ready.report.code, kind=of.model.__tablename__, number=of.number(subject), at=moment,
            account_id=account.id if account else None, paper=paper,
        )
        for subject in ready.subjects
    )  # fmt: skip
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
                code=code, report=ready.report.code, revision=ready.revision, printed_on=ready.printed_on,
                digest=ready.digest, address=address, context=dict(ready.context),
            )  # fmt: skip
            session.add(paper)
        return paper
    except IntegrityError:  # the same paper was printed twice at once
        return session.scalars(known).one()


def issued(session: Session, application: Application, account: Account) -> list[IssuedPaper]:
    """What was printed of a declaration, newest first, as far as the account is one to print it."""
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
    """Keep that an issued paper was printed again as it was; the caller commits."""
    subjects = dict.fromkeys((printing.kind, printing.number) for printing in paper.printings)
    moment = now()
    session.add_all(
        Printing(report=paper.report, kind=kind, number=number, at=moment, account_id=account.id, paper_id=paper.id)
        for kind, number in subjects
    )


def reprinted(paper: IssuedPaper, press: Press) -> bytes:
    """An issued paper as it was. Raises Refused where its report is no longer known or its photo is gone."""
    report = REPORTS.get(paper.report)
    if report is None:
        raise Refused(Refusal('no_report', f'已没有报表 {paper.report}'))
    photo = paper.context.get('photo')
    if photo and not storage.path_of(press.uploads, photo).exists():
        raise Refused(Refusal('photo_gone', '存储中已没有这份报表的照片，不能原样重印'))
    numbers = list(dict.fromkeys(printing.number for printing in paper.printings))
    numbered = _numbered(report, numbers[0], len(numbers))
    made = _paper(report, paper.context, '', numbered, press, revision=paper.revision, printed_on=paper.printed_on,
                  code=paper.code, address=paper.address)  # fmt: skip
    try:
        return press.render(
            report.template, [made], title=report.titled(paper.context), font_dir=press.font_dir,
            official=report.official,
        )  # fmt: skip
    except renderer.RenderError as error:
        raise Refused(Refusal('not_rendered', f'《{report.title}》未能生成：{error}')) from error


# --- verifying -------------------------------------------------------------------------------------------------


class Standing(StrEnum):
    """What a code proves."""

    CURRENT = '真实有效'
    SUPERSEDED = '真实，但已不是最新'
    FORGED = '未通过核验'


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is told to whoever holds a paper; ``paper`` and ``subjects`` are None and empty for a forged code."""

    standing: Standing
    sentence: str
    paper: IssuedPaper | None = None
    report: Report | None = None
    subjects: Sequence[Any] = ()


def verified(session: Session, code: str, press: Press) -> Verdict:
    """What the code of a paper proves."""
    wanted = ''.join(char for char in code.upper() if char.isalnum())
    paper = session.scalars(select(IssuedPaper).where(IssuedPaper.code == wanted)).first()
    report = REPORTS.get(paper.report) if paper else None
    if paper is None or report is None:
        return Verdict(Standing.FORGED, '平台没有签发过带有此验证码的报表，请核对是否输入有误。')
    said = digest_of(paper.report, paper.context)
    if not hmac.compare_digest(press.sealed(said, paper.revision, paper.printed_on), paper.code):
        return Verdict(Standing.FORGED, '此验证码对应的记录与签发时不一致，不能作为凭据。')
    subjects = subjects_of(session, paper)
    why = _superseded(session, paper, report, subjects)
    standing = Standing.SUPERSEDED if why else Standing.CURRENT
    return Verdict(standing, why or '此报表由平台签发，内容与平台记录一致。', paper, report, subjects)


def subjects_of(session: Session, paper: IssuedPaper) -> list[Any]:
    """What the paper is about, as far as it still exists."""
    found = []
    for kind, number in dict.fromkeys((printing.kind, printing.number) for printing in paper.printings):
        found.append(SUBJECTS[kind].find(session, number))
    return [subject for subject in found if subject is not None]


def _changed(several: Mapping[str, int], number: str, subject: Any) -> bool:
    """Whether one of several was sent back since; what was printed before their submissions were kept does not tell."""
    return number in several and several[number] != revision_of(subject)


def _superseded(session: Session, paper: IssuedPaper, report: Report, subjects: Sequence[Any]) -> str:
    if not subjects:
        return '报表所述事项已被删除。'
    several, now_at = paper.context.get('revisions', {}), revision_of(subjects[0])
    if not several and now_at != paper.revision:
        return f'此报表为第 {paper.revision} 次提交的内容，申报人已作修改（现为第 {now_at} 次）。'
    gone = [each for each in subjects if report.undone(each) or _changed(several, report.subject.number(each), each)]
    if gone:
        of_all = f'所列 {len(subjects)} 人中有 {len(gone)} 人的申报'
        return f'此报表{of_all}已退回、修改或登记为不通过，内容与平台记录不再一致。'
    later = (
        select(IssuedPaper.printed_on)
        .join(Printing)
        .where(
            Printing.report == paper.report,
            Printing.kind == report.subject.model.__tablename__,
            Printing.number.in_([report.subject.number(subject) for subject in subjects]),
            IssuedPaper.id > paper.id,
            IssuedPaper.digest != paper.digest,
        )
        .order_by(IssuedPaper.id.desc())
    )
    newest = session.scalars(later.limit(1)).first()
    return f'此报表已于 {newest} 重新打印，内容有更新。' if newest else ''
