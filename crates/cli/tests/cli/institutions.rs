//! Organisations, votes and rules through the command line: what is said before something is
//! signed, what is done, and what is refused.

use super::support::{Chain, run};
use serde_json::Value;

/// Accounts of the development chain: the first four administer an organisation each.
const TEA: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

const GUEST: &str = "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc";

const NEW_KEY: &str = "0x976EA74026E726554dB657fA54763abd0C3a0aa9";

#[test]
fn an_organisation_takes_in_an_account_and_gives_it_roles() {
    let chain = Chain::start();
    let organisations = chain.json("identity list");
    assert_eq!(organisations[0]["name"], "West Lake Bank");
    assert_eq!(organisations[3]["kind"], "regulator");
    let agreed = chain.json("identity consent join West_Lake_Bank --key dev:5");
    assert_eq!(agreed["account"], GUEST);
    let consent = agreed["consent"].as_str().unwrap();
    let add = format!("identity member add {GUEST} --consent {consent} --role operator");
    let (said, _) = chain.act(&format!("{add} --level 2 --key dev:0"));
    assert_eq!(
        said,
        format!(
            "Organisation West Lake Bank takes in account {GUEST} with the roles operator and \
             verification level 2"
        )
    );
    let grant = format!("identity member grant {GUEST} auditor");
    let (said, _) = chain.act(&format!("{grant} --key dev:0 --lang zh"));
    assert_eq!(
        said,
        format!("机构 West Lake Bank 授予账户 West Lake Bank 的 {GUEST} 角色“审计员”")
    );
    let account = chain.json(&format!("identity show {GUEST}"));
    assert_eq!(account["organisationName"], "West Lake Bank");
    assert_eq!(account["roles"], serde_json::json!(["operator", "auditor"]));
    assert_eq!(account["level"], 2);
    let members = chain.json("identity members 1");
    assert_eq!(members.as_array().unwrap().len(), 2);

    let (_, made) = chain.act("identity role create teller --may submit --may check --key dev:0");
    assert_eq!(made["number"], 16);
    let grant = format!("identity member grant {GUEST} teller");
    let refused = chain.refused(&format!("{grant} --key dev:5"));
    assert!(refused.contains("it to manage members"), "{refused}");
    assert!(refused.contains("--key"), "{refused}");
    chain.act(&format!("{grant} --key dev:0"));
    let refused = chain.refused(&format!("{grant} --key dev:0 --lang zh"));
    assert!(refused.contains("已有角色 16"), "{refused}");
    let refused = chain.refused(&format!("identity member grant {GUEST} king --key dev:0"));
    assert!(refused.contains("identity roles"), "{refused}");
}

#[test]
fn a_key_is_rotated_and_the_did_document_follows() {
    let chain = Chain::start();
    let document = chain.json(&format!("identity did {TEA}"));
    assert_eq!(
        document["id"],
        format!("did:qiantang:571571:{}", TEA.to_lowercase())
    );
    let key = |document: &Value| document["verificationMethod"][0]["blockchainAccountId"].clone();
    assert_eq!(key(&document), format!("eip155:571571:{TEA}"));
    let consent = chain.json(&format!("identity consent key {TEA} --key dev:6"));
    let consent = consent["consent"].as_str().unwrap().to_owned();
    let rotate = format!("identity key rotate {NEW_KEY} --consent {consent} --key dev:1");
    let (said, _) = chain.act(&rotate);
    assert!(said.contains(NEW_KEY) && said.contains(TEA), "{said}");
    let document = chain.json(&format!(
        "identity did {}",
        document["id"].as_str().unwrap()
    ));
    assert_eq!(key(&document), format!("eip155:571571:{NEW_KEY}"));
    // The new key acts as the account, and so for its organisation.
    let (said, _) = chain.act("identity role create taster --may submit --key dev:6");
    assert!(
        said.starts_with("Organisation Longjing Tea Cooperative makes"),
        "{said}"
    );
    let organisation = chain.json("identity did West_Lake_Bank");
    assert!(organisation["controller"][0].is_string(), "{organisation}");
    let unknown = chain.refused("identity did 0x00000000000000000000000000000000000000aa");
    assert!(unknown.contains("knows nothing"), "{unknown}");
    let unknown = chain.refused("identity show Nobody");
    assert!(unknown.contains("identity list"), "{unknown}");
}

