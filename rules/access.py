"""Who may see and do what. Every question of access is answered here, for rooms, rows, fields and files alike."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true
from sqlalchemy.orm import Session, class_mapper, lazyload

from models.account import Account, GrantKind, Role, workplace
from models.application import Application, Party, Stage, Step
from models.approval import ApprovalDocument, ApprovalItem, Certificate
from models.audit import AuditLine
from models.bulk_result import BulkResult
from models.catalogue import Call, Committee, FeeStandard, Offering, Series, Speciality, Title
from models.declaration import Basic
from models.employer import Employer, NoticeContact, OpinionTemplate, RosterEntry
from models.job import Job
from models.material import Attachment, LibraryFile, Material
from models.message import Message
from models.notice import WorkdayOverride
from models.payment import CollectiveOrder, FeeItem, FeeOrder, GatewayNotice
from models.registry import EducationRecord, ExamRecord, InsuranceRecord
from models.review import ReviewSession, Seat, SessionItem, SessionState
from models.saved_filter import SavedFilter
from models.section import SECTIONS
from models.sql import KEYS
from models.table_import import SheetImport
from models.terms import TITLE_REVIEW
from models.wording import Wording
from rules import validators
from rules.refusal import Refusal

EMPLOYER_SIDE = (Role.ADMINISTRATOR, Role.HANDLER)
EVERYONE = tuple(Role)
BUREAU_STAGES = (Stage.ACCEPTANCE, Stage.EXAMINATION, Stage.APPROVAL, Stage.CERTIFICATION, Stage.CLOSED)


class Operation(StrEnum):
    """What a room lets its roles do with rows, besides looking at them."""

    CREATE = 'create'
    EDIT = 'edit'
    DELETE = 'delete'
    EXPORT = 'export'
    IMPORT = 'import'


@dataclass(frozen=True, slots=True)
class Room:
    """One view of the back office: who enters, under which menu grant, and what may be done there."""

    label: str
    roles: tuple[Role, ...]
    menu: str = ''
    operations: frozenset[Operation] = frozenset()


def _room(label: str, *roles: Role, menu: str = '', may: str = '') -> Room:
    return Room(label, roles, menu, frozenset(Operation(word) for word in may.split()))


ROOMS: Mapping[str, Room] = {
    'admin': _room('首页', *EVERYONE, menu='首页'),
    'messages': _room('消息', *EVERYONE),
    'jobs': _room('任务', *EVERYONE),
    'my_applications': _room('我的事项', Role.APPLICANT, may='create edit export'),
    **{
        f'declaration_{section.key()}': _room(section.about.label, Role.APPLICANT, may='create edit delete')
        for section in SECTIONS
        if section.many
    },
    'library': _room('我的资料库', Role.APPLICANT, may='delete'),
    'my_orders': _room('支付订单', Role.APPLICANT),
    'files': _room('材料', *EVERYONE),
    'employer_applications': _room('职称评审业务', *EMPLOYER_SIDE, menu='单位事项', may='export'),
    'collective_payment': _room('集体缴费', *EMPLOYER_SIDE, menu='单位事项'),
    'roster': _room('人员管理', *EMPLOYER_SIDE, menu='人员管理', may='create delete export import'),
    'own_employer': _room('单位信息', *EMPLOYER_SIDE, menu='单位信息', may='edit'),
    'notice_contacts': _room('公示联系人', *EMPLOYER_SIDE, menu='维护管理', may='create edit delete'),
    'opinion_templates': _room('意见模板', *EMPLOYER_SIDE, menu='维护管理', may='create edit delete'),
    'handlers': _room('权限管理', Role.ADMINISTRATOR, menu='权限管理', may='create'),
    'hand_over': _room('更换管理员', *EMPLOYER_SIDE),
    'office_applications': _room('评审业务', Role.OFFICE, menu='评委会事项', may='export'),
    'sessions': _room('评审会议', Role.OFFICE, menu='评委会事项', may='create edit'),
    'office_orders': _room('缴费单', Role.OFFICE, menu='评委会事项', may='export'),
    'office_documents': _room('批件', Role.OFFICE, menu='评委会事项', may='export'),
    'ballots': _room('待评审申报', Role.EXPERT),
    'bureau_applications': _room('业务办理', Role.BUREAU, menu='业务事项', may='export'),
    'bureau_documents': _room('批件', Role.BUREAU, menu='业务事项', may='export'),
    'certificates': _room('职称证书', Role.BUREAU, menu='业务事项', may='export'),
    'calls': _room('年度申报计划', Role.PLATFORM, menu='职称目录', may='create edit'),
    'offerings': _room('开放专业', Role.PLATFORM, menu='职称目录', may='create edit delete export'),
    'series': _room('系列', Role.PLATFORM, menu='职称目录', may='create edit'),
    'titles': _room('资格名称', Role.PLATFORM, menu='职称目录', may='create edit export'),
    'specialities': _room('专业', Role.PLATFORM, menu='职称目录', may='create edit export'),
    'committees': _room('评委会', Role.PLATFORM, menu='职称目录', may='create edit'),
    'fee_standards': _room('收费标准', Role.PLATFORM, menu='职称目录', may='create edit'),
    'materials': _room('材料设置', Role.PLATFORM, menu='业务设置', may='create edit'),
    'wordings': _room('文本设置', Role.PLATFORM, menu='业务设置', may='create'),
    'employers': _room('单位', Role.PLATFORM, menu='用户管理', may='create edit export'),
    'accounts': _room('用户', Role.PLATFORM, menu='用户管理', may='create edit'),
    'workdays': _room('工作日调整', Role.PLATFORM, menu='业务设置', may='create edit delete'),
    'education_records': _room('学历证书库', Role.PLATFORM, menu='登记库', may='create edit delete export import'),
    'exam_records': _room('考试成绩库', Role.PLATFORM, menu='登记库', may='create edit delete export import'),
    'insurance_records': _room('参保信息库', Role.PLATFORM, menu='登记库', may='create edit delete export import'),
    'audit': _room('审计记录', Role.PLATFORM, menu='运行监督', may='export'),
    'gateway_notices': _room('缴费通知记录', Role.PLATFORM, menu='运行监督', may='export'),
}


ROOMS_OF: Mapping[str, tuple[str, ...]] = {
    role: tuple(endpoint for endpoint, room in ROOMS.items() if role in room.roles) for role in Role
}
"""The rooms that are meant for a role; a handler's grants open fewer."""


