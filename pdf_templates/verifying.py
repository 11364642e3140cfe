"""Verification of a paper by the code printed on it."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.issued_paper import IssuedPaper, Printing
from pdf_templates.issuing import Press, digest_of, revision_of
from pdf_templates.reports import REPORTS, SUBJECTS, Report


class Standing(StrEnum):
    """Result of a verification in the words of the public page."""

    CURRENT = '真实有效'
    SUPERSEDED = '真实，但已不是最新'
    FORGED = '未通过核验'


@dataclass(frozen=True, slots=True)
class Verification:
    """Answer to a code. For a forged code ``paper`` and ``report`` are None and ``subjects`` is empty."""

    standing: Standing
    sentence: str
    paper: IssuedPaper | None = None
    report: Report | None = None
    subjects: Sequence[Any] = ()


def verified(session: Session, code: str, press: Press) -> Verification:
    """Look up a code as typed, check its hash against the stored data, and compare its subjects with today's state."""
    wanted = ''.join(char for char in code.upper() if char.isalnum())
    paper = session.scalars(select(IssuedPaper).where(IssuedPaper.code == wanted)).first()
    report = REPORTS.get(paper.report) if paper else None
    if paper is None or report is None:
        return Verification(Standing.FORGED, '平台没有签发过带有此验证码的报表，请核对是否输入有误。')
    said = digest_of(paper.report, paper.context)
    if not hmac.compare_digest(press.sealed(said, paper.revision, paper.printed_on), paper.code):
        return Verification(Standing.FORGED, '此验证码对应的记录与签发时不一致，不能作为凭据。')
    subjects = subjects_of(session, paper)
    why = _superseded(session, paper, report, subjects)
    standing = Standing.SUPERSEDED if why else Standing.CURRENT
    return Verification(standing, why or '此报表由平台签发，内容与平台记录一致。', paper, report, subjects)


def subjects_of(session: Session, paper: IssuedPaper) -> list[Any]:
    """List the subjects of the paper that still exist."""
    found = []
    for kind, number in dict.fromkeys((printing.kind, printing.number) for printing in paper.printings):
        found.append(SUBJECTS[kind].find(session, number))
    return [subject for subject in found if subject is not None]


def _changed(several: Mapping[str, int], number: str, subject: Any) -> bool:
    """Return true if one of several subjects was submitted again since; false for papers without ``revisions``."""
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
