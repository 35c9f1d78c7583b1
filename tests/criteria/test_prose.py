"""Real wordings of office checklists, and what they become; every expectation was checked by hand."""
# ruff: noqa: E501 - a row of the table reads best on one line

from decimal import Decimal
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellcert.criteria import ways
from cellcert.criteria.export.yaml_text import flow
from cellcert.criteria.office.prose import promised, understood


class Row(NamedTuple):
    rule: str
    points: str
    way: str  # after score:, in one line; indicators are called rate, facts if1, if2
    doubts: list[str]  # how each begins
    about: str = ""


ROWS = [
    Row("符合得5分，否则不得分", "5", "yes_no", []),
    Row("达标计2分", "2", "yes_no", []),
    Row(
        "达标计2分",
        "16",
        "{judged: {step: 1}}",
        ["分值写 16 分，评分标准最多得 2", "没有完全读懂“达标计2分”，暂由评审"],
    ),
    Row(
        "每项得1分，最高3分",
        "3",
        "{parts: [{key: p1, text: 宣传栏, points: 1, score: yes_no}, {key: p2, text: 电子屏, points: 1, score: yes_no}, {key: p3, text: 公众号, points: 1, score: yes_no}]}",
        [],
        "宣传方式：宣传栏、电子屏、公众号",
    ),
    Row(
        "每项得1分，最高3分",
        "3",
        "{choice: [{key: n3, label: 3 项及以上, points: 3}, {key: n2, label: 2 项, points: 2}, {key: n1, label: 1 项, points: 1}, {key: none, label: 没有, points: 0}]}",
        [],
    ),
    Row(
        "有方案得2分，有专人得2分",
        "4",
        "{parts: [{key: p1, text: 有方案, points: 2, score: yes_no}, {key: p2, text: 有专人, points: 2, score: yes_no}]}",
        [],
    ),
    Row(
        "有方案得2分；有专人得2分；有台账得1分。",
        "5",
        "{parts: [{key: p1, text: 有方案, points: 2, score: yes_no}, {key: p2, text: 有专人, points: 2, score: yes_no}, {key: p3, text: 有台账, points: 1, score: yes_no}]}",
        [],
    ),
    Row(
        "≥90%得10分，70%（含）–90%得6分，其余不得分",
        "10",
        "{tiers: rate, steps: [{at_least: 90, points: 10}, {at_least: 70, points: 6}]}",
        [],
        "生活垃圾分类准确率",
    ),
    Row("达到90%得满分", "5", "{tiers: rate, steps: [{at_least: 90, points: 5}]}", [], "居民知晓率"),
    Row(
        "知晓率90%以上得10分，80%以上得6分，60%以下不得分",
        "10",
        "{tiers: rate, steps: [{at_least: 90, points: 10}, {at_least: 80, points: 6}]}",
        ["两档之间有空档或重叠：60 与 80"],
    ),
    Row("满意度高于85%得8分，低于60%一票否决", "8", "{tiers: rate, steps: [{above: 85, points: 8}]}", [], "群众满意度"),
    Row(
        "准确率达到90%得满分，每低1个百分点扣2分，扣完为止",
        "10",
        "{shortfall: rate, target: 90, lose: 2, per: 1, part: full}",
        ["不足1个百分点怎样扣没有写：full"],
    ),
    Row(
        "以90%为基准，每低1个百分点扣2分，扣完为止",
        "10",
        "{shortfall: rate, target: 90, lose: 2, per: 1, part: full}",
        ["不足1个百分点怎样扣没有写：full"],
        "分类准确率",
    ),
    Row(
        "每低1个百分点扣2分，不足1个百分点按1个百分点计",
        "6",
        "{shortfall: rate, target: 90, lose: 2, per: 1, part: started}",
        [],
        "准确率≥90%",
    ),
    Row(
        "每低1个百分点扣2分",
        "6",
        "{judged: {step: 1}}",
        ["按差距扣分，但没有写以多少为准", "没有完全读懂“每低1个百分点扣2分”"],
        "准确率",
    ),
    Row("每发现一处扣2分，扣完为止", "10", "{deductions: [{key: f1, text: 不符合要求, lose: 2, each: true}]}", []),
    Row("少一个扣2.5分", "10", "{deductions: [{key: f1, text: 少一个, lose: 2.5, each: true}]}", []),
    Row("未开展的扣3分", "3", "{deductions: [{key: f1, text: 未开展, lose: 3}]}", []),
    Row("未建立台账的，本项不得分", "5", "{deductions: [{key: f1, text: 未建立台账, lose: all}]}", []),
    Row(
        "缺少一处扣1分，标识错误扣0.5分，未开展分类的本项不得分",
        "5",
        "{deductions: [{key: f1, text: 缺少一处, lose: 1, each: true}, {key: f2, text: 标识错误, lose: 0.5}, {key: f3, text: 未开展分类, lose: all}]}",
        [],
    ),
    Row(
        "酌情扣1~5分",
        "5",
        "{deductions: [{key: f1, text: 不符合要求, lose: [1, 5], step: 1}]}",
        ["酌情扣 1–5 分：每档几分没有写，"],
    ),
    Row(
        "现场脏乱的，酌情扣1—3分",
        "5",
        "{deductions: [{key: f1, text: 现场脏乱, lose: [1, 3], step: 1}]}",
        ["酌情扣 1–3 分：每档几分没有写，"],
    ),
    Row(
        "好得5分，较好得3-4分，一般得1-2分",
        "5",
        "{choice: [{key: o1, label: 好, points: 5}, {key: o2, label: 较好, points: [3, 4], step: 0.5}, {key: o3, label: 一般, points: [1, 2], step: 0.5}, {key: none, label: 其余, points: 0}]}",
        ["“较好”得 3–4 分：每档几分没有", "“一般”得 1–2 分：每档几分没有"],
    ),
    Row(
        "符合得3分，基本符合得1~2分，不符合得0分",
        "3",
        "{choice: [{key: o1, label: 符合, points: 3}, {key: o2, label: 基本符合, points: [1, 2], step: 0.5}, {key: none, label: 不符合, points: 0}]}",
        ["“基本符合”得 1–2 分：每档几分"],
    ),
    Row(
        "符合3分，基本符合3-1分，不符合0分",
        "3",
        "{choice: [{key: o1, label: 符合, points: 3}, {key: o2, label: 基本符合, points: [1, 3], step: 1}, {key: none, label: 不符合, points: 0}]}",
        ["“基本符合”得 1–3 分：每档几分"],
    ),
    Row(
        "至少做到3项得满分",
        "6",
        "{at_least: 3, of: [{key: c1, text: 有方案}, {key: c2, text: 有专人}, {key: c3, text: 有经费}, {key: c4, text: 有台账}]}",
        [],
        "（1）有方案（2）有专人（3）有经费（4）有台账",
    ),
    Row(
        "至少做到3项得满分",
        "6",
        "{at_least: 3, of: [{key: c1, text: 第 1 项（请写明）}, {key: c2, text: 第 2 项（请写明）}, {key: c3, text: 第 3 项（请写明）}]}",
        ["至少 3 项，但没有列出是哪几项，请"],
    ),
    Row("一票否决", "", "", []),
    Row("★", "", "", []),
    Row("*", "", "", []),
    Row("酌情给分", "5", "{judged: {step: 1}}", ["由评审人酌情打分：每档几分没有写，暂"]),
    Row(
        "根据落实情况酌情给1-5分",
        "5",
        "{judged: {step: 1}}",
        ["由评审人酌情打分：每档几分没有写，暂", "最低写 1 分；能不能是 0 分？j"],
    ),
    Row(
        "未分类的每处扣1分。市场面积小于200平方米的不作为扣分项，此项得分按比例折算",
        "5",
        "{deductions: [{key: f1, text: 未分类, lose: 1, each: true}]}",
        ["拟了一条情况“是否属于：市场面积小于", "“按比例折算”写作在本部分内折算；折"],
    ),
    Row(
        "每发现一处混投扣1分；未开展分类的该场所为0分",
        "10",
        "{deductions: [{key: f1, text: 混投, lose: 1, each: true}, {key: f2, text: 未开展分类, lose: all}]}",
        ["本项得 0 分则总分为 0：别的扣分"],
    ),
    Row(
        "有食堂的，未签订餐厨垃圾收运合同的扣2分；有电子屏的，未播放的扣2分",
        "4",
        "{deductions: [{key: f1, text: 未签订餐厨垃圾收运合同, lose: 2, applies_if: if1}, {key: f2, text: 未播放, lose: 2, applies_if: if2}]}",
        ["拟了一条情况“是否有食堂”，请改成合", "拟了一条情况“是否有电子屏”，请改成"],
    ),
    Row("有食堂的，落实光盘行动得4分", "4", "yes_no", ["拟了一条情况“是否有食堂”，请改成合"]),
    Row(
        "制度健全得5分，每缺一项扣1分，扣完为止",
        "5",
        "{deductions: [{key: f1, text: 缺一项, lose: 1, each: true}]}",
        [],
    ),
    Row(
        "每发现一处扣1分，最多扣3分；台账缺失扣2分",
        "10",
        "{deductions: [{key: f1, text: 不符合要求, lose: 1, each: true, most: 3}, {key: f2, text: 台账缺失, lose: 2}]}",
        [],
    ),
    Row(
        "国家级得5分，省级得3分，市级得1分",
        "5",
        "{choice: [{key: o1, label: 国家级, points: 5}, {key: o2, label: 省级, points: 3}, {key: o3, label: 市级, points: 1}, {key: none, label: 其余, points: 0}]}",
        [],
    ),
    Row(
        "省级得2分，市级得1分",
        "3",
        "{judged: {step: 1}}",
        ["分值写 3 分，评分标准最多得 2 ", "没有完全读懂“省级得2分；市级得1分"],
    ),
    Row(
        "每次得0.5分，最高2分",
        "4",
        "{judged: {step: 1}}",
        ["分值写 4 分，评分标准最多得 2 ", "没有完全读懂“每次得0.5分；最高2"],
    ),
    Row(
        "开展活动每次得0.5分，满分2分",
        "2",
        "{choice: [{key: n4, label: 活动4 次及以上, points: 2}, {key: n3, label: 活动3 次, points: 1.5}, {key: n2, label: 活动2 次, points: 1}, {key: n1, label: 活动1 次, points: 0.5}, {key: none, label: 没有, points: 0}]}",
        [],
    ),
    Row(
        "参与率、准确率达到80%，每低10%扣1分，扣完为止",
        "10",
        "{shortfall: rate, target: 80, lose: 1, per: 10, part: full}",
        ["不足10%怎样扣没有写：full 不", "“10%”按 10 个百分点理解", "写到了 2 个指标（准确率、参与率）"],
    ),
    Row(
        "①有制度得2分②有专人得2分③有经费得1分",
        "5",
        "{parts: [{key: p1, text: 有制度, points: 2, score: yes_no}, {key: p2, text: 有专人, points: 2, score: yes_no}, {key: p3, text: 有经费, points: 1, score: yes_no}]}",
        [],
    ),
    Row(
        "1.有制度得2分；2.有专人得2分；3.有经费得1分",
        "5",
        "{parts: [{key: p1, text: 有制度, points: 2, score: yes_no}, {key: p2, text: 有专人, points: 2, score: yes_no}, {key: p3, text: 有经费, points: 1, score: yes_no}]}",
        [],
    ),
    Row(
        "建筑容积率≥1.2得3分，≥1.5得4分，≥2.0得5分",
        "3",
        "{judged: {step: 1}}",
        ["分值写 3 分，评分标准最多得 5 ", "没有完全读懂“建筑容积率≥1.2得3"],
    ),
    Row(
        "容积率≥1.2得3分，≥1.5得4分，≥2.0得5分",
        "5",
        "{tiers: rate, steps: [{at_least: 2, points: 5}, {at_least: 1.5, points: 4}, {at_least: 1.2, points: 3}]}",
        [],
    ),
    Row(
        "3次及以上得5分，2次得3分，1次得1分",
        "5",
        "{choice: [{key: o1, label: 3次及以上, points: 5}, {key: o2, label: 2次, points: 3}, {key: o3, label: 1次, points: 1}, {key: none, label: 其余, points: 0}]}",
        [],
    ),
    Row(
        "不涉及的得满分；未落实的每项扣1分",
        "5",
        "{deductions: [{key: f1, text: 未落实, lose: 1, each: true}]}",
        ["拟了一条情况“是否涉及：本项”，请改"],
    ),
    Row("查看资料。制度齐全得5分，不齐全不得分", "5", "yes_no", []),
    Row("5分", "5", "yes_no", ["评分标准只写了分数，请确认是符合即得"]),
    Row("", "5", "{judged: {step: 1}}", ["没有评分标准，请写明怎样得分"]),
    Row(
        "完成率×5分",
        "5",
        "{linear: rate, from: {value: 0, points: 0}, to: {value: 100, points: 5}}",
        ["按比例得分：0% 得 0 分、100"],
    ),
    Row(
        "未实行垃圾分类扣2分，执行不到位扣1分",
        "2",
        "{deductions: [{key: f1, text: 未实行垃圾分类, lose: 2}, {key: f2, text: 执行不到位, lose: 1}]}",
        [],
    ),
    Row(
        "平均每人每天≤60克得5分，60~100克得3分，100克以上不得分",
        "5",
        "{tiers: rate, steps: [{at_most: 60, points: 5}, {below: 100, points: 3}]}",
        [],
        "人均餐厨垃圾产生量",
    ),
    Row("有正式文件得5分，无文件不得分", "5", "yes_no", []),
    Row(
        "没有开展宣传扣4分",
        "3",
        "{deductions: [{key: f1, text: 没有开展宣传, lose: 4}]}",
        ["分值写 3 分，却扣 4 分（“没有"],
    ),
    Row("无宣传氛围-4分", "5", "{deductions: [{key: f1, text: 无宣传氛围, lose: 4}]}", []),
    Row("少一项扣一分", "5", "{deductions: [{key: f1, text: 少一项, lose: 1, each: true}]}", []),
    Row(
        "70%≤利用率<90%得6分，利用率≥90%得10分",
        "10",
        "{tiers: rate, steps: [{at_least: 90, points: 10}, {at_least: 70, points: 6}]}",
        [],
    ),
    Row(
        "知晓率达到90%得满分，不足的按比例得分",
        "5",
        "{linear: rate, from: {value: 0, points: 0}, to: {value: 90, points: 5}}",
        ["“按比例得分”从 0 算起：0 得 "],
    ),
    Row(
        "无废弃机油的不作为扣分项；未交有资质单位的扣5分",
        "5",
        "{deductions: [{key: f1, text: 未交有资质单位, lose: 5}]}",
        ["拟了一条情况“是否涉及废弃机油”，请"],
    ),
    Row(
        "不涉及电子废物的，得满分；有台账得3分，有合同得2分",
        "5",
        "{parts: [{key: p1, text: 有台账, points: 3, score: yes_no}, {key: p2, text: 有合同, points: 2, score: yes_no}]}",
        ["拟了一条情况“是否涉及电子废物”，请"],
    ),
    Row(
        "综合利用率≥90%，得10分；80%≤综合利用率＜90%，得8分；70%≤综合利用率＜80%，得6分；低于70%不得分",
        "10",
        "{tiers: rate, steps: [{at_least: 90, points: 10}, {at_least: 80, points: 8}, {at_least: 70, points: 6}]}",
        [],
    ),
    Row(
        "知晓率≥90%得6分，每降低5%扣1分，不足5%按5%计",
        "6",
        "{shortfall: rate, target: 90, lose: 1, per: 5, part: started}",
        ["“5%”按 5 个百分点理解"],
    ),
    Row(
        "资料齐全、真实得4分；基本齐全得2分；不齐全不得分",
        "4",
        "{choice: [{key: o1, label: 资料齐全、真实, points: 4}, {key: o2, label: 基本齐全, points: 2}, {key: none, label: 不齐全, points: 0}]}",
        [],
    ),
    Row(
        "组织机构健全、职责明确、有专人负责的，得5分；缺一项扣2分；未成立组织机构的不得分",
        "5",
        "{deductions: [{key: f1, text: 缺一项, lose: 2, each: true}, {key: f2, text: 未成立组织机构, lose: all}]}",
        [],
    ),
    Row(
        "每年开展不少于4次培训，每少1次扣1分，扣完为止",
        "5",
        "{deductions: [{key: f1, text: 每年开展不少于4次培训，每少1次, lose: 1, each: true}]}",
        [],
    ),
    Row(
        "分类投放准确率达到90%以上得10分，达到80%以上不足90%得7分，达到70%以上不足80%得4分，70%以下不得分",
        "10",
        "{tiers: rate, steps: [{at_least: 90, points: 10}, {at_least: 80, points: 7}, {at_least: 70, points: 4}]}",
        [],
    ),
    Row("有得3分，没有得0分", "3", "yes_no", []),
    Row("是得3分，否得0分", "3", "yes_no", []),
    Row(
        "A.完全符合5分；B.部分符合3分；C.不符合0分",
        "5",
        "{choice: [{key: o1, label: 完全符合, points: 5}, {key: o2, label: 部分符合, points: 3}, {key: none, label: 不符合, points: 0}]}",
        [],
    ),
    Row(
        "全部落实5分、部分落实1-4分、未落实0分",
        "5",
        "{choice: [{key: o1, label: 全部落实, points: 5}, {key: o2, label: 部分落实, points: [1, 4], step: 1}, {key: none, label: 未落实, points: 0}]}",
        ["“部分落实”得 1–4 分：每档几分"],
    ),
    Row(
        "有管理制度（2分），有专人（2分），有台账（1分）",
        "5",
        "{parts: [{key: p1, text: 有管理制度, points: 2, score: yes_no}, {key: p2, text: 有专人, points: 2, score: yes_no}, {key: p3, text: 有台账, points: 1, score: yes_no}]}",
        [],
    ),
    Row(
        "有管理制度，2分；有专人，2分；有台账，1分",
        "5",
        "{parts: [{key: p1, text: 有管理制度, points: 2, score: yes_no}, {key: p2, text: 有专人, points: 2, score: yes_no}, {key: p3, text: 有台账, points: 1, score: yes_no}]}",
        [],
    ),
    Row(
        "参与率≥80%得5分；每低于1%扣0.5分",
        "5",
        "{shortfall: rate, target: 80, lose: 0.5, per: 1, part: full}",
        ["不足1%怎样扣没有写：full 不扣", "“1%”按 1 个百分点理解"],
    ),
    Row(
        "按要求配置分类容器，缺1处扣1分，破损、脏污1处扣0.5分，最多扣3分",
        "10",
        "{deductions: [{key: f1, text: 按要求配置分类容器，缺1处, lose: 1, each: true}, {key: f2, text: 破损、脏污1处, lose: 0.5, each: true, most: 3}]}",
        [],
    ),
    Row(
        "设置公示牌并公示监督电话得2分，缺一项扣1分",
        "2",
        "{deductions: [{key: f1, text: 缺一项, lose: 1, each: true}]}",
        [],
    ),
    Row(
        "近三年获得国家级荣誉得3分，省级得2分，市级得1分",
        "3",
        "{choice: [{key: o1, label: 近三年获得国家级荣誉, points: 3}, {key: o2, label: 省级, points: 2}, {key: o3, label: 市级, points: 1}, {key: none, label: 其余, points: 0}]}",
        [],
    ),
    Row("综合考虑，酌情打分", "5", "{judged: {step: 1}}", ["由评审人酌情打分：每档几分没有写，暂"]),
    Row("由专家根据现场情况评定，最高8分", "8", "{judged: {step: 1}}", ["由评审人酌情打分：每档几分没有写，暂"]),
    Row(
        "垃圾分类知晓率达到95%以上的得4分；90%-95%的得3分；85%-90%的得2分；低于85%的不得分",
        "4",
        "{tiers: rate, steps: [{at_least: 95, points: 4}, {at_least: 90, points: 3}, {at_least: 85, points: 2}]}",
        ["正好 90% 归哪一档没有写，暂归得"],
    ),
    Row(
        "危废规范化管理考核优秀得5分、良好得3分、一般得1分，不合格一票否决",
        "5",
        "{choice: [{key: o1, label: 危废规范化管理考核优秀, points: 5}, {key: o2, label: 良好, points: 3}, {key: o3, label: 一般, points: 1}, {key: none, label: 其余, points: 0}]}",
        ["拟了一条情况“是否存在：不合格”，请"],
    ),
    Row(
        "未按要求建立管理台账的，扣5分，台账内容不完整的，每处扣1分，最多扣5分",
        "10",
        "{deductions: [{key: f1, text: 未按要求建立管理台账, lose: 5}, {key: f2, text: 台账内容不完整, lose: 1, each: true, most: 5}]}",
        [],
    ),
    Row("拒绝检查扣25分", "5", "{deductions: [{key: f1, text: 拒绝检查, lose: 25}]}", ["分值写 5 分，却扣 25 分（“拒"]),
    Row(
        "每增加1个百分点加0.2分，最高1分",
        "1",
        "{judged: {step: 0.5}}",
        ["其中有“每……得几分”，请分开写", "没有完全读懂“每增加1个百分点加0."],
    ),
    Row("近3年累计提高20个百分点得10分", "10", "yes_no", ["“20个百分点”没有写成指标，暂按是"]),
    Row("达到《标准》GB/T 38849-2020要求得5分", "5", "yes_no", []),
    Row(
        "食堂未张贴“光盘行动”标识-3分；提供一次性用品-1分",
        "4",
        "{deductions: [{key: f1, text: 食堂未张贴“光盘行动”标识, lose: 3}, {key: f2, text: 提供一次性用品, lose: 1}]}",
        [],
    ),
    Row(
        "市场内应设3个投放点，少一个扣2.5分",
        "7.5",
        "{deductions: [{key: f1, text: 市场内应设3个投放点，少一个, lose: 2.5, each: true}]}",
        [],
    ),
    Row("满分3分，未建立的扣3分", "3", "{deductions: [{key: f1, text: 未建立, lose: 3}]}", []),
    Row(
        "符合得2.125分",
        "2.125",
        "{judged: {step: 0.01}}",
        ["分数 2.125 超过两位小数，请改", "没有完全读懂“符合得2.125分”，"],
    ),
    Row("查验文件，无文件扣5分", "5", "{deductions: [{key: f1, text: 查验文件，无文件, lose: 5}]}", []),
    Row("总得分=（达标数÷总数）×20", "20", "{judged: {step: 1}}", ["没有完全读懂“总得分=（达标数÷总数"]),
    Row("按规定执行", "5", "{judged: {step: 1}}", ["没有完全读懂“按规定执行”，暂由评审"]),
    Row("未做到的不得分", "4", "{deductions: [{key: f1, text: 未做到, lose: all}]}", []),
    Row(
        "有6项措施，每项1分",
        "6",
        "{choice: [{key: n6, label: 6 项及以上, points: 6}, {key: n5, label: 5 项, points: 5}, {key: n4, label: 4 项, points: 4}, {key: n3, label: 3 项, points: 3}, {key: n2, label: 2 项, points: 2}, {key: n1, label: 1 项, points: 1}, {key: none, label: 没有, points: 0}]}",
        [],
    ),
    Row(
        "(1)有制度，2分(2)有专人，2分(3)有经费，2分",
        "6",
        "{parts: [{key: p1, text: 有制度, points: 2, score: yes_no}, {key: p2, text: 有专人, points: 2, score: yes_no}, {key: p3, text: 有经费, points: 2, score: yes_no}]}",
        [],
    ),
    Row(
        "发现1例混投混放扣2分，发现3例及以上不得分",
        "5",
        "{deductions: [{key: f1, text: 发现1例混投混放, lose: 2, each: true}, {key: f2, text: 发现3例及以上, lose: all}]}",
        [],
    ),
    Row(
        "有制度得2分，落实到位得3分，每发现一处未落实扣1分",
        "5",
        "{judged: {step: 1}}",
        ["几种计分写在一起，没有读懂", "没有完全读懂“有制度得2分；落实到位"],
    ),
    Row(
        "分类正确率95%以上得10分，每下降1%扣1分，低于80%不得分",
        "10",
        "{shortfall: rate, target: 95, lose: 1, per: 1, part: full}",
        ["“低于80%不得分”没有用上：扣完为", "不足1%怎样扣没有写：full 不扣", "“1%”按 1 个百分点理解"],
    ),
    Row(
        "未建立领导小组扣2分，未明确专人扣2分，未定期研究扣1分，扣完为止",
        "5",
        "{deductions: [{key: f1, text: 未建立领导小组, lose: 2}, {key: f2, text: 未明确专人, lose: 2}, {key: f3, text: 未定期研究, lose: 1}]}",
        [],
    ),
    Row(
        "垃圾分类知晓率达90%以上得3分，参与率达80%以上得3分",
        "6",
        "{parts: [{key: p1, text: 垃圾分类知晓率达90%以上, points: 3, score: {tiers: rate, steps: [{at_least: 90, points: 3}]}}, {key: p2, text: 参与率达80%以上, points: 3, score: {tiers: rate2, steps: [{at_least: 80, points: 3}]}}]}",
        [],
    ),
    Row(
        "按照落实情况，分优、良、中、差四档，分别得5、3、2、0分",
        "5",
        "{judged: {step: 1}}",
        ["没有完全读懂“按照落实情况，分优、良"],
    ),
    Row(
        "现场查看，发现1处不规范扣0.5分，扣完5分为止",
        "5",
        "{deductions: [{key: f1, text: 现场查看，发现1处不规范, lose: 0.5, each: true}]}",
        [],
    ),
    Row(
        "企业固废综合利用率不低于80%得10分，低于80%不得分",
        "10",
        "{tiers: rate, steps: [{at_least: 80, points: 10}]}",
        [],
    ),
    Row(
        "综合利用率达到90%或三年累计提高20个百分点得10分",
        "10",
        "{any_of: [{key: a1, text: 综合利用率达到90%, score: {tiers: rate, steps: [{at_least: 90, points: 10}]}}, {key: a2, text: 三年累计提高20个百分点, score: {tiers: rate2, steps: [{at_least: 20, points: 10}]}}]}",
        [],
    ),
    Row(
        "每季度开展1次得1分，全年4次得4分",
        "4",
        "{judged: {step: 1}}",
        ["其中有“每……得几分”，请分开写", "没有完全读懂“每季度开展1次得1分；"],
    ),
    Row(
        "设置规范得3分；标识清晰得2分；未设置不得分",
        "5",
        "{parts: [{key: p1, text: 设置规范, points: 3, score: yes_no}, {key: p2, text: 标识清晰, points: 2, score: yes_no}]}",
        [],
    ),
    Row(
        "符合要求的得满分，部分符合的酌情得分，不符合的不得分",
        "5",
        "{judged: {step: 1}}",
        ["几种计分写在一起，没有读懂", "没有完全读懂“符合要求的得满分；部分"],
    ),
    Row("一项不符合扣1分", "5", "{deductions: [{key: f1, text: 一项不符合, lose: 1, each: true}]}", []),
    Row("缺一不得分", "5", "{deductions: [{key: f1, text: 缺一, lose: all}]}", []),
    Row(
        "全部符合得5分，1项不符合得3分，2项及以上不符合不得分",
        "5",
        "{choice: [{key: o1, label: 全部符合, points: 5}, {key: o2, label: 1项不符合, points: 3}, {key: none, label: 2项及以上不符合, points: 0}]}",
        [],
    ),
    Row(
        "获得省级以上荣誉得3分，市级得2分，区级得1分，同一荣誉不重复计分",
        "3",
        "{choice: [{key: o1, label: 获得省级以上荣誉, points: 3}, {key: o2, label: 市级, points: 2}, {key: o3, label: 区级, points: 1}, {key: none, label: 其余, points: 0}]}",
        ["这一句没有用上：“同一荣誉不重复计分"],
    ),
    Row(
        "达不到要求的，每项扣0.5~1分，扣完为止",
        "5",
        "{judged: {step: 1}}",
        ["每处酌情扣 0.5–1 分，请写成每", "没有完全读懂“达不到要求的，每项扣0"],
    ),
    Row("有计划、有总结得5分，缺1项扣2.5分", "5", "{deductions: [{key: f1, text: 缺1项, lose: 2.5, each: true}]}", []),
    Row(
        "垃圾回收利用率达到35%得5分，每提高1个百分点加1分，最高8分",
        "8",
        "{judged: {step: 1}}",
        ["其中有“每……得几分”，请分开写", "没有完全读懂“垃圾回收利用率达到35"],
    ),
    Row("无", "5", "{judged: {step: 1}}", ["没有完全读懂“无”，暂由评审人打分，"]),
    Row("/", "5", "{judged: {step: 1}}", ["没有完全读懂“/”，暂由评审人打分，"]),
    Row(
        "优秀5分，良好4分，合格3分，不合格0分",
        "5",
        "{choice: [{key: o1, label: 优秀, points: 5}, {key: o2, label: 良好, points: 4}, {key: o3, label: 合格, points: 3}, {key: none, label: 不合格, points: 0}]}",
        [],
    ),
    Row("是/否", "2", "{judged: {step: 1}}", ["没有完全读懂“是/否”，暂由评审人打"]),
    Row(
        "已完成得5分；正在推进得3分；未启动得0分",
        "5",
        "{choice: [{key: o1, label: 已完成, points: 5}, {key: o2, label: 正在推进, points: 3}, {key: none, label: 未启动, points: 0}]}",
        [],
    ),
    Row(
        "每处1分，共10分",
        "10",
        "{choice: [{key: n10, label: 10 处及以上, points: 10}, {key: n9, label: 9 处, points: 9}, {key: n8, label: 8 处, points: 8}, {key: n7, label: 7 处, points: 7}, {key: n6, label: 6 处, points: 6}, {key: n5, label: 5 处, points: 5}, {key: n4, label: 4 处, points: 4}, {key: n3, label: 3 处, points: 3}, {key: n2, label: 2 处, points: 2}, {key: n1, label: 1 处, points: 1}, {key: none, label: 没有, points: 0}]}",
        [],
    ),
    Row(
        "共5处，每处2分",
        "10",
        "{choice: [{key: n5, label: 5 处及以上, points: 10}, {key: n4, label: 4 处, points: 8}, {key: n3, label: 3 处, points: 6}, {key: n2, label: 2 处, points: 4}, {key: n1, label: 1 处, points: 2}, {key: none, label: 没有, points: 0}]}",
        [],
    ),
    Row("满意度低于60%的，取消评选资格；85%以上得10分", "10", "{tiers: rate, steps: [{at_least: 85, points: 10}]}", []),
    Row("不符合扣3分", "3", "{deductions: [{key: f1, text: 不符合, lose: 3}]}", []),
    Row(
        "随机询问10名居民，知晓率≥90%得5分，≥80%得3分，<80%不得分",
        "5",
        "{tiers: rate, steps: [{at_least: 90, points: 5}, {at_least: 80, points: 3}]}",
        [],
    ),
    Row(
        "随机抽查5个投放点，每1个不符合要求扣1分",
        "5",
        "{deductions: [{key: f1, text: 随机抽查5个投放点，每1个不符合要求, lose: 1, each: true}]}",
        [],
    ),
    Row(
        "发现混装混运现象的，一票否决",
        "5",
        "{judged: {step: 1}}",
        ["拟了一条情况“是否存在：发现混装混运", "有分值，却只写了一票否决，请写明怎样"],
    ),
    Row("分值的50%", "5", "{judged: {step: 1}}", ["没有完全读懂“分值的50%”，暂由评"]),
    Row(
        "1个得1分，2个得2分，3个及以上得4分",
        "4",
        "{choice: [{key: o1, label: 3个及以上, points: 4}, {key: o2, label: 2个, points: 2}, {key: o3, label: 1个, points: 1}, {key: none, label: 其余, points: 0}]}",
        [],
    ),
    Row(
        "投放点设置每300户1处得6分，每少1处扣2分",
        "6",
        "{deductions: [{key: f1, text: 少1处, lose: 2, each: true}]}",
        [],
    ),
    Row(
        "近三年未发生安全事故得5分，发生一起扣5分",
        "5",
        "{deductions: [{key: f1, text: 发生一起, lose: 5, each: true}]}",
        [],
    ),
    Row("垃圾清运日产日清得5分，未做到酌情扣分", "5", "{judged: {step: 1}}", ["由评审人酌情打分：每档几分没有写，暂"]),
    Row("张贴宣传海报得1分/处，最高5分", "5", "{judged: {step: 1}}", ["没有完全读懂“张贴宣传海报得1分/处"]),
    Row(
        "1.制度健全（1分） 2.台账完整（1分） 3.专人负责（1分）",
        "3",
        "{parts: [{key: p1, text: 制度健全, points: 1, score: yes_no}, {key: p2, text: 台账完整, points: 1, score: yes_no}, {key: p3, text: 专人负责, points: 1, score: yes_no}]}",
        [],
    ),
    Row(
        "制度健全1分，台账完整1分，专人负责1分。",
        "3",
        "{parts: [{key: p1, text: 制度健全, points: 1, score: yes_no}, {key: p2, text: 台账完整, points: 1, score: yes_no}, {key: p3, text: 专人负责, points: 1, score: yes_no}]}",
        [],
    ),
    Row(
        "90%(含)以上10分，80%(含)-90%(不含)8分，70%(含)-80%(不含)5分，70%以下0分",
        "10",
        "{tiers: rate, steps: [{at_least: 90, points: 10}, {at_least: 80, points: 8}, {at_least: 70, points: 5}]}",
        [],
    ),
    Row("≥90分得10分", "10", "{judged: {step: 1}}", ["没有完全读懂“≥90分，得10分”，"]),
    Row(
        "产生强度同比下降10%以上得5分，下降5%~10%得3分，不下降不得分",
        "5",
        "{tiers: rate, steps: [{at_least: 10, points: 5}, {at_least: 5, points: 3}]}",
        ["正好 5% 归哪一档没有写，暂归得分"],
    ),
    Row(
        "固废产生强度≤0.5吨/万元得5分，≤0.8吨/万元得3分",
        "5",
        "{tiers: rate, steps: [{at_most: 0.5, points: 5}, {at_most: 0.8, points: 3}]}",
        [],
    ),
    Row(
        "未制定方案扣2分；方案未落实扣3分；以上情况同时存在的不得分",
        "5",
        "{deductions: [{key: f1, text: 未制定方案, lose: 2}, {key: f2, text: 方案未落实, lose: 3}, {key: f3, text: 以上情况同时存在, lose: all}]}",
        [],
    ),
    Row(
        "有1处不符合扣1分，3处以上不得分",
        "5",
        "{deductions: [{key: f1, text: 有1处不符合, lose: 1, each: true}, {key: f2, text: 3处以上, lose: all}]}",
        [],
    ),
    Row(
        "符合要求得5分，有1处不符合扣1分", "5", "{deductions: [{key: f1, text: 有1处不符合, lose: 1, each: true}]}", []
    ),
    Row("按照实际得分×0.1计算", "10", "{judged: {step: 1}}", ["没有完全读懂“按照实际得分×0.1计"]),
    Row(
        "每缺1项制度扣1分，制度内容不完善的每项扣0.5分",
        "5",
        "{deductions: [{key: f1, text: 缺1项制度, lose: 1, each: true}, {key: f2, text: 制度内容不完善, lose: 0.5, each: true}]}",
        [],
    ),
    Row(
        "资料不全的酌情扣1-2分，造假的一票否决",
        "6",
        "{deductions: [{key: f1, text: 资料不全, lose: [1, 2], step: 0.5}]}",
        ["拟了一条情况“是否存在：造假”，请改", "酌情扣 1–2 分：每档几分没有写，"],
    ),
    Row(
        "知晓率和满意度均达到90%得5分",
        "5",
        "{tiers: rate, steps: [{at_least: 90, points: 5}]}",
        ["写到了 2 个指标（和满意度、知晓率"],
    ),
    Row(
        "知晓率达90%得4分，每低1个百分点扣0.5分；参与率达80%得4分，每低1个百分点扣0.5分",
        "8",
        "{judged: {step: 1}}",
        ["几种计分写在一起，没有读懂", "没有完全读懂“知晓率达90%得4分；"],
    ),
    Row(
        "开展宣传活动4次以上得5分，3次得4分，2次得3分，1次得2分，未开展不得分",
        "5",
        "{choice: [{key: o1, label: 开展宣传活动4次以上, points: 5}, {key: o2, label: 3次, points: 4}, {key: o3, label: 2次, points: 3}, {key: o4, label: 1次, points: 2}, {key: none, label: 未开展, points: 0}]}",
        [],
    ),
    Row(
        "每月开展1次，少一次扣0.5分",
        "5",
        "{deductions: [{key: f1, text: 每月开展1次，少一次, lose: 0.5, each: true}]}",
        [],
    ),
    Row(
        "回收利用率≥35%得满分，30%-35%得8分，25%-30%得5分，低于25%得0分",
        "10",
        "{tiers: rate, steps: [{at_least: 35, points: 10}, {at_least: 30, points: 8}, {at_least: 25, points: 5}]}",
        ["正好 30% 归哪一档没有写，暂归得"],
    ),
    Row(
        "有台账1分，台账规范2分",
        "3",
        "{parts: [{key: p1, text: 有台账, points: 1, score: yes_no}, {key: p2, text: 台账规范, points: 2, score: yes_no}]}",
        [],
    ),
    Row(
        "配备专职人员2名以上的得5分，1名的得3分",
        "5",
        "{choice: [{key: o1, label: 配备专职人员2名以上, points: 5}, {key: o2, label: 1名, points: 3}, {key: none, label: 其余, points: 0}]}",
        [],
    ),
    Row(
        "未使用一次性用品的得5分；使用的，发现1种扣1分",
        "5",
        "{deductions: [{key: f1, text: 使用的，发现1种, lose: 1, each: true}]}",
        [],
    ),
    Row(
        "按要求设置的得2分，设置不规范的得1分，未设置的得0分",
        "2",
        "{choice: [{key: o1, label: 按要求设置, points: 2}, {key: o2, label: 设置不规范, points: 1}, {key: none, label: 未设置, points: 0}]}",
        [],
    ),
    Row("符合得分，不符合不得分", "5", "yes_no", []),
    Row(
        "A：5分；B：3分；C：0分",
        "5",
        "{choice: [{key: o1, label: A, points: 5}, {key: o2, label: B, points: 3}, {key: none, label: C, points: 0}]}",
        [],
    ),
    Row("合同齐全的加5分", "5", "yes_no", []),
    Row(
        "满分5分，每有1项未落实减1分，减完为止", "5", "{deductions: [{key: f1, text: 未落实, lose: 1, each: true}]}", []
    ),
    Row(
        "抽查3处，1处不合格扣2分，2处不合格扣4分，3处不合格不得分",
        "5",
        "{judged: {step: 1}}",
        ["按处数分档扣分：“2处不合格扣4分”", "没有完全读懂“抽查3处，1处不合格扣"],
    ),
    Row(
        "抽查10人，9人以上知晓得5分，7-8人知晓得3分，6人及以下不得分",
        "5",
        "{choice: [{key: o1, label: 抽查10人，9人以上知晓, points: 5}, {key: o2, label: 7-8人知晓, points: 3}, {key: none, label: 6人及以下, points: 0}]}",
        [],
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.points}-{row.rule[:24]}")
def test_a_rule_becomes_its_way_and_what_is_open_is_doubted(row: Row) -> None:
    read = understood(row.rule, Decimal(row.points) if row.points else None, row.about)

    written = "" if read.yaml is None else flow(read.yaml).replace("item_rate", "rate").replace("item_if", "if")
    assert written == row.way
    assert [doubt.zh[:18] for doubt in read.doubts] == row.doubts
    assert all(doubt.en for doubt in read.doubts)


def test_the_table_holds_sixty_wordings() -> None:
    assert len({row.rule for row in ROWS}) >= 60


def test_a_limit_with_a_veto_and_another_limit_with_points_stand_apart() -> None:
    read = understood("满意度高于85%得8分，低于60%一票否决", Decimal(8), "群众满意度", "item")

    assert read.veto_if == "item_rate < 60"
    assert [measure.name.zh for measure in read.measures] == ["群众满意度"]
    assert not read.prerequisite


def test_a_veto_without_a_figure_proposes_a_fact() -> None:
    read = understood("优秀得5分，良好得3分，发现混装混运的一票否决", Decimal(5))

    assert read.veto_if == "item_if1"
    assert [fact.ask.zh for fact in read.facts] == ["是否存在：发现混装混运"]
    assert any("拟了一条情况" in doubt.zh for doubt in read.doubts)


@pytest.mark.parametrize("rule", ["一票否决", "★", "*", "否决项", "（一票否决项）", "未通过的，取消申报资格"])
def test_a_veto_without_points_is_a_prerequisite(rule: str) -> None:
    assert understood(rule, None).prerequisite
    assert not understood(rule, Decimal(5)).prerequisite


def test_a_condition_becomes_a_fact_for_the_item_or_for_its_fault_alone() -> None:
    whole = understood("未签订收运合同的扣4分", Decimal(4), "有食堂的，餐厨垃圾有去向")
    faults = understood("有食堂的，未签合同的扣2分；实行外包的，未约定分类的扣2分", Decimal(4))

    assert whole.applies_if == "item_if1"
    assert faults.applies_if is None
    assert isinstance(faults.way, ways.Deductions)
    assert [fault.applies_if for fault in faults.way.faults] == ["item_if1", "item_if2"]
    assert [fact.ask.zh for fact in faults.facts] == ["是否有食堂", "是否实行外包"]


def test_what_does_not_apply_is_left_out_rescaled_or_full() -> None:
    rescaled = understood("缺一处扣1分。面积小于200平方米的不作为扣分项，此项得分按比例折算", Decimal(5))
    full = understood("不涉及电子废物的，得满分；有台账得3分，有合同得2分", Decimal(5))

    assert (rescaled.applies_if, rescaled.not_applicable) == ("not item_if1", "section")
    assert (full.applies_if, full.not_applicable) == ("item_if1", "full")


@pytest.mark.parametrize("scaled", ["得分按比例折算", "其余得分按比例换算", "此项分值按比例折算"])
def test_what_is_rescaled_is_not_taken_for_a_condition(scaled: str) -> None:
    read = understood(f"缺一处扣1分。市场面积小于200㎡的，此项不作为扣分项，{scaled}", Decimal(5))

    assert read.applies_if == "not item_if1"
    assert [fact.ask.zh for fact in read.facts] == ["是否属于：市场面积小于200平方米"]


def test_a_place_without_sorting_closes_the_gate() -> None:
    read = understood("每发现一处混投扣1分；未开展分类的该场所为0分", Decimal(10))

    assert read.gate
    assert any("总分为 0" in doubt.zh for doubt in read.doubts)


def test_a_mandatory_item_keeps_its_points() -> None:
    assert understood("符合得5分，否则不得分", Decimal(5), "【必须完成项】建立台账").required


@pytest.mark.parametrize(
    ("rule", "points"),
    [("达标计2分", "2"), ("有方案得2分，有专人得3分", "5"), ("每项得1分，最高3分", "3"), ("好得5分，一般得2分", "5")],
)
def test_where_the_sheet_names_no_points_the_rule_says_what_it_promises(rule: str, points: str) -> None:
    assert promised(rule) == Decimal(points)


PIECES = st.sampled_from(
    "符合 得 扣 分 不得分 每 发现 一处 少一个 ≥90% 70%（含） – 90% 以上 以下 不足 5 2.5 1~3 100 ， ； 。 （ ） ① 1. 酌情 最高 扣完为止 "
    "一票否决 否则 其余 好 较好 个百分点 比例 折算 不涉及 有食堂的 ★ * 至少 3项 得满分 或 且 ÷ × % 百分之九十 两 十 \n 、".split(
        " "
    )
)


@given(
    st.lists(PIECES, max_size=30).map("".join), st.none() | st.decimals("0.01", 1000, places=2), st.text(max_size=20)
)
def test_any_sentence_is_read_or_doubted_and_never_earns_more_than_its_points(
    rule: str, points: Decimal | None, about: str
) -> None:
    read = understood(rule, points, about)

    if read.way is not None:
        best = ways.best(read.way)
        assert best == (points if points is not None else Decimal(1)) or read.doubts
    assert read.said.zh


@given(st.text(max_size=1200), st.decimals("0.01", 1000, places=2))
def test_any_text_at_all_is_read_or_doubted(rule: str, points: Decimal) -> None:
    understood(rule, points, rule)
