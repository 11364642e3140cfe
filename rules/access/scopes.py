"""Rows that a role sees, as SQL: ``SCOPES`` has a clause for each model, ``find`` loads a row only within it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, false, select, true
from sqlalchemy.orm import Session, class_mapper

from models.account import Account, Role, workplace
from models.application import Application, Party, Stage, Step, stages_of
from models.approval import ApprovalDocument, Certificate
from models.audit import AuditLine
from models.bulk_result import BulkResult
from models.catalogue import Call, CallNumber, Committee, FeeStandard, Offering, Series, Speciality, Title
from models.employer import Employer, NoticeContact, OpinionTemplate, RosterEntry
from models.job import Job
from models.material import Attachment, LibraryFile, Material
from models.message import Message
from models.notice import WorkdayOverride
from models.payment import CollectiveOrder, FeeItem, FeeOrder, GatewayNotice
from models.registry import EducationRecord, ExamRecord, InsuranceRecord
from models.review import MeetingItem, MeetingState, ReviewMeeting, Seat
from models.saved_filter import SavedFilter
from models.section import SECTIONS
from models.table_import import SheetImport
from models.wording import Wording
from rules import validators
from rules.access.grants import may_enter
from rules.access.rooms import EMPLOYER_SIDE, EVERYONE
from rules.refusal import Refusal

Clause = ColumnElement[bool]
MOST_CLAUSES = 2000
"""Size of the caches below: equal owners get the same clause object, so SQLAlchemy finds its compiled statement."""


@lru_cache(MOST_CLAUSES)
def _owned(column: Any, owner: int | None) -> Clause:
    """Return the clause for rows of an owner."""
    clause: Clause = column == owner
    return clause


@lru_cache(MOST_CLAUSES)
def _submitted_to(column: Any, owner: int | None) -> Clause:
    """Return the clause for declarations of an owner that were submitted."""
    return _owned(column, owner) & (Application.stage != Stage.DRAFT)


def _employer_applications(account: Account, on: date) -> Clause:
    if may_enter(account, 'employer_applications', on) is not None:
        return false()
    return _submitted_to(Application.employer_id, account.employer_id)


def _expert_applications(account: Account, on: date) -> Clause:
    return _assigned(account.id, account.employer_id, account.id_number)


@lru_cache(MOST_CLAUSES)
def _assigned(expert: int, employer: int | None, id_number: str | None) -> Clause:
    """Return the clause for declarations that an expert votes on in an open session; see ``recusal`` for exceptions."""
    called = (
        select(MeetingItem.application_id)
        .join(ReviewMeeting, ReviewMeeting.id == MeetingItem.session_id)
        .join(Seat, Seat.session_id == ReviewMeeting.id)
        .where(Seat.expert_id == expert, ReviewMeeting.state == MeetingState.OPEN)
    )
    mine = false() if employer is None else Application.employer_id == employer
    own = false() if id_number is None else Application.id_number == id_number
    return Application.id.in_(called) & ~mine & ~own & (Application.stage == Stage.EXPERT_REVIEW)


def recusal(expert: Account, application: Application) -> str:
    """Return the reason that an expert must withdraw (回避), or ''; ``_assigned`` is the same rule in SQL."""
    if expert.id_number is not None and expert.id_number == application.id_number:
        return '这是您本人的申报，您须回避'
    if expert.employer_id is not None and expert.employer_id == application.employer_id:
        return '申报人与您同一单位，您须回避'
    return ''


def at_or_passed_on(stages: Sequence[Stage]) -> Clause:
    """Return the clause for declarations at these stages, and for those passed on from them to a later stage."""
    passed_on = select(Step.id).where(
        Step.application_id == Application.id, Step.source.in_(stages), Step.action != 'return'
    )
    reached = Application.stage.in_((stages[0], *Stage.after(stages[0])))
    return reached & (Application.stage.in_(stages) | passed_on.exists())


SEEN_BY_BUREAU: Clause = at_or_passed_on(stages_of(Party.BUREAU))

APPLICATION_SCOPES: Mapping[str, Callable[[Account, date], Clause]] = {
    Role.APPLICANT: lambda account, on: _owned(Application.applicant_id, account.id),
    Role.ADMINISTRATOR: _employer_applications,
    Role.HANDLER: _employer_applications,
    Role.OFFICE: lambda account, on: _submitted_to(Application.committee_id, account.committee_id),
    Role.EXPERT: _expert_applications,
    Role.BUREAU: lambda account, on: SEEN_BY_BUREAU,
}


@lru_cache(MOST_CLAUSES)
def _among(column: Any, applications: Clause) -> Clause:
    """Return the clause for rows whose column refers to one of these declarations."""
    clause: Clause = column.in_(select(Application.id).where(applications))
    return clause


def _of_application(model: Any) -> Callable[[Account, date], Clause]:
    return lambda account, on: _among(model.application_id, scope(account, Application, on))


def _employer_rows(column: Any) -> dict[str, Callable[[Account, date], Clause]]:
    return {role: (lambda account, on: _owned(column, account.employer_id)) for role in EMPLOYER_SIDE}


def _committee_rows(column: Any) -> Callable[[Account, date], Clause]:
    return lambda account, on: _owned(column, account.committee_id)


def _account_rows(column: Any) -> Callable[[Account, date], Clause]:
    return lambda account, on: _owned(column, account.id)


@lru_cache(MOST_CLAUSES)
def _orders_for(applications: Clause) -> Clause:
    """Return the clause for orders with a fee of these declarations."""
    return FeeOrder.id.in_(select(FeeItem.order_id).where(_among(FeeItem.application_id, applications)))


@lru_cache(MOST_CLAUSES)
def _orders_alone(applications: Clause) -> Clause:
    """Return the clause for such orders that are not collective; a collective order also names colleagues."""
    return _orders_for(applications) & FeeOrder.id.not_in(select(CollectiveOrder.order_id))


def _orders_of(account: Account, on: date) -> Clause:
    return _orders_for(scope(account, Application, on))


def _own_orders(account: Account, on: date) -> Clause:
    return _orders_alone(scope(account, Application, on))


@lru_cache(MOST_CLAUSES)
def _colleagues(employer: int | None) -> Clause:
    return _owned(Account.employer_id, employer) & Account.role.in_(EMPLOYER_SIDE)


def _made_at_work(model: Any) -> Callable[[Account, date], Clause]:
    """Return the clause for rows that the account made at its present employer or committee."""
    return lambda account, on: and_(
        model.account_id == account.id,
        *(getattr(model, name).is_not_distinct_from(place) for name, place in workplace(account).items()),
    )


def _everything(account: Account, on: date) -> Clause:
    return true()


CONFIGURATION = (
    Call,
    CallNumber,
    Offering,
    Series,
    Title,
    Speciality,
    Committee,
    FeeStandard,
    Material,
    Wording,
    Employer,
    Account,
    AuditLine,
    GatewayNotice,
    WorkdayOverride,
    EducationRecord,
    ExamRecord,
    InsuranceRecord,
)

SCOPES: dict[type, Mapping[str, Callable[[Account, date], Clause]]] = {
    Application: APPLICATION_SCOPES,
    Step: {role: _of_application(Step) for role in APPLICATION_SCOPES},
    Attachment: {role: _of_application(Attachment) for role in APPLICATION_SCOPES},
    LibraryFile: {Role.APPLICANT: _account_rows(LibraryFile.account_id)},
    FeeOrder: {
        Role.APPLICANT: _own_orders,
        Role.ADMINISTRATOR: _orders_of,
        Role.HANDLER: _orders_of,
        Role.OFFICE: _committee_rows(FeeOrder.committee_id),
    },
    RosterEntry: _employer_rows(RosterEntry.employer_id),
    NoticeContact: _employer_rows(NoticeContact.employer_id),
    OpinionTemplate: _employer_rows(OpinionTemplate.employer_id),
    ReviewMeeting: {Role.OFFICE: _committee_rows(ReviewMeeting.committee_id)},
    ApprovalDocument: {Role.OFFICE: _committee_rows(ApprovalDocument.committee_id), Role.BUREAU: _everything},
    Certificate: {
        Role.APPLICANT: _of_application(Certificate),
        Role.BUREAU: _everything,
    },
    SheetImport: dict.fromkeys(EVERYONE, _made_at_work(SheetImport)),
    Message: dict.fromkeys(EVERYONE, _account_rows(Message.account_id)),
    SavedFilter: dict.fromkeys(EVERYONE, _account_rows(SavedFilter.account_id)),
    Job: dict.fromkeys(EVERYONE, _account_rows(Job.account_id)),
    BulkResult: dict.fromkeys(EVERYONE, _made_at_work(BulkResult)),
    **{model: {Role.PLATFORM: _everything} for model in CONFIGURATION},
}
SCOPES[Employer] = {**SCOPES[Employer], **_employer_rows(Employer.id)}
SCOPES[Account] = {
    **SCOPES[Account],
    Role.ADMINISTRATOR: lambda account, on: _colleagues(account.employer_id),
}


def scope(account: Account, model: type, on: date) -> Clause:
    """Return the clause for the rows of a model that the account may see; false() if ``SCOPES`` has no entry."""
    if model in SECTIONS:
        return _of_application(model)(account, on)
    rows = SCOPES.get(model, {}).get(account.role)
    return rows(account, on) if rows else false()


def find(session: Session, account: Account, model: type, key: object, on: date) -> Any:
    """Load and authorise in one query: return the row, or None if it is missing or outside the scope."""
    wanted = validators.as_key(str(key))
    if wanted is None:
        return None
    primary = class_mapper(model).primary_key[0]
    return session.scalars(select(model).where(primary == wanted, scope(account, model, on))).first()


def find_all(session: Session, account: Account, model: type, keys: Sequence[int], on: date) -> list[Any]:
    """Return the rows with these keys that the account may see, in the order of the keys."""
    primary: Any = class_mapper(model).primary_key[0]
    seen: Any = session.scalars(select(model).where(primary.in_(keys), scope(account, model, on)))
    rows = {row.id: row for row in seen}
    return [rows[key] for key in keys if key in rows]


def kept_back(session: Session, account: Account, jobs: Collection[Job], on: date) -> dict[int, Refusal]:
    """Return the refusals of jobs whose result is withheld from their account, by job id.

    The account may read the result while it may enter the room of the job, has the same employer or committee as
    when the job was started, and sees the declaration that the job is about.
    """
    subjects = {job.application_id for job in jobs if job.application_id is not None}
    wanted = select(Application.id).where(Application.id.in_(subjects), scope(account, Application, on))
    seen = {None, *session.scalars(wanted)} if subjects else {None}
    found = {job.id: _job_refusal(account, job, seen, on) for job in jobs}
    return {key: refusal for key, refusal in found.items() if refusal}


def _job_refusal(account: Account, job: Job, seen: Collection[int | None], on: date) -> Refusal | None:
    refusal = may_enter(account, job.room, on)
    if refusal is None and workplace(job) != workplace(account):
        return Refusal('moved', '发起后您的单位或评委会已变更')
    if refusal is None and job.application_id not in seen:
        return Refusal('not_yours', '没有这项申报，或您已无权查看')
    return refusal
