"""Fixed lists of the field, each a tuple of the words on the forms."""

from __future__ import annotations

from babel import Locale

ID_TYPES = (
    '居民身份证',
    '港澳居民来往内地通行证',
    '台湾居民来往大陆通行证',
    '港澳台居民居住证',
    '护照',
    '外国人永久居留身份证',
)
NATIONALITIES = (
    '中国',
    *sorted(
        name
        for code, name in Locale('zh').territories.items()
        if len(code) == 2
        and code.isalpha()
        and code not in ('CN', 'HK', 'MO', 'TW', 'EU', 'EZ', 'UN', 'XA', 'XB', 'ZZ', 'QO')
    ),
)
"""ISO 3166 in Chinese (CLDR), 中国 first."""
SEXES = ('男', '女')
LEVELS = ('员级', '助理级', '中级', '副高级', '正高级')
# GB/T 4762
POLITICS = (
    '中共党员', '中共预备党员', '共青团员', '民革党员', '民盟盟员', '民建会员', '民进会员',
    '农工党党员', '致公党党员', '九三学社社员', '台盟盟员', '无党派人士', '群众',
)  # fmt: skip
# GB/T 3304
PEOPLES = (
    '汉族', '蒙古族', '回族', '藏族', '维吾尔族', '苗族', '彝族', '壮族', '布依族', '朝鲜族', '满族', '侗族',
    '瑶族', '白族', '土家族', '哈尼族', '哈萨克族', '傣族', '黎族', '傈僳族', '佤族', '畲族', '高山族', '拉祜族',
    '水族', '东乡族', '纳西族', '景颇族', '柯尔克孜族', '土族', '达斡尔族', '仫佬族', '羌族', '布朗族', '撒拉族',
    '毛南族', '仡佬族', '锡伯族', '阿昌族', '普米族', '塔吉克族', '怒族', '乌孜别克族', '俄罗斯族', '鄂温克族',
    '德昂族', '保安族', '裕固族', '京族', '塔塔尔族', '独龙族', '鄂伦春族', '赫哲族', '门巴族', '珞巴族', '基诺族',
)  # fmt: skip
SCHOOLING = (
    '博士研究生', '硕士研究生', '大学本科', '大学专科', '中专', '技工学校', '高中', '初中及以下',
)  # fmt: skip
STUDY_FORMS = ('全日制', '业余', '函授', '夜大', '电大', '自学考试', '网络教育', '成人脱产', '在职')
DEGREES = ('博士', '硕士', '双学士', '学士', '无')
SCHOOLING_REGIONS = ('大陆', '港澳台', '国外')
MATTER_CATEGORIES = (
    '人才激励', '博士后', '专技人才', '人才服务机构', '留学人员', '职业技能培训补贴', '技工学校', '职业技能鉴定',
    '民办职业培训机构', '职业技能鉴定机构',
)  # fmt: skip
"""The ten categories of 业务授权 (手册 §1.4.3)."""
MENUS = ('首页', '单位信息', '单位事项', '人员管理', '维护管理', '权限管理')
"""The six menus of 功能菜单授权 (手册 §1.4.3).

Grants are stored under these words and under those of ``MATTER_CATEGORIES``: a word that changes here needs a migration
of ``grant_line.code``.
"""
TITLE_REVIEW = '专技人才'
"""The category of title review."""
MATTER_CODE = '003'

PRESENT_KINDS = ('职称', '职业资格')
PRESENT_WAYS = ('评审', '考试', '考核认定', '省外确认', '其他')
EXCEPTIONAL_KINDS = ('符合职称评价标准破格申报', '其他破格申报')
EDUCATION_KINDS = ('公需', '专业', '选修')
PROJECT, TOPIC = '专业技术工作项目', '课题项目'
PROJECT_LEVELS = ('国家级', '省部级', '市厅级（含校级）', '区县级', '企业级', '横向')
PROJECT_ROLES = ('主持', '参与', '独立', '第 n 完成人')
PROJECT_STATES = ('已完成', '进行中')
AWARD_LEVELS = ('国家级', '省部级', '市厅级', '区县级', '企业级', '其他')
AWARD_GRADES = ('特等奖', '一等奖', '二等奖', '三等奖', '优秀奖', '其他')
PAPER, BOOK, ANALYSIS = '论文', '专著/译著/编著', '专项技术分析报告'
INDEXED_BY = ('SCI', 'EI', 'SSCI', 'CSSCI', '北大核心', '其他', '未收录')
PATENT, SOFTWARE = '专利', '软件著作权'
PATENT_KINDS = ('发明', '实用新型', '外观设计')
NEGATIVES = (
    '论著一稿多投', '抄袭剽窃论著', '冒用他人项目或署名', '因工作过失受到通报', '杜撰实验数据', '工程质量事故',
    '安全责任事故', '教学事故', '严重医患纠纷', '前述事故出现伤亡', '利用单位责任人之便占用他人成果', '医疗事故',
    '其他情况',
)  # fmt: skip
"""The thirteen ticks of 工作负面情况说明 (手册 §2.1.11)."""
NO_NEGATIVE = '无上述情况'
ASSESSMENT_RESULTS = ('优秀', '称职（合格）', '基本称职（基本合格）', '不称职（不合格）', '未定等次')
"""Results of a yearly assessment (单位年度考核)."""
