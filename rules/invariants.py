"""Invariants: queries on the stored data whose result must be empty, run in tests and by ``flask check``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from models.account import Account, Role
from models.application import Application, Result, Revision, Stage
from models.approval import ApprovalItem, Certificate
from models.payment import FeeItem, FeeOrder, GatewayNotice, OrderState, Verdict
from models.review import Ballot, MeetingItem, MeetingState, ReviewMeeting, Seat
from rules.flow import steps

IN_DOCUMENT = tuple(stage for stage in Stage.after(Stage.BATCHING) if stage != Stage.CLOSED)

_notice = select(GatewayNotice.id).where(
    GatewayNotice.order_number == FeeOrder.number, GatewayNotice.verdict == Verdict.ACCEPTED
)
_order = select(FeeItem.id).where(FeeItem.application_id == Application.id)
_item = select(ApprovalItem.application_id).where(ApprovalItem.application_id == Application.id)
_certificate = select(Certificate.id).where(Certificate.application_id == Application.id)
_present = select(Seat.id).where(
    Seat.session_id == MeetingItem.session_id, Seat.expert_id == Ballot.expert_id, Seat.present
)

NEVER: Mapping[str, Select[str]] = {
    '已缴费的缴费单没有入账通知': select(FeeOrder.number).where(FeeOrder.state == OrderState.PAID, ~_notice.exists()),
    '待缴费的申报没有缴费单': select(Application.serial).where(Application.stage == Stage.PAYMENT, ~_order.exists()),
    '申报有多张有效的缴费单': select(Application.serial)
    .join(FeeItem, FeeItem.application_id == Application.id)
    .join(FeeOrder)
    .where(FeeOrder.state != OrderState.VOID)
    .group_by(Application.id)
    .having(func.count() > 1),
    '业务部门环节的申报不在批件内': select(Application.serial).where(
        Application.stage.in_(IN_DOCUMENT), ~_item.exists()
    ),
    '通过的申报没有证书': select(Application.serial).where(Application.result == Result.PASSED, ~_certificate.exists()),
    '证书没有批件': select(Certificate.number).where(
        ~select(ApprovalItem.application_id).where(ApprovalItem.application_id == Certificate.application_id).exists()
    ),
    '提交次数与存档不符': select(Application.serial).where(
        Application.revision
        != select(func.count(Revision.id)).where(Revision.application_id == Application.id).scalar_subquery()
    ),
    '未到会的专家有表决': select(ReviewMeeting.name).join(MeetingItem).join(Ballot).where(~_present.exists()),
    '已结束的会议仍有待表决的申报': select(Application.serial)
    .join(MeetingItem)
    .join(ReviewMeeting)
    .where(ReviewMeeting.state == MeetingState.CLOSED, Application.stage == Stage.EXPERT_REVIEW),
    '一个单位有多名管理员': select(func.min(Account.username))
    .where(Account.role == Role.ADMINISTRATOR, Account.enabled)
    .group_by(Account.employer_id)
    .having(func.count() > 1),
    '有授权的用户不是单位经办人': select(Account.username).where(Account.role != Role.HANDLER, Account.grants.any()),
}


def violations(session: Session) -> Iterator[str]:
    """Yield a sentence for every violated invariant and every broken chain of steps."""
    for name, question in NEVER.items():
        for found in session.scalars(question):
            yield f'{name}：{found}'
    yield from steps.broken(session)
