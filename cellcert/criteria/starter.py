"""A small checklist to begin with, in which every line says what it is for."""

import json
from typing import Any

from cellcert.criteria.fields import KEY
from cellcert.criteria.text import Text


class NotStarted(Exception):
    """Why no file can be begun."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh)
        self.sentence = Text(zh, en)


def starter(category: str, title: str = "", lead: str = "", schema: str = "") -> str:
    """The source of a sound checklist; ``schema``: where an editor finds the JSON Schema."""
    if not KEY.match(category):
        raise NotStarted(
            f"类别“{category}”只能用小写字母、数字和下划线，字母开头，例如 factory",
            f"the category “{category}” must match [a-z][a-z0-9_]*, such as factory",
        )
    if not (title + schema).isprintable():
        raise NotStarted("标题里有不能显示的字符，请重写", "unprintable characters in the title; write it again")
    head = f"# yaml-language-server: $schema={schema}\n" if schema else ""
    return head + STARTER % {
        "category": category,
        "title": _quoted(title.strip() or f"无废细胞评价标准（{category}）"),
        "lead": _quoted(lead or "environment"),
    }


def _quoted(words: str) -> str:
    # What somebody types must not become YAML: a JSON string is one YAML string, whatever is in it.
    quoted: Any = json.dumps(words, ensure_ascii=False)
    return str(quoted)


STARTER = """\
# 改好一处就运行一次 cellcert criteria check %(category)s.yaml，它会指出哪一行要改、改成什么。
# 写法见 docs/criteria.zh.md。key 只用小写字母、数字和下划线；用过的 key 不要改作他用，往年的答案按它对应。
category: %(category)s            # 与文件名相同
edition: "1"                      # 版本，要加引号
title: %(title)s
points: 100                       # 满分，用来核对各部分之和
model: true                       # 示范版；定稿后删去这一行
lead: %(lead)s                    # 牵头部门，programme.yaml 里的 key
who:
  - 具有独立管理机构、正常运行满一年的单位可以申报。
basis: [本市“无废城市”建设实施方案]

# 单位情况：只问一次，用在 applies_if 等条件里。type 有 yes_no 是否、choice 选择、number 数。
facts:
  canteen: {ask: 是否有食堂, type: yes_no}

# 指标：填数据，由算式算出；不能直接填得分。单位要对得上，百分数要乘 100。
indicators:
  recovery:
    name: 生活垃圾回收利用率
    unit: "%%"
    period: calendar_year         # 上一自然年；也可以写 {first: -3, last: -1}
    inputs:
      recycled: {name: 回收利用量, unit: t}
      made: {name: 产生量, unit: t}
    formula: recycled / made * 100
    plausible: [0, 100]           # 超出范围的不计分，请单位核对
    source: 年度台账

# 前置条件：不计分，有一条不符合就不能认定。
prerequisites:
  - key: lawful
    text: 近三年没有发生较大及以上突发环境事件
    period: {first: -3, last: 0}  # 说到近几年时，要写明是哪几年
    check: [records]              # records 资料、site 现场、interview 座谈、survey 问卷、sample 抽查
    evidence: [信用查询结果]

sections:
  - key: work
    title: 日常工作
    points: 100                   # 等于下面各项之和
    floor: 50%%                    # 本部分至少要得到的比例
    items:
      - key: plan
        text: 有年度方案，并有落实记录
        points: 30
        score:                    # 分项相加
          parts:
            - {key: paper, text: 有年度方案, points: 10, score: yes_no}
            - {key: records, text: 有落实记录, points: 20, score: yes_no}
        evidence: [年度方案, 落实记录]
        check: [records]
      - key: recovery_rate
        text: 生活垃圾回收利用率达到先进水平
        points: 40
        score:                    # 按指标分档，从好到差
          tiers: recovery
          steps:
            - {at_least: 40, points: 40}
            - {at_least: 35, points: 25}
        evidence: [年度台账]
        check: [records, site]
      - key: kitchen
        text: 食堂厨余垃圾单独收集，按规定交运
        points: 30
        applies_if: canteen       # 没有食堂的不适用，其余各项按比例折算
        score:                    # 发现问题扣分
          deductions:
            - {key: bin, text: 缺少厨余垃圾容器, lose: 5, each: true, most: 15}
            - {key: mixed, text: 厨余垃圾与其他垃圾混放, lose: all}
        check: [site]

# 加分项：加到总分上，以 cap 为限。
bonus:
  cap: 5
  items:
    - {key: example, text: 做法在全市推广, points: 5, score: yes_no, evidence: [推广文件]}

# 等级：从高到低，达到全部条件的第一个等级。
levels:
  - {key: outstanding, name: 优秀, total: 90, floor: 60%%}
  - {key: qualified, name: 合格, total: 80}
"""
