//! Operations that take more than one person.

sentences! {
    ApprovalsAct;
    SetRule: "{0} proposes the rule: {1}", "{0}提议规则：{1}";
    RemoveRule: "{0} proposes to require approval no longer for {1}", "{0}提议不再要求审批：{1}";
    Propose: "{0} proposes for approval: {1}", "{0}提交审批：{1}";
    Check: "{0} checks operation {1}, made by {2}: {3}", "{0}复核由 {2} 经办的操作 {1}：{3}";
    CheckFor: "{0} checks operation {1}, made by {2}, in place of {4}: {3}", "{0}代 {4} 复核由 {2} 经办的操作 {1}：{3}";
    Approve: "{0} approves operation {1}, which is done at once in the name of {2}: {3}", "{0}批准操作 {1}，立即以 {2} 的名义执行：{3}";
    ApproveFor: "{0} approves operation {1} in place of {4}, which is done at once in the name of {2}: {3}", "{0}代 {4} 批准操作 {1}，立即以 {2} 的名义执行：{3}";
    Reject: "{0} rejects operation {1}, made by {2}, because {4}: {3}", "{0}因“{4}”驳回由 {2} 经办的操作 {1}：{3}";
    Withdraw: "{0} withdraws operation {1}, made by {2}: {3}", "{0}撤回由 {2} 经办的操作 {1}：{3}";
    Expire: "{0} takes the expired operation {1}, made by {2}, off the lists: {3}", "{0}将由 {2} 经办、已过期的操作 {1} 移出列表：{3}";
    Delegate: "{0} lets {1} {2} in the place of the signing account until {3}", "{0}准许 {1} 代签名账户{2}，至 {3}";
    RuleSet: "the rule: {0}", "设定规则：{0}";
    RuleRemoved: "no approval is required any longer for {0}", "不再要求审批：{0}";
    RuleApproved: "{0} takes one person who makes it and one who approves it, within {1}", "{0} 须一人经办、另一人审批，限 {1} 内完成";
    RuleChecked: "{0} takes one person who makes it, one who checks it and one who approves it, within {1}", "{0} 须一人经办、第二人复核、第三人审批，限 {1} 内完成";
    Limits: "; up to amounts (word {0} of the arguments): {1}", "；金额（参数第 {0} 字）上限：{1}";
    LimitText: "{0} may {1} up to {2}", "{0}可{1}至 {2}";
    LimitSeparator: ", ", "，";
    EveryOperation: "every operation of {0}", "{0} 的全部操作";
    Proposal: "a proposal to {0}, because: {1}", "提案：{0}，理由：{1}";
    Unreadable: "a call of {0} that is not known here ({1} bytes, keccak-256 {2})", "对 {0} 的未知调用（{1} 字节，keccak-256 {2}）";
    InPlaceOf: "{0} in place of {1}", "{0}（代 {1}）";
    Rules: "What {0} requires approval for ({1})", "{0} 要求审批的事项（{1}）";
    Pending: "Operations of {0} that wait ({1})", "{0} 待审批的操作（{1}）";
    Operations: "Operations of {0} ({1})", "{0} 的操作（{1}）";
    Operation: "Operation {0}: {1}", "操作 {0}：{1}";
    Waits: "waits for approval: operation {0}", "等待审批：操作 {0}";
    Organisation: "Organisation", "机构";
    State: "State", "状态";
    Maker: "Made by", "经办";
    Checker: "Checked by", "复核";
    Approver: "Approved by", "审批";
    NotNeeded: "not needed", "不需要";
    Made: "Made", "提交时间";
    Expires: "Expires", "到期时间";
    Closed: "Closed", "结束时间";
    Rejecter: "Rejected by", "驳回";
    Reason: "Reason", "理由";
    ForApproval: "{0}: once others of the organisation have approved it", "{0}：待机构内其他人员审批后执行";
    NoModule: "there is no module {0}; there are: {1}", "没有模块 {0}；已有：{1}";
    NoFunction: "{0} has no operation `{1}`; it has: {2}", "{0} 没有操作 `{1}`；已有：{2}";
    ArgumentCount: "`{0}` takes {1} arguments, not {2}", "`{0}` 需要 {1} 个参数，而不是 {2} 个";
    ArgumentKind: "`{0}` is no {1}, which the argument {2} is", "`{0}` 不是 {1}，而参数 {2} 应为该类型";
}