#[test]
fn members_vote_and_are_told_what_on() {
    let chain = Chain::start();
    let propose = format!(
        "governance propose admission Tea_Court --kind court --jurisdiction CN --administrator {GUEST} \
         --reason it_joins --key dev:0"
    );
    let (said, made) = chain.act(&propose);
    let what = format!("admit Tea Court (court, CN) with the administrators {GUEST}");
    assert_eq!(
        said,
        format!("Organisation West Lake Bank proposes to {what}, because: it joins")
    );
    assert_eq!(made["number"], 1);
    let (said, _) = chain.act("governance vote 1 yes --key dev:1");
    assert_eq!(
        said,
        format!("Organisation Longjing Tea Cooperative votes yes on proposal 1: {what}")
    );
    let again = chain.refused("governance vote 1 no --key dev:1");
    assert!(again.contains("has voted yes"), "{again}");
    let (said, _) = chain.act("governance vote 1 反对 --key dev:2 --lang zh");
    assert!(
        said.starts_with("机构 First Hospital 对提案 1 投反对票：接纳 Tea Court"),
        "{said}"
    );
    let shown = chain.json("governance show 1");
    assert_eq!((&shown["yes"], &shown["no"]), (&1.into(), &1.into()));
    assert_eq!(shown["what"], what);
    assert_eq!(shown["ballots"].as_array().unwrap().len(), 4);
    let listed = chain.json("governance list --state voting");
    assert_eq!(listed[0]["organisationName"], "West Lake Bank");
    let guest = chain.refused("governance vote 1 yes --key dev:7");
    assert!(guest.contains("it to vote"), "{guest}");
    let word = chain.refused("governance vote 1 maybe --key dev:3");
    assert!(word.contains("yes, no, abstain, veto"), "{word}");
    let none = chain.refused("governance vote 9 yes --key dev:3");
    assert!(none.contains("no proposal 9"), "{none}");
}

#[test]
fn every_kind_of_proposal_is_made_or_refused_in_words() {
    let chain = Chain::start();
    let reason = "--reason because --key dev:0";
    let proposals = [
        ("suspension First_Hospital", "suspend First Hospital"),
        ("removal 3", "remove First Hospital for ever"),
        (
            "parameter member-gas-per-day 5000000000",
            "\"member gas per day\" to 5000000000",
        ),
        (
            "allowance 2 1000000000",
            "the jobs of Longjing Tea Cooperative",
        ),
        ("weight West_Lake_Bank 3", "the weight 3"),
        ("rule admission --threshold 75", "threshold 75%"),
        (
            "regulator 4 --power freeze-accounts --power limit --until 2030-01-01T00:00:00Z",
            "powers freeze accounts, limit until 2030-01-01T00:00:00.000Z",
        ),
        (
            "review-authority 3 --jurisdiction CN",
            "let First Hospital review",
        ),
        (
            "policy-rule --subject guests --deny deploy",
            "guests, everything: allow nothing, deny deploy",
        ),
        (
            "quota 1 --gas-per-block 100000000",
            "100000000 gas per block",
        ),
        (
            "validator 1 0x020000000000000000000000000000000000000000000000000000000000000005 \
             --address Node.example.com:30303",
            "which listens at node.example.com:30303, a validator of West Lake Bank",
        ),
    ];
    for (words, expected) in proposals {
        let (said, _) = chain.act(&format!("governance propose {words} {reason}"));
        assert!(said.contains(expected), "{said}");
    }
    let listed = chain.json("governance list");
    assert_eq!(listed.as_array().unwrap().len(), proposals.len());
    let same = chain.refused(&format!("governance propose rule admission {reason}"));
    assert!(same.contains("changes nothing"), "{same}");
    let rules = chain.json("governance rules");
    assert_eq!(rules.as_array().unwrap().len(), 22);
    let parameters = chain.json("governance parameters");
    assert_eq!(parameters["members-only"], 0);
    assert_eq!(chain.json("governance members")[3]["active"], true);
    let validators = chain.json("governance validators");
    assert_eq!(validators[0]["peerAddress"], "");
    let key = validators[0]["key"].as_str().unwrap();
    let by = "--key dev:0";
    let foreign = chain.refused(&format!("governance validator-address {key} a:9 {by}"));
    assert!(foreign.contains("organisation 0"), "{foreign}");
    assert_eq!(chain.json("governance faults"), serde_json::json!([]));
}

