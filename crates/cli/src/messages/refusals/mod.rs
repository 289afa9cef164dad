//! What the modules say when they refuse, in each language. Arguments take the places of their
//! names, as the module's interface spells them.

mod approvals;
mod governance;
mod identity;
mod policy;
mod scheduler;

use super::{Lang, Message, Words, words};
use crate::output::{plain, time, value_text};
use alloy_dyn_abi::DynSolValue;
use qiantang_client::Refusal;

/// Name of the error, English, Chinese.
type Table = &'static [(&'static str, &'static str, &'static str)];

/// The texts of a module's errors.
fn table(module: &str) -> Table {
    match module {
        "Identity" => identity::TEXTS,
        "Governance" => governance::TEXTS,
        "Policy" => policy::TEXTS,
        "Scheduler" => scheduler::TEXTS,
        "Approvals" => approvals::TEXTS,
        _ => &[],
    }
}

/// Errors that every module may answer with.
const SHARED: Table = &[
    (
        "MalformedInput",
        "the call is malformed: {reason}",
        "调用格式有误：{reason}",
    ),
    (
        "UnknownSelector",
        "this node's chain does not know the operation {selector}",
        "该节点的链不支持操作 {selector}",
    ),
    (
        "NotPayable",
        "the module takes no value",
        "该模块不接受转账",
    ),
    (
        "StaticCall",
        "a static call writes nothing",
        "静态调用不能写入",
    ),
    (
        "Reentrant",
        "module {module} may not be entered by {caller}",
        "{caller} 不能进入模块 {module}",
    ),
    (
        "Faulty",
        "module {module} failed; please report it",
        "模块 {module} 出错，请报告该问题",
    ),
    (
        "NotYourDomain",
        "these entries of the registry belong to {module}",
        "这些登记项属于 {module}",
    ),
    (
        "Frozen",
        "{target} is frozen by an order: `qiantang policy orders` shows it",
        "{target} 被命令冻结：`qiantang policy orders` 可查看",
    ),
    (
        "LimitExceeded",
        "{limit}: {value} is more than the {maximum} allowed",
        "{limit}：{value} 超过上限 {maximum}",
    ),
];

/// Arguments that are times in milliseconds.
const TIMES: &[&str] = &[
    "time", "ready", "expires", "ends", "due", "deadline", "until", "start", "now",
];

/// The least number of milliseconds that is shown as a time; blocks are counted below it.
const TIME_MIN: u64 = 1_000_000_000_000;

/// A refusal as a sentence, or `None` where there are no words for it.
pub(crate) fn explain(lang: Lang, refusal: &Refusal) -> Option<String> {
    let texts = table(refusal.module);
    let found = texts.iter().chain(SHARED);
    let (_, en, zh) = found.clone().find(|(name, ..)| *name == refusal.name)?;
    let mut text = match lang {
        Lang::En => *en,
        Lang::Zh => *zh,
    }
    .to_owned();
    for (name, value) in &refusal.arguments {
        let place = format!("{{{name}}}");
        if text.contains(&place) {
            text = text.replace(&place, &shown(lang, (refusal, name), value));
        }
    }
    Some(text)
}

/// The way out, where there is one.
pub(crate) fn hint(refusal: &Refusal) -> Option<Message> {
    Some(match &*refusal.name {
        "NotPermitted" | "NotAppointed" | "NotConcerned" | "NotOwner" | "NotReviewAuthority"
        | "NotProposer" | "BeyondAuthority" => Message::TraceKeyHint,
        "UnknownOrganisation" | "NotMember" => Message::OrganisationsHint,
        "NotGovernance" => Message::GovernanceHint,
        "UnknownProposal" | "NotVoting" | "VotingEnded" => Message::ProposalsHint,
        "ApprovalNeeded" => Message::ApprovalHint,
        "UnknownOperation" | "NotPending" => Message::PendingHint,
        "UnknownRole" => Message::RolesHint,
        "ConsentExpired" | "WrongSignature" => Message::ConsentHint,
        "UnknownAppointment" | "AppointmentEnded" | "PowerMissing" | "OutOfScope" => {
            Message::RegulatorsHint
        }
        _ => return None,
    })
}

fn shown(lang: Lang, (refusal, name): (&Refusal, &str), value: &DynSolValue) -> String {
    match value {
        DynSolValue::Uint(number, _) => {
            let small = u64::try_from(*number).ok();
            if let (Some(words), Some(number)) = (meaning(refusal, name), small) {
                return words
                    .say(lang, u8::try_from(number).unwrap_or(u8::MAX))
                    .to_owned();
            }
            match small.filter(|number| TIMES.contains(&name) && *number >= TIME_MIN) {
                Some(milliseconds) => time(milliseconds),
                None => number.to_string(),
            }
        }
        DynSolValue::String(text) => plain(text),
        other => value_text(other),
    }
}

/// Arguments that are numbers on the chain and words for people.
fn meaning(refusal: &Refusal, name: &str) -> Option<&'static Words> {
    Some(match (refusal.module, &*refusal.name, name) {
        ("Identity", "WrongOrganisationStatus", "status") => &words::ORGANISATION_STATUS,
        ("Identity", "WrongAccountStatus", "status") => &words::ACCOUNT_STATUS,
        ("Identity", _, "permission") => &words::PERMISSION,
        ("Governance", "FaultKnown", "kind") => &words::FAULT_KIND,
        ("Governance", _, "kind") => &words::PROPOSAL_KIND,
        ("Governance", _, "state") => &words::PROPOSAL_STATE,
        ("Governance", _, "choice") => &words::CHOICE,
        ("Governance", _, "parameter") => &words::PARAMETER,
        ("Scheduler", "WrongStatus", "status") => &words::JOB_STATUS,
        ("Policy", _, "status") => &words::ORDER_STATUS,
        ("Approvals", _, "state") => &words::OPERATION_STATE,
        ("Approvals", _, "stage") => &words::STAGE,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_words_with_its_own_arguments() {
        let places = |text: &str| -> Vec<String> {
            let parts = text.split('{').skip(1);
            parts
                .filter_map(|part| Some(part.split_once('}')?.0.to_owned()))
                .collect()
        };
        for (module, name, arguments) in Refusal::all() {
            if table(module).is_empty() {
                continue;
            }
            let mut found = table(module).iter().chain(SHARED);
            let row = found.find(|(row, ..)| *row == name);
            let (_, en, zh) = row.unwrap_or_else(|| panic!("{module}: no words for {name}"));
            for text in [en, zh] {
                for place in places(text) {
                    assert!(arguments.contains(&place), "{module} {name}: {place}");
                }
            }
            assert!(en.is_ascii() && !zh.is_ascii(), "{module} {name}");
        }
    }

    #[test]
    fn arguments_are_shown_as_what_they_mean() {
        let refusal = Refusal {
            module: "Governance",
            name: "TooEarly".to_owned(),
            arguments: vec![
                (
                    "id".to_owned(),
                    DynSolValue::Uint(alloy_primitives::U256::from(7), 64),
                ),
                (
                    "due".to_owned(),
                    DynSolValue::Uint(alloy_primitives::U256::from(1_800_000_000_000u64), 64),
                ),
            ],
        };
        let text = explain(Lang::En, &refusal).unwrap();
        assert!(text.contains("2027-01-15T08:00:00.000Z"), "{text}");
        let text = explain(Lang::Zh, &refusal).unwrap();
        assert!(text.contains('7') && text.contains("2027"), "{text}");
    }
}
