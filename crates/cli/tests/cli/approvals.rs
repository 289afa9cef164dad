//! Four eyes through the command line: rules, operations that wait, and who acts on them.

use super::support::Chain;

/// Accounts of the development chain that the bank takes in: `dev:5` and `dev:6`.
const SECOND: &str = "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc";
const THIRD: &str = "0x976EA74026E726554dB657fA54763abd0C3a0aa9";
const FIRST: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

/// A chain whose first organisation has three administrators: `dev:0`, `dev:5` and `dev:6`.
fn bank() -> Chain {
    let chain = Chain::start();
    for (account, key) in [(SECOND, "dev:5"), (THIRD, "dev:6")] {
        let agreed = chain.json(&format!("identity consent join West_Lake_Bank --key {key}"));
        let consent = agreed["consent"].as_str().unwrap();
        chain.act(&format!(
            "identity member add {account} --consent {consent} --role administrator --key dev:0"
        ));
    }
    chain
}

/// Has the bank require three persons for making a role, which itself takes three.
fn require_three(chain: &Chain) {
    let rule = "approvals set-rule identity --call createRole --checked --expiry 2days";
    let (said, made) = chain.act(&format!("{rule} --key dev:0"));
    let text = "Identity createRole takes one person who makes it, one who checks it and one who \
                approves it, within 2days";
    assert_eq!(
        said,
        format!("Organisation West Lake Bank proposes the rule: {text}")
    );
    assert_eq!(made["operation"], 1);
    let rules = "approvals rules West_Lake_Bank";
    assert_eq!(chain.json(rules), serde_json::json!([]));
    // The rule that comes is as strict as the one that it makes.
    let refused = chain.refused("approvals approve 1 --key dev:5");
    assert!(refused.contains("must be checked first"), "{refused}");
    chain.act("approvals check 1 --key dev:5");
    let (said, _) = chain.act("approvals approve 1 --key dev:6");
    assert_eq!(
        said,
        format!(
            "Organisation West Lake Bank approves operation 1, which is done at once in the name \
             of {FIRST} of West Lake Bank: the rule: {text}"
        )
    );
    let rules = chain.json(rules);
    assert_eq!(
        (&rules[0]["rule"], &rules[0]["what"]),
        (&1.into(), &text.into())
    );
}