def in_force(valid_from: date | None, valid_to: date | None, on: date) -> bool:
    """Whether a day lies within the dates of a grant; an open end is None."""
    return (valid_from is None or valid_from <= on) and (valid_to is None or on <= valid_to)


def granted(account: Account, kind: GrantKind, code: str, on: date) -> bool:
    """Whether a handler holds a grant that is in force on that day (手册 §1.4.3)."""
    return any(
        grant.kind == kind and grant.code == code and in_force(grant.valid_from, grant.valid_to, on)
        for grant in account.grants
    )


def may_sign_in(account: Account, on: date) -> Refusal | None:
    """Whether the account may work at all: it is enabled, and a handler has the sign-in grant."""
    if not account.enabled:
        return Refusal('disabled', '该账号已停用，请联系管理员')
    if account.role == Role.HANDLER and not granted(account, GrantKind.SIGN_IN, '', on):
        return Refusal('no_sign_in_grant', '您尚未获得登录系统授权，请联系本单位管理员在权限管理中授权')
    return None


def may_enter(account: Account, endpoint: str, on: date) -> Refusal | None:
    """Whether the account may open a room; a room that is not in the table is closed to everyone."""
    room = ROOMS.get(endpoint)
    if room is None or account.role not in room.roles:
        return Refusal('not_your_room', '您的身份不能使用此功能')
    refusal = may_sign_in(account, on)
    if refusal is None and account.role == Role.HANDLER and room.menu:
        if not granted(account, GrantKind.MENU, room.menu, on):
            return Refusal('no_menu_grant', f'管理员尚未向您授权「{room.menu}」菜单')
        if room.menu == '单位事项' and not granted(account, GrantKind.MATTER, TITLE_REVIEW, on):
            return Refusal('no_matter_grant', f'管理员尚未向您授权「{TITLE_REVIEW}」业务')
    return refusal


def may_do(endpoint: str, operation: Operation) -> bool:
    """Whether a room offers the operation to those whom it lets in."""
    room = ROOMS.get(endpoint)
    return room is not None and operation in room.operations


def authority(account: Account) -> str:
    """In whose name the account works; every step and audit line says it."""
    match account.role:
        case Role.ADMINISTRATOR | Role.HANDLER:
            return _of_employer(account.employer, account.role)
        case Role.OFFICE:
            return account.committee.office_name if account.committee else ''
        case Role.APPLICANT:
            return '本人'
    return Role(account.role).label


