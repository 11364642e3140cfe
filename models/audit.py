"""The audit log: events of an account that are not steps of a declaration."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Labelled, now
from models.fields import moment, paragraph, state, text


class AuditEvent(Labelled):
    """Events of the audit log: the stored key, and the words of the list and its exports."""

    SIGN_IN = 'sign_in', '登录'
    SIGN_IN_REFUSED = 'sign_in_refused', '拒绝登录'
    SIGN_IN_FAILED = 'sign_in_failed', '密码错误'
    SIGN_OUT = 'sign_out', '退出登录'
    EXPORT = 'export', '导出'
    IMPORT = 'import', '导入'
    SEE_WHOLE = 'see_whole', '查看完整信息'
    FETCH = 'fetch', '查询登记库'
    COLLECTIVE_ORDER = 'collective_order', '生成集体缴费单'
    COLLECTIVE_ORDER_VOID = 'collective_order_void', '取消集体缴费单'
    OWN_EMPLOYER = 'own_employer', '修改单位信息'
    HANDLER_ADDED = 'handler_added', '新增经办人'
    HANDLER_ENABLED = 'handler_enabled', '启用经办人'
    HANDLER_DISABLED = 'handler_disabled', '停用经办人'
    PASSWORD_RESET = 'password_reset', '重设密码'
    GRANTED = 'granted', '授权'
    GRANT_TAKEN = 'grant_taken', '收回授权'
    HAND_OVER_NAMED = 'hand_over_named', '指定接任管理员'
    HAND_OVER_CANCELLED = 'hand_over_cancelled', '取消接任管理员'
    HAND_OVER = 'hand_over', '更换管理员'
    ACCOUNT = 'account', '用户管理'
    CALL_NUMBER = 'call_number', '设置法定数字'
    SAMPLE = 'sample', '设置范本'
    WORDING = 'wording', '修改文本'
    WORKDAY = 'workday', '工作日调整'
    REGISTRY = 'registry', '登记库维护'


class AuditLine(Base):
    """A logged event that is not a step: a sign-in, an export, the display of a whole id number."""

    __tablename__ = 'audit_line'
    __table_args__ = (Index('ix_audit_line_at', 'at', 'id'),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = moment('时间', default=now)
    event: Mapped[str] = state('事件', AuditEvent)
    actor_name: Mapped[str] = text('办理人', 60, default='')
    authority: Mapped[str] = text('以谁的名义', 160, default='')
    details: Mapped[str] = paragraph('内容', 1000, default='')
    actor_id: Mapped[int | None] = mapped_column(ForeignKey('account.id'))