const TOKEN: &str = "0x00000000000000000000000000000000000A11cE";

#[test]
fn rules_decide_who_may_do_what_and_say_why_not() {
    let chain = Chain::start();
    let may = format!("policy may {GUEST} --to {TOKEN} --call transfer(address,uint256)");
    assert_eq!(chain.json(&may)["allowed"], true);
    let rule = format!("policy set-rule --target {TOKEN} --deny call --key dev:0");
    let (said, _) = chain.act(&rule);
    assert_eq!(
        said,
        format!(
            "Organisation West Lake Bank sets a rule for its own accounts: organisation West Lake \
             Bank, {TOKEN}: allow nothing, deny call"
        )
    );
    let member = format!("policy may 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 --to {TOKEN}");
    let denied = chain.json(&format!("{member} --call transfer(address,uint256)"));
    assert_eq!(
        (&denied["allowed"], &denied["code"]),
        (&false.into(), &9.into())
    );
    assert_eq!(
        chain.json(&may)["allowed"],
        true,
        "another's rule is not the guest's"
    );
    let rules = chain.json(&format!("policy rules {TOKEN} --of West_Lake_Bank"));
    assert_eq!(rules[0]["subject"], "organisation");
    let rpc = chain.dev.text("rpc");
    let call = format!("{member} --call transfer(address,uint256) --lang zh --rpc {rpc}");
    let answer = run(&call.split(' ').collect::<Vec<_>>());
    assert!(answer.stdout.contains("不可以（9）"), "{}", answer.stdout);
    assert!(
        answer.stdout.contains("本机构规则禁止此操作"),
        "{}",
        answer.stdout
    );
    let wrong = chain.refused(&format!("{may}x"));
    assert!(wrong.contains("its signature"), "{wrong}");
    assert!(chain.json("policy quota 1")["gasPerDay"].is_u64());
}

#[test]
fn a_transfer_policy_is_kept_and_asked() {
    let chain = Chain::start();
    let create = "policy transfers create Payroll --allow-listed --per-day 500 --key dev:0";
    let (said, made) = chain.act(create);
    assert_eq!(
        said,
        "Organisation West Lake Bank makes the transfer policy \"Payroll\": both parties on the \
         allow list, at most 500 a day"
    );
    let policy = made["number"].as_u64().unwrap();
    let (said, _) = chain.act(&format!(
        "policy transfers list {policy} allow {TEA} --key dev:0"
    ));
    assert!(said.contains("on the allow list"), "{said}");
    chain.act(&format!(
        "policy transfers token {policy} {TOKEN} --key dev:0"
    ));
    let shown = chain.json(&format!("policy show {policy}"));
    assert_eq!(shown["allowed"][0], TEA);
    assert_eq!(shown["organisationName"], "West Lake Bank");
    let transfer = format!("policy may-transfer {policy} {TOKEN} {TEA} {GUEST} 10");
    let answer = chain.json(&transfer);
    assert_eq!(answer["allowed"], false);
    assert!(!answer["reason"].as_str().unwrap().is_empty());
    let change = format!("policy transfers change {policy} --key dev:1");
    let refused = chain.refused(&change);
    assert!(refused.contains("is organisation 1's"), "{refused}");
}