def _of_employer(employer: Employer | None, role: str) -> str:
    return f'{employer}（{Role(role).label}）'


def authorities(employer: Employer | None) -> frozenset[str]:
    """The names in which those who work for an employer act; after it is renamed, what was done before is another's."""
    return frozenset(_of_employer(employer, role) for role in EMPLOYER_SIDE)


# --- rows ------------------------------------------------------------------------------------------------------

Clause = ColumnElement[bool]
MOST_CLAUSES = 2000
"""Clauses of a kind that are kept: one object for equal owners, so that statements made of it are found again."""


def _title_review_open(account: Account, on: date) -> bool:
    return may_enter(account, 'employer_applications', on) is None


@lru_cache(MOST_CLAUSES)
def _owned(column: Any, owner: int | None) -> Clause:
    """The rows of an owner."""
    clause: Clause = column == owner
    return clause


@lru_cache(MOST_CLAUSES)
def _submitted_to(column: Any, owner: int | None) -> Clause:
    """The declarations of an owner, without drafts."""
    return _owned(column, owner) & (Application.stage != Stage.DRAFT)


def _employer_applications(account: Account, on: date) -> Clause:
    return _submitted_to(Application.employer_id, account.employer_id) if _title_review_open(account, on) else false()


def _expert_applications(account: Account, on: date) -> Clause:
    return _assigned(account.id, account.employer_id, account.id_number)


@lru_cache(MOST_CLAUSES)
def _assigned(expert: int, employer: int | None, id_number: str | None) -> Clause:
    """What an expert is called to vote on in an open session, recusal excluded."""
    called = (
        select(SessionItem.application_id)
        .join(ReviewSession, ReviewSession.id == SessionItem.session_id)
        .join(Seat, Seat.session_id == ReviewSession.id)
        .where(Seat.expert_id == expert, ReviewSession.state == SessionState.OPEN)
    )
    mine = false() if employer is None else Application.employer_id == employer
    own = false() if id_number is None else Application.id_number == id_number
    return Application.id.in_(called) & ~mine & ~own & (Application.stage == Stage.EXPERT_REVIEW)


def recusal(expert: Account, application: Application) -> str:
    """Why an expert withdraws from a declaration (回避); empty for nothing. The scope above says the same in SQL."""
    if expert.id_number is not None and expert.id_number == application.id_number:
        return '这是您本人的申报，您须回避'
    if expert.employer_id is not None and expert.employer_id == application.employer_id:
        return '申报人与您同一单位，您须回避'
    return ''


SENT_TO_BUREAU: Clause = (
    Application.stage.in_(BUREAU_STAGES)
    & select(ApprovalItem.application_id).where(ApprovalItem.application_id == Application.id).exists()
)
APPLICATION_SCOPES: Mapping[str, Callable[[Account, date], Clause]] = {
    Role.APPLICANT: lambda account, on: _owned(Application.applicant_id, account.id),
    Role.ADMINISTRATOR: _employer_applications,
    Role.HANDLER: _employer_applications,
    Role.OFFICE: lambda account, on: _submitted_to(Application.committee_id, account.committee_id),
    Role.EXPERT: _expert_applications,
    Role.BUREAU: lambda account, on: SENT_TO_BUREAU,
}


@lru_cache(MOST_CLAUSES)
def _among(column: Any, applications: Clause) -> Clause:
    """Where a column names one of these declarations."""
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
    """The orders that ask for a fee of these declarations."""
    return FeeOrder.id.in_(select(FeeItem.order_id).where(_among(FeeItem.application_id, applications)))


@lru_cache(MOST_CLAUSES)
def _orders_alone(applications: Clause) -> Clause:
    """The same without collective ones, which name colleagues too."""
    return _orders_for(applications) & FeeOrder.id.not_in(select(CollectiveOrder.order_id))


def _orders_of(account: Account, on: date) -> Clause:
    return _orders_for(scope(account, Application, on))


def _own_orders(account: Account, on: date) -> Clause:
    return _orders_alone(scope(account, Application, on))


@lru_cache(MOST_CLAUSES)
def _colleagues(employer: int | None) -> Clause:
    return _owned(Account.employer_id, employer) & Account.role.in_(EMPLOYER_SIDE)


def _made_at_work(model: Any) -> Callable[[Account, date], Clause]:
    """What the account itself made, while it works where it worked then."""
    return lambda account, on: and_(
        model.account_id == account.id,
        *(getattr(model, name).is_not_distinct_from(place) for name, place in workplace(account).items()),
    )


