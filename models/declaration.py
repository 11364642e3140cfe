"""The sections of the declaration (手册 §2.1), in the manual's words."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Mapped, relationship

from models.application import Track
from models.employer import Employer
from models.fields import Mask, choice, chosen, day, flag, paragraph, reference, state, text, whole
from models.section import About, ListSection, SingleSection
from models.terms import (
    DEGREES,
    ID_TYPES,
    LEVELS,
    PEOPLES,
    POLITICS,
    SCHOOLING,
    SCHOOLING_REGIONS,
    SEXES,
    STUDY_FORMS,
)


class Basic(SingleSection):
    """基本信息 (手册 §2.1.3)."""

    __tablename__ = 'basic'
    about = About(10, '基本信息', '手册 §2.1.3')

    name: Mapped[str | None] = text('姓名', 60, required=True, check='printable')
    sex: Mapped[str | None] = choice('性别', SEXES, required=True)
    id_type: Mapped[str | None] = choice('证件类型', ID_TYPES, required=True)
    id_number: Mapped[str | None] = text('证件号码', 30, required=True, masked=Mask.ID_NUMBER)
    born_on: Mapped[date | None] = day('出生日期')
    phone: Mapped[str | None] = text('联系电话', 30, required=True, masked=Mask.PHONE, check='phone')
    nationality: Mapped[str | None] = text('国籍', 60, required=True, default='中国')
    work_since: Mapped[date | None] = day('参加工作时间', required=True)
    household: Mapped[str | None] = text('户籍', 100, help='国籍为中国时必填，填写省、市、区')
    people: Mapped[str | None] = choice('民族', PEOPLES, help='国籍为中国时必填')
    politics: Mapped[str | None] = choice('政治面貌', POLITICS, help='国籍为中国时必填')
    insured_employer: Mapped[str | None] = text('现参保单位', 100, origin='系统自动获取')
    insured_code: Mapped[str | None] = text('现参保单位组织机构代码', 18, origin='系统自动获取')
    work_employer: Mapped[str | None] = text('现工作单位', 100, required=True)
    email: Mapped[str | None] = text('电子邮箱', 100, check='email')


class Education(ListSection):
    """教育经历 (手册 §2.1.4)."""

    __tablename__ = 'education'
    about = About(20, '教育经历', '手册 §2.1.4', '请自中专开始填写，无中专以上学历从初中开始填写。')

    certificate_number: Mapped[str | None] = text(
        '学历证书编号', 40, required=True, help='请填写学历证书编号，不是学位证书编号'
    )
    school: Mapped[str | None] = text('毕业学校', 100, required=True)
    entered_on: Mapped[date | None] = day('入学时间', required=True)
    left_on: Mapped[date | None] = day('毕业时间', required=True)
    schooling: Mapped[str | None] = choice('学历层次', SCHOOLING, required=True)
    subject: Mapped[str | None] = text('专业名称', 60, required=True)
    study_form: Mapped[str | None] = choice('学习形式', STUDY_FORMS, required=True)
    region: Mapped[str | None] = choice('学历取得地区', SCHOOLING_REGIONS, required=True)
    degree: Mapped[str | None] = choice('学位名称', DEGREES, required=True)
    used_here: Mapped[bool | None] = flag('是否以该学历申请职称评审', required=True)


class Work(ListSection):
    """工作经历 (手册 §2.1.5)."""

    __tablename__ = 'work'
    about = About(
        30, '工作经历', '手册 §2.1.5', '从参加工作开始填写，重要兼职亦应填写，除特殊情况外所列各项时间段应前后衔接。'
    )

    started_on: Mapped[date | None] = day('开始时间', required=True)
    ended_on: Mapped[date | None] = day('结束时间', blank='至今', help='至今的不填')
    employer: Mapped[str | None] = text('工作单位', 100, required=True)
    place: Mapped[str | None] = text('工作地点', 100, required=True)
    post: Mapped[str | None] = text('行政职务', 60, required=True, help='没有请填“无”')
    duties: Mapped[str | None] = paragraph('主要专业技术工作内容', 200, required=True)
    witness: Mapped[str | None] = text('证明人', 60, required=True)


class Present(SingleSection):
    """现职称及专业技术职务信息 (手册 §2.1.6)."""

    __tablename__ = 'present'
    about = About(
        40,
        '现职称及专业技术职务信息',
        '手册 §2.1.6',
        '我省现已建立专业技术人员职业资格与职称对应关系，请根据对应关系申报相应职称。'
        '省外取得职称特指非广东省各级职称管理部门核发的职称证书。',
    )

    subject: Mapped[str | None] = text('现从事专业（学科）', 60, required=True)
    years: Mapped[int | None] = whole('从事本专业或相近专业工作累计（年）', required=True, least=0, most=60)
    present_title: Mapped[str | None] = text('现职称名称', 60, help='确无现职称的不填')
    present_level: Mapped[str | None] = choice('现职称级别', LEVELS)
    obtained_on: Mapped[date | None] = day('取得时间')


class Target(SingleSection):
    """申报的职称信息 (手册 §2.1.7). Series, level, title and speciality come out of the open calls."""

    __tablename__ = 'target'
    about = About(50, '申报的职称信息', '手册 §2.1.7')

    track: Mapped[str | None] = state('申报类型', Track, name='track', required=True)
    series: Mapped[str | None] = chosen('评审的资格系列', 60, options='series', required=True)
    level: Mapped[str | None] = chosen('评审的资格级别', 60, options='level', required=True)
    title: Mapped[str | None] = chosen('评审的资格名称', 60, options='title', required=True)
    speciality: Mapped[str | None] = chosen('评审的资格专业', 60, options='speciality', required=True)
    elsewhere: Mapped[bool | None] = flag(
        '本年度是否向深圳市属职称评审委员会以外的职称评审委员会申报同一专业相同级别', required=True
    )
    others: Mapped[str | None] = text(
        '有无同时或不同时申报其他系列（专业）资格及其名称', 200, required=True, help='没有请填“无”；涉及诚信申报'
    )


class SelfEvaluation(SingleSection):
    """个人自我评价 (手册 §2.1.10)."""

    __tablename__ = 'self_evaluation'
    about = About(100, '个人自我评价', '手册 §2.1.10', '对照广东省各系列各专业职称申报条件填写。')

    ability: Mapped[str | None] = paragraph('自评认为具备专业技术工作（能力）条件', 500)
    achievement: Mapped[str | None] = paragraph('自评认为具备专业技术业绩成果条件', 500)


class Destination(SingleSection):
    """申报下一环节信息 (手册 §2.1.12): the employer that checks the declaration."""

    __tablename__ = 'destination'
    about = About(120, '申报下一环节信息', '手册 §2.1.12')

    route: Mapped[str | None] = text('报送去向', 60, origin='由流程确定', default='送单位审核')
    employer_id: Mapped[int | None] = reference(
        '报送单位',
        'employer.id',
        options='employer',
        required=True,
        help='默认为参保单位；其他单位须先将您加入其人员列表',
    )

    employer: Mapped[Employer | None] = relationship()