#[test]
fn four_eyes_are_required_checked_and_approved() {
    let chain = bank();
    require_three(&chain);
    let create = "identity role create teller --may submit --key dev:0";
    let refused = chain.refused(create);
    assert!(
        refused.contains("organisation 1 requires approval"),
        "{refused}"
    );
    assert!(refused.contains("--for-approval"), "{refused}");
    let (said, made) = chain.act(&format!("{create} --for-approval"));
    assert!(
        said.ends_with(": once others of the organisation have approved it"),
        "{said}"
    );
    assert_eq!(
        (&made["operation"], &made["number"]),
        (&2.into(), &().into())
    );
    let waiting = chain.json("approvals list 1");
    let what = "Identity createRole(name: \"teller\", permissions: 8)";
    assert_eq!(waiting[0]["what"], what);
    assert_eq!(waiting[0]["maker"], FIRST);
    let same = chain.refused("approvals check 2 --key dev:0");
    assert!(same.contains("another person must"), "{same}");
    let (said, _) = chain.act("approvals check 2 --key dev:6 --lang zh");
    assert_eq!(
        said,
        format!("机构 West Lake Bank 复核由 West Lake Bank 的 {FIRST} 经办的操作 2：{what}")
    );
    chain.act("approvals approve 2 --key dev:5");
    let shown = chain.json("approvals show 2");
    assert_eq!(shown["state"], "executed");
    assert_eq!(
        (&shown["checker"], &shown["approver"]),
        (&THIRD.into(), &SECOND.into())
    );
    let roles = chain.json("identity roles 1");
    let made = roles.as_array().unwrap().last().unwrap();
    assert_eq!(made["name"], "teller");
    assert_eq!(chain.json("approvals list 1"), serde_json::json!([]));
    assert_eq!(
        chain
            .json("approvals list 1 --all")
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn limits_hold_and_a_right_is_delegated() {
    let chain = bank();
    let rule = "approvals set-rule Identity --call setLevel(address,uint8) --amount-word 1 \
                --limit make:administrator:9 --limit approve:administrator:2";
    let (said, _) = chain.act(&format!("{rule} --key dev:0"));
    let limits = "; up to amounts (word 1 of the arguments): administrator may make up to 9, \
                  administrator may approve up to 2";
    assert!(said.ends_with(limits), "{said}");
    chain.act("approvals approve 1 --key dev:5");
    let level = |level: u8| format!("identity member level {THIRD} {level} --key dev:0");
    let above = chain.refused(&format!("{} --for-approval", level(10)));
    assert!(
        above.contains("reaches the amount 10 (stage: make)"),
        "{above}"
    );
    chain.act(&format!("{} --for-approval", level(3)));
    let above = chain.refused("approvals approve 2 --key dev:5");
    assert!(
        above.contains("reaches the amount 3 (stage: approve)"),
        "{above}"
    );
    let (said, _) = chain.act("approvals reject 2 --reason too_high --key dev:5");
    assert!(
        said.contains("because too high: Identity setLevel(account: "),
        "{said}"
    );
    let shown = chain.json("approvals show 2");
    assert_eq!(
        (&shown["state"], &shown["reason"]),
        (&"rejected".into(), &"too high".into())
    );

    chain.act(&format!("{} --for-approval", level(2)));
    let place = format!("approvals approve 3 --for {SECOND} --key dev:6");
    let refused = chain.refused(&place);
    assert!(refused.contains("has not delegated this"), "{refused}");
    let delegate = format!("approvals delegate approve {THIRD} --key dev:5 --until");
    let long = chain.refused(&format!("{delegate} 2999-01-01T00:00:00Z"));
    assert!(long.contains("cannot be delegated"), "{long}");
    let tomorrow = std::time::SystemTime::now() + std::time::Duration::from_hours(24);
    let until = humantime::format_rfc3339_seconds(tomorrow);
    let (said, _) = chain.act(&format!("{delegate} {until}"));
    assert!(said.contains("approve in the place of"), "{said}");
    let (said, _) = chain.act(&place);
    assert!(said.contains(&format!("in place of {SECOND}")), "{said}");
    let shown = chain.json("approvals show 3");
    assert_eq!(
        (&shown["approver"], &shown["approverPrincipal"]),
        (&THIRD.into(), &SECOND.into())
    );
}

#[test]
fn calls_are_typed_read_back_and_withdrawn() {
    let chain = bank();
    chain.act("approvals set-rule governance --key dev:0");
    chain.act("approvals approve 1 --key dev:5");
    let propose = "approvals propose Governance proposeRemoval 3 it_left --key dev:0";
    let (said, made) = chain.act(propose);
    assert_eq!(
        said,
        "Organisation West Lake Bank proposes for approval: a proposal to remove First Hospital \
         for ever, because: it left"
    );
    assert_eq!(made["operation"], 2);
    let input = chain.json("approvals show 2")["input"]
        .as_str()
        .unwrap()
        .to_owned();
    let (again, _) = chain.act(&format!("approvals propose governance {input} --key dev:0"));
    assert_eq!(again, said);
    let other = chain.refused("approvals withdraw 2 --key dev:5");
    assert!(other.contains("was made by"), "{other}");
    chain.act("approvals withdraw 2 --key dev:0");
    let gone = chain.refused("approvals approve 2 --key dev:5");
    assert!(gone.contains("it is withdrawn"), "{gone}");
    let foreign = chain.refused("approvals approve 3 --key dev:1");
    assert!(foreign.contains("is organisation 1's"), "{foreign}");
    let early = chain.refused("approvals expire 3 --key dev:1");
    assert!(early.contains("expires at"), "{early}");

    let wrong = |words: &str, expected: &str| {
        let said = chain.refused(&format!("approvals propose {words} --key dev:0"));
        assert!(said.contains(expected), "{said}");
    };
    wrong(
        "Bakery bake",
        "there is no module Bakery; there are: Identity",
    );
    wrong("Identity fly", "no operation `fly`; it has: addAccount");
    wrong("Identity createRole clerk", "takes 2 arguments, not 1");
    wrong("Identity createRole clerk x", "`x` is no uint256");
    wrong("Identity createRole clerk 8", "requires no approval");
    wrong("Approvals expire 3", "is no module that approval");
    let (said, made) = chain.act("approvals remove-rule governance --key dev:0");
    assert!(
        said.ends_with("no longer for every operation of Governance"),
        "{said}"
    );
    let id = made["operation"].as_u64().unwrap();
    chain.act(&format!("approvals approve {id} --key dev:5"));
    assert_eq!(chain.json("approvals rules 1"), serde_json::json!([]));
}