def _everything(account: Account, on: date) -> Clause:
    return true()


CONFIGURATION = (
    Call, Offering, Series, Title, Speciality, Committee, FeeStandard, Material, Wording, Employer, Account, AuditLine,
    GatewayNotice, WorkdayOverride, EducationRecord, ExamRecord,
    InsuranceRecord,
)  # fmt: skip

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
    ReviewSession: {Role.OFFICE: _committee_rows(ReviewSession.committee_id)},
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
    """The rows of a model that the account may see; none where nothing is declared for its role."""
    if model in SECTIONS:
        return _of_application(model)(account, on)
    rows = SCOPES.get(model, {}).get(account.role)
    return rows(account, on) if rows else false()


def find(session: Session, account: Account, model: type, key: object, on: date) -> Any:
    """Load and authorise in one step: the row, or None both for a missing and for a foreign one."""
    wanted = validators.as_key(str(key))
    if wanted is None:
        return None
    primary = class_mapper(model).primary_key[0]
    return session.scalars(select(model).where(primary == wanted, scope(account, model, on))).first()


def find_all(session: Session, account: Account, model: type, keys: Sequence[int], on: date) -> list[Any]:
    """Those of the rows that the account may see, in the order asked for."""
    primary: Any = class_mapper(model).primary_key[0]
    seen: Any = session.scalars(select(model).where(primary.in_(keys), scope(account, model, on)))
    rows = {row.id: row for row in seen}
    return [rows[key] for key in keys if key in rows]


# --- what may be done with a row that is seen ------------------------------------------------------------------

OPEN_TO_APPLICANT = (Stage.DRAFT, Stage.CORRECTION)


def may_change(account: Account, row: object) -> Refusal | None:
    """Whether a row the account sees may be edited or deleted now; the declaration is closed while others act."""
    application = row if isinstance(row, Application) else getattr(row, 'application', None)
    if isinstance(application, Application) and application.stage not in OPEN_TO_APPLICANT:
        return Refusal('sealed', f'申报已提交，现处「{stage_seen(account, application).label}」环节，不能修改')
    if isinstance(row, LibraryFile) and row.uses:
        return Refusal('in_use', f'「{row.name}」已用于 {row.uses} 项申报，不能删除')
    if isinstance(row, ReviewSession) and row.state == SessionState.CLOSED:
        return Refusal('session_closed', f'评审会议「{row.name}」已结束，不能修改')
    return None