#[test]
fn orders_need_an_appointment() {
    let chain = Chain::start();
    assert_eq!(chain.json("policy regulators"), serde_json::json!([]));
    let hash = format!("0x{}", "ab".repeat(32));
    let issue = format!(
        "policy order issue freeze-account {TEA} --appointment 1 --until 2030-01-01T00:00:00Z \
         --basis Law --document {hash} --key dev:3"
    );
    let refused = chain.refused(&issue);
    assert!(refused.contains("no appointment 1"), "{refused}");
    assert!(refused.contains("policy regulators"), "{refused}");
    let said = "Organisation Market Supervision Bureau orders under appointment 1: freeze account";
    assert!(refused.starts_with(said), "{refused}");
    assert_eq!(
        chain.json(&format!("policy orders {TEA}")),
        serde_json::json!([])
    );
    let unknown = chain.refused("policy order show 4");
    assert!(unknown.contains("no order 4"), "{unknown}");
}

#[test]
fn a_job_is_made_shown_paused_and_ended() {
    let chain = Chain::start();
    let when = "--when monthly --day 10 --at 09:00 --zone Asia/Shanghai --calendar CN \
                --adjustment following";
    let create = format!("schedule create {TOKEN} --input 0xa9059cbb {when} --key dev:0");
    let (said, made) = chain.act(&create);
    assert!(
        said.starts_with(&format!(
            "Organisation West Lake Bank has the chain call {TOKEN} 0xa9059cbb every 1 months on \
             day 10 at 09:00 Asia/Shanghai, moved to the following working day of CN"
        )),
        "{said}"
    );
    let job = made["number"].as_u64().unwrap();
    let shown = chain.json(&format!("schedule show {job}"));
    assert_eq!(
        (&shown["status"], &shown["kind"]),
        (&"active".into(), &"monthly".into())
    );
    let (said, _) = chain.act(&format!("schedule pause {job} --key dev:0 --lang zh"));
    assert!(said.contains(&format!("的任务 {job}")), "{said}");
    let refused = chain.refused(&format!("schedule pause {job} --key dev:0"));
    assert!(refused.contains("is paused"), "{refused}");
    let refused = chain.refused(&format!("schedule resume {job} --key dev:1"));
    assert!(refused.contains("belongs to"), "{refused}");
    chain.act(&format!("schedule cancel {job} --key dev:0"));
    let jobs = chain.json("schedule list 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
    assert_eq!(jobs[0]["status"], "cancelled");
    let due = chain.json("schedule preview --when daily --at 09:00 --count 3");
    assert_eq!(due["due"].as_array().unwrap().len(), 3);
    let year = chain.json("schedule calendar CN 2026");
    assert!(
        (240..255).contains(&year["workingDays"].as_u64().unwrap()),
        "{year}"
    );
    let zone = chain.json("schedule zone Asia/Shanghai 2026-01-01T00:00:00Z");
    assert_eq!(zone["offset"], 8 * 3600);
    let past = "--when once --start 2001-01-01T00:00:00Z --key dev:0";
    let refused = chain.refused(&format!("schedule create {TOKEN} {past}"));
    assert!(refused.contains("in the past"), "{refused}");
    let zone = chain.refused("schedule zone Mars/Olympus 2026-01-01T00:00:00Z");
    assert!(zone.contains("no time zone Mars/Olympus"), "{zone}");
    assert_eq!(chain.json("schedule dead 1"), serde_json::json!([]));
    assert_eq!(chain.json("schedule allowance West_Lake_Bank")["jobs"], 0);
}
