"""Made-up people with valid numbers."""

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
).split()
REGIONS = ('440303', '440305', '440106', '430103', '350702', '330106', '510107')


@dataclass(frozen=True, slots=True)
class Person:
    """Who someone is."""

    name: str
    id_number: str
    born_on: date
    sex: str
    phone: str


def person(number: int) -> Person:
    """The ``number``-th made-up person; the same number is always the same person."""
    chance = Random(number)
    born = date(chance.randint(1972, 1994), chance.randint(1, 12), chance.randint(1, 28))
    order = chance.randint(100, 999)
    body = f'{chance.choice(REGIONS)}{born:%Y%m%d}{order}'
    name = NAMES[number % len(NAMES)] + ('' if number < len(NAMES) else '二')
    return Person(
        name=name,
        id_number=body + ric.calc_check_digit(body + '0'),
        born_on=born,
        sex='男' if order % 2 else '女',
        phone=f'1{chance.choice("3578")}{chance.randint(10**8, 10**9 - 1)}',
    )
