"""Table of rooms: the roles that enter a view, the menu grant that opens it to a handler, and what is done there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from models.account import Role
from models.section import SECTIONS

EMPLOYER_SIDE = (Role.ADMINISTRATOR, Role.HANDLER)
EVERYONE = tuple(Role)


class Operation(StrEnum):
    """Operations on rows that a room offers to those who enter it."""

    CREATE = 'create'
    EDIT = 'edit'
    DELETE = 'delete'
    EXPORT = 'export'
    IMPORT = 'import'


@dataclass(frozen=True, slots=True)
class Room:
    """One view of the back office: the roles that enter, the menu grant a handler needs, the operations offered."""

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
"""Rooms of each role; the grants of a handler may open fewer of them."""