def kept_back(session: Session, account: Account, jobs: Collection[Job], on: date) -> dict[int, Refusal]:
    """Why what a job tells and leaves is kept from its account by now, by the job's key; the others are left out.

    An account has it while it may enter the room where it asked, works where it worked then, and sees the one
    declaration that it is about.
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


ROLES: Mapping[Party, tuple[Role, ...]] = {
    Party.APPLICANT: (Role.APPLICANT,),
    Party.EMPLOYER: EMPLOYER_SIDE,
    Party.OFFICE: (Role.OFFICE,),
    Party.BUREAU: (Role.BUREAU,),
}
PARTIES: Mapping[str, Party] = {role: party for party, roles in ROLES.items() for role in roles}
MEMBERSHIP: Mapping[Party, tuple[str, str]] = {
    Party.APPLICANT: ('id', 'applicant_id'),
    Party.EMPLOYER: ('employer_id', 'employer_id'),
    Party.OFFICE: ('committee_id', 'committee_id'),
}
"""What makes an account a member of a party in a declaration: equal values of the two; the bureau is in all."""


def party_of(account: Account, application: Application, on: date) -> Party | None:
    """The party for which the account acts in this declaration; none where it has no part in it today."""
    party = PARTIES.get(account.role)
    if party is None:
        return None
    if party in MEMBERSHIP:
        own, names = MEMBERSHIP[party]
        if getattr(account, own) != getattr(application, names):
            return None
    closed = party == Party.EMPLOYER and not _title_review_open(account, on)
    return None if closed else party


def acts_for(party: Party, account: Account, application: Application, on: date) -> bool:
    """Whether the account acts for that party in this declaration."""
    return party_of(account, application, on) == party


def speaks_for(party: Party, account: Account, row: object, on: date) -> bool:
    """Whether the account acts for that party in a row that it sees: an order, a session, a document, a certificate."""
    if isinstance(row, Application):
        return acts_for(party, account, row, on)
    if isinstance(row, FeeOrder) and row.collective and party == Party.APPLICANT:
        return False  # it names everyone whom the employer pays for
    return account.role in ROLES.get(party, ())


HANDED_IN_BY: Mapping[str, Party] = {
    Stage.DRAFT: Party.APPLICANT,
    Stage.EMPLOYER_REVIEW: Party.EMPLOYER,
    Stage.PRE_NOTICE: Party.EMPLOYER,
    Stage.POST_NOTICE: Party.EMPLOYER,
}
"""Who hands in the materials of a stage (上传环节); what belongs to the draft is open in every correction too."""


def may_hand_in(account: Account, application: Application, material: Material, on: date) -> Refusal | None:
    """Whether the account may hand in, order or take back files of a material of a declaration it sees."""
    party = HANDED_IN_BY.get(material.stage)
    if party is None or not acts_for(party, account, application, on):
        return Refusal('not_yours', f'{material.name}由{party or "相应办理人"}上传')
    if material.stage == Stage.DRAFT:
        return may_change(account, application)
    if application.stage != material.stage:
        return Refusal('sealed', f'{material.name}只在「{Stage(material.stage).label}」环节上传')
    return None


def members(session: Session, party: Party, applications: Sequence[Any], on: date) -> dict[int, list[Account]]:
    """The accounts that a message to that party goes to, by each declaration's id; read in one query."""
    query = select(Account).where(Account.enabled, Account.role.in_(ROLES[party])).order_by(Account.id)
    if party == Party.APPLICANT:
        query = query.options(lazyload(Account.grants))  # applicants have none
    if party not in MEMBERSHIP:
        everyone = list(session.scalars(query))
        return {each.id: everyone for each in applications}
    own, name = MEMBERSHIP[party]
    one_of = {getattr(each, name): each for each in applications}
    found: dict[int, list[Account]] = {key: [] for key in one_of}
    for account in session.scalars(query.where(getattr(Account, own).in_(KEYS)), {'keys': list(one_of)}):
        key = getattr(account, own)
        if acts_for(party, account, one_of[key], on):
            found[key].append(account)
    return {each.id: found[getattr(each, name)] for each in applications}


# --- fields ----------------------------------------------------------------------------------------------------


def sees_whole(account: Account, application: Application) -> bool:
    """Whether personal values may be shown whole on request: to the declarant and to those who check identity."""
    return application.applicant_id == account.id or account.role in (*EMPLOYER_SIDE, Role.OFFICE, Role.BUREAU)


HIDDEN_UNTIL_RELEASED = {Stage.NOTICE_LAUNCH: Stage.EXPERT_REVIEW}
"""Stages that tell a result before the office has released it, and what the applicant sees instead."""


def stage_seen(account: Account, application: Application) -> Stage:
    """The stage as this account may know it (design: results stay invisible until the office releases them)."""
    stage = Stage(application.stage)
    return HIDDEN_UNTIL_RELEASED.get(stage, stage) if account.role == Role.APPLICANT else stage


def steps_seen(account: Account, application: Application) -> list[Step]:
    """The steps as this account may know them, oldest first."""
    steps = list(application.steps)
    if stage_seen(account, application) != application.stage:
        return [step for step in steps if step.target != application.stage]
    return steps


def reads_answers(account: Account, step: Step, tells: Collection[Party]) -> bool:
    """Whether the account may read what a step that it knows of says.

    A declarant reads what the flow ``tells`` them of, what they answered themselves, and why something was sent back
    or turned down; what offices write to each other on the way is theirs.
    """
    if account.role != Role.APPLICANT or step.actor_id == account.id:
        return True
    return Party.APPLICANT in tells or step.action in ('return', 'reject')


def selectable_employers(session: Session, application: Application) -> list[Employer]:
    """Employers a declaration may be sent to: the insured one, and any whose roster holds name and id (手册 §1.4.5).

    The insured one is known by its code, since a name can be taken by anyone; the nine characters of an organisation's
    code stand within the eighteen of its 统一社会信用代码 (GB 32100).
    """
    basic = Basic.of(application)
    on_roster = select(RosterEntry.employer_id).where(
        RosterEntry.name == basic.name, RosterEntry.id_number == basic.id_number
    )
    insured = or_(Employer.code == basic.insured_code, func.substr(Employer.code, 9, 9) == basic.insured_code)
    insured = insured if basic.insured_code else false()
    return list(session.scalars(select(Employer).where(or_(insured, Employer.id.in_(on_roster))).order_by(Employer.id)))
