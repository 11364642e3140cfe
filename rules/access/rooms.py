"""Table of rooms: the roles that enter a view, the menu grant that opens it to a handler, and its verbs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.account import Role
from models.base import Labelled
from models.section import SECTIONS
from models.terms import TITLE_REVIEW

EMPLOYER_SIDE = (Role.ADMINISTRATOR, Role.HANDLER)
EVERYONE = tuple(Role)


class Verb(Labelled):
    """Verbs of a room besides reading; ``@does`` names the verb of each page that changes or hands out rows."""

    CREATE = 'create', '新增'
    EDIT = 'edit', '编辑'
    DELETE = 'delete', '删除'
    EXPORT = 'export', '导出'
    IMPORT = 'import', '导入'
    FILTER = 'filter', '保存筛选'
    ACT = 'act', '办理'
    BULK = 'bulk', '批量办理'
    DRAFT = 'draft', '暂存意见'
    ASIDE = 'aside', '暂缓或取回'
    COPY = 'copy', '复制申报'
    UPLOAD = 'upload', '上传'
    REMOVE = 'remove', '删除文件'
    MOVE = 'move', '排序'
    PACK = 'pack', '打包'
    PRINT = 'print', '打印'
    COLLECT = 'collect', '生成集体缴费单'
    DISSOLVE = 'dissolve', '取消集体缴费'
    SEAT = 'seat', '安排专家'
    BRING = 'bring', '列入申报'
    OPEN = 'open', '开始表决'
    CLOSE = 'close', '结束会议'
    VOTE = 'vote', '表决'
    GRANT = 'grant', '授权'
    ENABLE = 'enable', '启用或停用'
    PASSWORD = 'password', '重设密码'
    NAME = 'name', '更换管理员'
    CONFIRM = 'confirm', '接任管理员'
    CANCEL = 'cancel', '取消'
    READ = 'read', '标记已读'
    SAMPLE = 'sample', '设置范本'
    PROOF = 'proof', '预览'


EVERYWHERE = frozenset({Verb.FILTER})
"""Verbs that every room offers: they change only the account's own data."""


@dataclass(frozen=True, slots=True)
class Room:
    """One view of the back office: the roles that enter, the grants a handler needs, the verbs offered there.

    ``menu`` is the heading of the room in the menu; for a handler it is also the code of a grant of the kind MENU,
    and ``matter`` the code of one of the kind MATTER (手册 §1.4.3).
    """

    label: str
    roles: tuple[Role, ...]
    menu: str = ''
    matter: str = ''
    verbs: frozenset[Verb] = EVERYWHERE


def _room(label: str, *roles: Role, menu: str = '', matter: str = '', may: str = '') -> Room:
    return Room(label, roles, menu, matter, EVERYWHERE | {Verb(word) for word in may.split()})


ROOMS: Mapping[str, Room] = {
    'admin': _room('首页', *EVERYONE, menu='首页'),
    'messages': _room('消息', *EVERYONE, may='read'),
    'jobs': _room('任务', *EVERYONE, may='cancel'),
    'my_applications': _room('我的事项', Role.APPLICANT, may='create edit export act bulk copy'),
    **{
        f'declaration_{section.key()}': _room(section.about.label, Role.APPLICANT, may='create edit delete')
        for section in SECTIONS
        if section.many
    },
    'library': _room('我的资料库', Role.APPLICANT, may='upload delete'),
    'my_orders': _room('支付订单', Role.APPLICANT),
    'files': _room('材料', *EVERYONE, may='upload remove move pack print'),
    'employer_applications': _room(
        '职称评审业务', *EMPLOYER_SIDE, menu='单位事项', matter=TITLE_REVIEW, may='export act bulk draft aside'
    ),
    'collective_payment': _room(
        '集体缴费', *EMPLOYER_SIDE, menu='单位事项', matter=TITLE_REVIEW, may='collect dissolve'
    ),
    'roster': _room('人员管理', *EMPLOYER_SIDE, menu='人员管理', may='create delete export import'),
    'own_employer': _room('单位信息', *EMPLOYER_SIDE, menu='单位信息', may='edit'),
    'notice_contacts': _room('公示联系人', *EMPLOYER_SIDE, menu='维护管理', may='create edit delete'),
    'opinion_templates': _room('意见模板', *EMPLOYER_SIDE, menu='维护管理', may='create edit delete'),
    'handlers': _room('权限管理', Role.ADMINISTRATOR, menu='权限管理', may='create grant enable password'),
    'hand_over': _room('更换管理员', *EMPLOYER_SIDE, may='name confirm cancel'),
    'office_applications': _room('评审业务', Role.OFFICE, menu='评委会事项', may='export act bulk'),
    'sessions': _room('评审会议', Role.OFFICE, menu='评委会事项', may='create edit seat bring open close'),
    'office_orders': _room('缴费单', Role.OFFICE, menu='评委会事项', may='export'),
    'office_documents': _room('批件', Role.OFFICE, menu='评委会事项', may='export'),
    'ballots': _room('待评审申报', Role.EXPERT, may='act vote'),
    'bureau_applications': _room('业务办理', Role.BUREAU, menu='业务事项', may='export act bulk'),
    'bureau_documents': _room('批件', Role.BUREAU, menu='业务事项', may='export'),
    'certificates': _room('职称证书', Role.BUREAU, menu='业务事项', may='export'),
    'calls': _room('年度申报计划', Role.PLATFORM, menu='职称目录', may='create edit'),
    'call_numbers': _room('法定数字', Role.PLATFORM, menu='职称目录', may='create delete export'),
    'offerings': _room('开放专业', Role.PLATFORM, menu='职称目录', may='create edit delete export'),
    'series': _room('系列', Role.PLATFORM, menu='职称目录', may='create edit'),
    'titles': _room('资格名称', Role.PLATFORM, menu='职称目录', may='create edit export'),
    'specialities': _room('专业', Role.PLATFORM, menu='职称目录', may='create edit export'),
    'committees': _room('评委会', Role.PLATFORM, menu='职称目录', may='create edit'),
    'fee_standards': _room('收费标准', Role.PLATFORM, menu='职称目录', may='create edit'),
    'materials': _room('材料设置', Role.PLATFORM, menu='业务设置', may='create edit sample'),
    'wordings': _room('文本设置', Role.PLATFORM, menu='业务设置', may='create proof'),
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

WORKROOMS: Mapping[str, str] = {
    Role.APPLICANT: 'my_applications',
    Role.ADMINISTRATOR: 'employer_applications',
    Role.HANDLER: 'employer_applications',
    Role.OFFICE: 'office_applications',
    Role.EXPERT: 'ballots',
    Role.BUREAU: 'bureau_applications',
}
"""Room in which each role works on declarations; an account that may not act there acts for no party."""

PUBLIC = frozenset({
    'static', 'admin.static', 'session.login', 'session.logout', 'verify.index', 'verify.paper', 'gateway.notice',
    'gateway_standin.cashier', 'gateway_standin.confirm',
})  # fmt: skip
"""Pages outside the rooms, open without signing in: assets, sign-in, 验真, and the pages of the payment gateway."""
