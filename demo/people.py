"""Fictitious people with valid identity numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from stdnum.cn import ric

NAMES = (
    '陈思远 林小雨 欧阳建国 赵敏 黄志强 周晓燕 吴文博 郑雅琴 '
    '王䶮 刘宏伟 孙丽华 马俊杰 朱晨曦 胡明亮 郭淑芬 何子轩 '
    '高敏敏 罗振东 梁玉洁 宋卫民 谢佳怡 唐国栋 韩雪梅 冯一鸣 '
    '于海涛 董文静 萧劲松 程思琪 曹永康 袁春晓 邓超群 许婉婷 '
    '傅志勇 沈嘉禾 曾繁荣 彭湘云 吕德明 苏婧仪 卢启航 蒋丽娟 '
    '蔡家豪 贾慧敏 丁建平 魏子涵 薛松涛 叶知秋 阎立新 余秋萍 '
    '潘家宁 杜若兰 戴鹏程 夏雨荷 钟国强 汪海洋 田雨欣 任长江 '
    '姜文昊 范晓岚 方志远 石磊 姚慧君 谭卫东 廖思敏 邹家骏 '
    '熊丽萍 金哲宇 陆婉清 郝建军 孔令仪 白雪松 崔静怡 康永福 '
    '毛凯旋 邱慧玲 秦志刚 江雨桐 史建华 顾心怡 侯振华 邵文琳 '
    '孟祥瑞 龙晓东 万美玲 段成林 雷子轩 钱玉梅 汤伟民 尹诗涵 '
).split()
REGIONS = ('440303', '440305', '440106', '430103', '350702', '330106', '510107')


@dataclass(frozen=True, slots=True)
class Person:
    """Personal data of a fictitious person."""

    name: str
    id_number: str
    born_on: date
    sex: str
    phone: str


def person(number: int) -> Person:
    """Return the ``number``-th fictitious person; the same number always gives the same person."""
    chance = Random(number)
    born = date(chance.randint(1972, 1994), chance.randint(1, 12), chance.randint(1, 28))
    order = chance.randint(100, 999)
    body = f'{chance.choice(REGIONS)}{born:%Y%m%d}{order}'
    return Person(
        name=NAMES[number % len(NAMES)],
        id_number=body + ric.calc_check_digit(body + '0'),
        born_on=born,
        sex='男' if order % 2 else '女',
        phone=f'1{chance.choice("3578")}{chance.randint(10**8, 10**9 - 1)}',
    )
